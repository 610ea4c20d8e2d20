# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which notifications of an MO no client could place: those that came in another order than they happened, and those
without usable modTs in a race with a read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from resilience.model.goal import under
from resilience.model.observed import Change
from resilience.model.truth import Line

if TYPE_CHECKING:
    from resilience.model.judge import Case

TICK = 0.002

_REQUEST = re.compile(r"/api/(mo|class)/(.+?)\.(?:json|xml)(?:\?.*)?")

RACE = 1.0 + TICK
"""Seconds after a read in which a notification without usable modTs may be older than the read."""


def usable(change: Change) -> bool:
    """Whether its modTs is a time."""
    return change.mod_ts is not None and change.mod_ts != "never"


def out_of_order(case: Case, line: Line, change: Change, told: float) -> bool:
    """Whether one that is older came later (or never), or one that is newer came before."""
    place = case.deliveries.order(change)
    for state in line.states[1:]:
        other = state.change
        if other is None or other is change:
            continue
        when, there = case.deliveries.at(other), case.deliveries.order(other)
        if when is not None and there == place:
            continue
        later = when is None or there > place
        if other.number < change.number and case.begin - TICK <= other.at and later:
            return True
        if other.number > change.number and when is not None and not later:
            return True
    return False


def in_a_race(case: Case, line: Line, change: Change, told: float) -> bool:
    """Whether nobody can say if a read contains it: its modTs says nothing, and a read was under way or just over."""
    position = line.by_number(change.number)
    stamps = [state.change.mod_ts for state in line.states[max(1, position - 1) : position + 2] if state.change]
    alone = usable(change) and stamps.count(change.mod_ts) == 1
    return not alone and any(begin - TICK <= told <= end + RACE for begin, end, _dn in case.reads)


def in_a_gap(case: Case, change: Change, told: float) -> bool:
    return any(
        since - TICK <= told <= until + TICK or since - TICK <= change.at <= until + TICK
        for since, until, _reason in case.gaps
    )  # fmt: skip


def shows(path: str, line: Line) -> bool:
    """Whether the reply to that request says something of the MO."""
    found = _REQUEST.fullmatch(path)
    if found is None:
        return False
    return found[2] == line.states[0].cls if found[1] == "class" else line.dn == found[2] or under(line.dn, found[2])


def overtaken(case: Case, line: Line, change: Change, told: float) -> bool:
    """Whether a read has shown what came after this change before its notification came: that is stale then (rule 3)."""
    later = [state.at for state in line.states if state.number > change.number]
    return any(at <= end <= told + TICK for at in later for _begin, end, path in case.reads if shows(path, line))


def newer(line: Line, change: Change) -> bool:
    """Whether its modTs is later than that of every state before it."""
    before = [state.change.mod_ts for state in line.states[1 : line.by_number(change.number)] if state.change]
    return usable(change) and all(
        stamp is not None and stamp != "never" and stamp < (change.mod_ts or "") for stamp in before
    )
