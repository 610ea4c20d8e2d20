# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The blocks of a page of the documentation, and the marks that say how the test runs them.

A mark is a comment before a block, which the reader of the page does not see: `.. test: {skip: "reason"}` in RST,
`<!-- test: {skip: "reason"} -->` in Markdown; more lines of it are indented. `MARKS` lists the keys.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

MARKS = {
    "skip": "why the next block is not run (or is no output)",
    "fails": "the next block that is run fails, and this text is in what it prints",
    "meanwhile": "what happens on the switch while the next block runs: steps of a scenario, each with the line it waits for (see), and where (on, to)",
    "tls": "the inventory's switch speaks TLS",
    "switch": "options of the simulated switches that are started from here on",
    "hosts": "which switches are in the inventory that a page uses without showing it (default: leaf1)",
}
LANGUAGES = ("yaml", "console", "text", "python", "json", "ini", "jinja")

_NAME = re.compile(r"^# ([\w./-]+\.\w+)$")
_MARK = re.compile(r"^\.\. test:(.*)$")
_CODE = re.compile(r"^( *)\.\. (code-block|code|sourcecode|literalinclude|parsed-literal)::\s*(\S*)$")
_LITERAL = re.compile(r"^(?! *\.\. ).*::$")


class PageError(Exception):
    """A page that cannot be run; the text says where and why."""


@dataclass(frozen=True)
class Block:
    """``name`` is the file that it is, by its caption or its first line; ``where`` is page and line."""

    language: str
    name: str
    text: str
    where: str
    marks: dict[str, Any] = field(default_factory=dict)

    def data(self) -> Any:
        return yaml.safe_load(self.text)

    @property
    def is_playbook(self) -> bool:
        return self.language == "yaml" and _each_has(
            self.data(), "hosts", "import_playbook", "ansible.builtin.import_playbook"
        )

    @property
    def is_tasks(self) -> bool:
        return self.language == "yaml" and _each_has(self.data(), "name") and not self.is_playbook

    @property
    def is_inventory(self) -> bool:
        data = self.data() if self.language == "yaml" else None
        return isinstance(data, dict) and bool(data) and all(_is_group(each) for each in data.values())


def _each_has(data: Any, *keys: str) -> bool:
    return isinstance(data, list) and bool(data) and all(isinstance(each, dict) and {*keys} & {*each} for each in data)


def _is_group(data: Any) -> bool:
    return isinstance(data, dict) and bool({"hosts", "children"} & {*data})


def blocks(page: Path) -> list[Block]:
    """In their order. Raises PageError for what nobody could run or skip."""
    read = _markdown if page.suffix == ".md" else _rst
    found = read(page.read_text(encoding="utf-8"), page.name)
    for each in found:
        if each.language not in LANGUAGES:
            raise PageError(f"{each.where}: a block is one of {', '.join(LANGUAGES)}, not {each.language!r}")
    return found


def _mark(text: str, where: str) -> dict[str, Any]:
    mark = yaml.safe_load(text)
    if not isinstance(mark, dict) or not mark or not {*mark} <= {*MARKS}:
        raise PageError(f"{where}: a mark is a map with some of {', '.join(MARKS)}, not {text.strip()}")
    return mark


def _block(language: str, name: str, lines: list[str], where: str, marks: dict[str, Any]) -> Block:
    first = _NAME.match(lines[0].strip()) if lines else None
    return Block(language, name or (first[1] if first else ""), "\n".join(lines) + "\n", where, marks)


def _indented(lines: list[str], start: int, indent: int) -> tuple[list[str], int]:
    """The lines from ``start`` that stand deeper than ``indent``, and where they end."""
    end = start
    while end < len(lines) and (not lines[end].strip() or len(lines[end]) - len(lines[end].lstrip()) > indent):
        end += 1
    body = lines[start:end]
    while body and not body[-1].strip():
        body.pop()
    return body, end


def _dedented(lines: list[str]) -> list[str]:
    depth = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    return [line[depth:] for line in lines]


def _rst(text: str, name: str) -> list[Block]:
    lines, at, marks, found = text.splitlines(), 0, {}, []
    while at < len(lines):
        where = f"{name}:{at + 1}"
        mark, code = _MARK.match(lines[at].strip()), _CODE.match(lines[at])
        if mark:
            more, at = _indented(lines, at + 1, len(lines[at]) - len(lines[at].lstrip()))
            marks |= _mark("\n".join([mark[1], *_dedented(more)]), where)
        elif code:
            body, at = _indented(lines, at + 1, len(code[1]))
            found.append(_directive(code[2], code[3], _dedented(body), where, marks))
            marks = {}
        elif _LITERAL.match(lines[at]):
            raise PageError(f"{where}: a literal block has no language: use code-block")
        else:
            at += 1
    if marks:
        raise PageError(f"{name}: the mark {marks} stands before no block")
    return found


def _directive(kind: str, language: str, lines: list[str], where: str, marks: dict[str, Any]) -> Block:
    if kind != "code-block":
        raise PageError(f"{where}: use code-block, not {kind}")
    options = {}
    while lines and lines[0].startswith(":"):
        option = re.match(r":([\w-]+):\s*(.*)", lines.pop(0))
        if option:
            options[option[1]] = option[2]
    while lines and not lines[0].strip():
        lines.pop(0)
    return _block(language, options.get("caption", ""), lines, where, marks)


def _markdown(text: str, name: str) -> list[Block]:
    found, marks = [], {}
    for part in re.finditer(r"^<!-- test:(.*?)-->$|^```(\w*)\n(.*?)^```$", text, re.M | re.S):
        where = f"{name}:{text.count(chr(10), 0, part.start()) + 1}"
        if part[1]:
            marks |= _mark(part[1], where)
            continue
        found.append(_block(part[2], "", part[3].splitlines(), where, marks))
        marks = {}
    return found
