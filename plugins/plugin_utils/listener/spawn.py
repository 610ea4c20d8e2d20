# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Start the listener, or find the one that runs. Only action plugins do this: a module's child would lose its code.

Its sockets are in a folder that only this user can enter, inside the run's own; or in a short one in SHORT where that
path is too long for a socket. What has to outlive a listener (refused logins) is always inside the run's own.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from .life import RunEnded, current_run

FOLDER = "nxapi"
CONTROL = "control.sock"
POINTER = "nxapi.path"
LOCK = "nxapi.lock"

LONGEST_FOLDER = 85
"""Bytes of the folder's path, so that with a socket's name it stays under 100 (the limit of a Unix socket is 107)."""

SHORT = "/tmp"  # noqa: S108  (mkdtemp makes a private folder there; TMPDIR may be as long as the path that was too long)

START_SECONDS = 30.0

PRIVATE = ("NXAPI_PASSWORD", "NXAPI_USERNAME", "ANSIBLE_NET_PASSWORD", "ANSIBLE_NET_USERNAME")
"""Environment that neither listener nor modules have a use for: the listener gets its credentials over its socket."""

ARENAS = "2"
"""glibc's heaps for all threads together: of one each, most of the memory would be left half empty (5 % less, measured
by `make soak`)."""

_started: list[subprocess.Popen[bytes]] = []


class ListenerError(Exception):
    """The listener cannot be had; ``str()`` is one sentence for the user."""


def ensure(local_tmp: str) -> str:
    """The path of the running listener's control socket; starts the listener if there is none.

    :param local_tmp: the run's own temporary folder (0700, the same in every worker).
    :raises ListenerError: it could not be started, or the run is over.
    """
    try:
        run, start = current_run()
    except RunEnded as exc:
        raise ListenerError("%s; nothing is started for it." % exc) from None
    try:
        _check_folder(local_tmp)
        control = os.path.join(_folder(local_tmp), CONTROL)
        if _answers(control):
            return control
        with _locked(os.path.join(local_tmp, LOCK)):
            control = os.path.join(_sockets(local_tmp), CONTROL)  # one that ended meanwhile took a short folder along
            if not _answers(control):
                with _removed_on_failure(os.path.dirname(control)):
                    _start(os.path.dirname(control), _memory(local_tmp), run, start)
        return control
    except OSError as exc:
        place = " (%s)" % exc.filename if isinstance(exc.filename, str) else ""
        words = "the listener cannot be started%s: %s." % (place, (exc.strerror or "error").lower())
    raise ListenerError(words)


def known_folder(local_tmp: str) -> str:
    """The folder of what is known in this run, for an action that logs in without the listener. Raises ListenerError."""
    try:
        _check_folder(local_tmp)
        with _locked(os.path.join(local_tmp, LOCK)):
            os.makedirs(_memory(local_tmp), 0o700, exist_ok=True)
            _check_folder(_memory(local_tmp))
    except OSError as exc:
        words = (exc.strerror or "error").lower()
    else:
        return _memory(local_tmp)
    raise ListenerError("the folder of this run cannot be used (%s): %s." % (local_tmp, words))


def control_socket(local_tmp: str) -> str | None:
    """Where the run's listener listens, or listened; None if the run has not started one. Makes nothing."""
    folder = _memory(local_tmp)
    if not _is_short(folder):
        try:
            with open(os.path.join(local_tmp, POINTER), encoding="utf-8") as file:
                folder = file.read()
        except OSError:
            return None
    control = os.path.join(folder, CONTROL)
    return control if os.path.lexists(control) else None


def _folder(local_tmp: str) -> str:
    """The folder of the run's sockets, as `_sockets`, for one that does not hold the lock."""
    if _is_short(_memory(local_tmp)):
        return _sockets(local_tmp)
    with _locked(os.path.join(local_tmp, LOCK)):
        return _sockets(local_tmp)


def _sockets(local_tmp: str) -> str:
    """The folder of the run's sockets, checked: in ``local_tmp``, or in a short one that is written down there."""
    memory = _memory(local_tmp)
    os.makedirs(memory, 0o700, exist_ok=True)
    _check_folder(memory)
    if _is_short(memory):
        return memory
    folder = _pointed_folder(os.path.join(local_tmp, POINTER))
    _check_folder(folder)
    return folder


def _memory(local_tmp: str) -> str:
    """The folder of what the run's listeners know."""
    return os.path.join(local_tmp, FOLDER)


def _is_short(folder: str) -> bool:
    return len(os.fsencode(folder)) <= LONGEST_FOLDER


def _pointed_folder(pointer: str) -> str:
    try:
        with open(pointer, encoding="utf-8") as file:
            folder = file.read()
    except FileNotFoundError:
        folder = ""
    if folder and os.path.lexists(folder):
        return folder
    folder = tempfile.mkdtemp(prefix="nxapi-", dir=SHORT if os.path.isdir(SHORT) else None)
    handle = os.open(pointer, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(handle, "w", encoding="utf-8") as file:
        file.write(folder)
    return folder


def _check_folder(folder: str) -> None:
    found = os.lstat(folder)
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise ListenerError("%s is not a folder that only this user can enter; the listener does not use it." % folder)


def _answers(control: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(control)
        except (FileNotFoundError, ConnectionError):
            return False
        return True


@contextmanager
def _removed_on_failure(folder: str) -> Iterator[None]:
    """Where no listener came to live in it nobody else removes a short folder. One that is not empty stays."""
    try:
        yield
    except (OSError, ListenerError):
        with suppress(OSError):
            os.rmdir(folder)
        raise


@contextmanager
def _locked(path: str) -> Iterator[None]:
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _start(folder: str, memory: str, run: int, start: str) -> None:
    """Start it and wait until it says that it listens, or why it cannot."""
    reading, writing = os.pipe()
    program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "program.py")
    environment = {name: value for name, value in os.environ.items() if name not in PRIVATE}
    environment.setdefault("MALLOC_ARENA_MAX", ARENAS)
    try:
        process = subprocess.Popen(
            [
                sys.executable,
                program,
                "--folder",
                folder,
                "--memory",
                memory,
                "--run",
                str(run),
                "--started",
                start,
                "--ready",
                str(writing),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(writing,),
            start_new_session=True,
            env=environment,
            cwd="/",
        )
    except OSError:
        os.close(reading)
        raise
    finally:
        os.close(writing)
    _started.append(process)
    with open(reading, "rb", buffering=0) as pipe:
        waiting = select.poll()  # select() knows no file above 1023, and ansible may have more than that open
        waiting.register(pipe, select.POLLIN | select.POLLHUP)
        said = pipe.read(4096) if waiting.poll(START_SECONDS * 1000) else b""
    try:
        answer = json.loads(said or b"{}")
    except ValueError:
        answer = {}
    if not answer.get("ready"):
        process.kill()  # one that is late must not become a second one
        raise ListenerError(str(answer.get("error") or "the listener did not start (%s)." % sys.executable)) from None
