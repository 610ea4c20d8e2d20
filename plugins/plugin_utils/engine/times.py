# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Instants: the switch's ``modTs``, our cursors, and the times that people read. Pure; the clock is the caller's."""

from __future__ import annotations

from datetime import datetime, timezone


def instant(text: str | None) -> int | None:
    """Microseconds since the epoch for an ISO 8601 time with an offset, else None.

    ``modTs`` is such a time, or ``never`` (PROTOCOL section 4, confirmed on NX-OS); without an offset it cannot be
    ordered against others, so it counts as unreadable.
    """
    if not text or not text[0].isdigit():
        return None
    try:
        parsed = datetime.fromisoformat(text[:-1] + "+00:00" if text[-1] in "Zz" else text)
    except ValueError:
        return None
    if parsed.tzinfo is None:
        return None
    return round((parsed - _EPOCH).total_seconds() * 1_000_000)


def iso(wall: float) -> str:
    """An epoch time in seconds as UTC, ISO 8601, milliseconds."""
    return datetime.fromtimestamp(wall, timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
