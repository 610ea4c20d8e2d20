# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Start a simulated switch, run tests/demo/demo.yml against it, say what it cost, and stop the switch whatever happens.

Run by `make demo` in the staged collection, with the Python that has ansible-core. The one argument is a folder for
the inventory and the switch's log.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import yaml

SWITCH = "leaf1"
LINK_DELAY = 6.0
"""Seconds that the port takes to come up, so that there is something to wait for."""

SIMULATOR = ("tests/simulator", "--port", "0", "--link-delay", str(LINK_DELAY), "--down-delay", "0.5")
OPERATIONAL_DN = "sys/intf/phys-[eth1/1]/phys"

START_TIMEOUT = 20.0
STOP_TIMEOUT = 5.0
"""Seconds; the collection's own background process takes up to 3 to log out after the run."""

KINDS = {
    "POST aaaLogin": "login",
    "GET subscribe": "subscribe",
    "GET mo": "read",
    "POST mo": "change",
    "POST aaaLogout": "logout",
}
"""What the requests that the simulator counts are to a person."""

BILL = """\
What that cost the switch, by its own count:
  {requests} REST requests: {detail}
  {sockets} WebSocket, {frames} notifications
  No request in the {silence:.1f} s before the port was up: the switch said so itself.
  Polling once a second: {polls} requests in that time, and up to 1 s late.
"""

NEXT = """\
Next, on a switch of yours with `feature nxapi` (README.md has more):
  ansible-galaxy collection install . && pip install requests websocket-client
  ansible-playbook -i INVENTORY -e interface=Ethernet1/10 tests/demo/demo.yml
"""


def _first_line(process: subprocess.Popen[str]) -> str:
    """The simulator's JSON line; empty if it ended or kept silent."""
    assert process.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        return process.stdout.readline() if selector.select(START_TIMEOUT) else ""


@contextmanager
def simulated_switch(log: Path) -> Iterator[dict[str, Any]]:
    """What the simulator says of itself, while it runs. It watches this process, so that not even SIGKILL leaves it."""
    command = [sys.executable, *SIMULATOR, "--watch-pid", str(os.getpid())]
    with open(log, "w") as errors:
        # A session of its own: Ctrl-C must not take the switch away before the run of Ansible has logged out.
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, start_new_session=True)
    try:
        try:
            yield json.loads(_first_line(process))
        except ValueError:
            raise SystemExit(f"The simulated switch did not start:\n{log.read_text()[-2000:]}") from None
    finally:
        process.terminate()
        try:
            process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def inventory(switch: dict[str, Any]) -> dict[str, object]:
    """The inventory that a user would write for this switch."""
    variables = {
        "ansible_host": switch["host"],
        "ansible_httpapi_port": switch["port"],
        "ansible_httpapi_use_ssl": bool(switch.get("ca_path")),
        "ansible_user": switch["username"],
        "ansible_password": switch["password"],
    }
    if switch.get("ca_path"):
        variables["ansible_httpapi_ca_path"] = switch["ca_path"]
    return {"all": {"hosts": {SWITCH: variables}}}


def play(hosts: Path) -> int:
    """The return code of ansible-playbook. Ctrl-C reaches it too, and it gets the time to end by itself."""
    command = [Path(sys.executable).with_name("ansible-playbook"), "-i", hosts, "tests/demo/demo.yml"]
    environment = os.environ | {"ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml", "ANSIBLE_NOCOWS": "1"}
    with subprocess.Popen(command, env=environment) as process:
        try:
            return process.wait()
        except BaseException as interruption:
            if not isinstance(interruption, KeyboardInterrupt):
                process.terminate()
            try:
                process.wait(STOP_TIMEOUT)
            except subprocess.TimeoutExpired:
                process.kill()
            raise


def _ask(switch: dict[str, Any], what: str) -> Any:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(f"{switch['url']}/simulator/{what}", timeout=START_TIMEOUT) as reply:
        return json.load(reply)


def _after_logout(switch: dict[str, Any]) -> dict[str, Any]:
    """The switch's counters once the collection has logged out."""
    deadline = time.monotonic() + STOP_TIMEOUT
    while True:
        stats = _ask(switch, "stats")
        if stats["sockets"]["closed"] >= stats["sockets"]["opened"] or time.monotonic() > deadline:
            return dict(stats)
        time.sleep(0.1)


def _silence(switch: dict[str, Any]) -> float:
    """Seconds, up to the last change of the port (it is up), in which the switch was asked nothing."""
    up = max(each["at"] for each in _ask(switch, "history") if each["dn"] == OPERATIONAL_DN)
    return float(up - max(each["at"] for each in _ask(switch, "log") if each["at"] < up))


def _in_order(kind: str) -> int:
    return list(KINDS).index(kind) if kind in KINDS else len(KINDS)


def bill(switch: dict[str, Any]) -> str:
    """What the run cost the switch, as the switch has counted it."""
    stats = _after_logout(switch)
    counts = {kind: sum(by_status.values()) for kind, by_status in stats["requests"]["by"].items()}
    sockets = counts.pop("GET socket")
    silence = _silence(switch)
    return BILL.format(
        requests=sum(counts.values()),
        detail=", ".join(f"{counts[kind]} {KINDS.get(kind, kind)}" for kind in sorted(counts, key=_in_order)),
        sockets=sockets,
        frames=stats["notifications"]["frames"],
        silence=silence,
        polls=round(silence),
    )


def _leave(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def main(folder: Path) -> int:
    signal.signal(signal.SIGTERM, _leave)
    folder.mkdir(parents=True, exist_ok=True)
    hosts = folder / "inventory.yml"
    with simulated_switch(folder / "simulator.log") as switch:
        hosts.write_text(yaml.safe_dump(inventory(switch), sort_keys=False))
        failed = play(hosts)
        if not failed:
            print(bill(switch), NEXT, sep="\n", end="", flush=True)
    return failed


if __name__ == "__main__":
    try:
        sys.exit(main(Path(sys.argv[1])))
    except KeyboardInterrupt:
        sys.exit(130)
