# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Records of changes as they could have been, of three sizes: a port, 48 ports in a maintenance, any number of events."""

from __future__ import annotations

import random
from datetime import datetime, timedelta, timezone
from typing import Any

Entry = dict[str, Any]

BEGIN = datetime(2026, 11, 24, 9, 17, 30, tzinfo=timezone.utc)
EVIL = "</script><img src=x onerror=alert(1)>{{ 7 * 7 }}\u2028&amp;"
"""What somebody may write into the description of a port."""


def at(seconds: float) -> str:
    moment = BEGIN + timedelta(seconds=seconds)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Story:
    """Entries of a switch, added as they are told."""

    def __init__(self, host: str = "leaf1") -> None:
        self.host = host
        self.entries: list[Entry] = []

    def add(self, seconds: float, kind: str, **more: object) -> None:
        self.entries.append({"kind": kind, "at": at(seconds), "host": self.host, **more})

    def state(self, cls: str, dn: str, **attributes: str) -> None:
        self.add(0, "state", subscription=f"change_window {cls}", dn=dn, attributes=attributes, **{"class": cls})

    def tell(
        self,
        seconds: float,
        cls: str,
        dn: str,
        status: str = "modified",
        origin: str = "notification",
        **attributes: str,
    ) -> None:
        told = {"subscription": f"change_window {cls}", "dn": dn, "class": cls, "status": status, "origin": origin}
        self.add(seconds, "notification", attributes=attributes, **told)

    def task(
        self, begin: float, end: float, name: str, status: str = "changed", action: str = "cisco.nxos.nxos_config"
    ) -> None:
        self.add(begin, "task", end=at(end), name=name, status=status, action=action)

    def mark(self, seconds: float, name: str, status: str = "ok") -> None:
        self.add(seconds, "task", name=name, status=status)

    def gap(self, begin: float, end: float | None, reason: str, subscription: str | None = None) -> None:
        to = None if end is None else at(end)
        self.add(begin, "gap", **{"from": at(begin), "to": to, "reason": reason, "subscription": subscription})

    @property
    def record(self) -> list[Entry]:
        return sorted(self.entries, key=lambda entry: str(entry["at"]))


PORT = "ethpmPhysIf"


def port(number: int) -> str:
    return f"sys/intf/phys-[eth1/{number}]/phys"


def one_port() -> list[Entry]:
    """Down from 5 s to 20 s of 30, in a gap from 10 s to 15 s."""
    story = Story()
    story.state(PORT, port(1), adminSt="up", operSt="up", operSpeed="10G", descr=EVIL)
    story.mark(1, "the change begins")
    story.task(4, 6, "Shut it")
    story.tell(5, PORT, port(1), operSt="down", operStQual="admin-down")
    story.gap(10, 15, "the socket broke")
    story.task(17, 18, "No shut it")
    story.tell(20, PORT, port(1), operSt="up", operStQual="none")
    story.tell(25, PORT, port(1), operSpeed="25G")
    story.mark(30, "the watch ends")
    return story.record


def flash() -> list[Entry]:
    """Down for 20 ms in an hour."""
    story = Story()
    story.state(PORT, port(1), operSt="up")
    story.tell(1800, PORT, port(1), operSt="down")
    story.tell(1800.02, PORT, port(1), operSt="up")
    story.mark(3600, "the watch ends")
    return story.record


TASKS = (
    (4, 7.5, "Drain BGP towards spine1", "changed"),
    (8, 8.6, "Check that traffic has moved", "ok"),
    (9, 11, "Shut the uplinks to spine1", "changed"),
    (12, 40, "Reset the optics of Ethernet1/33 to 1/40", "changed"),
    (41, 42.2, "Move Ethernet1/7 to VLAN 200", "changed"),
    (43, 44, "Create VLAN 210", "changed"),
    (44.2, 44.4, "Only on spines", "skipped"),
    (60, 62, "No shut the uplinks to spine1", "changed"),
    (64, 66, "Take BGP back", "changed"),
)


def _before(story: Story, ports: int) -> None:
    for number in range(1, ports + 1):
        up = number not in (12, 45, 46, 47)
        shut = number in (45, 46)
        words = {
            "adminSt": "down" if shut else "up",
            "operSt": "up" if up else "down",
            "operSpeed": "25G",
            "operVlan": "100",
        }
        words["operStQual"] = "none" if up else "admin-down" if shut else "link-failure"
        story.state(
            PORT, port(number), **words, descr="" if number % 3 else f"to server{number:02d}", lastLinkStChg=at(-9000)
        )
    for number in (1, 10):
        story.state("ethpmAggrIf", f"sys/intf/aggr-[po{number}]/aggrif", operSt="up", numMbrUp="2")
    for name in ("192.0.2.1", "192.0.2.5"):
        story.state(
            "bgpPeerEntry", f"sys/bgp/inst/dom-default/peer-[{name}]/ent-[{name}]", operSt="established", addr=name
        )
    for number in (100, 200, 300):
        story.state(
            "l2BD", f"sys/bd/bd-[vlan-{number}]", operSt="up", fabEncap=f"vlan-{number}", name=f"users-{number}"
        )
    story.state("coppClassMap", "sys/copp/classp/cmap-[icmp]", state="conform", violated="0")


def _uplinks(story: Story) -> None:
    peer = "sys/bgp/inst/dom-default/peer-[192.0.2.1]/ent-[192.0.2.1]"
    story.tell(7.2, "bgpPeerEntry", peer, operSt="idle")
    story.tell(64.8, "bgpPeerEntry", peer, operSt="active")
    story.tell(69, "bgpPeerEntry", peer, operSt="openconfirm")
    story.tell(70.4, "bgpPeerEntry", peer, operSt="established")
    for number in (43, 44):
        story.tell(9.6 + number / 50, PORT, port(number), operSt="down", adminSt="down", operStQual="admin-down")
        story.tell(60.5 + number / 50, PORT, port(number), adminSt="up", operStQual="link-failure")
        story.tell(63 + number / 50, PORT, port(number), operSt="up", operStQual="none")
    aggregate = "sys/intf/aggr-[po10]/aggrif"
    story.tell(10.6, "ethpmAggrIf", aggregate, operSt="down", numMbrUp="0")
    story.tell(64, "ethpmAggrIf", aggregate, operSt="up", numMbrUp="2")


def maintenance(ports: int = 48) -> list[Entry]:
    """A port stays down at the end (eth1/7), another flaps and is well (eth1/20); a VLAN is new, another gone; one gap."""
    story = Story()
    _before(story, ports)
    story.mark(3, "the change begins")
    for begin, end, name, status in TASKS:
        story.task(begin, end, name, status)
    _uplinks(story)
    for number in range(33, 41):
        begin = 13 + (number - 33) * 3.2
        story.tell(begin, PORT, port(number), operSt="down", operStQual="xcvr-absent")
        story.tell(begin + 2.1, PORT, port(number), operSt="link-up", operStQual="none")
        story.tell(begin + 2.6, PORT, port(number), operSt="up", operSpeed="100G" if number % 2 else "25G")
    story.tell(41.3, PORT, port(7), operVlan="200")
    story.tell(41.9, PORT, port(7), operSt="down", operStQual="suspended")
    for number in range(4):
        story.tell(70 + number * 2, PORT, port(20), operSt="down", operStQual="link-failure")
        story.tell(70.3 + number * 2, PORT, port(20), operSt="up", operStQual="none")
    story.tell(43.5, "l2BD", "sys/bd/bd-[vlan-210]", "created", operSt="up", fabEncap="vlan-210")
    story.tell(55.2, "l2BD", "sys/bd/bd-[vlan-300]", "deleted", origin="resync")
    story.tell(58, "coppClassMap", "sys/copp/classp/cmap-[icmp]", state="violate", violated="17")
    story.tell(61, "coppClassMap", "sys/copp/classp/cmap-[icmp]", state="conform")
    story.gap(48, 55.2, "the socket broke")
    story.mark(66.5, "the change has ended")
    story.task(
        66.6,
        90,
        "Wait until nothing that was well is not, and all that is wanted is there",
        "failed",
        "nxapi.events.wait_for_mo",
    )
    story.mark(90.2, "the watch ends", "failed")
    return story.record


def busy(events: int, ports: int = 48, seed: int = 1) -> list[Entry]:
    """So many notifications in twenty minutes: counters that tick, ports that flap, some of them much."""
    rng = random.Random(seed)
    story = Story()
    _before(story, ports)
    up = dict.fromkeys(range(1, ports + 1), True)
    for number in range(20):
        story.task(
            number * 58 + 3,
            number * 58 + 3 + rng.uniform(1, 50),
            f"Step {number + 1} of the plan",
            rng.choice(["ok", "changed"]),
        )
    favourites = rng.sample(range(1, ports + 1), ports // 8)
    for moment in sorted(rng.uniform(2, 1198) for _event in range(events)):
        number = rng.choice(favourites) if rng.random() < 0.7 else rng.randrange(1, ports + 1)
        if rng.random() < 0.5:
            up[number] = not up[number]
            story.tell(moment, PORT, port(number), operSt="up" if up[number] else "down")
        else:
            story.tell(moment, PORT, port(number), lastLinkStChg=at(moment))
    for moment in (200, 640, 1000):
        story.gap(moment, moment + 12, "a refresh failed")
    story.mark(1200, "the watch ends")
    return story.record
