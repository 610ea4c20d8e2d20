# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ansible-builder finds in the collection, and makes of the example of an execution environment."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import yaml
from playing import COLLECTION, COLLECTIONS

PROGRAM = Path(sys.executable).with_name("ansible-builder")
EXAMPLE = COLLECTION / "docs" / "examples" / "ee"
DISTRIBUTIONS = {"websocket": "websocket-client"}
"""Where a module has another name than what is installed."""

BROUGHT = {"ansible", "ansible_collections", "yaml", "jinja2"}
"""What comes with ansible-core."""


def build(*arguments: str, cwd: Path) -> str:
    done = subprocess.run([PROGRAM, *arguments], cwd=cwd, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def imported() -> set[str]:
    """What the plugins import, at the top or guarded, that neither Python nor ansible-core brings."""
    found: set[str] = set()
    for path in (COLLECTION / "plugins").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found.update(alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                found.add(node.module.partition(".")[0])
    return {DISTRIBUTIONS.get(name, name) for name in found - set(sys.stdlib_module_names) - BROUGHT}


def test_introspection_finds_exactly_what_the_plugins_import(tmp_path: Path) -> None:
    found = yaml.safe_load(build("introspect", str(COLLECTIONS), cwd=tmp_path))
    told = {line.split()[0] for line in found["python"] if line.endswith("# from collection nxapi.events")}
    assert told == imported() == {"requests", "websocket-client"}
    assert found["system"] == []


def test_the_example_becomes_a_build_context(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE, tmp_path / "ee")
    build("create", "-f", "execution-environment.yml", "-c", "context", cwd=tmp_path / "ee")
    context = tmp_path / "ee" / "context"
    (written,) = [path for path in context.iterdir() if path.name in ("Containerfile", "Dockerfile")]
    assert "ansible-core>=2.16" in written.read_text()
    galaxy = yaml.safe_load((context / "_build" / "requirements.yml").read_text())
    assert [each["name"] for each in galaxy["collections"]] == ["nxapi.events"]
