# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The option hosts: one task that waits on many switches, each with its own variables."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import Start
from playing import Player, eventually, listeners
from simulator.thread import Handle

PORT = "sys/intf/phys-[eth1/1]/phys"
SECRET = "Wrong-4711-word"

Variables = Callable[..., dict[str, Any]]

ALL = """
- name: wait
  nxapi.events.wait_for_interface:
    hosts: "{{ ansible_play_hosts_all }}"
    name: Eth1/1
    state: down
    timeout: 30
  run_once: true
"""


def with_options(**options: object) -> str:
    return ALL.replace(
        "    timeout: 30\n", "".join(f"    {name}: {value}\n" for name, value in {"timeout": 30, **options}.items())
    )


def reads(switch: Handle) -> int:
    by = switch.stats()["requests"]["by"]
    return sum(sum(each.values()) for name, each in by.items() if name in ("GET mo", "GET class"))


@pytest.fixture
def fleet(player: Player, start: Start, variables: Variables) -> list[Handle]:
    """Four switches, each with a password of its own."""
    switches = [start(password=f"Pass-{number}-word") for number in range(1, 5)]
    player.hosts(**{f"leaf{number}": variables(each) for number, each in enumerate(switches, 1)})
    return switches


def test_one_task_waits_for_all_with_the_variables_of_each(player: Player, fleet: list[Handle]) -> None:
    run = player.begin(ALL)
    run.see("4 switches: waiting for operSt down on all of them, at most 30 s")
    eventually(lambda: all(reads(switch) for switch in fleet), "all of them being read")
    run.see("0 of 4 switches done, slowest: leaf")
    for switch in fleet[:3]:
        switch.set(PORT, operSt="down")
    run.see("3 of 4 switches done, slowest: leaf4 Ethernet1/1 operSt up (want down)")
    assert len(listeners(player.home)) == 1
    fleet[3].set(PORT, operSt="down")
    run.see("4 of 4 switches done after")
    done = run.finish()["wait"]
    assert done["met"] and done["total"] == done["needed"] == 4
    assert (
        done["done_hosts"] == ["leaf1", "leaf2", "leaf3", "leaf4"]
        and not done["failed_hosts"]
        and not done["pending_hosts"]
    )
    for name in done["done_hosts"]:
        one = done["hosts"][name]
        assert one["met"] and one["host"] == name and one["mos"][0]["attributes"]["operSt"] == "down"
        assert [row["to"] for row in one["transitions"] if row["attribute"] == "operSt"] == ["down"]
    assert [switch.stats()["logins"]["accepted"] for switch in fleet] == [1, 1, 1, 1]


def test_a_quorum_goes_on_without_the_stragglers_and_leaves_nothing_waiting(
    player: Player, fleet: list[Handle]
) -> None:
    for switch in fleet[:3]:
        switch.set(PORT, operSt="down")
    done = player.run(with_options(quorum="70%"))["wait"]
    assert done["met"] and done["needed"] == 3 and done["pending_hosts"] == ["leaf4"]
    straggler = done["hosts"]["leaf4"]
    assert not straggler["met"] and "failed" not in straggler
    assert straggler["total"] == 0 or straggler["unmatched"]["count"] == 1


def test_a_failure_names_the_stragglers_by_their_reasons(player: Player, start: Start, variables: Variables) -> None:
    good, up, wrong = (start() for _each in range(3))
    good.set(PORT, operSt="down")
    player.hosts(
        leaf1=variables(good),
        leaf2=variables(up),
        leaf3=variables(wrong, ansible_password=SECRET),
        leaf4={**variables(up), "ansible_password": "{{ nowhere }}", "ansible_httpapi_port": 1},
    )
    run = player.run(with_options(timeout=3), "-vvv", rc=2)
    done = run["wait"]
    assert (done["done_hosts"], done["failed_hosts"]) == (["leaf1"], ["leaf2", "leaf3", "leaf4"])
    assert {name: one.get("reason") for name, one in done["hosts"].items()} == {
        "leaf1": None,
        "leaf2": "timeout",
        "leaf3": "login",
        "leaf4": "invalid",
    }
    assert done["msg"].startswith("1 of 4 switches done after 3 s. ")
    assert "timeout on 1: leaf2 (Ethernet1/1 operSt up (want down)" in done["msg"]
    assert (
        "login on 1: leaf3 (" in done["msg"]
        and "invalid on 1: leaf4 (the variable ansible_password cannot be resolved" in done["msg"]
    )
    assert done["reason"] in ("timeout", "login", "invalid") and "\n" not in done["msg"]
    assert SECRET not in run.text
    assert wrong.stats()["logins"]["tries"] == 1


def test_max_failures_ends_it_early(player: Player, fleet: list[Handle], variables: Variables) -> None:
    gone = {f"leaf{number}": variables(each, ansible_password=SECRET) for number, each in enumerate(fleet, 1)}
    player.hosts(**{**gone, "leaf4": variables(fleet[3])})
    run = player.run(with_options(max_failures=1), rc=2)
    done = run["wait"]
    assert (
        run.seconds < 25 and len(done["failed_hosts"]) > 1 and "More than 1 have failed (max_failures)" in done["msg"]
    )


def test_check_mode_reads_each_once(player: Player, fleet: list[Handle]) -> None:
    fleet[0].set(PORT, operSt="down")
    done = player.run(with_options(quorum=2), "--check")["wait"]
    assert not done["met"] and done["done_hosts"] == ["leaf1"] and done["pending_hosts"] == ["leaf2", "leaf3", "leaf4"]
    assert all(switch.stats()["sockets"]["opened"] == 0 for switch in fleet)


def test_a_vaulted_password_of_the_group_is_opened_once(
    player: Player, start: Start, variables: Variables, tmp_path: Path
) -> None:
    switches = [start() for _each in range(3)]
    for switch in switches:
        switch.set(PORT, operSt="down")
    inventory = player.hosts(
        **{
            f"leaf{number}": {k: v for k, v in variables(each).items() if k != "ansible_password"}
            for number, each in enumerate(switches)
        }
    )
    secret = tmp_path / "vault-password"
    secret.write_text("open sesame")
    command = [
        str(Path(sys.executable).with_name("ansible-vault")),
        "encrypt_string",
        "--vault-password-file",
        str(secret),
    ]
    environment = player.environment(tmp_path, {})
    text = subprocess.run(
        [*command, switches[0].password], capture_output=True, text=True, check=True, env=environment
    ).stdout
    shown = yaml.safe_load(inventory.read_text())
    indented = "\n".join("        " + line.strip() for line in text.splitlines()[1:])
    inventory.write_text(yaml.safe_dump(shown) + f"  vars:\n    ansible_password: !vault |\n{indented}\n")
    done = player.run(ALL, "--vault-password-file", str(secret))
    assert done["wait"]["met"] and switches[0].password not in done.text


ROLE = """
- ansible.builtin.include_role: {name: nxapi.events.converged}
  vars:
    converged_hosts: "{{ ansible_play_hosts_all }}"
    converged_quorum: 75%
    converged_timeout: 30
    converged_wanted: WANTED
"""
ONCE = "Wait until all of it is there"


def test_the_role_converged_waits_for_many_in_one_task(player: Player, fleet: list[Handle]) -> None:
    fleet[1].set("sys/ch/ftslot-2/ft", operSt="absent")
    done = player.run(ROLE.replace("WANTED", "[fans, {bgp_peers: 2}]"))
    assert len(done.of(ONCE)) == 1 and done[ONCE]["met"] and done[ONCE]["needed"] == 3
    assert len(done[ONCE]["done_hosts"]) >= 3 and "leaf2" not in done[ONCE]["done_hosts"]
    done = player.run(ROLE.replace("WANTED", "[reloaded]"), rc=2)
    assert "it does not go with converged_hosts" in done["Check that it can be told of many switches"]["msg"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"quorum": 9}, "quorum is 9, but hosts names only 4"),
        ({"quorum": "half"}, "quorum takes 'all', 'any', a number from 1 or a percentage"),
        ({"max_failures": "some"}, "max_failures takes a number from 0 or a percentage"),
        ({"concurrency": 0}, "concurrency takes a number of switches from 1"),
        ({"host": "192.0.2.1"}, "host and hosts contradict each other"),
        ({"hosts": "[]"}, "hosts names no switch"),
        ({"hosts": "[leaf1, leaf9]"}, "there is no host leaf9 in the inventory"),
        ({"hosts": "[all]"}, "for the hosts of that group give groups['all']"),
    ],
)
def test_bad_options_are_told_in_one_sentence(
    player: Player, fleet: list[Handle], options: dict[str, object], words: str
) -> None:
    tasks = with_options(**options)
    if "hosts" in options:
        tasks = tasks.replace('    hosts: "{{ ansible_play_hosts_all }}"\n', "")
    done = player.run(tasks, rc=2)["wait"]
    assert done["reason"] == "invalid" and words.lower() in done["msg"].lower() and "\n" not in done["msg"]
    assert not any(switch.stats()["logins"]["tries"] for switch in fleet)


def test_without_run_once_or_hosts_it_says_so(player: Player, fleet: list[Handle]) -> None:
    done = player.run(ALL.replace("  run_once: true\n", ""), rc=2)
    assert all("give it run_once: true" in each.result["msg"] for each in done.of("wait"))
    done = player.run("- name: wait\n  nxapi.events.wait_for_interface: {name: Eth1/1, quorum: 2}\n", rc=2)
    assert all("quorum has a meaning only beside hosts" in each.result["msg"] for each in done.of("wait"))


def test_an_interrupted_run_releases_all(player: Player, fleet: list[Handle]) -> None:
    run = player.begin(ALL)
    eventually(lambda: all(switch.stats()["sockets"]["open"] == 1 for switch in fleet), "all sockets")
    run.signal(signal.SIGINT)
    run.finish(rc=None)
    eventually(lambda: not any(switch.stats()["sockets"]["open"] for switch in fleet), "their end")
