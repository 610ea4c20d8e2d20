# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Beside cisco.nxos: its real collection and ours in one play, with one inventory, over SSH and over httpapi."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import yaml
from ansible.release import __version__ as core
from conftest import COLLECTION, Start
from failures import check_quiet
from playing import COLLECTIONS, Done, Player
from simulator.thread import Handle
from support.nxos_ssh import Ssh, ssh_to

sys.path.append(str(COLLECTION / "tests" / "tools"))
import peers

Variables = Callable[..., dict[str, Any]]

PORT = "sys/intf/phys-[eth1/1]"


@pytest.fixture(scope="session")
def beside() -> dict[str, str]:
    """The environment of a run that has cisco.nxos, of the release that belongs to this core."""
    others = peers.ensure(peers.release_for(core))
    return {"ANSIBLE_COLLECTIONS_PATH": f"{COLLECTIONS}:{others}"}


@pytest.fixture
def ssh(switch: Handle) -> Iterator[Ssh]:
    with ssh_to(switch) as made:
        yield made


@pytest.fixture
def network_cli(switch: Handle, ssh: Ssh, variables: Variables) -> dict[str, Any]:
    """The inventory of most shops: cisco.nxos over SSH. Ours asks the same host, user and password, at NX-API's port."""
    return variables(
        switch,
        ansible_connection="ansible.netcommon.network_cli",
        ansible_network_os="cisco.nxos.nxos",
        ansible_port=ssh.port,
        ansible_host_key_checking=False,
    )


CHANGE_BY_CLI = """
- name: version
  cisco.nxos.nxos_command: {commands: [show version, show inventory]}
- name: subscribe
  nxapi.events.subscription: {name: port, dn: "sys/intf/phys-[eth1/1]/phys"}
  register: before
- name: shut
  cisco.nxos.nxos_interfaces: {config: [{name: Ethernet1/1, enabled: false}], state: merged}
- name: down
  nxapi.events.wait_for_interface: {name: Ethernet1/1, state: down, timeout: 120}
- name: status
  cisco.nxos.nxos_command: {commands: [show interface status]}
- name: no shut
  cisco.nxos.nxos_config: {lines: [no shutdown], parents: interface Ethernet1/1}
- name: up
  nxapi.events.wait_for_interface: {name: Ethernet1/1, hold: 0.5, timeout: 120}
- name: seen
  nxapi.events.notification_info: {name: port, since: "{{ before.cursor }}"}
- name: read
  nxapi.events.mo_info: {dn: "sys/intf/phys-[eth1/1]"}
- name: configured
  cisco.nxos.nxos_interfaces: {state: gathered}
"""


PATIENT = 300.0
"""Seconds for a run with cisco.nxos: each of its tasks costs more of a processor than all of ours."""


def run(player: Player, tasks: str, environment: dict[str, str]) -> Done:
    return player.begin(tasks, environment=environment).finish(seconds=PATIENT)


def states(done: Done, task: str) -> list[str]:
    found = [each["attributes"].get("operSt") for each in done[task]["notifications"]]
    return [each for each in found if each]


def check_the_change(done: Done, switch: Handle) -> None:
    assert "NXOS: version" in done["version"]["stdout"][0]
    assert done["shut"]["changed"] and "disabled" in done["status"]["stdout"][0]
    assert states(done, "seen")[0] == "down" and states(done, "seen")[-1] == "up"
    mo = done["read"]["mos"][0]["attributes"]
    assert mo["adminSt"] == "up"
    ports = {each["name"]: each.get("enabled", True) for each in done["configured"]["gathered"]}
    assert ports["Ethernet1/1"] and not ports["Ethernet1/45"]
    check_quiet(done, switch.password)


def test_network_cli(
    player: Player, switch: Handle, ssh: Ssh, network_cli: dict[str, Any], beside: dict[str, str]
) -> None:
    player.hosts(leaf1=network_cli)
    check_the_change(run(player, CHANGE_BY_CLI, beside), switch)
    assert [each for each in ssh.typed if each.endswith("shutdown")] == ["shutdown", "no shutdown"]
    assert ssh.logins == ["admin"], "one SSH session, which our tasks between have left alone"
    assert switch.stats()["logins"]["tries"] == 1, "one session of NX-API"


def test_httpapi(player: Player, switch: Handle, variables: Variables, beside: dict[str, str]) -> None:
    """NX-API CLI and NX-API REST: one port, one user, one inventory."""
    over_http = {"ansible_connection": "ansible.netcommon.httpapi", "ansible_network_os": "cisco.nxos.nxos"}
    player.hosts(leaf1=variables(switch, **over_http))
    check_the_change(run(player, CHANGE_BY_CLI, beside), switch)
    by = switch.stats()["requests"]["by"]
    assert by["POST ins"] and by["POST aaaLogin"] == {"200": 1}


def persistent(player: Player) -> list[Path]:
    """What the helper processes of network_cli and httpapi leave while they live."""
    return list((player.home / ".ansible" / "pc").glob("*"))


ONLY_OURS = """
- name: read
  nxapi.events.mo_info: {dn: sys}
- name: up
  nxapi.events.wait_for_interface: {name: Eth1/1, timeout: 120}
- name: write
  nxapi.events.mo: {dn: "sys/intf/phys-[eth1/1]", class: l1PhysIf, attributes: {descr: "by {{ inventory_hostname }}"}}
- name: from localhost
  nxapi.events.mo_info: {dn: sys}
  delegate_to: localhost
- name: on another
  nxapi.events.mo_info: {dn: sys}
  delegate_to: leaf1
- name: once
  nxapi.events.mo_info: {dn: sys}
  run_once: true
"""


def test_our_tasks_use_no_connection_of_the_host(
    player: Player, switch: Handle, ssh: Ssh, network_cli: dict[str, Any], beside: dict[str, str]
) -> None:
    """Whatever the inventory says about it, and about Python and become there."""
    odd = {
        "ansible_python_interpreter": "/nowhere/python",
        "ansible_become": True,
        "ansible_become_method": "enable",
        "ansible_shell_type": "powershell",
        "ansible_shell_executable": "/isan/bin/vsh",
        "ansible_remote_tmp": "bootflash:/tmp",
        "ansible_pipelining": False,
    }
    kinds = ("ansible.netcommon.network_cli", "ansible.netcommon.httpapi", "ssh", "local", "ansible.netcommon.netconf")
    player.hosts(**{f"leaf{n}": {**network_cli, **odd, "ansible_connection": each} for n, each in enumerate(kinds, 1)})
    begun = player.begin(ONLY_OURS + "- name: over\n  ansible.builtin.debug:\n", environment=beside)
    begun.see("TASK [over]", seconds=PATIENT)
    assert persistent(player) == []
    done = begun.finish(seconds=PATIENT)
    assert {each.status for each in done.outcomes} == {"ok"} and len(done.outcomes) == 6 * len(kinds) + 1
    assert player.adhoc("-m", "nxapi.events.mo_info", "-a", "dn=sys", environment=beside).rc == 0
    assert ssh.logins == []
    check_quiet(done, switch.password)


def test_the_facts_of_cisco_nxos(
    player: Player, switch: Handle, network_cli: dict[str, Any], beside: dict[str, str]
) -> None:
    """``gather_facts: true`` runs nxos_facts for such a host; a wait reads what it left."""
    player.hosts(leaf1=network_cli)
    tasks = """
    - name: facts
      ansible.builtin.gather_facts:
    - ansible.builtin.meta: reset_connection
    - name: named
      nxapi.events.wait_for_mo: {dn: sys, until: {name: "{{ ansible_facts.net_hostname }}"}, timeout: 120}
    - name: after a reset of the connection
      cisco.nxos.nxos_command: {commands: [show hostname]}
    """
    done = run(player, tasks, beside)
    assert done["named"]["mos"][0]["attributes"]["name"] == "leaf1"
    assert done["after a reset of the connection"]["stdout"] == ["leaf1"]


def test_a_command_that_the_switch_refuses(
    player: Player, switch: Handle, network_cli: dict[str, Any], beside: dict[str, str]
) -> None:
    """The failure is that of cisco.nxos, and rescue can wait."""
    player.hosts(leaf1=network_cli)
    tasks = """
    - block:
        - name: refused
          cisco.nxos.nxos_config: {lines: [no such command], parents: interface Ethernet1/1}
      rescue:
        - name: still up
          nxapi.events.wait_for_interface: {name: Ethernet1/1, timeout: 120}
    """
    done = run(player, tasks, beside)
    assert "Invalid command" in done["refused"]["msg"] and done["still up"]["met"]


def test_an_idle_connection_of_cisco_nxos_may_end_during_a_wait(
    player: Player, ssh: Ssh, network_cli: dict[str, Any], beside: dict[str, str]
) -> None:
    player.hosts(leaf1=network_cli)
    tasks = """
    - cisco.nxos.nxos_command: {commands: [show hostname]}
    - nxapi.events.wait_for_interface: {name: Ethernet1/1, hold: 7, timeout: 60}
    - name: hostname
      cisco.nxos.nxos_command: {commands: [show hostname]}
    """
    done = run(player, tasks, {**beside, "ANSIBLE_PERSISTENT_CONNECT_TIMEOUT": "5"})
    assert done["hostname"]["stdout"] == ["leaf1"] and len(ssh.logins) == 2


PAGE = (COLLECTION / "docs" / "docsite" / "rst" / "howto_beside.rst").read_text()
BLOCKS = [
    (kind, dedent(text)) for kind, text in re.findall(r"^\.\. code-block:: (\w+)\n\n((?:    .*\n|\n)+)", PAGE, re.M)
]
FILES = {text.splitlines()[0].removeprefix("# "): text for kind, text in BLOCKS if kind == "yaml"}
COMMANDS = [line[2:] for kind, text in BLOCKS if kind == "console" for line in text.splitlines() if line]
VAULT = "group_vars/switches/vault.yml"
PLAYBOOKS = [name for name in FILES if name not in ("inventory.yml", VAULT)]


def written(folder: Path, switches: dict[str, tuple[Handle, Ssh]]) -> None:
    """The files of the page, with what cannot be the same on simulated switches replaced."""
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    found = yaml.safe_load(FILES["inventory.yml"])
    group = found["all"]["children"]["switches"]
    assert group["hosts"].keys() == switches.keys()
    for name, (switch, ssh) in switches.items():
        place = {"ansible_host": switch.host, "ansible_port": ssh.port, "ansible_httpapi_port": switch.port}
        group["hosts"][name].update({**place, "ansible_httpapi_ca_path": switch.ca_path})
    group["vars"]["ansible_host_key_checking"] = False
    (folder / "inventory.yml").write_text(yaml.safe_dump(found))
    (folder / VAULT).write_text(FILES[VAULT].replace("the password of admin", "Sim-pass-1"))
    (folder / "vault-password").write_text("open")


def test_the_page(player: Player, start: Start, beside: dict[str, str]) -> None:
    """Each command of it, then each playbook that no command plays, on switches with TLS."""
    with ExitStack() as stack:
        handles = {name: start(tls=True) for name in ("leaf1", "leaf2")}
        switches = {name: (each, stack.enter_context(ssh_to(each))) for name, each in handles.items()}
        written(player.folder, switches)
        commands = [*COMMANDS]
        played = " ".join(COMMANDS)
        options = "-i inventory.yml --vault-password-file vault-password"
        commands += [f"ansible-playbook {options} {name}" for name in PLAYBOOKS if name not in played]
        assert len(commands) == len(PLAYBOOKS) + 1
        for line in commands:
            (player.folder / "results.jsonl").unlink(missing_ok=True)
            done = player.command(shlex.split(line), player.folder, beside).finish(seconds=PATIENT)
            check_quiet(done, "Sim-pass-1")
            if line.startswith("ansible-playbook"):
                plays = yaml.safe_load(FILES[line.split()[-1]])
                tasks = {
                    task["name"] for play in plays for each in ("tasks", "handlers") for task in play.get(each, ())
                }
                assert tasks == {each.task for each in done.outcomes}, line
        assert (player.folder / VAULT).read_text().startswith("$ANSIBLE_VAULT")
        assert all(ssh.typed.count("shutdown") == 1 for _switch, ssh in switches.values())
