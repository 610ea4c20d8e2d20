# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Model files: which objects a switch has at power-on. YAML in, an immutable Model out, shared by all switches.

::

    classes:                         # optional: classes that model/classes.yml lacks, in its own form
    features: {fmBgp: [sys/bgp, bgpEntity]}   # what a disabled feature takes with it
    empty_cages: ["sys/intf/phys-[eth1/48]"]  # ports that stay down with xcvr-absent
    mos:
      - class: topSystem
        dn: sys
        attributes: {name: leaf1}
        children:
          - class: l1PhysIf          # RN from the naming attributes, or by rn:
            range: [1, 48]           # {n} counts, both ends included
            attributes: {id: "eth1/{n}"}

A class of the file that nothing defines is defined by its first object.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from . import dn as dns
from .catalogue import Catalogue, ClassDef, class_from, standard, yaml_load
from .tree import Mo, Tree
from .writes import new_mo

DEFAULT_FILE = Path(__file__).parent / "model" / "default.yml"

INSTALLED = "2026-01-05T08:00:00.000+00:00"
"""modTs of what nobody has changed since the model was loaded."""


class ModelError(ValueError):
    """A model file that cannot be used; the text says where."""


@dataclass(frozen=True)
class Model:
    catalogue: Catalogue
    tree: Tree
    features: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    empty_cages: frozenset[str] = frozenset()


@lru_cache(maxsize=16)
def load(path: str = "") -> Model:
    """The model of a file; of the 48-port switch where ``path`` is empty. Raises ModelError."""
    source = Path(path) if path else DEFAULT_FILE
    try:
        data = yaml_load(source.read_text(encoding="utf-8"))
        return from_data(data)
    except OSError as error:
        raise ModelError(f"{source}: {error.strerror}") from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelError(f"{source}: {error}") from error


def from_data(data: Mapping[str, Any]) -> Model:
    catalogue = standard().extended(class_from(name, body) for name, body in (data.get("classes") or {}).items())
    planned = list(_expand(data.get("mos") or [], ""))
    catalogue = catalogue.extended(_missing(planned, catalogue))
    tree = Tree()
    for entry in planned:
        definition = catalogue.require(entry.cls)
        dn = entry.place(definition)
        mod_ts = entry.mod_ts or ("never" if definition.never else INSTALLED)
        mo = new_mo(dn, entry.cls, entry.attributes, catalogue, mod_ts)
        tree.create(Mo(dn, entry.cls, mo.attributes, mod_ts, mo.configured & frozenset(definition.config)))
    features = {name: (str(dn), str(cls)) for name, (dn, cls) in (data.get("features") or {}).items()}
    return Model(catalogue, tree, features, frozenset(data.get("empty_cages") or ()))


@dataclass
class _Entry:
    cls: str
    dn: str
    rn: str
    above: _Entry | None
    attributes: dict[str, str]
    mod_ts: str = ""

    def place(self, definition: ClassDef) -> str:
        """The DN: given, or parent's plus ``rn``, or plus the RN that the naming attributes make."""
        if not self.dn:
            rn = self.rn or definition.rn_of(self.attributes)
            if rn is None:
                raise ModelError(f"{self.cls} {self.attributes} needs a dn, an rn or its naming attributes")
            self.dn = f"{self.above.dn}/{rn}" if self.above else rn
        dns.split(self.dn)
        return self.dn


def _expand(items: list[Any], count: str, above: _Entry | None = None) -> Iterator[_Entry]:
    for item in items:
        first, last = item.get("range") or (0, 0)
        for number in range(first, last + 1):
            counted = str(number) if "range" in item else count
            attributes = {str(k): _counted(v, counted) for k, v in (item.get("attributes") or {}).items()}
            dn, rn = _counted(item.get("dn", ""), counted), _counted(item.get("rn", ""), counted)
            entry = _Entry(str(item["class"]), dn, rn, above, attributes, str(item.get("mod_ts", "")))
            yield entry
            yield from _expand(item.get("children") or [], counted, entry)


def _counted(value: object, count: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).replace("{n}", count)


def _missing(entries: list[_Entry], catalogue: Catalogue) -> list[ClassDef]:
    found: dict[str, ClassDef] = {}
    for entry in entries:
        if entry.cls in catalogue or entry.cls in found:
            continue
        rn = entry.rn or (dns.rn(entry.dn) if entry.dn else "")
        if not rn:
            raise ModelError(f"class {entry.cls} is unknown: define it under classes, or give its objects a dn or rn")
        for name, value in entry.attributes.items():
            if value and rn.endswith((f"-{value}", f"-[{value}]")):
                rn = rn.replace(value, f"{{{name}}}")
                break
        found[entry.cls] = ClassDef(entry.cls, rn, config=dict.fromkeys(entry.attributes, ""))
    return list(found.values())
