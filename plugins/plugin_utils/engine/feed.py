# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The WebSocket of a session in the event loop: at most one at a time, its messages handed on as they come."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor

from .errors import Interrupted
from .model import ConnectionOptions
from .rest import TlsContexts
from .signals import Signal
from .stream import Stream, StreamEnded


class Feed:
    """``ponged`` fires when a ping was answered, and when there is no socket any more to answer one. ``heard``: when
    (monotonic) the last socket opened, or a frame last came on it; its end does not count.

    ``message`` is called with each notification's bytes, ``ended`` with how it ended, unless we closed it."""

    def __init__(
        self,
        options: ConnectionOptions,
        contexts: TlsContexts,
        executor: Executor,
        message: Callable[[bytes], None],
        ended: Callable[[str], None],
    ) -> None:
        self.stream: Stream | None = None
        self.ponged = Signal()
        self.heard = float("-inf")
        self._pongs = 0
        self._frames = 0
        self._options = options
        self._contexts = contexts
        self._executor = executor
        self._message = message
        self._ended = ended
        self._opening = asyncio.Lock()
        self._closings = 0

    async def open(self, token: Callable[[], str]) -> bool:
        """Open one if there is none; whether there was none. Raises as Stream.open and ``token``, and Interrupted."""
        async with self._opening:
            if self.stream is not None:
                return False
            loop, closings = asyncio.get_running_loop(), self._closings
            context = self._contexts.get(self._options)
            opening = loop.run_in_executor(self._executor, Stream.open, self._options, token(), context)
            try:
                stream = await asyncio.shield(opening)
            except asyncio.CancelledError:
                opening.add_done_callback(_discard)
                raise
            if closings != self._closings:
                stream.close()
                raise Interrupted("the session was lost while the WebSocket opened")
            self.stream, self._pongs, self._frames, self.heard = stream, 0, 0, loop.time()
            loop.add_reader(stream.fileno(), self._readable, stream)
            loop.call_soon(self._readable, stream)  # TLS may have decrypted a frame with the handshake's answer
            return True

    def close(self) -> None:
        """Close it; one that is being opened will not be used."""
        self._closings += 1
        stream, self.stream = self.stream, None
        if stream is not None:
            asyncio.get_running_loop().remove_reader(stream.fileno())
            stream.close()
            self.ponged.fire()

    def _readable(self, stream: Stream) -> None:
        if stream is not self.stream:
            return
        try:
            for data in stream.messages():
                self._hear(stream)
                self._message(data)
                if stream is not self.stream:
                    return
        except StreamEnded as exc:
            self._hear(stream)
            self._ended(str(exc))
            return
        self._hear(stream)
        if stream.pongs != self._pongs:
            self._pongs = stream.pongs
            self.ponged.fire()
        if stream.pending:
            asyncio.get_running_loop().call_soon(self._readable, stream)

    def _hear(self, stream: Stream) -> None:
        if stream.frames != self._frames:
            self._frames, self.heard = stream.frames, asyncio.get_running_loop().time()


def _discard(opening: asyncio.Future[Stream]) -> None:
    """A socket that opened after nobody wanted it any more."""
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()
