# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The REST half: login, refresh, logout, reads, subscriptions, writes. A request in, an Answer out; no HTTP library
here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from . import query as queries
from . import writes
from .errors import NO_SOCKET, ApiError, bad_request
from .sessions import Credentials, Session
from .targets import Target
from .wire import CONTENT_TYPES, Node, decode_body, encode_error, encode_reply

if TYPE_CHECKING:
    from .switch import Switch

_SUBSCRIBE_ONLY = ("subscription", "refresh-timeout", "challenge")


@dataclass
class Call:
    """One request: ``raw`` is the target as it came."""

    method: str
    raw: str
    target: Target
    shown: Credentials
    body: bytes
    user: str = ""


@dataclass
class Answer:
    status: int
    text: str
    content_type: str
    headers: dict[str, str] = field(default_factory=dict)


class Rest:
    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self._handlers = {
            "aaaLogin": self._login,
            "aaaRefresh": self._refresh,
            "aaaLogout": self._logout,
            "subscriptionRefresh": self._subscription_refresh,
            "mo": self._objects,
            "class": self._objects,
        }

    def answer(self, call: Call) -> Answer:
        fmt = call.target.fmt
        try:
            return self._handlers[call.target.kind](call)
        except ApiError as error:
            return Answer(error.status, encode_error(fmt, error), CONTENT_TYPES[fmt])

    def _reply(
        self, call: Call, nodes: list[Node], total: int | None = None, subscription: str | None = None
    ) -> Answer:
        fmt = call.target.fmt
        return Answer(200, encode_reply(fmt, nodes, total, subscription), CONTENT_TYPES[fmt])

    # -- sessions

    def _login(self, call: Call) -> Answer:
        if call.method not in ("POST", "PUT"):
            raise bad_request("aaaLogin takes a POST")
        body = decode_body(call.body)
        if body is None or body.cls != "aaaUser" or "name" not in body.attributes:
            raise bad_request("aaaLogin takes an aaaUser with name and pwd")
        switch, options = self._switch, self._switch.options
        name, password = body.attributes["name"], body.attributes.get("pwd", "")
        call.user = name
        rule = switch.rules.take("reject-login", call.method, call.raw)
        known = options.users.get(name)
        if rule or known is None or known[0] != password:
            switch.stats.login(name, False)
            shown = rule.body if rule else {}
            status = int(shown.get("status", options.bad_password_status))
            code = str(shown.get("code", 401 if status == 200 else status))
            raise ApiError(status, code, str(shown.get("text", options.bad_password_text)))
        if options.max_sessions and len(switch.sessions.live) >= options.max_sessions:
            raise ApiError(
                options.session_limit_status, str(options.session_limit_status), "Maximum number of sessions reached"
            )
        switch.stats.login(name, True)
        session = switch.sessions.open(name, known[1], switch.clock.seconds(), _wants_url_token(call))
        return self._session_reply(call, session, "aaaLogin")

    def _refresh(self, call: Call) -> Answer:
        session = self._authenticate(call)
        self._switch.sessions.refresh(session, _wants_url_token(call))
        self._switch.stats.refreshes["token"] += 1
        return self._session_reply(call, session, self._switch.options.refresh_reply)

    def _logout(self, call: Call) -> Answer:
        if call.method not in ("POST", "PUT"):
            raise bad_request("aaaLogout takes a POST")
        decode_body(call.body)
        self._switch.sessions.end(self._authenticate(call))
        return self._reply(call, [])

    def _authenticate(self, call: Call) -> Session:
        session = self._switch.sessions.authenticate(call.shown)
        call.user = session.user
        return session

    def _session_reply(self, call: Call, session: Session, cls: str) -> Answer:
        options = self._switch.options
        node = login_node(cls, session, options.session_timeout, self._switch.clock.seconds())
        if options.no_refresh_timeout_seconds:
            del node.attributes["refreshTimeoutSeconds"]
        answer = self._reply(call, [node])
        attributes = f"; {options.cookie_attributes}" if options.cookie_attributes else ""
        answer.headers["Set-Cookie"] = f"APIC-cookie={session.newest}{attributes}{'; Secure' if options.tls else ''}"
        return answer

    # -- subscriptions

    def _subscription_refresh(self, call: Call) -> Answer:
        self._authenticate(call)
        sid = call.target.params.get("id", "")
        rule = self._switch.rules.take("reject-refresh", call.method, call.raw)
        if rule is None and self._switch.subscriptions.refresh(sid, call.target.params):
            self._switch.stats.refreshes["subscription"] += 1
            return self._reply(call, [])
        self._switch.stats.refreshes["subscription_refused"] += 1
        mode = str(rule.body.get("mode", "")) if rule else ""
        return self._refresh_refused(call, sid, mode or self._switch.options.refresh_error)

    def _refresh_refused(self, call: Call, sid: str, mode: str) -> Answer:
        """Gap G1."""
        if mode == "200-object":
            return self._reply(call, [Node("subscription", {"id": sid, "status": "expired"})])
        status = 200 if mode == "200-error" else int(mode)
        text = NO_SOCKET if status == 405 else f"Subscription {sid} not found"
        raise ApiError(status, "400" if status == 200 else str(status), text)

    def _subscribe(self, call: Call, session: Session, query: queries.Query) -> Answer:
        socket = session.socket
        if socket is None:
            raise ApiError(405, "405", NO_SOCKET)
        params = call.target.params
        kept = sorted((name, value) for name, value in params.items() if name not in _SUBSCRIBE_ONLY)
        signature = f"{call.target.dn} {call.target.cls} {call.target.fmt} {kept}"
        nodes, total = self._run(query)
        sid = self._switch.subscriptions.open(
            session, socket, query, call.target.fmt, signature, params, call.shown.doubled
        )
        if self._switch.options.initial_imdata == "empty" or call.shown.doubled:
            nodes, total = [], 0
        return self._reply(call, nodes, total, sid)

    # -- objects

    def _objects(self, call: Call) -> Answer:
        session = self._authenticate(call)
        if call.method == "GET":
            target = call.target
            query = queries.parse(target.dn, target.cls, target.params, self._switch.catalogue)
            if target.params.get("subscription") == "yes":
                return self._subscribe(call, session, query)
            return self._reply(call, *self._run(query))
        if session.read_only:
            raise ApiError(403, "403", f"User {session.user} is not permitted to change the configuration")
        if call.target.kind == "class":
            raise bad_request("A class query takes a GET")
        if call.method == "DELETE":
            return self._delete(call)
        body = decode_body(call.body)
        if body is None:
            raise bad_request("The request body is empty")
        return self._write(call, body)

    def _run(self, query: queries.Query) -> tuple[list[Node], int]:
        switch = self._switch
        switch.boot.tell_time()
        return queries.run(query, switch.tree, switch.catalogue, switch.options.unstable_order)

    def _delete(self, call: Call) -> Answer:
        cls = self._switch.tree.class_of(call.target.dn)
        if cls is None:
            queries.parse(call.target.dn, "", {}, self._switch.catalogue)
            return self._reply(call, [])
        return self._write(call, Node(cls, {"dn": call.target.dn, "status": "deleted"}))

    def _write(self, call: Call, body: Node) -> Answer:
        switch = self._switch
        steps = writes.plan(call.target.dn, body, switch.tree, switch.catalogue)
        if any(step.dn == "sys" and "deleted" in step.status for step in steps):
            raise bad_request("sys cannot be deleted")
        switch.configure(steps)
        return self._reply(call, [])


def _wants_url_token(call: Call) -> bool:
    return call.target.params.get("gui-token-request") == "yes"


def login_node(cls: str, session: Session, timeout: float, now: float) -> Node:
    """The recorded NX-OS object, attribute by attribute; urlToken only where it was asked for."""
    attributes = {"token": session.newest}
    if session.url_tokens:
        attributes["urlToken"] = session.url_tokens[-1]
    attributes.update(
        siteFingerprint="",
        refreshTimeoutSeconds=f"{timeout:g}",
        guiIdleTimeoutSeconds="1200",
        restTimeoutSeconds="300",
        creationTime=str(int(now)),
        firstLoginTime=str(int(session.created)),
        userName=session.user,
        remoteUser="false",
        unixUserId="0",
        sessionId=session.sid,
        lastName="",
        firstName="",
        version="0.9(14HEAD${version.patch})",
        buildTime="Sun Dec 22 01:23:53 PST 2019",
        controllerId="0",
    )
    role = "network-operator" if session.read_only else "network-admin"
    write_roles = Node("aaaWriteRoles", {}, [] if session.read_only else [Node("role", {"name": role})])
    rights = {"name": "all", "rolesR": "admin", "rolesW": "" if session.read_only else "admin"}
    return Node(cls, attributes, [Node("aaaUserDomain", rights, [Node("aaaReadRoles", {}), write_roles])])
