# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever answers a REST request, in whatever bytes: a reply or a clear error, in bounded time, from bounded memory."""

from __future__ import annotations

import gc
import gzip
import logging
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.errors import EngineError, NotNxapi, Unreachable
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.model import ConnectionOptions
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.rest import MAX_REPLY, Reply, RestClient
from hypothesis import given, settings
from hypothesis import strategies as st
from support.memory import memory_of
from support.rawserver import EMPTY, OK, Answer, Peer, RawServer, keep, reply

TOKEN = "SeCrEtToKeN/+=="
PASSWORD = "SeCrEtPaSs"
TIMEOUT = 0.4
SLACK = 0.6
"""What a loaded machine adds to a timeout."""

COOKIE = b"Set-Cookie: APIC-cookie=" + TOKEN.encode()


def ask(server: RawServer, timeout: float = TIMEOUT, method: str = "GET") -> Reply:
    client = made(server, timeout)
    try:
        return client.request(method, "/api/mo/sys.json", TOKEN, b"{}" if method == "POST" else None)
    finally:
        client.close()


def made(server: RawServer, timeout: float = TIMEOUT) -> RestClient:
    options = ConnectionOptions(
        "127.0.0.1", server.port, "admin", PASSWORD, use_ssl=False, use_proxy=False, request_timeout=timeout
    )
    return RestClient(options, None)


def refused(*answers: Answer, timeout: float = TIMEOUT, method: str = "GET") -> tuple[EngineError, RawServer]:
    """The error that the answers end in: one sentence, without a secret, and in time."""
    with RawServer(*answers) as server:
        began = time.monotonic()
        with pytest.raises(EngineError) as caught:
            ask(server, timeout, method)
        assert time.monotonic() - began < timeout + SLACK
    assert_clear(caught.value)
    return caught.value, server


def assert_clear(error: EngineError) -> None:
    text = str(error)
    assert TOKEN not in text and PASSWORD not in text
    assert text.endswith(".") and "\n" not in text and len(text) < 300 and "object at 0x" not in text


# What breaks off, drags on or never ends


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 2",
        OK,
        OK + b"Content-Length: 0\r\n",
        OK + b"Content-Le",
        OK + b"Content-Length: 100\r\n\r\n",
        OK + b"Content-Length: 100\r\n\r\n" + EMPTY,
        OK + b"Content-Length: 99999999999999999999\r\n\r\n" + EMPTY,
        OK + b"Transfer-Encoding: chunked\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\nd\r\n" + EMPTY,
        OK + b"Transfer-Encoding: chunked\r\n\r\nd\r\n" + EMPTY + b"\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n" + EMPTY,
        OK + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n" + EMPTY,
        OK + b"Transfer-Encoding: chunked\r\n\r\n\r\n" + EMPTY,
    ],
    ids=range(14),
)
def test_a_reply_that_breaks_off_is_no_answer(answer: bytes) -> None:
    error, _server = refused(answer)
    assert isinstance(error, (Unreachable, NotNxapi))


HEADER = b"X-Header: 1\r\n"


def slowly(before: bytes, data: bytes) -> Answer:
    def answer(peer: Peer) -> None:
        peer.send(before)
        peer.dribble(data)

    return answer


@pytest.mark.parametrize("before", [b"", OK, OK + b"X-Endless: ", OK + b"Content-Length: 100000\r\n\r\n"])
def test_a_reply_that_dribbles_ends_with_the_request_timeout(before: bytes) -> None:
    error, _server = refused(slowly(before, b"x"))
    assert isinstance(error, Unreachable) and "0.4 s" in str(error)


@pytest.mark.parametrize(
    "data",
    [b"HTTP/1.1 100 Continue\r\n\r\n", OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\n \r\n" * 50],
    ids=["continue", "chunks"],
)
def test_lines_that_dribble_end_with_the_request_timeout(data: bytes) -> None:
    refused(slowly(b"", data))


def test_silence_ends_with_the_request_timeout() -> None:
    error, _server = refused(Peer.wait)
    assert isinstance(error, Unreachable)


def test_a_second_try_has_only_what_is_left_of_the_request_timeout() -> None:
    """A kept connection that ends is tried once more; both together are one request."""

    def late(peer: Peer) -> None:
        peer.server.stopping.wait(0.3)
        peer.sock.close()

    with RawServer(keep(reply(EMPTY)), late, Peer.wait) as server:
        client = made(server)
        assert client.request("GET", "/api/mo/sys.json", TOKEN).status == 200
        began = time.monotonic()
        with pytest.raises(Unreachable):
            client.request("GET", "/api/mo/sys.json", TOKEN)
        assert time.monotonic() - began < TIMEOUT + 0.25
        assert len(server.requests) == 3
        client.close()


@pytest.mark.parametrize("kept", [True, False], ids=["kept", "new"])
def test_an_aborted_request_is_not_sent_again_and_leaves_no_connection(kept: bool) -> None:
    with RawServer(*[keep(reply(EMPTY))] * kept, Peer.wait) as server, ThreadPoolExecutor(1) as executor:
        before = len(os.listdir("/proc/self/fd"))
        client = made(server, 5.0)
        if kept:
            client.request("GET", "/api/mo/sys.json", TOKEN)
        work = executor.submit(client.request, "GET", "/api/mo/sys.json", TOKEN)
        comes_true(lambda: len(server.requests) == 1 + kept)
        client.abort()
        with pytest.raises(Unreachable):
            work.result(2.0)
        comes_true(lambda: len(os.listdir("/proc/self/fd")) <= before)  # ours, and the server's end of it
        assert (len(server.requests), server.connections) == (1 + kept, 1)


def comes_true(condition: Callable[[], bool], limit: float = 5.0) -> None:
    deadline = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.002)


def test_a_closed_client_leaves_no_connection_even_after_an_error() -> None:
    before = len(os.listdir("/proc/self/fd"))
    gc.disable()
    try:
        with RawServer(keep(reply(EMPTY)), OK + b"Content-Length: 5\r\n\r\n", keep(reply(EMPTY))) as server:
            client = made(server, 5.0)
            client.request("GET", "/api/mo/sys.json", TOKEN)
            with pytest.raises(Unreachable) as caught:
                client.request("POST", "/api/mo/sys.json", TOKEN, b"{}")
            client.request("GET", "/api/mo/sys.json", TOKEN)
            client.close()
        assert len(os.listdir("/proc/self/fd")) <= before, caught
    finally:
        gc.enable()


def flood(before: bytes, data: bytes) -> Answer:
    def answer(peer: Peer) -> None:
        peer.send(before)
        peer.flood(data)

    return answer


@pytest.mark.parametrize(
    ("before", "data"),
    [
        (OK + b"\r\n", b"x"),
        (OK + b"Content-Length: 99999999999\r\n\r\n", b"x"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n", b"x"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"Trailer: x\r\n"),
        (OK, HEADER),
        (OK + b"X: ", b"x"),
        (b"", b"x"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1/\r\n\r\n", b"x"),
    ],
    ids=[
        "body", "length", "negative-chunk", "chunks", "trailers", "headers", "header", "status-line", "continue",
        "redirect",
    ],
)  # fmt: skip
def test_an_endless_reply_is_cut_off(before: bytes, data: bytes) -> None:
    """The limit is on the bytes of the wire, so nothing that a parser does with them can pass it."""
    error, server = refused(flood(before, data), timeout=1.5)
    assert isinstance(error, (Unreachable, NotNxapi))
    assert server.sent < MAX_REPLY + (32 << 20)  # the kernel's buffers are beyond the limit


def test_a_reply_of_the_limit_is_read_and_a_larger_one_names_the_limit() -> None:
    body = EMPTY + b" " * (MAX_REPLY - 1000)
    with RawServer(reply(body)) as server:
        assert ask(server, 20.0).document is not None
    error, _server = refused(reply(body + b" " * 1000), timeout=20.0)
    assert "64 MiB" in str(error)


# What is well-formed HTTP, but not what was asked for

BOMB = gzip.compress(b" " * (50 << 20), 1)


def test_a_compressed_reply_was_not_asked_for_and_is_not_unpacked() -> None:
    with RawServer(reply(BOMB, b"Content-Encoding: gzip")) as server, memory_of(8 << 20):
        assert ask(server, 5.0).document is None
    assert b"accept-encoding: identity" in server.requests[0].lower()


def test_a_bomb_behind_a_redirect_is_not_unpacked_either() -> None:
    """requests reads (and unpacks) the body of a redirect that it was told not to follow."""
    answer = reply(BOMB, b"Content-Encoding: gzip", b"Location: /x", status=b"HTTP/1.1 302 Found")
    with RawServer(answer) as server, memory_of(8 << 20):
        assert ask(server, 5.0).location == "/x"


@pytest.mark.parametrize("status", [b"301 Moved", b"302 Found", b"303 See Other", b"307 Temporary", b"308 Permanent"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_redirect_is_not_followed_so_the_cookie_goes_nowhere(status: bytes, method: str) -> None:
    with RawServer(reply(EMPTY)) as other:
        location = b"Location: http://127.0.0.1:%d/api/mo/sys.json" % other.port
        with RawServer(reply(b"", location, status=b"HTTP/1.1 " + status)) as server:
            found = ask(server, method=method)
        assert found.location.startswith("http://127.0.0.1") and found.document is None
        assert (len(server.requests), len(other.requests)) == (1, 0)


@pytest.mark.parametrize(
    "location", [b"http://[", b"//", b"", b"\xff\xfe", b"http://a:99999999/", b"http:" + b"/" * 60000]
)
def test_a_redirect_to_nowhere_is_only_a_reply(location: bytes) -> None:
    with RawServer(reply(b"", b"Location: " + location, status=b"HTTP/1.1 302 Found")) as server:
        assert ask(server).status == 302


@pytest.mark.parametrize(
    "status", [b"204 No Content", b"304 Not Modified", b"205 Reset Content", b"299 Odd", b"999 Odder"]
)
def test_any_status_is_a_reply(status: bytes) -> None:
    with RawServer(keep(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n")) as server:
        found = ask(server)
    assert found.empty and found.status == int(status[:3])


def test_cookies_are_not_kept_and_a_flood_of_them_costs_little() -> None:
    cookies = [b"Set-Cookie: c%d=%s; expires=%s" % (n, b"x" * 30000, b" " * 30000) for n in range(80)]
    with RawServer(keep(reply(EMPTY, *cookies, COOKIE))) as server:
        client = made(server, 5.0)
        began = time.process_time()
        assert client.request("GET", "/api/mo/sys.json", TOKEN).document is not None
        assert time.process_time() - began < 1.0
        client.request("GET", "/api/mo/sys.json", TOKEN)
        client.close()
    assert [server.requests[1].lower().count(b"cookie"), server.requests[1].count(TOKEN.encode())] == [2, 1]


def test_headers_that_do_not_parse_are_not_logged_for_they_may_hold_the_token(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with RawServer(reply(EMPTY, b"no header at all", COOKIE)) as server, pytest.raises(NotNxapi) as caught:
        ask(server)
    assert_clear(caught.value)
    assert TOKEN not in caplog.text and "no header" not in caplog.text


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"\x15\x03\x01\x00\x02\x02\x46",
        b"220 mail.example ESMTP\r\n",
        b"HTTP/x.y zzz\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/9.9 200 OK\r\n\r\n",
        b"\x00" * 100 + b"\n",
        OK + HEADER * 1000 + b"\r\n" + EMPTY,
        OK + b"X: " + b"x" * 10_000_000 + b"\r\n\r\n" + EMPTY,
        b"HTTP/1.1 200 " + b"x" * 10_000_000 + b"\r\n\r\n" + EMPTY,
    ],
    ids=["ssh", "tls", "smtp", "version", "status", "version-9", "nul", "headers", "header", "reason"],
)
def test_what_speaks_no_http_is_not_nxapi_and_so_fails_at_once(answer: bytes) -> None:
    error, server = refused(answer, timeout=5.0)
    assert isinstance(error, NotNxapi) and len(server.requests) == 1
    assert "does not answer in HTTP" in str(error)


def test_what_follows_a_reply_is_not_taken_for_the_next_one() -> None:
    """A second reply behind the first, in one segment: the next request must not get it."""
    forged = reply(b'{"imdata":[{"a":{"attributes":{"dn":"forged"}}}]}')
    with RawServer(keep(reply(EMPTY) + forged), keep(reply(EMPTY))) as server:
        client = made(server, 5.0)
        found: list[Any] = [client.request("GET", "/api/mo/sys.json", TOKEN).document for _turn in range(2)]
        client.close()
    assert [document.objects for document in found] == [(), ()]


# Anything at all

LINES = st.sampled_from(
    [
        b"Content-Length: 13", b"Content-Length: 0", b"Content-Length: -1", b"Content-Length: 1e9", b"Content-Length: ",
        b"Content-Length: 13, 14", b"Content-Length: 99999999999999999999999", b"Transfer-Encoding: chunked",
        b"Transfer-Encoding: gzip, chunked", b"Content-Encoding: gzip", b"Content-Encoding: br", b"Connection: close",
        b"Connection: keep-alive", b"Content-Encoding: deflate, gzip", b"Location: http://[", b"Content-Type: \xff",
        b"Content-Type: multipart/mixed", b"Content-Type: multipart/mixed; boundary=x", b"Content-Type: message/rfc822",
        b" folded", b"\tfolded", b": nameless", b"Name", b"A\x00B: x", b"X: \r", COOKIE, b"Set-Cookie: ;;=;=;", b"From me",
        b"Upgrade: h2c", b"Content-Transfer-Encoding: base64", b"Keep-Alive: timeout=-1",
    ]
)  # fmt: skip
STATUSES = st.one_of(
    st.sampled_from(
        [
            b"HTTP/1.1 200 OK", b"HTTP/1.0 200 OK", b"HTTP/1.1 200", b"HTTP/1.1 100 Continue", b"HTTP/1.1 101 Switching",
            b"HTTP/1.1 000 X", b"HTTP/1.1 -20 X", b"HTTP/0.9 200 OK", b"HTTP/2 200", b"", b"HTTP/1.1", b"HTTP/1.1 204 X",
            b"HTTP/1.1 304 X", b"HTTP/1.1 302 X", b"HTTP/1.1 401 X", b"HTTP/1.1 503 X", b"HTTP/1.1 \xb2\xb2\xb2 X",
        ]
    ),
    st.binary(max_size=20),
)  # fmt: skip
SIZES = st.one_of(
    st.sampled_from([b"d", b"0", b"-1", b"", b"D;x=y", b"0x0d", b" d ", b"1_0", b"\xff", b"f" * 20]),
    st.binary(max_size=5),
)
CHUNKS = st.lists(st.tuples(SIZES, st.one_of(st.just(EMPTY), st.binary(max_size=20))), max_size=4).map(
    lambda chunks: b"".join(size + b"\r\n" + data + b"\r\n" for size, data in chunks)
)
BODIES = st.one_of(
    st.just(EMPTY),
    st.binary(max_size=60),
    CHUNKS,
    CHUNKS.map(lambda chunks: chunks + b"0\r\n\r\n"),
    st.just(gzip.compress(EMPTY)),
)
REPLIES = st.one_of(
    st.builds(
        lambda status, lines, end, body: end.join([status, *lines, b"", body]),
        STATUSES, st.lists(LINES, max_size=5), st.sampled_from([b"\r\n", b"\n", b"\r\n\r\n"]), BODIES,
    ),
    st.binary(max_size=200),
)  # fmt: skip


@pytest.fixture(scope="module")
def changing() -> Any:
    """A server whose next answer is the one in the list."""
    answers: list[bytes] = [b""]

    def answer(peer: Peer) -> None:
        peer.send(answers[0])
        peer.sock.close()

    with RawServer(answer) as server:
        yield server, answers


@settings(max_examples=200, deadline=None)
@given(data=REPLIES)
def test_any_bytes_are_a_reply_or_a_clear_error(changing: Any, data: bytes) -> None:
    server, answers = changing
    answers[0] = data
    began = time.monotonic()
    try:
        assert isinstance(ask(server, 2.0), Reply)
    except EngineError as error:
        assert_clear(error)
    assert time.monotonic() - began < 1.0  # the server closes, so nothing is waited for
