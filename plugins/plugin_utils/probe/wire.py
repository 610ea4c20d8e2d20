# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The engine's transports with what only a probe wants to know: the cookies of a reply, pings, and how a socket ended."""

from __future__ import annotations

import select
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast

from ..engine.codec import decode
from ..engine.errors import BadDocument
from ..engine.frames import CLOSE, PING, PONG, BadFrame, Message
from ..engine.model import ConnectionOptions, Document
from ..engine.rest import Reply, RestClient
from ..engine.stream import Stream, StreamEnded

_RECEIVE = 65536
_NO_CODE = "1005"
"""What RFC 6455 calls a close frame without a code."""


class Rest(RestClient):
    """``cookies``: the Set-Cookie headers of the last reply, ``server``: its Server, ``body``: all of it. ``seconds``: how long
    it took."""

    def __init__(self, options: ConnectionOptions, context: ssl.SSLContext | None) -> None:
        super().__init__(options, context)
        self.cookies: list[str] = []
        self.server = ""
        self.body = b""
        self.seconds = 0.0

    def request(self, method: str, target: str, cookie: str | None = None, body: bytes | None = None) -> Reply:
        started = time.monotonic()
        try:
            return super().request(method, target, cookie, body)
        finally:
            self.seconds = time.monotonic() - started

    def _reply(self, response: Any, data: bytes) -> Reply:
        self.cookies = list(response.raw.headers.getlist("Set-Cookie"))
        self.server = response.headers.get("Server", "")
        self.body = data
        return super()._reply(response, data)


@dataclass(frozen=True)
class Event:
    """``kind``: message, ping, pong or end."""

    kind: str
    at: float
    document: Document | None = None

    def names(self, sid: str) -> bool:
        return self.document is not None and sid in self.document.subscription_ids

    def carries(self, attribute: str, value: str) -> bool:
        return self.document is not None and any(mo.get(attribute) == value for mo in self.document.objects)


class Socket(Stream):
    """A WebSocket that is listened to for a time. ``ended``: a close code in digits, eof, reset or broken; empty while open."""

    def __init__(self, sock: Any) -> None:
        super().__init__(sock)
        self.opened = time.monotonic()
        self.ended = ""
        self.heard: list[Event] = []

    @classmethod
    def open(cls, options: ConnectionOptions, token: str, context: ssl.SSLContext | None) -> Socket:
        return cast(Socket, super().open(options, token, context))

    def listen(self, seconds: float, wanted: Callable[[Event], bool] = lambda event: False) -> Event | None:
        """The first event that is wanted; None after so many seconds, or at the end of the socket."""
        until = time.monotonic() + seconds
        while not self.ended:
            event = self._next(until)
            if event is None:
                return None
            self.heard.append(event)
            if wanted(event):
                return event
        return None

    def answers(self, seconds: float) -> float | None:
        """Seconds until the pong to a ping of ours; None if there was none."""
        started = time.monotonic()
        with suppress(StreamEnded):
            self.ping()
        event = self.listen(seconds, lambda each: each.kind == "pong")
        return event.at - started if event else None

    def _next(self, until: float) -> Event | None:
        while not self.ended:
            try:
                found = self._frames.step()
            except BadFrame:
                self.ended = "broken"
                break
            if isinstance(found, Message):
                return self._event(found)
            if not found and not self._received() and not self._ready(until - time.monotonic()):
                return None
        return Event("end", time.monotonic())

    def _received(self) -> bool:
        """Whether there was something, the end included. TLS calls a reset an end on Python 3.11, so the kernel is asked first."""
        reset = bool(self._ready(0.0) & select.POLLERR)
        try:
            data = self._sock.recv(_RECEIVE)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return False
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
            data = b""
        except OSError as exc:
            self.ended = "broken" if isinstance(exc, ssl.SSLError) else "reset"
            return True
        if data:
            self._frames.feed(data)
        else:
            self.ended = "reset" if reset else "eof"
        return True

    def _ready(self, seconds: float) -> int:
        """What poll() says of the socket, 0 for nothing. select() knows no file above 1023."""
        waiting = select.poll()
        waiting.register(self._sock, select.POLLIN)
        found = waiting.poll(max(0.0, seconds) * 1000)
        return found[0][1] if found else 0

    def _event(self, message: Message) -> Event:
        now = time.monotonic()
        if message.opcode == CLOSE:
            self.ended = str(int.from_bytes(message.data[:2], "big")) if len(message.data) >= 2 else _NO_CODE
            return Event("end", now)
        if message.opcode == PING:
            with suppress(StreamEnded):  # the next read tells how
                self._send(PONG, message.data)
            return Event("ping", now)
        if message.opcode == PONG:
            return Event("pong", now)
        try:
            return Event("message", now, decode(message.data))
        except BadDocument:
            return Event("message", now)
