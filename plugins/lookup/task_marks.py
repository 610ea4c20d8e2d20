# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: task_marks
short_description: When the tasks of this run began and ended on a host
version_added: 1.0.0
author:
  - nxapi.events contributors (@nxapi-events)
description:
  - What the callback P(nxapi.events.task_marks#callback) has noted so far in this run, for the option O(nxapi.events.record#filter:marks) of a record. If
    the callback is not enabled, that is nothing.
options:
  _terms:
    description:
      - Names of hosts in the inventory.
    type: list
    elements: str
    required: true
  since:
    description:
      - Only tasks that began then or later, as UTC in ISO 8601 with milliseconds, such as V(2026-11-24T09:17:34.686Z).
    type: str
    default: ""
seealso:
  - plugin: nxapi.events.task_marks
    plugin_type: callback
"""

EXAMPLES = r"""
- name: Show how long the tasks so far have taken
  ansible.builtin.debug:
    msg: "{{ item.name }}: {{ item.at }} to {{ item.end }}"
  loop: "{{ query('nxapi.events.task_marks', inventory_hostname) }}"
  loop_control:
    label: "{{ item.name }}"
"""

RETURN = r"""
_list:
  description:
    - For each task that has ended C(name), C(action), C(at), C(end) and C(status), which is V(ok), V(changed), V(failed), V(ignored),
      V(unreachable) or V(skipped).
  type: list
  elements: dict
"""

from typing import Any

from ansible.plugins.lookup import LookupBase
from ansible_collections.nxapi.events.plugins.plugin_utils._task_marks import Mark, noted


class LookupModule(LookupBase):
    def run(self, terms: list[str], variables: Any = None, **keywords: Any) -> list[Mark]:
        self.set_options(var_options=variables, direct=keywords)
        since = self.get_option("since")
        return [mark for host in terms for mark in noted(host) if mark["at"] >= since]
