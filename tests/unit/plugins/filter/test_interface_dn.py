# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.nxapi.events.plugins.filter.interface_dn import FilterModule

interface_dn = FilterModule().filters()["interface_dn"]


@pytest.mark.parametrize(
    ("name", "config", "oper"),
    [
        ("Ethernet1/1", "sys/intf/phys-[eth1/1]", "sys/intf/phys-[eth1/1]/phys"),
        ("Po10", "sys/intf/aggr-[po10]", "sys/intf/aggr-[po10]/aggrif"),
        ("Vlan100", "sys/intf/svi-[vlan100]", "sys/intf/svi-[vlan100]"),
        ("mgmt0", "sys/mgmt-[mgmt0]", "sys/mgmt-[mgmt0]/mgmt"),
    ],
)
def test_a_name_becomes_a_dn(name: str, config: str, oper: str) -> None:
    assert interface_dn(name) == interface_dn(name, "config") == config
    assert interface_dn(name, which="oper") == oper


@pytest.mark.parametrize(
    ("name", "which"), [("Foo1", "config"), ("", "config"), (None, "config"), (["Eth1/1"], "oper"), ("Eth1/1", "both")]
)
def test_anything_else_is_one_sentence(name: object, which: str) -> None:
    with pytest.raises(AnsibleFilterError) as caught:
        interface_dn(name, which)
    assert "\n" not in str(caught.value)
