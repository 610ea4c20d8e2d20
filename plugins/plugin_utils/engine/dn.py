# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Distinguished names: RNs joined by slashes, where a slash inside brackets belongs to its RN (brackets may nest).

The reading functions take whatever a switch sent and never raise; ``check`` is for what a person wrote. Pure.
"""

from __future__ import annotations

import re

from .errors import InvalidOptions

CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
"""What no request can carry: control characters and halves of surrogate pairs."""


def split(dn: str) -> tuple[str, ...]:
    """The RNs of a DN; of the empty DN none. An unclosed bracket keeps the rest of the DN in one RN."""
    rns: list[str] = []
    start = depth = 0
    for position, character in enumerate(dn):
        if character == "[":
            depth += 1
        elif character == "]":
            depth = max(0, depth - 1)
        elif character == "/" and not depth:
            rns.append(dn[start:position])
            start = position + 1
    return (*rns, dn[start:]) if dn else ()


def parent(dn: str) -> str:
    """The DN above, empty for the first RN."""
    return "/".join(split(dn)[:-1])


def rn(dn: str) -> str:
    """The last RN, empty for the empty DN."""
    return split(dn)[-1] if dn else ""


def join(above: str, name: str) -> str:
    """The DN of the RN (or relative DN) ``name`` under the DN ``above``, which may be empty."""
    return "%s/%s" % (above, name) if above and name else above or name


def is_under(dn: str, ancestor: str) -> bool:
    """Whether ``dn`` lies strictly below ``ancestor``. Nothing lies below the empty DN: a delete of it must not take all."""
    return bool(ancestor) and dn.startswith(ancestor + "/") and ancestor.count("[") == ancestor.count("]")


def check(text: object) -> str:
    """The DN that a person wrote, or InvalidOptions. Blanks around it and one leading slash are dropped."""
    if not isinstance(text, str):
        raise InvalidOptions("The DN must be text such as sys/intf/phys-[eth1/1], not %s." % type(text).__name__)
    dn = text.strip()
    dn = dn[1:] if dn.startswith("/") else dn
    if not dn:
        raise InvalidOptions("The DN is empty: give one such as sys/intf/phys-[eth1/1].")
    problem = _problem(dn)
    if problem:
        raise InvalidOptions("The DN %r %s." % (text, problem))
    return dn


def _problem(dn: str) -> str:
    if not _balanced(dn):
        return "has unbalanced brackets: each [ needs its ], as in sys/intf/phys-[eth1/1]"
    if dn.startswith("api/"):
        return "is a path of the REST API: give the DN alone, as in sys/intf/phys-[eth1/1]"
    if dn.endswith((".json", ".xml")):
        return "ends in a format suffix: leave it out and use the option format"
    if dn.endswith("/"):
        return "ends in a slash: leave it out"
    if "" in split(dn):
        return "has two slashes in a row: leave one out"
    if CONTROL.search(dn):
        return "holds control characters: leave them out"
    return ""


def _balanced(dn: str) -> bool:
    depth = 0
    for character in dn:
        depth += {"[": 1, "]": -1}.get(character, 0)
        if depth < 0:
            return False
    return not depth
