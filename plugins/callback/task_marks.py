# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: task_marks
type: notification
short_description: Notes when each task began and ended, for the record of a change
version_added: 1.0.0
author:
  - nxapi.events contributors (@nxapi-events)
description:
  - While it is enabled, the record that the role P(nxapi.events.change_window#role) leaves, and the page that it draws, have a mark for each task of
    the change on that switch, with its name, its module, when it began and ended, and whether it was ok, changed, failed, skipped or ignored.
    Without it they have marks only for the begin and the end of the change.
  - It notes no arguments and no results. The name of a task is noted as ansible-core shows it, also of a task with C(no_log).
  - The notes are kept in the temporary folder of the run, which only the user may read and which ansible-core removes at the end.
requirements:
  - to be enabled, as the examples show; a callback cannot enable itself
seealso:
  - plugin: nxapi.events.task_marks
    plugin_type: lookup
"""

EXAMPLES = r"""
# In ansible.cfg, for example beside the playbooks in the project of AWX:
#
#   [defaults]
#   callbacks_enabled = nxapi.events.task_marks
#
# or in the environment of the run:
#
#   ANSIBLE_CALLBACKS_ENABLED=nxapi.events.task_marks ansible-playbook window.yml
"""

import time
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase
from ansible_collections.nxapi.events.plugins.plugin_utils._task_marks import note
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.times import iso

OWN = Path(__file__).resolve().parents[2] / "roles" / "change_window"
WAIT = "nxapi.events.wait_for_mo"
PREFIX = "nxapi.events.change_window : "
"""What core puts before the names of the tasks that this role includes."""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "nxapi.events.task_marks"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self._begun: dict[tuple[str, str], float] = {}
        self._broken = False

    def v2_runner_on_start(self, host: Any, task: Any) -> None:
        self._begun[host.get_name(), task._uuid] = time.time()

    def v2_runner_on_ok(self, result: Any) -> None:
        self._note(result, "changed" if result.is_changed() else "ok")

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._note(result, "ignored" if ignore_errors else "failed")

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._note(result, "unreachable")

    def v2_runner_on_skipped(self, result: Any) -> None:
        self._note(result, "skipped")

    def _note(self, result: Any, status: str) -> None:
        # Public in the newer cores, with an underscore in the older ones.
        host, task = (getattr(result, name, None) or getattr(result, "_" + name) for name in ("host", "task"))
        begun = self._begun.pop((host.get_name(), task._uuid), None)
        if begun is None or self._broken or _is_frame(task):
            return
        end = max(begun, time.time())
        mark = {
            "at": iso(begun),
            "end": iso(end),
            "name": task.get_name().strip().removeprefix(PREFIX),
            "action": task.resolved_action or task.action,
            "status": status,
        }
        try:
            note(host.get_name(), mark)
        except OSError as error:
            self._broken = True
            self._display.warning("nxapi.events.task_marks: no more tasks are noted: %s" % error.strerror)


def _is_frame(task: Any) -> bool:
    """Tasks of the role change_window itself say nothing, but for the wait."""
    file = Path((task.get_path() or "").rpartition(":")[0]).resolve()
    return file.is_relative_to(OWN) and task.resolved_action != WAIT
