#!/usr/bin/python
# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: subscription_info
short_description: Show the subscriptions to an NX-OS switch and the session that holds them
version_added: 1.0.0
description:
  - Returns what this run of ansible-playbook holds for the switch, that is its subscriptions and the state of the session.
  - Asks the collection's background process only; nothing is sent to the switch.
author:
  - nxapi.events contributors (@nxapi-events)
extends_documentation_fragment:
  - nxapi.events.attributes
  - nxapi.events.connection
seealso:
  - module: nxapi.events.subscription
  - module: nxapi.events.notification_info
"""

EXAMPLES = r"""
- name: See what is subscribed on this switch
  nxapi.events.subscription_info:
  register: held

- name: Refuse to start the change without a live session
  ansible.builtin.assert:
    that: held.session.connected
    fail_msg: The notifications of {{ inventory_hostname }} would be missed.
"""

RETURN = r"""
subscriptions:
  description: The subscriptions of this session, each as in M(nxapi.events.subscription).
  returned: success
  type: list
  elements: dict
  sample:
    - name: ports
      ids: ["18374686685813276673"]
      path: /api/class/ethpmPhysIf.json
      format: json
      lifetime: 90.0
      expires_in: 71.4
      refreshed: "2026-11-23T09:41:30.118Z"
      last_frame: "2026-11-23T09:41:07.113Z"
      notifications: 12
session:
  description: The session.
  returned: success
  type: dict
  contains:
    connected:
      description: Whether the WebSocket is open.
      type: bool
      sample: true
    token_expires_in:
      description: Seconds until the login would end if it were not refreshed; null without a login.
      type: float
      sample: 512.8
    reconnects:
      description: How often the session has been lost and built up again.
      type: int
      sample: 0
    undecodable:
      description: Count of frames from the switch that could not be understood.
      type: int
      sample: 0
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
    module = AnsibleModule(supports_check_mode=True, **arguments("subscription_info"))
    run(module, "info")


if __name__ == "__main__":
    main()
