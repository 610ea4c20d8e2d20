# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""As many random schedules as asked for: ``python tests/resilience/model/chaos.py --schedules 20000 --processes 2``.

Run it in the collection's root with the collections' root in PYTHONPATH. Schedule n of seed s is always the same. What
fails is kept as JSON, made smaller, and replayed; the summary says what the schedules did, so that one sees that they
did something. The return code is 1 if anything failed again when it was replayed.
"""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import os
import secrets
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from resilience.model import generate
from resilience.model.shrink import DEFAULT_FOLDER, keep, load, replay, shrink, story
from resilience.model.verdict import Verdict, conclude
from resilience.model.world import World

STEPS = 25
CHUNK = 50
REPLAYS = 5
ENOUGH = 25
"""Failing schedules that are made smaller; what comes after them is only kept."""


@dataclass
class Part:
    """What one chunk of schedules came to. ``failures``: (schedule's number, file, how often of REPLAYS it failed
    again, what)."""

    tally: Counter[str] = field(default_factory=Counter)
    failures: list[tuple[int, str, int, str]] = field(default_factory=list)
    seconds: float = 0.0


def schedule(seed: int, number: int) -> tuple[list[dict[str, Any]], Verdict]:
    """The number-th schedule of that seed, played and judged."""
    random = Random("%d/%d" % (seed, number))
    world = World()
    try:
        steps = generate.begin(random)
        kinds = steps[0]["kinds"]
        for step in steps:
            world.play(step)
        for _turn in range(STEPS):
            world.play(generate.step(random.choice(generate.SHARES), random, world, kinds))
    except Exception as exc:
        with suppress(Exception):  # it may be stuck
            world.close()
        return [dict(step) for _at, step in world.log], Verdict(["the schedule broke off: %r" % exc])
    try:
        verdict = conclude(world)
    except Exception as exc:
        verdict = Verdict(["the judges broke off: %r" % exc])
    return [dict(step) for _at, step in world.log], verdict


def chunk(work: tuple[int, int, int, str, bool]) -> Part:
    seed, begin, end, folder, small = work
    part, started = Part(), time.process_time()
    for number in range(begin, end):
        steps, verdict = schedule(seed, number)
        part.tally.update(verdict.tally)
        if verdict.findings:
            part.failures.append(_failed(steps, verdict, Path(folder), number, seed, small))
    part.seconds = time.process_time() - started
    return part


def _failed(
    steps: list[dict[str, Any]], verdict: Verdict, folder: Path, number: int, seed: int, small: bool
) -> tuple[int, str, int, str]:
    path = keep(steps, verdict.findings, folder, "%d/%d" % (seed, number))
    again = sum(1 for _turn in range(REPLAYS) if _fails(steps))
    if again and small:
        smaller = shrink(list(steps), _fails)
        findings = _findings(smaller)
        path = keep(smaller, findings or verdict.findings, folder / "small", "%d/%d" % (seed, number))
        with suppress(Exception):  # as above
            path.with_suffix(".txt").write_text(story(smaller) + "\n", encoding="utf-8")
    return number, str(path), again, verdict.findings[0]


def _fails(steps: list[Any]) -> bool:
    return bool(_findings(steps))


def _findings(steps: list[Any]) -> list[str]:
    try:
        return replay(steps).findings
    except Exception as exc:
        return ["the schedule broke off: %r" % exc]


def run(schedules: int, processes: int, seed: int, folder: str) -> Part:
    """All schedules, in chunks, by so many processes."""
    whole = Part()
    work = [
        (seed, begin, min(begin + CHUNK, schedules), folder, begin < ENOUGH * CHUNK * processes)
        for begin in range(0, schedules, CHUNK)
    ]
    with multiprocessing.get_context("spawn").Pool(processes, _quiet, maxtasksperchild=20) as pool:
        for done, part in enumerate(pool.imap_unordered(chunk, work), 1):
            whole.tally.update(part.tally)
            whole.failures += part.failures
            whole.seconds += part.seconds
            for number, path, again, what in part.failures:
                print(
                    "schedule %d failed (%d of %d times again): %s\n  %s" % (number, again, REPLAYS, what, path),
                    flush=True,
                )
            if done % 20 == 0:
                print("%d of %d chunks, %d failures" % (done, len(work), len(whole.failures)), flush=True)
    return whole


def _quiet() -> None:
    logging.disable(logging.CRITICAL)


def summary(whole: Part, schedules: int, seed: int, took: float) -> str:
    lines = ["%d schedules of seed %d in %.0f s, %.0f ms of processor time each" % (
        schedules, seed, took, 1000 * whole.seconds / max(1, schedules))]  # fmt: skip
    lines += ["  %-70s %d" % item for item in sorted(whole.tally.items())]
    once = sum(1 for _number, _path, again, _what in whole.failures if not again)
    lines.append("%d schedules failed, %d more failed once and not again" % (len(whole.failures) - once, once))
    lines += ["  %d: %s (%d of %d times again): %s" % (number, path, again, REPLAYS, what)
              for number, path, again, what in sorted(whole.failures)]  # fmt: skip
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--schedules", type=int, default=1000)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seed", type=int, default=None, help="default: another one each time")
    parser.add_argument("--failures", default=str(DEFAULT_FOLDER), help="folder for schedules that fail")
    parser.add_argument("--replay", metavar="FILE", help="play one schedule and tell what happens in it")
    given = parser.parse_args()
    if given.replay:
        _quiet()
        print(story(load(Path(given.replay))))
        return 0
    seed = secrets.randbelow(1 << 32) if given.seed is None else given.seed
    print("seed %d" % seed, flush=True)
    begun = time.monotonic()
    whole = run(given.schedules, given.processes, seed, given.failures)
    print(summary(whole, given.schedules, seed, time.monotonic() - begun))
    return 1 if any(again for _number, _path, again, _what in whole.failures) else 0


if __name__ == "__main__":
    sys.exit(main())
