# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the callback task_marks keeps what it has noted, and the lookup of that name finds it: a file for each host.

It is in the temporary folder of the run, which is the same in every process of it, 0700, and removed by core at the end.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from ansible import constants as C

Mark = dict[str, str]


def _file(host: str) -> Path:
    name = hashlib.sha256(host.encode()).hexdigest() + ".jsonl"
    return Path(C.DEFAULT_LOCAL_TMP) / "nxapi_events_task_marks" / name


def note(host: str, mark: Mark) -> None:
    file = _file(host)
    file.parent.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "a", encoding="utf-8") as opened:
        opened.write(json.dumps(mark) + "\n")


def noted(host: str) -> list[Mark]:
    try:
        text = _file(host).read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    return [json.loads(line) for line in text.splitlines()]
