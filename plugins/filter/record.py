# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: record
short_description: A record of what a switch said during a change
version_added: 1.0.0
author:
  - nxapi.events contributors (@nxapi-events)
description:
  - Makes one list, in the order of time, of what M(nxapi.events.subscription) read before a change and what M(nxapi.events.notification_info)
    shows after it. Written with one entry a line in JSON, it is the record that the role P(nxapi.events.change_window#role) leaves.
  - Each entry has C(kind), C(host) and C(at). V(state) is an object as the subscription read it, V(notification) what the switch sent
    (or what a read after a gap revealed, by its C(origin)), V(gap) a time, C(from) and C(to), in which something may have been missed of its
    C(subscription), and V(task) a mark. C(to) of a gap that goes on is null.
  - The filter P(nxapi.events.timeline#filter) draws it.
options:
  _input:
    description:
      - The result of M(nxapi.events.subscription), with or without a loop.
    type: dict
    required: true
  seen:
    description:
      - The result of M(nxapi.events.notification_info), with or without a loop. Where it failed in a loop over the results in O(_input),
        the record has a gap from the beginning of that subscription on, whose C(reason) is V(not collected).
    type: dict
    required: true
  host:
    description:
      - Name of the switch.
    type: str
    required: true
  marks:
    description:
      - What else happened when, each with C(at) (UTC, ISO 8601), C(name) and C(status); what took its time also with C(end).
    type: list
    elements: dict
    default: []
"""

EXAMPLES = r"""
- name: Write the record
  ansible.builtin.copy:
    content: "{{ before | nxapi.events.record(seen, inventory_hostname) | map('to_json') | join('\n') }}\n"
    dest: ./change.jsonl
    mode: "0600"
  delegate_to: localhost
"""

RETURN = r"""
_value:
  description: The entries, in the order of time.
  type: list
  elements: dict
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.journal import Cursors
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.times import iso

Entry = dict[str, Any]

MO = ("dn", "class", "attributes")
NOTIFICATION = ("subscription", *MO, "status", "origin")
GAP = ("subscription", "from", "to", "reason")

BEFORE = ("cursor", "subscription")
SEEN = ("notifications", "gaps")
LOST = ("failed", "item", "msg")
"""Keys of the results of a subscription, of what arrived, and of what could not be collected. (A name each: ansible-doc of
2.19 warns of several in one assignment.)"""


def record(before: object, seen: object, host: str, marks: Sequence[Mapping[str, Any]] = ()) -> list[Entry]:
    entries: list[Entry] = []
    for each in _results(before, BEFORE):
        at, name = iso(Cursors.parse(each["cursor"]).wall), each["subscription"]["name"]
        for mo in each["mos"]:
            entries.append({"kind": "state", "at": at, "host": host, "subscription": name, **_of(mo, *MO)})
    for each in _results(seen, SEEN, LOST):
        if "notifications" not in each:
            entries.append(_lost(each, host))
            continue
        for one in each["notifications"]:
            entries.append({"kind": "notification", "at": one["received_at"], "host": host, **_of(one, *NOTIFICATION)})
        for gap in each["gaps"]:
            entries.append({"kind": "gap", "at": gap["from"], "host": host, **_of(gap, *GAP)})
    entries += [{"kind": "task", "host": host, **mark} for mark in marks]
    return sorted(entries, key=lambda entry: str(entry["at"]))


def _of(given: Mapping[str, Any], *names: str) -> Entry:
    return {name: given[name] for name in names}


def _lost(failed: Mapping[str, Any], host: str) -> Entry:
    """Of what could not be collected nothing is known since the subscription began."""
    (began,) = _results(failed["item"], BEFORE)
    at, name = iso(Cursors.parse(began["cursor"]).wall), began["subscription"]["name"]
    gap = {"subscription": name, "from": at, "to": None, "reason": "not collected"}
    return {"kind": "gap", "at": at, "host": host, **gap}


def _results(given: object, *kinds: tuple[str, ...]) -> list[Mapping[str, Any]]:
    """Those of a task or of its loop, each with the keys of one of ``kinds``."""
    results = given.get("results", [given]) if isinstance(given, Mapping) else [None]
    if not all(isinstance(each, Mapping) and any(each.keys() >= set(kind) for kind in kinds) for each in results):
        raise AnsibleFilterError(
            "record takes the registered results of nxapi.events.subscription and nxapi.events.notification_info."
        )
    return list(results)


class FilterModule:
    def filters(self) -> dict[str, Callable[..., list[Entry]]]:
        return {"record": record}
