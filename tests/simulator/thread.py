# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A switch in a thread of its own, for tests whose client is not asynchronous.

::

    with running_in_thread(Options(link_delay=0.05)) as handle:
        requests.get(handle.url + "/api/mo/sys.json")
        handle.call(lambda switch: switch.set("sys/…/phys", operSt="up"))
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from .model import Model
from .options import Options
from .switch import Switch

T = TypeVar("T")


class Handle:
    """The switch as other threads may use it: its addresses, and ``call`` for everything else."""

    def __init__(self, switch: Switch, loop: asyncio.AbstractEventLoop) -> None:
        self._switch = switch
        self._loop = loop
        self.url, self.host, self.port, self.ca_path = switch.url, switch.host, switch.port, switch.ca_path
        self.username, self.password = switch.options.username, switch.options.password

    def call(self, action: Callable[[Switch], T]) -> T:
        """Runs ``action(switch)`` in the switch's loop and waits for what it returns."""

        async def run() -> T:
            return action(self._switch)

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(timeout=30)

    def set(self, dn: str, **attributes: object) -> int:
        return self.call(lambda switch: switch.set(dn, attributes))

    def create(self, dn: str, cls: str, **attributes: object) -> int:
        return self.call(lambda switch: switch.create(dn, cls, attributes))

    def delete(self, dn: str) -> int:
        return self.call(lambda switch: switch.delete(dn))

    def fault(self, name: str, **body: Any) -> dict[str, Any]:
        return self.call(lambda switch: switch.fault(name, body))

    def stats(self) -> dict[str, Any]:
        return self.call(lambda switch: switch.report())


async def _end(switch: Switch) -> None:
    """Stops the switch and whatever task is left of it."""
    await switch.stop()
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


@contextmanager
def running_in_thread(options: Options | None = None, model: Model | None = None) -> Iterator[Handle]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="simulated switch", daemon=True)
    thread.start()
    try:
        switch = Switch(options, model)
        asyncio.run_coroutine_threadsafe(switch.start(), loop).result(timeout=30)
        try:
            yield Handle(switch, loop)
        finally:
            asyncio.run_coroutine_threadsafe(_end(switch), loop).result(timeout=30)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=10)
        loop.close()
