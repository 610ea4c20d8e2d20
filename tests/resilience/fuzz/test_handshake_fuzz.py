# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever answers the WebSocket's handshake: an open socket or a clear error, in bounded time, from bounded memory."""

from __future__ import annotations

import time
from typing import Any

import pytest
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.errors import (
    EngineError,
    NotNxapi,
    SessionEnded,
    Unreachable,
)
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.model import ConnectionOptions
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.stream import MAX_HANDSHAKE, Stream
from hypothesis import given, settings
from hypothesis import strategies as st
from support.rawserver import Answer, Peer, RawServer, reply

TOKEN = "SeCrEt/ToKeN+=="
TIMEOUT = 0.4
SLACK = 0.6
NOTE = b"\x81\x02{}"


def options(server: RawServer, timeout: float = TIMEOUT, host: str = "127.0.0.1") -> ConnectionOptions:
    return ConnectionOptions(
        host, server.port, "admin", "SeCrEtPaSs", use_ssl=False, use_proxy=False, request_timeout=timeout
    )


def refused(answer: Answer, timeout: float = TIMEOUT) -> tuple[EngineError, RawServer]:
    """The error that the answer ends in: one sentence, without the token, and in time."""
    with RawServer(answer) as server:
        began = time.monotonic()
        with pytest.raises(EngineError) as caught:
            Stream.open(options(server, timeout), TOKEN, None)
        assert time.monotonic() - began < timeout + SLACK
    assert_clear(caught.value)
    return caught.value, server


def assert_clear(error: EngineError) -> None:
    text = str(error)
    assert "SeCrEt" not in text and text.endswith((".", "?")) and "\n" not in text and len(text) < 300


UPGRADE = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"


def with_accept(*lines: bytes) -> Answer:
    """A 101 of these lines, with the right Sec-WebSocket-Accept."""

    def answer(peer: Peer) -> None:
        peer.send(b"\r\n".join([b"HTTP/1.1 101 X", *lines, b"Sec-WebSocket-Accept: " + peer.accept(), b"", b""]))
        peer.wait()

    return answer


@pytest.mark.parametrize(
    "answer",
    [
        UPGRADE + b"\r\n",
        UPGRADE + b"Sec-WebSocket-Accept: \r\n\r\n",
        UPGRADE + b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
        UPGRADE + b"Sec-WebSocket-Accept: \xff\xfe\r\n\r\n",
        with_accept(b"Connection: Upgrade"),
        with_accept(b"Upgrade: websocket"),
        with_accept(b"Upgrade: h2c", b"Connection: Upgrade"),
        with_accept(b"Upgrade: websocket", b"Connection: close"),
    ],
    ids=range(8),
)
def test_a_101_that_proves_no_websocket_is_not_one(answer: Answer) -> None:
    error, _server = refused(answer)
    assert isinstance(error, NotNxapi) and "handshake" in str(error)


@pytest.mark.parametrize("status", [200, 204, 301, 302, 400, 401, 403, 404, 405, 426])
def test_a_refusal_ends_the_session_so_that_a_new_login_is_tried(status: int) -> None:
    error, server = refused(reply(TOKEN.encode(), b"Location: ws://127.0.0.1:1/", status=b"HTTP/1.1 %d No" % status))
    assert isinstance(error, SessionEnded) and "HTTP %d" % status in str(error)
    assert server.connections == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504, 999])
def test_a_switch_that_is_busy_is_tried_again(status: int) -> None:
    error, _server = refused(reply(b"busy", status=b"HTTP/1.1 %d No" % status))
    assert isinstance(error, Unreachable)


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 101", UPGRADE, UPGRADE + b"Sec-WebSocket-Acc"], ids=range(4)
)  # fmt: skip
def test_an_answer_that_breaks_off_is_none(answer: bytes) -> None:
    error, _server = refused(answer)
    assert isinstance(error, (Unreachable, NotNxapi))


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"\x15\x03\x01\x00\x02\x02\x46",
        b"HTTP/1.1 abc\r\n\r\n",
        NOTE,
        UPGRADE + b"garbage\r\n\r\n",
    ],
    ids=["ssh", "tls", "status", "frame", "header"],
)
def test_what_speaks_no_http_is_not_nxapi(answer: bytes) -> None:
    error, _server = refused(answer)
    assert isinstance(error, NotNxapi)


@pytest.mark.parametrize("before", [b"", UPGRADE, UPGRADE + b"X: ", b"HTTP/1.1 401 No\r\nContent-Length: 9\r\n"])
def test_an_answer_that_dribbles_ends_with_the_request_timeout(before: bytes) -> None:
    def answer(peer: Peer) -> None:
        peer.send(before)
        peer.dribble(b"x")

    error, _server = refused(answer)
    assert isinstance(error, Unreachable) and "0.4 s" in str(error)


@pytest.mark.parametrize(
    "before", [b"HTTP/1.1 401 No\r\n\r\n", b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 99999999\r\n\r\n"]
)
def test_the_body_of_a_refusal_is_not_read(before: bytes) -> None:
    def answer(peer: Peer) -> None:
        peer.send(before)
        peer.dribble(b"x")

    began = time.monotonic()
    error, _server = refused(answer, timeout=5.0)
    assert isinstance(error, SessionEnded) and time.monotonic() - began < 1.0


@pytest.mark.parametrize(
    ("before", "data"),
    [
        (UPGRADE, b"X-Header: 1\r\n"),
        (UPGRADE + b"X: ", b"x"),
        (b"", b"x"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (UPGRADE, b"Set-Cookie: a=b; Domain=127.0.0.1; Expires=" + b" " * 1000 + b"\r\n"),
    ],
    ids=["headers", "header", "status-line", "continue", "cookies"],
)
def test_an_endless_answer_is_cut_off(before: bytes, data: bytes) -> None:
    def answer(peer: Peer) -> None:
        peer.send(before)
        peer.flood(data)

    began = time.process_time()
    error, server = refused(answer, timeout=5.0)
    assert isinstance(error, (Unreachable, NotNxapi))
    assert server.sent < MAX_HANDSHAKE + (32 << 20) and time.process_time() - began < 2.0


def test_cookies_of_one_switch_are_not_told_to_another() -> None:
    """websocket-client has one jar for the process, by domain."""

    def answer(peer: Peer) -> None:
        peer.upgrade(more=b"Set-Cookie: evil=%s; Domain=127.0.0.1; Path=/\r\n" % TOKEN.encode())
        peer.wait()

    with RawServer(answer) as one, RawServer(answer) as other:
        for server in (one, other):
            Stream.open(options(server, 5.0), "T", None).close()
        assert b"cookie" not in other.requests[0].lower() and b"evil" not in other.requests[0]


def test_the_token_is_the_path_as_it_is() -> None:
    def answer(peer: Peer) -> None:
        peer.upgrade()
        peer.wait()

    token = "a//b+c/../%2f=="
    with RawServer(answer) as server:
        Stream.open(options(server, 5.0), token, None).close()
    assert server.requests[0].startswith(b"GET /socket%s HTTP/1.1\r\n" % token.encode())


@pytest.mark.parametrize("token", ["x y", "x\r\nX: y", "\ud800", "\u20ac", "\0", "x" * 5_000_000], ids=range(6))
def test_a_token_that_cannot_be_sent_is_a_clear_error(token: str) -> None:
    with RawServer(lambda peer: peer.upgrade()) as server:
        try:
            Stream.open(options(server, 1.0), token, None).close()
        except EngineError as error:
            assert_clear(error)


LINES = st.sampled_from(
    [
        b"Upgrade: websocket", b"Connection: Upgrade", b"upgrade:WEBSOCKET", b"Connection: keep-alive, upgrade", b"X",
        b"Sec-WebSocket-Accept: x", b" folded", b"Set-Cookie: =;domain=.;", b"Content-Length: -5", b": x", b"\x00: \xff",
        b"Sec-WebSocket-Protocol: x", b"Transfer-Encoding: chunked", b"Sec-WebSocket-Extensions: permessage-deflate",
    ]
)  # fmt: skip
STATUSES = st.one_of(
    st.sampled_from(
        [b"HTTP/1.1 101 X", b"HTTP/1.1 100 X", b"HTTP/1.1 200 OK", b"HTTP/1.1 503 X", b"HTTP/1.0 101", b"HTTP/2 101"]
    ),
    st.binary(max_size=12),
)


@pytest.fixture(scope="module")
def changing() -> Any:
    """A server whose next answer is the one in the list; ACCEPT in it becomes the right one."""
    answers: list[bytes] = [b""]

    def answer(peer: Peer) -> None:
        peer.send(answers[0].replace(b"ACCEPT", b"Sec-WebSocket-Accept: " + peer.accept()))
        peer.sock.close()

    with RawServer(answer) as server:
        yield server, answers


@settings(max_examples=150, deadline=None)
@given(
    status=STATUSES,
    lines=st.lists(st.one_of(LINES, st.just(b"ACCEPT"), st.binary(max_size=20)), max_size=6),
    body=st.binary(max_size=30),
)
def test_any_answer_is_an_open_socket_or_a_clear_error(
    changing: Any, status: bytes, lines: list[bytes], body: bytes
) -> None:
    server, answers = changing
    answers[0] = b"\r\n".join([status, *lines, b"", body])
    began = time.monotonic()
    try:
        Stream.open(options(server, 3.0), TOKEN, None).close()
    except EngineError as error:
        assert_clear(error)
    assert time.monotonic() - began < 1.0
