# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A control node that is out of files or of disk: who does not fit is told so at once, and the others go on."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.connection import Connection, ConnectionError
from ansible_collections.nxapi.events.plugins.plugin_utils.listener import spawn
from simulator import Options
from simulator.thread import Handle, running_in_thread
from support.run import gone_within, listeners, next_task, running, session_of

NEVER = {"dn": "sys/intf/phys-[eth1/1]/phys", "until": {"operSt": "never"}, "timeout": 60}

LIMIT = "ulimit -n"
"""What the sentence about too few files names."""


@pytest.fixture
def folder() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="nx", dir="/tmp") as path:
        yield path


@pytest.fixture
def switch() -> Iterator[Handle]:
    with running_in_thread(Options(link_delay=0.01)) as handle:
        yield handle


def problem(work: Any, *arguments: Any, **keywords: Any) -> dict[str, str]:
    """The reason and the sentence with which a call fails."""
    with pytest.raises(ConnectionError) as caught:
        work(*arguments, **keywords)
    return dict(json.loads(str(caught.value)))


def open_files(pid: int) -> int:
    return len(os.listdir("/proc/%d/fd" % pid))


def test_too_few_files_for_a_listener_is_one_sentence(folder: str) -> None:
    with running(folder, files=32) as (_run, said):
        assert said.startswith("failed: ") and LIMIT in said and "no more than 32 files" in said
    assert not listeners(folder)


def test_a_listener_that_cannot_start_leaves_no_short_folder(folder: str) -> None:
    long = os.path.join(folder, "x" * 110)
    os.mkdir(long, 0o700)
    with running(long, files=32) as (run, said):
        assert LIMIT in said and LIMIT in next_task(run)
        short = Path(long, spawn.POINTER).read_text()
        assert short.startswith("/tmp/nxapi-") and not os.path.exists(short)


def test_a_switch_too_many_is_refused_and_the_others_go_on(folder: str, switch: Handle) -> None:
    """Room for four sessions. All of them are used, so that every file that one may take is taken."""
    with running(folder, files=48 + 4 * 4 + 4) as (_run, control):
        sessions = [session_of(control, switch, request_timeout=5.0 + number) for number in range(4)]
        for each in sessions:
            Connection(each).subscribe(
                subscription="port", query={"dn": "sys/intf/phys-[eth1/1]/phys"}, refresh_timeout=None, state="present"
            )
        said = problem(session_of, control, switch, request_timeout=30.0)
        assert said["reason"] == "listener" and LIMIT in said["msg"]
        for each in sessions:
            assert Connection(each).info()["session"]["connected"]


def test_a_wait_too_many_is_refused_and_when_one_ends_there_is_room_again(folder: str, switch: Handle) -> None:
    """Twenty waits, ten of which fit at most, each with a caller that stays on the line; nobody hangs in a queue."""
    with running(folder, files=48 + 4 + 10) as (_run, control), ThreadPoolExecutor(32) as threads:
        session = Connection(session_of(control, switch))
        Connection(session.socket_path).read(query={"dn": "sys"})

        def wait() -> str:
            try:
                call = Connection(session.socket_path)
                number = call.wait_start(kind="mo", check=False, options=NEVER)["wait"]
                while (step := call.wait_next(wait=number))["result"] is None:
                    pass
                return str(step["result"]["met_at"])
            except ConnectionError as exc:
                return str(json.loads(str(exc))["msg"])

        waits = [threads.submit(wait) for _each in range(20)]
        gone_within(10, lambda: sum(each.done() for each in waits) >= 10)
        assert all(LIMIT in each.result() for each in waits if each.done())
        (pid,) = listeners(folder)
        assert open_files(pid) <= 48 + 4 + 10
        switch.set("sys/intf/phys-[eth1/1]/phys", operSt="never")
        gone_within(10, lambda: all(each.done() for each in waits))
        assert 1 <= sum(LIMIT not in each.result() for each in waits) <= 10
        assert Connection(session.socket_path).info()["session"]["connected"]


def test_a_fork_too_many_for_the_listener_does_not_hang(folder: str, switch: Handle) -> None:
    """Callers that say nothing take all that there is: the next one is told, not left waiting."""
    with running(folder, files=48 + 4 + 4) as (_run, control):
        session = session_of(control, switch)
        silent = [socket.socket(socket.AF_UNIX) for _each in range(8)]
        for each in silent:
            each.connect(session)
        assert LIMIT in problem(Connection(session).read, query={"dn": "sys"})["msg"]
        for each in silent:
            each.close()
        gone_within(5, lambda: _answers(session))


def _answers(session: str) -> bool:
    try:
        return bool(Connection(session).read(query={"dn": "sys"}))
    except ConnectionError:
        return False


@pytest.fixture
def full(folder: str) -> Iterator[str]:
    """A file system without room: a tmpfs of our own, where we may have one."""
    place = os.path.join(folder, "full")
    os.mkdir(place, 0o700)
    mount = shutil.which("mount")
    options = "size=64k,nr_inodes=12,mode=700"
    if (
        mount is None
        or subprocess.run([mount, "-t", "tmpfs", "-o", options, "none", place], stderr=-3, check=False).returncode
    ):
        pytest.skip("no file system of its own can be mounted here")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def fill(place: str) -> list[Path]:
    """Takes every inode and every byte that is left."""
    taken = []
    while True:
        path = Path(place, "taken%d" % len(taken))
        try:
            path.write_bytes(b"x" * 8192)
        except OSError:
            return taken
        taken.append(path)


def test_a_full_disk_at_the_start_is_one_sentence(full: str) -> None:
    fill(full)
    with running(full) as (_run, said):
        assert said.startswith("failed: the listener ") and said.endswith("no space left on device.")


def test_a_disk_that_fills_up_later_stops_new_switches_only(full: str, switch: Handle) -> None:
    """The sockets of new sessions need a place; the sessions that are there, and what was refused, go on in memory."""
    with running(full) as (run, control):
        session = session_of(control, switch)
        taken = fill(full)
        assert Connection(session).read(query={"dn": "sys"})
        said = problem(session_of, control, switch, password="Wrong-pass-1")
        assert said["reason"] == "listener" and "no space left" in said["msg"]
        for each in taken:
            each.unlink(missing_ok=True)
        wrong = session_of(control, switch, password="Wrong-pass-1")
        fill(full)
        for _each in range(2):
            assert problem(Connection(wrong).read, query={"dn": "sys"})["reason"] == "login"
        assert switch.stats()["logins"]["refused"] == 1
        assert next_task(run) == control
