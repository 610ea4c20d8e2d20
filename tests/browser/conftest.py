# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``browser``: a real headless Chromium; ``drawn``: a record as a page in a file."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent / "e2e")]

from ansible_collections.nxapi.events.plugins.filter.timeline import timeline  # noqa: E402
from support.chromium import Browser  # noqa: E402


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    program = os.environ.get("BROWSER")
    if not program:
        pytest.fail("There is no browser to test in: run these tests by make browser, or name a Chromium in BROWSER.")
    started = Browser(program, tmp_path_factory.mktemp("profile"))
    yield started
    started.close()


@pytest.fixture
def browser(chromium: Browser) -> Iterator[Browser]:
    """Whatever a test looks at: no error and no request but for the file itself."""
    chromium.errors.clear()
    chromium.requests.clear()
    yield chromium
    assert chromium.errors == []
    assert all(each.startswith("file:") for each in chromium.requests), chromium.requests


@pytest.fixture
def drawn(tmp_path: Path) -> Callable[[object], Path]:
    def draw(record: object) -> Path:
        file = tmp_path / "timeline.html"
        file.write_text(timeline(record), encoding="utf-8")
        return file

    return draw
