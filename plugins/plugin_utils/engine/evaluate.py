# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a wait is over: the judge. It is fed entries in order and asked for a verdict; it reads no clock.

A wait has one goal or several, of which all have to hold or any; each has one leg or several (standing.py, legs.py). A
goal is judged only while its legs are synced and nothing in the way is suspect (DESIGN section 4, 3 to 5).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from .journal import Entry
from .legs import Leg
from .model import ManagedObject
from .spec import WaitSpec
from .standing import GROWING, Standing
from .state import Known


class Outcome(Enum):
    PENDING = "pending"
    MET = "met"
    CONFIRM = "confirm"
    HELD = "held"
    FAILED = "fail_when"
    IMPOSSIBLE = "impossible"


@dataclass(frozen=True)
class Verdict:
    """HELD: as long as asked, by the clock alone; that nothing was lost meanwhile is still to be shown.

    ``check_at``: when time alone may change the verdict (monotonic). ``doubtful``: (leg, dn) to read first. ``why``: the
    names of what fails; of what is impossible the attribute, missing in that ``leg``."""

    outcome: Outcome
    check_at: float | None = None
    doubtful: tuple[tuple[int, str], ...] = ()
    why: str = ""
    leg: int = 0


class Judge:
    def __init__(self, spec: WaitSpec) -> None:
        self.spec = spec
        self.standings: list[Standing] = []
        for goal in spec.goals:
            self.standings.append(Standing(goal, sum(len(each.legs) for each in self.standings)))
        self.legs: list[Leg] = [leg for standing in self.standings for leg in standing.legs]
        self.tracking = False
        self.met_at: Entry | None = None
        self.held_since: float | None = None
        self.hits: dict[str, None] = {}
        self.first_read_at: float | None = None
        self._armed = not spec.only_new or bool(spec.status)
        self._rebuilt = not spec.after_reconnect
        self._reconnecting = False
        self._met = False
        self._may_fail = any(leg.fail_when is not None for leg in spec.legs)
        self._failed_by = ""

    # Feeding

    def load(self, index: int, objects: Mapping[str, Known] | Mapping[str, ManagedObject], synced: bool) -> None:
        """Put a whole state in place: the start of a wait, or of what a `since` looks back on."""
        self.legs[index].load(objects, synced)

    def start(self, entry: Entry) -> None:
        """From here on what is seen counts (`since`, or the task's first read)."""
        self.tracking = True
        self._consider(entry)

    def first_read(self, at: float) -> None:
        """The wait's own reads are done: what fails now was failing before."""
        self.first_read_at = at
        for leg in self.legs:
            leg.fails_from_the_first()

    def feed(self, indexes: Iterable[int], entry: Entry) -> None:
        """One entry, for all the legs that look at its subscription: they are judged at the same moment."""
        for index in indexes:
            self._take(self.legs[index], entry)
        self._consider(entry)

    def _take(self, leg: Leg, entry: Entry) -> None:
        step = entry.step
        if step is not None and leg.spec.covers(step.dn):
            if self.tracking and step.listed and step.status in self.spec.status and leg.notified(step):
                self.hits[step.dn] = None
            leg.step(step, entry.at)
        elif entry.gap is not None:
            leg.lose()
            self._lost(entry.gap.reconnect)
        elif entry.synced:
            self._found(leg)

    def refresh_suspects(self, index: int, suspects: Iterable[str]) -> None:
        """After a load: which MOs are in doubt."""
        leg = self.legs[index]
        leg.suspects = {dn for dn in suspects if leg.spec.covers(dn)}

    def reconsider(self, entry: Entry) -> None:
        """Something beside the entries has changed: a state was loaded."""
        self._consider(entry)

    def reconnected(self) -> None:
        """The session was lost and rebuilt in this wait's time, even if no leg had been read before."""
        self._rebuilt = True

    def _lost(self, reconnect: bool) -> None:
        if reconnect and self.tracking:
            self._reconnecting = True
            if not self._rebuilt:
                self.hits.clear()
        self._cease()

    def _found(self, leg: Leg) -> None:
        leg.synced = True
        if self._reconnecting and all(each.synced for each in self.legs):
            self._rebuilt = True

    # Judging

    def _consider(self, entry: Entry) -> None:
        """Note when the condition begins and ceases to hold, and when it has failed."""
        if not self.tracking or self.met_at is not None or self._failed_by:
            return
        holds = self._holds()
        if self._may_fail and (failed := self._failed(entry.at)):
            self._failed_by = failed
        elif holds and self._armed and self._rebuilt:
            if not self._met:
                self._met, self.held_since = True, entry.at
            if not self.spec.hold and self._sure():
                self.met_at = entry  # a hold has to be shown: no entry says when what it tells of was so
        elif holds is not None or not self._met:  # in doubt, what was met goes on until the read
            self._armed = self._armed or (holds is False and all(standing.certain for standing in self.standings))
            self._cease()

    def _cease(self) -> None:
        self._met, self.held_since = False, None

    def _holds(self) -> bool | None:
        """Whether the condition holds; None: it may, a suspect has to be read first."""
        if self.spec.status:
            return self._countable and self.standings[0].enough(len(self.hits), len(self._hittable()))
        stand = [standing.holds() for standing in self.standings]
        decisive = self.spec.any_of
        if decisive in stand:
            return decisive
        return None if None in stand else not decisive

    @property
    def _countable(self) -> bool:
        """Whether what was notified can be counted: in a gap only where the number of MOs in scope does not decide."""
        if all(leg.synced for leg in self.legs):
            return True
        relative = self.standings[0].goal.match.relative
        known = not relative or all(leg.query and not leg.query.paged for leg in self.legs)
        return known and self.first_read_at is not None

    def _hittable(self) -> set[str]:
        return set(self.hits).union(*(leg.present for leg in self.legs))

    @property
    def total(self) -> int:
        return sum(standing.total for standing in self.standings)

    @property
    def matched(self) -> list[tuple[int, str]]:
        return [(index, dn) for index, leg in enumerate(self.legs) for dn in leg.matched]

    def _sure(self) -> bool:
        """Whether what holds needs no read any more."""
        if self.spec.status:
            return True
        sure = [bool(standing.holds()) and not standing.unsure for standing in self.standings]
        return any(sure) if self.spec.any_of else all(sure)

    def _unsure(self) -> tuple[tuple[int, str], ...]:
        if self.spec.status:
            return ()
        held = [standing for standing in self.standings if not self.spec.any_of or standing.holds() is not False]
        return tuple(each for standing in held for each in standing.unsure)

    def verdict(self, now: float) -> Verdict:
        if self.met_at is not None:
            return Verdict(Outcome.MET)
        if failed := self._failed_by or self._failed(now):
            return Verdict(Outcome.FAILED, why=failed)
        if (lacking := self._impossible(now)) is not None:
            return Verdict(Outcome.IMPOSSIBLE, leg=lacking[0], why=lacking[1])
        checks = [self._grace_ends(now)]
        checks += [leg.grown_at + GROWING for leg in self.legs if now < leg.grown_at + GROWING]
        doubtful = self._unsure() if self._met else ()
        if self._may_fail and self._failed(now, sure=False):
            doubtful += tuple(each for standing in self.standings for each in standing.unsure_failing)
        if doubtful:
            return Verdict(Outcome.CONFIRM, min((at for at in checks if at), default=None), doubtful)
        if self._met and self.held_since is not None and self._holds():
            ends = self.held_since + self.spec.hold
            if now >= ends:
                return Verdict(Outcome.HELD, min((at for at in checks if at), default=None))
            checks.append(ends)
        return Verdict(Outcome.PENDING, min((at for at in checks if at is not None), default=None))

    def _grace_ends(self, now: float) -> float | None:
        if self.first_read_at is None or not any(leg.items[dn].failing_first for leg in self.legs for dn in leg.bad):
            return None
        ends = self.first_read_at + self.spec.fail_grace
        return ends if ends > now else None

    def _failed(self, now: float, sure: bool = True) -> str:
        """Names of the MOs that fail, where by that the condition is out of reach; else empty."""
        if self.first_read_at is None:
            return ""
        graced = now < self.first_read_at + self.spec.fail_grace
        failed = [standing.failed(graced, sure) for standing in self.standings]
        if self.spec.any_of and not all(failed):
            return ""
        names = list(dict.fromkeys(name for each in failed for name in each))
        return ", ".join(names[:5]) + (" and %d more" % (len(names) - 5) if len(names) > 5 else "")

    def _impossible(self, now: float) -> tuple[int, str] | None:
        """Why the condition can never hold: a leg, and an attribute that no MO of it has."""
        if self.first_read_at is None or self.spec.status:
            return None
        lacking = [standing.impossible(now) for standing in self.standings]
        if self.spec.any_of and None in lacking:
            return None
        return next((each for each in lacking if each is not None), None)
