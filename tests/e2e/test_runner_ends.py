# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs of ansible-runner that somebody or something ends in the middle of a wait, and one that nothing ends: what is left."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import reach
from jobs import A_CONTAINER, ANOTHER_USER, CANCELLED, Job, Jobs, Running, can_unshare
from playing import eventually
from simulator.thread import Handle

WAIT = "- name: Wait for interfaces\n  import_playbook: nxapi.events.wait_for_interface\n"
WAITS = "leaf1 Ethernet1/45: operSt down (want up)"
LONGER = 45.0
"""Longer than the longest silence of a wait (30 s) and than an idle timeout may take to be noticed."""


container = pytest.mark.skipif(not can_unshare(A_CONTAINER), reason="this kernel gives no user and pid namespaces")


@pytest.fixture
def jobs(tmp_path: Path) -> Iterator[Jobs]:
    made = Jobs(tmp_path)
    yield made
    made.close()


def job(jobs: Jobs, switch: Handle, **more: object) -> Job:
    answers = {"interface": "Ethernet1/45", "wait_timeout": "300"}
    return jobs.job({"leaf1": reach(switch)}, WAIT, answers, **more)  # type: ignore[arg-type]


def waiting(run: Running) -> Path:
    """In the middle of a wait; the listener's folder."""
    run.see(WAITS)
    return run.job.listener()[1]


def check_all_gone(run: Running, folder: Path, switch: Handle) -> None:
    run.job.gone()
    stats = switch.stats()
    assert stats["requests"]["by"]["POST aaaLogout"] == {"200": 1} and stats["sessions"]["live"] == 0
    assert stats["sockets"]["open"] == 0 and not folder.exists()


@pytest.mark.parametrize("way", ["run", "stream"])
def test_cancelled(jobs: Jobs, switch: Handle, way: str) -> None:
    """AWX ends `ansible-runner worker` by a signal."""
    made = job(jobs, switch)
    run = made.run() if way == "run" else made.stream()
    folder = waiting(run)
    run.cancel()
    run.finish("canceled", CANCELLED)
    check_all_gone(run, folder, switch)


@pytest.mark.skipif(not can_unshare(ANOTHER_USER), reason="this kernel gives no user namespace")
def test_cancelled_as_a_user_without_an_entry(jobs: Jobs, switch: Handle, tmp_path: Path) -> None:
    made = job(jobs, switch, environment={"ANSIBLE_LOCAL_TEMP": str(tmp_path / "tmp")})
    made.inside = ANOTHER_USER
    made.home.chmod(0o555)
    run = made.stream()
    folder = waiting(run)
    run.cancel()
    run.finish("canceled", CANCELLED)
    check_all_gone(run, folder, switch)


@container
def test_cancelled_in_a_pod(jobs: Jobs, switch: Handle) -> None:
    """Its first process, ansible-runner, lives longer than ansible-playbook, if not by much: it packs the artifacts."""
    made = job(jobs, switch)
    made.inside = A_CONTAINER
    run = made.stream()
    run.see(WAITS)
    run.cancel()
    run.finish("canceled", CANCELLED)
    made.gone()
    assert switch.stats()["sessions"]["live"] == 0


@container
def test_cancelled_with_its_container(jobs: Jobs, switch: Handle) -> None:
    """Nothing in it lives to log out. What the guide says of the session that is left: it is the switch that ends it."""
    made = job(jobs, switch)
    made.in_a_container()
    run = made.stream()
    folder = waiting(run)
    run.cancel()
    run.finish("canceled", CANCELLED)
    made.gone()
    shutil.rmtree(folder)  # in a container it would be gone with it
    eventually(lambda: switch.stats()["sockets"]["open"] == 0, "the end of the socket")
    assert switch.stats()["sessions"]["live"] == 1


def test_the_job_timeout(jobs: Jobs, switch: Handle) -> None:
    run = job(jobs, switch, settings={"job_timeout": 12}).stream()
    folder = waiting(run)
    run.finish("timeout", CANCELLED)
    check_all_gone(run, folder, switch)


def test_an_idle_timeout_below_30_s_ends_a_wait(jobs: Jobs, switch: Handle) -> None:
    """A wait says something at least every 30 s, not more often where nothing happens."""
    run = job(jobs, switch, settings={"idle_timeout": 10}).stream()
    folder = waiting(run)
    run.finish("timeout", CANCELLED)
    check_all_gone(run, folder, switch)


def test_an_idle_timeout_above_30_s_does_not(jobs: Jobs, switch: Handle) -> None:
    """ansible-runner looks every 5 s, so that without the line after 30 s this one would end the job after 36 to 42."""
    run = job(jobs, switch, settings={"idle_timeout": 36}).stream()
    waiting(run)
    begun = time.monotonic()
    run.see(f"{WAITS} [operStQual admin-down], 30 s of 300 s")
    time.sleep(max(0.0, begun + LONGER - time.monotonic()))  # nothing but time can show that nothing happens
    switch.set("sys/intf/phys-[eth1/45]/phys", operSt="up")
    result = run.finish().results("Wait")["leaf1"]
    assert result["met"] and result["elapsed"] > LONGER - 1
