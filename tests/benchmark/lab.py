# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all measurements need: simulated switches in processes of their own, and runs of the real ansible-playbook whose
callback notes when each task began and ended. All on loopback; nothing outlives the ``Lab``.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from support.processes import simulator_command

HERE = Path(__file__).resolve().parent
COLLECTIONS = HERE.parents[4]
PATIENCE = 300.0
"""Seconds that nothing here takes, on whatever machine."""

LISTENER = "listener/program.py"
HELPER = "connection_cli_stub"
"""What the command lines of our listener, and of a persistent connection's helper, hold."""

Switch = Mapping[str, Any]
"""What a simulated switch says of itself: url, host, port, username, password, ca_path, pid."""


class BenchError(Exception):
    """What stops a measurement, in one sentence."""


def eventually(look: Callable[[], Any], what: str, seconds: float = PATIENCE, every: float = 0.05) -> Any:
    """The first true value of ``look``."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := look():
            return value
        time.sleep(every)
    raise BenchError(f"not within {seconds:g} s: {what}")


@dataclass(frozen=True)
class Event:
    """A line of the callback: of a ``task`` that starts, or of a result (ok, failed) of a host, or of one item of a loop.

    ``at``: monotonic seconds, the same clock in all processes. ``result``: a few of its keys.
    """

    kind: str
    task: str
    at: float
    host: str = ""
    result: dict[str, Any] = field(default_factory=dict)


class Run:
    """An ansible-playbook that goes on."""

    def __init__(self, folder: Path, home: Path, process: subprocess.Popen[bytes]) -> None:
        self.folder = folder
        self.home = home
        self.process = process

    @property
    def times(self) -> Path:
        return self.folder / "times.jsonl"

    def events(self) -> list[Event]:
        if not self.times.exists():
            return []
        whole = self.times.read_text().rpartition("\n")[0]
        return [Event(**json.loads(line)) for line in whole.splitlines()]

    def of(self, kind: str, task: str = "") -> list[Event]:
        found = self.events()
        if failed := [each for each in found if each.kind == "failed" and not each.result.get("expected")]:
            raise BenchError(f"the task {failed[0].task!r} failed: {failed[0].result.get('msg')}")
        return [each for each in found if each.kind == kind and task in ("", each.task)]

    def see(self, kind: str, task: str, count: int = 1) -> list[Event]:
        """Waits for so many events."""

        def seen() -> list[Event]:
            ended = self.process.poll() is not None
            found = self.of(kind, task)
            if ended and len(found) < count:
                raise BenchError(f"ansible-playbook ended without {kind} of {task!r}: {self.said()}")
            return found if len(found) >= count else []

        return list(eventually(seen, f"{kind} of {task!r}"))

    def said(self) -> str:
        return (self.folder / "output").read_text(errors="replace")[-2000:]

    def finish(self, rc: int = 0, seconds: float = PATIENCE) -> None:
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise BenchError(f"ansible-playbook hangs: {self.said()}") from None
        if code != rc:
            raise BenchError(f"ansible-playbook ended with {code}: {self.said()}")

    def stop(self) -> None:
        """Ends it as Ctrl-C does, and sees its listener go."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(15)
        for part in (LISTENER, HELPER):
            try:
                eventually(lambda part=part: not self.processes(part), "the end of its processes", 5.0)
            except BenchError:
                for pid in self.processes(part):
                    os.kill(pid, signal.SIGKILL)

    def processes(self, part: str) -> list[int]:
        """Those of this run whose command line holds ``part``."""
        wanted = f"HOME={self.home}".encode()
        found = []
        for each in Path("/proc").glob("[0-9]*"):
            try:
                if part.encode() not in (each / "cmdline").read_bytes():
                    continue
                if wanted in (each / "environ").read_bytes().split(b"\0"):
                    found.append(int(each.name))
            except OSError:
                continue
        return found

    def listener(self) -> int:
        return int(eventually(lambda: self.processes(LISTENER), "a listener")[0])


def reach(switch: Switch, **more: object) -> dict[str, object]:
    """The inventory variables of a switch, as a user would write them."""
    return {
        "ansible_host": switch["host"],
        "ansible_httpapi_port": switch["port"],
        "ansible_httpapi_use_ssl": switch["url"].startswith("https"),
        "ansible_httpapi_ca_path": switch["ca_path"],
        "ansible_user": switch["username"],
        "ansible_password": switch["password"],
        **more,
    }


def rest(switch: Switch, path: str, body: Mapping[str, Any] | None = None, cookie: str = "") -> Any:
    """A request to a switch, or to its simulator, from this process; what it answers."""
    answer = requests.request(
        "GET" if body is None else "POST", switch["url"] + path, data=None if body is None else json.dumps(body),
        headers={"Cookie": f"APIC-cookie={cookie}"} if cookie else {}, verify=switch["ca_path"] or True, timeout=30,
    )  # fmt: skip
    answer.raise_for_status()
    return answer.json()


def login(switch: Switch) -> str:
    """A token."""
    body = {"aaaUser": {"attributes": {"name": switch["username"], "pwd": switch["password"]}}}
    return str(rest(switch, "/api/aaaLogin.json", body)["imdata"][0]["aaaLogin"]["attributes"]["token"])


class Lab:
    """``folder``: where runs live; ``quick``: measure as little as shows that the measurement works."""

    def __init__(self, folder: Path, quick: bool) -> None:
        self.folder = folder
        self.quick = quick
        self.collections = COLLECTIONS
        self._runs = 0

    def say(self, words: str) -> None:
        print(f"    {words}", flush=True)

    @contextmanager
    def program(self, name: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
        """One of our helpers, which ends when its standard input does."""
        command = [sys.executable, str(HERE / name), *map(str, arguments)]
        with ended(
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        ) as process:
            yield process

    @contextmanager
    def switches(self, count: int, *options: str) -> Iterator[list[Switch]]:
        """Simulated switches with TLS, a process for every 500, each at an address of its own."""
        with ExitStack() as stack:
            complaints = stack.enter_context(open(self.folder / "simulators", "ab"))  # of runs that are ended early
            started = []
            for index, begin in enumerate(range(0, count, 500)):
                share = min(500, count - begin)
                command = simulator_command(share, "--tls", "--host", f"127.0.0.{index + 1}", *options)
                process = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=complaints, text=True
                )
                started.append((stack.enter_context(ended(process)), share))
            yield [json.loads(hear(process)) for process, share in started for _each in range(share)]

    @contextmanager
    def run(
        self, play: Sequence[Mapping[str, Any]], hosts: Mapping[str, Mapping[str, object]], *arguments: str, **more: str
    ) -> Iterator[Run]:
        """ansible-playbook on these hosts; ``more``: environment. Ends with the block."""
        self._runs += 1
        folder = self.folder / f"run{self._runs}"
        home = folder / "home"
        home.mkdir(parents=True)
        (folder / "ansible.cfg").touch()
        (folder / "play.yml").write_text(json.dumps(play))
        (folder / "inventory.json").write_text(json.dumps({"all": {"hosts": hosts}}))
        command = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", "inventory.json", "play.yml"]
        with open(folder / "output", "wb") as output:
            process = subprocess.Popen(
                [*command, *arguments], cwd=folder, env=_environment(folder, home, more), stdin=subprocess.DEVNULL,
                stdout=output, stderr=subprocess.STDOUT,
            )  # fmt: skip
        run = Run(folder, home, process)
        try:
            yield run
        finally:
            run.stop()


def _environment(folder: Path, home: Path, more: Mapping[str, str]) -> dict[str, str]:
    """As a user has it, with nothing of the caller's but the way to Python's programs."""
    return {
        "HOME": str(home),
        "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
        "LC_ALL": "C.UTF-8",
        "ANSIBLE_CONFIG": str(folder / "ansible.cfg"),
        "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
        "ANSIBLE_ACTION_PLUGINS": str(HERE / "action_plugins"),
        "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callback_plugins"),
        "ANSIBLE_CALLBACKS_ENABLED": "bench_times",
        "ANSIBLE_NOCOLOR": "1",
        "BENCH_TIMES": str(folder / "times.jsonl"),
        **more,
    }


def hear(process: subprocess.Popen[str]) -> str:
    """The next line of what a helper says."""
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise BenchError(f"{' '.join(map(str, process.args[1:3]))} ended early")  # type: ignore[index]
    return line


def tell(process: subprocess.Popen[str], words: str) -> None:
    assert process.stdin is not None
    process.stdin.write(words + "\n")
    process.stdin.flush()


@contextmanager
def ended(process: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    """The process does not outlive the block."""
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(15)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def play(*tasks: Mapping[str, Any], **keywords: Any) -> list[dict[str, Any]]:
    return [{"hosts": "all", "gather_facts": False, **keywords, "tasks": list(tasks)}]
