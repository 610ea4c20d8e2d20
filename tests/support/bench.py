# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A session against a simulated switch, on real sockets, with every time scaled down.

``with benches() as bench``: ``bench(link_delay=0.01)`` starts a switch with these options and gives a Bench;
``Bench.run(work)`` runs a coroutine function in an event loop of its own, with everything closed afterwards.
It is imported as ``support.bench``, with ``tests`` on ``sys.path``, and takes the collection from where Ansible would.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

from ansible_collections.nxapi.events.plugins.plugin_utils.engine import spec as specs
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.conversation import Conversation
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.journal import Cursors
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.logins import LoginLedger
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.model import ConnectionOptions
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.query import Query
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.rest import TlsContexts
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.session import Session, Surroundings
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.subscription import Subscription
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.timing import Timing
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.wait import Wait
from simulator import Options
from simulator.thread import Handle, running_in_thread

PORT = "sys/intf/phys-[eth1/1]"
OPER = PORT + "/phys"
FAST = Timing(
    lifetime=90.0, refresh_retry=0.02, ping=25.0, suspect_pause=0.02, settle=0.05, first_delay=0.01, most_delay=0.05,
    login_pause=0.05,
)  # fmt: skip


class Bench:
    """One switch, one session; ``switch`` is None-safe shorthand for what the test does to it."""

    def __init__(self, switch: Handle, timing: Timing = FAST, **given: Any) -> None:
        self.switch = switch
        self.timing = timing
        options = ConnectionOptions(
            switch.host, switch.port, switch.username, switch.password, use_ssl=switch.url.startswith("https"),
            ca_path=switch.ca_path, request_timeout=5.0,
        )  # fmt: skip
        self.options = replace(options, **given)
        self.ledger = LoginLedger(pause=timing.login_pause)
        self.executor = ThreadPoolExecutor(16)

    def run(self, work: Callable[[Session], Awaitable[Any]], limit: float = 20.0) -> Any:
        """``work(session)`` with a session that is closed afterwards; the test fails if it takes longer than ``limit``."""

        async def whole() -> Any:
            session = self.session()
            try:
                return await asyncio.wait_for(work(session), limit)
            finally:
                await session.close()

        try:
            return asyncio.run(whole())
        finally:
            self.executor.shutdown(wait=False, cancel_futures=True)

    def session(self, **given: Any) -> Session:
        """A further session; the caller closes it."""
        options = replace(self.options, **given)
        shared = Surroundings(Cursors(), self.ledger, TlsContexts(), self.executor, time.time, self.timing)
        return Session(options, "leaf1", Conversation(options, self.ledger, shared.contexts, self.executor), shared)

    async def act(self, action: Callable[..., Any], *arguments: Any, **keywords: Any) -> Any:
        """Do something to the switch, whose loop is another thread's."""
        return await asyncio.to_thread(action, *arguments, **keywords)

    async def subscribe(self, session: Session, name: str = "port", **query: Any) -> Subscription:
        asked = Query.from_options(query or {"dn": OPER})
        subscription, _new = session.obtain(asked, name)
        await session.establish(subscription)
        return subscription

    def wait(self, session: Session, **options: Any) -> Wait:
        interface = "name" in options
        make = specs.for_interfaces if interface else specs.for_mo
        return Wait(session, make(options), time.time)

    def requests(self, kind: str) -> int:
        """How many requests of that kind the switch has answered."""
        by = self.switch.stats()["requests"]["by"]
        return sum(sum(each.values()) for name, each in by.items() if name.endswith(" " + kind))


async def until(condition: Callable[[], bool], limit: float = 10.0) -> None:
    """Return as soon as the condition holds."""
    deadline = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        await asyncio.sleep(0.005)


@contextmanager
def benches() -> Iterator[Callable[..., Bench]]:
    """What starts benches; their switches end with it."""
    with ExitStack() as stack:

        def start(timing: Timing = FAST, given: Mapping[str, Any] | None = None, **options: Any) -> Bench:
            handle = stack.enter_context(running_in_thread(Options(**{"link_delay": 0.01, **options})))
            return Bench(handle, timing, **(given or {}))

        yield start
