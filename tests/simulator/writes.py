# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""POST and DELETE on managed objects: a body is checked as a whole, then carried out, parents first.

A body names objects by the URL's DN, by ``dn`` or ``rn`` in its attributes, or by their naming attributes;
``status`` may be
created, modified, deleted or ``created,modified``. Equal values change nothing and notify nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from . import dn as dns
from .catalogue import BOOKKEEPING, Catalogue, ClassDef
from .errors import ApiError, bad_request, malformed_dn, unknown_attribute
from .tree import Event, Mo, Tree
from .wire import Node

STATUSES = frozenset(("created", "modified", "deleted", "replaced"))


@dataclass(frozen=True)
class Step:
    """One object to write: ``status`` is what the body demanded."""

    dn: str
    cls: str
    attributes: Mapping[str, str]
    status: frozenset[str] = field(default_factory=frozenset)


def plan(url_dn: str, body: Node, tree: Tree, catalogue: Catalogue) -> list[Step]:
    """The steps that a body asks for; ApiError where the switch would refuse any of it, and then none is done."""
    steps: list[Step] = []
    _plan(url_dn, body, tree, catalogue, steps, top=True)
    planned: dict[str, str] = {}
    for step in steps:
        _check(step, tree, catalogue, planned)
        planned[step.dn] = step.cls
    return steps


def apply(steps: list[Step], tree: Tree, catalogue: Catalogue, stamp: str) -> list[Event]:
    """Carries checked steps out; the events in their order."""
    events: list[Event] = []
    for step in steps:
        mod_ts = "never" if catalogue.require(step.cls).never else stamp
        if "deleted" in step.status:
            if tree.get(step.dn) is not None:
                events.extend(tree.delete(step.dn, mod_ts))
        elif tree.get(step.dn) is None:
            events.append(tree.create(new_mo(step.dn, step.cls, step.attributes, catalogue, mod_ts)))
        else:
            attributes = _with_flags(tree.get(step.dn), step.attributes)
            event = tree.modify(step.dn, attributes, mod_ts, configured=True)
            events.extend([event] if event else [])
    return events


def _with_flags(mo: Mo | None, attributes: Mapping[str, str]) -> Mapping[str, str]:
    """userCfgdFlags notes which of adminSt and layer somebody has set, as recorded on a switch."""
    if mo is None or "userCfgdFlags" not in mo.attributes or "userCfgdFlags" in attributes:
        return attributes
    flags = {flag for flag in mo.attributes["userCfgdFlags"].split(",") if flag}
    flags |= {flag for name, flag in (("adminSt", "admin_state"), ("layer", "admin_layer")) if name in attributes}
    return {**attributes, "userCfgdFlags": ",".join(sorted(flags))}


def new_mo(dn: str, cls: str, attributes: Mapping[str, str], catalogue: Catalogue, mod_ts: str | None) -> Mo:
    """An object with its class's defaults, its naming attributes, and what is given."""
    definition = catalogue.require(cls)
    naming = definition.naming_of(dns.rn(dn)) or {}
    return Mo(dn, cls, {**definition.defaults(), **naming, **attributes}, mod_ts, frozenset(attributes))


def _plan(above: str, node: Node, tree: Tree, catalogue: Catalogue, steps: list[Step], top: bool = False) -> None:
    definition = catalogue.require(node.cls)
    dn = _dn_of(above, node, definition, top)
    status = frozenset(filter(None, (part.strip() for part in node.attributes.get("status", "").split(","))))
    if not status <= STATUSES:
        raise bad_request(f"Invalid status '{node.attributes['status']}'")
    attributes = {name: value for name, value in node.attributes.items() if name not in BOOKKEEPING}
    steps.append(Step(dn, node.cls, attributes, status))
    for child in node.children:
        if "deleted" not in status:
            _plan(dn, child, tree, catalogue, steps)


def _dn_of(above: str, node: Node, definition: ClassDef, top: bool) -> str:
    """By ``dn``, else the URL itself where its last RN is one of this class, else parent and ``rn`` or naming
    attributes."""
    if node.attributes.get("dn"):
        return _checked(node.attributes["dn"])
    rn = node.attributes.get("rn") or definition.rn_of(node.attributes)
    if top and above and definition.naming_of(dns.rn(_checked(above))) is not None and rn in (None, dns.rn(above)):
        return above
    if rn is None:
        raise bad_request(f"{node.cls} needs its naming attributes ({', '.join(definition.naming)})")
    return _checked(f"{above}/{rn}" if above else rn)


def _checked(dn: str) -> str:
    try:
        dns.split(dn)
    except dns.MalformedDn as error:
        raise malformed_dn(str(error)) from error
    return dn


def _check(step: Step, tree: Tree, catalogue: Catalogue, planned: Mapping[str, str]) -> None:
    definition = catalogue.require(step.cls)
    naming = definition.naming_of(dns.rn(step.dn))
    if naming is None:
        raise malformed_dn(str(dns.MalformedDn(step.dn, dns.rn(step.dn), len(dns.parent(step.dn)))))
    _check_attributes(step, definition, naming)
    there = planned.get(step.dn) or tree.class_of(step.dn)
    if there is None:
        _check_parent(step, definition, planned, tree)
        if "modified" in step.status and "created" not in step.status:
            raise ApiError(400, "102", f"configured object ((Dn0)) not found Dn0={step.dn}")
    elif there != step.cls:
        raise bad_request(f"{step.dn} is a {there}, not a {step.cls}")
    elif step.status == frozenset(("created",)):
        raise ApiError(400, "103", f"Cannot create {step.cls}; object {step.dn} already exists.")


def _check_attributes(step: Step, definition: ClassDef, naming: Mapping[str, str]) -> None:
    for name, value in step.attributes.items():
        if name in naming:
            if naming[name] != value:
                raise bad_request(f"{name} '{value}' does not match {step.dn}")
        elif name in definition.oper:
            raise ApiError(
                400, "101", f"Attribute '{name}' of {definition.name} is not configurable\nfaulty_dn={step.dn}"
            )
        elif name not in definition.config:
            raise unknown_attribute(definition.name, name)
        allowed = definition.values.get(name)
        if allowed and value not in allowed:
            raise bad_request(f"Invalid value '{value}' for {definition.name}.{name}\nfaulty_dn={step.dn}")


def _check_parent(step: Step, definition: ClassDef, planned: Mapping[str, str], tree: Tree) -> None:
    above = dns.parent(step.dn)
    if "deleted" in step.status or not above:
        return
    cls = planned.get(above) or tree.class_of(above)
    if cls is None:
        raise ApiError(400, "102", f"configured object ((Dn0)) not found Dn0={above}")
    if definition.parents and cls not in definition.parents:
        raise bad_request(f"{definition.name} is not a child of {cls}\nfaulty_dn={step.dn}")
