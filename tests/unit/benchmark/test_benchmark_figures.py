# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What `make bench` makes of what it has measured: medians, goals met and missed, the row, the table, the return code."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmark.figures import Figure, Goal, growth, line, median, missed, percentile, table, verdict
from benchmark.page import BEGIN, END, PAGE, renewed, section

FAST = Figure("wake", "frame to action", "ms", (5.0, 2.0, 3.0), 1.0, "bare loop", Goal("at most 3 ms more", 4.0))
SLOW = Figure("rate", "notifications", "/s", (9_000.0,), 30_000.0, "bare loop", Goal("at least half", 15_000.0, True))
SHOWN = Figure("nxos", "frame to task", "ms", (5.0,), 500.0, "polling")


def test_percentiles_are_values_that_were_measured() -> None:
    values = [float(number) for number in range(1, 101)]
    assert (percentile(values, 99), percentile(values, 100), percentile(values, 50)) == (99.0, 100.0, 50.0)
    assert percentile([7.0], 99) == 7.0
    assert math.isnan(percentile([], 99)) and math.isnan(median([]))


def test_a_figure_is_the_median_of_its_runs_beside_its_yardstick() -> None:
    assert (FAST.value, FAST.ratio, FAST.met) == (3.0, 3.0, True)
    assert (SLOW.value, SLOW.met) == (9_000.0, False)
    assert (SHOWN.ratio, SHOWN.met) == (0.01, None)


@pytest.mark.parametrize(
    ("value", "at_least", "met"),
    [(10.0, False, True), (10.1, False, False), (10.0, True, True), (9.9, True, False), (math.nan, False, False)],
)
def test_goals_hold_at_their_limit_and_never_for_what_is_no_number(value: float, at_least: bool, met: bool) -> None:
    assert Goal("words", 10.0, at_least).met(value) is met


def test_the_row_can_be_written_whatever_was_measured() -> None:
    row = FAST.row()
    assert {name: row[name] for name in ("figure", "value", "yardstick", "ratio", "goal", "met")} == {
        "figure": "wake", "value": 3.0, "yardstick": 1.0, "ratio": 3.0, "goal": "at most 3 ms more", "met": True,
    }  # fmt: skip
    assert row["runs"] == [5.0, 2.0, 3.0]
    nothing = Figure("x", "x", "ms", (), goal=Goal("any", 1.0)).row()
    assert (json.loads(json.dumps(nothing))["value"], nothing["met"]) == (None, False)


def test_a_missed_goal_is_named_and_makes_the_return_code() -> None:
    assert missed([FAST, SLOW, SHOWN]) == ["rate"]
    assert verdict([FAST, SHOWN], []) == 0
    assert verdict([FAST, SLOW], []) == 1
    assert verdict([FAST, SLOW], ["wake: BenchError: it hangs"]) == 2


def test_the_table_says_what_is_met_and_what_is_missed() -> None:
    lines = table([FAST, SLOW, SHOWN]).splitlines()
    assert lines[0].startswith("figure") and set(lines[1]) == {"-"}
    assert lines[2].endswith("ok") and lines[3].endswith("MISSED") and "9,000 /s" in lines[3]
    assert not lines[4].endswith(("ok", "MISSED"))


def test_growth_is_judged_by_the_line_through_the_smaller_numbers() -> None:
    points = {1: 2.0, 10: 3.0, 100: 11.9}
    assert line(points, 1000) == pytest.approx(101.9)
    straight = growth("memory", "memory", "MiB", {**points, 1000: 101.9})
    steep = growth("memory", "memory", "MiB", {**points, 1000: 140.0})
    assert straight is not None and straight.met and steep is not None and not steep.met
    falling = growth("wake", "wake", "ms", {1: 3.0, 10: 2.0, 100: 2.0, 1000: 3.5})
    assert falling is not None and falling.yardstick == 3.0 and falling.met
    assert growth("cpu", "cpu", "%", {1: 0.0, 10: 0.1}) is None


def test_the_docs_page_gets_the_machine_the_table_and_the_plots() -> None:
    machine = {
        "cores": 2, "cpu": "Some CPU", "memory_gib": 8, "system": "Linux 6", "python": "3.13.0",
        "ansible_core": "2.21.5", "websocket_client": "1.9",
    }  # fmt: skip
    found = {
        "commit": "abc", "date": "2026-01-31", "machine": machine, "load_before": 0.1,
        "figures": [FAST.row(), SLOW.row(), SHOWN.row()], "points": {"memory": {"1": 2.0}},
    }  # fmt: skip
    page = renewed("Title\n" + BEGIN + "old\n" + END + "Rest\n", section(found))
    assert page.startswith("Title\n" + BEGIN) and page.endswith(END + "Rest\n") and "old" not in page
    assert "Commit abc, 2026-01-31, on 2 cores of Some CPU" in page
    assert (
        "   * - notifications\n     - 9,000 /s\n     - bare loop: 30,000 /s\n     - at least half\n     - **no**"
        in page
    )
    assert "images/costs-memory.svg" in page and "costs-cpu.svg" not in page
    assert renewed(page, section(found)) == page
    with pytest.raises(ValueError, match="measured: begin"):
        renewed("Title\n", "new")


def test_the_page_of_the_docs_has_the_marks() -> None:
    assert renewed(PAGE.read_text(encoding="utf-8"), "new")
