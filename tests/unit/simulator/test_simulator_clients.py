# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sequences that clients in the field send, written down from their sources: nxtoolkit, go-nxos, pyaci, yapyaci."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest
import requests
import websocket
from simulator_client import OPER, PORT, Start, frame

LOGIN = json.dumps({"aaaUser": {"attributes": {"name": "admin", "pwd": "Sim-pass-1"}}})


@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
def test_nxtoolkit_logs_in_opens_subscribes_and_reads_its_reply_by_total_count(start: Start, tls: bool) -> None:
    handle, _unused = start(login=False, tls=tls)
    session = requests.Session()
    session.trust_env, session.verify = False, handle.ca_path or True
    attributes = session.post(f"{handle.url}/api/aaaLogin.json", data=LOGIN).json()["imdata"][0]["aaaLogin"][
        "attributes"
    ]
    assert int(attributes["refreshTimeoutSeconds"]) > 10
    url = f"{handle.url.replace('http', 'ws', 1)}/socket{attributes['token']}"
    socket = websocket.create_connection(url, sslopt={"ca_certs": handle.ca_path} if tls else {}, timeout=10)
    reply = session.get(f"{handle.url}/api/mo/{PORT}.json?subscription=yes").json()
    assert int(reply["totalCount"]) == len(reply["imdata"])
    configuration = {
        "topSystem": {
            "children": [
                {"interfaceEntity": {"children": [{"l1PhysIf": {"attributes": {"id": "eth1/1", "descr": "n"}}}]}}
            ]
        }
    }
    assert session.post(f"{handle.url}/api/mo/sys.json", data=json.dumps(configuration, sort_keys=True)).ok
    assert frame(socket)[0] == [str(reply["subscriptionId"])]
    assert session.get(f"{handle.url}/api/subscriptionRefresh.json?id={reply['subscriptionId']}").ok
    socket.close()


def test_go_nxos_refreshes_by_its_cookie_jar_although_it_misreads_the_token(start: Start) -> None:
    handle, _unused = start(login=False)
    session = requests.Session()
    session.post(f"{handle.url}/api/aaaLogin.json", data=LOGIN)
    before = session.cookies["APIC-cookie"]
    assert "aaaRefresh" not in session.get(f"{handle.url}/api/aaaRefresh.json").json()["imdata"][0]
    assert session.cookies["APIC-cookie"] != before
    assert (
        session.put(f"{handle.url}/api/mo/{PORT}.json", data='{"l1PhysIf":{"attributes":{"descr":"g"}}}').text
        == '{"imdata":[]}'
    )
    assert session.delete(f"{handle.url}/api/mo/sys/bd/bd-[vlan-300].json").ok
    assert "code" in session.get(f"{handle.url}/api/class/none.json").json()["imdata"][0]["error"]["attributes"]


def test_pyaci_does_everything_in_xml(start: Start) -> None:
    handle, _unused = start(login=False)
    session = requests.Session()
    reply = session.post(f"{handle.url}/api/aaaLogin.xml", data='<aaaUser name="admin" pwd="Sim-pass-1"/>')
    assert reply.text.startswith("<?xml")
    socket = websocket.create_connection(
        f"ws://{handle.host}:{handle.port}/socket{session.cookies['APIC-cookie']}", timeout=10
    )
    root = ElementTree.fromstring(session.get(f"{handle.url}/api/class/l1PhysIf.xml?subscription=yes").text)
    [sid] = root.get("subscriptionId", "").split(",")
    session.post(f"{handle.url}/api/mo/{PORT}.xml", data='<l1PhysIf descr="p"/>')
    message = socket.recv()
    assert message[:5] == "<?xml" and ElementTree.fromstring(message).get("subscriptionId") == sid
    assert session.get(f"{handle.url}/api/subscriptionRefresh.xml?id={sid}").ok
    assert session.get(f"{handle.url}/api/aaaRefresh.xml").text.count("<aaaLogin ") == 1
    assert session.post(f"{handle.url}/api/aaaLogout.xml", data='<aaaUser name="admin"/>').ok
    socket.close()


def test_yapyaci_sends_the_whole_set_cookie_header_back_and_a_challenge(start: Start) -> None:
    _unused, client = start(login=False)
    reply = client.login(query="?gui-token-request=yes")
    attributes = reply.mos[0][1]
    client.cookie = reply.headers["Set-Cookie"]
    client.headers["APIC-challenge"] = attributes["urlToken"]
    socket = client.open_socket(f"?{attributes['urlToken']}")
    target = f"/api/mo/{OPER}.json?page=0&page-size=1&subscription=yes&refresh-timeout=240"
    assert client.get(target).json()["subscriptionId"]
    refreshed = client.get("/api/aaaRefresh.json")
    client.cookie = refreshed.headers["Set-Cookie"]
    assert client.post(f"/api/mo/{PORT}.json", {"l1PhysIf": {"attributes": {"adminSt": "down"}}}).status == 200
    assert frame(socket)[1][0][1]["operSt"] == "down"


def test_curl_is_answered_with_100_continue(start: Start) -> None:
    _unused, client = start()
    reply = client.request(
        "POST", f"/api/mo/{PORT}.json", {"l1PhysIf": {"attributes": {"descr": "c" * 2000}}}, Expect="100-continue"
    )
    assert (reply.status, reply.text) == (200, '{"imdata":[]}')
