#!/usr/bin/python
# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: probe
short_description: Find out how an NX-OS switch does NX-API, and what is in the way
version_added: 1.0.0
description:
  - The first thing to run when something does not work. It says in words whether the name resolves, which port answers, whether the
    certificate verifies, whether it is NX-API that answers, whether the login is good, whether the role may read, and whether the
    WebSocket opens.
  - It then settles what no public document says about subscriptions on NX-OS, and measures round trips. Its report can be pasted into
    an issue. It holds no secret, and no name, address, serial number or description of the switch.
  - What was found is a profile of the simulator of this collection too, so that tests can run against a switch like yours.
  - It only reads, unless O(probe_port) allows it to change the description of one port for a moment.
  - It uses a session of its own, and logs in once. If the switch refuses the login it stops, and what was refused is not tried again in
    this run, so that it locks no account. It logs out at the end.
author:
  - nxapi.events contributors (@nxapi-events)
options:
  probe_port:
    description:
      - An Ethernet port whose description may be changed and is then set back, for example V(Ethernet1/48). It measures how long a
        notification takes, and tells what a filter sees of a change.
      - The description is set back when the task is interrupted too, by its C(timeout), Ctrl-C or a cancelled job, but not if the process is
        killed. A read confirms it. If it cannot be set back, the failure says what it was.
      - In check mode nothing is changed.
    type: str
  observe:
    description:
      - Seconds to listen for what only time shows. Those are the pings of the switch, the life of a subscription, and whether a life that was
        asked for counts. They are never more than half of the life of a session.
      - The default shows a life of 90 seconds, which Cisco documents. C(0) leaves all of it out.
      - With more than the life of a session (600 seconds, usually) it also finds out whether requests prolong a session.
    type: float
    default: 120
  dest:
    description:
      - File on the control node for the report, which is written when the probe fails too. Only its owner may read it.
      - In check mode it is not written.
    type: path
extends_documentation_fragment:
  - nxapi.events.attributes
  - nxapi.events.connection
attributes:
  check_mode:
    details:
      - In check mode O(probe_port) and O(dest) do not count.
notes:
  - It leaves some subscriptions behind, which the switch drops when the session ends.
"""

EXAMPLES = r"""
- name: See what is in the way
  nxapi.events.probe:
    observe: 0

- name: Find out everything, and keep the report
  nxapi.events.probe:
    probe_port: Ethernet1/48
    dest: probe.yml
"""

RETURN = r"""
host:
  description: The name of the switch in the inventory.
  returned: once the switch was asked
  type: str
  sample: leaf1
report:
  description: All of it, as YAML. The comments are for people; the map is RV(profile).
  returned: once the switch was asked
  type: str
profile:
  description: Options of the simulator with the values that this switch has.
  returned: once the switch was asked
  type: dict
  sample:
    initial_imdata: empty
    subscription_timeout: 90.0
findings:
  description: Each thing that was found, or not tried.
  returned: once the switch was asked
  type: list
  elements: dict
  contains:
    subject:
      description: What it is about; V(G1) to V(G12) are the gaps of the public record.
      type: str
    text:
      description: The finding in words, or why it was not tried.
      type: str
    tried:
      description: Whether it was tried.
      type: bool
    option:
      description: The option of the simulator, where it has one.
      type: str
    value:
      description: The value of the option; null where the simulator has none for it.
      type: raw
msg:
  description: What is in the way, in one sentence, or that everything works.
  returned: always
  type: str
reason:
  description: The kind of failure. V(invalid), V(login), V(forbidden), V(certificate), V(not_nxapi), V(unreachable), V(rejected) or V(listener).
  returned: failure
  type: str
  sample: login
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.nxapi.events.plugins.module_utils._argument_specs import arguments
from ansible_collections.nxapi.events.plugins.module_utils._module import refuse


def main() -> None:
    """Never part of a task: the action plugin of the same name does the work."""
    refuse(AnsibleModule(supports_check_mode=True, **arguments("probe")))


if __name__ == "__main__":
    main()
