# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The process: its one line, its end, its temporary folder, its TLS. Starts real processes."""

from __future__ import annotations

import signal
import ssl
import subprocess
import sys
from pathlib import Path

import pytest
from simulator.options import Options
from simulator_client import Client, Run, eventually

SIMULATOR = Path(__file__).resolve().parents[2] / "simulator"


def test_one_json_line_says_where_and_who(run: Run) -> None:
    process, [said] = run("--username", "operator")
    assert {"url", "host", "port", "username", "password", "ca_path", "pid"} == set(said)
    assert said["pid"] == process.pid and said["url"] == f"http://127.0.0.1:{said['port']}"
    assert Client(said["url"]).login("operator", said["password"]).status == 200


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_and_nothing_is_left(run: Run, tmp_path: Path, number: int) -> None:
    process, [said] = run("--tls")
    folder = Path(said["ca_path"]).parent
    assert folder.parent == tmp_path and folder.stat().st_mode & 0o777 == 0o700
    client = Client(said["url"], said["ca_path"])
    client.login()
    client.open_socket()
    process.send_signal(number)
    assert process.wait(10) == 0 and process.stderr.read() == ""
    assert list(tmp_path.iterdir()) == []


def test_rest_and_socket_verify_against_the_throwaway_ca(run: Run) -> None:
    _unused, [said] = run("--tls")
    client = Client(said["url"].replace("127.0.0.1", "localhost"), said["ca_path"])
    assert client.login().status == 200 and client.open_socket().connected


@pytest.mark.parametrize("fault", ["wrong-name", "expired", "unknown-ca"])
def test_a_certificate_can_be_wrong_in_three_ways(run: Run, fault: str) -> None:
    _unused, [said] = run("--tls", "--tls-fault", fault)
    client = Client(said["url"], said["ca_path"])
    with pytest.raises(ssl.SSLCertVerificationError):
        client.login()
    with pytest.raises(ssl.SSLCertVerificationError):
        client.open_socket()


def test_the_password_can_come_by_the_environment(run: Run) -> None:
    _unused, [said] = run(NXAPI_SIMULATOR_PASSWORD="from-the-environment")
    assert said["password"] == "from-the-environment"


def test_it_ends_with_its_standard_input(run: Run) -> None:
    process, _unused = run("--exit-with-stdin")
    process.stdin.close()
    assert process.wait(10) == 0


def test_it_ends_with_a_watched_process(run: Run) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, text=True) as watched:
        process, _unused = run("--watch-pid", str(watched.pid))
        watched.communicate("\n")
    assert process.wait(10) == 0


def test_one_process_carries_many_switches_that_know_nothing_of_each_other(run: Run) -> None:
    _unused, said = run("--count", "3", lines=3)
    clients = [Client(each["url"]) for each in said]
    for client in clients:
        client.login()
    assert len({each["port"] for each in said}) == 3
    clients[0].post("/api/mo/sys.json", {"topSystem": {"attributes": {"name": "first"}}})
    assert [client.get("/api/mo/sys.json").mos[0][1]["name"] for client in clients] == ["first", "leaf1", "leaf1"]


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (("--model", "missing.yml"), 2, "missing.yml"),
        (("--scenario", "missing.yml"), 2, "missing.yml"),
        (("--refresh-error", "nonsense"), 2, "invalid choice"),
        (("--host", "192.0.2.1"), 1, "192.0.2.1"),
    ],
)
def test_what_cannot_be_is_said_in_a_line(run: Run, arguments: tuple[str, ...], code: int, word: str) -> None:
    process, said = run(*arguments)
    assert process.wait(10) == code and said == []
    errors = process.stderr.read()
    assert word in errors and "Traceback" not in errors


def test_help_names_every_option_and_every_gap() -> None:
    text = subprocess.run([sys.executable, str(SIMULATOR), "--help"], capture_output=True, text=True, check=True).stdout
    assert all(f"G{number}" in text for number in range(1, 13))
    assert all("--" + name.replace("_", "-") in text for name in Options.__dataclass_fields__)


def test_a_busy_port_is_an_error_and_not_shared(run: Run) -> None:
    _unused, [said] = run()
    process, other = run("--port", str(said["port"]))
    eventually(lambda: process.poll() is not None)
    assert (process.returncode, other) == (1, [])
