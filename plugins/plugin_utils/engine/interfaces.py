# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Interface names in any usual spelling, and where the switch keeps their configuration and state.

The table is PROTOCOL section 8.1. Confirmed for NX-OS there, but for sub-interfaces of port-channels and the DN of
tunnels (inferred from the YANG model). Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from .errors import InvalidOptions

EXAMPLES = "Ethernet1/1, Eth1/1/1, Ethernet1/1.100, port-channel10, Vlan100, loopback0, mgmt0, nve1 or Tunnel1"


@dataclass(frozen=True)
class Interface:
    """One interface. The configured MO and the one that carries the state may be the same.

    ``up`` and ``down`` are the values of ``oper_attribute`` that say so; ``link-up`` and ``unknown`` say neither.
    ``qualifier_attribute`` says why, where the kind has one.
    """

    name: str
    kind: str
    config_dn: str
    config_class: str
    oper_dn: str
    oper_class: str
    oper_attribute: str
    qualifier_attribute: str
    up: tuple[str, ...]
    down: tuple[str, ...]


@dataclass(frozen=True)
class _Kind:
    """A row of the table. ``%s`` stands for the number in ``name``, ``config_dn`` and so in ``config_dn + oper_rn``."""

    kind: str
    words: tuple[tuple[str, int], ...]
    """What a name may begin with: a word without its hyphen, and how many letters of it at least."""
    number: str
    name: str
    config_dn: str
    config_class: str
    oper_rn: str
    oper_class: str
    oper_attribute: str = "operSt"
    qualifier: str = "operStQual"
    down: tuple[str, ...] = ("down",)
    limits: tuple[int, int] | None = None
    """The lowest and the highest number, where the switch's own are sure."""

    def matches(self, word: str, number: str) -> bool:
        letters = re.sub("[ -]", "", word).lower()
        known = any(len(letters) >= least and full.startswith(letters) for full, least in self.words)
        return known and re.fullmatch(self.number, number) is not None

    @cached_property
    def dn_pattern(self) -> re.Pattern[str]:
        """Matches both DNs; its group is the number."""
        before, after = self.config_dn.split("%s")
        return re.compile(
            "%s(%s)%s(?:%s)?" % (re.escape(before), self.number, re.escape(after), re.escape(self.oper_rn))
        )

    def interface(self, number: str) -> Interface:
        if self.limits and not self.limits[0] <= int(number) <= self.limits[1]:
            raise InvalidOptions(
                "There is no %s: these interfaces are numbered %d to %d." % (self.name % number, *self.limits)
            )
        config_dn = self.config_dn % number
        return Interface(
            name=self.name % number,
            kind=self.kind,
            config_dn=config_dn,
            config_class=self.config_class,
            oper_dn=config_dn + self.oper_rn,
            oper_class=self.oper_class,
            oper_attribute=self.oper_attribute,
            qualifier_attribute=self.qualifier,
            up=("up",),
            down=self.down,
        )


_N = "(?:0|[1-9][0-9]{0,4})"
_PORT = "%s/%s(?:/%s)?" % (_N, _N, _N)
_ETHERNET = (("ethernet", 1),)
_PORT_CHANNEL = (("portchannel", 2),)

# fmt: off
_KINDS = (
    _Kind("ethernet", _ETHERNET, _PORT, "Ethernet%s", "sys/intf/phys-[eth%s]", "l1PhysIf", "/phys", "ethpmPhysIf"),
    _Kind("subinterface", _ETHERNET, r"%s\.%s" % (_PORT, _N), "Ethernet%s", "sys/intf/encrtd-[eth%s]", "l3EncRtdIf", "/encrtdif", "ethpmEncRtdIf"),
    _Kind("port-channel", _PORT_CHANNEL, _N, "port-channel%s", "sys/intf/aggr-[po%s]", "pcAggrIf", "/aggrif", "ethpmAggrIf", limits=(1, 4096)),
    _Kind("subinterface", _PORT_CHANNEL, r"%s\.%s" % (_N, _N), "port-channel%s", "sys/intf/encrtd-[po%s]", "l3EncRtdIf", "/encrtdif", "ethpmEncRtdIf"),
    _Kind("loopback", (("loopback", 2),), _N, "loopback%s", "sys/intf/lb-[lo%s]", "l3LbRtdIf", "/lbrtdif", "ethpmLbRtdIf", limits=(0, 1023)),
    _Kind("svi", (("vlan", 2),), _N, "Vlan%s", "sys/intf/svi-[vlan%s]", "sviIf", "", "sviIf", down=("down", "shutdown", "out-of-srvc"), limits=(1, 4094)),
    _Kind("mgmt", (("mgmt", 2), ("management", 2)), "0", "mgmt%s", "sys/mgmt-[mgmt%s]", "mgmtMgmtIf", "/mgmt", "imMgmtIf"),
    _Kind("nve", (("nve", 2),), _N, "nve%s", "sys/eps/epId-%s", "nvoEp", "", "nvoEp", "operState", ""),
    _Kind("tunnel", (("tunnel", 2),), _N, "Tunnel%s", "sys/intf/tunnelif-[tunnel%s]", "tunnelifIf", "", "tunnelifIf", "tunOperSt", "tunOperStQual"),
)
# fmt: on

_SPELLING = re.compile(r"([A-Za-z]+(?:[ -][A-Za-z]+)?) *([0-9][0-9/.]*)")


def parse(name: object) -> Interface:
    """The interface of a name in any usual spelling, of a DME id (``eth1/1``), or of a DN of it; else InvalidOptions."""
    text = name.strip() if isinstance(name, str) else ""
    found = _from_dn(text[1:] if text.startswith("/") else text)
    if found is None:
        parts = _SPELLING.fullmatch(text)
        word, number = parts.groups() if parts else ("", "")
        number = re.sub("[0-9]+", lambda digits: digits[0].lstrip("0") or "0", number)
        found = next(((kind, number) for kind in _KINDS if kind.matches(word, number)), None) if parts else None
    if found is None:
        raise InvalidOptions("%r is no name of one interface: write it like %s." % (name, EXAMPLES))
    kind, number = found
    return kind.interface(number)


def good_states() -> dict[str, dict[str, object]]:
    """What says of each class that carries the state of an interface that it is up."""
    return {kind.oper_class: {kind.oper_attribute: "up"} for kind in _KINDS}


def name_of(dn: str) -> str | None:
    """The name of the interface whose configuration or state the DN holds; None for any other DN."""
    found = _from_dn(dn)
    return found[0].name % found[1] if found else None


def _from_dn(dn: str) -> tuple[_Kind, str] | None:
    if dn.startswith("sys/"):
        for kind in _KINDS:
            found = kind.dn_pattern.fullmatch(dn)
            if found:
                return kind, found.group(1)
    return None
