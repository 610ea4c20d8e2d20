# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all sessions of one process share."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field

from .journal import Cursors
from .logins import LoginLedger
from .rest import TlsContexts
from .timing import NORMAL, Timing
from .vigil import Vigil


@dataclass
class Surroundings:
    """``wall``: the clock that people read."""

    cursors: Cursors
    ledger: LoginLedger
    contexts: TlsContexts
    executor: Executor
    wall: Callable[[], float]
    timing: Timing = NORMAL
    vigil: Vigil = field(default_factory=Vigil)
