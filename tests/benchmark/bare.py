# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The yardstick: a bare loop of websocket-client, recv() and json.loads(), on one subscription of its own.

``bare.py SWITCH TARGET LAST``: SWITCH is what the simulator says of itself, TARGET the request target to subscribe to. It
prints a line when it stands, and at the frame that holds LAST another one: when each frame was there (monotonic), by its
``descr`` where it has one.
"""

from __future__ import annotations

import json
import ssl
import sys
import time
from contextlib import suppress
from pathlib import Path

import websocket

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmark.lab import login, rest


def main(said: str, target: str, last: str) -> None:
    switch = json.loads(said)
    token = login(switch)
    verify = {"cert_reqs": ssl.CERT_REQUIRED, "ca_certs": switch["ca_path"]} if switch["ca_path"] else {}
    url = switch["url"].replace("http", "ws", 1) + "/socket" + token
    bare = websocket.create_connection(url, sslopt=verify, http_no_proxy=["*"], timeout=600)
    rest(switch, target, cookie=token)
    print("ready", flush=True)
    frames, first, seen = 0, 0.0, {}
    while True:
        text = bare.recv()
        document = json.loads(text)
        frames += 1
        at = time.monotonic()
        first = first or at
        for entry in document["imdata"]:
            for body in entry.values():
                if "descr" in body["attributes"]:
                    seen[body["attributes"]["descr"]] = at
        if last in text:
            break
    print(json.dumps({"frames": frames, "first": first, "last": at, "seen": seen}), flush=True)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):  # Ctrl-C reaches all of `make bench`
        main(*sys.argv[1:])
