# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Small tools of the event loop: a signal that wakes all who wait, and the pauses between tries."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator
from typing import Any

from .timing import NORMAL, Timing


class Signal:
    """Wakes all who wait, once, and calls ``callbacks`` every time."""

    def __init__(self) -> None:
        self.callbacks: set[Callable[[], None]] = set()
        self._waiting: set[asyncio.Future[None]] = set()

    def next(self) -> asyncio.Future[None]:
        """The next firing, listened for from this call on (a coroutine would listen only once it runs)."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        future.add_done_callback(self._waiting.discard)
        return future

    async def wait(self) -> None:
        await self.next()

    async def wait_until(self, deadline: float | None) -> None:
        """Wait for the signal, at most until the loop's clock says ``deadline``."""
        future = self.next()
        timer = None
        if deadline is not None:
            timer = asyncio.get_running_loop().call_at(deadline, _release, future)
        try:
            await future
        finally:
            if timer is not None:
                timer.cancel()

    def fire(self) -> None:
        for future in tuple(self._waiting):
            _release(future)
        for callback in tuple(self.callbacks):
            callback()


async def finished(work: asyncio.Future[Any], seconds: float) -> bool:
    """Whether the work ends within that time; else it is cancelled. What came of it is the caller's to ask.

    Unlike wait_for of Python 3.11, a cancellation that comes together with the end of the work is not swallowed.
    """
    try:
        done, _late = await asyncio.wait({work}, timeout=seconds)
    except asyncio.CancelledError:
        if not work.cancel() and not work.cancelled():
            work.exception()  # nobody will ask for it any more
        raise
    if not done:
        work.cancel()
    return bool(done)


def _release(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def backoff(timing: Timing = NORMAL) -> Iterator[float]:
    """Seconds before each try: at once, then doubling up to a limit, with jitter."""
    yield 0.0
    delay = timing.first_delay
    while True:
        yield delay * random.uniform(0.75, 1.0)
        delay = min(timing.most_delay, delay * 2)
