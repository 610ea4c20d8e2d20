# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.nxapi.events.plugins.module_utils import _listener
from ansible_collections.nxapi.events.plugins.plugin_utils.engine import errors

SECRET = "c0rrect-h0rse"


def failure_of(path: str) -> tuple[str, str]:
    with pytest.raises(_listener.Failure) as caught:
        _listener.call(path, "set_options", username="admin", password=SECRET)
    assert SECRET not in str(caught.value)
    assert caught.value.__context__ is None, "the transport's exception would show up in a traceback"
    return caught.value.reason, caught.value.msg


def test_reasons_are_those_of_the_engine() -> None:
    assert _listener.REASONS == errors.REASONS


def test_a_call_passes_keywords_and_returns_the_reply(listener: Any) -> None:
    listener.expect("refresh", {"changed": False, "subscriptions": []})
    assert _listener.call(listener.path, "refresh", names=None, on_expired="fail") == {
        "changed": False,
        "subscriptions": [],
    }
    assert listener.calls == [("refresh", {"names": None, "on_expired": "fail"})]


@pytest.mark.parametrize("reason", errors.REASONS)
def test_an_error_of_the_listener_keeps_reason_and_msg(listener: Any, refused: Any, reason: str) -> None:
    listener.expect("set_options", refused(json.dumps({"reason": reason, "msg": "leaf1: say what to do."})))
    assert failure_of(listener.path) == (reason, "leaf1: say what to do.")


@pytest.mark.parametrize(
    "data",
    [
        "Traceback: %s" % SECRET,
        json.dumps({"reason": "nonsense", "msg": SECRET}),
        json.dumps({"reason": "login"}),
        json.dumps({"reason": "login", "msg": 5}),
        json.dumps([SECRET]),
        json.dumps(SECRET),
    ],
)
def test_any_other_error_is_our_own_sentence(listener: Any, refused: Any, data: str) -> None:
    listener.expect("set_options", refused(data))
    assert failure_of(listener.path) == ("listener", _listener.GONE)


@pytest.mark.parametrize("text", [None, "no json", "{}", "[]", '{"id": "of another call", "result": {}}'])
def test_a_listener_that_dies_in_a_call_is_our_own_sentence(listener: Any, lost: Any, text: str | None) -> None:
    listener.expect("set_options", lost(text))
    assert failure_of(listener.path) == ("listener", _listener.GONE)


@pytest.mark.parametrize("result", [None, "text", [1]])
def test_a_result_that_is_no_object_is_our_own_sentence(listener: Any, result: object) -> None:
    listener.expect("set_options", result)
    assert failure_of(listener.path) == ("listener", _listener.GONE)


def test_a_socket_that_is_not_there_is_our_own_sentence() -> None:
    assert failure_of("/nonexistent/socket") == ("listener", _listener.GONE)
