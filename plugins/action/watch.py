# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.nxapi.events.plugins.plugin_utils._action_watch import WatchAction


class ActionModule(WatchAction):
    name = "watch"
