# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A whole schedule: played, brought to rest, and judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.nxapi.events.plugins.plugin_utils.engine.errors import LoginRefused, NotNxapi
from resilience.model.goal import Goal
from resilience.model.judge import Case, judge
from resilience.model.known import known
from resilience.model.trouble import BACKOFF, PINGS, REFRESH, troubles
from resilience.model.truth import Truth
from resilience.model.world import World

REST = BACKOFF + 10.0
LONG_REST = PINGS + REFRESH + BACKOFF
"""Seconds until a session is certainly well again: the long one where the switch has fallen silent without a word."""

LONGEST_REST = 150.0

SILENT = ("reject-login", "unlink-sockets", "expire-subscriptions", "expire-tokens", "no-pong")


@dataclass
class Verdict:
    findings: list[str]
    tally: Counter[str] = field(default_factory=Counter)


def run(steps: Iterable[Mapping[str, Any]]) -> Verdict:
    """Play a schedule from its data."""
    world = World()
    try:
        for step in steps:
            world.play(step)
    except BaseException:
        world.close()
        raise
    return conclude(world)


def conclude(world: World) -> Verdict:
    """Bring a played schedule to its end, and judge it."""
    tally: Counter[str] = Counter()
    try:
        world.finish(lambda: _rest(world))
        findings = list(world.findings)
        world.findings.clear()
        if world.switch is not None:
            findings += _waits(world, tally)
            findings += _at_rest(world, tally)
            _count(world, tally)
    finally:
        world.close()
    unknown = []
    for finding in findings + world.findings:
        if name := known(finding):
            tally["known defect " + name] += 1
        else:
            unknown.append(finding)
    return Verdict(unknown, tally)


def _rest(world: World) -> float:
    """Seconds from now until the session must be well."""
    last = max((trouble.end for trouble in troubles(world.log)), default=0.0) - world.time()
    return max(_least_rest(world), min(last, LONGEST_REST))


def _least_rest(world: World) -> float:
    steps = [step for _at, step in world.log if step["do"] == "fault"]
    texts = [str(step) for step in steps]
    silent = any("silent" in text or any(name in text for name in SILENT) for text in texts)
    return LONG_REST if silent else REST


def _waits(world: World, tally: Counter[str]) -> Iterator[str]:
    truth, trouble = Truth(world.switch.initial, world.switch.changes), troubles(world.log)
    log = [each for each in world.switch.stats.log if each["kind"] in ("mo", "class")]
    reads = [(each["at"] - each["seconds"], each["at"], each["path"]) for each in log]
    answers = [each["at"] for each in world.switch.stats.log if each["status"] == 200]
    for waiting in world.waits:
        if not waiting.result:
            continue
        goal = Goal(waiting.kind, waiting.options, waiting.query)
        contacted = bool(answers) and answers[0] < waiting.ended
        for problem in judge(
            Case(waiting, truth, goal, trouble, tally, reads, contacted, world.switch.options.reply_delay)
        ):
            yield "wait %d: %s" % (waiting.number, problem)


def _at_rest(world: World, tally: Counter[str]) -> Iterator[str]:
    """The session is up, nothing is suspect, and what it holds is what the switch has."""
    session = world.session
    live = [each for each in session.subscriptions if each.named or each.followers]
    if not live:
        return
    if session.talk.logins == 0 and isinstance(session.problem, (LoginRefused, NotNxapi)):
        return  # the very first login met a switch whose AAA or DME was not there yet: it is not tried again
    if not session.connected:
        yield "at rest the session is not connected: %s" % session.problem
        return
    for subscription in live:
        if not subscription.synced or subscription.state.suspects:
            yield "at rest %s is not synced, or has suspects: %s" % (subscription.name, subscription.state.suspects)
    if list(_differences(world)):
        if not _frames_were_lost(world):
            yield from _differences(world)
            return
        tally["merged state read again, as frames were lost"] += 1
        world.reread()
    tally["merged states compared"] += len(live)
    yield from _differences(world)


def _frames_were_lost(world: World) -> bool:
    """Whether some change since the last whole read was on no wire, for a reason that nobody can notice."""
    steps = [str(step) for _at, step in world.log]
    return any("lose-frames" in text or "silent" in text or "reorder" in text for text in steps)


def _differences(world: World) -> Iterator[str]:
    now = Truth(world.switch.initial, world.switch.changes).now()
    for subscription in world.session.subscriptions:
        query = subscription.query
        if not (subscription.named or subscription.followers):
            continue
        goal = Goal("mo", {}, {"dn": query.dn, "class": query.cls, "query_target": query.query_target,
                               "target_subtree_class": query.target_subtree_class})  # fmt: skip
        wanted = {dn: dict(attributes) for dn, (cls, attributes) in now.items() if goal.covers(dn, cls)}
        held = {
            dn: {name: value for name, value in known.mo.attributes.items() if name != "modTs"}
            for dn, known in subscription.state.objects.items()
        }
        for dn in sorted({*wanted, *held}):
            if wanted.get(dn) != held.get(dn):
                yield "at rest %s holds %s as %s, and it is %s" % (subscription.name, dn, held.get(dn), wanted.get(dn))


def _count(world: World, tally: Counter[str]) -> None:
    tally["schedules"] += 1
    tally["waits"] += len(world.waits)
    tally["gaps"] += len({(gap["from"], gap["reason"]) for each in world.waits for gap in each.result.get("gaps", ())})
    tally["reconnects"] += world.session.reconnects
    tally["changes"] += len(world.switch.changes)
    tally["changes never on a wire"] += sum(1 for change in world.switch.changes if not change.sent)
    tally["requests"] += int(world.switch.report()["requests"]["total"])
    tally["virtual seconds"] += round(world.time() - world.log[0][0])
    for _at, step in world.log:
        tally["step " + str(step["do"])] += 1
        if step["do"] == "fault":
            tally["fault " + str(step["name"])] += 1
