# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: conditions
short_description: Conditions for wait_for_mo in the words of a network engineer
version_added: 1.0.0
author:
  - nxapi.events contributors (@nxapi-events)
description:
  - Turns a list of what to wait for (interfaces, so many BGP peers, some VLANs) into entries for the options
    O(nxapi.events.wait_for_mo#module:all_of) and O(nxapi.events.wait_for_mo#module:any_of). The role P(nxapi.events.converged#role) does the same
    and waits.
  - An item is a word, or a map from one word to what of it to wait for. That is V(all), a number (at least so many), or a list of names; numbers
    may be given as ranges, V(10-20). Text with commas counts as a list. Of C(vlans), C(vpcs) and C(vnis) a number alone is refused, since it
    may be meant as the name of one.
  - C(interfaces), C(port_channels) and C(svis) take names in any usual spelling, and wait for them to be up. Beside C(interfaces) and C(svis)
    C(state) may be V(down) or V(absent); beside C(port_channels) C(members) is how many members have to be up at least.
  - C(bgp_peers) (established; beside it C(vrf)), C(ospf_neighbors) (full; C(process) and C(vrf)), C(isis_neighbors), C(bfd_sessions),
    C(pim_neighbors) (C(vrf)), C(nve_peers) and C(vnis) (all up).
  - C(vlans), C(lacp_members) (up and channeling), C(vpc_peer) (up and compatible) and C(vpcs) (up on both sides and consistent).
  - C(line_cards) and C(supervisors) (online), C(fans) and C(power_supplies) (ok). One that has failed for good ends the wait.
  - C(features) (enabled and running), C(lldp_neighbors) and C(cdp_neighbors) (there, by their names).
  - C(reloaded), that the switch has reloaded since O(uptime_before) was read. Use it with O(nxapi.events.wait_for_mo#module:after_reconnect).
  - Where these things are, and what their good values are called, is confirmed by documents or recordings of NX-OS, but for the following,
    which is inferred. The class of C(lacp_members), that the C(id) of C(ospf_neighbors) is their router id, the attribute with
    the address of C(pim_neighbors), where C(vnis) are, and tunnels and subinterfaces of port-channels among C(interfaces).
options:
  _input:
    description:
      - What to wait for, a list or a map; or text in YAML that says it, as a survey gives it.
    type: raw
    required: true
  uptime_before:
    description:
      - For C(reloaded), C(systemUpTime) of the MO C(sys) from before the reload, such as V(12:03:04:05.000) (days, hours, minutes, seconds).
    type: str
  check:
    description:
      - Return what is wrong with the input as a sentence, or an empty text, instead of conditions. For an C(assert) with a message that a person can read.
    type: bool
    default: false
seealso:
  - plugin: nxapi.events.wait_for_mo
    plugin_type: module
"""

EXAMPLES = r"""
- name: Wait until all that the maintenance touched is back, within ten minutes
  nxapi.events.wait_for_mo:
    timeout: 600
    all_of: "{{ wanted | nxapi.events.conditions }}"
  vars:
    wanted:
      - interfaces: [Ethernet1/51, Ethernet1/52]
      - port_channels: [Po10]
        members: 2
      - vlans: [100, 200]
      - bgp_peers: 2
        vrf: default
      - vpc_peer
      - vpcs: all
      - features: [bgp, interface-vlan]
      - fans
"""

RETURN = r"""
_value:
  description: Entries for O(nxapi.events.wait_for_mo#module:all_of); with O(check) a sentence.
  type: list
  elements: dict
"""

from collections.abc import Callable
from io import StringIO
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible.module_utils.common.yaml import yaml_load
from ansible_collections.nxapi.events.plugins.plugin_utils.engine import convergence
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.errors import InvalidOptions, sentence


def conditions(wanted: object, uptime_before: object = None, check: bool = False) -> list[dict[str, Any]] | str:
    try:
        found = convergence.conditions(_parsed(wanted), uptime_before)
    except InvalidOptions as error:
        problem = str(error)
    else:
        return "" if check else found
    if check:
        return sentence(problem) + ("" if problem.endswith((".", "?")) else ".")
    raise AnsibleFilterError(problem)


def _parsed(wanted: object) -> object:
    if not isinstance(wanted, str):
        return wanted
    try:
        return yaml_load(StringIO(str(wanted)))
    except Exception:
        raise InvalidOptions("conditions takes a list, a map, or text in YAML; this text is none.") from None


class FilterModule:
    def filters(self) -> dict[str, Callable[..., list[dict[str, Any]] | str]]:
        return {"conditions": conditions}
