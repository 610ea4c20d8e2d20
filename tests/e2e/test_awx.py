# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/examples/awx: the credential type logs in, the surveys fit the playbooks, the real modules of awx.awx take what configure.yml says."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import yaml
from conftest import Start, reach
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jobs import Jobs
from playing import COLLECTION, PATIENCE, Done, Player
from simulator.thread import Handle
from support.controller import Controller, controller
from support.secrecy import Secrets

sys.path.insert(0, str(COLLECTION / "tests" / "tools"))
import peers

EXAMPLES = COLLECTION / "docs" / "examples" / "awx"
PROJECT = EXAMPLES / "project"
CONFIGURE = EXAMPLES / "configure.yml"
PASSWORD = "rV8kTz3pQw6Y /+%41\"'\\Lm5Xc9Bd2Hf7#{}é"
SURVEYS = sorted(path.stem.removeprefix("survey_") for path in EXAMPLES.glob("survey_*.json"))
PORT = "sys/intf/phys-[eth1/45]"

TYPES = {
    "text": str, "textarea": str, "password": str, "multiplechoice": str, "multiselect": list, "integer": int, "float": float,
}  # fmt: skip
"""The kinds of questions of a survey, and what AWX makes of an answer."""

LISTED = re.compile(r"^\s*?-?\s*?(?:hosts|include|import_playbook):\s*?.*?$", re.M)
"""How AWX recognizes the playbooks of a project (awx/main/utils/ansible.py)."""


@pytest.fixture
def jobs(tmp_path: Path) -> Iterator[Jobs]:
    made = Jobs(tmp_path)
    yield made
    made.close()


def injected(**inputs: object) -> dict[str, str]:
    """The environment that AWX makes of a credential of the type."""
    injectors = yaml.safe_load((EXAMPLES / "credential_type.yml").read_text())["injectors"]
    sandbox = ImmutableSandboxedEnvironment()
    return {name: sandbox.from_string(text).render(**inputs) for name, text in injectors["env"].items()}


def questions(name: str) -> list[dict[str, Any]]:
    return list(json.loads((EXAMPLES / f"survey_{name}.json").read_text())["spec"])


def answers(name: str) -> dict[str, object]:
    """What AWX sends if nobody changes a default."""
    return {each["variable"]: each["default"] for each in questions(name)}


def project(name: str) -> tuple[str, dict[str, str]]:
    """A playbook of the project, and its other files."""
    files = {str(path.relative_to(PROJECT)): path.read_text() for path in PROJECT.rglob("*.yml")}
    return files[f"{name}.yml"], files


def tasks() -> Mapping[str, dict[str, Any]]:
    (play,) = yaml.safe_load(CONFIGURE.read_text())
    return {each["name"]: each for each in play["tasks"]}


def test_the_credential_type_is_one_that_awx_takes() -> None:
    known = yaml.safe_load((EXAMPLES / "credential_type.yml").read_text())
    fields = {each["id"]: each for each in known["inputs"]["fields"]}
    assert set(known["inputs"]["required"]) == {*fields} == {"username", "password"}
    assert fields["password"]["secret"] is True and {each["type"] for each in fields.values()} == {"string"}
    assert [*known["injectors"]] == ["env"], "extra variables would be seen by every task, and win over the inventory"
    assert not [name for name in known["injectors"]["env"] if name.startswith("ANSIBLE_")], "AWX refuses these"


def test_the_credential_type_and_the_inventory_reach_a_switch(jobs: Jobs, start: Start) -> None:
    """The CA of the switches is a file of the project; `-u root` is what AWX says where there is no machine credential."""
    switch = start(tls=True, password=PASSWORD)
    assert switch.ca_path
    shared = tasks()["The inventory"]["awx.awx.inventory"]["variables"]
    own = {"ansible_host": switch.host, "ansible_httpapi_port": switch.port, **shared}
    text, files = project("wait_for_interface")
    job = jobs.job(
        {"leaf1": own},
        text,
        {**answers("wait_for_interface"), "interface": "Ethernet1/1\neth1/2"},
        environment=injected(username=switch.username, password=PASSWORD),
        files={**files, "nexus-ca.pem": Path(switch.ca_path).read_text()},
    )
    ended = job.stream().finish()
    assert ended.results("Wait")["leaf1"]["matched"]["count"] == 2


@pytest.mark.parametrize("name", SURVEYS)
def test_a_survey_asks_for_what_its_playbook_takes(name: str) -> None:
    text = (COLLECTION / "playbooks" / f"{name}.yml").read_text()
    known = {
        each for line in re.findall(r"^#   ((?:[a-z_]+)(?:, [a-z_]+)*)  ", text, re.M) for each in line.split(", ")
    }
    asked = questions(name)
    assert {each["variable"] for each in asked} == known - {"target"}, "a job template's limit is the target"
    for each in asked:
        kind, default = TYPES[each["type"]], each["default"]
        assert {"question_name", "question_description", "required", "variable", "type", "default"} <= {*each}
        assert isinstance(default, kind) and (default != "" or each["required"])
        if "choices" in each:
            assert default in each["choices"]
        else:
            assert each["min"] <= (default if kind is int else max(each["min"], len(default))) <= each["max"]


@pytest.mark.parametrize("state", ["up", "down", "absent"])
def test_each_choice_of_the_survey_is_a_state(jobs: Jobs, switch: Handle, state: str) -> None:
    (asked,) = [each for each in questions("wait_for_interface") if each["variable"] == "wanted_state"]
    assert state in asked["choices"] and len(asked["choices"]) == 3
    interface = {"up": "Ethernet1/1", "down": "Ethernet1/45", "absent": "Vlan3999"}[state]
    given = {**answers("wait_for_interface"), "interface": interface, "wanted_state": state}
    job = jobs.job({"leaf1": reach(switch)}, project("wait_for_interface")[0], given)
    assert job.stream().finish().results("Wait")["leaf1"]["met"]


def test_the_survey_of_converged_with_its_defaults(jobs: Jobs, switch: Handle) -> None:
    given = {**answers("converged"), "wait_hold": 1}
    ended = jobs.job({"leaf1": reach(switch)}, project("converged")[0], given).stream().finish()
    (result,) = [
        each["event_data"]["res"] for each in ended.events if "conditions" in str(each["event_data"].get("res"))
    ]
    assert result["met"] and len(result["conditions"]) == 3


def test_the_jobs_of_the_workflow(jobs: Jobs, switch: Handle) -> None:
    """With the answers of one survey: enabled, waited for in vain, shut again."""
    switch.set(f"{PORT}/phys", operStQual="link-failure")
    switch.call(lambda each: each.set("sys/intf/phys-[eth1/47]", {"adminSt": "down"}))
    given = {
        **answers("wait_for_interface"),
        "interface": "Ethernet1/47, eth1/45",
        "wait_timeout": 3,
        "wait_match": "all",
    }
    statuses = {}
    for name, status in (("change", "successful"), ("wait_for_interface", "failed"), ("rollback", "successful")):
        statuses[name] = jobs.job({"leaf1": reach(switch)}, project(name)[0], given).stream().finish(status)
    assert statuses["change"].results("No shut")["leaf1"]["changed"]
    failed = statuses["wait_for_interface"].results("Wait", "runner_on_failed")["leaf1"]
    assert failed["reason"] == "timeout" and failed["unmatched"]["dns"] == ["sys/intf/phys-[eth1/47]/phys"]
    assert switch.call(lambda each: each.tree.get(PORT).attributes["adminSt"]) == "down"


def test_awx_lists_the_playbooks_of_the_project() -> None:
    named = {each["playbook"] for each in tasks()["The job templates"]["loop"]}
    assert named == {path.name for path in PROJECT.glob("*.yml")}
    assert all(LISTED.search((PROJECT / name).read_text()) for name in named)


def test_the_page_shows_the_files_as_they_are() -> None:
    page = (COLLECTION / "docs" / "docsite" / "rst" / "howto_awx.rst").read_text()
    shown = dict(re.findall(r"^   :caption: (\S+\.yml)\n\n((?:    .*\n|\n)+)", page, re.M))
    files = {
        path.name: path for path in (*EXAMPLES.glob("*.yml"), *PROJECT.glob("*.yml"), *EXAMPLES.parent.glob("ee/*"))
    }
    assert {*shown} == {*files}
    for name, path in files.items():
        assert dedent(shown[name]).strip() == path.read_text().partition("GPL-3.0-or-later\n")[2].strip(), name


def configure(player: Player, where: Controller, *arguments: str) -> Done:
    environment = {
        "CONTROLLER_HOST": where.url, "CONTROLLER_USERNAME": "admin", "CONTROLLER_PASSWORD": "Awx-pass-1",
        "ANSIBLE_COLLECTIONS_PATH": str(peers.ensure(peers.AWX)), "ANSIBLE_REMOTE_TEMP": str(player.folder / "remote"),
    }  # fmt: skip
    command = ["ansible-playbook", str(CONFIGURE), "-e", json.dumps({"vault_nexus_password": PASSWORD}), *arguments]
    playing = player.command(command, player._new_folder(), environment)
    playing.process.wait(10 * PATIENCE)  # it starts a Python for each of fifteen objects
    return playing.finish()


def test_configure_with_the_modules_of_awx(player: Player) -> None:
    """The modules check their options and write to an API that keeps what it gets; run again they find nothing to do."""
    with controller() as awx:
        first = configure(player, awx, "-vvv")
        assert not Secrets(password=PASSWORD).seen_in(first.text)
        kept = awx.objects
        (kind,) = kept["credential_types"]
        assert {"inputs": kind["inputs"], "injectors": kind["injectors"]} == yaml.safe_load(
            (EXAMPLES / "credential_type.yml").read_text()
        )
        (credential,) = kept["credentials"]
        assert credential["inputs"] == {"username": "ansible", "password": PASSWORD}
        assert json.loads(kept["inventories"][0]["variables"]) == {"ansible_httpapi_ca_path": "nexus-ca.pem"}
        assert {each["name"] for each in kept["hosts"]} == {"leaf1", "leaf2"}
        for template in kept["job_templates"]:
            assert awx.linked[template["id"], "credentials"] == [credential["id"]]
            assert template["execution_environment"] == kept["execution_environments"][0]["id"]
            assert awx.surveys[template["id"]]["spec"] in [questions(name) for name in SURVEYS]
        nodes = {each["identifier"]: each["id"] for each in kept["workflow_job_template_nodes"]}
        assert awx.linked[nodes["change"], "success_nodes"] == [nodes["wait"]]
        assert awx.linked[nodes["wait"], "failure_nodes"] == [nodes["rollback"]]
        before = len(awx.writes)
        again = configure(player, awx)
        changed = {each.task for each in again.outcomes if each.result.get("changed")}
        assert changed <= {"The credential"}, "its password cannot be compared"
        assert {each.partition(" ")[2] for each in awx.writes[before:]} <= {"credentials"}
