# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fixtures: simulated switches in this process (in threads), and a Player that runs ansible-playbook against them."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from playing import COLLECTION, Player  # noqa: E402
from simulator import Options  # noqa: E402
from simulator.thread import Handle, running_in_thread  # noqa: E402

Start = Callable[..., Handle]


def pytest_configure(config: pytest.Config) -> None:
    # A shell starts what runs in its background with SIGINT ignored, and ansible-playbook would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if COLLECTION.parts[-3:] != ("ansible_collections", "nxapi", "events"):
        raise pytest.UsageError(
            "These tests need the collection at ansible_collections/nxapi/events: run them by make integration."
        )


def reach(switch: Handle, **more: object) -> dict[str, object]:
    """The inventory variables of a switch, as a user would write them."""
    variables: dict[str, object] = {
        "ansible_host": switch.host,
        "ansible_httpapi_port": switch.port,
        "ansible_httpapi_use_ssl": switch.url.startswith("https"),
        "ansible_user": switch.username,
        "ansible_password": switch.password,
    }
    if switch.ca_path:
        variables["ansible_httpapi_ca_path"] = switch.ca_path
    return {**variables, **more}


@pytest.fixture
def start() -> Iterator[Start]:
    """``start(link_delay=1)`` -> a switch with these options."""
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(running_in_thread(Options(**{"link_delay": 0.1, **options})))


@pytest.fixture
def switch(start: Start) -> Handle:
    """A switch as it is by default."""
    return start()


@pytest.fixture
def player(tmp_path: Path) -> Iterator[Player]:
    """Runs without an inventory yet."""
    made = Player(tmp_path)
    yield made
    made.close()


@pytest.fixture
def leaf(player: Player, switch: Handle) -> Player:
    """Runs on the switch, which the inventory calls leaf1."""
    player.hosts(leaf1=reach(switch))
    return player


@pytest.fixture
def variables() -> Callable[..., dict[str, Any]]:
    return reach
