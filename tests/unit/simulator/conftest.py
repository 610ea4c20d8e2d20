# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``start`` runs a simulated switch in a thread and logs a client in."""

from __future__ import annotations

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
from simulator_client import Client, Start  # noqa: E402


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
