#!/usr/bin/python
# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: mo_info
short_description: Read managed objects of an NX-OS switch
version_added: 1.0.0
description:
  - Reads managed objects (MOs) over NX-API REST, in the session that the other tasks of the run share. Large answers are read page
    by page.
  - An MO that does not exist is not an error; RV(mos) is empty then.
author:
  - nxapi.events contributors (@nxapi-events)
extends_documentation_fragment:
  - nxapi.events.attributes
  - nxapi.events.connection
  - nxapi.events.query
seealso:
  - module: nxapi.events.mo
  - module: nxapi.events.wait_for_mo
"""

EXAMPLES = r"""
- name: Read the operational state of a port
  nxapi.events.mo_info:
    dn: "{{ 'Ethernet1/1' | nxapi.events.interface_dn('oper') }}"
  register: port

- name: Show it
  ansible.builtin.debug:
    msg: "{{ port.mos[0].attributes.operSt }} ({{ port.mos[0].attributes.operStQual }})"

- name: List the BGP peers of all VRFs
  nxapi.events.mo_info:
    dn: sys/bgp
    target_subtree_class: bgpPeerEntry

- name: Read the configuration of the ports of one line card
  nxapi.events.mo_info:
    class: l1PhysIf
    query_target_filter: wcard(l1PhysIf.id,"^eth1/")
"""

RETURN = r"""
mos:
  description: The managed objects.
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
        operSt: up
        operStQual: none
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
    module = AnsibleModule(supports_check_mode=True, **arguments("mo_info"))
    run(module, "read", query=query(module))


if __name__ == "__main__":
    main()
