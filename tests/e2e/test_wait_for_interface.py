# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""wait_for_interface: every kind of interface, any spelling, up, down and absent, one or several."""

from __future__ import annotations

from playing import Player
from simulator.thread import Handle

KINDS = {
    "Ethernet1/1": ("e1/1", "sys/intf/phys-[eth1/1]"),
    "Ethernet1/54/2": ("Eth1/54/2", "sys/intf/phys-[eth1/54/2]"),
    "Ethernet1/51.100": ("eth1/51.100", "sys/intf/encrtd-[eth1/51.100]"),
    "port-channel10": ("Po10", "sys/intf/aggr-[po10]"),
    "loopback0": ("Lo0", "sys/intf/lb-[lo0]"),
    "Vlan100": ("vlan 100", "sys/intf/svi-[vlan100]"),
    "mgmt0": ("Management0", "sys/mgmt-[mgmt0]"),
    "nve1": ("NVE1", "sys/eps/epId-1"),
    "Tunnel1": ("tu1", "sys/intf/tunnelif-[tunnel1]"),
}
"""Every row of PROTOCOL section 8.1: long name, another spelling of it, the DN of its configuration."""


def test_every_kind_in_two_spellings_goes_down_and_up(leaf: Player, switch: Handle) -> None:
    names = [spelling for long, (short, _dn) in KINDS.items() for spelling in (long, short)]
    configured = [
        {"dn": dn, "class": switch.call(lambda each, dn=dn: each.tree.get(dn).cls)} for _short, dn in KINDS.values()
    ]
    done = leaf.run(
        """
        - name: up
          nxapi.events.wait_for_interface: {name: "{{ item }}", timeout: 10}
          loop: "{{ names }}"
        - name: shut
          nxapi.events.mo: {dn: "{{ item.dn }}", class: "{{ item.class }}", attributes: {adminSt: "{{ 'disabled' if item.class == 'nvoEp' else 'down' }}"}}
          loop: "{{ mos }}"
        - name: down
          nxapi.events.wait_for_interface: {name: "{{ item }}", state: down, timeout: 10}
          loop: "{{ names }}"
        - name: no shut
          nxapi.events.mo: {dn: "{{ item.dn }}", class: "{{ item.class }}", attributes: {adminSt: "{{ 'enabled' if item.class == 'nvoEp' else 'up' }}"}}
          loop: "{{ mos }}"
        - name: up again
          nxapi.events.wait_for_interface: {name: "{{ names }}", timeout: 10}
        """,
        "-e",
        str({"names": names, "mos": configured}).replace("'", '"'),
    )
    for task in ("up", "down"):
        results = done.items(task)
        assert len(results) == len(names)
        assert all(each["matched"]["count"] == 1 and each["met_at"] and not each["changed"] for each in results)
        dns = [each["mos"][0]["dn"] for each in results]
        assert dns[::2] == dns[1::2], "two spellings, one object"
    assert [each["changed"] for each in done.items("shut")] == [True] * len(KINDS)
    assert done["up again"]["matched"]["count"] == done["up again"]["total"] == len(KINDS)


def test_several_interfaces_and_how_many_of_them(leaf: Player, switch: Handle) -> None:
    """eth1/1 and eth1/2 are up, eth1/45 and eth1/46 shut, eth1/47 has no transceiver, eth1/99 does not exist."""
    done = leaf.run(
        """
        - name: any
          nxapi.events.wait_for_interface: {name: [Eth1/45, Eth1/1], match: any, timeout: 5}
        - name: two
          nxapi.events.wait_for_interface: {name: [Eth1/45, Eth1/1, Eth1/2, Eth1/46], match: 2, timeout: 5}
        - name: half
          nxapi.events.wait_for_interface: {name: [Eth1/45, Eth1/1, Eth1/2, Eth1/46], match: "50%", timeout: 5}
        - name: more than half
          nxapi.events.wait_for_interface: {name: [Eth1/45, Eth1/1, Eth1/2, Eth1/46], match: "51%", timeout: 0.5}
          ignore_errors: true
        - name: all
          nxapi.events.wait_for_interface: {name: [Eth1/1, Eth1/47], timeout: 0.5}
          ignore_errors: true
        - name: absent
          nxapi.events.wait_for_interface: {name: [Eth1/99, Po99, Vlan99], state: absent, timeout: 5}
        - name: not absent
          nxapi.events.wait_for_interface: {name: [Eth1/99, Eth1/1], state: absent, timeout: 0.5}
          ignore_errors: true
        - name: not there
          nxapi.events.wait_for_interface: {name: Eth1/99, timeout: 0.5}
          ignore_errors: true
        """
    )
    assert done["any"]["matched"]["count"] == 1 and done["any"]["total"] == 2
    assert done["two"]["matched"]["count"] == done["half"]["matched"]["count"] == 2
    assert done["more than half"]["reason"] == "timeout"
    assert "2 of 4" in done["more than half"]["msg"] and "Ethernet1/45" in done["more than half"]["msg"]
    every = done["all"]
    assert every["reason"] == "timeout" and every["unmatched"] == {"count": 1, "dns": ["sys/intf/phys-[eth1/47]/phys"]}
    assert "Ethernet1/47" in every["msg"] and "xcvr-absent" in every["msg"] and "transceiver" in every["msg"]
    assert done["absent"]["matched"]["count"] == 3
    assert done["not absent"]["reason"] == done["not there"]["reason"] == "timeout"
    assert "does not exist" in done["not there"]["msg"]


def test_an_interface_is_made_and_deleted_while_tasks_wait(leaf: Player, switch: Handle) -> None:
    run = leaf.begin(
        """
        - name: comes
          nxapi.events.wait_for_interface: {name: Lo77, timeout: 20}
        - name: goes
          nxapi.events.wait_for_interface: {name: Lo77, state: absent, timeout: 20}
        """
    )
    run.see("loopback77: does not exist")
    switch.create("sys/intf/lb-[lo77]", "l3LbRtdIf", id="lo77")
    switch.create("sys/intf/lb-[lo77]/lbrtdif", "ethpmLbRtdIf", operSt="up")
    run.see("waiting for absent")
    switch.delete("sys/intf/lb-[lo77]")
    done = run.finish()
    assert done["comes"]["notifications"] >= 1
    assert done["goes"]["vanished"]["dns"] == ["sys/intf/lb-[lo77]/lbrtdif"]


def test_the_reason_to_give_up_early_and_time_to_stay_up(leaf: Player, switch: Handle) -> None:
    done = leaf.run(
        """
        - name: no optics
          nxapi.events.wait_for_interface: {name: [Eth1/1, Eth1/47], fail_when: {operStQual: xcvr-absent}, timeout: 20}
          ignore_errors: true
        - name: hold
          nxapi.events.wait_for_interface: {name: Eth1/1, hold: 1, timeout: 10}
        """
    )
    failed = done["no optics"]
    assert failed["reason"] == "fail_when" and "Ethernet1/47" in failed["msg"] and 5 <= failed["elapsed"] < 8
    assert done["hold"]["held"] == 1 and 1 <= done["hold"]["elapsed"] < 4
