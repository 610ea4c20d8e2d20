# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every page of the guides and every role's README is read by a `Reader`, who does what it says and compares what it shows.

docs_page.py says how to mark a block, docs_run.py what is run and what is replaced.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import Start
from docs_page import Block, PageError, blocks
from docs_run import Reader, missing
from playing import COLLECTION, Player

PAGES = sorted((COLLECTION / "docs" / "docsite" / "rst").glob("*.rst"))
READMES = sorted(COLLECTION.glob("roles/*/README.md"))
CONTENTS = ("howto.rst",)
"""Pages that are a table of contents."""
LONG = ("costs.rst",)
"""Pages whose one command takes too long for a test."""


def name_of(page: Path) -> str:
    return page.stem if page.suffix == ".rst" else page.parent.name


@pytest.mark.parametrize("page", [page for page in (*PAGES, *READMES) if page.name not in CONTENTS], ids=name_of)
def test_page(page: Path, player: Player, start: Start) -> None:
    reader = Reader(page, player, start)
    reader.read()
    assert bool(reader.runs) is (page.name not in LONG), f"{page.name} runs nothing"


@pytest.mark.parametrize("name", CONTENTS)
def test_a_table_of_contents_has_nothing_to_run(name: str) -> None:
    (page,) = [page for page in PAGES if page.name == name]
    assert blocks(page) == [] and ".. toctree::" in page.read_text()


def read(tmp_path: Path, text: str) -> list[Block]:
    page = tmp_path / "page.rst"
    page.write_text(text)
    return blocks(page)


def test_marks_and_names(tmp_path: Path) -> None:
    text = """
.. test:
    skip: as it is
    fails: "so it is"

.. code-block:: yaml
   :caption: play.yml

    - hosts: all

Then:

.. code-block:: yaml

    # other.yml
    - hosts: all
"""
    first, second = read(tmp_path, text)
    assert (first.name, first.marks) == ("play.yml", {"skip": "as it is", "fails": "so it is"})
    assert (second.name, second.marks, second.is_playbook) == ("other.yml", {}, True)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (".. test: {skipp: x}\n\n.. code-block:: yaml\n\n    a: 1\n", "a mark is a map with some of skip"),
        (".. test: {skip: x}\n\nText.\n", "stands before no block"),
        (".. code-block:: bash\n\n    ls\n", "not 'bash'"),
        ("So::\n\n    ls\n", "a literal block has no language"),
        (".. literalinclude:: x.yml\n", "use code-block"),
    ],
)
def test_what_nobody_would_run_is_refused(tmp_path: Path, text: str, what: str) -> None:
    with pytest.raises(PageError, match=re.escape(what)):
        read(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("yaml\n\n    until: {operSt: up}\n", "neither run nor skipped"),
        ("yaml\n   :caption: vars.yml\n\n    a: 1\n", "nothing on the page uses vars.yml"),
        ("console\n\n    ls\n", "begins with `$ `"),
        ("console\n\n    $ nosuchprogram\n", "does not know how to run nosuchprogram"),
    ],
)
def test_a_block_is_run_or_skipped(tmp_path: Path, player: Player, start: Start, text: str, what: str) -> None:
    page = tmp_path / "page.rst"
    page.write_text(f".. code-block:: {text}")
    with pytest.raises(PageError, match=re.escape(what)):
        Reader(page, player, start).read()


def test_a_playbook_that_fails_unannounced_and_output_that_did_not_come_are_noticed(
    tmp_path: Path, player: Player, start: Start
) -> None:
    page = tmp_path / "page.rst"
    play = "    - name: Fail\n      ansible.builtin.fail: {msg: oh dear}\n"
    page.write_text(f".. code-block:: yaml\n\n{play}")
    with pytest.raises(AssertionError, match="rc 2"):
        Reader(page, player, start).read()


def test_output_is_compared_but_for_times_and_folding() -> None:
    printed = "PLAY [x] ******\n\nleaf1 a: up after 3.2 s\nleaf1 b: a long line\nat 2026-01-01T00:00:00.000Z\n"
    assert missing("PLAY [x] ***\nleaf1 a: up after 5 s\n", printed) == ""
    assert missing("leaf1 b: a\n   long line\n...\nat 2025-12-31T01:02:03Z\n", printed) == ""
    assert missing("leaf1 a: down after 5 s\n", printed) == "leaf1 a: down after N s"
    assert missing("leaf1 b: a long line\nleaf1 a: up after 3 s\n", printed) == "leaf1 a: up after N s"
