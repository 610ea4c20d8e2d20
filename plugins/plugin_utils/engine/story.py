# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the notifications of a subscription tell, in the order of the socket: where transitions come from.

The merged state (state.py) is what a wait judges; a read may put it ahead of notifications that are still on their way
over the other connection. The story is not moved by such a read: it goes on when those notifications arrive, so that
each change is told once and in order. Where the two differ the MO is *apart*; a resync, the end of a wait, or a
notification that is newer than the read brings them together with what only the read has told. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from .model import ManagedObject
from .state import ORIGIN_READ, ORIGIN_RESYNC, ORIGIN_STREAM, RACE_WINDOW, Known, Step
from .times import instant

MAX_HELD = 1000
"""Notifications of one MO that wait for a read to say whether they are to be believed."""

Change = tuple[str, "str | None", "str | None"]


@dataclass(slots=True)
class Told:
    """One MO's transition. ``changes``: (attribute, from, to), without modTs; an MO that comes or goes has one of
    ``status`` first, and then one for each attribute."""

    origin: str
    status: str
    dn: str
    mod_ts: str | None
    changes: tuple[Change, ...]


@dataclass
class Apart:
    """``mo``: the MO as told so far. ``behind``: a read has put the state ahead of that (else the story is ahead, with
    what the state did not take). ``held``: notifications that cannot be placed until the MO has been read."""

    mo: ManagedObject | None
    behind: bool = False
    held: list[ManagedObject] = field(default_factory=list)


class Story:
    """One subscription's. ``None`` where a method may return it means: just what the step did (``plain``)."""

    def __init__(self) -> None:
        self.apart: dict[str, Apart] = {}
        self._begun = float("-inf")

    def begin(self, now: float) -> None:
        """A read of the whole scope has ended a gap (or is the first): what is on its way may be in it already."""
        self._begun = now

    def heard(self, mo: ManagedObject, step: Step, now: float) -> tuple[Told, ...] | None:
        """A notification, and what it did to the state."""
        apart = self.apart.get(mo.dn)
        if apart is None:
            if not step.suspect:
                return None
            apart = self.apart[mo.dn] = Apart(step.before)
        if apart.behind and not step.suspect and _newer(mo, step.before):
            # All that was on its way has come before this one.
            del self.apart[mo.dn]
            return (*tell(ORIGIN_READ, apart.mo, step.before), *plain(step))
        if not _fits(apart.mo, mo, now < self._begun + RACE_WINDOW, step.suspect):
            if len(apart.held) < MAX_HELD:
                apart.held.append(mo)
            return ()
        told = self._go_on(apart, mo)
        if not step.suspect and _same(apart.mo, step.after):
            del self.apart[mo.dn]  # with what was held: it is older than what both agree on
        return told

    def _go_on(self, apart: Apart, mo: ManagedObject) -> tuple[Told, ...]:
        before, apart.mo = apart.mo, _merged(apart.mo, mo)
        return tell(ORIGIN_STREAM, before, apart.mo, mo.attributes.get("modTs"))

    def gone(self, step: Step) -> tuple[Told, ...] | None:
        """An MO has vanished with the one above it."""
        apart = self.apart.pop(step.dn, None)
        return None if apart is None else tell(step.origin, apart.mo, step.after)

    def read(self, step: Step) -> tuple[Told, ...] | None:
        """What a read did to one MO."""
        apart = self.apart.pop(step.dn, None)
        if step.origin == ORIGIN_RESYNC:
            return None if apart is None else tell(ORIGIN_RESYNC, apart.mo, step.after)
        if apart is None:
            if step.before is not step.after and not _same(step.before, step.after):
                self.apart[step.dn] = Apart(step.before, behind=True)
            return ()
        if step.suspect:
            apart.behind = not _same(apart.mo, step.after)
            self.apart[step.dn] = apart
            return ()
        told: list[Told] = []
        held, apart.held = apart.held, []
        if held and _believable(apart.mo, held, step.after):
            for mo in held:
                told += self._go_on(apart, mo)
        elif held:
            told += tell(ORIGIN_READ, apart.mo, step.after)
            apart.mo = step.after
        if not _same(apart.mo, step.after):
            apart.behind = True
            self.apart[step.dn] = apart
        return tuple(told)

    def resynced(self, objects: Mapping[str, Known]) -> tuple[Told, ...]:
        """After a gap: what the state knew before it, and had not been told."""
        told = tuple(self.untold(objects, ORIGIN_RESYNC))
        self.apart.clear()
        return told

    def untold(self, objects: Mapping[str, Known], origin: str = ORIGIN_READ) -> Iterator[Told]:
        """What only reads have said so far. A story that is ahead of a suspect's state has nothing to learn from it."""
        for dn, apart in self.apart.items():
            if apart.behind or origin == ORIGIN_RESYNC:
                known = objects.get(dn)
                yield from tell(origin, apart.mo, known.mo if known else None)


def since(seen: ManagedObject | None, told: Told, believed: bool = False) -> ManagedObject | None:
    """``seen``, as one follower knew the MO before, with the transition on top: what it did not know of it.

    Where the transition is not newer than what was seen, or nothing was there to compare it with, ``seen`` itself;
    unless it is ``believed``.
    """
    order, last = instant(told.mod_ts), _order(seen)
    if not believed and (seen is None or (order is not None and last is not None and order <= last)):
        return seen
    if told.status == "deleted" or (seen is None and told.status != "created"):
        return None
    attributes = dict(seen.attributes) if seen else {}
    for name, _was, value in told.changes:
        if value is None:
            attributes.pop(name, None)
        elif name != "status":
            attributes[name] = value
    attributes["modTs"] = told.mod_ts or attributes.get("modTs", "")
    return replace(seen, attributes=attributes) if seen else ManagedObject("", told.dn, attributes)


def plain(step: Step) -> tuple[Told, ...]:
    """What a step did, as a transition."""
    if step.before is step.after:
        return ()
    return tell(step.origin, step.before, step.after, step.carried.get("modTs"), step.touched)


def tell(
    origin: str,
    before: ManagedObject | None,
    after: ManagedObject | None,
    mod_ts: str | None = None,
    touched: Iterable[str] | None = None,
) -> tuple[Told, ...]:
    """``touched``: the attributes that may differ, if not any."""
    was = before.attributes if before else {}
    now = after.attributes if after else {}
    mo = after or before
    if mo is None:
        return ()
    names: Iterable[str] = sorted({*was, *now} if touched is None else touched) if was is not now else ()
    changes: list[Change] = [
        (name, was.get(name), now.get(name)) for name in names if name != "modTs" and was.get(name) != now.get(name)
    ]
    status = "modified"
    if before is None or after is None:
        status = "deleted" if after is None else "created"
        changes.insert(0, ("status", None, status))
    return (Told(origin, status, mo.dn, mod_ts or now.get("modTs"), tuple(changes)),) if changes else ()


def _merged(known: ManagedObject | None, mo: ManagedObject) -> ManagedObject | None:
    if mo.status == "deleted":
        return None
    if known is None or mo.status == "created":
        return replace(mo, status="")
    return replace(known, attributes={**known.attributes, **mo.attributes})


def _order(mo: ManagedObject | None) -> int | None:
    return None if mo is None else instant(mo.attributes.get("modTs"))


def _newer(mo: ManagedObject, known: ManagedObject | None) -> bool:
    order, last = _order(mo), _order(known)
    return order is not None and last is not None and order > last


def _fits(known: ManagedObject | None, mo: ManagedObject, beginning: bool, suspect: bool) -> bool:
    """Whether the notification goes on from what was told. ``beginning``: it may be older than the story's first read."""
    if known is None:
        return mo.status == "deleted" or (mo.status == "created" and not suspect)
    if mo.status == "modified" and mo.cls != known.cls:
        return False
    order, last = _order(mo), _order(known)
    if order is None or last is None or order == last:
        return not beginning
    return order > last


def _same(one: ManagedObject | None, other: ManagedObject | None) -> bool:
    """Equal, modTs too: with another one there may have been changes to and fro."""
    if one is None or other is None:
        return one is other
    return one is other or (one.cls == other.cls and one.attributes == other.attributes)


def _believable(told: ManagedObject | None, held: Iterable[ManagedObject], found: ManagedObject | None) -> bool:
    """Whether notifications that seemed stale were not: what a read has found shows that the switch's clock was set back,
    or is what they make of an MO that was told to be gone."""
    order, last = _order(found), _order(told)
    if order is not None and last is not None:
        return order < last
    known = told
    for mo in held:
        if known is None and mo.status == "modified":
            return False
        known = _merged(known, mo)
    return (told is None or found is None) and _same(known, found)
