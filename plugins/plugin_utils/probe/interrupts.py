# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a probe began is ended in order, even if its task is interrupted: by the task's ``timeout`` (an exception out of an
alarm), by Ctrl-C, or by core, which ends its workers with SIGTERM."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..engine.errors import EngineError

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """A signal asks this process to end."""


@contextmanager
def unwinding() -> Iterator[None]:
    """Signals that would end the process unwind what is inside first, and do what they always do after it.

    A second one waits too. Signals that are ignored stay so, and outside of the main thread nothing can be arranged.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    caught: list[int] = []

    def stop(number: int, _frame: object) -> None:
        caught.append(number)
        if len(caught) == 1:
            raise Stopped

    before = {number: signal.getsignal(number) for number in SIGNALS}
    before = {number: handler for number, handler in before.items() if handler not in (signal.SIG_IGN, None)}
    try:
        for number in before:
            signal.signal(number, stop)
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if caught:
            os.kill(os.getpid(), caught[0])


def unbroken(work: Callable[[], object]) -> None:
    """Runs it to its end, in a thread, whatever interrupts this one meanwhile. An EngineError of it comes out here."""
    failures: list[EngineError] = []
    claim, done = threading.Lock(), threading.Event()

    def run() -> None:
        if not claim.acquire(blocking=False):
            return
        try:
            work()
        except EngineError as exc:
            failures.append(exc)
        finally:
            done.set()

    try:
        threading.Thread(target=run).start()
        done.wait()
    except BaseException:
        run()  # if no thread came to begin with it
        done.wait()
        if not failures:
            raise
    if failures:
        raise failures[0]
