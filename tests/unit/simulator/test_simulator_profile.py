# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""--profile: options from a file, as a probe writes it."""

from __future__ import annotations

from pathlib import Path

import pytest
from simulator.cli import options_from, parse

REPORT = """---
# What was found:
#   G4: what a subscribe reply carries: the objects
initial_imdata: "snapshot"
subscription_timeout: 60
no_pong: true
cookie_attributes: ""
"""


def test_a_profile_sets_options_and_flags_win_over_it(tmp_path: Path) -> None:
    file = tmp_path / "probe.yml"
    file.write_text(REPORT + "user: [a:b]\n")
    found = options_from(parse(["--profile", str(file), "--subscription-timeout", "5", "--user", "c:d"]))
    assert (found.initial_imdata, found.no_pong, found.cookie_attributes) == ("snapshot", True, "")
    assert (found.subscription_timeout, found.user, found.old_token) == (5.0, ("a:b", "c:d"), "valid")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- a\n", "a profile is a map of options"),
        ("", "a profile is a map of options"),
        ("bogus: 1\n", "no such option: bogus"),
        ("initial_imdata: all\n", "initial_imdata cannot be 'all'; there are empty, snapshot"),
        ("no_pong: 1\n", "no_pong cannot be 1"),
        ("bad_password_status: true\n", "bad_password_status cannot be True"),
        ("server_ping: never\n", "server_ping cannot be 'never'"),
        ("user: [1]\n", "user cannot be [1]"),
        ("a: [\n", "it is no YAML (line 2)"),
        ("\x00", "it is no YAML"),
    ],
)
def test_a_profile_that_cannot_be_used_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, words: str
) -> None:
    file = tmp_path / "probe.yml"
    file.write_text(text)
    with pytest.raises(SystemExit) as ended:
        parse(["--profile", str(file)])
    assert ended.value.code == 2
    assert capsys.readouterr().err.splitlines()[-1] == f"python tests/simulator: error: {file}: {words}"


@pytest.mark.parametrize(("name", "words"), [("missing.yml", "No such file or directory"), ("", "Is a directory")])
def test_a_profile_that_cannot_be_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, words: str
) -> None:
    with pytest.raises(SystemExit):
        parse(["--profile", str(tmp_path / name)])
    assert capsys.readouterr().err.splitlines()[-1].endswith(f": {words}")
