# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The WebSocket over websocket-client: opened in a thread, then read without blocking when the event loop says so.

The token is the path, raw (PROTOCOL section 2); so no exception text of the library is ever shown. The client sends
nothing but pings, pongs and a close.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

from .errors import EngineError, SessionEnded, Unreachable
from .model import ConnectionOptions
from .rest import proxy_for, transport_error

try:
    import websocket
    from websocket import ABNF, continuous_frame, frame_buffer
except ImportError as import_error:
    WEBSOCKET_IMPORT_ERROR: ImportError | None = import_error
    continuous_frame = frame_buffer = object  # type: ignore[misc,assignment]
else:
    WEBSOCKET_IMPORT_ERROR = None

MAX_MESSAGE = 16 * 1024 * 1024
"""Bytes of one notification, all its fragments together; a larger one ends the socket."""

USER_TIMEOUT = 60
"""Seconds that sent data (our pings) may stay unacknowledged before the kernel ends the connection."""

BURST = 200
"""Messages read in a row before other switches get their turn."""

RECEIVE = 65536


class StreamEnded(Exception):
    """The socket is at its end; ``str()`` says how, in our words."""


class Stream:
    """One open WebSocket. ``open`` blocks; everything else does not."""

    def __init__(self, ws: Any) -> None:
        self._ws = ws
        self.pongs = 0
        self._reader = _Reader(ws.sock)
        ws.frame_buffer = _BoundedFrames(self._reader, True)
        ws.cont_frame = _BoundedMessage(False, True)
        ws.sock.settimeout(0)

    @classmethod
    def open(cls, options: ConnectionOptions, token: str, context: ssl.SSLContext | None) -> Stream:
        """Open ``/socket<token>``; raises SessionEnded where the switch refuses the upgrade, else as RestClient."""
        ws: Any = websocket.WebSocket(sockopt=_socket_options(), sslopt={"context": context} if context else {})
        url = "%s://%s/socket%s" % ("wss" if options.use_ssl else "ws", options.address, token)
        try:
            ws.connect(url, timeout=options.request_timeout, redirect_limit=0, **_proxy(options))
        except websocket.WebSocketBadStatusException as exc:
            status = exc.status_code
            if status >= 500:
                raise Unreachable("%s answers HTTP %d to the WebSocket." % (options.address, status)) from None
            raise SessionEnded("%s refuses the WebSocket (HTTP %d)." % (options.address, status)) from None
        except websocket.WebSocketException as exc:
            raise _refused(exc, options) from None
        except (OSError, ValueError) as exc:
            raise transport_error(exc, options, options.request_timeout) from None
        return cls(ws)

    def fileno(self) -> int:
        return int(self._ws.sock.fileno())

    def messages(self) -> Iterator[bytes]:
        """The messages that are there, BURST at most. ``pending`` tells whether to come back at once.

        :raises StreamEnded: the peer closed, broke the protocol, or sent too much.
        """
        self.pending = False
        for _turn in range(BURST):
            try:
                opcode, frame = self._ws.recv_data_frame(control_frame=True)
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return
            except websocket.WebSocketConnectionClosedException:
                raise StreamEnded("the switch dropped the connection") from None
            except _TooLarge:
                raise StreamEnded("a notification of more than %d MiB" % (MAX_MESSAGE >> 20)) from None
            except websocket.WebSocketException:
                raise StreamEnded("bytes that are no WebSocket frame") from None
            except (OSError, ValueError) as exc:
                raise StreamEnded(_words(exc)) from None
            if opcode == ABNF.OPCODE_CLOSE:
                raise StreamEnded("the switch closed the WebSocket%s" % _close_code(frame.data))
            if opcode == ABNF.OPCODE_PONG:
                self.pongs += 1
            elif opcode in (ABNF.OPCODE_TEXT, ABNF.OPCODE_BINARY):
                yield bytes(frame.data)
        self.pending = True

    def ping(self) -> None:
        """Send a ping; raises StreamEnded if the connection is gone."""
        try:
            self._ws.ping(b"nxapi")
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return
        except (websocket.WebSocketException, OSError) as exc:
            raise StreamEnded(_words(exc)) from None

    def close(self) -> None:
        """Say goodbye without waiting for an answer, and close."""
        if self._ws.sock is None:
            return
        try:
            if self._ws.connected:
                self._ws.send_close()
        except (websocket.WebSocketException, OSError):
            pass
        finally:
            self._ws.shutdown()


class _TooLarge(Exception):
    pass


class _Reader:
    """Hands bytes to the frame parser from one large receive instead of one system call a field."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._data = b""
        self._at = 0

    def __call__(self, size: int) -> bytes:
        if self._at >= len(self._data):
            data = self._sock.recv(RECEIVE)
            if not data:
                raise websocket.WebSocketConnectionClosedException("closed")
            self._data, self._at = data, 0
        piece = self._data[self._at : self._at + size]
        self._at += len(piece)
        return piece


class _BoundedFrames(frame_buffer):
    """websocket-client's frame parser, with a limit on a frame's length before its payload is read."""

    def recv_length(self) -> None:
        super().recv_length()
        if self.length is not None and self.length > MAX_MESSAGE:
            raise _TooLarge


class _BoundedMessage(continuous_frame):
    """The same for a message in fragments."""

    def add(self, frame: Any) -> None:
        if self.cont_data is None and not frame.fin:
            frame.data = bytearray(frame.data)  # grows in place: many small fragments would be copied each time
        super().add(frame)
        if self.cont_data and len(self.cont_data[1]) > MAX_MESSAGE:
            raise _TooLarge


def _socket_options() -> list[tuple[int, int, int]]:
    options = [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
    for name, value in (
        ("TCP_KEEPIDLE", 30),
        ("TCP_KEEPINTVL", 10),
        ("TCP_KEEPCNT", 3),
        ("TCP_USER_TIMEOUT", USER_TIMEOUT * 1000),
    ):
        if hasattr(socket, name):
            options.append((socket.IPPROTO_TCP, getattr(socket, name), value))
    return options


def _proxy(options: ConnectionOptions) -> dict[str, Any]:
    """The proxy that REST uses, as websocket-client wants it; none at all if REST uses none.

    Without a proxy's name it would look into the environment, and without names to bypass, too (1.9.2, its code).
    """
    proxy = proxy_for(options)
    if not proxy:
        return {"http_proxy_host": "none.invalid", "http_proxy_port": 1, "proxy_type": "http", "http_no_proxy": ["*"]}
    parts = urlsplit(proxy)
    settings: dict[str, Any] = {
        "http_proxy_host": parts.hostname,
        "http_proxy_port": parts.port or 80,
        "proxy_type": "http",
        "http_no_proxy": ["none.invalid"],
    }
    if parts.username:
        settings["http_proxy_auth"] = (unquote(parts.username), unquote(parts.password or ""))
    return settings


def _refused(exc: BaseException, options: ConnectionOptions) -> EngineError:
    """websocket-client wraps some socket errors in exceptions of its own."""
    if isinstance(exc, websocket.WebSocketTimeoutException):
        return Unreachable("no answer from %s to the WebSocket." % options.address)
    return transport_error(exc, options, options.request_timeout)


def _close_code(data: bytes) -> str:
    return " (code %d)" % int.from_bytes(data[:2], "big") if len(data) >= 2 else ""


def _words(exc: BaseException) -> str:
    text = getattr(exc, "strerror", None)
    return str(text).lower() if text and not isinstance(exc, ssl.SSLError) else "the connection broke"
