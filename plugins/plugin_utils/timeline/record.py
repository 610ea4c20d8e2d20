# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The entries of a record, checked and with times as milliseconds since the epoch. Pure.

What a record is: the role `change_window` and the filter `record` write it, one entry a line in JSON.
An entry of a kind that is not known here is left out, so that an older page can be made of a newer record.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from ..engine.errors import InvalidOptions
from ..engine.times import instant

TOGETHER = 10
"""Milliseconds within which gaps of one reason begin that are one break of the session."""


@dataclass(frozen=True)
class Word:
    """What was said of an MO at a moment: all of it (``status`` is state), or what a notification carries."""

    at: int
    host: str
    dn: str
    cls: str
    status: str
    attributes: Mapping[str, str]
    origin: str = ""
    subscription: str = ""


@dataclass(frozen=True)
class Gap:
    """``to`` is None while it is open. ``subscriptions`` may be empty: then it is all of the host."""

    host: str
    begin: int
    to: int | None
    reason: str
    subscriptions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mark:
    """A task with its end, or a moment without one."""

    at: int
    host: str
    name: str
    status: str
    end: int | None = None
    action: str = ""


@dataclass(frozen=True)
class Record:
    """In the order of time. ``begin`` and ``end``: of all that is in it."""

    words: tuple[Word, ...]
    gaps: tuple[Gap, ...]
    marks: tuple[Mark, ...]
    begin: int
    end: int


def read(given: object) -> Record:
    """A record of its entries or of its text. Raises InvalidOptions with one sentence that names the entry."""
    words: list[Word] = []
    gaps: list[Gap] = []
    marks: list[Mark] = []
    for number, each in enumerate(_entries(given), 1):
        entry = _Entry(number, each)
        kind = entry.text("kind")
        if kind in ("state", "notification"):
            words.append(_word(entry, kind))
        elif kind == "gap":
            gaps.append(_gap(entry))
        elif kind == "task":
            marks.append(_mark(entry))
    times = [word.at for word in words] + [at for gap in gaps for at in (gap.begin, gap.to) if at is not None]
    times += [at for mark in marks for at in (mark.at, mark.end) if at is not None]
    if not times:
        raise InvalidOptions("the record is empty: there is nothing to draw.")
    return Record(
        words=tuple(sorted(words, key=lambda word: word.at)),
        gaps=tuple(together(gaps)),
        marks=tuple(sorted(marks, key=lambda mark: mark.at)),
        begin=min(times),
        end=max(times),
    )


def _entries(given: object) -> Iterable[object]:
    if isinstance(given, str):
        return [_parsed(number, line) for number, line in enumerate(given.splitlines(), 1) if line.strip()]
    if isinstance(given, bytes | Mapping) or not isinstance(given, Iterable):
        raise InvalidOptions("a record is text, an object in JSON on each line, or the list of these objects.")
    return given


def _parsed(number: int, line: str) -> object:
    try:
        return json.loads(line)
    except ValueError:
        raise InvalidOptions("line %d of the record is no JSON." % number) from None


class _Entry:
    def __init__(self, number: int, given: object) -> None:
        self._number = number
        if not isinstance(given, Mapping):
            raise self._wrong("is no object")
        self._given = given

    def text(self, key: str, default: str | None = None) -> str:
        value = self._given.get(key)
        if value is None:
            value = default
        if not isinstance(value, str):
            raise self._wrong("has no text as %s" % key)
        return value

    def time(self, key: str) -> int:
        found = self.time_or_none(key)
        if found is None:
            raise self._wrong("has no %s" % key)
        return found

    def time_or_none(self, key: str) -> int | None:
        value = self._given.get(key)
        if value is None:
            return None
        found = instant(value) if isinstance(value, str) else None
        if found is None:
            raise self._wrong("has %r as %s, which is no time such as 2026-11-24T09:17:34.686Z" % (value, key))
        return found // 1000

    def attributes(self) -> dict[str, str]:
        value = self._given.get("attributes")
        if not isinstance(value, Mapping):
            raise self._wrong("has no attributes")
        return {str(name): "" if each is None else str(each) for name, each in value.items()}

    def _wrong(self, what: str) -> InvalidOptions:
        return InvalidOptions("entry %d of the record %s." % (self._number, what))


def _word(entry: _Entry, kind: str) -> Word:
    return Word(
        at=entry.time("at"),
        host=entry.text("host"),
        dn=entry.text("dn"),
        cls=entry.text("class"),
        status="state" if kind == "state" else entry.text("status"),
        attributes=entry.attributes(),
        origin="" if kind == "state" else entry.text("origin", "notification"),
        subscription=entry.text("subscription", ""),
    )


def _mark(entry: _Entry) -> Mark:
    at, end = entry.time("at"), entry.time_or_none("end")
    if end is not None:
        end = max(at, end)  # a clock that was set back in between
    return Mark(at, entry.text("host"), entry.text("name"), entry.text("status", "ok"), end, entry.text("action", ""))


def _gap(entry: _Entry) -> Gap:
    name = entry.text("subscription", "")
    begin, to = entry.time("from"), entry.time_or_none("to")
    to = None if to is None else max(begin, to)  # a clock that was set back in between
    return Gap(entry.text("host"), begin, to, entry.text("reason", ""), (name,) if name else ())


def together(gaps: Iterable[Gap]) -> list[Gap]:
    """One for each time without ears: the same break strikes each subscription a moment earlier or later."""
    found: list[Gap] = []
    for gap in sorted(gaps, key=lambda each: each.begin):
        at = next((n for n, each in enumerate(found) if _same_break(each, gap)), None)
        if at is None:
            found.append(gap)
            continue
        each = found[at]
        to = None if each.to is None or gap.to is None else max(each.to, gap.to)
        everyone = not each.subscriptions or not gap.subscriptions
        names = () if everyone else tuple(sorted({*each.subscriptions, *gap.subscriptions}))
        found[at] = replace(each, to=to, subscriptions=names)
    return found


def _same_break(one: Gap, other: Gap) -> bool:
    return (one.host, one.reason) == (other.host, other.reason) and other.begin - one.begin <= TOGETHER
