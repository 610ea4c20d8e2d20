# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The listener: one process for a run of ansible-playbook, all switches, all tasks.

It opens a socket for control, and one for each session; it ends with the run, logs out of every switch, and takes
its folder with it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import resource
import shutil
import signal
import stat
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

from ..engine.conversation import Conversation
from ..engine.errors import EngineError, InvalidOptions, defect
from ..engine.journal import Cursors
from ..engine.logins import LoginLedger
from ..engine.model import ConnectionOptions
from ..engine.rest import REQUESTS_IMPORT_ERROR, TlsContexts
from ..engine.session import Session
from ..engine.stream import WEBSOCKET_IMPORT_ERROR
from ..engine.surroundings import Surroundings
from . import life
from .fleets import FleetService
from .room import Room
from .rpc import Method, serve, words
from .service import SessionService

CONTROL = "control.sock"

LOGOUT_SECONDS = 2.0
"""The end of a run waits no longer than this for switches that do not confirm their logouts."""

LOGOUTS_SECONDS = 10.0
"""Nor longer than this for those of a thousand that do, one after another: 3 ms of CPU each, on a busy machine."""

_LOOK = 1.0
"""So often it looks whether any have."""

THREADS = 256
"""Requests to so many switches at once; each switch has one in flight at most."""


@dataclass
class _Opened:
    """A session, by its number. ``path``: its socket, once a task has asked for it."""

    session: Session
    number: int
    path: str = ""


class Listener:
    """``folder``: of its sockets; ``memory``: of what the run's next listener has to know. Often the same."""

    def __init__(self, folder: str, memory: str, run: int, started: str, room: Room) -> None:
        self._folder = folder
        self._memory = memory
        self._run = run
        self._started = started
        self._room = room
        self._executor = ThreadPoolExecutor(THREADS, thread_name_prefix="rest")
        self._shared = Surroundings(Cursors(), LoginLedger(memory), TlsContexts(), self._executor, time.time)
        self._sessions: dict[ConnectionOptions, _Opened] = {}
        self._numbered: dict[int, Session] = {}
        self._opening = asyncio.Lock()
        self._over = asyncio.Event()
        self._servers: list[asyncio.AbstractServer] = []
        self._paths: list[str] = []

    async def serve(self, ready: Ready) -> None:
        """Listen until the run is over, then log out everywhere."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, self._over.set)
        control = os.path.join(self._folder, CONTROL)
        _remove_stale(self._folder)
        own: dict[str, Method] = {"set_options": self.set_options, "set_options_of_many": self.set_options_of_many}
        await self._serve_at(control, {**own, **FleetService(self._numbered, time.time).methods()})
        watching = asyncio.create_task(life.watch(self._run, self._started, self._over.set))
        ready.say(ready=True)
        await self._over.wait()
        watching.cancel()
        await self._end()

    async def _serve_at(self, path: str, methods: Mapping[str, Method]) -> None:
        self._servers.append(await serve(path, methods, self._room))
        self._paths.append(path)

    async def set_options(self, label: str, **given: object) -> dict[str, object]:
        """The socket of the session with these connection options, made if need be (it logs in when it is used)."""
        async with self._opening:
            opened = self._open(label, given)
            if not opened.path:
                path = os.path.join(self._folder, "s%d.sock" % opened.number)
                await self._serve_at(path, SessionService(opened.session, time.time).methods())
                opened.path = path
        return {"socket": opened.path}

    async def set_options_of_many(self, switches: list[dict[str, object]]) -> dict[str, object]:
        """The numbers of the sessions with these connection options, in their order; for `FleetService`."""
        async with self._opening:
            return {"sessions": [self._open(str(given.pop("label")), given).number for given in switches]}

    def _open(self, label: str, given: Mapping[str, object]) -> _Opened:
        options = _options(given)
        known = self._sessions.get(options)
        if known is None:
            talk = Conversation(options, self._shared.ledger, self._shared.contexts, self._executor)
            session = Session(options, label, talk, self._shared)
            with self._room.switch():
                known = self._sessions[options] = _Opened(session, len(self._sessions) + 1)
            self._numbered[known.number] = session
        return known

    async def _end(self) -> None:
        """Close all calls (waiting workers end by it), log out in parallel, as far as the switches answer."""
        for server in self._servers:
            server.close()
        for path in self._paths:
            with suppress(OSError):
                os.unlink(path)
        if self._folder != self._memory:
            with suppress(OSError):
                os.rmdir(self._folder)  # before the next listener of a run that goes on can be in it
        current = asyncio.current_task()
        for task in asyncio.all_tasks():
            if task is not current:
                task.cancel()
        await asyncio.sleep(0)
        threads = ThreadPoolExecutor(THREADS, thread_name_prefix="logout")  # the others may all wait for dead switches
        await _answered({asyncio.ensure_future(session.close(threads)) for session in self._numbered.values()})
        if not life.alive(self._run, self._started):  # else another listener may be using them, and refusals stay known
            for folder in dict.fromkeys((self._folder, self._memory)):
                shutil.rmtree(folder, ignore_errors=True)


async def _answered(goodbyes: set[asyncio.Future[None]]) -> None:
    """Until all are done, or LOGOUT_SECONDS are over and none has been lately, or LOGOUTS_SECONDS are."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    while goodbyes:
        done, goodbyes = await asyncio.wait(goodbyes, timeout=_LOOK)
        took = loop.time() - began
        if took >= LOGOUTS_SECONDS or (took >= LOGOUT_SECONDS and not done):
            return


def _options(given: Mapping[str, object]) -> ConnectionOptions:
    try:
        return ConnectionOptions(**given)  # type: ignore[arg-type]
    except TypeError:
        raise InvalidOptions("The listener got connection options that it does not know.") from None


def _remove_stale(folder: str) -> None:
    """Sockets of a listener that died in this run; what it knew of refused logins stays."""
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        if stat.S_ISSOCK(os.lstat(path).st_mode):
            os.unlink(path)


class Ready:
    """The pipe to the worker that started us, which waits for one line: that we listen, or why we do not."""

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe

    def say(self, **words: object) -> None:
        """The first word counts; nobody hears a second one."""
        pipe, self._pipe = self._pipe, -1
        if pipe >= 0:
            os.write(pipe, json.dumps(words).encode("ascii") + b"\n")
            os.close(pipe)


def _missing() -> str:
    """Which library is not there, as a sentence, or nothing."""
    lacking = [
        name
        for name, error in (("requests", REQUESTS_IMPORT_ERROR), ("websocket-client", WEBSOCKET_IMPORT_ERROR))
        if error is not None
    ]
    if not lacking:
        return ""
    return "nxapi.events needs the Python %s %s on the control node: pip install %s (for the Python that runs Ansible)." % (
        "library" if len(lacking) == 1 else "libraries", " and ".join(lacking), " ".join(lacking),
    )  # fmt: skip


def _harden() -> None:
    """No core file with a password in it, no file for others, no log: libraries log replies that they cannot parse.

    A limit of 0 is what core files and the usual handlers of core dumps (systemd-coredump, apport) go by; to be no
    dumpable process at all would take prctl, which Python does not have.
    """
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    logging.disable(logging.CRITICAL)


async def _main(folder: str, memory: str, run: int, started: str, ready: Ready) -> None:
    await Listener(folder, memory, run, started, Room.of_this_process()).serve(ready)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description="The listener of nxapi.events; started by its action plugins.")
    parser.add_argument("--folder", required=True)
    parser.add_argument("--memory", required=True)
    parser.add_argument("--run", type=int, required=True)
    parser.add_argument("--started", default="")
    parser.add_argument("--ready", type=int, required=True)
    given = parser.parse_args(arguments)
    _harden()
    ready = Ready(given.ready)
    if missing := _missing():
        ready.say(error=missing)
        return
    try:
        asyncio.run(_main(given.folder, given.memory, given.run, given.started, ready))
    except Exception as exc:
        ready.say(error=_why(exc))
    finally:
        os._exit(0)  # threads that still wait for a switch do not hold up the end


def _why(exc: Exception) -> str:
    """Why there is no listener."""
    if isinstance(exc, EngineError):
        return str(exc)
    return words(exc) if isinstance(exc, OSError) else "the listener failed on %s." % defect(exc)
