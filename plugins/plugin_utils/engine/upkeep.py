# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a session does while it is up: refresh the token and the subscriptions, ping, read what is in doubt.

Nothing is sent while nothing is due. Whatever fails is raised, for the session to recover from.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

from .conversation import Conversation
from .errors import Interrupted, Rejected, Unreachable
from .signals import Signal
from .stream import Stream, StreamEnded
from .subscription import Subscription
from .timing import Timing

WHOLE_READ = 8
"""More suspects of one subscription than this are read with the whole scope instead of one by one."""

TOGETHER = 1 / 6
"""Of its lifetime: a subscription that is due so soon is refreshed together with another one of the session. That is early once;
from then on the session wakes half as often, which counts where there are a thousand."""


class Kept(Protocol):
    """What the chores need of the session."""

    talk: Conversation
    subscriptions: list[Subscription]

    @property
    def stream(self) -> Stream | None:
        """The open WebSocket."""

    @property
    def ponged(self) -> Signal:
        """Fires with each pong."""
        raise NotImplementedError

    def drop(self, subscription: Subscription) -> None:
        """Forget it."""

    async def resume(self, subscription: Subscription) -> None:
        """Subscribe again after a break."""

    async def prolong(self, subscription: Subscription) -> None:
        """Refresh it."""

    async def read_into(self, subscription: Subscription, dn: str | None = None, settling: bool = False) -> None:
        """Read its scope, or one MO of it."""


class Upkeep:
    def __init__(self, session: Kept, timing: Timing) -> None:
        self.due = Signal()
        self._session = session
        self._timing = timing
        self._ping_at = 0.0
        self._suspects_read_at = float("-inf")
        self._resync_at: float | None = None

    def opened(self, now: float) -> None:
        """There is a new socket. It is pinged at once: silence says something only after an answer."""
        self._ping_at = now
        self._resync_at = None
        self.due.fire()

    def resync(self, now: float) -> None:
        """A notification was lost, though not the socket: all is to be read again, soon."""
        if self._resync_at is None:
            self._resync_at = max(now, self._suspects_read_at + self._timing.suspect_pause)
        self.due.fire()

    async def work_until(self, broken: asyncio.Future[str]) -> None:
        """All in one task: to make one for each waking was a tenth of what a thousand idle switches cost."""
        while not broken.done():
            await self.work()

    async def work(self) -> None:
        """Do what is due, then sleep until something is."""
        await self.keep_alive()
        if self._session.stream is not None:
            await self._resume_refused()
            await self._resync()
            await self._settle()
            await self._read_suspects()
        await self.due.wait_until(self._next())

    async def keep_alive(self) -> None:
        """Whatever has a lifetime is prolonged where that is due; on a slow switch also while others are still made."""
        session = self._session
        token = session.talk.token
        if token is not None and _now() >= token.refresh_at:
            await session.talk.refresh_token()
        if session.stream is not None:
            self._ping(session.stream, _now())
            await self._refresh_subscriptions()
        session.talk.close_idle(_now(), self._timing.idle)

    def _next(self) -> float:
        session = self._session
        token = session.talk.token
        due = [token.refresh_at] if token is not None else []
        if (idle_at := session.talk.idle_at(self._timing.idle)) is not None:
            due.append(idle_at)
        if session.stream is not None:
            due.append(self._ping_at)
            if self._resync_at is not None:
                due.append(self._resync_at)
            for subscription in session.subscriptions:
                if subscription.wire_id is not None:
                    due.append(subscription.refresh_at)
                if not subscription.synced and subscription.resume_at is not None:
                    due.append(subscription.resume_at)
                if subscription.state.suspects and subscription.state.synced:
                    due.append(self._suspects_read_at + self._timing.suspect_pause)
                if subscription.settle_at is not None:
                    due.append(subscription.settle_at)
        return min(due, default=_now() + self._timing.ping)

    def _ping(self, stream: Stream, now: float) -> None:
        """Two pings without a pong are a break only on a socket that has answered one (rule 8)."""
        if now < self._ping_at:
            return
        if stream.pongs and stream.pings - stream.pongs >= 2:
            raise Unreachable("no answer to pings")
        self._send_ping(stream, now)

    def _send_ping(self, stream: Stream, now: float) -> int:
        try:
            number = stream.ping()
        except StreamEnded as exc:
            raise Unreachable(str(exc)) from None
        self._ping_at = now + self._timing.ping
        return number

    async def echo(self) -> None:
        """Return once the switch has answered a ping sent now: all that it had sent before has come by then.

        At once where it has never answered one; Unreachable if this one is not answered, nor a second (rule 8).
        """
        session = self._session
        stream = session.stream
        for _twice in range(2):
            if stream is None or not stream.pongs:
                return
            number, deadline = self._send_ping(stream, _now()), _now() + self._timing.echo
            while stream is session.stream and stream.pongs < number and _now() < deadline:
                await session.ponged.wait_until(deadline)
            if stream is not session.stream:
                raise Interrupted("the WebSocket broke while its end was asked for a sign of life")
            if stream.pongs >= number:
                return
        raise Unreachable("no answer to pings")

    async def _refresh_subscriptions(self) -> None:
        subscriptions = list(self._session.subscriptions)
        if not any(
            subscription.wire_id is not None and _now() >= subscription.refresh_at for subscription in subscriptions
        ):
            return
        for subscription in subscriptions:
            if subscription.wire_id is None or _now() < subscription.refresh_at - subscription.sure * TOGETHER:
                continue
            if not subscription.named and not subscription.followers:
                self._session.drop(subscription)
                continue
            try:
                await self._session.prolong(subscription)
            except Unreachable as exc:
                if not subscription.refresh_later(_now()):
                    raise Unreachable("a subscription could not be refreshed in time: %s" % exc) from None
            except Rejected as exc:
                raise Unreachable("subscription refresh refused: %s" % exc) from None

    async def _resume_refused(self) -> None:
        for subscription in list(self._session.subscriptions):
            again = subscription.resume_at
            if not subscription.synced and again is not None and _now() >= again:
                await self._session.resume(subscription)

    async def _resync(self) -> None:
        now = _now()
        if self._resync_at is None or now < self._resync_at:
            return
        self._resync_at = None
        stream = self._session.stream
        for subscription in list(self._session.subscriptions):
            if subscription.wire_id is not None and not subscription.state.synced:
                self._suspects_read_at = now
                try:
                    await self._session.read_into(subscription)
                except Interrupted:
                    if stream is not self._session.stream:
                        raise
                    self.resync(_now())  # the next notification was lost, too
                    return

    async def _settle(self) -> None:
        for subscription in list(self._session.subscriptions):
            if subscription.settle_at is not None and _now() >= subscription.settle_at:
                subscription.settle_at = None
                await self._session.read_into(subscription, settling=True)

    async def _read_suspects(self) -> None:
        """All suspects of the session together, at most once a second."""
        now = _now()
        if now < self._suspects_read_at + self._timing.suspect_pause:
            return
        for subscription in [sub for sub in self._session.subscriptions if sub.state.suspects and sub.state.synced]:
            self._suspects_read_at = now
            suspects: list[str | None] = [*subscription.state.suspects]
            whole = len(suspects) > WHOLE_READ or bool(subscription.query.query_target_filter)
            for dn in [None] if whole else suspects:
                await self._session.read_into(subscription, dn, settling=True)


def _now() -> float:
    return asyncio.get_running_loop().time()
