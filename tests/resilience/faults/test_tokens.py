# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The switch no longer knows the session: it ran out, was ended, is one too many, or has lost its socket."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from support.bench import FAST, OPER, until
from support.trial import (
    DOWN,
    OTHER,
    check_gap,
    check_seen_once,
    endure,
    fault,
    goes,
    in_one,
    recovered,
    ride,
    soon,
)

SHORT = replace(FAST, lifetime=0.3)
"""Subscriptions are refreshed every 0.1 s: that is where an ended token shows."""


@pytest.mark.parametrize("close", ["1000", "1008", "eof", "reset"])
def test_a_wait_lives_through_sessions_that_the_switch_ends(bench: Any, close: str) -> None:
    here = bench(session_end_close=close)
    endure(here, lambda session: ride(here, session, fault("expire-tokens")), logins=3)


def test_a_token_revoked_under_an_open_socket_is_found_out_by_the_refresh(bench: Any) -> None:
    """The socket goes on delivering; what the switch says next is 403, also to aaaRefresh."""
    here = bench(timing=SHORT)
    revoked = fault("expire-tokens", sockets="keep")
    endure(here, lambda session: ride_revoked(here, session, revoked), logins=2, sessions_left=1)


async def ride_revoked(here: Any, session: Any, strike: Any) -> None:
    """No gap before it is found out, and nothing lost while it is made good."""
    task = await soon(here.wait(session, dn=OPER, until={"operSt": "up", "operStQual": "loopback"}, timeout=15))
    await here.act(here.switch.call, in_one(strike, goes("down")))
    await recovered(session)
    await here.act(here.switch.set, OPER, operSt="up", operStQual="loopback")
    result = await task
    assert result["met"] and result["reconnects"] == 1
    check_gap(result)
    assert [row["to"] for row in result["transitions"] if row["attribute"] == "operSt"] == ["down", "up"]


def test_a_token_that_runs_out_is_replaced_in_time(bench: Any) -> None:
    """A wait that is longer than several tokens: refreshed each, no login, no gap."""
    here = bench(session_timeout=0.4, old_token="invalid")

    async def work(session: Any) -> Any:
        task = await soon(here.wait(session, dn=OPER, until=DOWN, timeout=15))
        await until(lambda: here.switch.stats()["refreshes"]["token"] >= 4)
        await here.act(here.switch.call, goes("down"))
        return await task

    result = endure(here, work)
    assert result["met"] and not result["gaps"]


@pytest.mark.parametrize("how", ["lose-replies", "http-error", "stall"])
def test_a_token_whose_refresh_fails_costs_one_login_a_token(bench: Any, how: str) -> None:
    """The reply is lost, refused with 503, or later than the request's patience."""
    here = bench(session_timeout=0.8, given={"request_timeout": 0.2})
    options = {"status": 503} if how == "http-error" else {"seconds": 0.5} if how == "stall" else {}

    async def work(session: Any) -> Any:
        task = await soon(here.wait(session, dn=OPER, until=DOWN, timeout=15))
        here.switch.fault(how, path="aaaRefresh", count=3, **options)
        await recovered(session)
        assert not task.done()
        await here.act(here.switch.call, goes("down"))
        return await task

    result = endure(here, work, logins=2, sessions_left=1)
    assert result["met"] and result["reconnects"] == 1
    check_gap(result, "token could not be refreshed")


@pytest.mark.parametrize("status", [400, 429, 503])
def test_the_session_limit_is_waited_out(bench: Any, status: int) -> None:
    """Somebody else has our place after our session was ended; we get in when he leaves. No source says by which status."""
    here = bench(max_sessions=1, session_limit_status=status)

    async def work(session: Any) -> Any:
        task = await soon(here.wait(session, dn=OPER, until=DOWN, timeout=15))
        rival: list[Any] = []
        await here.act(
            here.switch.call,
            in_one(
                fault("expire-tokens"),
                lambda switch: rival.append(switch.sessions.open("admin", False, 0.0, False)),
                goes("down"),
            ),
        )
        await until(lambda: here.switch.stats()["requests"]["by"]["POST aaaLogin"].get(str(status), 0) >= 3)
        assert not task.done() and not session.failed
        await here.act(here.switch.call, lambda switch: switch.sessions.end(rival[0]))
        return await task

    result = endure(here, work, logins=2)
    assert result["met"]
    check_gap(result)
    check_seen_once(result)


def test_the_session_limit_at_first_contact_is_told_at_the_deadline(bench: Any) -> None:
    here = bench(max_sessions=1)
    here.switch.call(lambda switch: switch.sessions.open("admin", False, 0.0, False))

    async def work(session: Any) -> Any:
        return await here.wait(session, dn=OPER, until=DOWN, timeout=0.5).run()

    result = endure(here, work, sessions_left=1)
    assert result["reason"] == "unreachable" and "Maximum number of sessions" in result["msg"]


@pytest.mark.parametrize("page", [True, False])
def test_403_in_the_middle_of_a_run_costs_one_refresh_or_one_login(bench: Any, page: bool) -> None:
    """403 to whatever is asked, as NX-API says it or as a page of nginx, for a moment."""
    here = bench(timing=SHORT)
    text = '{"imdata":[{"error":{"attributes":{"code":"403","text":"Token was invalid (Error: Token timeout)"}}}]}'
    options = {"status": 403, "count": 2, **({} if page else {"text": text})}

    async def work(session: Any) -> Any:
        task = await soon(here.wait(session, dn=OPER, until=DOWN, timeout=15))
        here.switch.fault("http-error", **options)
        await recovered(session)
        assert not task.done()
        await here.act(here.switch.call, goes("down"))
        return await task

    assert endure(here, work, logins=2, sessions_left=1)["met"]


def test_one_403_that_a_new_token_cures_is_not_even_a_gap(bench: Any) -> None:
    here = bench(timing=SHORT)
    text = '{"imdata":[{"error":{"attributes":{"code":"403","text":"Token was invalid (Error: Token timeout)"}}}]}'

    async def work(session: Any) -> Any:
        task = await soon(here.wait(session, dn=OPER, until=DOWN, timeout=15))
        here.switch.fault("http-error", status=403, text=text, count=1)
        await until(lambda: here.switch.stats()["refreshes"]["token"] == 1)
        before = here.switch.stats()["refreshes"]["subscription"]
        await until(lambda: here.switch.stats()["refreshes"]["subscription"] > before)
        await here.act(here.switch.call, goes("down"))
        return await task

    result = endure(here, work)
    assert result["met"] and not result["gaps"] and not result["reconnects"]


def test_403_to_one_object_for_ever_is_no_login_loop(bench: Any) -> None:
    """A right that was taken away in the middle of a run: the wait ends by its deadline, the switch is spared."""
    here = bench()
    refusal = '{"imdata":[{"error":{"attributes":{"code":"403","text":"no privilege"}}}]}'

    async def work(session: Any) -> Any:
        task = await soon(here.wait(session, dn=OPER, until=DOWN, timeout=1.0))
        here.switch.fault("http-error", status=403, text=refusal, path=r"phys\.json")
        here.switch.fault("drop-websockets", mode="abrupt")
        return await task

    result = endure(here, work, logins=2)
    assert result["reason"] == "forbidden" and "no privilege" in result["msg"] and result["elapsed"] >= 1.0


def test_405_without_a_socket_needs_a_new_login_not_only_a_new_socket(bench: Any) -> None:
    """acitoolkit #259: the switch has lost which socket is whose; subscribing says so, refreshes and frames do not."""
    here = bench()

    async def work(session: Any) -> Any:
        task = await soon(here.wait(session, dn=OPER, until=DOWN, timeout=15))
        await here.act(here.switch.call, in_one(fault("unlink-sockets"), goes("down")))
        second = await here.wait(session, dn=OTHER, until={"operSt": "up"}, timeout=15).run()
        return await task, second

    first, second = endure(here, work, logins=2)
    assert first["met"] and second["met"]
    check_gap(first, "unable to locate opened web socket")
    check_seen_once(first)


def test_405_again_and_again_at_a_reconnect_is_one_login_each(bench: Any) -> None:
    here = bench()
    text = '{"imdata":[{"error":{"attributes":{"code":"405","text":"unable to locate opened web socket"}}}]}'

    async def work(session: Any) -> Any:
        task = await soon(here.wait(session, dn=OPER, until=DOWN, timeout=15))
        here.switch.fault("http-error", status=405, text=text, path="subscription=yes", count=2)
        await here.act(here.switch.call, in_one(fault("drop-websockets", mode="abrupt"), goes("down")))
        return await task

    result = endure(here, work, logins=3)
    assert result["met"]
    check_seen_once(result)


@pytest.mark.parametrize("answer", ["401", "403", "accept-drop"])
def test_a_token_that_ended_while_nobody_looked_is_refused_at_the_upgrade(bench: Any, answer: str) -> None:
    """The session ended during a reload of the web server: the new socket is refused, however the switch does that."""
    here = bench(bad_token_upgrade=answer)
    strike = in_one(fault("drop-websockets", mode="abrupt"), fault("expire-tokens"))
    endure(here, lambda session: ride(here, session, strike), logins=3)


def test_many_waits_at_an_ended_session_make_one_login(bench: Any) -> None:
    here = bench()

    async def work(session: Any) -> Any:
        ports = ["sys/intf/phys-[eth1/%d]/phys" % number for number in range(1, 11)]
        tasks = [await soon(here.wait(session, dn=dn, until=DOWN, timeout=15)) for dn in ports]
        await here.act(here.switch.call, in_one(fault("expire-tokens"), *(goes("down", dn) for dn in ports)))
        return await asyncio.gather(*tasks)

    results = endure(here, work, logins=2)
    assert all(result["met"] for result in results)
    for result in results:
        check_seen_once(result)
