# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The WebSocket's URL is the token, and libraries put URLs, headers and bodies into their exceptions and logs.

Whatever goes wrong: neither the error that leaves the engine, nor the chain behind it, nor a logger of a library at
DEBUG holds a token or a password, even where the other side repeats what it was sent.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import pytest
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.codec import encode_login
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.errors import EngineError
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.model import ConnectionOptions
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.rest import RestClient, tls_context
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.stream import Stream
from support.secrecy import Secrets, everything_of, texts

TOKEN = "tZ4kQ9wLm2Xr7Vb1/Ns8Dh3+Yc6Fg0Tj5Pp=="
PASSWORD = 'pR"7uKw2Zs9\\Vd4Hx8Gm1Qy 6%41{{x}}'


@pytest.fixture
def secrets() -> Secrets:
    return Secrets(token=TOKEN, password=PASSWORD)


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], str]]:
    """All that any logger says, at DEBUG."""
    caplog.set_level(logging.DEBUG)
    for name in ("websocket", "urllib3", "requests", "asyncio"):
        caplog.set_level(logging.DEBUG, logger=name)
    yield lambda: texts(caplog.records)


@contextmanager
def replying(answer: Callable[[bytes], bytes | None]) -> Iterator[int]:
    """The port of something that answers a request (its head) by ``answer(head)``: None is silence, b"" a closed door."""
    with socket.create_server(("127.0.0.1", 0)) as server, ExitStack() as stack:

        def accept() -> None:
            while True:
                try:
                    client, _address = server.accept()
                except OSError:
                    return
                stack.callback(client.close)
                head = b""
                with suppress(OSError):
                    while b"\r\n\r\n" not in head and (data := client.recv(65536)):
                        head += data
                    if (reply := answer(head)) is not None:
                        client.sendall(reply)
                        client.close()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join(5)


def http(status: str, *headers: str, body: bytes = b"") -> Callable[[bytes], bytes]:
    """A reply that repeats the whole request in a header, and in its body."""

    def answer(head: bytes) -> bytes:
        said = head.replace(b"\r\n", b" ")
        lines = ["HTTP/1.1 " + status, *headers]
        text = "\r\n".join(lines).encode().replace(b"{path}", head.split(b" ")[1]) + b"\r\nX-Said: " + said
        return text + b"\r\nContent-Length: %d\r\n\r\n" % len(body + said) + body + said

    return answer


UPGRADE = ("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Accept: bm90IHRoZSByaWdodCBvbmU=")

ANSWERS: dict[str, Callable[[bytes], bytes | None]] = {
    "silence": lambda head: None,
    "a closed door": lambda head: b"",
    "refused": http("403 Forbidden"),
    "not found": http("404 Not Found"),
    "bad gateway": http("502 Bad Gateway"),
    "no upgrade": http("200 OK"),
    "redirect": http("302 Found", "Location: http://127.0.0.1:1{path}"),
    "redirect to nowhere": http("301 Moved", "Location: no scheme{path}"),
    "wrong key": http("101 Switching Protocols", *UPGRADE),
    "the request as a status line": lambda head: head.split(b"\r\n")[0] + b"\r\n\r\n",
    "the request as a status": lambda head: b"HTTP/1.1 " + head.split(b" ")[1] + b" x\r\n\r\n",
    "the request as a header": lambda head: b"HTTP/1.1 101 x\r\n" + head.split(b" ")[1] + b"\r\n\r\n",
    "no text": lambda head: b"HTTP/1.1 101 x\r\n\xff\xfe" + head + b"\r\n\r\n",
    "TLS": lambda head: b"\x15\x03\x03\x00\x02\x02\x28" + head,
    "an error of the switch": http(
        "400 Bad Request", body=b'{"imdata":[{"error":{"attributes":{"code":"1","text":"x"}}}]}'
    ),
}


def options_for(port: int, **given: Any) -> ConnectionOptions:
    base: dict[str, Any] = {"use_ssl": False, "use_proxy": False, "request_timeout": 0.3}
    return ConnectionOptions("127.0.0.1", port, "admin", PASSWORD, **{**base, **given})


def open_socket(options: ConnectionOptions) -> None:
    context = tls_context(options.validate_certs, options.ca_path) if options.use_ssl else None
    Stream.open(options, TOKEN, context).close()


def log_in(options: ConnectionOptions) -> None:
    """A login, and a read under the token; the replies' meaning is not looked at."""
    context = tls_context(options.validate_certs, options.ca_path) if options.use_ssl else None
    client = RestClient(options, context)
    try:
        client.request("POST", "/api/aaaLogin.json", None, encode_login("json", "admin", PASSWORD))
        client.request("GET", "/api/mo/sys.json", TOKEN)
    finally:
        client.close()


def quiet(work: Callable[[ConnectionOptions], None], options: ConnectionOptions, secrets: Secrets) -> bool:
    """Whether ``work`` failed; in silence about the secrets, if it did."""
    try:
        work(options)
    except EngineError as exc:
        assert not secrets.seen_in(everything_of(exc)), type(exc)
        assert "\n" not in str(exc)
        return True
    return False


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_socket_that_does_not_open_says_nothing_of_its_url(answer: str, secrets: Secrets, logged: Any) -> None:
    with replying(ANSWERS[answer]) as port:
        assert quiet(open_socket, options_for(port), secrets)
    assert not secrets.seen_in(logged())


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_request_that_fails_says_nothing_of_its_cookie_and_body(answer: str, secrets: Secrets, logged: Any) -> None:
    with replying(ANSWERS[answer]) as port:
        quiet(log_in, options_for(port), secrets)
    assert not secrets.seen_in(logged())


@pytest.mark.parametrize("work", [open_socket, log_in], ids=["socket", "rest"])
@pytest.mark.parametrize("answer", ["silence", "a closed door", "refused", "bad gateway", "no text"])
def test_a_proxy_that_does_not_pass_it_on(
    work: Any, answer: str, secrets: Secrets, logged: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proxy's own password is a secret, too."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    secrets.add("proxy's password", "pX5Tg8Bn3Lw0Kz7R")
    with replying(ANSWERS[answer]) as port:
        monkeypatch.setenv("https_proxy", "http://porter:pX5Tg8Bn3Lw0Kz7R@127.0.0.1:%d" % port)
        assert quiet(work, options_for(443, use_ssl=True, use_proxy=True), secrets)
    assert not secrets.seen_in(logged())


@pytest.mark.parametrize("work", [open_socket, log_in], ids=["socket", "rest"])
@pytest.mark.parametrize(
    "host", ["no-such-switch.invalid", "::1:2:3:4:5:6:7:8:9", "a..b", "x" * 70, "a b", "ex\u2100mple"]
)
def test_a_name_that_is_none(work: Any, host: str, secrets: Secrets, logged: Any) -> None:
    options = ConnectionOptions(host, 80, "admin", PASSWORD, use_ssl=False, use_proxy=False, request_timeout=2.0)
    assert quiet(work, options, secrets)
    assert not secrets.seen_in(logged())


@pytest.mark.parametrize("work", [open_socket, log_in], ids=["socket", "rest"])
def test_tls_where_there_is_none(work: Any, secrets: Secrets, logged: Any) -> None:
    with replying(ANSWERS["refused"]) as port:
        assert quiet(work, options_for(port, use_ssl=True), secrets)
    assert not secrets.seen_in(logged())


def test_a_cookie_of_one_socket_is_not_sent_with_the_next() -> None:
    """websocket-client keeps one jar for the process: another switch under the same name (NAT) would be shown it."""
    heads: list[bytes] = []

    def upgrade(head: bytes) -> bytes:
        heads.append(head)
        key = next(
            line.split(b": ")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key")
        )
        accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
        lines = (b"HTTP/1.1 101 x", b"Upgrade: websocket", b"Connection: Upgrade", b"Sec-WebSocket-Accept: " + accept)
        cookie = b"Set-Cookie: APIC-cookie=%s; Domain=127.0.0.1; Path=/" % TOKEN.encode()
        return b"\r\n".join((*lines, cookie, b"", b""))

    with replying(upgrade) as first, replying(upgrade) as second:
        for port in (first, second):
            Stream.open(options_for(port), "another", None).close()
    assert len(heads) == 2 and not any(b"cookie" in head.lower() for head in heads)
