# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A probe from its first question to its report. Imports nothing of Ansible.

It has a session of its own and logs in once, so that it may do odd things without disturbing anybody. What the run knows of
refused logins counts for it as for the listener.
"""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from ..engine.errors import EngineError, Rejected, sentence
from ..engine.logins import LoginLedger
from ..engine.model import ConnectionOptions
from ..engine.rest import REQUESTS_IMPORT_ERROR, tls_context
from ..engine.stream import WEBSOCKET_IMPORT_ERROR
from .change import Change, port_dn
from .findings import STOPPED, Sheet
from .interrupts import unbroken, unwinding
from .lives import Lives
from .pace import NORMAL, Pace
from .privacy import Privacy, names_of
from .pushes import open_socket
from .reach import reach
from .session import Session
from .wire import Rest

GOOD = "Everything that this collection needs works: NX-API, login, reading, WebSocket, subscription."

QUIET = 5.0
"""Seconds without a line that nobody has to be told of."""


@dataclass(frozen=True)
class Wanted:
    """``observe``: seconds to listen. ``port``: whose description may be changed, or empty. ``label``: the inventory's name.
    ``memory``: the run's folder of what is known of logins."""

    observe: float = 120.0
    port: str = ""
    label: str = ""
    memory: str | None = None
    pace: Pace = NORMAL


def missing() -> str:
    """Which library is not there, as a sentence, or nothing."""
    known = (("requests", REQUESTS_IMPORT_ERROR), ("websocket-client", WEBSOCKET_IMPORT_ERROR))
    lacking = [name for name, error in known if error is not None]
    return "nxapi.events.probe needs on the control node: pip install %s." % " ".join(lacking) if lacking else ""


def probe(options: ConnectionOptions, wanted: Wanted, say: Callable[[str], None]) -> dict[str, object]:
    """The task's result: report, profile, findings; reason and msg where something is in the way."""
    words = [*names_of(options.host), *names_of(wanted.label), options.address, options.username]
    sheet = Sheet(Privacy(words, [options.password]))
    try:
        dn = port_dn(wanted.port) if wanted.port else ""
        with unwinding(), warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Unverified HTTPS request")  # it was the user who turned it off
            _walk(options, wanted, dn, sheet, _Teller(sheet, say))
    except EngineError as exc:
        msg = sentence(str(exc))
        failure: dict[str, object] = {"failed": True, "reason": exc.reason, "msg": msg}
        sheet.skip_rest(STOPPED)
    else:
        failure, msg = {}, GOOD
        sheet.skip_rest()
    shown = {"report": sheet.report(msg), "profile": sheet.profile(), "findings": sheet.shown()}
    return {"changed": False, "msg": msg, **shown, **failure}


class _Teller:
    """Passes on what was found since it was last called."""

    def __init__(self, sheet: Sheet, say: Callable[[str], None]) -> None:
        self._sheet = sheet
        self._told = 0
        self.say = say

    def __call__(self) -> None:
        for finding in self._sheet.findings[self._told :]:
            self.say("%s: %s" % (finding.subject, self._sheet.privacy.scrub(finding.text)))
        self._told = len(self._sheet.findings)


def _walk(options: ConnectionOptions, wanted: Wanted, dn: str, sheet: Sheet, tell: _Teller) -> None:
    try:
        reach(options, sheet)
        tell()
        context = tls_context(options.validate_certs, options.ca_path) if options.use_ssl else None
        session = Session(options, sheet, Rest(options, context), context=context, pace=wanted.pace)
        try:
            ledger = LoginLedger(wanted.memory)
            with ledger.turn(options):
                asyncio.run(_login(session, ledger))
            session.read()
            session.look()
            tell()
            _sockets(session, wanted, dn, tell)
        finally:
            unbroken(lambda: _leave(session))
    finally:
        tell()


async def _login(session: Session, ledger: LoginLedger) -> None:
    async with ledger.attempt(session.options):
        session.login()


def _sockets(session: Session, wanted: Wanted, dn: str, tell: _Teller) -> None:
    pushes = open_socket(session)
    lives = Lives(pushes)
    try:
        if pushes.first():
            if dn:
                Change(pushes, dn, tell.say).run()
            tell()
            # Within the life of the token, and with time for what follows.
            seconds = min(wanted.observe, session.lifetime / 2 or wanted.observe)
            if seconds > QUIET:
                tell.say("Listening for %.0f s, for what only time shows." % seconds)
            lives.observe(seconds)
            tell()
        session.refresh()
        pushes.second()
        lives.slide(wanted.observe)
        pushes.end()
    finally:
        pushes.socket.close()
    if pushes.refused:
        raise Rejected(
            "reading works and the WebSocket opens, but the switch refuses to subscribe (%s)." % pushes.refused
        )


def _leave(session: Session) -> None:
    with suppress(EngineError):
        if session.token:
            session.logout()
    session.rest.close()
