# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""subscriptionRefresh: refused in every way that nobody has documented, late, and lost."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from support.bench import FAST, OPER, until
from support.trial import DOWN, check_gap, check_seen_once, endure, fault, goes, in_one, recovered, soon

SHORT = replace(FAST, lifetime=0.3)
REFUSALS = ("400", "403", "404", "405", "200-error", "200-object")


def logins_for(refusal: str) -> int:
    """405 says that the switch has lost our socket: nothing but a new login helps."""
    return 2 if refusal == "405" else 1


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_subscription_that_lapsed_is_made_anew_and_what_was_missed_is_shown(bench: Any, refusal: str) -> None:
    """The switch has let it go without a word; the port goes down unheard; the next refresh tells."""
    here = bench(timing=SHORT, refresh_error=refusal)

    async def work(session: Any) -> Any:
        task = await soon(here.wait(session, dn=OPER, until=DOWN, timeout=15))
        await here.act(here.switch.call, in_one(fault("expire-subscriptions"), goes("down")))
        return await task

    result = endure(here, work, logins_for(refusal))
    assert result["met"] and result["elapsed"] < 5
    check_gap(result, "refresh refused")
    check_seen_once(result)


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refresh_refused_by_mistake_costs_a_gap_and_nothing_else(bench: Any, refusal: str) -> None:
    """403 alone means an old token first: it is refreshed and the refresh sent again."""
    here = bench(timing=SHORT)

    async def work(session: Any) -> Any:
        task = await soon(here.wait(session, dn=OPER, until=DOWN, timeout=15))
        here.switch.fault("reject-refresh", mode=refusal, count=2 if refusal == "403" else 1)
        await recovered(session)
        assert not task.done()
        await here.act(here.switch.call, goes("down"))
        return await task

    result = endure(here, work, logins_for(refusal))
    assert result["met"] and result["reconnects"] == 1
    check_gap(result, "refresh refused")
    check_seen_once(result, "notification")


def test_refreshes_that_are_refused_again_and_again_do_not_hammer_the_switch(bench: Any) -> None:
    here = bench(timing=replace(SHORT, first_delay=0.05, most_delay=0.2))

    async def work(session: Any) -> Any:
        here.switch.fault("reject-refresh", mode="400")
        return await here.wait(session, dn=OPER, until=DOWN, timeout=1.5).run()

    result = endure(here, work)
    assert result["reason"] in ("timeout", "unreachable")
    assert here.switch.stats()["sockets"]["opened"] <= 16


@pytest.mark.parametrize("count", [1, 2])
def test_a_lost_refresh_reply_is_asked_for_again(bench: Any, count: int) -> None:
    """It was carried out, or not; nobody knows; there is time to ask again."""
    here = bench(timing=replace(SHORT, lifetime=0.9))

    async def work(session: Any) -> Any:
        task = await soon(here.wait(session, dn=OPER, until=DOWN, timeout=15))
        here.switch.fault("lose-replies", path="subscriptionRefresh", count=count)
        before = here.switch.stats()["refreshes"]["subscription"]
        await until(lambda: here.switch.stats()["refreshes"]["subscription"] >= before + count + 1)
        await here.act(here.switch.call, goes("down"))
        return await task

    result = endure(here, work)
    assert result["met"] and not result["gaps"]


def test_a_late_refresh_reply_is_no_gap_while_there_is_time(bench: Any) -> None:
    here = bench(timing=replace(SHORT, lifetime=1.5), subscription_timeout=1.5, given={"request_timeout": 0.2})

    async def work(session: Any) -> Any:
        task = await soon(here.wait(session, dn=OPER, until=DOWN, timeout=15))
        here.switch.fault("stall", path="subscriptionRefresh", seconds=0.3, count=1)
        before = here.switch.stats()["refreshes"]["subscription"]
        await until(lambda: here.switch.stats()["refreshes"]["subscription"] >= before + 2)
        await here.act(here.switch.call, goes("down"))
        return await task

    result = endure(here, work)
    assert result["met"] and not result["gaps"]


@pytest.mark.parametrize("how", ["stall", "lose-replies"])
def test_refresh_replies_that_stay_away_for_a_lifetime_are_a_gap(bench: Any, how: str) -> None:
    here = bench(timing=SHORT, given={"request_timeout": 0.1})
    options = {"seconds": 0.3} if how == "stall" else {}

    async def work(session: Any) -> Any:
        task = await soon(here.wait(session, dn=OPER, until=DOWN, timeout=15))
        here.switch.fault(how, path="subscriptionRefresh", **options)
        await until(lambda: session.reconnects >= 1)
        assert not task.done()
        here.switch.fault("clear")
        await recovered(session)
        await here.act(here.switch.call, goes("down"))
        return await task

    result = endure(here, work)
    assert result["met"]
    check_gap(result, "could not be refreshed in time")


def test_a_notification_is_not_held_up_by_a_refresh_that_hangs(bench: Any) -> None:
    here = bench(timing=replace(SHORT, lifetime=1.5))

    async def work(session: Any) -> Any:
        task = await soon(here.wait(session, dn=OPER, until=DOWN, timeout=15))
        begun = here.switch.call(lambda switch: switch.stats.requests.total())
        here.switch.fault("stall", path="subscriptionRefresh", when="before", seconds=1.0, count=1)
        await until(lambda: not here.switch.call(lambda switch: switch.rules.report()))
        assert begun and here.switch.stats()["refreshes"]["subscription"] == 0
        await here.act(here.switch.call, goes("down"))
        result = await task
        assert here.switch.stats()["refreshes"]["subscription"] == 0
        return result

    assert endure(here, work)["met"]
