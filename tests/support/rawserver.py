# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A TCP server that answers HTTP requests with whatever bytes a test gives it, as slowly or endlessly as the test likes.

``with RawServer(answer, …) as server``: the first request gets the first answer, and so on; the last one is repeated.
An answer is bytes (sent, then the connection is closed) or a function that is called with the Peer.
"""

from __future__ import annotations

import base64
import hashlib
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress

OK = b"HTTP/1.1 200 OK\r\n"
EMPTY = b'{"imdata":[]}'


class Peer:
    """One connection, as an answer sees it; ``request`` is the head (and body) that it answers."""

    def __init__(self, server: RawServer, sock: socket.socket) -> None:
        self.server = server
        self.sock = sock
        self.request = b""

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)
        self.server.sent += len(data)

    def dribble(self, data: bytes, pause: float = 0.02) -> None:
        """One byte at a time, again and again, until the client has had enough."""
        while True:
            for at in range(len(data)):
                self.send(data[at : at + 1])
                if self.server.stopping.wait(pause):
                    return

    def flood(self, data: bytes) -> None:
        """The same as fast as it goes, without end."""
        block = data * max(1, 65536 // len(data))
        while not self.server.stopping.is_set():
            self.send(block)

    def wait(self) -> None:
        """Say no more, until the client goes or the test ends."""
        self.sock.settimeout(0.1)
        while not self.server.stopping.is_set():
            try:
                if not self.sock.recv(65536):
                    return
            except TimeoutError:
                continue

    def accept(self) -> bytes:
        """The right Sec-WebSocket-Accept for the request."""
        key = next(line for line in self.request.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key:"))
        digest = hashlib.sha1(key.split(b":", 1)[1].strip() + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
        return base64.b64encode(digest)

    def upgrade(self, after: bytes = b"", more: bytes = b"") -> None:
        """A good 101; ``more`` header lines in it, and the bytes ``after`` it in the same segment."""
        self.send(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + self.accept() + b"\r\n" + more + b"\r\n" + after
        )


Answer = bytes | Callable[[Peer], None]


def reply(body: bytes, *headers: bytes, status: bytes = b"HTTP/1.1 200 OK") -> bytes:
    """A well-formed reply."""
    lines = [status, b"Content-Length: %d" % len(body), *headers, b"", b""]
    return b"\r\n".join(lines) + body


def keep(data: bytes) -> Answer:
    """``data`` on a connection that stays open for the next request."""

    def answer(peer: Peer) -> None:
        peer.send(data)

    return answer


class RawServer:
    def __init__(self, *answers: Answer, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self.sent = 0
        self.stopping = threading.Event()
        self._answers = list(answers)
        self._tls = tls
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])

    def __enter__(self) -> RawServer:
        self._start(self._accept)
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stopping.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(5.0)

    def _start(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads = [each for each in self._threads if each.is_alive()] + [thread]
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _address = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._start(self._serve, sock)

    def _serve(self, sock: socket.socket) -> None:
        sock.settimeout(20.0)
        with suppress(OSError):
            if self._tls is not None:
                sock = self._tls.wrap_socket(sock, server_side=True)
            self._converse(Peer(self, sock))
        with suppress(OSError):
            sock.close()

    def _converse(self, peer: Peer) -> None:
        while not self.stopping.is_set():
            peer.request = _request(peer.sock)
            if not peer.request:
                return
            with self._lock:
                self.requests.append(peer.request)
                answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
            if isinstance(answer, bytes):
                peer.send(answer)
                return
            answer(peer)


def _request(sock: socket.socket) -> bytes:
    """One request, body included; nothing if the client is gone."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = sock.recv(65536)
        if not piece:
            return b""
        data += piece
    head, _end, body = data.partition(b"\r\n\r\n")
    sizes = [int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    while sizes and len(body) < sizes[0]:
        body += sock.recv(65536)
    return head + b"\r\n\r\n" + body
