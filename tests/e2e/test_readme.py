# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""README.md: every command and every playbook in it is run, and what it says of the costs is counted.

Of its fenced blocks, `text` is not run. `yaml` begins with its file's name; ``inventory.yml`` is used but for the address, the port
and the CA of the switch, the others are playbooks. Of `shell`, each line is a command, run in a scratch folder that holds
those files, with these changes: `make TARGET` has to be a documented target that CI reaches (running CI inside
CI would not end); the repository's address stands for a scratch git repository of this tree; pip works offline.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import Start, reach
from playing import COLLECTION, Done, Player
from simulator.thread import Handle

README = (COLLECTION / "README.md").read_text()
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.M | re.S)
FILES = {text.splitlines()[0].removeprefix("# "): text for kind, text in BLOCKS if kind == "yaml"}
TASK_FILES = ["change.yml"]
PLAYBOOKS = [name for name in FILES if name not in ("inventory.yml", *TASK_FILES)]
COMMANDS = [line for kind, text in BLOCKS if kind == "shell" for line in text.splitlines()]
MADE = [line for line in COMMANDS if line.startswith("make ")]
REPOSITORY = re.search(r"^repository: (\S+)$", (COLLECTION / "galaxy.yml").read_text(), re.M)

VAULT = ("-e", "vault_nexus_password=Sim-pass-1")


def inventory(switch: Handle) -> str:
    """README's inventory, with what cannot be the same on a simulated switch replaced."""
    found: dict[str, Any] = yaml.safe_load(FILES["inventory.yml"])
    group = found["all"]["children"]["switches"]
    replaced = {name: value for name, value in reach(switch).items() if not name.endswith(("_user", "_password"))}
    assert {*replaced, "ansible_user", "ansible_password"} <= {*group["vars"], "ansible_host"}
    group["vars"].update({name: value for name, value in replaced.items() if name != "ansible_host"})
    for host in group["hosts"].values():
        host["ansible_host"] = replaced["ansible_host"]
    return yaml.safe_dump(found)


@pytest.fixture
def tls_switch(start: Start) -> Handle:
    """README's inventory verifies a certificate."""
    return start(tls=True)


@pytest.fixture
def folder(tmp_path: Path, tls_switch: Handle) -> Path:
    """What a reader's folder would hold: a copy of the collection, and the files of this page."""
    scratch = tmp_path / "scratch"
    shutil.copytree(COLLECTION, scratch, ignore=shutil.ignore_patterns(".git", "__pycache__", "output"))
    for name, text in FILES.items():
        (scratch / name).write_text(inventory(tls_switch) if name == "inventory.yml" else text)
    return scratch


def play(player: Player, name: str, switch: Handle) -> Done:
    (player.folder / "inventory.yml").write_text(inventory(switch))
    for each in (name, *TASK_FILES):
        (player.folder / each).write_text(FILES[each])
    command = ["ansible-playbook", "-i", str(player.folder / "inventory.yml"), str(player.folder / name), *VAULT]
    return player.command(command, player.folder, {}).finish()


def test_the_page_has_blocks_of_each_kind_and_no_other() -> None:
    assert {kind for kind, _text in BLOCKS} == {"yaml", "shell", "text"}
    assert README.count("```") == 2 * len(BLOCKS)
    assert "inventory.yml" in FILES
    assert all(name.endswith(".yml") for name in FILES)


@pytest.mark.parametrize("name", PLAYBOOKS)
def test_playbook(player: Player, tls_switch: Handle, name: str) -> None:
    done = play(player, name, tls_switch)
    plays = yaml.safe_load(FILES[name])
    tasks = {task["name"] for each in plays for task in each.get("tasks", ())}
    assert tasks == {each.task for each in done.outcomes} or (not tasks and plays[0]["roles"])
    assert done.outcomes and all(each.result.get("met", True) for each in done.outcomes)
    assert not any(each.result.get("gaps") for each in done.outcomes)


def test_bounce_shows_both_edges(player: Player, tls_switch: Handle) -> None:
    done = play(player, "bounce.yml", tls_switch)
    rows = (
        done["And it has come up after that"]["transitions"]
        + done["It has been down since then, however briefly"]["transitions"]
    )
    seen = {(row["from"], row["to"]) for row in rows if row["attribute"] == "operSt"}
    assert seen == {("up", "down"), ("down", "up")}


@pytest.mark.parametrize("line", MADE)
def test_make_target_exists_and_ci_reaches_it(line: str) -> None:
    target = line.split()[1]
    assert re.search(rf"^{target}: ## ", (COLLECTION / "Makefile").read_text(), re.M)
    steps = subprocess.run(
        [sys.executable, "-c", "from steps import plan; print(*(title for title, _step in plan('test')), sep='\\n')"],
        cwd=COLLECTION / "tests" / "tools",
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert target in ("test", "help") or re.search(rf"^{target}\b", steps, re.M)


def test_every_make_command_of_the_page_exists() -> None:
    makefile = (COLLECTION / "Makefile").read_text()
    named = set(re.findall(r"`make ([a-z]+)`", (COLLECTION / "README.md").read_text()))
    assert {"chaos", "soak", "fuzz"} <= named
    assert [target for target in sorted(named) if not re.search(rf"^{target}: ## ", makefile, re.M)] == []


def test_ci_runs_make_test() -> None:
    assert re.search(r"^exec make test$", (COLLECTION / ".ci" / "run").read_text(), re.M)


def _git_copy(folder: Path) -> str:
    """A repository of this tree."""
    where = folder.parent / "repository"
    shutil.copytree(folder, where)
    identity = ("-c", "user.name=reader", "-c", "user.email=reader@example.com")
    for arguments in (("init", "--quiet"), ("add", "--all"), (*identity, "commit", "--quiet", "--message", "a copy")):
        subprocess.run(["git", *arguments], cwd=where, check=True, env={**os.environ, "HOME": str(folder.parent)})
    return f"git+file://{where}"


def _changed(line: str, folder: Path) -> list[str]:
    """The command as it can run here."""
    assert REPOSITORY is not None
    address = f"git+{REPOSITORY[1]}.git"
    words = shlex.split(line.replace(address, _git_copy(folder)) if address in line else line)
    if words[0] == "pip":
        return [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--no-index", *words[2:]]
    if words[0] == "python":
        return [sys.executable, *words[1:]]
    if words[0] == "ansible-playbook":
        return [*words, *VAULT]
    return words


def test_the_commands_work_in_their_order(player: Player, folder: Path) -> None:
    """Both ways of installing write into the empty HOME of this test; the playbook then uses what is installed there."""
    installed = player.home / ".ansible/collections/ansible_collections/nxapi/events"
    environment = player.environment(folder, {})
    del environment["ANSIBLE_COLLECTIONS_PATH"]
    for line in (each for each in COMMANDS if each not in MADE):
        installs = line.startswith("ansible-galaxy collection install")
        if installs:
            shutil.rmtree(installed, ignore_errors=True)
        command = _changed(line, folder)
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        assert not installs or (installed / "plugins/modules/wait_for_mo.py").is_file(), line


def _requests(switch: Handle) -> dict[str, int]:
    by = switch.stats()["requests"]["by"]
    return {kind: sum(statuses.values()) for kind, statuses in by.items()}


def test_the_cost_of_a_run_with_two_waits_on_one_object(leaf: Player, switch: Handle) -> None:
    leaf.run(
        """
        - nxapi.events.wait_for_interface: {name: Ethernet1/1, timeout: 10}
        - nxapi.events.wait_for_interface: {name: Ethernet1/1, timeout: 10}
        """
    )
    leaf.close()
    expected = {"POST aaaLogin": 1, "GET socket": 1, "GET subscribe": 1, "GET mo": 2, "POST aaaLogout": 1}
    assert _requests(switch) == expected


def test_the_cost_of_waiting(player: Player, start: Start) -> None:
    """The same proportions in a tenth of the time: a refresh in a third of a subscription's life, one in half of the token's."""
    switch = start(session_timeout=12)
    player.hosts(leaf1=reach(switch))
    playing = player.begin(
        """
        - nxapi.events.subscription: {name: port, dn: "sys/intf/phys-[eth1/48]/phys", refresh_timeout: 9}
        - nxapi.events.wait_for_mo: {subscription: port, until: {operSt: up}, timeout: 13}
          failed_when: false
        """
    )
    playing.see("waiting for operSt up")
    time.sleep(0.5)
    before = _requests(switch)
    time.sleep(10)
    after = _requests(switch)
    playing.finish()
    spent = {kind: count - before.get(kind, 0) for kind, count in after.items() if count != before.get(kind, 0)}
    assert spent.pop("GET subscriptionRefresh") in (3, 4)
    (token,) = spent.values()
    assert token in (1, 2)
