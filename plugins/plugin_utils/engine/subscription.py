# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One subscription as users know it: a name and a query, and all that was seen under it.

The wire id belongs to the socket and changes with it (PROTOCOL section 6, 11); the name stays. No I/O: the session
feeds it, with the time as a parameter.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Protocol

from .errors import EngineError
from .journal import Cursors, Entry, Gap, Journal
from .model import ManagedObject
from .query import Query
from .signals import backoff
from .state import ORIGIN_READ, ORIGIN_RESYNC, MergedState, Read, Step
from .story import Story, Told
from .times import iso
from .timing import NORMAL, Timing

FIRST, LATER = 0.5, 0.9
"""The first refresh and each later one is due between so much and all of a third of the lifetime: a thousand switches that
were subscribed in the same seconds are not refreshed in the same seconds."""


class Follower(Protocol):
    """Who wants to hear of each entry: a wait."""

    def follow(self, subscription: Subscription, entry: Entry) -> None:
        """Called in the event loop's thread, right after the entry took effect."""


class Subscription:
    def __init__(
        self,
        name: str,
        query: Query,
        cursors: Cursors,
        began: float,
        refresh_timeout: int | None = None,
        timing: Timing = NORMAL,
    ) -> None:
        self.name = name
        self.query = query
        self.timing = timing
        self.refresh_timeout = refresh_timeout
        self.lifetime = float(refresh_timeout or timing.lifetime)
        self.named = False
        self.began = began
        self.cursors = cursors
        self.began_cursor = cursors.now(began)
        self.state = MergedState()
        self.story = Story()
        self.journal = Journal(cursors)
        self.followers: set[Follower] = set()
        self.wanted = 0
        self.wire_id: str | None = None
        self.problem: EngineError | None = None
        self.refused: EngineError | None = None
        self.resume_at: float | None = None
        self._delays = backoff(timing)
        self.refreshed_at: float | None = None
        self.refreshed_wall: float | None = None
        self.refresh_at = 0.0
        self.last_frame: float | None = None
        self.last_frame_wall: float | None = None
        self.last_read_wall: float | None = None
        self.read_took = 0.0
        self.settle_at: float | None = None
        self.gap: Gap | None = None

    @property
    def sure(self) -> float:
        """Seconds that it lives without a refresh, whether the switch heeds a longer life that was asked for or not."""
        return min(self.lifetime, self.timing.lifetime)

    @property
    def synced(self) -> bool:
        """Subscribed on today's socket, and read since the last gap."""
        return self.wire_id is not None and self.state.synced

    @property
    def heard_wall(self) -> float:
        """When we last knew how it is: the newest read or notification."""
        return max(self.last_frame_wall or self.began, self.last_read_wall or self.began)

    @property
    def wants_read(self) -> bool:
        return self.settle_at is not None or bool(self.state.suspects)

    # What the session reports

    def subscribed(self, wire_id: str, now: float, wall: float) -> None:
        self.wire_id = wire_id
        self.problem = None
        self.refreshed(now, wall, FIRST)

    def refuse(self, exc: EngineError, now: float) -> None:
        """The switch refuses what it has accepted before; it is asked again, later each time."""
        self.refused = exc
        self.resume_at = now + max(self.timing.first_delay, next(self._delays))

    def refreshed(self, now: float, wall: float, earliest: float = LATER) -> None:
        self.refreshed_at, self.refreshed_wall = now, wall
        self.refresh_at = now + self.sure / 3 * random.uniform(earliest, 1.0)

    def refresh_later(self, now: float) -> bool:
        """A refresh got no answer: try again soon; False if the lifetime does not allow it any more."""
        self.refresh_at = now + self.timing.refresh_retry
        return self.refreshed_at is not None and self.refresh_at < self.refreshed_at + self.sure

    def receive(self, mo: ManagedObject, now: float, wall: float, sole: bool = True) -> None:
        """One MO of a notification with our id; unless it is the ``sole`` id, the MO may be meant for others."""
        self.last_frame, self.last_frame_wall = now, wall
        if not (self.query.contains(mo.dn) if sole else self._concerns(mo)):
            if mo.status == "deleted":
                for step in self.state.suspect_under(mo.dn):
                    self._record(step, (), now, wall)
            return
        if mo.status == "created" and self.query.paged and self.settle_at is None:
            self.settle_at = now + self.timing.settle
        own, *others = self.state.notify(mo, now)
        self._record(own, self.story.heard(mo, own, now) if self.state.synced else (), now, wall)
        for step in others:
            self._record(step, () if step.suspect else self.story.gone(step), now, wall)

    def _concerns(self, mo: ManagedObject) -> bool:
        """By its class too; the MOs of an abstract class are of others, which the reads have shown."""
        if self.query.contains(mo.dn, mo.cls):
            return True
        return self.query.contains(mo.dn) and any(known.mo.cls == mo.cls for known in self.state.objects.values())

    def read_done(self, read: Read, found: Iterable[ManagedObject], now: float, wall: float) -> bool:
        """A read's reply; one of the whole scope ends the gap. False if a break came in between: it proves nothing."""
        if not self.state.is_open(read):
            return False
        whole, unsynced, resync = read.dn is None, not self.state.synced, self.gap is not None
        steps = self.state.finish_read(read, found, ORIGIN_RESYNC if resync else ORIGIN_READ, now)
        for step in steps:
            self._record(step, self.story.read(step), now, wall)
        self.last_read_wall = wall
        if whole:
            self.refused = self.resume_at = None
            self._delays = backoff(self.timing)
        if whole and self.gap is not None:
            self.gap.until, self.gap.until_wall, self.gap.ended = now, wall, self.cursors.last + 1
            self.gap = None
        if whole and unsynced:
            self.story.begin(now)
            self._tell(self.journal.add(now, wall, synced=True, told=self.story.resynced(self.state.objects)))
        else:
            self._tell(Entry(self.cursors.last, now, wall))
        return True

    def suspect(self, dn: str, now: float, wall: float) -> None:
        """Have one MO read again before it is judged."""
        if dn not in self.state.suspects:
            self.state.suspect(dn)
            known = self.state.objects.get(dn)
            mo = known.mo if known else None
            step = Step(ORIGIN_READ, "modified", mo.cls if mo else "", dn, {}, mo, mo, listed=False, suspect=True)
            self._record(step, (), now, wall)

    def lose(self, reason: str, now: float, wall: float, reconnect: bool = True, heard: float | None = None) -> None:
        """A gap begins; one that is open already goes on. Without ``reconnect`` only the last notification is lost.

        A break is noticed later than it begins: a half-open socket is silent, and so is a subscription that the switch
        has let go. So the gap begins where the proof of either ends: ``heard``, when the socket last said anything, and
        the last notification of ours or answer to the subscription or its refresh.
        """
        begin, began = now, wall
        if reconnect:
            proof, proved = self._proof(now, wall)
            begin = min(now, proof, now if heard is None else heard)
            # In a sleep of the control node monotonic time stands still; the wall clock may be set back.
            began = min(wall - (now - begin), proved - (proof - begin))
            self.wire_id = None
        self.settle_at = None
        told = self.gap is not None and (self.gap.reconnect or not reconnect)
        if self.gap is None and self.state.loaded:
            self.gap = Gap(reason, begin, began, reconnect=reconnect)
            self.journal.gaps.append(self.gap)
        elif self.gap is not None:
            self.gap.reconnect = self.gap.reconnect or reconnect
        self.state.lose()
        if self.gap is not None and not told:
            self._tell(self.journal.add(now, wall, gap=self.gap))

    def _proof(self, now: float, wall: float) -> tuple[float, float]:
        """When (by either clock) it last showed that it was alive."""
        marks = ((self.last_frame, self.last_frame_wall), (self.refreshed_at, self.refreshed_wall))
        known = [(at, seen) for at, seen in marks if at is not None and seen is not None]
        return max(known, default=(now, wall))

    def _record(self, step: Step, told: tuple[Told, ...] | None, now: float, wall: float) -> None:
        self._tell(self.journal.add(now, wall, step=step, told=told))

    def _tell(self, entry: Entry) -> None:
        for follower in tuple(self.followers):
            follower.follow(self, entry)

    # What users see

    def as_result(self, now: float) -> dict[str, object]:
        expires = None
        if self.wire_id is not None and self.refreshed_at is not None:
            expires = round(max(0.0, self.refreshed_at + self.lifetime - now), 3)
        return {
            "name": self.name,
            "ids": [self.wire_id] if self.wire_id is not None else [],
            "path": self.query.target(),
            "format": self.query.format,
            "lifetime": self.lifetime,
            "expires_in": expires,
            "refreshed": _iso(self.refreshed_wall),
            "last_frame": _iso(self.last_frame_wall),
            "notifications": self.journal.listed,
        }


def _iso(wall: float | None) -> str | None:
    return None if wall is None else iso(wall)
