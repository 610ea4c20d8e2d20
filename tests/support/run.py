# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A process in the place of ansible-playbook, whose workers start the listener; without Ansible, so in 0.3 s."""

from __future__ import annotations

import contextlib
import os
import resource
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from ansible.module_utils.connection import Connection
from ansible_collections.nxapi.events.plugins.plugin_utils.listener import spawn
from simulator.thread import Handle

UTILS = Path(spawn.__file__).resolve().parents[1]

RUN = """
import importlib, importlib.util, multiprocessing, os, select, sys
spec = importlib.util.spec_from_file_location("utils", {utils!r} + "/__init__.py", submodule_search_locations=[{utils!r}])
sys.modules["utils"] = importlib.util.module_from_spec(spec)
spawn = importlib.import_module("utils.listener.spawn")

def outcome():
    try:
        return spawn.ensure({folder!r})
    except spawn.ListenerError as exc:
        return "failed: %s" % exc

def worker(results, begin):
    begin.wait()
    results.put(outcome())

def orphan(run):
    ended = os.pidfd_open(run)
    print("waiting", flush=True)
    select.select([ended], [], [])
    print(outcome(), flush=True)

fork = multiprocessing.get_context("fork")

def ensured(count):
    results, begin = fork.Queue(), fork.Event()
    workers = [fork.Process(target=worker, args=(results, begin)) for _ in range(count)]
    for each in workers:
        each.start()
    begin.set()
    found = [results.get(timeout=60) for _ in workers]
    for each in workers:
        each.join()
    print("\\n".join(sorted(set(found))), flush=True)

ensured({workers})
for line in sys.stdin:
    if line.strip():
        fork.Process(target=orphan, args=(os.getpid(),)).start()
    else:
        ensured(1)
"""


@contextlib.contextmanager
def running(
    folder: str, workers: int = 1, files: int = 0, utils: Path = UTILS
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process in the place of ansible-playbook, and the control socket that its workers found (or why they did not).

    ``files``: how many it and its listener may have open; 0 for what the tests may. ``utils``: plugin_utils of the
    version of the collection that it has.
    """

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))

    program = RUN.format(utils=str(utils), folder=folder, workers=workers)
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=limited if files else None,
    )
    try:
        assert process.stdout is not None
        yield process, process.stdout.readline().strip()
    finally:
        process.kill()
        process.communicate()


def next_task(run: subprocess.Popen[str]) -> str:
    """What one more worker of the run finds."""
    assert run.stdin is not None and run.stdout is not None
    run.stdin.write("\n")
    run.stdin.flush()
    return run.stdout.readline().strip()


def orphaned(run: subprocess.Popen[str]) -> str:
    """What a worker of the run finds that outlives it: the run is killed."""
    assert run.stdin is not None and run.stdout is not None
    run.stdin.write("orphan\n")
    run.stdin.flush()
    assert run.stdout.readline() == "waiting\n"
    run.kill()
    run.wait()
    return run.stdout.readline().strip()


def kill(pid: int) -> None:
    """SIGKILL; returns when the process is gone with its sockets, which outlive its command line for a moment."""
    ended = os.pidfd_open(pid)
    os.kill(pid, signal.SIGKILL)
    assert select.select([ended], [], [], 10)[0], "it cannot be killed"
    os.close(ended)


def listeners(folder: str) -> list[int]:
    """The processes that have this folder on their command line."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                words = (entry / "cmdline").read_bytes().split(b"\0")
                if b"--folder" in words and words[words.index(b"--folder") + 1].decode().startswith(folder):
                    found.append(int(entry.name))
    return found


def gone_within(seconds: float, condition: Callable[[], bool]) -> float:
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < seconds, "still there"
        time.sleep(0.01)
    return time.monotonic() - started


def session_of(control: str, switch: Handle, **more: object) -> str:
    given = {
        "host": switch.host, "port": switch.port, "username": switch.username, "password": switch.password,
        "use_ssl": False, "validate_certs": True, "ca_path": None, "use_proxy": True, "request_timeout": 5.0,
    }  # fmt: skip
    return str(Connection(control).set_options(label="leaf1", **{**given, **more})["socket"])
