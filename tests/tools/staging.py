# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Copy the work tree to ``.stage/ansible_collections/nxapi/events``, where Ansible's tools expect a collection.

The copy holds what git would commit now, uncommitted work included. It is a git repository of its own: without one,
inside an ignored folder, ansible-test finds no file and passes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from environments import ROOT, STAGE, locked, surroundings
from interpreters import ToolError

COLLECTION = STAGE / "ansible_collections" / "nxapi" / "events"


def _git(*arguments: str, cwd: Path) -> str:
    try:
        command = ["git", *arguments]
        done = subprocess.run(command, cwd=cwd, env=surroundings(), capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise ToolError("This needs git: install it, then run make again.") from None
    if done.returncode:
        raise ToolError(f"git {arguments[0]} failed in {cwd}: {done.stderr.strip()}")
    return done.stdout


def _listed() -> list[str]:
    listed = _git("ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=ROOT)
    return [name for name in listed.split("\0") if name and os.path.lexists(ROOT / name)]


def _same(source: Path, target: Path) -> bool:
    if source.is_symlink() or target.is_symlink() or not target.is_file():
        return False
    old, new = target.stat(), source.stat()
    return (old.st_size, old.st_mtime_ns, old.st_mode) == (new.st_size, new.st_mtime_ns, new.st_mode)


def _prune(wanted: set[str]) -> None:
    """Take away what the work tree no longer has, and what earlier runs of the tools left."""
    for folder, folders, files in os.walk(COLLECTION, topdown=False):
        relative = Path(folder).relative_to(COLLECTION)
        if relative.parts[:1] == (".git",):
            continue
        for name in files + [each for each in folders if (Path(folder) / each).is_symlink()]:
            if str(relative / name) not in wanted:
                (Path(folder) / name).unlink()
        if folder != str(COLLECTION) and not os.listdir(folder):
            os.rmdir(folder)


def _copy(names: list[str]) -> None:
    for name in names:
        source, target = ROOT / name, COLLECTION / name
        if _same(source, target):
            continue
        if target.is_dir() and not target.is_symlink():
            shutil.rmtree(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        shutil.copy2(source, target, follow_symlinks=False)


def stage() -> Path:
    """Bring the copy up to date; its path."""
    listed = _listed()
    with locked("stage"):
        COLLECTION.mkdir(parents=True, exist_ok=True)
        _prune(set(listed))
        _copy(listed)
        if not (COLLECTION / ".git").is_dir():
            _git("init", "--quiet", cwd=COLLECTION)
        _git("add", "--all", cwd=COLLECTION)
    return COLLECTION
