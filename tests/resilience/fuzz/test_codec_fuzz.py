# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documents of the grammar, and the same with something wrong: a Document or BadDocument, in bounded time and memory."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from xml.sax.saxutils import quoteattr

import pytest
from ansible_collections.nxapi.events.plugins.plugin_utils.engine import codec
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.errors import BadDocument
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.model import Document, ManagedObject, SwitchError
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.memory import memory_of

NAMES = st.sampled_from(["a", "b", "c", "l1PhysIf", "operSt", "modTs", "token", "ns_x"])
DNS = st.sampled_from(["sys", "intf", "phys-[eth1/1]", "a-[b/c-[d/e]]", "x"])
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=8)
ATTRIBUTES = st.dictionaries(
    NAMES.filter(lambda name: name not in ("dn", "rn", "status", "childAction")), TEXT, max_size=3
)


@st.composite
def objects(draw: Any, depth: int = 0) -> dict[str, Any]:
    """An object of the grammar: class, attributes, children; nested ones with an RN."""
    attributes = {("rn" if depth else "dn"): draw(DNS), **draw(ATTRIBUTES)}
    status = draw(st.sampled_from(["", "created", "modified", "deleted", None]))
    if status is not None:
        attributes["status"] = status
    children = draw(st.lists(objects(depth + 1), max_size=2)) if depth < 3 else []
    return {"class": draw(NAMES), "attributes": attributes, "children": children}


DOCUMENTS = st.fixed_dictionaries(
    {
        "objects": st.lists(objects(), max_size=3),
        "ids": st.lists(st.integers(0, 2**64 - 1).map(str), max_size=3, unique=True),
        "total": st.one_of(st.none(), st.integers(0, 10**9)),
        "error": st.one_of(st.none(), st.tuples(st.sampled_from(["400", "403", "1"]), TEXT)),
    }
)


def plain(each: dict[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = {"attributes": each["attributes"]}
    if each["children"]:
        body["children"] = [plain(child) for child in each["children"]]
    return {each["class"]: body}


def json_tree(given_: dict[str, Any]) -> dict[str, Any]:
    root: dict[str, Any] = {} if given_["total"] is None else {"totalCount": str(given_["total"])}
    if given_["ids"]:
        root["subscriptionId"] = given_["ids"]
    imdata = [plain(each) for each in given_["objects"]]
    if given_["error"]:
        imdata.append({"error": {"attributes": dict(zip(("code", "text"), given_["error"], strict=True))}})
    return {**root, "imdata": imdata}


def element(each: dict[str, Any]) -> str:
    pairs = "".join(" %s=%s" % (name, quoteattr(value)) for name, value in each["attributes"].items())
    return "<%s%s>%s</%s>" % (each["class"], pairs, "".join(map(element, each["children"])), each["class"])


def xml(given_: dict[str, Any]) -> str:
    head = "" if given_["total"] is None else ' totalCount="%d"' % given_["total"]
    if given_["ids"]:
        head += ' subscriptionId="%s"' % ",".join(given_["ids"])
    inner = "".join(map(element, given_["objects"]))
    if given_["error"]:
        inner += "<error code=%s text=%s/>" % tuple(map(quoteattr, given_["error"]))
    return '<?xml version="1.0" encoding="UTF-8"?>\n<imdata%s>%s</imdata>' % (head, inner)


def expected(given_: dict[str, Any]) -> Document:
    found: list[ManagedObject] = []

    def walk(each: dict[str, Any], above: str) -> None:
        attributes = dict(each["attributes"])
        dn = attributes.pop("dn", "") or above + "/" + attributes.pop("rn")
        found.append(ManagedObject(each["class"], dn, attributes, attributes.pop("status", "")))
        for child in each["children"]:
            walk(child, dn)

    for each in given_["objects"]:
        walk(each, "")
    error = SwitchError(*given_["error"]) if given_["error"] else None
    return Document(tuple(found), tuple(given_["ids"]), given_["total"], error)


# Well-formed documents


@settings(max_examples=50, deadline=None)
@given(DOCUMENTS, st.booleans(), st.booleans())
def test_a_valid_document_says_the_same_in_either_format(given_: dict[str, Any], ascii_: bool, marked: bool) -> None:
    mark = "\ufeff" if marked else ""
    assert codec.decode(mark + json.dumps(json_tree(given_), ensure_ascii=ascii_)) == expected(given_)
    assert codec.decode((mark + "\n " + xml(given_)).encode() if not marked else mark + xml(given_)) == expected(given_)


# Something wrong in them

WRONG = [
    "null",
    "true",
    "0",
    "-1",
    "1e999",
    "1E400",
    "9" * 5000,
    "-0.0",
    '""',
    '"x"',
    "[]",
    "{}",
    "[[]]",
    "[{}]",
    "NaN",
    "Infinity",
]
WRONG += [
    "-Infinity",
    '"\\ud800"',
    '"\\u0000"',
    '"\\ud83d\\ude00"',
    '{"\\udfff":1}',
    '{"":{}}',
    '{"a":{"attributes":{}}}',
    "[" * 50 + "]" * 50,
]


def places(tree: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in items:
        yield from places(value, (*path, key))


def put(tree: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    copy = dict(tree) if isinstance(tree, dict) else list(tree)
    copy[path[0]] = put(copy[path[0]], path[1:], value)
    return copy


def is_handled(data: bytes | str) -> None:
    with suppress(BadDocument):
        found = codec.decode(data)
        assert isinstance(found, Document)
        for mo in found.objects:
            texts = [mo.cls, mo.dn, mo.status, *mo.attributes, *mo.attributes.values()]
            assert all(isinstance(text, str) for text in texts)
            "".join(texts).encode()  # no lone surrogate comes through
        codec.token_of(found)
        codec.distinct(found.objects)


@settings(max_examples=100, deadline=None)
@given(DOCUMENTS, st.sampled_from(WRONG), st.data())
def test_a_wrong_value_at_any_place_is_handled(given_: dict[str, Any], wrong: str, data: st.DataObject) -> None:
    tree = json_tree(given_)
    path = data.draw(st.sampled_from(list(places(tree))))
    is_handled(json.dumps(put(tree, path, "@@")).replace('"@@"', wrong))


JUNK = st.one_of(
    st.sampled_from(
        [
            b"\0", b"\xef\xbb\xbf", b"\xff\xfe", b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80", b"&#0;", b"&#xD800;",
            b"&x;", b"&lt;", b"<!DOCTYPE a>", b"<!ENTITY", b"<![CDATA[", b"]]>", b"<!--", b"<?xml", b"<?x?>", b"</imdata>",
            b"<imdata", b"/>", b'"', b"\\u", b'"imdata":[]', b'"imdata":{},', b'"subscriptionId":[[],{}],', b"{", b"}", b"[",
            b"]", b":", b",", b"NaN", b"\\", b"\x85",
        ]
    ),
    st.binary(min_size=1, max_size=4),
)  # fmt: skip


@settings(max_examples=120, deadline=None)
@given(
    DOCUMENTS,
    st.booleans(),
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 30), JUNK), min_size=1, max_size=3),
    st.integers(0, 600),
)
def test_documents_cut_spliced_and_overwritten_are_handled(
    given_: dict[str, Any], as_xml: bool, changes: list[tuple[int, int, bytes]], cut: int
) -> None:
    data = xml(given_).encode() if as_xml else json.dumps(json_tree(given_)).encode()
    for at, drop, junk in changes:
        data = data[:at] + junk + data[at + drop :]
    is_handled(data)
    is_handled(data[:cut])
    is_handled(data + data)


@settings(deadline=None)
@given(
    DOCUMENTS,
    st.sampled_from(["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-7", "cp037", "utf-8-sig", "latin-1"]),
    st.booleans(),
)
def test_other_encodings_are_handled(given_: dict[str, Any], encoding: str, as_xml: bool) -> None:
    text = xml(given_).replace("UTF-8", encoding) if as_xml else json.dumps(json_tree(given_))
    is_handled(text.encode(encoding, "replace"))


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["imdata", "subscriptionId", "totalCount", "x"]),
            st.sampled_from(["[]", '["1"]', '"1"', "1", "{}"]),
        ),
        max_size=8,
    )
)
def test_of_repeated_keys_the_last_one_counts(pairs: list[tuple[str, str]]) -> None:
    text = "{%s}" % ",".join('"%s":%s' % pair for pair in pairs)
    last = "{%s}" % ",".join('"%s":%s' % pair for pair in dict(pairs).items())
    assert outcome(text) == outcome(last)


def outcome(text: str) -> Document | None:
    try:
        return codec.decode(text)
    except BadDocument:
        return None


@example("x\r\ny").via("a header of its own")
@example("a;b").via("a second cookie")
@example("\u20ac").via("not for a header")
@given(st.text(max_size=20))
def test_a_token_that_no_request_can_carry_is_none(token: str) -> None:
    document = Document((ManagedObject("aaaLogin", "", {"token": token}),))
    usable = bool(token) and all("!" <= character <= "~" and character != ";" for character in token)
    assert (codec.token_of(document) is not None) == usable


# Bombs: each of them is refused in less than the time, and from less than the memory, that it seems to ask for

LEVELS = [10_000, 200_000, 1_000_000]
DEEP = [
    '{"imdata":[' + "[" * 10,
    "[",
    '{"imdata":[{"a":{"children":[',
    '{"a":',
    '{"imdata":[],"x":[',
    "<a>",
    "<imdata>",
    "<imdata><a><!---->",
]


@pytest.mark.parametrize("levels", LEVELS)
@pytest.mark.parametrize("opening", DEEP)
def test_nesting_is_refused_however_deep_it_is(opening: str, levels: int) -> None:
    began = time.process_time()
    with pytest.raises(BadDocument):
        codec.decode(opening * levels)
    assert time.process_time() - began < 2.0


@pytest.mark.parametrize("levels", LEVELS)
def test_nesting_that_is_closed_again_is_refused_too(levels: int) -> None:
    for begin, end in (("[", "]"), ('{"a":{"children":[', "]}}"), ("<a>", "</a>")):
        root = "<imdata>%s</imdata>" if begin[0] == "<" else '{"imdata":[%s]}'
        with pytest.raises(BadDocument):
            codec.decode(root % (begin * levels + end * levels))


STACK = """
import sys, threading
from ansible_collections.nxapi.events.plugins.plugin_utils.engine import codec, errors
def work():
    for text in ("[" * 400000, '{"a":' * 400000, '{"imdata":[' + '{"a":{"children":[' * 200000, "<imdata>" + "<a>" * 400000):
        try:
            codec.decode(text)
        except errors.BadDocument:
            print("refused")
threading.stack_size(4 << 20)
thread = threading.Thread(target=work)
thread.start()
thread.join()
"""


def test_nesting_does_not_overflow_the_stack_of_a_thread() -> None:
    """In a process of its own, which an overflow would kill; with half of what Linux gives a thread."""
    ended = subprocess.run(
        [sys.executable, "-c", STACK],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert (ended.returncode, ended.stdout) == (0, "refused\n" * 4), ended.stderr[-500:]


LAUGHS = "<!DOCTYPE imdata [<!ENTITY a0 'ha'>%s]><imdata x='&a9;'>&a9;</imdata>" % "".join(
    "<!ENTITY a%d '%s'>" % (n, "&a%d;" % (n - 1) * 10) for n in range(1, 10)
)
DECLARATIONS = [
    LAUGHS,
    "<!DOCTYPE imdata [<!ENTITY a '%s'>]><imdata>%s</imdata>" % ("x" * 100_000, "&a;" * 100_000),
    "<!DOCTYPE imdata [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><imdata y='1'>&x;</imdata>",
    "<!DOCTYPE imdata [<!ENTITY % x SYSTEM 'http://127.0.0.1:1/'>%x;]><imdata/>",
    "<!DOCTYPE imdata SYSTEM 'http://127.0.0.1:1/x.dtd'><imdata/>",
    "<!DOCTYPE imdata PUBLIC '-//a' 'file:///dev/zero'><imdata/>",
    "<!DOCTYPE imdata [<!ATTLIST imdata totalCount CDATA '7'>]><imdata/>",
    "<!DOCTYPE imdata><imdata/>",
]


@pytest.mark.parametrize("text", DECLARATIONS, ids=range(len(DECLARATIONS)))
def test_whatever_declares_a_document_type_is_refused_before_anything_is_expanded(text: str) -> None:
    with memory_of(1 << 20), pytest.raises(BadDocument, match="document type"):
        codec.decode(text)


SIZE = 64 << 20
PARTS = ["{},", "[],", "10,", '"",', '{"a":{}},', "<a/>", "<a></a>", '"a":"",']


@pytest.mark.parametrize("part", PARTS)
def test_a_reply_of_the_largest_size_in_the_smallest_parts_is_refused_before_it_is_parsed(part: str) -> None:
    begin, end = ("<imdata>", "</imdata>") if part[0] == "<" else ('{"imdata":[', "0]}")
    data = (begin + part * (SIZE // len(part)) + end).encode()
    began = time.process_time()
    with memory_of(2 * SIZE + (1 << 20)), pytest.raises(BadDocument, match="more objects"):
        codec.decode(data)
    assert time.process_time() - began < 3.0


def test_as_many_objects_as_a_query_may_return_are_decoded() -> None:
    one = '{"a":{"attributes":{"dn":"sys/%d","operSt":"up"}}}'
    assert len(codec.decode('{"imdata":[%s]}' % ",".join(one % n for n in range(100_000))).objects) == 100_000


@pytest.mark.parametrize(
    "text",
    [
        '{"totalCount":"%s","imdata":[]}',
        '{"totalCount":%s,"imdata":[]}',
        '<imdata totalCount="%s"/>',
        '{"x":%s,"imdata":[]}',
    ],
)
def test_huge_numbers_cost_nothing(text: str) -> None:
    began = time.process_time()
    assert codec.decode(text % ("9" * 5_000_000)).total is None
    assert time.process_time() - began < 1.0
