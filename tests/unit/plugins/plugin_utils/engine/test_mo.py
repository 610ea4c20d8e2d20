# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""mo: what is compared, what is sent, what is said."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.nxapi.events.plugins.plugin_utils.engine import mo as mos
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.codec import Body, encode_mo
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.errors import InvalidOptions
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.model import ManagedObject

TOP = "sys/bgp"


def wanted(children: list[dict[str, Any]], **attributes: object) -> mos.Wanted:
    return mos.Wanted(TOP, "bgpEntity", attributes, children=mos._children(TOP, children))


def found(**by_rn: dict[str, str]) -> dict[str, ManagedObject]:
    known = {dn: ManagedObject("c", dn, values) for dn, values in ((f"{TOP}/{rn}", each) for rn, each in by_rn.items())}
    return {TOP: ManagedObject("bgpEntity", TOP, {"adminSt": "enabled"}), **known}


def test_only_what_differs_is_sent_with_what_leads_to_it() -> None:
    tree = wanted(
        [
            {"class": "c", "rn": "same", "attributes": {"a": 1}},
            {"class": "c", "rn": "other", "attributes": {"a": "1", "b": "2"}},
            {"class": "c", "rn": "gone", "state": "absent"},
            {"class": "c", "rn": "never", "state": "absent"},
        ],
        adminSt="enabled",
    )
    body = mos._differences(tree, found(same={"a": "1"}, other={"a": "0", "b": "2"}, gone={}), top=True)
    assert body == Body(
        "bgpEntity", {}, (Body("c", {"rn": "other", "a": "1"}), Body("c", {"rn": "gone", "status": "deleted"}))
    )


def test_nothing_is_sent_where_nothing_differs() -> None:
    tree = wanted([{"class": "c", "rn": "x", "attributes": {"on": True, "none": None}}], adminSt="enabled")
    assert mos._differences(tree, found(x={"on": "yes", "none": ""}), top=True) is None


def test_what_the_switch_stores_in_other_words_is_said_without_the_value() -> None:
    tree = wanted([{"class": "c", "rn": "x", "attributes": {"pwd": "very secret", "a": "1"}}])
    (warning,) = mos._stored_otherwise(tree, found(x={"pwd": "$5$hash", "a": "1"}))
    assert "does not show pwd of sys/bgp/x as it was sent" in warning
    assert "secret" not in warning and "hash" not in warning


@pytest.mark.parametrize("fmt", ["json", "xml"])
def test_a_tree_is_one_body(fmt: str) -> None:
    text = encode_mo(fmt, "a", {"x": "1"}, (Body("b", {"rn": "b<1"}, (Body("c", {}),)),)).decode()
    if fmt == "xml":
        assert text == '<a x="1"><b rn="b&lt;1"><c/></b></a>'
    else:
        child = {"b": {"attributes": {"rn": "b<1"}, "children": [{"c": {"attributes": {}}}]}}
        assert json.loads(text) == {"a": {"attributes": {"x": "1"}, "children": [child]}}


def test_the_names_of_a_child_are_checked_too() -> None:
    with pytest.raises(InvalidOptions, match="no name of a class"):
        encode_mo("json", "a", {}, (Body("b c", {}),))


def test_children_without_end_are_refused() -> None:
    deep: list[dict[str, Any]] = []
    for number in range(mos.DEEPEST + 1):
        deep = [{"class": "c", "rn": "r%d" % number, "children": deep}]
    with pytest.raises(InvalidOptions, match=r"levels deep|right under"):
        mos._children(TOP, deep)
