# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Interface names: every kind, every usual spelling, and the way back from a DN."""

from __future__ import annotations

import pytest
from ansible_collections.nxapi.events.plugins.plugin_utils.engine import interfaces
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.errors import InvalidOptions

# name, kind, configuration (dn, class), state (dn, class, attribute), qualifier: PROTOCOL section 8.1, row by row.
KINDS = [
    (
        "Ethernet1/1",
        "ethernet",
        "sys/intf/phys-[eth1/1]",
        "l1PhysIf",
        "sys/intf/phys-[eth1/1]/phys",
        "ethpmPhysIf",
        "operSt",
        "operStQual",
    ),
    (
        "Ethernet1/1/1",
        "ethernet",
        "sys/intf/phys-[eth1/1/1]",
        "l1PhysIf",
        "sys/intf/phys-[eth1/1/1]/phys",
        "ethpmPhysIf",
        "operSt",
        "operStQual",
    ),
    (
        "Ethernet101/1/48",
        "ethernet",
        "sys/intf/phys-[eth101/1/48]",
        "l1PhysIf",
        "sys/intf/phys-[eth101/1/48]/phys",
        "ethpmPhysIf",
        "operSt",
        "operStQual",
    ),
    (
        "Ethernet1/1.100",
        "subinterface",
        "sys/intf/encrtd-[eth1/1.100]",
        "l3EncRtdIf",
        "sys/intf/encrtd-[eth1/1.100]/encrtdif",
        "ethpmEncRtdIf",
        "operSt",
        "operStQual",
    ),
    (
        "port-channel10.100",
        "subinterface",
        "sys/intf/encrtd-[po10.100]",
        "l3EncRtdIf",
        "sys/intf/encrtd-[po10.100]/encrtdif",
        "ethpmEncRtdIf",
        "operSt",
        "operStQual",
    ),
    (
        "port-channel10",
        "port-channel",
        "sys/intf/aggr-[po10]",
        "pcAggrIf",
        "sys/intf/aggr-[po10]/aggrif",
        "ethpmAggrIf",
        "operSt",
        "operStQual",
    ),
    (
        "loopback0",
        "loopback",
        "sys/intf/lb-[lo0]",
        "l3LbRtdIf",
        "sys/intf/lb-[lo0]/lbrtdif",
        "ethpmLbRtdIf",
        "operSt",
        "operStQual",
    ),
    ("Vlan100", "svi", "sys/intf/svi-[vlan100]", "sviIf", "sys/intf/svi-[vlan100]", "sviIf", "operSt", "operStQual"),
    ("mgmt0", "mgmt", "sys/mgmt-[mgmt0]", "mgmtMgmtIf", "sys/mgmt-[mgmt0]/mgmt", "imMgmtIf", "operSt", "operStQual"),
    ("nve1", "nve", "sys/eps/epId-1", "nvoEp", "sys/eps/epId-1", "nvoEp", "operState", ""),
    (
        "Tunnel1",
        "tunnel",
        "sys/intf/tunnelif-[tunnel1]",
        "tunnelifIf",
        "sys/intf/tunnelif-[tunnel1]",
        "tunnelifIf",
        "tunOperSt",
        "tunOperStQual",
    ),
]

SPELLINGS = [
    ("Ethernet1/1", "Ethernet1/1 ethernet1/1 ETHERNET1/1 Eth1/1 eth1/1 et1/1 e1/1 E1/1 Ether1/1 Ethernet01/01"),
    ("Ethernet1/1.100", "Ethernet1/1.100 e1/1.100 eth1/1.100"),
    ("Ethernet1/1/4.7", "Eth1/1/4.7"),
    (
        "port-channel10",
        "port-channel10 Port-channel10 Port-Channel10 portchannel10 PortChannel10 po10 Po10 PO10 por10 port10 port-ch10",
    ),
    ("port-channel10.5", "po10.5 Port-channel10.5"),
    ("loopback0", "loopback0 Loopback0 lo0 Lo0 loop0"),
    ("Vlan100", "Vlan100 vlan100 VLAN100 vl100 Vl100 vlan0100"),
    ("mgmt0", "mgmt0 Mgmt0 MGMT0 management0 Management0 ma0 mg0"),
    ("nve1", "nve1 NVE1 Nve1 nv1"),
    ("Tunnel1", "Tunnel1 tunnel1 tun1 tu1 Tu1"),
]


@pytest.mark.parametrize("row", KINDS, ids=lambda row: row[0])
def test_each_kind_knows_where_its_configuration_and_state_are(row: tuple[str, ...]) -> None:
    found = interfaces.parse(row[0])
    assert (
        found.name,
        found.kind,
        found.config_dn,
        found.config_class,
        found.oper_dn,
        found.oper_class,
        found.oper_attribute,
        found.qualifier_attribute,
    ) == row


@pytest.mark.parametrize(("name", "spellings"), SPELLINGS)
def test_every_usual_spelling_is_understood(name: str, spellings: str) -> None:
    assert {interfaces.parse(spelling).name for spelling in spellings.split()} == {name}


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("Ethernet 1/1", "Ethernet1/1"),
        (" eth  1/1 ", "Ethernet1/1"),
        ("port-channel 10", "port-channel10"),
        ("Port channel 10", "port-channel10"),
        ("vlan 100", "Vlan100"),
        ("loopback 0", "loopback0"),
        ("mgmt 0", "mgmt0"),
        ("nve 1", "nve1"),
        ("tunnel 1", "Tunnel1"),
    ],
)
def test_blanks_may_stand_between_word_and_number(spelling: str, name: str) -> None:
    assert interfaces.parse(spelling).name == name


@pytest.mark.parametrize("row", KINDS, ids=lambda row: row[0])
def test_both_dns_lead_back_to_the_name(row: tuple[str, ...]) -> None:
    found = interfaces.parse(row[0])
    assert interfaces.name_of(found.config_dn) == interfaces.name_of(found.oper_dn) == found.name
    assert (
        interfaces.parse(found.config_dn)
        == interfaces.parse(found.oper_dn)
        == interfaces.parse("/" + found.oper_dn)
        == found
    )


@pytest.mark.parametrize(
    "dn",
    [
        "",
        "sys",
        "sys/intf",
        "sys/intf/phys-[eth1/1]/dbgDot3Stats",
        "sys/intf/phys-[po1]",
        "sys/bd/bd-[vlan-100]",
        "sys/phys-[eth1/34]/phys",
        "uni/tn-a",
    ],
)
def test_other_dns_are_no_interface(dn: str) -> None:
    assert interfaces.name_of(dn) is None


@pytest.mark.parametrize("name", [row[0] for row in KINDS])
def test_only_up_is_up_and_link_up_is_neither(name: str) -> None:
    found = interfaces.parse(name)
    assert found.up == ("up",)
    assert found.down == (("down", "shutdown", "out-of-srvc") if found.kind == "svi" else ("down",))


@pytest.mark.parametrize(
    "name",
    [
        *[
            "",
            " ",
            "Ethernet",
            "1/1",
            "Ethernet1",
            "Ethernet1/1/1/1",
            "Ethernet1/1-4",
            "Ethernet1/1,1/2",
            "e1/1 2",
            "Eth1/",
            "fc1/1",
            "l0",
            "p1",
        ],
        *[
            "Vlan-100",
            "vlan-100",
            "vlan100.1",
            "mgmt1",
            "mgmt",
            "nve",
            "lo0.1",
            "GigabitEthernet0/1",
            "Ethernetx1/1",
            "eth²/1",
            "sys/intf/phys-[po1]",
        ],
        *[None, 7, ["eth1/1"]],
    ],
)
def test_what_names_no_interface_is_refused_with_examples(name: object) -> None:
    with pytest.raises(InvalidOptions, match="write it like Ethernet1/1"):
        interfaces.parse(name)


@pytest.mark.parametrize(
    ("name", "limits"),
    [
        *[("Vlan0", "1 to 4094"), ("vlan4095", "1 to 4094"), ("sys/intf/svi-[vlan4095]", "1 to 4094")],
        *[("po0", "1 to 4096"), ("po4097", "1 to 4096"), ("lo1024", "0 to 1023")],
    ],
)
def test_numbers_that_the_switch_cannot_have_are_refused(name: str, limits: str) -> None:
    with pytest.raises(InvalidOptions, match=limits):
        interfaces.parse(name)


@pytest.mark.parametrize("name", ["vlan1", "vlan4094", "po1", "po4096", "lo0", "lo1023"])
def test_the_limits_themselves_are_accepted(name: str) -> None:
    assert interfaces.parse(name)
