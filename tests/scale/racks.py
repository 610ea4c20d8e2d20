# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A thousand simulated switches in four processes, as one test needs them."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from playing import eventually

SIMULATOR = Path(__file__).resolve().parents[1] / "simulator"

RACKS = 4
SWITCHES = 250
"""In a rack, which is a process."""

PATIENCE = 300.0
"""Seconds after which anything here counts as hanging: all of it takes 40 on two quiet cores."""


@dataclass(frozen=True)
class Rack:
    control: str
    hosts: dict[str, dict[str, Any]]
    """Inventory variables by name."""

    def ask(self, what: str, **body: object) -> Any:
        """POST with a body, else GET, to all of its switches."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        data = json.dumps(body).encode() if body else None
        with opener.open(f"{self.control}/simulator/all/{what}", data, timeout=PATIENCE) as reply:
            return json.load(reply)


@contextmanager
def running(folder: Path) -> Iterator[list[Rack]]:
    """They start side by side, TLS all of them, and end with this process."""
    with ExitStack() as stack:
        started = []
        for number in range(1, RACKS + 1):
            path = folder / f"rack{number}.yml"
            options = ("--count", str(SWITCHES), "--tls", "--name", f"rack{number}-leaf", "--inventory", str(path))
            command = [sys.executable, str(SIMULATOR), *options, "--control-port", "0", "--exit-with-stdin"]
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            stack.enter_context(process)
            stack.callback(process.kill)
            started.append((process, path))
        yield [_rack(process, path) for process, path in started]
        for process, _path in started:
            assert process.stdin is not None
            process.stdin.close()
            assert process.wait(PATIENCE) == 0


def _rack(process: subprocess.Popen[str], path: Path) -> Rack:
    assert process.stdout is not None
    said = [json.loads(process.stdout.readline()) for _each in range(SWITCHES)]
    eventually(path.exists, path.name)
    hosts = yaml.load(path.read_text(), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return Rack(said[0]["control_url"], hosts["all"]["children"]["switches"]["hosts"])
