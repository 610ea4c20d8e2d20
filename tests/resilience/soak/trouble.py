# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What goes wrong during a soak: a fault on a switch every so often, chosen by a seed, each switch in its turn.

A fault that the listener notices late (`notice` seconds) is not chosen shortly before the end. What a fault does to the
frames themselves, on the switch's side, is remembered: there the listener cannot be asked for what it never got.
"""

from __future__ import annotations

import random
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

GARBAGE = ("text", "truncated", "nan", "duplicate-keys", "surrogate", "not-utf8", "deep", "deep-xml", "html", "bomb", "entity",
           "wrong-root", "array", "empty")  # fmt: skip
LARGE = 17 * 1024 * 1024
"""Above what the listener takes as one message."""

OFFSETS = (0.0, -7.3, -1.55, 3.2)
"""No two of them are whole seconds apart: changes that come each second keep modTs of their own."""

LOST, DOUBLED, MOVED = "lost", "doubled", "moved"

Body = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """``body`` makes the options; ``notice``: seconds until the listener has surely noticed; ``frames``: see Window."""

    name: str
    body: Callable[[random.Random], Body]
    weight: int = 2
    notice: float = 12.0
    frames: str = ""


@dataclass(frozen=True)
class Window:
    """From ``begin`` to ``end`` (monotonic) the switch itself lost, doubled or moved frames."""

    what: str
    begin: float
    end: float


def _reload(chance: random.Random) -> Body:
    return {"seconds": round(chance.uniform(0.5, 2.5), 2), "sessions": chance.choice(["lose", "lose", "keep"])}


def _error(chance: random.Random) -> Body:
    return {"status": chance.choice([500, 502, 503]), "duration": round(chance.uniform(0.2, 2.0), 2)}


def _late(chance: random.Random) -> Body:
    return {
        "seconds": round(chance.uniform(0.2, 3.0), 2),
        "when": chance.choice(["before", "after"]),
        "count": 3,
        "duration": 5,
    }


KINDS = (
    Kind("drop-websockets", lambda chance: {"mode": chance.choice(["clean", "abrupt", "eof", "mid-frame"])}, weight=8),
    Kind("drop-websockets", lambda chance: {"mode": "silent"}, notice=100.0),
    Kind("expire-tokens", lambda chance: {}, weight=4),
    Kind("expire-subscriptions", lambda chance: {}, notice=40.0),
    Kind("unlink-sockets", lambda chance: {}, notice=40.0),
    Kind("reject-refresh", lambda chance: {
        "mode": chance.choice(["400", "403", "404", "405", "200-error", "200-object"]), "count": chance.randint(1, 3),
        "duration": 5,
    }),
    Kind("http-error", _error, weight=4),
    Kind("stall", _late),
    Kind("lose-replies", lambda chance: {"count": chance.randint(1, 3), "duration": 5}),
    Kind("no-pong", lambda chance: {"duration": 5}, weight=1),
    Kind("reload", _reload, weight=4),
    Kind("duplicate", lambda chance: {"count": chance.randint(1, 20), "duration": 1}, frames=DOUBLED),
    Kind("reorder", lambda chance: {"count": chance.randint(2, 10), "seconds": 1}, frames=MOVED),
    Kind("delay-frames", lambda chance: {"seconds": 0.5, "count": chance.randint(1, 50), "duration": 1}, frames=MOVED),
    Kind("fragment-frames", lambda chance: {"count": chance.randint(1, 50), "duration": 1}),
    Kind("garbage", lambda chance: {"kind": chance.choice(GARBAGE), "count": chance.randint(1, 3)}, weight=4),
    Kind("oversize", lambda chance: {"bytes": LARGE}, weight=1),
    Kind("clock", lambda chance: {"offset": chance.choice(OFFSETS)}),
)  # fmt: skip
FRAME_SECONDS = 2.5
"""A fault on frames lasts a second, and half a second or one more until the last of them has left."""


class Trouble:
    """Chooses the faults. ``applied`` counts them; ``windows`` has those of each switch that concern frames."""

    def __init__(self, seed: int, switches: int, end: float) -> None:
        self.applied: dict[str, int] = {}
        self.windows: list[list[Window]] = [[] for _each in range(switches)]
        self._end = end
        self._chance = random.Random(seed)
        self._turns = self._order(switches)
        self._first = self._chance.sample(KINDS, len(KINDS))

    def _order(self, switches: int) -> Iterator[int]:
        while True:
            yield from self._chance.sample(range(switches), switches)

    def _next(self, usable: Sequence[Kind]) -> Kind:
        """Each kind once in the beginning, so that what it costs once is spent in the warm-up; then by chance."""
        while self._first:
            if (kind := self._first.pop()) in usable:
                return kind
        return self._chance.choices(usable, [kind.weight for kind in usable])[0]

    async def strike(self, post: Callable[[int, str, Mapping[str, Any]], Awaitable[object]]) -> None:
        """One fault on the switch whose turn it is; ``post(switch, name, body)`` does it."""
        switch, now = next(self._turns), time.monotonic()
        usable = [kind for kind in KINDS if now + kind.notice < self._end]
        if not usable:
            return
        kind = self._next(usable)
        body = kind.body(self._chance)
        if kind.frames:
            self.windows[switch].append(Window(kind.frames, now - 0.1, now + FRAME_SECONDS))
        title = " ".join([kind.name, str(body["mode"])] if "mode" in body else [kind.name])
        self.applied[title] = self.applied.get(title, 0) + 1
        await post(switch, kind.name, body)
