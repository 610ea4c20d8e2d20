# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The listener's life: one for a run, one login for a switch, and gone when the run is, however that ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest
from conftest import Start
from failures import check_failure, check_quiet
from playing import Player, Playing, barrier, eventually, listener_folder, listeners
from simulator.thread import Handle

BLOCKED = """
- name: blocked
  nxapi.events.wait_for_interface: {name: Eth1/45, timeout: 50}
"""

Variables = Callable[..., dict[str, Any]]


def alive(pid: int) -> bool:
    """Whether the process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def ends_with_its_run(pid: int, folder: Path, switch: Handle, over: float) -> None:
    """Within 3 s: the process, its folder, the session on the switch."""
    eventually(lambda: not alive(pid), "the end of the listener", 3.0 - (time.monotonic() - over))
    assert not folder.exists()
    stats = switch.stats()
    assert stats["sessions"]["live"] == 0 and stats["requests"]["by"]["POST aaaLogout"] == {"200": 1}


def test_fifty_switches_one_listener_one_login_each(player: Player, start: Start, variables: Variables) -> None:
    switches = [start() for _each in range(50)]
    player.hosts(**{f"leaf{n:02}": variables(each) for n, each in enumerate(switches)})
    run = player.begin(
        "- name: up\n  nxapi.events.wait_for_interface: {name: Eth1/1, timeout: 30}\n"
        + barrier("look")
        + "- name: read\n  nxapi.events.mo_info: {dn: sys}\n  when: inventory_hostname in ['leaf01', 'leaf02']\n"
        + BLOCKED,
        "-f",
        "20",
    )
    run.at("look")
    pid = run.listener()
    folder = listener_folder(pid)
    modes = {path: path.stat().st_mode & 0o777 for path in (folder, *folder.iterdir())}
    assert modes.pop(folder) == 0o700 and set(modes.values()) == {0o600}
    assert sum(path.is_socket() for path in modes) == 51
    run.release("look")
    run.see("Ethernet1/45: operSt down (want up)", times=20)
    assert listeners(player.home) == [pid]
    for switch in switches:
        switch.set("sys/intf/phys-[eth1/45]/phys", operSt="up")
    done = run.finish()
    over = time.monotonic()
    assert all(each.status in ("ok", "skipped") for each in done.outcomes)
    ends_with_its_run(pid, folder, switches[0], over)
    eventually(lambda: all(switch.stats()["sessions"]["live"] == 0 for switch in switches), "all logouts", 3.0)
    assert [switch.stats()["logins"]["tries"] for switch in switches] == [1] * 50
    assert [switch.stats()["sockets"]["opened"] for switch in switches] == [1] * 50


def test_fifty_names_of_one_switch_share_a_session(player: Player, switch: Handle, variables: Variables) -> None:
    """All start at once, so all try to start the listener, too."""
    player.hosts(**{f"name{n:02}": variables(switch) for n in range(50)})
    done = player.run("- name: up\n  nxapi.events.wait_for_interface: {name: Eth1/1, timeout: 30}\n", "-f", "20")
    assert len(done.of("up")) == 50 and {each.result["host"] for each in done.of("up")} == {
        f"name{n:02}" for n in range(50)
    }
    stats = switch.stats()
    assert stats["logins"]["tries"] == stats["sockets"]["opened"] == stats["subscriptions"]["created"] == 1


@pytest.fixture
def short_home() -> Iterator[Path]:
    """Where the path of core's own temporary folder is short enough for Unix sockets."""
    with tempfile.TemporaryDirectory(prefix="h", dir="/tmp") as folder:
        yield Path(folder)


def blocked(leaf: Player) -> tuple[Playing, int, Path]:
    run = leaf.begin(BLOCKED)
    run.see("operSt down (want up)")
    pid = run.listener()
    return run, pid, listener_folder(pid)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda each: each.name)
def test_however_ansible_playbook_ends(leaf: Player, switch: Handle, short_home: Path, how: signal.Signals) -> None:
    if how == signal.SIGKILL:
        leaf.home = short_home
    run, pid, folder = blocked(leaf)
    workers = eventually(lambda: _children(run.process.pid))
    run.signal(how)
    run.process.wait(10)
    ends_with_its_run(pid, folder, switch, time.monotonic())
    eventually(lambda: not any(alive(each) for each in workers), "the end of the workers", 5.0)
    assert leaf.home == short_home or folder.parent == Path("/tmp")
    check_quiet(run.finish(None), switch.password)


@pytest.mark.parametrize("short", [True, False])
def test_a_run_is_over_when_its_switches_have_seen_the_logout(
    leaf: Player, switch: Handle, short_home: Path, short: bool
) -> None:
    """In a container nothing of it lives longer than ansible-playbook."""
    if short:
        leaf.home = short_home
    for tasks in ("- nxapi.events.mo_info: {dn: sys}\n", "- nxapi.events.mo_info: {class: noSuch}\n"):
        leaf.run(tasks, rc=None)
        assert listeners(leaf.home) == [] and switch.stats()["sessions"]["live"] == 0


def test_a_run_does_not_wait_long_for_a_switch_that_says_nothing(leaf: Player, switch: Handle) -> None:
    """It waits for the listener, which cuts off logouts after 2 s."""
    run = leaf.begin("- nxapi.events.mo_info: {dn: sys}\n" + barrier("stall"))
    run.at("stall")
    switch.fault("stall", path="aaaLogout")
    run.release("stall")
    run.see("PLAY RECAP")
    recap = time.monotonic()
    run.finish()
    assert 0.5 < time.monotonic() - recap < 10 and listeners(leaf.home) == []


def _children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(each) for each in text.split()]


RUNNER = """
import json, pathlib, sys, threading
import ansible_runner
options, flag = json.loads(sys.argv[1]), pathlib.Path(sys.argv[2])
def shown(event):
    if "operSt down (want up)" in event.get("stdout", ""):
        print("blocked", flush=True)
    return True
job = ansible_runner.run(event_handler=shown, cancel_callback=flag.exists, quiet=True, **options)
print(job.status, flush=True)
"""


def test_a_cancelled_job_of_ansible_runner(leaf: Player, switch: Handle, tmp_path: Path) -> None:
    """It kills the process group of ansible-playbook; the workers of newer cores are in sessions of their own."""
    pytest.importorskip("ansible_runner")
    folder, private = tmp_path / "job", tmp_path / "private"
    folder.mkdir()
    private.mkdir()
    (folder / "play.yml").write_text(f"- hosts: all\n  gather_facts: false\n  tasks:\n{indent(BLOCKED, '    ')}")
    environment = leaf.environment(folder, {})
    options = {
        "private_data_dir": str(private),
        "playbook": str(folder / "play.yml"),
        "inventory": str(leaf.inventory),
        "envvars": environment,
    }
    command = [sys.executable, "-c", RUNNER, json.dumps(options), str(folder / "cancel")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as runner:
        assert runner.stdout is not None and runner.stdout.readline() == "blocked\n"
        (pid,) = listeners(leaf.home)
        place = listener_folder(pid)
        (folder / "cancel").touch()
        assert runner.stdout.readline() == "canceled\n"
        ends_with_its_run(pid, place, switch, time.monotonic())


def test_a_listener_that_is_killed(leaf: Player, switch: Handle) -> None:
    """The wait fails at once; the next task starts another one, that knows neither subscriptions nor cursors."""
    run = leaf.begin(
        "- name: subscribe\n  nxapi.events.subscription: {name: port, class: ethpmPhysIf}\n  register: first\n"
        + BLOCKED
        + "  ignore_errors: true\n"
        + """
- name: next
  nxapi.events.wait_for_interface: {name: Eth1/1, timeout: 10}
- name: lost
  nxapi.events.subscription_refresh: {name: port}
  ignore_errors: true
- name: since
  nxapi.events.wait_for_mo: {dn: "sys/intf/phys-[eth1/1]/phys", since: "{{ first.cursor }}", until: {operSt: up}, timeout: 10}
""",
        "-vvvvv",
    )
    run.see("operSt down (want up)")
    pid = run.listener()
    os.kill(pid, signal.SIGKILL)
    killed = time.monotonic()
    assert run.see("reason") - killed < 2
    done = run.finish()
    check_failure(done["blocked"], "listener", "listener", "run the playbook again")
    assert done["next"]["met_at"] and done["since"]["gaps"][0]["reason"] == "listener"
    check_failure(done["lost"], "invalid", "port")
    assert switch.stats()["logins"]["accepted"] == 2
    check_quiet(done, switch.password)


def test_a_refused_password_is_remembered_by_the_next_listener(leaf: Player, switch: Handle) -> None:
    run = leaf.begin(
        "- name: first\n  nxapi.events.mo_info: {dn: sys, password: Wrong-pass-9}\n  ignore_errors: true\n"
        + barrier("kill")
        + "- name: second\n  nxapi.events.mo_info: {dn: sys, password: Wrong-pass-9}\n  ignore_errors: true\n"
    )
    run.at("kill")
    os.kill(run.listener(), signal.SIGKILL)
    run.release("kill")
    done = run.finish()
    check_failure(done["first"], "login")
    check_failure(done["second"], "login", "not tried again")
    assert switch.stats()["logins"]["refused"] == 1


def test_the_timeout_of_a_task_releases_its_wait(leaf: Player, switch: Handle) -> None:
    """The keyword of core, not our option: it interrupts the action."""
    done = leaf.run(
        """
        - name: cut off
          nxapi.events.wait_for_interface: {name: Eth1/45, timeout: 50}
          timeout: 1
          ignore_errors: true
        - name: goes on
          nxapi.events.wait_for_interface: {name: Eth1/1, timeout: 10}
        """
    )
    assert done.of("cut off")[0].status == "failed" and done["goes on"]["met_at"]
    assert done.seconds < 40 and switch.stats()["logins"]["accepted"] == 1


def test_what_others_can_see_of_a_listener(leaf: Player, switch: Handle) -> None:
    """The Python is Ansible's; no secret is in its command line, its environment or any file; it cannot dump core."""
    run, pid, folder = blocked(leaf)
    process = Path(f"/proc/{pid}")
    assert (process / "exe").resolve() == Path(sys.executable).resolve() and (process / "cwd").resolve() == Path("/")
    core = next(line for line in (process / "limits").read_text().splitlines() if "core file" in line)
    assert core.split()[4:6] == ["0", "0"]
    files = [path for place in (folder, leaf.home) for path in place.rglob("*") if path.is_file()]
    assert files
    tokens = switch.call(lambda each: [token for session in each.sessions.live for token in session.tokens])
    for path in (process / "cmdline", process / "environ", *files):
        assert not any(secret.encode() in path.read_bytes() for secret in (switch.password, *tokens)), path
    run.signal(signal.SIGTERM)
    run.finish(None)
