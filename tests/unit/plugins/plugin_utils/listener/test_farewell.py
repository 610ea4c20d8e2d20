# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The end of a run, with a listener that does not do as it should. How it goes usually is in tests/e2e/test_listener_life.py."""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="pidfd")

LISTENER = """
import signal, socket, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
server.listen(0)
print("ready", flush=True)
sys.stdin.read()
"""

RUN = """
import signal, sys
from ansible_collections.nxapi.events.plugins.plugin_utils.listener import farewell
farewell.register(sys.argv[1])
signal.setitimer(signal.ITIMER_REAL, float(sys.argv[2]))
signal.signal(signal.SIGALRM, signal.default_int_handler)
"""


@pytest.fixture
def run_folder() -> Iterator[Path]:
    """With a short path, for the socket's sake; and with a listener that ends neither by itself nor when it is asked to."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "nxapi"
        folder.mkdir(0o700)
        command = [sys.executable, "-c", LISTENER, str(folder / "control.sock")]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as listener:
            assert listener.stdout is not None and listener.stdout.readline() == "ready\n"
            yield Path(name)
            listener.kill()


def end_of_run(folder: Path, interrupt: float = 0) -> None:
    """``interrupt``: after so many seconds somebody presses Ctrl-C."""
    command = [sys.executable, "-c", RUN, str(folder), str(interrupt)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_listener_that_takes_no_connection_holds_nobody_up(run_folder: Path) -> None:
    control = str(run_folder / "nxapi" / "control.sock")
    clients = []
    with pytest.raises(BlockingIOError):
        while True:
            clients.append(_client(control))
    end_of_run(run_folder)
    for client in clients:
        client.close()


def _client(control: str) -> socket.socket:
    client = socket.socket(socket.AF_UNIX)
    client.setblocking(False)
    try:
        client.connect(control)
    except OSError:
        client.close()
        raise
    return client


def test_one_who_does_not_want_to_wait_sees_no_traceback(run_folder: Path) -> None:
    end_of_run(run_folder, interrupt=1.0)
