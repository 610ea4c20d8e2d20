# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A reload: the port closes, every session is lost, and the switch comes back, at once or object by object; the uptime."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .behaviour import DRIVES
from .tree import Mo

if TYPE_CHECKING:
    from .switch import Switch


SYSTEM = "sys"


class Boot:
    """``up``: seconds since the boot, at the clock's ``since``. It begins as the model's ``systemUpTime`` says."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self._since = switch.now()
        mo = switch.tree.get(SYSTEM)
        self._up = seconds(mo.attributes.get("systemUpTime", "")) if mo is not None else 0.0

    def tell_time(self) -> None:
        """The attributes of ``sys`` that tell of time are right when they are read; nobody is notified of them."""
        switch = self._switch
        mo = switch.tree.get(SYSTEM)
        if mo is not None and "systemUpTime" in mo.attributes:
            told = {"systemUpTime": written(self._up + switch.now() - self._since), "currentTime": switch.clock.stamp()}
            switch.tree.modify(SYSTEM, told, mo.mod_ts)

    async def reload(self, body: Mapping[str, Any]) -> None:
        """``seconds`` gone; ``sessions`` lose or keep; ``links`` keep or bounce; ``boot`` ready or gradual.

        Gradual makes one object each ``interval``; ``then`` are faults that are on when the port opens.
        """
        switch = self._switch
        switch.stats.reloading = True
        switch.behaviour.clear()
        await asyncio.sleep(0)
        await switch.listener.close(hold=True)
        if body.get("sessions", "lose") == "lose":
            switch.sessions.end_all()
            switch.subscriptions.restart()
        else:
            for socket in switch.sockets():
                switch.forget_socket(socket)
        gone = self._empty() if body.get("boot") == "gradual" else []
        if body.get("links") == "bounce":
            self._all_down()
        await asyncio.sleep(float(body.get("seconds", 5.0)))
        for name, options in (body.get("then") or {}).items():
            switch.fault(name, options or {})
        self._up, self._since = 0.0, switch.now()
        await switch.listener.open()
        switch.stats.reloading = False
        switch.stats.reloads += 1
        if body.get("links") == "bounce":
            switch.behaviour.start_all()
        for mo in gone:
            await asyncio.sleep(float(body.get("interval", 0.01)))
            switch.commit([switch.tree.create(Mo(mo.dn, mo.cls, mo.attributes, switch.stamp(mo.cls), mo.configured))])

    def _empty(self) -> list[Mo]:
        """Leaves ``sys`` alone; what is gone, parents first. Nobody is there to be told."""
        switch = self._switch
        mos = [mo for top in sorted(switch.tree.tops()) for mo in switch.tree.subtree(top)][1:]
        for mo in mos:
            switch.record(switch.tree.delete(mo.dn, switch.stamp(mo.cls)))
        return mos

    def _all_down(self) -> None:
        """Operational state as it is before the first link is up; nobody is there to be told."""
        switch = self._switch
        for cls, drive in DRIVES.items():
            for mo in switch.tree.of_class(cls):
                dn = f"{mo.dn}/{drive.child[0]}" if drive.child[0] else mo.dn
                shown = {drive.attribute: drive.starting[0], drive.qualifier: drive.starting[1]}
                if mo.attributes.get("adminSt") in ("up", "enabled", "active") and switch.tree.get(dn) is not None:
                    event = switch.tree.modify(dn, {k: v for k, v in shown.items() if k}, switch.stamp(cls))
                    switch.record([event] if event else [])


def seconds(uptime: str) -> float:
    """Of ``DD:HH:MM:SS.mmm``; 0 where it is none."""
    try:
        days, hours, minutes, rest = uptime.split(":")
        return int(days) * 86400 + int(hours) * 3600 + int(minutes) * 60 + float(rest)
    except ValueError:
        return 0.0


def written(up: float) -> str:
    whole, thousandths = divmod(round(up * 1000), 1000)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    return "%02d:%02d:%02d:%02d.%03d" % (hours // 24, hours % 24, minute, second, thousandths)
