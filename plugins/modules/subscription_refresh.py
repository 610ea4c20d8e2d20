#!/usr/bin/python
# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: subscription_refresh
short_description: Refresh subscriptions to an NX-OS switch now
version_added: 1.0.0
description:
  - You rarely need this. Subscriptions are refreshed in the background for as long as the run of ansible-playbook lasts, at
    a third of their lifetime of 90 seconds.
  - Sends C(subscriptionRefresh) now and tells whether the switch still knows the subscriptions. Useful to check that before
    a change, or to prove it in a test.
author:
  - nxapi.events contributors (@nxapi-events)
options:
  name:
    description:
      - Names of the subscriptions. If not given, all subscriptions of the session with this switch.
    type: list
    elements: str
  on_expired:
    description:
      - What to do when the switch says that a subscription has expired. V(fail) fails the task. V(recreate) subscribes and reads
        anew, and notes a gap.
    type: str
    choices:
      - fail
      - recreate
    default: fail
extends_documentation_fragment:
  - nxapi.events.attributes
  - nxapi.events.connection
attributes:
  check_mode:
    details:
      - Refreshes in check mode too. That changes nothing on the switch.
seealso:
  - module: nxapi.events.subscription
  - module: nxapi.events.subscription_info
"""

EXAMPLES = r"""
- name: Make sure that the switch still knows the subscription before the change begins
  nxapi.events.subscription_refresh:
    name: ports

- name: Refresh all subscriptions of this switch, and make expired ones anew
  nxapi.events.subscription_refresh:
    on_expired: recreate
"""

RETURN = r"""
subscriptions:
  description: The refreshed subscriptions, each as in M(nxapi.events.subscription). The task is changed only where one was made anew.
  returned: success
  type: list
  elements: dict
  sample:
    - name: ports
      ids: ["18374686685813276673"]
      path: /api/class/ethpmPhysIf.json
      format: json
      lifetime: 90.0
      expires_in: 90.0
      refreshed: "2026-11-23T09:41:30.118Z"
      last_frame: "2026-11-23T09:41:07.113Z"
      notifications: 12
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
    module = AnsibleModule(supports_check_mode=True, **arguments("subscription_refresh"))
    run(module, "refresh", names=module.params["name"], on_expired=module.params["on_expired"])


if __name__ == "__main__":
    main()
