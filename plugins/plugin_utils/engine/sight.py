# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a watch looks at, made from a task's options and checked. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from .condition import Condition, compile_condition
from .errors import InvalidOptions
from .interfaces import good_states, name_of
from .journal import Cursor, Cursors
from .model import ManagedObject
from .patience import PatientPattern
from .query import Query
from .spec import for_interfaces, seconds

RATE = 50
"""Lines a second that somebody may still follow."""

UNLIMITED = 3600.0
"""Seconds for which a watch without an end is kept for a worker that asks for nothing (it may be stopped, and go on)."""

_STATE = ("operSt", "adminSt", "operStQual")

USUAL: dict[str, tuple[str, ...]] = {
    **{cls: (*states, *_STATE) for cls, states in good_states().items()},
    "bgpPeerEntry": ("operSt", "shutStQual"),
    "ospfAdjEp": ("operSt",),
    "isisAdjEp": ("operSt",),
    "bfdSess": ("operSt",),
    "pimAdjEp": ("operSt",),
    "nvoDyPeer": ("state",),
    "vpcDom": ("peerSt", "peerStQual", "compatSt", "operRole"),
    "vpcIf": ("localOperSt", "remoteOperSt", "compatSt"),
    "l2BD": ("operSt", "adminSt"),
    "eqptLC": ("operSt",),
    "eqptSupC": ("operSt",),
    "eqptFt": ("operSt",),
    "eqptPsu": ("operSt",),
}
"""What a watch that is told nothing else looks at: classes, and the attributes of them that say whether all is well."""


@dataclass(frozen=True)
class Sight:
    """One query, or the name of a subscription. ``dns``: only these MOs. ``where``: all have to hold. ``attributes``: only
    changes of these, all where empty. ``optional``: a switch that does not know the class is watched without it."""

    query: Query | None
    subscription: str = ""
    dns: frozenset[str] | None = None
    where: tuple[Condition, ...] = ()
    attributes: frozenset[str] = frozenset()
    optional: bool = False

    def describe(self) -> str:
        return self.query.describe() if self.query is not None else "subscription %s" % self.subscription

    def names(self) -> list[str]:
        """What a person calls it."""
        if self.dns is not None:
            return [name_of(dn) or dn for dn in sorted(self.dns)]
        if self.query is not None and self.query.dn and not self.query.paged:
            return [name_of(self.query.dn) or self.query.dn]
        return [self.describe()]

    def covers(self, dn: str) -> bool:
        return self.dns is None or dn in self.dns

    def admits(self, before: ManagedObject, after: ManagedObject) -> bool:
        """Whether the MO counts, by what it was or by what it is."""
        return any(all(condition.holds(mo) for condition in self.where) for mo in (after, before))

    def matters(self, status: str, names: Sequence[str]) -> bool:
        return status != "modified" or not self.attributes or not self.attributes.isdisjoint(names)


@dataclass(frozen=True)
class WatchSpec:
    """``duration`` 0: until it is stopped. ``limit`` 0: none. ``usual``: the task did not say what to look at."""

    sights: tuple[Sight, ...]
    since: Cursor | None = None
    duration: float = 0.0
    limit: int = 0
    rate: int = RATE
    verbose: bool = False
    secret: bool = False
    usual: bool = False

    @property
    def queries(self) -> tuple[Query, ...]:
        return tuple(sight.query for sight in self.sights if sight.query is not None)


def for_watch(options: Mapping[str, object]) -> WatchSpec:
    """The watch that the options describe. Raises InvalidOptions."""
    where = _where(options)
    attributes = frozenset(str(name) for name in cast("Sequence[object]", options.get("attributes") or ()))
    entries = cast("Sequence[Mapping[str, object]] | None", options.get("queries"))
    usual = entries is None and not any(options.get(name) for name in _WHAT)
    _refuse_alone(options)
    if usual:
        sights = tuple(
            Sight(Query.from_options({"class": cls, "format": options.get("format")}), where=where,
                  attributes=attributes or frozenset(names), optional=True)
            for cls, names in USUAL.items()
        )  # fmt: skip
    elif entries is None:
        sights = _sights(options, where, attributes)
    else:
        sights = _several(entries, where, attributes)
    since = options.get("since")
    return WatchSpec(
        sights,
        since=Cursors.parse(str(since)) if since else None,
        duration=seconds(options, "duration", 0.0),
        limit=_number(options, "limit", 0, 0),
        rate=_number(options, "rate", RATE, 1),
        verbose=bool(options.get("verbose")),
        secret=bool(options.get("secret")),
        usual=usual,
    )


_WHAT = ("dn", "class", "class_name", "subscription", "interface")
_OF_A_QUERY = ("query_target", "target_subtree_class", "query_target_filter")


def _several(
    entries: Sequence[Mapping[str, object]], where: tuple[Condition, ...], attributes: frozenset[str]
) -> tuple[Sight, ...]:
    if not entries:
        raise InvalidOptions("queries takes at least one entry.")
    sights: list[Sight] = []
    for number, entry in enumerate(entries, 1):
        try:
            sights += _sights(entry, (*where, *_where(entry)), attributes)
        except InvalidOptions as exc:
            raise InvalidOptions("queries, entry %d: %s" % (number, exc)) from None
    return tuple(sights)


def _sights(
    options: Mapping[str, object], where: tuple[Condition, ...], attributes: frozenset[str]
) -> tuple[Sight, ...]:
    _refuse_alone(options)
    if options.get("interface"):
        legs = for_interfaces({"name": options["interface"]}).legs
        return tuple(Sight(leg.query, dns=leg.dns, where=where, attributes=attributes) for leg in legs)
    if options.get("subscription"):
        return (Sight(None, str(options["subscription"]), where=where, attributes=attributes),)
    return (Sight(Query.from_options(options), where=where, attributes=attributes),)


def _refuse_alone(options: Mapping[str, object]) -> None:
    if not options.get("dn") and not options.get("class") and not options.get("class_name"):
        alone = next((name for name in _OF_A_QUERY if options.get(name)), None)
        if alone is not None:
            raise InvalidOptions("%s has no meaning without dn or class." % alone)


def _where(options: Mapping[str, object]) -> tuple[Condition, ...]:
    where = options.get("where")
    return () if where is None else (compile_condition(where, "where", PatientPattern),)


def _number(options: Mapping[str, object], option: str, default: int, least: int) -> int:
    value = options.get(option)
    if value is None:
        return default
    number = int(cast("int", value))
    if number < least:
        raise InvalidOptions("%s takes a number from %d, not %d." % (option, least, number))
    return number
