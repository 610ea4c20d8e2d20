# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""query-target-filter and rsp-subtree-filter: the whole grammar of the family, parsed once, judged per object.

::

    expr    := op(args) | true | false
    compare: eq ne lt gt le ge (class.prop,"value")  bw(class.prop,"lo","hi")  wcard(class.prop,"pattern")
    bits   : anybit allbits (class.prop,"a,b")
    logic  : and or xor (e,e,…)  not(e)
    event  : updated(class.prop) created() deleted()      others: pholder() passive()

Single quotes are no quotes, as on the switch: they become part of the value. ``wcard`` finds its pattern anywhere, as a
regular expression or as plain text. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from .catalogue import BOOKKEEPING, Catalogue
from .errors import bad_filter, unknown_property


@dataclass(frozen=True)
class Subject:
    """What a filter looks at: an object, or one event of it (``status`` and the names of what changed)."""

    cls: str
    attributes: Mapping[str, str]
    status: str = ""
    changed: frozenset[str] = frozenset()


Test = Callable[[Subject], bool]
_COMPARE = ("eq", "ne", "lt", "gt", "le", "ge", "bw", "wcard", "anybit", "allbits")
_LOGIC = ("and", "or", "xor", "not")
_EVENTS = ("created", "deleted", "updated")
_CONSTANTS = {"true": True, "false": False, "pholder": True, "passive": True}
_WORD = re.compile(r"\s*([A-Za-z]+)\s*")
_PROPERTY = re.compile(r"\s*([A-Za-z]\w*)\.(\w+)\s*")
_QUOTED = re.compile(r'\s*"((?:[^"\\]|\\.)*)"\s*')
_BARE = re.compile(r"\s*([^,()\"]*?)\s*(?=[,)])")
_MAX_DEPTH = 64


@dataclass
class _Parser:
    text: str
    catalogue: Catalogue
    position: int = 0
    depth: int = field(default=0)

    def expression(self) -> Test:
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise bad_filter("nested too deeply")
        word = self.take(_WORD, "an operator").lower()
        test = self._constant(word) if word in _CONSTANTS else self._operation(word)
        self.depth -= 1
        return test

    def _constant(self, word: str) -> Test:
        if self.peek("("):
            self.expect("(")
            self.expect(")")
        value = _CONSTANTS[word]
        return lambda subject: value

    def _operation(self, word: str) -> Test:
        self.expect("(")
        if word in _LOGIC:
            test = _logic(word, self._expressions(word))
        elif word in _COMPARE:
            test = self._comparison(word)
        elif word in _EVENTS:
            test = _happened(word, self._property() if word == "updated" else ("", ""))
        else:
            raise bad_filter(f"unknown operator '{word}'")
        self.expect(")")
        return test

    def _expressions(self, word: str) -> list[Test]:
        found = [self.expression()]
        while self.peek(","):
            self.expect(",")
            found.append(self.expression())
        if word == "not" and len(found) != 1:
            raise bad_filter("'not' takes one expression")
        return found

    def _comparison(self, word: str) -> Test:
        cls, name = self._property()
        values = []
        while self.peek(","):
            self.expect(",")
            values.append(self._value())
        if len(values) != (2 if word == "bw" else 1):
            raise bad_filter(f"'{word}' has the wrong number of arguments")
        judge = _judge(word, values)

        def test(subject: Subject) -> bool:
            if subject.cls != cls or name not in subject.attributes:
                return False
            return judge(subject.attributes[name])

        return test

    def _property(self) -> tuple[str, str]:
        match = _PROPERTY.match(self.text, self.position)
        if not match:
            raise bad_filter(f"class.property expected at position {self.position}")
        self.position = match.end()
        cls, name = match.groups()
        definition = self.catalogue.require(cls)
        if name not in BOOKKEEPING and not definition.knows(name):
            raise unknown_property(cls, name)
        return cls, name

    def _value(self) -> str:
        match = _QUOTED.match(self.text, self.position)
        if match:
            self.position = match.end()
            return match.group(1).replace('\\"', '"')
        return self.take(_BARE, "a value")

    def take(self, pattern: re.Pattern[str], wanted: str) -> str:
        match = pattern.match(self.text, self.position)
        if not match:
            raise bad_filter(f"{wanted} expected at position {self.position}")
        self.position = match.end()
        return match.group(1)

    def peek(self, character: str) -> bool:
        return self.text[self.position : self.position + 1] == character

    def expect(self, character: str) -> None:
        if not self.peek(character):
            raise bad_filter(f"'{character}' expected at position {self.position}")
        self.position += 1
        while self.peek(" "):
            self.position += 1


def parse(text: str, catalogue: Catalogue) -> Test:
    """The test that a filter text stands for; ApiError 400 where it is none or names an unknown class or property."""
    parser = _Parser(text.strip(), catalogue)
    test = parser.expression()
    if parser.position != len(parser.text):
        raise bad_filter(f"unexpected text at position {parser.position}")
    return test


def _happened(word: str, what: tuple[str, str]) -> Test:
    if word != "updated":
        return lambda subject: subject.status == word
    cls, name = what
    return lambda subject: subject.status == "modified" and subject.cls == cls and name in subject.changed


def _logic(word: str, tests: list[Test]) -> Test:
    if word == "and":
        return lambda subject: all(test(subject) for test in tests)
    if word == "or":
        return lambda subject: any(test(subject) for test in tests)
    if word == "xor":
        return lambda subject: sum(test(subject) for test in tests) % 2 == 1
    return lambda subject: not tests[0](subject)


def _judge(word: str, values: list[str]) -> Callable[[str], bool]:
    first = values[0]
    if word == "eq":
        return lambda actual: actual == first
    if word == "ne":
        return lambda actual: actual != first
    if word == "bw":
        return lambda actual: _order(actual, first) >= 0 and _order(actual, values[1]) <= 0
    if word == "wcard":
        return _wildcard(first)
    if word in ("anybit", "allbits"):
        wanted = set(first.split(","))
        if word == "anybit":
            return lambda actual: bool(wanted & set(actual.split(",")))
        return lambda actual: wanted <= set(actual.split(","))
    accepted = {"lt": (-1,), "le": (-1, 0), "gt": (1,), "ge": (1, 0)}[word]
    return lambda actual: _order(actual, first) in accepted


def _wildcard(pattern: str) -> Callable[[str], bool]:
    try:
        expression = re.compile(pattern)
    except re.error:
        return lambda actual: pattern in actual
    return lambda actual: pattern in actual or expression.search(actual) is not None


def _order(left: str, right: str) -> int:
    """-1, 0 or 1: as numbers where both are, else as text (ISO times order as text too)."""
    try:
        a, b = float(left), float(right)
    except ValueError:
        return (left > right) - (left < right)
    return (a > b) - (a < b)
