# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A job as AWX runs one: a private data directory, the three programs of ansible-runner, and what came of it.

AWX itself cannot be had in a test. What it writes was read in its source (awx/main/tasks/jobs.py): the inventory is a script
that prints JSON; extra variables are marked as unsafe; ``-u`` is root where no machine credential names a user; a password
of a machine credential answers a prompt; other credentials are in the environment. It then sends the directory
through ``transmit | worker | process``; cancelled is the worker.
"""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from playing import COLLECTIONS, LISTENER, PATIENCE, eventually

IDENT = "7"
PROGRAM = Path(sys.executable).with_name("ansible-runner")
PLAYBOOK = "play.yml"

CANCELLED = 40.0
"""Seconds from a cancellation until all is gone, at most: ansible-runner looks every 5 s, the listener takes 3."""

ANOTHER_USER = ("unshare", "--user", "--map-user=12345", "--map-group=0")
"""A user id without an entry in passwd, in the group root, as OpenShift gives one; in a user namespace, so for any user."""

A_CONTAINER = (*ANOTHER_USER, "--pid", "--fork", "--kill-child", "--mount-proc")
"""Process ids of its own, too: when the first process ends, the kernel kills all others."""


class Unsafe(str):
    """Text that AWX keeps from being a template."""


class _Dumper(yaml.SafeDumper):
    pass


_Dumper.add_representer(Unsafe, lambda dumper, text: dumper.represent_scalar("!unsafe", str(text), style="'"))


def survey(answers: Mapping[str, object]) -> str:
    """Extra variables as AWX writes them."""
    meta = {"awx_job_id": 7, "awx_job_launch_type": "manual", "awx_user_name": "ops"}
    every = {**answers, **meta}
    marked = {name: Unsafe(value) if isinstance(value, str) else value for name, value in every.items()}
    return yaml.dump(marked, Dumper=_Dumper)


def inventory(hosts: Mapping[str, Mapping[str, object]]) -> str:
    """The script that AWX writes for an inventory."""
    known = {name: {**variables, "remote_tower_enabled": "true"} for name, variables in hosts.items()}
    data = {"all": {"hosts": [*hosts]}, "_meta": {"hostvars": known}}
    return f"#! /usr/bin/env python3\n# -*- coding: utf-8 -*-\nprint({json.dumps(data)!r})\n"


def sliced(hosts: Mapping[str, Mapping[str, object]], number: int, count: int) -> dict[str, Mapping[str, object]]:
    """The hosts of one of the jobs into which AWX slices an inventory."""
    return {name: hosts[name] for name in sorted(hosts)[number - 1 :: count]}


def can_unshare(command: Sequence[str]) -> bool:
    try:
        return subprocess.run([*command, "true"], capture_output=True, timeout=PATIENCE, check=False).returncode == 0
    except OSError:
        return False


@dataclass
class Ended:
    """What is left of a job that has ended: its status, and its events in their order."""

    status: str
    artifacts: Path
    events: list[dict[str, Any]]

    @property
    def stdout(self) -> str:
        return "\n".join(each["stdout"] for each in self.events)

    def lines(self, kind: str = "verbose") -> list[str]:
        return [each["stdout"] for each in self.events if each["event"] == kind]

    def results(self, task: str, kind: str = "runner_on_ok") -> dict[str, dict[str, Any]]:
        """The result on each host."""
        found = [each["event_data"] for each in self.events if each["event"] == kind]
        return {each["host"]: each["res"] for each in found if each["task"] == task}

    def files(self) -> dict[str, bytes]:
        """All artifacts, by their path."""
        paths = [path for path in self.artifacts.rglob("*") if path.is_file()]
        return {str(path.relative_to(self.artifacts)): path.read_bytes() for path in paths}


@dataclass
class Running:
    """A job that goes on. ``main`` is the process that is told to cancel."""

    job: Job
    main: subprocess.Popen[bytes]
    others: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def artifacts(self) -> Path:
        return self.job.folder / "artifacts" / IDENT

    def events(self) -> list[dict[str, Any]]:
        found = []
        for path in (self.artifacts / "job_events").glob("*.json"):
            if path.name.endswith("-partial.json"):
                continue  # what ansible-playbook has written, and ansible-runner has not read
            try:
                found.append(json.loads(path.read_text()))
            except ValueError:
                continue  # it is being written
        return sorted(found, key=lambda each: each["counter"])

    def see(self, text: str, times: int = 1, seconds: float = PATIENCE) -> None:
        """Waits until so many events have printed ``text``."""

        def seen() -> bool:
            over = all(each.poll() is not None for each in (self.main, *self.others))
            printed = [each["stdout"] for each in self.events()]
            assert sum(text in each for each in printed) >= times or not over, "\n".join(printed)
            return sum(text in each for each in printed) >= times

        eventually(seen, text, seconds)

    def cancel(self) -> None:
        pid = self.main.pid
        if "--fork" in self.job.inside:
            pid = int(Path(f"/proc/{pid}/task/{pid}/children").read_text())  # unshare hands no signal on
        os.kill(pid, signal.SIGTERM)

    def finish(self, status: str = "successful", seconds: float = PATIENCE) -> Ended:
        for each in (self.main, *self.others):
            each.wait(seconds)
        path = self.artifacts / "status"
        ended = Ended(path.read_text() if path.exists() else "none", self.artifacts, self.events())
        assert ended.status == status, f"{ended.status}\n{ended.stdout}\n{self.job.log.read_text()}"
        return ended


class Job:
    """A private data directory, and how it is run."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.folder = folder
        self.home = home
        self.log = folder.with_suffix(".log")
        self.running: Running | None = None
        self.inside: Sequence[str] = ()
        """In what the worker runs."""
        self.without_home = False

    def environment(self) -> dict[str, str]:
        """Of ansible-runner itself. An execution environment has the collection in it."""
        found = {
            "HOME": str(self.home),
            "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
            "LC_ALL": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
        }
        if self.without_home:
            del found["HOME"]
        return found

    def in_a_container(self) -> None:
        """The worker stays outside, as with podman: ansible-playbook is the first process of the container."""
        programs = self.folder.with_name(f"{self.folder.name}-programs")
        programs.mkdir()
        program = programs / "ansible-playbook"
        real = Path(sys.executable).with_name(program.name)
        program.write_text(f'#!/bin/sh\nexec {shlex.join(A_CONTAINER)} {real} "$@"\n')
        program.chmod(0o755)
        variables = self.folder / "env" / "envvars"
        given = json.loads(variables.read_text())
        variables.write_text(json.dumps({**given, "PATH": f"{programs}:{self.environment()['PATH']}"}))

    def _start(self, *words: str, inside: Sequence[str] = (), **pipes: Any) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [*inside, str(PROGRAM), *words],
                cwd="/",
                env=self.environment(),
                **{"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log, **pipes},
            )

    def run(self) -> Running:
        """By ``ansible-runner run``."""
        main = self._start("run", str(self.folder), "-p", PLAYBOOK, "-i", IDENT, inside=self.inside)
        self.running = Running(self, main)
        return self.running

    def stream(self) -> Running:
        """By ``transmit | worker | process``, as AWX does."""
        pipe = subprocess.PIPE
        sent = self._start("transmit", str(self.folder), "-p", PLAYBOOK, "-i", IDENT, stdout=pipe)
        place = self.folder.with_name(f"{self.folder.name}-worker")
        words = ("worker", "--private-data-dir", str(place), "--delete")
        worker = self._start(*words, inside=self.inside, stdin=sent.stdout, stdout=pipe)
        processed = self._start("process", str(self.folder), "-i", IDENT, stdin=worker.stdout)
        for each in (sent, worker):
            assert each.stdout is not None
            each.stdout.close()
        self.running = Running(self, worker, [sent, processed])
        return self.running

    def processes(self) -> dict[int, str]:
        """What belongs to this job, whoever its parent is: pid and command line."""
        wanted = f"AWX_PRIVATE_DATA_DIR={self.folder}".encode()
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if wanted in (folder / "environ").read_bytes().split(b"\0"):
                    found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
        return {pid: command for pid, command in found.items() if command}

    def listener(self) -> tuple[int, Path]:
        """The one listener of this job, and its folder."""
        command: dict[int, str] = eventually(
            lambda: {pid: words for pid, words in self.processes().items() if LISTENER in words}, "a listener"
        )
        ((pid, words),) = command.items()
        arguments = words.split()
        return pid, Path(arguments[arguments.index("--folder") + 1])

    def gone(self, seconds: float = CANCELLED) -> float:
        """Waits until no process of the job is left; how long that took."""
        started = time.monotonic()
        eventually(lambda: not self.processes(), f"the end of {self.processes()}", seconds)
        return time.monotonic() - started

    def close(self) -> None:
        """Ends whatever is left."""
        if self.running is not None:
            for each in (self.running.main, *self.running.others):
                if each.poll() is None:
                    each.kill()
                each.wait(PATIENCE)
        for pid in self.processes():
            os.kill(pid, signal.SIGKILL)


class Jobs:
    """Writes jobs into a folder of the test's."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: list[Job] = []

    def job(
        self,
        hosts: Mapping[str, Mapping[str, object]],
        playbook: str,
        answers: Mapping[str, object] | None = None,
        *,
        user: str = "root",
        password: str | None = None,
        environment: Mapping[str, str] | None = None,
        settings: Mapping[str, object] | None = None,
        arguments: Sequence[str] = (),
        files: Mapping[str, str] | None = None,
    ) -> Job:
        """``user`` and ``password`` are the machine credential, ``environment`` holds the others."""
        number = len(self._made)
        folder, home = self._folder / f"job{number}", self._folder / f"home{number}"
        home.mkdir()
        ask = ["--ask-pass"] if password is not None else []
        given = {
            "project": {PLAYBOOK: playbook, **(files or {})},
            "inventory": {"hosts": inventory(hosts)},
            "env": {
                "extravars": survey(answers or {}),
                "cmdline": shlex.join(["-u", user, *ask, *arguments]),
                "passwords": json.dumps({r"SSH password:\s*?$": password, r"Password:\s*?$": password} if ask else {}),
                "envvars": json.dumps({"AWX_PRIVATE_DATA_DIR": str(folder), "JOB_ID": IDENT, **(environment or {})}),
                "settings": json.dumps({"suppress_ansible_output": True, **(settings or {})}),
            },
        }
        for place, written in given.items():
            for name, text in written.items():
                path = folder / place / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
        (folder / "inventory" / "hosts").chmod(0o700)
        self._made.append(Job(folder, home))
        return self._made[-1]

    def close(self) -> None:
        for each in self._made:
            each.close()
