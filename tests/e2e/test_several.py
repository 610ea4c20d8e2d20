# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""wait_for_mo with all_of and any_of: several conditions in one task, over one connection."""

from __future__ import annotations

from typing import Any

from playing import Player, eventually
from simulator.thread import Handle

PORT = "sys/intf/phys-[eth1/1]/phys"
VLAN = "sys/bd/bd-[vlan-900]"

ALL = """
- name: all
  nxapi.events.wait_for_mo:
    timeout: TIMEOUT
    all_of:
      - name: port
        dn: sys/intf/phys-[eth1/1]/phys
        until: {operSt: down}
      - name: vlan
        dn: sys/bd/bd-[vlan-900]
        until: {operSt: up}
      - name: peers
        class: bgpPeerEntry
        until: {operSt: established}
        match: 2
"""


def condition(result: dict[str, Any], name: str) -> dict[str, Any]:
    return next(each for each in result["conditions"] if each["name"] == name)


def test_all_of_waits_for_all_over_one_socket_and_says_what_is_missing(leaf: Player, switch: Handle) -> None:
    run = leaf.begin(ALL.replace("TIMEOUT", "20"))
    run.see("leaf1: waiting for all of: port, vlan, peers, at most 20 s")
    run.see("1 of 3 conditions hold; missing: port: Ethernet1/1 operSt up (want down)")
    switch.set(PORT, operSt="down")
    run.see("missing: vlan: sys/bd/bd-[vlan-900] does not exist (want operSt up)")
    switch.create(VLAN, "l2BD", operSt="up")
    done = run.finish()["all"]
    assert [(each["name"], each["met"], each["missing"]) for each in done["conditions"]] == [
        ("port", True, []),
        ("vlan", True, []),
        ("peers", True, []),
    ]
    assert switch.stats()["sockets"]["opened"] == 1
    assert {row["dn"] for row in done["transitions"]} >= {PORT, VLAN}


def test_a_timeout_names_each_missing_thing(leaf: Player) -> None:
    done = leaf.run(ALL.replace("TIMEOUT", "1"), rc=2)["all"]
    assert done["reason"] == "timeout"
    assert "after 1 s 1 of 3 conditions hold; missing: port: Ethernet1/1 operSt up (want down)" in done["msg"]
    assert condition(done, "vlan")["missing"] == ["sys/bd/bd-[vlan-900] does not exist (want operSt up)"]
    assert not condition(done, "port")["met"] and condition(done, "peers")["met"]


def test_any_of_goes_on_with_the_first(leaf: Player) -> None:
    done = leaf.run(ALL.replace("all_of", "any_of").replace("TIMEOUT", "10"))["all"]
    assert [each["name"] for each in done["conditions"] if each["met"]] == ["peers"]


def test_check_mode_reads_each_once(leaf: Player) -> None:
    done = leaf.run(ALL.replace("TIMEOUT", "10"), "--check")["all"]
    assert (done["met"], len(done["conditions"])) == (False, 3)


def test_a_failure_of_one_ends_all_of(leaf: Player) -> None:
    done = leaf.run(
        """
        - name: fails
          nxapi.events.wait_for_mo:
            timeout: 20
            fail_grace: 0.1
            all_of:
              - {name: vlan, dn: "sys/bd/bd-[vlan-900]"}
              - name: port
                dn: sys/intf/phys-[eth1/1]/phys
                until: {operSt: down}
                fail_when: {operSt: up}
        """,
        rc=2,
    )["fails"]
    assert done["reason"] == "fail_when" and "Ethernet1/1" in done["msg"]


def test_a_break_in_between_is_one_gap(leaf: Player, switch: Handle) -> None:
    run = leaf.begin(ALL.replace("TIMEOUT", "20"))
    run.see("missing: port")
    switch.fault("drop-websockets", mode="abrupt")
    eventually(lambda: switch.stats()["sockets"]["opened"] == 2)
    switch.set(PORT, operSt="down")
    switch.create(VLAN, "l2BD", operSt="up")
    done = run.finish()["all"]
    assert (done["reconnects"], len(done["gaps"])) == (1, 1)


def test_bad_lists_are_one_clear_sentence(leaf: Player) -> None:
    done = leaf.run(
        """
        - name: unknown option
          nxapi.events.wait_for_mo: {all_of: [{dn: sys, untill: {a: b}}]}
          ignore_errors: true
        - name: not a list of maps
          nxapi.events.wait_for_mo: {all_of: sys}
          ignore_errors: true
        - name: nothing
          nxapi.events.wait_for_mo: {all_of: []}
          ignore_errors: true
        - name: beside
          nxapi.events.wait_for_mo: {all_of: [{dn: sys}], until: {a: b}}
          ignore_errors: true
        - name: once
          nxapi.events.wait_for_mo: {all_of: [{dn: sys, timeout: 3}]}
          ignore_errors: true
        """
    )
    assert "no such option: all_of.untill; there are class, dn, fail_when" in done["unknown option"]["msg"]
    assert "all_of takes at least one entry" in done["nothing"]["msg"]
    assert "Until cannot stand beside all_of" in done["beside"]["msg"]
    assert "all_of.timeout" in done["once"]["msg"]
    assert {done[task]["reason"] for task in ("unknown option", "not a list of maps", "nothing", "beside", "once")} == {
        "invalid"
    }
