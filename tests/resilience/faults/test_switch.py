# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The switch itself is in trouble: busy, restarting its web server, reloading, slow, or with a clock that jumps."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from support.bench import FAST, OPER, until
from support.trial import DOWN, OTHER, check_gap, check_seen_once, endure, fault, goes, in_one, recovered, ride, soon

PORTS = ["sys/intf/phys-[eth1/%d]/phys" % number for number in range(1, 9)]


def test_503_while_busy_costs_no_login(bench: Any) -> None:
    """Every request is refused for a while, in the middle of a wait and at a reconnect."""
    here = bench(timing=replace(FAST, lifetime=0.3))
    busy = in_one(fault("http-error", status=503, count=4), fault("drop-websockets", mode="abrupt"))
    endure(here, lambda session: ride(here, session, busy))


def test_503_to_a_refresh_alone_is_not_even_a_gap(bench: Any) -> None:
    here = bench(timing=replace(FAST, lifetime=0.6))

    async def work(session: Any) -> Any:
        task = await soon(here.wait(session, dn=OPER, until=DOWN, timeout=15))
        here.switch.fault("http-error", status=503, path="subscriptionRefresh", count=3)
        await until(lambda: here.switch.stats()["refreshes"]["subscription"] >= 1)
        await here.act(here.switch.call, goes("down"))
        return await task

    result = endure(here, work)
    assert result["met"] and not result["gaps"]


def test_503_at_first_contact_is_waited_out(bench: Any) -> None:
    here = bench()
    here.switch.fault("http-error", status=503, count=5)

    async def work(session: Any) -> Any:
        return await here.wait(session, dn=OPER, until={"operSt": "up"}, timeout=15).run()

    assert endure(here, work)["met"]


def test_a_second_task_is_luckier_than_the_first(bench: Any) -> None:
    """What answers at first contact is no NX-API: the task fails at once. The next one asks anew."""
    here = bench()
    here.switch.fault("http-error", status=404)

    async def work(session: Any) -> Any:
        first = await here.wait(session, dn=OPER, until={"operSt": "up"}, timeout=15).run()
        here.switch.fault("clear")
        return first, await here.wait(session, dn=OPER, until={"operSt": "up"}, timeout=15).run()

    first, second = endure(here, work)
    assert first["reason"] == "not_nxapi" and second["met"], second


@pytest.mark.parametrize("status", [502, 503, 404])
def test_nginx_restarts(bench: Any, status: int) -> None:
    """All sockets drop, then nginx is up before what it stands for: pages of HTML, even 404, which looks like no NX-API."""
    here = bench(timing=replace(FAST, first_delay=0.02, most_delay=0.1))
    restart = in_one(fault("http-error", status=status, duration=0.3), fault("drop-websockets", mode="eof"))
    # A 404 to the WebSocket looks like a refused token, and a logout does not get through: a new login each time.
    more = 2 if status == 404 else 0
    endure(here, lambda session: ride(here, session, restart), logins=1 + more, sessions_left=more)


@pytest.mark.parametrize("boot", ["ready", "gradual"])
def test_a_wait_lives_through_a_full_reload(bench: Any, boot: str) -> None:
    """Port closed, sessions gone, ids from the beginning; the MOs are made anew, one by one."""
    here = bench()

    async def work(session: Any) -> Any:
        task = await soon(here.wait(session, dn=OPER, until=DOWN, timeout=15))
        here.switch.fault("reload", seconds=0.3, boot=boot, interval=0.0005)
        await until(lambda: not session.connected)
        await until(lambda: here.switch.stats()["reloads"] == 1)
        await recovered(session)
        await until(lambda: here.switch.call(lambda switch: switch.tree.get(OPER)) is not None)
        assert not task.done(), "it came back up"
        await here.act(here.switch.call, goes("down"))
        return await task

    result = endure(here, work, logins=2, sessions_left=0)
    assert result["met"]
    check_gap(result)


def test_a_reload_is_over_for_a_class_only_when_all_that_was_there_is_back(bench: Any) -> None:
    """`match: all` over a gradual boot: the first port to come up is not all of them."""
    here = bench(link_delay=0.02)

    async def work(session: Any) -> Any:
        names = ["Ethernet1/%d" % number for number in range(1, 9)]
        subscription = await here.subscribe(session, "ports", **{"class": "ethpmPhysIf"})
        before = len(subscription.state.objects)
        wait = here.wait(
            session, subscription="ports", until={"operSt": ["up", "down"]}, after_reconnect=True, timeout=15
        )
        task = asyncio.ensure_future(wait.run())
        single = asyncio.ensure_future(
            here.wait(session, name=names, state="up", after_reconnect=True, timeout=15).run()
        )
        await until(lambda: wait.judge.first_read_at is not None)
        here.switch.fault("reload", seconds=0.2, boot="gradual", interval=0.002)
        result = await task
        held = here.switch.call(lambda switch: sum(1 for mo in switch.tree if mo.cls == "ethpmPhysIf"))
        return before, result, held, await single

    before, result, held, single = endure(here, work, logins=2)
    assert result["met"] and result["total"] == before == held
    assert single["met"] and single["matched"]["count"] == 8


@pytest.mark.parametrize(("refusals", "reason"), [(1, ""), (2, ""), (3, "login")])
def test_aaa_that_comes_up_late_after_a_reload(bench: Any, refusals: int, reason: str) -> None:
    """The port is open before the switch knows its users: the password that it took earlier is tried twice more."""
    here = bench()

    async def work(session: Any) -> Any:
        task = await soon(here.wait(session, dn=OPER, until=DOWN, timeout=15))
        reload = fault("reload", seconds=0.2, then={"reject-login": {"count": refusals}})
        away = in_one(fault("drop-websockets", mode="abrupt"), goes("down"), reload)
        await here.act(here.switch.call, away)
        return await task

    result = endure(here, work, logins=1 + refusals + (not reason))
    assert here.switch.stats()["logins"]["refused"] == refusals
    if reason:
        assert result["reason"] == reason and result["elapsed"] < 10
    else:
        check_gap(result)
        check_seen_once(result)


def test_a_link_that_is_slow_after_the_reload_is_waited_for(bench: Any) -> None:
    here = bench(link_delay=0.3)

    async def work(session: Any) -> Any:
        await here.subscribe(session)
        wait = here.wait(session, subscription="port", until={"operSt": "up"}, after_reconnect=True, timeout=15)
        task = await soon(wait)
        here.switch.fault("reload", seconds=0.2, links="bounce")
        await recovered(session)
        assert not task.done() or here.switch.call(lambda switch: switch.tree.get(OPER).attributes["operSt"]) == "up"
        return await task

    result = endure(here, work, logins=2)
    assert result["met"]
    assert [row["to"] for row in result["transitions"] if row["attribute"] == "operSt"] == ["link-up", "up"] or (
        [row["to"] for row in result["transitions"] if row["attribute"] == "operSt"][-1] == "up"
    )


@pytest.mark.parametrize("offset", [-86400, -5, 86400])
def test_the_switch_s_clock_jumps(bench: Any, offset: int) -> None:
    """Back a day, a little, forward a day and back again: reads, but no gap and no wrong order."""
    here = bench()

    async def work(session: Any) -> Any:
        subscription = await here.subscribe(session)
        await here.act(here.switch.call, goes("down"))
        await until(lambda: subscription.journal.listed == 1)
        task = await soon(here.wait(session, subscription="port", until={"operSt": "up"}, timeout=15))
        here.switch.fault("clock", offset=offset)
        await here.act(here.switch.set, OPER, operStQual="link-failure")
        await until(lambda: subscription.journal.listed == 2 and not subscription.state.suspects)
        assert not task.done()
        here.switch.fault("clock", offset=0)
        await here.act(here.switch.call, goes("up"))
        return await task

    result = endure(here, work)
    assert result["met"] and not result["gaps"]
    assert [row["to"] for row in result["transitions"] if row["attribute"] == "operSt"] == ["up"]


def test_a_switch_that_never_answers_pings_keeps_its_socket(bench: Any) -> None:
    here = bench(timing=replace(FAST, ping=0.02), no_pong=True)

    async def work(session: Any) -> Any:
        task = await soon(here.wait(session, dn=OPER, until=DOWN, timeout=15))
        await until(lambda: here.switch.stats()["pings"] >= 8)
        await here.act(here.switch.call, goes("down"))
        return await task

    result = endure(here, work)
    assert result["met"] and not result["gaps"] and not result["reconnects"]
    assert here.switch.stats()["sockets"]["opened"] == 1


def test_a_slow_switch_gets_all_its_subscriptions_back(bench: Any) -> None:
    """Subscribing to all takes longer than one lives: those made first are refreshed while the last are made."""
    here = bench(timing=replace(FAST, lifetime=0.9), subscription_timeout=0.9)

    async def work(session: Any) -> Any:
        subscriptions = [await here.subscribe(session, dn, dn=dn) for dn in PORTS]
        before = here.switch.stats()["subscriptions"]["created"]
        here.switch.fault("stall", path="subscription=yes", seconds=0.2)
        here.switch.fault("drop-websockets", mode="abrupt")
        await recovered(session)
        await here.act(here.switch.call, lambda switch: [goes("down", dn)(switch) for dn in PORTS])
        await until(lambda: all(subscription.journal.listed == 1 for subscription in subscriptions), 3)
        return here.switch.stats()["subscriptions"]["created"] - before, session.reconnects

    made, reconnects = endure(here, work)
    assert made == len(PORTS) and reconnects == 1


def test_many_waits_on_a_slow_switch_do_not_starve_the_refresh(bench: Any) -> None:
    """Each wait reads for itself; those that ask at the same time share a read, and the refresh gets its turn."""
    here = bench(timing=replace(FAST, lifetime=0.9), subscription_timeout=0.9, reply_delay=0.05)

    async def work(session: Any) -> Any:
        subscription = await here.subscribe(session)
        waits = [here.wait(session, subscription="port", until=DOWN, timeout=15) for _unused in range(60)]
        tasks = [asyncio.ensure_future(wait.run()) for wait in waits]
        await until(lambda: all(wait.judge.first_read_at is not None for wait in waits))
        await here.act(here.switch.call, goes("down"))
        results = await asyncio.gather(*tasks)
        return results, list(subscription.journal.gaps)

    results, gaps = endure(here, work)
    assert all(result["met"] for result in results) and not gaps
    assert here.requests("mo") < 10


def test_each_reply_slow_and_the_change_in_the_middle_of_it(bench: Any) -> None:
    """Notifications overtake the replies of a slow switch, at the start and after each break."""
    here = bench(reply_delay=0.1)
    endure(here, lambda session: ride(here, session, fault("drop-websockets", mode="eof")))


def test_two_switches_one_away(bench: Any) -> None:
    """A switch that is gone does not hold up a wait on another."""
    gone, here = bench(), bench()
    gone.ledger, gone.executor = here.ledger, here.executor

    async def work(session: Any) -> Any:
        other = gone.session()
        try:
            await gone.subscribe(other)
            gone.switch.fault("reload", seconds=30)
            stuck = asyncio.ensure_future(gone.wait(other, dn=OTHER, until=DOWN, timeout=15).run())
            task = await soon(here.wait(session, dn=OPER, until=DOWN, timeout=15))
            await here.act(here.switch.call, goes("down"))
            result = await task
            assert not stuck.done()
            stuck.cancel()
            await asyncio.wait([stuck])
        finally:
            await other.close()
        return result

    result = endure(here, work)
    assert result["met"] and result["elapsed"] < 5
    check_seen_once(result, "notification")
