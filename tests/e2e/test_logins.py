# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One wrong password for a whole fabric locks no account: what fifty switches see of it, over forks, tasks and listeners."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

from conftest import Start
from failures import check_failure, check_quiet
from playing import Player, barrier, eventually, listeners
from simulator.thread import Handle

SECRET = "Sesame-7391-open"
FEW = [f"leaf{number:02}" for number in range(4)]

Variables = Callable[..., dict[str, Any]]

TASKS = (
    """
- name: read
  nxapi.events.mo_info: {dn: sys}
  ignore_errors: true
- ansible.builtin.meta: end_host
  when: inventory_hostname not in few
- name: wait
  nxapi.events.wait_for_interface: {name: Eth1/1, timeout: 20}
  ignore_errors: true
"""
    + barrier("kill")
    + """
- name: after the listener was killed
  nxapi.events.mo_info: {dn: sys}
  ignore_errors: true
- name: another user
  nxapi.events.mo_info: {dn: sys}
  vars: {ansible_user: ben, ansible_password: Ben-pass-1}
- name: corrected in the task
  nxapi.events.mo_info: {dn: sys, password: "{{ right }}"}
- name: corrected in the variables
  nxapi.events.wait_for_interface: {name: Eth1/1, timeout: 20}
  vars: {ansible_password: "{{ right }}"}
- name: still wrong
  nxapi.events.mo_info: {dn: sys}
  ignore_errors: true
"""
)


def users(switch: Handle) -> dict[str, int]:
    return {name: each["accepted"] for name, each in switch.stats()["logins"]["users"].items() if each["accepted"]}


def test_fifty_switches_see_a_wrong_password_twice_in_all(player: Player, start: Start, variables: Variables) -> None:
    switches = [start(user=("ben:Ben-pass-1",)) for _each in range(50)]
    player.hosts(**{f"leaf{n:02}": variables(each, ansible_password=SECRET) for n, each in enumerate(switches)})
    right = ("-e", f"right={switches[0].password}", "-e", f'{{"few": {FEW}}}'.replace("'", '"'))
    run = player.begin(TASKS, "-f", "25", *right)
    run.at("kill")
    pid = run.listener()
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: pid not in listeners(player.home), "its end")
    run.release("kill")
    done = run.finish()
    refusals = [switch.stats()["logins"]["refused"] for switch in switches]
    assert sum(refusals) == 2 and max(refusals) == 1
    for task, hosts in (("read", 50), ("wait", 4), ("after the listener was killed", 4), ("still wrong", 4)):
        results = [each.result for each in done.of(task)]
        assert len(results) == hosts
        for result in results:
            check_failure(result, "login", "password")
            assert SECRET not in str(result)
    untried = [each.result["msg"] for each in done.of("read") if "not tried" in each.result["msg"].lower()]
    assert len(untried) == 48 and all("2 other switches refused" in msg for msg in untried), untried[:1]
    for task in ("another user", "corrected in the task", "corrected in the variables"):
        assert [each.status for each in done.of(task)] == ["ok"] * 4
    assert [users(switch) for switch in switches[:4]] == [{"admin": 1, "ben": 1}] * 4
    check_quiet(done, SECRET)
