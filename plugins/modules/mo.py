#!/usr/bin/python
# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: mo
short_description: Create, change or delete managed objects of an NX-OS switch
version_added: 1.0.0
description:
  - Brings a managed object (MO), and those under it that O(children) names, into the given state over NX-API REST.
  - Reads first and sends what differs in one request, so the switch takes all of it or nothing.
  - The change is in the running configuration. It is not saved to the startup configuration.
author:
  - nxapi.events contributors (@nxapi-events)
options:
  dn:
    description:
      - Distinguished name of the MO, for example V(sys/intf/phys-[eth1/1]).
        The filter P(nxapi.events.interface_dn#filter) makes it from the name of an interface.
    type: str
    required: true
  class:
    description:
      - Class of the MO, for example V(l1PhysIf). Required with O(state=present).
    type: str
    aliases:
      - class_name
  attributes:
    description:
      - Attributes and their wanted values. Attributes that are not named stay as they are.
      - The switch stores strings, in its own words. Values are compared with what it returns.
      - YAML makes a boolean of V(on), V(off), V(yes) and V(no), and a number of V(0755) and V(12:30); quote such words.
    type: dict
    default: {}
  children:
    description:
      - MOs under O(dn), a list of maps with the keys C(class), C(rn) (the relative name, for example V(dom-default)) or C(dn),
        C(attributes), C(state) (V(present) or V(absent)) and C(children), for as many levels as needed.
      - Children that are not named stay as they are.
    type: list
    elements: dict
    default: []
    version_added: 1.0.0
  state:
    description:
      - V(present) creates the MO or changes it. V(absent) deletes it, and with it all that is under it.
    type: str
    choices:
      - present
      - absent
    default: present
extends_documentation_fragment:
  - nxapi.events.attributes
  - nxapi.events.connection
attributes:
  diff_mode:
    support: full
    details:
      - Shows the attributes of the MO before and after.
seealso:
  - module: nxapi.events.mo_info
  - module: nxapi.events.wait_for_interface
"""

EXAMPLES = r"""
- name: Shut a port
  nxapi.events.mo:
    dn: "{{ 'Ethernet1/1' | nxapi.events.interface_dn }}"
    class: l1PhysIf
    attributes:
      adminSt: down

- name: Create a loopback
  nxapi.events.mo:
    dn: sys/intf/lb-[lo10]
    class: l3LbRtdIf
    attributes:
      adminSt: up
      descr: made by Ansible

- name: Create a BGP peer with its address family, and take another one away
  nxapi.events.mo:
    dn: sys/bgp/inst/dom-default
    class: bgpDom
    children:
      - class: bgpPeer
        rn: peer-[192.0.2.1]
        attributes:
          asn: "65001"
        children:
          - class: bgpPeerAf
            rn: af-[ipv4-ucast]
      - class: bgpPeer
        rn: peer-[192.0.2.9]
        state: absent

- name: Delete the loopback again
  nxapi.events.mo:
    dn: sys/intf/lb-[lo10]
    state: absent
"""

RETURN = r"""
mo:
  description: The managed object as read after the task, in check mode as it is; null where it does not exist.
  returned: success
  type: dict
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
    children:
      description: The MOs under it that O(children) names, all levels in one list.
      returned: with O(children)
      type: list
      elements: dict
  sample:
    class: l1PhysIf
    dn: sys/intf/phys-[eth1/1]
    attributes:
      adminSt: down
diff:
  description:
    - What the task changed, or would change in check mode; the attributes of the MO, and with O(children) those of each
      MO that the task names, under its DN.
  returned: in diff mode
  type: dict
  contains:
    before:
      description: Before the task.
      type: dict
    after:
      description: After the task.
      type: dict
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
    module = AnsibleModule(supports_check_mode=True, **arguments("mo"))
    run(
        module,
        "mo",
        dn=module.params["dn"],
        class_name=module.params["class"],
        attributes=module.params["attributes"],
        children=module.params["children"],
        state=module.params["state"],
        check=module.check_mode,
    )


if __name__ == "__main__":
    main()
