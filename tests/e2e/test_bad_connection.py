# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Switches that cannot be used: each fails with its reason and one sentence, in its time, and locks no account."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from conftest import Start
from failures import check_failure, check_quiet
from playing import Player, eventually
from servers import full, refused, silent, web

HTML = "<html><body><h1>It works</h1></body></html>"
SECRET = "Sesame-7391-open"

READ_AND_WAIT = """
- name: read
  nxapi.events.mo_info: {dn: sys, request_timeout: 1}
  ignore_errors: true
- name: subscribe
  nxapi.events.subscription: {dn: "sys/intf/phys-[eth1/1]/phys", request_timeout: 1}
  ignore_errors: true
- name: wait
  nxapi.events.wait_for_interface: {name: Eth1/45, timeout: 3, request_timeout: 1}
  ignore_errors: true
"""

Variables = Callable[..., dict[str, Any]]


def at(port: int, **more: object) -> dict[str, object]:
    plain = {"ansible_host": "127.0.0.1", "ansible_httpapi_port": port, "ansible_httpapi_use_ssl": False}
    return {**plain, "ansible_user": "admin", "ansible_password": SECRET, **more}


def test_what_is_no_switch(player: Player, start: Start, variables: Variables) -> None:
    expected: dict[str, tuple[str, tuple[str, ...]]] = {
        "takes_all_says_nothing": ("unreachable", ("no complete answer",)),
        "full": ("unreachable", ("no complete answer",)),
        "refused": ("unreachable", ("refused",)),
        "unknown_name": ("unreachable", ("does not resolve", "no-such-switch.invalid")),
        "html404": ("not_nxapi", ("404", "feature nxapi")),
        "html200": ("not_nxapi", ("200", "feature nxapi")),
        "html400": ("not_nxapi", ("400", "use_ssl")),
        "json": ("not_nxapi", ("feature nxapi",)),
        "busy": ("unreachable", ("503",)),
        "redirects": ("not_nxapi", ("redirect", "use_ssl", "true")),
        "tls_to_plain": ("not_nxapi", ("use_ssl", "false")),
        "plain_to_tls": ("unreachable", ()),
    }
    with ExitStack() as stack:
        secure = start(tls=True)
        player.hosts(
            takes_all_says_nothing=at(stack.enter_context(silent())),
            full=at(stack.enter_context(full())),
            refused=at(stack.enter_context(refused())),
            unknown_name=at(80, ansible_host="no-such-switch.invalid"),
            html404=at(stack.enter_context(web(404, HTML))),
            html200=at(stack.enter_context(web(200, HTML))),
            html400=at(stack.enter_context(web(400, "<html>The plain HTTP request was sent to HTTPS port</html>"))),
            json=at(stack.enter_context(web(200, '{"jsonrpc": "2.0"}'))),
            busy=at(stack.enter_context(web(503, HTML))),
            redirects=at(stack.enter_context(web(301, "", Location="https://127.0.0.1/api/aaaLogin.json"))),
            tls_to_plain=variables(start(), ansible_httpapi_use_ssl=True, ansible_password=SECRET),
            plain_to_tls=variables(secure, ansible_httpapi_use_ssl=False, ansible_password=SECRET),
        )
        done = player.run(READ_AND_WAIT, "-f", "20", "-vvvvv", play="strategy: free")
    wrong = []
    for host, (reason, words) in expected.items():
        for task in ("read", "subscribe", "wait"):
            try:
                check_failure(done.on(host, task), reason, *words)
            except AssertionError as error:
                wrong.append(f"{host}, {task}: {error}")
    assert not wrong, "\n\n".join(wrong)
    for host in ("unknown_name", "html404", "html200", "json", "redirects", "tls_to_plain"):
        assert done.on(host, "wait")["elapsed"] < 2.5, f"{host} fails at once"
    for host in ("takes_all_says_nothing", "full", "refused", "busy"):
        assert 3 <= done.on(host, "wait")["elapsed"] < 8, f"{host} may come back until the deadline"
    assert done.seconds < 45, "nothing hangs"
    check_quiet(done, SECRET)


def test_certificates_that_do_not_verify(player: Player, start: Start, variables: Variables, tmp_path: Path) -> None:
    good = start(tls=True)
    self_signed = {key: value for key, value in variables(good).items() if key != "ansible_httpapi_ca_path"}
    nothing = tmp_path / "empty.pem"
    nothing.touch()
    player.hosts(
        self_signed=self_signed,
        wrong_name=variables(start(tls=True, tls_fault="wrong-name")),
        expired=variables(start(tls=True, tls_fault="expired")),
        unknown_ca=variables(start(tls=True, tls_fault="unknown-ca")),
        no_ca_in_it=variables(good, ansible_httpapi_ca_path=str(nothing)),
        no_such_file=variables(good, ansible_httpapi_ca_path=str(tmp_path / "none.pem")),
    )
    done = player.run(READ_AND_WAIT, "-f", "20", "-vvvvv", play="strategy: free")
    for task in ("read", "subscribe", "wait"):
        check_failure(done.on("self_signed", task), "certificate", "ca_path")
        check_failure(done.on("wrong_name", task), "certificate", "host")
        check_failure(done.on("expired", task), "certificate", "expired")
        check_failure(done.on("unknown_ca", task), "certificate", "ca_path")
        check_failure(done.on("no_ca_in_it", task), "certificate", str(nothing))
        check_failure(done.on("no_such_file", task), "invalid", "none.pem")
    assert all(each.result.get("elapsed", 0) < 2.5 for each in done.of("wait"))
    assert good.stats()["logins"]["tries"] == 0, "no password goes to a host whose certificate does not verify"
    check_quiet(done, good.password)


def test_a_websocket_that_is_refused(player: Player, start: Start, variables: Variables) -> None:
    switches = {status: start() for status in (403, 404)}
    for status, switch in switches.items():
        switch.fault("http-error", path="^/socket", status=status)
    player.hosts(**{f"socket{status}": variables(switch) for status, switch in switches.items()})
    done = player.run(
        """
        - name: read
          nxapi.events.mo_info: {dn: sys}
        - name: wait
          nxapi.events.wait_for_interface: {name: Eth1/1, timeout: 20}
          ignore_errors: true
        - name: read again
          nxapi.events.mo_info: {dn: sys}
        """,
        play="strategy: free",
    )
    for status, switch in switches.items():
        check_failure(done.on(f"socket{status}", "wait"), "rejected", "WebSocket", str(status))
        assert done.on(f"socket{status}", "wait")["elapsed"] < 19
        assert switch.stats()["logins"]["accepted"] <= 5
        eventually(lambda switch=switch: switch.stats()["sessions"]["live"] == 0, "the last logout", 3.0)
    check_quiet(done, switch.password)


def test_what_the_user_may_not_do(player: Player, start: Start, variables: Variables) -> None:
    switch = start(user=("viewer:Look-only-1:read-only",))
    player.hosts(leaf1=variables(switch, ansible_user="viewer", ansible_password="Look-only-1"))
    done = player.run(
        """
        - name: read
          nxapi.events.mo_info: {dn: sys}
        - name: write
          nxapi.events.mo: {dn: "sys/intf/phys-[eth1/1]", class: l1PhysIf, attributes: {descr: x}}
          ignore_errors: true
        - name: no password
          nxapi.events.mo_info: {dn: sys, username: other}
          vars: {ansible_password: ""}
          ignore_errors: true
        - name: no user
          nxapi.events.mo_info: {dn: sys}
          vars: {ansible_user: ""}
          ignore_errors: true
        - name: no port
          nxapi.events.mo_info: {dn: sys, port: 70000}
          ignore_errors: true
        - name: password on the command line of a task
          nxapi.events.mo_info: {dn: sys, password: Wrong-as-can-be, validate_certs: perhaps}
          ignore_errors: true
        """
    )
    check_failure(done["write"], "forbidden", "viewer")
    check_failure(done["no password"], "invalid", "password", "missing", "NXAPI_PASSWORD", "leaf1")
    check_failure(done["no user"], "invalid", "user", "missing", "NXAPI_USERNAME", "leaf1")
    check_failure(done["no port"], "invalid", "port", "65535")
    check_failure(done["password on the command line of a task"], "invalid", "validate_certs")
    assert switch.stats()["logins"]["tries"] == 1


@pytest.mark.parametrize(
    "library", [("requests", "requests"), ("websocket", "websocket-client")], ids=lambda each: each[1]
)
def test_a_library_that_is_not_installed(leaf: Player, tmp_path: Path, library: tuple[str, str]) -> None:
    module, package = library
    shadow = tmp_path / "shadow"
    shadow.mkdir()
    (shadow / f"{module}.py").write_text("raise ImportError('not here')\n")
    done = leaf.run(READ_AND_WAIT, environment={"PYTHONPATH": str(shadow)})
    for task in ("read", "subscribe", "wait"):
        check_failure(done[task], "listener", f"pip install {package}")
    check_quiet(done)
