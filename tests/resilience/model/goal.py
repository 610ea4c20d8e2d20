# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a wait's options ask for, said once more in the plainest way, to judge the engine by. Pure, and not the engine's.

Each MO of a scope is one of: ``gone``, ``outside`` (``where`` excludes it, or its class lacks the attribute), ``no``,
``yes``. A question about several MOs gets for each the set of what it may have been at that moment, as the switch tells
of different MOs at different times; with sets of one it is exact.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

GONE, OUTSIDE, NO, YES = "gone", "outside", "no", "yes"

Attributes = Mapping[str, str]
Kinds = Mapping[str, frozenset[str]]
"""dn -> what the MO may be."""


def holds(condition: Mapping[str, Any], attributes: Attributes) -> bool:
    return all(name in attributes and _wanted(attributes[name], want) for name, want in condition.items())


def _wanted(value: str, want: Any) -> bool:
    if isinstance(want, Mapping):
        return all(_operator(name, value, operand) for name, operand in want.items())
    return value in [str(each) for each in (want if isinstance(want, list) else [want])]


def _operator(name: str, value: str, operand: Any) -> bool:
    if name == "ne":
        return value != str(operand)
    if name == "ge":
        return float(value) >= float(operand)
    raise ValueError("the schedules know no operator %s" % name)


def under(dn: str, above: str) -> bool:
    return dn.startswith(above + "/")


class Goal:
    """The wait as a question to the truth."""

    def __init__(self, kind: str, options: Mapping[str, Any], query: Mapping[str, Any]) -> None:
        self.options = options
        self.absent = options.get("state") == "absent"
        self.status: list[str] = list(options.get("status") or ())
        self.until: Mapping[str, Any] = options.get("until") or {}
        self.where: Mapping[str, Any] = options.get("where") or {}
        self.fail_when: Mapping[str, Any] = options.get("fail_when") or {}
        self.hold = float(options.get("hold") or 0.0)
        self.match = str(options.get("match") or ("any" if self.status else "all"))
        self.min_count = options.get("min_count")
        self.since = bool(options.get("since"))
        self.named: tuple[str, ...] = ()
        self._query = query
        if kind == "interface":
            numbers = [name.removeprefix("Ethernet1/") for name in options["name"]]
            self.named = tuple("sys/intf/phys-[eth1/%s]/phys" % number for number in numbers)
            if not self.absent:
                self.until = {"operSt": options.get("state") or "up"}

    @property
    def asked(self) -> set[str]:
        return {*self.until, *self.where, *self.fail_when}

    @property
    def single(self) -> bool:
        """Whether one MO decides."""
        return len(self.named) == 1 or bool(self._query.get("dn") and not self._wide)

    @property
    def _wide(self) -> bool:
        return self._query.get("query_target", "self") != "self"

    @property
    def relative(self) -> bool:
        return self.match == "all" or self.match.endswith("%")

    def covers(self, dn: str, cls: str) -> bool:
        if self.named:
            return dn in self.named
        query = self._query
        classes = query.get("target_subtree_class")
        if classes and cls not in classes:
            return False
        if query.get("class"):
            return bool(cls == query["class"])
        target = query.get("query_target", "self")
        if target == "children":
            return dn.rpartition("/")[0] == query["dn"]
        return bool(dn == query["dn"] or (target == "subtree" and under(dn, query["dn"])))

    def kind(self, attributes: Attributes | None) -> str:
        if attributes is None:
            return GONE
        if self.where and not holds(self.where, attributes):
            return OUTSIDE
        if self.absent:
            return NO
        if any(name not in attributes for name in self.until):
            return OUTSIDE
        return YES if holds(self.until, attributes) else NO

    def failing(self, attributes: Attributes | None) -> bool:
        return attributes is not None and self.kind(attributes) != OUTSIDE and holds(self.fail_when, attributes)

    def met(self, kinds: Kinds, at_least: int = 1) -> bool:
        """Whether the condition may hold, each MO taken at its best."""
        if self.absent:
            if self.named:
                good = sum(1 for dn in self.named if GONE in kinds.get(dn, {GONE}))
                return good > 0 and good >= self._needed(len(self.named))
            return all(GONE in each or OUTSIDE in each for each in kinds.values())
        good = sum(1 for each in kinds.values() if YES in each)
        total = (
            len(self.named)
            if self.named
            else good + sum(1 for each in kinds.values() if not each & {YES, GONE, OUTSIDE})
        )
        most = total if self.named else sum(1 for each in kinds.values() if each & {YES, NO})
        return good > 0 and good >= self._needed(total) and most >= (self.min_count or at_least)

    def _needed(self, total: int) -> int:
        if self.match == "all":
            return total
        if self.match == "any":
            return 1
        if self.match.endswith("%"):
            return max(1, math.ceil(total * float(self.match[:-1]) / 100 - 1e-9))
        return int(self.match)

    def failed(self, kinds: Kinds, failing: Iterable[str]) -> bool:
        """Whether so many may fail that ``match`` is out of reach."""
        bad = set(failing)
        if not bad:
            return False
        others = sum(1 for dn, each in kinds.items() if dn not in bad and not each & {GONE, OUTSIDE})
        if self.named:
            others = len(self.named) - len(bad)
        most = len(bad) + sum(1 for dn, each in kinds.items() if dn not in bad and each & {YES, NO})
        return any(
            self._hopeless(len(bad), total) for total in range(len(bad) + others, max(most, len(bad) + others) + 1)
        )

    def _hopeless(self, bad: int, total: int) -> bool:
        needed = self._needed(total)
        return total - bad < needed and (total >= needed or bad >= total)

    def enough(self, hits: int, total: int) -> bool:
        """For a wait for notifications: whether so many distinct MOs are enough."""
        return hits > 0 and hits >= self._needed(total)
