# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever a switch sends on the WebSocket: messages, or an end that says why; work and memory stay bounded."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Iterator

import pytest
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.frames import MAX_MESSAGE
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.stream import BURST, Stream, StreamEnded
from hypothesis import given, settings
from hypothesis import strategies as st
from support.memory import memory_of

CONT, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
NOTE = b'{"subscriptionId":["1"],"imdata":[]}'


def frame(
    opcode: int, data: bytes = b"", fin: bool = True, size: int | None = None, reserved: int = 0, mask: bool = False
) -> bytes:
    """``size``: what the header announces, if not the truth."""
    size = len(data) if size is None else size
    first = (0x80 if fin else 0) | reserved << 4 | opcode
    length = (
        bytes([size])
        if size < 126
        else b"\x7e" + struct.pack("!H", size)
        if size < 65536
        else b"\x7f" + struct.pack("!Q", size)
    )
    if mask:
        return bytes([first, length[0] | 0x80]) + length[1:] + b"\0\0\0\0" + data
    return bytes([first]) + length + data


class Wire:
    """An open Stream, and the switch's end of its connection."""

    def __init__(self) -> None:
        ours, self.peer = socket.socketpair()
        self.stream = Stream(ours)
        self.found: list[bytes] = []
        self.end = ""
        self.slowest = 0.0

    def turn(self) -> None:
        """What the event loop does when the socket is readable."""
        began = time.process_time()
        try:
            self.found += self.stream.messages()
        except StreamEnded as exc:
            self.end = str(exc)
        self.slowest = max(self.slowest, time.process_time() - began)

    def give(self, data: bytes, piece: int = 65536) -> None:
        """The switch sends it; we read as it comes, until we have seen all of it."""
        for at in range(0, len(data), piece):
            view = memoryview(data)[at : at + piece]
            while view and not self.end:
                view = view[self.peer.send(view) :]
                self.turn()
            while self.stream.pending and not self.end:
                self.turn()

    def sent(self) -> bytes:
        """What we have sent to the switch, so far."""
        self.peer.setblocking(False)
        try:
            return self.peer.recv(1 << 20)
        except BlockingIOError:
            return b""
        finally:
            self.peer.setblocking(True)

    def close(self) -> None:
        self.stream.close()
        self.peer.close()


@pytest.fixture
def wire() -> Iterator[Wire]:
    made = Wire()
    yield made
    made.close()


# What is a notification


@pytest.mark.parametrize("data", [b"", b"nxapi", b"nxapi 3", b"nxapi 0", b"nxapi -1", b"nxapi \xb2", b"1", b"nxapi 1 "])
def test_a_pong_that_answers_none_of_our_pings_is_no_answer(wire: Wire, data: bytes) -> None:
    wire.stream.ping()
    wire.stream.ping()
    wire.give(frame(PONG, data))
    assert (wire.stream.pongs, wire.stream.frames, wire.end) == (0, 1, "")
    wire.give(frame(PONG, b"nxapi 2") + frame(PONG, b"nxapi 1"))
    assert wire.stream.pongs == 2


def test_fragments_with_pings_between_them_are_one_message(wire: Wire) -> None:
    wire.give(
        frame(TEXT, NOTE[:5], fin=False)
        + frame(PING, b"?")
        + frame(CONT, b"", fin=False)
        + frame(CONT, NOTE[5:])
        + frame(TEXT, b"x")
    )
    assert (wire.found, wire.end) == ([NOTE, b"x"], "")
    assert wire.sent()[:2] == b"\x8a\x81"  # a masked pong of one byte


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 65536])
def test_bytes_may_come_in_any_pieces(wire: Wire, piece: int) -> None:
    assert wire.stream.ping() == 1
    wire.give(frame(BINARY, NOTE) + frame(PONG, b"nxapi 1") + frame(TEXT, NOTE * 10) + frame(TEXT, NOTE * 2000), piece)
    assert (wire.found, wire.end, wire.stream.pongs) == ([NOTE, NOTE * 10, NOTE * 2000], "", 1)


def test_a_message_of_the_limit_is_taken_in_one_frame_and_in_fragments(wire: Wire) -> None:
    half = b" " * (MAX_MESSAGE // 2)
    wire.give(frame(TEXT, half + half))
    wire.give(frame(TEXT, half, fin=False) + frame(CONT, half))
    assert [len(data) for data in wire.found] == [MAX_MESSAGE, MAX_MESSAGE] and not wire.end


def test_a_length_that_is_written_longer_than_needed_is_tolerated(wire: Wire) -> None:
    wire.give(b"\x81\x7e\x00\x02{}" + b"\x81\x7f" + struct.pack("!Q", 2) + b"[]")
    assert (wire.found, wire.end) == ([b"{}", b"[]"], "")


# What ends the socket

HALF = frame(TEXT, b"x", fin=False)
ENDS: list[tuple[bytes, str]] = [
    (frame(TEXT, size=MAX_MESSAGE + 1), "more than 16 MiB"),
    (frame(TEXT, size=2**63), "more than 16 MiB"),
    (frame(TEXT, size=2**64 - 1), "more than 16 MiB"),
    (frame(TEXT, b"x", fin=False) + frame(CONT, size=MAX_MESSAGE), "more than 16 MiB"),
    (frame(TEXT, NOTE, reserved=4), "compressed"),
    (frame(TEXT, NOTE, reserved=1), "compressed"),
    (frame(CONT, NOTE), "out of order"),
    (frame(CONT, NOTE, fin=False), "out of order"),
    (HALF + frame(TEXT, NOTE), "out of order"),
    (HALF + frame(BINARY, NOTE, fin=False), "out of order"),
    (HALF + frame(CONT, b"") + frame(CONT, b""), "out of order"),
    (frame(TEXT, NOTE, mask=True), "masked"),
    (frame(PING, b"x" * 126), "control frame"),
    (frame(PONG, size=2**62), "control frame"),
    (frame(PING, b"x", fin=False), "control frame"),
    (frame(CLOSE, b"\x03\xe8" + b"x" * 124), "control frame"),
    *((frame(opcode, b""), "unknown kind") for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)),
    (b"HTTP/1.1 400 Bad Request\r\n\r\n", ""),
    (frame(CLOSE), "the switch closed the WebSocket"),
    (frame(CLOSE, b"\x03\xe8"), "code 1000"),
    (frame(CLOSE, b"\x00\x00"), "code 0"),
    (frame(CLOSE, b"\xff\xff\xed\xa0"), "code 65535"),
    (frame(CLOSE, b"\x03\xe8\xe2\x82"), "code 1000"),
    (frame(CLOSE, b"\x03"), "the switch closed the WebSocket"),
]


@pytest.mark.parametrize(("data", "words"), ENDS, ids=range(len(ENDS)))
@pytest.mark.parametrize("piece", [1, 65536])
def test_what_no_server_may_send_ends_the_socket_and_says_why(wire: Wire, data: bytes, words: str, piece: int) -> None:
    wire.give(frame(TEXT, NOTE) + data + frame(TEXT, b"after it"), piece)
    assert wire.end and words in wire.end
    assert wire.found[0] == NOTE and b"after it" not in wire.found


def test_an_end_within_a_frame_is_a_dropped_connection(wire: Wire) -> None:
    wire.give(frame(TEXT, NOTE)[:10])
    wire.peer.close()
    wire.turn()
    assert wire.end == "the switch dropped the connection" and not wire.found


# What must not cost more than it is


def test_a_large_message_in_small_pieces_takes_linear_time(wire: Wire) -> None:
    """Sixteen times the bytes, about sixteen times the work: not 256."""

    def cost(size: int) -> float:
        began = time.process_time()
        wire.give(frame(TEXT, b" " * size), 4)
        return time.process_time() - began

    small = cost(15_000)
    assert cost(16 * 15_000) < 60 * small


def test_a_message_in_a_million_fragments_takes_linear_time_and_no_memory(wire: Wire) -> None:
    wire.give(HALF)
    began = time.process_time()
    wire.give(frame(CONT, b"x", fin=False) * 300_000)
    assert time.process_time() - began < 8.0
    with memory_of(4 << 20):
        wire.give(frame(CONT, b"", fin=False) * 100_000)
    wire.give(frame(CONT))
    assert [len(data) for data in wire.found] == [300_001]


def test_continuations_without_end_stop_at_the_limit(wire: Wire) -> None:
    with memory_of(3 * MAX_MESSAGE + (8 << 20)):
        wire.give(HALF + frame(CONT, b"x" * 1_000_000, fin=False) * 17)
    assert "16 MiB" in wire.end and not wire.found


@pytest.mark.parametrize(
    "flood", [frame(CONT, fin=False), frame(PING, b"flood"), frame(PONG)], ids=["empty", "pings", "pongs"]
)
def test_a_flood_of_small_frames_leaves_others_their_turn(wire: Wire, flood: bytes) -> None:
    wire.give(HALF)
    wire.peer.setblocking(False)
    with pytest.raises(BlockingIOError):
        while True:
            wire.peer.send(flood * 5000)
    wire.turn()
    assert wire.stream.pending and wire.slowest < 0.1
    assert len(wire.sent()) <= 20  # one pong for all the pings of a turn


def test_a_ping_flood_from_a_switch_that_does_not_read_neither_grows_nor_breaks_our_frames(wire: Wire) -> None:
    """Half a pong that the kernel took must be followed by its other half."""
    with memory_of(6 << 20):
        for _turn in range(200):
            for _time in range(50):
                wire.peer.send(frame(PING, b"p" * 125))
            for _time in range(50):
                wire.turn()
                wire.stream.ping()
    assert not wire.end
    assert parsed(wire) > 100
    wire.stream.ping()
    wire.peer.settimeout(2.0)
    assert wire.peer.recv(100)  # and it goes on when the switch reads again


def parsed(wire: Wire) -> int:
    """How many whole client frames the switch has got; what is no frame fails the test."""
    data, count = bytearray(), 0
    for _turn in range(20):
        while piece := wire.sent():
            data += piece
        wire.stream.ping()  # what waited goes first
    while len(data) >= 2 and len(data) >= 6 + (data[1] & 0x7F):
        assert data[0] in (0x89, 0x8A) and data[1] & 0x80
        del data[: 6 + (data[1] & 0x7F)]
        count += 1
    return count


def test_a_burst_is_taken_in_turns(wire: Wire) -> None:
    wire.peer.send(frame(TEXT, b"x") * 3 * BURST)
    wire.turn()
    assert wire.stream.pending and len(wire.found) < BURST
    for _turn in range(4):
        wire.turn()
    assert len(wire.found) == 3 * BURST and not wire.stream.pending


# Anything at all

DATA = st.binary(max_size=200)
FRAMES = st.builds(
    frame,
    opcode=st.one_of(st.sampled_from([CONT, TEXT, BINARY, CLOSE, PING, PONG]), st.integers(0, 15)),
    data=DATA,
    fin=st.booleans(),
    size=st.one_of(st.none(), st.none(), st.none(), st.integers(0, 2**64 - 1)),
    reserved=st.sampled_from([0, 0, 0, 0, 0, 1, 2, 4, 7]),
    mask=st.sampled_from([False, False, False, False, True]),
)
GOOD = st.builds(
    lambda cut, data: frame(TEXT, data[:cut], fin=False) + frame(CONT, data[cut:]), st.integers(0, 9), DATA
)
BYTES = st.one_of(st.lists(st.one_of(FRAMES, GOOD), max_size=12).map(b"".join), DATA)


@settings(max_examples=200, deadline=None)
@given(data=BYTES, piece=st.integers(1, 50))
def test_any_bytes_are_messages_or_an_end_and_the_pieces_do_not_matter(data: bytes, piece: int) -> None:
    def outcome(size: int) -> tuple[list[bytes], str]:
        made = Wire()
        try:
            made.give(data, size)
            return made.found, made.end
        finally:
            made.close()

    assert outcome(65536) == outcome(piece)
