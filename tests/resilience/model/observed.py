# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A simulated switch under observation: every change with its time, and when (if ever) each was on the wire to whom.

This is the truth that the schedules are judged by; nothing of the engine is in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simulator import Options, Switch
from simulator.faults import FrameFaults
from simulator.model import load
from simulator.sockets import Socket
from simulator.tree import Event

MODEL = Path(__file__).parent / "switch.yml"

_IDS = re.compile(r"\d{15,}")


@dataclass
class Change:
    """One MO's change, the ``number``-th of all. ``after`` is None where it is gone.

    ``sent``: (when, to which subscription ids, as the how many-th frame of all) its frames left.
    """

    number: int
    at: float
    dn: str
    cls: str
    kind: str
    after: Mapping[str, str] | None
    carried: Mapping[str, str]
    mod_ts: str | None
    sent: list[tuple[float, frozenset[str], int]] = field(default_factory=list)


@dataclass(frozen=True)
class _Frame:
    text: str
    numbers: tuple[int, ...]
    ids: frozenset[str]


class _Frames(FrameFaults):
    """Notes which frames get through the faults. A socket that has ended, or hangs half-open, takes none."""

    def __init__(self, now: Callable[[], float]) -> None:
        super().__init__(now)
        self.changes: list[Change] = []
        self.current: tuple[int, ...] = ()
        self.sent = 0
        self._frames: dict[int, _Frame] = {}

    def deliver(self, socket: Socket, text: str) -> None:
        ids = frozenset(_IDS.findall(text[: text.find("imdata", 60) if text[0] == "{" else 400]))
        self._frames[id(text)] = _Frame(text, self.current, ids)
        super().deliver(socket, text)

    def _send(self, socket: Socket, text: str) -> None:
        if not (socket.silent or socket.ended):
            frame = self._frames[id(text)]
            for _copy in range(2 if self._duplicate.on and not self._fragment.on else 1):
                self.sent += 1
                for number in frame.numbers:
                    self.changes[number].sent.append((self._now(), frame.ids, self.sent))
        super()._send(socket, text)


class Observed(Switch):
    """``changes`` is the whole history; ``initial`` the tree before it."""

    def __init__(self, options: Options, monotonic: Callable[[], float], wall: Callable[[], float]) -> None:
        super().__init__(options, load(str(MODEL)), monotonic=monotonic, wall=wall)
        self.frames = _Frames(monotonic)
        self.frame_faults = self.frames
        self.initial = {mo.dn: mo for mo in self.tree}

    @property
    def changes(self) -> list[Change]:
        return self.frames.changes

    def record(self, events: Sequence[Event]) -> None:
        for event in events:
            after = None if event.after is None else event.after.attributes
            self.changes.append(
                Change(
                    len(self.changes), self.now(), event.mo.dn, event.mo.cls, event.kind, after, event.changed,
                    event.mod_ts,
                )
            )  # fmt: skip
        super().record(events)

    def commit(self, events: Sequence[Event], batch: bool = False, copies: int = 1) -> None:
        first = len(self.changes)
        self.record(events)
        numbers = range(first, len(self.changes))
        groups = [(list(events), tuple(numbers))] if batch else [([e], (n,)) for e, n in zip(events, numbers)]  # noqa: B905
        for group, members in groups:
            self.frames.current = members
            self.subscriptions.notify(group, batch=True, copies=copies)


def options_of(given: Mapping[str, Any]) -> Options:
    return Options(**{**given, "model": str(MODEL), "log_size": 2000})
