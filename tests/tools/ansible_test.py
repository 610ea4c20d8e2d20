# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run ansible-test in the staged copy on a machine that reaches package registries only. Stdlib only."""

from __future__ import annotations

import re
import shutil
import subprocess

from environments import HOME, Venv, surroundings
from interpreters import ToolError
from staging import stage

NOTHING_DONE = ("All targets skipped", "No tests applicable", "No targets")
"""What ansible-test says, at return code 0, when it has looked at nothing."""

_GET_PIP = """\
# ansible-test downloads get-pip.py to make pip; Python brings one along.
import subprocess
import sys

unknown = ("--no-setuptools", "--no-wheel")
arguments = [each for each in sys.argv[1:] if each not in unknown]
subprocess.check_call([sys.executable, "-m", "ensurepip"])
sys.exit(subprocess.call([sys.executable, "-m", "pip", "install", *arguments]))
"""


def _offer_get_pip(venv: Venv) -> None:
    """Put the stand-in where this core's ansible-test looks before it downloads: the name has pip's version."""
    (source,) = venv.folder.glob("lib/python3*/site-packages/ansible_test/_internal/python_requirements.py")
    versions = re.findall(r"\bpip='([0-9.]+)'", source.read_text())
    if not versions:
        raise ToolError(f"Found no pip version in ansible-test of {venv}: {source.name} has changed.")
    cache = HOME / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    for version in versions:
        (cache / f"get_pip_{version.replace('.', '_')}.py").write_text(_GET_PIP)


def ansible_test(venv: Venv, *arguments: str) -> list[str]:
    """Run it, show what it says as it says it, and return the lines; anything but honest success is a ToolError."""
    collection = stage()
    shutil.rmtree(collection / "tests" / "output", ignore_errors=True)
    environment = surroundings(venv)
    _offer_get_pip(venv)
    command = [str(venv.bin / "ansible-test"), *arguments, "--color", "no"]
    lines = []
    with subprocess.Popen(
        command, cwd=collection, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            lines.append(line)
    if process.returncode:
        raise ToolError(f"ansible-test {arguments[0]} failed with {venv}.")
    empty = [text for text in NOTHING_DONE if any(text in line for line in lines)]
    if empty:
        raise ToolError(f"ansible-test {arguments[0]} looked at nothing: it said '{empty[0]}'.")
    return lines
