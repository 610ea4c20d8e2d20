#!/usr/bin/python
# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: wait_for_interface
short_description: Wait until interfaces of an NX-OS switch are up, down or absent
version_added: 1.0.0
description:
  - Blocks the play until interfaces are in the wanted state, and wakes the moment the switch says so. It follows the notifications
    that the switch pushes over a WebSocket; nothing is polled.
  - Knows where each kind of interface keeps its state. That is confirmed by documents or recordings of NX-OS for physical ports (breakout
    and FEX ports included), port-channels, loopbacks, SVIs, mgmt0 and NVE; inferred from the data model, and not confirmed, for tunnels
    and for subinterfaces of port-channels.
  - Otherwise it works as M(nxapi.events.wait_for_mo) does, with the same results.
author:
  - nxapi.events contributors (@nxapi-events)
options:
  name:
    description:
      - Names of the interfaces, in any usual spelling, for example V(Ethernet1/1), V(Eth1/1), V(e1/1), V(Ethernet1/1/1), V(Ethernet1/1.100),
        V(port-channel10), V(Po10), V(Vlan100), V(loopback0), V(mgmt0), V(nve1), V(Tunnel1).
    type: list
    elements: str
    required: true
  state:
    description:
      - V(up) means that the operational state is V(up); V(link-up), which NX-OS also knows, is not enough.
      - V(down) means that the interface exists and says that it is down (an SVI also C(shutdown) and C(out-of-srvc)).
      - V(absent) means that there is no such interface. It takes no O(fail_when).
    type: str
    choices:
      - up
      - down
      - absent
    default: up
extends_documentation_fragment:
  - nxapi.events.attributes
  - nxapi.events.connection
  - nxapi.events.wait
  - nxapi.events.fleet
attributes:
  check_mode:
    details:
      - In check mode the interfaces are read once, and RV(met) and RV(failing) tell how things are. The task does not wait, and does not
        fail because the condition is not met.
seealso:
  - module: nxapi.events.wait_for_mo
  - plugin: nxapi.events.interface_dn
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Wait until a port is up
  nxapi.events.wait_for_interface:
    name: Ethernet1/1
    timeout: 120

- name: Wait until the uplinks have been up for 10 seconds, but give up when the optics are missing
  nxapi.events.wait_for_interface:
    name:
      - Eth1/49
      - Eth1/50
      - Po10
    hold: 10
    fail_when:
      operStQual: xcvr-absent

- name: Wait until one of two peer links is up
  nxapi.events.wait_for_interface:
    name: [port-channel1, port-channel2]
    match: any

- name: Wait for an SVI after a reload of the switch
  nxapi.events.wait_for_interface:
    name: Vlan100
    after_reconnect: true
    timeout: 1200

- name: Wait until the port has gone down
  nxapi.events.wait_for_interface:
    name: Ethernet1/1
    state: down
    timeout: 30

- name: Wait until the uplinks of all leaves are up, in one task
  nxapi.events.wait_for_interface:
    hosts: "{{ groups['leaves'] }}"
    name: [Ethernet1/49, Ethernet1/50]
    timeout: 600
  run_once: true
"""

RETURN = r"""
elapsed:
  description: Seconds from the start of the task to its end.
  returned: always, once the wait has begun
  type: float
  sample: 6.42
started_at:
  description: When the wait began, in UTC.
  returned: always, once the wait has begun
  type: str
  sample: "2026-11-23T09:41:00.700Z"
met_at:
  description: When the condition was met (with O(hold), for the last time before it held long enough); null if it was not.
  returned: always, once the wait has begun
  type: str
  sample: "2026-11-23T09:41:07.120Z"
met:
  description: Whether the condition holds. Of use in check mode, where the task does not fail if it does not.
  returned: always, once the wait has begun
  type: bool
failing:
  description: Whether O(fail_when) is true of any managed object in scope.
  returned: always, once the wait has begun
  type: bool
  sample: false
mos:
  description: The last known state of the managed objects in scope.
  returned: always, once the wait has begun
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
        operSt: up
        operStQual: none
matched:
  description: The managed objects that satisfy the condition.
  returned: always, once the wait has begun
  type: dict
  sample:
    count: 1
    dns:
      - sys/intf/phys-[eth1/1]/phys
unmatched:
  description: Those that do not.
  returned: always, once the wait has begun
  type: dict
  sample:
    count: 0
    dns: []
vanished:
  description: Those that were there and were deleted while waiting.
  returned: always, once the wait has begun
  type: dict
  sample:
    count: 0
    dns: []
ignored:
  description: Those in scope whose class lacks an attribute of the condition, so that they do not count.
  returned: always, once the wait has begun
  type: dict
  sample:
    count: 0
    dns: []
total:
  description: Count of the managed objects that count.
  returned: always, once the wait has begun
  type: int
  sample: 1
notifications:
  description: Count of the notifications that came while waiting.
  returned: always, once the wait has begun
  type: int
  sample: 3
transitions:
  description: The last 50 changes of an attribute of the condition.
  returned: always, once the wait has begun
  type: list
  elements: dict
  contains:
    at:
      description: When it was received, by the clock of the control node, in UTC.
      type: str
    mod_ts:
      description: When it happened, by the clock of the switch (C(modTs)); null if the switch does not say.
      type: str
    dn:
      description: Distinguished name.
      type: str
    attribute:
      description: The attribute.
      type: str
    from:
      description: Value before.
      type: str
    to:
      description: Value after.
      type: str
    origin:
      description: Where the knowledge is from, for example V(notification), or V(resync) for what a read after a gap revealed.
      type: str
  sample:
    - at: "2026-11-23T09:41:07.113Z"
      mod_ts: "2026-11-23T09:41:07.052+00:00"
      dn: sys/intf/phys-[eth1/1]/phys
      attribute: operSt
      from: down
      to: up
      origin: notification
gaps:
  description: Times in which notifications may have been missed. What changed meanwhile was read afterwards.
  returned: always, once the wait has begun
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
  sample: []
reconnects:
  description: How often the session was lost and built up again while waiting.
  returned: always, once the wait has begun
  type: int
  sample: 0
held:
  description: Seconds of O(hold) that the condition had been true without a break at the end.
  returned: always, once the wait has begun
  type: float
  sample: 0.0
last_heard:
  description: When the switch was last heard, in UTC.
  returned: always, once the wait has begun
  type: str
  sample: "2026-11-23T09:41:07.113Z"
cursor:
  description: Place in the stream of notifications at the end of the task; O(since) of a later one.
  returned: always, once the wait has begun
  type: str
host:
  description: Inventory name of the switch.
  returned: always, once the wait has begun
  type: str
  sample: leaf1
hosts:
  description: With O(hosts), the result of each switch by its name, as it is without O(hosts). Of RV(mos) and RV(transitions) it holds 10 each.
  returned: with O(hosts), once the wait has begun
  type: dict
needed:
  description: How many switches had to be done; RV(total) is how many there are.
  returned: with O(hosts), once the wait has begun
  type: int
  sample: 1000
done_hosts:
  description: Switches on which the condition was met.
  returned: with O(hosts), once the wait has begun
  type: list
  elements: str
  sample: [leaf1, leaf2]
failed_hosts:
  description: Switches on which the wait failed.
  returned: with O(hosts), once the wait has begun
  type: list
  elements: str
  sample: []
pending_hosts:
  description: >-
    Switches that were no longer waited for, since enough others were done or too many had failed. In check mode those on which the
    condition is not met.
  returned: with O(hosts), once the wait has begun
  type: list
  elements: str
  sample: []
reason:
  description: >-
    Why the task failed. V(timeout), not met in time; V(fail_when), the failure condition was met; V(impossible), the condition can
    never hold; V(invalid), the options make no sense or something is missing in them; V(rejected), the switch refused a request;
    V(forbidden), the user may not do this; V(login), user or password was refused; V(certificate), the certificate of the switch
    does not verify; V(not_nxapi), something answers that is not NX-API REST; V(unreachable), the switch did not answer; V(listener),
    the background process of the collection could not be started or has gone.
  returned: failure
  type: str
  sample: timeout
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.nxapi.events.plugins.module_utils._argument_specs import arguments
from ansible_collections.nxapi.events.plugins.module_utils._module import refuse


def main() -> None:
    """Never part of a task: the action plugin of the same name does the work."""
    refuse(AnsibleModule(supports_check_mode=True, **arguments("wait_for_interface")))


if __name__ == "__main__":
    main()
