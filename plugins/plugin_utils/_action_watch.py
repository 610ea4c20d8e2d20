# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action that watches: a wait for nothing but the end of its time. Private to the collection."""

from __future__ import annotations

from typing import Any

from ansible import constants as C

from ._action_wait import WaitAction

TOO_FEW_FORKS = (
    "A watch without duration occupies a fork for each host, so of the %d hosts of this play only %d are watched at a time. "
    "Use --forks %d (in AWX: forks of the job template), or give a duration."
)


class WatchAction(WaitAction):
    kind = "watch"

    def _work(self, session: str, options: dict[str, Any], host: str, task_vars: dict[str, Any]) -> dict[str, Any]:
        if not options["duration"] and not options["limit"] and not self._task.check_mode:
            self._warn_of_forks(task_vars)
        # What is not to be shown is not even sent here.
        how = {"verbose": self._display.verbosity > 0, "secret": bool(self._task.no_log)}
        return super()._work(session, {**options, **how}, host, task_vars)

    def _warn_of_forks(self, task_vars: dict[str, Any]) -> None:
        """A line, since core keeps warnings of a task until its end. The first host says it for all."""
        hosts, forks = task_vars.get("ansible_play_batch") or (), task_vars.get("ansible_forks") or 0
        first = bool(hosts) and task_vars.get("inventory_hostname") == hosts[0]
        if 0 < forks < len(hosts) and first and not self._task.run_once:
            self._display.display(TOO_FEW_FORKS % (len(hosts), forks, len(hosts)), color=C.COLOR_WARN)
