# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From bytes of the wire to Documents, and from values to request bodies; JSON and XML alike.

The format is told by the first byte, not by what was asked. Numbers stay the text they were (a subscription id has 64
bits, and a float would lose some). Where a JSON object repeats a key the last one wins, as in every common parser;
raw control characters inside JSON strings are tolerated, because a description may hold them. Everything that is not an
NX-API document is BadDocument, and no message quotes the document: it may hold a token. Pure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from . import dn as dns
from .errors import BadDocument, InvalidOptions
from .model import Document, ManagedObject, SwitchError

MAX_DEPTH = 100
"""Levels of ``children`` accepted. The deepest DNs of the model have about fifteen RNs."""

MOST = {b"{": 500_000, b"[": 500_000, b"<": 500_000, b",": 3_000_000, b"=": 3_000_000}
"""How often a character may occur: a bound on objects (some 160,000) and attributes, and so on the memory that decoding
takes. Without it 64 MiB of empty lists or elements would become gigabytes."""

LEAST = min(MOST.values())
"""A document of so many bytes cannot have too many of any."""

AUTHENTICATION_CODES = ("401", "403")
"""Error codes that outrank the others of a reply: they say that the session is gone (PROTOCOL, pitfall 14)."""

_NOISE = ("dn", "rn", "childAction", "status")
_BOM = b"\xef\xbb\xbf"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_XML_ESCAPES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}
)
_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_TOKEN = re.compile(r"[!-:<-~]{1,16384}")
"""What a cookie and a request line can carry; real tokens are Base64 of 172 to 216 characters."""


@dataclass(slots=True)
class _Node:
    """An element of either format, before DNs are known."""

    cls: str
    attributes: dict[str, str]
    children: list[_Node] = field(default_factory=list)


@dataclass
class _Tree:
    nodes: list[_Node] = field(default_factory=list)
    ids: tuple[str, ...] = ()
    total: str = ""


def decode(data: bytes | str) -> Document:
    """The document, or BadDocument. Text counts as UTF-8, with or without a byte order mark."""
    try:
        raw = data.encode("utf-8") if isinstance(data, str) else bytes(data)
    except UnicodeEncodeError:
        raise BadDocument("The text cannot be encoded.") from None
    raw = raw.removeprefix(_BOM).lstrip(b" \t\r\n")
    if len(raw) > LEAST and any(raw.count(character) > most for character, most in MOST.items()):
        raise BadDocument("The document has more objects than any query returns.")
    if raw.startswith(b"{"):
        tree = _read_json(raw)
    elif raw.startswith(b"<"):
        tree = _read_xml(raw)
    else:
        raise BadDocument("The document is neither JSON nor XML." if raw else "The document is empty.")
    errors: list[SwitchError] = []
    objects = tuple(_flatten(tree.nodes, "", errors))
    total = int(tree.total) if tree.total and re.fullmatch(r"[0-9]{1,18}", tree.total) else None
    return Document(objects=objects, subscription_ids=tree.ids, total=total, error=_worst(errors))


def distinct(objects: Iterable[ManagedObject]) -> tuple[ManagedObject, ...]:
    """The objects in their order, each identical one once: a frame may repeat an MO (seen in recordings)."""
    newest: dict[str, ManagedObject] = {}
    found: list[ManagedObject] = []
    for mo in objects:
        if newest.get(mo.dn) != mo:
            newest[mo.dn] = mo
            found.append(mo)
    return tuple(found)


def token_of(document: Document) -> tuple[str, float | None] | None:
    """Token and session lifetime in seconds of a login or refresh reply; None if no object carries a usable token.

    The class does not matter (a refresh may be answered as aaaLogin or aaaRefresh). The lifetime is None where the
    reply names none that is a positive number.
    """
    for mo in document.objects:
        token = mo.attributes.get("token", "")
        if _TOKEN.fullmatch(token):
            text = mo.attributes.get("refreshTimeoutSeconds", "")
            lifetime = float(text) if re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,12})?", text) else 0.0
            return token, lifetime if lifetime > 0 else None
    return None


def encode_login(fmt: str, user: str, password: str) -> bytes:
    return encode_mo(fmt, "aaaUser", {"name": user, "pwd": password})


def encode_logout(fmt: str, user: str) -> bytes:
    return encode_mo(fmt, "aaaUser", {"name": user})


@dataclass(frozen=True)
class Body:
    """What a POST says of one MO and of those under it."""

    cls: str
    attributes: Mapping[str, str]
    children: tuple[Body, ...] = ()


def encode_mo(fmt: str, cls: str, attributes: Mapping[str, str], children: tuple[Body, ...] = ()) -> bytes:
    """The body of a POST. InvalidOptions names an attribute that the format cannot carry, never its value."""
    body = Body(cls, attributes, children)
    _check(fmt, body)
    if fmt == "xml":
        return _as_xml(body).encode("utf-8")
    return json.dumps(_as_json(body), separators=(",", ":")).encode("ascii")


def _check(fmt: str, body: Body) -> None:
    for name in (body.cls, *body.attributes):
        if not _NAME.fullmatch(name):
            raise InvalidOptions("%r is no name of a class or attribute: names are ASCII letters and digits." % name)
    for name, value in body.attributes.items():
        if any(0xD800 <= ord(c) <= 0xDFFF for c in value) or (fmt == "xml" and _NOT_IN_XML.search(value)):
            raise InvalidOptions(
                "The attribute %s of %s holds characters that %s cannot carry: remove them."
                % (name, body.cls, fmt.upper())
            )
    for child in body.children:
        _check(fmt, child)


def _as_json(body: Body) -> dict[str, object]:
    inner: dict[str, object] = {"attributes": dict(body.attributes)}
    if body.children:
        inner["children"] = [_as_json(child) for child in body.children]
    return {body.cls: inner}


def _as_xml(body: Body) -> str:
    pairs = "".join(' %s="%s"' % (name, value.translate(_XML_ESCAPES)) for name, value in body.attributes.items())
    if not body.children:
        return "<%s%s/>" % (body.cls, pairs)
    return "<%s%s>%s</%s>" % (body.cls, pairs, "".join(map(_as_xml, body.children)), body.cls)


def _flatten(
    nodes: list[_Node], above: str, errors: list[SwitchError], nested: bool = False
) -> Iterator[ManagedObject]:
    """The MOs in document order; error objects go to ``errors``.

    A nested MO without a DN of its own gets the one above plus its rn; where that cannot be built it is left out
    (roles under aaaLogin), but what is below it is looked at. A top-level MO stays even without a DN (aaaLogin).
    """
    for node in nodes:
        if node.cls == "error":
            errors.append(SwitchError(code=node.attributes.get("code", ""), text=node.attributes.get("text", "")))
            continue
        dn, rn = node.attributes.get("dn", ""), node.attributes.get("rn", "")
        if not dn and above and rn:
            dn = dns.join(above, rn)
        if dn or not nested:
            attributes = {name: value for name, value in node.attributes.items() if name not in _NOISE}
            yield ManagedObject(cls=node.cls, dn=dn, attributes=attributes, status=node.attributes.get("status", ""))
        if node.children:
            yield from _flatten(node.children, dn, errors, nested=True)


def _worst(errors: list[SwitchError]) -> SwitchError | None:
    return next((error for error in errors if error.code in AUTHENTICATION_CODES), errors[0] if errors else None)


def _split_ids(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


# JSON


def _refuse_constant(_name: str) -> object:
    raise BadDocument("The JSON holds NaN or an infinity.")


_JSON = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=_refuse_constant, strict=False)


def _read_json(raw: bytes) -> _Tree:
    try:
        text = raw.decode("utf-8")
        root: object = _JSON.decode(text)
        if "\\u" in text and _ESCAPED_SURROGATE.search(text):
            json.dumps(root, ensure_ascii=False).encode("utf-8")
    except UnicodeError:
        raise BadDocument("The JSON is not valid Unicode.") from None
    except RecursionError:
        raise BadDocument("The JSON is nested too deeply.") from None
    except json.JSONDecodeError:
        raise BadDocument("The JSON does not parse.") from None
    if not isinstance(root, dict) or not isinstance(root.get("imdata"), list):
        raise BadDocument("The JSON has no imdata list at its root.")
    ids = root.get("subscriptionId")
    texts = [_scalar(item) for item in ids] if isinstance(ids, list) else _split_ids(_scalar(ids))
    nodes = [_json_node(entry, 1) for entry in root["imdata"]]
    return _Tree(
        nodes=nodes, ids=tuple(dict.fromkeys(text for text in texts if text)), total=_scalar(root.get("totalCount"))
    )


def _json_node(entry: object, depth: int) -> _Node:
    """``{class: {"attributes": {…}, "children": […]}}``; ``children`` beside the class is accepted too."""
    if depth > MAX_DEPTH:
        raise BadDocument("The JSON is nested too deeply.")
    if not isinstance(entry, dict):
        raise BadDocument("The JSON has an entry that is no object.")
    classes = [name for name in entry if name != "children"]
    body = entry[classes[0]] if len(classes) == 1 else None
    if not isinstance(body, dict):
        raise BadDocument("The JSON has an object that is not of one class.")
    attributes = body.get("attributes", {})
    if not isinstance(attributes, dict):
        raise BadDocument("The JSON has attributes that are no object.")
    children = [child for owner in (body, entry) if "children" in owner for child in _listed(owner["children"])]
    texts = {name: value if isinstance(value, str) else _scalar(value) for name, value in attributes.items()}
    return _Node(classes[0], texts, [_json_node(child, depth + 1) for child in children])


def _listed(value: object) -> list[object]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise BadDocument("The JSON has children that are no list.")
    return value


def _scalar(value: object) -> str:
    """Strings, and numbers, are text already; the rest as the switch would have written it."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return ""
    raise BadDocument("The JSON has a list or an object where text belongs.")


# XML


class _XmlReader:
    """Collects the elements below ``imdata``. Text between them means nothing in this protocol."""

    def __init__(self) -> None:
        self.tree = _Tree()
        self._open: list[_Node] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        node = _Node(name, attributes)
        if not self._open:
            if name != "imdata":
                raise BadDocument("The root of the XML is not imdata.")
            self.tree.ids = tuple(dict.fromkeys(_split_ids(attributes.get("subscriptionId", ""))))
            self.tree.total = attributes.get("totalCount", "")
            node.children = self.tree.nodes
        else:
            self._open[-1].children.append(node)
        if len(self._open) > MAX_DEPTH:
            raise BadDocument("The XML is nested too deeply.")
        self._open.append(node)

    def end(self, _name: str) -> None:
        self._open.pop()


def _refuse_declaration(*_arguments: object) -> None:
    raise BadDocument("The XML declares a document type, which no switch does.")


def _read_xml(raw: bytes) -> _Tree:
    reader = _XmlReader()
    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.StartDoctypeDeclHandler = _refuse_declaration
    parser.EntityDeclHandler = _refuse_declaration
    try:
        parser.Parse(raw, True)
    except expat.ExpatError:
        raise BadDocument("The XML does not parse.") from None
    return reader.tree
