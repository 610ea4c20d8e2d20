# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a network engineer waits for after a change, by name, as entries of `wait_for_mo`'s ``all_of``.

The knowledge is `KINDS`, a row for each kind of thing: PROTOCOL sections 8.1 and 8.2. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import cast

from . import interfaces
from .condition import compile_condition
from .errors import InvalidOptions
from .model import ManagedObject

Entry = dict[str, object]

_BROKEN = ("fail", "mismatch")
_CARD_BROKEN = (*_BROKEN, "err-pwr-down", "reg-failure", "srg-fail", "ha-seq-fail")


@dataclass(frozen=True)
class Kind:
    """A row of the table.

    ``dn``: where one of them is, ``%s`` its name; or ``attribute``: which attribute of the class has its name, ``%s`` in
    ``written``. Neither: there is one of it, at ``scope``. ``scope`` may hold ``{vrf}`` and the like, from ``keys``;
    only then is it asked instead of the whole class. ``doubt``: what is inferred, not confirmed, of NX-OS. ``numbered``:
    a number alone may be meant as the name of one as well as how many.
    """

    word: str
    title: str
    cls: str
    good: Mapping[str, object]
    failed: Mapping[str, object] = field(default_factory=dict)
    dn: str = ""
    attribute: str = ""
    written: str = "%s"
    scope: str = ""
    keys: tuple[tuple[str, str], ...] = ()
    pattern: str = r"[^\s\[\]]+"
    example: str = ""
    doubt: str = ""
    numbered: bool = False

    @property
    def single(self) -> bool:
        return not self.dn and not self.attribute


_IP = r"[0-9A-Fa-f.:]+(?:/[0-9]+)?"
_NUMBER = "[1-9][0-9]*"
_VRF = (("vrf", "default"),)

# fmt: off
KINDS: dict[str, Kind] = {kind.word: kind for kind in (
    Kind("vlans", "VLAN", "l2BD", {"operSt": "up"}, attribute="fabEncap", written="vlan-%s", pattern=_NUMBER, example="100",
         numbered=True),
    Kind("lacp_members", "port-channel member", "pcAggrMbrIf", {"operSt": "up", "channelingSt": "channeling"},
         dn="sys/intf/phys-[%s]/aggrmbrif", example="Ethernet1/49",
         doubt="the name of the class"),
    Kind("bgp_peers", "BGP peer", "bgpPeerEntry", {"operSt": "established"}, attribute="addr",
         scope="sys/bgp/inst/dom-{vrf}", keys=_VRF, pattern=_IP, example="192.0.2.1"),
    Kind("ospf_neighbors", "OSPF neighbour", "ospfAdjEp", {"operSt": "full"}, attribute="id",
         scope="sys/ospf/inst-{process}/dom-{vrf}", keys=(("process", ""), *_VRF),
         pattern=_IP, example="192.0.2.1",
         doubt="that the attribute id is the neighbour's router id"),
    Kind("isis_neighbors", "IS-IS neighbour", "isisAdjEp", {"operSt": "up"}, attribute="sysId", example="0000.0000.0002"),
    Kind("bfd_sessions", "BFD session", "bfdSess", {"operSt": "up"}, attribute="destAddr", pattern=_IP, example="192.0.2.1"),
    Kind("pim_neighbors", "PIM neighbour", "pimAdjEp", {"operSt": "up"}, attribute="ip",
         scope="sys/pim/inst/dom-{vrf}", keys=_VRF, pattern=_IP, example="192.0.2.1",
         doubt="the name of the attribute with the address"),
    Kind("vpc_peer", "vPC peer", "vpcDom", {"peerSt": "up", "peerStQual": "success", "compatSt": "pass"}, scope="sys/vpc/inst/dom"),
    Kind("vpcs", "vPC", "vpcIf", {"localOperSt": "up", "remoteOperSt": "up", "compatSt": "pass"}, dn="sys/vpc/inst/dom/if-%s", pattern=_NUMBER, example="10",
         numbered=True),
    Kind("nve_peers", "NVE peer", "nvoDyPeer", {"state": "Up"}, attribute="ip", pattern=_IP, example="192.0.2.1"),
    Kind("vnis", "VNI", "nvoOperNw", {"state": "Up"}, attribute="vni", pattern=_NUMBER, example="10100",
         doubt="where its MO is (it is looked for by class)", numbered=True),
    Kind("line_cards", "line card", "eqptLC", {"operSt": "online"}, {"operSt": list(_CARD_BROKEN)},
         dn="sys/ch/lcslot-%s/lc", pattern=_NUMBER, example="1"),
    Kind("supervisors", "supervisor", "eqptSupC", {"operSt": "online"}, {"operSt": list(_CARD_BROKEN)},
         dn="sys/ch/supslot-%s/sup", pattern=_NUMBER, example="1"),
    Kind("fans", "fan tray", "eqptFt", {"operSt": "ok"}, {"operSt": list(_BROKEN)}, dn="sys/ch/ftslot-%s/ft", pattern=_NUMBER, example="1"),
    Kind("power_supplies", "power supply", "eqptPsu", {"operSt": "ok"}, {"operSt": list(_BROKEN)}, dn="sys/ch/psuslot-%s/psu", pattern=_NUMBER, example="1"),
    Kind("features", "feature", "", {"adminSt": "enabled", "operSt": "enabled"}, dn="sys/fm/%s", pattern="[a-z0-9]+", example="bgp"),
    Kind("lldp_neighbors", "LLDP neighbour", "lldpAdjEp", {}, attribute="sysName", example="spine1"),
    Kind("cdp_neighbors", "CDP neighbour", "cdpAdjEp", {}, attribute="sysName", example="spine1"),
)}
# fmt: on

_INTERFACES = {"interfaces": "", "port_channels": "port-channel", "svis": "svi"}
"""Kinds whose names are interfaces, and of which kind these have to be."""

RELOADED = "reloaded"
WORDS = (*_INTERFACES, *KINDS, RELOADED)

FEATURES = {"interface-vlan": "ifvlan", "nv-overlay": "nvo", "vn-segment-vlan-based": "vnsegment", "tacacs+": "tacacsplus",
            "sftp-server": "sftpserver", "scp-server": "scpserver", "interface vlan": "ifvlan", "nv overlay": "nvo"}  # fmt: skip
"""How the command line calls a feature, where its MO is called otherwise."""


def conditions(wanted: object, uptime_before: object = None) -> list[Entry]:
    """Entries of ``all_of`` for a list of what to wait for. Raises InvalidOptions with one sentence.

    Each item is the word of a kind (``fans``), or a map from one to what of it: ``all``, a number (at least so many), or
    names. ``uptime_before``: the switch's systemUpTime of before a reload, for ``reloaded``.
    """
    found: list[Entry] = []
    for item in _items(wanted):
        found += _entries(item, uptime_before)
    names = [entry["name"] for entry in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InvalidOptions("%s is asked for twice." % twice)
    return found


def _items(wanted: object) -> list[dict[str, object]]:
    if isinstance(wanted, Mapping):
        wanted = [{key: value} for key, value in wanted.items()]
    if isinstance(wanted, str):
        wanted = [wanted]
    if not isinstance(wanted, Sequence) or not wanted:
        raise InvalidOptions("say what to wait for, a list such as [fans, {vlans: [100]}]; there are: %s." % _words())
    items: list[dict[str, object]] = []
    for item in wanted:
        if isinstance(item, str):
            item = {item: "all"}
        if not isinstance(item, Mapping) or not item:
            raise InvalidOptions("%r is no word and no map of what to wait for; there are: %s." % (item, _words()))
        items.append({str(key): value for key, value in item.items()})
    return items


def _words() -> str:
    return ", ".join(WORDS)


def _entries(item: dict[str, object], uptime_before: object) -> list[Entry]:
    words = [key for key in item if key in WORDS]
    if len(words) != 1:
        if words:
            raise InvalidOptions("%s stand in one item: make an item of each." % " and ".join(words))
        close = get_close_matches(next(iter(item)), WORDS, 1)
        hint = "did you mean %s?" % close[0] if close else "there are: %s." % _words()
        raise InvalidOptions("nothing is called %s; %s" % (next(iter(item)), hint))
    word = words[0]
    what = item[word]
    if word == RELOADED:
        _only(item, word, ())
        return [_reloaded(uptime_before)] if what is not False else []
    if word in _INTERFACES:
        return _of_interfaces(word, item)
    kind = KINDS[word]
    _only(item, word, tuple(key for key, _default in kind.keys))
    if what is False or what is None:
        nothing = ", and nothing is given" if what is None else ""
        raise InvalidOptions("%s takes %s%s." % (word, _takes(kind), nothing))
    return _of_kind(kind, what, item)


def _only(item: Mapping[str, object], word: str, keys: Sequence[str]) -> None:
    for key in item:
        if key != word and key not in keys:
            also = "only %s" % " and ".join(keys) if keys else "nothing beside it"
            raise InvalidOptions("%s takes %s, not %s." % (word, also, key))


def _takes(kind: Kind) -> str:
    if kind.single:
        return "no value"
    many = "" if kind.numbered else ", how many of them at least,"
    return "all%s or a list such as [%s]" % (many, kind.example)


def _of_kind(kind: Kind, what: object, item: Mapping[str, object]) -> list[Entry]:
    query = _query(kind, item)
    base: Entry = {"until": dict(kind.good)} if kind.good else {}
    if kind.failed:
        base["fail_when"] = dict(kind.failed)
    if kind.single:
        if what not in (True, "all"):
            raise InvalidOptions("%s takes no value: there is one of it." % kind.word)
        return [{"name": kind.title, **query, **base}]
    if kind.numbered and _is_number(what):
        raise InvalidOptions(
            "%s: %s may mean %s %s or that many of them: write [%s] for the one; for how many use wait_for_mo with match."
            % (kind.word, what, kind.title, what, what)
        )
    if _is_number(what) or what is True or str(what).strip().lower() == "all":
        if not query:
            raise InvalidOptions("%s takes a list such as [%s]." % (kind.word, kind.example))
        how = {"match": str(what)} if _is_number(what) else {"match": "all"}
        return [{"name": _several(kind), **query, **base, **how}]
    return [_named(kind, name, query, base) for name in _names(kind.word, what)]


def _several(kind: Kind) -> str:
    """``BGP peers``, ``vPCs``; else the word as it is."""
    first = kind.title.split()[0]
    return kind.word.replace("_", " ") if first.islower() else "%ss" % kind.title


def _is_number(what: object) -> bool:
    return not isinstance(what, bool) and re.fullmatch(_NUMBER, str(what).strip()) is not None and not _listed(what)


def _listed(what: object) -> bool:
    return isinstance(what, Sequence) and not isinstance(what, str)


def _query(kind: Kind, item: Mapping[str, object]) -> Entry:
    """The whole class, or its part below ``scope``; nothing for a kind without a class of its own."""
    if kind.single:
        return {"dn": kind.scope}
    given = [key for key, _default in kind.keys if item.get(key) is not None]
    if not given:
        return {"class": kind.cls} if kind.cls else {}
    values: dict[str, str] = {}
    for key, default in kind.keys:
        value = str(item.get(key) or default)
        if not re.fullmatch(r"[^\s/\[\]]+", value):
            raise InvalidOptions("%s needs %s, the name of one." % (kind.word, key))
        values[key] = value
    return {"dn": kind.scope.format(**values), "target_subtree_class": [kind.cls]}


def _named(kind: Kind, name: str, query: Entry, base: Entry) -> Entry:
    if kind.word == "lacp_members":
        port = interfaces.parse(name)
        if port.kind != "ethernet":
            raise InvalidOptions("lacp_members takes physical ports such as Ethernet1/49, not %s." % name)
        name, rn = port.name, port.config_dn.partition("[")[2].rstrip("]")
    elif kind.word == "features":
        rn = FEATURES.get(name.lower(), name.lower())
    else:
        rn = name
    if kind.word != "lacp_members" and not re.fullmatch(kind.pattern, rn):
        raise InvalidOptions("%s takes %s, not %r." % (kind.word, _takes(kind), name))
    label = "%s %s" % (kind.title, name)
    if kind.dn and "target_subtree_class" not in query:
        return {"name": label, "dn": kind.dn % rn, **base}
    return {"name": label, **query, "where": {kind.attribute: kind.written % rn}, **base}


def _names(word: str, what: object) -> list[str]:
    """Of a list or of text with commas; a range of numbers, 10-20, stands for all of them."""
    parts = cast("Sequence[object]", what) if _listed(what) else re.split(r"[,\n]", str(what))
    names: list[str] = []
    for part in (str(part).strip() for part in parts if not isinstance(part, Mapping)):
        span = re.fullmatch(r"(%s)\s*-\s*(%s)" % (_NUMBER, _NUMBER), part)
        if span:
            first, last = int(span[1]), int(span[2])
            if not first <= last <= 16777215 or last - first >= 4096:
                raise InvalidOptions("%s: %s is no range of numbers." % (word, part))
            names += map(str, range(first, last + 1))
        elif part:
            names.append(part)
    if not names or any(isinstance(part, Mapping) for part in parts):
        raise InvalidOptions("%s takes a list of names." % word)
    return names


def _of_interfaces(word: str, item: Mapping[str, object]) -> list[Entry]:
    members = item.get("members")
    _only(item, word, ("members",) if word == "port_channels" else ("state",))
    if item[word] is True or item[word] is False or item[word] is None or str(item[word]).strip().lower() == "all":
        raise InvalidOptions("%s takes names: the switch does not know which of them ought to be up." % word)
    ports = [interfaces.parse(_full(word, name)) for name in _names(word, item[word])]
    for port in ports:
        if _INTERFACES[word] and port.kind != _INTERFACES[word]:
            raise InvalidOptions("%s takes no %s: put it under interfaces." % (word, port.name))
    if members is None:
        state = item.get("state", "up")
        if state not in ("up", "down", "absent"):
            raise InvalidOptions("state of %s is up, down or absent, not %r." % (word, state))
        label = "interfaces" if len(ports) > 3 else " and ".join(port.name for port in ports)
        return [{"name": label if state == "up" else "%s %s" % (label, state),
                 "interface": [port.name for port in ports], "state": state}]  # fmt: skip
    if not _is_number(members):
        raise InvalidOptions("members is how many of the port-channel have to be up at least, not %r." % members)
    return [
        {"name": port.name, "dn": port.oper_dn, "until": {"operSt": "up", "numMbrUp": {"ge": int(str(members))}}}
        for port in ports
    ]


def _full(word: str, name: str) -> str:
    """Numbers alone stand for port-channels and SVIs under their own words."""
    before = {"port_channels": "port-channel", "svis": "Vlan"}.get(word)
    return before + name if before and re.fullmatch("[0-9]+", name) else name


def _reloaded(uptime_before: object) -> Entry:
    """Text of one width sorts as time does; only where the days are to take a digit more, which sorts as less, is a guard."""
    before = str(uptime_before or "").strip()
    found = re.fullmatch(r"([0-9]+):[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?", before)
    if found is None:
        raise InvalidOptions(
            "reloaded needs to know the switch's uptime from before the reload: run the role with tasks_from: before "
            "ahead of it, or give uptime_before (systemUpTime of the MO sys, such as 12:03:04:05.000)."
        )
    shorter: Entry = {"lt": before}
    if found[1].startswith("9"):
        shorter["matches"] = "^[0-9]{1,%d}:" % len(found[1])
    return {"name": RELOADED, "dn": "sys", "until": {"systemUpTime": shorter}}


def as_before(mos: Sequence[Mapping[str, object]], subscription: str) -> list[Entry]:
    """Entries that hold when everything that is well among ``mos`` (as results have them) is well again, or still.

    A class that the collection knows nothing of is well while it is there. One entry for each class and good state.
    """
    known: dict[str, dict[str, object]] = {kind.cls: dict(kind.good) for kind in KINDS.values() if kind.cls}
    known.update(interfaces.good_states())
    well: dict[str, list[str]] = {}
    for mo in mos:
        cls, dn = str(mo.get("class")), str(mo.get("dn"))
        attributes = cast("Mapping[str, object]", mo.get("attributes") or {})
        until = known.get(cls)
        if not until or compile_condition(until, "until").holds(as_object(cls, dn, attributes)):
            well.setdefault(cls, []).append(dn)
    entries: list[Entry] = []
    for cls, dns in well.items():
        entry: Entry = {"name": "%s as before" % cls, "subscription": subscription, "objects": dns}
        if known.get(cls):
            entry["until"] = known[cls]
        entries.append(entry)
    return entries


def as_object(cls: str, dn: str, attributes: Mapping[str, object]) -> ManagedObject:
    return ManagedObject(cls, dn, {name: str(value) for name, value in attributes.items()})
