# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A TCP port that can be closed and opened again as a reloading switch does, with every connection on it in reach.

While closed, the port stays bound by a socket that does not listen: connections are refused and nobody else gets it.
"""

from __future__ import annotations

import asyncio
import socket as sockets
import ssl
from asyncio import sslproto
from collections.abc import Awaitable, Callable

from aiohttp import web

from .sockets import reset

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
_BACKLOG = 1024
_TURNS = 100
_SETTLING_TURNS = 5

sslproto.SSLProtocol.max_size = 16 * 1024
"""Bytes of the buffer that asyncio gives each TLS connection, a record's worth. Its own 256 KiB would make 1,000 switches with
two connections each half a gigabyte."""


class Listener:
    def __init__(self, host: str, port: int, handler: Handler, context: ssl.SSLContext | None = None) -> None:
        self.host = host
        self.port = port
        self._web = web.Server(
            handler, access_log=None, keepalive_timeout=75.0, max_line_size=65536, max_field_size=65536
        )
        self._context = context
        self._server: asyncio.Server | None = None
        self._held: sockets.socket | None = None

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        bound = self._bind(again=self._held is not None)
        self._server = await loop.create_server(self._web, sock=bound, ssl=self._context, backlog=_BACKLOG)
        self._release()

    async def close(self, hold: bool = False) -> None:
        """Stops listening and resets every connection; ``hold`` keeps the port ours."""
        if hold and self._held is None:
            self._held = self._bind(again=True)
        if self._server:
            await self._stop_accepting(self._server)
            self._server.close()
            self._server = None
        self._abort(spare_closing=hold)
        if not hold:
            self._release()
            await self._drained()
            await self._web.shutdown(0.5)

    async def _stop_accepting(self, server: asyncio.Server) -> None:
        """Lets connections that were just accepted get their transport: asyncio loses them when the server closes."""
        for bound in server.sockets:
            asyncio.get_running_loop().remove_reader(bound.fileno())
        for _unused in range(_SETTLING_TURNS):
            await asyncio.sleep(0)

    def _abort(self, spare_closing: bool) -> None:
        """``spare_closing`` lets a connection that is being closed send its last reply: to a request for a reload."""
        for connection in list(self._web.connections):
            transport = connection.transport
            if transport is not None and not (spare_closing and transport.is_closing()):
                reset(transport)

    async def _drained(self) -> None:
        """Until the loop has seen every connection end; they have been reset, so it is a matter of a few turns."""
        for _unused in range(_TURNS):
            await asyncio.sleep(0)
            if not self._web.connections:
                return

    def _bind(self, again: bool) -> sockets.socket:
        """A socket on our port. Only ``again``, beside one of our own, may the port be shared: a first bind must fail
        where another process has it."""
        family = sockets.AF_INET6 if ":" in self.host else sockets.AF_INET
        bound = sockets.socket(family, sockets.SOCK_STREAM)
        bound.setsockopt(sockets.SOL_SOCKET, sockets.SO_REUSEADDR, 1)
        try:
            if again:
                bound.setsockopt(sockets.SOL_SOCKET, sockets.SO_REUSEPORT, 1)
            bound.bind((self.host, self.port))
            bound.setsockopt(sockets.SOL_SOCKET, sockets.SO_REUSEPORT, 1)
        except OSError:
            bound.close()
            raise
        self.port = bound.getsockname()[1]
        return bound

    def _release(self) -> None:
        if self._held:
            self._held.close()
            self._held = None
