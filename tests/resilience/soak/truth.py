# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the listener tells of a subscription, compared with what the switch did: nothing invented, doubled, out of order,
or lost without a gap that says so. Pure; all times are epoch seconds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from resilience.soak.trouble import DOUBLED, LOST, MOVED, Window

SLACK = 0.05
"""Seconds by which a time may be off: milliseconds cut, a frame on its way, a loop of the listener's."""

LATE = 2.0
"""On a machine with too much to do the listener may be so late that frames wait in the socket when it breaks. The gap
begins with the last one that was heard, so as late as that one was, the gap may begin."""

SHOWN = 3
Key = tuple[str, str]


@dataclass(frozen=True)
class Change:
    """One change of an attribute, as the switch made it or as the listener lists it; ``key``: modTs and value."""

    at: float
    key: Key


@dataclass(frozen=True)
class Gap:
    begin: float
    end: float
    reason: str

    def covers(self, at: float, late: float = 0.0) -> bool:
        return self.begin - late - SLACK <= at <= self.end + SLACK


@dataclass(frozen=True)
class Account:
    """One MO under one subscription. ``since``: what the switch did later than that should be listed, unless in a gap."""

    title: str
    made: Sequence[Change]
    listed: Sequence[Change]
    gaps: Sequence[Gap]
    windows: Sequence[Window]
    since: float


def epoch(text: str) -> float:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def gaps_of(rows: Iterable[Mapping[str, Any]]) -> list[Gap]:
    """As `notification_info` returns them; one that lasts covers all that follows."""
    return [Gap(epoch(row["from"]), epoch(row["to"]) if row["to"] else float("inf"), row["reason"]) for row in rows]


def changes(rows: Iterable[Mapping[str, Any]], dn: str, attribute: str, at: Callable[[Any], float]) -> list[Change]:
    """Those of one attribute of one MO, from a history or from a list of notifications."""
    return [
        Change(at(row), (str(row.get("modTs", row["attributes"].get("modTs"))), row["attributes"][attribute]))
        for row in rows
        if row["dn"] == dn and attribute in row["attributes"] and row.get("origin", "notification") == "notification"
    ]


def problems(account: Account) -> Iterator[str]:
    """A sentence for each kind of difference. Changes that cannot be told apart are not judged."""
    times = Counter(change.key for change in account.made)
    place = {change.key: index for index, change in enumerate(account.made) if times[change.key] == 1}
    known = [change for change in account.listed if change.key in place]
    oldest = account.made[0].at if account.made else 0.0
    invented = [change for change in account.listed if not times[change.key] and change.at > oldest + SLACK]
    if invented:
        yield _tell(account, "listed that the switch never did", invented)
    last, doubled, moved = -1, [], []
    for change in known:
        index = place[change.key]
        if index == last and not _within(account, change.at, DOUBLED):
            doubled.append(change)
        elif index < last and not _within(account, change.at, MOVED, DOUBLED):
            moved.append(change)
        last = max(last, index)
    if doubled:
        yield _tell(account, "listed twice", doubled)
    if moved:
        yield _tell(account, "listed out of order", moved)
    yield from _lost(account, {change.key for change in account.listed})


def _lost(account: Account, listed: set[Key]) -> Iterator[str]:
    late = [(gap, _lateness(account, gap)) for gap in account.gaps]
    missing = [
        change
        for change in account.made
        if change.at > account.since
        and change.key not in listed
        and not _within(account, change.at, MOVED, LOST)
        and not any(gap.covers(change.at, seconds) for gap, seconds in late)
    ]
    if missing:
        yield _tell(account, "lost, with no gap that covers it", missing)


def _lateness(account: Account, gap: Gap) -> float:
    """How late the last change was heard before the gap."""
    heard = [change for change in account.listed if change.at <= gap.begin + SLACK]
    made = {change.key: change.at for change in account.made}
    if not heard or heard[-1].key not in made:
        return 0.0
    return min(LATE, max(0.0, heard[-1].at - made[heard[-1].key]))


def _within(account: Account, at: float, *whats: str) -> bool:
    return any(window.what in whats and window.begin <= at <= window.end for window in account.windows)


def _tell(account: Account, what: str, found: Sequence[Change]) -> str:
    shown = "; ".join(f"{change.key[1]} at {change.at:.3f}{_near(account, change.at)}" for change in found[:SHOWN])
    return f"{account.title}: {len(found)} of {len(account.made)} changes {what}: {shown}"


def _near(account: Account, at: float) -> str:
    """Which gap is next to it."""
    later = [gap for gap in account.gaps if gap.begin > at]
    if not later:
        return " (no gap after it)"
    gap = min(later, key=lambda each: each.begin)
    return f" ({gap.begin - at:.3f} s before the gap '{gap.reason}')"
