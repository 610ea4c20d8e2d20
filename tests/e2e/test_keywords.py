# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keywords of tasks, plays and playbooks that people put around ours; more of them are in test_variables.py."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret
from conftest import Start
from failures import check_failure, check_quiet
from playing import PATIENCE, Done, Player
from simulator.thread import Handle

Variables = Callable[..., dict[str, Any]]

PORT = "sys/intf/phys-[eth1/1]"


@pytest.fixture
def two(player: Player, start: Start, variables: Variables) -> tuple[Handle, Handle]:
    """Switches with names of their own, as leaf1 and leaf2."""
    switches = start(), start(user=("eve:Eve-pass-1:read-only",))
    for name, each in zip(("first", "second"), switches, strict=True):
        each.set("sys", name=name)
    player.hosts(leaf1=variables(switches[0]), leaf2=variables(switches[1]))
    return switches


def play(player: Player, text: str, *arguments: str, rc: int | None = 0, **environment: str) -> Done:
    """A run of a whole playbook."""
    folder = player._new_folder()
    (folder / "play.yml").write_text(dedent(text))
    return player.command(["ansible-playbook", "play.yml", *arguments], folder, environment).finish(rc)


TASKS_OF_ALL_KINDS = """
- name: All kinds
  hosts: all
  strategy: free
  gather_facts: false
  become: true
  collections: [nxapi.events]
  environment: {NXAPI_PASSWORD: not-the-password, http_proxy: "http://127.0.0.1:9"}
  module_defaults:
    group/nxapi.events.all: {request_timeout: 20}
    nxapi.events.wait_for_interface: {timeout: 20, state: up}
  vars:
    the_port: Ethernet1/1
    ports: [{port: Eth1/2, want: up}, {port: eth1/45, want: down}]
  handlers:
    - name: Back up
      wait_for_interface: {name: "{{ the_port }}"}
      listen: port changed
  tasks:
    - name: "shut {{ the_port }}"
      mo: {dn: "{{ the_port | nxapi.events.interface_dn }}", class: l1PhysIf, attributes: {adminSt: down, descr: "{{ item }}"}}
      loop: ["{{ the_port }} of {{ inventory_hostname }}"]
      notify: port changed
    - name: each port
      wait_for_interface: {name: "{{ item.port }}", state: "{{ item.want }}"}
      loop: "{{ ports }}"
      loop_control: {label: "port {{ item.port }}", pause: 0.1}
      register: each_port
      throttle: 1
      tags: some
    - name: of the loop
      ansible.builtin.debug: {msg: "{{ each_port.results | map(attribute='met') | list }}"}
      tags: some
    - name: of all switches
      mo_info: {dn: sys}
      delegate_to: "{{ item }}"
      loop: "{{ groups.all }}"
    - name: local action
      local_action: nxapi.events.mo_info dn=sys
    - name: old syntax
      action: nxapi.events.wait_for_interface name=Eth1/2,Eth1/3 match=any
    - name: would change
      mo: {dn: "{{ the_port | nxapi.events.interface_dn }}", class: l1PhysIf, attributes: {descr: other}}
      check_mode: true
      diff: true
    - name: would wait
      wait_for_interface: {name: Eth1/47}
      check_mode: true
    - name: in the background
      wait_for_interface: {name: "{{ the_port }}"}
      async: 60
      poll: 0
      ignore_errors: true
    - name: in its own words
      wait_for_interface: {name: Eth1/45, timeout: 0.3}
      register: own
      failed_when: own.reason | default('') not in ['timeout', '']
      changed_when: own.total == 1
    - name: no shut
      mo: {dn: "{{ the_port | nxapi.events.interface_dn }}", class: l1PhysIf, attributes: {adminSt: up}}
      notify: port changed
"""


def test_tasks_of_all_kinds(player: Player, two: tuple[Handle, Handle]) -> None:
    done = play(player, TASKS_OF_ALL_KINDS)
    for name, host in (("first", "leaf1"), ("second", "leaf2")):
        assert done.on(host, "each port")["results"][1]["met"] and done.on(host, "of the loop")["msg"] == [True, True]
        found = [each["mos"][0]["attributes"]["name"] for each in done.on(host, "of all switches")["results"]]
        assert found == ["first", "second"]
        assert done.on(host, "local action")["mos"][0]["attributes"]["name"] == name
        assert done.on(host, "old syntax")["total"] == 2
        assert done.on(host, "would change")["changed"] and done.on(host, "would wait")["met"] is False
        background = next(each for each in done.of("in the background") if each.host == host)
        assert background.status == "failed" and "async" in background.result["msg"]
        assert done.on(host, "in its own words")["changed"]
        assert done.on(host, "Back up")["met"]
    assert [each.call(lambda switch: switch.tree.get(PORT).attributes["descr"]) for each in two] == [  # type: ignore[union-attr]
        "Ethernet1/1 of leaf1",
        "Ethernet1/1 of leaf2",
    ]
    assert "(item=port eth1/45)" in done.stdout and "+" in done.stdout
    assert [each.stats()["logins"]["tries"] for each in two] == [1, 1]
    check_quiet(done, two[0].password)


def test_tags(player: Player, two: tuple[Handle, Handle]) -> None:
    done = play(player, TASKS_OF_ALL_KINDS, "--tags", "some", "-l", "leaf1")
    assert {each.task for each in done.outcomes} == {"each port", "of the loop"}


SEVERAL_PLAYS = """
- name: One after the other
  hosts: all
  serial: 1
  gather_facts: false
  remote_user: eve
  tasks:
    - name: as the user of the task
      nxapi.events.mo_info: {dn: sys}
      vars: {ansible_user: eve, ansible_password: Eve-pass-1}
      when: inventory_hostname == 'leaf2'
- name: Wait for one interface
  ansible.builtin.import_playbook: nxapi.events.wait_for_interface
  vars: {interface: "Ethernet1/{{ 1 + 1 }}", target: leaf1}
- name: A role in a loop
  hosts: leaf1
  gather_facts: false
  tasks:
    - name: What is to be back
      ansible.builtin.include_role: {name: nxapi.events.converged}
      loop: [{interfaces: Ethernet1/1}, {vlans: [100]}]
      loop_control: {loop_var: wanted}
      vars: {converged_wanted: "{{ wanted }}", converged_timeout: 20}
- name: Until one fails
  hosts: all
  gather_facts: false
  any_errors_fatal: true
  tasks:
    - name: fails on one
      nxapi.events.wait_for_interface: {name: "{{ {'leaf1': 'Eth1/1', 'leaf2': 'Eth1/45'}[inventory_hostname] }}", timeout: 0.3}
    - name: never
      ansible.builtin.debug:
"""


def test_several_plays(player: Player, two: tuple[Handle, Handle]) -> None:
    done = play(player, SEVERAL_PLAYS, rc=None)
    assert done.rc != 0
    assert done.on("leaf2", "as the user of the task")["mos"]
    assert two[1].stats()["logins"]["users"]["eve"]["accepted"] == 1
    assert done["Wait"]["host"] == "leaf1" and done["Wait"]["mos"][0]["dn"] == "sys/intf/phys-[eth1/2]/phys"
    waits = [each.result for each in done.outcomes if each.task == "Wait until all of it is there"]
    assert len(waits) == 2 and all(each["met"] for each in waits), done.stdout
    assert done.on("leaf1", "fails on one")["met"]
    check_failure(done.on("leaf2", "fails on one"), "timeout", "leaf2", "1/45")
    assert done.of("never") == []


def typed(player: Player, prompt: str, answer: str) -> tuple[int, str]:
    """A run of play.yml in a terminal, where somebody answers the prompt once it is there."""
    ours, theirs = pty.openpty()
    command = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", str(player.inventory), "play.yml"]
    process = subprocess.Popen(
        command,
        cwd=player.folder,
        env=player.environment(player.folder, {}),
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    os.close(theirs)
    watchdog = threading.Timer(PATIENCE, process.kill)
    watchdog.start()
    text = ""
    with process:
        assert process.stdout is not None
        while not text.endswith(prompt) and (character := process.stdout.read(1)):
            text += character
        os.write(ours, f"{answer}\n".encode())
        text += process.stdout.read()
    watchdog.cancel()
    os.close(ours)
    return process.returncode, text


def test_a_password_that_is_asked_for(player: Player, switch: Handle, variables: Variables) -> None:
    found = variables(switch)
    password = found.pop("ansible_password")
    player.hosts(leaf1=found)
    (player.folder / "play.yml").write_text(
        dedent("""
        - hosts: all
          gather_facts: false
          vars_prompt: [{name: ansible_password, prompt: Password of the switches, private: true}]
          tasks: [{nxapi.events.wait_for_interface: {name: Eth1/1, timeout: 20}}]
        """)
    )
    rc, text = typed(player, "switches: ", password)
    assert rc == 0 and password not in text, text
    assert switch.stats()["logins"]["tries"] == 1


LOCKED = "- name: locked\n  nxapi.events.mo_info: {dn: sys}\n  ignore_errors: true\n"


def test_vaults(player: Player, switch: Handle, variables: Variables, tmp_path: Path) -> None:
    """A whole file of variables, and a single one; each with the password of the vault and without."""
    found = variables(switch)
    password = found.pop("ansible_password")
    player.hosts(leaf1={**found, "ansible_password": "{{ vault_password }}"}, leaf2=found)
    vault = VaultLib([("default", VaultSecret(b"open"))])
    opener = tmp_path / "opener"
    opener.write_text("open\n")
    files = tmp_path / "host_vars"
    for name in ("leaf1", "leaf2"):
        (files / name).mkdir(parents=True)
    (files / "leaf1" / "vault.yml").write_bytes(vault.encrypt(f"vault_password: {password}\n"))
    lines = vault.encrypt(password).decode().splitlines()
    (files / "leaf2" / "vars.yml").write_text("ansible_password: !vault |\n" + "".join(f"  {each}\n" for each in lines))
    done = player.run(LOCKED, "--vault-password-file", str(opener))
    assert {each.status for each in done.outcomes} == {"ok"} and len(done.outcomes) == 2
    tries = switch.stats()["logins"]["tries"]
    done = player.run(LOCKED, "-l", "leaf2", rc=None)
    if "reason" in done["locked"]:
        check_failure(done["locked"], "invalid", "leaf2", "ansible_password", "vault password")
    else:  # ansible-core 2.19 and newer say it before the task is run
        assert "no vault secrets found" in done["locked"]["msg"] and "\n" not in done["locked"]["msg"]
    whole_file = player.run(LOCKED, "-l", "leaf1", rc=None)
    assert whole_file.rc != 0 and "vault" in whole_file.text
    check_quiet(whole_file, password)
    assert switch.stats()["logins"]["tries"] == tries
