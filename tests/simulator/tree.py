# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The managed objects of one switch: a tree by DN with an index by class, and what changed in it.

Objects are never altered in place: a change puts a new one in the tree. So a thousand switches share the objects of one
model, and a reply that is held back shows the past. Pure: time comes as a parameter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from . import dn as dns


@dataclass(frozen=True)
class Mo:
    """One managed object. ``mod_ts`` None leaves modTs out; ``configured`` names the attributes somebody set."""

    dn: str
    cls: str
    attributes: Mapping[str, str]
    mod_ts: str | None = "never"
    configured: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Event:
    """One change of one object. ``before`` is None when created, ``after`` when deleted.

    ``changed`` holds the attributes that a notification carries besides the bookkeeping ones. ``ghosts`` maps the DNs
    deleted together with it to their classes, since the tree no longer tells.
    """

    kind: str
    before: Mo | None
    after: Mo | None
    changed: Mapping[str, str]
    mod_ts: str | None
    ghosts: Mapping[str, str] = field(default_factory=dict)

    @property
    def mo(self) -> Mo:
        found = self.after or self.before
        if found is None:
            raise ValueError("an event has an object")
        return found


class Tree:
    """DN -> object, in the order of creation; children and classes indexed."""

    def __init__(self, mos: Iterable[Mo] = ()) -> None:
        self._mos: dict[str, Mo] = {}
        self._children: dict[str, tuple[str, ...]] = {}
        self._classes: dict[str, dict[str, None]] = {}
        for mo in mos:
            self._put(mo)

    def copy(self) -> Tree:
        """A tree of its own over the same objects."""
        other = Tree()
        other._mos = dict(self._mos)
        other._children = dict(self._children)
        other._classes = {name: dict(members) for name, members in self._classes.items()}
        return other

    def __len__(self) -> int:
        return len(self._mos)

    def __iter__(self) -> Iterator[Mo]:
        return iter(list(self._mos.values()))

    def get(self, dn: str) -> Mo | None:
        return self._mos.get(dn)

    def tops(self) -> set[str]:
        """The first relative names there are: ``sys`` on a switch."""
        return set(self._children.get("", ()))

    def children(self, dn: str) -> list[Mo]:
        return [self._mos[child] for child in self._children.get(dn, ())]

    def subtree(self, dn: str) -> Iterator[Mo]:
        """The object itself and everything under it, parents first."""
        mo = self._mos.get(dn)
        if mo is not None:
            yield mo
        for child in self._children.get(dn, ()):
            yield from self.subtree(child)

    def of_class(self, cls: str) -> list[Mo]:
        return [self._mos[dn] for dn in self._classes.get(cls, ())]

    def class_of(self, dn: str) -> str | None:
        mo = self._mos.get(dn)
        return mo.cls if mo else None

    def create(self, mo: Mo) -> Event:
        """Puts a new object, or one in the place of an old one of that DN."""
        before = self._mos.get(mo.dn)
        self._put(mo)
        if before is not None:
            return Event("modified", before, mo, dict(mo.attributes), mo.mod_ts)
        return Event("created", None, mo, dict(mo.attributes), mo.mod_ts)

    def modify(
        self,
        dn: str,
        attributes: Mapping[str, str],
        mod_ts: str | None,
        *,
        configured: bool = False,
        force: bool = False,
    ) -> Event | None:
        """Sets attributes; None where nothing changes, unless ``force`` wants the given ones notified all the same."""
        before = self._mos[dn]
        changed = {key: value for key, value in attributes.items() if before.attributes.get(key) != value}
        marks = before.configured | frozenset(attributes) if configured else before.configured
        if not changed and not force:
            if marks != before.configured:
                self._mos[dn] = replace(before, configured=marks)
            return None
        after = Mo(dn, before.cls, {**before.attributes, **changed}, mod_ts, marks)
        self._mos[dn] = after
        return Event("modified", before, after, dict(attributes) if force else changed, mod_ts)

    def delete(self, dn: str, mod_ts: str | None) -> list[Event]:
        """Takes the object and all under it away, parents first."""
        gone = list(self.subtree(dn))
        ghosts = {mo.dn: mo.cls for mo in gone}
        for mo in gone:
            del self._mos[mo.dn]
            self._children.pop(mo.dn, None)
            self._classes[mo.cls].pop(mo.dn, None)
        above = dns.parent(dn)
        if gone and above in self._children:
            self._children[above] = tuple(child for child in self._children[above] if child != dn)
        return [Event("deleted", mo, None, {}, mod_ts, ghosts) for mo in gone]

    def _put(self, mo: Mo) -> None:
        before = self._mos.get(mo.dn)
        self._mos[mo.dn] = mo
        if before is not None:
            self._classes[before.cls].pop(mo.dn, None)
        else:
            above = dns.parent(mo.dn)
            self._children[above] = (*self._children.get(above, ()), mo.dn)
        self._classes.setdefault(mo.cls, {})[mo.dn] = None
