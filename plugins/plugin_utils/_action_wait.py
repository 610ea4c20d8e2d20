# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Actions that wait. Private to the collection.

They run no module: the listener does the waiting, and this process sleeps in one call to it at a time and prints what it
is told to. Whatever interrupts the task (its ``timeout`` among others) releases the wait in the listener.
"""

from __future__ import annotations

from typing import Any

from ..module_utils._argument_specs import FLEET
from ..module_utils._listener import Failure, call
from ._action import ListenerAction, own_options
from ._connection_options import gather_each, resolve


class WaitAction(ListenerAction):
    kind: str
    """What the listener calls this wait: mo or interface."""

    def _perform(self, options: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        if options.get("hosts") is not None:
            return self._wait_for_many(options, task_vars)
        given = next((option for option in FLEET if options.get(option) is not None), None)
        if given is not None:
            raise Failure("invalid", "%s has a meaning only beside hosts." % given)
        return super()._perform(options, task_vars)

    def _work(self, session: str, options: dict[str, Any], host: str, task_vars: dict[str, Any]) -> dict[str, Any]:
        return {"changed": False, "host": host, **self._wait(session, "wait_start", options)}

    def _wait_for_many(self, options: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """One task for the switches that ``hosts`` names, each with its own variables."""
        hosts = list(dict.fromkeys(options["hosts"]))
        if not hosts:
            raise Failure("invalid", "hosts names no switch.")
        if options["host"] is not None:
            raise Failure("invalid", "host and hosts contradict each other.")
        if not self._task.run_once and len(task_vars.get("ansible_play_batch") or ()) > 1:
            raise Failure("invalid", "A task with hosts waits for all of them by itself: give it run_once: true.")
        members: list[dict[str, Any]] = []
        connections: list[dict[str, Any]] = []
        for sources in gather_each(self._task, self._play_context, self._templar, task_vars, options, hosts):
            try:
                connections.append(resolve(sources))
                members.append({"name": sources.name})
            except Failure as failure:
                members.append({"name": sources.name, "reason": failure.reason, "msg": failure.msg})
        control = self._control()
        numbers = iter(call(control, "set_options_of_many", switches=connections)["sessions"])
        for member in members:
            if "reason" not in member:
                member["session"] = next(numbers)
        own = {option: value for option, value in own_options(options).items() if option not in FLEET}
        terms = {option: options[option] for option in FLEET}
        return {"changed": False, **self._wait(control, "fleet_start", own, terms=terms, members=members)}

    def _wait(self, socket: str, method: str, options: dict[str, Any], **given: Any) -> dict[str, Any]:
        """The result of a wait that ``method`` starts, with its progress shown as it comes."""
        check = bool(self._task.check_mode)
        started = call(socket, method, kind=self.kind, check=check, options=options, **given)
        result = started["result"]
        try:
            self._show(started["lines"])
            while result is None:
                step = call(socket, "wait_next", wait=started["wait"])
                self._show(step["lines"])
                result = step["result"]
        finally:
            if result is None:
                _release(socket, started["wait"])
        warnings = [*(started.get("warnings") or ()), *(result.pop("warnings", None) or ())]
        return {**result, **({"warnings": warnings} if warnings else {})}

    def _show(self, lines: list[dict[str, str]]) -> None:
        """At once. Display knows nothing of no_log, so with that the lines that hold counts only."""
        for line in lines:
            self._display.display(line["quiet" if self._task.no_log else "text"])


def _release(session: str, wait: str) -> None:
    try:
        call(session, "wait_cancel", wait=wait)
    except Failure:
        pass  # A listener that is gone has no waits.
