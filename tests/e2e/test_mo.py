# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""mo, mo_info, the filter interface_dn, and check mode."""

from __future__ import annotations

import json
from typing import Any

from playing import Player
from simulator.thread import Handle

LOOPBACK = "sys/intf/lb-[lo77]"

STEPS = (
    # (what, state, description), each twice in check mode and for real: changed, changed, not, not
    ("create", "present", "made"),
    ("change", "present", "changed"),
    ("delete", "absent", ""),
)


def twelve_steps(leaf: Player, options: dict[str, str], wanted: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The results of `mo` with these options for each item of ``wanted``, whose ``check`` says whether in check mode."""
    task = {
        "name": "steps",
        "nxapi.events.mo": options,
        "check_mode": "{{ item.check }}",
        "loop": "{{ wanted }}",
        "loop_control": {"label": "{{ item.name }}"},
    }
    return leaf.run(json.dumps([task]), "--diff", "-e", json.dumps({"wanted": wanted})).items("steps")


def test_mo_twelve_steps(leaf: Player, switch: Handle) -> None:
    """Create, change, delete: each in check mode, for real, in check mode again and again, and the switch has its say."""
    wanted = [
        {"name": f"{what} {turn}", "state": state, "descr": descr, "check": turn.startswith("check")}
        for what, state, descr in STEPS
        for turn in ("check", "now", "check again", "again")
    ]
    options = {
        "dn": "{{ 'loopback77' | nxapi.events.interface_dn }}",
        "class": "l3LbRtdIf",
        "attributes": "{{ {'descr': item.descr} if item.state == 'present' else {} }}",
        "state": "{{ item.state }}",
    }
    results = twelve_steps(leaf, options, wanted)
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


DOMAIN = "sys/bgp/inst/dom-default"
PEER = DOMAIN + "/peer-[192.0.2.77]"
FAMILY = PEER + "/af-[ipv4-ucast]"

TREE_STEPS = (
    # (what, the peer's state, its attributes, its address family's)
    ("create", "present", {"asn": "65001"}, {"nhSelf": "enabled"}),
    ("change", "present", {"asn": "65001"}, {"nhSelf": "disabled"}),
    ("delete", "absent", None, None),
)


def peer(state: str, attributes: dict[str, str] | None, family: dict[str, str] | None) -> dict[str, object]:
    child: dict[str, object] = {"class": "bgpPeer", "rn": "peer-[192.0.2.77]", "state": state}
    if attributes is not None:
        child["attributes"] = attributes
        child["children"] = [{"class": "bgpPeerAf", "dn": FAMILY, "attributes": family}]
    return child


def test_mo_with_children_twelve_steps(leaf: Player, switch: Handle) -> None:
    """The same for a tree: one request each, and what is not named stays as it is."""
    wanted = [
        {"name": f"{what} {turn}", "children": [peer(*values)], "check": turn.startswith("check")}
        for what, *values in TREE_STEPS
        for turn in ("check", "now", "check again", "again")
    ]
    options = {"dn": DOMAIN, "class": "bgpDom", "children": "{{ item.children }}"}
    results = twelve_steps(leaf, options, wanted)
    assert [each["changed"] for each in results] == [True, True, False, False] * 3
    created, changed, deleted = results[1], results[5], results[9]
    assert {each["dn"] for each in created["mo"]["children"]} == {PEER, FAMILY}
    assert created["diff"]["before"].keys() == {DOMAIN} and created["diff"]["after"][FAMILY]["nhSelf"] == "enabled"
    assert changed["diff"]["before"][FAMILY]["nhSelf"] == "enabled"
    assert changed["diff"]["after"][FAMILY]["nhSelf"] == "disabled"
    assert deleted["diff"]["after"].keys() == {DOMAIN} and PEER in deleted["diff"]["before"]
    for planned, real in ((results[0], created), (results[4], changed), (results[8], deleted)):
        assert planned["diff"]["before"] == real["diff"]["before"]
        assert planned["diff"]["after"].keys() == real["diff"]["after"].keys()
    history = switch.call(
        lambda each: [(row["status"], row["dn"]) for row in each.stats.history if row["dn"].startswith(PEER)]
    )
    assert history[:3] == [("created", PEER), ("created", FAMILY), ("modified", FAMILY)]
    assert set(history[3:]) == {("deleted", PEER), ("deleted", FAMILY)}
    assert switch.stats()["requests"]["by"]["POST mo"]["200"] == 3


BAD_TREES = {
    "no class": ([{"rn": "a"}], "takes its class"),
    "rn and dn": ([{"class": "bgpPeer", "rn": "a", "dn": "sys/a"}], "and its rn (such as lb-[lo10]) or its dn"),
    "elsewhere": ([{"class": "bgpPeer", "dn": "sys/intf/lb-[lo1]"}], "is not right under sys/bgp/inst/dom-default"),
    "unknown key": ([{"class": "bgpPeer", "rn": "a", "attrs": {}}], "not attrs"),
    "state": ([{"class": "bgpPeer", "rn": "a", "state": "gone"}], "present or absent, not gone"),
    "absent with more": ([{"class": "bgpPeer", "rn": "a", "state": "absent", "children": [{}]}], "is to be absent"),
    "twice": ([{"class": "bgpPeer", "rn": "a"}, {"class": "bgpPeer", "rn": "a"}], "a twice"),
    "refused by the switch": ([{"class": "bgpPeer", "rn": "peer-[192.0.2.1]", "attributes": {"asnn": "1"}}], "asnn"),
    "brackets": ([{"class": "bgpPeer", "rn": "peer-[1"}], "unbalanced brackets"),
}


def test_bad_children_are_one_clear_sentence_and_change_nothing(leaf: Player, switch: Handle) -> None:
    done = leaf.run(
        """
        - name: bad
          nxapi.events.mo: {dn: sys/bgp/inst/dom-default, class: bgpDom, children: "{{ item.value.0 }}"}
          loop: "{{ trees | dict2items }}"
          loop_control: {label: "{{ item.key }}"}
          ignore_errors: true
        - name: absent with children
          nxapi.events.mo: {dn: sys/bgp/inst/dom-default, state: absent, children: [{class: bgpPeer, rn: a}]}
          ignore_errors: true
        """,
        "-e",
        json.dumps({"trees": BAD_TREES}),
    )
    for (name, (_tree, words)), result in zip(BAD_TREES.items(), done.items("bad"), strict=True):
        assert words in result["msg"] and "\n" not in result["msg"], (name, result["msg"])
        assert result["reason"] == ("rejected" if name == "refused by the switch" else "invalid"), name
    assert "absent takes no children" in done["absent with children"]["msg"]
    assert switch.stats()["changes"] == 0


def test_a_port_is_shut_and_waited_for(leaf: Player) -> None:
    done = leaf.run(
        """
        - name: shut
          nxapi.events.mo: {dn: "{{ 'Eth1/1' | nxapi.events.interface_dn }}", class: l1PhysIf, attributes: {adminSt: down}}
        - name: down
          nxapi.events.wait_for_interface: {name: Eth1/1, state: down, timeout: 20}
        """
    )
    assert done["shut"]["changed"] and done["down"]["met"]


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
