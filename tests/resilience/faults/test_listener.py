# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The listener is killed, or the run is: who waits is told at once, who is left over starts nothing. Real processes."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Semaphore
from typing import Any

import pytest
from ansible_collections.nxapi.events.plugins.module_utils._listener import Failure, call
from simulator import Options
from simulator.thread import Handle, running_in_thread
from support.run import gone_within, kill, listeners, next_task, orphaned, running, session_of
from support.trial import DOWN, OTHER

WAITS = 200
PORTS = ["sys/intf/phys-[eth1/%d]/phys" % number for number in range(1, 41)]


@pytest.fixture
def folder() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="nx", dir="/tmp") as path:
        yield path


@pytest.fixture
def switch() -> Iterator[Handle]:
    with running_in_thread(Options(link_delay=0.01)) as handle:
        yield handle


def wait(session: str, dn: str, listening: Semaphore) -> dict[str, Any]:
    """What the worker of a fork does; ``listening`` once it is told what is waited for."""
    options = {"dn": dn, "until": DOWN, "timeout": 60}
    step = started = call(session, "wait_start", kind="mo", check=False, options=options)
    listening.release()
    while step["result"] is None:
        step = call(session, "wait_next", wait=started["wait"])
    return dict(step["result"])


@contextmanager
def waiting(session: str, switch: Handle) -> Iterator[list[Future[dict[str, Any]]]]:
    """So many waits at once, each with a caller on the line; all of them have begun."""
    listening = Semaphore(0)
    with ThreadPoolExecutor(WAITS) as threads:
        waits = [threads.submit(wait, session, PORTS[number % len(PORTS)], listening) for number in range(WAITS)]
        for _each in waits:
            assert listening.acquire(timeout=20), next((each.exception() for each in waits if each.done()), "too slow")
        gone_within(20, lambda: switch.stats()["subscriptions"]["created"] == len(PORTS))
        yield waits


def test_two_hundred_callers_of_a_listener_wait_at_once(folder: str, switch: Handle) -> None:
    """One login, one socket, one subscription for each object, whoever asks."""
    with running(folder) as (_run, control):
        with waiting(session_of(control, switch), switch) as waits:
            assert not any(each.done() for each in waits)
            for dn in PORTS:
                switch.set(dn, operSt="down")
            results = [each.result(20) for each in waits]
        assert len(results) == WAITS and all(result["met"] and not result["gaps"] for result in results)
        stats = switch.stats()
        assert stats["logins"]["tries"] == stats["sockets"]["opened"] == 1
        assert stats["subscriptions"]["created"] == len(PORTS)


def test_all_who_wait_are_told_at_once_that_the_listener_was_killed_and_the_next_task_starts_another(
    folder: str, switch: Handle
) -> None:
    with running(folder) as (run, control):
        with waiting(session_of(control, switch), switch) as waits:
            (first,) = listeners(folder)
            kill(first)
            killed = time.monotonic()
            failures = [each.exception(20) for each in waits]
            assert time.monotonic() - killed < 3
        assert len(failures) == WAITS
        assert all(isinstance(each, Failure) and each.reason == "listener" for each in failures)
        assert next_task(run) == control and listeners(folder) != [first]
        assert call(session_of(control, switch), "read", query={"dn": OTHER})["mos"]


def test_a_module_that_is_being_answered_is_told_at_once_too(folder: str, switch: Handle) -> None:
    with running(folder) as (_run, control), ThreadPoolExecutor(1) as threads:
        session = session_of(control, switch)
        switch.fault("stall", seconds=60, when="before", count=1)
        module = threads.submit(call, session, "read", query={"dn": OTHER})
        gone_within(20, lambda: not switch.call(lambda each: each.rules.report()))
        kill(*listeners(folder))
        killed = time.monotonic()
        failure = module.exception(20)
        assert isinstance(failure, Failure) and failure.reason == "listener" and time.monotonic() - killed < 3


@pytest.mark.parametrize("killed", [False, True])
def test_a_worker_that_outlives_its_run_starts_no_listener(folder: str, switch: Handle, killed: bool) -> None:
    """It has another item of its loop to do. The listener is gone with the run, or was killed before that."""
    with running(folder) as (run, control):
        call(session_of(control, switch), "read", query={"dn": OTHER})
        if killed:
            kill(*listeners(folder))
        assert orphaned(run) == "failed: the ansible process of this task has ended; nothing is started for it."
        gone_within(3, lambda: not listeners(folder))
        assert killed or not os.path.exists(os.path.dirname(control))
    assert switch.stats()["logins"]["tries"] == 1
