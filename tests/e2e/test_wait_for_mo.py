# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""wait_for_mo: scopes, conditions, notifications, breaks; over http and https, in JSON and XML."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conftest import Start
from playing import Player, eventually
from simulator.thread import Handle

PORT = "sys/intf/phys-[eth1/1]/phys"
RESULT = {
    "changed", "host", "elapsed", "started_at", "met_at", "mos", "matched", "unmatched", "vanished", "ignored", "total",
    "notifications", "transitions", "gaps", "reconnects", "held", "last_heard", "cursor",
}  # fmt: skip
"""The keys that every result of a wait has, success or not."""


def reads(switch: Handle, kind: str) -> int:
    return int(switch.stats()["requests"]["by"].get(kind, {}).get("200", 0))


SCOPES = """
- name: dn
  nxapi.events.wait_for_mo: {dn: "sys/intf/phys-[eth1/1]/phys", until: {operSt: up}, timeout: 10}
- name: class, where
  nxapi.events.wait_for_mo: {class: ethpmPhysIf, where: {adminSt: up, operStQual: none}, until: {operSt: up}, timeout: 10}
- name: subtree
  nxapi.events.wait_for_mo:
    dn: sys/bgp
    target_subtree_class: [bgpPeerEntry, bgpPeer]
    until: {operSt: established}
    match: 2
    min_count: 3
    timeout: 10
- name: children
  nxapi.events.wait_for_mo: {dn: sys/fm, query_target: children, where: {adminSt: enabled}, until: {operSt: enabled}, timeout: 10}
- name: filter
  nxapi.events.wait_for_mo:
    class: l1PhysIf
    query_target_filter: 'or(eq(l1PhysIf.id,"eth1/1"),eq(l1PhysIf.id,"eth1/2"))'
    until: {autoNeg: on, layer: Layer2}
    timeout: 10
- name: operators
  nxapi.events.wait_for_mo:
    dn: sys/intf/aggr-[po10]/aggrif
    until:
      numActivePorts: {ge: 2, lt: 3, bw: [1, 2], ne: 1}
      operSt: [down, up]
      operSpeed: {in: [40G, 100G], not_in: [10G]}
      activeMbrs: {matches: "eth1/49.*50", allbits: "eth1/49,eth1/50", anybit: "eth1/50,eth1/7"}
      operDuplex: {eq: FULL, wcard: "^f"}
    timeout: 10
- name: exists
  nxapi.events.wait_for_mo: {dn: sys/showversion, timeout: 10}
- name: gone
  nxapi.events.wait_for_mo: {dn: "sys/bd/bd-[vlan-999]", state: absent, timeout: 10}
- name: none of the class is left
  nxapi.events.wait_for_mo: {class: l2BD, where: {id: {ge: 4000}}, state: absent, timeout: 10}
"""


def test_scopes_and_operators_on_the_state_as_it_is(leaf: Player) -> None:
    done = leaf.run(SCOPES)
    assert set(done["dn"]) >= RESULT and done["dn"]["host"] == "leaf1"
    assert done["dn"]["mos"][0]["class"] == "ethpmPhysIf"
    assert done["class, where"]["matched"]["count"] == done["class, where"]["total"] > 40
    assert done["subtree"]["matched"]["count"] == 2 and done["subtree"]["total"] == 3
    assert done["subtree"]["ignored"]["count"] == 3, "bgpPeer has no operSt, so it is no candidate"
    assert done["children"]["total"] > 10
    assert done["filter"]["matched"]["count"] == 2
    for task in ("operators", "exists", "gone", "none of the class is left"):
        assert done[task]["met_at"], task


CHANGES = """
- name: becomes
  nxapi.events.wait_for_mo: {dn: "sys/intf/phys-[eth1/1]/phys", until: {operSt: down}, timeout: 20}
- name: only new
  nxapi.events.wait_for_mo: {dn: "sys/intf/phys-[eth1/1]/phys", until: {operSt: down}, only_new: true, timeout: 20}
- name: created
  nxapi.events.wait_for_mo: {class: l2BD, status: created, until: {name: e2e}, timeout: 20}
- name: several
  nxapi.events.wait_for_mo: {class: l2BD, status: [created, deleted], match: 2, timeout: 20}
- name: min_count
  nxapi.events.wait_for_mo: {class: l2BD, where: {name: {matches: "^new"}}, until: {operSt: up}, min_count: 2, timeout: 20}
- name: absent
  nxapi.events.wait_for_mo: {class: l2BD, where: {name: {matches: "^new"}}, state: absent, timeout: 20}
"""


def test_what_changes_while_it_waits(leaf: Player, switch: Handle) -> None:
    run = leaf.begin(CHANGES)
    port = "leaf1 Ethernet1/1: "
    run.see(port + "operSt up (want down)")
    switch.set(PORT, operSt="down", operStQual="link-failure")
    run.see("only new")
    run.see(port, times=5)
    switch.set(PORT, operSt="up")
    switch.set(PORT, operSt="down")
    run.see("a created notification with name e2e")
    eventually(lambda: reads(switch, "GET class") == 1)
    switch.create("sys/bd/bd-[vlan-801]", "l2BD", name="other")
    switch.create("sys/bd/bd-[vlan-802]", "l2BD", name="e2e")
    run.see("created or deleted notification")
    eventually(lambda: reads(switch, "GET class") == 2)
    switch.delete("sys/bd/bd-[vlan-801]")
    switch.create("sys/bd/bd-[vlan-803]", "l2BD", name="new1", operSt="up")
    run.see("TASK [min_count]")
    run.see("1 of 1 operSt up")
    switch.create("sys/bd/bd-[vlan-804]", "l2BD", name="new2", operSt="up")
    run.see("waiting for absent")
    run.see("is still there")
    switch.delete("sys/bd/bd-[vlan-803]")
    switch.delete("sys/bd/bd-[vlan-804]")
    done = run.finish()
    rows = [(row["attribute"], row["from"], row["to"], row["origin"]) for row in done["becomes"]["transitions"]]
    assert ("operSt", "up", "down", "notification") in rows
    assert done["only new"]["notifications"] == 2
    assert done["created"]["matched"] == {"count": 1, "dns": ["sys/bd/bd-[vlan-802]"]}
    assert done["several"]["matched"]["count"] == 2
    assert done["min_count"]["matched"]["count"] == 2
    assert set(done["absent"]["vanished"]["dns"]) == {"sys/bd/bd-[vlan-803]", "sys/bd/bd-[vlan-804]"}


def test_hold_starts_again_and_fail_when_beats_it(leaf: Player, switch: Handle) -> None:
    run = leaf.begin(
        """
        - name: hold
          nxapi.events.wait_for_mo: {dn: "sys/intf/phys-[eth1/1]/phys", until: {operSt: up}, hold: 1.5, timeout: 20}
        - name: fails
          nxapi.events.wait_for_mo:
            dn: sys/bgp/inst/dom-default/peer-[172.20.0.9]/ent-[172.20.0.9]
            until: {operSt: established}
            fail_when: {operSt: shut}
            timeout: 20
          ignore_errors: true
        - name: failing since before
          nxapi.events.wait_for_mo:
            dn: sys/bgp/inst/dom-default/peer-[172.20.0.9]/ent-[172.20.0.9]
            until: {operSt: established}
            fail_when: {operSt: shut}
            fail_grace: 0.5
            timeout: 20
          ignore_errors: true
        """
    )
    run.see("waiting for operSt up for 1.5 s, at most 20 s")
    run.see("operSt up, held ")
    switch.set(PORT, operSt="down")
    switch.set(PORT, operSt="up")
    run.see("operSt idle (want established)")
    switch.set("sys/bgp/inst/dom-default/peer-[172.20.0.9]/ent-[172.20.0.9]", operSt="shut")
    done = run.finish()
    assert done["hold"]["held"] == 1.5 and done["hold"]["elapsed"] > 1.5 and done["hold"]["notifications"] == 2
    assert done["fails"]["reason"] == "fail_when" and done["fails"]["elapsed"] < 15
    assert done["fails"]["transitions"][-1]["to"] == "shut" and set(done["fails"]) >= RESULT
    assert done["failing since before"]["reason"] == "fail_when"
    assert 0.5 <= done["failing since before"]["elapsed"] < 5


def test_it_waits_across_a_reload_and_after_reconnect_waits_for_one(leaf: Player, switch: Handle) -> None:
    run = leaf.begin(
        """
        - name: subscribed
          nxapi.events.subscription: {name: sup, class: eqptSupC}
        - name: reload
          nxapi.events.wait_for_mo: {subscription: sup, until: {operSt: online}, after_reconnect: true, timeout: 30}
        - name: drop
          nxapi.events.wait_for_mo: {dn: "sys/intf/phys-[eth1/1]/phys", until: {operSt: down}, timeout: 30}
        - name: what is held now
          nxapi.events.subscription_info:
        """
    )
    run.see("operSt online")
    switch.fault("reload", seconds=1.0)
    run.see("operSt up (want down)")
    switch.fault("drop-websockets", mode="abrupt")
    switch.set(PORT, operSt="down", operStQual="link-failure")
    done = run.finish()
    assert done["reload"]["reconnects"] == 1 and done["reload"]["gaps"] and done["reload"]["elapsed"] > 1
    assert all(set(gap) == {"from", "to", "reason"} for gap in done["reload"]["gaps"])
    missed = [row for row in done["drop"]["transitions"] if row["attribute"] == "operSt"]
    assert missed[0]["origin"] == "resync" and missed[0]["to"] == "down"
    assert done["what is held now"]["session"]["reconnects"] == 2
    assert switch.stats()["logins"]["accepted"] == 2, "the reload ended the login, the dropped socket did not"


def test_no_reconnect_is_no_success_for_after_reconnect(leaf: Player) -> None:
    done = leaf.run(
        """
        - name: never lost
          nxapi.events.wait_for_mo: {class: eqptSupC, until: {operSt: online}, after_reconnect: true, timeout: 1}
          ignore_errors: true
        """
    )
    assert done["never lost"]["reason"] == "timeout" and "never lost" in done["never lost"]["msg"]


def test_tls_and_both_formats(player: Player, start: Start, variables: Callable[..., dict[str, Any]]) -> None:
    switch = start(tls=True)
    trusted = variables(switch)
    by_name = {**trusted, "ansible_host": "localhost"}
    blind = {key: value for key, value in trusted.items() if key != "ansible_httpapi_ca_path"}
    player.hosts(address=trusted, name=by_name, blind={**blind, "ansible_httpapi_validate_certs": False})
    run = player.begin(
        """
        - name: json
          nxapi.events.wait_for_mo: {dn: "sys/intf/phys-[eth1/1]/phys", until: {operSt: down}, timeout: 20}
        - name: xml
          nxapi.events.wait_for_mo: {dn: "sys/intf/phys-[eth1/1]/phys", format: xml, until: {operSt: up}, timeout: 20}
        """
    )
    run.see("operSt up (want down)", times=3)
    switch.set(PORT, operSt="down")
    run.see("operSt down (want up)", times=3)
    switch.set(PORT, operSt="up", operStQual="none")
    done = run.finish()
    for task in ("json", "xml"):
        for each in done.of(task):
            assert each.result["notifications"] == 1 and each.result["gaps"] == [], each
    requests = [entry["path"] for entry in switch.call(lambda each: list(each.stats.log))]
    assert any(path.endswith(".xml?subscription=yes") for path in requests)
    assert switch.stats()["logins"]["accepted"] == 3
