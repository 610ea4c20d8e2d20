#!/usr/bin/python
# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: subscription
short_description: Subscribe to managed objects of an NX-OS switch
version_added: 1.0.0
description:
  - Subscribes to managed objects (MOs) over NX-API REST and keeps the subscription until the end of the run of
    ansible-playbook, so that a later task can use what the switch sent in the meantime.
  - Opens the WebSocket on which the switch pushes its notifications if it is not open yet, subscribes, and then reads the
    MOs. The subscription is refreshed in the background, and made anew after a break; such a break is noted as a gap.
  - Subscribe before the change, make the change with any module, then wait with M(nxapi.events.wait_for_mo) and
    O(nxapi.events.wait_for_mo#module:subscription). A wait needs no subscription made beforehand if it is enough that it
    looks at the state from its own start.
  - A subscription lives in the memory of the control node. The configuration of the switch is not changed.
author:
  - nxapi.events contributors (@nxapi-events)
options:
  name:
    description:
      - Name under which later tasks find the subscription. One name means one query on each switch; another query under the
        same name is an error.
      - If not given, a name is made from the query.
    type: str
  refresh_timeout:
    description:
      - Seconds that the switch is asked to keep the subscription without a refresh (C(refresh-timeout)).
      - Documented by Cisco for APIC 4.0 and later, not for NX-OS; what NX-OS makes of it is unknown. Nothing is sent unless this
        is given, and the subscription is refreshed often enough for the default of 90 seconds either way.
    type: int
  state:
    description:
      - V(present) subscribes, or leaves a live subscription of that name and query alone. V(absent) ends it. NX-API has
        no request for that; the switch drops the subscription when it is no longer refreshed.
    type: str
    choices:
      - present
      - absent
    default: present
extends_documentation_fragment:
  - nxapi.events.attributes
  - nxapi.events.connection
  - nxapi.events.query
attributes:
  check_mode:
    details:
      - Subscribes in check mode too. That changes nothing on the switch, and later tasks need the subscription.
seealso:
  - module: nxapi.events.wait_for_mo
  - module: nxapi.events.notification_info
"""

EXAMPLES = r"""
- name: Subscribe to the operational state of all physical ports
  nxapi.events.subscription:
    name: ports
    class: ethpmPhysIf

- name: Re-enable the port
  nxapi.events.mo:
    dn: sys/intf/phys-[eth1/1]
    class: l1PhysIf
    attributes:
      adminSt: up

- name: Wait until the port is up
  nxapi.events.wait_for_mo:
    subscription: ports
    where:
      dn: sys/intf/phys-[eth1/1]/phys
    until:
      operSt: up
    timeout: 120

- name: Follow all BGP peers of a switch, then stop following them
  nxapi.events.subscription:
    name: bgp
    dn: sys/bgp
    target_subtree_class: bgpPeerEntry
    state: "{{ item }}"
  loop:
    - present
    - absent
"""

RETURN = r"""
subscription:
  description: The subscription. With O(state=absent) the one that was ended; null if there was none.
  returned: success
  type: dict
  contains:
    name:
      description: Name for later tasks.
      type: str
      sample: ports
    ids:
      description: Identifiers that the switch uses on the present WebSocket. They change with every reconnect.
      type: list
      elements: str
      sample: ["18374686685813276673"]
    path:
      description: What was asked of the switch.
      type: str
      sample: /api/class/ethpmPhysIf.json
    format:
      description: Format of the notifications, V(json) or V(xml).
      type: str
      sample: json
    lifetime:
      description: Seconds that the switch keeps the subscription without a refresh.
      type: float
      sample: 90.0
    expires_in:
      description: Seconds until then, if it were not refreshed any more.
      type: float
      sample: 88.2
    refreshed:
      description: When it was last refreshed, in UTC.
      type: str
      sample: "2026-11-23T09:41:00.412Z"
    last_frame:
      description: When the switch last sent something for it; null if it has not yet.
      type: str
      sample: "2026-11-23T09:41:07.113Z"
    notifications:
      description: Count of the notifications received for it.
      type: int
      sample: 0
mos:
  description: The managed objects in scope, as read right after subscribing.
  returned: success
  type: list
  elements: dict
  contains:
    class:
      description: Class.
      type: str
    dn:
      description: Distinguished name.
      type: str
    attributes:
      description: Attributes as the switch stores them; all values are strings.
      type: dict
  sample:
    - class: ethpmPhysIf
      dn: sys/intf/phys-[eth1/1]/phys
      attributes:
        operSt: down
        operStQual: admin-down
cursor:
  description: The place in the stream of notifications at which the subscription was made, for O(ignore:since) of later tasks.
  returned: success
  type: str
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
from ansible_collections.nxapi.events.plugins.module_utils._module import query, run


def main() -> None:
    module = AnsibleModule(supports_check_mode=True, **arguments("subscription"))
    run(
        module,
        "subscribe",
        subscription=module.params["name"],
        query=query(module),
        refresh_timeout=module.params["refresh_timeout"],
        state=module.params["state"],
    )


if __name__ == "__main__":
    main()
