# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults that are on for a while: on frames (FrameFaults) and on replies (Rules). What happens at once is in
``actions``.

Every fault may have a ``count`` (so many times), a ``duration`` in seconds, both or neither (until cleared).
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .frames import OPCODES, raw_frame

if TYPE_CHECKING:
    from .sockets import Socket

Body = Mapping[str, Any]


class FaultError(ValueError):
    """A fault that does not exist or has a bad option; the text goes to who asked for it."""


@dataclass
class Span:
    """How long a fault is on."""

    now: Callable[[], float]
    left: int | None = None
    until: float | None = None

    @classmethod
    def of(cls, now: Callable[[], float], body: Body) -> Span:
        count, duration = body.get("count"), body.get("duration")
        return cls(now, None if count is None else int(count), None if duration is None else now() + float(duration))

    @property
    def on(self) -> bool:
        return (self.left is None or self.left > 0) and (self.until is None or self.now() < self.until)

    def take(self) -> bool:
        """Uses it once; False where it is over."""
        if not self.on:
            return False
        if self.left is not None:
            self.left -= 1
        return True


class FrameFaults:
    """Frames lost, doubled, reordered, late: between the fan-out and the wire."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._late: deque[tuple[Socket, str]] = deque()
        self._due = 0.0
        self.clear()

    def clear(self) -> None:
        """Late frames still come."""
        self._lose = self._duplicate = self._fragment = self._delay = Span(self._now, 0)
        self._seconds = 0.0
        self._held: list[tuple[Socket, str]] = []
        self._hold = 0

    def lose(self, body: Body) -> None:
        self._lose = Span.of(self._now, {"count": 1, **body})

    def duplicate(self, body: Body) -> None:
        self._duplicate = Span.of(self._now, {"count": 1, **body})

    def fragment(self, body: Body) -> None:
        self._fragment = Span.of(self._now, {"count": 1, **body})

    def delay(self, body: Body) -> None:
        self._delay = Span.of(self._now, body)
        self._seconds = float(body.get("seconds", 1.0))

    def reorder(self, body: Body) -> None:
        """The next ``count`` frames leave in reverse; what has come after ``seconds`` leaves anyway."""
        self._hold = int(body.get("count", 2))
        asyncio.get_running_loop().call_later(float(body.get("seconds", 5.0)), self._release)

    def deliver(self, socket: Socket, text: str) -> None:
        if self._lose.take():
            return
        if self._hold:
            self._held.append((socket, text))
            if len(self._held) >= self._hold:
                self._release()
            return
        self._pass_on(socket, text)

    def _pass_on(self, socket: Socket, text: str) -> None:
        """Now or late; those that are late keep their order, others overtake them."""
        if not self._delay.take():
            self._send(socket, text)
            return
        self._due = max(self._due, self._now() + self._seconds)
        self._late.append((socket, text))
        asyncio.get_running_loop().call_later(self._due - self._now(), lambda: self._send(*self._late.popleft()))

    def _release(self) -> None:
        held, self._held, self._hold = self._held[::-1], [], 0
        for socket, text in held:
            self._pass_on(socket, text)

    def _send(self, socket: Socket, text: str) -> None:
        if self._fragment.take():
            socket.push(_fragments(text))
            return
        socket.push(text)
        if self._duplicate.take():
            socket.push(text)


def _fragments(text: str) -> bytes:
    """One message in three frames, as RFC 6455 allows."""
    data = text.encode()
    third = max(1, len(data) // 3)
    return (
        raw_frame(OPCODES["text"], data[:third], fin=False)
        + raw_frame(OPCODES["continuation"], data[third : 2 * third], fin=False)
        + raw_frame(OPCODES["continuation"], data[2 * third :])
    )


@dataclass
class Rule:
    """A fault on replies: ``kind`` http-error, stall, lose-replies, reject-login, reject-refresh or arm."""

    kind: str
    body: Body
    span: Span
    path: re.Pattern[str]
    method: str = ""
    after: bool = field(default=True)

    def matches(self, method: str, target: str) -> bool:
        return self.span.on and self.method in ("", method) and self.path.search(target) is not None

    def report(self) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "fault": self.kind,
            "path": self.path.pattern,
            "method": self.method,
            "left": self.span.left,
        }
        if self.span.until is not None:
            shown["seconds_left"] = max(0.0, self.span.until - self.span.now())
        return shown


class Rules:
    """The faults on replies that are on, in the order they were asked for."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._rules: list[Rule] = []

    def clear(self) -> None:
        self._rules.clear()

    def add(self, kind: str, body: Body, path: str = "") -> None:
        pattern = str(body.get("path", path))
        try:
            compiled = re.compile(pattern)
        except re.error as error:
            raise FaultError(f"path is not a regular expression: {error}") from error
        when = body.get("when", "after")
        if when not in ("before", "after"):
            raise FaultError("when is before or after")
        self._rules.append(
            Rule(kind, body, Span.of(self._now, body), compiled, str(body.get("method", "")).upper(), when == "after")
        )

    def take(self, kind: str, method: str, target: str, after: bool | None = None) -> Rule | None:
        """The first rule of that kind for this request, used once."""
        self._rules = [rule for rule in self._rules if rule.span.on]
        for rule in self._rules:
            if rule.kind == kind and (after is None or rule.after == after) and rule.matches(method, target):
                rule.span.take()
                return rule
        return None

    def report(self) -> list[dict[str, Any]]:
        return [rule.report() for rule in self._rules if rule.span.on]
