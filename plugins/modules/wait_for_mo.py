#!/usr/bin/python
# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: wait_for_mo
short_description: Wait until managed objects of an NX-OS switch are as wanted
version_added: 1.0.0
description:
  - Blocks the play until a condition on managed objects (MOs) holds, and wakes the moment the switch says so. MOs are how NX-OS keeps
    its configuration and its state; each has a class and a distinguished name (DN), such as V(sys/intf/phys-[eth1/1]). The task follows the
    notifications that the switch pushes over a WebSocket; nothing is polled, so a long wait costs the switch a refresh twice a
    minute and little else.
  - The order of work is subscribe, read, follow. A condition that is already true, or becomes true after the task began, is seen;
    one that was true only before is not (see O(since) for that).
  - A broken connection does not end the wait. It reconnects, subscribes and reads again, notes the break in RV(gaps), and
    goes on until O(timeout), also across a reload of the switch.
  - While it waits, it prints what it waits for, and a line whenever the count of matching MOs changes, at least every 30 seconds.
    With C(no_log) these lines carry counts only.
  - What is known about NX-OS rests on documents of Cisco and recordings; behaviour that is only known from APIC, the same protocol
    family, or inferred, is said to be so in these pages.
author:
  - nxapi.events contributors (@nxapi-events)
options:
  subscription:
    description:
      - Name of a subscription made by M(nxapi.events.subscription) earlier in the run, to wait on its MOs.
      - The task still judges from its own start on. The state before the change must not satisfy the wait after it.
        Use O(since) to let count what came earlier; with O(status) the default is the beginning of the subscription.
      - Instead of O(dn), O(class), O(all_of) or O(any_of), not with them.
    type: str
  until:
    description:
      - What must hold, a map from attributes to wanted values. All of it must hold on one MO at the same moment.
      - A value is wanted as it is (equal), a list means any of its values, and a map has operators as keys, all of which must
        hold. The operators are V(eq), V(ne), V(lt), V(le), V(gt), V(ge), V(bw) (between two values, both included), V(in), V(not_in),
        V(matches) (a regular expression found anywhere in the value), V(wcard) (the same, under the word of NX-API), V(anybit)
        and V(allbits) (of a list of flags with commas).
      - Text is compared without regard to case. Values compare as numbers only where both are plain decimals, so V(1e3) is text;
        times in ISO format compare as instants in V(lt), V(le), V(gt), V(ge) and V(bw).
      - An attribute that an MO does not have satisfies nothing, V(ne) neither. An attribute that no MO in scope has can never
        match, so the task fails at once with RV(reason=impossible) and says where the attribute is, if the collection knows.
      - 'A YAML boolean stands for the words of the switch, so C(autoNeg: on) works unquoted. Quote other words of which
        YAML makes something else, for example V("65001:10"), V("12:30") and V("0755"), which become numbers without quotes.'
      - Without it, the wait is for MOs to exist (or with O(status) for any such notification).
    type: dict
  where:
    description:
      - 'Which of the MOs in scope count, a map like O(until), judged on the control node on what is known of each MO, so that it also sees
        changes. For example C(adminSt: up) leaves out the ports that are shut.'
    type: dict
  state:
    description:
      - V(present) waits for O(until) to hold. An MO that does not exist yet is waited for.
      - V(absent) waits until all MOs in scope are gone. It takes no O(until) and no O(fail_when).
    type: str
    choices:
      - present
      - absent
    default: present
  status:
    description:
      - Wait for a notification of one of these kinds, and not for a state. O(until) then looks at what the notification carries; one of
        kind V(modified) carries only what changed.
      - O(match) counts distinct MOs, and its default is V(any) then. O(hold), O(min_count) and O(state=absent) are refused with it.
    type: list
    elements: str
    choices:
      - created
      - modified
      - deleted
  min_count:
    description:
      - Not before at least so many MOs are in scope. Guards a V(all) against being true of too few while they come up one by one.
      - The default is 1; after a gap, if it is not given, also not before as many are back as were known before the gap, less those that
        were seen deleted.
    type: int
  fail_grace:
    description:
      - Seconds that O(fail_when) may be true from the first read on before it ends the wait, because the state of before the change is still
        seen then.
    type: float
    default: 5
  only_new:
    description:
      - The condition must become true after the start of the task; that it is true already does not count. Not with O(since).
    type: bool
    default: false
extends_documentation_fragment:
  - nxapi.events.attributes
  - nxapi.events.connection
  - nxapi.events.query
  - nxapi.events.wait
  - nxapi.events.fleet
  - nxapi.events.several
attributes:
  check_mode:
    details:
      - In check mode the MOs are read once, and RV(met) and RV(failing) tell how things are. The task does not wait, and does not
        fail because the condition is not met.
seealso:
  - module: nxapi.events.wait_for_interface
  - module: nxapi.events.subscription
  - plugin: nxapi.events.conditions
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Wait until a BGP peer is established
  nxapi.events.wait_for_mo:
    dn: sys/bgp/inst/dom-default/peer-[192.0.2.1]/ent-[192.0.2.1]
    until:
      operSt: established
    fail_when:
      operSt: shut
    timeout: 180

- name: Wait until all ports that are not shut are up, and stay up for 30 seconds
  nxapi.events.wait_for_mo:
    class: ethpmPhysIf
    where:
      adminSt: up
    until:
      operSt: up
    hold: 30
    timeout: 600

- name: Wait until 80 % of the OSPF neighbours are full
  nxapi.events.wait_for_mo:
    dn: sys/ospf
    target_subtree_class: ospfAdjEp
    until:
      operSt: full
    match: 80%

- name: Wait until the port-channel has at least two active members
  nxapi.events.wait_for_mo:
    dn: sys/intf/aggr-[po10]/aggrif
    until:
      numActivePorts:
        ge: 2

- name: Wait until the switch has come back from a reload, with its supervisor online
  nxapi.events.wait_for_mo:
    class: eqptSupC
    until:
      operSt: online
    match: any
    after_reconnect: true
    timeout: 1200

- name: Subscribe before the change
  nxapi.events.subscription:
    name: port
    dn: sys/intf/phys-[eth1/1]/phys

# ... tasks that may make the port flap ...

- name: Wait for the next notification, one that came during the change included
  nxapi.events.wait_for_mo:
    subscription: port
    status: modified
    until:
      operSt: up
    timeout: 60

- name: Wait until the uplinks, the BGP peer and the VLAN are there, all of them, within 10 minutes
  nxapi.events.wait_for_mo:
    timeout: 600
    hold: 10
    all_of:
      - name: uplinks
        class: ethpmPhysIf
        where:
          adminSt: up
        until:
          operSt: up
      - name: peer
        dn: sys/bgp/inst/dom-default/peer-[192.0.2.1]/ent-[192.0.2.1]
        until:
          operSt: established
      - name: vlan
        dn: sys/bd/bd-[vlan-100]
        until:
          operSt: up

- name: Wait until a VLAN is gone
  nxapi.events.wait_for_mo:
    dn: sys/bd/bd-[vlan-100]
    state: absent

- name: Wait until nine of ten switches of the fabric have a BGP peer for each uplink, all in one task
  nxapi.events.wait_for_mo:
    hosts: "{{ ansible_play_hosts_all }}"
    quorum: 90%
    class: bgpPeerEntry
    until:
      operSt: established
    match: 2
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
conditions:
  description: How each entry of O(all_of) or O(any_of) stands.
  returned: with O(all_of) or O(any_of)
  type: list
  elements: dict
  contains:
    name:
      description: Its name.
      type: str
    met:
      description: Whether it holds.
      type: bool
    matched:
      description: How many managed objects satisfy it.
      type: int
    total:
      description: How many are in scope.
      type: int
    missing:
      description: What it lacks, thing by thing; empty where it holds.
      type: list
      elements: str
  sample:
    - name: uplinks
      met: false
      matched: 1
      total: 2
      missing:
        - Ethernet1/3 operSt down (want up) [operStQual link-failure]
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
    refuse(AnsibleModule(supports_check_mode=True, **arguments("wait_for_mo")))


if __name__ == "__main__":
    main()
