# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether this process has been running all the time: a laptop that slept has heard nothing, and does not know it.

In suspend Linux' monotonic clock stands still, the boot-time clock goes on; in a virtual machine that was paused, and
in a process that was stopped, the monotonic clock jumps and the heartbeat is late. Either is taken for sleep. One for
all sessions: a timer of the event loop, that runs while somebody watches.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from .timing import NORMAL, Timing

Clock = Callable[[], float]


def suspended() -> float:
    """Seconds that this machine has spent in suspend, from whenever on.

    Where there is no boot-time clock, the wall clock stands in: a step forward of it then costs a reconnect.
    """
    steady, clock = time.monotonic(), getattr(time, "CLOCK_BOOTTIME", None)
    return (time.time() if clock is None else time.clock_gettime(clock)) - steady


def loop_time() -> float:
    return asyncio.get_running_loop().time()


class Vigil:
    """``steady``: the event loop's clock. ``working``: seconds of processor time that this process took, since an event
    loop that was busy is late, but has not slept."""

    def __init__(
        self,
        timing: Timing = NORMAL,
        asleep: Clock = suspended,
        steady: Clock = loop_time,
        working: Clock = time.process_time,
    ) -> None:
        self._timing = timing
        self._asleep = asleep
        self._steady = steady
        self._working = working
        self._alarms: list[Callable[[str], None]] = []
        self._beat: asyncio.TimerHandle | None = None
        self._slept = self._due = self._worked = 0.0

    def watch(self, alarm: Callable[[str], None]) -> None:
        """From now until `unwatch` have ``alarm`` called with a reason whenever the process has slept."""
        if not self._alarms:
            self._slept = self._asleep()
            self._arm()
        self._alarms.append(alarm)

    def unwatch(self, alarm: Callable[[str], None]) -> None:
        if alarm in self._alarms:
            self._alarms.remove(alarm)
        if not self._alarms and self._beat is not None:
            self._beat.cancel()
            self._beat = None

    def check(self) -> bool:
        """Whether the process has been awake since the last look; if not, all who watch have heard of it."""
        if not self._alarms:
            return True
        slept = self._look()
        if not slept:
            return True
        self._arm()
        for alarm in tuple(self._alarms):
            alarm("the control node slept for %d s" % round(slept))
        return False

    def _look(self) -> float:
        """Seconds slept since the last look, where they are enough to matter; else 0."""
        before, self._slept = self._slept, self._asleep()
        suspended, late = self._slept - before, self._steady() - self._due
        if late > self._timing.late:
            late -= self._working() - self._worked
        return max(suspended if suspended > self._timing.asleep else 0.0, late if late > self._timing.late else 0.0)

    def _arm(self) -> None:
        if self._beat is not None:
            self._beat.cancel()
        self._due, self._worked = self._steady() + self._timing.beat, self._working()
        self._beat = asyncio.get_running_loop().call_later(self._timing.beat, self._pulse)

    def _pulse(self) -> None:
        if self.check():
            self._arm()
