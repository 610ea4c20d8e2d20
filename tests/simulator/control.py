# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``/simulator/…``: how a test or a person drives the switch. For loopback only, and no login: it is not part of the
switch. ``/simulator/all/…`` is for all switches of the process."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from aiohttp import web

from . import crowd
from .actions import ACTIONS, check, check_reload
from .faults import FaultError
from .query import with_identity
from .targets import read_params
from .tree import Mo

if TYPE_CHECKING:
    from .switch import Switch


_ALL = "all/"


async def handle(switch: Switch, request: web.BaseRequest) -> web.Response:
    if not _from_loopback(request):
        return _json({"error": "/simulator is for loopback only"}, 403)
    path, _unused, query = request.raw_path.partition("?")
    name, params = path[len("/simulator/") :], read_params(query)
    every = name.startswith(_ALL)
    name = name.removeprefix(_ALL)
    body = await request.content.read()
    try:
        if request.method == "GET":
            return _json(_read_all(switch.crowd, name, params) if every else _read(switch, name, params))
        if request.method != "POST":
            return _json({"error": "GET or POST"}, 405)
        options = json.loads(body) if body.strip() else {}
        if not isinstance(options, dict):
            raise FaultError("the body is a JSON object")
        if name == "reload":
            return await _reload(switch.crowd if every else (switch,), request, options)
        done = crowd.tell(switch.crowd, name, options) if every else switch.fault(name, options)
        return _json({"done": name, **done})
    except (FaultError, json.JSONDecodeError) as error:
        return _json({"error": str(error)}, 400)


async def _reload(switches: Sequence[Switch], request: web.BaseRequest, options: dict[str, Any]) -> web.Response:
    """Answered before it is done: the port that the answer leaves by is about to close."""
    check("reload", options)
    check_reload(options)
    response = _json({"done": "reload"})
    response.force_close()
    await response.prepare(request)
    await response.write_eof()
    crowd.tell(switches, "reload", options)
    return response


def _read_all(switches: Sequence[Switch], name: str, params: dict[str, str]) -> Any:
    """By the URL of each; and ``totals``, which is what their ``stats`` add up to."""
    if name == "totals":
        return crowd.totals(switch.report() for switch in switches)
    return {switch.url: _read(switch, name, params) for switch in switches}


def _read(switch: Switch, name: str, params: dict[str, str]) -> Any:
    reader = _READERS.get(name)
    if reader is None:
        raise FaultError(f"there is no {name}; GET one of {', '.join(_READERS)}, POST one of {', '.join(ACTIONS)}")
    return reader(switch, params)


def _log(switch: Switch, params: dict[str, str]) -> Any:
    since = float(params.get("since", 0))
    return [entry for entry in switch.stats.log if entry["at"] > since]


def _history(switch: Switch, params: dict[str, str]) -> Any:
    since, dn = float(params.get("since", 0)), params.get("dn")
    return [entry for entry in switch.stats.history if entry["at"] > since and dn in (None, entry["dn"])]


def _mo(switch: Switch, params: dict[str, str]) -> Any:
    mo = switch.tree.get(params.get("dn", ""))
    return {"exists": mo is not None, **(_truth(mo) if mo else {})}


def _mos(switch: Switch, params: dict[str, str]) -> Any:
    chosen = switch.tree.subtree(params["dn"]) if "dn" in params else iter(switch.tree)
    return [_truth(mo) for mo in chosen if params.get("class") in (None, mo.cls)]


def _truth(mo: Mo) -> dict[str, Any]:
    return {"dn": mo.dn, "class": mo.cls, "attributes": with_identity(mo)}


def _subscriptions(switch: Switch, params: dict[str, str]) -> Any:
    now = switch.now()
    return [
        {
            "id": each.sid,
            "user": each.session.user,
            "request": each.signature,
            "expires_in": each.deadline - now,
            "mute": each.mute,
        }
        for each in switch.subscriptions.live.values()
    ]


_READERS: dict[str, Callable[[Any, dict[str, str]], Any]] = {
    "stats": lambda switch, params: switch.report(),
    "log": _log,
    "history": _history,
    "mo": _mo,
    "mos": _mos,
    "faults": lambda switch, params: switch.rules.report(),
    "subscriptions": _subscriptions,
}


def _from_loopback(request: web.BaseRequest) -> bool:
    try:
        return ipaddress.ip_address((request.remote or "").partition("%")[0]).is_loopback
    except ValueError:
        return False


def _json(value: Any, status: int = 200) -> web.Response:
    return web.json_response(value, status=status)
