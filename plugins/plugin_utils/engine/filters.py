# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter language of ``query_target_filter`` (PROTOCOL section 7): its syntax checked, its properties named.

A filter is sent as the user wrote it, less the blanks between its parts: a switch gives wrong results for those and for
single quotes (confirmed on NX-OS). It is never evaluated here. Pure.
"""

from __future__ import annotations

import re

from .dn import CONTROL
from .errors import InvalidOptions

MAX_DEPTH = 100
"""Levels of nesting accepted, far above what a person writes and below what Python recurses."""

_VALUES = {
    "eq": 1,
    "ne": 1,
    "lt": 1,
    "gt": 1,
    "le": 1,
    "ge": 1,
    "wcard": 1,
    "anybit": 1,
    "allbits": 1,
    "bw": 2,
    "updated": 0,
}
"""Operators on a property, with the number of values after it."""

_LOGIC = {"and": 99, "or": 99, "xor": 99, "not": 1}
"""Operators on expressions, with the most that they take."""

_CONSTANTS = ("true", "false", "created", "deleted", "pholder", "passive")
_PROPERTY = re.compile(r"[A-Za-z][A-Za-z0-9]*\.[A-Za-z][A-Za-z0-9_]*")
_TOKEN = re.compile(r"""\s*("[^"]*"|[(),]|[^\s"'(),]+)""")


def check(text: str) -> None:
    """InvalidOptions, with one sentence, unless the filter is well formed."""
    _Parser(text)


def attributes(text: str) -> tuple[tuple[str, str], ...]:
    """The (class, property) pairs that the filter looks at, each once, in order."""
    return tuple(dict.fromkeys(_Parser(text).properties))


def normalise(text: str) -> str:
    """The filter without blanks between its parts; checks it too."""
    return "".join(_Parser(text).tokens)


class _Parser:
    def __init__(self, text: str) -> None:
        self.tokens = _tokens(text)
        self.properties: list[tuple[str, str]] = []
        self._at = 0
        self._expression(1)
        if self._at < len(self.tokens):
            raise _invalid("there is %s after its end; join expressions with and(…,…)" % self._peek())

    def _peek(self) -> str:
        return self.tokens[self._at] if self._at < len(self.tokens) else "its end"

    def _take(self, wanted: str, hint: str) -> None:
        if self._peek() != wanted:
            raise _invalid("%s is wanted before %s; %s" % (wanted, self._peek(), hint))
        self._at += 1

    def _word(self) -> str:
        word = self._peek()
        if self._at >= len(self.tokens) or word in ("(", ")", ","):
            raise _invalid("something is missing before %s" % word)
        self._at += 1
        return word

    def _expression(self, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise _invalid("it is nested too deeply")
        operator = self._word()
        if operator in _CONSTANTS:
            if self._peek() == "(":
                self._take("(", "")
                self._take(")", "%s takes nothing" % operator)
            return
        if operator not in _VALUES and operator not in _LOGIC:
            raise _invalid("%s is no operator; they are %s" % (operator, ", ".join((*_VALUES, *_LOGIC))))
        self._take("(", "brackets follow the operator %s" % operator)
        if operator in _LOGIC:
            self._expressions(operator, depth)
        else:
            self._comparison(operator)
        self._take(")", "close each bracket, and see how many values %s takes" % operator)

    def _expressions(self, operator: str, depth: int) -> None:
        self._expression(depth + 1)
        count = 1
        while self._peek() == "," and count < _LOGIC[operator]:
            self._at += 1
            self._expression(depth + 1)
            count += 1

    def _comparison(self, operator: str) -> None:
        name = self._word()
        if not _PROPERTY.fullmatch(name):
            raise _invalid("%s is no property; write class.property, such as l1PhysIf.id" % name)
        cls, _dot, prop = name.partition(".")
        self.properties.append((cls, prop))
        for _value in range(_VALUES[operator]):
            self._take(
                ",", '%s compares a property with a value, as in %s(l1PhysIf.id,"eth1/1")' % (operator, operator)
            )
            self._word()


def _tokens(text: str) -> list[str]:
    tokens: list[str] = []
    at, text = 0, text.strip()
    if CONTROL.search(text):
        raise _invalid("it holds control characters")
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            quote = text[at:].lstrip()[0]
            raise _invalid(
                "it has a single quote; a switch takes double quotes only"
                if quote == "'"
                else "a double quote is not closed"
            )
        tokens.append(found.group(1))
        at = found.end()
    return tokens


def _invalid(problem: str) -> InvalidOptions:
    return InvalidOptions('The filter is not valid: %s (an example: eq(l1PhysIf.adminSt,"up")).' % problem)
