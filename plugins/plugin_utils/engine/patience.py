# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Regular expressions of users, under a limit: one that backtracks without end must not stop all the other waits."""

from __future__ import annotations

import re
import signal
import threading
from types import FrameType

from .errors import InvalidOptions

LIMIT = 1.0
"""Seconds of processor time for one search; an honest one on a switch's value takes microseconds."""


class _TooLong(Exception):
    """The time is up."""


class PatientPattern:
    """A compiled pattern whose search gives up: with InvalidOptions once, and from then on nothing matches.

    The limit holds in the main thread (where the listener's loop runs), since only there Python can interrupt a search.
    """

    def __init__(self, pattern: re.Pattern[str], where: str, limit: float = LIMIT) -> None:
        self._pattern = pattern
        self._where = where
        self._limit = limit
        self._given_up = False

    def search(self, text: str) -> bool:
        if self._given_up:
            return False
        if threading.current_thread() is not threading.main_thread():
            return self._pattern.search(text) is not None
        before = signal.signal(signal.SIGVTALRM, _interrupt)
        try:
            signal.setitimer(signal.ITIMER_VIRTUAL, self._limit)
            try:
                return self._pattern.search(text) is not None
            finally:
                signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        except _TooLong:
            self._given_up = True
            raise InvalidOptions(
                "%s: the regular expression %r takes more than %g s on a value of the switch; write it without a "
                "repetition inside a repetition, such as (a+)+." % (self._where, self._pattern.pattern, self._limit)
            ) from None
        finally:
            signal.signal(signal.SIGVTALRM, before)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise _TooLong
