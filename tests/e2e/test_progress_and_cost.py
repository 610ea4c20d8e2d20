# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a wait prints, what it asks of the switch, and what it costs while nothing happens."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import threading
import time
from itertools import pairwise
from pathlib import Path

from playing import Player, barrier, eventually
from simulator.thread import Handle

PORT = "sys/intf/phys-[eth1/45]/phys"
LONGEST_SILENCE = 30.0
"""Seconds without news after which a line comes anyway."""

IDLE_CPU = 0.3
"""Seconds of CPU in LONGEST_SILENCE: two refreshes, a ping and a line are milliseconds; polling would be seconds."""


def cpu(pids: list[int]) -> float:
    """Seconds of CPU that these processes have used."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def paths(switch: Handle) -> list[str]:
    return switch.call(lambda each: [entry["path"] for entry in each.stats.log])


def test_a_line_when_something_changes(leaf: Player, switch: Handle) -> None:
    run = leaf.begin(
        """
        - name: three
          nxapi.events.wait_for_interface: {name: [Eth1/45, Eth1/46, Eth1/47], timeout: 40}
        """
    )
    run.see("leaf1: waiting for all of Ethernet1/45, Ethernet1/46, Ethernet1/47: operSt up, at most 40 s")
    run.see("leaf1: 0 of 3 operSt up; not yet: Ethernet1/45 operSt down (want up)")
    for _each in range(5):  # no line for what does not change the count
        switch.set(PORT, operStQual="link-failure")
        switch.set(PORT, operStQual="admin-down")
    for number, words in ((45, "1 of 3"), (46, "2 of 3")):
        switch.set(f"sys/intf/phys-[eth1/{number}]/phys", operSt="up", operStQual="none")
        at = time.monotonic()
        assert run.see(words) - at < 2
    switch.fault("reload", seconds=1.5)
    run.see("leaf1: not connected since")
    run.see("2 of 3", times=2)
    switch.set("sys/intf/phys-[eth1/47]/phys", operSt="up", operStQual="none")
    run.see("leaf1: 3 of 3 operSt up after")
    run.finish()
    lines = [line for _at, line in run.lines if line.startswith("leaf1: ")]
    assert len(lines) <= 8, "".join(lines)


def test_lines_come_at_once_on_a_terminal(leaf: Player, switch: Handle, tmp_path: Path) -> None:
    """As a person sees it: without the environment variable that the other tests set."""
    (tmp_path / "play.yml").write_text(
        "- hosts: all\n  gather_facts: false\n  tasks:\n    - nxapi.events.wait_for_interface: {name: Eth1/45, timeout: 30}\n"
    )
    environment = {**leaf.environment(tmp_path, {"TERM": "xterm"})}
    del environment["PYTHONUNBUFFERED"]
    ours, theirs = pty.openpty()
    command = [
        str(Path(sys.executable).with_name("ansible-playbook")),
        "-i",
        str(leaf.inventory),
        str(tmp_path / "play.yml"),
    ]
    process = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
    )
    os.close(theirs)
    shown = bytearray()

    def collect() -> None:
        try:
            while data := os.read(ours, 4096):
                shown.extend(data)
        except OSError:  # how Linux tells of the end of a terminal
            pass

    reader = threading.Thread(target=collect)
    reader.start()
    try:
        eventually(lambda: b"operSt down (want up)" in shown, "a progress line", 20)
        switch.set(PORT, operSt="up")
        assert process.wait(20) == 0
    finally:
        process.kill()
        reader.join()
        os.close(ours)
    assert b"Ethernet1/45: operSt up after" in shown


def test_what_waits_and_modules_ask_of_the_switch(leaf: Player, switch: Handle) -> None:
    run = leaf.begin(
        "- name: subscribe\n  nxapi.events.subscription: {name: ports, class: ethpmPhysIf}\n"
        + barrier("new")
        + "- name: new\n  nxapi.events.wait_for_interface: {name: Eth1/1, timeout: 10}\n"
        + barrier("same")
        + "- name: same\n  nxapi.events.wait_for_interface: {name: Eth1/1, timeout: 10}\n"
        + barrier("named")
        + "- name: named\n  nxapi.events.wait_for_mo: {subscription: ports, until: {operSt: up}, match: any, timeout: 10}\n"
        + barrier("kept")
        + """
- name: kept
  nxapi.events.subscription: {name: ports, class: ethpmPhysIf}
- nxapi.events.subscription_info:
- nxapi.events.notification_info: {name: ports}
"""
        + barrier("read")
        + "- name: read\n  nxapi.events.mo_info: {dn: sys}\n"
        + barrier("end")
    )
    asked: dict[str, list[str]] = {}
    for name in ("new", "same", "named", "kept", "read", "end"):
        run.at(name)
        asked[name] = paths(switch)
        run.release(name)
    run.finish()
    names = list(asked)
    new = {name: asked[after][len(asked[name]) :] for name, after in pairwise(names)}
    oper = "/api/mo/sys/intf/phys-[eth1/1]/phys.json"
    assert new["new"] == [oper + "?subscription=yes", oper], "subscribe and read, raw brackets"
    assert new["same"] == [oper], "the subscription of the task before is still there"
    assert len(new["named"]) == 1 and new["named"][0].startswith("/api/class/ethpmPhysIf.json?page=0")
    assert new["kept"] == []
    assert new["read"] == ["/api/mo/sys.json"]
    assert [path for path in asked["new"] if path.startswith("/api/aaa")] == ["/api/aaaLogin.json"]
    assert sum(path.startswith("/socket") for path in asked["end"]) == 1


def test_a_blocked_wait_costs_nothing_and_speaks_every_thirty_seconds(leaf: Player, switch: Handle) -> None:
    run = leaf.begin("- name: long\n  nxapi.events.wait_for_interface: {name: Eth1/45, timeout: 50}\n")
    first = run.see("operSt down (want up)")
    workers = Path(f"/proc/{run.process.pid}/task/{run.process.pid}/children").read_text().split()
    involved = [run.listener(), *(int(each) for each in workers)]
    assert len(set(involved)) >= 2
    before, asked = cpu(involved), len(paths(switch))
    second = run.see("operSt down (want up)", times=2)
    assert LONGEST_SILENCE - 2 < second - first < LONGEST_SILENCE + 3
    assert cpu(involved) - before < IDLE_CPU
    refreshes = paths(switch)[asked:]
    assert len(refreshes) <= 2 and all(path.startswith("/api/subscriptionRefresh.json?id=") for path in refreshes)
    assert switch.stats()["pings"] >= 1
    switch.set(PORT, operSt="up")
    run.finish()
