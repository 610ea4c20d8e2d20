# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Actions that wait. Private to the collection.

They run no module: the listener does the waiting, and this process sleeps in one call to it at a time and prints what it
is told to. Whatever interrupts the task (its ``timeout`` among others) releases the wait in the listener.
"""

from __future__ import annotations

from typing import Any

from ..module_utils._listener import Failure, call
from ._action import ListenerAction


class WaitAction(ListenerAction):
    kind: str
    """What the listener calls this wait: mo or interface."""

    def _work(self, session: str, options: dict[str, Any], host: str, task_vars: dict[str, Any]) -> dict[str, Any]:
        started = call(session, "wait_start", kind=self.kind, check=bool(self._task.check_mode), options=options)
        result = started["result"]
        try:
            self._show(started["lines"])
            while result is None:
                step = call(session, "wait_next", wait=started["wait"])
                self._show(step["lines"])
                result = step["result"]
        finally:
            if result is None:
                _release(session, started["wait"])
        warnings = [*(started.get("warnings") or ()), *(result.pop("warnings", None) or ())]
        return {"changed": False, "host": host, **result, **({"warnings": warnings} if warnings else {})}

    def _show(self, lines: list[dict[str, str]]) -> None:
        """At once. Display knows nothing of no_log, so with that the lines that hold counts only."""
        for line in lines:
            self._display.display(line["quiet" if self._task.no_log else "text"])


def _release(session: str, wait: str) -> None:
    try:
        call(session, "wait_cancel", wait=wait)
    except Failure:
        pass  # A listener that is gone has no waits.
