# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many notifications a second one listener takes, with a condition judged at each, beside a bare loop of recv() and
json.loads() on the same bytes from the same sender."""

from __future__ import annotations

import json
from subprocess import Popen

from .figures import Figure, Goal, median
from .lab import BenchError, Lab, Switch, hear, play, reach

TASK = {
    "name": "wait",
    "bench_wait": {"class": "ethpmPhysIf", "until": {"operSt": "down"}, "match": "all", "timeout": 600},
}


def _bare(lab: Lab, sender: Popen[str], switch: Switch, count: int) -> float:
    target = "/api/class/ethpmPhysIf.json?subscription=yes"
    with lab.program("bare.py", json.dumps(switch), target, "the-last") as bare:
        hear(bare)
        at = json.loads(hear(sender))["at"]
        heard = json.loads(hear(bare))
    if heard["frames"] != count:
        raise BenchError(f"the bare loop had {heard['frames']} of {count} notifications.")
    return float(count / (heard["last"] - at))


def _ours(lab: Lab, sender: Popen[str], switch: Switch, count: int) -> float:
    with lab.run(play(TASK), {"leaf1": reach(switch)}) as run:
        at = json.loads(hear(sender))["at"]
        result = run.see("ok", "wait")[0].result
        run.finish()
    if result["notifications"] != count or result["gaps"]:
        raise BenchError(f"the listener had {result['notifications']} of {count} notifications, gaps {result['gaps']}.")
    return float(count / (result["returned_at"] - at))


def rate_figures(lab: Lab) -> list[Figure]:
    count = 2_000 if lab.quick else 100_000
    bare, ours = [], []
    with lab.program("sender.py", count) as sender:
        switch = json.loads(hear(sender))
        for _round in range(1 if lab.quick else 3):
            bare.append(_bare(lab, sender, switch, count))
            ours.append(_ours(lab, sender, switch, count))
    yardstick = median(bare)
    what, against = "notifications, none lost, a condition judged at each", "bare recv + json.loads"
    note = f"{count:,} notifications of 48 ports on one TLS socket; {len(ours)} runs"
    return [
        Figure(
            "rate", what, "/s", tuple(ours), yardstick, against, Goal("at least half of it", yardstick / 2, True), note
        ),
        Figure("rate_least", what, "/s", tuple(ours), goal=Goal("at least 10,000", 10_000, True), note=note),
    ]
