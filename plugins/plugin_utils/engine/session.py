# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One switch: login, WebSocket, subscriptions, and the one way in which all of it recovers.

A task supervises: connect (log in if need be, open the socket, subscribe all, read all), then do the chores (refresh,
ping, suspects) until something breaks, note the gap, and connect again. Everything that goes wrong ends in `lose`;
there is no second path. All state is touched by the event loop's thread only; blocking calls run in threads.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from dataclasses import dataclass
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
    NotNxapi,
    Rejected,
    SessionEnded,
    Unreachable,
    defect,
)
from .journal import Cursors
from .logins import LoginLedger
from .model import ConnectionOptions, Document, ManagedObject
from .query import Query
from .rest import TlsContexts
from .router import Router
from .signals import Signal, backoff
from .stream import Stream, StreamEnded
from .subscription import LIFETIME, Subscription

PING = 25.0
SUSPECT_PAUSE = 1.0
WHOLE_READ = 8
"""More suspects of one subscription than this are read with the whole scope instead of one by one."""

UPGRADE_TRIES = 3
"""Fresh logins whose WebSocket is refused until a switch that never opened one counts as unable to."""

T = TypeVar("T")


@dataclass
class Surroundings:
    """What all sessions of a listener share."""

    cursors: Cursors
    ledger: LoginLedger
    contexts: TlsContexts
    executor: Executor
    wall: Callable[[], float]


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
        self._stream: Stream | None = None
        self._stream_wanted = False
        self._streamed = False
        self._ever_up = False
        self._refusals = 0
        self._broken: asyncio.Future[str] | None = None
        self._chores_due = Signal()
        self._router = Router()
        self._opening = asyncio.Lock()
        self._establishing = asyncio.Lock()
        self._ping_at = 0.0
        self._pings = 0
        self._suspects_read_at = float("-inf")
        self._resync_at: float | None = None

    @property
    def now(self) -> float:
        """The clock that all monotonic times here are of."""
        return _now()

    # For users

    async def ready(self, patient: bool = True) -> None:
        """Return when the session is up. Raises what cannot be cured, or (not patient) the first problem at all."""
        if self._task is None or self._task.done():
            self.problem = None
            self.failed = False
            self._task = asyncio.create_task(self._supervise())
        while not self.connected:
            if self.failed or (not patient and not self._ever_up):
                if self.problem is not None:
                    raise self.problem
            await self.changed.wait()

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
            name or query.describe(), query, self.cursors, self._shared.wall(), refresh_timeout
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
        try:
            await self._persist(lambda: self._establish_if_needed(subscription), patient)
        except BaseException:
            if not subscription.state.loaded and not subscription.followers:
                self._forget(subscription)
            raise

    async def reread(self, subscription: Subscription) -> None:
        """Read the subscription's whole scope now; it is live and up to date afterwards."""

        async def work() -> None:
            if not await self._establish_if_needed(subscription):
                await self._read_into(subscription)

        await self._persist(work, True)

    def forget(self, subscription: Subscription) -> None:
        """Stop refreshing it; the switch lets it lapse (there is no call to end one, PROTOCOL section 3)."""
        subscription.named = False
        if not subscription.followers:
            self._forget(subscription)

    async def refresh(self, subscription: Subscription) -> None:
        """Send subscriptionRefresh now. Raises Rejected where the switch no longer knows it, and recovers."""
        await self._persist(lambda: self._establish_if_needed(subscription), False)
        try:
            await self._refresh(subscription)
        except Rejected as exc:
            self.lose("subscription refresh refused: %s" % exc)
            raise

    def do_chores(self) -> None:
        """Something may be due now."""
        self._chores_due.fire()

    async def close(self) -> None:
        """End it all: the socket, the supervision, the session on the switch."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        self._close_stream()
        await self.talk.logout()
        self.talk.close()

    def as_result(self) -> dict[str, object]:
        token = self.talk.token
        expires = None if token is None else round(max(0.0, token.ends - _now()), 3)
        return {
            "connected": self._stream is not None,
            "token_expires_in": expires,
            "reconnects": self.reconnects,
            "undecodable": self.undecodable,
        }

    # Supervision

    async def _supervise(self) -> None:
        """Keep the session up for ever; a defect of ours ends it aloud instead of leaving everybody waiting."""
        try:
            await self._stay_connected()
        except Exception as exc:
            self.lose("internal error")
            self.problem = EngineError("the session with %s failed on %s." % (self.label, defect(exc)))
            self.failed = True
            self.changed.fire()
            raise

    async def _stay_connected(self) -> None:
        delays = backoff()
        while True:
            kept = self.talk.token
            try:
                broken = await self._connect()
            except EngineError as exc:
                self._close_stream()
                if isinstance(exc, SessionEnded):
                    stale = kept is not None and self.talk.token is kept
                    exc = await self._ended(exc)
                    if stale:
                        continue  # only the token of before is gone: log in at once
                self.problem = exc
                pause = self._shared.ledger.pause(self.options) if isinstance(exc, LoginRefused) else None
                self.failed = pause is None and self._final(exc)
                self.changed.fire()
                if self.failed:
                    return
                await asyncio.sleep(next(delays) if pause is None else pause)
                continue
            delays = backoff()
            await self._serve(broken)

    async def _ended(self, exc: SessionEnded) -> EngineError:
        """The switch has forgotten the session, or refuses its socket."""
        if exc.linger:
            await self.talk.logout()
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
        return not self._ever_up and type(exc) is not Unreachable

    async def _connect(self) -> asyncio.Future[str]:
        """Log in if needed, open, subscribe all, read all. Returns what tells of the next break, and its reason."""
        if self.talk.token is None or _now() >= self.talk.token.ends:
            await self.talk.login()
        broken: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._broken = broken
        if self._stream_wanted:
            await self._open_stream()
            for subscription in list(self.subscriptions):
                await self._resume(subscription)
        if broken.done():
            raise Unreachable(broken.result())
        if self._ever_up and self.down_since is not None:
            self.reconnects += 1
        self.connected, self._ever_up = True, True
        self.down_since, self.problem, self._refusals = None, None, 0
        self.changed.fire()
        return broken

    async def _resume(self, subscription: Subscription) -> None:
        """Subscribe again after a break. One that the switch refuses for good does not hold up the others."""
        if not subscription.named and not subscription.followers:
            self._forget(subscription)
            return
        try:
            async with self._establishing:
                if not subscription.synced:
                    await self._establish(subscription)
        except (Rejected, Forbidden) as exc:
            if subscription.state.loaded:  # it was accepted before: the switch is still starting
                raise Unreachable(str(exc)) from None
            subscription.problem = exc

    async def _serve(self, broken: asyncio.Future[str]) -> None:
        """Chores until the session breaks. A break cuts a chore short."""
        while not broken.done():
            chores = asyncio.ensure_future(self._chores())
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
                self.lose(str(exc), relogin=isinstance(exc, SessionEnded))

    def lose(self, reason: str, relogin: bool = False) -> None:
        """The one break: note the gap, close the socket, let the supervision connect anew."""
        if relogin:
            self.talk.token = None
        self._close_stream()
        if self.connected:
            self.connected = False
            self.down_since = _now()
        now, wall = _now(), self._shared.wall()
        for subscription in self.subscriptions:
            subscription.lose(reason, now, wall)
        self._router.clear()
        if self._broken is not None and not self._broken.done():
            self._broken.set_result(reason)
        self.changed.fire()

    async def _persist(self, work: Callable[[], Awaitable[T]], patient: bool) -> T:
        """Do ``work`` on a session that is up, again after each break; the caller's deadline ends it."""
        delays = backoff()
        while True:
            await self.ready(patient)
            try:
                return await work()
            except SessionEnded as exc:
                if exc.linger:
                    await self.talk.logout()
                self.lose(str(exc), relogin=True)
            except Interrupted:
                pass
            except (Unreachable, NotNxapi) as exc:
                if not patient or (isinstance(exc, NotNxapi) and not self.talk.answered):
                    raise
            await asyncio.sleep(next(delays))

    # The socket

    async def _open_stream(self) -> None:
        async with self._opening:
            if self._stream is not None:
                return
            token = self.talk.token
            if token is None:
                raise SessionEnded("the session has ended")
            loop = asyncio.get_running_loop()
            context = self._shared.contexts.get(self.options)
            opening = loop.run_in_executor(self._shared.executor, Stream.open, self.options, token.value, context)
            try:
                self._stream = await asyncio.shield(opening)
            except asyncio.CancelledError:
                opening.add_done_callback(_discard)
                raise
            loop.add_reader(self._stream.fileno(), self._readable, self._stream)
            self._streamed = True
            self._pings = 0
            self._ping_at = _now() + PING
            self._chores_due.fire()

    def _close_stream(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            asyncio.get_running_loop().remove_reader(stream.fileno())
            stream.close()

    def _readable(self, stream: Stream) -> None:
        if stream is not self._stream:
            return
        try:
            for data in stream.messages():
                self._message(data)
                if stream is not self._stream:
                    return
        except StreamEnded as exc:
            self.lose(str(exc))
            return
        if stream.pending:
            asyncio.get_running_loop().call_soon(self._readable, stream)

    def _message(self, data: bytes) -> None:
        """One notification: hand each MO to the subscriptions that its ids stand for."""
        if not data.strip():
            return
        now, wall = _now(), self._shared.wall()
        self.last_heard_wall = wall
        try:
            document = decode(data)
        except BadDocument:
            self._skip(now, wall)
            return
        if self._router.deliver(document, now, wall):
            self._chores_due.fire()

    def _skip(self, now: float, wall: float) -> None:
        """A frame that cannot be read: whatever it said is lost, so all is read again, at most once a second."""
        self.undecodable += 1
        for subscription in self.subscriptions:
            subscription.lose("undecodable notification", now, wall, reconnect=False)
        if self._resync_at is None:
            self._resync_at = max(now, self._suspects_read_at + SUSPECT_PAUSE)
        self._chores_due.fire()

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

    def _forget(self, subscription: Subscription) -> None:
        if subscription in self.subscriptions:
            self.subscriptions.remove(subscription)
        self._router.forget(subscription)

    async def _establish_if_needed(self, subscription: Subscription) -> bool:
        """Whether there was anything to do."""
        async with self._establishing:
            if subscription.synced:
                return False
            await self._open_stream()
            if subscription.wire_id is None:
                await self._establish(subscription)
            else:
                await self._read_into(subscription)
            return True

    async def _establish(self, subscription: Subscription) -> None:
        """Subscribe, then read: the subscribe reply may be empty (NX-OS documents an empty one)."""
        stream = self._stream
        target = subscription.query.target(subscribe=True, refresh_timeout=subscription.refresh_timeout)
        document = await self.talk.ask("GET", target)
        if stream is None or stream is not self._stream:
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
        self._chores_due.fire()
        await self._read_into(subscription)

    async def _read_into(self, subscription: Subscription, dn: str | None = None, settling: bool = False) -> None:
        """Read the scope (or one MO of it) and let the reply decide."""
        query = subscription.query if dn is None else Query(dn=dn, format=subscription.query.format)
        begun = []
        try:
            found = await self.talk.read(query, lambda: begun.append(subscription.state.begin_read(dn, settling)))
        except BaseException:
            for read in begun:
                subscription.state.abandon_read(read)
            raise
        if not subscription.read_done(begun[0], found, _now(), self._shared.wall()):
            raise Interrupted("the WebSocket broke during a read")
        self.last_heard_wall = self._shared.wall()
        self.changed.fire()

    async def _refresh(self, subscription: Subscription) -> None:
        """subscriptionRefresh: a good reply is empty; anything else means that the switch has let it go."""
        wire_id = subscription.wire_id
        if wire_id is None:
            return
        document = await self.talk.ask("GET", "/api/subscriptionRefresh.%s?id=%s" % (subscription.query.format, wire_id))
        if subscription.wire_id != wire_id:
            raise Interrupted("the WebSocket broke during a refresh")
        if document.objects:
            raise Rejected("%s answers the refresh with objects." % self.options.address)
        subscription.refreshed(_now(), self._shared.wall())
        self.last_heard_wall = self._shared.wall()

    # Chores

    async def _chores(self) -> None:
        """Do what is due, then sleep until something is."""
        now = _now()
        token = self.talk.token
        if token is not None and now >= token.refresh_at:
            await self.talk.refresh_token()
        if self._stream is not None:
            self._ping(now)
            await self._refresh_due()
            await self._read_due()
        await self._chores_due.wait_until(self._next_due())

    def _next_due(self) -> float:
        token = self.talk.token
        due = [token.refresh_at] if token is not None else []
        if self._stream is not None:
            due.append(self._ping_at)
            if self._resync_at is not None:
                due.append(self._resync_at)
            for subscription in self.subscriptions:
                if subscription.wire_id is not None:
                    due.append(subscription.refresh_at)
                if subscription.state.suspects and subscription.state.synced:
                    due.append(self._suspects_read_at + SUSPECT_PAUSE)
                if subscription.settle_at is not None:
                    due.append(subscription.settle_at)
        return min(due, default=_now() + PING)

    def _ping(self, now: float) -> None:
        """Two pings without a pong are a break only on a socket that has answered one (rule 8)."""
        stream = self._stream
        if stream is None or now < self._ping_at:
            return
        if stream.pongs and self._pings - stream.pongs >= 2:
            raise Unreachable("no answer to pings")
        try:
            stream.ping()
        except StreamEnded as exc:
            raise Unreachable(str(exc)) from None
        self._pings += 1
        self._ping_at = now + PING

    async def _refresh_due(self) -> None:
        for subscription in list(self.subscriptions):
            if subscription.wire_id is None or _now() < subscription.refresh_at:
                continue
            if not subscription.named and not subscription.followers:
                self._forget(subscription)
                continue
            try:
                await self._refresh(subscription)
            except Unreachable as exc:
                if not subscription.refresh_later(_now()):
                    raise Unreachable("a subscription could not be refreshed in time: %s" % exc) from None
            except Rejected as exc:
                raise Unreachable("subscription refresh refused: %s" % exc) from None

    async def _read_due(self) -> None:
        now = _now()
        if self._resync_at is not None and now >= self._resync_at:
            self._resync_at = None
            self._suspects_read_at = now
            for subscription in list(self.subscriptions):
                if subscription.wire_id is not None and not subscription.state.synced:
                    await self._read_into(subscription)
        for subscription in list(self.subscriptions):
            if subscription.settle_at is not None and now >= subscription.settle_at:
                subscription.settle_at = None
                await self._read_into(subscription, settling=True)
        if now >= self._suspects_read_at + SUSPECT_PAUSE:
            suspicious = [sub for sub in self.subscriptions if sub.state.suspects and sub.state.synced]
            if suspicious:
                self._suspects_read_at = now
            for subscription in suspicious:
                suspects: list[str | None] = [*subscription.state.suspects]
                for dn in suspects if len(suspects) <= WHOLE_READ else [None]:
                    await self._read_into(subscription, dn, settling=True)


def _discard(opening: asyncio.Future[Stream]) -> None:
    """A socket that opened after nobody wanted it any more."""
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()


def _now() -> float:
    return asyncio.get_running_loop().time()
