# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A listener with a script: it expects certain calls in order, answers as told, and fails the test on any other."""

from __future__ import annotations

import json
import socket
import struct
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


class Lost:
    """An answer that is none: the connection ends, or holds ``text`` in place of a reply."""

    def __init__(self, text: str | None = None) -> None:
        self.text = text


class Refused:
    """A JSON-RPC error, with ``data`` as the listener sends it."""

    def __init__(self, data: str) -> None:
        self.data = data


class ScriptedListener:
    """Speaks JSON-RPC over a real Unix socket as ansible.module_utils.connection.Connection does."""

    def __init__(self, folder: str) -> None:
        self.path = str(Path(folder) / "s")
        self.script: list[tuple[str, Any]] = []
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.wrong: list[str] = []
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(self.path)
        self._server.listen()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def expect(self, method: str, answer: Any) -> None:
        self.script.append((method, answer))

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._server.close()
        assert not self.wrong, self.wrong
        assert not self.script, "calls that did not come: %s" % self.script

    def _serve(self) -> None:
        while True:
            try:
                connection, _address = self._server.accept()
            except OSError:
                return
            with connection:
                self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        stream = connection.makefile("rb")
        (length,) = struct.unpack("!Q", stream.read(8))
        request = json.loads(stream.read(length))
        arguments, keywords = request["params"]
        expected, answer = self.script.pop(0) if self.script else ("nothing", Lost())
        self.calls.append((request["method"], keywords))
        if arguments or request["method"] != expected:
            self.wrong.append("%s came in place of %s" % (request["method"], expected))
        if isinstance(answer, Lost):
            reply = answer.text
        elif isinstance(answer, Refused):
            error = {"code": -32000, "message": "task failed", "data": answer.data}
            reply = json.dumps({"jsonrpc": "2.0", "id": request["id"], "error": error})
        else:
            reply = json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": answer})
        if reply is not None:
            connection.sendall(struct.pack("!Q", len(reply.encode())) + reply.encode())


@pytest.fixture
def listener() -> Iterator[ScriptedListener]:
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:  # a short path: that of a Unix socket is limited
        scripted = ScriptedListener(folder)
        yield scripted
        scripted.close()


@pytest.fixture
def lost() -> type[Lost]:
    return Lost


@pytest.fixture
def refused() -> type[Refused]:
    return Refused
