# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looks at a run from outside while it goes on, as somebody with ``ps`` and ``find`` would, for secrets.

A process belongs to the run if HOME says so. What ansible-playbook was given in its own environment is the user's
business; what it hands on to other programs is not, so a forked worker (the command line of its parent) does not count.
"""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from .secrecy import Secrets

PAUSE = 0.05


class Watch:
    """``found``: what was seen where. ``programs``: the programs of the run that were looked at, by command line."""

    def __init__(self, secrets: Secrets, home: Path, places: Iterable[Path], known: Iterable[Path]) -> None:
        self.found: set[str] = set()
        self.programs: set[str] = set()
        self._secrets = secrets
        self._home = b"HOME=" + str(home).encode()
        self._places = tuple(places)
        self._known = set(known)
        self._seen: dict[Path, tuple[int, int]] = {}
        self._foreign: set[tuple[str, int]] = set()

    @property
    def files(self) -> int:
        return len(self._seen)

    def look(self) -> None:
        for process in Path("/proc").glob("[0-9]*"):
            self._look_at_process(process)
        for place in self._places:
            self.look_into(place)

    def look_into(self, place: Path) -> None:
        """All files under ``place``, but for those in which the user keeps the secrets."""
        for path in (Path(folder) / name for folder, _inner, names in os.walk(place) for name in names):
            try:
                found = path.lstat()
                state = (found.st_mtime_ns, found.st_size)
                if stat.S_ISREG(found.st_mode) and path not in self._known and self._seen.get(path) != state:
                    self._seen[path] = state
                    self._note("file %s" % path, path.read_bytes())
            except OSError:
                continue  # gone meanwhile

    def _look_at_process(self, process: Path) -> None:
        try:
            mark = (process.name, process.stat().st_mtime_ns)
            if mark in self._foreign:
                return
            environment = (process / "environ").read_bytes()
            if self._home not in environment.split(b"\0"):
                self._foreign.add(
                    mark
                )  # one that is about to become another program comes with another mark, or too late
                return
            command = (process / "cmdline").read_bytes()
        except OSError:
            return
        words = command.replace(b"\0", b" ").decode(errors="replace").strip()
        self.programs.add(words)
        self._note("command line %s" % words[:80], command)
        if "bin/ansible" not in words.partition(" -")[0]:
            self._note("environment of %s" % words[:80], environment)
        if "--folder" in words:
            arguments = command.decode().split("\0")
            for name in ("--folder", "--memory"):
                self.look_into(Path(arguments[arguments.index(name) + 1]))

    def _note(self, where: str, data: bytes) -> None:
        for name in self._secrets.seen_in(data):
            self.found.add("%s in %s" % (name, where))


@contextmanager
def watching(watch: Watch) -> Iterator[Watch]:
    """Looks all the time, in a thread, and once more at the end."""
    over = threading.Event()

    def keep_looking() -> None:
        while not over.wait(PAUSE):
            watch.look()

    thread = threading.Thread(target=keep_looking, daemon=True)
    thread.start()
    try:
        yield watch
    finally:
        over.set()
        thread.join()
        watch.look()
