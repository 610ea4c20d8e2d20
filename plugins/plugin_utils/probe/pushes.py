# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The WebSocket and the subscriptions of a probe: what the switch does with odd requests. What takes time is in `lives.py`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ..engine.errors import EngineError, NotNxapi, Rejected, SessionEnded, Unreachable
from ..engine.rest import error_text
from .session import SYS, Session
from .wire import Socket

UNKNOWN_ID = "99999999999999999"
"""No id of any switch that was seen; one that belonged to somebody would only be prolonged by it."""

OTHER = "sys/showversion"
"""What every switch has besides sys and its ports."""

BAD_TOKEN = "A" * 171 + "="
"""As long as a token of NX-OS."""

CLOSES = {"1000", "1001", "1008", "1011", "eof", "reset"}
REFUSALS = {400: "400", 403: "403", 404: "404", 405: "405"}

ABOUT_SUBSCRIPTIONS = (
    "initial_imdata",
    "repeat_subscription",
    "subscription_timeout",
    "refresh_timeout",
    "max_subscriptions",
    "filter_sees",
    "server_ping",
)


@dataclass
class Pushes:
    """``ids``: those that the switch gave out on this socket, in order. ``full``: it gives out no more. ``refusing``: it refuses
    the refresh of an unknown id, so that a refresh tells whether a subscription lives. ``refused``: nothing can be subscribed, in
    the switch's words."""

    session: Session
    socket: Socket
    ids: dict[str, None] = field(default_factory=dict)
    full: bool = False
    refusing: bool = True
    refused: str = ""

    def subscribe(self, target: str) -> tuple[str, str]:
        """The id, and whether objects came with it; or no id, and the switch's words."""
        reply = self.session.get(target)
        document, text = reply.document, error_text(reply.document)
        sid = document.subscription_ids[0] if document and document.subscription_ids else ""
        if sid and document and not document.error:
            self.ids[sid] = None
            return sid, "objects" if document.objects else ""
        return "", "HTTP %d%s" % (reply.status, ", " + text if text else "")

    def alive(self, sid: str) -> bool:
        """Asked by a refresh, which prolongs it."""
        reply = self.session.get("/api/subscriptionRefresh.json?id=" + sid)
        document = reply.document
        return reply.status == 200 and document is not None and not document.error and not document.objects

    # -- at once

    def first(self) -> bool:
        """Pongs (G12), initial imdata (G4), the same again (G5), an unknown id (G1). False where nothing can be subscribed."""
        sheet = self.session.sheet
        took = self.socket.answers(self.session.pace.pong)
        sheet.found("no_pong", took is None, "no" if took is None else "yes")
        if took is not None:
            sheet.say("round trip", "WebSocket ping %.1f ms." % (took * 1000))
        places = [*self.session.ports, "sys"]
        target = subscription(places[0])
        sid, text = self.subscribe(target)
        if not sid:
            self._unknown_id()
            for option in ABOUT_SUBSCRIPTIONS:
                sheet.skip(option, "the switch refuses to subscribe (%s)" % text)
            self.refused = text
            return False
        sheet.found("initial_imdata", "snapshot" if text else "empty", "the objects" if text else "nothing")
        self._repeat(target, sid, subscription(places[1] if len(places) > 1 else OTHER))
        self._unknown_id()
        return True

    def _repeat(self, target: str, sid: str, other: str) -> None:
        sheet = self.session.sheet
        again, text = self.subscribe(target)
        if again:
            same = again == sid
            sheet.found("repeat_subscription", "same-id" if same else "new-id", "the same id" if same else "another id")
        elif self.subscribe(other)[0]:
            sheet.odd("repeat_subscription", "refused (%s), while another one is accepted" % text)
        else:
            sheet.skip("repeat_subscription", "the switch gives a session no second subscription")
            self.no_more(text)

    def _unknown_id(self) -> None:
        sheet = self.session.sheet
        reply = self.session.get("/api/subscriptionRefresh.json?id=" + UNKNOWN_ID)
        document, text = reply.document, error_text(reply.document)
        said = "HTTP %d, %s" % (reply.status, text or ("an object" if document and document.objects else "empty"))
        if reply.status == 200 and document is not None and (document.error or document.objects):
            sheet.found("refresh_error", "200-error" if document.error else "200-object", said)
        elif reply.status in REFUSALS:
            sheet.found("refresh_error", REFUSALS[reply.status], said)
        else:
            self.refusing = reply.status != 200
            sheet.odd("refresh_error", said)

    def no_more(self, text: str) -> None:
        """A subscription of the kind that was accepted before is refused."""
        if not self.full:
            self.full = True
            self.session.sheet.found("max_subscriptions", len(self.ids), "%d, then %s" % (len(self.ids), text))

    # -- the end

    def second(self) -> None:
        """Another socket of the same session (G7)."""
        sheet, session = self.session.sheet, self.session
        if self.socket.ended:
            sheet.skip("second_socket", "the first one was closed before")
            return
        try:
            other = Socket.open(session.options, session.token, session.context)
        except (SessionEnded, NotNxapi, Unreachable) as exc:
            sheet.found("second_socket", "reject", "refused (%s)" % _status(exc))
            return
        self.socket.listen(session.pace.drop)
        if self.socket.ended:
            sheet.found("second_socket", "replace", "the first one is closed (%s)" % self.socket.ended)
            self.socket.close()
            self.socket = other
        else:
            sheet.found("second_socket", "allow", "both stay open")
            other.close()

    def end(self) -> None:
        """How the socket closes when its session ends (G3): by the logout, unless it has ended before."""
        sheet, closed = self.session.sheet, bool(self.socket.ended)
        if self.session.token:
            sheet.say("logout", "HTTP %d." % self.session.logout())
            if closed:
                sheet.skip("session_end_close", "the socket was closed before")
                return
        self.socket.listen(self.session.pace.close)
        if self.socket.ended in CLOSES:
            sheet.found("session_end_close", self.socket.ended, self.socket.ended)
        else:
            sheet.odd("session_end_close", self.socket.ended or "it stays open for %g s" % self.session.pace.close)


def open_socket(session: Session) -> Pushes:
    """First with a bad token (G2), then with the good one."""
    _bad_token(session)
    try:
        made = Socket.open(session.options, session.token, session.context)
    except (SessionEnded, NotNxapi, Unreachable) as exc:
        failure = "REST works, but the WebSocket does not open (%s). %s" % (_status(exc), WEBSOCKET_ADVICE)
    else:
        session.sheet.say("WebSocket", "It opens.")
        return Pushes(session, made)
    raise Rejected(failure)


WEBSOCKET_ADVICE = (
    "If there is a proxy, a load balancer or a firewall that inspects in between, it has to let WebSockets (Upgrade) "
    "through; else the switch lacks them."
)


def _bad_token(session: Session) -> None:
    sheet = session.sheet
    try:
        odd = Socket.open(session.options, BAD_TOKEN, session.context)
    except (SessionEnded, NotNxapi, Unreachable) as exc:
        status = _status(exc)
        if status in ("HTTP 401", "HTTP 403"):
            sheet.found("bad_token_upgrade", status[-3:], status)
        else:
            sheet.odd("bad_token_upgrade", status)
        return
    odd.listen(session.pace.drop)
    if odd.ended:
        sheet.found("bad_token_upgrade", "accept-drop", "accepted, then closed (%s)" % odd.ended)
    else:
        sheet.odd("bad_token_upgrade", "accepted, and left open")
    odd.close()


def _status(exc: EngineError) -> str:
    """What the engine's sentence says of the refusal: a status, or all of it."""
    found = re.search(r"HTTP \d{3}", str(exc))
    return found.group() if found else str(exc).rstrip(".")


def subscription(dn: str) -> str:
    return "%s?subscription=yes" % SYS if dn == "sys" else "/api/mo/%s.json?subscription=yes" % dn
