# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The classes that the switch knows: relative name, naming, configured and operational attributes with their defaults.

Data stands in ``model/classes.yml``; a model file may add classes. A class that is known but has no object answers
200 and an empty list, an unknown one 400. Immutable once built, shared by all switches of a process.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from .errors import unknown_class

BOOKKEEPING = ("childAction", "dn", "modTs", "rn", "status")
"""Every object has these; they are no properties of a class."""
CLASSES_FILE = Path(__file__).parent / "model" / "classes.yml"
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_STATS = re.compile(r"^(rmon|dbg)|^eqpt\w*Stats")
"""Classes that bypass the event manager: accepted in a subscription, never pushed (inferred from APIC)."""


def yaml_load(text: str) -> Any:
    """Safe, and with libyaml where PyYAML has it: five times faster."""
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


@dataclass(frozen=True)
class ClassDef:
    """One class. ``config`` may be posted; ``oper`` is the switch's own; ``never`` marks ``modTs: never``."""

    name: str
    rn: str
    parents: tuple[str, ...] = ()
    config: Mapping[str, str] = field(default_factory=dict)
    oper: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    never: bool = False
    operational: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "naming", tuple(_PLACEHOLDER.findall(self.rn)))
        pattern = re.escape(self.rn).replace(r"\{", "{").replace(r"\}", "}")
        object.__setattr__(self, "pattern", re.compile(_PLACEHOLDER.sub(r"(?P<\1>.+?)", pattern), re.S))
        object.__setattr__(self, "pushes", not _STATS.match(self.name))

    naming: tuple[str, ...] = field(init=False)
    pattern: re.Pattern[str] = field(init=False)
    pushes: bool = field(init=False)

    def knows(self, attribute: str) -> bool:
        return attribute in self.config or attribute in self.oper or attribute in self.naming

    def defaults(self) -> dict[str, str]:
        return {**self.oper, **self.config}

    def naming_of(self, rn: str) -> dict[str, str] | None:
        """The naming attributes spelled in a relative name, or None where it is not one of this class."""
        match = self.pattern.fullmatch(rn)
        return match.groupdict() if match else None

    def rn_of(self, attributes: Mapping[str, str]) -> str | None:
        """The relative name that the naming attributes make, or None where one is missing."""
        if any(name not in attributes for name in self.naming):
            return None
        return _PLACEHOLDER.sub(lambda match: attributes[match.group(1)], self.rn)


class Catalogue:
    """All classes by name."""

    def __init__(self, classes: Iterable[ClassDef]) -> None:
        self._classes = {each.name: each for each in classes}

    def __contains__(self, name: object) -> bool:
        return name in self._classes

    def get(self, name: str) -> ClassDef | None:
        return self._classes.get(name)

    def require(self, name: str) -> ClassDef:
        """The class, or ApiError 400 code 17."""
        found = self._classes.get(name)
        if found is None:
            raise unknown_class(name)
        return found

    def extended(self, more: Iterable[ClassDef]) -> Catalogue:
        return Catalogue([*self._classes.values(), *more])

    def class_of(self, rn: str, parent_class: str | None) -> ClassDef | None:
        """The class that an RN under an object of ``parent_class`` must have."""
        for each in self._classes.values():
            if parent_class in each.parents and each.naming_of(rn) is not None:
                return each
        return None


def class_from(name: str, body: Mapping[str, Any]) -> ClassDef:
    """A class as the YAML files write it."""
    return ClassDef(
        name=name,
        rn=str(body["rn"]),
        parents=tuple(body.get("parents") or ()),
        config={str(key): str(value) for key, value in (body.get("config") or {}).items()},
        oper={str(key): str(value) for key, value in (body.get("oper") or {}).items()},
        values={str(key): tuple(str(item) for item in items) for key, items in (body.get("values") or {}).items()},
        never=bool(body.get("never", False)),
        operational=bool(body.get("operational", False)),
    )


@lru_cache(maxsize=1)
def standard() -> Catalogue:
    """The classes of ``model/classes.yml``."""
    data = yaml_load(CLASSES_FILE.read_text(encoding="utf-8"))
    return Catalogue(class_from(name, body) for name, body in data.items())
