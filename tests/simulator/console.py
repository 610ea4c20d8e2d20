# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command line of the switch: as much of it as cisco.nxos needs to read the switch and to configure interfaces.

It is the same switch: ``shutdown`` sets adminSt in the tree as a POST does, and the operational state follows. Whoever
carries lines to a ``Console`` (SSH, or NX-API CLI in ``ins.py``) shows its ``prompt`` and the text that ``run`` returns.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from . import writes
from .errors import ApiError
from .tree import Mo
from .wire import Node

if TYPE_CHECKING:
    from .switch import Switch

INVALID = "                 ^\n% Invalid command at '^' marker."
DENIED = "% Permission denied for the role"

_PORT = re.compile(r"(?:ethernet|ether|eth|et|e)\s*(\d+(?:/\d+)+)", re.I)
_OTHERS = {"pcAggrIf": ("port-channel", "po"), "l3LbRtdIf": ("loopback", "lo"), "sviIf": ("Vlan", "vlan")}

_VERSION = """\
Cisco Nexus Operating System (NX-OS) Software

Software
  NXOS: version {version}
  NXOS image file is: bootflash:///nxos64-cs.{version}.bin

Hardware
  cisco Nexus9000 C93180YC-FX Chassis
  Processor Board ID {serial}

  Device name: {name}

Kernel uptime is 12 day(s), 3 hour(s), 4 minute(s), 5 second(s)"""

_INVENTORY = """\
NAME: "Chassis",  DESCR: "Nexus9000 C93180YC-FX Chassis"
PID: N9K-C93180YC-FX     ,  VID: V01 ,  SN: {serial}"""

_DEFAULTS = "system default switchport\nno system default switchport shutdown"


class Console:
    """One session at the command line. ``read_only``: the role of network-operator."""

    def __init__(self, switch: Switch, read_only: bool = False) -> None:
        self._switch = switch
        self._read_only = read_only
        self._mode = ""
        self._interface = ""

    @property
    def prompt(self) -> str:
        return f"{self._name}{f'({self._mode})' if self._mode else ''}# "

    def run(self, line: str) -> str:
        """Carries one line out; what it prints, without a newline at the end."""
        words, *filters = (part.strip() for part in line.split("|"))
        command = " ".join(words.split())
        if not command or command.startswith("!"):
            return ""
        if command in ("end", "exit") or re.fullmatch(r"conf(ig(ure)?)? ?t(erm(inal)?)?", command):
            return self._change_mode(command)
        if command.startswith("terminal "):
            return ""
        if command.startswith("show "):
            return self._show(command[len("show ") :], filters)
        return self._configure(command) if self._mode else INVALID

    @property
    def _name(self) -> str:
        mo = self._switch.tree.get("sys")
        return (mo.attributes.get("name") if mo else "") or "switch"

    def _change_mode(self, command: str) -> str:
        if command.startswith("conf") and self._read_only:
            return DENIED
        leaving = command == "exit" and self._mode == "config-if"
        self._mode = "config" if leaving or command.startswith("conf") else ""
        self._interface = ""
        return ""

    # -- show

    def _show(self, what: str, filters: list[str]) -> str:
        if filters == ["json"]:
            found = self.data(what)
            return INVALID if found is None else json.dumps(found)
        facts = self._facts()
        texts = {
            "version": lambda: _VERSION.format(**facts),
            "inventory": lambda: _INVENTORY.format(**facts),
            "privilege": lambda: f"User name: admin\nCurrent privilege level: {1 if self._read_only else -1}",
            "hostname": lambda: facts["name"],
            "running-config": lambda: "\n".join(self._running()),
            "running-config all": lambda: "\n".join((*_DEFAULTS.splitlines(), *self._running())),
            "interface status": lambda: "\n".join(self._status()),
        }
        if what not in texts:
            return INVALID
        text = texts[what]()
        for each in filters:
            text = _filtered(text, each)
        return text

    def data(self, what: str) -> dict[str, Any] | None:
        """What `show WHAT | json` holds; None where this console has no such output."""
        facts = self._facts()
        rows = {"name_string": "Chassis", "productid": "N9K-C93180YC-FX", "serialnum": facts["serial"]}
        return {
            "version": {
                "header_str": "Cisco Nexus Operating System (NX-OS) Software",
                "nxos_ver_str": facts["version"],
                "nxos_file_name": f"bootflash:///nxos64-cs.{facts['version']}.bin",
                "chassis_id": "Nexus9000 C93180YC-FX Chassis",
                "proc_board_id": facts["serial"],
                "host_name": facts["name"],
            },
            "inventory": {"TABLE_inv": {"ROW_inv": [{**rows, "name": "Chassis"}]}},
        }.get(what)

    def _facts(self) -> dict[str, str]:
        tree = self._switch.tree
        top, version = tree.get("sys"), tree.get("sys/showversion")
        return {
            "name": self._name,
            "serial": top.attributes.get("serial", "") if top else "",
            "version": version.attributes.get("nxosVersion", "10.5(6)") if version else "10.5(6)",
        }

    def _interfaces(self) -> Iterator[tuple[str, Mo]]:
        for mo in self._switch.tree.of_class("l1PhysIf"):
            yield "Ethernet" + mo.attributes["id"].removeprefix("eth"), mo
        for cls, (long, short) in _OTHERS.items():
            for mo in self._switch.tree.of_class(cls):
                yield long + mo.attributes["id"].removeprefix(short), mo

    def _running(self) -> Iterator[str]:
        yield f"version {self._facts()['version']}"
        yield f"hostname {self._name}"
        yield "feature nxapi"
        for name, mo in self._interfaces():
            yield ""
            yield f"interface {name}"
            if mo.attributes.get("descr"):
                yield f"  description {mo.attributes['descr']}"
            if mo.attributes.get("layer") == "Layer3":
                yield "  no switchport"
            if mo.attributes.get("adminSt") == "down":
                yield "  shutdown"

    def _status(self) -> Iterator[str]:
        yield f"{'Port':14}{'Name':20}{'Status':12}"
        for name, mo in self._interfaces():
            if mo.cls == "l1PhysIf":
                below = self._switch.tree.get(mo.dn + "/phys")
                state = below.attributes.get("operSt", "down") if below else "down"
                shown = (
                    "connected" if state == "up" else "disabled" if mo.attributes["adminSt"] == "down" else "notconnect"
                )
                yield f"{name.replace('Ethernet', 'Eth'):14}{mo.attributes.get('descr') or '--':20}{shown:12}"

    # -- configure

    def _configure(self, command: str) -> str:
        if found := re.fullmatch(r"int(?:erface)? (.+)", command):
            return self._enter(found.group(1))
        if found := re.fullmatch(r"hostname (\S+)", command):
            return self._write("sys", "topSystem", name=found.group(1))
        if self._mode != "config-if":
            return INVALID
        return self._configure_interface(command)

    def _enter(self, name: str) -> str:
        port = _PORT.fullmatch(name)
        wanted = f"Ethernet{port.group(1)}" if port else name.replace(" ", "")
        for each, mo in self._interfaces():
            if each.lower() == wanted.lower():
                self._mode, self._interface = "config-if", mo.dn
                return ""
        return INVALID

    def _configure_interface(self, command: str) -> str:
        mo = self._switch.tree.get(self._interface)
        if mo is None:
            return INVALID
        if re.fullmatch(r"(no )?shut(down)?", command):
            return self._write(mo.dn, mo.cls, adminSt="up" if command.startswith("no ") else "down")
        if found := re.fullmatch(r"description (.+)", command):
            return self._write(mo.dn, mo.cls, descr=found.group(1))
        if command == "no description" or command.startswith("no description "):
            return self._write(mo.dn, mo.cls, descr="")
        return INVALID

    def _write(self, dn: str, cls: str, **attributes: str) -> str:
        switch = self._switch
        try:
            switch.configure(writes.plan(dn, Node(cls, attributes), switch.tree, switch.catalogue))
        except ApiError as error:
            return f"ERROR: {error}"
        return ""


def _filtered(text: str, pipe: str) -> str:
    """What a pipe leaves: `section REGEX` keeps blocks, `include REGEX` lines."""
    kind, _unused, pattern = pipe.partition(" ")
    pattern = pattern.strip().strip("'\"")
    if kind in ("inc", "incl", "include"):
        return "\n".join(line for line in text.splitlines() if re.search(pattern, line))
    if kind in ("sec", "section"):
        kept, inside = [], False
        for line in text.splitlines():
            inside = bool(re.search(pattern, line)) or (inside and line.startswith(" "))
            kept += [line] if inside else []
        return "\n".join(kept)
    return INVALID
