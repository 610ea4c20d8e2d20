# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""WebSocket frames (RFC 6455) from a server's bytes. Pure.

Each byte is looked at once, however small the pieces are that it comes in, and nothing is kept beyond one message of
``MAX_MESSAGE``. What the RFC forbids a server to send ends the stream: after that no byte can be trusted to begin a frame.
"""

from __future__ import annotations

from dataclasses import dataclass

MAX_MESSAGE = 16 * 1024 * 1024
"""Bytes of one notification, all its fragments together; a larger one ends the socket."""

MAX_CONTROL = 125

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
_CONTROL = 0x8
_FIN, _RESERVED, _OPCODE = 0x80, 0x70, 0x0F
_MASKED, _LENGTH = 0x80, 0x7F


class BadFrame(Exception):
    """Not what a WebSocket server may send, or more than we take; ``str()`` says what, without its bytes."""


@dataclass(frozen=True)
class Message:
    """A whole message (TEXT, BINARY) or a control frame (CLOSE, PING, PONG)."""

    opcode: int
    data: bytes


class Frames:
    """``feed`` it what was received; `step` through the frames of it."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._opcode = CONTINUATION
        self._message = bytearray()

    def feed(self, data: bytes) -> None:
        self._bytes += data

    def step(self) -> bool | Message:
        """The message that the next frame completes; True if that frame completes none, False if there is no whole frame.

        :raises BadFrame: the stream is at its end.
        """
        header = self._header()
        if header is None:
            return False
        fin, opcode, begin, end = header
        if len(self._bytes) < end:
            return False
        data = bytes(self._bytes[begin:end])
        del self._bytes[:end]
        if fin and opcode != CONTINUATION:
            return Message(opcode, data)
        self._message += data
        self._opcode = opcode or self._opcode
        if not fin:
            return True
        message = Message(self._opcode, bytes(self._message))
        self._opcode, self._message = CONTINUATION, bytearray()
        return message

    def _header(self) -> tuple[bool, int, int, int] | None:
        """Whether the frame is final, its opcode, and where its payload begins and ends."""
        raw = self._bytes
        if len(raw) < 2:
            return None
        fin, opcode, size, begin = bool(raw[0] & _FIN), raw[0] & _OPCODE, raw[1] & _LENGTH, 2
        if raw[0] & _RESERVED:
            raise BadFrame("a frame is compressed, which was not agreed")
        if raw[1] & _MASKED:
            raise BadFrame("a frame of a server is masked")
        if opcode >= _CONTROL and (not fin or size > MAX_CONTROL):
            raise BadFrame("a control frame is too long or in fragments")
        if size > MAX_CONTROL:
            begin = 4 if size == MAX_CONTROL + 1 else 10
            if len(raw) < begin:
                return None
            size = int.from_bytes(raw[2:begin], "big")
        self._check(opcode, size)
        return fin, opcode, begin, begin + size

    def _check(self, opcode: int, size: int) -> None:
        if opcode not in (CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG):
            raise BadFrame("a frame is of an unknown kind")
        if opcode >= _CONTROL:
            return
        if (opcode == CONTINUATION) != (self._opcode != CONTINUATION):
            raise BadFrame("the fragments of a message are out of order")
        if len(self._message) + size > MAX_MESSAGE:
            raise BadFrame("a notification of more than %d MiB" % (MAX_MESSAGE >> 20))
