# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a wait says while it waits: its progress lines, and how it stands in a few words. Pure."""

from __future__ import annotations

import math

from .evaluate import Judge
from .report import Seen, Switch, all_met, listed, missing_words, unmet_words
from .spec import LegSpec, WaitSpec

PROGRESS = 30.0
"""Seconds without news after which a progress line says that the wait still waits."""

UNREAD = "nothing read yet"


class Progress:
    """When there is something to say, and what."""

    def __init__(self, spec: WaitSpec, label: str) -> None:
        self.due = 0.0
        self._spec = spec
        self._label = label
        self._last: tuple[int, bool] | None = None
        self._begun = False

    def line(self, judge: Judge, seen: Seen, switch: Switch, now: float) -> tuple[str, str] | None:
        """(line, the same without names and values), or None if nothing is new."""
        known = judge.first_read_at is not None
        state = (len(judge.hits) if self._spec.status else len(judge.matched) if known else -1, switch.connected)
        if self._begun and now < self.due and (state == self._last or state[0] < 0):
            return None
        first = not self._begun
        self._begun, self._last, self.due = True, state, now + PROGRESS
        where = self._place()
        clock = "%d s of %g s" % (round(now - seen.started), self._spec.timeout)
        if first:
            wanted = self._several() + self._spec.wanted
            if self._spec.hold:
                whose = "" if not self._spec.named else ", one" if self._spec.any_of else ", all"
                wanted += "%s for %g s" % (whose, self._spec.hold)
            text = "waiting for %s, at most %g s" % (wanted, self._spec.timeout)
            return "%s: %s" % (where, text), "%s: waiting, at most %g s" % (self._label, self._spec.timeout)
        if away := away_words(switch):
            text = "%s, retrying, %s" % (away, clock)
            return "%s: %s" % (self._label, text), "%s: %s" % (self._label, text)
        quiet = "%s: %d matched, %s" % (self._label, max(0, state[0]), clock)
        if not known:
            return "%s: %s, %s" % (where, UNREAD, clock), quiet
        return "%s: %s, %s" % (where, standing_words(judge, now), clock), quiet

    def end(self, judge: Judge, seen: Seen, now: float) -> tuple[str, str] | None:
        """The line of a success."""
        matched = len(judge.hits) if self._spec.status else len(judge.matched)
        text = self._spec.wanted if judge.total <= 1 else "%d of %d %s" % (matched, judge.total, self._spec.wanted)
        if self._spec.named:
            text = all_met(judge)
        after = "after %.1f s" % (now - seen.started)
        return "%s: %s %s" % (self._place(), text, after), "%s: %d matched %s" % (self._label, matched, after)

    def _several(self) -> str:
        names = [leg.name(dn) for leg in self._spec.legs for dn in sorted(leg.dns or ())]
        if self._spec.named or len(names) < 2:
            return ""
        return "%s of %s: " % (self._spec.goals[0].match.text, listed(names))

    def _place(self) -> str:
        """The switch, and the MO if it is one."""
        legs = self._spec.legs
        if len(legs) == 1 and (name := _only_name(legs[0])):
            return "%s %s" % (self._label, name)
        return self._label


class Silence(Progress):
    """Of a wait that is one of many: they are reported together."""

    def __init__(self, spec: WaitSpec, label: str) -> None:
        super().__init__(spec, label)
        self.due = math.inf

    def line(self, judge: Judge, seen: Seen, switch: Switch, now: float) -> None:
        """Nothing."""

    def end(self, judge: Judge, seen: Seen, now: float) -> None:
        """Nothing."""


def _only_name(leg: LegSpec) -> str:
    if leg.dns is not None:
        return leg.name(next(iter(leg.dns))) if len(leg.dns) == 1 else ""
    if leg.query is not None and leg.query.dn and not leg.query.paged:
        return leg.name(leg.query.dn)
    return ""


def standing_words(judge: Judge, now: float) -> str:
    """How it stands: of one MO its values, of several how many are there yet and which are not."""
    spec = judge.spec
    held = ""
    if judge.held_since is not None:
        held = "held %d of %g s" % (max(0.0, now - judge.held_since), spec.hold)
    if spec.status:
        return "%d of them seen, waiting for %s" % (len(judge.hits), spec.wanted)
    if spec.named:
        return "%s, %s" % (all_met(judge), held) if held else missing_words(judge)
    unmet = list(unmet_words(judge))
    if held and not unmet:
        return "%s, %s" % (spec.wanted, held)
    if len(unmet) == 1 and judge.total <= 1:
        return unmet[0][1]
    if judge.total == 0:
        return "nothing in scope yet (want %s)" % spec.wanted
    names = listed(["%s %s" % (name, words) for name, words in unmet])
    counts = "%d of %d %s" % (len(judge.matched), judge.total, spec.wanted)
    return "%s; not yet: %s" % (counts, names) if names else counts


def how_it_stands(judge: Judge, switch: Switch) -> str:
    """For one of many switches: what keeps it, with the MO's name."""
    if away := away_words(switch):
        return away
    if judge.first_read_at is None:
        return UNREAD
    name = _only_name(judge.spec.legs[0]) if len(judge.spec.legs) == 1 else ""
    words = standing_words(judge, switch.now)
    return "%s %s" % (name, words) if name else words


def away_words(switch: Switch) -> str:
    """That the switch is not connected, where it has been tried; else nothing."""
    if switch.connected or (switch.problem is None and switch.down_since is None):
        return ""
    since = " since %d s" % round(switch.now - switch.down_since) if switch.down_since is not None else ""
    return "not connected%s" % since
