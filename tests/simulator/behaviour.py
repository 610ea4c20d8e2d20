# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the switch does by itself after a configuration: operational state follows adminSt.

PROTOCOL.md section 8.1 says which object and attribute; times come from --link-delay and --down-delay. A change through
``/simulator/change`` is the world's, not the operator's: it cancels what is pending on that object and drives nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from . import dn as dns
from .tree import Event, Mo
from .writes import new_mo

if TYPE_CHECKING:
    from .switch import Switch

UP_STATES = ("up", "link-up")


@dataclass(frozen=True)
class Drive:
    """How adminSt of a class shows: in ``child`` (its RN and class) or in the object itself where that is empty."""

    child: tuple[str, str] = ("", "")
    attribute: str = "operSt"
    qualifier: str = "operStQual"
    up: tuple[str, str] = ("up", "none")
    down: tuple[str, str] = ("down", "none")
    starting: tuple[str, str] = ("down", "none")
    instant: bool = False


_ADMIN_DOWN = ("down", "admin-down")
DRIVES: Mapping[str, Drive] = {
    "l1PhysIf": Drive(("phys", "ethpmPhysIf"), up=("up", "none"), down=_ADMIN_DOWN, starting=("down", "link-failure")),
    "pcAggrIf": Drive(
        ("aggrif", "ethpmAggrIf"), up=("up", "none"), down=_ADMIN_DOWN, starting=("down", "initializing")
    ),
    "l3LbRtdIf": Drive(
        ("lbrtdif", "ethpmLbRtdIf"), up=("up", "none"), down=_ADMIN_DOWN, starting=("down", "none"), instant=True
    ),
    "l3EncRtdIf": Drive(
        ("encrtdif", "ethpmEncRtdIf"), up=("up", "none"), down=_ADMIN_DOWN, starting=("down", "initializing")
    ),
    "mgmtMgmtIf": Drive(("mgmt", "imMgmtIf"), up=("up", "link-up"), down=_ADMIN_DOWN, starting=("down", "link-down")),
    "sviIf": Drive(up=("up", "unknown"), down=("shutdown", "admin-shut"), starting=("down", "reinit")),
    "nvoEp": Drive(attribute="operState", qualifier="", up=("up", ""), down=("down", ""), starting=("down", "")),
    "tunnelifIf": Drive(
        attribute="tunOperSt",
        qualifier="tunOperStQual",
        up=("up", "none"),
        down=("down", "none"),
        starting=("down", "initing"),
    ),
    "l2BD": Drive(qualifier="", up=("up", ""), down=("down", ""), starting=("down", ""), instant=True),
}
ADMIN_UP = ("up", "enabled", "active")
SVI_CHILD = ("svi", "ethpmSviIf")
BGP_STEPS = ("idle", "active", "open-sent", "open-confirm", "established")


class Behaviour:
    """The timers of one switch that turn configuration into operational state."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self._pending: dict[str, list[asyncio.TimerHandle]] = {}

    def clear(self) -> None:
        for dn in list(self._pending):
            self.cancel(dn)

    def cancel(self, dn: str) -> None:
        for handle in self._pending.pop(dn, ()):
            handle.cancel()

    def configured(self, events: Iterable[Event]) -> None:
        """Takes in what a POST or DELETE did."""
        for event in events:
            if event.kind == "deleted":
                self.cancel(event.mo.dn)
                self._disabled(event.mo.dn)
                continue
            mo = event.mo
            if mo.cls in DRIVES and (event.kind == "created" or "adminSt" in event.changed):
                self._admin(mo, created=event.kind == "created")
            elif mo.cls == "bgpPeer" and "adminSt" in event.changed:
                self._bgp(mo)
            elif mo.cls.startswith("fm") and "adminSt" in event.changed:
                self._feature(mo)

    def recable(self, port: Mo) -> None:
        """A transceiver has come or gone: an enabled port starts anew."""
        if port.attributes.get("adminSt") in ADMIN_UP:
            self._admin(port, created=False)

    def start_all(self) -> None:
        """After a reload: everything that is enabled comes up, ports first."""
        for cls in DRIVES:
            for mo in self._switch.tree.of_class(cls):
                if mo.attributes.get("adminSt") in ADMIN_UP:
                    self._admin(mo, created=False)

    # -- interfaces

    def _admin(self, mo: Mo, created: bool) -> None:
        drive = DRIVES[mo.cls]
        if created:
            self._make_child(mo, drive)
        dn = f"{mo.dn}/{drive.child[0]}" if drive.child[0] else mo.dn
        self.cancel(dn)
        if mo.attributes.get("adminSt") not in ADMIN_UP:
            self._later(dn, self._switch.options.down_delay, lambda: self._show(mo.dn, dn, drive, drive.down))
            return
        blocked = self._blocked(mo)
        self._show(mo.dn, dn, drive, blocked or drive.starting)
        if blocked is None:
            delay = 0.0 if drive.instant else self._switch.options.link_delay
            self._later(dn, delay, lambda: self._show(mo.dn, dn, drive, self._blocked(mo) or drive.up))

    def _make_child(self, mo: Mo, drive: Drive) -> None:
        rn, cls = SVI_CHILD if mo.cls == "sviIf" else drive.child
        dn = f"{mo.dn}/{rn}"
        if rn and self._switch.tree.get(dn) is None and cls in self._switch.catalogue:
            attributes = {"operSt": "down", "operStQual": "initializing"} if mo.cls != "sviIf" else {}
            stamp = self._switch.stamp(cls)
            self._switch.commit([self._switch.tree.create(new_mo(dn, cls, attributes, self._switch.catalogue, stamp))])

    def _blocked(self, mo: Mo) -> tuple[str, str] | None:
        """Why an enabled interface stays down, if it does."""
        tree = self._switch.tree
        if mo.dn in self._switch.empty_cages:
            return "down", "xcvr-absent"
        if mo.cls == "l3EncRtdIf":
            state = self._parent_state(mo)
            return None if state in UP_STATES else ("down", "parent-down")
        if mo.cls == "sviIf":
            vlan = tree.get(f"sys/bd/bd-[vlan-{mo.attributes.get('id', '').removeprefix('vlan')}]")
            if vlan is None:
                return "down", "no-vlan"
            return None if vlan.attributes.get("operSt") == "up" else ("down", "vlan-down")
        if mo.cls == "pcAggrIf":
            members = self._members(mo.dn)
            if members and not any(self._is_up(member) for member in members):
                return "down", "port-channel-members-down"
        return None

    def _show(self, config_dn: str, dn: str, drive: Drive, state: tuple[str, str]) -> None:
        """Sets operational state and tells those that depend on it."""
        mo = self._switch.tree.get(dn)
        if mo is None:
            return
        wanted = {drive.attribute: state[0]}
        if drive.qualifier:
            wanted[drive.qualifier] = state[1]
        if drive.child[0] and "adminSt" in mo.attributes:
            config = self._switch.tree.get(config_dn)
            wanted["adminSt"] = config.attributes["adminSt"] if config else "down"
        if "lastLinkStChg" in mo.attributes and mo.attributes.get(drive.attribute) != state[0]:
            wanted["lastLinkStChg"] = self._switch.clock.stamp()
        if self._set(dn, wanted):
            self._dependants(config_dn, state[0] in UP_STATES)

    def _set(self, dn: str, wanted: Mapping[str, str]) -> bool:
        mo = self._switch.tree.get(dn)
        if mo is None:
            return False
        event = self._switch.tree.modify(dn, wanted, self._switch.stamp(mo.cls))
        if event:
            self._switch.commit([event])
        return event is not None

    # -- who depends on whom

    def _dependants(self, config_dn: str, up: bool) -> None:
        member = self._switch.tree.get(f"{config_dn}/aggrmbrif")
        if member is not None:
            state = "up" if up else "down"
            bundled = "channeling" if up else "unknown"
            self._set(member.dn, {"operSt": state, "summOperSt": state, "channelingSt": bundled})
            for aggregate in self._switch.tree.of_class("pcAggrIf"):
                if config_dn in self._members(aggregate.dn):
                    self._recount(aggregate)
        for sub in self._switch.tree.of_class("l3EncRtdIf"):
            if self._parent_of(sub) == config_dn and sub.attributes.get("adminSt") in ADMIN_UP:
                self._admin(sub, created=False)
        vlan = self._switch.tree.get(config_dn)
        if vlan is not None and vlan.cls == "l2BD":
            svi = self._switch.tree.get(f"sys/intf/svi-[{vlan.attributes.get('fabEncap', '').replace('-', '')}]")
            if svi is not None and svi.attributes.get("adminSt") in ADMIN_UP:
                self._admin(svi, created=False)

    def _members(self, aggregate: str) -> list[str]:
        """The ports of a port-channel: its ``pcRsMbrIfs`` children name them."""
        return [child.attributes["tDn"] for child in self._switch.tree.children(aggregate) if child.cls == "pcRsMbrIfs"]

    def _is_up(self, port: str) -> bool:
        mo = self._switch.tree.get(f"{port}/phys")
        return mo is not None and mo.attributes.get("operSt") in UP_STATES

    def _recount(self, aggregate: Mo) -> None:
        active = [port for port in self._members(aggregate.dn) if self._is_up(port)]
        names = ",".join(dns.rn(port)[len("phys-[") : -1] for port in active)
        counts = {"numActivePorts": str(len(active)), "numMbrUp": str(len(active)), "activeMbrs": names}
        self._set(f"{aggregate.dn}/aggrif", counts)
        if aggregate.attributes.get("adminSt") in ADMIN_UP:
            drive = DRIVES["pcAggrIf"]
            state = drive.up if active else ("down", "port-channel-members-down")
            self.cancel(f"{aggregate.dn}/aggrif")
            self._show(aggregate.dn, f"{aggregate.dn}/aggrif", drive, state)

    def _parent_of(self, sub: Mo) -> str:
        name = sub.attributes.get("id", "").partition(".")[0]
        return f"sys/intf/aggr-[{name}]" if name.startswith("po") else f"sys/intf/phys-[{name}]"

    def _parent_state(self, sub: Mo) -> str:
        above = self._parent_of(sub)
        child = "aggrif" if "/aggr-[" in above else "phys"
        mo = self._switch.tree.get(f"{above}/{child}")
        return mo.attributes.get("operSt", "") if mo else ""

    # -- protocols and features

    def _bgp(self, mo: Mo) -> None:
        for entry in self._switch.tree.children(mo.dn):
            if entry.cls != "bgpPeerEntry":
                continue
            dn, last = entry.dn, entry.attributes.get("operSt", "")
            self.cancel(dn)
            if mo.attributes.get("adminSt") != "enabled":
                flapped = self._switch.clock.stamp()
                self._set(dn, {"operSt": "shut", "prevOperSt": last, "shutStQual": "admin", "lastFlapTs": flapped})
                continue
            self._set(dn, {"operSt": "idle", "prevOperSt": last, "shutStQual": "unspecified"})
            for index, state in enumerate(BGP_STEPS[1:], 1):
                wanted = {"operSt": state, "prevOperSt": BGP_STEPS[index - 1]}
                delay = self._switch.options.link_delay * index / (len(BGP_STEPS) - 1)
                self._later(dn, delay, partial(self._set, dn, wanted))

    def _feature(self, mo: Mo) -> None:
        """operSt of a feature follows; disabling it deletes its objects, enabling makes the entity."""
        enabled = mo.attributes.get("adminSt") == "enabled"
        self._set(mo.dn, {"operSt": "enabled" if enabled else "disabled"})
        entity = self._switch.features.get(mo.cls)
        if entity is None:
            return
        dn, cls = entity
        if not enabled:
            self._switch.delete(dn)
        elif self._switch.tree.get(dn) is None:
            self._switch.create(dn, cls, {})

    def _disabled(self, dn: str) -> None:
        """An SVI whose VLAN is deleted goes down."""
        name = dns.rn(dn)
        if name.startswith("bd-[vlan-"):
            svi = self._switch.tree.get(f"sys/intf/svi-[vlan{name[len('bd-[vlan-') : -1]}]")
            if svi is not None and svi.attributes.get("adminSt") in ADMIN_UP:
                self._set(svi.dn, {"operSt": "down", "operStQual": "no-vlan"})

    def _later(self, dn: str, delay: float, action: Callable[[], object]) -> None:
        if delay <= 0:
            action()
            return
        handle = asyncio.get_running_loop().call_later(delay, action)
        self._pending.setdefault(dn, []).append(handle)
