# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""TLS is verified for REST and socket alike, and both take the same way through a proxy."""

from __future__ import annotations

import os
import select
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import requests
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.codec import decode, encode_login, token_of
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.errors import (
    CertificateInvalid,
    NotNxapi,
    Unreachable,
)
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.model import ConnectionOptions
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.rest import RestClient, tls_context
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.stream import Stream
from simulator import Options
from simulator.thread import Handle, running_in_thread


def rest(options: ConnectionOptions, token: str) -> None:
    """Ask something; the reply's meaning is not looked at."""
    client = RestClient(options, context(options))
    try:
        assert client.request("GET", "/api/mo/sys.json", token).status == 200
    finally:
        client.close()


def stream(options: ConnectionOptions, token: str) -> None:
    Stream.open(options, token, context(options)).close()


def context(options: ConnectionOptions) -> Any:
    return tls_context(options.validate_certs, options.ca_path) if options.use_ssl else None


WAYS = pytest.mark.parametrize("way", [rest, stream], ids=["rest", "socket"])


@pytest.fixture
def start() -> Iterator[Callable[..., Handle]]:
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(running_in_thread(Options(**options)))


def reach(handle: Handle, **given: Any) -> tuple[ConnectionOptions, str]:
    """Options for the switch, and a token got without our code."""
    body = encode_login("json", handle.username, handle.password)
    reply = requests.post(handle.url + "/api/aaaLogin.json", data=body, verify=False, timeout=10)
    token = reply.json()["imdata"][0]["aaaLogin"]["attributes"]["token"]
    options: dict[str, Any] = {
        "host": handle.host, "port": handle.port, "username": handle.username, "password": handle.password,
        "use_ssl": handle.url.startswith("https"), "ca_path": handle.ca_path, "request_timeout": 5.0,
    }  # fmt: skip
    return ConnectionOptions(**{**options, **given}), token


@WAYS
@pytest.mark.filterwarnings("ignore:Unverified")
def test_a_certificate_of_the_given_ca_is_accepted(start: Any, way: Any) -> None:
    way(*reach(start(tls=True)))


@WAYS
@pytest.mark.filterwarnings("ignore:Unverified")
@pytest.mark.parametrize("fault", ["wrong-name", "expired", "unknown-ca"])
def test_a_certificate_that_does_not_verify_is_refused(start: Any, way: Any, fault: str) -> None:
    options, token = reach(start(tls=True, tls_fault=fault))
    with pytest.raises(CertificateInvalid) as caught:
        way(options, token)
    assert token not in str(caught.value)


@WAYS
@pytest.mark.filterwarnings("ignore:Unverified")
def test_without_ca_path_a_private_ca_is_refused(start: Any, way: Any) -> None:
    with pytest.raises(CertificateInvalid):
        way(*reach(start(tls=True), ca_path=None))


@WAYS
@pytest.mark.filterwarnings("ignore:Unverified")
@pytest.mark.parametrize("fault", ["wrong-name", "expired", "unknown-ca"])
def test_validate_certs_false_takes_any_certificate(start: Any, way: Any, fault: str) -> None:
    way(*reach(start(tls=True, tls_fault=fault), validate_certs=False))


@WAYS
@pytest.mark.filterwarnings("ignore:Unverified")
def test_ca_path_may_be_a_folder(start: Any, way: Any, tmp_path: Any) -> None:
    handle = start(tls=True)
    (tmp_path / "own-ca.pem").write_bytes(Path(handle.ca_path).read_bytes())
    way(*reach(handle, ca_path=str(tmp_path)))


@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_a_ca_path_that_holds_no_certificate_is_named(tmp_path: Any, content: bytes | None) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CertificateInvalid, match="ca_path"):
        tls_context(True, str(path))


@WAYS
def test_tls_against_plain_http_says_so(start: Any, way: Any) -> None:
    with pytest.raises(NotNxapi, match="use_ssl"):
        way(*reach(start(), use_ssl=True, validate_certs=False))


class Proxy:
    """Passes CONNECT and plain requests on, and counts them."""

    def __init__(self) -> None:
        self.targets: list[str] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._server.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _address = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._pass, args=(client,), daemon=True).start()

    def _pass(self, client: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            head += client.recv(65536)
        method, target = head.split(b" ")[:2]
        self.targets.append("%s %s" % (method.decode(), target.decode()))
        place = target if method == b"CONNECT" else target.split(b"/")[2]
        host, _colon, port = place.decode().rpartition(":")
        with client, socket.create_connection((host, int(port))) as switch:
            if method == b"CONNECT":
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                switch.sendall(head.replace(b"http://" + place, b"", 1))
            while True:
                for readable in select.select([client, switch], [], [])[0]:
                    try:
                        data = readable.recv(65536)
                    except ConnectionError:
                        return
                    if not data:
                        return
                    (switch if readable is client else client).sendall(data)


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    made = Proxy()
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    yield made
    made.close()


@WAYS
@pytest.mark.filterwarnings("ignore:Unverified")
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize("tls", [False, True])
def test_both_go_through_the_proxy_of_the_environment(
    start: Any, way: Any, tls: bool, host: str, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    options, token = reach(start(tls=tls), host=host)
    monkeypatch.setenv("https_proxy" if tls else "http_proxy", "http://127.0.0.1:%d" % proxy.port)
    way(options, token)
    assert len(proxy.targets) == 1 and str(options.port) in proxy.targets[0]


@WAYS
@pytest.mark.filterwarnings("ignore:Unverified")
@pytest.mark.parametrize(("use_proxy", "no_proxy"), [(False, ""), (True, "127.0.0.1")])
def test_neither_does_where_use_proxy_or_no_proxy_says_so(
    start: Any, way: Any, use_proxy: bool, no_proxy: str, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    options, token = reach(start(tls=True), use_proxy=use_proxy)
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:%d" % proxy.port)
    monkeypatch.setenv("no_proxy", no_proxy)
    way(options, token)
    assert not proxy.targets


def test_a_reply_that_trickles_does_not_outlast_the_deadline() -> None:
    server = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def trickle() -> None:
        client, _address = server.accept()
        with client:
            client.recv(65536)
            client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            while not stop.wait(0.02):
                client.sendall(b" ")

    thread = threading.Thread(target=trickle, daemon=True)
    thread.start()
    options = ConnectionOptions(
        "127.0.0.1", server.getsockname()[1], "a", "b", use_ssl=False, use_proxy=False, request_timeout=0.3
    )
    try:
        with pytest.raises(Unreachable, match=r"no complete answer from .* within 0.3 s"):
            RestClient(options, None).request("GET", "/api/mo/sys.json")
    finally:
        stop.set()
        thread.join()
        server.close()


def test_a_token_is_found_whatever_the_class() -> None:
    document = decode('{"imdata":[{"aaaRefresh":{"attributes":{"token":"x","refreshTimeoutSeconds":"600"}}}]}')
    assert token_of(document) == ("x", 600.0)
