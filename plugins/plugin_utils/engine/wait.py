# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One wait: from a task's options to its result.

It attaches to its subscriptions, reads each after its own start (the state before a shut must not satisfy the wait
after the no shut), and from then on only listens; the Judge decides. Everything is bounded by one deadline.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

from .errors import EngineError, InvalidOptions, defect
from .evaluate import Judge, Outcome, Verdict
from .journal import Cursor, Entry, Gap, together
from .model import ManagedObject
from .progress import Progress, Silence, how_it_stands
from .report import Seen, Transitions, failure, pending, result, transitions_of
from .session import Session
from .signals import Signal
from .spec import WaitSpec
from .state import ORIGIN_READ, ORIGIN_RESYNC, ORIGIN_STREAM
from .story import Told, since, tell
from .subscription import Subscription

LAST_LOOK = 5.0
LEAST_LEAD = 0.1
"""The read before a time-out begins so many seconds ahead of the deadline: twice what a read took, within these."""

LATEST = 0.25
"""Seconds beyond the deadline that are given to that read, or to one that confirms, where it is still under way."""


@dataclass(frozen=True)
class Line:
    """A progress line; ``quiet`` is the same without names and values, for tasks with no_log."""

    text: str
    quiet: str


class Wait:
    """``speaks``: it has progress lines; one of many in a fleet has none. ``prepared`` fires once its own reads are done, or
    cannot be done."""

    def __init__(self, session: Session, spec: WaitSpec, wall: Callable[[], float], speaks: bool = True) -> None:
        self.session = session
        self.spec = spec
        self.judge = Judge(spec)
        self.lines: list[Line] = []
        self.result: dict[str, object] | None = None
        self.news = Signal()
        self.prepared = Signal()
        self._called_off = False
        self._wall = wall
        self._subscriptions: list[Subscription] = []
        self._own_reads = False
        self._rewound: set[int] = set()
        self._behind: dict[tuple[int, str], ManagedObject | None] = {}
        self._wake = Signal()
        self._problem: EngineError | None = None
        self._reconnects = session.reconnects
        self._seen = Seen(Transitions(len(spec.legs)))
        self._progress = Progress(spec, session.label) if speaks else Silence(spec, session.label)
        self._missed: list[Gap] = []
        self._last_look: asyncio.Future[None] | None = None
        self._looked_at = self._known_wall = 0.0
        self._proof: asyncio.Future[None] | None = None
        self._proven: float | None = None
        self._prove_at = 0.0

    @property
    def patience(self) -> float:
        """Seconds that it may take."""
        return self.spec.timeout

    async def run(self, began: float | None = None) -> dict[str, object]:
        """The task's result; a failure is a result too. Releases everything on the way out, also when cancelled.

        ``began``: when the task began (monotonic), where that was earlier.
        """
        loop = asyncio.get_running_loop()
        self.start(loop.time() if began is None else began)
        deadline = self._seen.started + self.spec.timeout
        self._say(loop.time())
        self.session.begin()
        preparing = asyncio.ensure_future(self._prepare())
        preparing.add_done_callback(self._prepared)
        self.session.changed.callbacks.add(self._wake.fire)
        try:
            verdict = await self._follow(deadline)
            self._tell_rest()
            self.result = self._conclude(verdict)
        except EngineError as exc:
            self._collect_gaps()
            self.result = failure(self.judge, self._seen, self.session, exc.reason, str(exc))
        finally:
            self.session.changed.callbacks.discard(self._wake.fire)
            await self._release(preparing)
        self.news.fire()
        return self.result

    def start(self, began: float) -> None:
        """The task has begun (monotonic); its deadline counts from there."""
        self._seen.start(began, self._wall() - (asyncio.get_running_loop().time() - began))

    def call_off(self) -> None:
        """Nobody needs it any more: it ends with a result that says how things stand, and is no failure."""
        self._called_off = True
        self._wake.fire()

    def stands(self) -> str:
        """How things stand, in a few words: what is not as wanted."""
        return how_it_stands(self.judge, self.session)

    def untried(self, message: str) -> dict[str, object]:
        """The result of one that there was no time to begin."""
        return failure(self.judge, self._seen, self.session, "unreachable", message)

    def unfinished(self) -> dict[str, object]:
        """The result of one that was called off."""
        self._collect_gaps()
        return pending(self.judge, self._seen, self.session)

    async def check(self) -> dict[str, object]:
        """Check mode: one read of each query, and whether the condition holds."""
        self.start(asyncio.get_running_loop().time())
        self._collect_gaps()
        try:
            await asyncio.wait_for(self._look(), self.spec.timeout)
            self.judge.first_read(self._seen.started)
        except EngineError as exc:
            return failure(self.judge, self._seen, self.session, exc.reason, str(exc))
        except asyncio.TimeoutError:
            return self._timed_out()
        verdict = self.judge.verdict(self._seen.started)
        if verdict.outcome is Outcome.IMPOSSIBLE:
            return result(self.judge, self._seen, self.session, verdict)
        return result(self.judge, self._seen, self.session, replace(verdict, outcome=Outcome.PENDING), check=True)

    async def _look(self) -> None:
        for index, leg in enumerate(self.spec.legs):
            subscription = self._named(leg.subscription) if leg.subscription else None
            query = subscription.query if subscription is not None else leg.query
            if query is None:
                raise InvalidOptions("say what to look at: dn, class or subscription.")
            found = await self.session.read(query, patient=True)
            self.judge.load(index, {mo.dn: mo for mo in found}, synced=True)
            self.judge.legs[index].query = query
        self.judge.start(Entry(0, self._seen.started, self._seen.started_wall))

    # Getting there

    async def _prepare(self) -> None:
        """Attach to every leg's subscription, then read each; raises what ends the wait."""
        new = [self._attach(index) for index in range(len(self.spec.legs))]
        self._look_back()
        if self.spec.status and not self.judge.tracking:  # notifications count from now on, reads or not
            self._begin_here()
            self.judge.start(self._entry(asyncio.get_running_loop().time()))
        self._wake.fire()
        for index, subscription in enumerate(self._subscriptions):
            await self.session.establish(subscription, patient=True)
            if not new[index]:
                await self.session.reread(subscription)
        if self.session.reconnects > self._reconnects:
            self.judge.reconnected()
        now = asyncio.get_running_loop().time()
        self._own_reads = True
        if not self.judge.tracking:
            self._begin_here()
            self.judge.start(self._entry(now))
        self.judge.first_read(now)

    def _begin_here(self) -> None:
        """What reads have shown by now is where this wait's transitions begin, even if the story is behind them."""
        for index, subscription in enumerate(self._subscriptions):
            known = subscription.state.objects
            for dn, apart in subscription.story.apart.items():
                if apart.behind:
                    self._behind[index, dn] = known[dn].mo if dn in known else None

    def _attach(self, index: int) -> bool:
        """Whether the subscription is new, so that its first read is ours."""
        leg = self.spec.legs[index]
        if leg.query is None:
            subscription, new = self._named(leg.subscription or ""), False
        else:
            subscription, new = self.session.obtain(leg.query)
        self._subscriptions.append(subscription)
        subscription.followers.add(self)
        state = subscription.state
        self.judge.legs[index].query = subscription.query
        if state.loaded:
            self.judge.load(index, state.objects, subscription.synced)
            self.judge.refresh_suspects(index, state.suspects)
        return new

    def _named(self, name: str) -> Subscription:
        subscription = self.session.named(name)
        if subscription is None:
            known = sorted(sub.name for sub in self.session.subscriptions if sub.named)
            raise InvalidOptions(
                "there is no subscription %s in this run (there are: %s). Make one with nxapi.events.subscription first."
                % (name, ", ".join(known) or "none")
            )
        return subscription

    def _look_back(self) -> None:
        """With `since`: judge what happened after that cursor, from the state that was then."""
        since = self.spec.since
        if since is None and self.spec.status and self.spec.legs[0].subscription and not self.spec.only_new:
            since = self._subscriptions[0].began_cursor
        if since is None:
            return
        for index, subscription in enumerate(self._subscriptions):
            if missing := subscription.journal.missing(since, subscription.began):
                self._missed.append(missing)
            if subscription.state.loaded:
                self._rewind(index, subscription, since)
                self._rewound.add(index)
        if not self.spec.status and not any(sub.state.loaded for sub in self._subscriptions):
            return  # there is no state to go back from; notifications count without one
        self._seen.since(since.wall)
        history = sorted(
            ((entry.cursor, sub, entry) for sub in dict.fromkeys(self._subscriptions)
             for entry in sub.journal.replay(self._number(since), sub.state.objects)),
            key=lambda each: each[0],
        )  # fmt: skip
        self.judge.start(Entry(since.number, history[0][2].at if history else self._seen.started, since.wall))
        for _cursor, sub, entry in history:
            self._feed([index for index, known in enumerate(self._subscriptions) if known is sub], entry)
        for index, subscription in enumerate(self._subscriptions):
            self.judge.refresh_suspects(index, subscription.state.suspects)

    def _rewind(self, index: int, subscription: Subscription, since: Cursor) -> None:
        number = self._number(since)
        later = next((entry for entry in subscription.journal.since(number) if entry.gap or entry.synced), None)
        synced = not later.synced if later is not None else subscription.synced
        self.judge.load(index, subscription.journal.state_at(number, subscription.state.objects), synced)

    def _number(self, since: Cursor) -> int:
        """A cursor of another listener's life stands before everything that we hold."""
        return since.number if since.boot == self.session.cursors.boot else 0

    def _prepared(self, preparing: asyncio.Future[None]) -> None:
        if not preparing.cancelled() and (exc := preparing.exception()) is not None:
            ours = EngineError("the wait failed on %s." % defect(exc))
            self._problem = exc if isinstance(exc, EngineError) else ours
        self.prepared.fire()
        self._wake.fire()

    # Listening

    def follow(self, subscription: Subscription, entry: Entry) -> None:
        try:
            self._take(subscription, entry)
        except EngineError as exc:
            self._problem = exc
        except Exception as exc:  # a defect ends this wait, not the session and all that wait on it
            self._problem = EngineError("the wait failed on %s." % defect(exc))
        self._wake.fire()

    def _take(self, subscription: Subscription, entry: Entry) -> None:
        indexes = [index for index, known in enumerate(self._subscriptions) if known is subscription]
        if entry.synced and not self._own_reads:
            for index in indexes:
                if index not in self._rewound:
                    self.judge.load(index, subscription.state.objects, synced=False)
        self._feed(indexes, entry)
        if entry.step is None and entry.gap is None:
            for index in indexes:
                self.judge.refresh_suspects(index, subscription.state.suspects)
            self.judge.reconsider(entry)

    def _feed(self, indexes: list[int], entry: Entry) -> None:
        """``indexes``: the legs that look at the entry's subscription."""
        if self.judge.tracking:
            dn = entry.step.dn if entry.step is not None and entry.step.listed else None
            if dn is not None and any(self.spec.legs[index].covers(dn) for index in indexes):
                self._seen.notifications += 1
            for index in indexes:
                for told in entry.transitions:
                    self._tell(index, told, entry)
                if self._behind:
                    self._catch_up_after(index, entry)
        self.judge.feed(indexes, entry)

    def _tell(self, index: int, told: Told, entry: Entry) -> None:
        """A transition: where the subscription's story was behind this wait's own first read, from what that showed."""
        leg, key = self.spec.legs[index], (index, told.dn)
        if not leg.covers(told.dn):
            return
        if key not in self._behind:
            self._seen.transitions.add(index, transitions_of(told, entry.wall, leg))
            return
        if told.origin != ORIGIN_STREAM:
            return  # it ends with what a read has shown: see _catch_up
        before, step = self._behind[key], entry.step
        if before is None and told.status == "modified" and step is not None:
            before = step.before  # a read has shown meanwhile that there is one again
            self._show(index, tell(ORIGIN_READ, None, before), entry.wall)
        # What a read has made believable is newer, whatever its modTs says.
        after = since(before, told, step is not None and step.origin != ORIGIN_STREAM)
        self._behind[key] = after
        self._show(index, tell(told.origin, before, after, told.mod_ts), entry.wall)

    def _catch_up_after(self, index: int, entry: Entry) -> None:
        origins = {dn: ORIGIN_RESYNC for leg, dn in self._behind if leg == index} if entry.step is None else {}
        if entry.step is not None:
            origins[entry.step.dn] = entry.step.origin
        origins.update((told.dn, told.origin) for told in entry.transitions)
        for dn, origin in origins.items():
            self._catch_up(index, dn, origin, entry.wall)

    def _catch_up(self, index: int, dn: str, origin: str, wall: float, end: bool = False) -> None:
        """Story and state agree again (or the wait ends): what is left to tell is what only reads have shown."""
        subscription, key = self._subscriptions[index], (index, dn)
        apart = subscription.story.apart.get(dn)
        if key in self._behind and (apart is None or (end and apart.behind)):
            known = subscription.state.objects.get(dn)
            self._show(index, tell(origin, self._behind.pop(key), known.mo if known else None), wall)

    def _show(self, index: int, transitions: tuple[Told, ...], wall: float) -> None:
        leg = self.spec.legs[index]
        for told in transitions:
            if leg.covers(told.dn):
                self._seen.transitions.add(index, transitions_of(told, wall, leg))

    def _tell_rest(self) -> None:
        """What reads have shown, and no notification yet, before the wait ends."""
        for index, subscription in enumerate(self._subscriptions):
            if not subscription.synced:
                continue
            wall = subscription.heard_wall
            for told in subscription.story.untold(subscription.state.objects):
                if (index, told.dn) not in self._behind:
                    self._show(index, (told,), wall)
            for leg, dn in [key for key in self._behind if key[0] == index]:
                self._catch_up(leg, dn, ORIGIN_READ, wall, end=True)

    async def _follow(self, deadline: float) -> Verdict:
        loop = asyncio.get_running_loop()
        while True:
            if self.spec.hold > 0:
                self.session.awake()  # what the control node slept through was not held
            now = loop.time()
            verdict = self.judge.verdict(now)
            if verdict.outcome is Outcome.MET or self._called_off:
                return verdict
            self._check_problems()
            if verdict.outcome is Outcome.HELD:
                if self._proven is not None and self._proven == self.judge.held_since:
                    return replace(verdict, outcome=Outcome.MET)
                self._prove(now)
            elif verdict.outcome is Outcome.CONFIRM:
                self._confirm(verdict, now)
            elif verdict.outcome is not Outcome.PENDING:
                return verdict
            reading = any(task is not None and not task.done() for task in (self._last_look, self._proof))
            looking = reading or verdict.outcome is Outcome.CONFIRM
            if now >= deadline + (LATEST if looking else 0.0):
                return verdict
            self._say(now)
            due = [deadline if now < deadline else deadline + LATEST, self._progress.due]
            if self._last_look is None and now < deadline:
                due.append(self._look_if_due(now, deadline))
            if verdict.check_at is not None:
                due.append(verdict.check_at)
            if verdict.outcome is Outcome.HELD and (self._proof is None or self._proof.done()):
                due.append(self._prove_at)
            await self._wake.wait_until(min(due))

    def _check_problems(self) -> None:
        if self._problem is not None:
            raise self._problem
        if self.session.failed and self.session.problem is not None:
            raise self.session.problem
        for subscription in self._subscriptions:
            if subscription.problem is not None:
                raise subscription.problem

    def _confirm(self, verdict: Verdict, now: float) -> None:
        """What rests on notifications without usable modTs is read once before it counts (rule 4)."""
        for index, dn in verdict.doubtful:
            self._subscriptions[index].suspect(dn, now, self._wall())
        self.session.do_chores()

    def _prove(self, now: float) -> None:
        """It was held by the clock, and nothing was heard: have the switch show that nothing was lost meanwhile."""
        if now >= self._prove_at and (self._proof is None or self._proof.done()):
            self._prove_at = now + self._subscriptions[0].timing.refresh_retry
            self._proof = asyncio.ensure_future(self._prove_all(self.judge.held_since))
            self._proof.add_done_callback(self._looked)

    async def _prove_all(self, since: float | None) -> None:
        """All is still as it is known, the switch still keeps the subscriptions, and what it has sent has come."""
        for subscription in dict.fromkeys(self._subscriptions):
            await self.session.reread(subscription)
            await self.session.refresh(subscription)
        await self.session.echo()
        self._proven = since

    def _say(self, now: float) -> None:
        texts = self._progress.line(self.judge, self._seen, self.session, now)
        if texts is not None:
            self.lines.append(Line(*texts))
            self.news.fire()

    # The end

    def _conclude(self, verdict: Verdict) -> dict[str, object]:
        if verdict.outcome in (Outcome.PENDING, Outcome.CONFIRM, Outcome.HELD):
            return self.unfinished() if self._called_off else self._timed_out()
        if self._was_missed(verdict):
            now = asyncio.get_running_loop().time()
            self._missed.append(Gap("missed", self._looked_at, self._known_wall, now, self._wall(), reconnect=False))
        self._collect_gaps()
        met = self.judge.met_at
        if verdict.outcome is Outcome.MET:
            texts = self._progress.end(self.judge, self._seen, asyncio.get_running_loop().time())
            self.lines += [Line(*texts)] if texts is not None else []
            if met is not None:  # a wait since then sees all that came after it
                self._seen.cursor = str(Cursor(self.session.cursors.boot, met.cursor, met.wall))
        return result(self.judge, self._seen, self.session, verdict)

    def _look_if_due(self, now: float, deadline: float) -> float:
        """Read once more before the time is up, early enough that the reply is there in time (rule 5). When to look."""
        took = sum(subscription.read_took for subscription in self._subscriptions)
        look_at = deadline - min(2 * took + LEAST_LEAD, LAST_LOOK, self.spec.timeout / 4)
        if now < look_at:
            return look_at
        if self._own_reads and self.session.connected:
            self._looked_at, self._known_wall = now, min(sub.heard_wall for sub in self._subscriptions)
            self._last_look = asyncio.ensure_future(self._reread_all())
            self._last_look.add_done_callback(self._looked)
        return deadline

    def _looked(self, look: asyncio.Future[None]) -> None:
        if not look.cancelled():
            look.exception()  # a look that failed proves nothing
        self._wake.fire()

    def _was_missed(self, verdict: Verdict) -> bool:
        """Whether only the last look found it: no notification had told of it."""
        met = self.judge.met_at
        if verdict.outcome is not Outcome.MET or met is None or self._last_look is None or met.at < self._looked_at:
            return False
        return met.step is None or met.step.origin != ORIGIN_STREAM

    async def _reread_all(self) -> None:
        for subscription in self._subscriptions:
            await self.session.reread(subscription)

    def _timed_out(self) -> dict[str, object]:
        self._collect_gaps()
        for subscription in self._subscriptions:
            if (refused := subscription.refused) is not None:
                return failure(self.judge, self._seen, self.session, refused.reason, str(refused))
        if self.session.connected:
            return failure(self.judge, self._seen, self.session, "timeout", "")
        return failure(self.judge, self._seen, self.session, "unreachable", "")

    def _collect_gaps(self) -> None:
        """The gaps that overlap this wait, in order."""
        begin = self._seen.from_wall
        gaps = {id(gap): gap for gap in self._missed}
        for subscription in self._subscriptions:
            for gap in subscription.journal.gaps:
                overlaps = gap.until is None or gap.until >= self._seen.started
                if overlaps or (gap.until_wall or 0.0) >= begin:
                    gaps[id(gap)] = gap
        self._seen.gaps = together(gaps.values())
        self._seen.reconnects = self.session.reconnects - self._reconnects
        self._seen.cursor = str(self.session.cursors.now(self._wall()))

    async def _release(self, preparing: asyncio.Future[None]) -> None:
        for subscription in self._subscriptions:
            self.session.release(subscription, self)
        for task in (preparing, self._last_look, self._proof):
            if task is not None and not task.done():
                task.cancel()
                await asyncio.wait([task])

    def _entry(self, now: float) -> Entry:
        return Entry(self.session.cursors.last, now, self._wall())
