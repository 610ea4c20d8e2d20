# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waits in a process of their own, which can be stopped, or run out of files or of room on the disk.

`Apart` starts it. It runs the waits of its job one after the other, each in a session of its own, and says, a JSON line each: ``listening`` when a
wait has read, ``problem`` whenever the session has one, ``result`` with what became of the wait.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from .bench import Bench

TOO_FEW = 3
"""A limit of open files below what is open already: nothing can be opened any more."""


class Apart:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        return self._process.pid

    def tell(self, word: str) -> None:
        """``no-files`` or ``files``; answered by ``done``."""
        assert self._process.stdin is not None
        self._process.stdin.write(word + "\n")
        self._process.stdin.flush()
        self.hear("done")

    def hear(self, said: str) -> dict[str, Any]:
        """The next line of that kind; others are passed over."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            heard: dict[str, Any] = json.loads(line)
            if heard["said"] == said:
                return heard
        raise AssertionError("the process ended before it said %s" % said)


@contextmanager
def apart(here: Bench, *waits: Mapping[str, Any], folder: str = "", disk_full: bool = False) -> Iterator[Apart]:
    """A process that runs these waits (as for wait_for_mo) in turn, with the bench's options and one ledger."""
    job = {
        "options": {**asdict(here.options), "password": here.options.password},
        "timing": asdict(here.timing),
        "waits": waits,
        "folder": folder,
        "disk_full": disk_full,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "support.apart"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        cwd=Path(__file__).resolve().parents[1], env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    try:
        assert process.stdin is not None
        process.stdin.write(json.dumps(job) + "\n")
        process.stdin.flush()
        yield Apart(process)
    finally:
        process.kill()
        process.communicate()


# In that process


class Counting(ThreadPoolExecutor):
    """Counts what was begun: requests, connections, sockets."""

    begun = 0

    def submit(self, work: Any, /, *arguments: Any, **keywords: Any) -> Any:
        self.begun += 1
        return super().submit(work, *arguments, **keywords)


def say(said: str, **more: Any) -> None:
    sys.stdout.write(json.dumps({"said": said, **more}, default=str) + "\n")
    sys.stdout.flush()


def obey(word: str) -> None:
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (TOO_FEW if word == "no-files" else hard, hard))
    say("done")


async def work(job: Mapping[str, Any]) -> None:
    from ansible_collections.nxapi.events.plugins.plugin_utils.engine import (
        conversation,
        journal,
        logins,
        model,
        rest,
        vigil,
        wait,
    )
    from ansible_collections.nxapi.events.plugins.plugin_utils.engine import session as sessions
    from ansible_collections.nxapi.events.plugins.plugin_utils.engine import spec as specs
    from ansible_collections.nxapi.events.plugins.plugin_utils.engine import timing as timings

    executor, timing = Counting(8), timings.Timing(**job["timing"])
    options = model.ConnectionOptions(**job["options"])
    shared = sessions.Surroundings(
        journal.Cursors(), logins.LoginLedger(job["folder"] or None, timing.login_pause), rest.TlsContexts(), executor,
        time.time, timing, vigil.Vigil(timing),
    )  # fmt: skip
    asyncio.get_running_loop().add_reader(0, lambda: obey(sys.stdin.readline().strip()))
    for given in job["waits"]:
        talk = conversation.Conversation(options, shared.ledger, shared.contexts, executor)
        session = sessions.Session(options, "leaf1", talk, shared)
        session.changed.callbacks.add(partial(report, session, executor))
        each = wait.Wait(session, specs.for_mo(given), time.time)
        task = asyncio.ensure_future(each.run())
        while each.judge.first_read_at is None and not task.done():
            await asyncio.sleep(0.005)
        say("listening")
        say("result", **await task)
        await session.close()


def report(session: Any, executor: Counting) -> None:
    if session.problem is not None:
        say("problem", text=str(session.problem), begun=executor.begun, at=time.monotonic())


if __name__ == "__main__":
    given = json.loads(sys.stdin.readline())
    if given["disk_full"]:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    asyncio.run(work(given))
