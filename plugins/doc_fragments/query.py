# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the options that say which managed objects."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  dn:
    description:
      - Distinguished name of the managed object (MO), for example V(sys/intf/phys-[eth1/1]).
      - By itself it covers only that MO. What a port does is in a child of it, V(sys/intf/phys-[eth1/1]/phys).
        The filter P(nxapi.events.interface_dn#filter) makes both from the name of an interface.
      - Either O(dn) or O(class).
    type: str
  class:
    description:
      - Class of the MOs, for example V(ethpmPhysIf); all MOs of the class on the switch are in scope.
    type: str
    aliases:
      - class_name
  query_target:
    description:
      - Which MOs are in scope, seen from O(dn) or O(class). V(self), the MO itself; V(children), what is right under it;
        V(subtree), itself and all that is under it.
      - The default is V(self), and V(subtree) if O(target_subtree_class) is given.
      - The subtree of V(sys) without O(target_subtree_class) is refused, because a read of it can bring down the web server of
        the switch.
    type: str
    choices:
      - self
      - children
      - subtree
  target_subtree_class:
    description:
      - Of the MOs in scope only those of these classes.
    type: list
    elements: str
  query_target_filter:
    description:
      - A filter in the language of NX-API REST, for example V(wcard(l1PhysIf.id,"eth1/"\)). No spaces after commas,
        double quotes only.
      - Filter on attributes that name an MO (V(dn), V(id), V(name) and the like). An MO that leaves the filter because another
        attribute changes may do so without any notification; the task warns of such a filter. How NX-OS applies a filter to
        notifications, which carry only what changed, is not documented.
    type: str
  format:
    description:
      - Format that the switch is asked to answer and to notify in. The results are the same.
    type: str
    choices:
      - json
      - xml
    default: json
"""
