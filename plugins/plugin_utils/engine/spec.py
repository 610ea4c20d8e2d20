# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a wait waits for, made from a task's options and checked. Pure.

A wait has one or more *goals*: what must hold, and on how many MOs. A goal has one or more *legs*: each is a query (or
the name of a subscription), the MOs of it that count, and what must hold on each. `wait_for_mo` has one goal, or one for
each entry of `all_of` or `any_of`, of one leg; `wait_for_interface` has one goal, and a leg for each kind of interface,
and so has an entry with ``interface``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import cast

from . import interfaces
from .condition import Condition, compile_condition
from .errors import InvalidOptions
from .journal import Cursor, Cursors
from .model import STATUSES
from .patience import PatientPattern
from .query import Query

FAIL_GRACE = 5.0
TIMEOUT = 300.0
ONE_BY_ONE = 3
"""Up to so many interfaces of a kind are watched MO by MO; more of them through one subscription to their class."""


@dataclass(frozen=True)
class Match:
    """How many of the MOs in scope have to satisfy the condition: all, any, a number or a percentage."""

    text: str = "all"
    count: int | None = None
    percent: float | None = None

    @classmethod
    def parse(cls, value: object, option: str = "match") -> Match:
        text = str(value).strip().lower()
        if text in ("all", "any") and not isinstance(value, bool):
            return cls(text)
        if found := re.fullmatch(r"(\d+(?:\.\d+)?)\s*%", text):
            percent = float(found.group(1))
            if 0 < percent <= 100:
                return cls("%g%%" % percent, percent=percent)
        elif re.fullmatch(r"\d+", text) and int(text) > 0:
            return cls(text, count=int(text))
        raise InvalidOptions(
            "%s takes 'all', 'any', a number from 1 or a percentage such as 80%%, not %r." % (option, value)
        )

    @property
    def relative(self) -> bool:
        """Whether the number of MOs in scope decides."""
        return self.text == "all" or self.percent is not None

    def needed(self, total: int) -> int:
        """How many of ``total`` have to match."""
        if self.text == "any":
            return 1
        if self.count is not None:
            return self.count
        if self.percent is not None:
            return max(1, math.ceil(total * self.percent / 100 - 1e-9))
        return total


@dataclass(frozen=True)
class LegSpec:
    """One query's part of a goal. ``dns``: the MOs that must be there (else whatever the scope holds); ``absent``: gone."""

    query: Query | None
    subscription: str | None = None
    absent: bool = False
    dns: frozenset[str] | None = None
    until: Condition | None = None
    where: Condition | None = None
    fail_when: Condition | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    qualifiers: tuple[str, ...] = ()

    def name(self, dn: str) -> str:
        """What a person calls the MO."""
        return self.names.get(dn) or interfaces.name_of(dn) or dn

    def covers(self, dn: str) -> bool:
        return self.dns is None or dn in self.dns

    @property
    def asked(self) -> frozenset[str]:
        """All attributes that the conditions speak of."""
        names: set[str] = set()
        for condition in (self.until, self.where, self.fail_when):
            if condition is not None:
                names.update(condition.attributes)
        return frozenset(names)


@dataclass(frozen=True)
class Goal:
    """What must hold on how many of the MOs of its legs. ``name``: what messages call it, where there are several."""

    legs: tuple[LegSpec, ...]
    match: Match = Match()
    min_count: int | None = None
    name: str = ""

    @property
    def absent(self) -> bool:
        return self.legs[0].absent

    @property
    def wanted(self) -> str:
        """In a few words: ``operSt up``, ``absent``, ``present``."""
        until = self.legs[0].until
        if self.absent:
            return "absent"
        return until.describe() if until else "present"


@dataclass(frozen=True)
class WaitSpec:
    """``any_of``: one goal is enough; else all have to hold at the same moment. ``named``: the task gave a list of them."""

    goals: tuple[Goal, ...]
    any_of: bool = False
    named: bool = False
    status: tuple[str, ...] = ()
    hold: float = 0.0
    timeout: float = TIMEOUT
    fail_grace: float = FAIL_GRACE
    since: Cursor | None = None
    only_new: bool = False
    after_reconnect: bool = False

    @cached_property
    def legs(self) -> tuple[LegSpec, ...]:
        return tuple(leg for goal in self.goals for leg in goal.legs)

    @property
    def queries(self) -> list[Query]:
        return [leg.query for leg in self.legs if leg.query is not None]

    @property
    def wanted(self) -> str:
        """The goal in a few words: ``operSt up``, ``absent``, ``a created notification``, ``all of: uplinks, peers``."""
        if self.status:
            words, until = "a %s notification" % " or ".join(self.status), self.legs[0].until
            return "%s with %s" % (words, until.describe()) if until else words
        if self.named:
            return "%s of: %s" % ("any" if self.any_of else "all", ", ".join(goal.name for goal in self.goals))
        return self.goals[0].wanted


ONCE = ("timeout", "hold", "since", "only_new", "after_reconnect", "fail_grace")
"""What is said once for the whole wait, and never of one goal."""


def for_kind(kind: str, options: Mapping[str, object]) -> WaitSpec:
    """``kind``: interface or mo."""
    return for_interfaces(options) if kind == "interface" else for_mo(options)


def for_mo(options: Mapping[str, object]) -> WaitSpec:
    """The wait that `wait_for_mo`'s options describe. Raises InvalidOptions."""
    lists = [option for option in ("all_of", "any_of") if options.get(option) is not None]
    if lists:
        return _for_several(lists, options)
    status = _statuses(options.get("status"))
    if status:
        _refuse_with_status(options)
        options = {**options, "match": "any" if options.get("match") is None else options.get("match")}
    return _spec(options, (_goal(options),), status=status)


def _for_several(lists: Sequence[str], options: Mapping[str, object]) -> WaitSpec:
    option = lists[0]
    beside = [*lists[1:], *(name for name in _OF_ONE if options.get(name) not in (None, "present"))]
    if beside:
        raise InvalidOptions("%s cannot stand beside %s: say it in its entries." % (beside[0], option))
    entries = cast("Sequence[Mapping[str, object]]", options[option])
    if not entries:
        raise InvalidOptions("%s takes at least one entry." % option)
    goals = tuple(_named_goal(option, number, entry) for number, entry in enumerate(entries, 1))
    names = [goal.name for goal in goals]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InvalidOptions("%s has two entries called %s: give each a name of its own." % (option, twice))
    return _spec(options, goals, any_of=option == "any_of", named=True)


_OF_ONE = (
    "dn", "class", "class_name", "subscription", "query_target", "target_subtree_class", "query_target_filter", "until",
    "where", "fail_when", "state", "status", "match", "min_count", "objects",
)  # fmt: skip
"""What is said of each goal where there are several."""


def _named_goal(option: str, number: int, entry: Mapping[str, object]) -> Goal:
    name = str(entry.get("name") or "")
    try:
        for once in ONCE:
            if entry.get(once) is not None:
                raise InvalidOptions("%s is said once, beside %s." % (once, option))
        if entry.get("status"):
            raise InvalidOptions("status cannot be part of it: it waits for a notification, not for a state.")
        goal = _interfaces_goal(entry) if entry.get("interface") else _goal(entry)
    except InvalidOptions as exc:
        raise InvalidOptions("%s, entry %s: %s" % (option, name or number, exc)) from None
    return replace(goal, name=name or "%s %s" % (_place(goal), goal.wanted))


def _interfaces_goal(entry: Mapping[str, object]) -> Goal:
    beside = [name for name in (*_OF_ONE, "format") if entry.get(name) not in (None, "json")]
    for name in beside:
        if name not in ("state", "match", "fail_when"):
            raise InvalidOptions("%s has no meaning beside interface, which takes state, match and fail_when." % name)
    state = entry.get("state")
    return _goal_of_interfaces({**entry, "name": entry["interface"], "state": "up" if state == "present" else state})


def _place(goal: Goal) -> str:
    leg = goal.legs[0]
    if leg.names:
        return ", ".join(name for each in goal.legs for name in each.names.values())
    if leg.query is None:
        return leg.subscription or ""
    return leg.name(leg.query.dn) if leg.query.dn and not leg.query.paged else leg.query.describe()


def _goal(options: Mapping[str, object]) -> Goal:
    name = cast("str | None", options.get("subscription"))
    asked = [key for key in ("dn", "class", "class_name") if options.get(key)]
    if name and asked:
        raise InvalidOptions("give either subscription or a query (%s), not both." % ", ".join(asked))
    if not name and not asked:
        raise InvalidOptions("say what to wait for: dn, class, or the name of a subscription.")
    if options.get("state") in ("up", "down"):
        raise InvalidOptions("state=%s is said of interfaces only: use interface, or until." % options["state"])
    leg = LegSpec(
        None if name else Query.from_options(options),
        name,
        absent=options.get("state") == "absent",
        dns=frozenset(cast("Sequence[str]", options["objects"])) if options.get("objects") else None,
        until=_condition(options, "until"),
        where=_condition(options, "where"),
        fail_when=_condition(options, "fail_when"),
    )
    if leg.absent and (leg.until or leg.fail_when):
        raise InvalidOptions("state=absent takes no until and no fail_when: an MO that is gone has no attributes.")
    min_count = cast("int | None", options.get("min_count"))
    if min_count is not None and min_count < 1:
        raise InvalidOptions("min_count takes a number from 1; to wait until MOs are gone use state=absent.")
    match = options.get("match")
    return Goal((leg,), Match.parse("all" if match is None else match), min_count)


def for_interfaces(options: Mapping[str, object]) -> WaitSpec:
    """The wait that `wait_for_interface`'s options describe. Raises InvalidOptions."""
    return _spec(options, (_goal_of_interfaces(options),))


def _goal_of_interfaces(options: Mapping[str, object]) -> Goal:
    given = options.get("name")
    names = [given] if isinstance(given, str) else list(cast("Sequence[str]", given or ()))
    if not names:
        raise InvalidOptions("name takes at least one interface, such as Ethernet1/1.")
    ports = list({port.oper_dn: port for port in map(interfaces.parse, names)}.values())
    state = str(options.get("state") or "up")
    groups: dict[tuple[str, str], list[interfaces.Interface]] = {}
    for port in ports:
        groups.setdefault((port.oper_class, port.oper_attribute), []).append(port)
    legs: list[LegSpec] = []
    for group in groups.values():
        if len(group) <= ONE_BY_ONE:
            legs += [_interface_leg([port], state, options, Query.from_options({"dn": port.oper_dn})) for port in group]
        else:
            wide = Query.from_options({"class": group[0].oper_class})
            legs.append(_interface_leg(group, state, options, wide))
    match = options.get("match")
    return Goal(tuple(legs), Match.parse("all" if match is None else match))


def _interface_leg(
    ports: Sequence[interfaces.Interface], state: str, options: Mapping[str, object], query: Query
) -> LegSpec:
    first = ports[0]
    until = None
    if state != "absent":
        values = first.up if state == "up" else first.down
        wanted: object = values[0] if len(values) == 1 else list(values)
        until = compile_condition({first.oper_attribute: wanted}, "state")
    elif options.get("fail_when"):
        raise InvalidOptions("state=absent takes no fail_when: an interface that is gone has no attributes.")
    return LegSpec(
        query,
        absent=state == "absent",
        dns=frozenset(port.oper_dn for port in ports),
        until=until,
        fail_when=_condition(options, "fail_when"),
        names={port.oper_dn: port.name for port in ports},
        qualifiers=(first.qualifier_attribute,) if first.qualifier_attribute else (),
    )


def _spec(
    options: Mapping[str, object],
    goals: tuple[Goal, ...],
    status: tuple[str, ...] = (),
    any_of: bool = False,
    named: bool = False,
) -> WaitSpec:
    since = options.get("since")
    timeout = seconds(options, "timeout", TIMEOUT)
    hold = seconds(options, "hold", 0.0)
    if timeout <= 0:
        raise InvalidOptions("timeout takes a number of seconds above 0.")
    if hold >= timeout:
        raise InvalidOptions("hold (%g s) must be shorter than timeout (%g s), which includes it." % (hold, timeout))
    if since and options.get("only_new"):
        raise InvalidOptions("since and only_new contradict each other: only_new means since now.")
    return WaitSpec(
        goals,
        any_of=any_of,
        named=named,
        status=status,
        hold=hold,
        timeout=timeout,
        fail_grace=seconds(options, "fail_grace", FAIL_GRACE),
        since=Cursors.parse(str(since)) if since else None,
        only_new=bool(options.get("only_new")),
        after_reconnect=bool(options.get("after_reconnect")),
    )


def _condition(options: Mapping[str, object], option: str) -> Condition | None:
    value = options.get(option)
    if value is None:
        return None
    return compile_condition(cast("Mapping[str, object]", value), option, PatientPattern)


def _statuses(value: object) -> tuple[str, ...]:
    words = [value] if isinstance(value, str) else list(cast("Sequence[str]", value or ()))
    for word in words:
        if word not in STATUSES:
            raise InvalidOptions("status takes %s, not %r." % (", ".join(STATUSES), word))
    return tuple(dict.fromkeys(words))


def _refuse_with_status(options: Mapping[str, object]) -> None:
    given = {
        "hold": bool(options.get("hold")),
        "min_count": options.get("min_count") is not None,
        "state=absent": options.get("state") == "absent",
    }
    for option in (name for name, is_given in given.items() if is_given):
        raise InvalidOptions("status waits for a notification, so %s has no meaning beside it." % option)


def seconds(options: Mapping[str, object], option: str, default: float) -> float:
    value = options.get(option)
    if value is None:
        return default
    try:
        number = float(cast("float | str", value))
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number) or number < 0:
        raise InvalidOptions("%s takes a number of seconds, not %r." % (option, value))
    return number
