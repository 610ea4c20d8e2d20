# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``racks``: a thousand simulated switches; ``jobs``: as in the end-to-end tests, whose helpers these are."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e"), str(HERE.parent)]

from jobs import Jobs  # noqa: E402
from racks import Rack, running  # noqa: E402


@pytest.fixture
def racks(tmp_path: Path) -> Iterator[list[Rack]]:
    with ExitStack() as stack:
        yield stack.enter_context(running(tmp_path))


@pytest.fixture
def jobs(tmp_path: Path) -> Iterator[Jobs]:
    made = Jobs(tmp_path)
    yield made
    made.close()
