# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One query's MOs as a wait judges them: one Item each, updated with each step, so that an entry costs the same however
many MOs there are. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from .model import ManagedObject
from .query import Query
from .spec import LegSpec
from .state import ORIGIN_STREAM, Known, Step


@dataclass(slots=True)
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
    would end a hold, even if the read finds all as before. ``floor``: what was there when a gap began."""

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
    gapped: bool = False
    grown_at: float = float("-inf")
    query: Query | None = None

    def __post_init__(self) -> None:
        self._expect()

    @property
    def present(self) -> list[str]:
        return [dn for dn, item in self.items.items() if item.mo is not None]

    @property
    def total(self) -> int:
        """MOs in scope: those there that are candidates, those named, and unknown ones under suspicion."""
        if not self.suspects:
            return len(self.counted)
        return len(self.counted) + sum(1 for dn in self.suspects if dn not in self.items and dn not in self.outside)

    @property
    def matched(self) -> list[str]:
        return [dn for dn, item in self.items.items() if item.matched and dn not in self.suspects]

    # Feeding

    def load(self, objects: Mapping[str, Known] | Mapping[str, ManagedObject], synced: bool) -> None:
        """Put a whole state in place."""
        self._clear()
        self._expect()
        known = [held if isinstance(held, Known) else Known(held, None, True) for held in objects.values()]
        for each in known:
            self._learn(each.mo)
        for each in known:
            self._place(each.mo.dn, each.mo, each.confirmed)
        self.synced = synced

    def step(self, step: Step, at: float) -> None:
        """What one notification or read did to an MO that this leg covers."""
        if step.status == "created":
            self.grown_at = at
        if step.before is not step.after:
            self._change(step)
        if step.suspect:
            self._doubt(step)
        elif step.origin != ORIGIN_STREAM:
            self._lift(step.dn)
            if step.before is step.after and (item := self.items.get(step.dn)) is not None:
                first = item.failing and item.failing_first
                self._put(step.dn, replace(item, confirmed=True, sure_failing=item.failing, failing_first=first))

    def lose(self) -> None:
        """What is held may be out of date until the next read of the whole scope."""
        self.synced = False
        self.suspects.clear()
        self.broken.clear()
        self.floor.update(dn for dn in self.counted if self.items[dn].mo is not None)
        self.gapped = True

    def fails_from_the_first(self) -> None:
        """What fails now was failing before the wait began."""
        for dn in self.bad:
            self.items[dn] = replace(self.items[dn], failing_first=True)

    def notified(self, step: Step) -> bool:
        """Whether a notification is one that a `status` wait wants."""
        spec = self.spec
        held = step.after or step.before
        carried = ManagedObject(step.cls, step.dn, step.carried)
        if spec.where is not None and not spec.where.holds(held or carried):
            return False
        return spec.until is None or spec.until.holds(carried)

    # How it stands

    def failing(self, sure: bool, graced: bool) -> list[str]:
        """The DNs of the MOs that fail; ``graced``: those that failed from the first do not count yet."""
        return [
            dn
            for dn in sorted(self.bad - self.suspects)
            if not (self.items[dn].failing_first and graced) and (self.items[dn].sure_failing or not sure)
        ]

    def lacks(self) -> str:
        """An attribute that no MO in scope has, so that the condition can never hold; else empty."""
        there = bool(self.outside) or any(item.mo is not None for item in self.items.values())
        if not self.synced or self.suspects or not self.classes or not there:
            return ""
        if self.query is not None and set(self.query.target_subtree_class) - set(self.classes):
            return ""  # an MO of a class not seen yet may have it
        for name in sorted(self.spec.asked - {"dn"}):
            if not any(name in attributes for attributes in self.classes.values()):
                return name
        until = self.spec.until
        if until is not None and self.items and not self.counted:
            wanted = set(until.attributes) - {"dn"}
            if not any(wanted <= names for names in self.classes.values()):
                return ", ".join(until.attributes)
        return ""

    # The items

    def _expect(self) -> None:
        for dn in sorted(self.spec.dns or ()):
            self._put(dn, self._missing())

    def _missing(self, confirmed: bool = True) -> Item:
        """A named MO that is not there."""
        return Item(confirmed=confirmed, matched=self.spec.absent)

    def _change(self, step: Step) -> None:
        if step.after is not None:
            self._learn(step.after, step.after.attributes if step.before is None else step.carried)
        self._place(step.dn, step.after, step.confirmed)
        if step.after is None:
            self.vanished[step.dn] = None
            if step.origin == ORIGIN_STREAM:
                self.floor.discard(step.dn)
        else:
            self.vanished.pop(step.dn, None)

    def _doubt(self, step: Step) -> None:
        self.suspects.add(step.dn)
        item, until = self.items.get(step.dn), self.spec.until
        if item is None and step.status == "created":
            self.broken.add(step.dn)  # of a hold of absence: it may have been there, however shortly
        if item is None or not item.matched:
            return
        if item.mo is None or step.status == "deleted":
            self.broken.add(step.dn)
        elif until is not None and step.carried:
            maybe = ManagedObject(item.mo.cls, item.mo.dn, {**item.mo.attributes, **step.carried})
            if not until.holds(maybe):
                self.broken.add(step.dn)

    def _learn(self, mo: ManagedObject, names: Iterable[str] | None = None) -> None:
        self.classes.setdefault(mo.cls, set()).update(mo.attributes if names is None else names)

    def _place(self, dn: str, mo: ManagedObject | None, confirmed: bool) -> None:
        """Sort one MO: not there, out of scope, no candidate, or judged."""
        spec = self.spec
        self.outside.discard(dn)
        if not spec.covers(dn):
            return
        if mo is None:
            self._put(dn, None if spec.dns is None else self._missing(confirmed))
            if spec.absent and not confirmed:
                self.unsure.add(dn)
            return
        if spec.where is not None and not spec.where.holds(mo):
            self._put(dn, None)
            self.outside.add(dn)
            return
        old = self.items.get(dn, Item())
        candidate = self._is_candidate(mo)
        matched = not spec.absent and candidate and (spec.until is None or spec.until.holds(mo))
        failing = spec.fail_when is not None and spec.fail_when.holds(mo)
        item = Item(
            mo,
            confirmed or (matched and old.matched and old.confirmed),
            candidate,
            matched,
            failing,
            failing_first=old.failing_first and (failing or not confirmed),
            sure_failing=failing and (confirmed or old.sure_failing),
        )
        self._put(dn, item)

    def _is_candidate(self, mo: ManagedObject) -> bool:
        """In a wide scope an MO whose class lacks the attribute is none."""
        until = self.spec.until
        if until is None:
            return True
        known = self.classes.get(mo.cls, set())
        return all(name == "dn" or name in known for name in until.attributes)

    def _put(self, dn: str, item: Item | None) -> None:
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

    def _lift(self, dn: str) -> None:
        """A read has said how it is."""
        for held in (self.suspects, self.broken):
            held.discard(dn)
        if dn not in self.items:
            self.unsure.discard(dn)

    def _clear(self) -> None:
        """Forget the state, but not what was known before a gap."""
        self.items.clear()
        self.classes.clear()
        for held in (self.suspects, self.broken, self.outside, self.counted, self.good, self.bad, self.unsure):
            held.clear()
