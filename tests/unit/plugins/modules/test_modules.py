# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each module as a process of its own, as Ansible runs it, against a scripted listener."""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.nxapi.events.plugins.module_utils import _listener

COLLECTIONS = Path(inspect.getfile(_listener)).parents[5]
NO_QUERY = {
    "dn": None,
    "class": None,
    "query_target": None,
    "target_subtree_class": None,
    "query_target_filter": None,
    "format": "json",
}


def run(module: str, options: dict[str, Any], socket_path: str | None, **internal: Any) -> dict[str, Any]:
    given = {"_ansible_socket": socket_path, "_ansible_module_name": "nxapi.events." + module, "_ansible_verbosity": 5}
    given.update(("_ansible_" + name, value) for name, value in internal.items())
    done = subprocess.run(
        [sys.executable, "-m", "ansible_collections.nxapi.events.plugins.modules." + module],
        input=json.dumps({"ANSIBLE_MODULE_ARGS": {**options, **given}}),
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(COLLECTIONS), *sys.path])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.stderr
    result = json.loads(done.stdout)
    result.pop("invocation", None)
    return result


CALLS = [
    (
        "subscription",
        {"name": "ports", "class_name": "ethpmPhysIf", "refresh_timeout": 120},
        "subscribe",
        {
            "subscription": "ports",
            "query": {**NO_QUERY, "class": "ethpmPhysIf"},
            "refresh_timeout": 120,
            "state": "present",
        },
        {"changed": True, "subscription": {"name": "ports"}, "mos": [], "cursor": "c"},
    ),
    (
        "subscription_refresh",
        {"name": "ports"},
        "refresh",
        {"names": ["ports"], "on_expired": "fail"},
        {"subscriptions": []},
    ),
    ("subscription_info", {}, "info", {}, {"subscriptions": [], "session": {"connected": True}}),
    (
        "notification_info",
        {"name": "ports", "since": "c"},
        "notifications",
        {"subscription": "ports", "since": "c", "limit": 1000},
        {"notifications": [], "cursor": "d", "dropped": 0, "gaps": []},
    ),
    (
        "mo_info",
        {"dn": "sys/bgp", "target_subtree_class": "bgpPeerEntry"},
        "read",
        {"query": {**NO_QUERY, "dn": "sys/bgp", "target_subtree_class": ["bgpPeerEntry"]}},
        {"mos": [{"class": "bgpPeerEntry", "dn": "sys/bgp/x", "attributes": {"operSt": "established"}}]},
    ),
    (
        "mo",
        {"dn": "sys/intf/phys-[eth1/1]", "class": "l1PhysIf", "attributes": {"adminSt": "down"}},
        "mo",
        {
            "dn": "sys/intf/phys-[eth1/1]",
            "class_name": "l1PhysIf",
            "attributes": {"adminSt": "down"},
            "children": [],
            "state": "present",
            "check": False,
        },
        {"changed": True, "mo": None},
    ),
]


@pytest.mark.parametrize(("module", "options", "method", "arguments", "answer"), CALLS, ids=[call[0] for call in CALLS])
def test_a_module_asks_the_listener_and_returns_its_answer(
    listener: Any, module: str, options: dict[str, Any], method: str, arguments: dict[str, Any], answer: dict[str, Any]
) -> None:
    listener.expect(method, answer)
    assert run(module, options, listener.path) == {"changed": False, **answer}
    assert listener.calls == [(method, arguments)]


def test_warnings_of_the_listener_are_warnings_of_the_task(listener: Any) -> None:
    listener.expect("read", {"mos": [], "warnings": ["An object may leave the filter unseen."]})
    result = run("mo_info", {"class": "l1PhysIf"}, listener.path)
    assert "An object may leave the filter unseen." in str(result["warnings"])


@pytest.mark.parametrize("wanted", [True, False])
def test_mo_returns_the_diff_in_diff_mode_and_asks_for_a_check_in_check_mode(listener: Any, wanted: bool) -> None:
    answer = {"changed": True, "mo": None, "diff": {"before": {"adminSt": "up"}, "after": {"adminSt": "down"}}}
    listener.expect("mo", answer)
    result = run("mo", {"dn": "sys/x", "class": "l1PhysIf"}, listener.path, diff=wanted, check_mode=wanted)
    assert result.get("diff") == (answer["diff"] if wanted else None)
    assert listener.calls[0][1]["check"] is wanted


def test_a_failure_has_reason_and_msg_and_nothing_of_an_exception(listener: Any, refused: Any) -> None:
    listener.expect("read", refused(json.dumps({"reason": "rejected", "msg": "leaf1: unknown class nonsense."})))
    result = run("mo_info", {"class": "nonsense"}, listener.path, debug=True)
    assert result == {"failed": True, "reason": "rejected", "msg": "leaf1: unknown class nonsense."}


def test_a_listener_that_is_gone_shows_no_arguments(listener: Any, lost: Any) -> None:
    listener.expect("read", lost())
    result = run("mo_info", {"dn": "sys/intf"}, listener.path)
    assert result == {"failed": True, "reason": "listener", "msg": _listener.GONE}


@pytest.mark.parametrize(
    ("module", "options"),
    [
        ("mo_info", {"dn": "sys/bgp"}),
        ("wait_for_mo", {"dn": "sys/bgp"}),
        ("wait_for_interface", {"name": "Eth1/1"}),
        ("watch", {}),
    ],
)
def test_a_module_without_its_action_plugin_says_so(module: str, options: dict[str, Any]) -> None:
    result = run(module, options, None)
    assert (
        result["failed"]
        and result["reason"] == "listener"
        and "nxapi.events.%s works only through" % module in result["msg"]
    )
