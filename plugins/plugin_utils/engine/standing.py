# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How one goal of a wait stands: whether enough of its MOs match, fail, or can never match. Pure."""

from __future__ import annotations

from .legs import Leg
from .spec import Goal

GROWING = 5.0
"""Seconds after an MO has appeared in which those that belong to it may follow: too early to miss an attribute."""


class Standing:
    """``first``: the number of its first leg among all legs of the wait."""

    def __init__(self, goal: Goal, first: int) -> None:
        self.goal = goal
        self.legs = [Leg(leg) for leg in goal.legs]
        self.first = first

    @property
    def synced(self) -> bool:
        return all(leg.synced for leg in self.legs)

    @property
    def certain(self) -> bool:
        return all(leg.synced and not leg.suspects for leg in self.legs)

    @property
    def total(self) -> int:
        return sum(leg.total for leg in self.legs)

    @property
    def matched(self) -> int:
        return sum(len(leg.matched) for leg in self.legs)

    def holds(self) -> bool | None:
        """Whether it holds; None: it may, a suspect has to be read first."""
        if not self.synced:
            return False
        if self._satisfied([leg.suspects for leg in self.legs]):
            if not self.goal.absent or self.certain:
                return True
            return False if any(leg.broken for leg in self.legs) else None
        doubted = any(leg.counted & leg.suspects for leg in self.legs)
        return None if doubted and self._satisfied([leg.broken for leg in self.legs]) else False

    def _satisfied(self, without: list[set[str]]) -> bool:
        """Whether it holds, were the MOs ``without`` (a set for each leg) not there."""
        good = there = 0
        for leg, doubtful in zip(self.legs, without, strict=True):
            good += len(leg.good - doubtful if doubtful else leg.good)
            there += len(leg.counted - doubtful if doubtful else leg.counted)
        if not self.goal.absent:
            return there >= self.at_least and self.enough(good, self.total)
        named = sum(len(leg.spec.dns or ()) for leg in self.legs)
        return self.enough(good, named) if named else not any(leg.items for leg in self.legs)

    def enough(self, matched: int, total: int) -> bool:
        return matched > 0 and matched >= self.goal.match.needed(total)

    @property
    def at_least(self) -> int:
        """How many MOs there have to be: min_count, and after a gap as many as before it (less those seen deleted).

        One that is there, but no longer what `where` asks for, is not missing.
        """
        if self.goal.min_count is not None:
            return self.goal.min_count
        if self.goal.match.relative and any(leg.gapped for leg in self.legs):
            return max(1, sum(len(leg.floor - leg.outside) for leg in self.legs))
        return 1

    @property
    def unsure(self) -> tuple[tuple[int, str], ...]:
        """What matches by notifications without usable modTs alone: a read confirms it first (rule 4)."""
        return tuple((number, dn) for number, leg in self._numbered() for dn in sorted(leg.unsure))

    @property
    def unsure_failing(self) -> tuple[tuple[int, str], ...]:
        return tuple(
            (number, dn) for number, leg in self._numbered() for dn in sorted(leg.bad) if not leg.items[dn].sure_failing
        )

    def failed(self, graced: bool, sure: bool = True) -> list[str]:
        """Names of the MOs that fail, where so many do that `match` is out of reach; else none.

        Without ``sure`` those too that fail by notifications without usable modTs alone.
        """
        if not self.synced:
            return []
        failing = [leg.spec.name(dn) for leg in self.legs for dn in leg.failing(sure, graced)]
        total = self.total
        needed = self.goal.match.needed(total)
        if total - len(failing) >= needed or (total < needed and len(failing) < total):
            return []
        return failing

    def impossible(self, now: float) -> tuple[int, str] | None:
        """Why it can never hold: the number of a leg, and an attribute that no MO of it has."""
        for number, leg in self._numbered():
            if now >= leg.grown_at + GROWING and (name := leg.lacks()):
                return number, name
        return None

    def _numbered(self) -> list[tuple[int, Leg]]:
        return list(enumerate(self.legs, self.first))
