# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The processes that a soak and the benchmark look at: the listener, and simulated switches in processes of their own."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import importlib.util
import json
import os
import signal
import socket
import struct
import sys
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

TESTS = Path(__file__).resolve().parents[1]
TRACING = TESTS / "resilience" / "soak" / "tracing"
UTILS = TESTS.parent / "plugins" / "plugin_utils"
PACKAGE = "nxapi_events_apart"
TRACES = "NXAPI_SOAK_TRACES"
START_SECONDS = 60.0
LARGE_LINE = 1 << 26


class RpcError(Exception):
    """What the listener answers instead of a result."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(f"{reason}: {message}")
        self.reason = reason


async def call(path: str, method: str, **keywords: Any) -> Any:
    """One JSON-RPC call as ansible's Connection makes it. Cancelled, it closes the connection, as a killed worker does."""
    reader, writer = await asyncio.open_unix_connection(path, limit=LARGE_LINE)
    try:
        body = {"jsonrpc": "2.0", "method": method, "id": "test", "params": [[], keywords]}
        data = json.dumps(body).encode()
        writer.write(struct.pack("!Q", len(data)) + data)
        (length,) = struct.unpack("!Q", await reader.readexactly(8))
        reply = json.loads(await reader.readexactly(length))
    except (asyncio.IncompleteReadError, ConnectionError) as error:
        raise RpcError("listener", f"it hung up: {error!r}") from None
    finally:
        writer.close()
    if "error" in reply:
        told = json.loads(reply["error"].get("data") or "{}")
        raise RpcError(told.get("reason", "?"), told.get("msg", str(reply["error"])))
    return reply["result"]


def _plugin_utils(name: str) -> ModuleType:
    """A module of plugin_utils from this very tree, whatever Ansible would find."""
    if PACKAGE not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            PACKAGE, UTILS / "__init__.py", submodule_search_locations=[str(UTILS)]
        )
        assert spec is not None
        sys.modules[PACKAGE] = importlib.util.module_from_spec(spec)
    return importlib.import_module(f"{PACKAGE}.{name}")


def ring() -> int:
    """Notifications that the listener keeps of a subscription."""
    return int(_plugin_utils("engine.journal").RING)


@dataclass(frozen=True)
class Sample:
    """What the kernel says of a process at one moment; memory in bytes, ``cpu`` in seconds since its start.

    ``busy``: threads that do something else than the most do, who sit idle in the pool; 0 where it was not looked at.
    """

    at: float
    rss: int
    pss: int
    threads: int
    files: int
    cpu: float
    busy: int = 0


def sample(pid: int, at: float) -> Sample:
    """Of the process; an OSError if there is none."""
    rollup = _fields(Path(f"/proc/{pid}/smaps_rollup").read_text())
    stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    cpu = (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")
    return Sample(at, rollup["Rss"], rollup["Pss"], int(stat[17]), len(os.listdir(f"/proc/{pid}/fd")), cpu)


class Listener:
    """The real one, in a folder of the run as ansible-playbook makes it. ``traces``: where it says what holds its memory."""

    def __init__(self, folder: Path, traces: Path | None = None) -> None:
        if traces is not None:
            traces.mkdir(parents=True, exist_ok=True)
            os.environ[TRACES] = str(traces)
            os.environ["PYTHONPATH"] = str(TRACING)
        self.control: str = _plugin_utils("listener.spawn").ensure(str(folder))
        os.environ.pop(TRACES, None)
        self.pid = _peer(self.control)

    def sample(self, at: float, thorough: bool = False) -> Sample:
        seen = sample(self.pid, at)
        return replace(seen, busy=self._busy()) if thorough else seen

    def _busy(self) -> int:
        """By the system call that each thread is in: a request that hangs is in another one than an idle thread."""
        calls = Counter(_first_word(thread / "syscall") for thread in Path(f"/proc/{self.pid}/task").iterdir())
        return sum(calls.values()) - max(calls.values())

    def trace(self) -> None:
        os.kill(self.pid, signal.SIGUSR1)


def _first_word(path: Path) -> str:
    try:
        return path.read_text().partition(" ")[0]
    except OSError:  # some kernels do not tell
        return ""


def _peer(path: str) -> int:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.connect(path)
        return int(
            struct.unpack("3i", probe.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))[0]
        )


def _fields(text: str) -> dict[str, int]:
    """``Rss:  123 kB`` -> bytes."""
    rows = (line.split() for line in text.splitlines()[1:])
    return {row[0].rstrip(":"): int(row[1]) * 1024 for row in rows if len(row) == 3 and row[2] == "kB"}


def simulator_command(count: int, *options: str) -> list[str]:
    """A process of so many simulated switches, that ends with this one; it prints a line of JSON for each."""
    program = str(TESTS / "simulator")
    return [sys.executable, program, "--count", str(count), "--watch-pid", str(os.getpid()), *options]


@contextlib.asynccontextmanager
async def simulator(count: int, *options: str) -> AsyncIterator[list[dict[str, Any]]]:
    """So many simulated switches in a process of their own; what each says of itself. They end with this process."""
    command = simulator_command(count, *options)
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        lines = [await asyncio.wait_for(process.stdout.readline(), START_SECONDS) for _each in range(count)]
        yield [json.loads(line) for line in lines]
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
