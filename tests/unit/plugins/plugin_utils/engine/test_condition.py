# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Conditions: what compares how, what is refused, and the words for people."""

from __future__ import annotations

from datetime import date, datetime, timezone
from fractions import Fraction

import pytest
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.condition import OPERATORS, compile_condition
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.errors import InvalidOptions
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.model import ManagedObject
from hypothesis import given, settings
from hypothesis import strategies as st

BIG = "18374686685813276673"


def port(**attributes: str) -> ManagedObject:
    return ManagedObject("ethpmPhysIf", "sys/intf/phys-[eth1/1]/phys", attributes)


def holds(actual: str, wanted: object) -> bool:
    return compile_condition({"x": wanted}).holds(port(x=actual))


EQUAL: list[tuple[str, object]] = [
    ("up", "up"),
    ("Up", "up"),
    ("up", "UP"),
    ("STRASSE", "straße"),
    ("", ""),
    ("1500", 1500),
    ("1500", "1500.0"),
    ("01500", "1500"),
    ("-0", "0"),
    ("0.10", "0.1"),
    ("0.1", 0.1),
    ("1000", 1e3),
    ("10000000000000000000000", 1e22),
    (BIG, int(BIG)),
    (BIG, BIG + ".000"),
    ("true", True),
    ("yes", True),
    ("on", True),
    ("ON", True),
    ("false", False),
    ("no", False),
    ("off", False),
    ("2026-01-31", date(2026, 1, 31)),
    ("2026-01-31T12:00:00+00:00", datetime(2026, 1, 31, 12, tzinfo=timezone.utc)),
    ("1e3", "1E3"),
]

UNEQUAL: list[tuple[str, object]] = [
    ("up", "link-up"),
    ("up ", "up"),
    ("", "up"),
    ("1000", "1e3"),
    ("1000", "1_000"),
    ("16", "0x10"),
    ("1", "+1"),
    ("1", "1."),
    ("0.5", ".5"),
    ("1", " 1"),
    ("5", "\u0665"),
    ("2", "\u00b2"),
    ("inf", "Infinity"),
    ("1500", 1501),
    (BIG, "18374686685813276672"),
    ("0.1", "0.10000000000000000000000000000000000001"),
    ("1", True),
    ("enabled", True),
    ("0", False),
    ("", False),
    ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00+00:00"),
]


@pytest.mark.parametrize(("actual", "wanted"), EQUAL)
def test_equal_values_are_equal_in_every_way_of_saying_so(actual: str, wanted: object) -> None:
    assert (
        holds(actual, wanted)
        and holds(actual, {"eq": wanted})
        and holds(actual, [wanted])
        and holds(actual, {"in": ["other", wanted]})
    )
    assert not holds(actual, {"ne": wanted}) and not holds(actual, {"not_in": ["other", wanted]})


@pytest.mark.parametrize(("actual", "wanted"), UNEQUAL)
def test_unequal_values_are_unequal_in_every_way_of_saying_so(actual: str, wanted: object) -> None:
    assert not (
        holds(actual, wanted)
        or holds(actual, {"eq": wanted})
        or holds(actual, [wanted])
        or holds(actual, {"in": ["other", wanted]})
    )
    assert holds(actual, {"ne": wanted}) and holds(actual, {"not_in": ["other", wanted]})


def test_integers_longer_than_python_prints_are_compared_exactly() -> None:
    actual, wanted = "1" + "0" * 6000, 10**6000
    assert holds(actual, wanted) and not holds(actual, wanted + 1) and holds(actual, {"lt": wanted + 1})


ORDER = [
    # actual, wanted, and how actual stands to wanted: -1, 0, 1, or None where nothing is in order
    ("999", "1000", -1),
    ("1000", 1000, 0),
    ("1000.5", 1000, 1),
    ("-2", "-1", -1),
    ("2", "10", -1),
    (BIG, "18374686685813276674", -1),
    ("1e3", "2", None),
    ("unspecified", 9000, None),
    ("9000", "unspecified", None),
    ("", "1", None),
    ("0x10", "9", None),
    ("inf", "1", None),
    ("\u0665", "4", None),
    ("1_000", "1", None),
    ("2019-10-18T19:42:29.446+00:00", "2019-10-18T19:42:29.446Z", 0),
    ("2019-10-18T15:42:29.446-04:00", "2019-10-18T19:42:29.446+00:00", 0),
    ("2018-12-13T15:52:13.821+01:00", "2018-12-13T15:00:00Z", -1),
    ("2023-05-04T16:02:00.972-04:00", "2023-05-04T17:02:00.972+00:00", 1),
    ("never", "2019-10-18T19:42:29.446+00:00", None),
    ("2019-10-18T19:42:29.446+00:00", "never", None),
    ("1571427749", "2019-10-18T19:42:29.446+00:00", None),
    ("2019-10-18T19:42:29", "2019-10-18T19:42:29Z", None),
    ("alpha", "Beta", -1),
    ("ALPHA", "alpha", 0),
    ("100G", "40G", -1),
]


@pytest.mark.parametrize(("actual", "wanted", "standing"), ORDER)
def test_orderings_hold_only_within_a_kind(actual: str, wanted: object, standing: int | None) -> None:
    found = {operator: holds(actual, {operator: wanted}) for operator in ("lt", "le", "gt", "ge")}
    if standing is None:
        assert not any(found.values())
    else:
        assert found == {"lt": standing < 0, "le": standing <= 0, "gt": standing > 0, "ge": standing >= 0}


@pytest.mark.parametrize(
    ("actual", "bounds", "inside"),
    [
        ("1500", [1500, 9216], True),
        ("9216", [1500, 9216], True),
        ("1499", [1500, 9216], False),
        ("9217", ["1500", "9216"], False),
        ("5", [5, 5], True),
        ("unspecified", [1500, 9216], False),
        ("2026-01-31T12:00:00+01:00", ["2026-01-31T11:00:00Z", "2026-01-31T11:00:00Z"], True),
        ("never", ["2026-01-31T11:00:00Z", "2026-01-31T12:00:00Z"], False),
        ("m", ["a", "z"], True),
    ],
)
def test_bw_includes_both_ends(actual: str, bounds: list[object], inside: bool) -> None:
    assert holds(actual, {"bw": bounds}) is inside


DECIMALS = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "-"]),
    st.integers(0, 10**40) | st.sampled_from(["00", "007"]),
    st.sampled_from(["", ".0", ".5", ".50"]) | st.from_regex(r"\.[0-9]{1,30}", fullmatch=True),
)


@settings(deadline=None)
@given(DECIMALS, DECIMALS)
def test_numbers_are_in_the_exact_order_of_numbers(one: str, other: str) -> None:
    exact, bound = Fraction(one), Fraction(other)
    assert holds(one, {"lt": other}) is (exact < bound)
    assert holds(one, {"le": other}) is (exact <= bound)
    assert holds(one, {"eq": other}) is (exact == bound)
    assert holds(one, {"ne": other}) is (exact != bound)
    assert holds(one, {"ge": other}) is (exact >= bound)
    assert holds(one, {"gt": other}) is (exact > bound)


@settings(deadline=None)
@given(st.text(), st.text())
def test_any_two_texts_compare_without_an_error(one: str, other: str) -> None:
    assert holds(one, {"eq": other}) is not holds(one, {"ne": other})
    try:
        found = [holds(one, {operator: other}) for operator in ("lt", "gt")]
    except InvalidOptions as refused:
        assert "no time with an offset" in str(refused)
    else:
        assert found != [True, True]


@pytest.mark.parametrize(
    ("actual", "wanted", "found"),
    [
        ("eth1/1", {"matches": "1/1"}, True),
        ("eth1/1", {"matches": "^1/1"}, False),
        ("eth1/1", {"matches": "^ETH"}, True),
        ("eth1/1", {"wcard": "th1"}, True),
        ("eth1/1", {"wcard": "^th1"}, False),
        ("10.3(1)", {"matches": r"^10\.3\("}, True),
        ("", {"matches": "^$"}, True),
        ("1500", {"matches": 15}, True),
    ],
)
def test_patterns_are_unanchored_and_take_any_case(actual: str, wanted: object, found: bool) -> None:
    assert holds(actual, wanted) is found


FLAGS = "cap-neg,direct-connect,gr-enabled"


@pytest.mark.parametrize(
    ("actual", "wanted", "found"),
    [
        (FLAGS, {"anybit": "gr-enabled,other"}, True),
        (FLAGS, {"anybit": ["GR-enabled"]}, True),
        (FLAGS, {"anybit": "gr"}, False),
        (FLAGS, {"allbits": "gr-enabled, cap-neg"}, True),
        (FLAGS, {"allbits": ["gr-enabled", "cap-neg"]}, True),
        (FLAGS, {"allbits": ["gr-enabled", "other"]}, False),
        ("", {"anybit": "a"}, False),
        ("", {"allbits": "a"}, False),
        (" a , b ", {"allbits": "a,b"}, True),
        ("1,2", {"anybit": 2}, True),
    ],
)
def test_flags_are_whole_words_between_commas(actual: str, wanted: object, found: bool) -> None:
    assert holds(actual, wanted) is found


def test_several_operators_on_one_attribute_all_have_to_hold() -> None:
    wanted = {"ge": 1500, "ne": 9000}
    assert [holds(actual, wanted) for actual in ("1500", "9000", "1499")] == [True, False, False]


def test_several_attributes_all_have_to_hold_on_one_object() -> None:
    condition = compile_condition({"operSt": "up", "operSpeed": ["10G", "25G"]})
    assert condition.attributes == ("operSt", "operSpeed")
    assert condition.holds(port(operSt="up", operSpeed="25G"))
    assert not condition.holds(port(operSt="up", operSpeed="1G"))
    assert not condition.holds(port(operSt="down", operSpeed="25G"))


WANTED = {
    "eq": "a",
    "ne": "a",
    "lt": "a",
    "le": "a",
    "gt": "a",
    "ge": "a",
    "bw": ["a", "b"],
    "in": ["a"],
    "not_in": ["a"],
    "matches": "a",
    "wcard": "a",
    "anybit": "a",
    "allbits": "a",
}


@pytest.mark.parametrize("operator", OPERATORS)
def test_a_missing_attribute_satisfies_no_operator(operator: str) -> None:
    condition = compile_condition({"x": {operator: WANTED[operator]}, "dn": {"matches": "phys"}})
    assert not condition.holds(port(y="a"))
    assert condition.missing(port(y="a")) == ("x",)
    assert condition.missing(port(x="a")) == ()


def test_the_dn_is_an_attribute_like_any_other() -> None:
    assert compile_condition({"dn": "SYS/intf/phys-[eth1/1]/phys"}).holds(port())


def test_compiling_twice_gives_equal_conditions() -> None:
    wanted = {"operSt": "up", "mtu": {"ge": 9000}, "descr": {"matches": "^x"}}
    assert compile_condition(wanted) == compile_condition(dict(wanted))


REFUSED = [
    (None, "until must be a map"),
    ({}, "until must be a map"),
    ("operSt: up", "until must be a map"),
    ([{"operSt": "up"}], "until must be a map"),
    ({True: "up"}, "True is no attribute name"),
    ({1: "up"}, "1 is no attribute name"),
    ({"": "up"}, "'' is no attribute name"),
    ({"oper St": "up"}, "no attribute name"),
    ({"l1PhysIf.operSt": "up"}, "no attribute name"),
    ({"status": "created"}, "use the option status"),
    ({"rn": "phys"}, "use dn"),
    ({"childAction": ""}, "never says anything"),
    ({"operSt": None}, 'until.operSt has no value: write ""'),
    ({"operSt": {}}, "until.operSt is an empty map"),
    ({"operSt": []}, "until.operSt is an empty list"),
    ({"operSt": [["up"]]}, "until.operSt is a list where one value belongs"),
    ({"operSt": [{"eq": "up"}]}, "until.operSt is a map where one value belongs"),
    ({"operSt": [None]}, "until.operSt has no value"),
    ({"operSt": float("nan")}, "until.operSt is nan where one value belongs"),
    ({"operSt": float("inf")}, "until.operSt is inf where one value belongs"),
    ({"operSt": {"up"}}, "where one value belongs"),
    ({"mtu": {"gte": 9000}}, "unknown operator 'gte': did you mean ge"),
    ({"mtu": {"GE": 9000}}, "unknown operator 'GE': did you mean ge"),
    ({"mtu": {"match": "x"}}, "did you mean matches"),
    ({"mtu": {"notin": ["x"]}}, "did you mean not_in"),
    ({"mtu": {">=": 9000}}, "unknown operator '>=': did you mean ge"),
    ({"descr": {"regex": "x"}}, "unknown operator 'regex': did you mean matches"),
    ({"mtu": {"plus": "x"}}, "the operators are eq, ne"),
    ({"mtu": {True: "x"}}, "unknown operator True"),
    ({"mtu": {"eq": ["x"]}}, "until.mtu is a list where one value belongs"),
    ({"mtu": {"eq": {"eq": 1}}}, "until.mtu is a map where one value belongs"),
    ({"mtu": {"ne": None}}, "until.mtu.ne has no value"),
    ({"mtu": {"in": "x"}}, "until.mtu takes a list"),
    ({"mtu": {"not_in": "x"}}, "until.mtu.not_in takes a list"),
    ({"mtu": {"not_in": []}}, "until.mtu.not_in is an empty list"),
    ({"mtu": {"bw": 1500}}, "until.mtu.bw takes a list"),
    ({"mtu": {"bw": [1500]}}, "takes two values"),
    ({"mtu": {"bw": [1, 2, 3]}}, "takes two values"),
    ({"mtu": {"bw": [9216, 1500]}}, "9216 is not below 1500"),
    ({"mtu": {"bw": [1500, "max"]}}, "1500 is not below max"),
    ({"mtu": {"ge": True}}, "until.mtu.ge is a YAML boolean"),
    ({"mtu": {"bw": [False, True]}}, "until.mtu.bw is a YAML boolean"),
    ({"mtu": {"ge": [1]}}, "until.mtu.ge is a list where one value belongs"),
    ({"modTs": {"gt": "2026-01-31"}}, "no time with an offset"),
    ({"modTs": {"gt": "2026-01-31T12:00:00"}}, "no time with an offset"),
    ({"modTs": {"gt": datetime(2026, 1, 31, 12)}}, "no time with an offset"),  # noqa: DTZ001
    ({"modTs": {"gt": "2026-13-31T12:00:00Z"}}, "no time with an offset"),
    ({"descr": {"matches": "("}}, "no regular expression"),
    ({"descr": {"wcard": "*"}}, "no regular expression"),
    ({"descr": {"matches": "a{99999999999999999999}"}}, "no regular expression"),
    ({"descr": {"matches": "(" * 20_000}}, "no regular expression"),
    ({"descr": {"matches": True}}, "until.descr.matches is a YAML boolean"),
    ({"descr": {"matches": ["a"]}}, "is a list where one value belongs"),
    ({"flags": {"anybit": []}}, "until.flags.anybit is an empty list"),
    ({"flags": {"allbits": " , "}}, "names no flag"),
    ({"flags": {"anybit": True}}, "is a YAML boolean"),
    ({"flags": {"anybit": None}}, "has no value"),
]


@pytest.mark.parametrize(("mapping", "why"), REFUSED, ids=range(len(REFUSED)))
def test_what_cannot_be_meant_is_refused_with_what_to_do(mapping: object, why: str) -> None:
    with pytest.raises(InvalidOptions) as caught:
        compile_condition(mapping)
    assert why in str(caught.value)


def test_a_refusal_names_the_option() -> None:
    with pytest.raises(InvalidOptions, match=r"^fail_when.operStQual has no value"):
        compile_condition({"operStQual": None}, option="fail_when")


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        ("up", "x up"),
        ("", 'x ""'),
        (["up", "link-up"], "x up or link-up"),
        (["a", "b", "c"], "x a, b or c"),
        (True, "x true, yes or on"),
        ({"ne": "down"}, "x not down"),
        ({"not_in": ["down", "unknown"]}, "x not down or unknown"),
        ({"ge": 9000}, "x at least 9000"),
        ({"le": 9000}, "x at most 9000"),
        ({"gt": 9000}, "x more than 9000"),
        ({"lt": 9000, "ne": 1500}, "x less than 9000 and not 1500"),
        ({"bw": [1500, 9216]}, "x between 1500 and 9216"),
        ({"matches": "^a|b$"}, "x matching ^a|b$"),
        ({"wcard": "a"}, "x matching a"),
        ({"anybit": "a,b"}, "x any of a, b"),
        ({"allbits": ["a", "b"]}, "x all of a, b"),
        ({"lt": "100%"}, "x less than 100%"),
    ],
)
def test_a_condition_describes_itself_in_a_persons_words(wanted: object, text: str) -> None:
    assert compile_condition({"x": wanted}).describe() == text


def test_what_is_unmet_shows_what_is_and_what_is_wanted() -> None:
    condition = compile_condition({"operSt": "up", "mtu": {"ge": 9000}, "descr": "a", "speed": "10G"})
    assert condition.describe() == "operSt up and mtu at least 9000 and descr a and speed 10G"
    found = port(operSt="down", mtu="1500", descr="", speed="10g")
    assert condition.unmet(found) == 'operSt down (want up), mtu 1500 (want at least 9000), descr "" (want a)'
    assert compile_condition({"speed": "10G"}).unmet(found) == ""
    assert compile_condition({"duplex": "full"}).unmet(found) == "duplex missing (want full)"
