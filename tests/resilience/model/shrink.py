# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Failing schedules: kept as JSON, made smaller, told as a story."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from resilience.model.verdict import Verdict, conclude, run
from resilience.model.world import World

Step = Mapping[str, Any]
Steps = list[Step]

FOLDER = "NXAPI_MODEL_FAILURES"
"""The environment variable that names the folder for failing schedules."""

DEFAULT_FOLDER = Path(__file__).resolve().parents[3] / ".cache" / "model"


def keep(steps: Sequence[Step], findings: Sequence[str], folder: Path | None = None, seed: object = None) -> Path:
    """Write a failing schedule down; the file's name is its content's."""
    folder = folder or Path(os.environ.get(FOLDER) or DEFAULT_FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    lines = ",\n  ".join(json.dumps(step) for step in steps)
    name = hashlib.sha256(lines.encode()).hexdigest()[:10]
    path = folder / ("%s.json" % name)
    head = json.dumps({"findings": list(findings), "seed": seed})[1:-1]
    path.write_text('{%s, "steps": [\n  %s\n]}\n' % (head, lines), encoding="utf-8")
    return path


def load(path: Path) -> Steps:
    steps: Steps = json.loads(path.read_text(encoding="utf-8"))["steps"]
    return steps


def replay(steps: Sequence[Step]) -> Verdict:
    return run(steps)


def shrink(steps: Steps, fails: Callable[[Steps], bool], seconds: float = 60.0) -> Steps:
    """Fewer steps, and simpler ones, that still fail; as far as the time goes."""
    end = time.monotonic() + seconds
    size = max(1, len(steps) // 2)
    while time.monotonic() < end:
        smaller = _without(steps, size, fails, end)
        if smaller is not None:
            steps = smaller
        elif size == 1:
            break
        else:
            size //= 2
    return _simpler(steps, fails, end)


def _without(steps: Steps, size: int, fails: Callable[[Steps], bool], end: float) -> Steps | None:
    for begin in range(len(steps) - size, 0, -1):
        if time.monotonic() > end:
            return None
        fewer = steps[:begin] + steps[begin + size :]
        if fails(fewer):
            return fewer
    return None


def _simpler(steps: Steps, fails: Callable[[Steps], bool], end: float) -> Steps:
    """Without the switch's options and the changes that do not matter."""
    for index, step in enumerate(steps):
        for simpler in _variants(step):
            candidate = [*steps[:index], simpler, *steps[index + 1 :]]
            if time.monotonic() < end and fails(candidate):
                return _simpler(candidate, fails, end)
    return steps


def _variants(step: Step) -> list[Step]:
    found: list[Step] = []
    if step["do"] == "start":
        options = step.get("options") or {}
        found += [{**step, "options": {k: v for k, v in options.items() if k != name}} for name in options]
        if step.get("kinds"):
            found.append({**step, "kinds": []})
    elif step["do"] == "change":
        body = step["body"]
        changes = body.get("changes") or []
        if len(changes) > 1:
            found += [
                {**step, "body": {**body, "changes": changes[:i] + changes[i + 1 :]}} for i in range(len(changes))
            ]
        found += [{**step, "body": {k: v for k, v in body.items() if k != name}} for name in body if name != "changes"]
    elif step["do"] == "wait":
        options = step["options"]
        for name in ("hold", "fail_when", "where", "min_count", "only_new"):
            if name in options:
                found.append({**step, "options": {k: v for k, v in options.items() if k != name}})
    return found


def story(steps: Sequence[Step]) -> str:
    """What happens in a schedule, in the order of virtual time."""
    world = World()
    lines: list[tuple[float, str]] = []
    try:
        for step in steps:
            world.play(step)
    except BaseException:
        world.close()
        raise
    verdict = conclude(world)
    lines += [(at, "STEP %s" % json.dumps(step)) for at, step in world.log]
    for change in world.switch.changes if world.switch else ():
        sent = ["%.3f" % at for at, _ids, _order in change.sent]
        lines.append((change.at, "  #%d %s %s %s modTs %s sent %s" % (
            change.number, change.kind, change.dn, dict(change.carried) if change.kind != "created" else "",
            change.mod_ts, sent)))  # fmt: skip
    for request in world.switch.stats.log if world.switch else ():
        lines.append((request["at"], "    %s %s %s" % (request["method"], request["path"], request["status"])))
    for waiting in world.waits:
        result = waiting.result
        lines.append(
            (waiting.ended, "  WAIT %d ends: %s" % (waiting.number, result.get("reason") or result.get("met_at")))
        )
        lines.append((waiting.ended, "    first read %s, gaps %s" % (waiting.first_read, result.get("gaps"))))
        lines += [(waiting.ended, "    %s" % row) for row in result.get("transitions", ())]
    text = ["%9.3f %s" % line for line in sorted(lines, key=lambda each: each[0])]
    return "\n".join([*text, *("FINDING " + each for each in verdict.findings)])
