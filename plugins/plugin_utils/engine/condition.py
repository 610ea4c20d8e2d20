# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The conditions of ``until``, ``where`` and ``fail_when``: a map from attribute to what is wanted, judged on one MO.

What compares how:

- Text compares without regard to case: the same state is ``up`` in one class and ``Up`` in the next.
- Two plain decimals (``-?digits[.digits]``, ASCII) compare as exact numbers of any size. ``1e3``, ``inf``, ``1_000`` and
  ``0x10`` are text.
- Orderings (lt le gt ge bw) compare numbers with numbers, times (ISO 8601 with an offset) as instants with times, and
  other text with other text. Across kinds nothing is in order and none of them holds: an ``mtu`` of ``inherit`` is not
  "at least 9000", and a time of ``never`` is not after yesterday, although their letters would sort so.
- A YAML boolean stands for the switch's words: true, yes, on; or false, no, off.
- An attribute that the MO does not have satisfies nothing, ``ne`` and ``not_in`` neither.

Regular expressions are the user's own; how they are searched for is a parameter, so that a limit can be put on it. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from functools import cached_property
from math import isfinite
from typing import Protocol

from .errors import InvalidOptions
from .model import ManagedObject
from .times import instant

WORDS: dict[bool, tuple[str, ...]] = {True: ("true", "yes", "on"), False: ("false", "no", "off")}
"""What a switch writes for a boolean; which of them depends on the class."""

_ORDERINGS = {
    "lt": "less than %s",
    "le": "at most %s",
    "gt": "more than %s",
    "ge": "at least %s",
    "bw": "between %s and %s",
}
_CHOICES = {"eq": "%s", "ne": "not %s", "in": "%s", "not_in": "not %s"}
_PATTERNS = {"matches": "matching %s", "wcard": "matching %s"}
_FLAGS = {"anybit": "any of %s", "allbits": "all of %s"}
OPERATORS = ("eq", "ne", "lt", "le", "gt", "ge", "bw", "in", "not_in", "matches", "wcard", "anybit", "allbits")

_FOREIGN = {"==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge", "lte": "le", "gte": "ge"} | {
    "between": "bw", "contains": "wcard", "like": "wcard", "regex": "matches", "search": "matches"
}  # fmt: skip
"""What other tools call our operators."""

_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ATTRIBUTE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NOT_KEPT = {
    "status": "use the option status to wait for a notification of a kind",
    "rn": "use dn",
    "childAction": "it never says anything",
}


class Search(Protocol):
    """What a pattern can do: say whether it is found anywhere in a text."""

    def search(self, text: str, /) -> object:
        """None where it is not."""


Patterns = Callable[["re.Pattern[str]", str], Search]
"""Makes what searches, of the compiled pattern and the place that messages name."""


@dataclass(frozen=True)
class Predicate:
    """One operator with its operands: ``wanted`` are the switch's words, flags, a pattern, or the bounds."""

    operator: str
    wanted: tuple[str, ...]
    pattern: Search | None = None

    def holds(self, actual: str) -> bool:
        if self.operator in _CHOICES:
            return any(equal(actual, value) for value in self.wanted) == (self.operator in ("eq", "in"))
        if self.pattern is not None:
            return bool(self.pattern.search(actual))
        if self.operator in _FLAGS:
            flags, wanted = set(_flags(actual)), set(self.wanted)
            return wanted <= flags if self.operator == "allbits" else bool(wanted & flags)
        return _in_order(self.operator, actual, self.wanted)

    def describe(self) -> str:
        """What a person would say is wanted: ``up``, ``at least 9000``, ``not down or unknown``."""
        values = [_shown(value) for value in self.wanted]
        if self.operator in _ORDERINGS:
            return _ORDERINGS[self.operator] % tuple(values)
        joined = ", ".join(values) if self.operator in _FLAGS else _either(values)
        return (_CHOICES | _PATTERNS | _FLAGS)[self.operator] % joined


@dataclass(frozen=True)
class Clause:
    """What one attribute has to satisfy: all of the predicates."""

    attribute: str
    predicates: tuple[Predicate, ...]

    def holds(self, mo: ManagedObject) -> bool:
        actual = mo.get(self.attribute)
        return actual is not None and all(predicate.holds(actual) for predicate in self.predicates)

    def describe(self) -> str:
        return " and ".join(predicate.describe() for predicate in self.predicates)


@dataclass(frozen=True)
class Condition:
    """A compiled map; all clauses have to hold on one MO."""

    clauses: tuple[Clause, ...]

    @cached_property
    def attributes(self) -> tuple[str, ...]:
        return tuple(clause.attribute for clause in self.clauses)

    def holds(self, mo: ManagedObject) -> bool:
        return all(clause.holds(mo) for clause in self.clauses)

    def missing(self, mo: ManagedObject) -> tuple[str, ...]:
        """The attributes that the MO does not carry."""
        return tuple(name for name in self.attributes if mo.get(name) is None)

    def describe(self) -> str:
        """``operSt up and mtu at least 9000``."""
        return " and ".join("%s %s" % (clause.attribute, clause.describe()) for clause in self.clauses)

    def unmet(self, mo: ManagedObject) -> str:
        """``operSt down (want up), mtu 1500 (want at least 9000)``: the clauses that do not hold; empty when all do."""
        return ", ".join(
            "%s %s (want %s)" % (clause.attribute, "missing" if actual is None else _shown(actual), clause.describe())
            for clause, actual in ((clause, mo.get(clause.attribute)) for clause in self.clauses)
            if not clause.holds(mo)
        )


def _unlimited(pattern: re.Pattern[str], _where: str) -> Search:
    return pattern


def compile_condition(mapping: object, option: str = "until", patterns: Patterns = _unlimited) -> Condition:
    """The condition of an option's map, or InvalidOptions with a sentence that names the option and the attribute."""
    if not isinstance(mapping, Mapping) or not mapping:
        raise InvalidOptions("%s must be a map from attribute to what is wanted, such as {operSt: up}." % option)
    return Condition(tuple(_clause(name, wanted, option, patterns) for name, wanted in mapping.items()))


def equal(actual: str, wanted: str) -> bool:
    """As the module says: numbers where both are plain decimals, else text in any case."""
    if _DECIMAL.fullmatch(actual) and _DECIMAL.fullmatch(wanted):
        return Decimal(actual) == Decimal(wanted)
    return actual.casefold() == wanted.casefold()


def _key(text: str) -> tuple[str, Decimal | int | str]:
    """The kind of an operand of an ordering, and what to order it by."""
    if _DECIMAL.fullmatch(text):
        return "number", Decimal(text)
    moment = instant(text)
    return ("text", text.casefold()) if moment is None else ("time", moment)


def _in_order(operator: str, actual: str, wanted: tuple[str, ...]) -> bool:
    kind, value = _key(actual)
    bounds = [_key(text) for text in wanted]
    if any(bound_kind != kind for bound_kind, _bound in bounds):
        return False
    # Of one kind means of one type, which the type checker cannot see.
    lower = [value >= bound for _kind, bound in bounds]  # type: ignore[operator]
    upper = [value <= bound for _kind, bound in bounds]  # type: ignore[operator]
    if operator == "bw":
        return lower[0] and upper[1]
    return {"lt": not lower[0], "le": upper[0], "gt": not upper[0], "ge": lower[0]}[operator]


def _flags(text: str) -> list[str]:
    return [flag.strip().casefold() for flag in text.split(",") if flag.strip()]


def _shown(text: str) -> str:
    return text if text.strip() else '"%s"' % text


def _either(values: list[str]) -> str:
    return values[0] if len(values) == 1 else "%s or %s" % (", ".join(values[:-1]), values[-1])


# From YAML to predicates; ``where`` is the path that messages show, ``until.operSt.in``.


def _clause(name: object, wanted: object, option: str, patterns: Patterns) -> Clause:
    if not isinstance(name, str) or not _ATTRIBUTE.fullmatch(name):
        raise InvalidOptions(
            "%s: %r is no attribute name (YAML reads unquoted yes, no, on, off and numbers as something else)."
            % (option, name)
        )
    if name in _NOT_KEPT:
        raise InvalidOptions("%s: %s is not part of an MO's state; %s." % (option, name, _NOT_KEPT[name]))
    where = "%s.%s" % (option, name)
    if isinstance(wanted, Mapping):
        if not wanted:
            raise InvalidOptions("%s is an empty map: give an operator, such as {ge: 9000}." % where)
        predicates = tuple(_predicate(operator, operand, where, patterns) for operator, operand in wanted.items())
        return Clause(str(name), predicates)
    operator = "in" if isinstance(wanted, (list, tuple)) else "eq"
    return Clause(str(name), (_predicate(operator, wanted, where, patterns),))


def _predicate(operator: object, operand: object, where: str, patterns: Patterns) -> Predicate:
    if not isinstance(operator, str) or operator not in OPERATORS:
        word = str(operator).lower()
        close = _FOREIGN.get(word) or next(iter(get_close_matches(word, OPERATORS, 1)), "")
        hint = "did you mean %s?" % close if close else "the operators are %s." % ", ".join(OPERATORS)
        raise InvalidOptions("%s has the unknown operator %r: %s" % (where, operator, hint))
    where = "%s.%s" % (where, operator) if operator not in ("eq", "in") else where
    if operator in ("in", "not_in"):
        return Predicate(operator, tuple(word for item in _items(operand, where) for word in _words(item, where)))
    if operator in ("eq", "ne"):
        return Predicate(operator, _words(operand, where))
    if operator in _PATTERNS:
        return _pattern(operator, _text(operand, where), where, patterns)
    if operator in _FLAGS:
        items = _items(operand, where) if isinstance(operand, (list, tuple)) else [operand]
        flags = tuple(flag for item in items for flag in _flags(_text(item, where)))
        if not flags:
            raise InvalidOptions("%s names no flag: give one or a list." % where)
        return Predicate(operator, flags)
    return _ordering(operator, operand, where)


def _ordering(operator: str, operand: object, where: str) -> Predicate:
    if operator != "bw":
        bounds = [_text(operand, where)]
    else:
        bounds = [_text(item, where) for item in _items(operand, where)]
        if len(bounds) != 2:
            raise InvalidOptions("%s takes two values, the lowest and the highest, such as [1500, 9216]." % where)
    for bound in bounds:
        if _DATE.match(bound) and instant(bound) is None:
            raise InvalidOptions(
                "%s: %r is no time with an offset; write it in quotes, such as '2026-01-31T12:00:00Z'." % (where, bound)
            )
    if operator == "bw" and not _in_order("le", bounds[0], (bounds[1],)):
        raise InvalidOptions("%s: %s is not below %s, so nothing can lie between them." % (where, bounds[0], bounds[1]))
    return Predicate(operator, tuple(bounds))


def _pattern(operator: str, text: str, where: str, patterns: Patterns) -> Predicate:
    try:
        return Predicate(operator, (text,), patterns(re.compile(text, re.IGNORECASE), where))
    except (re.error, OverflowError, RecursionError) as problem:
        raise InvalidOptions("%s: %r is no regular expression: %s." % (where, text, problem)) from None


def _items(value: object, where: str) -> list[object]:
    if not isinstance(value, (list, tuple)):
        raise InvalidOptions("%s takes a list, such as [up, link-up]." % where)
    if not value:
        raise InvalidOptions("%s is an empty list, which nothing satisfies: name at least one value." % where)
    return list(value)


def _words(value: object, where: str) -> tuple[str, ...]:
    """The text of a scalar, or the words that a boolean stands for."""
    return WORDS[value] if isinstance(value, bool) else (_text(value, where),)


def _text(value: object, where: str) -> str:
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool):
        raise InvalidOptions(
            "%s is a YAML boolean, which has no place there: write the switch's word in quotes." % where
        )
    if isinstance(value, float) and isfinite(value):
        return format(Decimal(repr(value)), "f")
    if isinstance(value, int):
        return format(Decimal(value), "f")
    if isinstance(value, date):
        return value.isoformat()
    if value is None:
        raise InvalidOptions('%s has no value: write "" if the attribute has to be empty.' % where)
    kind = "a list" if isinstance(value, (list, tuple)) else "a map" if isinstance(value, Mapping) else repr(value)
    raise InvalidOptions("%s is %s where one value belongs." % (where, kind))
