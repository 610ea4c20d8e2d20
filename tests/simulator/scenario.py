# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A timeline of changes and faults, so that a playbook can be tried against the same story again and again.

::

    - at: 2.0                       # seconds after the switch listens
      set: {dn: "sys/intf/phys-[eth1/1]/phys", attributes: {operSt: down}}
    - at: 5.0
      fault: {drop-websockets: {mode: abrupt}}
    - at: 6.0
      every: 10.0                   # again and again
      times: 3                      # so often in all; without it for ever
      delete: {dn: "sys/bgp/inst/dom-default/peer-[10.0.0.2]"}
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .actions import check
from .catalogue import yaml_load
from .faults import FaultError

if TYPE_CHECKING:
    from .switch import Switch


class ScenarioError(ValueError):
    """A scenario file that cannot be used; the text says where."""


@dataclass(order=True)
class Step:
    at: float
    number: int
    body: Mapping[str, Any] = field(compare=False)
    every: float = field(default=0.0, compare=False)
    times: int = field(default=1, compare=False)


def load(path: str) -> list[Step]:
    """The steps of a file in their order. Raises ScenarioError."""
    try:
        data = yaml_load(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ScenarioError(f"{path}: {error.strerror}") from error
    return parse(data, path)


def parse(data: Any, where: str = "scenario") -> list[Step]:
    if not isinstance(data, list):
        raise ScenarioError(f"{where}: a list of steps is expected")
    steps = []
    for number, item in enumerate(data, 1):
        if not isinstance(item, Mapping) or "at" not in item:
            raise ScenarioError(f"{where}: step {number} needs at: SECONDS")
        body = {key: value for key, value in item.items() if key not in ("at", "every", "times")}
        if not body:
            raise ScenarioError(f"{where}: step {number} does nothing")
        try:
            check_step(body)
        except FaultError as error:
            raise ScenarioError(f"{where}: step {number}: {error}") from error
        every = float(item.get("every", 0.0))
        steps.append(Step(float(item["at"]), number, body, every, int(item.get("times", 0 if every else 1))))
    return sorted(steps)


async def play(switch: Switch, steps: list[Step]) -> None:
    started = asyncio.get_running_loop().time()
    for step in steps:
        switch.spawn(_play(switch, step, started))


async def _play(switch: Switch, step: Step, started: float) -> None:
    loop = asyncio.get_running_loop()
    done = 0
    while not step.times or done < step.times:
        await asyncio.sleep(max(0.0, started + step.at + done * step.every - loop.time()))
        try:
            run(switch, step.body)
        except FaultError as error:
            print(f"simulator: scenario step {step.number}: {error}", file=sys.stderr, flush=True)
        done += 1


def check_step(body: Mapping[str, Any]) -> None:
    """Whether all that a step names exists. Raises FaultError."""
    for name, options in (body.get("fault") or {}).items():
        check(name, options or {})
    check("change", {key: value for key, value in body.items() if key != "fault"})


def run(switch: Switch, body: Mapping[str, Any]) -> None:
    """One step: faults by name under ``fault``, everything else a change."""
    for name, options in (body.get("fault") or {}).items():
        switch.fault(name, options or {})
    rest = {key: value for key, value in body.items() if key != "fault"}
    if rest:
        switch.fault("change", rest)
