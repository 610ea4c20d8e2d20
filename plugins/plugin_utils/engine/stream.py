# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The WebSocket: opened in a thread, then read without blocking when the event loop says so.

websocket-client makes the handshake, on a connection that is metered; the frames are cut by `frames`, whose work and
memory are bounded whatever the switch sends. The token is the path, raw (PROTOCOL section 2); so no exception text of
a library is ever shown. The client sends nothing but pings, pongs and a close.
"""

from __future__ import annotations

import base64
import http.client
import io
import socket
import ssl
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

from .errors import NotNxapi, SessionEnded, Unreachable
from .frames import CLOSE, PING, PONG, BadFrame, Frames, Message
from .meter import Meter, MeteredConnection, MeteredResponse
from .model import ConnectionOptions
from .rest import proxy_for, transport_error

try:
    import websocket
except ImportError as import_error:
    WEBSOCKET_IMPORT_ERROR: ImportError | None = import_error
else:
    WEBSOCKET_IMPORT_ERROR = None

MAX_HANDSHAKE = 64 * 1024
"""Bytes of the answers to the handshake, and to the CONNECT before it."""

USER_TIMEOUT = 60
"""Seconds that sent data (our pings) may stay unacknowledged before the kernel ends the connection."""

BURST = 20
"""Frames (or receives) in a row before other switches get their turn."""

RECEIVE = 65536

MAX_UNSENT = 1000
"""Bytes of ours that wait for a peer that does not read; beyond them it gets no further frame."""

_LATER = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class StreamEnded(Exception):
    """The socket is at its end; ``str()`` says how, in our words."""


class Stream:
    """One open WebSocket. ``open`` blocks; everything else does not.

    ``frames``: how many came. ``pings``: how many were sent; ``pongs``: the newest of them that was answered.
    """

    def __init__(self, sock: socket.socket) -> None:
        self.frames = 0
        self.pings = 0
        self.pongs = 0
        self.pending = False
        self._emptied = False
        self._sock = sock
        self._open = True
        self._frames = Frames()
        self._unsent = bytearray()
        self._asked: bytes | None = None
        sock.settimeout(0)

    @classmethod
    def open(cls, options: ConnectionOptions, token: str, context: ssl.SSLContext | None) -> Stream:
        """Open ``/socket<token>``, all within ``request_timeout``.

        :raises EngineError: SessionEnded where the switch refuses the upgrade, else as RestClient.request.
        """
        meter = Meter(MAX_HANDSHAKE)
        meter.start(options.request_timeout)
        try:
            sock = _connect(options, context, meter)
            try:
                _handshake(options, token, sock, meter)
            except BaseException:
                sock.close()
                raise
        except websocket.WebSocketTimeoutException:
            failure = transport_error(TimeoutError(), options, options.request_timeout)
        except websocket.WebSocketException:
            failure = NotNxapi(
                "%s answers the WebSocket's handshake as no WebSocket server does. Is there a proxy in between?"
                % options.address
            )
        except (http.client.HTTPException, OSError, ValueError) as exc:
            failure = transport_error(exc, options, options.request_timeout)
        else:
            return cls(sock)
        raise failure  # out here it is without context: the library's may hold the request line, and so the token

    def fileno(self) -> int:
        return self._sock.fileno()

    def messages(self) -> Iterator[bytes]:
        """The messages that are there, BURST at most. ``pending`` tells whether to come back at once.

        :raises StreamEnded: the peer closed, broke the protocol, or sent too much.
        """
        self.pending = self._emptied = False
        for _turn in range(BURST):
            try:
                found = self._frames.step()
                if not found:
                    if self._emptied:
                        break
                    found = self._receive()
            except _LATER:
                break
            except BadFrame as exc:
                raise StreamEnded(str(exc)) from None
            except (OSError, ValueError) as exc:
                raise StreamEnded(_words(exc)) from None
            if not isinstance(found, Message):
                continue
            if found.opcode == CLOSE:
                raise StreamEnded("the switch closed the WebSocket%s" % _close_code(found.data))
            self.frames += 1
            if found.opcode == PONG:
                self._answered(found.data)
            elif found.opcode == PING:
                self._asked = found.data
            else:
                yield found.data
        else:
            self.pending = True
        self._answer()

    def _receive(self) -> bool:
        data = self._sock.recv(RECEIVE)
        if not data:
            raise StreamEnded("the switch dropped the connection")
        self._frames.feed(data)
        # What comes later makes the event loop call again, so another receive would find nothing.
        held = self._sock.pending() if isinstance(self._sock, ssl.SSLSocket) else 0
        self._emptied = len(data) < RECEIVE and not held
        return True

    def _answer(self) -> None:
        """A pong to the last of the pings that have come, which RFC 6455 allows."""
        if self._asked is not None:
            data, self._asked = self._asked, None
            self._send(PONG, data)

    def ping(self) -> int:
        """Send a ping and return its number; raises StreamEnded if the connection is gone."""
        self.pings += 1
        self._send(PING, b"nxapi %d" % self.pings)
        return self.pings

    def _answered(self, data: bytes) -> None:
        """A pong says which ping it answers, and with it those before (RFC 6455, 5.5.3); any other is a heartbeat."""
        number = data.removeprefix(b"nxapi ")
        if number != data and number.isdigit() and self.pongs < int(number) <= self.pings:
            self.pongs = int(number)

    def _send(self, opcode: int, data: bytes) -> None:
        """What the kernel does not take now goes before the next: half a frame would spoil all that follow."""
        try:
            self._flush()
            if len(self._unsent) < MAX_UNSENT:
                self._unsent += websocket.ABNF.create_frame(data, opcode).format()
                self._flush()
        except _LATER:
            return
        except (OSError, ValueError) as exc:
            raise StreamEnded(_words(exc)) from None

    def _flush(self) -> None:
        while self._unsent:
            del self._unsent[: self._sock.send(self._unsent)]

    def close(self) -> None:
        """Say goodbye without waiting for an answer, and close."""
        if not self._open:
            return
        self._open = False
        try:
            self._send(CLOSE, (1000).to_bytes(2, "big"))
        except StreamEnded:
            pass
        finally:
            self._sock.close()


class _Tunnel(MeteredConnection, http.client.HTTPConnection):  # type: ignore[misc]
    """A TCP connection, through a proxy's CONNECT if there is one."""


def _connect(options: ConnectionOptions, context: ssl.SSLContext | None, meter: Meter) -> socket.socket:
    """TCP, the proxy that REST uses, and TLS."""
    proxy = proxy_for(options)
    if proxy:
        parts = urlsplit(proxy if "//" in proxy else "//" + proxy)
        tunnel = _Tunnel(parts.hostname or "", parts.port or 80, timeout=meter.seconds())
        tunnel.set_tunnel(options.host.strip("[]"), options.port, _proxy_authorization(parts.username, parts.password))
    else:
        tunnel = _Tunnel(options.host.strip("[]"), options.port, timeout=meter.seconds())
    tunnel.meter = meter
    try:
        tunnel.connect()
        sock: socket.socket = tunnel.sock
        for option in _socket_options():
            sock.setsockopt(*option)
        sock.settimeout(meter.seconds())
        return context.wrap_socket(sock, server_hostname=options.host.strip("[]")) if context else sock
    except BaseException:
        tunnel.close()
        raise


def _proxy_authorization(username: str | None, password: str | None) -> dict[str, str]:
    if not username:
        return {}
    text = "%s:%s" % (unquote(username), unquote(password or ""))
    return {"Proxy-Authorization": "Basic " + base64.b64encode(text.encode()).decode()}


def _handshake(options: ConnectionOptions, token: str, sock: socket.socket, meter: Meter) -> None:
    ws: Any = websocket.WebSocket()
    url = "%s://%s/socket%s" % ("wss" if options.use_ssl else "ws", options.address, token)
    ws.connect(url, socket=_Opening(options, sock, meter), timeout=options.request_timeout, redirect_limit=0)


class _Opening:
    """The socket as websocket-client sees it.

    The switch's answer is read here, and only what the handshake needs of it is passed on: the library would keep
    cookies for all switches of the process, read the body of a refusal without a limit, and wait for each byte anew.
    """

    def __init__(self, options: ConnectionOptions, sock: socket.socket, meter: Meter) -> None:
        self._address = options.address
        self._sock = sock
        self._meter = meter
        self._answer: io.BytesIO | None = None

    def send(self, data: bytes) -> int:
        self._sock.settimeout(self._meter.seconds())
        self._sock.sendall(data)
        return len(data)

    def recv(self, size: int) -> bytes:
        if self._answer is None:
            self._answer = io.BytesIO(self._head())
        return self._answer.read(size)

    def _head(self) -> bytes:
        """Raises what a refusal means: nobody publishes how a bad token is refused (G3), so any is taken for that."""
        with MeteredResponse(self._sock, self._meter, ahead=1) as response:
            response.begin()
            if response.status >= 500:
                raise Unreachable("%s answers HTTP %d to the WebSocket." % (self._address, response.status))
            if response.status != 101:
                raise SessionEnded("%s refuses the WebSocket (HTTP %d)." % (self._address, response.status))
            lines = []
            for name in ("Upgrade", "Connection", "Sec-WebSocket-Accept"):
                value = response.getheader(name, "").encode("ascii", "ignore").decode()
                lines.append("%s: %s" % (name, " ".join(value.split())))
        return "\r\n".join(["HTTP/1.1 101 Switching Protocols", *lines, "", ""]).encode()

    def gettimeout(self) -> float:
        return self._meter.seconds()

    def close(self) -> None:
        """The socket belongs to who opened it."""


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


def _close_code(data: bytes) -> str:
    return " (code %d)" % int.from_bytes(data[:2], "big") if len(data) >= 2 else ""


def _words(exc: BaseException) -> str:
    text = getattr(exc, "strerror", None)
    return str(text).lower() if text and not isinstance(exc, ssl.SSLError) else "the connection broke"
