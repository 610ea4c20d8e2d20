# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A thousand switches in four jobs side by side, sliced as AWX slices an inventory, one waiting task in each.

What AWX does with a slice was read in its source: the job gets an inventory that holds its hosts alone, every fourth by name, and
is told neither its number nor that there are others.
"""

from __future__ import annotations

import re
from pathlib import Path

from jobs import Ended, Jobs, Running, sliced
from playing import eventually
from racks import PATIENCE, RACKS, SWITCHES, Rack

SLICES = 4
PORT = "sys/intf/phys-[eth1/45]/phys"
SPEEDS = ("10G", "25G", "40G", "100G")
"""What the ports of each rack come up with: so a result tells from which rack it is."""

CREDENTIAL = {"ANSIBLE_NET_USERNAME": "admin", "ANSIBLE_NET_PASSWORD": "Sim-pass-1"}
PLAY = """
- name: A slice
  hosts: all
  gather_facts: false
  tasks:
    - name: Wait
      nxapi.events.wait_for_interface:
        hosts: "{{ ansible_play_hosts_all }}"
        name: Ethernet1/45
        timeout: 900
      run_once: true
"""


def memory(pid: int) -> float:
    """MiB resident, at most so far."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1]) / 1024


def all_stand(rack: Rack) -> bool:
    """Each switch is subscribed to and has been read."""
    least = rack.ask("totals")["least"]
    return bool(least["subscriptions.live"] and least.get("requests.by.GET mo.200"))


def check_each_once(rack: Rack) -> None:
    """Every switch has seen one login, one socket, one logout, and nothing is left on any."""
    totals = rack.ask("totals")
    once = (
        "logins.tries",
        "logins.accepted",
        "sockets.opened",
        "requests.by.POST aaaLogout.200",
        "requests.by.GET subscribe.200",
    )
    for figure in once:
        assert (totals["least"].get(figure), totals["most"].get(figure)) == (1, 1), figure
    for figure in ("sockets.open", "sessions.live", "subscriptions.live"):
        assert totals["sum"][figure] == 0, figure


def check_result(ended: Ended, hosts: list[str], racks: list[Rack]) -> None:
    """One result, that of the task; in it the slice's switches, each with what its own rack sent."""
    (result,) = ended.results("Wait").values()
    assert result["met"] and result["total"] == result["needed"] == len(hosts)
    assert sorted(result["done_hosts"]) == hosts and not result["failed_hosts"] and not result["pending_hosts"]
    speeds = {name: speed for rack, speed in zip(racks, SPEEDS, strict=True) for name in rack.hosts}
    for name, one in result["hosts"].items():
        (mo,) = one["mos"]
        assert (one["host"], mo["attributes"]["operSpeed"]) == (name, speeds[name])
        assert [row["to"] for row in one["transitions"] if row["attribute"] == "operSt"] == ["up"]
        assert one["gaps"] == [] and one["reconnects"] == 0


def test_a_thousand_switches_in_four_slices(jobs: Jobs, racks: list[Rack]) -> None:
    hosts = {name: dict(each) for rack in racks for name, each in rack.hosts.items()}
    for each in hosts.values():
        del each["ansible_user"], each["ansible_password"]
    slices = [sliced(hosts, number, SLICES) for number in range(1, SLICES + 1)]
    assert [len(each) for each in slices] == [RACKS * SWITCHES // SLICES] * SLICES
    assert {name for each in slices for name in each} == {*hosts}
    runs: list[Running] = [jobs.job(each, PLAY, environment=CREDENTIAL).stream() for each in slices]
    for rack in racks:
        eventually(lambda rack=rack: all_stand(rack), "a subscription to each switch", PATIENCE)
    listeners = [run.job.listener()[0] for run in runs]
    assert len({*listeners}) == SLICES, "each job has a listener of its own"

    for rack, speed in zip(racks, SPEEDS, strict=True):
        changed = rack.ask("change", set={"dn": PORT, "attributes": {"operSt": "up", "operSpeed": speed}})
        assert changed["changed"] == SWITCHES
        if rack is racks[0]:
            for run, names in zip(runs, slices, strict=True):
                of_it = sum(name in rack.hosts for name in names)
                run.see(f"{of_it} of {len(names)} switches done", seconds=PATIENCE)
            assert max(memory(pid) for pid in listeners) < 45 + 0.25 * len(slices[0])

    for run, names in zip(runs, slices, strict=True):
        check_result(run.finish(seconds=PATIENCE), sorted(names), racks)
        run.job.gone(PATIENCE)
    for rack in racks:
        check_each_once(rack)
