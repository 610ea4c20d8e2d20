# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""NX-API CLI: ``POST /ins`` on the port of NX-API REST, as cisco.nxos uses it over httpapi.

The user is in the Authorization header of each request. ``cli_show`` answers with objects, ``cli_show_ascii`` with text,
``cli_conf`` configures; commands are separated by `` ;``, and each has an output of its own.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING, Any

from aiohttp import web

from .console import DENIED, Console

if TYPE_CHECKING:
    from .switch import Switch


async def handle(switch: Switch, request: web.BaseRequest) -> web.Response:
    started = switch.now()
    try:
        name, read_only = _user(switch, request.headers.get("Authorization", ""))
    except PermissionError:
        status, name, text = 401, "", "401 Authorization Required"
    else:
        status, text = _answer(switch, read_only, await request.content.read())
    switch.stats.request("ins", request.method, request.raw_path, status, switch.now() - started, name)
    kind = "application/json" if status == 200 else "text/html"
    return web.Response(status=status, text=text, content_type=kind, headers={"Server": "nginx"})


def _user(switch: Switch, header: str) -> tuple[str, bool]:
    kind, _unused, encoded = header.partition(" ")
    try:
        name, _colon, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise PermissionError from error
    known = switch.options.users.get(name)
    accepted = kind == "Basic" and known is not None and known[0] == password
    switch.stats.login(name, accepted)
    if not accepted or known is None:
        raise PermissionError
    return name, known[1]


def _answer(switch: Switch, read_only: bool, body: bytes) -> tuple[int, str]:
    try:
        asked = json.loads(body)["ins_api"]
        kind, commands = str(asked["type"]), [each.strip() for each in str(asked["input"]).split(" ;")]
    except (ValueError, KeyError, TypeError):
        return 400, "400 Bad Request"
    console = Console(switch, read_only)
    if kind == "cli_conf":
        console.run("configure terminal")
    outputs = [_output(console, kind, command) for command in commands if command]
    shown: Any = outputs[0] if len(outputs) == 1 else outputs
    reply = {"type": kind, "version": "1.0", "sid": "eoc", "outputs": {"output": shown}}
    return 200, json.dumps({"ins_api": reply})


def _output(console: Console, kind: str, command: str) -> dict[str, Any]:
    body: Any
    if kind == "cli_show":
        body = console.data(command.removeprefix("show ").strip())
        failure = "" if body is not None else f"Structured output unsupported for {command}"
    else:
        body = console.run(command)
        failure = body if body == DENIED or "% Invalid" in body or body.startswith("ERROR") else ""
    if failure:
        return {"input": command, "code": "400", "msg": "CLI execution error", "clierror": failure + "\n"}
    return {"input": command, "code": "200", "msg": "Success", "body": body if body else {}}
