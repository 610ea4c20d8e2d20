# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What modules and action plugins can ask of a session: the methods behind its socket, thin over the engine."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Protocol, TypeVar

from ..engine import mo as mos
from ..engine import spec as specs
from ..engine.errors import EngineError, InvalidOptions, Rejected, Unreachable
from ..engine.journal import Cursor, Cursors
from ..engine.query import Query
from ..engine.session import Session
from ..engine.sight import for_watch
from ..engine.signals import Signal
from ..engine.subscription import Subscription
from ..engine.times import iso
from ..engine.wait import Line, Wait
from ..engine.watch import Watch
from .rpc import Method

LEASE = 15.0
"""Seconds beyond its timeout after which a wait that nobody asks for is given up. Until then its worker may be stopped,
and go on."""

T = TypeVar("T")


class Running(Protocol):
    """What a task stands at: a wait or a watch. ``news`` fires when there are lines to print."""

    lines: list[Line]
    news: Signal

    @property
    def patience(self) -> float:
        """Seconds that it may take."""

    async def run(self) -> dict[str, object]:
        """The task's result; cancelled, it releases everything."""

    async def check(self) -> dict[str, object]:
        """That of check mode."""


class SessionService:
    def __init__(self, session: Session, wall: Callable[[], float]) -> None:
        self.session = session
        self._wall = wall
        self._waits: dict[str, tuple[Running, asyncio.Task[object]]] = {}
        self._leases: dict[str, asyncio.TimerHandle] = {}
        self._numbers = itertools.count(1)

    def methods(self) -> dict[str, Method]:
        return {
            "subscribe": self.subscribe,
            "refresh": self.refresh,
            "info": self.info,
            "notifications": self.notifications,
            "read": self.read,
            "mo": self.mo,
            "wait_start": self.wait_start,
            "wait_next": self.wait_next,
            "wait_cancel": self.wait_cancel,
        }

    # Modules

    async def subscribe(
        self, subscription: str | None, query: Mapping[str, object], refresh_timeout: int | None, state: str
    ) -> dict[str, object]:
        session, name = self.session, subscription
        if state == "absent":
            return self._unsubscribe(name, query)
        asked = Query.from_options(query)
        found, new = session.obtain(asked, name or asked.describe(), refresh_timeout)
        new = new or not found.synced
        await self._bounded(session.establish(found))
        return {
            "changed": new,
            "subscription": found.as_result(session.now),
            "mos": [known.mo.as_result() for known in found.state.objects.values()],
            "cursor": self._cursor(),
            "warnings": list(asked.warnings()),
        }

    def _unsubscribe(self, name: str | None, query: Mapping[str, object]) -> dict[str, object]:
        name = name or Query.from_options(query).describe()
        found = self.session.named(name)
        if found is not None:
            self.session.forget(found)
        return {
            "changed": found is not None,
            "subscription": found.as_result(self.session.now) if found is not None else None,
            "mos": [],
            "cursor": self._cursor(),
            "warnings": [],
        }

    async def refresh(self, names: list[str] | None, on_expired: str) -> dict[str, object]:
        chosen = [self._named(name) for name in names] if names else self._all()
        recreated = False
        for subscription in chosen:
            try:
                await self._bounded(self.session.refresh(subscription))
            except Rejected as exc:
                if on_expired != "recreate":
                    raise Rejected(
                        "The subscription %s has expired on %s (%s). With on_expired=recreate it is made anew."
                        % (subscription.name, self.session.label, str(exc).rstrip("."))
                    ) from None
                await self._bounded(self.session.establish(subscription, patient=True))
                recreated = True
        now = self.session.now
        return {"changed": recreated, "subscriptions": [subscription.as_result(now) for subscription in chosen]}

    async def info(self) -> dict[str, object]:
        now = self.session.now
        return {
            "subscriptions": [subscription.as_result(now) for subscription in self._all()],
            "session": self.session.as_result(),
        }

    async def notifications(self, subscription: str, since: str | None, limit: int) -> dict[str, object]:
        if limit < 1:
            raise InvalidOptions("limit takes a number from 1.")
        held = self._named(subscription)
        journal = held.journal
        cursor = Cursors.parse(since) if since else held.began_cursor
        number = cursor.number if cursor.boot == self.session.cursors.boot else 0
        entries = list(itertools.islice(journal.notifications(number), limit))
        missing = journal.missing(cursor, held.began)
        gaps = [gap for gap in journal.gaps if gap.until is None or gap.ended > number]
        last = entries[-1] if len(entries) == limit else None
        here = Cursor(self.session.cursors.boot, last.cursor, last.wall) if last else None
        return {
            "notifications": [
                {
                    "cursor": str(Cursor(self.session.cursors.boot, entry.cursor, entry.wall)),
                    "received_at": iso(entry.wall),
                    "status": entry.status,
                    "class": entry.cls,
                    "dn": entry.dn,
                    "attributes": dict(entry.carried),
                    "subscription": subscription,
                    "origin": entry.origin,
                }
                for entry in entries
            ],
            "cursor": str(here) if here else self._cursor(),
            "dropped": journal.dropped,
            "gaps": [
                {**gap.as_result(), "subscription": subscription} for gap in ([missing] if missing else []) + gaps
            ],
        }

    async def read(self, query: Mapping[str, object]) -> dict[str, object]:
        asked = Query.from_options(query)
        found = await self._bounded(self.session.read(asked))
        return {"mos": [mo.as_result() for mo in found], "warnings": list(asked.warnings())}

    async def mo(
        self,
        dn: str,
        class_name: str | None,
        attributes: Mapping[str, object] | None,
        state: str,
        check: bool,
        children: list[Mapping[str, object]] | None = None,
    ) -> dict[str, object]:
        work = mos.converge(self.session, dn, class_name, attributes or {}, state, check, children or [])
        return await self._bounded(work)

    # Waits

    async def wait_start(self, kind: str, check: bool, options: Mapping[str, object]) -> dict[str, object]:
        wait, queries = self._running(kind, options)
        warnings = [text for query in queries for text in query.warnings()]
        if check:
            return {"wait": "", "lines": [], "result": await wait.check(), "warnings": warnings}
        number = "w%d" % next(self._numbers)
        task: asyncio.Task[object] = asyncio.create_task(wait.run())
        self._waits[number] = (wait, task)
        self._lease(number)
        await asyncio.sleep(0)
        return {"wait": number, "lines": _lines(wait), "result": None, "warnings": warnings}

    def _running(self, kind: str, options: Mapping[str, object]) -> tuple[Running, Iterable[Query]]:
        if kind == "watch":
            watched = for_watch(options)
            return Watch(self.session, watched, self._wall), watched.queries
        spec = specs.for_interfaces(options) if kind == "interface" else specs.for_mo(options)
        return Wait(self.session, spec, self._wall), [leg.query for leg in spec.legs if leg.query is not None]

    async def wait_next(self, wait: str) -> dict[str, object]:
        """Progress lines as soon as there are some, or the result; a caller that goes away ends the wait."""
        if wait not in self._waits:
            raise EngineError("this wait is not known here any more; run the task again.")
        running, task = self._waits[wait]
        self._unlease(wait)
        try:
            while not running.lines and not task.done():
                news = running.news.next()
                try:
                    await asyncio.wait({news, task}, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    news.cancel()
        except asyncio.CancelledError:
            self._drop(wait)
            raise
        if task.done():
            self._waits.pop(wait, None)
            return {"lines": _lines(running), "result": task.result()}
        self._lease(wait)
        return {"lines": _lines(running), "result": None}

    async def wait_cancel(self, wait: str) -> dict[str, object]:
        self._drop(wait)
        return {}

    def _lease(self, number: str) -> None:
        self._unlease(number)
        lease = self._waits[number][0].patience + LEASE
        self._leases[number] = asyncio.get_running_loop().call_later(lease, self._drop, number)

    def _unlease(self, number: str) -> None:
        lease = self._leases.pop(number, None)
        if lease is not None:
            lease.cancel()

    def _drop(self, number: str) -> None:
        self._unlease(number)
        known = self._waits.pop(number, None)
        if known is not None:
            known[1].cancel()

    # All of them

    def _named(self, name: str) -> Subscription:
        found = self.session.named(name)
        if found is None:
            known = ", ".join(sorted(subscription.name for subscription in self._all())) or "none"
            raise InvalidOptions(
                "%s has no subscription %s in this run (it has: %s)." % (self.session.label, name, known)
            )
        return found

    def _all(self) -> list[Subscription]:
        return [subscription for subscription in self.session.subscriptions if subscription.named]

    def _cursor(self) -> str:
        return str(self.session.cursors.now(self._wall()))

    async def _bounded(self, work: Awaitable[T]) -> T:
        """A module has no time-out of its own: it gets what a login, a socket and a request may take."""
        limit = 3 * self.session.options.request_timeout
        try:
            return await asyncio.wait_for(work, limit)
        except asyncio.TimeoutError:
            problem = self.session.problem
            words = str(problem) if problem is not None else "no complete answer"
            raise Unreachable(
                "%s: %s (given up after %g s)." % (self.session.label, words.rstrip("."), limit)
            ) from None


def _lines(wait: Running) -> list[dict[str, str]]:
    lines, wait.lines = wait.lines, []
    return [{"text": line.text, "quiet": line.quiet} for line in lines]
