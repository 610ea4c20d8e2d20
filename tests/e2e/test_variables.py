# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the connection comes from, and how the tasks behave under the keywords and commands of Ansible."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret
from conftest import Start
from failures import check_failure, check_quiet
from playing import Player
from simulator.thread import Handle

READ = "- name: read\n  nxapi.events.mo_info: {dn: sys}\n"
USERS = ("ann:Ann-pass-1", "ben:Ben-pass-1", "eve:Eve-pass-1:read-only")

Variables = Callable[..., dict[str, Any]]


@pytest.fixture
def switch(start: Start) -> Handle:
    return start(user=USERS)


def users(switch: Handle) -> dict[str, int]:
    return {name: each["accepted"] for name, each in switch.stats()["logins"]["users"].items()}


def bare(variables: dict[str, Any], **more: object) -> dict[str, object]:
    """The variables of a switch without a user."""
    return {key: value for key, value in variables.items() if key not in ("ansible_user", "ansible_password")} | more


def vaulted(text: str, folder: Path) -> tuple[str, str]:
    """The YAML of the encrypted text, and the file with the password of the vault."""
    file = folder / "vault-password"
    file.write_text("open")
    lines = VaultLib([("default", VaultSecret(b"open"))]).encrypt(text).decode().splitlines()
    return "!vault |\n" + "".join(f"  {line}\n" for line in lines), str(file)


def test_the_inventory_and_the_task(player: Player, switch: Handle, variables: Variables, tmp_path: Path) -> None:
    open_to_all = bare(variables(switch))
    unnamed = {key: value for key, value in open_to_all.items() if key != "ansible_host"}
    player.hosts(
        **{
            "last_one_wins": {**open_to_all, "ansible_user": "ann", "ansible_password": "x", "ansible_httpapi_pass": "y",
                              "ansible_httpapi_password": "Ann-pass-1", "ansible_port": 22, "ansible_become": True},
            "a_template": {**open_to_all, "ansible_user": "{{ who }}", "ansible_password": "{{ lookup('vars', 'sesame') }}",
                           "who": "ann", "sesame": "Ann-pass-1"},
            "in_a_vault": {**open_to_all, "ansible_user": "ben"},
            "of_the_task": {**open_to_all, "ansible_user": "nobody", "ansible_password": "Nothing-1",
                            "task": {"username": "ben", "password": "Ben-pass-1"}},
            "127.0.0.1": {**unnamed, "ansible_user": "eve", "ansible_httpapi_pass": "Eve-pass-1"},
        }
    )  # fmt: skip
    secret, password_file = vaulted("Ben-pass-1", tmp_path)
    (tmp_path / "host_vars").mkdir()
    (tmp_path / "host_vars" / "in_a_vault.yml").write_text(f"ansible_password: {secret}")
    tasks = """
    - name: read
      nxapi.events.mo_info:
        dn: sys
        username: "{{ task.username | default(omit) }}"
        password: "{{ task.password | default(omit) }}"
    """
    done = player.run(tasks, "--vault-password-file", password_file, "-vvvvv")
    assert {each.status for each in done.outcomes} == {"ok"} and len(done.outcomes) == 5
    assert users(switch) == {"ann": 1, "ben": 1, "eve": 1}, "the same connection is the same session"
    check_quiet(done, "Ann-pass-1", "Ben-pass-1", "Eve-pass-1")
    done = player.run(READ, "-l", "in_a_vault", rc=2)
    assert done.of("read")[0].status == "failed" and "Ben-pass-1" not in done.text
    assert switch.stats()["logins"]["refused"] == 0


def test_module_defaults_and_the_command_line(
    player: Player, switch: Handle, variables: Variables, tmp_path: Path
) -> None:
    player.hosts(leaf1=bare(variables(switch)))
    group = "module_defaults:\n  group/nxapi.events.all: {username: ann, password: '{{ sesame }}'}\n"
    player.run(
        READ + "- name: up\n  nxapi.events.wait_for_interface: {name: Eth1/1, timeout: 10}\n",
        "-e",
        "sesame=Ann-pass-1",
        play=group,
    )
    assert users(switch) == {"ann": 1}
    password = tmp_path / "password"
    password.write_text("Ben-pass-1\n")
    player.run(READ, "-u", "ben", "--connection-password-file", str(password))
    assert users(switch) == {"ann": 1, "ben": 1}
    player.hosts(leaf1=bare(variables(switch), ansible_user="eve"))
    password.write_text("Eve-pass-1\n")
    done = player.adhoc("-m", "nxapi.events.mo_info", "-a", "dn=sys", "--connection-password-file", str(password))
    assert users(switch) == {"ann": 1, "ben": 1, "eve": 1}
    check_quiet(done, "Eve-pass-1")


def test_the_environment(player: Player, switch: Handle) -> None:
    """For localhost, as in a test bed: everything comes from there. It stays out of the listener's own environment."""
    player.hosts(localhost={"ansible_connection": "local"})
    place = {
        "NXAPI_HOST": switch.host,
        "NXAPI_PORT": str(switch.port),
        "NXAPI_USE_SSL": "no",
        "NXAPI_VALIDATE_CERTS": "no",
    }
    ann = {"NXAPI_USERNAME": "ann", "NXAPI_PASSWORD": "Ann-pass-1"}
    ben = {"ANSIBLE_NET_USERNAME": "ben", "ANSIBLE_NET_PASSWORD": "Ben-pass-1"}
    player.run(READ, environment={**place, **ben})
    assert users(switch) == {"ben": 1}
    done = player.run(READ, "-vvvvv", environment={**place, **ann, **ben})
    assert users(switch) == {"ben": 1, "ann": 1}
    check_quiet(done, "Ann-pass-1", "Ben-pass-1")
    player.run(READ, rc=2, environment={**place, "NXAPI_PASSWORD": "Ann-pass-1", "ANSIBLE_NET_USERNAME": "ben"})
    assert switch.stats()["logins"]["tries"] == 2, "a password is not tried with a user that it was not meant for"


KEYWORDS = """
- name: to localhost
  nxapi.events.mo_info: {dn: sys}
  delegate_to: localhost
- name: to the other
  nxapi.events.mo_info: {dn: sys}
  delegate_to: "{{ {'leaf1': 'leaf2', 'leaf2': 'leaf1'}[inventory_hostname] }}"
- name: a wait on the other
  nxapi.events.wait_for_mo: {dn: sys, until: {name: second}, timeout: 10}
  delegate_to: leaf2
- name: once
  nxapi.events.wait_for_interface: {name: Eth1/1, timeout: 10}
  run_once: true
- name: loop
  nxapi.events.wait_for_interface: {name: "{{ item }}", timeout: 10}
  loop: [Eth1/1, Eth1/2]
- name: asynchronous
  nxapi.events.wait_for_interface: {name: Eth1/1, timeout: 10}
  async: 30
  poll: 1
  ignore_errors: true
- name: retried
  nxapi.events.wait_for_interface: {name: Eth1/45, timeout: 0.2}
  register: retried
  until: retried is success
  retries: 1
  delay: 0
  ignore_errors: true
- name: rescued
  block:
    - name: fails
      nxapi.events.wait_for_interface: {name: Eth1/45, timeout: 0.2}
  rescue:
    - name: rescue
      ansible.builtin.debug: {msg: "{{ ansible_failed_result.reason }}"}
"""


def test_delegation_loops_and_strategies(player: Player, start: Start, variables: Variables) -> None:
    first, second = start(), start()
    first.set("sys", name="first")
    second.set("sys", name="second")
    player.hosts(leaf1=variables(first), leaf2=variables(second))
    done = player.run(KEYWORDS, play="strategy: host_pinned")
    names = {host: done.on(host, "to localhost")["mos"][0]["attributes"]["name"] for host in ("leaf1", "leaf2")}
    assert names == {"leaf1": "first", "leaf2": "second"}
    names = {host: done.on(host, "to the other")["mos"][0]["attributes"]["name"] for host in ("leaf1", "leaf2")}
    assert names == {"leaf1": "second", "leaf2": "first"}
    assert {each.result["host"] for each in done.of("a wait on the other")} == {"leaf2"}
    assert [len(each.result["results"]) for each in done.of("loop")] == [2, 2]
    for each in done.of("asynchronous"):
        assert each.status == "failed" and "async" in each.result["msg"] and "Traceback" not in str(each.result)
    assert [each.result["reason"] for each in done.of("retried")] == ["timeout", "timeout"]
    assert [each.result["msg"] for each in done.of("rescue")] == ["timeout", "timeout"]
    assert [switch.stats()["logins"]["tries"] for switch in (first, second)] == [1, 1]


def test_ad_hoc_and_free(leaf: Player, switch: Handle) -> None:
    done = leaf.adhoc("-m", "nxapi.events.wait_for_interface", "-a", "name=Eth1/1,Eth1/2 timeout=10")
    assert done.rc == 0 and "matched" in done.stdout
    done = leaf.adhoc("-m", "nxapi.events.mo_info", "-a", "class=noSuchClass", rc=2)
    assert "rejected" in done.stdout and "Traceback" not in done.text
    check_quiet(done, switch.password)


def test_no_log_prints_counts_only(leaf: Player, switch: Handle) -> None:
    run = leaf.begin(
        """
        - name: secret
          nxapi.events.wait_for_interface: {name: "{{ two }}", timeout: 20}
          no_log: true
        - name: failed in secret
          nxapi.events.wait_for_interface: {name: "{{ one }}", timeout: 0.3}
          no_log: true
          ignore_errors: true
        """,
        "-e",
        '{"two": ["Eth1/45", "Eth1/46"], "one": "Eth1/47"}',
    )
    run.see("0 matched")
    switch.set("sys/intf/phys-[eth1/45]/phys", operSt="up")
    run.see("1 matched")
    switch.set("sys/intf/phys-[eth1/46]/phys", operSt="up")
    done = run.finish()
    lines = [line for _at, line in run.lines if line.startswith("leaf1")]
    assert len(lines) > 5 and not any(word in line for line in lines for word in ("1/4", "operSt", "xcvr")), lines
    assert "censored" in str(done["secret"]) and "censored" in str(done["failed in secret"])


def test_a_bad_vault_in_a_task(leaf: Player, switch: Handle, tmp_path: Path) -> None:
    secret, _file = vaulted("Sim-pass-1", tmp_path)
    done = leaf.run(
        "- name: locked\n  nxapi.events.mo_info:\n    dn: sys\n    password: "
        + secret.replace("\n  ", "\n      ").rstrip()
        + "\n  ignore_errors: true\n"
    )
    locked = done.of("locked")[0]
    assert locked.status == "failed" and "Traceback" not in done.text and switch.stats()["logins"]["tries"] == 0
    if "reason" in locked.result:
        check_failure(locked.result, "invalid", "vault")
