# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""wait_for_mo, whose result also says when its action began and returned."""

from __future__ import annotations

import time
from typing import Any

from ansible_collections.nxapi.events.plugins.plugin_utils._action_wait import WaitAction


class ActionModule(WaitAction):
    name = "wait_for_mo"
    kind = "mo"

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        began = time.monotonic()
        result = super().run(tmp, task_vars)
        return {**result, "waited_from": began, "returned_at": time.monotonic()}
