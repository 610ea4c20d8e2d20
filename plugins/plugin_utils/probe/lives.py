# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What only time shows: the pings of the switch (G12), the life of a subscription, whether a life that was asked for counts
(G6), and whether requests prolong a session."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from .findings import SHORT
from .pushes import Pushes, subscription

LOOKS = 12
"""So often the life of a subscription is looked at: once each, on one of its own, because a look prolongs it."""

REFRESH_TIMEOUT = 30
"""Seconds; the least that any client of an APIC asks for."""

LATE = 1.1
"""After this much of a life it should be over."""


@dataclass
class Watched:
    """A subscription that is looked at once, ``after`` seconds. ``sent`` and ``replied`` are when it was asked for.

    ``alive`` is what came of it: it lived for ``least`` seconds or longer, or for ``most`` or shorter.
    """

    sid: str
    sent: float
    replied: float
    after: float
    alive: bool | None = None
    least: float = 0.0
    most: float = 0.0


def roundest(low: float, high: float) -> float:
    """Of the numbers between the two one with the fewest digits: 90 for 84.9 and 95.2."""
    middle = (low + high) / 2
    for exponent in range(4, -4, -1):
        unit = 10.0**exponent
        found = round(middle / unit) * unit
        if found > 0 and low <= found <= high:
            return round(found, 3)
    return round(middle, 3)


def lifetime(watched: Sequence[Watched]) -> tuple[float, float | None]:
    """Between what and what a subscription lives, in seconds; no upper limit where none ended."""
    dead = [each.most for each in watched if each.alive is False]
    most = min(dead, default=None)
    return max(
        (each.least for each in watched if each.alive and (most is None or each.least < most)), default=0.0
    ), most


class Lives:
    def __init__(self, pushes: Pushes) -> None:
        self._pushes = pushes
        self._session = pushes.session
        self._sheet = pushes.session.sheet

    def observe(self, seconds: float) -> None:
        """Listens for so long. What is asked on the way is whether subscriptions live."""
        pushes, ports = self._pushes, self._session.ports
        shorter = self._refresh_timeout(seconds)
        step = seconds / LOOKS
        watched: list[Watched] = []
        for dn in ports[2 : 2 + LOOKS] if seconds >= 1 and not pushes.full and pushes.refusing else ():
            made, text = self._watch(subscription(dn), step * (len(watched) + 0.5))
            if made is None:
                pushes.no_more(text)
                break
            watched.append(made)
        if not pushes.full:
            self._sheet.odd("max_subscriptions", "at least %d" % len(pushes.ids))
        began = time.monotonic()
        for each in sorted([*watched, *([shorter] if shorter else [])], key=lambda each: each.replied + each.after):
            pushes.socket.listen(max(0.0, each.replied + each.after - time.monotonic()))
            if pushes.socket.ended:
                break
            self._look(each)
        pushes.socket.listen(max(0.0, began + seconds - time.monotonic()))
        if pushes.socket.ended:
            self._sheet.say("socket", "The switch closed it (%s) while nothing was asked." % pushes.socket.ended)
        self._pings()
        self._lifetime(watched)
        if shorter:
            self._shorter(shorter, lifetime(watched)[0])

    def _watch(self, target: str, after: float) -> tuple[Watched | None, str]:
        sent = time.monotonic()
        sid, text = self._pushes.subscribe(target)
        return (Watched(sid, sent, time.monotonic(), after) if sid else None), text

    def _look(self, each: Watched) -> None:
        asked = time.monotonic()
        each.alive = self._pushes.alive(each.sid)
        each.least, each.most = asked - each.replied, time.monotonic() - each.sent

    def _refresh_timeout(self, seconds: float) -> Watched | None:
        """Asks for a short life; None where that settles it, or nothing can."""
        if len(self._session.ports) < 2:
            self._sheet.skip("refresh_timeout", "there are too few ports to subscribe to")
        elif self._pushes.full:
            self._sheet.skip("refresh_timeout", FULL)
        elif not self._pushes.refusing:
            self._sheet.skip("refresh_timeout", NO_TELLING)
        elif seconds >= 1:
            asked = REFRESH_TIMEOUT if seconds >= REFRESH_TIMEOUT * 1.2 else max(1, int(seconds * 0.4))
            target = "%s&refresh-timeout=%d" % (subscription(self._session.ports[1]), asked)
            made, text = self._watch(target, asked + max(0.5, asked * 0.1))
            if made is None and self._pushes.subscribe(subscription(self._session.ports[1]))[0]:
                self._sheet.found("refresh_timeout", "reject", "refresh-timeout=%d is refused (%s)" % (asked, text))
            elif made is None:
                self._pushes.no_more(text)
                self._sheet.skip("refresh_timeout", FULL)
            return made
        return None

    def _shorter(self, watched: Watched, lived: float) -> None:
        """``lived``: how long one without the parameter lives at least."""
        if watched.alive is None:
            self._sheet.skip("refresh_timeout", SHORT)
        elif watched.alive:
            self._sheet.found("refresh_timeout", "ignore", "it lives on after %.0f s" % watched.least)
        elif lived >= watched.most:
            self._sheet.found("refresh_timeout", "honour", "it ends after the time that was asked for")
        else:
            self._sheet.odd("refresh_timeout", "it ended, as one without it may have; a longer observe tells")

    def _lifetime(self, watched: list[Watched]) -> None:
        least, most = lifetime(watched)
        if not self._pushes.refusing:
            self._sheet.skip("subscription_timeout", NO_TELLING)
        elif most is not None:
            value = roundest(least, most)
            self._sheet.found("subscription_timeout", value, "%g s (between %.3g and %.3g)" % (value, least, most))
        elif least:
            self._sheet.odd("subscription_timeout", "longer than %.3g s" % least)

    def _pings(self) -> None:
        heard = [each.at for each in self._pushes.socket.heard if each.kind == "ping"]
        listened = time.monotonic() - self._pushes.socket.opened
        if len(heard) > 1:
            period = roundest(*_around(statistics.median(b - a for a, b in pairwise(heard))))
            self._sheet.found("server_ping", period, "one each %g s" % period)
        elif heard or listened < self._session.pace.silence:
            self._sheet.odd("server_ping", "%s in %.0f s" % ("one" if heard else "none", listened))
        else:
            self._sheet.found("server_ping", 0.0, "none in %.0f s" % listened)

    def slide(self, observe: float) -> None:
        """Whether requests prolong the session. It takes a little more than the life of a token."""
        session, socket, needed = self._session, self._pushes.socket, self._session.lifetime * LATE
        if not session.lifetime:
            self._sheet.skip("sliding_session", "the login reply names no life of a token")
            return
        if observe < needed:
            self._sheet.skip(
                "sliding_session", "a token lives %g s, so it takes an observe of %g" % (session.lifetime, needed)
            )
            return
        left, status = needed, 200
        while left > 0 and status == 200:
            pause = max(0.0, min(left, session.lifetime / 8))
            if not socket.ended:
                socket.listen(pause)
            else:
                time.sleep(pause)
            status = session.get("/api/mo/sys.json").status
            left = session.born + needed - time.monotonic()
        if status in (401, 403):
            session.token = ""
            self._sheet.found("sliding_session", False, "no, it ends after its time")
        elif status == 200:
            self._sheet.found("sliding_session", True, "yes")
        else:
            self._sheet.odd("sliding_session", "HTTP %d" % status)


FULL = "the switch gives out no further subscription"
NO_TELLING = "the refresh of an unknown subscription looks like that of a good one"


def _around(seconds: float) -> tuple[float, float]:
    """What a measured period may stand for."""
    return seconds - max(0.05, seconds * 0.02), seconds + max(0.05, seconds * 0.02)
