# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Signals: nobody who listens is left asleep."""

from __future__ import annotations

import asyncio
import itertools

from ansible_collections.nxapi.events.plugins.plugin_utils.engine.signals import Signal, backoff
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.timing import NORMAL


def test_what_fires_before_the_waiter_first_sleeps_wakes_it() -> None:
    """On Python 3.10 and 3.11 asyncio.wait_for starts a coroutine one turn later than it is called."""

    async def work() -> None:
        signal = Signal()
        loop = asyncio.get_running_loop()
        started = loop.time()
        loop.call_soon(signal.fire)
        await signal.wait_until(started + 5)
        assert loop.time() < started + 1
        loop.call_soon(signal.fire)
        await asyncio.wait({signal.next()}, timeout=5)
        assert not signal._waiting

    asyncio.run(work())


def test_a_deadline_ends_the_waiting_also_one_that_has_passed() -> None:
    async def work() -> None:
        signal, loop = Signal(), asyncio.get_running_loop()
        await signal.wait_until(loop.time() - 1)
        await signal.wait_until(loop.time() + 0.001)
        assert not signal._waiting

    asyncio.run(work())


def test_a_waiter_that_is_cancelled_is_forgotten() -> None:
    async def work() -> None:
        signal = Signal()
        task = asyncio.ensure_future(signal.wait())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        await asyncio.sleep(0)
        signal.fire()
        assert not signal._waiting

    asyncio.run(work())


def test_the_first_try_is_at_once_and_the_pauses_double_up_to_a_limit() -> None:
    delays = list(itertools.islice(backoff(), 10))
    assert delays[0] == 0
    assert 0.75 * NORMAL.first_delay <= delays[1] <= NORMAL.first_delay
    assert 0.75 * NORMAL.most_delay <= delays[-1] <= NORMAL.most_delay
