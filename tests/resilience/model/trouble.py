# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long each fault may keep a session from being connected, synced and readable: the margins of the judges. Pure.

They are derived from the engine's promises (DESIGN section 4): back-off up to 10 s, pings each 25 s with two pongs to
miss, refreshes at a third of 90 s, suspects read once a second.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

BACKOFF = 12.0
"""From the end of a fault until the session is certainly up: the longest pause between two tries, and the tries."""

LIMIT = 16.0
"""A request without any answer is given up after 2 x 5 + 5 virtual seconds (see world.REQUEST_TIMEOUT)."""

PINGS = 80.0
"""A half-open socket is found out after two unanswered pings, at the third."""

REFRESH = 31.0
"""A subscription that the switch has forgotten is found out at its next refresh."""

LOGIN = 60.0
"""A login refused after a gap is tried again after that."""

SUSPECT = 2.5
"""A suspect MO, or a scope that is not synced for a lost notification, is read again within that, and judged."""

REQUESTS = 15
"""A wait may have to queue for so many replies: of logins, of other subscriptions, of other waits' reads."""


@dataclass(frozen=True)
class Trouble:
    name: str
    begin: float
    end: float
    """From ``begin`` to ``end`` nothing is promised."""


def troubles(log: Iterable[tuple[float, Mapping[str, Any]]]) -> list[Trouble]:
    found = [trouble for at, step in log for trouble in _of(at, step)]
    return sorted(found, key=lambda trouble: trouble.begin)


def _of(at: float, step: Mapping[str, Any]) -> list[Trouble]:
    if step["do"] == "nap":
        return [Trouble("nap", at, at + BACKOFF)]
    if step["do"] != "fault":
        return []
    name, body = str(step["name"]), step.get("body") or {}
    length = _length(name, body)
    found = [] if length is None else [Trouble(name, at, at + length)]
    for inner, options in {**(body.get("fault") or {}), **(body.get("then") or {})}.items():
        later = float(body.get("seconds", 0.0)) if name == "reload" else float(body.get("duration", 60.0))
        inner_length = _length(inner, options)
        if inner_length is not None:
            found.append(Trouble(inner, at, at + later + inner_length))
    return found


def _length(name: str, body: Mapping[str, Any]) -> float | None:
    """None: no trouble at all for who wants to read."""
    duration = float(body.get("duration", 0.0))
    if name == "drop-websockets":
        return (PINGS if body.get("mode") == "silent" else 0.0) + BACKOFF
    if name == "reload":
        return float(body.get("seconds", 5.0)) + 20 * float(body.get("interval", 0.01)) + BACKOFF
    if name in ("stall", "delay-replies"):
        return duration + min(float(body.get("seconds", 1.0)), LIMIT) + LIMIT + BACKOFF
    if name in ("http-error", "lose-replies", "reject-refresh"):
        return duration + LIMIT + BACKOFF
    if name == "reject-login":
        return duration + LOGIN + BACKOFF
    if name == "no-pong":
        return duration + PINGS + BACKOFF
    if name == "expire-tokens":
        return (REFRESH if body.get("sockets") == "keep" else 0.0) + BACKOFF
    if name in ("expire-subscriptions", "unlink-sockets"):
        return REFRESH + BACKOFF
    if name in ("garbage", "raw-frame", "oversize"):
        return (BACKOFF if name != "garbage" else 0.0) + 2 * SUSPECT
    return None


def quiet_since(found: Iterable[Trouble], at: float) -> float:
    """Since when, up to ``at``, no trouble has been on; ``at`` itself if one still is."""
    ends = [min(trouble.end, at) for trouble in found if trouble.begin <= at]
    return max(ends, default=0.0)
