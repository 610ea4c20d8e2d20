# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The listener as a process: started once, gone with its run. Real processes, real Unix sockets, a simulated switch."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from ansible.module_utils.connection import Connection
from ansible_collections.nxapi.events.plugins.plugin_utils.listener import life, spawn

sys.path.insert(0, str(Path(__file__).resolve().parents[4]))

from simulator import Options
from simulator.thread import Handle, running_in_thread
from support.run import gone_within, kill, listeners, next_task, running, session_of


@pytest.fixture
def folder() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="nx", dir="/tmp") as path:
        yield path


@pytest.fixture
def switch() -> Iterator[Handle]:
    with running_in_thread(Options(link_delay=0.01)) as handle:
        yield handle


def test_thirty_workers_at_once_start_exactly_one_listener(folder: str) -> None:
    with running(folder, workers=30) as (_run, control):
        assert control == folder + "/nxapi/control.sock"
        assert len(listeners(folder)) == 1
        assert stat.S_IMODE(os.stat(control).st_mode) == 0o600
        assert stat.S_IMODE(os.stat(os.path.dirname(control)).st_mode) == 0o700


def test_a_path_of_more_than_a_hundred_bytes_gets_a_short_folder(folder: str) -> None:
    long = os.path.join(folder, "x" * 110)
    os.mkdir(long, 0o700)
    with running(long, workers=5) as (_run, control):
        assert len(control) < 100 and os.path.exists(control)
        short = os.path.dirname(control)
    gone_within(3, lambda: not os.path.exists(short))


def test_a_folder_that_others_can_enter_is_not_used(folder: str) -> None:
    os.mkdir(folder + "/nxapi", 0o755)
    with running(folder) as (_run, said):
        assert "is not a folder that only this user can enter" in said
    assert not listeners(folder)


def test_a_link_in_place_of_the_folder_is_not_followed(folder: str) -> None:
    os.mkdir(folder + "/elsewhere", 0o700)
    os.symlink(folder + "/elsewhere", folder + "/nxapi")
    with running(folder) as (_run, said):
        assert "is not a folder that only this user can enter" in said


def test_the_end_of_the_run_ends_listener_sessions_and_folder(folder: str, switch: Handle) -> None:
    with running(folder) as (run, control):
        Connection(session_of(control, switch)).read(query={"dn": "sys"})
        assert switch.stats()["sessions"]["live"] == 1
        run.kill()
        run.wait()
        gone_within(3, lambda: not listeners(folder) and not os.path.exists(os.path.dirname(control)))
    assert switch.stats()["sessions"]["live"] == 0


def test_a_switch_that_does_not_answer_its_logout_does_not_hold_up_the_end(folder: str, switch: Handle) -> None:
    with running(folder) as (run, control):
        Connection(session_of(control, switch)).read(query={"dn": "sys"})
        switch.fault("stall", seconds=8)
        run.kill()
        run.wait()
        gone_within(3, lambda: not listeners(folder))


def test_logouts_go_on_for_as_long_as_switches_answer(folder: str) -> None:
    """Those of a thousand take a listener longer than it waits for one that is silent."""
    with ExitStack() as stack:
        switches = [stack.enter_context(running_in_thread(Options())) for _each in range(4)]
        with running(folder) as (run, control):
            for number, switch in enumerate(switches):
                Connection(session_of(control, switch)).read(query={"dn": "sys"})
                switch.fault("stall", path="aaaLogout", when="before", seconds=0.5 + 0.8 * number)
            run.kill()
            run.wait()
            gone_within(10, lambda: not listeners(folder))
        assert [switch.stats()["sessions"]["live"] for switch in switches] == [0, 0, 0, 0]


def test_a_killed_listener_is_replaced_by_the_next_task_and_knows_the_refusals(folder: str, switch: Handle) -> None:
    with running(folder, workers=1) as (run, control):
        wrong = {
            "host": switch.host, "port": switch.port, "username": switch.username, "password": "Wrong-pass-1",
            "use_ssl": False, "validate_certs": True, "ca_path": None, "use_proxy": True, "request_timeout": 5.0,
        }  # fmt: skip
        for attempt in range(2):
            path = Connection(control).set_options(label="leaf1", **wrong)["socket"]
            with pytest.raises(Exception, match="login"):
                Connection(path).read(query={"dn": "sys"})
            if not attempt:
                (pid,) = listeners(folder)
                kill(pid)
                assert next_task(run) == control
        content = b"".join(entry.read_bytes() for entry in Path(control).parent.iterdir() if entry.is_file())
        assert b"Wrong-pass-1" not in content
    assert switch.stats()["logins"]["tries"] == 1


def test_a_listener_told_to_end_leaves_the_folder_to_the_next_one(folder: str) -> None:
    with running(folder) as (run, control):
        (pid,) = listeners(folder)
        os.kill(pid, signal.SIGTERM)
        gone_within(3, lambda: not os.path.exists(control))
        assert next_task(run) == control
        gone_within(5, lambda: len(listeners(folder)) == 1)
        assert spawn._answers(control)


def test_no_credential_is_in_a_command_line_or_the_environment(
    folder: str, switch: Handle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NXAPI_PASSWORD", switch.password)
    with running(folder) as (_run, control):
        Connection(session_of(control, switch)).read(query={"dn": "sys"})
        (pid,) = listeners(folder)
        for name in ("cmdline", "environ"):
            assert switch.password.encode() not in Path("/proc/%d/%s" % (pid, name)).read_bytes()
        assert "Max core file size        0                    0" in Path("/proc/%d/limits" % pid).read_text()


def test_a_caller_that_goes_away_ends_its_wait(folder: str, switch: Handle) -> None:
    with running(folder) as (_run, control):
        session = Connection(session_of(control, switch))
        options = {"dn": "sys/intf/phys-[eth1/1]/phys", "until": {"operSt": "nothing"}, "timeout": 60}
        started = session.wait_start(kind="mo", check=False, options=options)
        request = {"jsonrpc": "2.0", "id": "1", "method": "wait_next", "params": [[], {"wait": started["wait"]}]}
        data = json.dumps(request).encode()
        with socket.socket(socket.AF_UNIX) as caller:
            caller.connect(session.socket_path)
            caller.sendall(struct.pack("!Q", len(data)) + data)
            caller.settimeout(5)
            assert caller.recv(8), "the first progress line"
            caller.recv(65536)
            caller.close()
        with socket.socket(socket.AF_UNIX) as caller:
            caller.connect(session.socket_path)
            caller.sendall(struct.pack("!Q", len(data)) + data)
            time.sleep(0.2)  # it is waiting now
        time.sleep(0.2)
        assert "not known" in _next(session, started["wait"])


def _next(session: Connection, wait: str) -> str:
    try:
        return str(session.wait_next(wait=wait))
    except Exception as exc:
        return str(exc)


def test_a_pid_that_was_used_again_is_not_taken_for_the_run() -> None:
    assert life.alive(os.getpid(), life.started(os.getpid()))
    assert not life.alive(os.getpid(), "1")


def test_a_zombie_is_gone() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    started = life.started(child.pid)
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert not life.alive(child.pid, started)
    child.wait()


def test_an_orphaned_worker_starts_nothing(monkeypatch: pytest.MonkeyPatch, folder: str) -> None:
    monkeypatch.setattr(os, "getppid", lambda: 1)
    monkeypatch.setattr(life.multiprocessing, "parent_process", lambda: type("Parent", (), {"pid": 4}))
    with pytest.raises(spawn.ListenerError, match="nothing is started"):
        spawn.ensure(folder)
    assert os.listdir(folder) == []
