#!/usr/bin/python
# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: notification_info
short_description: Show the notifications that an NX-OS switch has sent
version_added: 1.0.0
description:
  - Returns the notifications received for a subscription, oldest first. Reading consumes nothing; the same notifications can be
    read again and still count for a wait.
  - A V(modified) notification carries only the attributes that changed.
author:
  - nxapi.events contributors (@nxapi-events)
options:
  name:
    description:
      - Name of the subscription.
    type: str
    required: true
  since:
    description:
      - Only what came after this cursor, key C(cursor) in the result of M(nxapi.events.subscription), of this module or of a wait.
      - If not given, everything that is still kept, up to 10,000 notifications of a subscription.
    type: str
  limit:
    description:
      - At most so many, the oldest first. The returned RV(cursor) leads on to the rest.
    type: int
    default: 1000
extends_documentation_fragment:
  - nxapi.events.attributes
  - nxapi.events.connection
seealso:
  - module: nxapi.events.subscription
  - module: nxapi.events.wait_for_mo
"""

EXAMPLES = r"""
- name: Subscribe to the operational state of all ports
  nxapi.events.subscription:
    name: ports
    class: ethpmPhysIf
  register: ports

# ... the change ...

- name: Get what the switch reported during the change
  nxapi.events.notification_info:
    name: ports
    since: "{{ ports.cursor }}"
  register: seen

- name: Show it
  ansible.builtin.debug:
    msg: "{{ item.received_at }} {{ item.dn }} {{ item.status }} {{ item.attributes }}"
  loop: "{{ seen.notifications }}"
  loop_control:
    label: "{{ item.dn }}"
"""

RETURN = r"""
notifications:
  description: The notifications, oldest first.
  returned: success
  type: list
  elements: dict
  contains:
    cursor:
      description: Place of this notification in the stream.
      type: str
    received_at:
      description: When it was received, by the clock of the control node, in UTC.
      type: str
    status:
      description: V(created), V(modified) or V(deleted).
      type: str
    class:
      description: Class of the managed object.
      type: str
    dn:
      description: Distinguished name of the managed object.
      type: str
    attributes:
      description: What the notification carries.
      type: dict
    subscription:
      description: Name of the subscription.
      type: str
    origin:
      description: Where the knowledge is from, for example V(notification), or V(resync) for what a read after a gap revealed.
      type: str
  sample:
    - received_at: "2026-11-23T09:41:07.113Z"
      status: modified
      class: ethpmPhysIf
      dn: sys/intf/phys-[eth1/1]/phys
      attributes:
        operSt: up
        operStQual: none
      subscription: ports
      origin: notification
cursor:
  description: Place after the last returned notification; O(since) of the next task.
  returned: success
  type: str
dropped:
  description: Count of notifications that are no longer kept because there were too many.
  returned: success
  type: int
  sample: 0
gaps:
  description: Times in which notifications may have been missed.
  returned: success
  type: list
  elements: dict
  contains:
    from:
      description: Begin, in UTC.
      type: str
    to:
      description: End, in UTC; null while it lasts.
      type: str
    reason:
      description: Why.
      type: str
    subscription:
      description: Name of the subscription.
      type: str
  sample: []
reason:
  description:
    - Why the task failed, in one word; V(invalid), V(rejected), V(forbidden), V(login), V(certificate), V(not_nxapi), V(unreachable) or
      V(listener), which M(nxapi.events.wait_for_mo) explains.
  returned: failure
  type: str
  sample: rejected
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.nxapi.events.plugins.module_utils._argument_specs import arguments
from ansible_collections.nxapi.events.plugins.module_utils._module import run


def main() -> None:
    module = AnsibleModule(supports_check_mode=True, **arguments("notification_info"))
    run(
        module,
        "notifications",
        subscription=module.params["name"],
        since=module.params["since"],
        limit=module.params["limit"],
    )


if __name__ == "__main__":
    main()
