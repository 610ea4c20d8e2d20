# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Findings and the simulator's options are one to one, and the report is a profile."""

from __future__ import annotations

import dataclasses
import re

import pytest
import yaml
from ansible_collections.nxapi.events.plugins.plugin_utils.probe.findings import OPTIONS, STOPPED, Sheet
from ansible_collections.nxapi.events.plugins.plugin_utils.probe.privacy import Privacy
from simulator.cli import parser
from simulator.options import Options, profile

GAPS = "gaps of the public record"
FIELDS = {each.name: each for each in dataclasses.fields(Options)}
FLAGS = {action.dest: action for action in parser()._actions}

NOT_FOUND = {
    "host", "port", "control_port", "username", "password", "user", "model", "scenario",  # where and who
    "link_delay", "down_delay", "reply_delay",  # the network's times
    "log_size", "history_size",  # the simulator's own
}  # fmt: skip
"""Options that stand for nothing that a probe could want to know."""


@pytest.mark.parametrize("option", sorted(OPTIONS))
def test_each_finding_is_an_option_of_the_command_line(option: str) -> None:
    assert option in FIELDS and option in FLAGS
    assert "--" + option.replace("_", "-") in FLAGS[option].option_strings


@pytest.mark.parametrize("option", sorted(FIELDS))
def test_each_option_of_the_command_line_is_a_finding_or_none_of_its_business(option: str) -> None:
    assert (option in OPTIONS) != (option in NOT_FOUND)


@pytest.mark.parametrize("option", sorted(name for name, each in FIELDS.items() if each.metadata["group"] == GAPS))
def test_a_gap_has_its_number(option: str) -> None:
    number = re.match(r"G\d+", FIELDS[option].metadata["help"])
    subject = OPTIONS[option][0]
    assert subject == number.group() if number else not subject.startswith("G") or option == "no_pong"


def test_all_twelve_gaps_are_there() -> None:
    assert {subject for subject, _about, _why in OPTIONS.values()} >= {f"G{number}" for number in range(1, 13)}


@pytest.mark.parametrize("option", sorted(OPTIONS))
def test_what_was_not_tried_says_why(option: str) -> None:
    sheet = Sheet(Privacy())
    sheet.skip_rest()
    (row,) = [each for each in sheet.shown() if each["option"] == option]
    assert re.fullmatch(r"[^:]+: not tried, because .{10,}", str(row["text"])) and row["tried"] is False
    assert sheet.profile() == {}


def test_the_report_is_a_profile_of_the_values_that_were_found() -> None:
    sheet = Sheet(Privacy(["leaf1", "merged"]))
    sheet.found("filter_sees", "merged", "the whole object")
    sheet.found("server_ping", 0.5, "one each 0.5 s")
    sheet.found("bad_password_text", 'leaf1: "no"\x00\x85 \udc80é # :', "so")
    sheet.odd("refresh_error", "leaf1 says\nHTTP 418")
    sheet.skip_rest()
    report = sheet.report("leaf1 works.")
    found = profile(yaml.safe_load(report))
    assert found == {"filter_sees": "merged", "server_ping": 0.5, "bad_password_text": '<hidden>: "no"? ?é # :'}
    assert Options(**found).server_ping == 0.5
    assert "leaf1" not in report and "# <hidden> works." in report
    assert "#   G1: refresh of an unknown subscription: <hidden> says HTTP 418" in report.splitlines()
    assert report.index("G12: pings") < report.index("What was not tried:") < report.index("G2: ")


def test_a_report_without_a_value_is_an_empty_profile() -> None:
    assert profile(yaml.safe_load(Sheet(Privacy()).report("nothing"))) == {}


def test_what_a_probe_did_not_come_to_is_one_line() -> None:
    sheet = Sheet(Privacy())
    sheet.found("tls", True, "yes")
    sheet.skip("server_ping")
    sheet.skip_rest(STOPPED)
    lines = sheet.report("It refuses.").splitlines()
    assert next(line for line in lines if STOPPED in line).startswith(
        "#   TLS, login, subscription, G7, G1, G2, G3, G4, "
    )
    assert sum("not tried, because" in line for line in lines) == 1 and len(sheet.shown()) == len(OPTIONS)
