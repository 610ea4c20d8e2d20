# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Queries: options checked, raw targets, scope and identity."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.errors import InvalidOptions
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.query import Query
from hypothesis import given, settings
from hypothesis import strategies as st

PORT = "sys/intf/phys-[eth1/1]"


def query(**options: object) -> Query:
    return Query.from_options({"class" if name == "cls" else name: value for name, value in options.items()})


@pytest.mark.parametrize(
    ("options", "target"),
    [
        ({"dn": PORT}, "/api/mo/sys/intf/phys-[eth1/1].json"),
        ({"dn": PORT, "format": "xml"}, "/api/mo/sys/intf/phys-[eth1/1].xml"),
        ({"dn": "/" + PORT, "query_target": "self"}, "/api/mo/sys/intf/phys-[eth1/1].json"),
        ({"cls": "l1PhysIf"}, "/api/class/l1PhysIf.json"),
        ({"class_name": "l1PhysIf"}, "/api/class/l1PhysIf.json"),
        ({"dn": "sys/intf", "query_target": "children"}, "/api/mo/sys/intf.json?query-target=children"),
        (
            {"dn": "sys/bgp", "target_subtree_class": ["bgpPeerEntry"]},
            "/api/mo/sys/bgp.json?query-target=subtree&target-subtree-class=bgpPeerEntry",
        ),
        (
            {"dn": "sys", "target_subtree_class": ",bgpPeerEntry, bgpDom"},
            "/api/mo/sys.json?query-target=subtree&target-subtree-class=bgpDom,bgpPeerEntry",
        ),
        (
            {"cls": "l1PhysIf", "query_target_filter": 'and(eq(l1PhysIf.id,"eth1/1"),wcard(l1PhysIf.name,"a|b"))'},
            '/api/class/l1PhysIf.json?query-target-filter=and(eq(l1PhysIf.id,"eth1/1"),wcard(l1PhysIf.name,"a|b"))',
        ),
        (
            {"cls": "l1PhysIf", "query_target_filter": 'eq(l1PhysIf.name, "50% a+b & c? #é")'},
            '/api/class/l1PhysIf.json?query-target-filter=eq(l1PhysIf.name,"50%25%20a%2Bb%20%26%20c%3F%20%23%C3%A9")',
        ),
        ({"dn": "sys/x-[a b?]"}, "/api/mo/sys/x-[a%20b%3F].json"),
    ],
)
def test_targets_are_raw_but_for_what_would_break_them(options: dict[str, object], target: str) -> None:
    assert query(**options).target() == target


def test_subscribing_and_paging_add_their_parameters() -> None:
    wide = query(cls="l1PhysIf")
    assert wide.target(subscribe=True) == "/api/class/l1PhysIf.json?subscription=yes"
    assert (
        wide.target(subscribe=True, refresh_timeout=120)
        == "/api/class/l1PhysIf.json?subscription=yes&refresh-timeout=120"
    )
    assert wide.target(page=0, page_size=500) == "/api/class/l1PhysIf.json?page=0&page-size=500"


@settings(deadline=None)
@given(
    st.text(st.characters(exclude_categories=["C"], exclude_characters="[]/"), min_size=1).filter(
        lambda text: text.strip()
    )
)
def test_any_name_survives_the_way_to_the_switch(name: str) -> None:
    target = query(dn="sys/x-[%s]" % name).target(subscribe=True)
    path, _mark, rest = target.partition("?")
    assert target.isascii() and " " not in target and "#" not in target
    assert (unquote(path), rest) == ("/api/mo/sys/x-[%s].json" % name, "subscription=yes")


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({}, "Give dn or class"),
        ({"dn": "", "cls": None}, "Give dn or class"),
        ({"dn": PORT, "cls": "l1PhysIf"}, "not both"),
        ({"dn": "sys/intf/phys-[eth1/1"}, "unbalanced"),
        ({"dn": 7}, "must be text"),
        ({"cls": "l1:PhysIf"}, "no class name"),
        ({"cls": "l1PhysIf.json"}, "no class name"),
        ({"cls": ["l1PhysIf"]}, "no class name"),
        ({"dn": PORT, "query_target": "tree"}, "query_target must be one of self, children, subtree"),
        ({"dn": PORT, "query_target": ["self"]}, "query_target must be one of"),
        ({"dn": PORT, "format": "yaml"}, "format must be one of json, xml"),
        (
            {"dn": "sys/bgp", "query_target": "self", "target_subtree_class": ["bgpDom"]},
            "needs query_target subtree or children",
        ),
        ({"dn": "sys/bgp", "target_subtree_class": ["bgp-Dom"]}, "target_subtree_class: 'bgp-Dom' is no class name"),
        ({"dn": "sys/bgp", "target_subtree_class": {"a": 1}}, "must be a list"),
        ({"dn": "sys", "query_target": "subtree"}, "name the classes wanted"),
        ({"dn": " /sys ", "query_target": "subtree", "target_subtree_class": []}, "name the classes wanted"),
        ({"cls": "topSystem", "query_target": "subtree"}, "name the classes wanted"),
        ({"cls": "l1PhysIf", "query_target_filter": "eq(l1PhysIf.id,'eth1/1')"}, "single quote"),
        ({"cls": "l1PhysIf", "query_target_filter": ["x"]}, "must be text"),
    ],
)
def test_options_that_make_no_sense_are_refused_with_what_to_do(options: dict[str, object], why: str) -> None:
    with pytest.raises(InvalidOptions, match=why):
        query(**options)


@pytest.mark.parametrize(
    "options",
    [
        {"dn": "sys", "query_target": "children"},
        {"dn": "sys/intf", "query_target": "subtree"},
        {"dn": "sys", "query_target": "subtree", "target_subtree_class": ["l1PhysIf"]},
        {"dn": "sys/bgp", "query_target": "children", "target_subtree_class": ["bgpInst"]},
        {"cls": "bgpDom", "query_target": "subtree", "target_subtree_class": ["bgpPeerEntry"]},
        {"cls": "bgpDom", "query_target": "children"},
    ],
)
def test_combinations_that_make_sense_pass(options: dict[str, object]) -> None:
    assert query(**options)


def test_the_same_subscription_in_other_words_is_equal() -> None:
    one = query(
        dn="sys/bgp", target_subtree_class=["bgpDom", "bgpPeerEntry"], query_target_filter='eq(bgpDom.name,"a")'
    )
    other = query(
        dn="/sys/bgp",
        query_target="subtree",
        target_subtree_class="bgpPeerEntry,bgpDom,bgpDom",
        query_target_filter='eq( bgpDom.name, "a" )',
        format="json",
    )
    assert one == other and hash(one) == hash(other)
    assert one != query(dn="sys/bgp", target_subtree_class=["bgpDom"])
    assert query(dn=PORT) != query(dn=PORT, format="xml")


@pytest.mark.parametrize(
    ("options", "paged"),
    [
        ({"dn": PORT}, False),
        ({"dn": "sys/intf", "query_target": "children"}, True),
        ({"dn": "sys/intf", "query_target": "subtree"}, True),
        ({"cls": "l1PhysIf"}, True),
    ],
)
def test_whatever_may_return_many_is_paged(options: dict[str, object], paged: bool) -> None:
    assert query(**options).paged is paged


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"dn": PORT}, PORT),
        ({"cls": "l1PhysIf"}, "class l1PhysIf"),
        ({"dn": "sys/bgp", "target_subtree_class": ["bgpPeerEntry", "bgpDom"]}, "bgpDom, bgpPeerEntry under sys/bgp"),
        ({"dn": "sys/intf", "query_target": "children"}, "the children right under sys/intf"),
        ({"dn": "sys/intf", "query_target": "subtree"}, "everything under sys/intf"),
        (
            {"cls": "l1PhysIf", "query_target_filter": 'eq(l1PhysIf.id,"eth1/1")'},
            'class l1PhysIf where eq(l1PhysIf.id,"eth1/1")',
        ),
    ],
)
def test_a_query_says_what_it_looks_at(options: dict[str, object], text: str) -> None:
    assert query(**options).describe() == text


def test_a_filter_on_naming_attributes_is_no_reason_to_warn() -> None:
    assert query(cls="l1PhysIf").warnings() == ()
    assert (
        query(cls="l1PhysIf", query_target_filter='and(wcard(l1PhysIf.id,"eth1/"),ne(l1PhysIf.dn,"x"))').warnings()
        == ()
    )


def test_a_filter_on_state_warns_that_objects_leave_it_unseen() -> None:
    (warning,) = query(
        cls="l1PhysIf",
        query_target_filter='and(eq(l1PhysIf.operSt,"up"),eq(l1PhysIf.adminSt,"up"),eq(l1PhysIf.id,"x"))',
    ).warnings()
    assert warning.startswith(
        "query_target_filter looks at adminSt, operSt, which may change: an object may leave the filter unseen."
    )


@pytest.mark.parametrize(
    ("options", "dn", "cls", "inside"),
    [
        ({"dn": PORT}, PORT, "l1PhysIf", True),
        ({"dn": PORT}, PORT + "/phys", "ethpmPhysIf", False),
        ({"dn": "sys/intf", "query_target": "children"}, PORT, "l1PhysIf", True),
        ({"dn": "sys/intf", "query_target": "children"}, PORT + "/phys", "ethpmPhysIf", False),
        ({"dn": "sys/intf", "query_target": "children"}, "sys/intf", "interfaceEntity", False),
        ({"dn": "sys/intf", "query_target": "subtree"}, PORT + "/phys", "ethpmPhysIf", True),
        ({"dn": "sys/intf", "query_target": "subtree"}, "sys/intf", "interfaceEntity", True),
        ({"dn": "sys/intf", "query_target": "subtree"}, "sys/bgp", "bgpEntity", False),
        ({"dn": "sys/intf", "target_subtree_class": ["ethpmPhysIf"]}, PORT + "/phys", "ethpmPhysIf", True),
        ({"dn": "sys/intf", "target_subtree_class": ["ethpmPhysIf"]}, PORT, "l1PhysIf", False),
        ({"dn": "sys/intf", "target_subtree_class": ["ethpmPhysIf"]}, PORT, "", True),
        ({"cls": "l1PhysIf"}, PORT, "l1PhysIf", True),
        ({"cls": "l1PhysIf"}, PORT + "/phys", "ethpmPhysIf", False),
        ({"cls": "l1PhysIf"}, PORT, "", True),
        (
            {"cls": "bgpDom", "query_target": "subtree", "target_subtree_class": ["bgpPeer"]},
            "sys/bgp/inst/dom-a/peer-[1.1.1.1]",
            "bgpPeer",
            True,
        ),
        (
            {"cls": "bgpDom", "query_target": "subtree", "target_subtree_class": ["bgpPeer"]},
            "sys/bgp/inst/dom-a",
            "bgpDom",
            False,
        ),
        ({"cls": "bgpDom", "query_target": "children"}, "sys/bgp/inst/dom-a/af-x", "bgpDomAf", True),
    ],
)
def test_scope_is_told_by_dn_and_class(options: dict[str, object], dn: str, cls: str, inside: bool) -> None:
    assert query(**options).contains(dn, cls) is inside
