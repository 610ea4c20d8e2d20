# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a subscription or a read asks for: the options of a query, checked, and the request target made of them.

Two queries are equal when they are the same subscription to a switch. Targets are raw: brackets, quotes, commas and bars
stay as they are (encoding them breaks APIC, and clients for NX-OS send them raw); only what would break the request line
or the query string is percent-encoded. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from . import dn as dns
from . import filters
from .errors import InvalidOptions

SCOPES = ("self", "children", "subtree")
FORMATS = ("json", "xml")

NAMING_ATTRIBUTES = frozenset({"addr", "dn", "epId", "fabEncap", "id", "ip", "name", "rn", "vlan", "vni"})
"""Attributes that name an MO (they are part of its RN) and so never change while it lives. PROTOCOL section 8."""

_WHOLE_SWITCH = ("sys", "topSystem")
"""The DN and the class of the top of the model."""

_CLASS = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_ENCODED = frozenset(" #%?&+")


@dataclass(frozen=True)
class Query:
    """Either ``dn`` or ``cls`` is set. ``target_subtree_class`` is sorted and without repetition."""

    dn: str = ""
    cls: str = ""
    query_target: str = "self"
    target_subtree_class: tuple[str, ...] = ()
    query_target_filter: str = ""
    format: str = "json"

    @classmethod
    def from_options(cls, options: Mapping[str, object]) -> Query:
        """The query of a task's options (others among them are ignored), or InvalidOptions with what to do."""
        dn, name = options.get("dn"), options.get("class") or options.get("class_name")
        if bool(dn) == bool(name):
            raise InvalidOptions(
                "Give either dn or class, not both." if dn else "Give dn or class: what to look at is missing."
            )
        classes = _classes(options.get("target_subtree_class"))
        query = cls(
            dn=dns.check(dn) if dn else "",
            cls=_class(name, "class") if name else "",
            query_target=_choice(options, "query_target", SCOPES, "subtree" if classes else "self"),
            target_subtree_class=classes,
            query_target_filter=_filter(options.get("query_target_filter")),
            format=_choice(options, "format", FORMATS, "json"),
        )
        if classes and query.query_target == "self":
            raise InvalidOptions(
                "target_subtree_class needs query_target subtree or children: with self there is nothing below to choose from."
            )
        if (query.dn or query.cls) in _WHOLE_SWITCH and query.query_target == "subtree" and not classes:
            raise InvalidOptions(
                "The whole subtree of sys can bring the switch's web server down: name the classes wanted in target_subtree_class."
            )
        return query

    @property
    def paged(self) -> bool:
        """Whether a read may return many MOs, so that it goes page by page."""
        return bool(self.cls) or self.query_target != "self"

    def target(
        self,
        subscribe: bool = False,
        refresh_timeout: float | None = None,
        page: int | None = None,
        page_size: int | None = None,
    ) -> str:
        """The request target, ``/api/…``, without scheme and host. ``refresh_timeout`` in seconds."""
        parameters = [
            ("subscription", "yes" if subscribe else ""),
            ("refresh-timeout", "" if refresh_timeout is None else "%d" % refresh_timeout),
            ("query-target", "" if self.query_target == "self" else self.query_target),
            ("target-subtree-class", ",".join(self.target_subtree_class)),
            ("query-target-filter", _encoded(self.query_target_filter)),
            ("page", "" if page is None else "%d" % page),
            ("page-size", "" if page_size is None else "%d" % page_size),
        ]
        path = "/api/mo/%s" % _encoded(self.dn) if self.dn else "/api/class/%s" % self.cls
        query = "&".join("%s=%s" % (name, value) for name, value in parameters if value)
        return "%s.%s%s" % (path, self.format, "?" + query if query else "")

    def describe(self) -> str:
        """For people: ``sys/intf``, ``class l1PhysIf``, ``bgpPeerEntry under sys/bgp``, with the filter if there is one."""
        text = self.dn or "class %s" % self.cls
        if self.query_target != "self":
            what = ", ".join(self.target_subtree_class) or (
                "everything" if self.query_target == "subtree" else "the children"
            )
            text = "%s %s %s" % (what, "under" if self.query_target == "subtree" else "right under", text)
        return "%s where %s" % (text, self.query_target_filter) if self.query_target_filter else text

    def warnings(self) -> tuple[str, ...]:
        pairs = filters.attributes(self.query_target_filter) if self.query_target_filter else ()
        changing = sorted({prop for _cls, prop in pairs if prop not in NAMING_ATTRIBUTES})
        if not changing:
            return ()
        return (
            "query_target_filter looks at %s, which may change: an object may leave the filter unseen. "
            "Filter on naming attributes such as dn or id, and use where or until for the rest." % ", ".join(changing),
        )

    def contains(self, dn: str, cls: str = "") -> bool:
        """Whether the MO can be in scope, the filter aside. An empty ``cls`` is a class that is not known.

        Below a class (children, subtree) the MOs of that class would have to be known; there any DN can be in scope.
        """
        if cls and self.target_subtree_class and cls not in self.target_subtree_class:
            return False
        if self.cls:
            return self.query_target != "self" or cls in ("", self.cls)
        if self.query_target == "children":
            return dns.parent(dn) == self.dn
        return dn == self.dn or (self.query_target == "subtree" and dns.is_under(dn, self.dn))


def _class(value: object, option: str) -> str:
    if not isinstance(value, str) or not _CLASS.fullmatch(value.strip()):
        raise InvalidOptions(
            "%s: %r is no class name; class names are letters and digits, such as l1PhysIf." % (option, value)
        )
    return value.strip()


def _classes(value: object) -> tuple[str, ...]:
    """A list, or text with commas; a leading comma, which some clients send, adds nothing."""
    items = [part for part in value.split(",") if part.strip()] if isinstance(value, str) else value
    if items is None:
        return ()
    if not isinstance(items, (list, tuple)):
        raise InvalidOptions("target_subtree_class must be a list of class names, such as [bgpPeerEntry].")
    return tuple(sorted({_class(item, "target_subtree_class") for item in items}))


def _choice(options: Mapping[str, object], option: str, choices: tuple[str, ...], default: str) -> str:
    value = options.get(option)
    if value is None:
        return default
    if value not in choices:
        raise InvalidOptions("%s must be one of %s, not %r." % (option, ", ".join(choices), value))
    return str(value)


def _filter(value: object) -> str:
    if value is None or value == "":
        return ""
    if not isinstance(value, str):
        raise InvalidOptions('query_target_filter must be text such as eq(l1PhysIf.id,"eth1/1").')
    return filters.normalise(value)


def _encoded(text: str) -> str:
    return "".join(
        character
        if character not in _ENCODED and " " < character <= "~"
        else "".join("%%%02X" % byte for byte in character.encode("utf-8"))
        for character in text
    )
