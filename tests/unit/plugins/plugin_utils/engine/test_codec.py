# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documents in both formats: round trips, and whatever is no NX-API document."""

from __future__ import annotations

import contextlib
import json

import pytest
from ansible_collections.nxapi.events.plugins.plugin_utils.engine import codec
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.errors import BadDocument, InvalidOptions
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.model import Document, ManagedObject, SwitchError
from hypothesis import given, settings
from hypothesis import strategies as st


def document(**root: object) -> Document:
    return codec.decode(json.dumps(root))


def entry(cls: str, attributes: object = None, **more: object) -> dict[str, object]:
    return {cls: {"attributes": {} if attributes is None else attributes, **more}}


def test_a_child_without_dn_and_rn_is_left_out_but_what_is_below_is_looked_at() -> None:
    inner = entry("deep", {"dn": "sys/deep"}, children=[entry("deeper", {"rn": "er"})])
    found = document(
        imdata=[
            entry(
                "top", {"dn": "sys/top"}, children=[entry("nameless", {}, children=[entry("lost", {"rn": "x"}), inner])]
            )
        ]
    )
    assert [(mo.cls, mo.dn) for mo in found.objects] == [
        ("top", "sys/top"),
        ("deep", "sys/deep"),
        ("deeper", "sys/deep/er"),
    ]


def test_children_beside_the_class_are_children_too() -> None:
    found = document(imdata=[{**entry("top", {"dn": "sys"}), "children": [entry("below", {"rn": "intf"})]}])
    assert [mo.dn for mo in found.objects] == ["sys", "sys/intf"]


def test_noise_is_stripped_and_status_is_its_own_field() -> None:
    found = document(
        imdata=[entry("a", {"dn": "sys", "rn": "", "childAction": "", "status": "created", "modTs": "never", "x": ""})]
    )
    assert found.objects == (ManagedObject("a", "sys", {"modTs": "never", "x": ""}, "created"),)


def test_values_that_are_not_strings_become_the_switchs_strings() -> None:
    wire = '{"imdata":[{"a":{"attributes":{"dn":"s","n":18374686685813276673,"f":1.50,"e":1E5,"t":true,"b":false,"z":null}}}]}'
    attributes = {"n": "18374686685813276673", "f": "1.50", "e": "1E5", "t": "true", "b": "false", "z": ""}
    assert codec.decode(wire).objects[0].attributes == attributes


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        ('"18374686685813276673"', ("18374686685813276673",)),
        ("18374686685813276673", ("18374686685813276673",)),
        ('["1","2"]', ("1", "2")),
        ("[18374686685813276673,2]", ("18374686685813276673", "2")),
        ('["1","1"]', ("1",)),
        ('"1,2"', ("1", "2")),
        ('"not a number"', ("not a number",)),
        ('""', ()),
        ("[]", ()),
        ('[""]', ()),
        ("null", ()),
    ],
)
def test_subscription_ids_are_opaque_strings_in_any_shape(ids: str, expected: tuple[str, ...]) -> None:
    assert codec.decode('{"subscriptionId":%s,"imdata":[]}' % ids).subscription_ids == expected


@pytest.mark.parametrize(("ids", "expected"), [("7", ("7",)), ("7,8, 9", ("7", "8", "9")), ("", ())])
def test_xml_separates_subscription_ids_by_commas(ids: str, expected: tuple[str, ...]) -> None:
    assert codec.decode('<imdata subscriptionId="%s"/>' % ids).subscription_ids == expected


@pytest.mark.parametrize(
    ("total", "expected"),
    [
        ('"12"', 12),
        ("12", 12),
        ('""', None),
        ("null", None),
        ('"many"', None),
        ('"-1"', None),
        ('"%s"' % ("9" * 5000), None),
        ('"\u00b2"', None),
    ],
)
def test_the_total_is_a_number_or_unknown(total: str, expected: int | None) -> None:
    assert codec.decode('{"totalCount":%s,"imdata":[]}' % total).total == expected


@pytest.mark.parametrize(
    ("codes", "worst"),
    [
        (["400", "403"], "403"),
        (["17", "401", "403"], "401"),
        (["107", "400"], "107"),
        ([400, 403], "403"),
        (["1"], "1"),
    ],
)
def test_the_worst_error_is_the_one_about_authentication(codes: list[object], worst: str) -> None:
    found = document(imdata=[entry("error", {"code": code, "text": "because"}) for code in codes])
    assert found == Document(error=SwitchError(worst, "because"))


def test_an_error_beside_and_below_objects_is_seen() -> None:
    found = document(imdata=[entry("a", {"dn": "sys"}, children=[entry("error", {"code": "5"})]), entry("error")])
    assert [mo.cls for mo in found.objects] == ["a"]
    assert found.error == SwitchError("5", "")


@pytest.mark.parametrize(
    ("lifetime", "expected"),
    [
        ("600", 600.0),
        ("0.5", 0.5),
        ("0", None),
        ("-5", None),
        ("", None),
        ("soon", None),
        ("1e3", None),
        ("inf", None),
        ("9" * 400, None),
        (300, 300.0),
    ],
)
def test_a_lifetime_that_is_no_positive_number_is_unknown(lifetime: object, expected: float | None) -> None:
    found = document(imdata=[entry("aaaRefresh", {"token": "T", "refreshTimeoutSeconds": lifetime})])
    assert codec.token_of(found) == ("T", expected)


def test_the_first_object_that_has_a_token_counts_whatever_its_class() -> None:
    found = document(
        imdata=[
            entry("other", {}),
            entry("empty", {"token": ""}),
            entry("aaaLogin", {"token": "T"}),
            entry("late", {"token": "U"}),
        ]
    )
    assert codec.token_of(found) == ("T", None)


def test_of_a_repeated_json_key_the_last_wins() -> None:
    assert codec.decode('{"imdata":[{"a":{"attributes":{"dn":"s","x":"1","x":"2"}}}]}').objects[0].attributes == {
        "x": "2"
    }


def test_raw_control_characters_in_json_strings_are_tolerated() -> None:
    assert codec.decode('{"imdata":[{"a":{"attributes":{"dn":"s","descr":"a\tb\nc"}}}]}').objects[0].attributes == {
        "descr": "a\tb\nc"
    }


def test_a_surrogate_pair_is_one_character() -> None:
    assert codec.decode('{"imdata":[{"a":{"attributes":{"dn":"s","descr":"\\ud83d\\ude00"}}}]}').objects[
        0
    ].attributes == {"descr": "\U0001f600"}


def nested_json(levels: int) -> str:
    return '{"imdata":[' + '{"a":{"attributes":{"dn":"s"},"children":[' * levels + "]}}" * levels + "]}"


def nested_xml(levels: int) -> str:
    return "<imdata>" + '<a dn="s">' * levels + "</a>" * levels + "</imdata>"


@pytest.mark.parametrize("nested", [nested_json, nested_xml])
def test_nesting_is_accepted_up_to_the_limit(nested: object) -> None:
    assert callable(nested)
    assert len(codec.decode(nested(codec.MAX_DEPTH)).objects) == codec.MAX_DEPTH
    for levels in (codec.MAX_DEPTH + 1, 5_000, 100_000):
        with pytest.raises(BadDocument, match="nested too deeply"):
            codec.decode(nested(levels))


BOMB = '<!DOCTYPE imdata [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><imdata><x d="&b;"/></imdata>'

BAD_DOCUMENTS: list[bytes | str] = [
    *["", " \n", "\ufeff", "hello", "[]", '[{"imdata":[]}]', '"imdata"', "12", "null", "\0"],
    *[
        "{}",
        '{"imdata":{}}',
        '{"imdata":null}',
        '{"imdata":"x"}',
        '{"imdata":[]} x',
        '{"imdata":[]}{}',
        "{ imdata:[] }",
        '{"totalCount":"0"}',
    ],
    *[
        '{"imdata":[1]}',
        '{"imdata":["x"]}',
        '{"imdata":[null]}',
        '{"imdata":[[]]}',
        '{"imdata":[{}]}',
        '{"imdata":[{"a":1}]}',
    ],
    *[
        '{"imdata":[{"a":{},"b":{}}]}',
        '{"imdata":[{"children":[]}]}',
        '{"imdata":[{"a":{"attributes":[]}}]}',
        '{"imdata":[{"a":{"attributes":null}}]}',
    ],
    *['{"imdata":[{"a":{"attributes":{"x":[]}}}]}', '{"imdata":[{"a":{"attributes":{"x":{}}}}]}'],
    *[
        '{"imdata":[{"a":{"children":{}}}]}',
        '{"imdata":[{"a":{"children":["x"]}}]}',
        '{"imdata":[{"a":{"children":"x"}}]}',
    ],
    *['{"subscriptionId":{},"imdata":[]}', '{"subscriptionId":[[]],"imdata":[]}', '{"totalCount":[],"imdata":[]}'],
    *['{"imdata":[],"x":NaN}', '{"imdata":[],"x":Infinity}', '{"imdata":[],"x":-Infinity}'],
    *[
        '{"imdata":[],"x":"\\ud800"}',
        '{"imdata":[{"a":{"attributes":{"\\udfff":""}}}]}',
        '{"imdata":[],"x":"\ud800"}',
        '{"imdata":[],"\\ud800":' + "[" * 100_000,
    ],
    *["[" * 100_000, '{"imdata":' + "[" * 100_000, '{"a":' * 100_000],
    *[
        b'{"imdata":[],"x":"\xff"}',
        b"\xff\xfe{\x00",
        b"\x00\x00\x00{",
        b"\x1f\x8b\x08",
        '{"imdata":[]}'.encode("utf-16"),
        '{"imdata":[]}'.encode("utf-16-le"),
    ],
    *[
        "<",
        "<imdata>",
        "<imdata/><imdata/>",
        "<imdata></imdat>",
        "<imdata a='1' a='2'/>",
        "<imdata>&x;</imdata>",
        '<imdata x="&#0;"/>',
    ],
    *[
        "<html><head><title>404</title></head><body/></html>",
        "<!DOCTYPE html><html></html>",
        "<IMDATA/>",
        "<x><imdata/></x>",
    ],
    *[
        BOMB,
        "<!DOCTYPE imdata SYSTEM 'file:///etc/passwd'><imdata/>",
        "<!DOCTYPE imdata><imdata/>",
        b"<imdata x='\xff'/>",
        b"<imdata x='\xed\xa0\x80'/>",
    ],
]


@pytest.mark.parametrize("data", BAD_DOCUMENTS, ids=range(len(BAD_DOCUMENTS)))
def test_whatever_is_no_nxapi_document_is_a_bad_document(data: bytes | str) -> None:
    with pytest.raises(BadDocument):
        codec.decode(data)


@pytest.mark.parametrize("encoding", ["UTF-8", "utf-7", "hex", "no-such-encoding", "ISO-8859-1"])
def test_the_encoding_that_xml_claims_does_not_matter(encoding: str) -> None:
    assert codec.decode('<?xml version="1.0" encoding="%s"?><imdata totalCount="0"/>' % encoding) == Document(total=0)


def test_a_bad_document_is_not_quoted_because_it_may_hold_a_token() -> None:
    for wire in (
        '{"imdata":[{"aaaLogin":{"attributes":{"token":"SECRET"}}]}',
        '<imdata><aaaLogin token="SECRET"></imdata>',
    ):
        with pytest.raises(BadDocument) as caught:
            codec.decode(wire)
        assert "SECRET" not in str(caught.value)


@settings(deadline=None)
@given(
    st.one_of(
        st.binary(),
        st.text(),
        st.text("<>imdata/='\" {}[]:,\\u0d8"),
        st.builds('{{"imdata":{}}}'.format, st.text('{}[]",:ab1')),
        st.builds("<imdata>{}</imdata>".format, st.text('<>/="ab &;!-[]?')),
    )
)
def test_nothing_but_a_document_or_a_bad_document_comes_out(data: bytes | str) -> None:
    with contextlib.suppress(BadDocument):
        assert isinstance(codec.decode(data), Document)


def test_an_object_that_follows_itself_in_a_frame_is_one_and_different_ones_stay() -> None:
    objects = [
        ManagedObject("a", "sys", {"x": "1"}, "modified"),
        ManagedObject("a", "sys", {"x": "2"}, "modified"),
        ManagedObject("a", "sys", {"x": "1"}, "created"),
        ManagedObject("a", "sys/b", {"x": "1"}, "modified"),
    ]
    assert codec.distinct([each for each in objects for _turn in range(2)]) == tuple(objects)
    assert codec.distinct([*objects, objects[2], objects[3]]) == tuple(objects)


def test_an_object_that_goes_to_and_fro_within_a_frame_ends_as_the_last_one_says() -> None:
    to_and_fro = [ManagedObject("a", "sys", {"x": value}, "modified") for value in ("up", "down", "up")]
    assert codec.distinct(to_and_fro) == tuple(to_and_fro)


NAMES = st.from_regex(r"[a-z][A-Za-z0-9]{0,8}", fullmatch=True)
XML_TEXT = st.text(
    st.one_of(
        st.sampled_from("\t\n\r&<>\"'[]"),
        st.characters(min_codepoint=32, exclude_categories=["Cs"], exclude_characters="\ufffe\uffff"),
    )
)


@settings(deadline=None)
@given(cls=NAMES, attributes=st.dictionaries(NAMES, XML_TEXT, max_size=5), dn=NAMES)
@pytest.mark.parametrize("fmt", ["json", "xml"])
def test_what_is_encoded_is_decoded_the_same(fmt: str, cls: str, attributes: dict[str, str], dn: str) -> None:
    body = codec.encode_mo(fmt, cls, {**attributes, "dn": dn})
    wire = b'{"imdata":[' + body + b"]}" if fmt == "json" else b"<imdata>" + body + b"</imdata>"
    found = codec.decode(wire)
    kept = {name: value for name, value in attributes.items() if name not in ("dn", "rn", "status", "childAction")}
    if cls != "error":
        assert found.objects == (ManagedObject(cls, dn, kept, attributes.get("status", "")),)


def test_login_and_logout_bodies_are_the_documented_ones() -> None:
    assert (
        codec.encode_login("json", "admin", "secret") == b'{"aaaUser":{"attributes":{"name":"admin","pwd":"secret"}}}'
    )
    assert codec.encode_login("xml", "admin", "secret") == b'<aaaUser name="admin" pwd="secret"/>'
    assert codec.encode_logout("json", "admin") == b'{"aaaUser":{"attributes":{"name":"admin"}}}'
    assert codec.encode_logout("xml", "admin") == b'<aaaUser name="admin"/>'


def test_a_password_with_markup_stays_a_password() -> None:
    assert codec.encode_login("xml", "a&b", "<\"'>\n") == b'<aaaUser name="a&amp;b" pwd="&lt;&quot;&apos;&gt;&#10;"/>'
    assert (
        codec.encode_login("json", 'a"b', "\\\n\u00e9")
        == b'{"aaaUser":{"attributes":{"name":"a\\"b","pwd":"\\\\\\n\\u00e9"}}}'
    )


@pytest.mark.parametrize(
    ("fmt", "password"),
    [
        ("xml", "x\0SECRET"),
        ("xml", "SECRET\ud800"),
        ("json", "SECRET\udcff"),
        ("xml", "SECRET\x1b"),
        ("xml", "SECRET\uffff"),
    ],
)
def test_a_password_that_cannot_be_sent_is_refused_without_being_shown(fmt: str, password: str) -> None:
    with pytest.raises(InvalidOptions, match="pwd of aaaUser") as caught:
        codec.encode_login(fmt, "admin", password)
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize("name", ["", "a b", 'a"', "a/>", "1a", "é"])
@pytest.mark.parametrize("fmt", ["json", "xml"])
def test_names_that_could_break_a_body_are_refused(fmt: str, name: str) -> None:
    with pytest.raises(InvalidOptions, match="no name of a class or attribute"):
        codec.encode_mo(fmt, name, {})
    with pytest.raises(InvalidOptions, match="no name of a class or attribute"):
        codec.encode_mo(fmt, "a", {name: "x"})
