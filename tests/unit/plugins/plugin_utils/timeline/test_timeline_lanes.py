# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.nxapi.events.plugins.plugin_utils.timeline.lanes import Group, Lane, groups
from ansible_collections.nxapi.events.plugins.plugin_utils.timeline.record import read

PORT = "sys/intf/phys-[eth1/1]/phys"


def at(seconds: float) -> str:
    return "2026-11-24T09:00:%06.3fZ" % seconds


def entry(
    seconds: float, status: str, dn: str = PORT, cls: str = "ethpmPhysIf", host: str = "leaf1", **attributes: str
) -> dict[str, Any]:
    kind = "state" if status == "state" else "notification"
    return {
        "kind": kind,
        "at": at(seconds),
        "host": host,
        "dn": dn,
        "class": cls,
        "status": status,
        "attributes": attributes,
    }


END = {"kind": "task", "at": at(30), "host": "leaf1", "name": "the end", "status": "ok"}


def made(*entries: dict[str, Any]) -> list[Group]:
    return groups(read([*entries, END]))


def lane(*entries: dict[str, Any]) -> Lane:
    ((found,),) = [group.lanes for group in made(*entries)]
    return found


def told(found: Lane, begin: int = 0) -> list[tuple[float, float, str, str]]:
    origin = found.segments[0].begin - begin
    return [((each.begin - origin) / 1000, (each.end - origin) / 1000, each.look, each.word) for each in found.segments]


def test_a_state_lasts_until_the_next_and_the_last_one_to_the_end() -> None:
    port = lane(
        entry(0, "state", operSt="up", adminSt="up"),
        entry(10, "modified", operSt="down"),
        entry(12.5, "modified", operSt="up"),
    )
    assert told(port) == [(0, 10, "well", "up"), (10, 12.5, "unwell", "down"), (12.5, 30, "well", "up")]
    assert (port.label, port.ended) == ("Ethernet1/1", "changed")


def test_what_changes_nothing_of_the_state_is_an_event_without_a_new_segment() -> None:
    port = lane(
        entry(0, "state", operSt="up", speed="10G"), entry(5, "modified", operSt="up", speed="25G", modTs="now")
    )
    assert len(port.segments) == 1 and port.ended == "touched"
    assert [(each.attribute, each.before, each.after) for each in port.events[0].changes] == [("speed", "10G", "25G")]


@pytest.mark.parametrize(
    ("first", "last", "ended"),
    [("up", "down", "worse"), ("down", "up", "better"), ("down", "link-up", "changed"), ("up", "up", "same")],
)
def test_how_it_ended(first: str, last: str, ended: str) -> None:
    assert lane(entry(0, "state", operSt=first), entry(5, "modified", operSt=last)).ended == ended


def test_created_and_deleted_are_begin_and_end() -> None:
    one = {"dn": "sys/bd/bd-[vlan-7]", "cls": "l2BD"}
    vlan = lane(
        entry(3, "created", operSt="up", **one), entry(8, "deleted", **one), entry(11, "created", operSt="down", **one)
    )
    assert told(vlan, 3000) == [(3, 8, "well", "up"), (11, 30, "unwell", "down")]
    assert (vlan.label, vlan.ended) == ("vlan-7", "new")
    gone = lane(entry(0, "state", operSt="up", **one), entry(9, "deleted", **one))
    assert told(gone) == [(0, 9, "well", "up")] and gone.ended == "gone"


def test_a_delete_takes_what_is_below_too() -> None:
    one = {"dn": "sys/bgp/inst/dom-default/peer-[192.0.2.1]/ent-[192.0.2.1]", "cls": "bgpPeerEntry"}
    (peers,) = made(
        entry(0, "state", operSt="established", **one), entry(4, "deleted", dn="sys/bgp/inst/dom-default", cls="bgpDom")
    )
    assert peers.lanes[0].ended == "gone" and told(peers.lanes[0]) == [(0, 4, "well", "established")]


def test_what_comes_after_the_delete_of_the_one_above_it_is_of_its_own_class() -> None:
    above = {"dn": "sys/bgp/inst/dom-default", "cls": "bgpDom"}
    below = {"dn": "sys/bgp/inst/dom-default/peer-[192.0.2.1]/ent-[192.0.2.1]", "cls": "bgpPeerEntry"}
    groups = made(
        entry(0, "state", name="default", **above),
        entry(4, "deleted", **above),
        entry(4, "created", name="default", **above),
        entry(5, "created", operSt="established", **below),
    )
    ((peer,),) = [group.lanes for group in groups if group.cls == "bgpPeerEntry"]
    assert told(peer) == [(0, 25, "well", "established")] and peer.ended == "new" and len(peer.events) == 1


def test_shut_is_not_broken_but_it_is_worse_than_up() -> None:
    port = lane(entry(0, "state", operSt="up", adminSt="up"), entry(5, "modified", operSt="down", adminSt="down"))
    assert [each.look for each in port.segments] == ["well", "shut"] and port.ended == "worse"


def test_several_attributes_are_the_state_of_a_vpc_and_a_failed_card_is_failed() -> None:
    vpc = {"dn": "sys/vpc/inst/dom/if-10", "cls": "vpcIf"}
    found = lane(
        entry(0, "state", localOperSt="up", remoteOperSt="up", compatSt="pass", **vpc),
        entry(5, "modified", remoteOperSt="down", **vpc),
    )
    assert [(each.look, each.word) for each in found.segments] == [
        ("well", "up"),
        ("unwell", "up (remoteOperSt down, compatSt pass)"),
    ]
    card = {"dn": "sys/ch/lcslot-1/lc", "cls": "eqptLC"}
    assert lane(entry(0, "state", operSt="mismatch", **card)).segments[0].look == "failed"


def test_a_class_of_which_nothing_is_known_is_told_apart_but_not_judged() -> None:
    one = {"dn": "sys/foo/bar-[x]", "cls": "fooBar"}
    found = lane(entry(0, "state", state="good", adminSt="up", **one), entry(5, "modified", state="bad", **one))
    assert [(each.look, each.word) for each in found.segments] == [
        ("other", "good"),
        ("other", "bad"),
    ] and found.ended == "changed"
    assert lane(entry(0, "state", foo="1", **one)).segments[0].word == "there"


def test_hosts_classes_and_names_come_in_a_persons_order() -> None:
    ports = [
        entry(0, "state", dn="sys/intf/phys-[eth1/%d]/phys" % n, host=host)
        for host in ("leaf10", "leaf2")
        for n in (10, 9, 1)
    ]
    found = made(entry(0, "state", dn="sys/bd/bd-[vlan-1]", cls="l2BD", host="leaf2"), *ports)
    assert [(group.host, group.cls) for group in found] == [
        ("leaf2", "l2BD"),
        ("leaf2", "ethpmPhysIf"),
        ("leaf10", "ethpmPhysIf"),
    ]
    assert [each.label for each in found[1].lanes] == ["Ethernet1/1", "Ethernet1/9", "Ethernet1/10"]


def test_names_that_are_not_the_only_ones_are_written_with_where_they_are() -> None:
    peers = [
        entry(0, "state", dn="sys/bgp/inst/dom-%s/peer-[192.0.2.1]/ent-[192.0.2.1]" % vrf, cls="bgpPeerEntry")
        for vrf in ("a", "b")
    ]
    (group,) = made(*peers)
    assert [each.label for each in group.lanes] == [
        "bgp/inst/dom-%s/peer-[192.0.2.1]/ent-[192.0.2.1]" % vrf for vrf in ("a", "b")
    ]


def test_strange_names_are_no_trouble() -> None:
    strange = ["", "[", "sys/x-[" + "9" * 6000 + "]", "sys/\u0664-[\u0664]"]
    (group,) = made(*(entry(0, "state", dn=dn, cls="fooBar") for dn in strange))
    assert len(group.lanes) == 4
