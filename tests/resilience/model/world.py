# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One schedule being played: a simulated switch, a session with it, and waits, all in one loop of virtual time.

A schedule is a list of steps, each a plain mapping with the key ``do``; whatever a step asks for that makes no sense now
(to delete what is gone) is passed over, so that any part of a schedule is a schedule.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.nxapi.events.plugins.plugin_utils.engine import spec as specs
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.conversation import Conversation
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.errors import EngineError
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.journal import Cursors
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.logins import LoginLedger
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.model import ConnectionOptions
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.query import Query
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.rest import TlsContexts
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.session import Session
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.surroundings import Surroundings
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.timing import Timing
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.vigil import Vigil
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.wait import Wait
from resilience.model.observed import Observed, options_of
from resilience.model.truth import Wire
from resilience.model.virtual import VirtualLoop, Workers, watched
from simulator.faults import FaultError

EPOCH = 1_800_000_000.0
"""The wall clock when the loop's says 0."""

TIMING = Timing()
REQUEST_TIMEOUT = 5.0
"""Real seconds for the blocking calls, which never pass; the session's own limit of 2 x 5 + 5 s is virtual."""

AFTER = 2.0
"""Seconds beyond its deadline in which a wait that does not end is given up."""

CLOCK_PAUSE = 3.0
"""Between two jumps of the switch's clock. One that goes to and fro within a second leaves no order to be found."""

Step = Mapping[str, Any]

_WORKERS = Workers()
_LEDGER = LoginLedger()
"""Of all schedules: its digests cost 30 ms each, on purpose."""


@dataclass
class Waiting:
    """One wait and what became of it.

    Times are the loop's, ``since`` that of its cursor, ``status_since`` of the first notification that counts; the
    numbers are of the switch's last change before. ``wires``: for each of its subscriptions, since when which wire id.
    ``on_trial``: the subscription that it names had never been read, and is forgotten if its task fails.
    """

    number: int
    kind: str
    options: dict[str, Any]
    query: dict[str, Any]
    begun: float
    wait: Wait
    task: asyncio.Task[dict[str, Any]]
    begun_number: int
    status_since: float
    since: float | None = None
    on_trial: bool = False
    ended: float = 0.0
    ended_number: int = -1
    wires: list[Wire] = field(default_factory=list)
    result: dict[str, Any] = field(default_factory=dict)

    @property
    def timeout(self) -> float:
        return float(self.options["timeout"])

    @property
    def first_read(self) -> float | None:
        return self.wait.judge.first_read_at


class World:
    """``play`` each step, then ``finish``; always ``close``."""

    def __init__(self) -> None:
        self.log: list[tuple[float, Step]] = []
        self.waits: list[Waiting] = []
        self.findings: list[str] = []
        self.slept = 0.0
        self._reloading_until = self._clock_until = 0.0
        self.loop = VirtualLoop(_WORKERS)
        self._descriptors = len(os.listdir("/proc/self/fd"))
        self._watching = watched(_WORKERS)
        self._watching.__enter__()
        self._wires: dict[int, tuple[object, Wire]] = {}
        self._jobs: set[asyncio.Future[Any]] = set()
        self.switch: Observed | None = None
        self.session: Session | None = None

    def time(self) -> float:
        return self.loop.time()

    def wall(self) -> float:
        return EPOCH + self.loop.time()

    # Steps

    def play(self, step: Step) -> None:
        if self.switch is None and step["do"] != "start":
            self.play({"do": "start"})
        self.log.append((self.time(), step))
        if self.session is not None:
            self._note_wires()
        self.loop.run_until_complete(getattr(self, "_" + str(step["do"]))(step))

    async def _start(self, step: Step) -> None:
        if self.switch is not None:
            return
        random.seed(step.get("seed", 0))
        self.switch = Observed(options_of(step.get("options") or {}), self.time, self.wall)
        await self.switch.start()
        options = ConnectionOptions(
            self.switch.host, self.switch.port, "admin", self.switch.options.password, use_ssl=False, use_proxy=False,
            request_timeout=REQUEST_TIMEOUT,
        )  # fmt: skip
        ledger = LoginLedger() if step.get("fresh") else _LEDGER
        vigil = Vigil(TIMING, asleep=lambda: self.slept)
        shared = Surroundings(Cursors(), ledger, TlsContexts(), _WORKERS, self.wall, TIMING, vigil)
        self.session = Session(options, "leaf1", Conversation(options, ledger, shared.contexts, _WORKERS), shared)
        self.session.changed.callbacks.add(self._note_wires)

    def _note_wires(self) -> None:
        """Which wire id means which subscription now, and which subscriptions are whose."""
        for subscription in self.session.subscriptions:
            wires = self._wires.setdefault(id(subscription), (subscription, []))[1]
            if not wires or wires[-1][1] != subscription.wire_id:
                wires.append((self.time(), subscription.wire_id))
            for waiting in self.waits:
                if waiting.wait in subscription.followers and wires not in waiting.wires:
                    waiting.wires.append(wires)

    async def _advance(self, step: Step) -> None:
        await asyncio.sleep(float(step["seconds"]))

    async def _change(self, step: Step) -> None:
        body = step["body"]
        there = {mo.dn for mo in self.switch.tree}
        changes = [each for each in body["changes"] if _possible(each, there)]
        if changes:
            self._fault_now("change", {**body, "changes": changes})

    async def _fault(self, step: Step) -> None:
        if step["name"] == "reload":
            body = step["body"]
            if self.time() < self._reloading_until:
                return
            self._reloading_until = self.time() + float(body["seconds"]) + 25 * float(body.get("interval", 0.01))
        if step["name"] == "clock":
            if self.time() < self._clock_until:
                return
            self._clock_until = self.time() + CLOCK_PAUSE
        self._fault_now(str(step["name"]), step.get("body") or {})

    def _fault_now(self, name: str, body: Step) -> None:
        try:
            self.switch.fault(name, body)
        except FaultError:
            pass

    async def _nap(self, step: Step) -> None:
        """The control node slept; the loop did not notice."""
        self.slept += float(step["seconds"])

    async def _subscribe(self, step: Step) -> None:
        try:
            found, _new = self.session.obtain(Query.from_options(step["query"]), step["name"])
        except EngineError:
            return
        found.named = True
        self._later(self.session.establish(found))

    async def _refresh(self, step: Step) -> None:
        found = self.session.named(step["name"])
        if found is not None:
            self._later(self.session.refresh(found))

    async def _forget(self, step: Step) -> None:
        found = self.session.named(step["name"])
        if found is not None:
            self.session.forget(found)

    def _later(self, work: Any) -> None:
        job = asyncio.ensure_future(work)
        self._jobs.add(job)

    async def _wait(self, step: Step) -> None:
        options = dict(step["options"])
        query = {key: options[key] for key in ("dn", "class", "query_target", "target_subtree_class") if key in options}
        named = None
        if "subscription" in options:
            named = self.session.named(options["subscription"])
            if named is None:
                return
            asked = named.query
            query = {"dn": asked.dn, "class": asked.cls, "query_target": asked.query_target,
                     "target_subtree_class": list(asked.target_subtree_class)}  # fmt: skip
        since = self._cursor(step.get("since"))
        if since is not None:
            options["since"] = since
        make = specs.for_interfaces if step["kind"] == "interface" else specs.for_mo
        wait = Wait(self.session, make(options), self.wall)
        task = asyncio.ensure_future(wait.run())
        changes = len(self.switch.changes) - 1
        waiting = Waiting(
            len(self.waits), step["kind"], options, query, self.time(), wait, task, changes, self.time()
        )  # fmt: skip
        waiting.on_trial = named is not None and not named.state.loaded
        if since is not None:
            waiting.since = waiting.status_since = int(since.rpartition(".")[2]) / 1000 - EPOCH
        elif named is not None and not options.get("only_new"):
            waiting.status_since = named.began - EPOCH
        self.waits.append(waiting)
        task.add_done_callback(lambda done: self._ended(waiting, done))

    def _cursor(self, which: Any) -> str | None:
        """A wait's number, counted from the last that has ended; or ``now``, as notification_info would tell."""
        if which is None:
            return None
        if which == "now":
            return str(self.session.cursors.now(self.wall()))
        ended = [each for each in self.waits if each.result and each.result.get("cursor")]
        return ended[-1 - int(which) % len(ended)].result["cursor"] if ended else None

    def _ended(self, waiting: Waiting, task: asyncio.Task[dict[str, Any]]) -> None:
        waiting.ended, waiting.ended_number = self.time(), len(self.switch.changes) - 1
        if task.cancelled():
            self.findings.append("wait %d was cancelled" % waiting.number)
        elif task.exception() is not None:
            self.findings.append("wait %d raised %r" % (waiting.number, task.exception()))
        else:
            waiting.result = task.result()

    # The end

    def finish(self, settle: Callable[[], float]) -> None:
        """Let all waits end; then no fault is on any more, and all has ``settle()`` seconds to come to rest."""
        if self.switch is not None:
            self.loop.run_until_complete(self._finish(settle))

    async def _finish(self, settle: Callable[[], float]) -> None:
        for waiting in self.waits:
            left = waiting.begun + waiting.timeout + AFTER - self.time()
            await asyncio.wait([waiting.task], timeout=max(0.0, left))
            if not waiting.task.done():
                self.findings.append("wait %d does not end" % waiting.number)
        self.switch.fault("clear")
        await asyncio.sleep(settle())
        for job in self._jobs:
            if job.done() and isinstance(job.exception(), Exception) and not isinstance(job.exception(), EngineError):
                self.findings.append("a call raised %r" % job.exception())

    def reread(self) -> None:
        """Read all subscriptions once more, as no frame could tell what was lost without a trace."""
        self.loop.run_until_complete(self._reread())

    async def _reread(self) -> None:
        work = [asyncio.ensure_future(self.session.reread(each)) for each in self.session.subscriptions]
        _done, late = await asyncio.wait(work, timeout=60.0)
        for job in late:
            self.findings.append("at rest a subscription cannot be read")
            job.cancel()
        await asyncio.gather(*work, return_exceptions=True)

    def close(self) -> None:
        """End everything; what is left of it is a finding."""
        try:
            if self.switch is not None:
                self.loop.run_until_complete(self._close())
        finally:
            self._watching.__exit__(None, None, None)
            self.loop.close()
        left = len(os.listdir("/proc/self/fd")) - self._descriptors
        if left > 0:
            self.findings.append("%d file descriptors are left after the end" % left)

    async def _close(self) -> None:
        for task in [*self._jobs, *(waiting.task for waiting in self.waits)]:
            task.cancel()
        await asyncio.gather(*self._jobs, *(waiting.task for waiting in self.waits), return_exceptions=True)
        await self.session.close()
        theirs = [task for task in asyncio.all_tasks() if "plugin_utils" in str(task.get_coro())]
        await self.switch.stop()
        for _turn in range(5):
            await asyncio.sleep(0.01)
        left = asyncio.all_tasks() - {asyncio.current_task()}
        self.findings += ["left after the end: %s" % task for task in {*left, *theirs} if not task.done()]
        self.findings += ["a socket is still listened on (%d)" % each for each in self.loop.sockets()]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)


def _possible(change: Step, there: set[str]) -> bool:
    """Whether it makes sense after those before it; ``there`` is kept up to date."""
    kind = next(name for name in ("set", "create", "delete") if name in change)
    dn = change[kind]["dn"]
    if kind == "create":
        if dn in there or dn[: _parent_end(dn)] not in there:
            return False
        there.add(dn)
    elif dn not in there:
        return False
    elif kind == "delete":
        there.difference_update({each for each in there if each == dn or each.startswith(dn + "/")})
    return True


def _parent_end(dn: str) -> int:
    """Where the parent's DN ends: at the last slash outside of brackets."""
    depth = 0
    for index in range(len(dn) - 1, -1, -1):
        depth += {"]": 1, "[": -1}.get(dn[index], 0)
        if dn[index] == "/" and depth == 0:
            return index
    return 0
