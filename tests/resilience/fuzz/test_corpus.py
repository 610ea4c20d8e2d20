# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fuzzer's seeds, and each input that it (or anybody) found worth keeping, once more and without the fuzzer."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from support import fuzztargets

CORPUS = Path(__file__).resolve().parent / "corpus"
TARGETS: dict[str, Callable[[bytes], None]] = {
    "document": fuzztargets.document,
    "frames": fuzztargets.frames,
    "http": fuzztargets.http,
    "handshake": fuzztargets.handshake,
}
KEPT = [
    pytest.param(path.parent.name, path, id="%s-%s" % (path.parent.name, path.stem))
    for path in sorted(CORPUS.glob("*/*.bin"))
]


@pytest.mark.parametrize("target", TARGETS)
def test_the_recordings_are_handled(target: str) -> None:
    seeds = list(fuzztargets.seeds(target))
    assert len(seeds) > 2
    for seed in seeds:
        TARGETS[target](seed)


@pytest.mark.parametrize(("target", "path"), KEPT)
def test_what_was_found_once_is_handled(target: str, path: Path) -> None:
    began = time.process_time()
    TARGETS[target](path.read_bytes())
    assert time.process_time() - began < 2.0


def test_the_fuzzer_knows_the_same_targets_and_a_folder_of_each_is_kept() -> None:
    """The fuzzer itself can be imported only where atheris is."""
    source = (Path(__file__).resolve().parent / "fuzz_bytes.py").read_text(encoding="utf-8")
    assert all('    "%s": fuzztargets.%s,' % (name, name) in source for name in TARGETS)
    assert {path.name for path in CORPUS.iterdir()} == set(TARGETS)


def test_each_kept_input_is_named_as_bytes() -> None:
    """By the name's end ansible-test sees that a file is no text, whose line endings it would judge."""
    assert {path.suffix for path in CORPUS.glob("*/*")} == {".bin"}
