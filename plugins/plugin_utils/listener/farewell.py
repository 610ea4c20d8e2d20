# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The end of a run: ansible-playbook stays until its listener has logged out.

The listener notices the end of its run by itself. But in an execution environment (AWX, ansible-navigator) ansible-playbook
is the first process of a container, and when that ends the kernel kills all others: no switch would see a logout,
and each job would leave its sessions there until their tokens end.

Core imports an action plugin in its main process too, to look at its class, before the first worker runs the action. What
is registered here runs there, at the exit of the interpreter, before core removes the run's temporary folder. A run that
is killed has no such moment.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import select
import signal
import socket
import struct

from . import spawn

PATIENCE = 3.0
"""Seconds for a listener to take a connection."""

END = 11.0
"""Seconds for it to end; it gives the switches 2 to answer, and a thousand of them 10 (LOGOUTS_SECONDS in server.py)."""


def register(local_tmp: str) -> None:
    """In the main process: part from the listener of the run with this folder, if there is one by then."""
    if multiprocessing.parent_process() is None:
        atexit.register(_part, os.getpid(), local_tmp)


def _part(run: int, local_tmp: str) -> None:
    """Tell the listener to end, and wait until it has. Where the kernel does not tell its pid, it ends by itself."""
    if run != os.getpid() or not hasattr(os, "pidfd_open"):
        return
    try:
        listener = _listener(local_tmp)
        if listener is None:
            return
        try:
            signal.pidfd_send_signal(listener, signal.SIGTERM)
            ended = select.poll()
            ended.register(listener, select.POLLIN)
            ended.poll(END * 1000)
        finally:
            os.close(listener)
    except (OSError, KeyboardInterrupt):
        pass  # it has ended meanwhile, takes no connection, or the user does not want to wait for it


def _listener(local_tmp: str) -> int | None:
    """A pidfd of the process that listens on the control socket, or None."""
    control = spawn.control_socket(local_tmp)
    if control is None:
        return None
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(PATIENCE)  # else it would wait for ever for one that is stopped and whose queue is full
        probe.connect(control)
        found = probe.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        pid, user, _group = struct.unpack("3i", found)
        return os.pidfd_open(pid) if pid > 0 and user == os.geteuid() else None
