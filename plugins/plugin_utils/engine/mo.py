# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Create, change and delete an MO and what is under it, only where the switch does not have it so already.

What is wanted is a tree; it is compared with one read, what differs goes in one POST (so the switch takes all of it or
nothing), and a second read tells what came of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from . import dn as dns
from .codec import Body, encode_mo
from .condition import WORDS
from .errors import InvalidOptions, Rejected
from .model import ManagedObject
from .query import Query
from .session import Session

DEEPEST = 50
CHILD = ("class", "rn", "dn", "attributes", "state", "children")
"""The keys of an entry of ``children``."""


@dataclass(frozen=True)
class Wanted:
    """One MO as the task wants it. ``cls`` is empty where the task leaves it to what is there."""

    dn: str
    cls: str
    attributes: Mapping[str, object]
    absent: bool = False
    children: tuple[Wanted, ...] = ()

    def all(self) -> Iterator[Wanted]:
        yield self
        for child in self.children:
            yield from child.all()


Found = Mapping[str, ManagedObject]


async def converge(
    session: Session,
    dn: str,
    cls: str | None,
    attributes: Mapping[str, object],
    state: str,
    check: bool,
    children: Sequence[Mapping[str, object]] = (),
) -> dict[str, object]:
    """Bring the MO to ``state`` (present with these attributes and children, or absent).

    Returns ``{changed, mo, diff, warnings}``: ``mo`` as read afterwards (in check mode as it is), ``diff`` as before and
    after; with children those that the task names, each under its dn.
    """
    top = dns.check(dn)
    if state == "absent" and children:
        raise InvalidOptions("state=absent takes no children: all that is under an MO goes with it.")
    wanted = Wanted(top, cls or "", attributes, state == "absent", _children(top, children))
    _refuse_twice(wanted)
    query = Query.from_options({"dn": wanted.dn})
    before = await _read(session, wanted)
    for each in wanted.all():
        _check_class(each, before)
    if wanted.absent:
        there = wanted.dn in before
        if there and not check:
            await session.ask("DELETE", query.target())
        return _outcome(wanted, before, {}, before if check else {}, there)
    body = _differences(wanted, before, top=True)
    if body is None:
        return _outcome(wanted, before, before, before, False)
    if check:
        return _outcome(wanted, before, _planned(wanted, before), before, True)
    await session.ask("POST", query.target(), encode_mo("json", body.cls, body.attributes, body.children))
    after = await _read(session, wanted)
    _refuse_lost(session, wanted, after)
    return {**_outcome(wanted, before, after, after, True), "warnings": list(_stored_otherwise(wanted, after))}


# What is wanted


def _children(above: str, entries: Sequence[Mapping[str, object]], depth: int = 1) -> tuple[Wanted, ...]:
    if depth > DEEPEST:
        raise InvalidOptions("children are nested more than %d levels deep." % DEEPEST)
    if not isinstance(entries, (list, tuple)):
        raise InvalidOptions("children of %s takes a list of maps." % above)
    return tuple(_child(above, entry, depth) for entry in entries)


def _child(above: str, entry: Mapping[str, object], depth: int) -> Wanted:
    if not isinstance(entry, Mapping):
        raise InvalidOptions("children of %s takes a list of maps." % above)
    given = {("class" if key == "class_name" else key): value for key, value in entry.items() if value is not None}
    for key in given:
        if key not in CHILD:
            raise InvalidOptions("a child of %s takes %s, not %s." % (above, ", ".join(CHILD), key))
    if not given.get("class") or ("rn" in given) == ("dn" in given):
        raise InvalidOptions("each child of %s takes its class, and its rn (such as lb-[lo10]) or its dn." % above)
    dn = dns.check(given["dn"] if "dn" in given else dns.join(above, str(given["rn"])))
    if dns.parent(dn) != above:
        raise InvalidOptions(
            "%s is not right under %s: give each level between as a child, with its own children." % (dn, above)
        )
    state = given.get("state", "present")
    if state not in ("present", "absent"):
        raise InvalidOptions("state of %s takes present or absent, not %s." % (dn, state))
    attributes = given.get("attributes", {})
    if not isinstance(attributes, Mapping):
        raise InvalidOptions("attributes of %s takes a map." % dn)
    below = cast("Sequence[Mapping[str, object]]", given.get("children", ()))
    if state == "absent" and (below or attributes):
        raise InvalidOptions("%s is to be absent, so it takes no attributes and no children." % dn)
    return Wanted(dn, str(given["class"]), attributes, state == "absent", _children(dn, below, depth + 1))


def _refuse_twice(wanted: Wanted) -> None:
    seen: set[str] = set()
    for each in wanted.all():
        if each.dn in seen:
            raise InvalidOptions("children names %s twice." % each.dn)
        seen.add(each.dn)


def _check_class(wanted: Wanted, found: Found) -> None:
    current = found.get(wanted.dn)
    if current is not None and wanted.cls and current.cls != wanted.cls and not wanted.absent:
        raise InvalidOptions("%s is of class %s, not %s." % (wanted.dn, current.cls, wanted.cls))
    if current is None and not wanted.cls and not wanted.absent:
        raise InvalidOptions("%s does not exist: give its class to create it." % wanted.dn)


# What there is


async def _read(session: Session, wanted: Wanted) -> dict[str, ManagedObject]:
    """The MOs of the tree that are there, under the DNs that the task gives them."""
    found = await session.read(Query.from_options({"dn": wanted.dn}))
    if wanted.children:
        classes = sorted({each.cls for child in wanted.children for each in child.all()})
        below = {"dn": wanted.dn, "query_target": "subtree", "target_subtree_class": classes}
        found = [*found, *await session.read(Query.from_options(below))]
    names = {dns.split(each.dn): each.dn for each in wanted.all()}
    return {names[dns.split(mo.dn)]: mo for mo in found if dns.split(mo.dn) in names}


def _changes(wanted: Wanted, found: Found) -> dict[str, str]:
    """The attributes that are not yet as wanted. A YAML boolean is whichever of the switch's words the attribute uses."""
    current = found.get(wanted.dn)
    stored = current.attributes if current is not None else {}
    texts = {name: _text(stored.get(name, ""), value) for name, value in wanted.attributes.items()}
    return {name: text for name, text in texts.items() if stored.get(name) != text}


def _differences(wanted: Wanted, found: Found, top: bool = False) -> Body | None:
    """What to send so that it becomes as wanted; None where it is so."""
    current = found.get(wanted.dn)
    place = {} if top else {"rn": dns.rn(wanted.dn)}
    if wanted.absent:
        return Body(wanted.cls, {**place, "status": "deleted"}) if current is not None else None
    changes = _changes(wanted, found)
    below = tuple(body for body in (_differences(child, found) for child in wanted.children) if body is not None)
    if current is not None and not changes and not below:
        return None
    return Body(wanted.cls or (current.cls if current is not None else ""), {**place, **changes}, below)


def _planned(wanted: Wanted, found: Found) -> dict[str, ManagedObject]:
    """The tree as it would be, as far as it can be told before the switch has its say."""
    planned: dict[str, ManagedObject] = {}
    for each in wanted.all():
        current = found.get(each.dn)
        if not each.absent:
            stored = current.attributes if current is not None else {}
            cls = each.cls or (current.cls if current is not None else "")
            planned[each.dn] = ManagedObject(cls, each.dn, {**stored, **_changes(each, found)})
    return planned


def _refuse_lost(session: Session, wanted: Wanted, found: Found) -> None:
    for each in wanted.all():
        if (each.dn in found) == each.absent:
            raise Rejected(
                "%s accepted the change, but %s (%s) %s afterwards. Check the dn and that the feature it belongs to is "
                "enabled."
                % (session.options.address, each.dn, each.cls, "is still there" if each.absent else "does not exist")
            )


def _stored_otherwise(wanted: Wanted, found: Found) -> Iterator[str]:
    """What the switch keeps in other words than were sent (or does not tell): a task would send that each time.

    Never the values: they may be passwords.
    """
    for each in wanted.all():
        names = sorted(_changes(each, found)) if not each.absent else []
        if names:
            yield (
                "The switch does not show %s of %s as it was sent, so the task changes it each time. Give the value as "
                "the switch stores it, see mo in the result." % (", ".join(names), each.dn)
            )


def _text(stored: str, value: object) -> str:
    if not isinstance(value, bool):
        return "" if value is None else str(value)
    for words in WORDS.values():
        if stored in words:
            return WORDS[value][words.index(stored)]
    return WORDS[value][0]


# The result


def _outcome(wanted: Wanted, before: Found, after: Found, shown: Found, changed: bool) -> dict[str, object]:
    mo = shown.get(wanted.dn)
    result: dict[str, object] | None = mo.as_result() if mo is not None else None
    if result is not None and wanted.children:
        named = [child for below in wanted.children for child in below.all()]
        result["children"] = [shown[each.dn].as_result() for each in named if each.dn in shown]
    return {
        "changed": changed,
        "mo": result,
        "diff": {"before": _plain(wanted, before), "after": _plain(wanted, after)},
    }


def _plain(wanted: Wanted, found: Found) -> dict[str, object]:
    """Of one MO its attributes, of a tree those of each MO under its dn."""
    shown: dict[str, object] = {
        each.dn: {name: value for name, value in found[each.dn].attributes.items() if name != "modTs"}
        for each in wanted.all()
        if each.dn in found
    }
    return shown if wanted.children else cast("dict[str, object]", shown.get(wanted.dn, {}))
