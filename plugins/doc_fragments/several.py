# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the options for several conditions in one wait."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  all_of:
    description:
      - Several conditions in one task, on one connection and with one deadline. All of them have to hold at the same moment.
      - Each entry says what to look at (O(all_of[].dn), O(all_of[].class), O(all_of[].interface) or O(all_of[].subscription)) and what must
        hold there. O(timeout), O(hold), O(since), O(only_new), O(after_reconnect) and O(fail_grace) are said once, beside the list.
      - RV(conditions) tells how each stands, and the message of a failure what is missing.
      - Instead of O(dn), O(class), O(subscription) and O(any_of). It takes no O(status).
    type: list
    elements: dict
    version_added: 1.0.0
    suboptions: &condition
      name:
        description:
          - What messages and RV(conditions) call it. The default is made from the query.
        type: str
      dn:
        description:
          - Distinguished name, as O(dn).
        type: str
      class:
        description:
          - Class, as O(class).
        type: str
        aliases:
          - class_name
      subscription:
        description:
          - Name of a subscription, as O(subscription).
        type: str
      interface:
        description:
          - Names of interfaces in any usual spelling, as the option O(nxapi.events.wait_for_interface#module:name). Takes C(state), C(match)
            and C(fail_when), and no other option of an entry than these and C(name).
        type: list
        elements: str
      query_target:
        description:
          - Which MOs are in scope, as O(query_target).
        type: str
        choices:
          - self
          - children
          - subtree
      target_subtree_class:
        description:
          - Only MOs of these classes, as O(target_subtree_class).
        type: list
        elements: str
      query_target_filter:
        description:
          - A filter on the switch, as O(query_target_filter).
        type: str
      format:
        description:
          - Format of the wire, as O(format).
        type: str
        choices:
          - json
          - xml
        default: json
      objects:
        description:
          - DNs of the MOs that count and have to be there, of all that are in scope. For many objects of one class, which one subscription serves.
        type: list
        elements: str
      where:
        description:
          - Which MOs count, as O(where).
        type: dict
      until:
        description:
          - What must hold, as O(until).
        type: dict
      fail_when:
        description:
          - When to give up early, as O(fail_when). With O(any_of) the wait ends when no condition is left that can hold.
        type: dict
      state:
        description:
          - Whether the MOs have to be there or gone, as O(state).
          - Interfaces have to be V(up), which is what V(present) means for them, V(down) or V(absent), as the option
            O(nxapi.events.wait_for_interface#module:state).
        type: str
        choices:
          - present
          - absent
          - up
          - down
        default: present
      match:
        description:
          - How many of the MOs have to satisfy it, as O(match).
        type: str
      min_count:
        description:
          - How many MOs there have to be at least, as O(min_count).
        type: int
  any_of:
    description:
      - The same as O(all_of), but one of the conditions is enough.
    type: list
    elements: dict
    version_added: 1.0.0
    suboptions: *condition
"""
