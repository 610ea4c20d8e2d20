# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The merged state of one subscription: a read, then sparse notifications on top, and never a guess.

The rules are DESIGN section 4, 2 to 6. A *read* decides; a notification is applied where its ``modTs`` shows that it
is not older than what is known; whatever cannot be ordered makes its MO *suspect*, to be read again. Pure: what
arrives and when are parameters, what changed is returned as Steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from .dn import is_under, parent
from .model import ManagedObject
from .times import instant

RACE_WINDOW = 1.0
"""Seconds after a read's reply in which a notification without usable modTs may be older than the read.

The reply and the notification come over two connections, so the later arrival may be the earlier truth (inferred)."""

MAX_TOMBSTONES = 10_000

ORIGIN_STREAM = "notification"
ORIGIN_READ = "read"
ORIGIN_RESYNC = "resync"


@dataclass(slots=True)
class Known:
    """An MO as the state holds it. ``order``: its modTs in microseconds, None where that cannot be read.

    ``confirmed``: from a read, or merged from nothing but notifications that could be ordered. ``as_read``: nothing is
    newer than the read, so a late notification of that same modTs may be older (two changes within its resolution).
    """

    mo: ManagedObject
    order: int | None
    confirmed: bool
    as_read: bool = field(default=False, compare=False)


@dataclass(slots=True)
class Step:
    """What one notification or read did to one MO. ``before``/``after`` are equal where nothing was applied.

    ``listed``: it stands for a notification (one that arrived, or one that a gap swallowed and a resync shows);
    not so the children that vanish with a deleted parent, whose own notifications follow. ``suspect``: the MO has to
    be read before it is judged; the step of a read without it lifts the suspicion.
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

    @property
    def touched(self) -> Iterable[str] | None:
        """The attributes in which before and after may differ; None: any. A delta is small, an MO has sixty or more."""
        merged = self.origin == ORIGIN_STREAM and self.status == "modified" and self.before is not None
        return self.carried if merged and self.after is not None else None


@dataclass(frozen=True)
class Tombstone:
    """A deletion that a notification told of. ``order``: its modTs. ``known``: of an MO that was there; ``reads``: how many
    reads there had been. What is created after that is newer; what is created where a read found nothing may be older
    than the read."""

    order: int | None
    known: bool
    reads: int


@dataclass(eq=False)
class Read:
    """A read under way: which DN (None: the whole scope), and what arrived since its request was sent."""

    dn: str | None
    mark: int
    settling: bool = False
    arrived: list[ManagedObject] = field(default_factory=list)

    def covers(self, dn: str) -> bool:
        """Whether the reply says something of that MO: the read of one DN also says that nothing is under an absent one."""
        return self.dn is None or dn == self.dn or is_under(dn, self.dn)

    def takes(self, replies: Mapping[str, ManagedObject]) -> Callable[[str], bool]:
        """Which MOs the reply decides on: where the one DN is there, on that alone."""
        return self.covers if self.dn is None or self.dn not in replies else self.dn.__eq__


class MergedState:
    """All MOs of one subscription's scope, keyed by dn."""

    def __init__(self) -> None:
        self.objects: dict[str, Known] = {}
        self.suspects: dict[str, int] = {}
        self.loaded = False
        self.synced = False
        self._tombstones: dict[str, Tombstone] = {}
        self._reads_done = 0
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
        gone = self._apply(mo, racing)
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
        steps = [own] + [_vanished(ORIGIN_STREAM, lost, listed=False) for lost in gone if lost.dn != mo.dn]
        return steps + (self.suspect_under(mo.dn) if status == "deleted" else [])

    def suspect(self, dn: str) -> None:
        """The MO must be read again before anything is judged on it."""
        self._mark += 1
        self.suspects[dn] = self._mark

    def suspect_under(self, dn: str) -> list[Step]:
        """An MO is gone, and what is known under it was not: that has to be read again."""
        steps = []
        for below in [each for each in self.objects if is_under(each, dn)]:
            self.suspect(below)
            steps.append(self._doubt(below))
        return steps

    def _doubt(self, dn: str, suspect: bool = True) -> Step:
        known = self.objects.get(dn)
        mo = known.mo if known else None
        cls = mo.cls if mo else ""
        return Step(ORIGIN_READ, "modified", cls, dn, {}, mo, mo, listed=False, suspect=suspect)

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
            return order is None or order >= self._buried(mo.dn)
        if mo.status not in ("created", "deleted") and mo.cls != known.mo.cls:
            return False
        if order is None or known.order is None:
            return True
        if (
            racing or known.as_read
        ) and order == known.order:  # the read may have been between this change and the next
            return mo.status != "deleted" and known.mo.attributes == {**known.mo.attributes, **mo.attributes}
        if mo.status == "deleted" and order == known.order:
            return False  # of one that was made anew in the same moment, if they came in another order
        return order >= known.order

    def _apply(self, mo: ManagedObject, racing: bool) -> list[ManagedObject]:
        """Change the state as ``mo`` says; the MOs that are gone by it.

        What appears where a read found nothing may be gone again already (the read may be the later truth), so it is not
        confirmed; nor is what rests on a notification without usable modTs, until a read.
        """
        order = instant(mo.attributes.get("modTs"))
        if mo.status == "deleted":
            gone = [dn for dn in self.objects if dn == mo.dn or (is_under(dn, mo.dn) and self._older(dn, order))]
            self._bury(mo.dn, order, mo.dn in self.objects)
            return [self.objects.pop(dn).mo for dn in gone]
        known = self.objects.get(mo.dn)
        if known is None:
            merged = ManagedObject(mo.cls, mo.dn, mo.attributes)
            confirmed = order is not None and not racing and self._seen_going(mo.dn)
        elif mo.status == "created":
            merged = ManagedObject(mo.cls, mo.dn, mo.attributes)
            confirmed = order is not None
        else:
            merged = ManagedObject(known.mo.cls, mo.dn, {**known.mo.attributes, **mo.attributes})
            confirmed = order is not None and known.confirmed
            order = known.order if order is None else order
        self._tombstones.pop(mo.dn, None)
        self.objects[mo.dn] = Known(
            merged, order, confirmed, known is not None and known.as_read and order == known.order
        )
        return []

    def _older(self, dn: str, order: int | None) -> bool:
        known = self.objects[dn].order
        return order is None or known is None or known <= order

    def _bury(self, dn: str, order: int | None, known: bool) -> None:
        self._tombstones[dn] = Tombstone(order, known, self._reads_done)
        if len(self._tombstones) > MAX_TOMBSTONES:
            del self._tombstones[next(iter(self._tombstones))]

    def _buried(self, dn: str) -> int:
        """The newest deletion seen of the MO or of one above it; 0 where there is none that can be ordered."""
        newest = 0
        while dn and self._tombstones:
            buried = self._tombstones.get(dn)
            newest = max(newest, (buried.order if buried else None) or 0)
            dn = parent(dn)
        return newest

    def _seen_going(self, dn: str) -> bool:
        """Whether a notification told that the MO went, and no read has been between that and now."""
        buried = self._tombstones.get(dn)
        return buried is not None and buried.known and buried.reads == self._reads_done

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
        self._reads_done += 1
        first, suspected = not self.loaded, set(self.suspects)
        replies = {mo.dn: mo for mo in found if read.dn is None or mo.dn == read.dn}
        takes = read.takes(replies)
        old = {dn: self.objects.pop(dn) for dn in [each for each in self.objects if takes(each)]}
        for dn, mo in replies.items():
            order = instant(mo.attributes.get("modTs"))
            self.objects[dn] = Known(ManagedObject(mo.cls, dn, mo.attributes), order, True, as_read=True)
            self._tombstones.pop(dn, None)
        for dn in [dn for dn, mark in self.suspects.items() if mark <= read.mark and takes(dn)]:
            del self.suspects[dn]
        if read.dn is None:
            self.loaded = self.synced = True
        if not read.settling:
            self._race_ends = now + RACE_WINDOW
        before = {dn: known for dn, known in self.objects.items() if dn not in replies}
        for mo in read.arrived:
            if takes(mo.dn):
                self._reapply(mo)
        if first:
            return []
        old.update((dn, known) for dn, known in before.items() if dn not in self.objects)  # gone with one above them
        steps = self._differences(old, takes, origin)
        turned = suspected ^ self.suspects.keys()
        return steps + [self._doubt(dn, dn in self.suspects) for dn in sorted(turned - {step.dn for step in steps})]

    def _reapply(self, mo: ManagedObject) -> None:
        """What arrived while a read was under way goes on top of its reply."""
        if not self._orderly(mo, racing=True):
            self.suspect(mo.dn)
            return
        self._apply(mo, racing=True)
        if mo.status == "deleted":
            self.suspect_under(mo.dn)

    def _differences(self, old: Mapping[str, Known], takes: Callable[[str], bool], origin: str) -> list[Step]:
        """Each MO that is not as it was. One that is suspect (again) says so."""
        steps = []
        listed = origin == ORIGIN_RESYNC
        for dn, known in old.items():
            if dn not in self.objects:
                steps.append(_vanished(origin, known.mo, listed))
        for dn, current in self.objects.items():
            was = old.get(dn)
            if was is None and takes(dn):
                mo = current.mo
                steps.append(Step(origin, "created", mo.cls, dn, mo.attributes, None, mo, current.confirmed, listed))
            elif was is not None and was != current:
                steps.append(_modified(origin, was.mo, current, listed))
        return [replace(step, suspect=True) if step.dn in self.suspects else step for step in steps]


def _vanished(origin: str, mo: ManagedObject, listed: bool) -> Step:
    return Step(origin, "deleted", mo.cls, mo.dn, {}, mo, None, listed=listed)


def _modified(origin: str, was: ManagedObject, current: Known, listed: bool) -> Step:
    attributes = current.mo.attributes
    changed = {name: value for name, value in attributes.items() if was.attributes.get(name) != value}
    listed = listed and bool(changed)
    return Step(origin, "modified", current.mo.cls, was.dn, changed, was, current.mo, current.confirmed, listed)
