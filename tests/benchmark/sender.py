# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A peer that speaks just enough NX-API to be subscribed to, and then sends notifications as fast as they are taken.

``sender.py COUNT``: they are made beforehand, so that sending costs next to nothing. Each tells of one of 48 ports whose speed
has changed; the last ones take all ports down, one after the other. Each session gets them all, a second after it has last
asked for anything. It prints what it is, then, of each session, when the first went out (monotonic); it ends with its standard input.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from simulator import Options, Switch, tls
from simulator.query import with_identity
from support.rawserver import EMPTY, OK, Peer, RawServer

PORTS = 48
BLOCK = 1 << 18
AHEAD = 1.0
TOKEN = b'{"imdata":[{"aaaLogin":{"attributes":{"token":"token","refreshTimeoutSeconds":"3600"}}}]}'


def _dn(port: int) -> str:
    return f"sys/intf/phys-[eth1/{port + 1}]/phys"


def _ports() -> bytes:
    """What a read of all ports answers, with as many attributes as the simulated switch's have."""
    tree = Switch(Options()).tree
    found = []
    for port in range(PORTS):
        mo = tree.get(_dn(port))
        assert mo is not None
        attributes = {**with_identity(mo), "operSt": "up", "operSpeed": "10G", "modTs": "2026-01-01T00:00:00.000+00:00"}
        found.append({mo.cls: {"attributes": attributes}})
    return json.dumps({"totalCount": str(PORTS), "imdata": found}).encode()


def _frame(text: str) -> bytes:
    data = text.encode()
    head = bytes([0x81, len(data)]) if len(data) < 126 else bytes([0x81, 126]) + len(data).to_bytes(2, "big")
    return head + data


def _notifications(count: int) -> Iterator[bytes]:
    began = datetime(2026, 1, 1, 0, 0, 1, tzinfo=timezone.utc)
    for number in range(count):
        last = count - number <= PORTS
        changed = {"operSt": "down"} if last else {"operSpeed": "40G" if number // PORTS % 2 == 0 else "10G"}
        stamp = (began + timedelta(milliseconds=number)).isoformat(timespec="milliseconds")
        attributes = {
            "childAction": "",
            "dn": _dn(number % PORTS),
            "modTs": stamp,
            **changed,
            "rn": "",
            "status": "modified",
        }
        if number == count - 1:
            attributes["operStQual"] = "the-last"
        yield _frame(json.dumps({"subscriptionId": ["1"], "imdata": [{"ethpmPhysIf": {"attributes": attributes}}]}))


class Sender:
    def __init__(self, count: int) -> None:
        whole = b"".join(_notifications(count))
        self._blocks = [whole[at : at + BLOCK] for at in range(0, len(whole), BLOCK)]
        self._ports = _ports()
        self._asked_at = 0.0

    def answer(self, peer: Peer) -> None:
        line = peer.request.partition(b"\r\n")[0]
        if b" /socket" in line:
            self._flood(peer)
        elif b"/aaaLog" in line or b"/aaaRefresh" in line:
            self._reply(peer, TOKEN)
        elif b"/subscriptionRefresh" in line:
            self._reply(peer, EMPTY)
        elif b"subscription=yes" in line:
            self._asked_at = time.monotonic()
            self._reply(peer, b'{"subscriptionId":"1","imdata":[]}')
        else:
            self._asked_at = time.monotonic()
            self._reply(peer, self._ports)

    def _reply(self, peer: Peer, body: bytes) -> None:
        peer.send(OK + b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    def _flood(self, peer: Peer) -> None:
        self._asked_at = 0.0
        peer.upgrade()
        while not self._asked_at or time.monotonic() < self._asked_at + AHEAD:
            if peer.server.stopping.wait(0.01):
                return
        peer.sock.settimeout(300.0)
        print(json.dumps({"at": time.monotonic()}), flush=True)
        for block in self._blocks:
            peer.send(block)
        peer.server.stopping.wait()


def main() -> None:
    material = tls.make("none", "127.0.0.1")
    try:
        sender = Sender(int(sys.argv[1]))
        with RawServer(sender.answer, tls=material.context) as server:
            shown = {"url": f"https://127.0.0.1:{server.port}", "host": "127.0.0.1", "port": server.port}
            print(
                json.dumps({**shown, "username": "admin", "password": "word", "ca_path": material.ca_path}), flush=True
            )
            sys.stdin.read()
    finally:
        material.remove()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):  # Ctrl-C reaches all of `make bench`
        main()
