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
from .state import Known, Step


class Outcome(Enum):
    PENDING = "pending"
    MET = "met"
    CONFIRM = "confirm"
    FAILED = "fail_when"
    IMPOSSIBLE = "impossible"


@dataclass(frozen=True)
class Verdict:
    """``check_at``: when time alone may change the verdict (monotonic). ``doubtful``: (leg, dn) to read first."""

    outcome: Outcome
    check_at: float | None = None
    doubtful: tuple[tuple[int, str], ...] = ()
    why: str = ""


@dataclass(frozen=True)
class Item:
    """One MO of a leg. ``mo`` is None for a named MO that is not there; ``matched``: it is as the task wants it."""

    mo: ManagedObject | None = None
    confirmed: bool = True
    candidate: bool = True
    matched: bool = False
    failing: bool = False
    failing_first: bool = False


@dataclass
class Leg:
    spec: LegSpec
    items: dict[str, Item] = field(default_factory=dict)
    suspects: set[str] = field(default_factory=set)
    outside: set[str] = field(default_factory=set)
    classes: dict[str, set[str]] = field(default_factory=dict)
    floor: set[str] = field(default_factory=set)
    vanished: dict[str, None] = field(default_factory=dict)
    synced: bool = False
    query: Query | None = None
    counted: int = 0
    """Items that count: candidates, and named MOs that are not there. Kept by `put`, as `good` is."""
    good: int = 0
    """Items that satisfy the condition, suspects among them."""

    @property
    def present(self) -> list[str]:
        return [dn for dn, item in self.items.items() if item.mo is not None]

    def put(self, dn: str, item: Item | None) -> None:
        """Replace an item (None: take it away) and keep the counts."""
        old = self.items.pop(dn, None) if item is None else self.items.get(dn)
        for each, sign in ((old, -1), (item, 1)):
            if each is not None:
                self.counted += sign * (each.mo is None or each.candidate)
                self.good += sign * each.matched
        if item is not None:
            self.items[dn] = item

    def clear(self) -> None:
        """Forget the state, but not what was known before a gap."""
        self.items.clear()
        self.classes.clear()
        self.suspects.clear()
        self.outside.clear()
        self.counted = self.good = 0


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
        self._armed = not spec.only_new
        self._rebuilt = not spec.after_reconnect
        self._reconnecting = False
        self._met = False
        self._may_fail = any(leg.fail_when is not None for leg in spec.legs)
        self._met_doubtful: tuple[tuple[int, str], ...] = ()

    # Feeding

    def load(self, index: int, objects: Mapping[str, Known] | Mapping[str, ManagedObject], synced: bool) -> None:
        """Put a whole state in place: the start of a wait, or of what a `since` looks back on."""
        leg = self.legs[index]
        leg.clear()
        self._expect(leg)
        for dn, held in objects.items():
            known = held if isinstance(held, Known) else Known(held, None, True)
            self._learn(leg, known.mo)
            self._place(leg, dn, known.mo, known.confirmed)
        leg.synced = synced

    def _expect(self, leg: Leg) -> None:
        for dn in sorted(leg.spec.dns or ()):
            leg.put(dn, self._missing())

    def _missing(self) -> Item:
        """A named MO that is not there."""
        return Item(matched=self.spec.absent)

    def start(self, entry: Entry) -> None:
        """From here on what is seen counts (`since`, or the task's first read)."""
        self.tracking = True
        self._consider(entry)

    def first_read(self, at: float) -> None:
        """The wait's own reads are done: what fails now was failing before."""
        self.first_read_at = at
        for leg in self.legs:
            for dn, item in leg.items.items():
                leg.items[dn] = replace(item, failing_first=item.failing)

    def feed(self, index: int, entry: Entry) -> None:
        leg = self.legs[index]
        if entry.step is not None:
            self._step(leg, entry.step, entry)
        elif entry.gap is not None:
            self._lost(leg, entry.gap)
        elif entry.synced:
            self._found(leg)
        self._consider(entry)

    def refresh_suspects(self, index: int, suspects: Iterable[str]) -> None:
        """After a read: which MOs are still in doubt."""
        leg = self.legs[index]
        leg.suspects = {dn for dn in suspects if leg.spec.covers(dn)}

    def reconsider(self, entry: Entry) -> None:
        """Something beside the entries has changed: suspects were cleared, or a state was loaded."""
        self._consider(entry)

    def _step(self, leg: Leg, step: Step, entry: Entry) -> None:
        if not leg.spec.covers(step.dn):
            return
        if self.tracking and step.listed and step.status in self.spec.status and self._notified(leg, step):
            self.hits[step.dn] = None
        if step.suspect:
            leg.suspects.add(step.dn)
        if step.before is step.after:
            return
        if step.after is not None and step.status == "created":
            self._learn(leg, step.after)
        self._place(leg, step.dn, step.after, step.confirmed)
        if step.after is None:
            leg.vanished[step.dn] = None
            if step.origin == "notification":
                leg.floor.discard(step.dn)
        else:
            leg.vanished.pop(step.dn, None)

    def _notified(self, leg: Leg, step: Step) -> bool:
        """Whether a notification is one that a `status` wait wants."""
        spec = leg.spec
        held = step.after or step.before
        carried = ManagedObject(step.cls, step.dn, step.carried)
        if spec.where is not None and not spec.where.holds(held or carried):
            return False
        return spec.until is None or spec.until.holds(carried)

    def _learn(self, leg: Leg, mo: ManagedObject) -> None:
        leg.classes.setdefault(mo.cls, set()).update(mo.attributes)

    def _place(self, leg: Leg, dn: str, mo: ManagedObject | None, confirmed: bool) -> None:
        """Sort one MO: not there, out of scope, no candidate, or judged."""
        spec = leg.spec
        leg.suspects.discard(dn)
        leg.outside.discard(dn)
        if mo is None:
            leg.put(dn, None if spec.dns is None else self._missing())
            return
        if not spec.covers(dn):
            return
        if spec.where is not None and not spec.where.holds(mo):
            leg.put(dn, None)
            leg.outside.add(dn)
            return
        old = leg.items.get(dn)
        candidate = self._is_candidate(leg, mo)
        failing = spec.fail_when is not None and spec.fail_when.holds(mo)
        item = Item(
            mo,
            confirmed,
            candidate,
            matched=not self.spec.absent and candidate and (spec.until is None or spec.until.holds(mo)),
            failing=failing,
            failing_first=failing and old is not None and old.failing_first,
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
        leg.floor.update(dn for dn, item in leg.items.items() if item.mo is not None and item.candidate)
        self.gap_seen = True
        self._reconnecting = self._reconnecting or (gap.reconnect and self.tracking)
        self.held_since = None
        self._met = False

    def _found(self, leg: Leg) -> None:
        leg.synced = True
        if self._reconnecting and all(each.synced for each in self.legs):
            self._rebuilt = True

    def reconnected(self) -> None:
        """The session was lost and rebuilt in this wait's time, even if no leg had been read before."""
        self._rebuilt = True

    # Judging

    def _consider(self, entry: Entry) -> None:
        """Note when the condition begins and ceases to hold."""
        if not self.tracking or self.met_at is not None:
            return
        holds = self._holds()
        if holds and self._armed and self._rebuilt:
            if not self._met:
                self.held_since = entry.at
            self._met = True
            doubtful = self._doubtful()
            self._met_doubtful = doubtful
            if not doubtful and self._held(entry.at):
                self.met_at = entry
        else:
            if self._met and not self._met_doubtful and self._held(entry.at):
                self.met_at = entry
            if not holds and all(leg.synced and not leg.suspects for leg in self.legs):
                self._armed = True
            self._met = False
            self.held_since = None
            self._met_doubtful = ()

    def _held(self, at: float) -> bool:
        return self.held_since is not None and at - self.held_since >= self.spec.hold

    def _holds(self) -> bool:
        if not all(leg.synced for leg in self.legs):
            return False
        if self.spec.status:
            return self._enough(len(self.hits), len(self._hittable()))
        if self.spec.absent:
            return self._all_gone()
        total = self.total
        return total >= self._at_least() and self._enough(self._matching(), total)

    def _matching(self) -> int:
        doubted = sum(1 for leg in self.legs for dn in leg.suspects if (item := leg.items.get(dn)) and item.matched)
        return sum(leg.good for leg in self.legs) - doubted

    def _enough(self, matched: int, total: int) -> bool:
        return matched > 0 and matched >= self.spec.match.needed(total)

    def _all_gone(self) -> bool:
        if any(leg.suspects for leg in self.legs):
            return False
        named = sum(len(leg.spec.dns or ()) for leg in self.legs)
        if named:
            return self._enough(sum(leg.good for leg in self.legs), named)
        return not any(leg.items for leg in self.legs)

    def _at_least(self) -> int:
        """How many MOs there have to be: min_count, and after a gap as many as before it (less those seen deleted)."""
        if self.spec.min_count is not None:
            return self.spec.min_count
        if self.spec.match.relative and self.gap_seen:
            return max(1, sum(len(leg.floor) for leg in self.legs))
        return 1

    def _hittable(self) -> set[str]:
        return set(self.hits).union(*(leg.present for leg in self.legs))

    @property
    def total(self) -> int:
        """MOs in scope: those there that are candidates, those named, and unknown ones under suspicion."""
        return sum(
            leg.counted + sum(1 for dn in leg.suspects if dn not in leg.items and dn not in leg.outside)
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

    def _doubtful(self) -> tuple[tuple[int, str], ...]:
        """Matched MOs that rest on notifications without usable modTs: a read confirms them first (rule 4)."""
        if self.spec.status or self.spec.absent:
            return ()
        return tuple((i, dn) for i, dn in self.matched if not self.legs[i].items[dn].confirmed)

    def verdict(self, now: float) -> Verdict:
        if failed := self._failed(now):
            return Verdict(Outcome.FAILED, why=failed)
        if self.met_at is not None:
            return Verdict(Outcome.MET)
        if why := self._impossible():
            return Verdict(Outcome.IMPOSSIBLE, why=why)
        checks = [self._grace_ends(now)]
        if self._met and self._met_doubtful:
            return Verdict(Outcome.CONFIRM, min((at for at in checks if at), default=None), self._met_doubtful)
        if self._met and self.held_since is not None:
            ends = self.held_since + self.spec.hold
            if now >= ends:
                return Verdict(Outcome.MET)
            checks.append(ends)
        return Verdict(Outcome.PENDING, min((at for at in checks if at is not None), default=None))

    def _grace_ends(self, now: float) -> float | None:
        if self.first_read_at is None or not self._may_fail:
            return None
        if not any(item.failing_first for leg in self.legs for item in leg.items.values()):
            return None
        ends = self.first_read_at + self.spec.fail_grace
        return ends if ends > now else None

    def _failed(self, now: float) -> str:
        """Names of the MOs that fail, where so many do that `match` is out of reach; else empty."""
        if self.first_read_at is None or not self._may_fail or not all(leg.synced for leg in self.legs):
            return ""
        graced = now < self.first_read_at + self.spec.fail_grace
        failing = [
            leg.spec.name(dn)
            for leg in self.legs
            for dn, item in leg.items.items()
            if item.failing and dn not in leg.suspects and not (item.failing_first and graced)
        ]
        if not failing:
            return ""
        total = self.total
        needed = self.spec.match.needed(total)
        if total - len(failing) >= needed or (total < needed and len(failing) < total):
            return ""
        return ", ".join(failing[:5]) + (" and %d more" % (len(failing) - 5) if len(failing) > 5 else "")

    def _impossible(self) -> str:
        """Why the condition can never hold: an attribute that no MO in scope has."""
        if self.first_read_at is None:
            return ""
        for leg in self.legs:
            if not leg.synced or not leg.classes or self.spec.status:
                continue
            if leg.query is not None and set(leg.query.target_subtree_class) - set(leg.classes):
                continue  # an MO of a class not seen yet may have it
            for name in sorted(leg.spec.asked - {"dn"}):
                if not any(name in attributes for attributes in leg.classes.values()):
                    return name
            until = leg.spec.until
            if until is not None and leg.items and not any(item.candidate for item in leg.items.values()):
                return ", ".join(until.attributes)
        return ""
