# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""POST and DELETE, and what the switch does with them: PROTOCOL.md sections 4 and 8.1."""

from __future__ import annotations

import pytest
from simulator_client import OPER, PORT, Client, Start, eventually, frame


def body(cls: str, *children: object, **attributes: str) -> dict[str, object]:
    return {cls: {"attributes": attributes, "children": list(children)}}


def attribute(client: Client, dn: str, name: str) -> str | None:
    mos = client.get(f"/api/mo/{dn}.json").mos
    return mos[0][1][name] if mos else None


@pytest.mark.parametrize(
    ("target", "document"),
    [
        (f"/api/mo/{PORT}.json", body("l1PhysIf", descr="x")),
        (f"/api/mo/{PORT}.json", "<l1PhysIf descr='x'/>"),
        (f"/api/mo/{PORT}.xml", body("l1PhysIf", descr="x")),
        (f"/api/node/mo/{PORT}.json", body("l1PhysIf", id="eth1/1", descr="x")),
        ("/api/mo.json", body("l1PhysIf", dn=PORT, descr="x")),
        ("/api/mo/sys/intf.json", body("l1PhysIf", id="eth1/1", descr="x")),
        ("/api/mo/sys/intf.json", body("l1PhysIf", rn="phys-[eth1/1]", descr="x")),
        ("/api/mo/sys/intf.json", body("interfaceEntity", body("l1PhysIf", id="eth1/1", descr="x"))),
        ("/api/mo.json", body("topSystem", body("interfaceEntity", body("l1PhysIf", id="eth1/1", descr="x")))),
    ],
)
def test_every_way_to_name_an_object_in_a_post(start: Start, target: str, document: object) -> None:
    _unused, client = start()
    assert client.post(target, document).status == 200
    assert attribute(client, PORT, "descr") == "x"


def test_a_post_answers_empty_and_notifies_one_frame_per_object(start: Start) -> None:
    _unused, client = start()
    socket = client.open_socket()
    client.subscribe("/api/mo/sys/bgp.json?query-target=subtree")
    dom = "sys/bgp/inst/dom-default"
    peer = body("bgpPeer", body("bgpPeerAf", type="ipv4-ucast"), addr="10.0.0.1", asn="65000")
    assert client.post(f"/api/mo/{dom}.json", peer).text == '{"imdata":[]}'
    assert [frame(socket)[1][0][1]["dn"] for _unused in range(2)] == [
        f"{dom}/peer-[10.0.0.1]",
        f"{dom}/peer-[10.0.0.1]/af-[ipv4-ucast]",
    ]
    assert client.request("DELETE", f"/api/mo/{dom}/peer-[10.0.0.1].json").status == 200
    assert {frame(socket)[1][0][1]["status"] for _unused in range(2)} == {"deleted"}


def test_equal_values_change_and_notify_nothing(start: Start) -> None:
    handle, client = start()
    socket = client.open_socket()
    client.subscribe("/api/mo/sys.json?query-target=subtree")
    before = attribute(client, PORT, "modTs")
    assert client.post(f"/api/mo/{PORT}.json", body("l1PhysIf", mtu="1500")).status == 200
    assert attribute(client, PORT, "modTs") == before
    handle.set("sys", systemUpTime="1")
    assert frame(socket)[1][0][0] == "topSystem"


@pytest.mark.parametrize(
    ("target", "document", "text"),
    [
        ("/api/mo/sys.json", body("noClass", a="b"), "Unknown class noClass"),
        (f"/api/mo/{PORT}.json", body("l1PhysIf", nothing="b"), "unknown attribute 'nothing'"),
        (f"/api/mo/{OPER}.json", body("ethpmPhysIf", operSt="up"), "not configurable"),
        (f"/api/mo/{PORT}.json", body("l1PhysIf", adminSt="sideways"), "Invalid value 'sideways'"),
        (f"/api/mo/{PORT}.json", body("l1PhysIf", id="eth1/2"), "is not a child of"),
        ("/api/mo/sys/intf.json", body("l1PhysIf", descr="b"), "needs its naming attributes"),
        ("/api/mo/sys/bgp/inst/dom-x.json", body("bgpPeer", addr="1.1.1.1"), "not found"),
        ("/api/mo/sys/bd.json", body("l1PhysIf", id="eth1/1"), "is not a child of"),
        (f"/api/mo/{PORT}.json", body("l1PhysIf", status="created"), "already exists"),
        ("/api/mo/sys/intf.json", body("l1PhysIf", id="eth7/7", status="modified"), "not found"),
        (f"/api/mo/{PORT}.json", body("l1PhysIf", status="polished"), "Invalid status"),
        ("/api/mo/sys.json", body("topSystem", status="deleted"), "cannot be deleted"),
        (f"/api/mo/{PORT}.json", "", "empty"),
        (f"/api/mo/{PORT}.json", '{"l1PhysIf": {"attributes": {"descr": "\\ud800"}}}', "neither valid JSON"),
        (f"/api/mo/{PORT}.json", "[" * 100_000, "neither valid JSON"),
        (f"/api/mo/{PORT}.json", "<a>" * 10_000 + "</a>" * 10_000, "neither valid JSON"),
        (f"/api/mo/{PORT}.json", "{{", "neither valid JSON nor valid XML"),
        ("/api/class/l1PhysIf.json", body("l1PhysIf", descr="b"), "takes a GET"),
    ],
)
def test_a_bad_write_is_a_bad_request_and_changes_nothing(
    start: Start, target: str, document: object, text: str
) -> None:
    handle, client = start()
    reply = client.post(target, document)
    assert reply.status == 400 and text in reply.error["text"]
    assert handle.stats()["changes"] == 0


def test_one_bad_object_spoils_the_whole_post(start: Start) -> None:
    handle, client = start()
    document = body(
        "interfaceEntity", body("l1PhysIf", id="eth1/1", descr="x"), body("l1PhysIf", id="eth1/2", nothing="x")
    )
    assert client.post("/api/mo/sys/intf.json", document).status == 400
    assert handle.stats()["changes"] == 0


def test_deleting_what_is_not_there_succeeds(start: Start) -> None:
    _unused, client = start()
    assert client.request("DELETE", "/api/mo/sys/bd/bd-[vlan-999].json").text == '{"imdata":[]}'
    assert client.post("/api/mo/sys/bd.json", body("l2BD", fabEncap="vlan-999", status="deleted")).status == 200


@pytest.mark.parametrize(
    ("dn", "cls", "shown", "name", "down"),
    [
        (PORT, "l1PhysIf", OPER, "operSt", "down"),
        ("sys/intf/phys-[eth1/54/2]", "l1PhysIf", "sys/intf/phys-[eth1/54/2]/phys", "operSt", "down"),
        ("sys/intf/aggr-[po10]", "pcAggrIf", "sys/intf/aggr-[po10]/aggrif", "operSt", "down"),
        ("sys/intf/lb-[lo0]", "l3LbRtdIf", "sys/intf/lb-[lo0]/lbrtdif", "operSt", "down"),
        ("sys/intf/encrtd-[eth1/51.100]", "l3EncRtdIf", "sys/intf/encrtd-[eth1/51.100]/encrtdif", "operSt", "down"),
        ("sys/intf/svi-[vlan100]", "sviIf", "sys/intf/svi-[vlan100]", "operSt", "shutdown"),
        ("sys/mgmt-[mgmt0]", "mgmtMgmtIf", "sys/mgmt-[mgmt0]/mgmt", "operSt", "down"),
        ("sys/eps/epId-1", "nvoEp", "sys/eps/epId-1", "operState", "down"),
        ("sys/intf/tunnelif-[tunnel1]", "tunnelifIf", "sys/intf/tunnelif-[tunnel1]", "tunOperSt", "down"),
        ("sys/bd/bd-[vlan-200]", "l2BD", "sys/bd/bd-[vlan-200]", "operSt", "down"),
    ],
)
def test_adminst_drives_operational_state(start: Start, dn: str, cls: str, shown: str, name: str, down: str) -> None:
    _unused, client = start()
    on, off = {"nvoEp": ("enabled", "disabled"), "l2BD": ("active", "suspend")}.get(cls, ("up", "down"))
    assert attribute(client, shown, name) == "up"
    client.post(f"/api/mo/{dn}.json", body(cls, adminSt=off))
    assert attribute(client, shown, name) == down
    client.post(f"/api/mo/{dn}.json", body(cls, adminSt=on))
    eventually(lambda: attribute(client, shown, name) == "up")


def test_a_port_says_why_it_is_down_and_when_it_changed(start: Start) -> None:
    _unused, client = start(link_delay=60.0)
    client.post(f"/api/mo/{PORT}.json", body("l1PhysIf", adminSt="down"))
    before = attribute(client, OPER, "lastLinkStChg")
    assert attribute(client, OPER, "operStQual") == "admin-down" and attribute(client, OPER, "adminSt") == "down"
    client.post(f"/api/mo/{PORT}.json", body("l1PhysIf", adminSt="up"))
    assert (attribute(client, OPER, "operSt"), attribute(client, OPER, "operStQual")) == ("down", "link-failure")
    assert before and before.startswith("20") and attribute(client, PORT, "userCfgdFlags") == "admin_state"


def test_an_empty_cage_stays_down_until_a_transceiver_comes(start: Start) -> None:
    handle, client = start()
    dn = "sys/intf/phys-[eth1/48]"
    for state in ("down", "up"):
        client.post(f"/api/mo/{dn}.json", body("l1PhysIf", adminSt=state))
    assert attribute(client, f"{dn}/phys", "operStQual") == "xcvr-absent"
    handle.fault("transceiver", dn=dn)
    eventually(lambda: attribute(client, f"{dn}/phys", "operSt") == "up")
    handle.fault("transceiver", dn=dn, present=False)
    assert attribute(client, f"{dn}/phys", "operStQual") == "xcvr-absent"


def test_a_port_channel_counts_its_members_and_falls_with_the_last(start: Start) -> None:
    _unused, client = start()
    po = "sys/intf/aggr-[po10]/aggrif"
    client.post("/api/mo/sys/intf/phys-[eth1/49].json", body("l1PhysIf", adminSt="down"))
    assert (attribute(client, po, "numActivePorts"), attribute(client, po, "activeMbrs")) == ("1", "eth1/50")
    assert attribute(client, "sys/intf/phys-[eth1/49]/aggrmbrif", "channelingSt") == "unknown"
    assert attribute(client, po, "operSt") == "up"
    client.post("/api/mo/sys/intf/phys-[eth1/50].json", body("l1PhysIf", adminSt="down"))
    assert attribute(client, po, "operStQual") == "port-channel-members-down"
    client.post("/api/mo/sys/intf/phys-[eth1/49].json", body("l1PhysIf", adminSt="up"))
    eventually(lambda: attribute(client, po, "operSt") == "up")


def test_a_subinterface_and_an_svi_follow_what_carries_them(start: Start) -> None:
    _unused, client = start()
    client.post("/api/mo/sys/intf/phys-[eth1/51].json", body("l1PhysIf", adminSt="down"))
    assert attribute(client, "sys/intf/encrtd-[eth1/51.100]/encrtdif", "operStQual") == "parent-down"
    client.post("/api/mo/sys/bd/bd-[vlan-100].json", body("l2BD", adminSt="suspend"))
    assert attribute(client, "sys/intf/svi-[vlan100]", "operStQual") == "vlan-down"
    client.request("DELETE", "/api/mo/sys/bd/bd-[vlan-200].json")
    assert attribute(client, "sys/intf/svi-[vlan200]", "operStQual") == "no-vlan"
    client.post("/api/mo/sys/bd/bd-[vlan-100].json", body("l2BD", adminSt="active"))
    eventually(lambda: attribute(client, "sys/intf/svi-[vlan100]", "operSt") == "up")


def test_a_new_interface_gets_its_operational_child(start: Start) -> None:
    _unused, client = start()
    client.post("/api/mo/sys/intf.json", body("l3LbRtdIf", id="lo7"))
    assert attribute(client, "sys/intf/lb-[lo7]/lbrtdif", "operSt") == "up"
    client.post("/api/mo/sys/bd.json", body("l2BD", fabEncap="vlan-7"))
    client.post("/api/mo/sys/intf.json", body("sviIf", id="vlan7", adminSt="up"))
    eventually(lambda: attribute(client, "sys/intf/svi-[vlan7]", "operSt") == "up")


def test_a_bgp_peer_is_shut_and_climbs_back_through_its_states(start: Start) -> None:
    _unused, client = start()
    socket = client.open_socket()
    client.subscribe("/api/class/bgpPeerEntry.json")
    peer = "sys/bgp/inst/dom-default/peer-[172.20.0.1]"
    client.post(f"/api/mo/{peer}.json", body("bgpPeer", adminSt="disabled"))
    client.post(f"/api/mo/{peer}.json", body("bgpPeer", adminSt="enabled"))
    seen = [frame(socket)[1][0][1]["operSt"] for _unused in range(6)]
    assert seen == ["shut", "idle", "active", "open-sent", "open-confirm", "established"]


def test_a_disabled_feature_takes_its_objects_with_it(start: Start) -> None:
    _unused, client = start()
    client.post("/api/mo/sys/fm/bgp.json", body("fmBgp", adminSt="disabled"))
    assert attribute(client, "sys/fm/bgp", "operSt") == "disabled"
    assert client.get("/api/class/bgpPeer.json").text == '{"totalCount":"0","imdata":[]}'
    client.post("/api/mo/sys/fm/bgp.json", body("fmBgp", adminSt="enabled"))
    assert attribute(client, "sys/bgp", "operSt") == "enabled"


def test_a_change_by_the_world_drives_nothing_and_beats_what_is_pending(start: Start) -> None:
    handle, client = start(link_delay=0.05)
    client.post(f"/api/mo/{PORT}.json", body("l1PhysIf", adminSt="down"))
    client.post(f"/api/mo/{PORT}.json", body("l1PhysIf", adminSt="up"))
    handle.set(OPER, operStQual="sfp-invalid")
    since = handle.stats()["uptime"]
    eventually(lambda: handle.stats()["uptime"] - since > 0.1)
    assert (attribute(client, OPER, "operSt"), attribute(client, OPER, "operStQual")) == ("down", "sfp-invalid")
