#!/usr/bin/python
# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: watch
short_description: Print what happens on an NX-OS switch, as it happens
version_added: 1.0.0
description:
  - Prints a line for each change of managed objects (MOs) the moment the switch tells of it, like C(tail -f) of a switch, until the time is
    over or the run is stopped. It follows the notifications that the switch pushes over a WebSocket; nothing is polled.
  - A line names the switch, the time (UTC, by the clock of the control node), what happened to which MO, and each attribute with its value before
    and after, for example C(leaf1 12:03:04.123Z modified Ethernet1/1 operSt up -> down, operStQual none -> link-failure).
    Interfaces, neighbours, VLANs and the like go by the names that people give them, other MOs by their DN.
  - Without O(dn), O(class), O(interface), O(subscription) and O(queries) it watches what says whether a switch is well. These are the states of
    interfaces, of BGP, OSPF, IS-IS, BFD and PIM neighbours, of NVE peers, vPCs, VLANs, line cards, supervisors, fans and power supplies. Classes
    that the switch does not know, or does not let this user read, are left out, see RV(not_watched).
  - A broken connection does not end the watch. It is shown, as is the gap when the connection is back; what changed meanwhile is
    read and shown with C([resync]). A change that only a read has shown is marked with C([read]). A switch that is not reached when the task
    begins fails it.
  - A notification that changes nothing (only C(modTs), say) is not printed. With C(-v) it is, and lines show all attributes and the DN.
    With C(no_log) lines carry counts only.
  - When there is nothing to print a line says so once a minute, so that a job with a time-out for silence goes on.
  - A watch occupies a fork until it ends. To watch more hosts than C(forks) at a time, raise C(forks).
author:
  - nxapi.events contributors (@nxapi-events)
options:
  subscription:
    description:
      - Name of a subscription made by M(nxapi.events.subscription) earlier in the run, to watch its MOs. With O(since) what came before
        the task is printed first.
    type: str
  interface:
    description:
      - Names of interfaces in any usual spelling, to watch their operational state.
    type: list
    elements: str
  queries:
    description:
      - Several things to watch, on one connection. An MO that is in scope of several is shown once.
    type: list
    elements: dict
    suboptions:
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
          - Names of interfaces, as O(interface).
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
      where:
        description:
          - Which MOs count, as O(where), in addition to that.
        type: dict
  where:
    description:
      - Which MOs count, a map from attributes to wanted values like O(nxapi.events.wait_for_mo#module:where). Judged on all that is known of an
        MO, before the change and after it; one of them is enough, so a port that leaves V(adminSt) V(up) is seen leaving.
    type: dict
  attributes:
    description:
      - Only changes of these attributes. That an MO was created or deleted is shown all the same.
      - The default is all attributes, or where the task does not say what to watch the attributes that hold the state.
    type: list
    elements: str
  duration:
    description:
      - Seconds after which the task ends, and is ok. V(0) or nothing is until the run is stopped (Ctrl-C, a cancelled job, the C(timeout) of the
        task) or O(limit) is reached.
    type: float
  limit:
    description:
      - The task ends after so many events. V(0) or nothing is no limit.
    type: int
  rate:
    description:
      - At most so many lines in a second. Of more a line says how many there were (C(... 950 more lines left out)); they count in RV(events).
    type: int
    default: 50
  since:
    description:
      - A cursor, key C(cursor) in the result of an earlier task. What came after it on subscriptions of that time is printed first.
      - The subscription of a watch or a wait lives on for about half a minute after the task, one of M(nxapi.events.subscription) until the
        run ends. For a time that was not subscribed to, the watch shows a gap.
    type: str
extends_documentation_fragment:
  - nxapi.events.attributes
  - nxapi.events.connection
  - nxapi.events.query
attributes:
  check_mode:
    details:
      - In check mode each query is read once, which shows that the switch is reached and knows what is asked for, and the task ends. Nothing is watched.
  async:
    details:
      - A watch ends with its own O(duration) or O(limit); ansible-core refuses C(async) here with a clear message.
seealso:
  - module: nxapi.events.subscription
  - module: nxapi.events.notification_info
  - module: nxapi.events.wait_for_mo
"""

EXAMPLES = r"""
- name: Watch the state of a switch until it is stopped
  nxapi.events.watch:

- name: Watch two uplinks for ten minutes
  nxapi.events.watch:
    interface: [Ethernet1/51, Ethernet1/52]
    duration: 600

- name: Watch ports that are not shut, and BGP peers, for an hour; only whether they are up
  nxapi.events.watch:
    queries:
      - class: ethpmPhysIf
        where:
          adminSt: up
      - dn: sys/bgp
        target_subtree_class: bgpPeerEntry
    attributes: [operSt]
    duration: 3600

- name: Subscribe before the change
  nxapi.events.subscription:
    name: ports
    class: ethpmPhysIf
  register: before

- name: Make the change
  nxapi.events.mo:
    dn: sys/intf/phys-[eth1/1]
    class: l1PhysIf
    attributes:
      mtu: 9216

- name: See what it did, and what it still does in the next 30 seconds
  nxapi.events.watch:
    subscription: ports
    since: "{{ before.cursor }}"
    duration: 30
  register: seen

- name: Wait for what may come after that
  nxapi.events.wait_for_mo:
    subscription: ports
    since: "{{ seen.cursor }}"
    where:
      adminSt: up
    until:
      operSt: up
"""

RETURN = r"""
elapsed:
  description: Seconds from the start of the task to its end.
  returned: always, once the watch has begun
  type: float
  sample: 600.004
started_at:
  description: When the watch began, in UTC.
  returned: always, once the watch has begun
  type: str
  sample: "2026-11-23T09:41:00.700Z"
notifications:
  description: Count of the notifications that came for the queries (and of changes that a read after a gap showed).
  returned: always, once the watch has begun
  type: int
  sample: 14
events:
  description: Count of the events, which are changes that O(where) and O(attributes) let pass. With no O(rate) there would be so many lines.
  returned: always, once the watch has begun
  type: int
  sample: 12
printed:
  description: Count of the events that were printed.
  returned: always, once the watch has begun
  type: int
  sample: 12
suppressed:
  description: Count of the events that were not printed, because of O(rate).
  returned: always, once the watch has begun
  type: int
  sample: 0
transitions:
  description: The last 50 changes of an attribute.
  returned: always, once the watch has begun
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
      description: The attribute; C(status) where the MO was created or deleted.
      type: str
    from:
      description: Value before.
      type: str
    to:
      description: Value after.
      type: str
    origin:
      description: Where the knowledge is from, V(notification), V(resync) for what a read after a gap revealed, or V(read) for what another read did.
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
  returned: always, once the watch has begun
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
  description: How often the session was lost and built up again.
  returned: always, once the watch has begun
  type: int
  sample: 0
not_watched:
  description: Where the task did not say what to watch, what of the usual this switch refuses.
  returned: always, once the watch has begun
  type: list
  elements: str
  sample: []
last_heard:
  description: When the switch was last heard, in UTC.
  returned: always, once the watch has begun
  type: str
  sample: "2026-11-23T09:50:57.113Z"
cursor:
  description: Place in the stream of notifications at the end of the watch; O(since) of a later task.
  returned: always, once the watch has begun
  type: str
host:
  description: Inventory name of the switch.
  returned: always, once the watch has begun
  type: str
  sample: leaf1
reason:
  description: >-
    Why the task failed. V(invalid), the options make no sense or something is missing in them; V(rejected), the switch refused a request;
    V(forbidden), the user may not do this; V(login), user or password was refused; V(certificate), the certificate of the switch
    does not verify; V(not_nxapi), something answers that is not NX-API REST; V(unreachable), the switch did not answer when the task began;
    V(listener), the background process of the collection could not be started or has gone.
  returned: failure
  type: str
  sample: unreachable
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.nxapi.events.plugins.module_utils._argument_specs import arguments
from ansible_collections.nxapi.events.plugins.module_utils._module import refuse


def main() -> None:
    """Never part of a task: the action plugin of the same name does the work."""
    refuse(AnsibleModule(supports_check_mode=True, **arguments("watch")))


if __name__ == "__main__":
    main()
