# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role change_window: a change under watch, compared with before, and recorded whatever happens."""

from __future__ import annotations

import json
import os
import signal
import stat
from pathlib import Path
from typing import Any

import pytest
from playing import Player, barrier
from simulator.thread import Handle

WAIT = "Wait until nothing that was well is not, and all that is wanted is there"
PORT = "sys/intf/phys-[eth1/1]/phys"

WINDOW = """
- name: Change
  ansible.builtin.include_role:
    name: nxapi.events.change_window
  vars:
    change_window_tasks: CHANGE
    change_window_classes: [ethpmPhysIf, bgpPeerEntry]
    change_window_timeout: TIMEOUT
    change_window_record: RECORD
"""

BOUNCE = """
- name: Shut
  nxapi.events.mo: {dn: "sys/intf/phys-[eth1/1]", class: l1PhysIf, attributes: {adminSt: down}}
- name: It is down
  nxapi.events.wait_for_interface: {name: Ethernet1/1, state: down}
- name: No shut
  nxapi.events.mo: {dn: "sys/intf/phys-[eth1/1]", class: l1PhysIf, attributes: {adminSt: up}}
"""


@pytest.fixture
def record(tmp_path: Path) -> Path:
    return tmp_path / "record.jsonl"


def window(tmp_path: Path, record: Path | str, change: str, timeout: float = 20) -> str:
    file = tmp_path / "change.yml"
    file.write_text(change)
    return WINDOW.replace("CHANGE", str(file)).replace("TIMEOUT", str(timeout)).replace("RECORD", '"%s"' % record)


def lines(record: Path) -> list[dict[str, Any]]:
    assert stat.S_IMODE(record.stat().st_mode) == 0o600
    return [json.loads(line) for line in record.read_text().splitlines()]


def test_a_port_that_bounces_is_back_before_the_window_closes(leaf: Player, tmp_path: Path, record: Path) -> None:
    done = leaf.run(window(tmp_path, record, BOUNCE))
    assert done[WAIT]["met"] and {each["name"] for each in done[WAIT]["conditions"]} == {
        "ethpmPhysIf as before", "bgpPeerEntry as before",
    }  # fmt: skip
    entries = lines(record)
    assert [entry["at"] for entry in entries] == sorted(entry["at"] for entry in entries)
    states = [entry for entry in entries if entry["kind"] == "state"]
    assert len(states) == 58 and {entry["host"] for entry in entries} == {"leaf1"}
    told = [
        entry["attributes"].get("operSt")
        for entry in entries
        if entry["kind"] == "notification" and entry["dn"] == PORT
    ]
    assert [each for each in told if each] == ["down", "up"]
    marks = [entry["name"] for entry in entries if entry["kind"] == "task"]
    assert marks == ["the change begins", "the change has ended", "the watch ends"]


def test_what_is_not_as_before_is_listed_and_what_was_down_before_is_not(
    leaf: Player, tmp_path: Path, record: Path
) -> None:
    shut = BOUNCE[: BOUNCE.index("- name: No shut")]
    done = leaf.run(window(tmp_path, record, shut, 2), rc=2)
    assert "Ethernet1/1" in done[WAIT]["msg"] and "operSt down (want up)" in done[WAIT]["msg"]
    assert "Ethernet1/47" not in done[WAIT]["msg"]
    assert [entry["status"] for entry in lines(record) if entry["kind"] == "task"] == ["ok", "ok", "failed"]


def test_a_peer_that_is_gone_is_not_as_before(leaf: Player, switch: Handle, tmp_path: Path) -> None:
    change = """
    - name: The peer is removed
      nxapi.events.mo: {dn: "sys/bgp/inst/dom-default/peer-[172.20.0.5]", state: absent}
    """
    done = leaf.run(window(tmp_path, "", change.replace("\n    ", "\n"), 1), rc=2)
    (bgp,) = [each for each in done[WAIT]["conditions"] if each["name"] == "bgpPeerEntry as before"]
    gone = "sys/bgp/inst/dom-default/peer-[172.20.0.5]/ent-[172.20.0.5] does not exist"
    assert not bgp["met"] and bgp["missing"] == [gone] and gone in done[WAIT]["msg"]


def test_a_change_that_fails_leaves_a_record_too_and_stays_failed(leaf: Player, tmp_path: Path, record: Path) -> None:
    leaf.run(window(tmp_path, record, BOUNCE + "- name: Broken\n  ansible.builtin.fail: {msg: oh no}\n"), rc=2)
    entries = lines(record)
    assert {"state", "notification", "task"} <= {entry["kind"] for entry in entries}
    assert entries[-1]["name"] == "the watch ends" and entries[-1]["status"] == "failed"


def test_a_gap_during_the_change_is_in_the_record(leaf: Player, switch: Handle, tmp_path: Path, record: Path) -> None:
    change = """
- name: Wait for the test
  nxapi.events.wait_for_mo: {dn: "sys/bd/bd-[vlan-900]", timeout: 30}
"""
    run = leaf.begin(window(tmp_path, record, change))
    run.see("vlan-900")
    switch.fault("drop-websockets")
    switch.create("sys/bd/bd-[vlan-900]", "l2BD", operSt="up")
    run.finish()
    gaps = [entry for entry in lines(record) if entry["kind"] == "gap"]
    assert gaps and all(gap["from"] <= gap["to"] and gap["reason"] for gap in gaps)


def test_a_listener_that_dies_during_the_change_leaves_a_record_with_that_gap(
    leaf: Player, tmp_path: Path, record: Path
) -> None:
    run = leaf.begin(window(tmp_path, record, barrier("held")))
    run.see("barrier held]")
    os.kill(run.listener(), signal.SIGKILL)
    (tmp_path / "held").touch()
    run.release("held")
    done = run.finish(2)
    entries = lines(record)
    gaps = {entry["subscription"]: entry for entry in entries if entry["kind"] == "gap"}
    assert list(gaps) == ["change_window ethpmPhysIf", "change_window bgpPeerEntry"]
    assert all((gap["to"], gap["reason"]) == (None, "not collected") for gap in gaps.values())
    assert {"state", "task"} < {entry["kind"] for entry in entries}
    assert "There is no subscription change_window ethpmPhysIf" in done[WAIT]["msg"]


def test_no_change_is_one_sentence(leaf: Player) -> None:
    done = leaf.run("- ansible.builtin.include_role: {name: nxapi.events.change_window}", rc=2)
    assert "Say what the change is" in done["Check that there is a change"]["msg"]
