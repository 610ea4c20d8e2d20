# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""mo, mo_info, the filter interface_dn, and check mode."""

from __future__ import annotations

import json

from playing import Player
from simulator.thread import Handle

LOOPBACK = "sys/intf/lb-[lo77]"

STEPS = (
    # (what, state, description), each twice in check mode and for real: changed, changed, not, not
    ("create", "present", "made"),
    ("change", "present", "changed"),
    ("delete", "absent", ""),
)


def test_mo_twelve_steps(leaf: Player, switch: Handle) -> None:
    """Create, change, delete: each in check mode, for real, in check mode again and again, and the switch has its say."""
    wanted = [
        {"name": f"{what} {turn}", "state": state, "descr": descr, "check": turn.startswith("check")}
        for what, state, descr in STEPS
        for turn in ("check", "now", "check again", "again")
    ]
    done = leaf.run(
        """
        - name: steps
          nxapi.events.mo:
            dn: "{{ 'loopback77' | nxapi.events.interface_dn }}"
            class: l3LbRtdIf
            attributes: "{{ {'descr': item.descr} if item.state == 'present' else {} }}"
            state: "{{ item.state }}"
          check_mode: "{{ item.check }}"
          loop: "{{ wanted }}"
          loop_control: {label: "{{ item.name }}"}
        """,
        "--diff",
        "-e",
        json.dumps({"wanted": wanted}),
    )
    results = done.items("steps")
    assert [each["changed"] for each in results] == [True, True, False, False] * 3
    created, changed, deleted = results[1], results[5], results[9]
    assert created["diff"]["before"] == {} and created["diff"]["after"]["descr"] == "made"
    assert changed["diff"]["before"]["descr"] == "made" and changed["diff"]["after"]["descr"] == "changed"
    assert deleted["diff"]["after"] == {} and deleted["mo"] is None
    for planned, real in ((results[0], created), (results[4], changed), (results[8], deleted)):
        after, real_after = planned["diff"]["after"], real["diff"]["after"]
        assert after.items() <= real_after.items() and planned["diff"]["before"] == real["diff"]["before"]
    history = switch.call(
        lambda each: [(row["status"], row["dn"]) for row in each.stats.history if row["dn"] == LOOPBACK]
    )
    assert [status for status, _dn in history] == ["created", "modified", "deleted"], "check mode changed nothing"


def test_mo_info_and_the_filter(leaf: Player) -> None:
    done = leaf.run(
        """
        - name: one
          nxapi.events.mo_info: {dn: "{{ 'Po10' | nxapi.events.interface_dn('oper') }}", format: "{{ item }}"}
          loop: [json, xml]
        - name: class
          nxapi.events.mo_info: {class: l1PhysIf, query_target_filter: 'wcard(l1PhysIf.id,"^eth1/[12]$")'}
        - name: subtree
          nxapi.events.mo_info: {dn: sys/bgp, target_subtree_class: [bgpPeerEntry]}
        - name: children
          nxapi.events.mo_info: {dn: sys/intf, query_target: children}
        - name: none
          nxapi.events.mo_info: {dn: "sys/intf/phys-[eth9/9]"}
        - name: a filter on what changes
          nxapi.events.mo_info: {class: l1PhysIf, query_target_filter: 'eq(l1PhysIf.adminSt,"down")'}
        - name: names
          ansible.builtin.debug:
            msg: "{{ names | map('nxapi.events.interface_dn') + names | map('nxapi.events.interface_dn', 'oper') }}"
          vars: {names: [Ethernet1/1, e1/1/1, Gi9]}
          ignore_errors: true
        """
    )
    in_json, in_xml = done.items("one")
    assert in_json["mos"] == in_xml["mos"] and in_json["mos"][0]["attributes"]["numActivePorts"] == "2"
    assert {each["attributes"]["id"] for each in done["class"]["mos"]} == {"eth1/1", "eth1/2"}
    assert len(done["subtree"]["mos"]) == 3 and len(done["children"]["mos"]) > 50
    assert done["none"]["mos"] == [] and not done["none"]["changed"]
    assert "adminSt" in done["a filter on what changes"]["warnings"][0]
    assert "Gi9" in done["names"]["msg"] and done.of("names")[0].status == "failed"


def test_check_mode(leaf: Player, switch: Handle) -> None:
    done = leaf.run(
        """
        - name: subscribe
          nxapi.events.subscription: {name: ports, class: ethpmPhysIf}
        - name: shut
          nxapi.events.mo: {dn: "sys/intf/phys-[eth1/1]", class: l1PhysIf, attributes: {adminSt: down}}
        - name: met
          nxapi.events.wait_for_interface: {name: Eth1/1, timeout: 20}
        - name: not met
          nxapi.events.wait_for_interface: {name: Eth1/1, state: down, timeout: 20}
        - name: not there
          nxapi.events.wait_for_mo: {dn: "sys/intf/phys-[eth9/9]/phys", until: {operSt: up}, timeout: 20}
        - name: on the subscription
          nxapi.events.wait_for_mo: {subscription: ports, until: {operSt: up}, match: 50%, timeout: 20}
        - name: failing
          nxapi.events.wait_for_interface: {name: Eth1/47, fail_when: {operStQual: xcvr-absent}, timeout: 20}
        - name: impossible
          nxapi.events.wait_for_mo: {dn: "sys/intf/phys-[eth1/1]", until: {operSt: up}, timeout: 20}
          ignore_errors: true
        - name: a wait for a notification
          nxapi.events.wait_for_mo: {class: l2BD, status: created, timeout: 20}
        """,
        "--check",
    )
    assert done["subscribe"]["changed"] and done["shut"]["changed"]
    assert done["met"]["met"] is True and done["met"]["failing"] is False and not done["met"]["changed"]
    assert done["not met"]["met"] is False and done["not there"]["met"] is False
    assert done["on the subscription"]["met"] is True
    assert done["failing"]["met"] is False and done["failing"]["failing"] is True
    assert done["impossible"]["reason"] == "impossible"
    assert done["a wait for a notification"]["met"] is False
    assert switch.stats()["subscriptions"]["created"] == 1 and switch.stats()["changes"] == 0
    assert max(each.result.get("elapsed", 0) for each in done.outcomes) < 10
