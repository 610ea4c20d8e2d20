# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The control node sleeps, has its clock set, or runs out of files or of room on its disk."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.nxapi.events.plugins.plugin_utils.engine import spec as specs
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.conversation import Conversation
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.journal import Cursors
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.logins import LoginLedger
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.rest import TlsContexts
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.session import Session, Surroundings
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.vigil import Vigil
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.wait import Wait
from support.apart import apart
from support.bench import FAST, OPER, Bench, until
from support.trial import DOWN, OTHER, check_gap, check_seen_once, endure, fault, goes, in_one, recovered, soon

UP = {"operSt": "up"}
NEVER = 1e6


class Laptop:
    """A control node whose sleep and whose wall clock the test decides on; ``beat``: its heartbeat."""

    def __init__(self, here: Bench, beat: float = 0.02) -> None:
        self.slept = 0.0
        self.wall_off = 0.0
        self._here = here
        timing = replace(here.timing, beat=beat, late=NEVER)
        vigil = Vigil(timing, lambda: self.slept)
        self.shared = Surroundings(Cursors(), here.ledger, TlsContexts(), here.executor, self.wall, timing, vigil)
        here.session = self.session  # type: ignore[method-assign]

    def wall(self) -> float:
        return time.time() + self.wall_off

    def session(self, **given: Any) -> Session:
        here, shared = self._here, self.shared
        options = replace(here.options, **given)
        talk = Conversation(options, shared.ledger, shared.contexts, here.executor)
        return Session(options, "leaf1", talk, shared)


def unheard(here: Bench, *values: str) -> None:
    """What happened while nobody could hear of it."""
    for value in values:
        here.switch.call(
            lambda switch, value=value: switch.fault(
                "change", {"set": {"dn": OPER, "attributes": {"operSt": value}}, "silent": True}
            )
        )


def test_what_changed_while_the_laptop_slept_is_shown(bench: Any) -> None:
    here = bench()
    laptop = Laptop(here)

    async def work(session: Any) -> Any:
        task = await soon(here.wait(session, dn=OPER, until=DOWN, timeout=15))
        await here.act(unheard, here, "down")
        laptop.slept += 3600
        return await task

    result = endure(here, work)
    assert result["met"] and result["elapsed"] < 5
    check_gap(result, "the control node slept for 3600 s")
    check_seen_once(result)


def test_the_gap_of_a_sleep_is_as_long_as_the_sleep(bench: Any) -> None:
    """Monotonic time stands still meanwhile, wall time does not: what changed in the night is within the gap."""
    here = bench()
    laptop = Laptop(here)

    async def work(session: Any) -> Any:
        spec = specs.for_mo({"dn": OPER, "until": DOWN, "timeout": 15})
        task = await soon(Wait(session, spec, laptop.wall))
        asleep = laptop.wall()
        await here.act(unheard, here, "down")
        laptop.wall_off += 3600
        laptop.slept += 3600
        result = await task
        return asleep, laptop.wall(), result

    asleep, awake, result = endure(here, work)
    assert result["met"] and result["elapsed"] < 5
    (gap,) = result["gaps"]
    begun, ended = (datetime.fromisoformat(gap[key]).timestamp() for key in ("from", "to"))
    assert begun <= asleep + 0.01 and asleep + 3600 <= ended <= awake + 0.01, gap


def test_hold_is_not_served_asleep(bench: Any) -> None:
    """The wait's own timer is the first to know: the heartbeat is far off."""
    here = bench()
    laptop = Laptop(here, beat=NEVER)

    async def work(session: Any) -> Any:
        wait = here.wait(session, dn=OPER, until=UP, hold=0.5, timeout=15)
        task = await soon(wait)
        await until(lambda: session.now >= wait.judge.held_since + 0.3)
        laptop.slept += 3600
        await here.act(unheard, here, "down", "up")
        return await task

    result = endure(here, work)
    assert result["met"] and result["elapsed"] >= 0.8
    check_gap(result, "slept for 3600 s")


def test_a_notification_right_after_the_sleep_does_not_end_a_hold_well(bench: Any) -> None:
    """By the clock it had held long enough when the notification of its end came in."""
    here = bench()
    laptop = Laptop(here, beat=NEVER)

    async def work(session: Any) -> Any:
        task = await soon(here.wait(session, dn=OPER, until=UP, hold=0.5, timeout=1.5))
        laptop.slept += 3600
        await here.act(here.switch.call, goes("down"))
        await recovered(session)
        assert not task.done()
        return await task

    result = endure(here, work)
    assert result["reason"] == "timeout"
    check_gap(result, "slept for 3600 s")
    check_seen_once(result)


def test_a_sleep_while_a_read_is_under_way_makes_it_read_again(bench: Any) -> None:
    """The reply was sent before the sleep."""
    here = bench()
    laptop = Laptop(here, beat=NEVER)

    async def work(session: Any) -> Any:
        await here.subscribe(session, "other", dn=OTHER)
        here.switch.fault("stall", path=r"eth1/1\].*phys\.json$", seconds=0.1, count=1)
        task = asyncio.ensure_future(here.wait(session, dn=OPER, until=DOWN, timeout=15).run())
        await until(lambda: not here.switch.call(lambda switch: switch.rules.report()))
        laptop.slept += 3600
        await here.act(unheard, here, "down")
        return await task

    result = endure(here, work)
    assert result["met"] and result["elapsed"] < 5


def test_all_sessions_wake_up(bench: Any) -> None:
    here, there = bench(), bench()
    laptop = Laptop(here)

    async def work(session: Any) -> Any:
        other = laptop.session(port=there.switch.port)
        try:
            await here.subscribe(session)
            await here.subscribe(other)
            laptop.slept += 600
            await recovered(session)
            await recovered(other)
            laptop.slept += 600
            await recovered(session, 2)
            await recovered(other, 2)
        finally:
            await other.close()

    endure(here, work)
    assert there.switch.stats()["logins"]["tries"] == 1


def test_a_session_that_ended_during_the_sleep_costs_one_login(bench: Any) -> None:
    here = bench()
    laptop = Laptop(here)

    async def work(session: Any) -> Any:
        task = await soon(here.wait(session, dn=OPER, until=DOWN, timeout=15))
        here.switch.fault("expire-tokens", sockets="keep")
        await here.act(unheard, here, "down")
        laptop.slept += 8 * 3600
        return await task

    result = endure(here, work, logins=2, sessions_left=1)
    assert result["met"]
    check_gap(result, "slept for 28800 s")


@pytest.mark.parametrize("step", [-86400.0, 3600.0])
def test_a_step_of_the_wall_clock_costs_nothing(bench: Any, step: float) -> None:
    here = bench()
    laptop = Laptop(here)

    async def work(session: Any) -> Any:
        spec = specs.for_mo({"dn": OPER, "until": DOWN, "hold": 0.2, "timeout": 15})
        task = await soon(Wait(session, spec, laptop.wall))
        laptop.wall_off = step
        await here.act(here.switch.call, goes("down"))
        return await task

    result = endure(here, work)
    assert result["met"] and 0.2 <= result["elapsed"] < 5
    assert not result["gaps"] and not result["reconnects"]


def test_a_process_that_was_stopped_notices(bench: Any) -> None:
    """SIGSTOP, as a paused virtual machine: the monotonic clock jumps."""
    here = bench(timing=replace(FAST, beat=0.05, late=0.3))
    with apart(here, {"dn": OPER, "until": UP, "hold": 0.6, "timeout": 15}) as process:
        process.hear("listening")
        os.kill(process.pid, signal.SIGSTOP)
        try:
            stopped = time.monotonic()
            before = here.switch.stats()["pings"]
            while time.monotonic() < stopped + 0.6:
                assert here.switch.stats()["pings"] == before
        finally:
            os.kill(process.pid, signal.SIGCONT)
        result = process.hear("result")
    assert result["met"] and result["elapsed"] >= 1.2
    check_gap(result, "the control node slept")


def test_no_files_left_is_waited_out_without_spinning(bench: Any) -> None:
    """EMFILE at every new connection, from the break on until descriptors are free again."""
    here = bench(timing=replace(FAST, first_delay=0.05, most_delay=0.1))
    with apart(here, {"dn": OPER, "until": DOWN, "timeout": 15}) as process:
        process.hear("listening")
        process.tell("no-files")
        gone = in_one(fault("drop-websockets", mode="abrupt"), goes("down"), fault("reload", seconds=0.01))
        here.switch.call(gone)
        problems = [process.hear("problem") for _unused in range(16)]
        process.tell("files")
        result = process.hear("result")
    assert result["met"]
    check_gap(result)
    check_seen_once(result)
    assert problems[-1]["at"] - problems[0]["at"] >= 0.3, "it spun"
    assert problems[-1]["begun"] - problems[0]["begun"] <= 2 * len(problems)
    assert "too many open files" in problems[-1]["text"]
    assert here.switch.stats()["logins"]["tries"] == 2


def test_a_full_disk_forgets_no_refusal_and_breaks_no_wait(bench: Any, tmp_path: Path) -> None:
    """No file may grow (RLIMIT_FSIZE 0), as on a full disk: the ledger's memory is enough."""
    wrong = bench(given={"password": "Wrong-pass-1"})
    asked = {"dn": OPER, "until": UP, "timeout": 15}
    with apart(wrong, asked, asked, folder=str(tmp_path), disk_full=True) as process:
        first, second = process.hear("result"), process.hear("result")
    assert [first["reason"], second["reason"]] == ["login", "login"]
    assert wrong.switch.stats()["logins"]["tries"] == 1
    right = bench()
    with apart(right, asked, folder=str(tmp_path), disk_full=True) as process:
        assert process.hear("result")["met"]
    assert [path for path in tmp_path.iterdir() if path.stat().st_size] == []


@pytest.mark.parametrize("password", ["Wrong-pass-1", "Sim-pass-1"])
def test_a_folder_that_has_vanished_forgets_no_refusal_and_breaks_no_wait(
    bench: Any, tmp_path: Path, password: str
) -> None:
    here = bench(given={"password": password})
    folder = tmp_path / "run"
    folder.mkdir()
    here.ledger = LoginLedger(str(folder))
    shutil.rmtree(folder)

    async def work(session: Any) -> Any:
        other = here.session(request_timeout=4.0)
        try:
            return [await here.wait(each, dn=OPER, until=UP, timeout=15).run() for each in (session, other)]
        finally:
            await other.close()

    right = password == here.switch.password
    results = endure(here, work, logins=2 if right else 1)
    if right:
        assert all(result["met"] for result in results)
    else:
        assert all(result["reason"] == "login" for result in results)
