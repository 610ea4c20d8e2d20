# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A headless Chromium, driven through its DevTools protocol: open a file, ask, click, type, look at pixels.

Each Browser has a new profile in a folder of the test's, and takes no part in the network.
"""

from __future__ import annotations

import base64
import json
import re
import struct
import subprocess
import threading
import time
import urllib.request
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import websocket

OPTIONS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--hide-scrollbars", "--remote-debugging-port=0",
    "--remote-allow-origins=*",
)  # fmt: skip

PATIENCE = 60.0
KEYS = {
    "ArrowUp": 38,
    "ArrowDown": 40,
    "ArrowLeft": 37,
    "ArrowRight": 39,
    "Enter": 13,
    "Escape": 27,
    "Tab": 9,
    "/": 191,
    "+": 187,
    "0": 48,
}


@dataclass(frozen=True)
class Image:
    """A part of a screenshot: rows of (red, green, blue). Places in it are those of the whole."""

    left: int
    top: int
    rows: list[bytes]

    def at(self, x: float, y: float) -> tuple[int, int, int]:
        row, column = self.rows[int(y) - self.top], (int(x) - self.left) * 3
        return row[column], row[column + 1], row[column + 2]

    def mean(self, x: float, y: float, width: float, height: float) -> tuple[float, float, float]:
        """Of a rectangle: hatching and letters in it count too."""
        points = [
            self.at(column, line) for line in range(int(y), int(y + height)) for column in range(int(x), int(x + width))
        ]
        assert points, "an empty rectangle"
        red, green, blue = (sum(each) / len(points) for each in zip(*points, strict=True))
        return red, green, blue

    def colours(self, x: float, y: float, width: float, height: float) -> set[tuple[int, int, int]]:
        return {
            self.at(column, line) for line in range(int(y), int(y + height)) for column in range(int(x), int(x + width))
        }


def read_png(data: bytes) -> list[bytes]:
    """The rows of what Chromium writes: 8 bits, RGB or RGBA, not interlaced."""
    at, body, header = 8, b"", (0, 0, 0, 0, 0, 0, 0)
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        chunk = data[at + 8 : at + 8 + length]
        if kind == b"IHDR":
            header = struct.unpack(">IIBBBBB", chunk)
        elif kind == b"IDAT":
            body += chunk
        at += length + 12
    width, height, depth, colour, _compression, _filter, interlaced = header
    assert depth == 8 and colour in (2, 6) and not interlaced, header
    size = 3 if colour == 2 else 4
    raw, rows, before = zlib.decompress(body), [], bytes(width * size)
    for line in range(height):
        start = line * (width * size + 1)
        before = _unfiltered(raw[start], bytearray(raw[start + 1 : start + 1 + width * size]), before, size)
        rows.append(before if size == 3 else bytes(each for n, each in enumerate(before) if n % 4 != 3))
    return rows


def _unfiltered(kind: int, line: bytearray, above: bytes, size: int) -> bytes:
    for at in range(len(line)):
        left = line[at - size] if at >= size else 0
        corner = above[at - size] if at >= size else 0
        if kind == 1:
            add = left
        elif kind == 2:
            add = above[at]
        elif kind == 3:
            add = (left + above[at]) // 2
        elif kind == 4:
            add = _paeth(left, above[at], corner)
        else:
            return bytes(line)
        line[at] = (line[at] + add) & 255
    return bytes(line)


def _paeth(left: int, above: int, corner: int) -> int:
    guess = left + above - corner
    near = [abs(guess - left), abs(guess - above), abs(guess - corner)]
    return (left, above, corner)[near.index(min(near))]


class Browser:
    def __init__(self, program: str, profile: Path) -> None:
        command = [program, *OPTIONS, f"--user-data-dir={profile}", "about:blank"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        self.errors: list[str] = []
        self.requests: list[str] = []
        self._number = 0
        try:
            self._socket = websocket.create_connection(self._page(self._port()), timeout=PATIENCE)
            for domain in ("Page", "Runtime", "Log", "Network"):
                self(f"{domain}.enable")
        except BaseException:
            self.close()
            raise

    def _port(self) -> str:
        assert self._process.stderr is not None
        said = []
        for line in self._process.stderr:
            said.append(line)
            if found := re.search(r"listening on ws://[^:]+:([0-9]+)/", line):
                # Nobody reads on, so that a full pipe would stop it.
                threading.Thread(target=self._process.stderr.read, daemon=True).start()
                return found[1]
        raise AssertionError(f"Chromium has ended: {''.join(said)}")

    @staticmethod
    def _page(port: str) -> str:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"http://127.0.0.1:{port}/json/list", timeout=PATIENCE) as reply:
            return str(next(each for each in json.load(reply) if each["type"] == "page")["webSocketDebuggerUrl"])

    def __call__(self, method: str, **parameters: object) -> dict[str, Any]:
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.recv())
            if message.get("id") == self._number:
                assert "error" not in message, message
                return dict(message["result"])
            self._heard(message.get("method", ""), message.get("params", {}))

    def _heard(self, method: str, told: dict[str, Any]) -> None:
        if method == "Runtime.exceptionThrown":
            self.errors.append(str(told["exceptionDetails"].get("exception", told["exceptionDetails"])))
        elif method == "Log.entryAdded" or (
            method == "Runtime.consoleAPICalled" and told["type"] in ("error", "warning")
        ):
            self.errors.append(json.dumps(told))
        elif method == "Page.javascriptDialogOpening":
            self.errors.append(f"a dialog: {told['message']}")
        elif method == "Network.requestWillBeSent":
            self.requests.append(told["request"]["url"])

    def open(self, file: Path, dark: bool = False, width: int = 1400, height: int = 1000) -> None:
        self("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self(
            "Emulation.setEmulatedMedia",
            features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}],
        )
        self("Page.navigate", url=file.as_uri())
        end = time.monotonic() + PATIENCE
        while self.ask("document.readyState + ' ' + location.href") != f"complete {file.as_uri()}":
            assert time.monotonic() < end, "the page does not load"
            time.sleep(0.02)
        self.settle()

    def settle(self) -> None:
        """Until what was asked for is drawn."""
        self.ask("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 0))))")

    def ask(self, expression: str) -> Any:
        """The value of JavaScript; what it has that is no JSON is lost."""
        told = self("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in told, told["exceptionDetails"]
        return told["result"].get("value")

    def box(self, selector: str) -> dict[str, float]:
        """Where it is, in the pixels of a screenshot."""
        found = self.ask(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)}); return e && e.getBoundingClientRect().toJSON() }})()"
        )
        assert found, f"there is no {selector}"
        return dict(found)

    def point(self, x: float, y: float, kind: str = "mouseMoved") -> None:
        button = {} if kind == "mouseMoved" else {"button": "left", "clickCount": 1}
        self("Input.dispatchMouseEvent", type=kind, x=x, y=y, **button)

    def click(self, x: float, y: float) -> None:
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            self.point(x, y, kind)
        self.settle()

    def drag(self, x: float, y: float, to: float) -> None:
        self.point(x, y, "mousePressed")
        self("Input.dispatchMouseEvent", type="mouseMoved", x=(x + to) / 2, y=y, button="left", buttons=1)
        self("Input.dispatchMouseEvent", type="mouseMoved", x=to, y=y, button="left", buttons=1)
        self.point(to, y, "mouseReleased")
        self.settle()

    def press(self, key: str) -> None:
        code = KEYS[key]
        letter = {"text": key} if len(key) == 1 else {"text": "\r"} if key == "Enter" else {}
        self("Input.dispatchKeyEvent", type="keyDown", key=key, windowsVirtualKeyCode=code, **letter)
        self("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=code)
        self.settle()

    def write(self, text: str) -> None:
        self("Input.insertText", text=text)
        self.settle()

    def look(self, box: dict[str, float]) -> Image:
        """Its pixels. A small part: to take a PNG apart in Python takes its time."""
        left, top = int(box["left"]), int(box["top"])
        scroll = self.ask("[scrollX, scrollY]")
        clip = {
            "x": left + scroll[0],
            "y": top + scroll[1],
            "width": int(box["width"]) + 1,
            "height": int(box["height"]) + 1,
            "scale": 1,
        }
        return Image(left, top, read_png(self.picture(clip=clip)))

    def picture(self, **more: object) -> bytes:
        """A PNG of what is seen."""
        return base64.b64decode(self("Page.captureScreenshot", format="png", **more)["data"])

    def close(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
