# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nobody who cannot prove to be the switch is told a password or a token: not by REST, not by the WebSocket alone."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.errors import CertificateInvalid
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.query import Query
from support.bench import OPER, Bench, until
from support.tlsfront import Front, bundle, certificates

FAULTS = ["wrong-name", "expired", "unknown-ca"]
WORDS = {"wrong-name": "127.0.0.1", "expired": "expired", "unknown-ca": "ca_path"}

REST, SOCKET = 0, 1
"""How many connections are shown the good certificate before the other one is."""

FOREIGN = (
    "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR", "WEBSOCKET_CLIENT_CA_BUNDLE",
    "PYTHONHTTPSVERIFY",
)  # fmt: skip


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name in FOREIGN or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture
def fronted(bench: Callable[..., Bench], tmp_path: Path) -> Iterator[Callable[..., tuple[Bench, Front, Any, Any]]]:
    """``fronted(SOCKET, "expired")`` -> a bench whose switch is behind a front, the front, its right and wrong certificate."""
    with ExitStack() as stack:

        def start(good: int, fault: str, **given: Any) -> tuple[Bench, Front, Any, Any]:
            here = bench()
            right, wrong = stack.enter_context(certificates("none", fault))
            front = stack.enter_context(Front(here.switch, (*[right] * good, wrong)))
            trusted = bundle(tmp_path / "trusted.pem", right, wrong)
            here.options = replace(here.options, port=front.port, use_ssl=True, ca_path=trusted, **given)
            return here, front, right, wrong

        yield start


async def both(here: Bench, session: Any) -> None:
    """A read, then a subscription: REST and socket."""
    await session.read(Query(dn=OPER))
    await here.subscribe(session)


@pytest.mark.parametrize("fault", FAULTS)
def test_rest_tells_nothing_to_a_wrong_certificate(fronted: Any, fault: str) -> None:
    here, front, _right, _wrong = fronted(REST, fault)

    async def work(session: Any) -> str:
        with pytest.raises(CertificateInvalid) as caught:
            await session.read(Query(dn=OPER))
        return str(caught.value)

    words = here.run(work, 5)
    assert WORDS[fault] in words and "\n" not in words
    assert front.heard == [b""] and here.switch.stats()["logins"]["tries"] == 0


@pytest.mark.parametrize("fault", FAULTS)
def test_the_socket_alone_tells_nothing_to_a_wrong_certificate(fronted: Any, fault: str) -> None:
    """REST meets the good one, and goes on; the connection that is to carry the token meets the other."""
    here, front, _right, _wrong = fronted(SOCKET, fault)

    async def work(session: Any) -> str:
        await session.read(Query(dn=OPER))
        with pytest.raises(CertificateInvalid) as caught:
            await here.subscribe(session)
        await session.read(Query(dn=OPER))
        return str(caught.value)

    words = here.run(work, 5)
    assert WORDS[fault] in words and "\n" not in words
    assert len(front.heard) == 2 and front.heard[SOCKET] == b"" and b"aaaLogin" in front.heard[REST]
    assert here.switch.stats()["sockets"]["opened"] == 0


@pytest.mark.parametrize("good", [REST, SOCKET], ids=["rest", "socket"])
@pytest.mark.parametrize("fault", FAULTS)
def test_validate_certs_false_lets_it_through_for_both(fronted: Any, fault: str, good: int) -> None:
    here, front, _right, _wrong = fronted(good, fault, validate_certs=False)
    here.run(lambda session: both(here, session))
    assert here.switch.stats()["sockets"]["opened"] == 1
    assert b"aaaLogin" in front.heard[0] and front.heard[1].startswith(b"GET /socket")


def test_verification_is_what_is_meant_where_nothing_is_said(fronted: Any) -> None:
    """Without a ca_path the system decides, and knows nothing of this CA: not for REST, and not for the socket."""
    here, front, _right, _wrong = fronted(REST, "none")
    here.options = replace(here.options, ca_path=None)

    async def work(session: Any) -> None:
        with pytest.raises(CertificateInvalid, match="ca_path"):
            await session.read(Query(dn=OPER))

    here.run(work, 5)
    assert front.heard == [b""]


def test_a_wait_that_comes_back_to_a_wrong_certificate_ends_at_once(fronted: Any) -> None:
    """Hours later, somebody else has the switch's address: no token is sent there, and nobody waits for the deadline."""
    here, front, right, wrong = fronted(SOCKET, "wrong-name")
    front.show(right)

    async def work(session: Any) -> tuple[dict[str, Any], int]:
        waiting = asyncio.ensure_future(here.wait(session, dn=OPER, until={"operSt": "never"}, timeout=60).run())
        await until(lambda: session.connected and bool(session.subscriptions) and session.subscriptions[0].synced)
        before = len(front.heard)
        front.show(wrong)
        front.cut()
        return await waiting, before

    result, before = here.run(work, 10)
    assert result["failed"] and result["reason"] == "certificate"
    assert before == 2 and front.heard[before:] and not any(front.heard[before:])


@pytest.mark.parametrize("good", [REST, SOCKET], ids=["rest", "socket"])
@pytest.mark.parametrize("trusted_by", ["ca_path", "the system"])
def test_no_variable_of_the_environment_makes_a_wrong_certificate_right(
    fronted: Any, monkeypatch: pytest.MonkeyPatch, good: int, trusted_by: str
) -> None:
    """The bundles of other programs hold the CA that signed the wrong one."""
    here, front, right, wrong = fronted(good, "none")
    for name in (*FOREIGN[:2], "WEBSOCKET_CLIENT_CA_BUNDLE"):
        monkeypatch.setenv(name, wrong.ca_path)
    monkeypatch.setenv("SSL_CERT_FILE", wrong.ca_path if trusted_by == "ca_path" else right.ca_path)
    monkeypatch.setenv("PYTHONHTTPSVERIFY", "0")
    here.options = replace(here.options, ca_path=right.ca_path if trusted_by == "ca_path" else None)

    async def work(session: Any) -> None:
        with pytest.raises(CertificateInvalid):
            await both(here, session)

    here.run(work, 5)
    assert len(front.heard) == good + 1 and front.heard[good] == b""


@pytest.mark.parametrize("good", [REST, SOCKET], ids=["rest", "socket"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_proxy_cannot_pass_for_the_switch(
    fronted: Any, monkeypatch: pytest.MonkeyPatch, fault: str, good: int
) -> None:
    """One that answers CONNECT itself, with a certificate of its own, is told as little as any other impostor."""
    here, front, _right, _wrong = fronted(good, fault)
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:%d" % front.port)
    here.options = replace(here.options, port=here.switch.port)

    async def work(session: Any) -> None:
        with pytest.raises(CertificateInvalid):
            await both(here, session)

    here.run(work, 5)
    assert front.asked_for == ["127.0.0.1:%d" % here.switch.port] * (good + 1)
    assert len(front.heard) == good + 1 and front.heard[good] == b""


@pytest.mark.parametrize("value", ["", "/no/such/file.pem"])
def test_no_variable_of_the_environment_makes_the_right_certificate_wrong(
    fronted: Any, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    here, _front, _right, _wrong = fronted(SOCKET, "none")
    for name in FOREIGN:
        monkeypatch.setenv(name, value)
    here.run(lambda session: both(here, session))
    assert here.switch.stats()["sockets"]["opened"] == 1


def test_the_trust_of_the_system_is_that_of_rest_and_socket_alike(
    fronted: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SSL_CERT_FILE is how OpenSSL is told where the system's CAs are: it counts where no ca_path is given, for both."""
    here, _front, _right, _wrong = fronted(SOCKET, "none")
    monkeypatch.setenv("SSL_CERT_FILE", str(here.options.ca_path))
    here.options = replace(here.options, ca_path=None)
    here.run(lambda session: both(here, session))
    assert here.switch.stats()["sockets"]["opened"] == 1


def test_a_session_without_verification_is_not_lent_to_one_that_verifies(fronted: Any) -> None:
    """Both at once, on one switch: TLS settings do not leak from one session to the other."""
    here, front, _right, _wrong = fronted(REST, "wrong-name", validate_certs=False)

    async def work(session: Any) -> None:
        await both(here, session)
        strict = here.session(validate_certs=True)
        try:
            with pytest.raises(CertificateInvalid):
                await strict.read(Query(dn=OPER))
        finally:
            await strict.close()
        await session.read(Query(dn=OPER))

    here.run(work)
    assert front.heard[2:] == [b""]
