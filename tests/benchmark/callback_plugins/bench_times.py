# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Notes when each task begins and ends, as lines of JSON in the file that BENCH_TIMES names. The clock is monotonic, the
same for all processes of the machine."""

from __future__ import annotations

import json
import os
import time
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: bench_times
type: aggregate
short_description: When each task began and ended
description: Writes a line of JSON for each begin of a task, and for each result, to the file that BENCH_TIMES names.
author: nxapi.events contributors (@nxapi-events)
"""

KEPT = (
    "item",
    "returned_at",
    "notifications",
    "msg",
    "reason",
    "gaps",
    "expected",
)


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "bench_times"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._file = open(os.environ["BENCH_TIMES"], "a", encoding="utf-8", buffering=1)  # noqa: SIM115  (until the run ends)

    def _write(self, kind: str, task: str, host: str = "", result: dict[str, Any] | None = None) -> None:
        at = time.monotonic()
        kept = {name: value for name, value in (result or {}).items() if name in KEPT}
        line = {"kind": kind, "task": task, "at": at, "host": host, "result": kept}
        self._file.write(json.dumps(line, default=str) + "\n")

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        self._write("task", task.name)

    def v2_runner_on_ok(self, result: Any) -> None:
        self._write("ok", result._task.name, result._host.name, result._result)

    def v2_runner_item_on_ok(self, result: Any) -> None:
        self._write("item", result._task.name, result._host.name, result._result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        kept = {**result._result, "expected": True} if ignore_errors else result._result
        self._write("failed", result._task.name, result._host.name, kept)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._write("failed", result._task.name, result._host.name, result._result)
