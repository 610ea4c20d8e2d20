# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A TLS front before a plain switch, that shows another certificate from some connection on.

REST keeps its first connection open, so ``Front(switch, (good, bad))`` is a switch whose REST is fine and whose WebSocket
meets the certificate ``bad``. ``heard`` is what clients said to it, decrypted, by connection. It can be a proxy, too:
whatever CONNECT asks for, it is the front that answers. Threads, blocking sockets.
"""

from __future__ import annotations

import selectors
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType

from simulator import tls
from simulator.thread import Handle

SECONDS = 20.0
"""Nothing here takes so long; a peer that is silent for it is given up."""


class Front:
    """The n-th connection is shown the n-th certificate, the ones after that the last. A connection without a byte
    (a probe) does not count."""

    def __init__(self, switch: Handle, certificates: tuple[tls.Material, ...]) -> None:
        self.heard: list[bytes] = []
        self.asked_for: list[str] = []
        self._switch = (switch.host, switch.port)
        self._certificates = certificates
        self._lock = threading.Lock()
        self._server = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._server.getsockname()[1]
        self._threads: list[threading.Thread] = []
        self._sockets: set[socket.socket] = {self._server}
        self._begin(self._accept)

    def __enter__(self) -> Front:
        return self

    def __exit__(self, *_raised: type[BaseException] | BaseException | TracebackType | None) -> None:
        for each in tuple(self._sockets):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in self._threads:
            thread.join(SECONDS)

    def show(self, *certificates: tls.Material) -> None:
        """From now on."""
        with self._lock:
            self._certificates = (*[certificates[0]] * len(self.heard), *certificates)

    def cut(self) -> None:
        """Resets every connection that is open."""
        for each in tuple(self._sockets - {self._server}):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _begin(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _address = self._server.accept()
            except OSError:
                return
            self._begin(self._connected, client)

    def _connected(self, client: socket.socket) -> None:
        client.settimeout(SECONDS)
        self._sockets.add(client)
        with suppress(OSError), client:
            first = client.recv(1, socket.MSG_PEEK)
            if first == b"C":
                self.asked_for.append(_connect(client))
            if not client.recv(1, socket.MSG_PEEK):
                return
            with self._lock:
                number = len(self.heard)
                self.heard.append(b"")
                certificate = self._certificates[min(number, len(self._certificates) - 1)]
            with certificate.context.wrap_socket(client, server_side=True) as open_client:
                self._sockets.add(open_client)
                with socket.create_connection(self._switch, SECONDS) as switch:
                    self._pass(number, open_client, switch)

    def _pass(self, number: int, client: ssl.SSLSocket, switch: socket.socket) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(client, selectors.EVENT_READ)
            selector.register(switch, selectors.EVENT_READ)
            while True:
                ready = [client] if client.pending() else [key.fileobj for key, _events in selector.select(SECONDS)]
                for each in ready:
                    data = each.recv(65536)  # type: ignore[union-attr]
                    if not data:
                        return
                    if each is client:
                        self.heard[number] += data
                    (switch if each is client else client).sendall(data)


def _connect(client: socket.socket) -> str:
    """Answers CONNECT; what it asks for."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += client.recv(1)
    client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
    return head.split(b" ")[1].decode()


@contextmanager
def certificates(*faults: str) -> Iterator[tuple[tls.Material, ...]]:
    """A certificate for each fault ("none" is a good one), each of a CA of its own."""
    made = [tls.make(fault) for fault in faults]
    try:
        yield tuple(made)
    finally:
        for each in made:
            each.remove()


def bundle(file: Path, *trusted: tls.Material) -> str:
    """A file with the CAs that are trusted. That of an unknown-ca is another than the one that signed."""
    file.write_bytes(b"".join(Path(each.ca_path).read_bytes() for each in trusted))
    return str(file)
