# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Login, refresh, logout: PROTOCOL.md section 1."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree

import pytest
import requests
import websocket
from simulator_client import Client, Start, eventually

USER = {"aaaUser": {"attributes": {"name": "admin", "pwd": "Sim-pass-1"}}}
XML_USER = "<aaaUser name='admin' pwd='Sim-pass-1'/>"


@pytest.mark.parametrize("path", ["/api/aaaLogin", "/api/mo/aaaLogin", "/api/class/aaaLogin", "/api//aaaLogin"])
@pytest.mark.parametrize("body", [USER, XML_USER], ids=["json body", "xml body"])
def test_login_works_at_every_path_with_either_body(start: Start, path: str, body: object) -> None:
    _unused, client = start(login=False)
    assert client.post(f"{path}.json", body).json()["imdata"][0]["aaaLogin"]["attributes"]["userName"] == "admin"
    root = ElementTree.fromstring(client.post(f"{path}.xml", body).text)
    assert root[0].get("userName") == "admin"


def test_the_token_is_172_characters_of_plain_base64_in_body_and_cookie(start: Start) -> None:
    _unused, client = start(login=False)
    reply = client.login()
    token = reply.json()["imdata"][0]["aaaLogin"]["attributes"]["token"]
    assert re.fullmatch(r"[A-Za-z0-9+/]{171}=", token)
    assert reply.headers["Set-Cookie"] == f"APIC-cookie={token}; path=/; HttpOnly"


def test_the_cookie_is_secure_on_tls_only(start: Start) -> None:
    _unused, client = start(login=False, tls=True)
    assert client.login().headers["Set-Cookie"].endswith("; path=/; HttpOnly; Secure")


def test_a_wrong_password_is_refused_and_counted_per_user(start: Start) -> None:
    handle, client = start(login=False)
    reply = client.login(password="wrong")
    assert (reply.status, reply.error["code"]) == (401, "401")
    assert reply.error["text"] == "Username or password is incorrect - FAILED local authentication"
    assert client.login().status == 200
    assert handle.stats()["logins"]["users"] == {"admin": {"accepted": 1, "refused": 1}}


def test_what_a_refused_login_looks_like_is_gap_g10(start: Start) -> None:
    _unused, client = start(login=False, bad_password_status=200, bad_password_text="no")
    reply = client.login(password="wrong")
    assert (reply.status, reply.error) == (200, {"code": "401", "text": "no"})


def test_a_request_without_and_with_an_unknown_token_are_told_apart(start: Start) -> None:
    _unused, client = start(login=False)
    assert client.get("/api/mo/sys.json").error["text"].startswith("Need a valid webtoken cookie (named APIC-Cookie)")
    client.use("nonsense")
    reply = client.get("/api/mo/sys.json")
    assert (reply.status, reply.error["text"]) == (403, "Token was invalid (Error: Token timeout)")


@pytest.mark.parametrize("name", ["APIC-cookie", "APIC-Cookie", "Apic-Cookie", "apic-cookie"])
def test_the_cookie_name_is_matched_in_any_case(start: Start, name: str) -> None:
    _unused, client = start()
    client.cookie = f"a=b; {name}={client.token}; path=/"
    assert client.get("/api/mo/sys.json").status == 200


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_refresh_gives_a_new_token_as_aaalogin_and_the_socket_stays_open(start: Start, method: str) -> None:
    _unused, client = start()
    socket = client.open_socket()
    sid = client.subscribe("/api/mo/sys.json")
    reply = client.request(method, "/api/aaaRefresh.json")
    token = reply.json()["imdata"][0]["aaaLogin"]["attributes"]["token"]
    assert token != client.token and f"APIC-cookie={token};" in reply.headers["Set-Cookie"]
    client.use(token)
    assert client.post("/api/mo/sys.json", {"topSystem": {"attributes": {"name": "renamed"}}}).status == 200
    assert sid in socket.recv()


def test_the_old_token_lives_on_after_a_refresh_but_opens_no_socket(start: Start) -> None:
    _unused, client = start()
    client.get("/api/aaaRefresh.json")
    assert client.get("/api/mo/sys.json").status == 200
    with pytest.raises(websocket.WebSocketBadStatusException):
        client.open_socket()


def test_whether_the_old_token_lives_on_is_gap_g9(start: Start) -> None:
    _unused, client = start(old_token="invalid")
    client.get("/api/aaaRefresh.json")
    assert client.get("/api/mo/sys.json").status == 403


def test_the_class_of_the_refresh_reply_is_an_option(start: Start) -> None:
    _unused, client = start(refresh_reply="aaaRefresh")
    assert "aaaRefresh" in client.get("/api/aaaRefresh.json").json()["imdata"][0]


@pytest.mark.parametrize("body", [None, {"aaaUser": {"attributes": {"name": "admin"}}}], ids=["no body", "a body"])
def test_logout_ends_the_session_and_its_socket(start: Start, body: object) -> None:
    _unused, client = start()
    socket = client.open_socket()
    assert client.post("/api/aaaLogout.json", body).text == '{"imdata":[]}'
    assert socket.recv_data()[0] == websocket.ABNF.OPCODE_CLOSE
    assert client.get("/api/mo/sys.json").status == 403


def test_a_token_expires_and_takes_its_socket_along(start: Start) -> None:
    handle, client = start(session_timeout=0.2, session_end_close="eof")
    socket = client.open_socket()
    with pytest.raises(websocket.WebSocketConnectionClosedException):
        socket.recv()
    assert client.get("/api/mo/sys.json").error["text"] == "Token was invalid (Error: Token timeout)"
    assert handle.stats()["sessions"]["live"] == 0


def test_a_sliding_session_outlives_its_timeout_while_it_is_used(start: Start) -> None:
    handle, client = start(session_timeout=0.3, sliding_session=True)
    eventually(lambda: client.get("/api/mo/sys.json").status == 200 and handle.stats()["uptime"] > 0.6)


def test_a_url_token_is_given_on_request_and_then_demanded(start: Start) -> None:
    _unused, client = start(login=False)
    reply = client.login(query="?gui-token-request=yes")
    challenge = reply.json()["imdata"][0]["aaaLogin"]["attributes"]["urlToken"]
    assert client.get("/api/mo/sys.json").status == 403
    assert client.get(f"/api/mo/sys.json?challenge={challenge}").status == 200
    client.headers["APIC-challenge"] = challenge
    assert client.get("/api/mo/sys.json").status == 200
    client.open_socket(f"?{challenge}")
    with pytest.raises(websocket.WebSocketBadStatusException):
        client.open_socket("?wrong")


def test_a_login_with_requests_needs_nothing_done_by_hand(start: Start) -> None:
    handle, _unused = start(login=False)
    session = requests.Session()
    assert session.post(f"{handle.url}/api/aaaLogin.json", data=json.dumps(USER)).ok
    assert session.get(f"{handle.url}/api/mo/{'sys/intf/phys-[eth1/1]'}.json").json()["totalCount"] == "1"


def test_a_session_limit_is_not_a_refused_password(start: Start) -> None:
    handle, client = start(max_sessions=1)
    other = Client(client.url)
    assert other.login().status == 503
    assert handle.stats()["logins"]["refused"] == 0


def test_a_read_only_user_reads_but_does_not_write(start: Start) -> None:
    _unused, client = start(login=False, user=("guest:look:read-only",))
    assert client.login("guest", "look").status == 200
    assert client.get("/api/mo/sys.json").status == 200
    reply = client.post("/api/mo/sys.json", {"topSystem": {"attributes": {"name": "x"}}})
    assert (reply.status, reply.error["code"]) == (403, "403")


def test_a_bad_login_body_is_a_bad_request_and_no_try(start: Start) -> None:
    handle, client = start(login=False)
    for body in ("", "{", "<aaaUser", '{"aaaUser": 1}', {"fvTenant": {}}, "<!DOCTYPE a><aaaUser name='admin'/>"):
        assert client.post("/api/aaaLogin.json", body).status == 400
    assert handle.stats()["logins"]["tries"] == 0
