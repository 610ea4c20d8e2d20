# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The switch's wall clock: real time (or what ``wall`` says), an offset that a fault may set, a zone that ``modTs`` is
written in.

Timers never use it: they run on the loop's monotonic clock.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone


class Clock:
    def __init__(self, utc_offset: str = "+00:00", wall: Callable[[], float] = time.time) -> None:
        sign = -1 if utc_offset.startswith("-") else 1
        hours, minutes = utc_offset.lstrip("+-").split(":")
        self._zone = timezone(sign * timedelta(hours=int(hours), minutes=int(minutes)))
        self._wall = wall
        self.offset = 0.0

    def seconds(self) -> float:
        return self._wall() + self.offset

    def stamp(self, delta: float = 0.0) -> str:
        """Now as DME writes it: ``2019-10-18T19:42:29.446+00:00``."""
        return datetime.fromtimestamp(self.seconds() + delta, self._zone).isoformat(timespec="milliseconds")

    def zoned(self, stamp: str) -> str:
        """The same instant as this switch writes it."""
        return datetime.fromisoformat(stamp).astimezone(self._zone).isoformat(timespec="milliseconds")
