# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a wait on many switches tells: progress lines, the result's keys, and the sentence of a failure. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Protocol, cast

from .progress import PROGRESS
from .report import NAMED
from .spec import WaitSpec
from .times import iso

MOST_OFTEN = 1.0
"""Seconds between two progress lines at least."""

ROWS = 10
"""MOs and transitions that the result shows of each switch: those of a thousand have to fit into one task's result."""


class Fate(Enum):
    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"


class Terms(Protocol):
    """When the wait is over: see fleet.Terms."""

    @property
    def total(self) -> int:
        """Switches."""
        raise NotImplementedError

    @property
    def needed(self) -> int:
        """Of them, to be done."""
        raise NotImplementedError

    @property
    def quorum(self) -> str:
        """As the task says it."""
        raise NotImplementedError

    @property
    def max_failures(self) -> int | None:
        """That are borne."""
        raise NotImplementedError


class FleetProgress:
    """When there is something to say, and what: first what is waited for, then how it stands. ``due``: when to ask again
    (monotonic)."""

    def __init__(self, spec: WaitSpec, terms: Terms) -> None:
        self.due = 0.0
        self._spec = spec
        self._terms = terms
        self._begun = False
        self._said: tuple[int, int] | None = None
        self._counts = (0, 0)
        self._at = 0.0

    def has_news(self, done: int, failed: int, now: float) -> bool:
        self._counts = (done, failed)
        if not self._begun:
            return True
        self.due = self._at + (MOST_OFTEN if self._counts != self._said else PROGRESS)
        return now >= self.due

    def line(self, slowest: str, took: float, now: float) -> tuple[str, str]:
        """(line, the same without names and values). ``slowest``: a switch and what keeps it."""
        self._at = now
        if not self._begun:
            self._begun, self.due = True, now + MOST_OFTEN
            quiet = "%d switches: waiting" % self._terms.total
            text = "%s for %s on %s of them" % (quiet, self._spec.wanted, self._terms.quorum)
            return _with_limit(text, self._spec), _with_limit(quiet, self._spec)
        self._said, self.due = self._counts, now + PROGRESS
        clock = "%d s of %g s" % (round(took), self._spec.timeout)
        text = _counted(self._terms, *self._counts)
        return "%s%s, %s" % (text, ", slowest: %s" % slowest if slowest else "", clock), "%s, %s" % (text, clock)

    def end(self, done: int, took: float) -> tuple[str, str]:
        """The line of a success."""
        text = "%s after %.1f s" % (_counted(self._terms, done, self._counts[1]), took)
        return text, text


def _with_limit(text: str, spec: WaitSpec) -> str:
    return "%s, at most %g s" % (text, spec.timeout)


def _counted(terms: Terms, done: int, failed: int) -> str:
    return "%d of %d switches done%s" % (done, terms.total, ", %d failed" % failed if failed else "")


Row = tuple[str, Fate, dict[str, object], str]
"""A switch: its name, what became of it, its own result, and how it stands in a few words."""


def fleet_result(
    terms: Terms, spec: WaitSpec, rows: Sequence[Row], took: float, began_wall: float, cursor: str, check: bool
) -> dict[str, object]:
    """The task's result; every key is there whatever it is."""
    by = {fate: [name for name, its, _result, _words in rows if its is fate] for fate in Fate}
    met = len(by[Fate.DONE]) >= terms.needed
    values: dict[str, object] = {
        "elapsed": round(took, 3),
        "started_at": iso(began_wall),
        "met_at": iso(began_wall + took) if met and not check else None,
        "met": met,
        "total": terms.total,
        "needed": terms.needed,
        "done_hosts": by[Fate.DONE],
        "failed_hosts": by[Fate.FAILED],
        "pending_hosts": by[Fate.PENDING],
        "notifications": sum(cast("int", result.get("notifications", 0)) for _name, _its, result, _words in rows),
        "reconnects": sum(cast("int", result.get("reconnects", 0)) for _name, _its, result, _words in rows),
        "cursor": cursor,
        "hosts": {name: {"host": name, **_slim(result)} for name, _its, result, _words in rows},
    }
    broken = [result for _name, its, result, _words in rows if its is Fate.FAILED]
    if met or (check and not broken):
        return values
    reasons = [str(result["reason"]) for result in broken]
    reason = max(dict.fromkeys(reasons), key=reasons.count) if reasons else "timeout"
    values.update(failed=True, reason=reason, msg=_words(terms, spec, rows, took))
    return values


def _slim(result: Mapping[str, object]) -> dict[str, object]:
    """One switch's result with no more than ROWS of its MOs (what does not match first) and of its transitions."""
    kept = dict(result)
    mos = cast("list[dict[str, object]]", kept.get("mos") or [])
    if len(mos) > ROWS:
        unmatched = set(cast("Mapping[str, list[str]]", kept["unmatched"])["dns"])
        kept["mos"] = sorted(mos, key=lambda mo: mo["dn"] not in unmatched)[:ROWS]
    transitions = cast("list[object]", kept.get("transitions") or [])
    if len(transitions) > ROWS:
        kept["transitions"] = transitions[-ROWS:]
    return kept


def _words(terms: Terms, spec: WaitSpec, rows: Sequence[Row], took: float) -> str:
    """How many are done, and what keeps the others, by the reason of their failure."""
    done = sum(its is Fate.DONE for _name, its, _result, _stands in rows)
    wanted = "" if terms.needed == terms.total else ", %d wanted (quorum %s)" % (terms.needed, terms.quorum)
    sentences = ["%d of %d switches done after %g s%s" % (done, terms.total, round(took, 1), wanted)]
    failed: dict[str, list[str]] = {}
    for name, its, result, stands in rows:
        if its is Fate.FAILED:
            reason, said = str(result["reason"]), str(result["msg"])
            short = stands if reason == "timeout" and stands else said.removeprefix("%s: " % name).rstrip(".")
            failed.setdefault(reason, []).append("%s (%s)" % (name, short))
    most = terms.max_failures
    if most is not None and sum(map(len, failed.values())) > most:
        sentences.append("More than %d have failed (max_failures)" % most)
    for reason, named in sorted(failed.items(), key=lambda item: -len(item[1])):
        sentences.append("%s on %d: %s" % (reason, len(named), _list(named)))
    pending = ["%s (%s)" % (name, stands) for name, its, _result, stands in rows if its is Fate.PENDING]
    if pending:
        sentences.append("not done yet on %d: %s" % (len(pending), _list(pending)))
    return "%s (wanted: %s)." % (". ".join(sentences), spec.wanted)


def _list(named: Sequence[str]) -> str:
    more = " and %d more" % (len(named) - NAMED) if len(named) > NAMED else ""
    return ", ".join(named[:NAMED]) + more
