# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Subscriptions from task to task: kept alive, named, refreshed, ended; and the notifications that came meanwhile."""

from __future__ import annotations

from textwrap import dedent

from conftest import Start
from failures import check_failure
from playing import Player, barrier, eventually
from simulator.thread import Handle

PORT = "sys/intf/phys-[eth1/1]/phys"
PEER = "sys/bgp/inst/dom-default/peer-[172.20.0.9]/ent-[172.20.0.9]"

BEFORE = """
- name: first
  nxapi.events.subscription: {name: ports, class: ethpmPhysIf, refresh_timeout: 2}
  register: first
- name: second
  nxapi.events.subscription: {name: bgp, dn: sys/bgp, target_subtree_class: bgpPeerEntry, refresh_timeout: 2, format: xml}
- name: again
  nxapi.events.subscription: {name: ports, class: ethpmPhysIf, refresh_timeout: 2}
- name: another query
  nxapi.events.subscription: {name: ports, class: l1PhysIf}
  ignore_errors: true
- name: unnamed
  nxapi.events.subscription: {dn: sys/fm/bgp, refresh_timeout: 2}
"""

AFTER = """
- name: it was down
  nxapi.events.wait_for_mo: {subscription: ports, status: modified, where: {dn: "sys/intf/phys-[eth1/1]/phys"}, until: {operSt: down}, timeout: 1}
- name: it was down since
  nxapi.events.wait_for_mo: {subscription: ports, since: "{{ first.cursor }}", where: {dn: "sys/intf/phys-[eth1/1]/phys"}, until: {operSt: down}, timeout: 1}
- name: it is not down now
  nxapi.events.wait_for_mo: {subscription: ports, where: {dn: "sys/intf/phys-[eth1/1]/phys"}, until: {operSt: down}, timeout: 0.5}
  ignore_errors: true
- name: another one also changed
  nxapi.events.wait_for_mo: {subscription: bgp, status: [modified], until: {operSt: established}, timeout: 1}
- name: all
  nxapi.events.notification_info: {name: ports}
- name: two
  nxapi.events.notification_info: {name: ports, limit: 2}
  register: two
- name: the next two
  nxapi.events.notification_info: {name: ports, limit: 2, since: "{{ two.cursor }}"}
  register: next
- name: none left
  nxapi.events.notification_info: {name: ports, since: "{{ next.cursor }}"}
- name: held
  nxapi.events.subscription_info:
- name: no more
  nxapi.events.subscription: {name: bgp, state: absent}
- name: no more, again
  nxapi.events.subscription: {name: bgp, state: absent}
- name: held after that
  nxapi.events.subscription_info:
"""


def test_a_subscription_outlives_its_lifetime_and_misses_nothing(
    player: Player, start: Start, variables: object
) -> None:
    switch = start(subscription_timeout=2, session_timeout=3)
    player.hosts(leaf1=variables(switch))  # type: ignore[operator]
    run = player.begin(BEFORE + barrier("sleep") + AFTER)
    run.at("sleep")
    before = switch.stats()["refreshes"]["subscription"]
    switch.set(PORT, operSt="down", operStQual="link-failure")
    switch.set(PEER, operSt="established")
    switch.set(PORT, operSt="up", operStQual="none")
    switch.set("sys/intf/phys-[eth1/2]/phys", operSt="down")
    switch.set("sys/intf/phys-[eth1/2]/phys", operSt="up")
    eventually(lambda: switch.stats()["refreshes"]["subscription"] >= before + 15, "five refreshes of each")
    run.release("sleep")
    done = run.finish()
    assert done["first"]["changed"] and len(done["first"]["mos"]) > 50
    assert done["first"]["subscription"]["lifetime"] == 2 and done["second"]["subscription"]["format"] == "xml"
    assert not done["again"]["changed"] and done["again"]["subscription"]["ids"] == done["first"]["subscription"]["ids"]
    check_failure(done["another query"], "invalid", "ports", "ethpmPhysIf")
    assert done["unnamed"]["subscription"]["name"] == "sys/fm/bgp"
    for task in ("it was down", "it was down since", "another one also changed"):
        assert done[task]["met_at"] and done[task]["elapsed"] < 1 and done[task]["gaps"] == []
    check_failure(done["it is not down now"], "timeout", "Ethernet1/1")
    notifications = done["all"]["notifications"]
    assert [each["status"] for each in notifications] == ["modified"] * 4
    assert [each["attributes"]["operSt"] for each in notifications] == ["down", "up", "down", "up"]
    assert {each["subscription"] for each in notifications} == {"ports"} and done["all"]["dropped"] == 0
    assert (
        done["two"]["notifications"] == notifications[:2] and done["the next two"]["notifications"] == notifications[2:]
    )
    assert done["none left"]["notifications"] == []
    assert {each["name"] for each in done["held"]["subscriptions"]} == {"ports", "bgp", "sys/fm/bgp"}
    assert done["held"]["session"]["connected"] and done["held"]["session"]["reconnects"] == 0
    counts = {each["name"]: each["notifications"] for each in done["held"]["subscriptions"]}
    assert counts == {"ports": 4, "bgp": 1, "sys/fm/bgp": 0}
    assert done["no more"]["changed"] and not done["no more, again"]["changed"]
    assert {each["name"] for each in done["held after that"]["subscriptions"]} == {"ports", "sys/fm/bgp"}
    stats = switch.stats()
    assert stats["logins"]["accepted"] == 1 and stats["refreshes"]["token"] >= 2
    assert stats["subscriptions"]["created"] == 3 and stats["refreshes"]["subscription_refused"] == 0


def test_refresh_by_hand(leaf: Player, switch: Handle) -> None:
    run = leaf.begin(
        dedent("""
        - name: subscribe
          nxapi.events.subscription: {name: "{{ item.name }}", class: "{{ item.class }}"}
          loop: [{name: ports, class: ethpmPhysIf}, {name: vlans, class: l2BD}]
        - name: all
          nxapi.events.subscription_refresh:
        """)
        + barrier("first")
        + dedent("""
        - name: expired
          nxapi.events.subscription_refresh: {name: [ports]}
          ignore_errors: true
        - name: it recovers by itself
          nxapi.events.wait_for_mo: {subscription: ports, until: {operSt: up}, match: any, timeout: 10}
        """)
        + barrier("second")
        + dedent("""
        - name: recreated
          nxapi.events.subscription_refresh: {name: ports, on_expired: recreate}
        - name: still there
          nxapi.events.subscription_refresh: {on_expired: recreate}
        - name: what was missed
          nxapi.events.notification_info: {name: ports}
        """)
    )
    for name in ("first", "second"):
        run.at(name)
        switch.fault("expire-subscriptions")
        run.release(name)
    done = run.finish()
    assert not done["all"]["changed"] and [each["name"] for each in done["all"]["subscriptions"]] == ["ports", "vlans"]
    check_failure(done["expired"], "rejected", "ports", "on_expired")
    assert done["it recovers by itself"]["met_at"]
    assert done["recreated"]["changed"] and len(done["recreated"]["subscriptions"]) == 1
    assert not done["still there"]["changed"]
    assert len(done["what was missed"]["gaps"]) == 2
    assert switch.stats()["logins"]["accepted"] == 1


def test_the_switch_forgets_and_a_wait_still_sees_it_all(leaf: Player, switch: Handle) -> None:
    """The login ends and the socket drops between two tasks: a gap, and what changed meanwhile is found by reading."""
    run = leaf.begin(
        "- name: subscribe\n  nxapi.events.subscription: {name: ports, class: ethpmPhysIf}\n  register: first\n"
        + barrier("here")
        + dedent(f"""
        - name: down since
          nxapi.events.wait_for_mo: {{subscription: ports, since: "{{{{ first.cursor }}}}", where: {{dn: "{PORT}"}}, until: {{operSt: down}}, timeout: 10}}
        """)
    )
    run.at("here")
    switch.call(lambda each: (each.fault("expire-tokens"), each.set(PORT, operSt="down")))
    run.release("here")
    done = run.finish()["down since"]
    assert len(done["gaps"]) == 1 and done["transitions"][0]["origin"] == "resync"
