# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the options with which one task waits on many switches."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  hosts:
    description:
      - Names in the inventory of all the switches to wait for, in this one task and with one deadline. For a play that has them as its
        hosts, together with C(run_once). One process waits for all of them, where otherwise each takes a fork of its own.
      - Each switch is reached as its own variables say. Those of the inventory, facts, and extra variables count. Variables of the play
        (C(vars), C(vars_files)) do not. Give such values as options of the task or in C(module_defaults).
      - RV(hosts) has the result of each.
    type: list
    elements: str
    version_added: 1.0.0
  quorum:
    description:
      - How many of the switches that O(hosts) names have to be done for the task to go on. V(all) of them, V(any), a number (V(8)) or a percentage (V(80%),
        rounded up). The wait for the others is called off.
      - The default is V(all).
    type: str
    version_added: 1.0.0
  max_failures:
    description:
      - Ends the task as soon as more than so many of the switches that O(hosts) names have failed, a number or a percentage of them (rounded down).
      - If it is not given, each of them has its time.
    type: str
    version_added: 1.0.0
  concurrency:
    description:
      - How many of the switches that O(hosts) names log in, subscribe, and are read for the first time at once. The default is 50.
    type: int
    version_added: 1.0.0
"""
