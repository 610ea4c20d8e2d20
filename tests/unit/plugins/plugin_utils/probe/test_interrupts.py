# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import signal
import threading

import pytest
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.errors import Rejected
from ansible_collections.nxapi.events.plugins.plugin_utils.probe.interrupts import SIGNALS, Stopped, unbroken, unwinding


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_unwinds_first_and_does_then_what_it_always_does(number: signal.Signals) -> None:
    steps: list[str] = []
    given = signal.signal(number, lambda *_unused: steps.append("as always"))
    try:
        with pytest.raises(Stopped), unwinding():
            try:
                os.kill(os.getpid(), number)
            finally:
                os.kill(os.getpid(), number)
                steps.append("put back")
        assert steps == ["put back", "as always"]
    finally:
        signal.signal(number, given)


def test_an_ignored_signal_stays_ignored() -> None:
    given = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with unwinding():
            os.kill(os.getpid(), signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, given)


def test_outside_of_the_main_thread_nothing_is_arranged() -> None:
    done: list[bool] = []

    def work() -> None:
        with unwinding():
            done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done


@pytest.mark.parametrize("fails", [False, True])
def test_what_must_not_be_interrupted_ends_first(fails: bool) -> None:
    """An interruption passes on after it, but what failed is more important."""
    begun, steps = threading.Event(), []

    def alarm(*_unused: object) -> None:
        steps.append("interrupted")
        begun.set()
        raise TimeoutError

    def work() -> None:
        os.kill(os.getpid(), signal.SIGALRM)
        assert begun.wait(10)
        steps.append("done")
        if fails:
            raise Rejected("not put back")

    given = signal.signal(signal.SIGALRM, alarm)
    try:
        with pytest.raises(Rejected if fails else TimeoutError):
            unbroken(work)
        assert steps == ["interrupted", "done"]
    finally:
        signal.signal(signal.SIGALRM, given)
