# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The WebSocket, subscriptions and notifications: PROTOCOL.md sections 2 to 5."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest
import websocket
from simulator_client import OPER, PORT, Start, eventually, frame

SUBSCRIBE = f"/api/mo/{PORT}.json?subscription=yes"


def test_a_subscription_before_the_socket_is_refused_with_405(start: Start) -> None:
    _unused, client = start()
    reply = client.get(SUBSCRIBE)
    assert (reply.status, reply.error["code"]) == (405, "405")
    assert "unable to locate opened web socket" in reply.error["text"]


def test_ids_are_strings_above_two_to_the_63_that_count_up(start: Start) -> None:
    _unused, client = start()
    client.open_socket()
    ids = [client.get(SUBSCRIBE).json()["subscriptionId"] for _unused in range(3)]
    assert ids == ["18374686685813276673", "18374686685813276674", "18374686685813276675"]


def test_the_reply_is_empty_for_an_existing_port_as_nxos_documents(start: Start) -> None:
    _unused, client = start()
    client.open_socket()
    assert client.get(SUBSCRIBE).text == '{"totalCount": "0", "subscriptionId": "18374686685813276673", "imdata": []}'


def test_a_snapshot_in_the_reply_is_gap_g4(start: Start) -> None:
    _unused, client = start(initial_imdata="snapshot")
    client.open_socket()
    reply = client.get(SUBSCRIBE)
    assert reply.json()["totalCount"] == "1" and reply.mos[0][1]["id"] == "eth1/1"


def test_repeating_a_subscription_may_give_the_same_id_gap_g5(start: Start) -> None:
    _unused, client = start(repeat_subscription="same-id")
    client.open_socket()
    assert client.subscribe(f"/api/mo/{PORT}.json") == client.subscribe(f"/api/mo/{PORT}.json")
    assert client.subscribe(f"/api/mo/{PORT}.xml?query-target=self".replace(".xml", ".json")).endswith("674")


def test_modified_is_sparse_created_is_full_deleted_is_bare(start: Start) -> None:
    handle, client = start()
    socket = client.open_socket()
    sid = client.subscribe("/api/class/l2BD.json")
    handle.create("sys/bd/bd-[vlan-7]", "l2BD", name="new")
    ids, [(cls, created)] = frame(socket)
    assert (ids, cls, created["status"]) == ([sid], "l2BD", "created")
    assert {"fabEncap", "name", "operSt", "adminSt", "dn", "modTs"} <= set(created) and created["rn"] == ""
    handle.set("sys/bd/bd-[vlan-7]", name="changed")
    modified = frame(socket)[1][0][1]
    assert set(modified) == {"name", "childAction", "dn", "modTs", "rn", "status"}
    handle.delete("sys/bd/bd-[vlan-7]")
    deleted = frame(socket)[1][0][1]
    assert set(deleted) == {"childAction", "dn", "modTs", "rn", "status"} and deleted["status"] == "deleted"


def test_frames_come_in_the_format_of_their_subscription(start: Start) -> None:
    handle, client = start()
    socket = client.open_socket()
    first = client.subscribe(f"/api/mo/{OPER}.json")
    second = ElementTree.fromstring(client.get(f"/api/mo/{OPER}.xml?subscription=yes").text).get("subscriptionId")
    handle.set(OPER, operSt="down")
    assert frame(socket)[0] == [first]
    root = ElementTree.fromstring(socket.recv())
    assert root.get("subscriptionId") == second and root[0].get("operSt") == "down" and root[0].get("rn") == ""


def test_one_frame_names_every_subscription_that_the_event_satisfies(start: Start) -> None:
    handle, client = start()
    socket = client.open_socket()
    ids = [client.subscribe(f"/api/mo/{OPER}.json"), client.subscribe("/api/class/ethpmPhysIf.json")]
    client.subscribe("/api/class/l1PhysIf.json")
    handle.set(OPER, operSt="down")
    assert frame(socket)[0] == ids


@pytest.mark.parametrize(
    ("query", "told"),
    [
        (f"/api/mo/{PORT}.json", False),
        (f"/api/mo/{PORT}.json?query-target=children", True),
        (f"/api/mo/{PORT}.json?query-target=subtree", True),
        (f"/api/mo/{PORT}.json?target-subtree-class=ethpmPhysIf", True),
        (f"/api/mo/{PORT}.json?target-subtree-class=,ethpmPhysIf", True),
        (f"/api/mo/{PORT}.json?query-target=subtree&target-subtree-class=l1PhysIf", False),
        ("/api/mo/sys/intf.json?query-target=children", False),
        ("/api/class/l1PhysIf.json", False),
        ("/api/class/l1PhysIf.json?query-target=subtree&target-subtree-class=ethpmPhysIf", True),
        ("/api/class/ethpmPhysIf.json", True),
        ("/api/mo/sys/intf/phys-[eth1/10].json?query-target=subtree", False),
    ],
)
def test_scope_decides_who_is_told(start: Start, query: str, told: bool) -> None:
    handle, client = start()
    socket = client.open_socket()
    sid = client.subscribe(query)
    client.subscribe("/api/mo/sys.json")
    handle.set(OPER, operSt="down")
    handle.set("sys", systemUpTime="1")
    assert (frame(socket)[0] == [sid]) is told


def test_a_filter_is_judged_per_event_on_the_merged_object(start: Start) -> None:
    handle, client = start()
    socket = client.open_socket()
    client.subscribe('/api/class/ethpmPhysIf.json?query-target-filter=eq(ethpmPhysIf.operSt,"down")')
    handle.set(OPER, operSpeed="40G")
    handle.set(OPER, operSt="down")
    handle.set(OPER, operSpeed="10G")
    handle.set(OPER, operSt="up")
    handle.set(OPER, operSt="down", operStQual="link-failure")
    assert [sorted(set(frame(socket)[1][0][1]) & {"operSt", "operSpeed", "operStQual"}) for _unused in range(3)] == [
        ["operSt"],
        ["operSpeed"],
        ["operSt", "operStQual"],
    ]


def test_a_filter_may_see_the_delta_only_gap_g8(start: Start) -> None:
    handle, client = start(filter_sees="delta")
    socket = client.open_socket()
    client.subscribe(
        '/api/class/l1PhysIf.json?query-target-filter=and(eq(l1PhysIf.id,"eth1/1"),eq(l1PhysIf.mtu,"9000"))'
    )
    handle.set(PORT, mtu="9000")
    handle.set(PORT, descr="unseen")
    handle.set(PORT, mtu="1500")
    handle.set(PORT, mtu="9000", descr="seen")
    assert "descr" not in frame(socket)[1][0][1]
    assert frame(socket)[1][0][1]["descr"] == "seen"


def test_a_filter_may_ask_what_happened(start: Start) -> None:
    handle, client = start()
    socket = client.open_socket()
    client.subscribe("/api/class/l2BD.json?query-target-filter=or(created(),updated(l2BD.name))")
    handle.create("sys/bd/bd-[vlan-5]", "l2BD")
    handle.set("sys/bd/bd-[vlan-5]", operSt="down")
    handle.set("sys/bd/bd-[vlan-5]", name="five")
    handle.delete("sys/bd/bd-[vlan-5]")
    handle.create("sys/bd/bd-[vlan-6]", "l2BD")
    assert [frame(socket)[1][0][1]["status"] for _unused in range(3)] == ["created", "modified", "created"]


def test_statistics_are_accepted_and_never_pushed(start: Start) -> None:
    handle, client = start()
    socket = client.open_socket()
    client.subscribe("/api/class/rmonIfIn.json")
    sid = client.subscribe("/api/mo/sys.json")
    handle.set(f"{PORT}/dbgIfIn", octets="1")
    handle.set("sys", systemUpTime="1")
    assert frame(socket)[0] == [sid]


def test_a_doubled_cookie_reads_and_subscribes_but_is_never_told(start: Start) -> None:
    handle, client = start(initial_imdata="snapshot")
    socket = client.open_socket()
    client.cookie = f"APIC-cookie={client.token}; APIC-cookie={client.token}"
    reply = client.get(SUBSCRIBE)
    assert reply.status == 200 and reply.json()["subscriptionId"] and reply.json()["imdata"] == []
    assert client.get(f"/api/mo/{PORT}.json").mos
    client.cookie = f"APIC-cookie={client.token}"
    sid = client.subscribe("/api/mo/sys.json")
    handle.set(PORT, descr="unheard")
    handle.set("sys", systemUpTime="1")
    assert frame(socket)[0] == [sid]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_refresh_is_an_empty_reply_and_prolongs(start: Start, method: str) -> None:
    handle, client = start(subscription_timeout=0.4)
    client.open_socket()
    sid = client.subscribe(f"/api/mo/{PORT}.json")
    born = handle.stats()["uptime"]

    def outlived() -> bool:
        assert client.request(method, f"/api/subscriptionRefresh.json?id={sid}").text == '{"imdata":[]}'
        return handle.stats()["uptime"] - born > 0.8

    eventually(outlived)


def test_an_expired_subscription_is_refused_and_silent(start: Start) -> None:
    handle, client = start(subscription_timeout=0.05)
    client.open_socket()
    sid = client.subscribe(f"/api/mo/{PORT}.json")
    eventually(lambda: handle.stats()["subscriptions"]["live"] == 0)
    reply = client.get(f"/api/subscriptionRefresh.json?id={sid}")
    assert (reply.status, reply.error["code"]) == (400, "400")
    assert handle.stats()["subscriptions"]["expired"] == 1


def test_the_id_of_a_refresh_is_its_numeric_prefix(start: Start) -> None:
    _unused, client = start()
    client.open_socket()
    sid = client.subscribe(f"/api/mo/{PORT}.json")
    assert client.get(f"/api/subscriptionRefresh.json?id={sid}-corrupted").status == 200
    assert client.get(f"/api/subscriptionRefresh.json?id=x{sid}").status == 400


@pytest.mark.parametrize(
    ("mode", "status", "error"),
    [("405", 405, True), ("200-error", 200, True), ("200-object", 200, False), ("404", 404, True)],
)
def test_how_a_refresh_is_refused_is_gap_g1(start: Start, mode: str, status: int, error: bool) -> None:
    _unused, client = start(refresh_error=mode)
    reply = client.get("/api/subscriptionRefresh.json?id=99999999999999999")
    assert reply.status == status and reply.json()["imdata"] and (reply.mos[0][0] == "error") is error


def test_refresh_timeout_is_honoured_ignored_or_refused_gap_g6(start: Start) -> None:
    handle, client = start()
    client.open_socket()
    client.subscribe(f"/api/mo/{PORT}.json?refresh-timeout=0.05")
    eventually(lambda: handle.stats()["subscriptions"]["expired"] == 1)
    handle, client = start(refresh_timeout="ignore")
    client.open_socket()
    client.subscribe(f"/api/mo/{PORT}.json?refresh-timeout=0.001")
    assert handle.call(lambda switch: [each.lifetime for each in switch.subscriptions.live.values()]) == [90.0]
    _unused, client = start(refresh_timeout="reject")
    client.open_socket()
    assert client.get(f"{SUBSCRIBE}&refresh-timeout=60").status == 400


def test_ids_die_with_their_socket(start: Start) -> None:
    handle, client = start()
    socket = client.open_socket()
    sid = client.subscribe(f"/api/mo/{PORT}.json")
    socket.close()
    eventually(lambda: handle.stats()["sockets"]["open"] == 0)
    assert client.get(f"/api/subscriptionRefresh.json?id={sid}").status == 400
    assert client.get(SUBSCRIBE).status == 405


def test_a_bad_token_is_refused_without_an_upgrade_gap_g2(start: Start) -> None:
    for mode in ("403", "401"):
        _unused, client = start(login=False, bad_token_upgrade=mode)
        client.use("bad")
        with pytest.raises(websocket.WebSocketBadStatusException) as caught:
            client.open_socket()
        assert caught.value.status_code == int(mode)
    _unused, client = start(login=False, bad_token_upgrade="accept-drop")
    client.use("bad")
    assert client.open_socket().recv_data()[0] == websocket.ABNF.OPCODE_CLOSE


def test_a_second_socket_replaces_joins_or_is_refused_gap_g7(start: Start) -> None:
    _unused, client = start()
    first = client.open_socket()
    client.open_socket()
    assert first.recv_data()[0] == websocket.ABNF.OPCODE_CLOSE
    handle, client = start(second_socket="allow")
    client.open_socket(), client.open_socket()
    assert handle.stats()["sockets"]["open"] == 2
    _unused, client = start(second_socket="reject")
    client.open_socket()
    with pytest.raises(websocket.WebSocketBadStatusException):
        client.open_socket()


@pytest.mark.parametrize("mode", ["1000", "1001", "1008", "1011"])
def test_the_close_code_at_a_sessions_end_is_gap_g3(start: Start, mode: str) -> None:
    _unused, client = start(session_end_close=mode)
    socket = client.open_socket()
    client.post("/api/aaaLogout.json")
    opcode, data = socket.recv_data()
    assert opcode == websocket.ABNF.OPCODE_CLOSE and int.from_bytes(data[:2], "big") == int(mode)


def test_pings_are_answered_unless_gap_g12_says_otherwise(start: Start) -> None:
    handle, client = start()
    socket = client.open_socket()
    socket.ping("are you there")
    assert socket.recv_data(control_frame=True) == (websocket.ABNF.OPCODE_PONG, b"are you there")
    handle, client = start(no_pong=True)
    socket = client.open_socket()
    socket.ping()
    eventually(lambda: handle.stats()["pings"] == 1)
    client.subscribe("/api/mo/sys.json")
    handle.set("sys", systemUpTime="1")
    assert socket.recv_data(control_frame=True)[0] == websocket.ABNF.OPCODE_TEXT


def test_the_switch_may_ping_gap_g12(start: Start) -> None:
    _unused, client = start(server_ping=0.01)
    assert client.open_socket().recv_data(control_frame=True)[0] == websocket.ABNF.OPCODE_PING


def test_a_subscription_limit_is_kept(start: Start) -> None:
    _unused, client = start(max_subscriptions=1)
    client.open_socket()
    assert [client.get(SUBSCRIBE).status for _unused in range(2)] == [200, 503]


def test_modts_is_real_never_or_missing_and_in_any_zone(start: Start) -> None:
    handle, client = start(utc_offset="-04:00")
    socket = client.open_socket()
    client.subscribe("/api/mo/sys.json?query-target=subtree&target-subtree-class=ethpmPhysIf,bgpPeerEntry")
    handle.set(OPER, operSt="down")
    assert frame(socket)[1][0][1]["modTs"].endswith("-04:00")
    handle.set("sys/bgp/inst/dom-default/peer-[172.20.0.1]/ent-[172.20.0.1]", operSt="idle")
    assert frame(socket)[1][0][1]["modTs"] == "never"
    handle, client = start(oper_mod_ts="missing")
    socket = client.open_socket()
    client.subscribe(f"/api/mo/{OPER}.json")
    handle.set(OPER, operSt="down")
    assert "modTs" not in json.dumps(frame(socket)[1])
