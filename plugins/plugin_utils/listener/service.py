# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What modules and action plugins can ask of a session: the methods behind its socket, thin over the engine."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from ..engine import mo as mos
from ..engine import spec as specs
from ..engine.errors import InvalidOptions, Rejected, Unreachable
from ..engine.journal import Cursor, Cursors
from ..engine.query import Query
from ..engine.session import Session
from ..engine.sight import for_watch
from ..engine.subscription import Subscription
from ..engine.times import iso
from ..engine.wait import Wait
from ..engine.watch import Watch
from .rpc import Method
from .waits import Waits

T = TypeVar("T")


class SessionService:
    def __init__(self, session: Session, wall: Callable[[], float]) -> None:
        self.session = session
        self._wall = wall
        self._waits = Waits()

    def methods(self) -> dict[str, Method]:
        return {
            "subscribe": self.subscribe,
            "refresh": self.refresh,
            "info": self.info,
            "notifications": self.notifications,
            "read": self.read,
            "mo": self.mo,
            "wait_start": self.wait_start,
            **self._waits.methods(),
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
        if kind == "watch":
            watched = for_watch(options)
            return await self._waits.start(Watch(self.session, watched, self._wall), check, watched.queries)
        spec = specs.for_kind(kind, options)
        return await self._waits.start(Wait(self.session, spec, self._wall), check, spec.queries)

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
