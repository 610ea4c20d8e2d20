# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Instants: the switch's ``modTs``, our cursors, and the times that people read. Pure; the clock is the caller's."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from functools import lru_cache

_INSTANT = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,9}))?)?"
    r"\s?(?:[Zz]|([+-])([0-9]{2}):?([0-9]{2})?)"
)

REMEMBERED = 4096
"""Texts whose instant is remembered: a notification's is asked for by each who places it, and again by what follows it."""


@lru_cache(REMEMBERED)
def instant(text: str | None) -> int | None:
    """Microseconds since the epoch for an ISO 8601 time with an offset, else None.

    ``modTs`` is such a time, or ``never`` (PROTOCOL section 4, confirmed on NX-OS); without an offset it cannot be
    ordered against others, so it counts as unreadable. Spelled out, since fromisoformat takes more in some Pythons.
    """
    found = _INSTANT.fullmatch(text) if text else None
    if found is None:
        return None
    year, month, day, hour, minute = (int(part) for part in found.groups()[:5])
    second, fraction, sign, hours, minutes = found.groups()[5:]
    try:
        moment = datetime(year, month, day, hour, minute, int(second or 0), tzinfo=timezone.utc)
        offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0)) * (-1 if sign == "-" else 1)
        if abs(offset) >= timedelta(days=1) or int(minutes or 0) > 59:
            return None
    except ValueError:
        return None
    return (moment - _EPOCH - offset) // _MICROSECOND + int((fraction or "").ljust(6, "0")[:6])


def iso(wall: float) -> str:
    """An epoch time in seconds as UTC, ISO 8601, milliseconds."""
    return datetime.fromtimestamp(wall, timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICROSECOND = timedelta(microseconds=1)
