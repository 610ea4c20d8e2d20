# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A wait that has to live through a fault, and what is to be true of it afterwards."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from typing import Any

from .bench import OPER, Bench, until

Work = Callable[[Any], Awaitable[Any]]

DOWN = {"operSt": "down"}
OTHER = "sys/intf/phys-[eth1/2]/phys"
LIMIT = 20.0


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def endure(here: Bench, work: Work, logins: int = 1, sessions_left: int = 0) -> Any:
    """Run ``work(session)`` and close the session: at most so many logins, and no task, thread, socket or session left.

    ``sessions_left``: those that the switch cannot have ended, since it had forgotten their tokens.
    """

    async def whole() -> Any:
        before = descriptors()
        session = here.session()
        try:
            result = await asyncio.wait_for(work(session), LIMIT)
        finally:
            await session.close()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        assert not left, left
        await until(lambda: here.switch.stats()["sockets"]["open"] == 0 and descriptors() <= before, 3)
        return result

    result = asyncio.run(whole())
    begun = time.monotonic()
    here.executor.shutdown(wait=True)
    assert time.monotonic() - begun < 2, "a thread still waited for the switch"
    stats = here.switch.stats()
    assert stats["logins"]["tries"] <= logins, stats["logins"]
    assert stats["sessions"]["live"] <= sessions_left
    return result


async def soon(wait: Any) -> asyncio.Task[dict[str, Any]]:
    """The wait as a task, once its own reads are done."""
    task: asyncio.Task[dict[str, Any]] = asyncio.ensure_future(wait.run())
    while wait.judge.first_read_at is None and not task.done():
        await asyncio.sleep(0.002)
    return task


async def heard(session: Any) -> None:
    """The switch has answered a ping on today's socket: from now on its silence means something."""
    await until(lambda: session.stream is not None and session.stream.pongs > 0)


async def recovered(session: Any, reconnects: int = 1) -> None:
    await until(
        lambda: (
            session.connected
            and session.reconnects >= reconnects
            and all(subscription.synced for subscription in session.subscriptions)
        )
    )


def in_one(*actions: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Several things at once on the switch, nothing in between."""
    return lambda switch: [action(switch) for action in actions]


def fault(name: str, **options: Any) -> Callable[[Any], Any]:
    return lambda switch: switch.fault(name, options)


def goes(value: str, dn: str = OPER) -> Callable[[Any], Any]:
    """The port's operational state changes."""
    return lambda switch: switch.set(dn, operSt=value)


def check_gap(result: dict[str, Any], reason: str = "") -> None:
    """Each gap names its reason and its end, and one of them this ``reason``."""
    assert result["gaps"] and all(gap["reason"] and gap["from"] and gap["to"] for gap in result["gaps"]), result["gaps"]
    assert any(reason in gap["reason"] for gap in result["gaps"]), result["gaps"]


def check_seen_once(result: dict[str, Any], origin: str = "resync", to: str = "down") -> None:
    """One transition in all, shown as what it is: found by the read after the gap, or told by the switch."""
    rows = [(row["origin"], row["to"]) for row in result["transitions"] if row["attribute"] == "operSt"]
    assert rows == [(origin, to)], result["transitions"]


async def ride(here: Bench, session: Any, strike: Callable[[Any], Any], reason: str = "") -> dict[str, Any]:
    """A wait for `down` through the fault twice: first nothing changes and it must not end, then the port goes down in
    the gap, and the gap and the change are shown."""
    task = await soon(here.wait(session, dn=OPER, until=DOWN, timeout=15))
    await heard(session)
    await here.act(here.switch.call, strike)
    await recovered(session)
    assert not task.done(), "the port was up all the time"
    await heard(session)
    await here.act(here.switch.call, in_one(strike, goes("down")))
    result = await task
    assert result["met"], result
    assert result["reconnects"] >= 2
    check_gap(result, reason)
    check_seen_once(result)
    return result
