# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One WebSocket: what is sent on it in order, how it answers pings, and every way in which it can end.

Faults that concern frames (lost, doubled, reordered, late, garbled) are applied here, between the fan-out and the wire.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket as sockets
import struct
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from aiohttp import WSMsgType, web

from .frames import OPCODES, raw_frame

if TYPE_CHECKING:
    from .faults import FrameFaults
    from .sessions import Session
    from .stats import Stats

_LINGER_NONE = struct.pack("ii", 1, 0)
_CLOSE_TIMEOUT = 2.0
_MAX_MESSAGE = 1 << 20
"""A client sends nothing but control frames; what is larger ends the socket."""


def reset(transport: asyncio.BaseTransport | None) -> None:
    """Ends a connection with a TCP reset."""
    if transport is None:
        return
    with contextlib.suppress(OSError, AttributeError):  # a TLS transport that is gone has no socket, nor any answer
        transport.get_extra_info("socket").setsockopt(sockets.SOL_SOCKET, sockets.SO_LINGER, _LINGER_NONE)
    if isinstance(transport, asyncio.Transport):
        transport.abort()


class Socket:
    """An open WebSocket of a session."""

    def __init__(
        self,
        session: Session,
        ws: web.WebSocketResponse,
        transport: asyncio.Transport,
        faults: FrameFaults,
        stats: Stats,
    ) -> None:
        self.session = session
        self.opened = asyncio.get_running_loop().time()
        self._ws = ws
        self._transport = transport
        self._faults = faults
        self._stats = stats
        self._outbox: deque[str | bytes] = deque()
        self._sender: asyncio.Task[None] | None = None
        self.silent = False
        self.ended = False

    # -- out

    def notify(self, text: str) -> None:
        """A notification, through whatever frame faults are on."""
        self._faults.deliver(self, text)

    def push(self, item: str | bytes) -> None:
        """Puts a text frame (str), or bytes for the wire as they are, behind what is already waiting."""
        if self.silent or self.ended:
            return
        self._outbox.append(item)
        if isinstance(item, str):
            self._stats.frame_sent()
        if self._sender is None or self._sender.done():
            self._sender = asyncio.get_running_loop().create_task(self._drain())

    async def _drain(self) -> None:
        with contextlib.suppress(ConnectionError, RuntimeError):
            while self._outbox and not self.ended:
                item = self._outbox.popleft()
                if isinstance(item, str):
                    await self._ws.send_str(item)
                else:
                    self._transport.write(item)

    async def ping(self, period: float) -> None:
        """Gap G12: the switch pings."""
        with contextlib.suppress(ConnectionError, RuntimeError):
            while not self.ended:
                await asyncio.sleep(period)
                if not self.silent:
                    await self._ws.ping(b"")

    # -- in

    async def receive(self, answers: Callable[[], bool]) -> None:
        """Until the peer or the switch ends it. Text from a client means nothing and is passed over."""
        async for message in self._ws:
            if message.type is WSMsgType.PING:
                self._stats.pings += 1
                if answers() and not self.silent:
                    await self._ws.pong(message.data)
        self.ended = True

    # -- the end

    def end(self, mode: str) -> None:
        """``mode``: a close code in digits, ``eof``, ``reset``, ``silent`` (half-open) or ``mid-frame``."""
        if mode == "silent":
            self.silent = True
            self._transport.pause_reading()
            return
        self.ended = True
        if mode == "reset":
            reset(self._transport)
        elif mode == "eof":
            self._transport.close()
        elif mode == "mid-frame":
            self._transport.write(
                raw_frame(OPCODES["text"], b'{"subscriptionId":["' + os.urandom(64).hex().encode())[:40]
            )
            self._transport.close()
        else:
            asyncio.get_running_loop().create_task(self._close(int(mode)))

    async def _close(self, code: int) -> None:
        with contextlib.suppress(ConnectionError, RuntimeError, asyncio.TimeoutError):
            await self._ws.close(code=code)
        self._transport.close()


def prepare_response() -> web.WebSocketResponse:
    """Pings are answered by us, or not at all; no compression is offered, as none was ever seen."""
    response = web.WebSocketResponse(timeout=_CLOSE_TIMEOUT, autoping=False, compress=False, max_msg_size=_MAX_MESSAGE)
    response.headers["Server"] = "nginx"
    return response
