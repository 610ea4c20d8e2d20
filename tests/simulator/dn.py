# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Distinguished names: relative names joined by slashes, where a slash inside square brackets belongs to the name.

``sys/intf/phys-[eth1/1]/phys`` has four relative names. Pure; imports nothing of the simulator.
"""

from __future__ import annotations

from functools import lru_cache


class MalformedDn(ValueError):
    """Unbalanced brackets or an empty relative name; ``rn`` and ``position`` say where."""

    def __init__(self, dn: str, rn: str, position: int) -> None:
        super().__init__(f"Invalid DN {dn}, wrong rn prefix {rn} at position {position}")


@lru_cache(maxsize=65536)
def split(dn: str) -> tuple[str, ...]:
    """The relative names of ``dn``; raises MalformedDn."""
    names: list[str] = []
    depth = start = 0
    for index, character in enumerate(dn):
        if character == "[":
            depth += 1
        elif character == "]":
            depth -= 1
        if depth < 0:
            raise MalformedDn(dn, dn[start:], start)
        if character == "/" and depth == 0:
            names.append(dn[start:index])
            start = index + 1
    names.append(dn[start:])
    if depth or not all(names):
        raise MalformedDn(dn, dn[start:], start)
    return tuple(names)


def parent(dn: str) -> str:
    """The DN above; the empty string above a top."""
    return "/".join(split(dn)[:-1])


def rn(dn: str) -> str:
    return split(dn)[-1]


def ancestors(dn: str) -> list[str]:
    """All DNs above, nearest first."""
    names = split(dn)
    return ["/".join(names[:count]) for count in range(len(names) - 1, 0, -1)]


def is_under(dn: str, ancestor: str) -> bool:
    """Strictly below; well-formed DNs have no unbalanced brackets, so a prefix with a slash decides."""
    return dn.startswith(ancestor + "/")


def collapse(path: str) -> str:
    """``path`` with runs of slashes outside of brackets made one, as nginx does."""
    kept: list[str] = []
    depth = 0
    for character in path:
        depth += (character == "[") - (character == "]")
        if character == "/" and depth <= 0 and kept and kept[-1] == "/":
            continue
        kept.append(character)
    return "".join(kept)
