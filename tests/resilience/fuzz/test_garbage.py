# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A wait while the switch sends what is no notification: it is counted and skipped, and the wait goes on to its end."""

from __future__ import annotations

import asyncio
import base64
import struct
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.errors import EngineError
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.feed import Feed
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.model import ConnectionOptions
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.query import Query
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.rest import TlsContexts
from simulator import tls
from simulator.frames import OPCODES, raw_frame
from support.bench import FAST, OPER, until
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


OURS = '{"subscriptionId":["%s"],"imdata":[{"ethpmPhysIf":{"attributes":{"dn":"%s","operSt":%s,"status":"modified"}}}]}'


@pytest.mark.parametrize("value", ['"\\ud800"', '"\\udfff\\ud800"', "NaN", "-Infinity"])
def test_a_notification_of_ours_with_a_value_that_is_none_is_not_believed(bench: Any, value: str) -> None:
    """All else about it is right: the id, the object, the attribute that the wait looks at."""

    def strike(switch: Any) -> None:
        (sid,) = switch.subscriptions.live
        switch.fault("raw-frame", {"text": OURS % (sid, OPER, value)})

    result = waits_through(bench(), strike, undecodable=1)
    assert {gap["reason"] for gap in result["gaps"]} == {UNDECODABLE}
    assert [row["to"] for row in result["transitions"] if row["attribute"] == "operSt"] == ["down"]


@pytest.mark.parametrize("kind", ["duplicate-keys", "empty"])
def test_an_odd_frame_that_says_nothing_is_no_gap(bench: Any, kind: str) -> None:
    result = waits_through(bench(), lambda switch: switch.fault("garbage", {"kind": kind, "count": 3}))
    assert not result["gaps"]


def test_a_flood_of_bad_frames_costs_no_read_each_and_no_memory(bench: Any) -> None:
    """As much is read again as after one of them, and the gap that they are is one."""
    here = bench(timing=replace(FAST, suspect_pause=0.3))
    count, rounds = 2000, 10

    async def work(session: Any) -> Any:
        subscription = await here.subscribe(session)
        loop, held = asyncio.get_running_loop(), [0]
        for turn in range(1, rounds + 1):
            await here.act(here.switch.fault, "garbage", kind="text", count=count)
            await until(lambda turn=turn: session.undecodable == turn * count)
            if turn == 1:
                tracemalloc.start()
                begun, before, held[0] = loop.time(), here.requests("mo"), tracemalloc.get_traced_memory()[0]
        grown = tracemalloc.get_traced_memory()[0] - held[0]
        await until(lambda: subscription.synced)
        reads, seconds = here.requests("mo") - before, loop.time() - begun
        return reads, seconds, grown, len(subscription.journal.gaps)

    try:
        reads, seconds, grown, gaps = here.run(work)
    finally:
        tracemalloc.stop()
    assert reads <= 2 + seconds / 0.3 and gaps <= 3 + seconds / 0.3
    assert grown < 1 << 20, "%d bytes for %d frames" % (grown, (rounds - 1) * count)


# Replies that are none, in the middle of a run

HEAD = '{"imdata":[{"ethpmPhysIf":{"attributes":{"dn":"sys/intf/phys-[eth1/1]/phys","operSt":'
DOCTYPE = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x %s>]><imdata totalCount="&x;">&x;</imdata>'
REPLIES = {
    "nothing": "",
    "text": "this is no document",
    "html": "<html><body>It works</body></html>",
    "truncated": HEAD + '"do',
    "nan": HEAD + "NaN}}}]}",
    "surrogate": HEAD + '"\\ud800"}}}]}',
    "deep": '{"imdata":' + "[" * 10_000 + "]" * 10_000 + "}",
    "deep-xml": "<imdata>" + "<a>" * 10_000 + "</a>" * 10_000 + "</imdata>",
    "bomb": DOCTYPE % ("'%s'" % ("x" * 1000)),
    "entity": DOCTYPE % "SYSTEM 'file:///etc/hostname'",
    "wrong-root": '{"jsonrpc":"2.0"}',
    "array": "[]",
}


@pytest.mark.parametrize("path", ["subscription=yes", r"phys\.json$", "subscriptionRefresh"])
@pytest.mark.parametrize("kind", REPLIES)
def test_a_bad_reply_in_the_middle_of_a_run_is_asked_for_again(bench: Any, kind: str, path: str) -> None:
    """HTTP 200 all the same. To a refresh nothing at all is a good answer; all others are not believed."""
    refresh = path == "subscriptionRefresh"
    fine = refresh and kind == "nothing"
    here = bench(timing=replace(FAST, lifetime=0.3) if refresh else FAST)

    async def work(session: Any) -> tuple[dict[str, Any], int]:
        task = await soon(here.wait(session, dn=OPER, until=DOWN, timeout=15))
        here.switch.fault("http-error", status=200, text=REPLIES[kind], path=path, count=1)
        if not refresh:
            here.switch.fault("drop-websockets", mode="abrupt")
        await until(lambda: not here.switch.call(lambda switch: switch.rules.report()))
        await recovered(session, 0 if fine else 1)
        assert not task.done()
        await here.act(here.switch.call, goes("down"))
        return await task, session.reconnects

    result, reconnects = here.run(work)
    assert result["met"] and bool(result["gaps"]) != fine and reconnects == (0 if fine else 1)
    assert [(row["attribute"], row["to"]) for row in result["transitions"]] == [("operSt", "down")]
    assert here.switch.stats()["logins"]["tries"] == 1


@pytest.mark.parametrize("kind", REPLIES)
def test_a_bad_reply_to_a_task_that_only_reads_is_a_clear_error(bench: Any, kind: str) -> None:
    here = bench()

    async def work(session: Any) -> tuple[str, str]:
        await session.read(Query(dn=OPER))
        here.switch.fault("http-error", status=200, text=REPLIES[kind], count=1)
        with pytest.raises(EngineError) as caught:
            await session.read(Query(dn=OPER))
        assert await session.read(Query(dn=OPER))
        return caught.value.reason, str(caught.value)

    reason, text = here.run(work)
    assert reason == "not_nxapi" and text.endswith(".") and "\n" not in text and len(text) < 300


# Frames


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


@pytest.mark.parametrize("opcode", ["binary", "text"])
def test_a_notification_counts_in_whichever_kind_of_frame_it_comes(bench: Any, opcode: str) -> None:
    """Nobody says that a switch uses text frames only."""
    here = bench()
    told = '{"subscriptionId":["%s"],"imdata":[{"ethpmPhysIf":{"attributes":{"dn":"' + OPER + '","operSt":"down",'
    told += '"modTs":"2099-01-01T00:00:00.000+00:00","status":"modified"}}}]}'

    async def work(session: Any) -> Any:
        subscription = await here.subscribe(session)
        task = await soon(here.wait(session, subscription="port", until=DOWN, timeout=15))
        await here.act(here.switch.fault, "raw-frame", text=told % subscription.wire_id, opcode=opcode)
        return await task

    result = here.run(work)
    assert result["met"] and result["notifications"] == 1 and not result["gaps"]


def test_a_binary_frame_that_is_no_document_is_a_gap_as_any_other(bench: Any) -> None:
    result = waits_through(bench(), wire(raw_frame(OPCODES["binary"], b"\xff\xfe\x00")), undecodable=1)
    assert {gap["reason"] for gap in result["gaps"]} == {UNDECODABLE}


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
