# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One simulated switch: its tree, sessions, subscriptions, clock and faults, and the port it listens on.

No state outside of it, so one process can carry many. All of it runs in one event loop; every change is made and
notified
without an await in between, so what a test reads is never half done.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from . import actions, scenario, tls, writes
from .behaviour import Behaviour
from .boot import SYSTEM, Boot
from .changes import change
from .clock import Clock
from .faults import FrameFaults, Rules
from .listener import Listener
from .model import INSTALLED, Model, load
from .options import Options
from .rest import Rest
from .server import Server
from .sessions import Session, Sessions
from .sockets import Socket
from .stats import Stats
from .subscriptions import Subscriptions
from .tree import Event

_LOOPBACKS = {"0.0.0.0": "127.0.0.1", "::": "::1"}


class Switch:
    """``async with Switch(options).running() as switch``; then ``switch.url``, and ``set``, ``create``, ``delete``,
    ``fault``.

    ``monotonic`` and ``wall`` are its clocks; a test whose event loop has a time of its own gives that one's.
    """

    def __init__(
        self,
        options: Options | None = None,
        model: Model | None = None,
        material: tls.Material | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.options = options or Options()
        self.model = model or load(self.options.model)
        self.catalogue = self.model.catalogue
        self.tree = self.model.tree.copy()
        self.features = self.model.features
        self.empty_cages = set(self.model.empty_cages)
        self.now = monotonic
        self.clock = Clock(self.options.utc_offset, wall)
        self.stats = Stats(self.options.log_size, self.options.history_size, self.now)
        self.rules = Rules(self.now)
        self.frame_faults = FrameFaults(self.now)
        self.sessions = Sessions(self.options, self.now, self._session_ended)
        self.subscriptions = Subscriptions(self.options, self.now, lambda: self.tree, self.catalogue)
        self.behaviour = Behaviour(self)
        self.rest = Rest(self)
        self.server = Server(self)
        self.boot = Boot(self)
        self._pongs_from = 0.0
        self._own_material = material is None
        self._material = material
        self._listener: Listener | None = None
        self._control: Listener | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.crowd: Sequence[Switch] = (self,)
        """Those that one request to /simulator/all drives."""
        self._restamp()

    # -- life

    async def start(self) -> None:
        if self.options.tls and self._material is None:
            self._material = tls.make(self.options.tls_fault, self.host)
        context = self._material.context_for(self.host) if self.options.tls and self._material else None
        timeline = scenario.load(self.options.scenario) if self.options.scenario else []
        self._listener = Listener(self.options.host, self.options.port, self.server.handle, context)
        try:
            await self._listener.open()
            if self.options.control_port >= 0:
                self._control = Listener("127.0.0.1", self.options.control_port, self.server.control_only)
                await self._control.open()
        except BaseException:
            await self.stop()
            raise
        if timeline:
            self.spawn(scenario.play(self, timeline))

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        self.behaviour.clear()
        self.sessions.end_all()
        self.subscriptions.drop(lambda each: True)
        for listener in (self._listener, self._control):
            if listener:
                await listener.close()
        if self._material and self._own_material:
            self._material.remove()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Switch]:
        await self.start()
        try:
            yield self
        finally:
            await self.stop()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """A task that ends with the switch."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @property
    def listener(self) -> Listener:
        if self._listener is None:
            raise RuntimeError("the switch has not been started")
        return self._listener

    @property
    def host(self) -> str:
        return _LOOPBACKS.get(self.options.host, self.options.host)

    @property
    def port(self) -> int:
        return self.listener.port

    @property
    def url(self) -> str:
        name = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.options.tls else 'http'}://{name}:{self.port}"

    @property
    def control_url(self) -> str | None:
        return f"http://127.0.0.1:{self._control.port}" if self._control else None

    @property
    def ca_path(self) -> str | None:
        return self._material.ca_path if self._material and self.options.tls else None

    # -- the world

    def set(self, dn: str, attributes: Mapping[str, object] | None = None, **more: object) -> int:
        """Operational state changes: ``switch.set("sys/…/phys", operSt="up")``. How many objects changed."""
        return change(self, {"set": {"dn": dn, "attributes": {**(attributes or {}), **more}}})

    def create(self, dn: str, cls: str, attributes: Mapping[str, object] | None = None) -> int:
        return change(self, {"create": {"dn": dn, "class": cls, "attributes": dict(attributes or {})}})

    def delete(self, dn: str) -> int:
        return change(self, {"delete": {"dn": dn}})

    def fault(self, name: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """One of ``actions.ACTIONS``; raises FaultError."""
        return actions.perform(self, name, body or {})

    def transceiver(self, dn: str, present: bool) -> None:
        mo = self.tree.get(dn)
        if mo is None or mo.cls != "l1PhysIf":
            raise KeyError(f"no port {dn}")
        (self.empty_cages.discard if present else self.empty_cages.add)(dn)
        self.behaviour.recable(mo)

    # -- what the parts use

    def _restamp(self) -> None:
        """modTs of what nobody has changed yet, by the same options as those of changes."""
        if (self.options.oper_mod_ts, self.options.utc_offset) == ("real", "+00:00"):
            return
        for mo in self.tree:
            if mo.mod_ts == INSTALLED:
                usual = self.stamp(mo.cls) not in (None, "never")
                self.tree.create(replace(mo, mod_ts=self.clock.zoned(INSTALLED) if usual else self.stamp(mo.cls)))

    def rename(self, name: str) -> None:
        """The hostname it has had since it was installed; for a model without ``sys`` there is none."""
        mo = self.tree.get(SYSTEM)
        if mo is not None:
            self.tree.modify(SYSTEM, {"name": name}, mo.mod_ts)

    def stamp(self, cls: str) -> str | None:
        """modTs for a change now: the class, and gap --oper-mod-ts, may say never or nothing."""
        definition = self.catalogue.get(cls)
        if definition is not None and definition.never:
            return "never"
        if definition is not None and definition.operational and self.options.oper_mod_ts != "real":
            return "never" if self.options.oper_mod_ts == "never" else None
        return self.clock.stamp()

    def commit(self, events: Sequence[Event], batch: bool = False, copies: int = 1) -> None:
        """Records what changed and notifies."""
        self.record(events)
        self.subscriptions.notify(events, batch, copies)

    def configure(self, steps: list[writes.Step]) -> None:
        """What an operator configures, by whichever way: carried out, notified, and the operational state follows."""
        events = writes.apply(steps, self.tree, self.catalogue, self.clock.stamp())
        self.commit(events)
        self.behaviour.configured(events)

    def record(self, events: Sequence[Event]) -> None:
        for event in events:
            self.stats.change(event.kind, event.mo.dn, event.mo.cls, dict(event.changed), event.mod_ts)

    def sockets(self) -> list[Socket]:
        return [socket for session in self.sessions.live for socket in session.sockets if not socket.ended]

    def forget_socket(self, socket: Socket) -> None:
        """The ids die with their socket."""
        if socket in socket.session.sockets:
            socket.session.sockets.remove(socket)
        self.subscriptions.drop(lambda each: each.socket is socket)

    def _session_ended(self, session: Session) -> None:
        for socket in list(session.sockets):
            self.forget_socket(socket)
            socket.end(self.options.session_end_close)

    @property
    def answers_pings(self) -> bool:
        return not self.options.no_pong and self.now() >= self._pongs_from

    def mute_pings(self, seconds: float | None) -> None:
        self._pongs_from = float("inf") if seconds is None else self.now() + seconds

    def reload(self, body: Mapping[str, Any]) -> None:
        self.spawn(self.boot.reload(body))

    def report(self) -> dict[str, Any]:
        live = self.subscriptions
        report = self.stats.report()
        report["sockets"]["open"] = len(self.sockets())
        report["sessions"] = {"live": len(self.sessions.live)}
        report["subscriptions"] = {"live": len(live.live), "created": live.created, "expired": live.expired}
        report["mos"] = len(self.tree)
        return report
