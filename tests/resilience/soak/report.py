# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was measured in a soak, what it has to be, and how it is shown. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from support.processes import Sample

MIB = 1 << 20
GROWTH = 1.05
"""Memory after the warm-up: the median of the last fifth of the time, compared with that of the first fifth."""

WARM = 0.4
"""The warm-up ends when the rings are full, and not before this share of the run."""

LATEST = 0.8
LEAST_RATE = 0.8
"""The share of the wanted notifications a second that has to be reached: a soak at less would be none."""

SPARE = 1.25
"""Threads: the listener's pool keeps as many as were ever busy at once, and a request that was given up is busy until
its connection has ended."""

COLUMNS = 12


@dataclass
class Report:
    """All times in seconds since the load began."""

    seconds: float
    rate: float
    ring: int
    samples: list[Sample] = field(default_factory=list)
    baseline: Sample | None = None
    end: Sample | None = None
    full_at: float | None = None
    made: int = 0
    listed: int = 0
    kept: int = 0
    reconnects: int = 0
    undecodable: int = 0
    faults: Mapping[str, int] = field(default_factory=dict)
    deeds: Mapping[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def warm_at(self) -> float:
        return max(self.full_at or 0.0, WARM * self.seconds)

    def growth(self) -> tuple[float, float]:
        """Resident memory in the first and in the last fifth of the time after the warm-up."""
        warm = [sample for sample in self.samples if self.warm_at <= sample.at <= self.seconds]
        fifth = max(1, len(warm) // 5)
        if not warm:
            return 0.0, 0.0
        return median(each.rss for each in warm[:fifth]), median(each.rss for each in warm[-fifth:])

    def cpu(self) -> float:
        """The listener's share of one core under load."""
        loaded = [sample for sample in self.samples if sample.at <= self.seconds]
        if len(loaded) < 2:
            return 0.0
        return (loaded[-1].cpu - loaded[0].cpu) / (loaded[-1].at - loaded[0].at)

    def entry_bytes(self) -> float:
        """What one kept entry costs, all of the growth since the connection counted to it."""
        if self.baseline is None or not self.samples or not self.kept:
            return 0.0
        return (self.growth()[1] - self.baseline.rss) / self.kept

    def judge(self) -> list[str]:
        """What is not as it has to be."""
        return [*self.problems, *self._memory(), *self._left(), *self._load()]

    def _memory(self) -> Iterator[str]:
        if self.full_at is None or self.full_at > LATEST * self.seconds:
            yield f"the rings were not full after {LATEST * self.seconds:.0f} s, so memory could not be judged"
            return
        first, last = self.growth()
        if last > first * GROWTH:
            yield f"memory grew after the warm-up by {100 * (last / first - 1):.1f} %, from {first / MIB:.1f} to {last / MIB:.1f} MiB"

    def _left(self) -> Iterator[str]:
        assert self.baseline is not None and self.end is not None
        if self.end.files > self.baseline.files:
            yield f"files left open: {self.end.files} at the end, {self.baseline.files} after the connection"
        if self.end.busy > self.baseline.busy:
            yield f"threads that hang: {self.end.busy} busy at rest, {self.baseline.busy} after the connection"
        if self.end.threads > self.baseline.threads * SPARE:
            yield f"threads left: {self.end.threads} at the end, {self.baseline.threads} after the connection"

    def _load(self) -> Iterator[str]:
        reached = self.made / self.seconds
        if reached < LEAST_RATE * self.rate:
            yield f"the switches made {reached:.0f} changes a second only, not {self.rate:.0f}"

    # Shown

    def as_result(self) -> dict[str, Any]:
        first, last = self.growth()
        return {
            "seconds": self.seconds, "rate": self.rate, "ring": self.ring, "warm_up": self.warm_at, "full_at": self.full_at,
            "memory": {"first": first, "last": last}, "cpu": self.cpu(), "entry_bytes": self.entry_bytes(),
            "made": self.made, "listed": self.listed, "kept": self.kept, "reconnects": self.reconnects,
            "undecodable": self.undecodable, "faults": dict(self.faults), "deeds": dict(self.deeds),
            "baseline": vars(self.baseline), "end": vars(self.end), "samples": [vars(sample) for sample in self.samples],
            "problems": self.judge(),
        }  # fmt: skip

    def table(self) -> Iterator[str]:
        """The run in a few rows, and what it comes to."""
        step = max(1, len(self.samples) // COLUMNS)
        shown = [(f"{sample.at:.0f} s", sample) for sample in self.samples[::step]]
        ends = (("connected", self.baseline), ("at rest", self.end))
        shown = [(title, sample) for title, sample in ends[:1] if sample] + shown
        shown += [(title, sample) for title, sample in ends[1:] if sample]
        yield from rows(
            {
                "when": [title for title, _sample in shown],
                "RSS MiB": [f"{sample.rss / MIB:.1f}" for _title, sample in shown],
                "PSS MiB": [f"{sample.pss / MIB:.1f}" for _title, sample in shown],
                "threads": [str(sample.threads) for _title, sample in shown],
                "files": [str(sample.files) for _title, sample in shown],
                "CPU s": [f"{sample.cpu:.1f}" for _title, sample in shown],
            }
        )
        yield from self._sums()

    def _sums(self) -> Iterator[str]:
        first, last = self.growth()
        full = "not full" if self.full_at is None else f"full after {self.full_at:.0f} s"
        yield f"warm-up {self.warm_at:.0f} s (rings of {self.ring} {full}); memory then {first / MIB:.1f}, last {last / MIB:.1f} MiB"
        yield f"{self.made} changes ({self.made / self.seconds:.0f} a second), {self.listed} notifications listed, {self.kept} kept"
        yield f"CPU of the listener {100 * self.cpu():.0f} % of a core; {self.entry_bytes():.0f} bytes an entry kept"
        yield f"{sum(self.faults.values())} faults ({_counted(self.faults)})"
        yield f"{self.reconnects} reconnects, {self.undecodable} undecodable frames"
        yield f"{sum(self.deeds.values())} tasks ({_counted(self.deeds)})"


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{title} {count}" for title, count in sorted(counts.items()))


def rows(columns: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """A table with aligned columns."""
    width = {title: max(len(title), *(len(cell) for cell in cells)) for title, cells in columns.items()}
    yield "  ".join(title.rjust(width[title]) for title in columns)
    for cells in zip(*columns.values(), strict=True):
        yield "  ".join(cell.rjust(width[title]) for title, cell in zip(columns, cells, strict=True))
