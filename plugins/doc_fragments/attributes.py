# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the attributes that all modules have; a module states only how it deviates."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying the switch.
    support: full
  diff_mode:
    description: Will return details on what has changed (or possibly needs changing in C(check_mode)), when in diff mode.
    support: N/A
    details:
      - The module changes no configuration.
  platform:
    description: Target OS/families that can be operated against.
    support: full
    platforms: nxos
    details:
      - Standalone NX-OS (Nexus 3000 and 9000) with C(feature nxapi), over NX-API REST.
      - The module itself runs on the control node, whatever the connection of the host is.
  action_group:
    description: Use C(group/nxapi.events.all) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - nxapi.events.all
  action:
    description: Indicates this has a corresponding action plugin so some parts of the options can be executed on the controller.
    support: full
  async:
    description: Supports being used with the C(async) keyword.
    support: none
    details:
      - Refused by ansible-core with a clear message. A wait ends by its own C(timeout).
"""
