# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one change that a probe makes: whatever comes in between, the description is set back, or the failure says what it was; and
no session is left."""

from __future__ import annotations

import re
import signal
from typing import Any

import pytest
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.model import ConnectionOptions
from ansible_collections.nxapi.events.plugins.plugin_utils.probe.pace import Pace
from ansible_collections.nxapi.events.plugins.plugin_utils.probe.program import Wanted, probe
from playing import Player, Playing, eventually
from simulator.thread import Handle

PORT = "sys/intf/phys-[eth1/1]"
BEFORE = "to spine1, circuit 4711"
FAST = Pace(pong=0.5, drop=0.3, close=0.5, notify=0.5, later=0.3, retry=0.05, silence=1.0)
POST = {"method": "POST", "path": "/api/mo/sys/intf"}
REFUSAL = '{"imdata":[{"error":{"attributes":{"code":"1","text":"Locked by another session"}}}]}'


def description(switch: Handle) -> str:
    return str(switch.call(lambda it: it.tree.get(PORT).attributes["descr"]))


def left(switch: Handle) -> int:
    return switch.call(lambda it: len(it.sessions.live))


def probed(switch: Handle, lines: list[str] | None = None, gone: bool = False) -> dict[str, Any]:
    """``gone``: nothing can be said to the switch any more, so its session cannot be ended."""
    switch.set(PORT, descr=BEFORE)
    options = ConnectionOptions(switch.host, switch.port, "admin", switch.password, use_ssl=False, request_timeout=0.5)
    wanted = Wanted(0.0, "Eth1/1", "leaf1", pace=FAST)
    found = probe(options, wanted, (lines if lines is not None else []).append)
    assert left(switch) == gone and BEFORE not in str(found["report"])
    return found


def about(found: dict[str, Any], option: str) -> str:
    return next(str(row["text"]) for row in found["findings"] if row.get("option") == option)


def test_a_change_that_is_refused(switch: Handle) -> None:
    switch.fault("http-error", status=400, text=REFUSAL, **POST)
    found = probed(switch)
    assert about(found, "filter_sees").endswith("not tried, because the change is refused (Locked by another session)")
    assert "failed" not in found and description(switch) == BEFORE
    assert sum(switch.stats()["requests"]["by"]["POST mo"].values()) == 1


def test_a_change_without_an_answer_is_set_back(switch: Handle) -> None:
    switch.fault("lose-replies", count=1, **POST)
    found = probed(switch)
    assert about(found, "filter_sees").endswith("the change is refused (no answer)")
    assert "failed" not in found and description(switch) == BEFORE


def test_a_change_whose_notification_is_lost_is_set_back(switch: Handle) -> None:
    switch.fault("lose-frames", count=100)
    found = probed(switch)
    assert "no notification of the change in 0.5 s" in about(found, "filter_sees")
    assert "failed" not in found and description(switch) == BEFORE


def test_a_change_that_is_accepted_and_not_made(switch: Handle) -> None:
    switch.fault("http-error", status=200, text='{"imdata":[]}', **POST)
    found = probed(switch)
    assert "the change was accepted, and not made" in about(found, "filter_sees")
    assert "failed" not in found and description(switch) == BEFORE


def test_setting_back_is_tried_again(switch: Handle) -> None:
    """The first change is the last one, and the two POSTs after it are refused."""
    switch.fault("lose-frames", count=100)
    switch.fault("arm", when="after", count=1, fault={"http-error": {"status": 503, "count": 2, **POST}}, **POST)
    assert "failed" not in probed(switch) and description(switch) == BEFORE
    assert switch.stats()["requests"]["by"]["POST mo"] == {"200": 2, "503": 2}


@pytest.mark.parametrize(
    ("gone", "now"), [(False, "is 'nxapi.events probe 1' now"), (True, "cannot be read now")], ids=["refused", "gone"]
)
def test_what_cannot_be_set_back_is_told(switch: Handle, gone: bool, now: str) -> None:
    switch.fault("arm", when="after", count=1, fault={"http-error": {"status": 503, **({} if gone else POST)}}, **POST)
    lines: list[str] = []
    found = probed(switch, lines, gone)
    said = f"he description of the port could not be set back: it was {BEFORE!r}, and {now}. Set it yourself."
    assert found["msg"] == "T" + said and "t" + said in lines
    assert found["reason"] == "rejected" and "<hidden>" in found["report"]


TASK = """
- name: probe
  nxapi.events.probe: {probe_port: Eth1/1, observe: 60}
  %s
"""


def interrupted(player: Player, switch: Handle, keyword: str = "") -> Playing:
    """A probe that waits for a notification that never comes, while the description is not what it was."""
    switch.set(PORT, descr=BEFORE)
    switch.fault("lose-frames", count=100)
    playing = player.begin(TASK % keyword)
    eventually(lambda: description(switch) != BEFORE, "the change")
    return playing


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_stopped_in_the_middle_of_the_change(
    leaf: Player, switch: Handle, number: signal.Signals
) -> None:
    playing = interrupted(leaf, switch)
    playing.signal(number)
    playing.finish(None)
    eventually(lambda: description(switch) == BEFORE, "the description")
    eventually(lambda: left(switch) == 0, "the logout")


def test_the_timeout_of_the_task_in_the_middle_of_the_change(leaf: Player, switch: Handle) -> None:
    done = interrupted(leaf, switch, "timeout: 3\n  ignore_errors: true").finish()
    assert re.search("timed? ?(out|frame)", done["probe"]["msg"].lower())
    assert description(switch) == BEFORE and left(switch) == 0


def test_the_timeout_of_the_task_while_it_listens(leaf: Player, switch: Handle) -> None:
    leaf.run("- name: p\n  nxapi.events.probe: {observe: 60}\n  timeout: 2\n  ignore_errors: true\n")
    assert left(switch) == 0
