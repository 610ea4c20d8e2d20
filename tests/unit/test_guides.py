# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tables of the guides that repeat what the code knows: here they are made from the code, and compared.

A table follows a comment `.. list of NAME: the test compares it with the code`. Where one differs the test shows how it should be.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from ansible_collections.nxapi.events.plugins.plugin_utils.engine import interfaces
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.convergence import KINDS, WORDS, Kind
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.errors import REASONS
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.qualifiers import HINTS

ROOT = Path(__file__).resolve().parents[2]
RST = ROOT / "docs" / "docsite" / "rst"

NAMES = (
    *("Ethernet1/1", "Ethernet1/1/1", "Ethernet1/1.100", "port-channel10", "port-channel10.100"),
    *("loopback0", "Vlan100", "mgmt0", "nve1", "Tunnel1"),
)
INFERRED = {"port-channel10.100", "Tunnel1"}


def literal(*words: object) -> str:
    return ", ".join(f"``{word}``" for word in words)


def where(kind: Kind) -> str:
    if kind.dn:
        return f"{literal(kind.dn % '…')} ({literal(kind.cls)})" if kind.cls else literal(kind.dn % "…")
    if kind.single:
        return f"{literal(kind.scope)} ({literal(kind.cls)})"
    return f"class {literal(kind.cls)}, by {literal(kind.attribute)}"


def well(kind: Kind) -> str:
    if not kind.good:
        return "it is there"
    return ", ".join(f"``{attribute}`` {value}" for attribute, value in kind.good.items())


def hints() -> list[list[str]]:
    return [[literal(word), meaning] for word, meaning in HINTS.items()]


def words() -> list[list[str]]:
    doubts = {kind.word: f"inferred: {kind.doubt}" if kind.doubt else "confirmed" for kind in KINDS.values()}
    return [[literal(kind.word), where(kind), well(kind), doubts[kind.word]] for kind in KINDS.values()]


def kinds_of_interface() -> list[list[str]]:
    found = []
    for name in NAMES:
        port = interfaces.parse(name)
        known = "inferred" if name in INFERRED else "confirmed"
        place = f"{literal(port.oper_dn)} ({literal(port.oper_class)})"
        found.append([name, place, f"``{port.oper_attribute}`` {' or '.join(port.up)}", known])
    return found


def rows(page: str, name: str) -> list[list[str]]:
    """The cells of the table, in one line each, without its header."""
    text = (RST / f"{page}.rst").read_text(encoding="utf-8")
    _before, found, after = text.partition(f".. list of {name}: the test compares it with the code\n")
    assert found, f"{page}.rst has no list of {name}"
    table = re.search(r"^\.\. list-table::\n(?:   :.*\n)*\n((?: {3}.*\n|\n)*)", after, re.M)
    assert table
    lines = re.split(r"^ {3}\* ", table[1], flags=re.M)[2:]
    return [[" ".join(cell.split()) for cell in re.split(r"^ *- ", line, flags=re.M)[1:]] for line in lines]


def shown(table: list[list[str]]) -> str:
    return "".join("   * - " + "\n     - ".join(row) + "\n" for row in table)


@pytest.mark.parametrize(
    ("page", "name", "made"),
    [
        ("howto_port", "reasons", hints),
        ("nxos", "words", words),
        ("nxos", "interfaces", kinds_of_interface),
    ],
)
def test_a_table_is_what_the_code_knows(page: str, name: str, made: Callable[[], list[list[str]]]) -> None:
    expected = made()
    assert rows(page, name) == expected, f"{page}.rst, the list of {name} should be:\n{shown(expected)}"


def test_the_reasons_are_all_explained_in_their_order() -> None:
    assert [row[0] for row in rows("howto_trouble", "reasons")] == [literal(reason) for reason in REASONS]


def test_every_word_of_the_filter_is_on_the_page() -> None:
    text = (RST / "nxos.rst").read_text(encoding="utf-8")
    assert [word for word in WORDS if literal(word) not in text] == []


def test_the_release_notes_tell_of_every_plugin_and_role() -> None:
    """`make changelog` writes them."""
    releases = yaml.safe_load((ROOT / "changelogs" / "changelog.yaml").read_text(encoding="utf-8"))["releases"].values()
    told = {each["name"] for release in releases for each in release.get("modules", ())}
    for kind in ("plugins", "objects"):
        told |= {each["name"] for release in releases for new in release.get(kind, {}).values() for each in new}
    kinds = ("modules", "filter", "callback", "lookup")
    plugins = [path for kind in kinds for path in ROOT.glob(f"plugins/{kind}/*.py")]
    files = [*plugins, *ROOT.glob("roles/*/meta/main.yml")]
    there = {path.parents[1].name if path.name == "main.yml" else path.stem for path in files} - {"__init__"}
    assert told == there
