# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a watch looks at, from its options."""

from __future__ import annotations

import pytest
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.errors import InvalidOptions
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.model import ManagedObject
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.sight import USUAL, for_watch

OPER = "sys/intf/phys-[eth1/%d]/phys"


def port(number: int = 1, **attributes: str) -> ManagedObject:
    return ManagedObject("ethpmPhysIf", OPER % number, attributes)


def test_the_usual_may_be_missing_and_has_attributes_of_state_alone() -> None:
    spec = for_watch({"where": {"adminSt": "up"}})
    assert spec.usual and [query.cls for query in spec.queries] == list(USUAL)
    assert all(sight.optional and sight.attributes and sight.where for sight in spec.sights)
    assert {sight.attributes for sight in for_watch({"attributes": ["operSt"]}).sights} == {frozenset({"operSt"})}


def test_what_the_task_names_has_to_be_there() -> None:
    spec = for_watch({"class": "ethpmPhysIf"})
    assert not spec.usual and not spec.sights[0].optional and not spec.sights[0].attributes
    assert (spec.duration, spec.limit, spec.rate) == (0.0, 0, 50)


def test_a_few_interfaces_are_watched_one_by_one_and_many_by_their_class() -> None:
    few = for_watch({"interface": ["Eth1/1", "Vlan100"]})
    assert [query.dn for query in few.queries] == [OPER % 1, "sys/intf/svi-[vlan100]"]
    (many,) = for_watch({"interface": ["Eth1/%d" % n for n in range(1, 6)]}).sights
    assert many.query is not None and many.query.cls == "ethpmPhysIf"
    assert many.covers(OPER % 5) and not many.covers(OPER % 6) and many.names()[0] == "Ethernet1/1"


def test_the_where_of_an_entry_is_one_more() -> None:
    spec = for_watch(
        {
            "where": {"adminSt": "up"},
            "queries": [{"class": "ethpmPhysIf", "where": {"mtu": 9216}}, {"subscription": "x"}],
        }
    )
    first, second = spec.sights
    assert len(first.where) == 2 and len(second.where) == 1 and second.names() == ["subscription x"]
    big, shut = port(adminSt="up", mtu="9216"), port(adminSt="down", mtu="9216")
    assert first.admits(big, big) and not first.admits(shut, shut)
    assert first.admits(big, shut) and first.admits(shut, big), "it leaves, or it comes"


def test_attributes_let_pass_what_comes_and_goes() -> None:
    (sight,) = for_watch({"class": "ethpmPhysIf", "attributes": ["operSt"]}).sights
    assert sight.matters("modified", ["mtu", "operSt"]) and not sight.matters("modified", ["mtu"])
    assert sight.matters("deleted", ["status"])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"queries": []}, "at least one entry"),
        ({"queries": [{"class": "a b"}]}, "queries, entry 1: class: 'a b'"),
        ({"target_subtree_class": ["bgpPeer"]}, "target_subtree_class has no meaning without dn or class"),
        ({"duration": -1}, "duration takes a number of seconds"),
        ({"limit": -1}, "limit takes a number from 0, not -1"),
        ({"rate": 0}, "rate takes a number from 1, not 0"),
        ({"since": "x"}, "since takes a cursor"),
    ],
)
def test_what_makes_no_sense(options: dict[str, object], words: str) -> None:
    with pytest.raises(InvalidOptions, match=words):
        for_watch(options)
