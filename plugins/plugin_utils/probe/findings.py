# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a probe found, and the report of it.

A finding may be an option of the simulator with its value: the names in OPTIONS are those of its command line, with
underscores (a test compares them). The report is YAML whose comments are for people and whose map is the profile, so that
the file as it is can be given to ``--profile``. Nothing in it names the switch: every text goes through `Privacy.scrub`. Pure.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from .privacy import Privacy

Value = str | int | float | bool

SHORT = "observe is too short"
NO_PORT = "it takes a change, and probe_port names no port whose description may be changed"
STOPPED = "the probe stopped before"
LOCK = "a wrong password could lock an account"

OPTIONS: dict[str, tuple[str, str, str]] = {
    "tls": ("TLS", "HTTPS and WSS", ""),
    "tls_fault": ("TLS", "what is wrong with the certificate", "without TLS there is no certificate"),
    "session_timeout": ("login", "life of a token", "the login reply does not say"),
    "no_refresh_timeout_seconds": ("login", "a login reply without refreshTimeoutSeconds", ""),
    "subscription_timeout": ("subscription", "life of a subscription without a refresh", SHORT),
    "max_subscriptions": ("G7", "subscriptions of a session", ""),
    "max_sessions": ("G7", "sessions at a time", "using up the sessions would keep others out"),
    "session_limit_status": ("G7", "a login beyond the sessions", "using up the sessions would keep others out"),
    "refresh_error": ("G1", "refresh of an unknown subscription", ""),
    "bad_token_upgrade": ("G2", "a socket with a bad token", ""),
    "session_end_close": ("G3", "how the socket closes at logout", ""),
    "initial_imdata": ("G4", "what a subscribe reply carries", ""),
    "repeat_subscription": ("G5", "an identical second subscription", ""),
    "refresh_timeout": ("G6", "what becomes of refresh-timeout=", SHORT),
    "second_socket": ("G7", "a second socket of the session", ""),
    "filter_sees": ("G8", "what a filter sees of a modification", NO_PORT),
    "old_token": ("G9", "the old token after aaaRefresh", ""),
    "bad_password_status": ("G10", "HTTP status of a refused login", LOCK),
    "bad_password_text": ("G10", "text of a refused login", LOCK),
    "cookie_attributes": ("G11", "attributes of the cookie", "the login reply sets no APIC-cookie"),
    "server_ping": ("G12", "pings of the switch", SHORT),
    "no_pong": ("G12", "answers to our pings", ""),
    "refresh_reply": ("refresh", "class of the aaaRefresh reply", ""),
    "sliding_session": (
        "refresh",
        "requests prolong a session",
        "it takes longer than a session lives: a longer observe",
    ),
    "oper_mod_ts": ("modTs", "modTs of operational objects", "there are no ports to read"),
    "utc_offset": ("modTs", "zone of modTs", "no object has a modTs with a zone"),
    "unstable_order": ("order", "order of replies", "there are too few ports to tell"),
}
"""Option of the simulator -> (subject, what it is about, why it was not tried where nothing else says why)."""

FREE = ("bad_password_text", "cookie_attributes")
"""Options whose value is the switch's own text; those of the others are ours."""


@dataclass(frozen=True)
class Finding:
    """``option`` and ``value`` are the simulator's, where it has them. ``tried`` is false for what was left out; ``why`` says why."""

    subject: str
    text: str
    option: str = ""
    value: Value | None = None
    tried: bool = True
    why: str = ""


class Sheet:
    """The findings of one probe, in order."""

    def __init__(self, privacy: Privacy) -> None:
        self.privacy = privacy
        self.findings: list[Finding] = []

    def say(self, subject: str, text: str) -> None:
        """A fact that is no option of the simulator."""
        self.findings.append(Finding(subject, text))

    def found(self, option: str, value: Value, text: str) -> None:
        subject, about, _why = OPTIONS[option]
        self.findings.append(Finding(subject, "%s: %s" % (about, text), option, value))

    def odd(self, option: str, text: str) -> None:
        """Something that the simulator cannot do, or that leaves the question open."""
        subject, about, _why = OPTIONS[option]
        self.findings.append(Finding(subject, "%s: %s" % (about, text), option))

    def skip(self, option: str, why: str = "") -> None:
        subject, about, usual = OPTIONS[option]
        why = why or usual or "an earlier step failed"
        self.findings.append(Finding(subject, "%s: not tried, because %s" % (about, why), option, tried=False, why=why))

    def skip_rest(self, why: str = "") -> None:
        """Every option that nothing was said about."""
        said = {finding.option for finding in self.findings}
        for option in OPTIONS:
            if option not in said:
                self.skip(option, why)

    def profile(self) -> dict[str, Value]:
        shown = ((each.option, self._shown_value(each)) for each in self.findings)
        found = {option: value for option, value in shown if value is not None}
        return {name: found[name] for name in OPTIONS if name in found}

    def _shown_value(self, finding: Finding) -> Value | None:
        if finding.option in FREE and isinstance(finding.value, str):
            return self.privacy.scrub(finding.value)
        return finding.value

    def shown(self) -> list[dict[str, object]]:
        """For a task's result."""
        rows = []
        for each in self.findings:
            row = {"subject": each.subject, "text": self.privacy.scrub(each.text), "tried": each.tried}
            rows.append({**row, "option": each.option, "value": self._shown_value(each)} if each.option else row)
        return rows

    def report(self, verdict: str) -> str:
        lines = ["nxapi.events probe", "", self.privacy.scrub(verdict), ""]
        tried = ["%s: %s" % (each.subject, self.privacy.scrub(each.text)) for each in self.findings if each.tried]
        for title, rows in (("What was found:", tried), ("What was not tried:", self._untried())):
            lines += [title, *("  " + row for row in rows), ""]
        lines.append("The same for the simulator: python tests/simulator --profile THIS_FILE")
        comments = [("# " + line).rstrip() for line in lines]
        values = ["%s: %s" % (name, json.dumps(value, ensure_ascii=False)) for name, value in self.profile().items()]
        return "\n".join(["---", *comments, *(values or ["{}"]), ""])

    def _untried(self) -> list[str]:
        """One line for each, and one for all that a probe did not come to."""
        rows = []
        for each in self.findings:
            if each.why and each.why != STOPPED:
                rows.append("%s: %s" % (each.subject, self.privacy.scrub(each.text)))
        late = [OPTIONS[each.option][0] for each in self.findings if each.why == STOPPED]
        return [*rows, "%s: %s" % (", ".join(dict.fromkeys(late)), STOPPED)] if late else rows
