# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Neighbours on one control node: what others plant is not used, what others ask is not answered, runs do not meet."""

from __future__ import annotations

import codecs
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ansible.module_utils.connection import Connection, ConnectionError
from ansible_collections.nxapi.events.plugins.plugin_utils.listener import rpc, spawn
from simulator import Options
from simulator.thread import Handle, running_in_thread
from support.run import UTILS, gone_within, kill, listeners, next_task, running, session_of

NOBODY = 65534

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")

codecs.lookup("ascii")  # a process of another user may not be able to import it any more


@pytest.fixture
def folder() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="nx", dir="/tmp") as path:
        yield path


@pytest.fixture
def long(folder: str) -> str:
    """A local tmp whose path is too long for Unix sockets."""
    path = os.path.join(folder, "x" * 110)
    os.mkdir(path, 0o700)
    return path


@pytest.fixture
def switch() -> Iterator[Handle]:
    with running_in_thread(Options(link_delay=0.01)) as handle:
        yield handle


def as_nobody(work: Callable[[], str]) -> str:
    """What ``work`` returns in a process of another user."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            os.write(writing, work().encode())
        except BaseException as exc:
            os.write(writing, repr(exc).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading, "rb") as pipe:
        said = pipe.read().decode()
    os.waitpid(child, 0)
    return said


def refused(said: str, place: str) -> bool:
    """One sentence that names the place."""
    return said == "failed: %s is not a folder that only this user can enter; the listener does not use it." % place


@as_root
def test_a_folder_of_somebody_else_is_not_used(folder: str) -> None:
    planted = folder + "/nxapi"
    os.mkdir(planted, 0o700)
    os.chown(planted, NOBODY, NOBODY)
    with running(folder) as (_run, said):
        assert refused(said, planted)
    assert not listeners(folder) and not os.listdir(planted)


@pytest.mark.parametrize("mode", [0o750, 0o707, 0o777], ids=oct)
def test_a_local_tmp_that_others_can_enter_is_not_used(folder: str, mode: int) -> None:
    """There the lock and the pointer are: who can write there can redirect the run."""
    os.chmod(folder, mode)
    with running(folder) as (_run, said):
        assert refused(said, folder)
    assert not os.listdir(folder)


@as_root
def test_a_pointer_to_a_folder_of_somebody_else_is_not_followed(long: str) -> None:
    with tempfile.TemporaryDirectory(prefix="nxapi-", dir="/tmp") as planted:
        os.chown(planted, NOBODY, NOBODY)
        Path(long, spawn.POINTER).write_text(planted)
        with running(long) as (_run, said):
            assert refused(said, planted)
        assert not os.listdir(planted)


def test_a_pointer_to_a_link_is_not_followed(long: str, folder: str) -> None:
    """Somebody puts a link where the short folder was."""
    os.mkdir(folder + "/elsewhere", 0o700)
    os.symlink(folder + "/elsewhere", folder + "/link")
    Path(long, spawn.POINTER).write_text(folder + "/link")
    with running(long) as (_run, said):
        assert refused(said, folder + "/link")
    assert not os.listdir(folder + "/elsewhere")


def test_what_lies_about_in_tmp_is_not_looked_at(long: str) -> None:
    """Pointers and folders under /tmp, named as ours are, for every run there may be: each run makes its own folder."""
    with tempfile.TemporaryDirectory(prefix="nxapi-", dir="/tmp") as planted:
        os.chmod(planted, 0o777)
        Path(planted, spawn.POINTER).write_text(planted)
        Path(planted, spawn.CONTROL).write_text("")
        with running(long) as (_run, control):
            own = os.stat(os.path.dirname(control))
            assert stat.S_IMODE(own.st_mode) == 0o700 and own.st_uid == os.geteuid()
            assert os.path.dirname(control) != planted and len(listeners(os.path.dirname(control))) == 1
            assert sorted(os.listdir(planted)) == [spawn.CONTROL, spawn.POINTER]


@as_root
def test_another_user_is_not_answered_even_where_the_modes_let_him_in(folder: str, switch: Handle) -> None:
    with running(folder) as (_run, control):
        session = session_of(control, switch)
        assert "sys" in str(Connection(session).read(query={"dn": "sys"}))

        def ask() -> str:
            request = b'{"id": "1", "method": "info", "params": [[], {}]}'
            with socket.socket(socket.AF_UNIX) as caller:
                try:
                    caller.connect(session)
                except PermissionError:
                    return "kept out"
                try:
                    caller.sendall(len(request).to_bytes(8, "big") + request)
                    return "answered" if caller.recv(8) else "hung up on"
                except (ConnectionResetError, BrokenPipeError):
                    return "hung up on"

        assert ask() == "answered" and as_nobody(ask) == "kept out"
        for path, mode in ((folder, 0o711), (os.path.dirname(control), 0o711), (session, 0o666)):
            os.chmod(path, mode)
        assert as_nobody(ask) == "hung up on"
        assert "sys" in str(Connection(session).read(query={"dn": "sys"})), "its own user still is"


@as_root
def test_the_peer_is_known_by_its_user_id(folder: str) -> None:
    """The check itself, on a socket that lets everybody in."""
    path = folder + "/open.sock"
    os.chmod(folder, 0o755)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        os.chmod(path, 0o666)
        server.listen()

        def ours(visit: Callable[[Callable[[], str]], str]) -> bool:
            def call() -> str:
                with socket.socket(socket.AF_UNIX) as caller:
                    caller.connect(path)
                    return "connected"

            assert visit(call) == "connected"
            peer, _address = server.accept()
            with peer:
                return rpc.is_ours(peer)

        assert ours(lambda call: call())
        assert not ours(as_nobody)


@as_root
def test_another_user_with_our_path_gets_one_sentence(folder: str) -> None:
    """As after a sudo that keeps the environment: nothing of ours is touched."""

    def ensure() -> str:
        try:
            return spawn.ensure(folder)
        except spawn.ListenerError as exc:
            return "failed: %s" % exc

    assert refused(as_nobody(ensure), folder)
    os.chmod(folder, 0o755)
    assert refused(as_nobody(ensure), folder)


@as_root
def test_a_local_tmp_that_cannot_be_written_is_one_sentence(folder: str) -> None:
    """A disk that became read-only would do the same: the system says no."""
    os.chown(folder, NOBODY, NOBODY)
    os.chmod(folder, 0o500)

    def ensure() -> str:
        try:
            return spawn.ensure(folder)
        except spawn.ListenerError as exc:
            return str(exc)

    said = as_nobody(ensure)
    assert said == "the listener cannot be started (%s/nxapi): permission denied." % folder


def test_a_file_in_place_of_the_folder_is_one_sentence(folder: str) -> None:
    Path(folder, "nxapi").write_text("")
    with running(folder) as (_run, said):
        assert said == "failed: the listener cannot be started (%s/nxapi): file exists." % folder


def test_two_runs_have_two_listeners_and_share_nothing(folder: str, switch: Handle) -> None:
    places = [os.path.join(folder, name) for name in ("first", "second")]
    for place in places:
        os.mkdir(place, 0o700)
    with running(places[0]) as (_run, one), running(places[1]) as (_other, two):
        assert one != two and len(listeners(folder)) == 2
        for control in (one, two):
            with pytest.raises(ConnectionError, match="login"):
                Connection(session_of(control, switch, password="Wrong-pass-1")).read(query={"dn": "sys"})
    assert switch.stats()["logins"]["refused"] == 2, "each run has to find out for itself"


def test_two_versions_have_each_a_listener_of_their_own(folder: str, switch: Handle) -> None:
    """The other one is elsewhere on the disk, and speaks another language: its reads are called something else."""
    other = Path(folder, "other", "plugin_utils")
    shutil.copytree(UTILS, other)
    service = other / "listener" / "service.py"
    service.write_text(service.read_text().replace('"read": self.read', '"look": self.read'))
    places = [os.path.join(folder, name) for name in ("first", "second")]
    for place in places:
        os.mkdir(place, 0o700)
    with running(places[0]) as (_run, one), running(places[1], utils=other) as (_other, two):
        for place, utils in zip(places, (UTILS, other), strict=True):
            (pid,) = listeners(place)
            assert str(utils / "listener" / "program.py") in Path("/proc/%d/cmdline" % pid).read_text().split("\0")
        assert "sys" in str(Connection(session_of(one, switch)).read(query={"dn": "sys"}))
        assert "sys" in str(Connection(session_of(two, switch)).look(query={"dn": "sys"}))
        assert switch.stats()["sessions"]["live"] == 2


def test_a_listener_told_to_end_takes_its_short_folder_along_and_leaves_what_it_knew(long: str, switch: Handle) -> None:
    with running(long) as (run, control):
        short = os.path.dirname(control)
        with pytest.raises(ConnectionError, match="login"):
            Connection(session_of(control, switch, password="Wrong-pass-1")).read(query={"dn": "sys"})
        (pid,) = listeners(short)
        os.kill(pid, signal.SIGTERM)
        gone_within(3, lambda: not os.path.exists(short))
        again = next_task(run)
        assert os.path.dirname(again) != short and len(again) < 100
        with pytest.raises(ConnectionError, match="not tried again"):
            Connection(session_of(again, switch, password="Wrong-pass-1")).read(query={"dn": "sys"})
    gone_within(3, lambda: not os.path.exists(os.path.dirname(again)) and not os.path.exists(long + "/nxapi"))
    assert switch.stats()["logins"]["tries"] == 1


def test_a_killed_listener_leaves_its_short_folder_to_the_next_one(long: str) -> None:
    with running(long) as (run, control):
        (pid,) = listeners(os.path.dirname(control))
        kill(pid)
        assert next_task(run) == control
    gone_within(3, lambda: not os.path.exists(os.path.dirname(control)))


def test_more_open_files_than_select_can_count(folder: str) -> None:
    """Ansible with a thousand forks: the pipe that says that the listener is ready is number 1,100."""
    program = (
        "import os, sys\n"
        "kept = [os.open('/dev/null', os.O_RDONLY) for _ in range(1100)]\n"
        "import importlib, importlib.util\n"
        "utils = %r\n"
        "spec = importlib.util.spec_from_file_location('utils', utils + '/__init__.py', submodule_search_locations=[utils])\n"
        "sys.modules['utils'] = importlib.util.module_from_spec(spec)\n"
        "print(importlib.import_module('utils.listener.spawn').ensure(%r))\n"
    ) % (str(Path(spawn.__file__).resolve().parents[1]), folder)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=False)
    assert done.stdout.strip() == folder + "/nxapi/control.sock", done.stderr
    gone_within(3, lambda: not listeners(folder))
