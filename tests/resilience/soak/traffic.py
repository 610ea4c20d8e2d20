# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a play would ask of the listener, all the time and on every switch: waits that end well, badly or with their
caller, subscriptions that come and go, refreshes, reads, changes."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from support.processes import RpcError, call

PORT_OF_HOT = "sys/intf/phys-[eth1/1]"
HOT = PORT_OF_HOT + "/phys"
COUNTER = "resetCtr"
LINK = "sys/intf/phys-[eth1/2]/phys"
QUIET = "sys/intf/phys-[eth1/3]/phys"
PORT = "sys/intf/phys-[eth1/4]"
ABANDONED = 16.0
"""Seconds after which the listener has surely given up a wait that nobody asks for."""

EXPECTED = {"timeout", "unreachable", "rejected"}
"""How a task may fail while its switch is broken; anything else is a defect."""

Deed = Callable[["Actor"], Awaitable[str]]


@dataclass
class Tally:
    """What came of it, over all switches: ``done`` by deed and outcome, ``defects`` in words."""

    done: Counter[str] = field(default_factory=Counter)
    defects: list[str] = field(default_factory=list)


@dataclass
class Actor:
    """The tasks of one switch."""

    label: str
    socket: str
    chance: random.Random
    tally: Tally
    cursor: str | None = None

    async def act(self, pause: float, stop: asyncio.Event, left: Callable[[], float]) -> None:
        """One deed after another until ``stop``; ``left`` seconds remain until then."""
        while not stop.is_set():
            usable = [(deed, weight) for deed, (weight, takes) in DEEDS.items() if takes < left()]
            if not usable:
                return
            (deed,) = self.chance.choices([each for each, _weight in usable], [weight for _each, weight in usable])
            await self._one(deed)
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(stop.wait(), self.chance.uniform(0.5, 1.5) * pause)

    async def _one(self, deed: Deed) -> None:
        title = deed.__name__.replace("_", " ").strip()
        try:
            outcome = await deed(self)
        except RpcError as error:
            outcome = error.reason
            if error.reason not in EXPECTED:
                self.tally.defects.append(f"{self.label}: {title}: {error}")
        self.tally.done[f"{title}: {outcome}"] += 1

    async def call(self, method: str, **keywords: Any) -> Any:
        return await call(self.socket, method, **keywords)

    async def start(self, kind: str = "mo", **options: Any) -> str:
        """The id of a new wait."""
        started = await self.call("wait_start", kind=kind, check=False, options=options)
        return str(started["wait"])

    async def wait(self, kind: str = "mo", **options: Any) -> dict[str, Any]:
        """A wait to its end, as an action plugin does it."""
        number, result = await self.start(kind, **options), None
        while result is None:
            result = (await self.call("wait_next", wait=number))["result"]
        if result.get("failed") and result.get("reason") not in EXPECTED:
            self.tally.defects.append(f"{self.label}: a wait failed: {result.get('reason')}: {result.get('msg')}")
        self.cursor = result.get("cursor") or self.cursor
        return dict(result)


def _outcome(result: dict[str, Any]) -> str:
    return str(result["reason"]) if result.get("failed") else "met"


async def _wait_for_a_link_that_flaps(actor: Actor) -> str:
    return _outcome(await actor.wait(dn=LINK, until={"operSt": "up"}, timeout=10))


async def _wait_for_interfaces(actor: Actor) -> str:
    names = [f"Ethernet1/{number}" for number in (1, 3, 4, 5, 6)]
    return _outcome(await actor.wait("interface", name=names, state="up", timeout=10, hold=0.2))


async def _wait_for_what_never_comes(actor: Actor) -> str:
    result = await actor.wait(dn=QUIET, until={"operSt": "testing"}, timeout=2)
    if not result.get("failed"):
        actor.tally.defects.append(f"{actor.label}: a wait was met by what never was: {result}")
    return _outcome(result)


async def _wait_for_a_notification(actor: Actor) -> str:
    return _outcome(await actor.wait(subscription="port", status=["modified"], only_new=True, timeout=10))


async def _wait_since_a_cursor(actor: Actor) -> str:
    options = {"subscription": "ports", "where": {"dn": LINK}, "until": {"operSt": "up"}, "since": actor.cursor}
    return _outcome(await actor.wait(**options, timeout=5))


async def _wait_whose_caller_goes(actor: Actor) -> str:
    number = await actor.start(dn=QUIET, until={"operSt": "testing"}, timeout=60)
    with contextlib.suppress(asyncio.TimeoutError):
        async with _within(actor.chance.uniform(0.1, 2.0)):
            while True:
                await actor.call("wait_next", wait=number)
    return "gone"


@contextlib.asynccontextmanager
async def _within(seconds: float) -> Any:
    """asyncio.timeout, which Python 3.10 lacks."""
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert task is not None
    timer = loop.call_later(seconds, task.cancel)
    try:
        yield
    except asyncio.CancelledError:
        raise asyncio.TimeoutError from None
    finally:
        timer.cancel()


async def _wait_that_is_cancelled(actor: Actor) -> str:
    number = await actor.start(dn=QUIET, until={"operSt": "testing"}, timeout=60)
    await actor.call("wait_cancel", wait=number)
    return "cancelled"


async def _wait_that_nobody_asks_for(actor: Actor) -> str:
    await actor.start(dn=LINK, until={"operSt": "testing"}, timeout=300)
    return "abandoned"


async def _subscribe_and_unsubscribe(actor: Actor) -> str:
    query = {"dn": PORT, "query_target": "subtree", "format": actor.chance.choice(["json", "xml"])}
    await actor.call("subscribe", subscription="passing", query=query, refresh_timeout=60, state="present")
    await asyncio.sleep(actor.chance.uniform(0.0, 2.0))
    await actor.call("subscribe", subscription="passing", query={}, refresh_timeout=None, state="absent")
    return "done"


async def _refresh(actor: Actor) -> str:
    await actor.call("refresh", names=None, on_expired="recreate")
    return "done"


async def _look(actor: Actor) -> str:
    await actor.call("info")
    await actor.call("notifications", subscription="port", since=None, limit=100)
    await actor.call("read", query={"class": "l1PhysIf"})
    return "done"


async def _change(actor: Actor) -> str:
    text = f"soak {actor.chance.randrange(1000)}"
    await actor.call("mo", dn=PORT, class_name="l1PhysIf", attributes={"descr": text}, state="present", check=False)
    return "done"


DEEDS: dict[Deed, tuple[int, float]] = {
    _wait_for_a_link_that_flaps: (3, 0.0),
    _wait_for_interfaces: (3, 0.0),
    _wait_for_what_never_comes: (2, 0.0),
    _wait_for_a_notification: (2, 0.0),
    _wait_since_a_cursor: (1, 0.0),
    _wait_whose_caller_goes: (3, 0.0),
    _wait_that_is_cancelled: (1, 0.0),
    _wait_that_nobody_asks_for: (1, ABANDONED),
    _subscribe_and_unsubscribe: (2, 0.0),
    _refresh: (1, 0.0),
    _look: (1, 0.0),
    _change: (1, 0.0),
}
"""How often each is chosen, and seconds that have to be left for it."""
