# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client with the manners of those in the field: http.client, one cookie set by hand, websocket-client."""

from __future__ import annotations

import http.client
import json
import ssl
import subprocess
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import websocket
from simulator.thread import Handle

PORT = "sys/intf/phys-[eth1/1]"
OPER = PORT + "/phys"


class Reply:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.text = response.read().decode()
        self.headers = response.headers

    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def mos(self) -> list[tuple[str, dict[str, str]]]:
        return [(cls, body["attributes"]) for item in self.json()["imdata"] for cls, body in item.items()]

    @property
    def error(self) -> dict[str, str]:
        return self.json()["imdata"][0]["error"]["attributes"]


class Client:
    """Sends every target as it is written; ``cookie`` goes out exactly as set."""

    def __init__(self, url: str, ca_path: str | None = None) -> None:
        self.url = url
        self.ca_path = ca_path
        self.cookie = ""
        self.token = ""
        self.headers: dict[str, str] = {}
        self._open: list[Any] = []

    def request(self, method: str, target: str, body: Any = None, **headers: str) -> Reply:
        parts = urlsplit(self.url)
        if parts.scheme == "https":
            context = ssl.create_default_context(cafile=self.ca_path)
            connection: Any = http.client.HTTPSConnection(parts.hostname, parts.port, timeout=10, context=context)
        else:
            connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
        data = body if isinstance(body, (str, bytes)) or body is None else json.dumps(body)
        connection.putrequest(method, target, skip_host=False, skip_accept_encoding=True)
        if data is not None:
            data = data.encode() if isinstance(data, str) else data
            connection.putheader("Content-Length", str(len(data)))
        if self.cookie:
            connection.putheader("Cookie", self.cookie)
        for name, value in {**self.headers, **headers}.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders(data)
        try:
            return Reply(connection.getresponse())
        finally:
            connection.close()

    def get(self, target: str) -> Reply:
        return self.request("GET", target)

    def post(self, target: str, body: Any = None) -> Reply:
        return self.request("POST", target, body)

    def login(self, name: str = "admin", password: str = "Sim-pass-1", query: str = "") -> Reply:
        reply = self.post(f"/api/aaaLogin.json{query}", {"aaaUser": {"attributes": {"name": name, "pwd": password}}})
        if reply.status == 200 and "aaaLogin" in reply.text:
            self.use(reply.json()["imdata"][0]["aaaLogin"]["attributes"]["token"])
        return reply

    def use(self, token: str) -> None:
        self.token = token
        self.cookie = f"APIC-cookie={token}"

    def open_socket(self, suffix: str = "") -> websocket.WebSocket:
        options = {"sslopt": {"ca_certs": self.ca_path}} if self.ca_path else {}
        url = f"{self.url.replace('http', 'ws', 1)}/socket{self.token}{suffix}"
        opened = websocket.create_connection(url, timeout=10, **options)
        self._open.append(opened)
        return opened

    def subscribe(self, target: str) -> str:
        separator = "&" if "?" in target else "?"
        return self.get(f"{target}{separator}subscription=yes").json()["subscriptionId"]

    def close(self) -> None:
        for each in self._open:
            each.shutdown()


def frame(socket: websocket.WebSocket) -> tuple[list[str], list[tuple[str, dict[str, str]]]]:
    """The ids and the objects of the next frame."""
    document = json.loads(socket.recv())
    return document["subscriptionId"], [
        (cls, body["attributes"]) for item in document["imdata"] for cls, body in item.items()
    ]


def eventually(holds: Callable[[], Any], seconds: float = 5.0) -> Any:
    """Asks again, without sleeping, until it holds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = holds()
        if found:
            return found
    raise AssertionError("it never held")


Start = Callable[..., tuple[Handle, Client]]
Run = Callable[..., tuple[subprocess.Popen[str], list[dict[str, Any]]]]
