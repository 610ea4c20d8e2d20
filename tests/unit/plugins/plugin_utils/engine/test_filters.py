# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter language: what is well formed, which properties it looks at, what is refused."""

from __future__ import annotations

import pytest
from ansible_collections.nxapi.events.plugins.plugin_utils.engine import filters
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.errors import InvalidOptions

WELL_FORMED = [
    ('eq(l1PhysIf.adminSt,"up")', [("l1PhysIf", "adminSt")]),
    ('and(eq(l1PhysIf.adminSt,"up"),wcard(l1PhysIf.id,"eth1/"))', [("l1PhysIf", "adminSt"), ("l1PhysIf", "id")]),
    ('bw(l1PhysIf.mtu,"1500","9216")', [("l1PhysIf", "mtu")]),
    (
        'or(ne(a.b,"x"),lt(a.b,"1"),gt(a.c,"1"),le(a.d,"1"),ge(a.e,"1"))',
        [("a", "b"), ("a", "c"), ("a", "d"), ("a", "e")],
    ),
    ('not(xor(anybit(a.f,"x,y"),allbits(a.f,"x,y")))', [("a", "f")]),
    ("wcard(bgpPeerEntry.dn,vrf)", [("bgpPeerEntry", "dn")]),
    ("and(updated(a.b),created(),deleted(),true,false())", [("a", "b")]),
    ("pholder()", []),
    ("passive", []),
    ('eq(a.b,"")', [("a", "b")]),
    ('eq(a.b,"it\'s (fine), really")', [("a", "b")]),
]


@pytest.mark.parametrize(("text", "properties"), WELL_FORMED)
def test_the_whole_grammar_is_understood(text: str, properties: list[tuple[str, str]]) -> None:
    filters.check(text)
    assert filters.attributes(text) == tuple(properties)
    assert filters.normalise(text) == text


def test_blanks_between_parts_are_dropped_and_those_in_values_stay() -> None:
    assert filters.normalise(' and( eq(a.b, "x y") , true ) ') == 'and(eq(a.b,"x y"),true)'


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "missing before its end"),
        ("   ", "missing before its end"),
        ("eq(a.b,'x')", "single quote"),
        ('eq(a.b,"x)', "double quote is not closed"),
        ('eq(a.b,"x"', "close each bracket"),
        ('eq(a.b,"x"))', "after its end"),
        ('eq(a.b,"x"),eq(a.c,"y")', "join expressions with and"),
        ("eq(a.b)", "compares a property with a value"),
        ('eq(a.b,"x","y")', "how many values eq takes"),
        ('eq(a.b,"x"y)', "how many values eq takes"),
        ('bw(a.b,"1")', "compares a property with a value"),
        ('not(eq(a.b,"x"),true)', "how many values not takes"),
        ("and()", "something is missing"),
        ("and(true,)", "something is missing"),
        ('equals(a.b,"x")', "equals is no operator"),
        ('eq(adminSt,"up")', "adminSt is no property"),
        ('eq("a.b","up")', "is no property"),
        ("eq", "brackets follow"),
        ("true(1)", "takes nothing"),
        ('eq(a.b,"x\n")', "control characters"),
        ("not(" * 200 + "true" + ")" * 200, "nested too deeply"),
        ("not(" * 100_000, "nested too deeply"),
    ],
)
def test_a_malformed_filter_is_refused_with_what_to_do(text: str, why: str) -> None:
    with pytest.raises(InvalidOptions, match=why):
        filters.check(text)
