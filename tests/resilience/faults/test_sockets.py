# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The WebSocket drops, in every way and at every moment: one way back, no change lost, no second login."""

from __future__ import annotations

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
    heard,
    in_one,
    recovered,
    ride,
    soon,
)

MODES = ("clean", "abrupt", "silent", "eof", "mid-frame")
PINGING = replace(FAST, ping=0.05)
"""Silence is found out by pings alone."""

REASONS = {
    "clean": "closed the WebSocket",
    "abrupt": "reset",
    "silent": "no answer to pings",
    "eof": "dropped the connection",
    "mid-frame": "dropped the connection",
}


@pytest.mark.parametrize("mode", MODES)
def test_a_wait_lives_through_a_socket_that_drops(bench: Any, mode: str) -> None:
    here = bench(timing=PINGING)
    endure(here, lambda session: ride(here, session, fault("drop-websockets", mode=mode), REASONS[mode]))


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("mode", MODES)
def test_a_socket_that_drops_before_the_subscribe_reply(bench: Any, mode: str, when: str) -> None:
    """The switch is asked for a subscription on a socket that is gone: it may even say so (405, a new login). Or it
    has made one already, whose id dies with the socket while the reply is on its way."""
    here = bench(timing=PINGING)

    async def work(session: Any) -> Any:
        await here.subscribe(session, "other", dn=OTHER)
        await heard(session)
        drop = {"drop-websockets": {"mode": mode}}
        here.switch.fault("arm", path=r"eth1/1\].*subscription=yes", when=when, fault=drop)
        here.switch.fault("stall", path=r"eth1/1\].*subscription=yes", when=when, seconds=0.05, count=1)
        task = await soon(here.wait(session, dn=OPER, until=DOWN, timeout=15))
        await recovered(session)
        assert not task.done()
        await here.act(here.switch.call, goes("down"))
        return await task

    result = endure(here, work, logins=2)
    assert result["met"]
    check_seen_once(result, "notification")


@pytest.mark.parametrize("mode", MODES)
def test_a_socket_that_drops_between_subscribe_and_read(bench: Any, mode: str) -> None:
    here = bench(timing=PINGING)

    async def work(session: Any) -> Any:
        await here.subscribe(session, "other", dn=OTHER)
        await heard(session)
        drop = {"drop-websockets": {"mode": mode}}
        here.switch.fault("arm", path=r"eth1/1\].*phys\.json$", when="before", fault=drop)
        task = await soon(here.wait(session, dn=OPER, until=DOWN, timeout=15))
        await recovered(session)
        assert not task.done()
        await here.act(here.switch.call, goes("down"))
        return await task

    result = endure(here, work)
    assert result["met"]
    check_seen_once(result, "notification")


@pytest.mark.parametrize("mode", MODES)
def test_a_change_between_the_read_and_the_drop_is_not_lost(bench: Any, mode: str) -> None:
    """The read's reply says up; the port goes down before the reply has left, and so does the socket."""
    here = bench(timing=PINGING)

    async def work(session: Any) -> Any:
        await here.subscribe(session, "other", dn=OTHER)
        await heard(session)
        both = {"drop-websockets": {"mode": mode}, "change": {"set": {"dn": OPER, "attributes": {"operSt": "down"}}}}
        here.switch.fault("arm", path=r"eth1/1\].*phys\.json$", when="after", fault=both)
        return await here.wait(session, dn=OPER, until=DOWN, timeout=15).run()

    assert endure(here, work)["met"]


@pytest.mark.parametrize("mode", MODES)
def test_a_socket_that_drops_during_a_frame(bench: Any, mode: str) -> None:
    """Half of the notification that would have ended the wait is there, the rest never comes."""
    half = b'\x81\x7e\x01\x00{"subscriptionId":["18374686685813276673"],"imdata":[{"ethpmPhysIf": {"attributes": {'
    here = bench(timing=PINGING)
    strike = in_one(
        lambda switch: [socket._transport.write(half) for socket in switch.sockets()],
        fault("drop-websockets", mode=mode),
    )
    endure(here, lambda session: ride(here, session, strike))


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("mode", MODES)
def test_a_socket_that_drops_during_a_refresh(bench: Any, mode: str, when: str) -> None:
    """The refresh is answered 400 (its id died with the socket) or well, just before the socket is gone."""
    here = bench(timing=replace(PINGING, lifetime=0.6))

    async def work(session: Any) -> Any:
        task = await soon(here.wait(session, dn=OPER, until=DOWN, timeout=15))
        await heard(session)
        both = {"drop-websockets": {"mode": mode}, "change": {"set": {"dn": OPER, "attributes": {"operSt": "down"}}}}
        await here.act(here.switch.fault, "arm", path="subscriptionRefresh", when=when, fault=both)
        return await task

    result = endure(here, work)
    assert result["met"] and result["reconnects"] == 1
    check_gap(result)
    check_seen_once(result)


def test_half_open_from_the_first_moment_is_found_out_on_a_switch_that_answers_pings(bench: Any) -> None:
    """The first ping goes out with the socket, so that an answer is on record early."""
    here = bench(timing=replace(FAST, ping=0.3))

    async def work(session: Any) -> Any:
        task = await soon(here.wait(session, dn=OPER, until=DOWN, timeout=15))
        await until(lambda: session.stream.pongs == 1, 0.25)
        await here.act(here.switch.call, in_one(fault("drop-websockets", mode="silent"), goes("down")))
        return await task

    result = endure(here, work)
    check_gap(result, "no answer to pings")
    check_seen_once(result)


def test_many_drops_in_a_row_cost_no_login_and_no_change(bench: Any) -> None:
    here = bench()

    async def work(session: Any) -> Any:
        subscription = await here.subscribe(session)
        for turn in range(6):
            value = "down" if turn % 2 == 0 else "up"
            mode = MODES[turn % 2]
            await here.act(here.switch.call, in_one(fault("drop-websockets", mode=mode), goes(value)))
            await recovered(session, turn + 1)
        return [*subscription.journal.notifications(0)]

    steps = endure(here, work)
    assert [step.carried["operSt"] for step in steps] == ["down", "up"] * 3
    assert {step.origin for step in steps} == {"resync"}
