# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""DNs with brackets, and what a person may write as a DN."""

from __future__ import annotations

import pytest
from ansible_collections.nxapi.events.plugins.plugin_utils.engine import dn
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.errors import InvalidOptions
from hypothesis import given, settings
from hypothesis import strategies as st

SPLITS = [
    ("", ()),
    ("sys", ("sys",)),
    ("sys/intf/phys-[eth1/1]", ("sys", "intf", "phys-[eth1/1]")),
    ("sys/intf/phys-[eth1/1]/phys", ("sys", "intf", "phys-[eth1/1]", "phys")),
    (
        "sys/bgp/inst/dom-default/peer-[192.0.2.0/24]/ent-[192.0.2.1]",
        ("sys", "bgp", "inst", "dom-default", "peer-[192.0.2.0/24]", "ent-[192.0.2.1]"),
    ),
    ("sys/x/rs-[sys/intf/phys-[eth1/1]/phys]/y", ("sys", "x", "rs-[sys/intf/phys-[eth1/1]/phys]", "y")),
    ("sys/ipv4/addr-[10.0.0.1/24]-[a/b]/z", ("sys", "ipv4", "addr-[10.0.0.1/24]-[a/b]", "z")),
    ("sys/a]b/c", ("sys", "a]b", "c")),
    ("sys/a-[b/c", ("sys", "a-[b/c")),
]

NESTED = st.recursive(
    st.text("abz019.-:", min_size=1, max_size=5),
    lambda inner: st.builds("{}-[{}/{}]".format, inner, inner, inner),
    max_leaves=6,
)


@pytest.mark.parametrize(("text", "rns"), SPLITS)
def test_slashes_inside_brackets_belong_to_their_rn(text: str, rns: tuple[str, ...]) -> None:
    assert dn.split(text) == rns


@settings(deadline=None)
@given(st.lists(NESTED, min_size=1, max_size=6))
def test_splitting_undoes_joining(rns: list[str]) -> None:
    text = ""
    for name in rns:
        text = dn.join(text, name)
    assert dn.split(text) == tuple(rns)
    assert dn.rn(text) == rns[-1]
    assert dn.join(dn.parent(text), dn.rn(text)) == text
    assert dn.check(text) == text
    assert dn.is_under(dn.join(text, "child"), text)


@settings(deadline=None)
@given(st.text("ab/[]", max_size=12))
def test_reading_never_raises_and_loses_nothing(text: str) -> None:
    assert "/".join(dn.split(text)) == text


@pytest.mark.parametrize(
    ("text", "parent", "rn"),
    [
        ("", "", ""),
        ("sys", "", "sys"),
        ("sys/intf/phys-[eth1/1]", "sys/intf", "phys-[eth1/1]"),
        ("sys/intf/phys-[eth1/1]/phys", "sys/intf/phys-[eth1/1]", "phys"),
    ],
)
def test_parent_and_rn(text: str, parent: str, rn: str) -> None:
    assert (dn.parent(text), dn.rn(text)) == (parent, rn)


@pytest.mark.parametrize(
    ("text", "ancestor", "under"),
    [
        ("sys/intf/phys-[eth1/1]/phys", "sys/intf/phys-[eth1/1]", True),
        ("sys/intf/phys-[eth1/1]", "sys", True),
        ("sys/intf/phys-[eth1/1]", "sys/intf/phys-[eth1/1]", False),
        ("sys/intf/phys-[eth1/11]", "sys/intf/phys-[eth1/1]", False),
        ("sys/intf/phys-[eth1/1]", "sys/intf/phys-[eth1", False),
        ("sys/interfaces", "sys/int", False),
        ("sys", "sys/intf", False),
        ("sys", "", False),
    ],
)
def test_under_is_strict_and_keeps_to_whole_rns(text: str, ancestor: str, under: bool) -> None:
    assert dn.is_under(text, ancestor) is under


@pytest.mark.parametrize("text", ["sys/intf/phys-[eth1/1]", " sys/intf/phys-[eth1/1]\n", "/sys/intf/phys-[eth1/1]"])
def test_blanks_around_and_a_leading_slash_are_dropped(text: str) -> None:
    assert dn.check(text) == "sys/intf/phys-[eth1/1]"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        ("  ", "empty"),
        ("/", "empty"),
        (None, "NoneType"),
        (7, "int"),
        ("sys/intf/phys-[eth1/1", "unbalanced"),
        ("sys/intf/phys-eth1/1]", "unbalanced"),
        ("sys/intf/phys-]eth1/1[", "unbalanced"),
        ("sys/intf/", "ends in a slash"),
        ("sys//intf", "two slashes"),
        ("//sys", "two slashes"),
        ("sys/in\ttf", "control characters"),
        ("/api/mo/sys/intf", "path of the REST API"),
        ("sys/intf.json", "format suffix"),
        ("sys/intf/phys-[eth1/1].xml", "format suffix"),
    ],
)
def test_a_dn_that_cannot_be_meant_is_refused_with_what_to_do(text: object, why: str) -> None:
    with pytest.raises(InvalidOptions, match=why):
        dn.check(text)
