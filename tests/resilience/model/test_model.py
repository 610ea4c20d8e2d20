# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random changes, random faults, random waits, against a plain model of the truth (see ../README.md)."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest
from resilience.model.machine import NOT_AGAIN, search
from resilience.model.shrink import load, replay
from resilience.model.virtual import Stuck, VirtualLoop, Workers

PARTS = 4
SCHEDULES = 300 // PARTS
REPLAYS = 3

SEED = int(os.environ.get("NXAPI_MODEL_SEED") or 20261124)
"""The same each time, so that a failure here is of the change at hand. `make chaos` takes another one each time."""

REGRESSIONS = sorted(Path(__file__).parent.glob("regressions/*.json"))


@pytest.fixture(scope="module")
def tally() -> Counter[str]:
    """What all parts came to."""
    return Counter()


@pytest.mark.parametrize("part", range(PARTS))
def test_random_schedules_show_no_lost_change_and_no_lie(part: int, tally: Counter[str]) -> None:
    seed = SEED + part
    print("hypothesis seed %d (set NXAPI_MODEL_SEED=%d to have it again)" % (seed, SEED))
    tally.update(search(SCHEDULES, seed))


def test_the_schedules_have_tried_something(tally: Counter[str]) -> None:
    """A schedule that meets nothing proves nothing."""
    print(dict(tally))
    assert tally["schedules"] >= PARTS * SCHEDULES and tally[NOT_AGAIN] <= 3
    for what, least in (("wait success", 40), ("wait timeout", 40), ("gaps", 10), ("transitions judged", 50),
                        ("success judged", 40), ("hold judged", 4), ("merged states compared", 30)):  # fmt: skip
        assert tally[what] >= least, "only %d of: %s" % (tally[what], what)


@pytest.mark.parametrize("path", REGRESSIONS, ids=lambda path: path.stem)
def test_schedules_that_once_failed_do_not_fail_again(path: Path) -> None:
    for _turn in range(REPLAYS):
        assert replay(load(path)).findings == []


def test_virtual_time_jumps_to_the_next_timer_and_reports_that_nothing_can_come_any_more() -> None:
    loop = VirtualLoop(Workers())
    begin = loop.time()
    try:
        loop.run_until_complete(_sleep_long())
        assert loop.time() - begin == pytest.approx(3600.0)
        with pytest.raises(Stuck):
            loop.run_until_complete(loop.create_future())
    finally:
        loop.close()


async def _sleep_long() -> None:
    import asyncio

    await asyncio.sleep(3600.0)
