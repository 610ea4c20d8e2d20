# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every module and wait, succeeding and failing for every reason, as talkative as Ansible can be made: no password and no
token in what is printed, logged, returned or written, nor in a command line or in the environment of a program it starts.
"""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from conftest import Start
from failures import check_failure
from playing import Done, Player, eventually
from servers import refused, web
from simulator.thread import Handle
from support.secrecy import Secrets, record_tokens
from support.tlsfront import Front, bundle, certificates
from support.watch import Watch, watching

PASSWORD = "rV8kTz3pQw6Y /+%41\"'\\Lm5Xc9Bd2Hf7#{}é"
"""Letters that survive every kind of escaping, and some of what has to be escaped."""

WRONG = "wN4jGs7uRe1K=&?<Vb6Zy3Mt8Pa5"
READER = "eX2qDf9hJc4Wn7Ks"

TALKATIVE = {"ANSIBLE_DEBUG": "1", "ANSIBLE_VERBOSITY": "5"}

Variables = Callable[..., dict[str, Any]]

ALL = """
- name: read
  nxapi.events.mo_info: {class: topSystem, password: "{{ ansible_password | default(omit) }}"}
  ignore_errors: true
- name: write
  nxapi.events.mo: {dn: "sys/intf/phys-[eth1/2]", class: l1PhysIf, attributes: {descr: "{{ 9999 | random }}"}}
  diff: true
  ignore_errors: true
- name: wait
  nxapi.events.wait_for_interface: {name: Eth1/1, timeout: 3, request_timeout: 1}
  ignore_errors: true
- name: probe
  nxapi.events.probe: {observe: 0, request_timeout: 2}
  ignore_errors: true
- ansible.builtin.meta: end_host
  when: inventory_hostname not in ['good', 'leaf1']
- name: subscription
  nxapi.events.subscription: {name: port, dn: "sys/intf/phys-[eth1/1]/phys"}
- name: refresh
  nxapi.events.subscription_refresh: {name: port}
- name: info
  nxapi.events.subscription_info:
- name: notifications
  nxapi.events.notification_info: {name: port}
"""

ENDS = """
- name: timeout
  nxapi.events.wait_for_interface: {name: Eth1/45, timeout: 2}
  ignore_errors: true
- name: fail_when
  nxapi.events.wait_for_mo: {dn: "sys/intf/phys-[eth1/45]/phys", until: {operSt: up}, fail_when: {operSt: down}, fail_grace: 0, timeout: 9}
  ignore_errors: true
- name: impossible
  nxapi.events.wait_for_mo: {dn: "sys/intf/phys-[eth1/1]", until: {operSt: up}, timeout: 9}
  ignore_errors: true
- name: invalid
  nxapi.events.wait_for_mo: {dn: sys, until: {name: x}, hold: 10, timeout: 9, password: "{{ ansible_password }}"}
  ignore_errors: true
- name: no such option
  nxapi.events.mo_info: {dn: sys, passwort: x, password: "{{ ansible_password }}"}
  ignore_errors: true
- name: rejected
  nxapi.events.mo_info: {class: noSuchClass}
  ignore_errors: true
- name: cut off
  nxapi.events.wait_for_interface: {name: Eth1/45, timeout: 50}
  timeout: 1
  ignore_errors: true
- name: tokens end
  nxapi.events.wait_for_interface: {name: Eth1/46, timeout: 20}
"""


@pytest.fixture
def secrets() -> Secrets:
    return Secrets(password=PASSWORD, wrong=WRONG, reader=READER)


@pytest.fixture
def switch(start: Start, secrets: Secrets) -> Handle:
    """Replies take a moment, so that the programs that wait for them can be seen."""
    made = start(password=PASSWORD, user=("reader:%s:read-only" % READER,), reply_delay=0.03)
    record_tokens(made, secrets)
    return made


@pytest.fixture
def tmp() -> Iterator[Path]:
    """Where what the player runs makes its temporary files; short, since Ansible opens sockets there."""
    with tempfile.TemporaryDirectory(prefix="nx", dir="/tmp") as folder:
        yield Path(folder)


@contextmanager
def watched(player: Player, secrets: Secrets, tmp: Path) -> Iterator[Watch]:
    known = (player.folder / "inventory.yml", player.folder / "password")
    with watching(Watch(secrets, player.home, (player.folder, tmp), known)) as watch:
        yield watch


def hold_tongue(done: Done, secrets: Secrets) -> None:
    """Nothing printed or logged, and nothing returned."""
    for where, text in (("stdout", done.stdout), ("stderr", done.stderr), ("log", done.log)):
        assert not secrets.seen_in(text), "%s: %s" % (where, _lines(text, secrets))
    assert not secrets.seen_in(repr([each.result for each in done.outcomes]))
    assert secrets.names("token"), "the switch has handed out tokens"


def _lines(text: str, secrets: Secrets) -> list[str]:
    """The lines that hold a secret, up to where it may begin."""
    return [line[:60] for line in text.splitlines() if secrets.seen_in(line)][:5]


def talkative(tmp: Path, **more: str) -> Mapping[str, str]:
    return {**TALKATIVE, "TMPDIR": str(tmp), **more}


@contextmanager
def zoo(player: Player, switch: Handle, start: Start, variables: Variables, tmp_path: Path) -> Iterator[Secrets]:
    """An inventory of hosts that fail each in its way."""
    with ExitStack() as stack:
        right, wrong = stack.enter_context(certificates("none", "wrong-name"))
        trusted = bundle(tmp_path / "trusted.pem", right, wrong)
        rest = stack.enter_context(Front(switch, (wrong,)))
        socket = stack.enter_context(Front(switch, (right, wrong)))
        secure = {"ansible_httpapi_use_ssl": True, "ansible_httpapi_ca_path": trusted}
        lost = start(password=PASSWORD)
        lost.fault("http-error", path="^/socket", status=403, text="{{ path }}")
        player.hosts(
            good=variables(switch),
            login=variables(switch, ansible_password=WRONG),
            forbidden=variables(switch, ansible_user="reader", ansible_password=READER),
            rest_certificate=variables(switch, ansible_httpapi_port=rest.port, **secure),
            socket_certificate=variables(switch, ansible_httpapi_port=socket.port, **secure),
            unreachable=variables(switch, ansible_httpapi_port=stack.enter_context(refused())),
            not_nxapi=variables(switch, ansible_httpapi_port=stack.enter_context(web(200, "<html></html>"))),
            rejected=variables(lost),
        )
        yield lost


EXPECTED = {
    "login": ("read", "login"), "forbidden": ("write", "forbidden"), "rest_certificate": ("read", "certificate"),
    "socket_certificate": ("wait", "certificate"), "unreachable": ("wait", "unreachable"),
    "not_nxapi": ("read", "not_nxapi"), "rejected": ("wait", "rejected"),
}  # fmt: skip


def test_every_module_and_every_reason(
    player: Player, switch: Handle, start: Start, variables: Variables, tmp_path: Path, tmp: Path, secrets: Secrets
) -> None:
    with zoo(player, switch, start, variables, tmp_path) as lost, watched(player, secrets, tmp) as watch:
        record_tokens(lost, secrets, "of another switch ")
        tree = {
            "ANSIBLE_CALLBACKS_ENABLED": "e2e_results,ansible.builtin.tree",
            "ANSIBLE_CALLBACK_TREE_DIR": str(tmp_path / "tree"),
        }
        done = player.run(ALL, "-f", "8", "-vvvvv", "-D", play="strategy: free", environment=talkative(tmp, **tree))
        for host, (task, reason) in EXPECTED.items():
            check_failure(done.on(host, task), reason)
        assert {each.status for each in done.outcomes if each.host == "good"} == {"ok", "skipped"}
    hold_tongue(done, secrets)
    assert not watch.found, sorted(watch.found)
    assert any("--folder" in program for program in watch.programs) and watch.files > 5


def test_every_end_of_a_wait(leaf: Player, switch: Handle, tmp: Path, secrets: Secrets) -> None:
    """Refreshed and expired tokens, a reconnect, a dead listener, and Ctrl-C at the end."""
    with watched(leaf, secrets, tmp) as watch:
        blocked = "- name: blocked\n  nxapi.events.wait_for_interface: {name: Eth1/47, timeout: 50}\n"
        run = leaf.begin(
            ENDS + blocked.replace("blocked", "killed") + "  ignore_errors: true\n" + blocked,
            "-vvvvv",
            environment=talkative(tmp, ANSIBLE_CALLBACK_RESULT_FORMAT="yaml"),
        )
        run.see("Ethernet1/46: operSt down (want up)")
        switch.fault("expire-tokens")
        eventually(lambda: switch.stats()["logins"]["accepted"] == 2, "a new login")
        switch.set("sys/intf/phys-[eth1/46]/phys", operSt="up")
        run.see("Ethernet1/47: operSt")
        os.kill(run.listener(), signal.SIGKILL)
        run.see("Ethernet1/47: operSt", times=2)
        run.signal(signal.SIGINT)
        done = run.finish(None)
    for name in ("timeout", "fail_when", "impossible", "invalid", "rejected"):
        check_failure(done[name], name)
    check_failure(done["no such option"], "invalid", "passwort")
    check_failure(done["killed"], "listener")
    assert done.of("cut off")[0].status == "failed" and done["tokens end"]["reconnects"] == 1
    hold_tongue(done, secrets)
    assert len(secrets.names("token")) >= 3 and not watch.found, sorted(watch.found)


def test_a_password_from_the_environment_or_a_file_goes_no_further(
    player: Player, switch: Handle, variables: Variables, tmp_path: Path, tmp: Path, secrets: Secrets
) -> None:
    """Nor do modules get it that Ansible was told to leave on the disk, or the plain callbacks."""
    bare = {key: value for key, value in variables(switch).items() if key not in ("ansible_user", "ansible_password")}
    player.hosts(leaf1=bare)
    wordy = talkative(
        tmp, ANSIBLE_DEBUG="0", ANSIBLE_KEEP_REMOTE_FILES="1", ANSIBLE_STDOUT_CALLBACK="ansible.builtin.minimal"
    )
    (tmp_path / "password").write_text(PASSWORD)
    with watched(player, secrets, tmp) as watch:
        environment = {"NXAPI_USERNAME": "admin", "NXAPI_PASSWORD": PASSWORD, "ANSIBLE_NET_PASSWORD": WRONG}
        one = player.run(ALL, "-vvvvv", environment={**wordy, **environment})
        two = player.run(
            ALL.partition("- name: wait")[0],
            "-u",
            "admin",
            "--connection-password-file",
            str(tmp_path / "password"),
            environment=wordy,
        )
    for done in (one, two):
        assert {each.status for each in done.outcomes} <= {"ok", "skipped"}
        hold_tongue(done, secrets)
    assert not watch.found, sorted(watch.found)
    assert any("--folder" in program for program in watch.programs)
    assert any("AnsiballZ" in program for program in watch.programs), "a module was seen at work"
