# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A simulated switch that changes a port's description to mark0001, mark0002, … each time somebody has begun to wait for it.

That somebody waits shows in a read (a request of ``--kind``) after the last change. Then ``--pause`` seconds go by, and as many
as spread evenly between 0 and ``--span``. It begins at a line on its standard input; that may name the times of a run, whose
last item has to end before the next read counts. It prints when each change was made (monotonic), and ends with its
standard input.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from simulator import Options, Switch
from simulator.thread import running_in_thread

PORT = "sys/intf/phys-[eth1/1]"
TICK = 0.002


class Reads:
    """How many requests of a kind the switch has answered, those that subscribe not counted."""

    def __init__(self, kind: str) -> None:
        self.count = 0
        self._kind = kind

    def watch(self, switch: Switch) -> None:
        original = switch.stats.request

        def request(kind: str, method: str, target: str, *rest: Any) -> None:
            original(kind, method, target, *rest)
            self.count += f"{method} {kind}" == self._kind and "subscription=" not in target

        switch.stats.request = request  # type: ignore[method-assign]


def _until_awaited(reads: Reads, times: str, index: int, seen: int) -> None:
    """Until the next one waits; ``seen``: reads before the last change."""
    if times and index:
        while Path(times).read_text().count('"kind": "item"') < index:
            time.sleep(TICK)
        seen = reads.count
    while reads.count <= seen:
        time.sleep(TICK)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--changes", type=int, required=True)
    parser.add_argument("--kind", default="GET mo")
    parser.add_argument("--pause", type=float, default=0.03)
    parser.add_argument("--span", type=float, default=0.0)
    given = parser.parse_args()
    spread = [given.span * (index + 0.5) / given.changes for index in range(given.changes)]
    random.Random(1).shuffle(spread)
    with running_in_thread(Options(tls=True, subscription_timeout=3600.0, session_timeout=3600.0)) as switch:
        reads = Reads(given.kind)
        switch.call(reads.watch)
        shown = ("url", "host", "port", "username", "password", "ca_path")
        print(json.dumps({name: getattr(switch, name) for name in shown}), flush=True)
        line = sys.stdin.readline()
        if not line:
            return
        times, seen = line.strip(), 0
        for index, phase in enumerate(spread):
            _until_awaited(reads, times, index, seen)
            time.sleep(given.pause + phase)
            seen = reads.count
            switch.set(PORT, descr=f"mark{index + 1:04d}")
        for index, entry in enumerate(switch.call(lambda each: list(each.stats.history))):
            assert entry["attributes"] == {"descr": f"mark{index + 1:04d}"}
            print(json.dumps({"item": f"mark{index + 1:04d}", "at": entry["at"]}), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):  # Ctrl-C reaches all of `make bench`
        main()
