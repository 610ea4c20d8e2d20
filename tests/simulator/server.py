# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One port for everything: REST, the WebSocket, and /simulator. Turns HTTP into Calls, and Answers and faults into
HTTP."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import web

from . import control, ins, sockets, targets
from .errors import token_timeout
from .faults import Rule
from .rest import Answer, Call
from .sessions import Credentials, Session, read_cookies
from .wire import encode_error

if TYPE_CHECKING:
    from .switch import Switch

_METHODS = ("GET", "POST", "PUT", "DELETE")
_REASONS = {400: "Bad Request", 403: "Forbidden", 404: "Not Found", 405: "Not Allowed", 500: "Internal Server Error"}
_REASONS |= {502: "Bad Gateway", 503: "Service Temporarily Unavailable", 504: "Gateway Time-out"}


def html_page(status: int) -> Answer:
    """nginx's own page, for what is not NX-API's."""
    title = f"{status} {_REASONS.get(status, 'Error')}"
    lines = (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>",
        f"<center><h1>{title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n",
    )
    return Answer(status, "\r\n".join(lines), "text/html")


def _response(answer: Answer) -> web.Response:
    headers = {"Server": "nginx", **answer.headers}
    return web.Response(
        status=answer.status, body=answer.text.encode(), content_type=answer.content_type, headers=headers
    )


async def _continue(request: web.BaseRequest) -> None:
    """curl waits for this before it sends a larger body."""
    if request.headers.get("Expect", "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0


class Server:
    """The request handler of one switch."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        raw = request.raw_path
        if raw.partition("?")[0].startswith("/simulator/"):
            return await control.handle(self._switch, request)
        if raw.partition("?")[0] == "/ins":
            return await ins.handle(self._switch, request)
        started = self._switch.now()
        target = targets.parse(raw)
        kind = "socket" if raw.startswith("/socket") else target.kind if target else "other"
        if target and kind in ("mo", "class") and target.params.get("subscription") == "yes":
            kind = "subscribe"
        held = await self._before(request)
        if held is not None:
            self._switch.stats.request(kind, request.method, raw, held.status, self._switch.now() - started, "")
            return _response(held)
        if kind == "socket":
            return await self._socket(request, started)
        call_user = ""
        if target is None or request.method not in _METHODS:
            answer = html_page(404 if target is None else 405)
        else:
            answer, call_user = await self._api(request, target)
        await self._after(request)
        self._switch.stats.request(kind, request.method, raw, answer.status, self._switch.now() - started, call_user)
        return _response(answer)

    async def control_only(self, request: web.BaseRequest) -> web.StreamResponse:
        """For the second port."""
        if request.raw_path.startswith("/simulator/"):
            return await control.handle(self._switch, request)
        return _response(html_page(404))

    async def _api(self, request: web.BaseRequest, target: targets.Target) -> tuple[Answer, str]:
        await _continue(request)
        body = await request.content.read()
        challenge = request.headers.get("APIC-challenge", "") or target.params.get("challenge", "")
        shown = Credentials(read_cookies(request.headers.getall("Cookie", [])), challenge)
        call = Call(request.method, request.raw_path, target, shown, body)
        return self._switch.rest.answer(call), call.user

    # -- faults on replies

    async def _before(self, request: web.BaseRequest) -> Answer | None:
        rules, method, raw = self._switch.rules, request.method, request.raw_path
        if self._switch.options.reply_delay:
            await asyncio.sleep(self._switch.options.reply_delay)
        self._fire(rules.take("arm", method, raw, after=False))
        if stall := rules.take("stall", method, raw, after=False):
            await asyncio.sleep(float(stall.body.get("seconds", 1.0)))
        rule = rules.take("http-error", method, raw)
        if rule is None:
            return None
        await request.content.read()
        status = int(rule.body.get("status", 503))
        if "text" not in rule.body:
            return html_page(status)
        return Answer(status, str(rule.body["text"]), str(rule.body.get("content_type", "application/json")))

    async def _after(self, request: web.BaseRequest) -> None:
        """The reply is ready; now it is late, or lost."""
        rules, method, raw = self._switch.rules, request.method, request.raw_path
        self._fire(rules.take("arm", method, raw, after=True))
        if stall := rules.take("stall", method, raw, after=True):
            await asyncio.sleep(float(stall.body.get("seconds", 1.0)))
        if rules.take("lose-replies", method, raw):
            sockets.reset(request.transport)

    def _fire(self, rule: Rule | None) -> None:
        if rule is not None:
            for name, body in rule.body["fault"].items():
                self._switch.fault(name, body or {})

    # -- the WebSocket

    async def _socket(self, request: web.BaseRequest, started: float) -> web.StreamResponse:
        token, _unused, url_token = request.raw_path[len("/socket") :].partition("?")
        session = self._switch.sessions.for_socket(token, url_token)
        response = sockets.prepare_response()
        status, refusal = 101, None
        if not response.can_prepare(request):
            refusal = html_page(400)
        elif session is None and self._switch.options.bad_token_upgrade != "accept-drop":
            status = int(self._switch.options.bad_token_upgrade)
            refusal = Answer(status, encode_error("json", token_timeout()), "application/json")
        elif session is not None and session.sockets and self._switch.options.second_socket == "reject":
            refusal = Answer(403, encode_error("json", token_timeout()), "application/json")
        if refusal is not None:
            self._switch.stats.sockets["refused"] += 1
            self._switch.stats.request(
                "socket", "GET", request.raw_path, refusal.status, self._switch.now() - started, ""
            )
            return _response(refusal)
        self._switch.stats.request(
            "socket", "GET", request.raw_path, status, self._switch.now() - started, session.user if session else ""
        )
        await response.prepare(request)
        if session is None or not isinstance(request.transport, asyncio.Transport):
            await response.close(code=1008)
            return response
        await self._serve(session, response, request.transport)
        return response

    async def _serve(self, session: Session, response: web.WebSocketResponse, transport: asyncio.Transport) -> None:
        switch = self._switch
        socket = sockets.Socket(session, response, transport, switch.frame_faults, switch.stats)
        if switch.options.second_socket == "replace":
            for older in list(session.sockets):
                switch.forget_socket(older)
                older.end("1000")
        session.sockets.append(socket)
        switch.stats.sockets["opened"] += 1
        period = switch.options.server_ping
        pinger = asyncio.get_running_loop().create_task(socket.ping(period)) if period else None
        try:
            await socket.receive(lambda: switch.answers_pings)
        finally:
            socket.ended = True
            switch.forget_socket(socket)
            switch.stats.sockets["closed"] += 1
            if pinger:
                pinger.cancel()
