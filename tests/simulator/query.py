# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One read: its scope, filters, shape, order and page. The same object judges whether an event concerns a subscription.

Scoping by query-target and target-subtree-class, nesting by rsp-subtree…, properties by rsp-prop-include, order-by,
page
and page-size: PROTOCOL.md sections 3, 4 and 7. Pure.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from . import dn as dns
from . import filters
from .catalogue import BOOKKEEPING, Catalogue
from .errors import TOO_BIG, ApiError, bad_request, malformed_dn
from .filters import Subject, Test
from .tree import Event, Mo, Tree
from .wire import Node

PROPS = ("all", "naming-only", "config-only", "set-config-only")
_CHOICES = {
    "query-target": ("self", "children", "subtree"),
    "rsp-subtree": ("no", "children", "full"),
    "rsp-prop-include": PROPS,
}
_MAX_RESULT = 100_000
"""Above it APIC refuses; real number, see PROTOCOL.md section 3."""


@dataclass(frozen=True)
class Shape:
    """What of each object is returned: rsp-prop-include and the rsp-subtree family."""

    props: str = "all"
    subtree: str = "no"
    classes: frozenset[str] = frozenset()
    test: Test | None = None
    include: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Query:
    """A parsed request for objects. ``dn`` is empty for a class query over the whole tree; ``cls`` for one of an
    object."""

    dn: str
    cls: str
    target: str = "self"
    classes: frozenset[str] = frozenset()
    test: Test | None = None
    shape: Shape = field(default_factory=Shape)
    order: tuple[tuple[str, str, bool], ...] = ()
    page: int | None = None
    page_size: int | None = None


def parse(dn: str, cls: str, params: Mapping[str, str], catalogue: Catalogue) -> Query:
    """The query that a path and its parameters ask for; ApiError 400 for what the switch would refuse."""
    if cls:
        catalogue.require(cls)
    if dn:
        _check_dn(dn)
    for name, allowed in _CHOICES.items():
        if params.get(name, allowed[0]) not in allowed:
            raise bad_request(f"Invalid value '{params[name]}' for {name}")
    classes = _classes(params.get("target-subtree-class", ""), catalogue)
    text = params.get("query-target-filter", "")
    page, size = _count(params, "page"), _count(params, "page-size")
    return Query(
        dn=dn,
        cls=cls,
        target=params.get("query-target", "subtree" if classes else "self"),
        classes=classes,
        test=filters.parse(text, catalogue) if text else None,
        shape=_shape(params, catalogue),
        order=_order(params.get("order-by", ""), catalogue),
        page=page,
        page_size=size,
    )


def _check_dn(dn: str) -> None:
    try:
        dns.split(dn)
    except dns.MalformedDn as error:
        raise malformed_dn(str(error)) from error


def _classes(text: str, catalogue: Catalogue) -> frozenset[str]:
    """A comma-separated list; an empty item, so a leading comma too, is passed over."""
    names = frozenset(name.strip() for name in text.split(",") if name.strip())
    for name in sorted(names):
        catalogue.require(name)
    return names


def _shape(params: Mapping[str, str], catalogue: Catalogue) -> Shape:
    text = params.get("rsp-subtree-filter", "")
    include = frozenset(part for part in params.get("rsp-subtree-include", "").split(",") if part)
    classes = _classes(params.get("rsp-subtree-class", ""), catalogue)
    implied = "full" if "required" in include and classes else "no"
    return Shape(
        props=params.get("rsp-prop-include", "all"),
        subtree=params.get("rsp-subtree", implied),
        classes=classes,
        test=filters.parse(text, catalogue) if text else None,
        include=include,
    )


def _order(text: str, catalogue: Catalogue) -> tuple[tuple[str, str, bool], ...]:
    keys = []
    for part in filter(None, (item.strip() for item in text.split(","))):
        path, _unused, direction = part.partition("|")
        cls, dot, name = path.partition(".")
        if not dot or direction not in ("", "asc", "desc"):
            raise bad_request(f"Invalid order-by '{part}'")
        definition = catalogue.require(cls)
        if name not in BOOKKEEPING and not definition.knows(name):
            raise bad_request(f"Invalid order-by '{part}'")
        keys.append((cls, name, direction == "desc"))
    return tuple(keys)


def _count(params: Mapping[str, str], name: str) -> int | None:
    text = params.get(name)
    if text is None:
        return None
    if not text.isdecimal() or (name == "page-size" and int(text) == 0):
        raise bad_request(f"Invalid value '{text}' for {name}")
    return int(text)


# -- reading


def run(query: Query, tree: Tree, catalogue: Catalogue, shuffle: bool = False) -> tuple[list[Node], int]:
    """The objects of one reply, and how many there are without paging."""
    if query.dn and not query.cls and dns.split(query.dn)[0] not in (tree.tops() or {"sys"}):
        raise malformed_dn(str(dns.MalformedDn(query.dn, dns.split(query.dn)[0], 0)))
    found = [mo for mo in _in_scope(query, tree) if _passes(query.test, mo)]
    if "required" in query.shape.include:
        found = [mo for mo in found if _nested(mo, query.shape, tree, catalogue)]
    total = len(found)
    if "count" in query.shape.include:
        return [Node("moCount", {"childAction": "", "count": str(total), "dn": "cnt", "status": ""})], 1
    if shuffle and not query.order:
        random.shuffle(found)
    for cls, name, descending in reversed(query.order):
        found.sort(key=lambda mo: _sort_key(mo, cls, name), reverse=descending)
    found = _page(query, found)
    if len(found) > _MAX_RESULT:
        raise ApiError(400, "1", TOO_BIG)
    return [_node(mo, query.shape, tree, catalogue) for mo in found], total


def _page(query: Query, found: list[Mo]) -> list[Mo]:
    if query.page_size is None:
        return found if not query.page else []
    start = (query.page or 0) * query.page_size
    return found[start : start + query.page_size]


def _roots(query: Query, tree: Tree) -> list[Mo]:
    if query.cls:
        members = tree.of_class(query.cls)
        return [mo for mo in members if not query.dn or mo.dn == query.dn or dns.is_under(mo.dn, query.dn)]
    mo = tree.get(query.dn)
    return [mo] if mo else []


def _in_scope(query: Query, tree: Tree) -> list[Mo]:
    found: dict[str, Mo] = {}
    for root in _roots(query, tree):
        scope: Iterable[Mo] = [root]
        if query.target == "children":
            scope = tree.children(root.dn)
        elif query.target == "subtree":
            scope = tree.subtree(root.dn)
        found.update((mo.dn, mo) for mo in scope if not query.classes or mo.cls in query.classes)
    return list(found.values())


def _passes(test: Test | None, mo: Mo) -> bool:
    return test is None or test(Subject(mo.cls, with_identity(mo)))


def with_identity(mo: Mo) -> dict[str, str]:
    """The attributes with the bookkeeping ones that filters may name."""
    return {
        **mo.attributes,
        "dn": mo.dn,
        "rn": dns.rn(mo.dn),
        "modTs": mo.mod_ts or "",
        "status": "",
        "childAction": "",
    }


def _sort_key(mo: Mo, cls: str, name: str) -> tuple[int, float, str]:
    value = with_identity(mo).get(name, "") if mo.cls == cls else ""
    return (0, float(value), "") if value.isdecimal() else (1, 0.0, value)


def _node(mo: Mo, shape: Shape, tree: Tree, catalogue: Catalogue, nested: bool = False) -> Node:
    attributes = read_attributes(mo, shape.props, catalogue, nested)
    children = _nested(mo, shape, tree, catalogue) if shape.subtree != "no" else []
    return Node(mo.cls, attributes, children)


def _nested(mo: Mo, shape: Shape, tree: Tree, catalogue: Catalogue) -> list[Node]:
    """Children for rsp-subtree: a class or filter that a child misses is still looked for below it."""
    kept: list[Node] = []
    for child in tree.children(mo.dn):
        below = _nested(child, shape, tree, catalogue) if shape.subtree == "full" else []
        wanted = (not shape.classes or child.cls in shape.classes) and _passes(shape.test, child)
        if wanted or (below and (shape.classes or shape.test)):
            kept.append(Node(child.cls, read_attributes(child, shape.props, catalogue, True), below))
    return kept


def read_attributes(mo: Mo, props: str, catalogue: Catalogue, nested: bool = False) -> dict[str, str]:
    """What a read shows of an object: ``dn`` at the top, ``rn`` when nested, ``status`` empty, ``modTs`` maybe
    never."""
    definition = catalogue.require(mo.cls)
    shown = dict(mo.attributes)
    if props == "naming-only":
        shown = {name: value for name, value in shown.items() if name in definition.naming}
    elif props == "config-only":
        shown = {name: value for name, value in shown.items() if name in definition.config or name in definition.naming}
    elif props == "set-config-only":
        shown = {name: value for name, value in shown.items() if name in mo.configured or name in definition.naming}
    else:
        shown.update(childAction="", status="")
        if mo.mod_ts is not None:
            shown["modTs"] = mo.mod_ts
    if nested:
        shown["rn"] = dns.rn(mo.dn)
    else:
        shown["dn"] = mo.dn
    return dict(sorted(shown.items()))


# -- events


def concerns(query: Query, event: Event, tree: Tree, catalogue: Catalogue, on_delta: bool = False) -> bool:
    """Whether a subscription with this query is told of the event: scope, then the filter.

    ``on_delta`` (gap G8) lets the filter see only what the frame carries, and the naming attributes.
    """
    mo = event.mo
    if query.classes and mo.cls not in query.classes:
        return False
    if not _reaches(query, event, tree):
        return False
    if query.test is None:
        return True
    attributes = with_identity(mo)
    if on_delta:
        naming = catalogue.require(mo.cls).naming
        seen = {name: mo.attributes[name] for name in naming if name in mo.attributes}
        attributes = {**seen, **event.changed, "dn": mo.dn, "rn": dns.rn(mo.dn)}
    return query.test(Subject(mo.cls, attributes, event.kind, frozenset(event.changed)))


def _reaches(query: Query, event: Event, tree: Tree) -> bool:
    dn = event.mo.dn
    if not query.cls:
        if query.target == "self":
            return dn == query.dn
        if query.target == "children":
            return dns.parent(dn) == query.dn
        return dn == query.dn or dns.is_under(dn, query.dn)
    if query.dn and not (dn == query.dn or dns.is_under(dn, query.dn)):
        return False
    if query.target != "children" and event.mo.cls == query.cls:
        return True
    if query.target == "self":
        return False
    above = dns.ancestors(dn)
    if query.target == "children":
        above = above[:1]
    return any((event.ghosts.get(each) or tree.class_of(each)) == query.cls for each in above)
