# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: as_before
short_description: Conditions under which nothing that was well before a change is not
version_added: 1.0.0
author:
  - nxapi.events contributors (@nxapi-events)
description:
  - Takes the result of M(nxapi.events.subscription) from before a change and makes entries for the option
    O(nxapi.events.wait_for_mo#module:all_of) from it. They hold when each object that was well then is well.
  - What is well is known for interfaces and for the classes behind the words of the filter P(nxapi.events.conditions#filter). An object of another
    class is well while it exists.
  - What was not well before is not asked for. If nothing was well, the list is empty.
options:
  _input:
    description:
      - The result of M(nxapi.events.subscription), with or without a loop.
    type: dict
    required: true
seealso:
  - plugin: nxapi.events.wait_for_mo
    plugin_type: module
"""

EXAMPLES = r"""
- name: Subscribe to the ports before the change
  nxapi.events.subscription:
    name: ports
    class: ethpmPhysIf
  register: before

# ... the change ...

- name: Wait until every port that was up is up
  nxapi.events.wait_for_mo:
    all_of: "{{ before | nxapi.events.as_before }}"
"""

RETURN = r"""
_value:
  description: Entries for O(nxapi.events.wait_for_mo#module:all_of).
  type: list
  elements: dict
"""

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.nxapi.events.plugins.plugin_utils.engine import convergence


def as_before(before: object) -> list[dict[str, Any]]:
    results = before.get("results", [before]) if isinstance(before, Mapping) else None
    if not results or not all(isinstance(each, Mapping) and each.get("subscription") for each in results):
        raise AnsibleFilterError("as_before takes the registered result of nxapi.events.subscription.")
    found: list[dict[str, Any]] = []
    for each in results:
        found += convergence.as_before(each["mos"], each["subscription"]["name"])
    return found


class FilterModule:
    def filters(self) -> dict[str, Callable[..., list[dict[str, Any]]]]:
        return {"as_before": as_before}
