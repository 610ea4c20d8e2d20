# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One deadline and one size for all that a peer sends in answer to one request.

A socket's own timeout is for each receive, so a peer that sends a byte now and then would never run into it; and what
HTTP libraries bound (a line, the number of headers) leaves room for replies without end. Here every byte is counted
where it comes off the wire, before any parser sees it.
"""

from __future__ import annotations

import http.client
import io
import socket
import time
from typing import Any


class TooMuch(OSError):
    """More bytes than the answer to one request may have; ``str()`` is the limit."""


class Meter:
    """What is left for the request under way. Its timeout is a TimeoutError, as a socket's."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._bytes = 0
        self._deadline = 0.0

    def start(self, seconds: float) -> None:
        """A request begins."""
        self._deadline = time.monotonic() + seconds

    def reply(self) -> None:
        """Its answer begins (the first, or that to a second try: the time is shared, the size is not)."""
        self._bytes = 0

    def seconds(self) -> float:
        """How long the next step may take; TimeoutError if the time is over."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        return left

    def count(self, size: int) -> None:
        self._bytes += size
        if self._bytes > self._limit:
            raise TooMuch("%d MiB" % (self._limit >> 20) if self._limit >> 20 else "%d KiB" % (self._limit >> 10))


class MeteredReader(io.RawIOBase):
    """A socket's bytes, within the meter. Keeps the socket open as long as it is, as a file made by the socket does."""

    def __init__(self, sock: Any, meter: Meter) -> None:
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)
        self._meter = meter
        self.ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(self._meter.seconds())
        size: int | None = self._raw.readinto(buffer)
        self._meter.count(size or 0)
        self.ended = size == 0
        return size

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


class MeteredResponse(http.client.HTTPResponse):
    """http.client's response, read within a meter, and its head taken only whole.

    One that breaks off would pass for an empty reply. What follows a line that is no header is lost (a Content-Length,
    say), and urllib3 would log it (a cookie, say).
    """

    def __init__(self, sock: Any, meter: Meter, ahead: int = io.DEFAULT_BUFFER_SIZE, **given: Any) -> None:
        """``ahead``: bytes that may be taken off the socket before they are wanted; with 1 none beyond the head are."""
        super().__init__(sock, **given)
        self.fp.close()
        meter.reply()
        self._reader = MeteredReader(sock, meter)
        self.fp = io.BufferedReader(self._reader, ahead)

    def begin(self) -> None:
        super().begin()
        if self._reader.ended:
            raise http.client.RemoteDisconnected("the head broke off")
        if self.msg.get_payload():
            raise http.client.HTTPException("a line of the head is no header")
        self.msg.defects.clear()


class MeteredConnection:
    """For a class of http.client.HTTPConnection's: connecting, a proxy's answer, and replies are all metered."""

    meter: Meter

    def response_class(self, sock: socket.socket, **given: Any) -> MeteredResponse:
        return MeteredResponse(sock, self.meter, **given)


def spoke_no_http(exc: BaseException) -> bool:
    """Whether that is http.client's word for an answer that is not HTTP (and not for one that broke off)."""
    broken = (http.client.RemoteDisconnected, http.client.IncompleteRead, http.client.ImproperConnectionState)
    return isinstance(exc, http.client.HTTPException) and not isinstance(exc, broken)
