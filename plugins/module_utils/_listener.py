# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How modules and action plugins talk to the listener, and what becomes of its errors. Private to the collection.

The only translation there is: whatever goes wrong in a call becomes a Failure, whose reason and msg a task may show.
The exceptions of ansible.module_utils.connection hold the repr of all arguments when the listener dies in a call, so
their text is never shown.
"""

from __future__ import annotations

import json
from typing import Any

from ansible.module_utils.connection import Connection, ConnectionError

REASONS = (
    "timeout",
    "fail_when",
    "impossible",
    "invalid",
    "rejected",
    "forbidden",
    "login",
    "certificate",
    "not_nxapi",
    "unreachable",
    "listener",
)
"""The closed list, as in the engine (a module cannot import the engine; a test compares the two)."""

GONE = (
    "The nxapi.events listener, the background process of this run, gave no usable answer: run the playbook again, "
    "and if it happens again look for what stops processes on the control node (memory, a job limit)."
)


class Failure(Exception):
    """A failed task: ``reason`` is one of REASONS, ``msg`` one sentence that says what to do."""

    def __init__(self, reason: str, msg: str) -> None:
        super().__init__(msg)
        self.reason = reason
        self.msg = msg


def call(socket_path: str, method: str, **arguments: Any) -> dict[str, Any]:
    """One remote call; raises Failure and nothing else, except what interrupts the task (a BaseException)."""
    try:
        reply = getattr(Connection(socket_path), method)(**arguments)
    except ConnectionError as error:
        failure = _translated(str(error))
    except Exception:
        failure = Failure("listener", GONE)
    else:
        if isinstance(reply, dict):
            return reply
        failure = Failure("listener", GONE)
    raise failure


def _translated(text: str) -> Failure:
    """The listener's own error is a JSON object; any other text is the transport's and stays unseen."""
    try:
        error = json.loads(text)
    except ValueError:
        error = None
    if isinstance(error, dict) and error.get("reason") in REASONS and isinstance(error.get("msg"), str):
        return Failure(error["reason"], error["msg"])
    return Failure("listener", GONE)
