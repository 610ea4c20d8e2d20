# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every wait of a schedule against the truth: no success without its moment, no time-out against one, no word that the
history does not know.

For one MO all is strict. For several, one moment is stretched by what was still on its way to us: the switch tells of
different MOs at different times (`Deliveries.lowest`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import product

from resilience.model.doubt import in_a_gap
from resilience.model.goal import Goal, holds
from resilience.model.tale import tale
from resilience.model.trouble import REQUESTS, SUSPECT, Trouble, quiet_since
from resilience.model.truth import Deliveries, Line, Truth
from resilience.model.unseen import unseen, wrong_objects
from resilience.model.world import EPOCH, Waiting

KEYS = frozenset(
    [
        "elapsed",
        "started_at",
        "met_at",
        "mos",
        "matched",
        "unmatched",
        "vanished",
        "ignored",
        "total",
        "notifications",
        "transitions",
        "gaps",
        "reconnects",
        "held",
        "last_heard",
        "cursor",
    ]
)
REASONS = ("timeout", "unreachable", "fail_when", "impossible")
GRACE = 5.0
LATEST = 0.25
"""Beyond its deadline a wait may go on only so long, for its last look."""

TICK = 0.002
"""Results carry milliseconds."""


def seconds(text: str) -> float:
    """A result's time on the loop's clock."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() - EPOCH


@dataclass
class Case:
    """One wait before the judge."""

    waiting: Waiting
    truth: Truth
    goal: Goal
    troubles: list[Trouble]
    tally: Counter[str]
    reads: list[tuple[float, float, str]]
    """When objects were being read: from the request's coming to the reply's leaving; and its path."""
    contacted: bool
    """Whether the switch had answered anything before this wait ended."""
    reply_delay: float
    """How long each reply takes."""

    def __post_init__(self) -> None:
        self.deliveries = Deliveries(self.truth, self.goal, self.waiting.wires)
        self.scope = self.deliveries.scope
        self.result = self.waiting.result
        self.gaps = [
            (seconds(gap["from"]), seconds(gap["to"]) if gap["to"] else self.waiting.ended, gap["reason"])
            for gap in self.result["gaps"]
        ]
        since = self.waiting.since
        if since is None and self.goal.status and self.waiting.status_since < self.waiting.begun:
            since = self.waiting.status_since
        self.since = since
        self.begin = self.waiting.begun if since is None else since - TICK
        self.first = self.waiting.begun_number if since is None else -1
        self.last = self.waiting.ended_number

    def base(self, line: Line) -> int:
        """The oldest position that this wait may have started from."""
        if self.since is None:
            return line.by_number(self.first)
        return self.deliveries.lowest(line, self.begin, 0)

    def moments(self) -> Iterator[tuple[int, float]]:
        """(number, time) of each state the switch was in since the wait's begin."""
        begin = max(self.first, max((c.number for c in self.truth.changes if c.at < self.begin), default=-1))
        yield begin, self.begin
        for number in range(begin + 1, self.last + 1):
            yield number, self.truth.changes[number].at

    def exactly(self, number: int) -> dict[str, frozenset[str]]:
        """What each MO was right after that change."""
        return {
            dn: frozenset({self.goal.kind(line.states[line.by_number(number)].attributes)})
            for dn, line in self.scope.items()
        }

    def window(self, line: Line, number: int, at: float) -> range:
        """The positions of which one may have been believed then."""
        high = line.by_number(number)
        low = min(high, self.deliveries.lowest(line, at, self.base(line)))
        return range(low, high + 1)

    def perhaps(self, number: int, at: float) -> dict[str, frozenset[str]]:
        """What each MO may have been believed to be at that moment."""
        return {
            dn: frozenset(self.goal.kind(line.states[p].attributes) for p in self.window(line, number, at))
            for dn, line in self.scope.items()
        }


def judge(case: Case) -> Iterator[str]:
    """What is wrong with this wait's result."""
    result, waiting = case.result, case.waiting
    if missing := KEYS - result.keys():
        yield "the result lacks %s" % sorted(missing)
    if waiting.ended > waiting.begun + waiting.timeout + LATEST + TICK:
        yield "it ended %.3f s after its deadline" % (waiting.ended - waiting.begun - waiting.timeout)
    reason = "success" if result.get("met") else str(result.get("reason"))
    case.tally["wait " + reason] += 1
    if reason == "success":
        yield from _success(case)
    elif reason == "fail_when":
        yield from _failed(case)
    elif reason == "impossible":
        yield from _impossible(case)
    elif reason in ("timeout", "unreachable"):
        yield from _too_late(case, reason)
    elif reason in ("login", "not_nxapi") and case.waiting.first_read is None and not case.contacted:
        case.tally["first contact failed"] += 1
    elif reason == "invalid" and case.waiting.on_trial and "There is no subscription" in str(result.get("msg")):
        case.tally["invalid, as its subscription was never made"] += 1
    else:
        yield "the reason is %s: %s" % (reason, result.get("msg"))
    if reason in ("timeout", "unreachable"):
        yield from unseen(case)
    yield from wrong_objects(case)
    yield from tale(case)


# Successes


def _success(case: Case) -> Iterator[str]:
    goal = case.goal
    if goal.options.get("after_reconnect") and not case.result["reconnects"] and not case.gaps:
        yield "success after_reconnect without a reconnect"
    if goal.status:
        yield from _hit(case)
    elif goal.hold:
        yield from _held(case)
    else:
        yield from _moment(case)


def _moment(case: Case) -> Iterator[str]:
    """One moment at which the condition was true; with only_new, after one at which it was not."""
    false_before = not case.goal.options.get("only_new")
    for number, at in case.moments():
        exact = case.goal.met(case.exactly(number))
        met = exact if case.goal.single and case.since is None else case.goal.met(case.perhaps(number, at))
        if met and (false_before or not case.goal.single):
            case.tally["success judged"] += 1
            return
        false_before = false_before or not exact
    yield "success, but there was no moment at which it was true"


def _hit(case: Case) -> Iterator[str]:
    """So many MOs of which a notification of that kind was on its way to us, or of which a gap hid one."""
    dns = set()
    begin = case.begin
    for dn, line in case.scope.items():
        for state in line.states[1:]:
            change = state.change
            if change is None or change.number > case.last:
                continue
            told = [case.deliveries.at(change)]
            if not case.waiting.wires:  # it was over by what had come before it could be seen which ids are its own
                told = [at for at, _ids, _order in change.sent]
            in_time = change.at >= begin - TICK or any(at is not None and at >= begin - TICK for at in told)
            right = change.kind in case.goal.status and holds(case.goal.until, change.carried)
            if (in_time and right) or (case.gaps and change.at >= min(begin, case.gaps[0][0]) - 90.0):
                dns.add(dn)
    case.tally["success judged"] += 1
    if not case.goal.enough(len(dns), len(dns)):
        yield "success, but only %d notifications of that kind existed" % len(dns)


def _held(case: Case) -> Iterator[str]:
    """The condition was true without a break that we could know of, and no gap was in it."""
    end = seconds(case.result["met_at"])
    begin = end - case.goal.hold
    for since, until, reason in case.gaps:
        if since < end - TICK and until > begin + TICK and reason not in ("missed", "not_subscribed", "dropped"):
            yield "held across the gap %s" % reason
    case.tally["success judged"] += 1
    case.tally["hold judged"] += 1
    if case.goal.single:
        yield from _held_by_one(case, begin, end)
        return
    times = {at for line in case.scope.values() for state in line.states[1:] if state.change
             for at in (state.at, case.deliveries.at(state.change)) if at is not None}  # fmt: skip
    for at in sorted({begin + TICK, *(each for each in times if begin + TICK < each < end - TICK)}):
        number = max((change.number for change in case.truth.changes if change.at <= at), default=-1)
        if not case.goal.met(case.perhaps(number, at)):
            yield "held from %.3f to %.3f, but at %.3f it was not true" % (begin, end, at)
            return


def _held_by_one(case: Case, begin: float, end: float) -> Iterator[str]:
    """Some state that we may have believed at the hold's begin, and all that we were told after it, satisfy."""
    (line,) = case.scope.values() or (None,)
    if line is None:
        yield "held, but there never was such an MO"
        return
    good = [case.goal.met({line.dn: frozenset({case.goal.kind(state.attributes)})}) for state in line.states]
    low = case.deliveries.lowest(line, begin - TICK, case.base(line))
    for start in range(low, line.by_time(begin + TICK) + 1):
        if good[start] and all(good[p] for p in _known_after(case, line, start, end)):
            return
    yield "held from %.3f to %.3f, but not without a break on the switch" % (begin, end)


def _known_after(case: Case, line: Line, start: int, end: float) -> Iterator[int]:
    """The later positions that were on the wire to us before the hold ended."""
    for position in range(start + 1, len(line.states)):
        change = line.states[position].change
        told = case.deliveries.at(change) if change else None
        if told is not None and told < end - TICK:
            yield position


# Failures


def _failed(case: Case) -> Iterator[str]:
    """A moment after the first read at which so many may have failed."""
    early = case.waiting.ended < (case.waiting.first_read or 0.0) + GRACE - TICK
    for number, at in case.moments():
        bad = set()
        for dn, line in case.scope.items():
            window = case.window(line, number, at)
            fails = any(case.goal.failing(line.states[p].attributes) for p in window)
            base = case.base(line)
            always = all(case.goal.failing(line.states[p].attributes) for p in range(base, window[-1] + 1))
            if fails and not (early and always):
                bad.add(dn)
        if case.goal.failed(case.perhaps(number, at), bad):
            case.tally["fail_when judged"] += 1
            return
    yield "fail_when, but at no moment it was so"


def _impossible(case: Case) -> Iterator[str]:
    """Since its first read there were MOs in scope, and none of them ever had all the attributes of one condition."""
    since, wanted = case.waiting.first_read or 0.0, case.goal.asked
    told = [each for each in case.truth.changes if case.deliveries.at(each) is not None]
    later = [each.change for line in case.scope.values() for each in line.states if each.at > since and each.change]
    if any(change not in told and not in_a_gap(case, change, change.at) for change in later):
        case.tally["impossible not judged: a frame was lost"] += 1
        return
    # What happened during the read may be in it or not; what no frame told may have been read later, or not.
    for begin, lost in product((since, case.waiting.begun - TICK), (True, False)):
        seen: list[Mapping[str, str]] = []
        for line in case.scope.values():
            known = [
                each for each in line.states[line.by_time(begin) :] if lost or each.at <= since or each.change in told
            ]
            seen += [each.attributes for each in known if each.attributes and each.number <= case.last]
        missing = any(all(name not in attributes for attributes in seen) for name in wanted)
        apart = bool(case.goal.until) and not any(case.goal.until.keys() <= attributes.keys() for attributes in seen)
        if seen and (missing or apart):
            case.tally["impossible judged"] += 1
            return
    yield "impossible, but the MOs in scope had what is asked for"


def _too_late(case: Case, reason: str) -> Iterator[str]:
    """The condition did not become true and stay so for as long as the engine may take to see it, undisturbed."""
    deadline = case.waiting.begun + case.waiting.timeout
    quiet = quiet_since(case.troubles, deadline)
    undisturbed = deadline - max(quiet, case.waiting.begun)
    if reason == "unreachable" and undisturbed > SUSPECT + REQUESTS * case.reply_delay:
        yield "unreachable, although nothing has been in the way since %.3f" % quiet
    goal = case.goal
    if goal.status or goal.options.get("after_reconnect") or goal.options.get("only_new"):
        return
    true_since = _true_until_the_end(case, deadline)
    if true_since is None:
        case.tally["timeout judged: it was not true"] += 1
        return
    if deadline - max(true_since, quiet, case.waiting.begun) < goal.hold + SUSPECT + REQUESTS * case.reply_delay:
        case.tally["timeout not judged: true for too short a time, or in trouble"] += 1
        return
    if goal.relative and case.gaps and goal.min_count is None and not goal.single:
        case.tally["timeout not judged: fewer MOs than before a gap"] += 1
        return
    if goal.fail_when:
        return
    case.tally["timeout judged: it was true"] += 1
    yield "%s, but it was true from %.3f to %.3f" % (reason, true_since, deadline)


def _true_until_the_end(case: Case, deadline: float) -> float | None:
    """Since when it was true up to the deadline. For a hold the engine has to have been told."""
    number = max((change.number for change in case.truth.changes if change.at <= deadline), default=-1)
    since = None
    while number >= -1 and case.goal.met(case.exactly(number)):
        since = case.truth.changes[number].at if number >= 0 else 0.0
        number -= 1
    if since is None or not case.goal.hold:
        return since
    for line in case.scope.values():
        for state in line.states[1:]:
            if state.change and case.waiting.begun <= state.at <= deadline:
                told = case.deliveries.at(state.change)
                since = max(since, deadline if told is None else told)
    return since
