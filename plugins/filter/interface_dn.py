# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: interface_dn
short_description: Distinguished name of an interface of an NX-OS switch
version_added: 1.0.0
author:
  - nxapi.events contributors (@nxapi-events)
description:
  - Turns the name of an interface, in any usual spelling, into the distinguished name (DN) of its managed object.
  - That is confirmed by documents or recordings of NX-OS for physical ports, port-channels, loopbacks, SVIs, mgmt0 and NVE; inferred from
    the data model, and not confirmed, for tunnels and for subinterfaces of port-channels.
positional: which
options:
  _input:
    description:
      - Name of the interface, for example V(Ethernet1/1), V(Eth1/1), V(port-channel10), V(Po10), V(Vlan100), V(loopback0) or V(mgmt0).
    type: str
    required: true
  which:
    description:
      - V(config), the object that holds the configuration (C(adminSt), C(descr)), for M(nxapi.events.mo).
      - V(oper), the object that holds the operational state (C(operSt)), for M(nxapi.events.mo_info) and
        M(nxapi.events.wait_for_mo). SVIs, NVE and tunnels have one object for both.
    type: str
    choices:
      - config
      - oper
    default: config
seealso:
  - plugin: nxapi.events.mo
    plugin_type: module
  - plugin: nxapi.events.wait_for_interface
    plugin_type: module
"""

EXAMPLES = r"""
- name: Shut a port
  nxapi.events.mo:
    dn: "{{ 'Ethernet1/1' | nxapi.events.interface_dn }}" # sys/intf/phys-[eth1/1]
    class: l1PhysIf
    attributes:
      adminSt: down

- name: Read the operational state of a port-channel
  nxapi.events.mo_info:
    dn: "{{ 'Po10' | nxapi.events.interface_dn('oper') }}" # sys/intf/aggr-[po10]/aggrif
"""

RETURN = r"""
_value:
  description: The distinguished name.
  type: str
"""

from collections.abc import Callable

from ansible.errors import AnsibleFilterError
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.errors import InvalidOptions
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.interfaces import parse


def interface_dn(name: object, which: str = "config") -> str:
    if which not in ("config", "oper"):
        raise AnsibleFilterError("which must be config or oper, not %r." % (which,))
    if not isinstance(name, str):
        raise AnsibleFilterError("interface_dn takes the name of one interface, such as Ethernet1/1, not %r." % (name,))
    try:
        interface = parse(name)
    except InvalidOptions as error:
        raise AnsibleFilterError(str(error)) from None
    return interface.config_dn if which == "config" else interface.oper_dn


class FilterModule:
    def filters(self) -> dict[str, Callable[..., str]]:
        return {"interface_dn": interface_dn}
