# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which run a process belongs to, and when that run is over."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
from collections.abc import Callable

POLL = 0.5
"""Seconds between looks at the run's process where the kernel has no pidfd."""


class RunEnded(Exception):
    """The ansible process that this worker belongs to is gone."""


def current_run() -> tuple[int, str]:
    """(pid, start time) of the ansible process whose worker we are; raises RunEnded in an orphaned worker.

    A worker's parent is the run; where getppid() says otherwise, the run has died and the worker was adopted.
    """
    parent = multiprocessing.parent_process()
    if parent is None or parent.pid is None:
        return os.getpid(), started(os.getpid())
    if os.getppid() != parent.pid:
        raise RunEnded("the ansible process of this task has ended")
    return parent.pid, started(parent.pid)


def started(pid: int) -> str:
    """The kernel's start time of a process, so that a reused pid is not mistaken; empty where it cannot be read."""
    try:
        with open("/proc/%d/stat" % pid, encoding="ascii", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def alive(pid: int, start: str) -> bool:
    """Whether that very process still runs; a zombie does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return False  # of another user: the run's was ours, so its pid is used again
    if not start:
        return True
    try:
        with open("/proc/%d/stat" % pid, encoding="ascii", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return False
    return fields[0] not in "ZX" and fields[19] == start


async def watch(pid: int, start: str, ended: Callable[[], None]) -> None:
    """Call ``ended`` once that process is gone: at once with pidfd_open (Linux), else within POLL seconds."""
    loop = asyncio.get_running_loop()
    try:
        handle = os.pidfd_open(pid)  # type: ignore[attr-defined,unused-ignore]
    except (AttributeError, OSError):
        handle = -1
    if not alive(pid, start):
        ended()
        return
    if handle >= 0:
        gone = asyncio.Event()
        loop.add_reader(handle, gone.set)
        await gone.wait()
        loop.remove_reader(handle)
        os.close(handle)
    else:
        while alive(pid, start):
            await asyncio.sleep(POLL)
    ended()
