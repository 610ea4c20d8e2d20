# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import importlib
import inspect
import json
import multiprocessing
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play_context import PlayContext
from ansible.playbook.task import Task
from ansible.plugins.loader import connection_loader
from ansible.template import Templar
from ansible_collections.nxapi.events.plugins.module_utils import _argument_specs
from ansible_collections.nxapi.events.plugins.module_utils._listener import Failure
from ansible_collections.nxapi.events.plugins.plugin_utils._action import SwitchAction
from ansible_collections.nxapi.events.plugins.plugin_utils._action_module import ModuleAction, _control_node
from ansible_collections.nxapi.events.plugins.plugin_utils._action_wait import WaitAction

PLUGINS = Path(inspect.getfile(_argument_specs)).parents[1]
ACTIONS = sorted(path.stem for path in (PLUGINS / "action").glob("*.py"))
SECRET = "c0rrect-h0rse"


def action_class(name: str) -> type[SwitchAction]:
    return importlib.import_module("ansible_collections.nxapi.events.plugins.action." + name).ActionModule


def action(name: str, options: dict[str, Any], **keywords: Any) -> Any:
    """The action as core makes it: on real objects of ansible-core, its connection one that must not be used."""
    task = Task.load({"action": "nxapi.events." + name, **keywords})
    task.args = options
    play_context = PlayContext(passwords={})
    connection = connection_loader.get("ssh", play_context, "/dev/null")
    loader = DataLoader()
    return action_class(name)(
        task=task,
        connection=connection,
        play_context=play_context,
        loader=loader,
        templar=Templar(loader=loader, variables={}),
        shared_loader_obj=None,
    )


def failed(name: str, options: dict[str, Any], variables: dict[str, Any] | None = None) -> str:
    """The msg of a task that fails on its options, before any listener."""
    task_vars = {"inventory_hostname": "leaf1", **(variables or {})}
    task_vars["vars"] = dict(task_vars)
    result = action(name, options).run(task_vars=task_vars)
    assert SECRET not in json.dumps(result)
    assert {**result, "msg": ""} == {"failed": True, "changed": False, "reason": "invalid", "msg": ""}
    return str(result["msg"])


@pytest.mark.parametrize("name", ACTIONS)
def test_every_action_is_one_small_class_on_the_shared_base(name: str) -> None:
    kind = action_class(name)
    assert kind.name == name and issubclass(kind, (ModuleAction, WaitAction) if name != "probe" else SwitchAction)
    assert (kind._requires_connection, kind._supports_async, kind._supports_check_mode) == (False, False, True)
    assert not kind.TRANSFERS_FILES
    assert (PLUGINS / "modules" / (name + ".py")).is_file()


@pytest.mark.parametrize("name", ACTIONS)
def test_an_unknown_option_is_named(name: str) -> None:
    assert "nxapi.events.%s: no such option: bogus" % name in failed(name, {"bogus": 1, "password": SECRET})


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"dn": "sys", "timeout": "soon"}, "nxapi.events.wait_for_mo: timeout must be a number"),
        ({"dn": "sys", "min_count": 1.5}, "min_count must be a whole number"),
        ({"dn": "sys", "only_new": "perhaps"}, "only_new must be true or false"),
        ({"dn": "sys", "until": 5}, "until must be a map"),
        ({"dn": "sys", "class": "l1PhysIf"}, "mutually exclusive: dn|class|subscription"),
        ({}, "one of the following is required: dn, class, subscription"),
        ({"dn": "sys", "state": SECRET, "password": SECRET}, "value of state must be one of"),
        ({"dn": "sys"}, "leaf1: the user name for NX-API is missing"),
        ({"dn": "sys", "username": "admin"}, "leaf1: the password for NX-API is missing"),
        ({"dn": "sys", "username": "admin", "password": SECRET, "port": -1}, "leaf1: port must be a port number"),
    ],
)
def test_bad_options_are_one_sentence_without_class_names(options: dict[str, Any], words: str) -> None:
    message = failed("wait_for_mo", options)
    assert words in message and "class '" not in message and "\n" not in message


def wait(listener: Any, capsys: pytest.CaptureFixture[str], **keywords: Any) -> tuple[dict[str, Any], str]:
    options = {"name": ["Eth1/1"], "timeout": 60.0}
    result = action("wait_for_interface", {}, **keywords)._work(listener.path, options, "leaf1", {})
    return result, capsys.readouterr().out


LINES = [{"text": "leaf1 Ethernet1/1: operSt down", "quiet": "0 of 1"}]


def test_a_wait_blocks_call_by_call_and_prints_what_it_is_told(
    listener: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    listener.expect("wait_start", {"wait": "7", "lines": LINES, "result": None, "warnings": ["first"]})
    listener.expect("wait_next", {"lines": [], "result": None})
    listener.expect("wait_next", {"lines": LINES, "result": {"elapsed": 1.0, "warnings": ["last"]}})
    result, shown = wait(listener, capsys)
    assert result == {"changed": False, "host": "leaf1", "elapsed": 1.0, "warnings": ["first", "last"]}
    assert shown.count("leaf1 Ethernet1/1: operSt down") == 2
    assert listener.calls[0][1] == {
        "kind": "interface",
        "check": False,
        "options": {"name": ["Eth1/1"], "timeout": 60.0},
    }
    assert listener.calls[1][1] == listener.calls[2][1] == {"wait": "7"}


def test_with_no_log_the_lines_carry_counts_only(listener: Any, capsys: pytest.CaptureFixture[str]) -> None:
    listener.expect("wait_start", {"wait": "7", "lines": LINES, "result": {"elapsed": 0.0}, "warnings": []})
    _result, shown = wait(listener, capsys, no_log=True)
    assert "0 of 1" in shown and "leaf1" not in shown


def test_check_mode_is_one_call(listener: Any, capsys: pytest.CaptureFixture[str]) -> None:
    listener.expect("wait_start", {"wait": "7", "lines": [], "result": {"met": False, "failing": True}, "warnings": []})
    result, _shown = wait(listener, capsys, check_mode=True)
    assert result == {"changed": False, "host": "leaf1", "met": False, "failing": True}
    assert listener.calls[0][1]["check"] is True


def test_a_failed_wait_keeps_its_keys(listener: Any, capsys: pytest.CaptureFixture[str]) -> None:
    answer = {"failed": True, "reason": "timeout", "msg": "leaf1 Ethernet1/1: operSt down (want up).", "elapsed": 60.0}
    listener.expect("wait_start", {"wait": "7", "lines": [], "result": answer, "warnings": []})
    assert wait(listener, capsys)[0] == {"changed": False, "host": "leaf1", **answer}


class Interrupted(BaseException):
    """As core raises it when the task's timeout is over."""


def test_whatever_interrupts_a_wait_releases_it(listener: Any) -> None:
    listener.expect("wait_start", {"wait": "7", "lines": LINES, "result": None, "warnings": []})
    listener.expect("wait_cancel", {})
    waiting = action("wait_for_interface", {})

    class Screen:
        def display(self, _line: str) -> None:
            raise Interrupted

    waiting._display = Screen()
    with pytest.raises(Interrupted):
        waiting._work(listener.path, {"name": ["Eth1/1"]}, "leaf1", {})
    assert listener.calls[-1] == ("wait_cancel", {"wait": "7"})


def test_a_listener_that_dies_in_a_wait_is_a_failure_of_its_own(
    listener: Any, lost: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    listener.expect("wait_start", {"wait": "7", "lines": [], "result": None, "warnings": []})
    listener.expect("wait_next", lost())
    listener.expect("wait_cancel", lost())
    with pytest.raises(Failure, match="gave no usable answer") as caught:
        wait(listener, capsys)
    assert caught.value.reason == "listener"


def test_the_module_runs_here_whatever_the_interpreter_of_the_host_is() -> None:
    other = {"ansible_python_interpreter": "/nonexistent/python", "ansible_host": "192.0.2.2"}
    task_vars = {**other, "ansible_delegated_vars": {"leaf2": other}}
    variables = action("mo_info", {}, delegate_to="leaf2")._module_vars("/path/of/socket", task_vars)
    assert variables["ansible_socket"] == "/path/of/socket"
    assert variables["ansible_python_interpreter"] == sys.executable
    assert variables["ansible_delegated_vars"]["leaf2"] == {**other, "ansible_python_interpreter": sys.executable}
    assert task_vars["ansible_delegated_vars"]["leaf2"] is other


def test_the_module_gets_its_arguments_through_a_pipe_and_without_become() -> None:
    connection = _control_node(PlayContext(passwords={}))
    assert connection.transport == "local" and connection.become is None
    assert connection.get_option("pipelining") is True


def _worker(report: Any, alive: int, hold: int) -> None:
    """Outlives the process that forked it, and then tries to reach the listener."""
    os.close(hold)
    playbook = multiprocessing.parent_process()
    os.read(alive, 1)  # ends with the process that forked it
    while playbook is not None and os.getppid() == playbook.pid:
        os.sched_yield()
    try:
        action("mo_info", {})._session({})
    except Failure as failure:
        report.send((failure.reason, failure.msg))


def _playbook(report: Any, alive: int, hold: int) -> None:
    worker = multiprocessing.get_context("fork").Process(target=_worker, args=(report, alive, hold))
    worker.start()
    os._exit(0)


def test_a_worker_whose_run_has_ended_starts_nothing() -> None:
    fork = multiprocessing.get_context("fork")
    receiver, sender = fork.Pipe(duplex=False)
    alive, hold = os.pipe()
    playbook = fork.Process(target=_playbook, args=(sender, alive, hold))
    playbook.start()
    os.close(hold)
    assert receiver.poll(20)
    reason, message = receiver.recv()
    assert reason == "listener" and "has ended; nothing is started" in message
    playbook.join()
    os.close(alive)
