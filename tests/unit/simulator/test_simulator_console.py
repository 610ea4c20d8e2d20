# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command line of the switch, and NX-API CLI, which carries it over HTTP."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests
from simulator.console import DENIED, INVALID, Console
from simulator.thread import Handle
from simulator_client import PORT, Start, frame


def typed(handle: Handle, *lines: str, read_only: bool = False) -> tuple[list[str], str]:
    """What each line prints, and the prompt after the last one."""
    console = handle.call(lambda switch: Console(switch, read_only))
    shown = [handle.call(lambda _switch, line=line: console.run(line)) for line in lines]
    return shown, handle.call(lambda _switch: console.prompt)


def test_shut_by_cli_is_shut_in_the_tree_and_notified(start: Start) -> None:
    handle, client = start(link_delay=0.01)
    socket = client.open_socket()
    client.subscribe(f"/api/mo/{PORT}.json")
    shown, prompt = typed(handle, "configure terminal", "interface eth 1/1", "shutdown")
    assert (shown, prompt) == (["", "", ""], "leaf1(config-if)# ")
    assert frame(socket)[1][0][1]["adminSt"] == "down"
    (running,), _prompt = typed(handle, "show running-config | section 'interface Ethernet1/1$'")
    assert running == "interface Ethernet1/1\n  shutdown"


@pytest.mark.parametrize(
    ("lines", "prompt"),
    [
        ((), "leaf1# "),
        (("conf t",), "leaf1(config)# "),
        (("configure terminal", "int Ethernet1/1", "exit"), "leaf1(config)# "),
        (("configure terminal", "int Ethernet1/1", "end"), "leaf1# "),
        (("configure terminal", "hostname leaf7"), "leaf7(config)# "),
    ],
)
def test_the_prompt(start: Start, lines: tuple[str, ...], prompt: str) -> None:
    handle, _client = start()
    assert typed(handle, *lines)[1] == prompt


@pytest.mark.parametrize(
    "lines",
    [
        ("shutdown",),
        ("show nothing",),
        ("show version | wc",),
        ("conf t", "interface Ethernet9/1"),
        ("conf t", "shutdown"),
        ("conf t", "interface Ethernet1/1", "speed 7"),
    ],
)
def test_what_it_does_not_know(start: Start, lines: tuple[str, ...]) -> None:
    handle, _client = start()
    assert typed(handle, *lines)[0][-1] == INVALID


def test_an_operator_may_read_only(start: Start) -> None:
    handle, _client = start()
    shown, prompt = typed(handle, "conf t", "shutdown", "show hostname", read_only=True)
    assert (shown, prompt) == ([DENIED, INVALID, "leaf1"], "leaf1# ")


def ins(handle: Handle, kind: str, commands: str, password: str = "") -> requests.Response:
    body = {"ins_api": {"version": "1.0", "type": kind, "chunk": "0", "sid": None, "input": commands}}
    login = (handle.username, password or handle.password)
    return requests.post(handle.url + "/ins", data=json.dumps(body), auth=login, timeout=10)


def outputs(reply: requests.Response) -> Any:
    return reply.json()["ins_api"]["outputs"]["output"]


def test_ins_shows_text_and_objects_and_configures(start: Start) -> None:
    handle, _client = start()
    first, second = outputs(ins(handle, "cli_show_ascii", "show hostname ;show privilege"))
    assert (first["code"], first["body"], second["code"]) == ("200", "leaf1", "200")
    assert outputs(ins(handle, "cli_show", "show version"))["body"]["host_name"] == "leaf1"
    done = outputs(ins(handle, "cli_conf", "interface Ethernet1/1 ;shutdown"))
    assert [each["code"] for each in done] == ["200", "200"]
    assert handle.call(lambda switch: switch.tree.get(PORT).attributes["adminSt"]) == "down"  # type: ignore[union-attr]


def test_ins_refuses(start: Start) -> None:
    handle, _client = start()
    assert ins(handle, "cli_show", "show version", "wrong").status_code == 401
    assert (
        requests.post(handle.url + "/ins", data="{}", auth=(handle.username, handle.password), timeout=10).status_code
        == 400
    )
    wrong = outputs(ins(handle, "cli_conf", "interface Ethernet1/1 ;speed 7"))[1]
    assert wrong["code"] == "400" and "Invalid command" in wrong["clierror"]
    assert outputs(ins(handle, "cli_show", "show clock"))["code"] == "400"
