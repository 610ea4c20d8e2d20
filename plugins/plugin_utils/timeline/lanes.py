# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was when: a lane for each MO of a record, its states from moment to moment, and how it ended. Pure.

Which attribute is the state of a class, and which values are good, is what `convergence` knows. Of a class that it
does not know, the first usual name that it has is the state, and its values are told apart but not judged.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ..engine import convergence, interfaces
from ..engine.condition import Condition, compile_condition
from .record import Record, Word

WELL, UNWELL, FAILED, SHUT, OTHER = "well", "unwell", "failed", "shut", "other"

USUAL = ("operSt", "operState", "state", "localOperSt", "tunOperSt", "channelingSt", "operStatus", "adminSt")
"""Where a class of which nothing is known has its state."""

SILENT = frozenset({"modTs", "childAction", "status", "dn", "rn"})
"""Attributes whose change says nothing of the MO."""


@dataclass(frozen=True)
class Segment:
    """``look``: one of the five above. ``word``: the state as people read it."""

    begin: int
    end: int
    look: str
    word: str


@dataclass(frozen=True)
class Change:
    attribute: str
    before: str | None
    after: str


@dataclass(frozen=True)
class Event:
    """A notification, or what a read after a gap revealed (``origin``), and what it changed."""

    at: int
    status: str
    origin: str
    changes: tuple[Change, ...]


@dataclass
class Lane:
    """``ended``: worse, gone, better, new, changed (the state was another in between), touched, or same."""

    host: str
    cls: str
    dn: str
    subscription: str = ""
    label: str = ""
    first: Mapping[str, str] = field(default_factory=dict)
    segments: list[Segment] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    ended: str = "same"


@dataclass(frozen=True)
class Group:
    """The lanes of a class on a host. ``attributes``: those that are its state."""

    host: str
    cls: str
    attributes: tuple[str, ...]
    lanes: tuple[Lane, ...]


@dataclass(frozen=True)
class _Known:
    attributes: tuple[str, ...]
    good: Condition | None = None
    failed: Condition | None = None

    def say(self, lane: Lane, attributes: Mapping[str, str]) -> tuple[str, str]:
        """Its look and its word with these attributes."""
        values = [attributes.get(name, "") for name in self.attributes]
        word = values[0] if values else "there"
        if self.good is None:
            return OTHER, word or "there"
        mo = convergence.as_object(lane.cls, lane.dn, attributes)
        if self.good.holds(mo):
            return WELL, word or "there"
        word = word or "unknown"
        if self.failed is not None and self.failed.holds(mo):
            return FAILED, word
        if attributes.get("adminSt") == "down" or word in ("shutdown", "shut"):
            return SHUT, word
        also = ["%s %s" % pair for pair in zip(self.attributes[1:], values[1:], strict=True) if pair[1]]
        return UNWELL, "%s (%s)" % (word, ", ".join(also)) if also else word


def groups(record: Record) -> list[Group]:
    """In a person's order: hosts, classes as they come in the record, names with their numbers in order."""
    found: dict[tuple[str, str], list[Lane]] = {}
    known: dict[str, _Known] = {}
    classes = _classes(record.words)
    for (host, dn), words in _of_each(record.words).items():
        cls = words[0].cls
        if cls not in known:
            known[cls] = _knowledge(cls, classes[cls])
        name = next((word.subscription for word in words if word.subscription), "")
        lane = Lane(host, cls, dn, subscription=name)
        _walk(lane, words, known[cls], record.end)
        if lane.segments or lane.events:
            found.setdefault((host, cls), []).append(lane)
    order = {cls: number for number, cls in enumerate(classes)}
    rows = sorted(found.items(), key=lambda item: (_natural(item[0][0]), order[item[0][1]]))
    return [Group(*key, known[key[1]].attributes, tuple(_labelled(lanes))) for key, lanes in rows]


def _classes(words: Iterable[Word]) -> dict[str, set[str]]:
    """The attributes that each class has."""
    found: dict[str, set[str]] = {}
    for word in words:
        found.setdefault(word.cls, set()).update(word.attributes)
    return found


def _knowledge(cls: str, attributes: set[str]) -> _Known:
    good = interfaces.good_states().get(cls)
    failed: Mapping[str, object] = {}
    for kind in convergence.KINDS.values():
        if kind.cls == cls and kind.good:
            good, failed = dict(kind.good), kind.failed
    if not good:
        return _Known(tuple(name for name in USUAL if name in attributes)[:1])
    broken = compile_condition(dict(failed), "failed") if failed else None
    return _Known(tuple(good), compile_condition(good, "good"), broken)


def _of_each(words: Iterable[Word]) -> dict[tuple[str, str], list[Word]]:
    """What was said of each MO, in order; that one was deleted is said of all below it that there were by then."""
    told: dict[tuple[str, str], list[Word]] = {}
    for word in words:
        told.setdefault((word.host, word.dn), []).append(word)
        if word.status == "deleted":
            for (host, dn), its in told.items():
                if host == word.host and dn.startswith(word.dn + "/"):
                    its.append(word)
    return told


def _walk(lane: Lane, words: Sequence[Word], known: _Known, end: int) -> None:
    now: dict[str, str] | None = None
    begin, said = 0, ("", "")
    for word in words:
        before = now
        if word.status == "deleted":
            if now is None:
                continue
            now = None
        else:
            now = {**(now or {}), **word.attributes}
        if word.status == "state" and before is None and not lane.events:
            lane.first = now or {}
        else:
            lane.events.append(_event(word, before))
        saying = known.say(lane, now) if now is not None else ("", "")
        if saying != said:
            if before is not None:
                lane.segments.append(Segment(begin, word.at, *said))
            begin, said = word.at, saying
    if now is not None:
        lane.segments.append(Segment(begin, end, *said))
    lane.ended = _ended(lane, known, now is not None)


def _event(word: Word, before: Mapping[str, str] | None) -> Event:
    old = before or {}
    changes = tuple(
        Change(name, old.get(name), value)
        for name, value in word.attributes.items()
        if word.status != "deleted" and name not in SILENT and old.get(name) != value
    )
    status = "read again" if word.status == "state" else word.status
    return Event(word.at, status, word.origin, changes)


def _ended(lane: Lane, known: _Known, there: bool) -> str:
    was = lane.segments[0] if lane.first and lane.segments else None
    if not there:
        return "gone" if was and was.look in (WELL, OTHER) else "changed"
    if was is None:
        return "new"
    last = lane.segments[-1]
    if (was.look == WELL) != (last.look == WELL):
        return "worse" if was.look == WELL else "better"
    if len(lane.segments) > 1:
        return "changed"
    return "touched" if any(event.changes for event in lane.events) else "same"


def _labelled(lanes: list[Lane]) -> list[Lane]:
    names = [_name(lane.dn) for lane in lanes]
    times = Counter(names)
    for lane, name in zip(lanes, names, strict=True):
        lane.label = name if times[name] == 1 else lane.dn.removeprefix("sys/")
    return sorted(lanes, key=lambda lane: _natural(lane.label))


def _name(dn: str) -> str:
    """The interface's, or what the last part of the DN is called."""
    found = interfaces.name_of(dn)
    if found:
        return found
    inside = re.findall(r"\[([^\[\]]+)\]", dn)
    return inside[-1] if inside and dn.endswith("]") else dn.rpartition("/")[2]


def _natural(text: str) -> list[tuple[int, int, str]]:
    """Numbers as numbers: of those without leading zeros the longer one is the larger."""
    parts = enumerate(re.split("([0-9]+)", text))
    return [(0, len(part.lstrip("0")), part.lstrip("0")) if at % 2 else (1, 0, part) for at, part in parts]
