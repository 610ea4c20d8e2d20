# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One task that follows many TLS switches: how soon it stands, and what memory and CPU the listener takes while nothing
happens. At 1, 10, 100 and 1,000 switches, for the plots."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from support.processes import Sample, sample

from .figures import Figure, Goal, growth, median
from .lab import Lab, Run, Switch, eventually, play, reach, rest

PORTS = ("sys/intf/phys-[eth1/1]/phys", "sys/intf/phys-[eth1/2]/phys")
MIB = 1 << 20
SIZES = (1, 10, 100, 1000)
SETTLE = 35.0
"""Seconds until each subscription has been refreshed once, and from then on with the others of its session."""

WINDOW = 30.0
"""Seconds of CPU that one value is the mean of: a subscription's refreshes are 27 to 30 s apart, pings 25 s."""


@dataclass(frozen=True)
class Scale:
    """``stands``: seconds from the task's start to its result, of each run. ``memory`` in MiB and ``cpu`` in per cent of a core
    of the listener that follows so many, the latter of each window."""

    switches: int
    stands: tuple[float, ...]
    memory: float
    cpu: tuple[float, ...]


def _task(name: str, state: str, timeout: int) -> dict[str, Any]:
    """A wait on all hosts for two conditions on each, which are two subscriptions."""
    legs = [{"name": dn, "dn": dn, "until": {"operSt": state}} for dn in PORTS]
    options = {"hosts": "{{ ansible_play_hosts_all }}", "all_of": legs, "timeout": timeout}
    return {"name": name, "nxapi.events.wait_for_mo": options, "run_once": True}


def _stand(run: Run) -> float:
    ended = run.see("ok", "stand")[0]
    return ended.at - run.of("task", "stand")[0].at


def _hosts(switches: Sequence[Switch]) -> dict[str, Mapping[str, object]]:
    return {f"leaf{number + 1}": reach(each) for number, each in enumerate(switches)}


def measure(lab: Lab, switches: Sequence[Switch], rounds: int, windows: int) -> Scale:
    """The last of the ``rounds`` goes on to follow them, and is looked at for ``windows``."""
    hosts, window = _hosts(switches), 2.0 if lab.quick else WINDOW
    stands = []
    for _round in range(rounds - 1):
        with lab.run(play(_task("stand", "up", 300)), hosts) as run:
            stands.append(_stand(run))
            run.finish()
    with lab.run(play(_task("stand", "up", 300), _task("keep", "down", 3000)), hosts) as run:
        stands.append(_stand(run))
        run.see("task", "keep")
        time.sleep(2.0 if lab.quick else SETTLE)
        pid = run.listener()
        seen = [sample(pid, time.monotonic())]
        for _window in range(windows):
            time.sleep(window)
            seen.append(sample(pid, time.monotonic()))
        _check(lab, switches)
    cpu = tuple(_share(one, other) for one, other in pairwise(seen))
    found = Scale(len(switches), tuple(stands), max(each.rss for each in seen) / MIB, cpu)
    lab.say(
        f"{found.switches} switches: stand after {median(stands):.1f} s, {found.memory:.0f} MiB, {median(cpu):.2f} % of a core"
    )
    return found


def _share(one: Sample, other: Sample) -> float:
    return (other.cpu - one.cpu) / (other.at - one.at) * 100


def _check(lab: Lab, switches: Sequence[Switch]) -> None:
    """What was measured is two live subscriptions on each; looked at on some of them."""
    for each in switches[:: max(1, len(switches) // 20)]:
        eventually(
            lambda each=each: len(rest(each, "/simulator/subscriptions")) >= 2, "two subscriptions on each", 30.0
        )


def scale_figures(lab: Lab, helper: float) -> tuple[list[Figure], dict[str, dict[int, float]]]:
    """``helper``: MiB of a persistent connection's helper in this run. Also the points for the plots."""
    sizes = (1, 2, 3) if lab.quick else SIZES
    scales: list[Scale] = []
    with lab.switches(max(sizes)) as switches:
        for size in sizes:
            rounds, windows = (1, 1) if lab.quick else (3, 3 if size == max(sizes) else 2)
            scales.append(measure(lab, switches[:size], rounds, windows))
    points = {
        "standing": {each.switches: median(each.stands) for each in scales},
        "memory": {each.switches: each.memory for each in scales},
        "cpu": {each.switches: median(each.cpu) for each in scales},
    }
    return [*_figures(scales[-1], helper), *_growth(points)], points


def _figures(largest: Scale, helper: float) -> list[Figure]:
    count = largest.switches
    limit = 45 + 0.25 * count
    return [
        Figure(
            "standing", f"task start to {2 * count:,} subscriptions standing", "s", largest.stands,
            goal=Goal("at most 30 s", 30.0), note=f"{count} TLS switches in other processes, two subscriptions each",
        ),
        Figure(
            "memory", f"memory of the listener, {count:,} TLS switches", "MiB", (largest.memory,), helper * count,
            f"{helper:.0f} MiB for each host's persistent connection",
            Goal(f"at most 45 + 0.25 each: {limit:.0f} MiB", limit), "resident, most of what was seen",
        ),
        Figure(
            "cpu", f"CPU of the listener, {count:,} idle switches", "%", largest.cpu,
            goal=Goal("at most 10 % of a core", 10.0), note=f"of windows of {WINDOW:g} s",
        ),
    ]  # fmt: skip


def _growth(points: Mapping[str, Mapping[int, float]]) -> list[Figure]:
    named = {"standing": ("task start to standing", "s"), "memory": ("memory", "MiB"), "cpu": ("CPU when idle", "%")}
    found = (growth(name, *named[name], points[name]) for name in named)
    return [each for each in found if each is not None]
