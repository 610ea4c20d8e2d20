# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Does what a page says, block by block, as a reader would who has simulated switches.

A file is written, a playbook that no command of the page plays is played, tasks alone are played as a play of their
own, commands are run, and text has to be what the last run printed. What cannot be as on the page is replaced: addresses and certificates in
an inventory, ports on loopback, ``curl`` by a request of the same kind, ``make demo`` by what it runs.
"""

from __future__ import annotations

import json
import re
import shlex
import signal
import socket
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from docs_page import Block, PageError, blocks
from playing import COLLECTION, COLLECTIONS, Player, Playing, eventually
from simulator import scenario
from simulator.thread import Handle

INVENTORY = "inventory.yml"
SECRETS = ("-e", "vault_nexus_password=Sim-pass-1")
FILES = ("yaml", "python", "json", "ini", "jinja")

_NORMAL = (
    (re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)"), "TIME"),
    (re.compile(r"\d+(\.\d+)? s\b"), "N s"),
    (re.compile(r"\d+\.\d+"), "N"),
    (re.compile(r"\b\d+ (REST requests|requests|read)\b"), r"N \1"),
    (re.compile(r'("pid": |/)\d+'), r"\1N"),
    (re.compile(r"\*{3,}|={3,}|-{3,}"), "***"),
    (re.compile(r"\s+"), " "),
)


def normal(text: str) -> str:
    """Without what differs from run to run: times, durations, process numbers, the width of the terminal."""
    for pattern, put in _NORMAL:
        text = pattern.sub(put, text)
    return text.strip()


def missing(expected: str, printed: str) -> str:
    """What of ``expected`` was not printed in this order; nothing where all was.

    A line ``...`` stands for whatever. Lines may be folded otherwise than they were printed.
    """
    whole, at = normal(printed), 0
    for part in re.split(r"^\s*\.\.\.\s*$", expected, flags=re.M):
        if normal(part) in whole:
            continue
        rows = [normal(line) for line in printed.splitlines()]
        for line in filter(None, map(normal, part.splitlines())):
            if line not in rows[at:]:
                return line
            at = rows.index(line, at) + 1
    return ""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


class Reader:
    """A reader of one page, in a folder of his own."""

    def __init__(self, page: Path, player: Player, start: Callable[..., Handle]) -> None:
        self.blocks = blocks(page)
        self.folder = player.folder / "page"
        self.folder.mkdir()
        (self.folder / "tests").symlink_to(COLLECTION / "tests")
        installed = player.home / ".ansible" / "collections" / "ansible_collections"
        installed.parent.mkdir(parents=True)
        installed.symlink_to(COLLECTIONS / "ansible_collections")
        self.runs = 0
        self._player, self._start = player, start
        self._commands = [line for each in self.blocks if each.language == "console" for line, _out in _commands(each)]
        self._texts = [each.text for each in self.blocks]
        self._options: dict[str, Any] = {}
        self._hosts = ["leaf1"]
        self._used = INVENTORY
        self._switches: dict[str, Handle] = {}
        self._ports: dict[str, str] = {}
        self._simulators: list[Playing] = []
        self._printed = ""
        self._tasks: list[Block] = []
        self._of_files = {each.name: each.marks for each in self.blocks if each.name}

    def read(self) -> None:
        try:
            for block in self.blocks:
                self._options |= block.marks.get("switch", {})
                self._hosts = block.marks.get("hosts", self._hosts)
                if "skip" not in block.marks:
                    self._do(block)
            self._play_tasks()
        finally:
            for each in self._simulators:
                each.process.send_signal(signal.SIGTERM)
                each.process.wait(10)

    def _do(self, block: Block) -> None:
        if block.is_tasks and not block.name and not block.marks:
            self._tasks.append(block)
            return
        self._play_tasks()
        if block.language == "text":
            lost = missing(self._here(block.text), self._printed)
            assert not lost, f"{block.where}: this was not printed: {lost}\n{self._printed}"
        elif block.language == "console":
            for line, expected in _commands(block):
                self._command(line, block)
                lost = missing(self._here(expected), self._printed)
                assert not lost, f"{block.where}: {line} did not print: {lost}\n{self._printed}"
        elif block.name:
            self._file(block)
        elif block.is_tasks:
            self._tasks.append(block)
            self._play_tasks()
        elif block.is_playbook:
            self._play(block.data(), block)
        else:
            raise PageError(f"{block.where}: a block that is neither run nor skipped")

    def _play_tasks(self) -> None:
        """Those that stand one after another with no mark, and nothing between them, in one play."""
        if self._tasks:
            last, tasks = self._tasks[-1], [task for block in self._tasks for task in block.data()]
            self._tasks = []
            self._play([{"hosts": "all", "gather_facts": False, "tasks": tasks}], last)

    def _play(self, plays: list[dict[str, Any]], block: Block) -> None:
        name = f"line{block.where.rpartition(':')[2]}.yml"
        (self.folder / name).write_text(yaml.safe_dump(plays, sort_keys=False))
        self._command(f"ansible-playbook -i {self._used} {name}", block)

    def _file(self, block: Block) -> None:
        path = self.folder / block.name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = self._here(block.text)
        path.write_text(text)
        if block.is_inventory:
            self._used = block.name
            path.write_text(self._inventory(block))
        named = any(block.name in line.split() for line in self._commands)
        if block.is_playbook and not named:
            self._command(f"ansible-playbook -i {self._used} {block.name}", block)
        elif not named and not block.is_inventory and sum(Path(block.name).name in text for text in self._texts) < 2:
            raise PageError(f"{block.where}: nothing on the page uses {block.name}")

    def _here(self, text: str) -> str:
        """With the ports that the page's own simulators have here."""
        for shown, real in self._ports.items():
            text = re.sub(rf"\b{shown}\b", real, text)
        return text

    # -- switches

    def _inventory(self, block: Block) -> str:
        """As on the page, but for what leads to each switch. One on a port of the page's own simulator is left alone."""
        data = yaml.safe_load(self._here(block.text))
        for groups in _groups(data):
            for host, own in (groups.get("hosts") or {}).items():
                given = {**_vars_of(data), **(groups.get("vars") or {}), **(own or {})}
                if str(given.get("ansible_httpapi_port")) not in self._ports.values():
                    groups["hosts"][host] = {**(own or {}), **self._reach(host, given, block.marks)}
        return yaml.safe_dump(data)

    def _reach(self, host: str, given: dict[str, Any], marks: dict[str, Any]) -> dict[str, Any]:
        if host not in self._switches:
            tls = marks.get("tls", given.get("ansible_httpapi_use_ssl", True))
            who = {"username": given["ansible_user"]} if "ansible_user" in given else {}
            self._switches[host] = self._start(tls=tls, **who, **self._options)
        switch = self._switches[host]
        found: dict[str, Any] = {
            "ansible_host": switch.host,
            "ansible_httpapi_port": switch.port,
            "ansible_httpapi_use_ssl": switch.url.startswith("https"),
        }
        return {**found, "ansible_httpapi_ca_path": switch.ca_path} if switch.ca_path else found

    def _default_inventory(self) -> None:
        """For pages that say no more of it than its name."""
        hosts = {host: self._reach(host, {"ansible_httpapi_use_ssl": False}, {}) for host in self._hosts}
        group = {"hosts": hosts, "vars": {"ansible_user": "admin", "ansible_password": "Sim-pass-1"}}
        (self.folder / INVENTORY).write_text(yaml.safe_dump({"all": {"children": {"switches": group}}}))

    # -- commands

    def _command(self, line: str, block: Block) -> None:
        words = shlex.split(line.replace("~/", f"{self._player.home}/"))
        if re.search(r"(^|[\s/])simulator(\s|$)", line) and words[0] == "python":
            return self._simulator(words)
        words = [self._here(word) for word in words]
        if words[0] == "curl":
            self._printed = _request(words[1:])
            return None
        if words[:2] == ["make", "demo"]:
            words = ["python", "tests/demo/run.py", str(self.folder / "demo")]
        self._run(words, block)
        return None

    def _run(self, words: list[str], block: Block) -> None:
        if words[0] in ("ansible", "ansible-playbook"):
            if INVENTORY in words and not (self.folder / INVENTORY).exists():
                self._default_inventory()
            words += SECRETS
        elif not Path(sys.executable).with_name(words[0]).exists():
            raise PageError(f"{block.where}: the test does not know how to run {words[0]}")
        marks = dict(block.marks)
        for word in words:
            marks |= self._of_files.get(word, {})
        (self.folder / "results.jsonl").unlink(missing_ok=True)
        playing = self._player.command(words, self.folder, {})
        for step in marks.get("meanwhile", ()):
            playing.see(step["see"])
            self._happen(step)
        done = playing.finish(None)
        self.runs += 1
        results = "\n".join(str(each.result.get("msg", "")) for each in done.outcomes)
        self._printed = f"{done.stdout}\n{done.stderr}\n{results}"
        text = marks.get("fails")
        assert (done.rc != 0) == bool(text), f"{block.where}: {shlex.join(words)}: rc {done.rc}\n{self._printed}"
        assert not text or normal(text) in normal(self._printed), f"{block.where}: not said: {text}\n{self._printed}"

    def _happen(self, step: dict[str, Any]) -> None:
        """On a switch of the test, or ``to`` an address of the page's own simulators."""
        body = {key: value for key, value in step.items() if key not in ("see", "on", "to")}
        if "to" in step:
            _request([self._here(step["to"]), "-d", json.dumps(body)])
        else:
            self._switches[step.get("on", self._hosts[0])].call(lambda switch: scenario.run(switch, body))

    def _simulator(self, words: list[str]) -> None:
        """It stays until the end of the page."""
        for at, word in enumerate(words):
            if words[at - 1] in ("--port", "--control-port") and word != "0":
                words[at] = self._ports.setdefault(word, str(free_port()))
        playing = self._player.command(words, self.folder, {})
        self._simulators.append(playing)
        playing.see('"pid"', times=int(words[words.index("--count") + 1]) if "--count" in words else 1)
        if "--inventory" in words:
            eventually((self.folder / words[words.index("--inventory") + 1]).exists)
        self.runs += 1
        self._printed = playing.stdout


def _commands(block: Block) -> list[tuple[str, str]]:
    """Each command (a line with `$ `, and those that a backslash joins to it) with the lines that follow it."""
    found: list[tuple[str, str]] = []
    for part in re.split(r"^\$ ", block.text.replace("\\\n", " "), flags=re.M)[1:]:
        command, _newline, output = part.partition("\n")
        found.append((command, output))
    if not found or not block.text.startswith("$ "):
        raise PageError(f"{block.where}: a console block begins with `$ ` and a command")
    return found


def _groups(data: dict[str, Any]) -> list[dict[str, Any]]:
    """Each group of an inventory, those within it too."""
    found = []
    for group in data.values():
        found += [group or {}, *_groups((group or {}).get("children") or {})]
    return found


def _vars_of(data: dict[str, Any]) -> dict[str, Any]:
    return dict((data.get("all") or {}).get("vars") or {})


def _request(words: list[str]) -> str:
    """What curl would print: `-s` and `-d BODY` are all that pages use."""
    words = [word for word in words if word not in ("-s", "--silent")]
    body = None
    if "-d" in words:
        at = words.index("-d")
        body = words[at + 1].encode()
        del words[at : at + 2]
    (url,) = words
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, body, timeout=10) as reply:
        return str(reply.read().decode())
