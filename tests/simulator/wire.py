# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bytes to objects and back, JSON and XML, in the spelling that NX-OS has been recorded with.

NX-OS puts a space after the colons of nested JSON and none after those of the top; its errors escape slashes.
XML replies follow APIC's recordings, the only public ones. Pure; imports nothing of the simulator but its errors.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from .errors import ApiError, bad_request

XML_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
CONTENT_TYPES = {"json": "application/json", "xml": "text/xml"}
_XML_ESCAPES = {'"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}


@dataclass
class Node:
    """One object of a document: class, attributes (all text), children."""

    cls: str
    attributes: dict[str, str]
    children: list[Node] = field(default_factory=list)

    def plain(self) -> dict[str, object]:
        body: dict[str, object] = {"attributes": self.attributes}
        if self.children:
            body["children"] = [child.plain() for child in self.children]
        return {self.cls: body}


def encode_reply(fmt: str, nodes: Sequence[Node], total: int | None = None, subscription: str | None = None) -> str:
    """A reply document; ``total`` None leaves totalCount out as NX-OS does in logins, errors and empty successes."""
    if fmt == "xml":
        return _xml_document(nodes, total, subscription)
    body = json.dumps([node.plain() for node in nodes], separators=(",", ": "), ensure_ascii=False)
    if subscription is not None:
        return f'{{"totalCount": "{total}", "subscriptionId": "{subscription}", "imdata": {body}}}'
    if total is not None:
        return f'{{"totalCount":"{total}","imdata":{body}}}'
    return f'{{"imdata":{body}}}'


def encode_error(fmt: str, error: ApiError) -> str:
    if fmt == "xml":
        return _xml_document([Node("error", {"code": error.code, "text": error.text})], 1, None)
    text = json.dumps(error.text, ensure_ascii=False).replace("/", "\\/")
    return f'{{"imdata":[{{"error": {{"attributes": {{"code": "{error.code}","text": {text}}}}}}}]}}'


def encode_frame(fmt: str, ids: Iterable[str], nodes: Sequence[Node]) -> str:
    """A notification: a list of ids in JSON, a comma-separated attribute in XML; never a totalCount."""
    if fmt == "xml":
        inner = "".join(f"{_xml_element(node)} " for node in nodes)
        return f'{XML_HEAD} <imdata subscriptionId="{",".join(ids)}"> {inner}</imdata> '
    body = json.dumps([node.plain() for node in nodes], ensure_ascii=False)
    return f'{{"subscriptionId":{json.dumps(list(ids), separators=(",", ":"))},"imdata":{body}}}'


def decode_body(data: bytes) -> Node | None:
    """The object in a request body, in whichever format it is; None for an empty body; ApiError 400 for anything
    else."""
    try:
        text = data.decode("utf-8").strip()
    except UnicodeDecodeError as error:
        raise bad_request("The request body is not valid UTF-8") from error
    if not text:
        return None
    try:
        return _decode_xml(text) if text.startswith("<") else _decode_json(json.loads(text))
    except (ValueError, RecursionError, ElementTree.ParseError) as error:
        raise bad_request("The request body is neither valid JSON nor valid XML") from error


def _decode_xml(text: str) -> Node:
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise ValueError("document type declarations are not accepted")
    return _from_element(ElementTree.fromstring(text))


def _from_element(element: ElementTree.Element) -> Node:
    return Node(element.tag, dict(element.attrib), [_from_element(child) for child in element])


def _decode_json(value: object) -> Node:
    if not isinstance(value, dict) or len(value) != 1:
        raise ValueError("one object is expected")
    ((cls, body),) = value.items()
    if not isinstance(body, dict):
        raise ValueError("an object has attributes and children")
    attributes = body.get("attributes") or {}
    children = body.get("children") or []
    if not isinstance(attributes, dict) or not isinstance(children, list):
        raise ValueError("attributes are a map and children a list")
    texts = {_text(key): _text(item) for key, item in attributes.items()}
    return Node(_text(cls), texts, [_decode_json(child) for child in children])


def _text(value: object) -> str:
    """Scalars as the switch would write them; clients send numbers and booleans too."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, (str, int, float)):
        raise ValueError("an attribute is a scalar")
    text = str(value)
    text.encode()  # a lone surrogate is a UnicodeEncodeError, and that a ValueError
    return text


def _xml_document(nodes: Sequence[Node], total: int | None, subscription: str | None) -> str:
    count = "" if total is None else f' totalCount="{total}"'
    identity = "" if subscription is None else f' subscriptionId="{subscription}"'
    inner = "".join("\n" + _xml_element(node) for node in nodes)
    return f"{XML_HEAD}<imdata{count}{identity}>{inner}</imdata>\n"


def _xml_element(node: Node) -> str:
    attributes = "".join(f' {name}="{escape(value, _XML_ESCAPES)}"' for name, value in node.attributes.items())
    if not node.children:
        return f"<{node.cls}{attributes}/>"
    inner = "".join(_xml_element(child) + "\n" for child in node.children)
    return f"<{node.cls}{attributes}>\n{inner}</{node.cls}>"
