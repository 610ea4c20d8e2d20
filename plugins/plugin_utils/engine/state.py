# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The merged state of one subscription: a read, then sparse notifications on top, and never a guess.

The rules are DESIGN section 4, 2 to 6. A *read* decides; a notification is applied where its ``modTs`` shows that it
is not older than what is known; whatever cannot be ordered makes its MO *suspect*, to be read again. Pure: what
arrives and when are parameters, what changed is returned as Steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from .dn import is_under
from .model import ManagedObject
from .times import instant

RACE_WINDOW = 1.0
"""Seconds after a read's reply in which a notification without usable modTs may be older than the read.

The reply and the notification come over two connections, so the later arrival may be the earlier truth (inferred)."""

MAX_TOMBSTONES = 10_000

ORIGIN_STREAM = "notification"
ORIGIN_READ = "read"
ORIGIN_RESYNC = "resync"


@dataclass(frozen=True)
class Known:
    """An MO as the state holds it. ``order``: its modTs in microseconds, None where that cannot be read.

    ``confirmed``: from a read, or merged from notifications that could be ordered.
    """

    mo: ManagedObject
    order: int | None
    confirmed: bool


@dataclass(frozen=True)
class Step:
    """What one notification or read did to one MO. ``before``/``after`` are equal where nothing was applied.

    ``listed``: it stands for a notification (one that arrived, or one that a gap swallowed and a resync shows);
    not so the children that vanish with a deleted parent, whose own notifications follow.
    """

    origin: str
    status: str
    cls: str
    dn: str
    carried: Mapping[str, str]
    before: ManagedObject | None
    after: ManagedObject | None
    confirmed: bool = True
    listed: bool = True
    suspect: bool = False


@dataclass
class Read:
    """A read under way: which DN (None: the whole scope), and what arrived since its request was sent."""

    dn: str | None
    mark: int
    settling: bool = False
    arrived: list[ManagedObject] = field(default_factory=list)

    def covers(self, dn: str) -> bool:
        return self.dn is None or dn == self.dn or is_under(dn, self.dn)


class MergedState:
    """All MOs of one subscription's scope, keyed by dn."""

    def __init__(self) -> None:
        self.objects: dict[str, Known] = {}
        self.suspects: dict[str, int] = {}
        self.loaded = False
        self.synced = False
        self._tombstones: dict[str, int | None] = {}
        self._reads: list[Read] = []
        self._mark = 0
        self._race_ends = 0.0

    # Notifications

    def notify(self, mo: ManagedObject, now: float) -> list[Step]:
        """Apply one notification that arrived at ``now``; the Steps it made, the notification's own first."""
        racing = now < self._race_ends
        for read in self._reads:
            if read.covers(mo.dn):
                read.arrived.append(mo)
                racing = True
        known = self.objects.get(mo.dn)
        before = known.mo if known else None
        carried = mo.attributes
        status = mo.status or "modified"
        if not self.synced:
            return [Step(ORIGIN_STREAM, status, mo.cls, mo.dn, carried, before, before)]
        if not self._orderly(mo, racing):
            self.suspect(mo.dn)
            return [Step(ORIGIN_STREAM, status, mo.cls, mo.dn, carried, before, before, suspect=True)]
        gone = self._apply(mo)
        after = self.objects.get(mo.dn)
        own = Step(
            ORIGIN_STREAM,
            status,
            mo.cls,
            mo.dn,
            carried,
            before,
            after.mo if after else None,
            confirmed=after.confirmed if after else instant(carried.get("modTs")) is not None,
        )
        return [own] + [_vanished(ORIGIN_STREAM, lost, listed=False) for lost in gone if lost.dn != mo.dn]

    def suspect(self, dn: str) -> None:
        """The MO must be read again before anything is judged on it."""
        self._mark += 1
        self.suspects[dn] = self._mark

    def _orderly(self, mo: ManagedObject, racing: bool) -> bool:
        """Whether this notification may be applied to what is known now (rule 3)."""
        known = self.objects.get(mo.dn)
        order = instant(mo.attributes.get("modTs"))
        if order is None and racing:
            return False
        if known is None:
            if mo.status == "deleted":
                return True
            if mo.status != "created":
                return False
            grave = self._tombstones.get(mo.dn)
            return order is None or grave is None or order >= grave
        if mo.status not in ("created", "modified", "deleted") and mo.cls != known.mo.cls:
            return False
        return order is None or known.order is None or order >= known.order

    def _apply(self, mo: ManagedObject) -> list[ManagedObject]:
        """Change the state as ``mo`` says; the MOs that are gone by it."""
        order = instant(mo.attributes.get("modTs"))
        if mo.status == "deleted":
            gone = [dn for dn in self.objects if dn == mo.dn or is_under(dn, mo.dn)]
            self._bury(mo.dn, order)
            return [self.objects.pop(dn).mo for dn in gone]
        known = self.objects.get(mo.dn)
        if known is None or mo.status == "created":
            merged = ManagedObject(mo.cls, mo.dn, mo.attributes)
        else:
            merged = ManagedObject(known.mo.cls, mo.dn, {**known.mo.attributes, **mo.attributes})
        self._tombstones.pop(mo.dn, None)
        self.objects[mo.dn] = Known(merged, order, order is not None)
        return []

    def _bury(self, dn: str, order: int | None) -> None:
        self._tombstones[dn] = order
        if len(self._tombstones) > MAX_TOMBSTONES:
            del self._tombstones[next(iter(self._tombstones))]

    def lose(self) -> None:
        """A gap: what is held may be out of date until the next read of the whole scope."""
        self.synced = False
        self.suspects.clear()
        self._reads.clear()

    # Reads

    def begin_read(self, dn: str | None = None, settling: bool = False) -> Read:
        """Call this right before the request is sent; ``settling``: this read answers a suspicion."""
        read = Read(dn, self._mark, settling)
        self._reads.append(read)
        return read

    def is_open(self, read: Read) -> bool:
        return read in self._reads

    def abandon_read(self, read: Read) -> None:
        if read in self._reads:
            self._reads.remove(read)

    def finish_read(self, read: Read, found: Iterable[ManagedObject], origin: str, now: float) -> list[Step]:
        """The reply is here: it decides, then what arrived meanwhile goes on top of it. Returns what changed."""
        self.abandon_read(read)
        first = not self.loaded
        old = {dn: known for dn, known in self.objects.items() if read.covers(dn)}
        for dn in old:
            del self.objects[dn]
        for mo in found:
            if read.covers(mo.dn):
                order = instant(mo.attributes.get("modTs"))
                self.objects[mo.dn] = Known(ManagedObject(mo.cls, mo.dn, mo.attributes), order, True)
        for dn in [dn for dn, mark in self.suspects.items() if mark <= read.mark and read.covers(dn)]:
            del self.suspects[dn]
        for dn in [dn for dn in self._tombstones if read.covers(dn)]:
            del self._tombstones[dn]
        if read.dn is None:
            self.loaded = self.synced = True
        if not read.settling:
            self._race_ends = now + RACE_WINDOW
        for mo in read.arrived:
            if self._orderly(mo, racing=True):
                self._apply(mo)
            else:
                self.suspect(mo.dn)
        return [] if first else self._differences(old, read, origin)

    def _differences(self, old: Mapping[str, Known], read: Read, origin: str) -> list[Step]:
        steps = []
        listed = origin == ORIGIN_RESYNC
        for dn, known in old.items():
            if dn not in self.objects:
                steps.append(_vanished(origin, known.mo, listed))
        for dn, current in self.objects.items():
            if not read.covers(dn):
                continue
            was = old.get(dn)
            if was is None:
                mo = current.mo
                steps.append(Step(origin, "created", mo.cls, dn, mo.attributes, None, mo, current.confirmed, listed))
            elif was != current:
                steps.append(_modified(origin, was.mo, current, listed))
        return steps


def _vanished(origin: str, mo: ManagedObject, listed: bool) -> Step:
    return Step(origin, "deleted", mo.cls, mo.dn, {}, mo, None, listed=listed)


def _modified(origin: str, was: ManagedObject, current: Known, listed: bool) -> Step:
    attributes = current.mo.attributes
    changed = {name: value for name, value in attributes.items() if was.attributes.get(name) != value}
    listed = listed and bool(changed)
    return Step(origin, "modified", current.mo.cls, was.dn, changed, was, current.mo, current.confirmed, listed)
