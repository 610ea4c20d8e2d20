# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A listener that dies under many waits, or that cannot have what it needs: all are told at once, nobody hangs."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from typing import Any

from conftest import Start
from failures import check_failure, check_quiet
from playing import Player, listener_folder

READ = "- name: read\n  nxapi.events.mo_info: {dn: sys}\n  ignore_errors: true\n"

Variables = Callable[..., dict[str, Any]]


def test_twenty_waits_fail_at_once_and_the_next_tasks_share_a_new_listener(
    player: Player, start: Start, variables: Variables
) -> None:
    switches = [start(), start()]
    player.hosts(**{f"leaf{n:02}": variables(switches[n % 2]) for n in range(20)})
    run = player.begin(
        """
        - name: blocked
          nxapi.events.wait_for_interface: {name: Eth1/45, timeout: 50}
          ignore_errors: true
        - name: next
          nxapi.events.wait_for_interface: {name: Eth1/1, timeout: 20}
        """,
        "-f",
        "20",
        "-vvvvv",
    )
    run.see("operSt down (want up)", times=20)
    first = run.listener()
    os.kill(first, signal.SIGKILL)
    killed = time.monotonic()
    assert run.see('"reason": "listener"', times=20) - killed < 3
    run.see("met_at")
    second = run.listener()
    folder = listener_folder(second)
    done = run.finish()
    assert second != first
    for each in done.of("blocked"):
        check_failure(each.result, "listener", "listener", "run the playbook again")
    assert len(done.of("next")) == 20 and all(each.result["met_at"] for each in done.of("next"))
    assert [switch.stats()["logins"]["accepted"] for switch in switches] == [2, 2]
    player.close()
    assert not folder.exists()
    check_quiet(done, switches[0].password)


def test_too_few_files_for_the_listener_or_for_its_switches(player: Player, start: Start, variables: Variables) -> None:
    switches = [start() for _each in range(6)]
    player.hosts(**{f"leaf{n}": variables(each) for n, each in enumerate(switches)})
    player.files = 50
    none = player.run(READ, "-f", "3")
    player.files = 64
    some = player.run(READ, "-f", "3")
    for each in none.of("read"):
        check_failure(each.result, "listener", "50 files", "ulimit -n")
    failed = [each for each in some.of("read") if each.status == "failed"]
    for each in failed:
        check_failure(each.result, "listener", "64 files", "ulimit -n")
    assert len(none.of("read")) == 6 and 2 <= len(failed) <= 4
    assert max(none.seconds, some.seconds) < 30
    check_quiet(none)
    check_quiet(some)
