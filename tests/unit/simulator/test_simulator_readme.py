# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulator's README says what is so: its commands run, its tables are complete, its examples load."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import simulator
import yaml
from simulator.actions import ACTIONS
from simulator.changes import change
from simulator.cli import parser
from simulator.control import _READERS
from simulator.model import from_data
from simulator.options import Options, profile
from simulator.scenario import parse
from simulator_client import Start

README = (Path(simulator.__file__).parent / "README.md").read_text(encoding="utf-8")
YAML = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", README, re.S)]


def test_every_fault_and_every_option_of_it_is_in_the_table() -> None:
    rows = [row.split(" | ") for row in README.splitlines() if row.startswith("| `")]
    documented: dict[str, str] = {}
    for row in rows:
        documented.update(dict.fromkeys(re.findall(r"`([\w-]+)`", row[0]), row[1]))
    for name, (_unused, options) in ACTIONS.items():
        assert name == "change" or name in documented, name
        missing = [option for option in options.split() if option not in documented.get(name, "") + README]
        assert missing == [], name


def test_every_reader_is_in_the_table() -> None:
    assert [name for name in _READERS if not re.search(rf"`[^`]*\b{name}\b", README)] == []


def test_every_flag_that_is_named_exists() -> None:
    flags = {name.replace("-", "_") for name in re.findall(r"`--([a-z-]+)", README)}
    assert flags <= {action.dest for action in parser()._actions}


def test_every_control_command_answers_as_printed(start: Start) -> None:
    _unused, client = start()
    pattern = r"\$ curl -s http://127\.0\.0\.1:8080(/simulator/\S+) -d '(.*?)'\n(\{.*\})"
    commands = re.findall(pattern, README)
    assert len(commands) == 2
    for path, body, answer in commands:
        assert client.post(path, body).json() == json.loads(answer)


def test_the_story_and_the_model_of_the_readme_load() -> None:
    inventory, story, model, report = YAML
    assert inventory["all"]["hosts"]["leaf1"]["ansible_password"] == Options().password
    assert len(parse(story)) == 3
    assert profile(report) == report
    tree = from_data(model).tree
    assert tree.get("sys/intf/phys-[eth1/4]/phys") is not None


@pytest.mark.parametrize("key", re.findall(r"`(mod_ts|batch|copies|silent|force|raw_frame)", README))
def test_every_option_of_a_change_is_known(start: Start, key: str) -> None:
    handle, _unused = start()
    handle.call(lambda switch: change(switch, {"changes": [{}], key: 1}))
