# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the options that both waits have."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  match:
    description:
      - How many of the objects in scope have to satisfy the condition, all at one moment.
        V(all) of them, V(any), a number (V(2), at least so many) or a percentage (V(80%), rounded up).
      - The default is V(all).
    type: str
  hold:
    description:
      - Seconds that the condition must stay true without a break. It starts again when the condition is lost, and after any
        gap in which the switch could not be heard.
      - Part of O(timeout), so it must be shorter than that.
    type: float
    default: 0
  timeout:
    description:
      - Seconds until the task fails. One deadline for everything, logging in and reconnecting included.
    type: float
    default: 300
  fail_when:
    description:
      - When to give up early. A map from attributes to values, like the O(ignore:until) of M(nxapi.events.wait_for_mo).
      - It ends the wait when it becomes true after the first read, or when it is true at the first read and still true a grace
        time (5 seconds) later; and only when so many objects fail that O(match) is out of reach. It beats success.
    type: dict
  since:
    description:
      - A cursor, key C(cursor) in the result of an earlier task (M(nxapi.events.subscription),
        M(nxapi.events.notification_info) or a wait). Whatever came after it counts, and a state that was true at any moment
        after it.
    type: str
  after_reconnect:
    description:
      - Succeed only once the session with the switch has been lost and built up again after the start of the task (or after
        O(since)). For a reload, because the switch is still up when the command for it returns.
    type: bool
    default: false
"""
