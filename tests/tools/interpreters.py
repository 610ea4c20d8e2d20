# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find the Pythons of this machine and choose one for each ansible-core that is tested. Stdlib only.

A name on PATH proves nothing (a pyenv shim exits 127 for a version that is not switched on), so every candidate is
run and asked for itself.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

NEWEST_CORE = {
    (3, 13): "2.21.5",
    (3, 12): "2.21.5",
    (3, 14): "2.21.5",
    (3, 11): "2.19.14",
    (3, 10): "2.17.14",
}
"""The newest ansible-core whose control node a Python can be, best Python first."""

MIDDLE_CORE = {
    (3, 11): "2.19.14",
    (3, 12): "2.19.14",
    (3, 13): "2.19.14",
}
"""The release in which templating became stricter, for `make test-all`, best Python first."""

OLDEST_CORE = {
    (3, 11): "2.16.19",
    (3, 10): "2.16.19",
    (3, 12): "2.16.19",
    (3, 13): "2.18.19",
    (3, 14): "2.20.10",
}
"""The oldest supported ansible-core whose control node a Python can be, best Python first."""

_ASK = """
import importlib.util, json, os, sys
print(json.dumps({
    "executable": os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable),
    "version": list(sys.version_info[:3]),
    "venv": all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")),
}))
"""


class ToolError(Exception):
    """What stops a step, in one sentence that says what to do."""


@dataclass(frozen=True)
class Interpreter:
    """A real interpreter: ``executable`` has no shim and no symlink on its way."""

    executable: Path
    version: tuple[int, int, int]
    can_make_venv: bool

    @property
    def minor(self) -> tuple[int, int]:
        return self.version[:2]

    def __str__(self) -> str:
        return "Python " + ".".join(map(str, self.version))


def _candidates() -> Iterator[Path]:
    yield Path(sys.executable)
    names = ["python3"] + [f"python{major}.{minor}" for major, minor in NEWEST_CORE]
    for entry in os.environ.get("PATH", os.defpath).split(os.pathsep):
        folder = Path(entry or ".")
        yield from (folder / name for name in names)
        if folder.name == "shims":  # pyenv: its versions stand beside its shims, switched on or not
            yield from sorted(folder.parent.glob("versions/3.*/bin/python3"))


def _ask(candidate: Path) -> Interpreter | None:
    if not os.access(candidate, os.X_OK):
        return None
    try:
        done = subprocess.run([candidate, "-c", _ASK], capture_output=True, text=True, timeout=30, check=True)
        answer = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return Interpreter(Path(answer["executable"]), tuple(answer["version"]), answer["venv"])


@cache
def interpreters() -> tuple[Interpreter, ...]:
    """The first of each minor version, one that can make a venv before one that cannot."""
    seen: set[Path] = set()
    found: dict[tuple[int, int], Interpreter] = {}
    for candidate in _candidates():
        real = candidate if candidate.parent.name == "shims" else candidate.resolve()
        if real in seen:
            continue
        seen.add(real)
        interpreter = _ask(candidate)
        if interpreter is None:
            continue
        known = found.get(interpreter.minor)
        if known is None or (interpreter.can_make_venv and not known.can_make_venv):
            found[interpreter.minor] = interpreter
    return tuple(found.values())


def choose(cores: dict[tuple[int, int], str]) -> tuple[Interpreter, str]:
    """The best interpreter of this machine by the order of ``cores``, and the core for it."""
    usable = {each.minor: each for each in interpreters() if each.minor in cores}
    for minor, core in cores.items():
        if minor in usable and usable[minor].can_make_venv:
            return usable[minor], core
    if usable:
        poor = next(iter(usable.values()))
        package = "python{}.{}-venv".format(*poor.minor)
        raise ToolError(
            f"{poor} ({poor.executable}) cannot make virtual environments because its ensurepip is missing: "
            f"install it (on Debian: apt install {package}), then run make again."
        )
    seen = ", ".join(map(str, interpreters())) or "none"
    raise ToolError(f"This needs Python 3.11 or newer with venv; found on PATH: {seen}.")
