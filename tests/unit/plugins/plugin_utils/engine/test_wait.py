# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waits against a simulated switch: success, failure, and never late."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.query import Query
from support.bench import FAST, until

PORT = "sys/intf/phys-[eth1/1]"
OPER = PORT + "/phys"
UP = {"operSt": "up"}


async def soon(wait: Any) -> Any:
    """The wait, once its own reads are done."""
    task = asyncio.ensure_future(wait.run())
    while wait.judge.first_read_at is None and not task.done():
        await asyncio.sleep(0.002)
    return task


def test_a_port_that_comes_up_ends_the_wait(bench: Any) -> None:
    here = bench()

    async def work(session: Any) -> Any:
        await here.act(here.switch.set, OPER, operSt="down")
        task = await soon(here.wait(session, name="Eth1/1", timeout=10))
        await here.act(here.switch.set, OPER, operSt="up")
        return await task

    result = here.run(work)
    assert result["met"] and result["elapsed"] < 5
    assert [row["to"] for row in result["transitions"] if row["attribute"] == "operSt"] == ["up"]


def test_the_state_before_the_task_does_not_satisfy_a_wait_on_a_subscription(bench: Any) -> None:
    here = bench()

    async def work(session: Any) -> Any:
        await here.subscribe(session)
        here.switch.fault("lose-frames")
        await here.act(here.switch.set, OPER, operSt="down")
        return await here.wait(session, subscription="port", until=UP, timeout=0.3).run()

    assert here.run(work)["reason"] == "timeout"


def test_since_on_a_query_nobody_subscribed_to_reads_it_and_names_the_gap(bench: Any) -> None:
    here = bench()

    async def work(session: Any) -> Any:
        await here.subscribe(session, "other", dn="sys")
        cursor = str(session.cursors.now(time.time() - 1))
        return await here.wait(session, dn=OPER, until=UP, since=cursor, timeout=5).run()

    result = here.run(work)
    assert result["met"], result
    assert [gap["reason"] for gap in result["gaps"]] == ["not_subscribed"]


def test_what_came_between_two_waits_counts_with_the_cursor_of_the_first(bench: Any) -> None:
    here = bench()

    async def work(session: Any) -> Any:
        subscription = await here.subscribe(session)
        first = await here.wait(session, subscription="port", until=UP, timeout=5).run()
        seen = subscription.journal.listed
        await here.act(here.switch.set, OPER, operSt="down")
        await here.act(here.switch.set, OPER, operSt="up")
        while subscription.journal.listed < seen + 2:
            await asyncio.sleep(0.002)
        return await here.wait(
            session, subscription="port", until={"operSt": "down"}, since=first["cursor"], timeout=5
        ).run()

    assert here.run(work)["met"]


def test_a_past_success_is_found_while_the_switch_is_away(bench: Any) -> None:
    here = bench()

    async def work(session: Any) -> Any:
        subscription = await here.subscribe(session)
        cursor = str(session.cursors.now(time.time()))
        await here.act(here.switch.set, OPER, operSt="down")
        while not subscription.journal.listed:
            await asyncio.sleep(0.002)
        here.switch.fault("reload", seconds=5)
        while session.connected:
            await asyncio.sleep(0.002)
        return await here.wait(session, subscription="port", until={"operSt": "down"}, since=cursor, timeout=20).run()

    result = here.run(work)
    assert result["met"] and result["elapsed"] < 1


def test_a_status_wait_counts_what_comes_before_its_first_read_is_done(bench: Any) -> None:
    here = bench()

    async def work(session: Any) -> Any:
        await session.read(Query(dn=OPER))
        here.switch.fault("stall", seconds=0.3, path=r"phys\.json$", count=1, when="after")
        task = asyncio.ensure_future(here.wait(session, dn=OPER, status=["modified"], timeout=5).run())
        while not here.requests("subscribe") and not task.done():
            await asyncio.sleep(0.002)
        await here.act(here.switch.set, OPER, operSt="down")
        return await task

    assert here.run(work)["met"]


def test_only_new_does_not_look_back_in_a_subscription(bench: Any) -> None:
    here = bench()

    async def work(session: Any) -> Any:
        subscription = await here.subscribe(session)
        await here.act(here.switch.set, OPER, operSt="down")
        while not subscription.journal.listed:
            await asyncio.sleep(0.002)
        options = {"subscription": "port", "status": ["modified"], "timeout": 0.2}
        return [await here.wait(session, **options, only_new=new).run() for new in (False, True)]

    old, new = here.run(work)
    assert old["met"] and new["reason"] == "timeout"


def test_the_last_look_finds_what_no_notification_told(bench: Any) -> None:
    here = bench()

    async def work(session: Any) -> Any:
        await here.act(here.switch.set, OPER, operSt="down")
        task = await soon(here.wait(session, dn=OPER, until=UP, timeout=2.0))
        here.switch.fault("lose-frames")
        await here.act(here.switch.set, OPER, operSt="up")
        return await task

    result = here.run(work)
    assert result["met"] and [gap["reason"] for gap in result["gaps"]] == ["missed"]


@pytest.mark.parametrize("delay", [0.1, 3.0])
def test_a_slow_switch_does_not_push_a_wait_past_its_timeout(bench: Any, delay: float) -> None:
    here = bench()

    async def work(session: Any) -> Any:
        task = await soon(here.wait(session, dn=OPER, until={"operSt": "nothing"}, timeout=0.8))
        here.switch.fault("stall", seconds=delay, when="before")
        return await task

    started = time.monotonic()
    result = here.run(work)
    assert result["reason"] == "timeout" and result["elapsed"] < 1.15
    assert time.monotonic() - started < 8


def test_hold_on_an_object_without_modts_survives_its_other_changes(bench: Any) -> None:
    here = bench(oper_mod_ts="never")

    async def work(session: Any) -> Any:
        await here.act(here.switch.set, OPER, operSt="down")
        task = await soon(here.wait(session, dn=OPER, until=UP, hold=0.6, timeout=3))
        await here.act(here.switch.set, OPER, operSt="up")
        for number in range(30):
            if task.done():
                break
            await here.act(here.switch.set, OPER, operErrDisQual="q%d" % number)
            await asyncio.sleep(0.05)
        return await task

    result = here.run(work)
    assert result["met"], result["msg"]
    assert result["elapsed"] < 1.6


def test_a_wait_goes_on_across_a_reload(bench: Any) -> None:
    here = bench()

    async def work(session: Any) -> Any:
        task = await soon(here.wait(session, dn=OPER, until=UP, after_reconnect=True, timeout=15))
        here.switch.fault("reload", seconds=0.3)
        return await task

    result = here.run(work)
    assert result["met"] and result["reconnects"] == 1 and result["gaps"]


def test_one_follower_that_fails_does_not_take_the_session_with_it(bench: Any) -> None:
    here = bench()

    class Broken:
        attributes = ("operSt",)

        def describe(self) -> str:
            return "operSt up"

        def unmet(self, mo: Any) -> str:
            return ""

        def holds(self, mo: Any) -> bool:
            raise RuntimeError("secret")

    async def work(session: Any) -> Any:
        await here.act(here.switch.set, OPER, operSt="down")
        good = await soon(here.wait(session, dn=OPER, until=UP, timeout=5))
        bad = here.wait(session, dn=OPER, until=UP, timeout=5)
        task = await soon(bad)
        object.__setattr__(bad.judge.legs[0].spec, "until", Broken())
        await here.act(here.switch.set, OPER, operSt="up")
        return await good, await task

    good, bad = here.run(work)
    assert good["met"]
    assert bad["reason"] == "listener" and "secret" not in bad["msg"] and "RuntimeError" in bad["msg"]


def test_an_attribute_that_the_object_lacks_is_impossible_at_once_and_names_the_child(bench: Any) -> None:
    here = bench()
    result = here.run(lambda session: here.wait(session, dn=PORT, until=UP, timeout=10).run())
    assert result["reason"] == "impossible" and OPER in result["msg"] and result["elapsed"] < 5


def test_check_mode_reads_once_and_does_not_fail(bench: Any) -> None:
    here = bench()

    async def work(session: Any) -> Any:
        await here.act(here.switch.set, OPER, operSt="down")
        return await here.wait(session, dn=OPER, until=UP, fail_when={"operSt": "down"}).check()

    result = here.run(work)
    assert (result["met"], result["failing"]) == (False, True) and "failed" not in result
    assert here.requests("subscribe") == 0 and here.switch.stats()["sockets"]["opened"] == 0


def test_a_cancelled_wait_leaves_nothing_behind(bench: Any) -> None:
    here = bench()

    async def work(session: Any) -> Any:
        task = await soon(here.wait(session, dn=OPER, until={"operSt": "nothing"}, timeout=30))
        task.cancel()
        await asyncio.wait([task])
        return [subscription.followers for subscription in session.subscriptions], session.changed.callbacks

    followers, callbacks = here.run(work)
    assert followers == [set()] and not callbacks


@pytest.mark.parametrize("fault, options", [("expire-subscriptions", {}), ("drop-websockets", {"mode": "silent"})])
def test_a_hold_is_not_served_by_a_silence_in_which_notifications_were_lost(
    bench: Any, fault: str, options: dict[str, Any]
) -> None:
    here = bench(replace(FAST, echo=0.1))

    async def work(session: Any) -> Any:
        wait = here.wait(session, dn=OPER, until={"operSt": "up"}, hold=0.5, timeout=15)
        running = asyncio.ensure_future(wait.run())
        await until(lambda: wait.judge.held_since is not None and session.stream.pongs > 0)

        def flap(switch: Any) -> None:
            switch.fault(fault, options)
            switch.set(OPER, operSt="down")
            switch.set(OPER, operSt="up")

        await here.act(here.switch.call, flap)
        return await running

    result = here.run(work)
    assert result["met"] and result["elapsed"] >= 1.0 and result["gaps"], "held anew after the gap"
