# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates in a run: those of REST and of the WebSocket each by itself, whatever the environment says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from failures import check_failure, check_quiet
from playing import Player
from simulator.thread import Handle
from simulator.tls import Material
from support.tlsfront import Front, bundle, certificates

FAULTS = {"wrong_name": "wrong-name", "expired": "expired", "unknown_ca": "unknown-ca"}
WORDS = {"wrong_name": "as host", "expired": "expired", "unknown_ca": "as ca_path"}

TASKS = """
- name: read
  nxapi.events.mo_info: {dn: sys, request_timeout: 5}
  ignore_errors: true
- name: wait
  nxapi.events.wait_for_interface: {name: Eth1/1, timeout: 20, request_timeout: 5}
  ignore_errors: true
"""

Variables = Callable[..., dict[str, Any]]


class Fronts:
    """TLS fronts before one switch, by inventory name."""

    def __init__(self, stack: ExitStack, switch: Handle, variables: Variables, folder: Path) -> None:
        self._stack, self._switch, self._variables, self._folder = stack, switch, variables, folder
        self.by_name: dict[str, Front] = {}
        self.made: dict[str, tuple[Material, Material]] = {}
        self.hosts: dict[str, dict[str, Any]] = {}

    def add(self, name: str, fault: str, good: int, **more: object) -> None:
        """``good`` connections are shown the right certificate, then the one with the fault; both are of known CAs."""
        right, wrong = self._stack.enter_context(certificates("none", FAULTS.get(fault, fault)))
        front = self._stack.enter_context(Front(self._switch, (*[right] * good, wrong)))
        self.by_name[name], self.made[name] = front, (right, wrong)
        trusted = bundle(self._folder / f"{name}.pem", right, wrong)
        secure = {"ansible_httpapi_use_ssl": True, "ansible_httpapi_ca_path": trusted}
        self.hosts[name] = self._variables(self._switch, ansible_httpapi_port=front.port, **secure, **more)


@pytest.fixture
def fronts(switch: Handle, variables: Variables, tmp_path: Path) -> Iterator[Fronts]:
    with ExitStack() as stack:
        yield Fronts(stack, switch, variables, tmp_path)


def test_rest_and_socket_each_verify_for_themselves(player: Player, switch: Handle, fronts: Fronts) -> None:
    for fault in FAULTS:
        fronts.add(f"rest_{fault}", fault, 0)
        fronts.add(f"socket_{fault}", fault, 1)
        fronts.add(f"unverified_{fault}", fault, 0, ansible_httpapi_validate_certs=False)
    player.hosts(**fronts.hosts)
    done = player.run(TASKS, "-f", "10", "-vvvvv", play="strategy: free")
    for fault, words in WORDS.items():
        for task in ("read", "wait"):
            check_failure(done.on(f"rest_{fault}", task), "certificate", words)
        check_failure(done.on(f"socket_{fault}", "wait"), "certificate", words)
        assert done.on(f"socket_{fault}", "wait")["elapsed"] < 3, "at once"
        assert done.on(f"socket_{fault}", "read")["mos"] and done.on(f"unverified_{fault}", "wait")["met_at"]
        assert not any(fronts.by_name[f"rest_{fault}"].heard), "not a byte to a wrong certificate"
        rest, *sockets = fronts.by_name[f"socket_{fault}"].heard
        assert b"aaaLogin" in rest and sockets and not any(sockets)
    assert switch.stats()["sockets"]["opened"] == 3
    check_quiet(done, switch.password)


def test_the_environment_decides_nothing(player: Player, fronts: Fronts) -> None:
    """Each front is trusted by the bundles of other programs, but by its ca_path only where it shows the right one."""
    fronts.add("good", "none", 2)
    fronts.add("rest", "none", 0)
    fronts.add("socket", "none", 1)
    for name, (right, _wrong) in fronts.made.items():
        fronts.hosts[name]["ansible_httpapi_ca_path"] = right.ca_path
    player.hosts(**fronts.hosts)
    bundle(player.folder / "everybody.pem", *(each for both in fronts.made.values() for each in both))
    names = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "WEBSOCKET_CLIENT_CA_BUNDLE", "SSL_CERT_FILE")
    environment = {name: str(player.folder / "everybody.pem") for name in names} | {"PYTHONHTTPSVERIFY": "0"}
    done = player.run(TASKS, environment=environment, play="strategy: free")
    assert done.on("good", "wait")["met_at"]
    check_failure(done.on("rest", "read"), "certificate", "ca_path")
    check_failure(done.on("socket", "wait"), "certificate", "ca_path")
    assert not any(fronts.by_name["rest"].heard) and not any(fronts.by_name["socket"].heard[1:])
