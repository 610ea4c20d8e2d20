# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role converged and the playbook of that name, against a simulated switch."""

from __future__ import annotations

import json

from playing import Player, eventually
from simulator.thread import Handle

PEER = "sys/bgp/inst/dom-default/peer-[172.20.0.9]/ent-[172.20.0.9]"

ALL = """
- name: Wait until the maintenance is over
  ansible.builtin.include_role:
    name: nxapi.events.converged
  vars:
    converged_timeout: TIMEOUT
    converged_wanted:
      - interfaces: [Eth1/1, Po10, nve1, mgmt0]
      - svis: [100]
      - port_channels: [Po10]
        members: 2
      - vlans: [100, 200]
      - lacp_members: all
      - bgp_peers: 3
        vrf: default
      - ospf_neighbors: all
      - vpc_peer
      - vpcs: [10]
      - nve_peers: all
      - line_cards: all
      - supervisors
      - fans: all
      - power_supplies: [1, 2]
      - features: [bgp, interface-vlan, vpc]
"""


def test_all_of_it_in_one_task_over_one_socket(leaf: Player, switch: Handle) -> None:
    run = leaf.begin(ALL.replace("TIMEOUT", "30"))
    run.see("missing: BGP peers: BGP peer 172.20.0.9 operSt idle")
    switch.set(PEER, operSt="established")
    done = run.finish()["Wait until all of it is there"]
    assert all(each["met"] for each in done["conditions"]) and len(done["conditions"]) == 19
    assert switch.stats()["sockets"]["opened"] == 1


def test_what_is_missing_is_said_in_words(leaf: Player, switch: Handle) -> None:
    switch.set("sys/ch/ftslot-2/ft", operSt="absent")
    done = leaf.run(ALL.replace("TIMEOUT", "2"), rc=2)["Wait until all of it is there"]
    assert done["reason"] == "timeout"
    assert "fans: fan tray 2 operSt absent (want ok)" in done["msg"]
    assert "172.20.0.9" in done["msg"] and "operSt idle (want established)" in done["msg"]


def test_a_fan_that_has_failed_ends_the_wait_early(leaf: Player, switch: Handle) -> None:
    switch.set("sys/ch/ftslot-2/ft", operSt="fail")
    tasks = """
    - ansible.builtin.include_role: {name: nxapi.events.converged}
      vars: {converged_wanted: fans, converged_timeout: 60}
    """
    done = leaf.run(tasks, rc=2)["Wait until all of it is there"]
    assert done["reason"] == "fail_when" and done["elapsed"] < 30


def test_reloaded_is_not_what_was_up_all_the_time(leaf: Player, switch: Handle) -> None:
    tasks = """
    - ansible.builtin.include_role: {name: nxapi.events.converged, tasks_from: before}
    - nxapi.events.subscription: {name: keep, dn: sys}
      register: before
    - ansible.builtin.include_role: {name: nxapi.events.converged}
      vars:
        converged_timeout: 30
        converged_since: "{{ before.cursor }}"
        converged_wanted: [reloaded, {interfaces: [Eth1/1]}, fans]
    """
    run = leaf.begin(tasks)
    run.see("waiting for all of: reloaded, Ethernet1/1, fans")
    opened = switch.stats()["sockets"]["opened"]
    switch.fault("drop-websockets")
    eventually(lambda: switch.stats()["sockets"]["opened"] > opened, "another WebSocket")
    run.see("2 of 3 conditions hold; missing: reloaded: sys systemUpTime")
    switch.fault("reload", seconds=0.5)
    done = run.finish()["Wait until all of it is there"]
    assert done["met"] and done["reconnects"] and switch.stats()["sockets"]["opened"] > opened + 1


def test_a_wrong_word_is_one_sentence(leaf: Player) -> None:
    tasks = """
    - ansible.builtin.include_role: {name: nxapi.events.converged}
      vars: {converged_wanted: [bgp_peer]}
    """
    done = leaf.run(tasks, rc=2)
    assert done["Check what is wanted"]["msg"] == "Nothing is called bgp_peer; did you mean bgp_peers?"


def test_the_playbook_takes_text_as_a_survey_gives_it(leaf: Player) -> None:
    wanted = "- vlans: 100,200\n- bgp_peers: 2\n- fans\n"
    command = ["ansible-playbook", "nxapi.events.converged", "-e", json.dumps({"wanted": wanted, "wait_timeout": ""})]
    done = leaf.command(command, leaf._new_folder(), {}).finish()
    assert done["Wait until all of it is there"]["met"]


def test_the_playbook_says_what_it_needs(leaf: Player) -> None:
    done = leaf.command(["ansible-playbook", "nxapi.events.converged"], leaf._new_folder(), {}).finish(2)
    said = done["Check what is asked for"]["msg"]
    assert said == """Say what to wait for, for example -e '{"wanted": {"bgp_peers": 2}}'."""


def test_a_vlan_that_is_not_there_is_no_class_that_is_not_there(leaf: Player) -> None:
    tasks = """
    - ansible.builtin.include_role: {name: nxapi.events.converged}
      vars: {converged_wanted: [{vlans: 100-101}], converged_timeout: 1}
    """
    said = leaf.run(tasks, rc=2)["Wait until all of it is there"]["msg"]
    assert "missing: VLAN 101: nothing of class l2BD is there that counts (want operSt up). " in said
