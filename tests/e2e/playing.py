# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run of ansible-playbook (or ansible) as a user starts it: a subprocess with an empty HOME, and what came of it."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import yaml

HERE = Path(__file__).resolve().parent
COLLECTION = HERE.parents[1]
COLLECTIONS = COLLECTION.parents[2]

PATIENCE = 60.0
"""Seconds after which a run, or something that is waited for, counts as hanging. Far from what anything here takes."""

LISTENER = "listener/program.py"
"""What the command line of a listener holds."""


def eventually(condition: Callable[[], Any], what: str = "", seconds: float = PATIENCE) -> Any:
    """The first true value of ``condition``; fails the test if there is none in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds:g} s: {what or condition}")


def listeners(home: Path) -> list[int]:
    """The processes of listeners whose HOME is ``home``."""
    wanted = f"HOME={home}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().decode(errors="replace")
            if LISTENER in command and wanted in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def listener_folder(pid: int) -> Path:
    arguments = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
    return Path(arguments[arguments.index("--folder") + 1])


def barrier(name: str) -> str:
    """A task at which the play stands until the test releases it, or PATIENCE is over. The switch is not asked."""
    wait = "n=0; until [ -e ' ~ playbook_dir ~ '/NAME ] || [ $n -gt TURNS ]; do sleep 0.05; n=$((n+1)); done"
    command = wait.replace("NAME", name).replace("TURNS", str(int(PATIENCE / 0.05)))
    return f"""
- name: barrier {name}
  ansible.builtin.debug:
    msg: "{{{{ lookup('ansible.builtin.pipe', '{command}') }}}}"
"""


@dataclass(frozen=True)
class Outcome:
    """One result: of a task, on a host."""

    task: str
    host: str
    status: str
    result: dict[str, Any]


@dataclass
class Done:
    """A run that has ended. ``done["name of a task"]`` is its result, where there was one host."""

    rc: int
    seconds: float
    stdout: str
    stderr: str
    log: str
    outcomes: list[Outcome]

    def __getitem__(self, task: str) -> dict[str, Any]:
        found = self.of(task)
        assert len(found) == 1, (
            f"{len(found)} results of {task!r}; there are {[each.task for each in self.outcomes]}\n{self.text}"
        )
        return found[0].result

    def of(self, task: str) -> list[Outcome]:
        return [each for each in self.outcomes if each.task == task]

    def on(self, host: str, task: str) -> dict[str, Any]:
        return next(each.result for each in self.of(task) if each.host == host)

    def items(self, task: str) -> list[dict[str, Any]]:
        """The results of a loop, or of several hosts."""
        return [one for each in self.of(task) for one in each.result.get("results", [each.result])]

    @property
    def text(self) -> str:
        return "\n".join((self.stdout, self.stderr, self.log))


@dataclass
class Playing:
    """A run that goes on. ``lines`` are those of its standard output so far, with the time they came."""

    process: subprocess.Popen[str]
    folder: Path
    home: Path
    started: float = field(default_factory=time.monotonic)
    lines: list[tuple[float, str]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._threads = [threading.Thread(target=self._collect), threading.Thread(target=self._collect_errors)]
        for thread in self._threads:
            thread.start()

    def _collect(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append((time.monotonic(), line))

    def _collect_errors(self) -> None:
        assert self.process.stderr is not None
        self.errors.extend(self.process.stderr)

    def see(self, text: str, times: int = 1, seconds: float = PATIENCE) -> float:
        """Waits until so many lines with ``text`` have been printed; when the last of them was."""

        def seen() -> list[float]:
            over = self.process.poll() is not None and not self._threads[0].is_alive()
            found = [at for at, line in self.lines if text in line]
            assert len(found) >= times or not over, f"not printed: {text}\n{self.stdout}{''.join(self.errors)}"
            return found[times - 1 :]

        return float(eventually(seen, text, seconds)[0])

    def release(self, barrier: str) -> None:
        """Lets the play go on that stands at ``barrier``."""
        (self.folder / barrier).touch()

    def at(self, barrier: str) -> None:
        """Waits until the play stands at ``barrier``."""
        self.see(f"TASK [barrier {barrier}]")

    def listener(self) -> int:
        """The one listener of this run."""
        found = eventually(lambda: listeners(self.home), "a listener")
        assert len(found) == 1
        return int(found[0])

    @property
    def stdout(self) -> str:
        return "".join(line for _at, line in self.lines)

    def signal(self, number: signal.Signals) -> None:
        """As a terminal does (SIGINT, to all of the group) or a supervisor (others, to ansible-playbook alone)."""
        if number == signal.SIGINT:
            os.killpg(self.process.pid, number)
        else:
            self.process.send_signal(number)

    def finish(self, rc: int | None = 0, seconds: float = PATIENCE) -> Done:
        """Waits for the end, so many seconds at most; ``rc`` None accepts any."""
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the run hangs:\n{self.stdout}") from None
        took = time.monotonic() - self.started
        for thread in self._threads:
            thread.join(PATIENCE)
        results, log = self.folder / "results.jsonl", self.folder / "ansible.log"
        rows = [json.loads(line) for line in results.read_text().splitlines()] if results.exists() else []
        log_text = log.read_text() if log.exists() else ""
        done = Done(code, took, self.stdout, "".join(self.errors), log_text, [Outcome(**row) for row in rows])
        assert rc is None or code == rc, f"rc {code}\n{done.stdout}\n{done.stderr}"
        return done

    def kill(self) -> None:
        """Ends whatever is left of the run."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait(PATIENCE)


class Player:
    """Starts runs in a folder of the test's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.home.mkdir()
        self.runs: list[Playing] = []
        self.inventory: Path | None = None
        self.files = 0
        """How many files each process of the next runs may have open; 0 for what the tests may."""

    def environment(self, folder: Path, more: Mapping[str, str]) -> dict[str, str]:
        """Nothing of the caller's but the way to Python's programs."""
        programs = Path(sys.executable).parent
        config = self.folder / "ansible.cfg"
        config.touch()
        return {
            "HOME": str(self.home),
            "PATH": f"{programs}:/usr/local/bin:/usr/bin:/bin",
            "LC_ALL": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",  # Ansible does not flush what it prints, so into a pipe it would come in blocks
            "ANSIBLE_CONFIG": str(config),
            "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
            "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callback_plugins"),
            "ANSIBLE_CALLBACKS_ENABLED": "e2e_results",
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_LOG_PATH": str(folder / "ansible.log"),
            "E2E_RESULTS": str(folder / "results.jsonl"),
            **more,
        }

    def hosts(self, **hosts: Mapping[str, object]) -> Path:
        """Writes an inventory; the next runs use it."""
        self.inventory = self.folder / "inventory.yml"
        self.inventory.write_text(
            yaml.safe_dump({"all": {"hosts": {name: dict(each) for name, each in hosts.items()}}})
        )
        return self.inventory

    def begin(
        self, tasks: str, *arguments: str, play: str = "", environment: Mapping[str, str] | None = None
    ) -> Playing:
        """Starts a play of these tasks on all hosts; ``play``: further keywords of it."""
        folder = self._new_folder()
        keywords = f"- hosts: all\n  gather_facts: false\n{indent(dedent(play), '  ')}\n  tasks:\n"
        playbook = folder / "play.yml"
        playbook.write_text(keywords + indent(dedent(tasks), "    "))
        return self.command(["ansible-playbook", str(playbook), *arguments], folder, environment or {})

    def run(
        self,
        tasks: str,
        *arguments: str,
        play: str = "",
        environment: Mapping[str, str] | None = None,
        rc: int | None = 0,
    ) -> Done:
        return self.begin(tasks, *arguments, play=play, environment=environment).finish(rc)

    def adhoc(self, *arguments: str, environment: Mapping[str, str] | None = None, rc: int | None = 0) -> Done:
        more = {"ANSIBLE_LOAD_CALLBACK_PLUGINS": "1", **(environment or {})}
        return self.command(["ansible", "all", *arguments], self._new_folder(), more).finish(rc)

    def command(self, command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Playing:
        program, *rest = command
        limit = (self.files, self.files)
        inventory = ["-i", str(self.inventory)] if self.inventory else []
        process = subprocess.Popen(
            [str(Path(sys.executable).with_name(program)), *inventory, *rest],
            cwd=folder,
            env=self.environment(folder, environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=(lambda: resource.setrlimit(resource.RLIMIT_NOFILE, limit)) if self.files else None,
        )
        playing = Playing(process, folder, self.home)
        self.runs.append(playing)
        return playing

    def _new_folder(self) -> Path:
        folder = self.folder / f"run{len(self.runs)}"
        folder.mkdir()
        return folder

    def close(self) -> None:
        """Nothing may be left: no run, and 3 s after the last one no listener."""
        for each in self.runs:
            if each.process.poll() is None:
                each.kill()
        left = listeners(self.home)
        try:
            eventually(lambda: not listeners(self.home), "the end of the listener", 5.0)
        except AssertionError:
            for pid in left:
                os.kill(pid, signal.SIGKILL)
            raise
