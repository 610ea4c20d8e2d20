# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A wait while the switch sends what is no notification: it is counted and skipped, and the wait goes on to its end."""

from __future__ import annotations

import asyncio
import base64
import struct
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.feed import Feed
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.model import ConnectionOptions
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.rest import TlsContexts
from simulator import tls
from simulator.frames import OPCODES, raw_frame
from support.bench import OPER, until
from support.rawserver import Peer, RawServer
from support.trial import DOWN, goes, recovered, soon

UNDECODABLE = "undecodable notification"
NOTE = b'{"subscriptionId":["1"],"imdata":[]}'


def waits_through(here: Any, strike: Any, reconnects: int = 0, undecodable: int = 0) -> dict[str, Any]:
    """A wait for `down`; ``strike(switch)``, all of it taken in; then the port goes down. The wait's result."""

    async def work(session: Any) -> dict[str, Any]:
        task = await soon(here.wait(session, dn=OPER, until=DOWN, timeout=15))
        await here.act(here.switch.call, strike)
        await until(lambda: session.undecodable == undecodable and session.reconnects == reconnects)
        await recovered(session, reconnects)
        assert not task.done()
        await here.act(here.switch.call, goes("down"))
        result: dict[str, Any] = await task
        assert (session.undecodable, session.reconnects) == (undecodable, reconnects)
        return result

    result: dict[str, Any] = here.run(work)
    assert result["met"], result
    assert here.switch.stats()["sockets"]["opened"] == 1 + reconnects
    return result


BAD = [
    "text",
    "truncated",
    "nan",
    "surrogate",
    "not-utf8",
    "deep",
    "deep-xml",
    "html",
    "bomb",
    "entity",
    "wrong-root",
    "array",
]


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_frame_is_counted_and_skipped_and_the_wait_goes_on(bench: Any, kind: str) -> None:
    result = waits_through(bench(), lambda switch: switch.fault("garbage", {"kind": kind, "count": 3}), undecodable=3)
    assert {gap["reason"] for gap in result["gaps"]} == {UNDECODABLE}


@pytest.mark.parametrize("kind", ["duplicate-keys", "empty"])
def test_an_odd_frame_that_says_nothing_is_no_gap(bench: Any, kind: str) -> None:
    result = waits_through(bench(), lambda switch: switch.fault("garbage", {"kind": kind, "count": 3}))
    assert not result["gaps"]


def wire(data: bytes) -> Any:
    body = {"opcode": "wire", "base64": base64.b64encode(data).decode()}
    return lambda switch: switch.fault("raw-frame", body)


TEXT, CONT, CLOSE, PING, PONG = (OPCODES[name] for name in ("text", "continuation", "close", "ping", "pong"))


@pytest.mark.parametrize(
    "data",
    [
        raw_frame(OPCODES["binary"], NOTE),
        raw_frame(PING, b"x" * 125),
        raw_frame(PONG, b"never asked"),
        raw_frame(TEXT, NOTE[:9], fin=False) + raw_frame(PING, b"") + raw_frame(CONT, NOTE[9:]),
        raw_frame(PING, b"flood") * 20_000,
        raw_frame(TEXT, b" \n") * 20_000,
        raw_frame(TEXT, b"", fin=False) + raw_frame(CONT, b"", fin=False) * 20_000 + raw_frame(CONT, NOTE),
    ],
    ids=["binary", "ping", "pong", "fragments", "ping-flood", "blank-flood", "empty-fragments"],
)
def test_what_a_server_may_send_is_no_gap(bench: Any, data: bytes) -> None:
    assert not waits_through(bench(), wire(data))["gaps"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\xc1\x02{}", "compressed"),
        (b"\x81\x82\0\0\0\0{}", "masked"),
        (b"\x81\x7f" + struct.pack("!Q", 2**63), "16 MiB"),
        (raw_frame(TEXT, b"x", fin=False) + raw_frame(CONT, b"x" * (1 << 20), fin=False) * 17, "16 MiB"),
        (raw_frame(CONT, NOTE), "out of order"),
        (raw_frame(PING, b"x", fin=False), "control frame"),
        (raw_frame(PING, b"x" * 126), "control frame"),
        (raw_frame(0xB, b""), "unknown kind"),
        (raw_frame(CLOSE, b"\x00\x07\xe2\x82"), "code 7"),
        (raw_frame(CLOSE, b"\x03"), "closed the WebSocket"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n" * 10, "compressed"),
    ],
    ids=[
        "compressed", "masked", "2^63", "endless-fragments", "continuation", "ping-fragment", "long-ping", "opcode",
        "close-code", "close-byte", "http",
    ],
)  # fmt: skip
def test_what_no_server_may_send_ends_the_socket_not_the_session(bench: Any, data: bytes, reason: str) -> None:
    result = waits_through(bench(), wire(data), reconnects=1)
    assert any(reason in gap["reason"] for gap in result["gaps"]), result["gaps"]


def test_a_notification_above_the_limit_ends_the_socket_and_the_next_one_is_fine(bench: Any) -> None:
    result = waits_through(bench(), lambda switch: switch.fault("oversize", {"bytes": 17 << 20}), reconnects=1)
    assert any("16 MiB" in gap["reason"] for gap in result["gaps"]), result["gaps"]


def test_a_notification_of_nearly_the_limit_is_read(bench: Any) -> None:
    assert not waits_through(bench(), lambda switch: switch.fault("oversize", {"bytes": (16 << 20) - 1000}))["gaps"]


@pytest.mark.parametrize("secure", [False, True], ids=["tcp", "tls"])
def test_a_frame_in_the_segment_of_the_handshake_is_heard(secure: bool) -> None:
    """Over TLS it is decrypted with the handshake's answer, and the socket does not become readable for it."""

    def answer(peer: Peer) -> None:
        peer.upgrade(after=raw_frame(TEXT, NOTE))
        peer.wait()

    material = tls.make()
    with RawServer(answer, tls=material.context if secure else None) as server, ThreadPoolExecutor(1) as executor:
        options = ConnectionOptions("127.0.0.1", server.port, "a", "b", secure, True, material.ca_path, False, 5.0)

        async def work() -> list[bytes]:
            heard: list[bytes] = []
            feed = Feed(options, TlsContexts(), executor, heard.append, heard.append)  # type: ignore[arg-type]
            await feed.open(lambda: "TOKEN")
            await until(lambda: bool(heard), 3.0)
            feed.close()
            return heard

        assert asyncio.run(work()) == [NOTE]
    material.remove()
