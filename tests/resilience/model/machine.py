# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The schedules as a state machine of hypothesis: its rules draw steps, a World plays them, the end is judged.

What failed is kept as JSON before hypothesis begins to shrink, so that it is there whatever comes of the shrinking.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random
from typing import Any, ClassVar

import hypothesis.strategies as st
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from resilience.model import generate
from resilience.model.shrink import keep, replay
from resilience.model.verdict import conclude
from resilience.model.world import World

STEPS = 25
REPLAYS = 5

NOT_AGAIN = "failed once, and not again"
"""The clock moved while a loaded machine had still to pass on what was sent (see virtual.py), or threads raced. The file
is kept, and chaos.py lists such schedules."""

RANDOM = st.randoms(use_true_random=True)
"""What a step is in detail. Hypothesis takes steps away; shrink.py makes them simpler."""


class Wrong(AssertionError):
    """A schedule that shows a defect; ``path`` is where it was kept."""

    def __init__(self, path: Path, findings: list[str]) -> None:
        super().__init__("%s: %s" % (path, "; ".join(findings[:5])))
        self.path = path


class Schedules(RuleBasedStateMachine):
    """``tally`` and ``kept`` are of all schedules of a run."""

    tally: ClassVar[Counter[str]] = Counter()
    kept: ClassVar[list[Path]] = []
    folder: ClassVar[Path | None] = None

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.kinds: list[str] = []
        self.broken = ""

    def play(self, step: dict[str, Any]) -> None:
        try:
            self.world.play(step)
        except Exception as exc:
            self.broken = "%s in step %s" % (exc, step)
            raise

    @initialize(random=RANDOM)
    def begin(self, random: Random) -> None:
        steps = generate.begin(random)
        self.kinds = steps[0]["kinds"]
        for step in steps:
            self.play(step)

    @rule(which=st.sampled_from(generate.SHARES), random=RANDOM)
    def step(self, which: str, random: Random) -> None:
        self.play(generate.step(which, random, self.world, self.kinds))

    def teardown(self) -> None:
        steps = [step for _at, step in self.world.log]
        if self.broken:
            self.world.close()
            raise Wrong(keep(steps, [self.broken], self.folder), [self.broken])
        verdict = conclude(self.world)
        self.tally.update(verdict.tally)
        if verdict.findings:
            path = keep(steps, verdict.findings, self.folder)
            self.kept.append(path)
            if not any(replay(steps).findings for _turn in range(REPLAYS)):
                self.tally[NOT_AGAIN] += 1
                return
            raise Wrong(path, verdict.findings)


def search(schedules: int, seed: int) -> Counter[str]:
    """Have hypothesis try so many; raises Wrong. What was done and seen, all together."""
    machine = type("Schedules", (Schedules,), {"tally": Counter(), "kept": [], "_hypothesis_internal_use_seed": seed})
    how = settings(
        max_examples=schedules,
        stateful_step_count=STEPS,
        deadline=None,  # how long a schedule takes says nothing
        database=None,
        print_blob=False,
        report_multiple_bugs=False,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),  # a schedule is large, and draws a lot
    )
    run_state_machine_as_test(machine, settings=how)
    found: Counter[str] = machine.tally  # type: ignore[attr-defined]
    return found
