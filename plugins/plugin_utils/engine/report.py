# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a wait tells: progress lines, the result's keys, and the sentence of a failure. Pure but for what it is given."""

from __future__ import annotations

import difflib
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from . import interfaces, lines
from .errors import EngineError, sentence
from .evaluate import Judge, Outcome, Verdict
from .journal import Gap
from .legs import Leg
from .model import ManagedObject
from .once import Once
from .qualifiers import HINTS, UNSAID
from .spec import LegSpec
from .standing import Standing
from .story import Told
from .times import instant, iso

NAMED = 5
"""MOs named in a sentence before it says how many more there are."""


class Switch(Protocol):
    """What a report wants to know of the session."""

    label: str
    connected: bool
    down_since: float | None
    problem: EngineError | None
    last_heard_wall: float | None

    @property
    def now(self) -> float:
        """By the loop's clock."""
        raise NotImplementedError


TRANSITIONS = 50
"""Rows that a result shows."""


class Transitions:
    """The last rows. Where several legs look at an MO, each row is there once: the first leg that tells it shows it."""

    def __init__(self, legs: int) -> None:
        self.rows: deque[dict[str, object]] = deque(maxlen=TRANSITIONS)
        self._once = Once(legs)

    def add(self, leg: int, rows: Iterable[dict[str, object]]) -> None:
        for row in rows:
            if self._once.is_new(leg, tuple(value for name, value in row.items() if name != "at")):
                self.rows.append(row)


@dataclass
class Seen:
    """What a wait has seen, beside the judge's state."""

    transitions: Transitions
    notifications: int = 0
    gaps: list[Gap] = field(default_factory=list)
    reconnects: int = 0
    cursor: str = ""
    started: float = 0.0
    started_wall: float = 0.0
    from_wall: float = 0.0

    def start(self, now: float, wall: float) -> None:
        self.started, self.started_wall, self.from_wall = now, wall, wall

    def since(self, wall: float) -> None:
        """The wait looks back to then."""
        self.from_wall = min(self.from_wall, wall)


def transitions_of(told: Told, wall: float, leg: LegSpec) -> Iterator[dict[str, object]]:
    """One row for each attribute that changed; an MO's coming and going is a row for its ``status``, and one for each
    attribute that the task asks for."""
    for name, was, value in told.changes:
        if told.status != "modified" and name != "status" and name not in leg.asked:
            continue
        yield {
            "at": iso(wall),
            "mod_ts": told.mod_ts,
            "dn": told.dn,
            "attribute": name,
            "from": was,
            "to": value,
            "origin": told.origin,
        }


def unmet_words(judge: Judge, only: Standing | None = None) -> Iterator[tuple[str, str]]:
    """(name, what is wrong) of each MO that does not match; of ``only`` one goal."""
    for standing in judge.standings if only is None else (only,):
        for leg in standing.legs:
            matched = set(leg.matched)
            for dn, item in leg.items.items():
                if dn in matched or not (item.mo is None or item.candidate):
                    continue
                if item.mo is None:
                    yield leg.spec.name(dn), "does not exist"
                elif leg.spec.absent:
                    yield _called(leg, dn), "is still there"
                elif leg.spec.until is not None:
                    words = leg.spec.until.unmet(item.mo) or "not confirmed yet (want %s)" % leg.spec.until.describe()
                    yield _called(leg, dn), words + _qualifier(item.mo, leg.spec)


def _called(leg: Leg, dn: str) -> str:
    """What a person calls the MO: by the words of the task, else by what it is."""
    name, item = leg.spec.name(dn), leg.items[dn]
    return lines.name(dn, item.mo.cls, item.mo.attributes) if name == dn and item.mo is not None else name


def all_met(judge: Judge) -> str:
    """Which of several goals hold."""
    names = [standing.goal.name for standing in judge.standings if standing.holds()]
    return "%d of %d conditions hold (%s)" % (len(names), len(judge.standings), listed(names))


def missing_words(judge: Judge) -> str:
    """Which of several goals do not hold yet, and why."""
    unmet = [standing for standing in judge.standings if not standing.holds()]
    words = ["%s: %s" % (standing.goal.name, listed(_missing(judge, standing))) for standing in unmet]
    met = len(judge.standings) - len(unmet)
    return "%d of %d conditions hold; missing: %s" % (met, len(judge.standings), "; ".join(words))


def _missing(judge: Judge, standing: Standing) -> list[str]:
    """What one goal lacks, thing by thing; empty where it holds."""
    if standing.holds():
        return []
    if not standing.synced:
        return ["not read yet"]
    goal, total = standing.goal, standing.total
    if total == 0 and not goal.absent:
        return ["%s (want %s)" % (_not_there(standing.legs), goal.wanted)]
    words = ["%s %s" % each for each in unmet_words(judge, standing)]
    if standing.at_least > total and not goal.absent:
        words.insert(0, "%d there, at least %d expected" % (total, standing.at_least))
    return words or ["being read again"]


def _not_there(legs: Iterable[Leg]) -> str:
    """Begins a sentence where nothing is there that counts: a DN does not exist, of a class there may be others."""
    places = [leg.query for leg in legs if leg.query is not None]
    if not places:
        return "what is asked for does not exist"
    words = [each.describe() for each in places]
    if all(each.dn and each.query_target == "self" for each in places):
        return "%s does not exist" % listed(words)
    return "nothing of %s is there that counts" % listed(words)


def _qualifier(mo: ManagedObject, leg: LegSpec) -> str:
    names = leg.qualifiers or tuple(name for name in mo.attributes if name.endswith("StQual"))
    shown = ["%s %s" % (name, mo.attributes[name]) for name in names if mo.attributes.get(name, "") not in UNSAID]
    return " [%s]" % ", ".join(shown) if shown else ""


def result(judge: Judge, seen: Seen, switch: Switch, verdict: Verdict, check: bool = False) -> dict[str, object]:
    """The task's result for a verdict; every key is there whatever it is."""
    if verdict.outcome is Outcome.FAILED:
        return failure(judge, seen, switch, "fail_when", "", verdict)
    if verdict.outcome is Outcome.IMPOSSIBLE:
        return failure(judge, seen, switch, "impossible", "", verdict)
    values = _values(judge, seen, switch)
    if check:
        values["met"] = judge.met_at is not None or (judge.spec.hold > 0 and judge.held_since is not None)
        return values
    met = judge.met_at
    wall = met.wall if met is not None else seen.started_wall + (switch.now - seen.started)
    values["met"] = True
    values["met_at"] = iso(wall)
    if judge.spec.hold > 0:
        values["held"] = round(judge.spec.hold, 3)
    return values


def _values(judge: Judge, seen: Seen, switch: Switch) -> dict[str, object]:
    matched = {dn for _index, dn in judge.matched} if not judge.spec.status else set(judge.hits)
    items = [(leg, dn, item) for leg in judge.legs for dn, item in leg.items.items()]
    counted = [(leg, dn) for leg, dn, item in items if item.mo is None or item.candidate]
    good = {(id(leg), dn) for leg in judge.legs for dn in leg.matched}
    unmatched = [dn for leg, dn in counted if (dn not in matched if judge.spec.status else (id(leg), dn) not in good)]
    mos = {item.mo.dn: item.mo for _leg, _dn, item in items if item.mo is not None}
    held = 0.0 if judge.held_since is None else max(0.0, switch.now - judge.held_since)
    heard = switch.last_heard_wall
    several = {"conditions": [_condition(judge, each) for each in judge.standings]} if judge.spec.named else {}
    return {
        **several,
        "elapsed": round(switch.now - seen.started, 3),
        "started_at": iso(seen.started_wall),
        "met_at": None,
        "met": False,
        "mos": [mo.as_result() for mo in mos.values()],
        "matched": _count(sorted(matched)),
        "unmatched": _count(unmatched),
        "vanished": _count([dn for leg in judge.legs for dn in leg.vanished]),
        "ignored": _count([dn for _leg, dn, item in items if item.mo is not None and not item.candidate]),
        "failing": any(item.failing for _leg, _dn, item in items),
        "total": judge.total,
        "notifications": seen.notifications,
        "transitions": list(seen.transitions.rows),
        "gaps": [gap.as_result() for gap in seen.gaps],
        "reconnects": seen.reconnects,
        "held": round(min(held, judge.spec.hold), 3),
        "last_heard": None if heard is None else iso(heard),
        "cursor": seen.cursor,
    }


def _count(dns: Iterable[str]) -> dict[str, object]:
    once = list(dict.fromkeys(dns))
    return {"count": len(once), "dns": once}


def _condition(judge: Judge, standing: Standing) -> dict[str, object]:
    return {
        "name": standing.goal.name,
        "met": bool(standing.holds()),
        "matched": standing.matched,
        "total": standing.total,
        "missing": _missing(judge, standing),
    }


def pending(judge: Judge, seen: Seen, switch: Switch) -> dict[str, object]:
    """The result of a wait that was called off: how things stand, and no failure."""
    return _values(judge, seen, switch)


def failure(
    judge: Judge, seen: Seen, switch: Switch, reason: str, message: str, verdict: Verdict | None = None
) -> dict[str, object]:
    values = _values(judge, seen, switch)
    message = sentence(message)
    words = {
        "timeout": lambda: _timeout_words(judge, seen, switch),
        "unreachable": lambda: message or _unreachable_words(judge, switch),
        "fail_when": lambda: _failing_words(judge, verdict.why if verdict else ""),
        "impossible": lambda: _impossible_words(judge, verdict or Verdict(Outcome.IMPOSSIBLE)),
    }
    text = words[reason]() if reason in words else message
    values.update(failed=True, reason=reason, msg="%s: %s" % (switch.label, text))
    return values


def _timeout_words(judge: Judge, seen: Seen, switch: Switch) -> str:
    spec = judge.spec
    after = "after %g s" % spec.timeout
    if spec.status:
        sentences = ["no %s came within %g s (%d seen)" % (spec.wanted[2:], spec.timeout, len(judge.hits))]
    elif judge.first_read_at is None:
        sentences = ["nothing could be read within %g s, although the session is up" % spec.timeout]
    elif spec.named:
        sentences = ["%s %s" % (after, missing_words(judge))]
    elif judge.total == 0 and not spec.goals[0].absent:
        sentences = ["%s %s (want %s)" % (_not_there(judge.legs), after, spec.wanted)]
    else:
        sentences = [_state_words(judge, after)]
    if spec.after_reconnect and not seen.reconnects:
        sentences.append("The session was never lost, and after_reconnect counts only what follows a reconnect")
    if switch.last_heard_wall is not None:
        age = max(0.0, seen.started_wall + (switch.now - seen.started) - switch.last_heard_wall)
        sentences.append("The switch was last heard %.1f s ago" % age)
    if seen.gaps:
        sentences.append(
            "Gaps: %s" % "; ".join("%(reason)s from %(from)s to %(to)s" % gap.as_result() for gap in seen.gaps[:3])
        )
    sentences += _hints(judge)
    return ". ".join(sentences) + "."


def _state_words(judge: Judge, after: str) -> str:
    spec, goal = judge.spec, judge.spec.goals[0]
    unmet = list(unmet_words(judge))
    if not unmet:
        if judge.held_since is not None and spec.hold:
            return "%s, but not for %g s without a break yet %s" % (spec.wanted, spec.hold, after)
        return "%d of %d %s %s (wanted: match %s%s)" % (
            len(judge.matched), judge.total, spec.wanted, after, goal.match.text,
            ", min_count %d" % goal.min_count if goal.min_count else "",
        )  # fmt: skip
    after_one = " %s" % after if judge.total <= 1 else ""
    shown = listed(
        ["%s %s%s%s" % (*each, after_one, since) for each, since in zip(unmet, _since(judge, unmet), strict=True)]
    )
    if judge.total <= 1:
        return shown
    return "%d of %d %s %s (wanted: %s); not: %s" % (
        len(judge.matched), judge.total, spec.wanted, after, goal.match.text, shown,
    )  # fmt: skip


def _since(judge: Judge, unmet: list[tuple[str, str]]) -> Iterator[str]:
    """Since when each has been so, where its modTs says it."""
    changed: dict[str, str] = {}
    for leg in judge.legs:
        for dn, item in leg.items.items():
            mod_ts = item.mo.attributes.get("modTs") if item.mo else None
            if instant(mod_ts) is not None:
                changed[_called(leg, dn)] = ", unchanged since %s" % mod_ts
    for name, _words in unmet:
        yield changed.get(name, "")


def _unreachable_words(judge: Judge, switch: Switch) -> str:
    problem = str(switch.problem).rstrip(".") if switch.problem is not None else "the connection was lost"
    if switch.down_since is not None:
        problem += ", not connected since %d s" % round(switch.now - switch.down_since)
    return "not reached within %g s: %s. Check that the switch is up, and host and port." % (
        judge.spec.timeout, problem,
    )  # fmt: skip


def _failing_words(judge: Judge, names: str) -> str:
    conditions = [leg.spec.fail_when.describe() for leg in judge.legs if leg.spec.fail_when is not None]
    if judge.spec.named:
        return "fail_when holds on %s, so %s is out of reach; %s." % (names, judge.spec.wanted, missing_words(judge))
    return "fail_when (%s) holds on %s, so %s (match %s) is out of reach." % (
        conditions[0] if conditions else "", names, judge.spec.wanted, judge.spec.goals[0].match.text,
    )  # fmt: skip


def _impossible_words(judge: Judge, verdict: Verdict) -> str:
    leg, attribute = judge.legs[verdict.leg], verdict.why
    before = ""
    if judge.spec.named:
        before = next("%s: " % each.goal.name for each in judge.standings if any(one is leg for one in each.legs))
    cls = sorted(leg.classes)[0] if len(leg.classes) == 1 else ", ".join(sorted(leg.classes)[:NAMED])
    text = "%sno MO in scope has the attribute %s (class %s), so this can never hold" % (before, attribute, cls)
    if child := _child_with(leg, attribute):
        return "%s; it is on %s." % (text, child)
    known = sorted({name for names in leg.classes.values() for name in names})
    if close := difflib.get_close_matches(attribute, known, 1, 0.7):
        return "%s. Did you mean %s?" % (text, close[0])
    return text + "."


def _child_with(leg: Leg, attribute: str) -> str:
    """The child MO that carries the state, where the collection knows it (PROTOCOL section 8)."""
    for dn, item in leg.items.items():
        if item.mo is not None and item.mo.cls == "bgpPeer" and attribute in ("operSt", "prevOperSt", "shutStQual"):
            return "its children %s/ent-[…] (class bgpPeerEntry)" % dn
        name = interfaces.name_of(dn)
        if name is None:
            continue
        port = interfaces.parse(name)
        if port.oper_dn != dn and attribute.startswith("oper"):
            return "its child %s (class %s)" % (port.oper_dn, port.oper_class)
    return ""


def _hints(judge: Judge) -> list[str]:
    found: dict[str, None] = {}
    matched = set(judge.matched)
    for index, leg in enumerate(judge.legs):
        for dn, item in leg.items.items():
            if item.mo is None or (index, dn) in matched:
                continue
            for name, value in item.mo.attributes.items():
                if name.endswith("StQual") and value in HINTS:
                    found["%s: %s" % (_called(leg, dn), HINTS[value])] = None
    return list(found)[:3]


def listed(words: list[str]) -> str:
    more = " and %d more" % (len(words) - NAMED) if len(words) > NAMED else ""
    return ", ".join(words[:NAMED]) + more
