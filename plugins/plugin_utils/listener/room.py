# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many switches and calls fit into the files that the listener may open.

Without a file left, a listener cannot even let a caller in to tell it so, and the caller would wait for ever. So the
files are shared out beforehand, and who does not fit is told.
"""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager

from ..engine.errors import EngineError

MOST_FILES = 65536

OWN = 48
"""Files of the listener's own: Python, event loop, control socket, name lookups, and callers that are being told no."""

A_SWITCH = 4
"""Its socket for callers, REST, the WebSocket, and one for a moment (a probe, a name lookup)."""

SMALLEST = OWN + A_SWITCH + 4


class Room:
    def __init__(self, files: int) -> None:
        self._files = files
        self._free = files - OWN

    @classmethod
    def of_this_process(cls) -> Room:
        """As much as the hard limit allows. Raises EngineError where that is of no use."""
        _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        files = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))
        room = cls(files)
        if files < SMALLEST:
            raise room.full()
        return room

    @contextmanager
    def switch(self) -> Iterator[None]:
        """Room for one more session, for good if it can be served. Raises EngineError where there is none."""
        if self._free < A_SWITCH:
            raise self.full()
        self._free -= A_SWITCH
        try:
            yield
        except BaseException:
            self._free += A_SWITCH
            raise

    @contextmanager
    def call(self) -> Iterator[bool]:
        """Around a call: whether there is room for it."""
        self._free -= 1
        try:
            yield self._free >= 0
        finally:
            self._free += 1

    async def refuse(self, **_given: object) -> object:
        """In the place of any method, for a caller that finds no room."""
        raise self.full()

    def full(self) -> EngineError:
        return EngineError(
            "the listener of this run may have no more than %d files open, too few for so many switches and tasks at "
            "once: raise the limit (ulimit -n %d before ansible-playbook), or lower forks." % (self._files, MOST_FILES)
        )
