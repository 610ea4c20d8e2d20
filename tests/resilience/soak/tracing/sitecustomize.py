# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Put first on a listener's path by `soak.py --trace`: on SIGUSR1 it writes down which lines hold how much memory."""

from __future__ import annotations

import gc
import itertools
import os
import signal
import tracemalloc
from collections import Counter
from pathlib import Path
from typing import Any

FOLDER = os.environ.pop("NXAPI_SOAK_TRACES", "")
MOST = 40
DEPTH = 4
numbers = itertools.count(1)


def write(*arguments: Any) -> None:
    number = next(numbers)
    snapshot = tracemalloc.take_snapshot()
    lines = [str(each) for each in snapshot.statistics("lineno")[:MOST]]
    for each in snapshot.statistics("traceback")[:MOST]:
        lines += [f"{each.size // 1024} KiB in {each.count}:", *each.traceback.format(most_recent_first=True)]
    kinds = Counter(type(each).__name__ for each in gc.get_objects())
    lines += [f"{count:10} {kind}" for kind, count in kinds.most_common(MOST)]
    (Path(FOLDER) / f"{number:03}.txt").write_text("\n".join([*lines, ""]))


if FOLDER:
    tracemalloc.start(DEPTH)
    signal.signal(signal.SIGUSR1, write)
