# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A TLS proxy stands between, and thinks that a silent connection is a dead one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest
from support.bench import FAST, OPER, Bench, until
from support.proxy import Proxy, proxying
from support.trial import DOWN, check_gap, check_seen_once, endure, fault, goes, heard, in_one, recovered, ride, soon


@pytest.fixture
def behind(bench: Callable[..., Bench]) -> Iterator[Callable[..., tuple[Bench, Proxy]]]:
    """A bench whose session sees its switch through a proxy."""
    with ExitStack() as stack:

        def start(idle: float = 60.0, cut: str = "fin", **given: Any) -> tuple[Bench, Proxy]:
            here = bench(**given)
            proxy = stack.enter_context(proxying((here.switch.host, here.switch.port), idle, cut))
            here.options = replace(here.options, port=proxy.port, use_ssl=True, ca_path=proxy.ca_path)
            return here, proxy

        yield start


def test_pings_keep_a_socket_from_being_idle(behind: Any) -> None:
    """REST's kept connection is cut meanwhile; what is asked next is asked again, unnoticed."""
    here, proxy = behind(idle=0.25, timing=replace(FAST, ping=0.05))

    async def work(session: Any) -> Any:
        task = await soon(here.wait(session, dn=OPER, until=DOWN, timeout=15))
        await until(lambda: proxy.cuts >= 1)
        other = await here.wait(session, dn=OPER, until={"operSt": "up"}, timeout=15).run()
        await here.act(here.switch.call, goes("down"))
        return other, await task

    other, result = endure(here, work)
    assert other["met"] and result["met"] and not result["gaps"] and not other["gaps"]
    check_seen_once(result, "notification")


@pytest.mark.parametrize("cut", ["fin", "rst"])
def test_a_socket_cut_for_its_silence_again_and_again(behind: Any, cut: str) -> None:
    """The proxy is less patient than our pings: a gap each time, one login in all, nothing lost."""
    here, _proxy = behind(idle=0.2, cut=cut, timing=replace(FAST, most_delay=0.1))

    async def work(session: Any) -> Any:
        task = await soon(here.wait(session, dn=OPER, until=DOWN, timeout=15))
        await recovered(session, 2)
        assert not task.done()
        here.switch.fault("lose-frames")
        await here.act(here.switch.call, goes("down"))
        return await task

    result = endure(here, work)
    assert result["met"] and 2 <= result["reconnects"] <= 4
    check_gap(result)
    check_seen_once(result)


def test_a_socket_that_a_firewall_has_forgotten(behind: Any) -> None:
    """Neither FIN nor RST, and nothing arrives any more: pings find out."""
    quick = {"request_timeout": 0.3}
    here, proxy = behind(idle=0.3, cut="forgotten", timing=replace(FAST, ping=0.4), given=quick)

    async def work(session: Any) -> Any:
        task = await soon(here.wait(session, dn=OPER, until=DOWN, timeout=15))
        await heard(session)
        await until(lambda: proxy.cuts >= 2)
        proxy.idle = 60.0
        await here.act(here.switch.call, goes("down"))
        return await task

    result = endure(here, work)
    assert result["met"]
    check_gap(result, "no answer to pings")
    check_seen_once(result)


@pytest.mark.parametrize("mode", ["clean", "abrupt", "eof"])
def test_a_drop_behind_the_proxy(behind: Any, mode: str) -> None:
    here, _proxy = behind()
    endure(here, lambda session: ride(here, session, fault("drop-websockets", mode=mode)))


def test_a_reload_behind_the_proxy(behind: Any) -> None:
    """The proxy itself stays, and answers 502 for the switch that is gone."""
    here, proxy = behind()

    async def work(session: Any) -> Any:
        task = await soon(here.wait(session, dn=OPER, until=DOWN, timeout=15))
        away = in_one(fault("drop-websockets", mode="abrupt"), goes("down"), fault("reload", seconds=0.4))
        await here.act(here.switch.call, away)
        await until(lambda: proxy.pages >= 3)
        assert not task.done()
        return await task

    result = endure(here, work, logins=2)
    assert result["met"]
    check_gap(result)
    check_seen_once(result)


def test_a_proxy_before_a_switch_that_is_still_away(behind: Any) -> None:
    """First contact is a page of the proxy: waited out."""
    here, proxy = behind()
    here.switch.fault("reload", seconds=1.0)

    async def work(session: Any) -> Any:
        await until(lambda: here.switch.stats()["reloading"])
        task = asyncio.ensure_future(here.wait(session, dn=OPER, until={"operSt": "up"}, timeout=15).run())
        return await task

    assert endure(here, work)["met"] and proxy.pages >= 1
