# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""JSON-RPC 2.0 over a Unix socket, as ansible.module_utils.connection.Connection speaks it.

One call a connection: 8 bytes of length, big-endian, then the request; ``params`` is ``[args, kwargs]``; the reply in
the same frame. An error's ``data`` is a JSON *string* ``{"reason", "msg"}``, because Connection shows a dict as a
Python repr. A caller that goes away cancels its call.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping

from ..engine.errors import EngineError, defect, sentence
from .room import Room

MAX_REQUEST = 32 * 1024 * 1024
CODE = -32000

Method = Callable[..., Awaitable[object]]


async def serve(path: str, methods: Mapping[str, Method], room: Room) -> asyncio.AbstractServer:
    """Listen at ``path`` (mode 0600, umask is the caller's); only this user's processes are answered."""
    refusals = dict.fromkeys(methods, room.refuse)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with room.call() as fits:
                if is_ours(writer.get_extra_info("socket")):
                    await _answer(reader, writer, methods if fits else refusals)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_unix_server(connected, path)
    os.chmod(path, 0o600)
    return server


def is_ours(peer: socket.socket) -> bool:
    """Whether the peer runs under our uid (Linux; elsewhere the folder's mode is the guard)."""
    if not hasattr(socket, "SO_PEERCRED"):
        return True
    credentials = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return bool(struct.unpack("3i", credentials)[1] == os.geteuid())


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, methods: Mapping[str, Method]) -> None:
    (length,) = struct.unpack("!Q", await reader.readexactly(8))
    if length > MAX_REQUEST:
        return
    request = json.loads(await reader.readexactly(length))
    call = asyncio.ensure_future(_call(request, methods))
    gone = asyncio.ensure_future(reader.read(1))
    try:
        await asyncio.wait({call, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not call.done():
            return
        data = json.dumps(call.result()).encode("ascii")
        writer.write(struct.pack("!Q", len(data)) + data)
        await writer.drain()
    finally:
        for task in (call, gone):
            task.cancel()
        await asyncio.wait({call, gone})


async def _call(request: Mapping[str, object], methods: Mapping[str, Method]) -> dict[str, object]:
    reply: dict[str, object] = {"jsonrpc": "2.0", "id": request.get("id")}
    method = methods.get(str(request.get("method")))
    if method is None:
        reply["error"] = {"code": -32601, "message": "Method not found"}
        return reply
    try:
        reply["result"] = await method(**_keywords(request.get("params")))
    except EngineError as exc:
        reply["error"] = _error(exc.reason, str(exc))
    except OSError as exc:
        reply["error"] = _error("listener", words(exc))
    except Exception as exc:
        reply["error"] = _error("listener", "the listener failed on %s." % defect(exc))
    return reply


def _keywords(params: object) -> Mapping[str, object]:
    """Connection sends ``[args, kwargs]``; we take keywords only."""
    if isinstance(params, list) and len(params) == 2 and not params[0] and isinstance(params[1], dict):
        return params[1]
    raise TypeError("keyword arguments only")


def words(exc: OSError) -> str:
    """What the control node does not let us do; it is neither the switch's fault nor the playbook's."""
    return "the listener failed on the control node: %s." % (exc.strerror or type(exc).__name__).lower()


def _error(reason: str, message: str) -> dict[str, object]:
    data = json.dumps({"reason": reason, "msg": sentence(message)})
    return {"code": CODE, "message": "nxapi.events", "data": data}
