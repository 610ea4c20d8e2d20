# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lines of a watch: names, the order of what changed, gaps, and how many a second."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.nxapi.events.plugins.plugin_utils.engine import lines
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.journal import Gap
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.model import ManagedObject
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.story import Told, tell

OPER = "sys/intf/phys-[eth1/1]/phys"
AT = 1764072184.123


def of(before: dict[str, str] | None, after: dict[str, str] | None, origin: str = "notification", **more: Any) -> str:
    def mo(attributes: dict[str, str] | None) -> ManagedObject | None:
        return None if attributes is None else ManagedObject("ethpmPhysIf", OPER, attributes)

    (told,) = tell(origin, mo(before), mo(after))
    return lines.event("leaf1", AT, told, "Ethernet1/1", **more)


@pytest.mark.parametrize(
    ("dn", "cls", "attributes", "called"),
    [
        (OPER, "ethpmPhysIf", {}, "Ethernet1/1"),
        ("sys/intf/phys-[eth1/1]", "l1PhysIf", {}, "Ethernet1/1 (configuration)"),
        ("sys/intf/svi-[vlan100]", "sviIf", {}, "Vlan100"),
        ("sys/intf/aggr-[po10]/aggrif", "", {}, "port-channel10"),
        ("sys/bgp/inst/dom-default/peer-[192.0.2.1]/ent-[192.0.2.1]", "bgpPeerEntry", {"addr": "192.0.2.1"}, "BGP peer 192.0.2.1"),
        ("sys/bgp/inst/dom-RED/peer-[192.0.2.1]/ent-[192.0.2.1]", "bgpPeerEntry", {"addr": "192.0.2.1"}, "BGP peer 192.0.2.1 (vrf RED)"),
        ("sys/bgp/inst/dom-RED/peer-[192.0.2.1]/ent-[192.0.2.1]", "bgpPeerEntry", {}, "sys/bgp/inst/dom-RED/peer-[192.0.2.1]/ent-[192.0.2.1]"),
        ("sys/bd/bd-[vlan-100]", "l2BD", {"fabEncap": "vlan-100"}, "VLAN 100"),
        ("sys/vpc/inst/dom", "vpcDom", {}, "vPC peer"),
        ("sys/vpc/inst/dom/if-10", "vpcIf", {}, "vPC 10"),
        ("sys/ch/psuslot-2/psu", "eqptPsu", {}, "power supply 2"),
        ("sys/intf/phys-[eth1/49]/aggrmbrif", "pcAggrMbrIf", {}, "port-channel member Ethernet1/49"),
        ("sys/fm/bgp", "fmBgp", {}, "feature bgp"),
        ("sys/ch/elsewhere", "eqptFt", {}, "sys/ch/elsewhere"),
        ("sys/lldp/inst", "lldpInst", {}, "sys/lldp/inst"),
    ],
)  # fmt: skip
def test_what_a_person_calls_it(dn: str, cls: str, attributes: dict[str, str], called: str) -> None:
    assert lines.name(dn, cls, attributes) == called


def test_a_change_has_the_value_before_and_after_the_state_first() -> None:
    before = {"accessVlan": "vlan-1", "adminSt": "up", "operSt": "up", "operStQual": "none", "modTs": "1"}
    after = {"accessVlan": "vlan-2", "adminSt": "down", "operSt": "down", "operStQual": "admin-down", "modTs": "2"}
    assert of(before, after) == (
        "leaf1 12:03:04.123Z modified Ethernet1/1 operSt up -> down, adminSt up -> down, operStQual none -> admin-down, "
        "accessVlan vlan-1 -> vlan-2"
    )
    assert of(before, after, "resync").endswith(" [resync]")


def test_what_comes_says_its_state_and_what_goes_its_name_alone() -> None:
    attributes = {"operSt": "up", "adminSt": "up", "descr": "to spine", "operStQual": ""}
    assert of(None, attributes) == "leaf1 12:03:04.123Z created Ethernet1/1 operSt up, adminSt up"
    assert of(attributes, None) == "leaf1 12:03:04.123Z deleted Ethernet1/1"


def test_many_changes_are_cut_short_unless_all_are_wanted() -> None:
    before, after = ({"a%d" % n: value for n in range(9)} for value in ("x", "y"))
    assert of(before, after).endswith(", a5 x -> y and 3 more")
    assert of(before, after, whole=True).endswith("a8 x -> y") and f"Ethernet1/1 [{OPER}] a0" in of(
        before, after, whole=True
    )


def test_values_are_short_and_of_one_line_whatever_the_switch_sends() -> None:
    line = of({"descr": "a"}, {"descr": "b\n\x1b[31mleaf2 12:00 " + "c" * 90})
    assert line.isprintable() and "\\n\\x1b[31mleaf2" in line and line.endswith("...") and len(line) < 160
    assert of({"descr": "Straße"}, {"descr": " "}).endswith('descr Straße -> " "')
    assert of({"descr": "a"}, {}).endswith("descr a -> (gone)")
    assert of({}, {"descr": "a"}).endswith("modified Ethernet1/1 descr a")


def test_gaps() -> None:
    assert (
        lines.gap("leaf1", AT, Gap("socket closed", 5.0, AT - 3.2), 8.2)
        == "leaf1 12:03:04.123Z gap of 3.2 s: socket closed"
    )
    asleep = Gap("not_subscribed", 0.0, AT - 60, 0.0, AT)
    assert lines.gap("leaf1", AT, asleep, 0.0) == "leaf1 12:03:04.123Z gap of 60.0 s: it was not subscribed to yet"
    assert lines.lost("leaf1", AT, "no answer") == "leaf1 12:03:04.123Z connection lost (no answer), reconnecting"


def test_a_transition_of_nothing_but_its_coming() -> None:
    told = Told("notification", "created", "sys/lldp/x", None, (("status", None, "created"),))
    assert lines.event("leaf1", AT, told, "sys/lldp/x", whole=True) == "leaf1 12:03:04.123Z created sys/lldp/x"


def test_so_many_lines_a_second_and_the_rest_counted_once() -> None:
    rate = lines.Rate(2)
    assert [rate.passes(10.0 + n / 10) for n in range(5)] == [True, True, False, False, False]
    assert rate.due == 11.0 and rate.over(10.9) == 0
    assert rate.over(11.0) == 3 and rate.over(11.0) == 0 and rate.due is None
    assert rate.passes(11.05) and rate.passes(11.9) and not rate.passes(12.0) and rate.passes(12.1)


def test_after_silence_a_second_begins_with_the_first_line() -> None:
    rate = lines.Rate(1)
    assert rate.passes(0.0) and rate.passes(5.9) and not rate.passes(6.5)
    assert rate.due == 6.9


def test_none_at_all() -> None:
    rate = lines.Rate(0)
    assert not rate.passes(1.0) and rate.over(2.0) == 1
