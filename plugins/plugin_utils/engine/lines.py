# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lines of a watch: what changed on which MO, by the names and in the order that people look for. Pure.

``leaf1 12:03:04.123Z modified Ethernet1/1 operSt up -> down, operStQual none -> link-failure``
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from . import interfaces
from .convergence import KINDS
from .journal import Gap
from .state import ORIGIN_STREAM
from .story import Change, Told
from .times import iso

MOST_CHANGES = 6
"""Attributes that a line shows before it says how many more there are."""

LONGEST = 60
"""Characters that a line shows of a value."""

_KINDS = {kind.cls: kind for kind in KINDS.values() if kind.cls}
_VRF = re.compile(r"/dom-([^/\[\]]+)")
_REASONS = {
    "not_subscribed": "it was not subscribed to yet",
    "dropped": "too much has come since then, the oldest was dropped",
    "listener": "the listener has begun anew since then",
}
"""Reasons of gaps that are codes."""


def name(dn: str, cls: str = "", attributes: Mapping[str, str] | None = None) -> str:
    """What a person calls the MO: ``Ethernet1/1``, ``BGP peer 192.0.2.1``, else its DN."""
    port = interfaces.name_of(dn)
    if port is not None:
        return port if interfaces.parse(port).oper_dn == dn else "%s (configuration)" % port
    kind = _KINDS.get(cls)
    if kind is None:
        return "feature %s" % dn[7:] if re.fullmatch(r"sys/fm/[a-z0-9]+", dn) else dn
    if kind.single:
        return kind.title
    if kind.dn:
        before, after = kind.dn.split("%s")
        found = re.fullmatch("%s(.+)%s" % (re.escape(before), re.escape(after)), dn)
        return "%s %s" % (kind.title, interfaces_id(found[1])) if found else dn
    value = (attributes or {}).get(kind.attribute, "")
    if not value:
        return dn
    value = value[len(kind.written) - 2 :] if value.startswith(kind.written[:-2]) else value
    vrf = _VRF.search(dn) if any(key == "vrf" for key, _default in kind.keys) else None
    return "%s %s%s" % (kind.title, value, " (vrf %s)" % vrf[1] if vrf and vrf[1] != "default" else "")


def interfaces_id(text: str) -> str:
    """``eth1/49`` as ``Ethernet1/49``; what is no interface as it is."""
    return interfaces.parse(text).name if re.fullmatch(r"eth[0-9/]+", text) else text


def clock(wall: float) -> str:
    """The time of day, UTC."""
    return iso(wall)[11:]


def event(label: str, wall: float, told: Told, called: str, whole: bool = False) -> str:
    """The line of one transition; ``whole``: all attributes, and the DN."""
    changes = sorted((each for each in told.changes if each[0] != "status"), key=lambda each: (_rank(each[0]), each[0]))
    where = "%s [%s]" % (called, told.dn) if whole and called != told.dn else called
    words = [label, clock(wall), told.status, where]
    if told.status == "modified":
        words.append(_listed((_change(each) for each in changes), len(changes), whole))
    elif told.status == "created":
        shown = changes if whole else [each for each in changes if _rank(each[0]) < _OTHER and each[2]]
        words.append(_listed(("%s %s" % (attribute, _value(to)) for attribute, _was, to in shown), len(shown), whole))
    if told.origin != ORIGIN_STREAM:
        words.append("[%s]" % told.origin)
    return printable(" ".join(word for word in words if word))


def gap(label: str, wall: float, lost: Gap, until: float) -> str:
    """``until``: by the same clock as the gap's ``at``; where both are 0 the wall clock tells."""
    seconds = until - lost.at if until else (lost.until_wall or wall) - lost.wall
    reason = _REASONS.get(lost.reason, lost.reason)
    return printable("%s %s gap of %.1f s: %s" % (label, clock(wall), max(0.0, seconds), reason))


def lost(label: str, wall: float, reason: str) -> str:
    return printable("%s %s connection lost (%s), reconnecting" % (label, clock(wall), reason))


def printable(text: str) -> str:
    """One line, whatever a switch has sent: control characters as Python writes them."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


_OTHER = 4


def _rank(attribute: str) -> int:
    """The state first, then what an operator set, then why."""
    lower = attribute.lower()
    if lower.endswith(("operst", "operstate")) or lower in ("state", "peerst"):
        return 0
    if lower.startswith("adminst"):
        return 1
    if lower.endswith("qual"):
        return 2
    return 3 if lower.startswith("oper") or lower.endswith("st") else _OTHER


def _change(change: Change) -> str:
    attribute, was, to = change
    return "%s %s" % (attribute, _value(to)) if was is None else "%s %s -> %s" % (attribute, _value(was), _value(to))


def _value(value: str | None) -> str:
    if value is None:
        return "(gone)"
    if not value.strip():
        return '"%s"' % value
    return value if len(value) <= LONGEST else value[: LONGEST - 3] + "..."


def _listed(words: Iterable[str], count: int, whole: bool) -> str:
    shown = list(words)
    if whole or count <= MOST_CHANGES:
        return ", ".join(shown)
    return "%s and %d more" % (", ".join(shown[:MOST_CHANGES]), count - MOST_CHANGES)


class Rate:
    """At most so many lines in a second; those beyond are counted, to be told when the second is over."""

    WINDOW = 1.0

    def __init__(self, most: int) -> None:
        self.held = 0
        self._most = most
        self._begun = float("-inf")
        self._passed = 0

    @property
    def due(self) -> float | None:
        """When there is something to tell of what was held back."""
        return self._begun + self.WINDOW if self.held else None

    def passes(self, now: float) -> bool:
        if now >= self._begun + self.WINDOW:
            self._begun, self._passed = now, 0
        if self._passed < self._most:
            self._passed += 1
            return True
        self.held += 1
        return False

    def hold(self) -> None:
        """Hold one back that would pass."""
        self.held += 1

    def over(self, now: float) -> int:
        """How many were held back in the second that is over; each is told once."""
        if not self.held or now < self._begun + self.WINDOW:
            return 0
        held, self.held = self.held, 0
        return held
