# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A wait's transitions against the history: each told once and in order, none that never was.

For each MO all ways are tried in which its rows could have come about: the notifications that were on the wire to this
wait, in the order of the wire, each applied to what had been told before; and reads, which may jump to what the switch
had then, but only over what notifications did not tell. There must be a way that leaves no row over, and no notification
that nothing excuses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from resilience.model.doubt import RACE, in_a_gap, in_a_race, newer, out_of_order, overtaken, usable
from resilience.model.observed import Change
from resilience.model.trouble import REQUESTS
from resilience.model.truth import Line

if TYPE_CHECKING:
    from resilience.model.judge import Case

MOST = 50
"""A result shows so many transitions, the last ones."""

TICK = 0.002
HELD = 1.5
"""Seconds within which a suspect MO has been read; a notification that made it suspect is told then, or not at all."""

Row = tuple[str, "str | None", "str | None"]
Attributes = Mapping[str, str]


@dataclass(frozen=True)
class Way:
    """So many rows and notifications are explained; ``told`` is the MO as told so far, ``seen`` the newest change that a
    read has shown."""

    rows: int
    heard: int
    told: frozenset[tuple[str, str]] | None
    seen: int


def tale(case: Case) -> Iterator[str]:
    rows = case.result["transitions"]
    case.tally["transitions"] += len(rows)
    for row in rows:
        case.tally["transitions by " + row["origin"]] += 1
    if len(rows) >= MOST or case.waiting.first_read is None:
        return
    for dn, line in case.scope.items():
        mine = [row for row in rows if row["dn"] == dn]
        if _was_wrong_before(case, line):
            case.tally["transitions not judged: frames lost before the wait's cursor"] += 1
            continue
        if _clock_went_back_at_the_first_read(case, line):
            case.tally["transitions not judged: the clock went back during the first read"] += 1
            continue
        problem = _Telling(case, line, mine).problem()
        if problem:
            yield "transitions of %s: %s" % (dn, problem)
    known = set(case.scope)
    if strange := {row["dn"] for row in rows} - known:
        yield "transitions of %s, which is not in scope" % sorted(strange)


def _was_wrong_before(case: Case, line: Line) -> bool:
    """Whether the wait goes back to a state (or one for notifications begins with it, before it reads) that lacks what no
    frame had told, or what came in another order, and no gap says so."""
    if case.gaps or not (case.since or case.goal.status):
        return False
    before = [state.change for state in line.states if state.change and state.change.at <= case.begin]
    places = [case.deliveries.order(change) for change in before if case.deliveries.at(change) is not None]
    return len(places) < len(before) or places != sorted(places)


def _clock_went_back_at_the_first_read(case: Case, line: Line) -> bool:
    """Notifications that came during that read went on top of it as newer, and were older: the MO is in doubt then, and
    where its transitions begin is not to be told."""
    first = case.waiting.first_read or 0.0
    changes = [state.change for state in line.states if state.change]
    near = [each.mod_ts or "" for each in changes if case.begin - RACE <= each.at <= first + RACE and usable(each)]
    return near != sorted(near)


class _Telling:
    """One MO's rows in one wait."""

    def __init__(self, case: Case, line: Line, rows: list[dict[str, Any]]) -> None:
        from resilience.model.judge import seconds

        self.case = case
        self.line = line
        self.rows: list[Row] = [(row["attribute"], row["from"], row["to"]) for row in rows]
        self.origins = [row["origin"] for row in rows]
        self.times = [seconds(row["at"]) for row in rows]
        heard: list[tuple[float, int, Change, bool]] = []
        for state in line.states[1:]:
            change = state.change
            at = case.deliveries.at(change) if change else None
            if change and at is not None:
                early = TICK if newer(line, change) else self._early
                if at < case.begin - early or at > case.waiting.ended:
                    continue
                heard.append((at, case.deliveries.order(change), change, False))
                heard += [(when, order, change, True) for when, order in case.deliveries.again(change)]
        self.heard = sorted(heard, key=lambda each: (each[1], each[2].number))

    @property
    def _early(self) -> float:
        """For so long a notification may have waited for a read when the wait began, to be told in it."""
        if not (self.case.goal.status or self.case.since):
            return TICK
        return HELD + REQUESTS * self.case.reply_delay

    def problem(self) -> str:
        ways = set(self._starts())
        done: set[Way] = set()
        best = max(ways, key=lambda way: (way.rows, way.heard), default=None)
        while ways:
            way = ways.pop()
            done.add(way)
            if best is None or (way.rows, way.heard) > (best.rows, best.heard):
                best = way
            if way.rows == len(self.rows) and way.heard == len(self.heard):
                self.case.tally["transitions judged"] += len(self.rows)
                return ""
            ways.update(set(self._next(way)) - done)
        if best is None:
            return "no state to start from"
        row = "%s at %.3f by %s" % (self.rows[best.rows], self.times[best.rows], self.origins[best.rows]) if (
            best.rows < len(self.rows)) else "nothing"  # fmt: skip
        told = self.heard[best.heard] if best.heard < len(self.heard) else None
        news = "%s %s on the wire at %.3f" % (told[2].kind, dict(told[2].carried), told[0]) if told else "nothing"
        return "after %d rows: told is %s, heard is %s" % (best.rows, row, news)

    def _starts(self) -> Iterator[Way]:
        """What the wait may have read at first, or known at its cursor."""
        first_read = self.case.waiting.first_read or 0.0
        low = 0
        if self.case.goal.status or self.case.since:
            # it hears what is still on its way as it begins, of what waits for a read, and of a gap that it begins in
            certain = all(newer(self.line, each.change) for each in self.line.states if each.change)
            early = TICK if certain else self._early
            low = 0 if self.case.gaps else self.case.deliveries.lowest(self.line, self.case.begin - early, 0)
        elif not self.case.since:
            low = self.line.by_number(self.case.first)
        for position in range(low, self.line.by_time(first_read) + 1):
            yield Way(0, 0, _frozen(self.line.states[position].attributes), self.line.states[position].number)

    def _next(self, way: Way) -> Iterator[Way]:
        if way.heard < len(self.heard):
            at, _order, change, repeated = self.heard[way.heard]
            applied = _applied(way.told, change)
            if (
                applied is not False
                and (count := self._says(way, _diff(way.told, applied, self._asked), ("notification",))) is not None
            ):
                yield Way(way.rows + count, way.heard + 1, applied, way.seen)
            if repeated or self._excused(way, at, change):
                yield Way(way.rows, way.heard + 1, way.told, way.seen)
        if way.rows < len(self.rows) and self.origins[way.rows] != "notification":
            yield from self._jumps(way)

    def _jumps(self, way: Way) -> Iterator[Way]:
        """A read showed what the switch had at some time before."""
        at, origin = self.times[way.rows], self.origins[way.rows]
        if not self._may_jump(way, at, origin):
            return
        for position in range(self.line.by_time(at + TICK) + 1):
            state = self.line.states[position]
            shown = _frozen(state.attributes)
            rows = _diff(way.told, shown, self._asked)
            if rows and (count := self._says(way, rows, (origin,))) is not None:
                yield Way(way.rows + count, way.heard, shown, max(way.seen, state.number))

    def _may_jump(self, way: Way, at: float, origin: str) -> bool:
        if origin == "resync":
            return any(since <= at + TICK for since, _until, _reason in self.case.gaps)
        return any(self._untold(state.change, at) for state in self.line.states[1:] if state.change)

    def _untold(self, change: Change, at: float) -> bool:
        """Whether notifications did not tell of it by then, or not in order."""
        if change.at > at + TICK:
            return False
        told = self.case.deliveries.at(change)
        if told is None or told >= self.case.waiting.ended - TICK or self._doubtful(change, told):
            return True
        return self._out_of_place(change, told)

    def _out_of_place(self, change: Change, told: float) -> bool:
        case, line = self.case, self.line
        return (
            out_of_order(case, line, change, told)
            or in_a_race(case, line, change, told)
            or overtaken(case, line, change, told)
        )

    def _doubtful(self, change: Change, told: float) -> bool:
        """Whether it may still be waiting for a read when the wait ends."""
        return told > self.case.waiting.ended - HELD

    def _excused(self, way: Way, at: float, change: Change) -> bool:
        """Whether a notification that was on the wire need not be told."""
        if at <= (self.case.waiting.first_read or 0.0) + TICK or at >= self.case.waiting.ended - TICK:
            return True
        if change.number <= way.seen or self._doubtful(change, at) or self._out_of_place(change, at):
            return True
        return in_a_gap(self.case, change, at)

    def _says(self, way: Way, rows: list[Row], origins: tuple[str, ...]) -> int | None:
        end = way.rows + len(rows)
        if self.rows[way.rows : end] != rows or any(each not in origins for each in self.origins[way.rows : end]):
            return None
        return len(rows)

    @property
    def _asked(self) -> set[str]:
        return self.case.goal.asked


def _frozen(attributes: Attributes | None) -> frozenset[tuple[str, str]] | None:
    return None if attributes is None else frozenset(attributes.items())


def _applied(told: frozenset[tuple[str, str]] | None, change: Change) -> frozenset[tuple[str, str]] | bool | None:
    """What was told, and this notification on top of it; False where it does not fit."""
    if change.kind == "deleted":
        return None
    if change.kind == "created":
        return _frozen(change.carried)
    return False if told is None else _frozen({**dict(told), **change.carried})


def _diff(
    told: frozenset[tuple[str, str]] | None, then: frozenset[tuple[str, str]] | bool | None, asked: set[str]
) -> list[Row]:
    """The rows that a result has for it."""
    before = dict(told or ())
    after = dict(then) if isinstance(then, frozenset) else {}
    if told is None and not isinstance(then, frozenset):
        return []
    names = sorted({*before, *after})
    rows = [(name, before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)]
    if told is None or not isinstance(then, frozenset):
        status = "created" if told is None else "deleted"
        return [("status", None, status), *(row for row in rows if row[0] in asked)]
    return rows
