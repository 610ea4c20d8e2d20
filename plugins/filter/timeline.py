# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: timeline
short_description: A record of a change as a page to look at
version_added: 1.0.0
author:
  - nxapi.events contributors (@nxapi-events)
description:
  - Draws a record, as the role P(nxapi.events.change_window#role) leaves it, as one page of HTML. It needs nothing else to be looked at, no network either.
  - It has a lane for each managed object with its state in colour over time, the tasks of the play as marks, gaps as gaps, and a filter by text.
  - What is the state of a class, and which values are good, is known for interfaces and for the classes behind the words of the filter
    P(nxapi.events.conditions#filter). Of another class the states are told apart, but not judged.
  - The page holds the attributes of the objects as the record has them, so it is as confidential as the record.
options:
  _input:
    description:
      - The record as text, an object in JSON on each line; or the list of these objects, as the filter P(nxapi.events.record#filter) makes it.
        Records of several switches may stand one after another.
    type: raw
    required: true
  title:
    description:
      - What stands above it. If not given, the names of the switches.
    type: str
    default: ""
seealso:
  - plugin: nxapi.events.record
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Draw a record
  ansible.builtin.copy:
    content: "{{ lookup('ansible.builtin.file', 'leaf1.jsonl') | nxapi.events.timeline(title='Maintenance of leaf1') }}"
    dest: ./leaf1.html
    mode: "0600"
  delegate_to: localhost
"""

RETURN = r"""
_value:
  description: The page.
  type: str
"""

from collections.abc import Callable

from ansible.errors import AnsibleFilterError
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.errors import InvalidOptions
from ansible_collections.nxapi.events.plugins.plugin_utils.timeline.page import page
from ansible_collections.nxapi.events.plugins.plugin_utils.timeline.record import read


def timeline(record: object, title: str = "") -> str:
    try:
        return page(read(record), str(title))
    except InvalidOptions as error:
        raise AnsibleFilterError("timeline: %s" % error) from None


class FilterModule:
    def filters(self) -> dict[str, Callable[..., str]]:
        return {"timeline": timeline}
