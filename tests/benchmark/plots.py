# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plots of a run: how each figure grows with the number of switches. SVG, without fonts and dates in it, so that they are
small, and the same for the same run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import matplotlib as mpl

mpl.use("svg")

from matplotlib import pyplot

OURS, GOAL, LINEAR = "#00629b", "#c62828", "#888888"

TITLES = {
    "standing": ("From the task's start until all subscriptions stand", "seconds"),
    "memory": ("Memory of the listener", "MiB"),
    "cpu": ("CPU of the listener while nothing happens", "% of a core"),
    "wake": ("From the switch's frame until the task's action returns", "milliseconds"),
}


def _goals(figure: str, counts: list[int]) -> tuple[list[int], list[float]]:
    """The goal as a line over the counts; none where it is beside a yardstick of the run."""
    if figure == "memory":
        return counts, [45 + 0.25 * count for count in counts]
    limit = {"standing": 30.0, "cpu": 10.0}.get(figure)
    return ([counts[-1]], [limit]) if limit is not None else ([], [])


def draw(points: Mapping[str, Mapping[int, float]], folder: Path, caption: str) -> list[Path]:
    """A plot for each figure; ``caption``: commit and machine."""
    folder.mkdir(parents=True, exist_ok=True)
    return [
        _plot(figure, values, folder / f"{figure}.svg", caption) for figure, values in points.items() if len(values) > 1
    ]


def _plot(figure: str, values: Mapping[int, float], path: Path, caption: str) -> Path:
    title, unit = TITLES[figure]
    counts = sorted(values)
    style = {"svg.fonttype": "none", "svg.hashsalt": "nxapi.events", "font.family": "sans-serif", "font.size": 10}
    with mpl.rc_context(style):
        made, axes = pyplot.subplots(figsize=(6.4, 3.6), layout="constrained")
        axes.loglog(counts, [values[count] for count in counts], "o-", color=OURS, label="measured")
        low = values[counts[0]] / counts[0]
        axes.loglog(counts, [low * count for count in counts], ":", color=LINEAR, label="linear")
        where, limits = _goals(figure, counts)
        if limits:
            axes.loglog(where, limits, "v--", color=GOAL, label="at most")
        for count in counts:
            axes.annotate(
                f"{values[count]:.3g}", (count, values[count]), textcoords="offset points", xytext=(0, -14), ha="center"
            )
        axes.set(title=title, xlabel="switches", ylabel=unit)
        axes.set_xticks(counts, [f"{count:,}" for count in counts])
        axes.minorticks_off()
        axes.grid(True, alpha=0.3)
        axes.margins(0.08, 0.15)
        axes.legend(frameon=False)
        made.supxlabel(caption, fontsize=7, color=LINEAR)
        made.savefig(path, metadata={"Date": None, "Creator": None})
        pyplot.close(made)
    return path
