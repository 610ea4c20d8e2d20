# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A password is refused only so often, in all: over sessions, switches, and the listeners of one run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.errors import LoginRefused
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.logins import LoginLedger
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.query import Query
from support.bench import FAST, OPER, Bench, until

MOST = 3
"""Tries with a password that the switch took earlier: one, and at most twice more."""


def refused(here: Bench) -> int:
    return int(here.switch.stats()["logins"]["refused"])


@pytest.fixture
def late(bench: Callable[..., Bench], tmp_path: Path) -> Callable[[], Bench]:
    """A bench whose ledger writes to a folder, as the listener's does."""

    def start() -> Bench:
        here = bench()
        here.ledger = LoginLedger(str(tmp_path), FAST.login_pause)
        return here

    return start


def test_a_killed_listener_does_not_begin_to_count_anew(late: Any, tmp_path: Path) -> None:
    """Accepted, refused after a reload, listener killed, the next one asks: still no more than three refusals."""
    here = late()

    async def work(session: Any) -> None:
        await here.subscribe(session)
        here.switch.fault("reject-login")
        here.switch.fault("expire-tokens")
        await until(lambda: " late " in (tmp_path / "logins").read_text())

    here.run(work)
    before = refused(here)
    assert 1 <= before < MOST
    here.ledger = LoginLedger(str(tmp_path), FAST.login_pause)
    here.executor = type(here.executor)(16)

    async def next_listener(session: Any) -> None:
        with pytest.raises(LoginRefused):
            await session.read(Query(dn=OPER), patient=True)
        with pytest.raises(LoginRefused):
            await session.read(Query(dn=OPER), patient=True)

    here.run(next_listener)
    assert refused(here) == MOST


def test_two_sessions_of_one_switch_share_the_tries(late: Any) -> None:
    """Other connection options make another session, but the account is the same."""
    here = late()

    async def work(session: Any) -> None:
        other = here.session(request_timeout=4.0)
        try:
            await asyncio.gather(here.subscribe(session), here.subscribe(other))
            here.switch.fault("reject-login")
            here.switch.fault("expire-tokens")
            await until(lambda: session.failed and other.failed)
        finally:
            await other.close()

    here.run(work)
    assert refused(here) == MOST


def test_the_tries_are_apart_whichever_session_makes_them(bench: Callable[..., Bench]) -> None:
    """A pause that is long against everything else here: in it nobody tries, and what asks is told why."""
    here = bench(timing=replace(FAST, login_pause=30.0))

    async def work(session: Any) -> None:
        other = here.session(request_timeout=4.0)
        try:
            await asyncio.gather(here.subscribe(session), here.subscribe(other))
            here.switch.fault("reject-login")
            here.switch.fault("expire-tokens")
            await until(lambda: isinstance(session.problem, LoginRefused) and isinstance(other.problem, LoginRefused))
        finally:
            await other.close()

    here.run(work)
    assert refused(here) == 1


def test_aaa_that_comes_up_late_still_gets_in_after_a_kill(late: Any, tmp_path: Path) -> None:
    here = late()

    async def work(session: Any) -> None:
        await here.subscribe(session)
        here.switch.fault("reject-login", count=2)
        here.switch.fault("expire-tokens")
        await until(lambda: refused(here) >= 1)

    here.run(work)
    here.ledger = LoginLedger(str(tmp_path), FAST.login_pause)
    here.executor = type(here.executor)(16)
    here.run(lambda session: session.read(Query(dn=OPER), patient=True))
    assert refused(here) == 2
