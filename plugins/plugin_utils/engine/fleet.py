# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One wait on many switches: a Wait for each, one deadline, and a verdict on how many of them are done.

Each switch is judged by itself (wait.py). The fleet lets only so many of them begin at a time, counts, says how far it
is, and ends as soon as enough of them are done or too many have failed.
"""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .errors import EngineError, InvalidOptions, defect, sentence
from .fleetreport import Fate, FleetProgress, fleet_result
from .session import Session
from .signals import Signal
from .spec import Match, WaitSpec
from .wait import Line, Wait

CONCURRENCY = 50
"""Switches that log in, subscribe and read for the first time at once, if the task does not say."""


@dataclass(frozen=True)
class Terms:
    """When a wait on ``total`` switches is over. ``needed``: as soon as so many are done. ``max_failures``: as soon as more
    than so many have failed; None: not before each has had its time."""

    total: int
    needed: int
    quorum: str = "all"
    max_failures: int | None = None
    concurrency: int = CONCURRENCY

    @classmethod
    def of(cls, options: Mapping[str, object], total: int) -> Terms:
        """Raises InvalidOptions."""
        given = options.get("quorum")
        quorum = Match.parse("all" if given is None else given, "quorum")
        needed = quorum.needed(total)
        if needed > total:
            raise InvalidOptions("quorum is %d, but hosts names only %d." % (needed, total))
        at_once = options.get("concurrency")
        if at_once is not None and (not isinstance(at_once, int) or at_once < 1):
            raise InvalidOptions("concurrency takes a number of switches from 1.")
        return cls(total, needed, quorum.text, _failures(options.get("max_failures"), total), at_once or CONCURRENCY)


def _failures(value: object, total: int) -> int | None:
    if value is None:
        return None
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(%?)", str(value).strip())
    if found is None or (not found[2] and "." in found[1]) or (found[2] and float(found[1]) > 100):
        raise InvalidOptions("max_failures takes a number from 0 or a percentage such as 10%%, not %r." % value)
    return math.floor(total * float(found[1]) / 100 + 1e-9) if found[2] else int(found[1])


@dataclass
class Member:
    """A switch of the fleet. ``problem``: why there is not even a session, by reason and words."""

    name: str
    session: Session | None
    problem: tuple[str, str] | None = None


@dataclass
class _Berth:
    """A switch that is waited for, and what came of it."""

    name: str
    wait: Wait | None
    result: dict[str, object] | None = None

    @property
    def fate(self) -> Fate:
        if self.result is None:
            return Fate.PENDING
        if self.result.get("failed"):
            return Fate.FAILED
        return Fate.DONE if self.result.get("met") else Fate.PENDING

    def stands(self) -> str:
        return self.wait.stands() if self.wait is not None else ""

    def behind(self) -> tuple[bool, bool, float]:
        """The further a switch is from done, the lower."""
        if self.wait is None:
            return False, False, 0.0
        judge = self.wait.judge
        share = len(judge.matched) / judge.total if judge.total else 0.0
        return self.wait.session.connected, judge.first_read_at is not None, share


@dataclass
class Fleet:
    members: Sequence[Member]
    spec: WaitSpec
    terms: Terms
    wall: Callable[[], float]
    lines: list[Line] = field(default_factory=list)
    news: Signal = field(default_factory=Signal)

    def __post_init__(self) -> None:
        self._wake = Signal()
        self._ended = False
        self._done = self._failed = self._over = 0
        self._berths = [self._berth(each) for each in self.members]
        self._progress = FleetProgress(self.spec, self.terms)

    def _berth(self, member: Member) -> _Berth:
        if member.session is not None:
            return _Berth(member.name, Wait(member.session, self.spec, self.wall, speaks=False))
        return _Berth(member.name, None, _failed(*(member.problem or (EngineError.reason, "there is no session."))))

    @property
    def patience(self) -> float:
        """Seconds that it may take."""
        return self.spec.timeout

    async def run(self) -> dict[str, object]:
        """The task's result, as Wait.run's: with ``hosts``, a result of each switch by its name."""
        began = asyncio.get_running_loop().time()
        began_wall = self.wall()
        turn = asyncio.Semaphore(self.terms.concurrency)
        for berth in self._berths:
            self._count(berth)
        tasks = {asyncio.ensure_future(self._one(berth, turn, began)) for berth in self._waiting()}
        try:
            while not self._is_over():
                self._say(began)
                await self._wake.wait_until(self._progress.due)
            self._ended = True
            for berth in self._waiting():
                if berth.wait is not None:
                    berth.wait.call_off()
            if tasks:
                await asyncio.wait(tasks)
        finally:
            for task in tasks:
                task.cancel()
            if tasks:
                await asyncio.wait(tasks)
        return self._conclude(began, began_wall)

    async def check(self) -> dict[str, object]:
        """Check mode: one read of each switch, and whether enough of them are as wanted."""
        began, began_wall = asyncio.get_running_loop().time(), self.wall()
        turn = asyncio.Semaphore(self.terms.concurrency)

        async def look(berth: _Berth) -> None:
            async with turn:
                if berth.wait is not None:
                    berth.result = await berth.wait.check()

        await asyncio.gather(*(look(berth) for berth in self._waiting()))
        for berth in self._berths:
            self._count(berth)
        return self._conclude(began, began_wall, check=True)

    def _waiting(self) -> list[_Berth]:
        return [berth for berth in self._berths if berth.result is None]

    async def _one(self, berth: _Berth, turn: asyncio.Semaphore, began: float) -> None:
        wait = berth.wait
        if wait is None:
            return
        wait.start(began)
        loop = asyncio.get_running_loop()
        async with turn:
            if self._ended:
                berth.result = wait.unfinished()
                return
            if loop.time() >= began + self.spec.timeout:
                berth.result = wait.untried(
                    "not tried within %g s: its turn did not come, since the switches before it (concurrency %d at a time) "
                    "gave no answer." % (self.spec.timeout, self.terms.concurrency)
                )
            else:
                running = asyncio.ensure_future(wait.run(began))
                try:
                    await _settled(wait, running)
                except asyncio.CancelledError:
                    running.cancel()
                    await asyncio.wait({running})
                    raise
        if berth.result is None:
            try:
                berth.result = await running
            except Exception as exc:  # a defect ends the wait on this switch, not that on all
                berth.result = _failed(EngineError.reason, "the wait failed on %s." % defect(exc))
        self._count(berth)
        self._wake.fire()

    def _count(self, berth: _Berth) -> None:
        if berth.result is not None:
            self._over += 1
            self._done += berth.fate is Fate.DONE
            self._failed += berth.fate is Fate.FAILED

    def _is_over(self) -> bool:
        too_many = self.terms.max_failures is not None and self._failed > self.terms.max_failures
        return self._done >= self.terms.needed or self._over == len(self._berths) or too_many

    def _say(self, began: float) -> None:
        now = asyncio.get_running_loop().time()
        if self._progress.has_news(self._done, self._failed, now):
            slowest = min(self._waiting(), key=_Berth.behind, default=None)
            words = "%s %s" % (slowest.name, slowest.stands()) if slowest is not None else ""
            self.lines.append(Line(*self._progress.line(words, now - began, now)))
            self.news.fire()

    def _conclude(self, began: float, began_wall: float, check: bool = False) -> dict[str, object]:
        took = asyncio.get_running_loop().time() - began
        fates: Iterable[tuple[str, Fate, dict[str, object], str]] = (
            (berth.name, berth.fate, berth.result or {}, berth.stands()) for berth in self._berths
        )
        cursors = [member.session.cursors for member in self.members if member.session is not None]
        cursor = str(cursors[0].now(self.wall())) if cursors else ""
        result = fleet_result(self.terms, self.spec, list(fates), took, began_wall, cursor, check)
        if result["met"] and not check:
            self.lines.append(Line(*self._progress.end(self._done, took)))
        self.news.fire()
        return result


def _failed(reason: str, words: str) -> dict[str, object]:
    return {"failed": True, "reason": reason, "msg": sentence(words), "met": False}


async def _settled(wait: Wait, running: asyncio.Future[dict[str, object]]) -> None:
    """Return once the switch has been reached and read, or has shown that this takes longer."""
    session, prepared = wait.session, wait.prepared.next()
    try:
        while not (running.done() or prepared.done() or session.problem is not None):
            changed = session.changed.next()
            any_of: list[asyncio.Future[Any]] = [running, prepared, changed]
            try:
                await asyncio.wait(any_of, return_when=asyncio.FIRST_COMPLETED)
            finally:
                changed.cancel()
    finally:
        prepared.cancel()
