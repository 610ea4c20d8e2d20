# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A figure: what was measured, beside its yardstick of the same run, and whether it reaches its goal. Pure."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SPARE = 1.25
"""How much more than a straight line still counts as linear: the scatter of one run to the next."""


@dataclass(frozen=True)
class Goal:
    """``limit``: the value has to be at most that, or with ``at_least`` at least. ``words``: the same for people."""

    words: str
    limit: float
    at_least: bool = False

    def met(self, value: float) -> bool:
        if math.isnan(value):
            return False
        return value >= self.limit if self.at_least else value <= self.limit


@dataclass(frozen=True)
class Figure:
    """``value`` is the median of ``runs``. ``against`` says what the yardstick is; without ``goal`` it is shown only."""

    figure: str
    what: str
    unit: str
    runs: tuple[float, ...]
    yardstick: float | None = None
    against: str = ""
    goal: Goal | None = None
    note: str = ""

    @property
    def value(self) -> float:
        return median(self.runs)

    @property
    def ratio(self) -> float | None:
        return None if not self.yardstick else self.value / self.yardstick

    @property
    def met(self) -> bool | None:
        return None if self.goal is None else self.goal.met(self.value)

    def row(self) -> dict[str, Any]:
        """As benchmark.json has it."""
        goal = self.goal
        return {
            "figure": self.figure,
            "what": self.what,
            "unit": self.unit,
            "value": rounded(self.value),
            "runs": [rounded(each) for each in self.runs],
            "yardstick": None if self.yardstick is None else rounded(self.yardstick),
            "against": self.against,
            "ratio": None if self.ratio is None else rounded(self.ratio),
            "goal": None if goal is None else goal.words,
            "limit": None if goal is None else rounded(goal.limit),
            "met": self.met,
            "note": self.note,
        }


def median(values: Iterable[float]) -> float:
    """Not a number where there is no value."""
    found = list(values)
    return statistics.median(found) if found else math.nan


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that ``share`` per cent of all do not exceed (nearest rank)."""
    if not values:
        return math.nan
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share / 100 * len(ordered)) - 1)]


def rounded(value: float) -> float | None:
    """Four significant digits; JSON has no word for what is not a number."""
    return None if math.isnan(value) else float(f"{value:.4g}")


def line(points: Mapping[int, float], at: int) -> float:
    """What a straight line through the first and the last but one of the points says for ``at``."""
    low, *_rest, high = sorted(count for count in points if count < at)
    slope = max(0.0, points[high] - points[low]) / (high - low)
    return points[low] + slope * (at - low)


def growth(figure: str, what: str, unit: str, points: Mapping[int, float]) -> Figure | None:
    """How the largest of the points stands to what the smaller ones promise; None for fewer than three."""
    if len(points) < 3:
        return None
    largest = max(points)
    promised = line(points, largest)
    smaller = ", ".join(f"{count}: {rounded(points[count])}" for count in sorted(points) if count < largest)
    return Figure(
        f"growth_{figure}", f"growth, {what}, {largest} switches", unit, (points[largest],),
        promised, "the line through the smaller numbers", Goal("linear or better", promised * SPARE), note=smaller,
    )  # fmt: skip


def missed(figures: Iterable[Figure]) -> list[str]:
    return [each.figure for each in figures if each.met is False]


def verdict(figures: Sequence[Figure], problems: Sequence[str]) -> int:
    """The return code: 1 where a goal is missed, 2 where something was not measured."""
    return 2 if problems else 1 if missed(figures) else 0


def shown(value: float | None) -> str:
    """For people: three digits or so."""
    if value is None:
        return "-"
    if math.isnan(value):
        return "none"
    digits = 0 if abs(value) >= 1000 else 1 if abs(value) >= 100 else 2 if abs(value) >= 1 else 3
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


HEADINGS = ("figure", "value", "yardstick", "", "ratio", "goal", "")
VERDICTS = {True: "ok", False: "MISSED", None: ""}


def cells(each: Figure) -> tuple[str, ...]:
    return (
        each.what,
        f"{shown(each.value)} {each.unit}".strip(),
        shown(each.yardstick),
        each.against,
        shown(each.ratio),
        each.goal.words if each.goal else "",
        VERDICTS[each.met],
    )


def table(figures: Iterable[Figure]) -> str:
    rows = [HEADINGS, *(cells(each) for each in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    right = (1, 2, 4)
    lines = [
        "  ".join(
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return "\n".join([lines[0], "-" * min(160, max(map(len, lines))), *lines[1:]])
