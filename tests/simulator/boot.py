# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A reload: the port closes, every session is lost, and the switch comes back, at once or object by object."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .behaviour import DRIVES
from .tree import Mo

if TYPE_CHECKING:
    from .switch import Switch


class Boot:
    def __init__(self, switch: Switch) -> None:
        self._switch = switch

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
