# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two things at the same moment, or in the unlucky order: what a reader of the code thought of, not a random schedule."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.nxapi.events.plugins.plugin_utils.engine import spec as specs
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.errors import Unreachable
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.query import Query
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.wait import Wait
from support.bench import FAST, OPER, until
from support.trial import fault, goes, heard, in_one, recovered, soon

UP = {"operSt": "up"}
ERROR = '{"imdata":[{"error":{"attributes":{"code":"17","text":"Unknown class bgpPeerEntry"}}}]}'


def test_a_login_answered_405_is_not_hammered(bench: Any) -> None:
    here = bench()
    here.switch.fault("reject-login", status=405, code="405", text="Method not allowed")
    result = here.run(lambda session: here.wait(session, dn=OPER, until=UP, timeout=1.0).run())
    assert result["reason"] == "unreachable" and "Method not allowed" in result["msg"]
    assert here.switch.stats()["logins"]["tries"] < 40


def test_one_405_to_a_login_is_waited_out(bench: Any) -> None:
    here = bench()
    here.switch.fault("reject-login", status=405, code="405", text="Method not allowed", count=1)
    assert here.run(lambda session: here.wait(session, dn=OPER, until=UP, timeout=5.0).run())["met"]


def test_logins_without_an_answer_are_few_and_far_between(bench: Any) -> None:
    """A wrong password, and AAA servers that time out: each may have counted it."""
    here = bench(timing=replace(FAST, login_pause=60.0), given={"request_timeout": 0.2, "password": "wrong"})
    here.switch.fault("stall", seconds=0.4, path="aaaLogin")
    result = here.run(lambda session: here.wait(session, dn=OPER, until=UP, timeout=3.0).run())
    assert result["reason"] == "unreachable" and here.switch.stats()["logins"]["tries"] == 2


def test_a_good_password_gets_in_when_the_switch_answers_logins_again(bench: Any) -> None:
    here = bench(timing=replace(FAST, login_pause=0.2), given={"request_timeout": 0.2})
    here.switch.fault("stall", seconds=0.4, path="aaaLogin", duration=2.0)
    assert here.run(lambda session: here.wait(session, dn=OPER, until=UP, timeout=8.0).run())["met"]


def test_a_read_that_is_refused_for_a_while_after_a_break_is_made_up_for(bench: Any) -> None:
    """The subscription is accepted again before the model can be read."""
    here = bench()

    async def work(session: Any) -> Any:
        bgp = await here.subscribe(session, "bgp", **{"class": "bgpPeerEntry"})
        here.switch.fault(
            "http-error",
            status=400,
            text=ERROR,
            content_type="application/json",
            path=r"bgpPeerEntry\.json\?page",
            duration=0.5,
        )
        here.switch.fault("drop-websockets", mode="abrupt")
        await until(lambda: not bgp.synced)
        await until(lambda: session.connected and bgp.synced, 6)

    here.run(work)


@pytest.mark.parametrize("text", ["cannot parse {aaaUser: {pwd: Sim-pass-1}}", "Sim-pass-1"])
def test_a_switch_that_repeats_the_password_is_not_quoted(bench: Any, text: str) -> None:
    here = bench(given={"password": "Sim-pass-1"})
    here.switch.fault("reject-login", status=401, code="401", text=text)
    result = here.run(lambda session: here.wait(session, dn=OPER, until=UP, timeout=3.0).run())
    assert result["reason"] == "login" and "***" in result["msg"] and "Sim-pass-1" not in repr(result)


@pytest.mark.parametrize("before", [(), ({"operSpeed": "10G"},)], ids=["alone", "behind another"])
def test_a_late_notification_of_the_end_of_a_hold_does_not_serve_it(
    bench: Any, before: tuple[dict[str, str], ...]
) -> None:
    """It was up for 0.7 s; the notification that it is not comes half a second late, while a slow read is under way."""
    here = bench()

    async def work(session: Any) -> Any:
        await here.act(here.switch.set, OPER, operSt="down")
        subscription = await here.subscribe(session)
        task = await soon(here.wait(session, subscription="port", until=UP, hold=1.0, timeout=4))
        await here.act(here.switch.set, OPER, operSt="up")
        await until(lambda: subscription.state.objects[OPER].mo.attributes["operSt"] == "up")
        begun = asyncio.get_running_loop().time()
        here.switch.fault("delay-frames", seconds=0.5, count=1 + len(before))
        here.switch.fault("stall", seconds=1.0, path=r"phys\.json", when="after")
        await asyncio.sleep(max(0.0, begun + 0.7 - asyncio.get_running_loop().time()))
        for change in before:
            await here.act(here.switch.set, OPER, **change)
        await here.act(here.switch.set, OPER, operSt="down")
        return await task

    assert not here.run(work)["met"]


def test_a_break_in_the_moment_of_a_reply_is_not_swallowed_with_it(bench: Any) -> None:
    """wait_for of Python 3.11 returns a reply that came together with the cancellation, and forgets that."""
    here = bench()

    async def work(session: Any) -> Any:
        await here.subscribe(session)
        loop, client, struck = asyncio.get_running_loop(), session.talk._client, asyncio.Event()
        plain = client.request

        def break_it() -> None:
            struck.set()
            session.lose("the socket broke in the same moment")

        def request(method: str, target: str, *rest: Any) -> Any:
            """The real reply; then a break, before the loop gets to know of the reply."""
            reply = plain(method, target, *rest)
            if "aaaRefresh" in target and not struck.is_set():
                loop.call_soon_threadsafe(break_it)
            return reply

        client.request = request
        session.talk.token.refresh_at = 0.0
        session.do_chores()
        await asyncio.wait_for(struck.wait(), 5)
        await asyncio.wait_for(recovered(session), 5)

    here.run(work)


def test_pongs_that_nobody_asked_for_do_not_hide_a_half_open_socket(bench: Any) -> None:
    """A heartbeat of the switch or of a proxy (RFC 6455, 5.5.3)."""
    here = bench(timing=replace(FAST, ping=0.05))

    async def work(session: Any) -> Any:
        await here.subscribe(session)
        await heard(session)
        before = session.stream.frames
        for _turn in range(200):
            here.switch.fault("raw-frame", base64="aGI=", opcode="pong")
        await until(lambda: session.stream.frames > before + 150)
        here.switch.fault("drop-websockets", mode="silent")
        await until(lambda: session.reconnects > 0, 3)

    here.run(work)


def test_an_echo_is_not_answered_by_a_pong_that_answers_nothing(bench: Any) -> None:
    here = bench(timing=replace(FAST, echo=0.3))

    async def work(session: Any) -> Any:
        await here.subscribe(session)
        await heard(session)
        here.switch.fault("no-pong")
        pings = session.stream.pings
        asked = asyncio.ensure_future(session.echo())
        await until(lambda: session.stream.pings > pings)
        here.switch.fault("raw-frame", base64="aGI=", opcode="pong")
        with pytest.raises(Unreachable):
            await asked

    here.run(work)


def test_a_subscription_that_is_refused_from_now_on_does_not_hold_up_the_others(bench: Any) -> None:
    here = bench()

    async def work(session: Any) -> Any:
        await here.subscribe(session, "bgp", **{"class": "bgpPeerEntry"})
        await here.act(here.switch.set, OPER, operSt="down")
        task = await soon(here.wait(session, dn=OPER, until=UP, timeout=9))
        refused = await soon(here.wait(session, subscription="bgp", until={"operSt": "no"}, timeout=2))
        here.switch.fault("http-error", status=400, text=ERROR, content_type="application/json", path="bgpPeerEntry")
        await here.act(here.switch.call, in_one(fault("drop-websockets", mode="abrupt"), goes("up")))
        met, late = await task, await refused
        here.switch.fault("clear")
        await until(lambda: session.named("bgp").synced)
        return met, late

    met, late = here.run(work)
    assert met["met"]
    assert late["reason"] == "rejected" and "Unknown class bgpPeerEntry" in late["msg"]


def test_a_task_that_gives_up_does_not_take_the_subscription_of_another_along(bench: Any) -> None:
    here = bench()

    async def work(session: Any) -> Any:
        await session.read(Query(dn=OPER))
        here.switch.fault("stall", seconds=0.3, path="subscription=yes", count=1)
        asked = Query.from_options({"dn": OPER})
        found, _new = session.obtain(asked, "port")
        first = asyncio.ensure_future(session.establish(found))
        again, _new = session.obtain(asked, "port")
        second = asyncio.ensure_future(session.establish(again))
        await until(lambda: found.wanted == 2)
        first.cancel()
        await second
        return again is found, found.synced, session.named("port") is found

    assert here.run(work) == (True, True, True)


def test_a_gap_is_shown_although_the_control_nodes_clock_was_set_back(bench: Any) -> None:
    here = bench()
    offset = [0.0]

    def wall() -> float:
        return time.time() + offset[0]

    async def work(session: Any) -> Any:
        session._shared.wall = wall
        wait = Wait(session, specs.for_mo({"dn": OPER, "until": {"operSt": "down"}, "timeout": 10}), wall)
        task = await soon(wait)
        offset[0] = -3600.0
        here.switch.fault("drop-websockets", mode="abrupt")
        await recovered(session)
        await here.act(here.switch.set, OPER, operSt="down")
        return await task

    result = here.run(work)
    assert result["met"] and result["reconnects"] == 1 and result["gaps"]


@pytest.mark.parametrize("mode", ["abrupt", "clean"])
def test_a_half_open_socket_that_is_reset_late_has_a_gap_since_it_fell_silent(bench: Any, mode: str) -> None:
    """Meanwhile REST answers the refresh of the subscription, which is alive; the changes go nowhere."""
    here = bench(timing=replace(FAST, lifetime=0.3))

    async def work(session: Any) -> Any:
        subscription = await here.subscribe(session)
        await heard(session)
        task = await soon(here.wait(session, subscription="port", until={"operSt": "gone"}, timeout=2))
        here.switch.fault("drop-websockets", mode="silent")
        silent = time.time()
        await here.act(here.switch.set, OPER, operSt="down")
        refreshed = subscription.refreshed_at
        await until(lambda: subscription.refreshed_at > refreshed)
        here.switch.fault("drop-websockets", mode=mode)
        await recovered(session)
        return silent, [gap.wall for gap in subscription.journal.gaps], await task

    silent, gaps, _result = here.run(work)
    assert min(gaps) <= silent
