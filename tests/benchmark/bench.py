# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`make bench`: what the collection costs, beside what the same costs otherwise, measured in the same run.

``bench.py --out FOLDER`` prints a table and writes benchmark.json and plots into FOLDER. Return code 1 where a goal is missed, 2
where something could not be measured. ``--only GROUP`` measures one group, ``--quick`` as little as shows that all of it works,
without judging. Nothing leaves loopback, and nothing is left running.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import peers

from benchmark import plots
from benchmark.figures import Figure, growth, median, missed, table, verdict
from benchmark.lab import BenchError, Lab
from benchmark.quiet import QuietWait
from benchmark.rate import rate_figures
from benchmark.scale import SIZES, scale_figures
from benchmark.tasks import task_figures
from benchmark.wake import user_figures, wake, wake_figures

GROUPS = ("requests", "wake", "user", "tasks", "rate", "scale")
HELPER = 44.0
"""MiB of a persistent connection's helper, where this run has not measured it."""

Points = dict[str, dict[int, float]]


def machine() -> dict[str, Any]:
    """What the figures depend on; no name of a host."""
    model = [line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    memory = [int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal")]
    return {
        "cores": len(os.sched_getaffinity(0)),
        "cpu": model[0] if model else platform.machine(),
        "memory_gib": round(memory[0] / (1 << 20)) if memory else None,
        "system": f"{platform.system()} {platform.release().partition('-')[0]}",
        "python": platform.python_version(),
        "ansible_core": version("ansible-core"),
        "websocket_client": version("websocket-client"),
    }


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []


class Bench:
    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.figures: list[Figure] = []
        self.points: Points = {}
        self.problems: list[str] = []
        self._helper = HELPER

    def measure(self, groups: Sequence[str]) -> None:
        """The ten minutes of ``requests`` go on beside all others."""
        quiet = QuietWait(self.lab) if "requests" in groups else None
        work: dict[str, Callable[[], list[Figure]]] = {
            "wake": self._wake,
            "user": lambda: user_figures(self.lab, str(peers.ensure())),
            "tasks": self._tasks,
            "rate": lambda: rate_figures(self.lab),
            "scale": self._scale,
        }
        if quiet is not None:
            quiet.start()
        try:
            for name in groups:
                if name in work:
                    self._one(name, work[name])
            if quiet is not None:
                self._one("requests", quiet.figures)
        finally:
            if quiet is not None:
                quiet.stop()

    def _one(self, name: str, work: Callable[[], list[Figure]]) -> None:
        """What cannot be measured does not keep the rest from it."""
        print(f"==> {name}", flush=True)
        began = time.monotonic()
        try:
            found = work()
        except (BenchError, OSError, ValueError, KeyError) as exc:
            self.problems.append(f"{name}: {type(exc).__name__}: {exc}")
            print(f"    {self.problems[-1]}", flush=True)
            return
        self.figures += found
        for each in found:
            print(f"    {each.figure}: {each.value:.4g} {each.unit} {_beside(each)}", flush=True)
        print(f"    after {time.monotonic() - began:.0f} s", flush=True)

    def _wake(self) -> list[Figure]:
        found = wake_figures(self.lab)
        sizes = (1, 2, 3) if self.lab.quick else SIZES
        count = 3 if self.lab.quick else 101
        self.points["wake"] = {size: median(wake(self.lab, size, count).action) for size in sizes}
        grown = growth("wake", "frame sent to action returned", "ms", self.points["wake"])
        return [*found, *([grown] if grown else [])]

    def _tasks(self) -> list[Figure]:
        found, self._helper = task_figures(self.lab, str(peers.ensure()))
        return found

    def _scale(self) -> list[Figure]:
        found, points = scale_figures(self.lab, self._helper)
        self.points.update(points)
        return found


def _beside(each: Figure) -> str:
    yardstick = f"beside {each.yardstick:.4g} ({each.against})" if each.yardstick is not None else ""
    verdict = {True: "ok", False: "MISSED", None: ""}[each.met]
    return " ".join(word for word in (yardstick, verdict) if word)


def report(bench: Bench, commit: str, load: float, took: float) -> dict[str, Any]:
    """What benchmark.json holds."""
    return {
        "commit": commit,
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d"),
        "machine": machine(),
        "load_before": round(load, 2),
        "seconds": round(took),
        "quick": bench.lab.quick,
        "figures": [each.row() for each in bench.figures],
        "missed": missed(bench.figures),
        "problems": bench.problems,
        "points": {name: {str(count): value for count, value in each.items()} for name, each in bench.points.items()},
    }


def write(found: dict[str, Any], points: Points, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    (out / "benchmark.json").write_text(json.dumps(found, indent=2) + "\n")
    known = found["machine"]
    caption = (
        f"commit {found['commit']}, {found['date']}; {known['cores']} cores of {known['cpu']}, Python {known['python']}, "
        f"ansible-core {known['ansible_core']}"
    )
    plots.draw(points, out, caption)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="What the collection costs. See docs/docsite/rst/costs.rst.")
    parser.add_argument("--out", type=Path, required=True, help="folder for benchmark.json and the plots")
    parser.add_argument("--only", choices=GROUPS, help="measure this group alone")
    parser.add_argument("--quick", action="store_true", help="little of everything, and no judgement")
    parser.add_argument("--commit", default="unknown", help="what is measured, for the report")
    return parser.parse_args()


def main() -> int:
    given = _arguments()
    signal.signal(signal.SIGTERM, lambda *_unused: sys.exit(143))  # so that what was started is ended
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background starts with it ignored
    load, began = os.getloadavg()[0], time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="nxapi-bench-"))
    bench = Bench(Lab(folder, given.quick))
    try:
        bench.measure([given.only] if given.only else GROUPS)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if given.quick:
        bench.figures = [replace(each, goal=None) for each in bench.figures]
    found = report(bench, given.commit, load, time.monotonic() - began)
    write(found, bench.points, given.out)
    print("\n" + table(bench.figures) + "\n")
    for words in bench.problems:
        print(f"not measured: {words}")
    if found["missed"]:
        print(f"missed: {', '.join(found['missed'])}")
    return verdict(bench.figures, bench.problems)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
