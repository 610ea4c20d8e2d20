# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The history of the simulated switch, as a judge wants to ask it. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from resilience.model.goal import Goal, under
from resilience.model.observed import Change

Wire = list[tuple[float, "str | None"]]
"""One subscription's wire id, since when."""


@dataclass(frozen=True)
class State:
    """An MO from ``at`` until the next one; ``number`` is its change's, -1 before the first."""

    number: int
    at: float
    cls: str
    attributes: Mapping[str, str] | None
    change: Change | None = None


class Line:
    """One MO's states, oldest first."""

    def __init__(self, dn: str, first: State) -> None:
        self.dn = dn
        self.states = [first]
        self.numbers = [first.number]
        self.times = [first.at]

    def add(self, state: State) -> None:
        self.states.append(state)
        self.numbers.append(state.number)
        self.times.append(state.at)

    def by_number(self, number: int) -> int:
        """The position in force right after that change of the switch."""
        return bisect_right(self.numbers, number) - 1

    def by_time(self, at: float) -> int:
        """The position at the end of that moment."""
        return bisect_right(self.times, at) - 1

    def before(self, at: float) -> int:
        """The position right before that moment: where it changes just then, the one before the change."""
        return max(0, bisect_right(self.times, at - 1e-9) - 1)


class Truth:
    def __init__(self, initial: Mapping[str, Any], changes: list[Change]) -> None:
        self.changes = changes
        self.lines = {dn: Line(dn, State(-1, float("-inf"), mo.cls, mo.attributes)) for dn, mo in initial.items()}
        for change in changes:
            if change.dn not in self.lines:
                self.lines[change.dn] = Line(change.dn, State(-1, float("-inf"), change.cls, None))
            self.lines[change.dn].add(State(change.number, change.at, change.cls, change.after, change))

    def scope(self, goal: Goal) -> dict[str, Line]:
        return {dn: line for dn, line in self.lines.items() if goal.covers(dn, line.states[0].cls)}

    def numbers(self, begin: float, end: float) -> Iterator[int]:
        """The changes after each of which the switch was in a state of its own in that time; -1: before all."""
        times = [change.at for change in self.changes]
        first = bisect_right(times, begin - 1e-9) - 1
        yield from range(first, bisect_right(times, end))

    def now(self) -> dict[str, tuple[str, Mapping[str, str]]]:
        """dn -> (class, attributes) at the end."""
        last = {dn: line.states[-1] for dn, line in self.lines.items()}
        return {dn: (state.cls, state.attributes) for dn, state in last.items() if state.attributes is not None}


def deliveries(change: Change, wires: list[Wire]) -> list[tuple[float, int]]:
    """When each frame with it left for one of these ids, and as the how many-th of all frames."""
    return [
        (at, order) for at, ids, order in change.sent
        if any(each in ids for wire in wires for each in _current(wire, at))
    ]  # fmt: skip


def delivered(change: Change, wires: list[Wire]) -> tuple[float, int] | None:
    """The first of them; None: never."""
    return next(iter(deliveries(change, wires)), None)


def _current(wire: Wire, at: float) -> Iterator[str]:
    """The id then; where it changes at that moment, both."""
    for index, (since, wire_id) in enumerate(wire):
        until = wire[index + 1][0] if index + 1 < len(wire) else float("inf")
        if since <= at <= until and wire_id is not None:
            yield wire_id


class Deliveries:
    """When each change was on the wire to one wait's subscriptions. What vanished with an MO above it in scope was told by
    that one's deletion too."""

    def __init__(self, truth: Truth, goal: Goal, wires: list[Wire]) -> None:
        self.scope = truth.scope(goal)
        self._wires = wires
        self._at: dict[int, tuple[float, int] | None] = {}
        for dn, line in self.scope.items():
            for position, state in enumerate(line.states[1:], 1):
                change = state.change
                if change is None:
                    continue
                found = delivered(change, wires)
                if change.kind == "deleted":
                    for other in self.scope:
                        if under(dn, other):
                            found = _earliest(found, self._deletion(other, line, position))
                self._at[change.number] = found

    def _deletion(self, above: str, line: Line, position: int) -> tuple[float, int] | None:
        """That of the MO above it tells of it too, if it came after the MO's last change and before its next."""
        since = line.states[position - 1].number
        until = line.states[position + 1].number if position + 1 < len(line.states) else float("inf")
        changes = [state.change for state in self.scope[above].states[1:] if state.change]
        deletions = [each for each in changes if each.kind == "deleted" and since < each.number < until]
        found: tuple[float, int] | None = None
        for deletion in deletions:  # where a frame was lost, a later one
            found = _earliest(found, delivered(deletion, self._wires))
        return found

    def at(self, change: Change) -> float | None:
        found = self._at.get(change.number)
        return found[0] if found else None

    def again(self, change: Change) -> list[tuple[float, int]]:
        """When it was on the wire once more, and as the how many-th."""
        return deliveries(change, self._wires)[1:]

    def order(self, change: Change) -> int:
        """Its place among all frames."""
        found = self._at.get(change.number)
        return found[1] if found else 0

    def lowest(self, line: Line, time: float, base: int) -> int:
        """The oldest position that may still be believed at ``time``, where ``base`` was known."""
        low = base
        for position in range(base + 1, len(line.states)):
            change = line.states[position].change
            at = self.at(change) if change else None
            if at is not None and at <= time:
                low = position
        return low


def _earliest(one: tuple[float, int] | None, other: tuple[float, int] | None) -> tuple[float, int] | None:
    return min((each for each in (one, other) if each is not None), default=None)
