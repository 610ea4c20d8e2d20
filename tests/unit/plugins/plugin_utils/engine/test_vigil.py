# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The vigil: whatever made this process stand still is noticed once, and nothing else is taken for it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.timing import Timing
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.vigil import Vigil, suspended

TIMING = Timing(beat=1.0, asleep=5.0, late=20.0)


class Clocks:
    """Times that a test sets."""

    def __init__(self) -> None:
        self.suspended = 100.0
        self.steady = 50.0
        self.worked = 7.0

    def vigil(self, timing: Timing = TIMING) -> Vigil:
        return Vigil(timing, lambda: self.suspended, lambda: self.steady, lambda: self.worked)


def watched(work: Callable[[Clocks, Vigil, list[str]], None]) -> list[str]:
    async def run() -> list[str]:
        clocks, reasons = Clocks(), list[str]()
        vigil = clocks.vigil()
        vigil.watch(reasons.append)
        work(clocks, vigil, reasons)
        vigil.unwatch(reasons.append)
        return reasons

    return asyncio.run(run())


def test_a_suspend_is_told_once_with_its_length() -> None:
    def work(clocks: Clocks, vigil: Vigil, _reasons: list[str]) -> None:
        clocks.suspended += 3600.4
        assert not vigil.check()
        assert vigil.check()

    assert watched(work) == ["the control node slept for 3600 s"]


def test_a_jump_of_the_steady_clock_is_told_too() -> None:
    """A virtual machine that was paused, a process that was stopped: the heartbeat is late."""

    def work(clocks: Clocks, vigil: Vigil, _reasons: list[str]) -> None:
        clocks.steady += 1.0 + 20.6
        assert not vigil.check()
        clocks.steady += 20.9
        assert vigil.check()

    assert watched(work) == ["the control node slept for 21 s"]


@pytest.mark.parametrize(("slept", "late"), [(4.9, 0.0), (0.0, 20.9), (0.0, 0.0)])
def test_a_short_delay_is_no_sleep(slept: float, late: float) -> None:
    def work(clocks: Clocks, vigil: Vigil, _reasons: list[str]) -> None:
        clocks.suspended += slept
        clocks.steady += late
        assert vigil.check()

    assert watched(work) == []


def test_an_event_loop_that_was_busy_has_not_slept() -> None:
    def work(clocks: Clocks, vigil: Vigil, _reasons: list[str]) -> None:
        clocks.steady += 60.0
        clocks.worked += 45.0
        assert vigil.check()

    assert watched(work) == []


def test_looking_often_in_a_long_delay_does_not_hide_it() -> None:
    def work(clocks: Clocks, vigil: Vigil, _reasons: list[str]) -> None:
        for _unused in range(3):
            clocks.steady += 7.0
            assert vigil.check()
        clocks.steady += 7.0
        assert not vigil.check()

    assert watched(work) == ["the control node slept for 27 s"]


def test_everybody_is_told_and_who_leaves_is_not() -> None:
    async def run() -> tuple[list[str], list[str]]:
        clocks, one, other = Clocks(), list[str](), list[str]()
        vigil = clocks.vigil()
        vigil.watch(one.append)
        vigil.watch(other.append)
        clocks.suspended += 10
        vigil.check()
        vigil.unwatch(one.append)
        clocks.suspended += 20
        vigil.check()
        vigil.unwatch(other.append)
        return one, other

    first, second = "the control node slept for 10 s", "the control node slept for 20 s"
    assert asyncio.run(run()) == ([first], [first, second])


def test_the_heartbeat_notices_by_itself_and_goes_on() -> None:
    async def run() -> list[str]:
        reasons: list[str] = []
        sleeping, told = [0.0], asyncio.Event()

        def alarm(reason: str) -> None:
            reasons.append(reason)
            told.set()

        vigil = Vigil(Timing(beat=0.01, asleep=5.0), lambda: sleeping[0])
        vigil.watch(alarm)
        for seconds in (60.0, 120.0):
            sleeping[0] += seconds
            await asyncio.wait_for(told.wait(), 5)
            told.clear()
        vigil.unwatch(alarm)
        return reasons

    assert asyncio.run(run()) == ["the control node slept for 60 s", "the control node slept for 120 s"]


def test_nothing_ticks_while_nobody_watches() -> None:
    async def run() -> None:
        looks = [0]

        def asleep() -> float:
            looks[0] += 1
            return 0.0

        vigil = Vigil(Timing(beat=0.001), asleep)
        vigil.watch(print)
        vigil.unwatch(print)
        vigil.unwatch(print)
        seen = looks[0]
        await asyncio.sleep(0.02)
        assert looks[0] == seen and vigil.check()

    asyncio.run(run())


def test_a_step_of_the_wall_clock_is_no_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    if not hasattr(time, "CLOCK_BOOTTIME"):
        pytest.skip("here the wall clock is all there is")
    before = suspended()
    monkeypatch.setattr(time, "time", lambda: 4e9)
    assert suspended() == pytest.approx(before, abs=1.0)


def test_without_a_boot_time_clock_the_wall_clock_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(time, "CLOCK_BOOTTIME", raising=False)
    before = suspended()
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 3600)
    assert suspended() - before == pytest.approx(3600, abs=1.0)
