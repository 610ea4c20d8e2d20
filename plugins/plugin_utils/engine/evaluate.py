# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a wait is over: the judge. It is fed entries in order and asked for a verdict; it reads no clock.

A `Judge` keeps, per leg, one Item for each MO in scope and updates it with each entry, so an entry costs the same
however many MOs there are. The condition is judged only while every leg is synced and nothing in the way is suspect
(DESIGN section 4, 3 to 5).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from .journal import Entry, Gap
from .model import ManagedObject
from .query import Query
from .spec import LegSpec, WaitSpec
from .state import ORIGIN_STREAM, Known, Step

GROWING = 5.0
"""Seconds after an MO has appeared in which those that belong to it may follow: too early to miss an attribute."""


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

    ``check_at``: when time alone may change the verdict (monotonic). ``doubtful``: (leg, dn) to read first."""

    outcome: Outcome
    check_at: float | None = None
    doubtful: tuple[tuple[int, str], ...] = ()
    why: str = ""


@dataclass(frozen=True)
class Item:
    """One MO of a leg. ``mo`` is None for a named MO that is not there; ``matched``: it is as the task wants it.

    ``confirmed``: that it matches needs no read any more; ``sure_failing``: the same for failing.
    """

    mo: ManagedObject | None = None
    confirmed: bool = True
    candidate: bool = True
    matched: bool = False
    failing: bool = False
    failing_first: bool = False
    sure_failing: bool = False


@dataclass
class Leg:
    """``counted``, ``good``, ``bad`` and ``unsure``: the DNs of the items that count (candidates, and named MOs that are
    not there), match, fail, or match without having been confirmed. ``broken``: suspects of which something came that
    would end a hold, even if the read finds all as before."""

    spec: LegSpec
    items: dict[str, Item] = field(default_factory=dict)
    suspects: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    outside: set[str] = field(default_factory=set)
    classes: dict[str, set[str]] = field(default_factory=dict)
    floor: set[str] = field(default_factory=set)
    vanished: dict[str, None] = field(default_factory=dict)
    counted: set[str] = field(default_factory=set)
    good: set[str] = field(default_factory=set)
    bad: set[str] = field(default_factory=set)
    unsure: set[str] = field(default_factory=set)
    synced: bool = False
    grown_at: float = float("-inf")
    query: Query | None = None

    @property
    def present(self) -> list[str]:
        return [dn for dn, item in self.items.items() if item.mo is not None]

    def put(self, dn: str, item: Item | None) -> None:
        """Replace an item (None: take it away), so that a notification costs the same in a wide scope."""
        if item is None:
            self.items.pop(dn, None)
            for held in (self.counted, self.good, self.bad, self.unsure):
                held.discard(dn)
            return
        self.items[dn] = item
        for held, member in (
            (self.counted, item.mo is None or item.candidate),
            (self.good, item.matched),
            (self.bad, item.failing),
            (self.unsure, item.matched and not item.confirmed),
        ):
            (held.add if member else held.discard)(dn)

    def lift(self, dn: str) -> None:
        """A read has said how it is."""
        for held in (self.suspects, self.broken):
            held.discard(dn)
        if dn not in self.items:
            self.unsure.discard(dn)

    def clear(self) -> None:
        """Forget the state, but not what was known before a gap."""
        self.items.clear()
        self.classes.clear()
        for held in (self.suspects, self.broken, self.outside, self.counted, self.good, self.bad, self.unsure):
            held.clear()


class Judge:
    def __init__(self, spec: WaitSpec) -> None:
        self.spec = spec
        self.legs = [Leg(leg) for leg in spec.legs]
        for leg in self.legs:
            self._expect(leg)
        self.tracking = False
        self.met_at: Entry | None = None
        self.held_since: float | None = None
        self.gap_seen = False
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
        leg = self.legs[index]
        leg.clear()
        self._expect(leg)
        known = [held if isinstance(held, Known) else Known(held, None, True) for held in objects.values()]
        for each in known:
            self._learn(leg, each.mo)
        for each in known:
            self._place(leg, each.mo.dn, each.mo, each.confirmed)
        leg.synced = synced

    def _expect(self, leg: Leg) -> None:
        for dn in sorted(leg.spec.dns or ()):
            leg.put(dn, self._missing())

    def _missing(self, confirmed: bool = True) -> Item:
        """A named MO that is not there."""
        return Item(confirmed=confirmed, matched=self.spec.absent)

    def start(self, entry: Entry) -> None:
        """From here on what is seen counts (`since`, or the task's first read)."""
        self.tracking = True
        self._consider(entry)

    def first_read(self, at: float) -> None:
        """The wait's own reads are done: what fails now was failing before."""
        self.first_read_at = at
        for leg in self.legs:
            for dn in leg.bad:
                leg.items[dn] = replace(leg.items[dn], failing_first=True)

    def feed(self, index: int, entry: Entry) -> None:
        leg = self.legs[index]
        if entry.step is not None:
            if entry.step.status == "created" and leg.spec.covers(entry.step.dn):
                leg.grown_at = entry.at
            self._step(leg, entry.step)
        elif entry.gap is not None:
            self._lost(leg, entry.gap)
        elif entry.synced:
            self._found(leg)
        self._consider(entry)

    def refresh_suspects(self, index: int, suspects: Iterable[str]) -> None:
        """After a load: which MOs are in doubt."""
        leg = self.legs[index]
        leg.suspects = {dn for dn in suspects if leg.spec.covers(dn)}

    def reconsider(self, entry: Entry) -> None:
        """Something beside the entries has changed: a state was loaded."""
        self._consider(entry)

    def _step(self, leg: Leg, step: Step) -> None:
        if not leg.spec.covers(step.dn):
            return
        if self.tracking and step.listed and step.status in self.spec.status and self._notified(leg, step):
            self.hits[step.dn] = None
        if step.before is not step.after:
            self._change(leg, step)
        if step.suspect:
            self._doubt(leg, step)
        elif step.origin != ORIGIN_STREAM:
            leg.lift(step.dn)
            if step.before is step.after and (item := leg.items.get(step.dn)) is not None:
                leg.put(step.dn, replace(item, confirmed=True, sure_failing=item.failing))

    def _change(self, leg: Leg, step: Step) -> None:
        if step.after is not None:
            self._learn(leg, step.after, step.after.attributes if step.before is None else step.carried)
        self._place(leg, step.dn, step.after, step.confirmed)
        if step.after is None:
            leg.vanished[step.dn] = None
            if step.origin == ORIGIN_STREAM:
                leg.floor.discard(step.dn)
        else:
            leg.vanished.pop(step.dn, None)

    @staticmethod
    def _doubt(leg: Leg, step: Step) -> None:
        leg.suspects.add(step.dn)
        item, until = leg.items.get(step.dn), leg.spec.until
        if item is None and step.status == "created":
            leg.broken.add(step.dn)  # of a hold of absence: it may have been there, however shortly
        if item is None or not item.matched:
            return
        if item.mo is None or step.status == "deleted":
            leg.broken.add(step.dn)
        elif until is not None and step.carried:
            maybe = ManagedObject(item.mo.cls, item.mo.dn, {**item.mo.attributes, **step.carried})
            if not until.holds(maybe):
                leg.broken.add(step.dn)

    def _notified(self, leg: Leg, step: Step) -> bool:
        """Whether a notification is one that a `status` wait wants."""
        spec = leg.spec
        held = step.after or step.before
        carried = ManagedObject(step.cls, step.dn, step.carried)
        if spec.where is not None and not spec.where.holds(held or carried):
            return False
        return spec.until is None or spec.until.holds(carried)

    @staticmethod
    def _learn(leg: Leg, mo: ManagedObject, names: Iterable[str] | None = None) -> None:
        leg.classes.setdefault(mo.cls, set()).update(mo.attributes if names is None else names)

    def _place(self, leg: Leg, dn: str, mo: ManagedObject | None, confirmed: bool) -> None:
        """Sort one MO: not there, out of scope, no candidate, or judged."""
        spec = leg.spec
        leg.outside.discard(dn)
        if not spec.covers(dn):
            return
        if mo is None:
            leg.put(dn, None if spec.dns is None else self._missing(confirmed))
            if self.spec.absent and not confirmed:
                leg.unsure.add(dn)
            return
        if spec.where is not None and not spec.where.holds(mo):
            leg.put(dn, None)
            leg.outside.add(dn)
            return
        old = leg.items.get(dn, Item())
        candidate = self._is_candidate(leg, mo)
        matched = not self.spec.absent and candidate and (spec.until is None or spec.until.holds(mo))
        failing = spec.fail_when is not None and spec.fail_when.holds(mo)
        item = Item(
            mo,
            confirmed or (matched and old.matched and old.confirmed),
            candidate,
            matched,
            failing,
            failing_first=failing and old.failing_first,
            sure_failing=failing and (confirmed or old.sure_failing),
        )
        leg.put(dn, item)

    def _is_candidate(self, leg: Leg, mo: ManagedObject) -> bool:
        """In a wide scope an MO whose class lacks the attribute is none."""
        until = leg.spec.until
        if until is None:
            return True
        known = leg.classes.get(mo.cls, set())
        return all(name == "dn" or name in known for name in until.attributes)

    def _lost(self, leg: Leg, gap: Gap) -> None:
        leg.synced = False
        leg.suspects.clear()
        leg.broken.clear()
        leg.floor.update(dn for dn in leg.counted if leg.items[dn].mo is not None)
        self.gap_seen = True
        if gap.reconnect and self.tracking:
            self._reconnecting = True
            if not self._rebuilt:
                self.hits.clear()
        self._cease()

    def _found(self, leg: Leg) -> None:
        leg.synced = True
        if self._reconnecting and all(each.synced for each in self.legs):
            self._rebuilt = True

    def reconnected(self) -> None:
        """The session was lost and rebuilt in this wait's time, even if no leg had been read before."""
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
            if not self.spec.hold and not self._unsure():
                self.met_at = entry  # a hold has to be shown: no entry says when what it tells of was so
        elif holds is not None or not self._met:  # in doubt, what was met goes on until the read
            self._armed = self._armed or (holds is False and self._certain)
            self._cease()

    def _cease(self) -> None:
        self._met, self.held_since = False, None

    @property
    def _certain(self) -> bool:
        return all(leg.synced and not leg.suspects for leg in self.legs)

    def _holds(self) -> bool | None:
        """Whether the condition holds; None: it may, a suspect has to be read first."""
        if self.spec.status:
            return self._countable and self._enough(len(self.hits), len(self._hittable()))
        if not all(leg.synced for leg in self.legs):
            return False
        if self._satisfied([leg.suspects for leg in self.legs]):
            if not self.spec.absent or self._certain:
                return True
            return False if any(leg.broken for leg in self.legs) else None
        doubted = any(leg.counted & leg.suspects for leg in self.legs)
        return None if doubted and self._satisfied([leg.broken for leg in self.legs]) else False

    @property
    def _countable(self) -> bool:
        """Whether what was notified can be counted: in a gap only where the number of MOs in scope does not decide."""
        if all(leg.synced for leg in self.legs):
            return True
        known = not self.spec.match.relative or all(leg.query and not leg.query.paged for leg in self.legs)
        return known and self.first_read_at is not None

    def _satisfied(self, without: list[set[str]]) -> bool:
        """Whether it holds, were the MOs ``without`` (a set for each leg) not there."""
        pairs = list(zip(self.legs, without, strict=True))
        good = sum(len(leg.good) - len(leg.good & doubtful) for leg, doubtful in pairs)
        if not self.spec.absent:
            there = sum(len(leg.counted) - len(leg.counted & doubtful) for leg, doubtful in pairs)
            return there >= self._at_least() and self._enough(good, self.total)
        named = sum(len(leg.spec.dns or ()) for leg in self.legs)
        return self._enough(good, named) if named else not any(leg.items for leg in self.legs)

    def _enough(self, matched: int, total: int) -> bool:
        return matched > 0 and matched >= self.spec.match.needed(total)

    def _at_least(self) -> int:
        """How many MOs there have to be: min_count, and after a gap as many as before it (less those seen deleted).

        One that is there, but no longer what `where` asks for, is not missing.
        """
        if self.spec.min_count is not None:
            return self.spec.min_count
        if self.spec.match.relative and self.gap_seen:
            return max(1, sum(len(leg.floor - leg.outside) for leg in self.legs))
        return 1

    def _hittable(self) -> set[str]:
        return set(self.hits).union(*(leg.present for leg in self.legs))

    @property
    def total(self) -> int:
        """MOs in scope: those there that are candidates, those named, and unknown ones under suspicion."""
        return sum(
            len(leg.counted) + sum(1 for dn in leg.suspects if dn not in leg.items and dn not in leg.outside)
            for leg in self.legs
        )

    @property
    def matched(self) -> list[tuple[int, str]]:
        return [
            (i, dn)
            for i, leg in enumerate(self.legs)
            for dn, item in leg.items.items()
            if item.matched and dn not in leg.suspects
        ]

    def _unsure(self) -> tuple[tuple[int, str], ...]:
        """What matches by notifications without usable modTs alone: a read confirms it first (rule 4)."""
        if self.spec.status:
            return ()
        return tuple((i, dn) for i, leg in enumerate(self.legs) for dn in sorted(leg.unsure))

    def verdict(self, now: float) -> Verdict:
        if self.met_at is not None:
            return Verdict(Outcome.MET)
        if failed := self._failed_by or self._failed(now):
            return Verdict(Outcome.FAILED, why=failed)
        if why := self._impossible(now):
            return Verdict(Outcome.IMPOSSIBLE, why=why)
        checks = [self._grace_ends(now)]
        checks += [leg.grown_at + GROWING for leg in self.legs if now < leg.grown_at + GROWING]
        doubtful = self._unsure() if self._met else ()
        if self._may_fail and self._failed(now, sure=False):
            doubtful += tuple(
                (i, dn) for i, leg in enumerate(self.legs) for dn in sorted(leg.bad) if not leg.items[dn].sure_failing
            )
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
        """Names of the MOs that fail, where so many do that `match` is out of reach; else empty.

        Without ``sure`` those too that fail by notifications without usable modTs alone.
        """
        if self.first_read_at is None or not all(leg.synced for leg in self.legs):
            return ""
        graced = now < self.first_read_at + self.spec.fail_grace
        failing = [
            leg.spec.name(dn)
            for leg in self.legs
            for dn in sorted(leg.bad - leg.suspects)
            if not (leg.items[dn].failing_first and graced) and (leg.items[dn].sure_failing or not sure)
        ]
        if not failing:
            return ""
        total = self.total
        needed = self.spec.match.needed(total)
        if total - len(failing) >= needed or (total < needed and len(failing) < total):
            return ""
        return ", ".join(failing[:5]) + (" and %d more" % (len(failing) - 5) if len(failing) > 5 else "")

    def _impossible(self, now: float) -> str:
        """Why the condition can never hold: an attribute that no MO in scope has."""
        if self.first_read_at is None:
            return ""
        for leg in self.legs:
            if not leg.synced or leg.suspects or not leg.classes or self.spec.status:
                continue
            there = bool(leg.outside) or any(item.mo is not None for item in leg.items.values())
            if now < leg.grown_at + GROWING or not there:
                continue
            if leg.query is not None and set(leg.query.target_subtree_class) - set(leg.classes):
                continue  # an MO of a class not seen yet may have it
            for name in sorted(leg.spec.asked - {"dn"}):
                if not any(name in attributes for attributes in leg.classes.values()):
                    return name
            until = leg.spec.until
            if until is not None and leg.items and not leg.counted:
                wanted = set(until.attributes) - {"dn"}
                if not any(wanted <= names for names in leg.classes.values()):
                    return ", ".join(until.attributes)
        return ""
