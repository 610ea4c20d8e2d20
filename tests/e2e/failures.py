# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every failure has to be: of a reason of the closed list, one sentence, no traceback, no secret."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from playing import Done

REASONS = {
    "timeout", "fail_when", "impossible", "invalid", "rejected", "forbidden", "login", "certificate", "not_nxapi",
    "unreachable", "listener",
}  # fmt: skip

LONGEST = 600
"""Characters of a msg that somebody still reads."""


def check_failure(result: dict[str, Any], reason: str, *words: str) -> None:
    assert reason in REASONS and result.get("reason") == reason, result
    msg = result["msg"]
    assert "\n" not in msg and len(msg) < LONGEST and msg[-1] in ".?" and ".." not in msg, msg
    missing = [word for word in words if word.lower() not in msg.lower()]
    assert not missing, f"{missing} not in: {msg}"
    assert "exception" not in result or "Traceback" not in str(result["exception"]), result
    assert "invocation" not in result
    assert not any(msg.lower().startswith(f"{host}: {host}") for host in ("leaf1", result.get("host"))), msg


def check_quiet(done: Done, *secrets: str) -> None:
    """No traceback and no secret in whatever was printed or logged."""
    assert "Traceback" not in done.text, done.text
    shown = [secret for secret in secrets if secret in done.text]
    assert not shown, f"{len(shown)} secrets are shown: {_around(done.text, shown)}"


def _around(text: str, shown: Iterable[str]) -> list[str]:
    return [text[max(0, text.index(each) - 200) : text.index(each)] for each in shown]
