# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The probe as a user runs it: the playbook by its name, what it says of what is in the way, its report, and the simulator
that takes it."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from conftest import Start
from playing import COLLECTION, Done, Player
from servers import refused, silent, web
from simulator import tls
from simulator.thread import Handle

Variables = Callable[..., dict[str, Any]]

PORT = "sys/intf/phys-[eth1/1]"
CREDENTIAL = {"ansible_user": "admin", "ansible_password": "Sim-pass-1"}
FORBIDDEN = '{"imdata":[{"error":{"attributes":{"code":"403","text":"Access denied"}}}]}'
ODD = {
    "initial_imdata": "snapshot",
    "repeat_subscription": "same-id",
    "refresh_error": "200-error",
    "old_token": "invalid",
    "session_end_close": "eof",
    "filter_sees": "delta",
}


def book(player: Player, rc: int = 0, *arguments: str, **variables: object) -> Done:
    folder = player._new_folder()
    command = ["ansible-playbook", "nxapi.events.probe", "-e", json.dumps(variables), *arguments]
    return player.command(command, folder, {}).finish(rc)


def in_the_way(player: Player, tasks: str = "Say what is in the way", **variables: object) -> tuple[str, str]:
    """What the playbook fails with, and why; the task says the same, and so does the report."""
    done = book(player, rc=2, probe_observe="0", **variables)
    text, found = str(done[tasks]["msg"]), done["Probe"]
    assert found["msg"] == text and "\n" not in text and "Traceback" not in done.text
    assert text in done.stdout and found["reason"] != "listener"
    assert found["report"].splitlines()[3].endswith(text[-12:])
    return text, str(found["reason"])


def local(port: int, **more: object) -> dict[str, object]:
    return {"ansible_host": "127.0.0.1", "ansible_httpapi_port": port, **CREDENTIAL, **more}


def left(switch: Handle) -> int:
    """Sessions that have not ended."""
    return switch.call(lambda it: len(it.sessions.live))


@pytest.mark.parametrize("secure", [False, True])
def test_the_report_of_a_switch_starts_a_simulator_like_it(
    player: Player, start: Start, tmp_path: Path, variables: Variables, secure: bool
) -> None:
    switch = start(**ODD, tls=secure)
    switch.set(PORT, descr="to spine1")
    player.hosts(leaf1=variables(switch))
    file = tmp_path / "first.yml"
    done = book(player, probe_port="Eth1/1", probe_observe="1", probe_dest=str(file))
    found = done["Probe"]
    assert found["profile"] == {**found["profile"], **ODD, "tls": secure}
    assert switch.call(lambda it: it.tree.get(PORT).attributes["descr"]) == "to spine1"
    assert switch.stats()["logins"]["tries"] == 1 and left(switch) == 0
    assert file.read_text() == found["report"] and file.stat().st_mode & 0o777 == 0o600
    assert f"leaf1 The report is in {file}\n" in done.stdout and not done.of("Show the report")[0].result.get("msg")
    assert "leaf1 Everything that this collection needs works" in done.stdout and not done.stderr
    command = [sys.executable, str(COLLECTION / "tests/simulator"), "--profile", str(file)]
    process = subprocess.Popen(
        [*command, "--exit-with-stdin"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None and process.stdin is not None
        line = json.loads(process.stdout.readline())
        assert line["url"].startswith("https:") == secure
        again = {
            **variables(switch),
            "ansible_httpapi_port": line["port"],
            "ansible_httpapi_ca_path": line["ca_path"] or "",
        }
        player.hosts(leaf1=again)
        assert book(player, probe_port="Eth1/1", probe_observe="1")["Probe"]["profile"] == found["profile"]
    finally:
        process.communicate("", timeout=20)


def test_the_report_names_neither_the_switch_nor_a_secret(player: Player, start: Start, variables: Variables) -> None:
    switch = start(bad_password_text="leaf1.example.com (127.0.0.1) says no to admin (192.0.2.9)")
    top = {"name": "ZRH-leaf-7", "serial": "FDO12345ABC"}
    switch.call(lambda it: it.tree.modify("sys", top, None))
    switch.set(PORT, descr="Customer 4711")
    shown = variables(switch)
    for given in (shown, {**shown, "ansible_password": "not-it-9"}):
        player.hosts(**{"leaf1.example.com": given})
        done = book(player, None, probe_port="Eth1/1", probe_observe="0")
        report = done["Probe"]["report"]
        private = ("127.0.0.1", "leaf1", "example.com", "admin", switch.password, "not-it-9", *top.values(), "Customer")
        for word in private:
            assert not re.search(r"(?<![\w-])%s(?![\w-])" % re.escape(word), report), word
        assert not re.search(r"[A-Za-z0-9+/]{60}", report), "a token"
        assert report.splitlines() == done["Show the report"]["msg"]
    assert '"<hidden> (<hidden>) says no to <hidden> (<address>)"' in report


def test_a_wrong_password_is_tried_once_and_ends_the_play(player: Player, start: Start, variables: Variables) -> None:
    one, two = start(bad_password_status=403, bad_password_text="Go away"), start()
    reached = {f"leaf{n}": variables(each, ansible_password="not-it") for n, each in enumerate((one, two), 1)}
    player.hosts(**reached)
    text, reason = in_the_way(player, "End here, so that no account is locked")
    assert reason == "login" and "refuses user and password (HTTP 403, Go away)" in text
    assert (one.stats()["logins"]["tries"], two.stats()["logins"]["tries"]) == (1, 0)


def test_a_switch_that_is_off_keeps_no_other_from_being_probed(
    player: Player, switch: Handle, variables: Variables
) -> None:
    with refused() as port:
        player.hosts(leaf1=local(port), leaf2=variables(switch))
        done = book(player, rc=2, probe_observe="0")
    shown = {each.host: each.status for each in done.of("Say what is in the way")}
    assert shown == {"leaf1": "failed", "leaf2": "skipped"}
    assert "works" in done.on("leaf2", "Probe")["msg"] and left(switch) == 0


def test_a_refused_password_is_not_tried_again_in_the_same_run(
    player: Player, switch: Handle, variables: Variables
) -> None:
    player.hosts(leaf1=variables(switch, ansible_password="not-it"))
    tasks = """
    - name: twice
      nxapi.events.probe: {observe: 0}
      retries: 3
      delay: 0
      until: probed is success
      register: probed
      ignore_errors: true
    - name: and by the listener
      nxapi.events.mo_info: {dn: sys}
      ignore_errors: true
    """
    done = player.run(tasks)
    assert "refused this user name and password of admin earlier in this run" in done["twice"]["msg"]
    assert done["and by the listener"]["reason"] == "login"
    assert switch.stats()["logins"]["tries"] == 1


def test_switches_that_are_probed_at_once_see_a_wrong_password_twice_in_all(
    player: Player, start: Start, variables: Variables
) -> None:
    switches = [start() for _number in range(4)]
    player.hosts(**{f"leaf{n}": variables(each, ansible_password="not-it") for n, each in enumerate(switches, 1)})
    done = player.run("- name: p\n  nxapi.events.probe: {observe: 0}\n  ignore_errors: true\n", "--forks", "4")
    assert sum(each.stats()["logins"]["tries"] for each in switches) == 2
    spared = [each.result["msg"] for each in done.of("p") if "2 other switches refused" in each.result["msg"]]
    assert len(spared) == 2 and {each.result["reason"] for each in done.of("p")} == {"login"}


def test_a_listener_that_runs_learns_of_a_password_that_the_probe_tried(
    player: Player, start: Start, variables: Variables
) -> None:
    good, other = start(), start()
    player.hosts(leaf1=variables(good), leaf2=variables(other, ansible_password="not-it"))
    tasks = """
    - name: the listener
      nxapi.events.mo_info: {dn: sys}
      when: inventory_hostname == "leaf1"
    - name: p
      nxapi.events.probe: {observe: 0}
      when: inventory_hostname == "leaf2"
      ignore_errors: true
    - name: again
      nxapi.events.mo_info: {dn: sys}
      ignore_errors: true
    """
    done = player.run(tasks)
    assert "refused this user name and password of admin earlier in this run" in done.on("leaf2", "again")["msg"]
    assert (good.stats()["logins"]["tries"], other.stats()["logins"]["tries"]) == (1, 1)
    assert done.on("leaf1", "again")["mos"]


def test_a_name_that_does_not_resolve(player: Player) -> None:
    player.hosts(leaf1={"ansible_host": "leaf1.invalid", **CREDENTIAL})
    text = ("The name leaf1.invalid does not resolve; check host or ansible_host.", "unreachable")
    assert in_the_way(player) == text


def test_a_port_that_takes_connections_and_says_nothing(player: Player) -> None:
    with silent() as port:
        player.hosts(leaf1=local(port))
        done = player.run("- name: p\n  nxapi.events.probe: {observe: 0, request_timeout: 1}\n  ignore_errors: true\n")
    assert done["p"]["msg"] == (
        f"No complete answer from 127.0.0.1:{port} within 1 s. Something takes connections there and says nothing: "
        "is it the port that 'show nxapi' names?"
    )


@contextmanager
def nginx_with_tls() -> Iterator[int]:
    """A port of TLS that answers plain HTTP as nginx does: with a page."""
    page = b"The plain HTTP request was sent to HTTPS port"
    answer = b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(page)
    material = tls.make()

    def serve(server: socket.socket) -> None:
        while True:
            try:
                client = server.accept()[0]
            except OSError:
                return
            with client:
                if client.recv(1, socket.MSG_PEEK) != b"\x16":
                    client.recv(65536)
                    client.sendall(answer + page)
                    continue
                try:
                    material.context.wrap_socket(client, server_side=True).close()
                except OSError:
                    pass

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=serve, args=(server,), daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
    material.remove()


PLAIN = {"ansible_httpapi_use_ssl": False}
PLACES = {
    "a closed port": (refused, {}, "unreachable", r"Port \d+ of 127.0.0.1 refuses; "),
    "no switch": (lambda: web(404, "<p>"), PLAIN, "not_nxapi", r"is a web server, but not that of a switch \(HTTP 404\)"),
    "feature nxapi off": (
        lambda: web(404, "<p>", Server="nginx/1.7.10"), PLAIN, "not_nxapi", r"is an nginx without NX-API REST \(HTTP 404\): turn on 'feature nxapi'"),
    "booting": (lambda: web(502, "<p>"), PLAIN, "unreachable", "try again in a minute"),
    "moved to https": (lambda: web(301, "", Location="https://leaf1/"), PLAIN, "not_nxapi", "redirects to https: set use_ssl to true"),
    "plain HTTP": (lambda: web(404, "<p>"), {}, "not_nxapi", "does not speak TLS; with plain HTTP set use_ssl to false"),
    "TLS": (nginx_with_tls, PLAIN, "not_nxapi", r"Port \d+ of 127.0.0.1 speaks TLS: set use_ssl to true"),
}  # fmt: skip


@pytest.mark.parametrize("name", PLACES)
def test_what_is_at_the_port(player: Player, name: str) -> None:
    place, more, reason, words = PLACES[name]
    with place() as port:
        player.hosts(leaf1=local(port, **more))
        text, why = in_the_way(player)
    assert why == reason and re.search(words, text), text


def test_tls_at_a_switch_that_was_asked_without(player: Player, start: Start, variables: Variables) -> None:
    switch = start(tls=True)
    player.hosts(leaf1=variables(switch, **PLAIN))
    done = book(player, rc=2, probe_observe="0")
    assert f"Port {switch.port} of 127.0.0.1 speaks TLS: set use_ssl to true." in done["Say what is in the way"]["msg"]
    assert done["Probe"]["profile"] == {}, "that there is no TLS was the task's mistake, and is nothing that was found"
    assert switch.stats()["logins"]["tries"] == 0


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("wrong-name", r"mismatch.*give the name that it was issued for"),
        ("expired", r"expired.*renew it on the switch"),
        ("unknown-ca", r"give the CA that signed it as ansible_httpapi_ca_path"),
    ],
)
def test_a_wrong_certificate(player: Player, start: Start, fault: str, words: str, variables: Variables) -> None:
    switch = start(tls=True, tls_fault=fault)
    player.hosts(leaf1=variables(switch))
    text, reason = in_the_way(player)
    assert reason == "certificate" and re.search(
        f"The certificate of 127.0.0.1:{switch.port} does not verify.*{words}", text
    )
    assert switch.stats()["logins"]["tries"] == 0
    player.hosts(leaf1=variables(switch, ansible_httpapi_validate_certs=False))
    done = book(player, probe_observe="0")
    assert done["Probe"]["profile"]["tls_fault"] == fault and "Unverified" not in done.text


def test_a_role_that_may_only_read(player: Player, start: Start, variables: Variables) -> None:
    switch = start(user=("guest:guest-pass:read-only",))
    player.hosts(leaf1=variables(switch, ansible_user="guest", ansible_password="guest-pass"))
    found = book(player, probe_port="Eth1/1", probe_observe="0")["Probe"]
    texts = {row.get("option", row["subject"]): row["text"] for row in found["findings"]}
    assert "failed" not in found or not found["failed"]
    assert (
        texts["role"] == "Roles with the right to write: none."
        and "the change is refused (User <hidden> is not" in texts["filter_sees"]
    )
    assert left(switch) == 0


def test_a_role_that_may_not_read(player: Player, switch: Handle, variables: Variables) -> None:
    switch.fault("http-error", status=403, text=FORBIDDEN, path="/api/(mo|class)/sys")
    player.hosts(leaf1=variables(switch))
    text, reason = in_the_way(player)
    assert reason == "forbidden" and "the role of this user may not read sys (HTTP 403, Access denied)" in text
    assert left(switch) == 0 and switch.stats()["logins"]["tries"] == 1


def test_a_proxy_that_lets_no_websocket_through(player: Player, switch: Handle, variables: Variables) -> None:
    for fault in ({"status": 400}, {"status": 502}):
        switch.fault("http-error", path="^/socket", **fault)
        player.hosts(leaf1=variables(switch))
        text, reason = in_the_way(player)
        assert (
            reason == "rejected"
            and f"the WebSocket does not open (HTTP {fault['status']}). If there is a proxy" in text
        )
        assert left(switch) == 0
        switch.fault("clear")


def test_a_switch_that_refuses_to_subscribe(player: Player, switch: Handle, variables: Variables) -> None:
    switch.fault("http-error", status=405, text=FORBIDDEN, path="subscription=yes")
    player.hosts(leaf1=variables(switch))
    text, reason = in_the_way(player)
    assert reason == "rejected" and "the switch refuses to subscribe (HTTP 405, Access denied)" in text
    assert left(switch) == 0


def test_a_proxy_of_the_environment_is_named(player: Player, switch: Handle, variables: Variables) -> None:
    with refused() as port:
        player.hosts(leaf1=variables(switch))
        done = player.run(
            "- name: p\n  nxapi.events.probe: {observe: 0}\n  ignore_errors: true\n",
            environment={"http_proxy": f"http://127.0.0.1:{port}"},
        )
    assert "look there too, or set use_proxy to false" in done["p"]["msg"] and done["p"]["reason"] == "unreachable"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("observe: -1", "nxapi.events.probe: observe must be from 0 to 3600 seconds."),
        ("observe: soon", "nxapi.events.probe: observe must be a number."),
        ("probe_port: Po10", "probe_port must name one Ethernet port, for example Ethernet1/1."),
        ("probe_port: 'Eth1/1,Eth1/2'", "'Eth1/1,Eth1/2' is no name of one interface"),
        ("probe_port: Eth9/99, observe: 0", "probe_port: the switch has no such port"),
        (
            "dest: /nonexistent/probe.yml",
            "The report cannot be written to /nonexistent/probe.yml: no such file or directory.",
        ),
        ("dest: /", "The report cannot be written to /: is a directory."),
        ("bogus: 1", "no such option: bogus; there are"),
    ],
)
def test_bad_input_is_one_sentence(leaf: Player, switch: Handle, options: str, words: str) -> None:
    done = leaf.run(f"- name: p\n  nxapi.events.probe: {{{options}}}\n  ignore_errors: true\n")
    assert words in done["p"]["msg"] and done["p"]["reason"] == "invalid" and "Traceback" not in done.text
    assert left(switch) == 0 and switch.stats()["logins"]["tries"] == ("Eth9" in options)


def test_check_mode_changes_nothing(leaf: Player, switch: Handle, tmp_path: Path) -> None:
    file = tmp_path / "probe.yml"
    done = book(leaf, 0, "--check", probe_port="Eth1/1", probe_observe="0", probe_dest=str(file))
    assert not file.exists() and "POST mo" not in switch.stats()["requests"]["by"]
    assert "filter_sees" not in done["Probe"]["profile"] and not done["Probe"]["changed"]


def test_no_log_shows_nothing_of_the_switch(leaf: Player) -> None:
    done = leaf.run("- name: p\n  nxapi.events.probe: {observe: 0}\n  no_log: true\n")
    assert "NX-OS 10" not in done.stdout and "round trip" not in done.stdout


def test_empty_answers_of_a_survey_count_as_not_given(leaf: Player) -> None:
    given = dict.fromkeys(("probe_port", "probe_dest", "target"), "")
    assert book(leaf, probe_observe="0", **given)["Show the report"]["msg"][0] == "---"
