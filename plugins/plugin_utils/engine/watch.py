# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One watch: a line for each thing that happens, as it comes, until the time is over or somebody stops it.

It follows subscriptions as a wait does, but judges nothing. What it prints are the transitions that the story of a
subscription tells (each change once and in order), notifications that could not be merged with anything, and gaps.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from . import lines
from .errors import EngineError, Forbidden, InvalidOptions, Rejected, Unreachable, defect, sentence
from .journal import Cursor, Entry, Gap, together
from .model import ManagedObject
from .once import Once
from .report import NAMED, TRANSITIONS, transitions_of
from .session import Session
from .sight import UNLIMITED, Sight, WatchSpec
from .signals import Signal
from .spec import LegSpec
from .state import ORIGIN_READ, ORIGIN_RESYNC, Step
from .story import Told
from .subscription import Subscription
from .times import iso
from .wait import Line

SILENCE = 60.0
"""Seconds without a line after which one says that there was nothing; half of it while the switch is not reached."""

MOST_LINES = 1000
"""Lines kept for a worker that does not fetch them (it may be stopped); more are only counted."""

MOST_BREAKS = 100
"""Breaks that are remembered: a subscription may come back long after the first one did."""

BARE = LegSpec(None)


@dataclass(eq=False)
class Followed:
    """A subscription under watch. ``whole``: read since its last gap; else ``gap`` and ``broke`` tell of that. Until it is
    whole, ``early`` keeps the notifications that there is nothing to merge with, and ``resync`` what the read shows."""

    subscription: Subscription
    number: int
    sights: list[Sight]
    whole: bool = True
    gap: Gap | None = None
    broke: tuple[float, str] | None = None
    early: list[tuple[Entry, Told]] = field(default_factory=list)
    resync: list[tuple[Entry, Told]] = field(default_factory=list)
    behind: frozenset[str] = frozenset()


class Watch:
    def __init__(self, session: Session, spec: WatchSpec, wall: Callable[[], float]) -> None:
        self.session = session
        self.spec = spec
        self.lines: list[Line] = []
        self.news = Signal()
        self._watching = False
        self._wall = wall
        self._wake = Signal()
        self._rate = lines.Rate(0 if spec.secret else spec.rate)
        self._followed: dict[Subscription, Followed] = {}
        self._once = Once(1)
        self._problem: EngineError | None = None
        self._told_broke: tuple[float, str] | None = None
        self._told_over: deque[tuple[float, str] | None] = deque(maxlen=MOST_BREAKS)
        self._skipped: list[str] = []
        self._missed: list[Gap] = []
        self._transitions: deque[dict[str, object]] = deque(maxlen=TRANSITIONS)
        self._notifications = self._events = self._printed = 0
        self._cursor: Cursor | None = None
        self._reconnects = session.reconnects
        self._spoke = self._started = 0.0
        self._started_wall = self._from_wall = 0.0

    @property
    def patience(self) -> float:
        """Seconds that it may take, or that it is kept where it may take for ever."""
        return self.spec.duration or UNLIMITED

    async def run(self) -> dict[str, object]:
        """The task's result; a failure is a result too. Releases everything on the way out, also when cancelled."""
        self._start()
        preparing = asyncio.ensure_future(self._prepare())
        preparing.add_done_callback(self._prepared)
        self.session.changed.callbacks.add(self._wake.fire)
        try:
            await self._follow()
            self._tell_rest()
            self._tell_end()
            result = self._values()
        except EngineError as exc:
            self._tell_held(float("inf"))
            result = self._failure(exc)
        finally:
            self.session.changed.callbacks.discard(self._wake.fire)
            for followed in self._followed.values():
                self.session.release(followed.subscription, self)
            if not preparing.done():
                preparing.cancel()
                await asyncio.wait([preparing])
        self.news.fire()
        return result

    async def check(self) -> dict[str, object]:
        """Check mode: one read of each query."""
        self._start()
        try:
            for sight in self.spec.sights:
                query = sight.query or self._named(sight.subscription).query
                try:
                    await self.session.read(query)
                except (Rejected, Forbidden):
                    if not self._skip(sight):
                        raise
        except EngineError as exc:
            return self._failure(exc)
        return self._values()

    def _start(self) -> None:
        self._started = self._spoke = asyncio.get_running_loop().time()
        self._started_wall = self._from_wall = self._wall()

    # Getting there

    async def _prepare(self) -> None:
        """Attach to every subscription, look back, and have them all read; raises what ends the watch."""
        for sight in self.spec.sights:
            self._attach(sight)
        self._once = Once(len(self._followed))
        if self.spec.since is not None:
            self._look_back(self.spec.since)
        await self.session.ready(patient=False)
        for followed in list(self._followed.values()):
            try:
                await self.session.establish(followed.subscription, patient=True)
            except (Rejected, Forbidden):
                if not self._skip(followed.sights[0]):
                    raise
                self.session.release(followed.subscription, self)
                del self._followed[followed.subscription]
        self._watching = True
        self._tell_begin()

    def _attach(self, sight: Sight) -> None:
        if sight.query is None:
            subscription = self._named(sight.subscription)
        else:
            subscription, _new = self.session.obtain(sight.query)
        followed = self._followed.get(subscription)
        if followed is None:
            followed = Followed(subscription, len(self._followed), [], subscription.state.synced, subscription.gap)
            followed.behind = frozenset(dn for dn, apart in subscription.story.apart.items() if apart.behind)
            if subscription.gap is not None:
                followed.broke = (self.session.down_since or 0.0, subscription.gap.reason)
            self._followed[subscription] = followed
            subscription.followers.add(self)
        followed.sights.append(sight)

    def _named(self, name: str) -> Subscription:
        subscription = self.session.named(name)
        if subscription is None:
            known = sorted(each.name for each in self.session.subscriptions if each.named)
            raise InvalidOptions(
                "there is no subscription %s in this run (there are: %s). Make one with nxapi.events.subscription first."
                % (name, ", ".join(known) or "none")
            )
        return subscription

    def _skip(self, sight: Sight) -> bool:
        """The switch refuses this one. Whether that may be: the task did not ask for it, and something is left."""
        if not sight.optional or len(self._skipped) + 1 == len(self.spec.sights):
            return False
        self._skipped.append(sight.describe())
        return True

    def _look_back(self, since: Cursor) -> None:
        """What happened after that cursor is told first."""
        number = since.number if since.boot == self.session.cursors.boot else 0
        self._from_wall = min(self._from_wall, since.wall)
        told: list[tuple[int, Followed, Entry]] = []
        for followed in self._followed.values():
            subscription = followed.subscription
            if missing := subscription.journal.missing(since, subscription.began):
                self._missed.append(missing)
            replay = subscription.journal.replay(number, subscription.state.objects)
            told += [(entry.cursor, followed, entry) for entry in replay]
            followed.whole = True
        for missing in together(self._missed):
            self._say(lines.gap(self.session.label, self._wall(), missing, missing.until or 0.0), "a gap")
        for _cursor, followed, entry in sorted(told, key=lambda each: each[0]):
            self._take(followed, entry)
        for followed in self._followed.values():
            followed.whole = followed.subscription.state.synced

    def _prepared(self, preparing: asyncio.Future[None]) -> None:
        if not preparing.cancelled() and (exc := preparing.exception()) is not None:
            ours = EngineError("the watch failed on %s." % defect(exc))
            self._problem = exc if isinstance(exc, EngineError) else ours
        self._wake.fire()

    # Listening

    def follow(self, subscription: Subscription, entry: Entry) -> None:
        """What came just now, or was read."""
        try:
            self._take(self._followed[subscription], entry)
        except EngineError as exc:
            self._problem = exc
            self._wake.fire()
        except Exception as exc:  # a defect ends this watch, not the session and all that follow it
            self._problem = EngineError("the watch failed on %s." % defect(exc))
            self._wake.fire()

    def _take(self, followed: Followed, entry: Entry) -> None:
        step = entry.step
        if entry.gap is not None:
            self._break(followed, entry)
        elif step is not None and step.origin == ORIGIN_RESYNC:
            followed.resync += [(entry, told) for told in entry.transitions]
            self._count(followed, step)
        else:
            if entry.synced:
                self._mend(followed, entry)
            self._flush(followed)
            for told in entry.transitions:
                self._tell(followed, entry, told)
            if step is not None and step.listed:
                self._count(followed, step)
                if not entry.transitions:
                    self._tell_alone(followed, entry, step)

    def _count(self, followed: Followed, step: Step) -> None:
        if step.listed and any(sight.covers(step.dn) for sight in followed.sights):
            self._notifications += 1

    def _break(self, followed: Followed, entry: Entry) -> None:
        followed.whole, followed.gap = False, entry.gap
        if entry.gap is None or not entry.gap.reconnect:
            followed.broke = (entry.at, "")
            return
        followed.broke = (entry.at, entry.gap.reason)
        if followed.broke != self._told_broke:
            self._told_broke = followed.broke
            self._say(lines.lost(self.session.label, entry.wall, entry.gap.reason), "connection lost, reconnecting")

    def _mend(self, followed: Followed, entry: Entry) -> None:
        """A gap is over; told once, though each subscription has it."""
        lost, broke = followed.gap, followed.broke
        followed.whole, followed.gap, followed.broke = True, None, None
        if lost is not None and broke not in self._told_over:
            self._told_over.append(broke)
            self._say(lines.gap(self.session.label, entry.wall, lost, entry.at), "a gap")

    def _flush(self, followed: Followed) -> None:
        if not followed.whole or not (followed.early or followed.resync):
            return
        early, followed.early, resync, followed.resync = followed.early, [], followed.resync, []
        shown = {(told.dn, name, to) for _entry, told in resync for name, _was, to in told.changes}
        for entry, told in early:
            if not shown.issuperset((told.dn, name, to) for name, _was, to in told.changes):
                self._tell(followed, entry, told)
        for entry, told in resync:
            self._tell(followed, entry, told)

    def _tell(self, followed: Followed, entry: Entry, told: Told) -> None:
        """One transition, if some sight of its subscription admits it."""
        names = [name for name, _was, _to in told.changes]
        mo = self._object(followed, entry, told.dn)
        before, after = _changed(mo, told, 1), _changed(mo, told, 2)
        sights = [each for each in followed.sights if each.covers(told.dn) and each.admits(before, after)]
        sights = [each for each in sights if each.matters(told.status, names)]
        if not sights or not self._once.is_new(followed.number, (told.status, told.dn, told.mod_ts, told.changes)):
            return
        wanted = {name for each in sights for name in each.attributes}
        if wanted and all(each.attributes for each in sights) and not self.spec.verbose:
            told = replace(
                told, changes=tuple(each for each in told.changes if each[0] in wanted or each[0] == "status")
            )
        self._show(entry, told, mo)

    def _tell_alone(self, followed: Followed, entry: Entry, step: Step) -> None:
        """A notification that no transition stands for: it changes nothing, or there is nothing yet to merge it with."""
        values = {name: value for name, value in sorted(step.carried.items()) if name != "modTs"}
        if step.status != "modified":
            values = {"status": step.status, **values}
        changes = tuple((name, None, value) for name, value in values.items())
        told = Told(step.origin, step.status, step.dn, step.carried.get("modTs"), changes)
        if not followed.whole:
            if changes and len(followed.early) < MOST_LINES:
                followed.early.append((entry, told))
        elif self.spec.verbose and any(sight.covers(step.dn) for sight in followed.sights):
            words = "in doubt, it is read again" if step.suspect else "nothing new"
            mo = self._object(followed, entry, step.dn)
            line = lines.event(self.session.label, entry.wall, replace(told, changes=()), self._name(mo), True)
            if self._rate.passes(asyncio.get_running_loop().time()):
                self._say("%s (%s)" % (line, words), "")

    def _object(self, followed: Followed, entry: Entry, dn: str) -> ManagedObject:
        """The MO of a transition, as far as it is known."""
        step = entry.step
        if step is not None and step.dn == dn:
            found = step.after or step.before
            return found if found is not None else ManagedObject(step.cls, dn, step.carried)
        known = followed.subscription.state.objects.get(dn)
        return known.mo if known is not None else ManagedObject("", dn, {})

    def _name(self, mo: ManagedObject) -> str:
        return lines.name(mo.dn, mo.cls, mo.attributes)

    def _show(self, entry: Entry, told: Told, mo: ManagedObject) -> None:
        if self.spec.limit and self._events >= self.spec.limit:
            return
        self._events += 1
        self._transitions.extend(transitions_of(told, entry.wall, BARE))
        now = asyncio.get_running_loop().time()
        self._tell_held(now, entry.wall)
        if len(self.lines) >= MOST_LINES:
            self._rate.hold()
        elif self._rate.passes(now):
            self._printed += 1
            self._say(lines.event(self.session.label, entry.wall, told, self._name(mo), self.spec.verbose), "")
        if self._rate.held == 1:
            self._wake.fire()
        if self.spec.limit and self._events >= self.spec.limit:
            self._cursor = Cursor(self.session.cursors.boot, entry.cursor, entry.wall)
            self._wake.fire()

    def _tell_held(self, now: float, wall: float | None = None) -> None:
        held = self._rate.over(now)
        if held:
            more = "%s %s ... %d more lines left out" % (self.session.label, lines.clock(wall or self._wall()), held)
            self._say(more, "%s so far" % _counted(self._events, "event"))

    def _say(self, text: str, quiet: str) -> None:
        """``quiet``: what a task with no_log says instead, without the name of the switch; nothing where it is empty."""
        quiet = "%s: %s" % (self.session.label, quiet) if quiet else ""
        if not self.spec.secret or quiet:
            self.lines.append(Line(quiet if self.spec.secret else text, quiet))
            self._spoke = asyncio.get_running_loop().time()
            self.news.fire()

    # The loop

    async def _follow(self) -> None:
        loop = asyncio.get_running_loop()
        ends = self._started + self.spec.duration if self.spec.duration else float("inf")
        while not self.spec.limit or self._events < self.spec.limit:
            now = loop.time()
            self._check_problems()
            self._tell_held(now)
            if now >= ends:
                if not self._watching:
                    self._never_began()
                return
            pause = SILENCE if self.session.connected else SILENCE / 2
            if now >= self._spoke + pause:
                self._tell_silence(now)
            due = [ends, self._spoke + pause]
            if self._rate.due is not None:
                due.append(self._rate.due)
            await self._wake.wait_until(min(due))

    def _check_problems(self) -> None:
        if self._problem is not None:
            raise self._problem
        if self.session.failed and self.session.problem is not None:
            raise self.session.problem

    def _never_began(self) -> None:
        problem = self.session.problem
        words = str(problem).rstrip(".") if problem is not None else "the switch has not answered everything yet"
        raise Unreachable("%s within %g s: nothing was watched." % (words, self.spec.duration))

    def _tell_begin(self) -> None:
        until = "for %g s" % self.spec.duration if self.spec.duration else "until it is stopped"
        count = sum(
            any(sight.covers(dn) for sight in each.sights)
            for each in self._followed.values()
            for dn in each.subscription.state.objects
        )
        what = "the state of interfaces, neighbours, VLANs, vPC and hardware"
        if not self.spec.usual:
            names = list(dict.fromkeys(name for each in self._sights() for name in each.names()))
            what = ", ".join(names[:NAMED]) + (" and %d more" % (len(names) - NAMED) if len(names) > NAMED else "")
        text = "%s: watching %s (%s) %s" % (self.session.label, what, _counted(count, "object"), until)
        self._say(lines.printable(text), "watching %s" % until)
        if self._skipped:
            text = "%s: refused by this switch, so not watched: %s" % (self.session.label, ", ".join(self._skipped))
            self._say(lines.printable(text), "%d queries are refused by this switch" % len(self._skipped))

    def _sights(self) -> Iterator[Sight]:
        for followed in self._followed.values():
            yield from followed.sights

    def _tell_silence(self, now: float) -> None:
        since = self.session.down_since
        of = ", %d s of %g s" % (round(now - self._started), self.spec.duration) if self.spec.duration else ""
        if not self.session.connected:
            words = "not connected%s, retrying" % (" since %d s" % round(now - since) if since is not None else "")
        else:
            words = "nothing for %d s, %s so far" % (round(now - self._spoke), _counted(self._events, "event"))
        self._say("%s: %s%s" % (self.session.label, words, of), words + of)

    def _tell_rest(self) -> None:
        """What reads have shown, and no notification yet, before the watch ends."""
        for followed in self._followed.values():
            subscription = followed.subscription
            followed.whole = True  # or what is kept until then would never be told
            self._flush(followed)
            if subscription.synced:
                entry = Entry(self.session.cursors.last, asyncio.get_running_loop().time(), subscription.heard_wall)
                for told in list(subscription.story.untold(subscription.state.objects, ORIGIN_READ)):
                    if told.dn not in followed.behind:
                        self._tell(followed, entry, told)

    # The end

    def _tell_end(self) -> None:
        self._tell_held(float("inf"))
        after = "ended after %.1f s" % (asyncio.get_running_loop().time() - self._started)
        hidden = self._events - self._printed
        words = _counted(self._events, "event")
        words += ", %d of them not printed" % hidden if hidden and not self.spec.secret else ""
        self._say("%s: %s, %s" % (self.session.label, after, words), "%s, %s" % (after, words))

    def _values(self) -> dict[str, object]:
        gaps = {id(gap): gap for gap in self._missed}
        for subscription in self._followed:
            for gap in subscription.journal.gaps:
                if gap.until is None or gap.until >= self._started or (gap.until_wall or 0.0) >= self._from_wall:
                    gaps[id(gap)] = gap
        heard = self.session.last_heard_wall
        return {
            "elapsed": round(asyncio.get_running_loop().time() - self._started, 3),
            "started_at": iso(self._started_wall),
            "notifications": self._notifications,
            "events": self._events,
            "printed": self._printed,
            "suppressed": self._events - self._printed,
            "transitions": list(self._transitions),
            "gaps": [gap.as_result() for gap in together(gaps.values())],
            "reconnects": self.session.reconnects - self._reconnects,
            "not_watched": list(self._skipped),
            "last_heard": None if heard is None else iso(heard),
            "cursor": str(self._cursor or self.session.cursors.now(self._wall())),
        }

    def _failure(self, exc: EngineError) -> dict[str, object]:
        message = "%s: %s" % (self.session.label, sentence(str(exc)))
        return {**self._values(), "failed": True, "reason": exc.reason, "msg": message}


def _changed(mo: ManagedObject, told: Told, side: int) -> ManagedObject:
    """The MO before (1) or after (2) the transition."""
    values: dict[str, str | None] = {each[0]: each[side] for each in told.changes if each[0] != "status"}
    attributes: Mapping[str, str | None] = {**mo.attributes, **values}
    return replace(mo, attributes={name: value for name, value in attributes.items() if value is not None})


def _counted(number: int, word: str) -> str:
    return "%d %s%s" % (number, word, "" if number == 1 else "s")
