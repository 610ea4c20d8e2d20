# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One switch: login, WebSocket, subscriptions, and the one way in which all of it recovers.

A task supervises: connect (log in if need be, open the socket, subscribe all, read all), then do the chores (Upkeep)
until something breaks, note the gap, and connect again. Everything that goes wrong ends in `lose`; there is no second
path. All state is touched by the event loop's thread only; blocking calls run in threads.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from typing import Any, TypeVar

from .codec import decode
from .conversation import Conversation
from .errors import (
    BadDocument,
    CertificateInvalid,
    EngineError,
    Forbidden,
    Interrupted,
    InvalidOptions,
    LoginRefused,
    NameUnresolved,
    NotNxapi,
    Rejected,
    SessionEnded,
    Unreachable,
    defect,
)
from .feed import Feed
from .model import ConnectionOptions, Document, ManagedObject
from .query import Query
from .reads import Reads
from .router import Router
from .signals import Signal, backoff
from .stream import Stream
from .subscription import Follower, Subscription
from .surroundings import Surroundings
from .upkeep import Upkeep

UPGRADE_TRIES = 3
"""Fresh logins whose WebSocket is refused until a switch that never opened one counts as unable to."""

T = TypeVar("T")


class Session:
    """``label`` is the name that people know the switch by."""

    def __init__(self, options: ConnectionOptions, label: str, talk: Conversation, shared: Surroundings) -> None:
        self.options = options
        self.label = label
        self.talk = talk
        self.subscriptions: list[Subscription] = []
        self.changed = Signal()
        self.failed = False
        self.connected = False
        self.down_since: float | None = None
        self.problem: EngineError | None = None
        self.reconnects = 0
        self.undecodable = 0
        self.last_heard_wall: float | None = None
        self.cursors = shared.cursors
        self._shared = shared
        self._task: asyncio.Task[None] | None = None
        self._feed = Feed(options, shared.contexts, shared.executor, self._message, self.lose)
        self._stream_wanted = False
        self._streamed = False
        self._ever_up = False
        self._refusals = 0
        self._broken: asyncio.Future[str] | None = None
        self._router = Router()
        self._reads = Reads(talk, shared.wall, self.awake)
        self._establishing = asyncio.Lock()
        self._upkeep = Upkeep(self, shared.timing)

    @property
    def stream(self) -> Stream | None:
        return self._feed.stream

    @property
    def ponged(self) -> Signal:
        return self._feed.ponged

    @property
    def now(self) -> float:
        """The clock that all monotonic times here are of."""
        return _now()

    def awake(self) -> bool:
        """False if the control node has slept: the session is lost by that. Ask before you believe in silence."""
        return self._shared.vigil.check()

    # For users

    async def ready(self, patient: bool = True) -> None:
        """Return when the session is up. Raises what cannot be cured, or (not patient) the first problem at all."""
        self.begin()
        while not self.connected:
            if (self.failed or (not patient and not self._ever_up)) and self.problem is not None:
                raise self.problem
            await self.changed.wait()

    def begin(self) -> None:
        """Keep the session up from now on; anew where that was given up, since the next task may be luckier."""
        if self._task is None or self._task.done():
            self.problem, self.failed = None, False
            self._task = asyncio.create_task(self._supervise())

    async def read(self, query: Query, patient: bool = False) -> list[ManagedObject]:
        """A plain query. It needs a login, but no WebSocket."""
        return await self._persist(lambda: self.talk.read(query), patient)

    async def ask(self, method: str, target: str, body: bytes | None = None) -> Document:
        return await self._persist(lambda: self.talk.ask(method, target, body), False)

    def named(self, name: str) -> Subscription | None:
        return next((sub for sub in self.subscriptions if sub.named and sub.name == name), None)

    def obtain(
        self, query: Query, name: str | None = None, refresh_timeout: int | None = None
    ) -> tuple[Subscription, bool]:
        """The subscription of that name (or, without a name, of that query) and whether it is new; see `establish`.

        Raises InvalidOptions where the name stands for another query.
        """
        found = self._find(query, name, refresh_timeout)
        if found is not None:
            return found, False
        subscription = Subscription(
            name or query.describe(), query, self.cursors, self._shared.wall(), refresh_timeout, self._shared.timing
        )
        subscription.named = name is not None
        self.subscriptions.append(subscription)
        self._stream_wanted = True
        return subscription, True

    async def establish(self, subscription: Subscription, patient: bool = False) -> None:
        """Return when the subscription is live and has been read. One that never was is forgotten if this fails."""
        self._stream_wanted = True
        subscription.problem = None
        if subscription not in self.subscriptions:
            self.subscriptions.append(subscription)
        subscription.wanted += 1
        try:
            await self._persist(lambda: self._establish_if_needed(subscription), patient)
        except BaseException:
            if not subscription.state.loaded and not subscription.followers and subscription.wanted == 1:
                self.drop(subscription)
            raise
        finally:
            subscription.wanted -= 1

    async def reread(self, subscription: Subscription) -> None:
        """Read the subscription's whole scope now; it is live and up to date afterwards.

        All who ask before the request goes out share its reply. They queue here, not for the line itself, so that a
        refresh gets its turn.
        """
        asked = _now()

        async def work() -> None:
            async with self._establishing:
                if not subscription.synced:
                    await self._bring_up(subscription)
                elif not self._reads.since(subscription, asked):
                    await self.read_into(subscription)

        await self._persist(work, True)

    def forget(self, subscription: Subscription) -> None:
        """Stop refreshing it; the switch lets it lapse (there is no call to end one, PROTOCOL section 3)."""
        subscription.named = False
        if not subscription.followers:
            self.drop(subscription)

    def release(self, subscription: Subscription, follower: Follower) -> None:
        """A wait is over. What it alone wanted lapses, at once where nothing was ever read."""
        subscription.followers.discard(follower)
        if not (subscription.named or subscription.followers or subscription.wanted or subscription.state.loaded):
            self.drop(subscription)

    async def refresh(self, subscription: Subscription) -> None:
        """Send subscriptionRefresh now. Raises Rejected where the switch no longer knows it, and recovers."""

        async def work() -> None:
            await self._establish_if_needed(subscription)
            await self.prolong(subscription)

        try:
            await self._persist(work, False)
        except Rejected as exc:
            if self.connected:
                self.lose("subscription refresh refused: %s" % exc)
            raise

    async def echo(self) -> None:
        """See Upkeep.echo; the session is lost where there is no answer."""
        try:
            await self._upkeep.echo()
        except Unreachable as exc:
            self.lose(str(exc))
            raise

    def do_chores(self) -> None:
        """Something may be due now."""
        self._upkeep.due.fire()

    async def close(self, executor: Executor | None = None) -> None:
        """End it all: the socket, the supervision, the session on the switch. ``executor``: as for `logout`."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        self._feed.close()
        await self.talk.logout(executor)
        self.talk.close()

    def as_result(self) -> dict[str, object]:
        token = self.talk.token
        expires = None if token is None else round(max(0.0, token.ends - _now()), 3)
        return {
            "connected": self.stream is not None,
            "token_expires_in": expires,
            "reconnects": self.reconnects,
            "undecodable": self.undecodable,
        }

    # Supervision

    async def _supervise(self) -> None:
        """Keep the session up for ever; a defect of ours ends it with a word instead of leaving everybody waiting."""
        self._shared.vigil.watch(self.lose)
        try:
            await self._stay_connected()
        except Exception as exc:
            self.lose("internal error")
            self.problem = EngineError("the session with %s failed on %s." % (self.label, defect(exc)))
            self.failed = True
            self.changed.fire()
            raise
        finally:
            self._shared.vigil.unwatch(self.lose)

    async def _stay_connected(self) -> None:
        timing = self._shared.timing
        delays = backoff(timing)
        while True:
            logins = self.talk.logins
            try:
                broken = await self._connect()
            except EngineError as exc:
                self.lose(str(exc))
                if isinstance(exc, SessionEnded):
                    exc = self._ended(exc)
                    if logins == self.talk.logins:
                        continue  # only the token of before is gone: log in at once
                self.problem = exc
                pause = self._shared.ledger.pause(self.options) if isinstance(exc, LoginRefused) else None
                self.failed = pause is None and self._final(exc)
                self.changed.fire()
                if self.failed:
                    self._stream_wanted = False  # so that reads alone are tried again
                    return
                await asyncio.sleep(next(delays) if pause is None else pause)
                continue
            since = _now()
            await self._serve(broken)
            if _now() - since < timing.most_delay:
                await asyncio.sleep(next(delays))  # one that is lost again and again is not opened without end
            else:
                delays = backoff(timing)

    def _ended(self, exc: SessionEnded) -> EngineError:
        """The switch has forgotten the session, or refuses its socket."""
        self.talk.token = None
        self._refusals += 1
        if self._refusals < UPGRADE_TRIES or self._streamed:
            return Unreachable(str(exc))
        self._refusals = 0
        return Rejected("%s accepts the login, but not the WebSocket: %s" % (self.options.address, exc))

    def _final(self, exc: EngineError) -> bool:
        """Whether trying again is of no use (DESIGN section 3, "At once fail")."""
        if isinstance(exc, (CertificateInvalid, InvalidOptions, LoginRefused)):
            return True
        if isinstance(exc, Rejected) and self._stream_wanted and not self._streamed:
            return True
        if isinstance(exc, NotNxapi) and self.talk.answered:
            return False  # it is NX-API: nginx is up before what stands behind it
        return not self._ever_up and (isinstance(exc, NameUnresolved) or not isinstance(exc, Unreachable))

    async def _connect(self) -> asyncio.Future[str]:
        """Log in if needed, open, subscribe all, read all. Returns what tells of the next break, and its reason."""
        if self.talk.token is None or _now() >= self.talk.token.ends:
            await self.talk.login()
        broken: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._broken = broken
        if self._stream_wanted:
            await self._open_stream()
            for subscription in list(self.subscriptions):
                await self._upkeep.keep_alive()
                await self.resume(subscription)
        if broken.done():
            raise Unreachable(broken.result())
        if self._ever_up and self.down_since is not None:
            self.reconnects += 1
        self.connected, self._ever_up = True, True
        self.down_since, self.problem, self._refusals = None, None, 0
        self.changed.fire()
        return broken

    async def resume(self, subscription: Subscription) -> None:
        """Subscribe again after a break. One that the switch refuses does not hold up the others."""
        if not subscription.named and not subscription.followers:
            self.drop(subscription)
            return
        try:
            async with self._establishing:
                if subscription.wire_id is None:
                    await self._establish(subscription)
                elif not subscription.synced:
                    await self.read_into(subscription)
        except (Rejected, Forbidden) as exc:
            if subscription.state.loaded:  # it was accepted before: the switch may still be starting
                subscription.refuse(exc, _now())
            else:
                subscription.problem = exc

    async def _serve(self, broken: asyncio.Future[str]) -> None:
        """Chores until the session breaks. A break cuts a chore short."""
        while not broken.done():
            chores = asyncio.ensure_future(self._upkeep.work_until(broken))
            pending: list[asyncio.Future[Any]] = [chores, broken]
            try:
                await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            except asyncio.CancelledError:
                chores.cancel()
                raise
            if not chores.done():
                chores.cancel()
                await asyncio.wait({chores})
                return
            if (exc := chores.exception()) is not None:
                if not isinstance(exc, EngineError):
                    raise exc
                self.lose(str(exc))

    def lose(self, reason: str) -> None:
        """The one break: note the gap, close the socket, let the supervision connect anew."""
        self._feed.close()
        if self.connected:
            self.connected = False
            self.down_since = _now()
        now, wall = _now(), self._shared.wall()
        for subscription in self.subscriptions:
            subscription.lose(reason, now, wall, heard=self._feed.heard)
        self._router.clear()
        if self._broken is not None and not self._broken.done():
            self._broken.set_result(reason)
        self.changed.fire()

    async def _persist(self, work: Callable[[], Awaitable[T]], patient: bool) -> T:
        """Do ``work`` on a session that is up, again after each break; the caller's deadline ends it."""
        delays = backoff(self._shared.timing)
        while True:
            await self.ready(patient)
            try:
                return await work()
            except SessionEnded as exc:
                if self.connected and self.talk.token is None:  # else it is known, or already another session
                    self.lose(str(exc))
            except Interrupted:
                pass
            except (Unreachable, NotNxapi) as exc:
                if not patient or (isinstance(exc, NotNxapi) and not self.talk.answered):
                    raise
            await asyncio.sleep(next(delays))

    # The socket

    async def _open_stream(self) -> None:
        try:
            opened = await self._feed.open(self._token)
        except SessionEnded:
            await self.talk.logout()  # it may be good for reads still; the next login decides
            raise
        if opened:
            self._streamed = True
            if self.talk.token is not None:
                self.talk.token.proven = True
            self._upkeep.opened(_now())

    def _token(self) -> str:
        if self.talk.token is None:
            raise SessionEnded("the session has ended")
        return self.talk.token.value

    def _message(self, data: bytes) -> None:
        """One notification: hand each MO to the subscriptions that its ids stand for.

        One that cannot be read (or that we fail on) has lost something: all is read again, at most once a second.
        """
        if not data.strip() or not self.awake():
            return
        now, wall = _now(), self._shared.wall()
        self.last_heard_wall = wall
        try:
            reading = self._router.deliver(decode(data), now, wall)
        except Exception as exc:
            self.undecodable += 1
            reason = "undecodable notification" if isinstance(exc, BadDocument) else defect(exc)
            for subscription in self.subscriptions:
                subscription.lose(reason, now, wall, reconnect=False)
            self._upkeep.resync(now)
        else:
            if reading:
                self._upkeep.due.fire()

    # Subscriptions

    def _find(self, query: Query, name: str | None, refresh_timeout: int | None) -> Subscription | None:
        for subscription in self.subscriptions:
            same = subscription.query == query
            if name is not None and subscription.named and subscription.name == name:
                if same:
                    return subscription
                raise InvalidOptions(
                    "the subscription %s of %s stands for another query (%s); choose another name, or remove it first "
                    "with state=absent." % (name, self.label, subscription.query.describe())
                )
            if name is None and same and refresh_timeout in (None, subscription.refresh_timeout):
                return subscription
        return None

    def drop(self, subscription: Subscription) -> None:
        if subscription in self.subscriptions:
            self.subscriptions.remove(subscription)
        self._reads.forget(subscription)
        self._router.forget(subscription)

    async def _establish_if_needed(self, subscription: Subscription) -> None:
        async with self._establishing:
            if not subscription.synced:
                await self._bring_up(subscription)

    async def _bring_up(self, subscription: Subscription) -> None:
        await self._open_stream()
        if subscription.wire_id is not None:
            await self.read_into(subscription)
            return
        try:
            await self._establish(subscription)
        except (Rejected, Forbidden) as exc:
            if not subscription.state.loaded:
                raise
            subscription.refuse(exc, _now())
            raise Unreachable(str(exc)) from None

    async def _establish(self, subscription: Subscription) -> None:
        """Subscribe, then read: the subscribe reply may be empty (NX-OS documents an empty one)."""
        stream = self.stream
        target = subscription.query.target(subscribe=True, refresh_timeout=subscription.refresh_timeout)
        document = await self.talk.ask("GET", target)
        if stream is None or stream is not self.stream:
            raise Interrupted("the WebSocket broke while subscribing")
        if not document.subscription_ids:
            raise Rejected(
                "%s answers the subscription to %s without a subscriptionId."
                % (self.options.address, subscription.query.describe())
            )
        now, wall = _now(), self._shared.wall()
        subscription.subscribed(document.subscription_ids[0], now, wall)
        for wire_id in document.subscription_ids:
            self._router.register(wire_id, subscription, now)
        self._upkeep.due.fire()
        await self.read_into(subscription)

    async def read_into(self, subscription: Subscription, dn: str | None = None, settling: bool = False) -> None:
        """See Reads.into."""
        await self._reads.into(subscription, dn, settling)
        if subscription.wants_read:
            self._upkeep.due.fire()  # what came while it was under way left something in doubt
        self.last_heard_wall = self._shared.wall()
        self.changed.fire()

    async def prolong(self, subscription: Subscription) -> None:
        """See Reads.prolong."""
        await self._reads.prolong(subscription)
        self.last_heard_wall = self._shared.wall()


def _now() -> float:
    return asyncio.get_running_loop().time()
