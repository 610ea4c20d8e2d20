# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A reverse proxy as nginx is one: TLS towards the client, plain bytes towards the switch, and no patience with silence.

It runs in a thread of its own. Connections over which nothing went for ``idle`` seconds are cut: by ``fin`` (as nginx
does), by ``rst``, or ``forgotten`` without a word, as a firewall forgets. While the switch is away it answers a page.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from simulator import tls

BAD_GATEWAY = (
    b"HTTP/1.1 502 Bad Gateway\r\nServer: nginx\r\nContent-Type: text/html\r\nContent-Length: 89\r\nConnection: close\r\n\r\n"
    b"<html><head><title>502 Bad Gateway</title></head><body><center>nginx</center></body></html>"
)[:-2]
_RESET = struct.pack("ii", 1, 0)
_CHUNK = 65536


class Proxy:
    """``cuts`` counts the connections that were cut for their silence, ``pages`` the pages of its own."""

    def __init__(self, upstream: tuple[str, int], idle: float, cut: str) -> None:
        self.upstream = upstream
        self.idle = idle
        self.cut = cut
        self.cuts = self.pages = 0
        self.port = 0
        self._material = tls.make()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    @property
    def ca_path(self) -> str:
        return self._material.ca_path

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accepted, "127.0.0.1", 0, ssl=self._material.context)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._material.remove()

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        with contextlib.suppress(OSError, asyncio.CancelledError):
            await self._serve(reader, writer)
        writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = await reader.read(_CHUNK)
        try:
            above, up = await asyncio.open_connection(*self.upstream)
        except OSError:
            self.pages += 1
            writer.write(BAD_GATEWAY)
            writer.close()
            await writer.wait_closed()
            return
        up.write(first)
        heard = [time.monotonic()]
        flows = [asyncio.ensure_future(_pump(*each, heard)) for each in ((reader, up), (above, writer))]
        try:
            if await self._silent(flows, heard):
                self.cuts += 1
                for flow in flows:
                    flow.cancel()
                await asyncio.wait(flows)
                await self._end(reader, writer)
        finally:
            for flow in flows:
                flow.cancel()
            up.transport.abort()

    async def _silent(self, flows: list[asyncio.Future[None]], heard: list[float]) -> bool:
        """Return when one side has ended (False), or nothing has come for too long."""
        while True:
            left = heard[0] + self.idle - time.monotonic()
            if left <= 0:
                return True
            done, _pending = await asyncio.wait(flows, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            if done:
                return False

    async def _end(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.cut == "rst":
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        elif self.cut == "fin":
            writer.close()
            await writer.wait_closed()
        else:
            while await reader.read(_CHUNK):
                pass


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, heard: list[float]) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(_CHUNK):
            heard[0] = time.monotonic()
            writer.write(data)
            await writer.drain()


@contextmanager
def proxying(upstream: tuple[str, int], idle: float = 60.0, cut: str = "fin") -> Iterator[Proxy]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="proxy", daemon=True)
    thread.start()
    proxy = Proxy(upstream, idle, cut)
    asyncio.run_coroutine_threadsafe(proxy.start(), loop).result(timeout=10)
    try:
        yield proxy
    finally:
        asyncio.run_coroutine_threadsafe(proxy.stop(), loop).result(timeout=10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=10)
        loop.close()
