# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one task costs, from its start to its result: a wait that has nothing to wait for, beside other tasks."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from support.processes import sample

from .figures import Figure, Goal, median
from .lab import HELPER, BenchError, Lab, Run, Switch, play, reach
from .wake import LOCAL, LOGIN, OVER_HTTPAPI, get

PORT = "sys/intf/phys-[eth1/1]/phys"
MIB = 1 << 20


@dataclass(frozen=True)
class Kind:
    """``count`` tasks in a row, after ``before`` and a first one that warms up."""

    task: Mapping[str, Any]
    count: int
    before: tuple[Mapping[str, Any], ...] = ()
    hostvars: Mapping[str, object] = field(default_factory=dict)


KINDS = {
    "wait": Kind({"nxapi.events.wait_for_mo": {"dn": PORT, "until": {"operSt": "up"}}}, 60),
    "debug": Kind({"ansible.builtin.debug": {"msg": "up"}}, 60),
    "uri": Kind({"ansible.builtin.uri": get(f"/api/mo/{PORT}.json")}, 12, (LOGIN,), LOCAL),
    "httpapi": Kind({"cisco.nxos.nxos_command": {"commands": ["show version"]}}, 12, (), OVER_HTTPAPI),
}


def _times(run: Run) -> list[float]:
    """Milliseconds of each task."""
    started, found = 0.0, []
    for each in run.events():
        if each.kind == "task":
            started = each.at
        elif each.kind == "ok" and each.task.startswith("task "):
            found.append((each.at - started) * 1000)
    return found


def once(lab: Lab, switch: Switch, kind: Kind, collections: str) -> tuple[list[float], float]:
    """The milliseconds of each task, and the MiB of the persistent connection's helper where there was one."""
    count = 2 if lab.quick else kind.count
    tasks = [*kind.before, *({"name": f"task {number}", **kind.task} for number in range(count + 1))]
    helper = 0.0
    hosts = {"leaf1": reach(switch, base=switch["url"], **kind.hostvars)}
    with lab.run(play(*tasks), hosts, ANSIBLE_COLLECTIONS_PATH=collections) as run:
        run.see("ok", f"task {count}")
        for pid in run.processes(HELPER):
            try:
                helper = max(helper, sample(pid, time.monotonic()).rss / MIB)
            except OSError:
                continue
        run.finish()
    return _times(run)[1:], helper


def task_figures(lab: Lab, peers: str) -> tuple[list[Figure], float]:
    """Also the MiB of a persistent connection's helper."""
    collections = f"{lab.collections}:{peers}"
    runs: dict[str, list[float]] = {name: [] for name in KINDS}
    helpers = []
    with lab.switches(1) as (switch,):
        for _round in range(1 if lab.quick else 3):
            for name, kind in KINDS.items():
                times, helper = once(lab, switch, kind, collections)
                runs[name].append(median(times))
                helpers += [helper] if name == "httpapi" else []
    if not all(helpers):
        raise BenchError("the persistent connection's helper was not seen.")
    ours = tuple(runs["wait"])
    debug, uri, httpapi = (median(runs[name]) for name in ("debug", "uri", "httpapi"))
    note = "from task start to its result; median of the tasks of a run, of which there are 3, interleaved"
    what = "wait_for_mo that holds already, session warm"
    return [
        Figure("task_debug", what, "ms", ours, debug, "ansible.builtin.debug", Goal("at most 25 ms more", debug + 25), note),
        Figure("task_uri", what, "ms", ours, uri, "ansible.builtin.uri, one GET", Goal("at most a tenth of it", uri / 10), note),
        Figure(
            "task_httpapi", what, "ms", ours, httpapi, "cisco.nxos.nxos_command over httpapi",
            Goal("at most a twentieth of it", httpapi / 20), note,
        ),
    ], median(helpers)  # fmt: skip
