# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What bytes of a switch may reach, each as a function of the bytes that raises only where we break a promise.

tests/resilience/fuzz/fuzz_bytes.py gives them bytes without end, test_corpus.py those that were found worth keeping.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from ansible_collections.nxapi.events.plugins.plugin_utils.engine import codec
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.errors import BadDocument, EngineError
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.frames import CLOSE, BadFrame, Frames, Message
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.model import ConnectionOptions, Document
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.rest import Reply, RestClient
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.router import Router
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.stream import Stream, StreamEnded

from .rawserver import Peer, RawServer, reply

TOKEN = "SeCrEtToKeN"
FIXTURES = Path(__file__).resolve().parents[1] / "unit" / "fixtures" / "payloads"
ACCEPT = b"ACCEPT"
"""In a handshake it stands for the right Sec-WebSocket-Accept, which no fuzzer would guess."""


def document(data: bytes) -> None:
    """`decode`, and what is done with a Document before anybody has looked at it."""
    try:
        found = codec.decode(data)
    except BadDocument:
        return
    assert isinstance(found, Document)
    for mo in found.objects:
        "".join([mo.cls, mo.dn, mo.status, *mo.attributes, *mo.attributes.values()]).encode()
    codec.distinct(found.objects)
    codec.token_of(found)
    router = Router()
    with suppress(BadDocument):
        router.deliver(found, 0.0, 0.0)


def frames(data: bytes) -> None:
    """The bytes after the handshake, on a socket: they mean the same however they are cut into pieces."""
    piece = 1 + data[0] % 16 if data else 1
    assert _heard(data[1:]) == _cut(data[1:], piece)


def _heard(data: bytes) -> tuple[list[bytes], bool]:
    """The messages of a Stream, and whether it ended."""
    ours, peer = socket.socketpair()
    stream = Stream(ours)
    found: list[bytes] = []
    try:
        peer.sendall(data)
        found += stream.messages()
        while stream.pending:
            found += stream.messages()
        return found, False
    except StreamEnded as exc:
        assert str(exc)
        return found, True
    finally:
        stream.close()
        peer.close()


def _cut(data: bytes, piece: int) -> tuple[list[bytes], bool]:
    parser = Frames()
    found: list[bytes] = []
    try:
        for at in range(0, len(data), piece):
            parser.feed(data[at : at + piece])
            while step := parser.step():
                if isinstance(step, Message) and step.opcode == CLOSE:
                    return found, True
                if isinstance(step, Message) and step.opcode < CLOSE:
                    found.append(step.data)
    except BadFrame:
        return found, True
    return found, False


class _Answering:
    """A server that answers the next request, or handshake, with the bytes it was last given, and closes."""

    def __init__(self) -> None:
        self._next = b""
        self._server = RawServer(self._answer).__enter__()
        self.options = ConnectionOptions(
            "127.0.0.1", self._server.port, "admin", "SeCrEtPaSs", False, use_proxy=False, request_timeout=5.0
        )

    def give(self, data: bytes) -> ConnectionOptions:
        self._next = data
        return self.options

    def _answer(self, peer: Peer) -> None:
        data = self._next
        if ACCEPT in data and b"Sec-WebSocket-Key" in peer.request:
            data = data.replace(ACCEPT, b"Sec-WebSocket-Accept: " + peer.accept())
        peer.send(data)
        peer.sock.close()


_answering: list[_Answering] = []


def _answers(data: bytes) -> ConnectionOptions:
    if not _answering:
        _answering.append(_Answering())
    return _answering[0].give(data)


def _is_clear(error: EngineError) -> None:
    text = str(error)
    assert "SeCrEt" not in text and text.endswith((".", "?")) and "\n" not in text and len(text) < 300, text


def http(data: bytes) -> None:
    """The reply to a REST request."""
    client = RestClient(_answers(data), None)
    try:
        assert isinstance(client.request("GET", "/api/mo/sys.json", TOKEN), Reply)
    except EngineError as error:
        _is_clear(error)
    finally:
        client.close()


def handshake(data: bytes) -> None:
    """The answer to the WebSocket's handshake."""
    try:
        Stream.open(_answers(data), TOKEN, None).close()
    except EngineError as error:
        _is_clear(error)


def seeds(target: str) -> Iterator[bytes]:
    """To begin with: our recordings, as the target gets them."""
    for path in sorted(FIXTURES.glob("*.json")):
        wire = json.loads(path.read_text(encoding="utf-8"))["wire"].encode()
        if target == "document":
            yield wire
        elif target == "frames":
            short = wire[:100]
            yield b"\x07\x89\x01?\x01" + bytes([len(short)]) + short + b"\x80\x00" + b"\x82\x02{}\x88\x02\x03\xe8"
        elif target == "http":
            yield reply(wire, b"Content-Type: application/json", b"Set-Cookie: APIC-cookie=x; path=/")
            yield b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(wire), wire)
    if target == "handshake":
        head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        yield head + ACCEPT + b"\r\n\r\n\x81\x02{}"
        yield head + b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
        yield b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno"
