# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The waits that tasks have under way: started, asked for news one call at a time, ended with whoever asks."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterable
from typing import Protocol

from ..engine.errors import EngineError
from ..engine.query import Query
from ..engine.signals import Signal
from ..engine.wait import Line
from .rpc import Method

LEASE = 15.0
"""Seconds beyond its timeout after which a wait that nobody asks for is given up. Until then its worker may be stopped,
and go on."""


class Running(Protocol):
    """What a task stands at: a wait on one switch or on many, or a watch. ``news`` fires when there are lines to print."""

    lines: list[Line]
    news: Signal

    @property
    def patience(self) -> float:
        """Seconds that it may take."""

    async def run(self) -> dict[str, object]:
        """The task's result; cancelled, it releases everything."""

    async def check(self) -> dict[str, object]:
        """That of check mode."""


class Waits:
    def __init__(self) -> None:
        self._running: dict[str, tuple[Running, asyncio.Task[dict[str, object]]]] = {}
        self._leases: dict[str, asyncio.TimerHandle] = {}
        self._numbers = itertools.count(1)

    def methods(self) -> dict[str, Method]:
        return {"wait_next": self.wait_next, "wait_cancel": self.wait_cancel}

    async def start(self, wait: Running, check: bool, queries: Iterable[Query]) -> dict[str, object]:
        """``wait``, the number to ask for; ``lines``, what it says at once; ``result``, in check mode there already."""
        warnings = [text for query in queries for text in query.warnings()]
        if check:
            return {"wait": "", "lines": [], "result": await wait.check(), "warnings": warnings}
        number = "w%d" % next(self._numbers)
        self._running[number] = (wait, asyncio.create_task(wait.run()))
        self._lease(number)
        await asyncio.sleep(0)
        return {"wait": number, "lines": _lines(wait), "result": None, "warnings": warnings}

    async def wait_next(self, wait: str) -> dict[str, object]:
        """Progress lines as soon as there are some, or the result; a caller that goes away ends the wait."""
        if wait not in self._running:
            raise EngineError("this wait is not known here any more; run the task again.")
        running, task = self._running[wait]
        self._unlease(wait)
        try:
            while not running.lines and not task.done():
                news = running.news.next()
                try:
                    await asyncio.wait({news, task}, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    news.cancel()
        except asyncio.CancelledError:
            self._drop(wait)
            raise
        if task.done():
            self._running.pop(wait, None)
            return {"lines": _lines(running), "result": task.result()}
        self._lease(wait)
        return {"lines": _lines(running), "result": None}

    async def wait_cancel(self, wait: str) -> dict[str, object]:
        self._drop(wait)
        return {}

    def _lease(self, number: str) -> None:
        self._unlease(number)
        lease = self._running[number][0].patience + LEASE
        self._leases[number] = asyncio.get_running_loop().call_later(lease, self._drop, number)

    def _unlease(self, number: str) -> None:
        lease = self._leases.pop(number, None)
        if lease is not None:
            lease.cancel()

    def _drop(self, number: str) -> None:
        self._unlease(number)
        known = self._running.pop(number, None)
        if known is not None:
            known[1].cancel()


def _lines(wait: Running) -> list[dict[str, str]]:
    lines, wait.lines = wait.lines, []
    return [{"text": line.text, "quiet": line.quiet} for line in lines]
