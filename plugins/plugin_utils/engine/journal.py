# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one subscription has seen: notifications, reads and gaps in order, with a cursor each.

Every entry remembers the MO before and after it, so that the state at any cursor still held can be rebuilt by going
back from today's (``state_at``). Bounded: RING entries; what falls out is counted as dropped. Pure.
"""

from __future__ import annotations

import itertools
import re
import secrets
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .errors import InvalidOptions
from .model import ManagedObject
from .state import Known, Step
from .times import iso

RING = 10_000
"""Notifications kept a subscription (DESIGN section 4, 11)."""


_CURSOR = re.compile(r"([0-9a-f]{8})\.([0-9]{1,18})\.([0-9]{1,13})")

TICK = 0.001
"""Cursors carry the time in milliseconds."""


@dataclass(frozen=True)
class Cursor:
    """A place in the order of everything this listener has seen. Users get it as an opaque string."""

    boot: str
    number: int
    wall: float

    def __str__(self) -> str:
        return "%s.%d.%d" % (self.boot, self.number, round(self.wall * 1000))


class Cursors:
    """Hands out the numbers, one order for all subscriptions of a listener."""

    def __init__(self) -> None:
        self.boot = secrets.token_hex(4)
        self._numbers = itertools.count(1)
        self.last = 0

    def next(self) -> int:
        self.last = next(self._numbers)
        return self.last

    def now(self, wall: float) -> Cursor:
        return Cursor(self.boot, self.last, wall)

    @staticmethod
    def parse(text: str) -> Cursor:
        found = _CURSOR.fullmatch(text.strip())
        if found is None:
            raise InvalidOptions(
                "since takes a cursor as an earlier task returned it (key 'cursor'), not %r." % (text[:80],)
            )
        return Cursor(found[1], int(found[2]), int(found[3]) / 1000)


@dataclass
class Gap:
    """A time in which notifications may have been lost. ``until`` is None while it lasts.

    ``reconnect``: the session was lost, not only a notification. Times: ``at``/``until`` monotonic, ``wall``/
    ``until_wall`` epoch seconds.
    """

    reason: str
    at: float
    wall: float
    until: float | None = None
    until_wall: float | None = None
    reconnect: bool = True

    def as_result(self) -> dict[str, object]:
        until = None if self.until_wall is None else iso(self.until_wall)
        return {"from": iso(self.wall), "to": until, "reason": self.reason}


@dataclass(frozen=True)
class Entry:
    """One thing that happened: a Step, the begin of a gap (``gap``), or a read.

    ``synced``: the read that made the state whole again. Other reads are told to followers, but not kept.
    """

    cursor: int
    at: float
    wall: float
    step: Step | None = None
    gap: Gap | None = None
    synced: bool = False


class Journal:
    def __init__(self, cursors: Cursors) -> None:
        self._cursors = cursors
        self._entries: deque[Entry] = deque()
        self._oldest = self._first = cursors.last
        self._oldest_wall = 0.0
        self.listed = 0
        self.dropped = 0
        self.gaps: deque[Gap] = deque(maxlen=1000)

    def add(
        self, at: float, wall: float, step: Step | None = None, gap: Gap | None = None, synced: bool = False
    ) -> Entry:
        entry = Entry(self._cursors.next(), at, wall, step, gap, synced)
        self._entries.append(entry)
        if step is not None and step.listed:
            self.listed += 1
        while len(self._entries) > RING:
            old = self._entries.popleft()
            self._oldest, self._oldest_wall = old.cursor, old.wall
            if old.step is not None and old.step.listed:
                self.dropped += 1
        return entry

    def since(self, number: int) -> Iterator[Entry]:
        """The entries after the cursor, oldest first."""
        newer = itertools.takewhile(lambda entry: entry.cursor > number, reversed(self._entries))
        return iter(list(newer)[::-1])

    def notifications(self, number: int) -> Iterator[Entry]:
        return (entry for entry in self.since(number) if entry.step is not None and entry.step.listed)

    def missing(self, cursor: Cursor, began: float) -> Gap | None:
        """The gap between ``cursor`` and the oldest entry held, if there is one; ``began``: the subscription's start."""
        if cursor.boot != self._cursors.boot:
            return Gap("listener", 0.0, cursor.wall, 0.0, began, reconnect=True)
        if cursor.number < self._oldest and self._oldest_wall:
            return Gap("dropped", 0.0, cursor.wall, 0.0, self._oldest_wall, reconnect=False)
        if cursor.number <= self._first and cursor.wall < began - TICK:
            return Gap("not_subscribed", 0.0, cursor.wall, 0.0, began, reconnect=False)
        return None

    def state_at(self, number: int, objects: Mapping[str, Known]) -> dict[str, ManagedObject]:
        """The MOs as they were right after the cursor, from today's ``objects`` backwards."""
        state = {dn: known.mo for dn, known in objects.items()}
        for entry in reversed(self._entries):
            if entry.cursor <= number:
                break
            if entry.step is None or entry.step.before is entry.step.after:
                continue
            if entry.step.before is None:
                state.pop(entry.step.dn, None)
            else:
                state[entry.step.dn] = entry.step.before
        return state
