# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a wait that failed should have seen: a moment, however short, that a notification told of in time and in order;
notifications of the kind it asked for; `fail_when`. And that the MOs in its result are the switch's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from resilience.model.doubt import in_a_gap, in_a_race, newer, out_of_order, overtaken, shows, usable
from resilience.model.goal import OUTSIDE, YES
from resilience.model.observed import Change
from resilience.model.trouble import REQUESTS, SUSPECT, quiet_since
from resilience.model.truth import Line

if TYPE_CHECKING:
    from resilience.model.judge import Case

TICK = 0.002
FAILING = 8.5
"""Seconds for which fail_when has to be true until it must have been noticed: the grace of 5, and a suspect's reading."""


def unseen(case: Case) -> Iterator[str]:
    goal = case.goal
    if goal.options.get("after_reconnect"):
        return
    if goal.status:
        yield from _notifications(case)
    elif not goal.hold and goal.single and not goal.fail_when and not goal.where and (goal.min_count or 1) == 1:
        yield from _flash(case)
    if goal.fail_when:
        yield from _failing(case)


def _told_in_order(case: Case, line: Line, change: Change, since: float) -> bool:
    """Whether this notification came after ``since`` and before the end, in a way that leaves no doubt of it."""
    told = case.deliveries.at(change)
    end = case.waiting.ended - TICK - REQUESTS * case.reply_delay  # a race with a read ends with another read
    if told is None or not since + TICK < told < end or change.at <= since + TICK:
        return False
    return not (
        out_of_order(case, line, change, told)
        or overtaken(case, line, change, told)
        or in_a_gap(case, change, told)
        or in_a_race(case, line, change, told)
    )


def _flash(case: Case) -> Iterator[str]:
    """The condition became true by a notification that could be ordered."""
    first_read = case.waiting.first_read
    if first_read is None:
        return
    for line in case.scope.values():
        for before, state in zip(line.states, line.states[1:], strict=False):
            change = state.change
            if change is None or before.attributes is None or not usable(change) or not newer(line, change):
                continue  # one that appears is read before it counts: it may be gone by then
            true = case.goal.met({line.dn: frozenset({case.goal.kind(state.attributes)})})
            became = true and not case.goal.met({line.dn: frozenset({case.goal.kind(before.attributes)})})
            if became and before.at < change.at - TICK and _told_in_order(case, line, change, first_read):
                case.tally["timeout judged: it was true for a moment"] += 1
                yield "not a success, though it became true at %.3f and a notification said so" % change.at
                return


def _notifications(case: Case) -> Iterator[str]:
    """So many MOs of which a notification of the kind came."""
    if case.goal.where or case.goal.relative or case.waiting.first_read is None:
        return
    dns = set()
    for dn, line in case.scope.items():
        for state in line.states[1:]:
            change = state.change
            if change is None or change.kind not in case.goal.status:
                continue
            told = case.deliveries.at(change)
            if not change.sent and change.at <= case.waiting.first_read + TICK:
                continue  # it was gone before the one above it, whose deletion tells of what was known under it
            wanted = not case.goal.until or case.goal.kind(change.carried) == YES
            since = max(case.begin, case.waiting.begun if case.since is None else 0.0)
            if case.troubles:  # a break before the first read is no gap: nothing was known yet
                since = max(since, case.waiting.first_read)
            heard = told is not None and since + 2 * TICK < told < case.waiting.ended - TICK
            if wanted and told is not None and heard and not in_a_gap(case, change, told):
                dns.add(dn)
    case.tally["notifications waited for judged"] += 1
    if case.goal.enough(len(dns), len(dns)):
        yield "not a success, though notifications of %s came" % sorted(dns)


def _failing(case: Case) -> Iterator[str]:
    """fail_when was true for long enough until the end, without trouble."""
    end = case.waiting.begun + case.waiting.timeout
    if end - max(quiet_since(case.troubles, end), case.waiting.first_read or end) < FAILING:
        return
    number = max((change.number for change in case.truth.changes if change.at <= end), default=-1)
    since = end
    while number >= -1 and _fails(case, number):
        since = case.truth.changes[number].at if number >= 0 else 0.0
        number -= 1
    case.tally["fail_when judged not to be so"] += 1
    if end - since > FAILING:
        yield "not fail_when, though it was so from %.3f to %.3f" % (since, end)


def _fails(case: Case, number: int) -> bool:
    kinds = {dn: kind for dn, kind in case.exactly(number).items() if not kind <= {OUTSIDE}}
    bad = [dn for dn in kinds if case.goal.failing(case.scope[dn].states[case.scope[dn].by_number(number)].attributes)]
    return case.goal.failed(kinds, bad)


def wrong_objects(case: Case) -> Iterator[str]:
    """The MOs of the result are as the switch had them, at a time that they may still have been believed then.

    Where a notification got lost or came out of order, they are merged from what came, and not judged here.
    """
    if case.waiting.first_read is None:
        return
    for mo in case.result["mos"]:
        line = case.scope.get(mo["dn"])
        if line is None:
            yield "an MO that is not in scope: %s" % mo["dn"]
            continue
        if any(_doubtful(case, line, state.change) for state in line.states[1:] if state.change):
            continue
        held = {name: value for name, value in mo["attributes"].items() if name != "modTs"}
        window = case.window(line, case.last, case.waiting.ended - TICK)
        case.tally["MOs of results judged"] += 1
        if not any(held == line.states[position].attributes for position in window):
            yield "the MO %s is %s in the result, and it was %s" % (
                mo["dn"], held, [line.states[position].attributes for position in window],
            )  # fmt: skip


def _doubtful(case: Case, line: Line, change: Change) -> bool:
    if not case.begin - TICK <= change.at <= case.waiting.ended:
        return False
    told = case.deliveries.at(change)
    return (
        told is None
        or told >= case.waiting.ended - 1.5
        or out_of_order(case, line, change, told)
        or in_a_gap(case, change, told)
        or _waits_for_a_read(case, line, change, told)
    )


def _waits_for_a_read(case: Case, line: Line, change: Change, told: float) -> bool:
    """Whether it may have made its MO suspect, and no read may have answered that since."""
    if newer(line, change):
        return False
    until = min(
        (end for begin, end, path in case.reads if begin > told + TICK and shows(path, line)),
        default=case.waiting.ended,
    )
    return max(until, told + SUSPECT) >= case.waiting.ended - TICK
