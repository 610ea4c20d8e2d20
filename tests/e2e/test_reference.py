# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The reference as ``ansible-doc`` shows it, and that examples, roles and options agree with what it says."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.nxapi.events.plugins.module_utils._argument_specs import arguments
from playing import COLLECTION, Player

MODULES = sorted(path.stem for path in (COLLECTION / "plugins" / "modules").glob("[!_]*.py"))
FILTERS = sorted(path.stem for path in (COLLECTION / "plugins" / "filter").glob("[!_]*.py"))
ROLES = sorted(path.name for path in (COLLECTION / "roles").iterdir())
OF_TYPE = {"module": MODULES, "filter": FILTERS, "role": ROLES}

MARKUP = re.compile(r"\b(?:O|V|RV|M|P|C|B|I|U|L|E|HORIZONTALLINE)\([^)\s]")
"""What ansible-doc replaces by something that a person reads."""

KEYWORDS = {
    "name",
    "register",
    "loop",
    "loop_control",
    "vars",
    "delegate_to",
    "when",
    "until",
    "retries",
    "delay",
    "run_once",
}


def doc(player: Player, *arguments: str) -> str:
    environment = {**player.environment(player.folder, {}), "PAGER": "cat", "COLUMNS": "120"}
    del environment["ANSIBLE_LOG_PATH"]
    command = [str(Path(sys.executable).with_name("ansible-doc")), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    ours = [line for line in done.stderr.splitlines() if "nxapi" in line or "ERROR" in line]
    assert done.returncode == 0 and not ours, done.stderr
    return done.stdout


@pytest.mark.parametrize("kind", OF_TYPE)
def test_every_page_reads_as_text(player: Player, kind: str) -> None:
    names = [f"nxapi.events.{name}" for name in OF_TYPE[kind]]
    text = doc(player, "--type", kind, *names)
    for name in names:
        assert re.search(rf"^> .*{re.escape(name)}", text, re.M | re.I), f"no page of {name}"
    left = [line for line in text.splitlines() if MARKUP.search(line) and "{{" not in line]
    assert not left
    assert "ignore:" not in text and "details: []" not in text
    listed = doc(player, "--type", kind, "--list", "nxapi.events")
    assert all(name in listed for name in names)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    player = Player(tmp_path_factory.mktemp("pages"))
    found: dict[str, dict[str, Any]] = {}
    for kind in ("module", "filter"):
        found |= json.loads(doc(player, "--json", "--type", kind, *(f"nxapi.events.{name}" for name in OF_TYPE[kind])))
    return found


@pytest.mark.parametrize("name", [*MODULES, *FILTERS])
def test_a_page_has_all_its_parts(pages: dict[str, dict[str, Any]], name: str) -> None:
    page = pages[f"nxapi.events.{name}"]
    about = page["doc"]
    assert page["examples"].strip() and page["return"] and about["description"] and about["author"]
    assert about["short_description"][-1] != "." and re.fullmatch(r"\d+\.\d+\.\d+", about["version_added"])
    options = [*about["options"].items()]
    for option, each in options:
        assert each["description"] and each.get("type"), option
        options += (each.get("suboptions") or {}).items()
    for key, each in page["return"].items():
        assert each["description"] and each.get("type"), key
    if name in MODULES:
        assert page["return"]["reason"]["returned"] == "failure"


def tasks(examples: str) -> list[dict[str, Any]]:
    found = yaml.safe_load(examples)
    assert isinstance(found, list) and all(isinstance(each, dict) for each in found)
    return found


def unknown(given: dict[str, Any], options: dict[str, Any]) -> Iterator[str]:
    """Options that there are not, those of the entries of a list too."""
    for name, value in given.items():
        spec = options.get(name) or next((each for each in options.values() if name in each.get("aliases", ())), None)
        if spec is None:
            yield name
            continue
        if spec.get("options") and isinstance(value, list):
            for entry in value:
                yield from (f"{name}.{each}" for each in unknown(entry, spec["options"]))
        if spec.get("choices") and isinstance(value, str) and "{{" not in value and value not in spec["choices"]:
            yield f"{name}: {value}"


@pytest.mark.parametrize("name", [*MODULES, *FILTERS])
def test_the_examples_use_what_there_is(pages: dict[str, dict[str, Any]], name: str) -> None:
    """In full names, with a sentence as the name of each task, and all that is required."""
    used = set()
    for task in tasks(pages[f"nxapi.events.{name}"]["examples"]):
        assert task["name"][0].isupper() and task["name"][-1] != ".", task
        (called,) = task.keys() - KEYWORDS - {"mode"}
        assert called.startswith(("nxapi.events.", "ansible.builtin.")), called
        used |= {called.rpartition(".")[2]} | set(re.findall(r"\| *nxapi\.events\.(\w+)", yaml.safe_dump(task)))
        if called.startswith("nxapi.events."):
            spec, given = arguments(called.rpartition(".")[2])["argument_spec"], task[called] or {}
            assert [*unknown(given, spec)] == []
            missing = [option for option, each in spec.items() if each.get("required") and option not in given]
            assert not missing, task
    assert name in used, "the examples do not use it"


@pytest.mark.parametrize("name", ROLES)
def test_defaults_of_a_role_are_those_it_documents(name: str) -> None:
    role = COLLECTION / "roles" / name
    entry_points = yaml.safe_load((role / "meta" / "argument_specs.yml").read_text())["argument_specs"]
    assert {f"{each}.yml" for each in entry_points} <= set(os.listdir(role / "tasks"))
    options = {option: each for spec in entry_points.values() for option, each in spec["options"].items()}
    documented = {option: each["default"] for option, each in options.items() if "default" in each}
    defaults = yaml.safe_load((role / "defaults" / "main.yml").read_text())
    assert documented == defaults
    assert all(option.startswith(name + "_") for option in options)
    assert f"ansible-doc -t role nxapi.events.{name}" in (role / "README.md").read_text()
