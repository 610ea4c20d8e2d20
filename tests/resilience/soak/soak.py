# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ten minutes in the life of a listener: ``python tests/resilience/soak/soak.py --seconds 600 --json result.json``.

The real listener follows simulated switches in another process, which change ``--rate`` times a second in all, while one of
them breaks in some way every ``--fault-every`` seconds and tasks come and go on each. Looked at in the end: memory is flat
once the rings are full, no thread and no file is left, nothing is lost that no gap covers, and all states are the switches'.
Return code 1 where that is not so, with the reasons.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from resilience.soak.report import WARM, Report
from resilience.soak.sites import MORE, NAMED, Site, shares
from resilience.soak.traffic import Actor, Tally
from resilience.soak.trouble import Trouble
from support.processes import Listener, call, ring, simulator

SHOW_EVERY = 10.0
LOOK_EVERY = 3.0
TRACE_EVERY = 20.0
QUIET_SECONDS = 60.0
"""The listener gets so long to recover from the last faults."""

TOGETHER = 1.0
SESSION_TIMEOUT = 60
HISTORY = 25_000


class Soak:
    def __init__(self, given: argparse.Namespace, listener: Listener, sites: list[Site], rates: list[float]) -> None:
        self.given = given
        self.rates = rates
        self.listener = listener
        self.sites = sites
        self.report = Report(given.seconds, given.rate, ring())
        self.tally = Tally()
        self.begin = 0.0
        self.stop = asyncio.Event()

    @property
    def at(self) -> float:
        return time.monotonic() - self.begin

    async def run(self) -> Report:
        report, seconds = self.report, self.given.seconds
        await self._connect()
        self.begin = time.monotonic()
        self.trouble = Trouble(self.given.seed, len(self.sites), self.begin + seconds)
        tasks = [asyncio.create_task(work) for work in (*self._load(), self._watch(), self._look())]
        try:
            done, _pending = await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
            for task in done:
                task.result()
        finally:
            self.stop.set()
        await asyncio.gather(*tasks)
        await self._settle()
        await self._compare()
        return report

    async def _connect(self) -> None:
        """All at once, and each login takes its time, so that the listener has as many threads as it will ever need."""
        late = {"seconds": TOGETHER, "when": "before", "count": 1, "path": "aaaLogin"}
        await asyncio.gather(*(site.post("stall", late) for site in self.sites))
        await asyncio.gather(*(site.connect(self.listener.control) for site in self.sites))
        await self._touch()
        self.report.baseline = self.listener.sample(0.0, thorough=True)

    def _load(self) -> list[Any]:
        chance, left = random.Random(self.given.seed), self._left
        actors = [Actor(site.label, site.socket, random.Random(chance.random()), self.tally) for site in self.sites]
        work = [site.flap(rate, self.given.seconds) for site, rate in zip(self.sites, self.rates, strict=True)]
        work += [actor.act(self.given.task_every, self.stop, left) for actor in actors if self.given.task_every]
        return [*work, self._break()] if self.given.fault_every else work

    def _left(self) -> float:
        return float(self.given.seconds - self.at)

    async def _break(self) -> None:
        """A fault every so often; a missed one is not made up for."""
        while not await self._stopped(self.given.fault_every):
            await self.trouble.strike(self._strike)

    async def _strike(self, switch: int, name: str, body: Mapping[str, Any]) -> None:
        if self.given.verbose:
            print(f"{self.at:8.3f} {time.time():.3f} {self.sites[switch].label} {name} {dict(body)}", flush=True)
        await self.sites[switch].post(name, body)

    async def _stopped(self, seconds: float) -> bool:
        """Sleep; whether the end has come."""
        try:
            await asyncio.wait_for(self.stop.wait(), seconds)
        except asyncio.TimeoutError:
            return False
        return True

    # Measuring

    async def _watch(self) -> None:
        """A sample a second, a line now and then."""
        show_at, trace_at = 0.0, TRACE_EVERY
        while True:
            sample = self.listener.sample(self.at)
            self.report.samples.append(sample)
            if sample.at >= show_at:
                show_at += SHOW_EVERY
                print(
                    f"{sample.at:6.0f} s  {sample.rss >> 20} MiB  {sample.threads} threads  {sample.files} files  "
                    f"{sample.cpu:.1f} s CPU  {sum(self.trouble.applied.values())} faults",
                    flush=True,
                )
            if self.given.trace and sample.at >= trace_at:
                trace_at += TRACE_EVERY
                self.listener.trace()
            if await self._stopped(1.0):
                return

    async def _look(self) -> None:
        """When the rings are full: all that are to be, by their switch's rate."""
        wanted = self.report.ring
        hot = [site for site, rate in zip(self.sites, self.rates, strict=True) if rate >= max(self.rates) / 2]
        while not await self._stopped(LOOK_EVERY):
            counts = [count for site in hot for count in (await self._counts(site)).values()]
            if min(counts) >= wanted:
                self.report.full_at = self.at
                return

    async def _counts(self, site: Site) -> dict[str, int]:
        known = (await call(site.socket, "info"))["subscriptions"]
        return {each["name"]: each["notifications"] for each in known if each["name"] in site.named}

    # The end

    async def _touch(self) -> None:
        await asyncio.gather(*(site.touch() for site in self.sites))

    async def _settle(self) -> None:
        """No faults any more: the listener recovers, and comes back to what it was in the beginning."""
        await asyncio.gather(*(site.post("clear", {}) for site in self.sites))
        print(f"{self.at:6.0f} s  quiet", flush=True)
        deadline = time.monotonic() + QUIET_SECONDS
        problems = ["never looked"]
        while problems and time.monotonic() < deadline:
            await asyncio.sleep(1.0)
            problems = await self._unsettled()
        self.report.problems += problems
        self.report.end = self.listener.sample(self.at, thorough=True)
        if self.given.trace:
            self.listener.trace()

    async def _unsettled(self) -> list[str]:
        try:
            await self._touch()
            found = [each for site in self.sites for each in await site.differences()]
        except Exception as error:
            return [f"it has not recovered: {error}"]
        baseline, now = self.report.baseline, self.listener.sample(self.at, thorough=True)
        assert baseline is not None
        if now.files > baseline.files:
            found.append(f"{now.files - baseline.files} files are still open")
        if now.busy > baseline.busy:
            found.append(f"{now.busy - baseline.busy} threads are still busy")
        return found

    async def _compare(self) -> None:
        report = self.report
        report.faults, report.deeds = self.trouble.applied, dict(self.tally.done)
        report.problems += self.tally.defects
        for site, windows in zip(self.sites, self.trouble.windows, strict=True):
            report.problems += await site.losses(windows)
            counts = await self._counts(site)
            report.listed += counts["ports"]
            report.kept += sum(min(count, report.ring) for count in counts.values())
            report.made += (await site.get("stats"))["changes"]
            session = (await call(site.socket, "info"))["session"]
            report.reconnects += session["reconnects"]
            report.undecodable += session["undecodable"]


async def soak(given: argparse.Namespace) -> Report:
    options = ("--control-port", "0", "--session-timeout", str(SESSION_TIMEOUT), "--history-size", str(HISTORY))
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="soak-"))
        http = await stack.enter_async_context(aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(60)))
        said = await stack.enter_async_context(simulator(given.switches, *options))
        rates = shares(given.switches, given.rate, given.seconds, ring(), WARM)
        hot = [rate > 2 * given.rate / given.switches for rate in rates]
        sites = [
            Site(f"leaf{number}", each, http, NAMED | MORE if much else NAMED)
            for number, (each, much) in enumerate(zip(said, hot, strict=True), 1)
        ]
        traces = Path(given.trace).resolve() if given.trace else None
        return await Soak(given, Listener(Path(folder), traces), sites, rates).run()


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="soak.py", description=(__doc__ or "").partition("\n")[0])
    number: Callable[..., Any] = made.add_argument
    number("--seconds", type=float, default=600.0, help="how long (default: 600)")
    number("--switches", type=int, default=20)
    number("--rate", type=float, default=1000.0, help="notifications a second, all switches together (default: 1000)")
    number("--fault-every", type=float, default=1.0, help="seconds from fault to fault; 0: none (default: 1)")
    number("--task-every", type=float, default=2.0, help="seconds between the tasks on a switch; 0: none (default: 2)")
    number("--seed", type=int, default=None, help="of faults and tasks (default: another one each time; it is shown)")
    number("--json", metavar="FILE", help="all that was measured")
    number("--trace", metavar="FOLDER", help="files that say what holds the listener's memory (slow)")
    number("--verbose", action="store_true", help="show each fault")
    return made


def main() -> int:
    given = parser().parse_args()
    given.seed = random.randrange(1 << 32) if given.seed is None else given.seed
    print(
        f"seed {given.seed}: {given.switches} switches, {given.rate:.0f} notifications a second, {given.seconds:.0f} s",
        flush=True,
    )
    report = asyncio.run(soak(given))
    problems = report.judge()
    print("\n".join(report.table()))
    if given.json:
        Path(given.json).write_text(json.dumps(report.as_result(), indent=1))
    for problem in problems:
        print(f"FAILED: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
