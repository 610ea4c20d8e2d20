# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many switches in one process: their places and names, their inventory, and requests for all of them."""

from __future__ import annotations

import socket
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from simulator.crowd import CrowdError, places, totals
from simulator.options import Options
from simulator_client import Client, Run, Start, eventually

PORT = "sys/intf/phys-[eth1/1]/phys"
DOWN = {"set": {"dn": PORT, "attributes": {"operSt": "down"}}}


def test_all_of_them_are_in_the_inventory_and_go_by_its_names(run: Run, tmp_path: Path) -> None:
    _process, said = run("--count", "3", "--name", "spine", "--tls", "--inventory", "fleet.yml", lines=3)
    path = tmp_path / "fleet.yml"
    eventually(path.exists)  # the lines come before it
    assert path.stat().st_mode & 0o777 == 0o600
    assert sorted(each.name for each in tmp_path.iterdir() if each.is_file()) == ["fleet.yml"]
    hosts = yaml.safe_load(path.read_text())["all"]["children"]["switches"]["hosts"]
    assert [*hosts] == ["spine1", "spine2", "spine3"]
    for (name, variables), each in zip(hosts.items(), said, strict=True):
        assert variables == {
            "ansible_host": each["host"],
            "ansible_httpapi_port": each["port"],
            "ansible_httpapi_use_ssl": True,
            "ansible_user": each["username"],
            "ansible_password": each["password"],
            "ansible_httpapi_ca_path": each["ca_path"],
        }
        client = Client(each["url"], each["ca_path"])
        client.login()
        assert client.get("/api/mo/sys.json").mos[0][1]["name"] == name


def test_each_may_have_an_address_and_a_certificate_of_its_own(run: Run) -> None:
    _process, said = run("--count", "3", "--addresses", "--host", "127.0.9.254", "--tls", lines=3)
    assert [each["host"] for each in said] == ["127.0.9.254", "127.0.9.255", "127.0.10.0"]
    assert len({each["port"] for each in said}) == 1
    for each in said:
        assert Client(each["url"], each["ca_path"]).login().status == 200
    first, second, _third = said
    context = ssl.create_default_context(cafile=first["ca_path"])
    with socket.create_connection((second["host"], second["port"])) as raw, pytest.raises(ssl.SSLCertVerificationError):
        context.wrap_socket(raw, server_hostname=first["host"])


def test_one_request_drives_all(run: Run) -> None:
    _process, said = run("--count", "3", lines=3)
    clients = [Client(each["url"]) for each in said]
    assert clients[1].post("/simulator/all/change", DOWN).json() == {"done": "change", "switches": 3, "changed": 3}
    found = clients[2].get("/simulator/all/mo?dn=" + PORT).json()
    assert {url: each["attributes"]["operSt"] for url, each in found.items()} == {each["url"]: "down" for each in said}
    clients[0].login()
    clients[0].open_socket()
    clients[2].login()
    added = clients[1].get("/simulator/all/totals").json()
    assert added["switches"] == 3
    assert [added[way]["logins.accepted"] for way in ("sum", "least", "most")] == [2, 0, 1]
    assert [added[way]["changes"] for way in ("sum", "least", "most")] == [3, 1, 1]
    done = clients[0].post("/simulator/all/drop-websockets", {"mode": "abrupt"}).json()
    assert done == {"done": "drop-websockets", "switches": 3, "sockets": 1}


def test_one_request_reloads_all(run: Run) -> None:
    _process, said = run("--count", "2", "--control-port", "0", lines=2)
    client = Client(said[0]["control_url"])
    assert client.post("/simulator/all/reload", {"seconds": 0.05}).json() == {"done": "reload"}
    eventually(lambda: client.get("/simulator/all/totals").json()["least"]["reloads"] == 1)


def test_what_cannot_be_done_on_one_of_them_names_it(run: Run) -> None:
    _process, said = run("--count", "3", lines=3)
    clients = [Client(each["url"]) for each in said]
    clients[1].post("/simulator/change", {"delete": {"dn": PORT}})
    refused = clients[0].post("/simulator/all/change", DOWN)
    assert refused.status == 400
    assert refused.json()["error"] == f"{said[1]['url']}: there is no {PORT} (done on 1 switches before it)"


def test_a_switch_alone_is_all_of_them(start: Start) -> None:
    _handle, client = start()
    assert client.get("/simulator/all/totals").json()["sum"]["logins.accepted"] == 1


def test_totals_leave_out_what_cannot_be_added_up() -> None:
    reports = [
        {"uptime": 5.0, "a": {"b": 1, "word": "x"}, "on": True},
        {"uptime": 6.0, "a": {"b": 3, "c": 2}, "on": False},
    ]
    assert totals(reports) == {
        "switches": 2,
        "sum": {"a.b": 4, "on": 1, "a.c": 2},
        "least": {"a.b": 1, "on": 0, "a.c": 0},
        "most": {"a.b": 3, "on": 1, "a.c": 2},
    }


def test_ports_and_control_ports() -> None:
    found = places(Options(port=8080, control_port=9000), 3, addresses=False)
    assert [(each.port, each.control_port) for each in found] == [(8080, 9000), (8081, -1), (8082, -1)]
    found = places(Options(control_port=0), 2, addresses=True)
    assert [(each.host, each.port, each.control_port) for each in found] == [("127.0.0.1", 0, 0), ("127.0.0.2", 0, 0)]


@pytest.mark.parametrize(
    ("options", "count", "addresses", "words"),
    [
        ({}, 0, False, "--count is a number from 1"),
        ({"port": 65000}, 1000, False, "--port 65000 leaves no 1000 ports up to 65535"),
        ({"host": "localhost"}, 2, True, "--addresses begins with --host: 'localhost' does not appear to be"),
    ],
)
def test_places_that_there_are_not(options: dict[str, Any], count: int, addresses: bool, words: str) -> None:
    with pytest.raises(CrowdError, match=words):
        places(Options(**options), count, addresses)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [(("--count", "0"), "--count is a number from 1"), (("--inventory", "no/fleet.yml"), "no/fleet.yml: No such file")],
)
def test_that_is_said_in_a_line(run: Run, arguments: tuple[str, ...], word: str) -> None:
    process, _said = run(*arguments)
    assert process.wait(10) == 2
    errors = process.stderr.read()
    assert word in errors and "Traceback" not in errors


def test_it_takes_the_files_that_it_needs_and_says_so_where_it_may_not(tmp_path: Path) -> None:
    """In a process of its own: a hard limit cannot be raised again."""
    program = (
        "import resource, sys; from simulator.crowd import allow_files; "
        "resource.setrlimit(resource.RLIMIT_NOFILE, (64, 500)); print(allow_files(100), "
        "resource.getrlimit(resource.RLIMIT_NOFILE)[0], allow_files(1000), sep='|')"
    )
    tests = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", program], cwd=tests, capture_output=True, text=True, check=True)
    nothing, soft, words = done.stdout.strip().split("|")
    assert (nothing, soft) == ("", "450")
    assert words == "1000 switches with a client each take 4050 open files, and only 500 are allowed (ulimit -Hn)"
