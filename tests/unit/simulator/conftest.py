# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``start`` runs a simulated switch in a thread and logs a client in; ``run`` starts the simulator's process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

from simulator import Options  # noqa: E402
from simulator.thread import Handle, running_in_thread  # noqa: E402
from simulator_client import Client, Run, Start  # noqa: E402


@pytest.fixture
def start() -> Iterator[Start]:
    """``start(link_delay=0.01)`` -> a switch with these options and a client that is logged in."""
    with ExitStack() as stack:

        def run(login: bool = True, **options: Any) -> tuple[Handle, Client]:
            handle = stack.enter_context(running_in_thread(Options(**{"link_delay": 0.01, **options})))
            client = Client(handle.url, handle.ca_path)
            stack.callback(client.close)
            if login:
                assert client.login().status == 200
            return handle, client

        yield run


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """Starts a simulator with these arguments; its process and its announcements."""
    with ExitStack() as stack:

        def start(*arguments: str, lines: int = 1, **environment: str) -> tuple[subprocess.Popen[str], list[Any]]:
            process = subprocess.Popen(
                [sys.executable, str(HERE.parents[1] / "simulator"), *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                cwd=tmp_path,
                env={**os.environ, "TMPDIR": str(tmp_path), **environment},
            )
            stack.enter_context(process)
            stack.callback(process.kill)
            assert process.stdout is not None
            return process, [
                json.loads(line) for line in (process.stdout.readline() for _unused in range(lines)) if line
            ]

        yield start
