# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of convergence, held against what a simulated switch has."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.condition import compile_condition
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.convergence import (
    KINDS,
    WORDS,
    Kind,
    as_before,
    conditions,
)
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.errors import InvalidOptions
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.model import ManagedObject
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.spec import for_mo
from simulator.model import Model, load
from simulator.tree import Mo

EXAMPLES = {
    "vlans": "100", "lacp_members": "Ethernet1/49", "bgp_peers": "172.20.0.1", "ospf_neighbors": "192.168.0.1",
    "isis_neighbors": "0000.0000.0002", "bfd_sessions": "172.20.0.1", "pim_neighbors": "172.20.0.1", "vpcs": "10",
    "nve_peers": "172.17.1.203", "vnis": "10100", "line_cards": "1", "supervisors": "1", "fans": "2",
    "power_supplies": "1", "features": "bgp", "lldp_neighbors": "spine49", "cdp_neighbors": "spine49",
}  # fmt: skip
"""One of each that the simulated switch has, and that is well."""


@pytest.fixture(scope="module")
def model() -> Model:
    return load(None)


def objects(model: Model, entry: dict[str, Any]) -> list[Mo]:
    """The MOs of the model that an entry counts."""
    if "class" in entry:
        found = list(model.tree.of_class(entry["class"]))
    elif "target_subtree_class" in entry:
        found = [mo for mo in model.tree.subtree(entry["dn"]) if mo.cls in entry["target_subtree_class"]]
    else:
        found = [mo for mo in [model.tree.get(entry["dn"])] if mo is not None]
    where = compile_condition(entry["where"], "where") if "where" in entry else None
    return [mo for mo in found if where is None or where.holds(as_known(mo))]


def as_known(mo: Mo) -> ManagedObject:
    return ManagedObject(mo.cls, mo.dn, dict(mo.attributes))


def well(mo: Mo, entry: dict[str, Any]) -> bool:
    return "until" not in entry or compile_condition(entry["until"], "until").holds(as_known(mo))


@pytest.mark.parametrize("kind", [kind for kind in KINDS.values() if not kind.single], ids=lambda kind: kind.word)
def test_one_by_its_name_is_the_right_object_and_well(model: Model, kind: Kind) -> None:
    (entry,) = conditions([{kind.word: [EXAMPLES[kind.word]]}])
    (mo,) = objects(model, entry)
    assert kind.cls in (mo.cls, "") and well(mo, entry)
    assert for_mo({"all_of": [entry]}).goals[0].name == entry["name"] == "%s %s" % (kind.title, EXAMPLES[kind.word])


@pytest.mark.parametrize("kind", [kind for kind in KINDS.values() if kind.cls], ids=lambda kind: kind.word)
def test_all_of_a_kind_are_found_and_have_the_attributes_that_are_asked_for(model: Model, kind: Kind) -> None:
    (entry,) = conditions([kind.word])
    found = objects(model, entry)
    assert found and {mo.cls for mo in found} == {kind.cls}
    assert all(set(entry.get("until", {})) <= set(mo.attributes) for mo in found)
    assert any(well(mo, entry) for mo in found)
    assert for_mo({"all_of": [entry]})


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.word)
def test_good_values_are_words_of_the_switch_where_the_model_lists_them(model: Model, kind: Kind) -> None:
    values = model.catalogue.get(kind.cls).values if kind.cls else {}
    for attribute, wanted in [*kind.good.items(), *kind.failed.items()]:
        for word in wanted if isinstance(wanted, list) else [wanted]:
            assert attribute not in values or word in values[attribute]


def test_a_vrf_or_a_process_narrows_it_down(model: Model) -> None:
    (entry,) = conditions([{"bgp_peers": 2, "vrf": "default"}])
    assert entry["dn"] == "sys/bgp/inst/dom-default" and entry["match"] == "2" and len(objects(model, entry)) == 3
    (entry,) = conditions([{"ospf_neighbors": ["192.168.0.2"], "process": "UNDERLAY"}])
    assert [mo.dn for mo in objects(model, entry)] == [
        "sys/ospf/inst-UNDERLAY/dom-default/if-[eth1/52]/adj-192.168.0.2"
    ]


def test_interfaces_are_known_by_any_spelling_and_port_channels_by_their_members() -> None:
    assert conditions({"interfaces": ["eth1/1", "Po10"], "svis": "100,200", "port_channels": 10}) == [
        {"name": "Ethernet1/1 and port-channel10", "interface": ["Ethernet1/1", "port-channel10"], "state": "up"},
        {"name": "Vlan100 and Vlan200", "interface": ["Vlan100", "Vlan200"], "state": "up"},
        {"name": "port-channel10", "interface": ["port-channel10"], "state": "up"},
    ]
    (entry,) = conditions([{"port_channels": ["Po10"], "members": 2}])
    assert entry == {
        "name": "port-channel10", "dn": "sys/intf/aggr-[po10]/aggrif", "until": {"operSt": "up", "numMbrUp": {"ge": 2}},
    }  # fmt: skip


def test_a_range_stands_for_its_numbers() -> None:
    assert [entry["name"] for entry in conditions({"vlans": "10-12, 20"})] == [
        "VLAN 10",
        "VLAN 11",
        "VLAN 12",
        "VLAN 20",
    ]


@pytest.mark.parametrize(
    ("before", "now", "reloaded"),
    [
        ("12:03:04:05.000", "00:00:01:10.000", True),
        ("12:03:04:05.000", "12:03:04:05.999", False),
        ("12:03:04:05.000", "13:00:00:00.000", False),
        ("99:03:04:05.000", "100:00:00:00.000", False),
        ("99:03:04:05.000", "00:00:01:10.000", True),
        ("100:03:04:05.000", "00:00:01:10.000", True),
    ],
)
def test_reloaded_means_a_shorter_uptime_than_before(before: str, now: str, reloaded: bool) -> None:
    (entry,) = conditions(["reloaded"], before)
    assert well(Mo("sys", "topSystem", {"systemUpTime": now}), entry) is reloaded


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ([], "say what to wait for, a list such as"),
        ("bgp_peer", "nothing is called bgp_peer; did you mean bgp_peers?"),
        ("weather", "nothing is called weather; there are: interfaces, "),
        ([{"vlans": 100}], r"vlans: 100 may mean VLAN 100 or that many of them: write \[100\]"),
        ({"vpcs": "2"}, r"write \[2\] for the one"),
        ({"bgp_peers:": None}, "nothing is called bgp_peers:"),
        ({"bgp_peers": None}, "bgp_peers takes .*, and nothing is given"),
        ([{"fans": "all", "vlans": [1]}], "fans and vlans stand in one item"),
        ([{"fans": "all", "vrf": "blue"}], "fans takes nothing beside it, not vrf"),
        ([{"bgp_peers": "all", "process": "1"}], "bgp_peers takes only vrf, not process"),
        ([{"ospf_neighbors": "all", "vrf": "blue"}], "ospf_neighbors needs process"),
        (
            [{"vlans": ["servers"]}],
            "vlans takes all or a list such as .100., not 'servers'",
        ),
        ([{"bgp_peers": []}], "bgp_peers takes a list of names"),
        ([{"bgp_peers": None}], "bgp_peers takes all, how many"),
        ([{"interfaces": "all"}], "interfaces takes names"),
        ([{"svis": ["Ethernet1/1"]}], "svis takes no Ethernet1/1"),
        ([{"interfaces": ["Foo1"]}], "'Foo1' is no name of one interface"),
        ([{"port_channels": ["Po1"], "members": "many"}], "members is how many"),
        ([{"interfaces": ["Eth1/1"], "state": "sideways"}], "state of interfaces is up, down or absent"),
        ([{"lacp_members": ["Po1"]}], "lacp_members takes physical ports"),
        ([{"vpc_peer": 3}], "vpc_peer takes no value"),
        ([{"features": "all"}], "features takes a list"),
        ([{"features": ["a b"]}], "features takes "),
        (["fans", "fans"], "fans is asked for twice"),
        (["reloaded"], "reloaded needs to know the switch's uptime"),
        ([3], "3 is no word and no map"),
        ([{"vlans": "20-10"}], "20-10 is no range"),
        ([{"bgp_peers": ["10.0.0.1]/x"]}], "bgp_peers takes"),
    ],
)
def test_bad_wishes_give_one_sentence(wanted: object, words: str) -> None:
    with pytest.raises(InvalidOptions, match=words):
        conditions(wanted)


def test_every_word_is_documented() -> None:
    from ansible_collections.nxapi.events.plugins.filter import conditions as plugin

    assert [word for word in WORDS if "C(%s)" % word not in plugin.DOCUMENTATION] == []
    for kind in KINDS.values():
        assert not kind.doubt or "C(%s)" % kind.word in plugin.DOCUMENTATION.partition("which is inferred.")[2]


def test_as_before_asks_for_what_was_well_and_for_nothing_else() -> None:
    mos = [
        {"class": "ethpmPhysIf", "dn": "a", "attributes": {"operSt": "up"}},
        {"class": "ethpmPhysIf", "dn": "b", "attributes": {"operSt": "down"}},
        {"class": "nvoDyPeer", "dn": "c", "attributes": {"state": "Up"}},
        {"class": "l1PhysIf", "dn": "d", "attributes": {}},
    ]
    assert as_before(mos, "x") == [
        {"name": "ethpmPhysIf as before", "subscription": "x", "objects": ["a"], "until": {"operSt": "up"}},
        {"name": "nvoDyPeer as before", "subscription": "x", "objects": ["c"], "until": {"state": "Up"}},
        {"name": "l1PhysIf as before", "subscription": "x", "objects": ["d"]},
    ]
    assert for_mo({"all_of": as_before(mos, "x")}).goals[0].legs[0].dns == {"a"}
    assert as_before(mos[1:2], "x") == []
