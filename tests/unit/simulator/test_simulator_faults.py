# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults and control: everything under /simulator, driven over HTTP or through the handle."""

from __future__ import annotations

import base64
import json
import socket as sockets
from pathlib import Path
from xml.etree import ElementTree

import pytest
import websocket
from simulator import Options
from simulator.faults import FaultError
from simulator.scenario import ScenarioError, parse
from simulator_client import OPER, PORT, Client, Start, eventually, frame

SYS = "/api/mo/sys.json"
CHANGE = "/simulator/change"


def refused(host: str, port: int) -> bool:
    with sockets.socket() as attempt:
        return attempt.connect_ex((host, port)) != 0


def ready(client: Client) -> websocket.WebSocket:
    socket = client.open_socket()
    client.subscribe(f"/api/mo/{OPER}.json")
    return socket


# -- control


def test_changes_are_made_at_once_and_in_one_request(start: Start) -> None:
    _unused, client = start()
    changes = [
        {"set": {"dn": OPER, "attributes": {"operSt": "down"}}},
        {"create": {"dn": "sys/bd/bd-[vlan-9]", "class": "l2BD"}},
        {"delete": {"dn": "sys/bd/bd-[vlan-200]"}},
    ]
    assert client.post(CHANGE, {"changes": changes}).json() == {"done": "change", "changed": 3}
    assert client.get(f"/simulator/mo?dn={OPER}").json()["attributes"]["operSt"] == "down"
    assert client.get("/simulator/mo?dn=sys/bd/bd-[vlan-200]").json() == {"exists": False}
    assert len(client.get("/simulator/mos?class=l2BD").json()) == 4


def test_a_batch_puts_several_objects_in_one_frame(start: Start) -> None:
    _unused, client = start()
    socket = client.open_socket()
    sid = client.subscribe("/api/class/ethpmPhysIf.json")
    both = [{"set": {"dn": f"sys/intf/phys-[eth1/{n}]/phys", "attributes": {"operSt": "down"}}} for n in (1, 2)]
    client.post(CHANGE, {"changes": both, "batch": True, "copies": 2})
    ids, mos = frame(socket)
    assert ids == [sid] and [mo["dn"] for _unused, mo in mos] == [OPER] * 2 + [OPER.replace("eth1/1", "eth1/2")] * 2


@pytest.mark.parametrize(
    ("given", "seen"), [("never", "never"), (None, None), ("2001-01-01T00:00:00.000+00:00", "2001")]
)
def test_modts_of_a_change_may_be_anything(start: Start, given: str | None, seen: str | None) -> None:
    _unused, client = start()
    socket = ready(client)
    client.post(CHANGE, {"set": {"dn": OPER, "attributes": {"operSt": "down"}}, "mod_ts": given})
    shown = frame(socket)[1][0][1].get("modTs")
    assert shown is seen is None or (shown or "").startswith(seen or "x")


def test_a_silent_change_sends_no_frame_and_a_forced_one_does(start: Start) -> None:
    _unused, client = start()
    socket = ready(client)
    client.post(CHANGE, {"set": {"dn": OPER, "attributes": {"operSt": "down"}}, "silent": True})
    client.post(CHANGE, {"set": {"dn": OPER, "attributes": {"operSt": "down", "operStQual": "none"}}, "force": True})
    assert frame(socket)[1][0][1]["operStQual"] == "none"


def test_flapping_sends_every_change_in_order(start: Start) -> None:
    _unused, client = start()
    socket = ready(client)
    flap = {"dn": OPER, "attribute": "operSt", "values": ["down", "up"], "rate": 5000, "count": 200}
    client.post(CHANGE, {"flap": flap})
    assert [frame(socket)[1][0][1]["operSt"] for _unused in range(200)] == ["down", "up"] * 100


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("nonsense", {}),
        ("stall", {"secondz": 1}),
        ("stall", {"path": "("}),
        ("drop-websockets", {"mode": "gently"}),
        ("garbage", {"kind": "polite"}),
        ("raw-frame", {"base64": "!"}),
        ("change", {"set": {"dn": "sys/none"}}),
        ("change", {"set": {"dn": OPER, "attributes": {"nothing": "1"}}}),
        ("change", {"create": {"dn": "sys/x", "class": "noClass"}}),
        ("change", {"sett": {}}),
        ("arm", {"path": "x"}),
        ("arm", {"fault": {"nonsense": {}}}),
        ("reload", {"boot": "sideways"}),
        ("reload", {"then": {"nonsense": {}}}),
        ("transceiver", {"dn": "sys"}),
    ],
)
def test_a_fault_that_does_not_exist_is_said_so(start: Start, name: str, body: object) -> None:
    _unused, client = start()
    reply = client.post(f"/simulator/{name}", body)
    assert reply.status == 400 and reply.json()["error"]


def test_stats_count_and_logs_hold_no_password_and_no_whole_token(start: Start) -> None:
    handle, client = start(login=False)
    client.login(password="wr0ng-pass")
    challenge = client.login(query="?gui-token-request=yes").mos[0][1]["urlToken"]
    client.headers["APIC-challenge"] = challenge
    client.open_socket(f"?{challenge}")
    client.get(f"{SYS}?challenge={challenge}")
    client.get(f"{SYS}?subscription=yes")
    client.get("/nothing")
    stats = client.get("/simulator/stats").json()
    assert stats["logins"] == {
        "tries": 2,
        "accepted": 1,
        "refused": 1,
        "users": {"admin": {"accepted": 1, "refused": 1}},
    }
    assert stats["requests"]["by"]["GET subscribe"] == {"200": 1} and stats["requests"]["by"]["GET other"] == {"404": 1}
    assert stats["requests"]["total"] == 6 and stats["sockets"]["open"] == 1 and stats["subscriptions"]["live"] == 1
    kept = client.get("/simulator/log").text + client.get("/simulator/history").text + json.dumps(handle.stats())
    for secret in ("wr0ng-pass", "Sim-pass-1", client.token, client.token[:20], challenge, challenge[:20]):
        assert secret not in kept


def test_history_is_the_truth_in_order_with_times(start: Start) -> None:
    handle, client = start()
    for state in ("down", "up", "down"):
        handle.set(OPER, operSt=state)
    history = client.get(f"/simulator/history?dn={OPER}").json()
    assert [line["attributes"]["operSt"] for line in history] == ["down", "up", "down"]
    assert [line["at"] for line in history] == sorted(line["at"] for line in history)
    assert len(client.get(f"/simulator/history?since={history[0]['at']}").json()) == 2


# -- sockets and sessions


def test_a_clean_drop_is_a_close_frame_and_an_abrupt_one_a_reset(start: Start) -> None:
    handle, client = start()
    socket = ready(client)
    handle.fault("drop-websockets", mode="clean", code=1001)
    opcode, data = socket.recv_data()
    assert opcode == websocket.ABNF.OPCODE_CLOSE and data[:2] == (1001).to_bytes(2, "big")
    socket = ready(client)
    handle.fault("drop-websockets", mode="abrupt")
    with pytest.raises(ConnectionResetError):
        socket.recv()
    for mode in ("eof", "mid-frame"):
        socket = ready(client)
        handle.fault("drop-websockets", mode=mode)
        with pytest.raises(websocket.WebSocketConnectionClosedException):
            socket.recv()
    assert handle.stats()["subscriptions"]["live"] == 0


def test_a_silent_drop_leaves_a_socket_that_says_nothing_while_rest_works(start: Start) -> None:
    handle, client = start()
    socket = ready(client)
    handle.fault("drop-websockets", mode="silent")
    handle.set(OPER, operSt="down")
    socket.ping()
    socket.settimeout(0.05)
    with pytest.raises(websocket.WebSocketTimeoutException):
        socket.recv()
    assert client.get(SYS).status == 200
    fresh = ready(client)
    handle.set(OPER, operSt="up")
    assert frame(fresh)[1][0][1]["operSt"] == "up"


def test_expired_tokens_end_sessions_and_sockets(start: Start) -> None:
    handle, client = start()
    socket = ready(client)
    assert handle.fault("expire-tokens") == {"sessions": 1}
    assert socket.recv_data()[0] == websocket.ABNF.OPCODE_CLOSE
    assert client.get(SYS).status == 403 and client.login().status == 200


def test_revoked_tokens_may_leave_their_sockets_open(start: Start) -> None:
    handle, client = start()
    socket = ready(client)
    assert handle.fault("expire-tokens", sockets="keep") == {"sessions": 1}
    handle.set(OPER, operSt="down")
    assert frame(socket)[1][0][1]["operSt"] == "down"
    assert client.get(SYS).status == 403 and client.login().status == 200
    with pytest.raises(FaultError, match="close or keep"):
        handle.fault("expire-tokens", sockets="maybe")


def test_expired_subscriptions_are_silent_and_refused(start: Start) -> None:
    handle, client = start()
    client.open_socket()
    sid = client.subscribe(f"/api/mo/{OPER}.json")
    assert handle.fault("expire-subscriptions", ids=[sid]) == {"subscriptions": 1}
    assert client.get(f"/api/subscriptionRefresh.json?id={sid}").status == 400


def test_an_unlinked_socket_needs_a_new_login_not_only_a_new_socket(start: Start) -> None:
    handle, client = start()
    ready(client)
    handle.fault("unlink-sockets")
    assert client.get(f"{SYS}?subscription=yes").status == 405
    client.open_socket()
    assert client.get(f"{SYS}?subscription=yes").status == 405
    client.login()
    client.open_socket()
    assert client.get(f"{SYS}?subscription=yes").status == 200


def test_no_pong_can_be_switched_on_for_a_while(start: Start) -> None:
    handle, client = start()
    socket = client.open_socket()
    handle.fault("no-pong", duration=60)
    socket.ping("1")
    eventually(lambda: handle.stats()["pings"] == 1)
    handle.fault("clear")
    socket.ping("2")
    assert socket.recv_data(control_frame=True) == (websocket.ABNF.OPCODE_PONG, b"2")


# -- frames


def test_frames_are_lost_doubled_reordered_late_and_fragmented(start: Start) -> None:
    handle, client = start()
    socket = ready(client)

    def speed(value: str) -> None:
        handle.set(OPER, operSpeed=value)

    def seen() -> str:
        return frame(socket)[1][0][1]["operSpeed"]

    handle.fault("lose-frames", count=1)
    speed("1G"), speed("10G")
    assert seen() == "10G"
    handle.fault("duplicate", count=1)
    speed("25G"), speed("40G")
    assert [seen() for _unused in range(3)] == ["25G", "25G", "40G"]
    handle.fault("reorder", count=3)
    speed("1G"), speed("10G"), speed("25G"), speed("50G")
    assert [seen() for _unused in range(4)] == ["25G", "10G", "1G", "50G"]
    handle.fault("delay-frames", seconds=0.05, count=1)
    speed("100G"), speed("200G")
    assert [seen() for _unused in range(2)] == ["200G", "100G"]
    handle.fault("fragment-frames")
    speed("400G")
    assert seen() == "400G"


def test_a_reorder_that_waits_in_vain_lets_go(start: Start) -> None:
    handle, client = start()
    socket = ready(client)
    handle.fault("reorder", count=9, seconds=0.05)
    handle.set(OPER, operSt="down")
    assert frame(socket)[1][0][1]["operSt"] == "down"


@pytest.mark.parametrize(
    "kind", ["text", "truncated", "nan", "surrogate", "deep", "deep-xml", "html", "bomb", "entity", "empty"]
)
def test_garbage_is_sent_and_the_socket_goes_on(start: Start, kind: str) -> None:
    handle, client = start()
    socket = ready(client)
    assert handle.fault("garbage", kind=kind) == {"sockets": 1}
    handle.set(OPER, operSt="down")
    with pytest.raises((ValueError, KeyError, TypeError, RecursionError)):
        frame(socket)
        json.dumps(json.loads("nothing"))
    assert frame(socket)[1][0][1]["operSt"] == "down"


def test_raw_frames_carry_any_opcode_and_any_bytes(start: Start) -> None:
    handle, client = start()
    socket = ready(client)
    handle.fault("raw-frame", text="hello")
    handle.fault("raw-frame", base64=base64.b64encode(b"\x00\x01").decode(), opcode="binary")
    handle.fault("raw-frame", base64=base64.b64encode(b"\x81\x02hi").decode(), opcode="wire")
    client.post(CHANGE, {"raw_frame": '{"imdata": []}'})
    assert [socket.recv_data() for _unused in range(4)] == [
        (1, b"hello"),
        (2, b"\x00\x01"),
        (1, b"hi"),
        (1, b'{"imdata": []}'),
    ]


def test_an_oversize_frame_is_as_large_as_asked(start: Start) -> None:
    handle, client = start()
    socket = ready(client)
    handle.fault("oversize", bytes=300_000)
    assert len(socket.recv()) == 300_000


# -- replies


def test_an_http_error_is_nginx_html_or_a_text_and_ends_by_count(start: Start) -> None:
    handle, client = start()
    handle.fault("http-error", status=503, path="/api/mo", count=1)
    handle.fault("http-error", status=404, text='{"imdata":[]}', path="/api/class", method="get", count=1)
    reply = client.get(SYS)
    assert reply.status == 503 and "503 Service Temporarily Unavailable" in reply.text
    assert client.get("/api/class/topSystem.json").text == '{"imdata":[]}'
    assert client.get(SYS).status == 200 and client.get("/api/class/topSystem.json").status == 200
    assert handle.call(lambda switch: switch.rules.report()) == []


def test_a_stalled_reply_shows_the_past_and_frames_overtake_it(start: Start) -> None:
    handle, client = start()
    socket = ready(client)
    client.post(
        "/simulator/arm",
        {"path": "class/ethpmPhysIf", "fault": {"change": {"set": {"dn": OPER, "attributes": {"operSt": "down"}}}}},
    )
    handle.fault("stall", seconds=0.05, path="class/ethpmPhysIf", count=1)
    reply = client.get('/api/class/ethpmPhysIf.json?query-target-filter=wcard(ethpmPhysIf.dn,"eth1/1]")')
    assert reply.mos[0][1]["operSt"] == "up"
    assert frame(socket)[1][0][1]["operSt"] == "down"


def test_an_armed_fault_strikes_before_or_after_a_request(start: Start) -> None:
    handle, client = start()
    socket = client.open_socket()
    handle.fault("arm", path="subscription=yes", when="before", fault={"drop-websockets": {"mode": "abrupt"}})
    assert client.get(f"{SYS}?subscription=yes").status == 405
    with pytest.raises(ConnectionResetError):
        socket.recv()
    client.open_socket()
    handle.fault("arm", path="subscription=yes", when="after", fault={"drop-websockets": {"mode": "eof"}})
    assert client.get(f"{SYS}?subscription=yes").status == 200
    assert handle.stats()["subscriptions"]["live"] == 0


def test_a_lost_reply_was_carried_out(start: Start) -> None:
    handle, client = start()
    handle.fault("lose-replies", path="aaaRefresh", count=1)
    with pytest.raises(ConnectionError):
        client.get("/api/aaaRefresh.json")
    assert handle.stats()["refreshes"]["token"] == 1
    assert client.get("/api/aaaRefresh.json").status == 200


def test_refreshes_and_logins_are_refused_as_often_as_asked(start: Start) -> None:
    handle, client = start()
    client.open_socket()
    sid = client.subscribe(SYS)
    handle.fault("reject-refresh", mode="200-error", count=1)
    reply = client.get(f"/api/subscriptionRefresh.json?id={sid}")
    assert reply.status == 200 and reply.error["code"] == "400"
    assert client.get(f"/api/subscriptionRefresh.json?id={sid}").text == '{"imdata":[]}'
    handle.fault("reject-login", count=1, status=403, text="AAA is not up")
    assert client.login().error == {"code": "403", "text": "AAA is not up"}
    assert client.login().status == 200


def test_the_clock_can_be_set_back(start: Start) -> None:
    handle, client = start()
    socket = ready(client)
    handle.set(OPER, operSt="down")
    first = frame(socket)[1][0][1]["modTs"]
    handle.fault("clock", offset=-86400)
    handle.set(OPER, operSt="up")
    assert frame(socket)[1][0][1]["modTs"] < first


# -- reload


def test_a_reload_closes_the_port_loses_every_session_and_repeats_ids(start: Start) -> None:
    handle, client = start()
    socket = ready(client)
    assert client.post("/simulator/reload", {"seconds": 0.1}).json() == {"done": "reload"}
    with pytest.raises((ConnectionError, websocket.WebSocketConnectionClosedException)):
        socket.recv()
    eventually(lambda: refused(handle.host, handle.port))
    eventually(lambda: not refused(handle.host, handle.port))
    assert client.get(SYS).status == 403
    client.login()
    client.open_socket()
    assert client.subscribe(SYS) == "18374686685813276673"


def test_after_a_reload_links_come_up_and_faults_wait(start: Start) -> None:
    handle, client = start(link_delay=0.05)
    then = {"http-error": {"status": 404, "count": 1}, "reject-login": {"count": 1}}
    handle.fault("reload", seconds=0.02, links="bounce", then=then)
    eventually(lambda: handle.stats()["reloads"] == 1 and not refused(handle.host, handle.port))
    assert "nginx" in eventually(lambda: client.post("/api/aaaLogin.json").text)
    assert [client.login().status for _unused in range(2)] == [401, 200]
    states = {client.get(f"/api/mo/{OPER}.json").mos[0][1]["operSt"]}
    eventually(lambda: client.get(f"/api/mo/{OPER}.json").mos[0][1]["operSt"] == "up")
    history = handle.call(
        lambda switch: [line["attributes"].get("operSt") for line in switch.stats.history if line["dn"] == OPER]
    )
    assert states <= {"down", "up"} and history[0] == "down" and history[-1] == "up"


def test_a_gradual_boot_makes_objects_one_by_one(start: Start) -> None:
    handle, client = start()
    total = handle.stats()["mos"]
    handle.fault("reload", seconds=0.01, boot="gradual", interval=0.0)
    eventually(lambda: handle.stats()["mos"] == total and handle.stats()["reloads"] == 1)
    created = [line for line in client.get("/simulator/history").json() if line["status"] == "created"]
    assert len(created) == total - 1 and created[0]["dn"] == "sys/showversion"


def test_a_control_port_stays_open_through_a_reload(start: Start) -> None:
    handle, _unused = start(control_port=0)
    control = Client(handle.call(lambda switch: switch.control_url or ""))
    assert control.post("/simulator/reload", {"seconds": 30}).status == 200
    eventually(lambda: refused(handle.host, handle.port))
    assert control.get("/simulator/stats").json()["reloading"] is True
    assert control.get(SYS).status == 404


# -- scenarios and models


def test_a_scenario_plays_its_steps_in_time(start: Start, tmp_path: Path) -> None:
    story = tmp_path / "story.yml"
    story.write_text(
        f"- at: 0.02\n  every: 0.01\n  times: 3\n  set: {{dn: '{PORT}', attributes: {{descr: x}}}}\n  force: true\n"
        f"- at: 0.0\n  create: {{dn: 'sys/bd/bd-[vlan-5]', class: l2BD}}\n"
        "- at: 0.01\n  fault: {clock: {offset: 60}}\n"
    )
    handle, _unused = start(scenario=str(story))
    lines = eventually(lambda: (found := handle.call(lambda switch: list(switch.stats.history)))[3:] and found)
    assert [line["dn"] for line in lines] == ["sys/bd/bd-[vlan-5]", PORT, PORT, PORT]
    assert handle.call(lambda switch: switch.clock.offset) == 60.0


@pytest.mark.parametrize(
    "data", ["x", [{"set": {}}], [{"at": 1}], [{"at": 1, "fault": {"none": {}}}], [{"at": 1, "sett": {}}]]
)
def test_a_bad_scenario_is_refused_before_it_starts(data: object) -> None:
    with pytest.raises(ScenarioError):
        parse(data)


def test_a_model_file_brings_its_own_classes_and_counts(start: Start, tmp_path: Path) -> None:
    model = tmp_path / "model.yml"
    model.write_text(
        "classes:\n  fvTenant: {rn: 'tn-{name}', parents: [polUni], config: {descr: ''}}\n"
        "mos:\n  - class: polUni\n    dn: uni\n    children:\n"
        "      - {class: fvTenant, range: [1, 3], attributes: {name: 'T{n}'}}\n"
        "      - {class: fvThing, rn: 'thing-[a]', attributes: {key: a}}\n"
    )
    _unused, client = start(model=str(model))
    assert [mo["name"] for _unused, mo in client.get("/api/class/fvTenant.json").mos] == ["T1", "T2", "T3"]
    assert client.post("/api/mo/uni.xml", "<fvTenant name='T4' descr='new'/>").status == 200
    root = ElementTree.fromstring(client.get("/api/mo/uni/tn-T4.xml").text)
    assert root[0].get("descr") == "new" and client.get("/api/mo/uni/thing-[a].json").mos[0][1]["key"] == "a"


def test_users_are_split_from_their_options() -> None:
    options = Options(user=("a:b", "c:d:read-only", "e:f:g"))
    assert (
        options.users["a"] == ("b", False)
        and options.users["c"] == ("d", True)
        and options.users["e"] == ("f:g", False)
    )
