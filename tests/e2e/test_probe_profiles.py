# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A simulator with an odd option, probed; one with the profile of that report, probed: the same profile. For each value that an
option can take, without ansible-playbook (`test_probe.py` does one with it, and with the command line of the simulator)."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.model import ConnectionOptions
from ansible_collections.nxapi.events.plugins.plugin_utils.probe.findings import OPTIONS
from ansible_collections.nxapi.events.plugins.plugin_utils.probe.pace import Pace
from ansible_collections.nxapi.events.plugins.plugin_utils.probe.program import GOOD, Wanted, probe
from conftest import Start
from simulator.options import CLOSE_MODES, Options, profile
from simulator.thread import Handle

FAST = Pace(pong=0.5, drop=0.5, close=1.0, notify=5.0, later=0.5, retry=0.05, silence=1.0)
FIELDS = {each.name: each for each in dataclasses.fields(Options)}

TIME = 2.4
"""Seconds of observing for what takes time: looks are 0.2 s apart."""

SLOW = ("subscription_timeout", "refresh_timeout", "server_ping", "max_subscriptions")
"""Options that only time shows."""

VALUES: dict[str, tuple[Any, ...]] = {
    "tls": (False, True),
    "tls_fault": FIELDS["tls_fault"].metadata["choices"],
    "session_timeout": (300.0, 1500.0),
    "subscription_timeout": (1.0,),
    "max_subscriptions": (1, 2, 5),
    "bad_password_status": (200, 401, 403),
    "bad_password_text": ('Nein: "\u00e4" # \\', "A\nB"),
    "cookie_attributes": ("path=/; HttpOnly", "", "path=/; HttpOnly; SameSite=Strict"),
    "server_ping": (0.0, 0.3),
    "utc_offset": ("+00:00", "-04:00"),
    "sliding_session": (),
}
"""Of options without choices, which the simulator names. One has a test of its own."""

UNTRIED = {"max_sessions", "session_limit_status"}


def cases() -> Iterator[tuple[str, Any]]:
    for option in OPTIONS:
        field = FIELDS[option]
        usual = field.metadata["choices"] or ((False, True) if isinstance(field.default, bool) else ())
        yield from ((option, value) for value in VALUES.get(option, usual))


def probed(switch: Handle, observe: float = 0.0, **given: Any) -> dict[str, Any]:
    """The result, where nothing is left of the probe's session but what a logout leaves."""
    tls = switch.url.startswith("https")
    usual = {
        "username": "admin",
        "password": switch.password,
        "use_ssl": tls,
        "validate_certs": tls,
        "ca_path": switch.ca_path,
    }
    wanted = Wanted(observe, "Eth1/1", "leaf1", pace=FAST)
    found = probe(ConnectionOptions(switch.host, switch.port, **{**usual, **given}), wanted, lambda line: None)
    assert switch.call(lambda it: len(it.sessions.live)) == 0
    assert threading.active_count() < 20
    return found


def both(
    start: Start, options: dict[str, Any], observe: float = 0.0, **given: Any
) -> tuple[dict[str, Any], dict[str, Any]]:
    first = probed(start(**options), observe, **given)
    again = probed(start(**profile(yaml.safe_load(first["report"]))), observe, **given)
    return first, again


@pytest.mark.parametrize(("option", "value"), list(cases()))
def test_a_switch_like_the_one_that_was_probed(start: Start, option: str, value: Any) -> None:
    given: dict[str, Any] = {"password": "not-it"} if option.startswith("bad_password") else {}
    options = {"tls": option == "tls_fault", option: value}
    if option == "tls_fault" and value != "none":
        given["validate_certs"] = False
    first, again = both(start, options, TIME if option in SLOW else 0.0, **given)
    assert first["profile"] == again["profile"], f"{first['report']}\n{again['report']}"
    assert first["profile"][option] == (" ".join(value.split()) if isinstance(value, str) else value), first["report"]
    assert first["msg"] == (GOOD if "password" not in given else first["msg"])


def test_each_option_has_a_case_or_is_never_tried(start: Start) -> None:
    assert set(OPTIONS) - {option for option, _value in cases()} == {*UNTRIED, "sliding_session"}
    rows = {row["option"]: row for row in probed(start())["findings"] if "option" in row}
    assert all(not rows[option]["tried"] and "keep others out" in rows[option]["text"] for option in UNTRIED)


@pytest.mark.parametrize("mode", CLOSE_MODES)
def test_how_a_socket_closes_over_tls(start: Start, mode: str) -> None:
    assert probed(start(tls=True, session_end_close=mode))["profile"]["session_end_close"] == mode


@pytest.mark.parametrize("sliding", [False, True])
def test_whether_requests_prolong_a_session(start: Start, sliding: bool) -> None:
    options = {"session_timeout": 4.0, "sliding_session": sliding, "session_end_close": "1008"}
    first, again = both(start, options, observe=5.0)
    assert first["profile"] == again["profile"] == {**first["profile"], **options}


def test_all_of_it_is_said_of_a_usual_switch(start: Start) -> None:
    found = probed(start(session_timeout=4.0), observe=5.0)
    said = {row.get("option"): row for row in found["findings"]}
    assert set(OPTIONS) <= set(said)
    left = {option for option, row in said.items() if option and row["value"] is None}
    assert left == {
        *UNTRIED,
        "bad_password_status",
        "bad_password_text",
        "max_subscriptions",
        "subscription_timeout",
        "tls_fault",
    }
    default = {name: FIELDS[name].default for name in found["profile"]}
    assert found["profile"] == {**default, "session_timeout": 4.0}
    kinds = {row["subject"] for row in found["findings"]}
    assert {"name", "port", "NX-API", "login", "read", "round trip", "WebSocket", "wake-up", "switch"} <= kinds


def test_a_refresh_that_is_never_refused_tells_nothing_of_lives(start: Start) -> None:
    switch = start(subscription_timeout=0.5)
    switch.fault("http-error", status=200, text='{"imdata":[]}', path="subscriptionRefresh")
    rows = {row["option"]: row["text"] for row in probed(switch, TIME)["findings"] if "option" in row}
    assert rows["refresh_error"].endswith("HTTP 200, empty")
    for option in ("subscription_timeout", "refresh_timeout"):
        assert "looks like that of a good one" in rows[option]


def test_a_second_identical_subscription_may_be_refused(start: Start) -> None:
    switch = start()
    switch.fault("arm", path="phys-\\[eth1/1\\].*subscription=yes", when="after", fault={"http-error": {
        "status": 400, "text": '{"imdata":[{"error":{"attributes":{"code":"1","text":"Twice"}}}]}', "count": 1, "path": "subscription=yes"}})  # fmt: skip
    found = probed(switch)
    rows = {row["option"]: row["text"] for row in found["findings"] if "option" in row}
    assert rows["repeat_subscription"].endswith("refused (HTTP 400, Twice), while another one is accepted")
    assert "max_subscriptions" not in found["profile"]
