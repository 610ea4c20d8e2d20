# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one subscription has seen: notifications, reads and gaps in order, with a cursor each.

Every entry keeps what it changed, forth and back, so that the state at any cursor still held can be rebuilt by going
back from today's (``state_at``), and what followed told again from there (``replay``). Bounded: RING entries; what
falls out is counted as dropped. Pure.
"""

from __future__ import annotations

import itertools
import re
import secrets
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from .errors import InvalidOptions
from .model import ManagedObject
from .state import Known, Step
from .story import Told, plain
from .times import iso

RING = 10_000
"""Notifications kept a subscription (DESIGN section 4, 11)."""


_CURSOR = re.compile(r"([0-9a-f]{8})\.([0-9]{1,18})\.([0-9]{1,13})")

SHORT = 24
"""Values up to this length are shared between entries; longer ones seldom repeat."""

MOST_WORDS = 10_000

TOGETHER = 0.01
"""Seconds."""

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
    ``until_wall`` epoch seconds. ``ended``: the number of the entry that ended it.
    """

    reason: str
    at: float
    wall: float
    until: float | None = None
    until_wall: float | None = None
    reconnect: bool = True
    ended: int = 0

    def as_result(self) -> dict[str, object]:
        until = None if self.until_wall is None else iso(self.until_wall)
        return {"from": iso(self.wall), "to": until, "reason": self.reason}


def together(gaps: Iterable[Gap]) -> list[Gap]:
    """In order, and as one those that several subscriptions have of the same break: of one reason, and so close that they
    begin within TOGETHER."""
    found: list[Gap] = []
    for gap in sorted(gaps, key=lambda each: each.wall):
        same = next((each for each in found if each.reason == gap.reason and gap.wall - each.wall < TOGETHER), None)
        if same is None:
            found.append(replace(gap))
        elif gap.until_wall is None or (same.until_wall is not None and gap.until_wall > same.until_wall):
            same.until, same.until_wall = gap.until, gap.until_wall
    return found


@dataclass(slots=True)
class Entry:
    """One thing that happened: a Step, the begin of a gap (``gap``), or a read.

    ``synced``: the read that made the state whole again. Other reads are told to followers, but not kept.
    ``told``: the transitions that it stands for; None: just what the step did.
    """

    cursor: int
    at: float
    wall: float
    step: Step | None = None
    gap: Gap | None = None
    synced: bool = False
    told: tuple[Told, ...] | None = None

    @property
    def transitions(self) -> tuple[Told, ...]:
        if self.told is None:
            return plain(self.step) if self.step is not None else ()
        return self.told


Part = Mapping[str, "str | None"]
"""Attributes and their values, None for one that the MO lacks."""


@dataclass(slots=True)
class Record:
    """What the ring keeps of an Entry; ``origin`` is empty where it had no Step.

    ``was`` and ``now``: what differs between the MO before and after, or all of it (None: no MO) where it came, went or
    changed its class. Both are None where nothing changed (``changed`` is false).
    """

    cursor: int
    at: float
    wall: float
    origin: str = ""
    status: str = ""
    cls: str = ""
    dn: str = ""
    carried: Mapping[str, str] = field(default_factory=dict)
    confirmed: bool = True
    listed: bool = False
    suspect: bool = False
    changed: bool = False
    was: ManagedObject | Part | None = None
    now: ManagedObject | Part | None = None
    gap: Gap | None = None
    synced: bool = False
    told: tuple[Told, ...] | None = None

    @classmethod
    def of(cls, entry: Entry) -> Record:
        step = entry.step
        if step is None:
            return cls(entry.cursor, entry.at, entry.wall, gap=entry.gap, synced=entry.synced, told=entry.told)
        carried = WORDS.lean(step.carried)
        was, now = _difference(step.before, step.after, step.touched)
        if isinstance(now, dict) and now.keys() == carried.keys():
            now = carried
        return cls(
            entry.cursor, entry.at, entry.wall,
            step.origin, step.status, WORDS.same(step.cls), WORDS.same(step.dn), carried,
            step.confirmed, step.listed, step.suspect, step.before is not step.after, was, now, told=entry.told,
        )  # fmt: skip

    def entry(self, before: ManagedObject | None) -> Entry:
        """The Entry again, given the MO before it."""
        if not self.origin:
            return Entry(self.cursor, self.at, self.wall, None, self.gap, self.synced, self.told)
        after = _applied(before, self.now) if self.changed else before
        step = Step(
            self.origin, self.status, self.cls, self.dn, self.carried, before, after,
            self.confirmed, self.listed, self.suspect,
        )  # fmt: skip
        return Entry(self.cursor, self.at, self.wall, step, told=self.told)


class Words:
    """The first of equal texts, so that a thousand entries share one ``up``.

    Bounded, for counters never repeat; sys.intern is not (in CPython 3.12 it keeps a text for ever).
    """

    def __init__(self, most: int = MOST_WORDS) -> None:
        self._known: dict[str, str] = {}
        self._most = most

    def __len__(self) -> int:
        return len(self._known)

    def same(self, text: str) -> str:
        if len(self._known) >= self._most and text not in self._known:
            self._known.clear()
        return self._known.setdefault(text, text)

    def lean(self, attributes: Mapping[str, str]) -> dict[str, str]:
        return {
            self.same(name): self.same(value) if len(value) <= SHORT else value for name, value in attributes.items()
        }


WORDS = Words()
"""One for all journals: it holds nothing but equal texts."""


def _difference(
    before: ManagedObject | None, after: ManagedObject | None, touched: Iterable[str] | None
) -> tuple[ManagedObject | Part | None, ManagedObject | Part | None]:
    """``touched``: the attributes that may differ; None: any."""
    if before is after:
        return None, None
    if before is None or after is None or before.cls != after.cls:
        return before, after
    old, new = before.attributes, after.attributes
    if touched is None:
        touched = {**new, **old}
    names = [name for name in touched if old.get(name) != new.get(name)]
    return {name: old.get(name) for name in names}, {name: new.get(name) for name in names}


def _applied(mo: ManagedObject | None, part: ManagedObject | Part | None) -> ManagedObject | None:
    if part is None or isinstance(part, ManagedObject) or mo is None:
        return part if isinstance(part, ManagedObject) else None
    attributes = dict(mo.attributes)
    _put(attributes, part)
    return ManagedObject(mo.cls, mo.dn, attributes)


def _put(attributes: dict[str, str], part: Part) -> None:
    for name, value in part.items():
        if value is None:
            attributes.pop(name, None)
        else:
            attributes[name] = value


class Journal:
    def __init__(self, cursors: Cursors) -> None:
        self._cursors = cursors
        self._records: deque[Record] = deque()
        self._oldest = self._first = cursors.last
        self._oldest_wall = 0.0
        self.listed = 0
        self.dropped = 0
        self.gaps: deque[Gap] = deque(maxlen=1000)

    def add(
        self,
        at: float,
        wall: float,
        step: Step | None = None,
        gap: Gap | None = None,
        synced: bool = False,
        told: tuple[Told, ...] | None = None,
    ) -> Entry:
        entry = Entry(self._cursors.next(), at, wall, step, gap, synced, told)
        self._records.append(Record.of(entry))
        if step is not None and step.listed:
            self.listed += 1
        while len(self._records) > RING:
            old = self._records.popleft()
            self._oldest, self._oldest_wall = old.cursor, old.wall
            self.dropped += old.listed
        return entry

    def since(self, number: int) -> Iterator[Record]:
        """What is kept after the cursor, oldest first."""
        newer = itertools.takewhile(lambda record: record.cursor > number, reversed(self._records))
        return iter(list(newer)[::-1])

    def notifications(self, number: int) -> Iterator[Record]:
        return (record for record in self.since(number) if record.listed)

    def replay(self, number: int, objects: Mapping[str, Known]) -> Iterator[Entry]:
        """The entries after the cursor as they were, from the state then (``state_at``)."""
        state = self.state_at(number, objects)
        for record in self.since(number):
            entry = record.entry(state.get(record.dn))
            if entry.step is not None and entry.step.after is not None:
                state[record.dn] = entry.step.after
            elif entry.step is not None:
                state.pop(record.dn, None)
            yield entry

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
        undone: dict[str, dict[str, str]] = {}
        for record in itertools.takewhile(lambda record: record.cursor > number, reversed(self._records)):
            if not record.changed:
                continue
            dn, was = record.dn, record.was
            if was is None:
                state.pop(dn, None)
                undone.pop(dn, None)
            elif isinstance(was, ManagedObject):
                state[dn] = was
                undone.pop(dn, None)
            else:
                _put(undone.setdefault(dn, dict(state[dn].attributes)), was)
        state.update((dn, ManagedObject(state[dn].cls, dn, attributes)) for dn, attributes in undone.items())
        return state
