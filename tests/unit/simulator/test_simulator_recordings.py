# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What public sources recorded, against what the simulator says: to the byte where NX-OS was recorded, else shapes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from simulator.errors import ApiError
from simulator.wire import Node, decode_body, encode_error, encode_frame, encode_reply
from simulator_client import PORT, Start

RECORDINGS = Path(__file__).resolve().parents[1] / "fixtures" / "payloads"


def wire(name: str) -> str:
    return json.loads((RECORDINGS / f"{name}.json").read_text())["wire"]


def nodes(document: Any) -> list[Node]:
    return [
        Node(cls, body["attributes"], nodes({"imdata": body.get("children", [])}))
        for item in document["imdata"]
        for cls, body in item.items()
    ]


def from_xml(element: ElementTree.Element) -> list[Node]:
    return [Node(child.tag, dict(child.attrib), from_xml(child)) for child in element]


def shape(value: Any) -> Any:
    """Keys all the way down, values forgotten."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    return [shape(value[0])] if isinstance(value, list) and value else type(value).__name__


def test_a_login_is_spelled_as_nxos_spelled_it() -> None:
    recorded = wire("nxos-login-reply")
    assert encode_reply("json", nodes(json.loads(recorded))) == recorded


def test_a_login_has_the_attributes_of_the_recording_in_their_order(start: Start) -> None:
    _unused, client = start(login=False)
    ours, recorded = client.login().json(), json.loads(wire("nxos-login-reply"))
    assert json.dumps(shape(ours)) == json.dumps(shape(recorded))
    fixed = (
        "refreshTimeoutSeconds",
        "guiIdleTimeoutSeconds",
        "restTimeoutSeconds",
        "version",
        "remoteUser",
        "userName",
    )
    ours, recorded = (each["imdata"][0]["aaaLogin"]["attributes"] for each in (ours, recorded))
    assert {name: ours[name] for name in fixed} == {name: recorded[name] for name in fixed}
    assert (len(ours["token"]), len(ours["sessionId"])) == (len(recorded["token"]), len(recorded["sessionId"]))


@pytest.mark.parametrize(
    ("name", "status", "target", "logged_in"),
    [
        ("nxos-403-no-cookie", 403, "/api/mo/sys.json", False),
        ("apic-405-no-open-socket", 405, f"/api/mo/{PORT}.json?subscription=yes", True),
    ],
)
def test_an_error_has_the_recorded_code_and_text(
    start: Start, name: str, status: int, target: str, logged_in: bool
) -> None:
    _unused, client = start(login=logged_in)
    reply = client.get(target)
    assert reply.status == status and reply.json()["imdata"] == json.loads(wire(name))["imdata"]


def test_a_refused_login_and_a_dead_token_have_the_recorded_texts(start: Start) -> None:
    _unused, client = start(login=False)
    assert client.login(password="x").json()["imdata"] == json.loads(wire("ansible-aci-error-login-0"))["imdata"]
    client.use("dead")
    assert client.get("/api/mo/sys.json").json()["imdata"] == json.loads(wire("apic-403-token-timeout"))["imdata"]


@pytest.mark.parametrize("name", ["nxos-403-no-cookie", "nxos-error-faulty-dn"])
def test_an_error_is_spelled_as_nxos_spelled_it(name: str) -> None:
    recorded = wire(name)
    [attributes] = [node.attributes for node in nodes(json.loads(recorded))]
    assert encode_error("json", ApiError(400, attributes["code"], attributes["text"])) == recorded


@pytest.mark.parametrize("name", ["ansible-aci-xml-login-reply-0", "pyaci-xml-3"])
def test_an_xml_login_is_spelled_as_apic_spelled_it(name: str) -> None:
    recorded = wire(name)
    written = encode_reply("xml", from_xml(ElementTree.fromstring(recorded)), 1)
    assert written.rstrip("\n") == recorded.rstrip("\n")


def test_a_subscribe_reply_is_spelled_as_the_guide_prints_it(start: Start) -> None:
    _unused, client = start()
    client.open_socket()
    assert client.get(f"/api/mo/{PORT}.json?subscription=yes").text == wire("nxos-doc-subscribe-reply")


def test_a_notification_is_spelled_as_the_guide_prints_it() -> None:
    recorded = wire("nxos-doc-notification")
    document = json.loads(recorded)
    assert encode_frame("json", document["subscriptionId"], nodes(document)) == recorded


def test_our_notification_has_the_keys_of_the_guides(start: Start) -> None:
    handle, client = start()
    socket = client.open_socket()
    client.subscribe(f"/api/mo/{PORT}.json")
    handle.set(PORT, descr="test")
    recorded = wire("nxos-doc-notification").replace("I1PhysIf", "l1PhysIf")
    assert json.dumps(shape(json.loads(socket.recv()))) == json.dumps(shape(json.loads(recorded)))


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("apic-deleted-2-ids", "deleted"),
        ("apic-tac-notification-modified", "modified"),
        ("apic-inspector-created-4-ids", "created"),
        ("apic-session-created", "created"),
    ],
)
def test_recorded_notifications_have_the_bookkeeping_that_ours_have(start: Start, name: str, status: str) -> None:
    document = json.loads(wire(name))
    [[recorded]] = [list(item.values()) for item in document["imdata"]]
    five = {"childAction", "dn", "modTs", "rn", "status"}
    assert five <= set(recorded["attributes"]) and set(document) == {"subscriptionId", "imdata"}
    handle, client = start()
    socket = client.open_socket()
    client.subscribe("/api/class/l2BD.json")
    handle.create("sys/bd/bd-[vlan-9]", "l2BD")
    handle.set("sys/bd/bd-[vlan-9]", name="x")
    handle.delete("sys/bd/bd-[vlan-9]")
    ours = {
        mo["attributes"]["status"]: mo["attributes"]
        for mo in (json.loads(socket.recv())["imdata"][0]["l2BD"] for _unused in range(3))
    }
    blank = {"childAction": "", "rn": "", "status": status}
    assert blank.items() <= ours[status].items() and blank.items() <= recorded["attributes"].items()
    assert list(ours[status]) == sorted(ours[status])


def test_an_xml_notification_is_spelled_as_recorded() -> None:
    recorded = wire("apic-xml-notification-3mo")
    root = ElementTree.fromstring(recorded)
    assert encode_frame("xml", [root.attrib["subscriptionId"]], from_xml(root)) == recorded


def test_a_refresh_is_as_empty_as_recorded(start: Start) -> None:
    _unused, client = start()
    client.open_socket()
    sid = client.subscribe("/api/mo/sys.json")
    assert client.get(f"/api/subscriptionRefresh.json?id={sid}").text == wire("apic-refresh-ok-1.0")


def test_a_subscribe_reply_with_a_snapshot_has_the_keys_of_apics(start: Start) -> None:
    _unused, client = start(initial_imdata="snapshot")
    client.open_socket()
    ours = client.get("/api/class/l1PhysIf.json?subscription=yes&rsp-subtree=full").json()
    for name in ("apic-inspector-subscribe-reply", "apic-subscribe-reply-fabricTopology"):
        recorded = json.loads(wire(name))
        assert list(ours) == list(recorded) and isinstance(ours["totalCount"], str)
        top = next(iter(recorded["imdata"][0].values()))["attributes"]
        mine = next(iter(ours["imdata"][0].values()))["attributes"]
        for attributes in (top, mine):
            assert {"childAction", "dn", "modTs", "status"} <= set(attributes) and "rn" not in attributes
            assert attributes["status"] == ""
    child = json.loads(wire("apic-inspector-subscribe-reply"))["imdata"][1]["vzBrCP"]["children"][0]["vzSubj"][
        "attributes"
    ]
    mine = next(iter(next(iter(ours["imdata"][0].values()))["children"][0].values()))["attributes"]
    for attributes in (child, mine):
        assert "rn" in attributes and "dn" not in attributes


def test_every_recorded_json_object_survives_decoding_as_a_body() -> None:
    for path in sorted(RECORDINGS.glob("*.json")):
        recording = json.loads(path.read_text())
        if recording["format"] != "json":
            continue
        for item in json.loads(recording["wire"])["imdata"]:
            decoded = decode_body(json.dumps(item).encode())
            assert decoded is not None and decoded.plain() == item
