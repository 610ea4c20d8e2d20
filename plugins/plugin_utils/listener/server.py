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
import os
import resource
import shutil
import signal
import stat
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from ..engine.conversation import Conversation
from ..engine.errors import InvalidOptions
from ..engine.journal import Cursors
from ..engine.logins import LoginLedger
from ..engine.model import ConnectionOptions
from ..engine.rest import REQUESTS_IMPORT_ERROR, TlsContexts
from ..engine.session import Session, Surroundings
from ..engine.stream import WEBSOCKET_IMPORT_ERROR
from . import life
from .rpc import Method, serve
from .service import SessionService

CONTROL = "control.sock"

LOGOUT_SECONDS = 2.0
"""The end of a run waits no longer than this for the switches to confirm their logouts."""

THREADS = 256
"""Requests to so many switches at once; each switch has one in flight at most."""

BACKLOG_FILES = 65536


class Listener:
    def __init__(self, folder: str, run: int, started: str) -> None:
        self._folder = folder
        self._run = run
        self._started = started
        self._executor = ThreadPoolExecutor(THREADS, thread_name_prefix="rest")
        self._shared = Surroundings(Cursors(), LoginLedger(folder), TlsContexts(), self._executor, time.time)
        self._sessions: dict[ConnectionOptions, tuple[Session, str]] = {}
        self._opening = asyncio.Lock()
        self._over = asyncio.Event()
        self._servers: list[asyncio.AbstractServer] = []
        self._paths: list[str] = []

    async def serve(self, ready: int) -> None:
        """Listen until the run is over, then log out everywhere."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, self._over.set)
        control = os.path.join(self._folder, CONTROL)
        _remove_stale(self._folder)
        await self._serve_at(control, {"set_options": self.set_options})
        watching = asyncio.create_task(life.watch(self._run, self._started, self._over.set))
        _say(ready, {"ready": True})
        await self._over.wait()
        watching.cancel()
        await self._end()

    async def _serve_at(self, path: str, methods: Mapping[str, Method]) -> None:
        self._servers.append(await serve(path, methods))
        self._paths.append(path)

    async def set_options(self, label: str, **given: object) -> dict[str, object]:
        """The socket of the session with these connection options, made if need be (it logs in when it is used)."""
        options = _options(given)
        async with self._opening:
            known = self._sessions.get(options)
            if known is None:
                path = os.path.join(self._folder, "s%d.sock" % (len(self._sessions) + 1))
                talk = Conversation(options, self._shared.ledger, self._shared.contexts, self._executor)
                session = Session(options, label, talk, self._shared)
                await self._serve_at(path, SessionService(session, time.time).methods())
                known = self._sessions[options] = (session, path)
        return {"socket": known[1]}

    async def _end(self) -> None:
        """Close all calls (waiting workers end by it), log out in parallel, cut off after LOGOUT_SECONDS."""
        for server in self._servers:
            server.close()
        for path in self._paths:
            with suppress(OSError):
                os.unlink(path)
        current = asyncio.current_task()
        for task in asyncio.all_tasks():
            if task is not current:
                task.cancel()
        await asyncio.sleep(0)
        threads = ThreadPoolExecutor(THREADS, thread_name_prefix="logout")  # the others may all wait for dead switches
        goodbyes = [asyncio.ensure_future(session.close(threads)) for session, _path in self._sessions.values()]
        if goodbyes:
            await asyncio.wait(goodbyes, timeout=LOGOUT_SECONDS)
        if not life.alive(self._run, self._started):  # else another listener may be using it, and refusals stay known
            shutil.rmtree(self._folder, ignore_errors=True)


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


def _say(ready: int, words: Mapping[str, object]) -> None:
    os.write(ready, json.dumps(words).encode("ascii") + b"\n")
    os.close(ready)


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
    """No core file with a password in it, no file for others; as many sockets as the system allows."""
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = BACKLOG_FILES if hard == resource.RLIM_INFINITY else min(hard, BACKLOG_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


async def _main(folder: str, run: int, started: str, ready: int) -> None:
    await Listener(folder, run, started).serve(ready)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description="The listener of nxapi.events; started by its action plugins.")
    parser.add_argument("--folder", required=True)
    parser.add_argument("--run", type=int, required=True)
    parser.add_argument("--started", default="")
    parser.add_argument("--ready", type=int, required=True)
    given = parser.parse_args(arguments)
    _harden()
    if missing := _missing():
        _say(given.ready, {"error": missing})
        return
    try:
        asyncio.run(_main(given.folder, given.run, given.started, given.ready))
    finally:
        os._exit(0)  # threads that still wait for a switch do not hold up the end
