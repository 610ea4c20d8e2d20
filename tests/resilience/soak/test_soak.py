# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One minute of soak.py, and its judges tried on what they have to find."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from resilience.soak.report import MIB, Report
from resilience.soak.sites import shares
from resilience.soak.trouble import DOUBLED, MOVED, Window
from resilience.soak.truth import Account, Change, Gap, problems
from support.processes import Sample

PROGRAM = Path(__file__).resolve().parent / "soak.py"
SECONDS = 60
LIMIT = 240


@pytest.mark.soak
def test_one_minute_of_faults_leaves_memory_flat_nothing_behind_and_nothing_lost(tmp_path: Path) -> None:
    result = tmp_path / "soak.json"
    command = [sys.executable, str(PROGRAM), "--seconds", str(SECONDS), "--json", str(result)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=False)
    print(done.stdout)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    found = json.loads(result.read_text())
    assert found["problems"] == []
    assert found["full_at"] and sum(found["faults"].values()) > SECONDS / 2 and sum(found["deeds"].values()) > SECONDS


# The judges


def _changes(*numbers: int) -> list[Change]:
    """The change of that number happens at that second."""
    return [Change(float(number), ("now", str(number))) for number in numbers]


def _found(
    made: Sequence[int], listed: Sequence[int], gaps: Sequence[Gap] = (), windows: Sequence[Window] = ()
) -> list[str]:
    account = Account("leaf1", _changes(*made), _changes(*listed), gaps, windows, since=0.0)
    return [problem.partition(": ")[2].partition(":")[0] for problem in problems(account)]


def test_all_that_was_made_and_listed_is_fine() -> None:
    assert _found([1, 2, 3], [1, 2, 3]) == []


def test_a_change_that_is_not_listed_is_lost() -> None:
    assert _found([1, 2, 3], [1, 3]) == ["1 of 3 changes lost, with no gap that covers it"]


def test_a_gap_covers_what_it_spans_and_no_more() -> None:
    assert _found([1, 2, 3], [1], [Gap(1.5, 2.5, "reset")]) == ["1 of 3 changes lost, with no gap that covers it"]
    assert _found([1, 2, 3], [1], [Gap(1.5, 3.0, "reset")]) == []


def test_a_gap_may_begin_as_late_as_the_last_change_before_it_was_heard() -> None:
    made, gap = _changes(1, 2, 3), Gap(2.6, 3.5, "reset")
    heard = [Change(2.5, made[0].key)]
    assert list(problems(Account("leaf1", made, heard, [gap], [], 0.0))) == []
    (problem,) = problems(Account("leaf1", made, [made[0]], [gap], [], 0.0))
    assert problem.startswith("leaf1: 1 of 3 changes lost")


def test_changes_of_the_same_time_and_value_are_not_judged_but_missed_if_none_is_listed() -> None:
    assert _found([1, 2, 2, 3], [1, 2, 2, 3]) == []
    assert _found([1, 2, 2, 3], [1, 3]) == ["2 of 4 changes lost, with no gap that covers it"]


def test_what_the_switch_never_did_is_invented() -> None:
    assert _found([1, 2, 3], [1, 2, 3, 4]) == ["1 of 3 changes listed that the switch never did"]


def test_twice_and_out_of_order_is_excused_only_where_the_switch_did_it() -> None:
    early = [Window(DOUBLED, 0.5, 1.5), Window(MOVED, 0.5, 1.5)]
    late = [Window(DOUBLED, 1.5, 2.5), Window(MOVED, 1.5, 3.5)]
    assert _found([1, 2, 3], [1, 2, 2, 3], [], early) == ["1 of 3 changes listed twice"]
    assert _found([1, 2, 3], [1, 2, 2, 3], [], late) == []
    assert _found([1, 2, 3], [1, 3, 2], [], early) == ["1 of 3 changes listed out of order"]
    assert _found([1, 2, 3], [1, 3, 2], [], late) == []


def _report(
    last: int = 100, files: int = 5, threads: int = 3, busy: int = 1, made: int = 1000, full_at: float | None = 30
) -> Report:
    report = Report(100.0, 10.0, 10_000, made=made, full_at=full_at)
    report.baseline = Sample(0.0, 50 * MIB, 50 * MIB, 3, 5, 0.0, 1)
    for at in range(101):
        memory = (100 if at < 60 else last) * MIB
        report.samples.append(Sample(float(at), memory, memory, threads, files, 0.1 * at, busy))
    report.end = report.samples[-1]
    return report


def test_a_report_without_a_blemish_is_fine() -> None:
    assert _report(last=105).judge() == []
    assert _report().cpu() == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("report", "problem"),
    [
        (_report(last=106), "memory grew after the warm-up by 6.0 %"),
        (_report(files=6), "files left open: 6"),
        (_report(threads=4), "threads left: 4"),
        (_report(busy=2), "threads that hang: 2"),
        (_report(made=700), "the switches made 7 changes a second only"),
        (_report(full_at=None), "the rings were not full"),
        (_report(full_at=90), "the rings were not full"),
    ],
)
def test_each_blemish_is_told(report: Report, problem: str) -> None:
    (told,) = report.judge()
    assert told.startswith(problem)


def test_a_long_run_fills_all_rings_and_a_short_one_some() -> None:
    assert shares(20, 1000, 600, 10_000, 0.4) == [50.0] * 20
    short = shares(20, 1000, 60, 10_000, 0.4)
    assert sum(short) == pytest.approx(1000)
    assert short == [pytest.approx(990)] + [pytest.approx(10 / 19)] * 19
