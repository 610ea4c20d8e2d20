# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long after a change on the switch a task goes on: beside a bare loop on the same frames, and beside polling."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from subprocess import Popen
from typing import Any

from .figures import Figure, Goal, median, percentile
from .lab import BenchError, Event, Lab, Run, Switch, eventually, hear, play, reach, rest, tell

PORT = "sys/intf/phys-[eth1/1]"
MOST_WORKERS = 100
"""Waits beyond so many are those of one task with ``hosts``: a thousand workers do not fit a small machine."""

WAIT = {
    "name": "wait",
    "bench_wait": {"dn": PORT, "until": {"descr": "{{ item }}"}, "timeout": 900},
    "loop": "{{ values }}",
}
FLEET = {
    "name": "many",
    "nxapi.events.wait_for_mo": {
        "hosts": "{{ groups.all[1:] }}",
        "dn": PORT,
        "until": {"descr": "end"},
        "timeout": 900,
    },
    "run_once": True,
}


def items(count: int) -> list[str]:
    return [f"mark{number + 1:04d}" for number in range(count)]


def changes(flipper: Popen[str], count: int) -> dict[str, float]:
    """When each change was made."""
    rows = [json.loads(hear(flipper)) for _each in range(count)]
    return {row["item"]: row["at"] for row in rows}


@dataclass(frozen=True)
class Samples:
    """Milliseconds after each change: until the ``action`` returned, until ``ansible`` showed the task's end, and until the
    ``bare`` loop had the frame."""

    action: list[float]
    ansible: list[float]
    bare: list[float]


def _play(waits: int) -> list[dict[str, Any]]:
    if waits <= MOST_WORKERS:
        return play(WAIT)
    both = (FLEET | {"when": "inventory_hostname == 'leaf1'"}, WAIT | {"when": "inventory_hostname == 'probe'"})
    return play(*both, hosts="probe:leaf1", strategy="free")


def _after(at: Mapping[str, float], known: Mapping[str, float]) -> list[float]:
    return [(at[item] - made) * 1000 for item, made in list(known.items())[1:]]  # the first one starts everything


def wake(lab: Lab, waits: int, count: int) -> Samples:
    """``count`` waits one after the other on one switch, with ``waits - 1`` others open on as many switches."""
    with (
        lab.switches(waits - 1) as others,
        lab.program("flipper.py", "--changes", count) as flipper,
    ):
        switch: Switch = json.loads(hear(flipper))
        target = f"/api/mo/{PORT}.json?subscription=yes"
        with lab.program("bare.py", json.dumps(switch), target, items(count)[-1]) as bare:
            hear(bare)
            hosts = {f"leaf{number + 1}": reach(each, values=["end"]) for number, each in enumerate(others)}
            hosts = {"probe": reach(switch, values=items(count)), **hosts}
            with lab.run(_play(waits), hosts, "-f", str(min(waits, MOST_WORKERS))) as run:
                _until_open(run, others)
                tell(flipper, "")
                made = changes(flipper, count)
                ended = run.see("item", "wait", count)
                heard = json.loads(hear(bare))["seen"]
                _end(others)
                run.finish()
    events = {str(each.result["item"]): each for each in ended if each.host == "probe"}
    _check(list(events.values()))
    return Samples(
        _after({item: each.result["returned_at"] for item, each in events.items()}, made),
        _after({item: each.at for item, each in events.items()}, made),
        _after(heard, made),
    )


def _check(events: Sequence[Event]) -> None:
    """Each but the first was woken by a frame, not by its own first read."""
    unwoken = [each.result["item"] for each in events if not each.result["notifications"]]
    if len(unwoken) > 1 + len(events) // 50:
        raise BenchError(f"{len(unwoken)} changes came before the wait for them had begun: {', '.join(unwoken[:5])}")


def _until_open(run: Run, others: Sequence[Switch]) -> None:
    def open_on(switch: Switch) -> bool:
        run.events()
        return bool(rest(switch, "/simulator/subscriptions"))

    with ThreadPoolExecutor(4) as pool:
        eventually(lambda: all(pool.map(open_on, others)), "all waits being open", every=0.5)


def _end(others: Sequence[Switch]) -> None:
    change = {"set": {"dn": PORT, "attributes": {"descr": "end"}}}
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda switch: rest(switch, "/simulator/change", change), others))


# As a user sees it


@contextmanager
def _flipping(lab: Lab, count: int, *options: object) -> Iterator[tuple[Popen[str], Switch]]:
    with lab.program("flipper.py", "--changes", count, *options) as flipper:
        yield flipper, json.loads(hear(flipper))


LOGIN = {
    "name": "log in",
    "ansible.builtin.uri": {
        "url": "{{ base }}/api/aaaLogin.json",
        "method": "POST",
        "body_format": "json",
        "body": {"aaaUser": {"attributes": {"name": "{{ ansible_user }}", "pwd": "{{ ansible_password }}"}}},
        "ca_path": "{{ ansible_httpapi_ca_path }}",
    },
    "register": "session",
}
COOKIE = "APIC-cookie={{ session.json.imdata[0].aaaLogin.attributes.token }}"
LOCAL = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
OVER_HTTPAPI = {
    "ansible_connection": "ansible.netcommon.httpapi",
    "ansible_network_os": "cisco.nxos.nxos",
    "ansible_python_interpreter": "{{ ansible_playbook_python }}",
}


def get(path: str) -> dict[str, Any]:
    """The options of ansible.builtin.uri for a read."""
    return {
        "url": "{{ base }}" + path,
        "headers": {"Cookie": COOKIE},
        "ca_path": "{{ ansible_httpapi_ca_path }}",
        "return_content": True,
    }


def by_uri(delay: int) -> list[dict[str, Any]]:
    poll = {
        "name": "wait",
        "ansible.builtin.uri": get(f"/api/mo/{PORT}.json"),
        "register": "shown",
        "until": "shown.json.imdata[0].l1PhysIf.attributes.descr == item",
        "delay": delay,
        "retries": 1000,
        "loop": "{{ values }}",
    }
    return play(LOGIN, poll)


BY_NXOS = play(
    {
        "name": "wait",
        "cisco.nxos.nxos_command": {
            "commands": ["show running-config"],
            "wait_for": ["result[0] contains {{ item }}"],
            "interval": 1,
            "retries": 1000,
        },
        "loop": "{{ values }}",
    }
)


def polled(
    lab: Lab,
    tasks: list[dict[str, Any]],
    count: int,
    span: float,
    kind: str,
    hostvars: Mapping[str, object],
    **more: str,
) -> list[float]:
    """Milliseconds from each change to the end of the task that polled for it. The changes come at ``count`` moments that
    spread evenly over ``span``, the time from one poll to the next."""
    with _flipping(lab, count + 1, "--span", span, "--kind", kind) as (flipper, switch):
        hosts = {"leaf1": reach(switch, values=items(count + 1), base=switch["url"], **hostvars)}
        with lab.run(tasks, hosts, **more) as run:
            run.see("task", "wait")
            tell(flipper, str(run.times))
            made = changes(flipper, count + 1)
            ended: list[Event] = run.see("item", "wait", count + 1)
            run.finish()
    return _after({str(each.result["item"]): each.at for each in ended}, made)


def wake_figures(lab: Lab) -> list[Figure]:
    rounds, count = (1, 4) if lab.quick else (3, 151)
    waits = 3 if lab.quick else 100
    runs = [wake(lab, waits, count) for _round in range(rounds)]
    middle = [median(each.action) for each in runs], median(median(each.bare) for each in runs)
    worst = [percentile(each.action, 99) for each in runs], median(percentile(each.bare, 99) for each in runs)
    note = f"{rounds} runs of {count - 1} changes, {waits} waits open"
    against = "bare websocket-client loop"
    return [
        Figure(
            "wake_median", "frame sent to action returned, median", "ms", tuple(middle[0]), middle[1], against,
            Goal("at most 3 ms more", middle[1] + 3), note,
        ),
        Figure(
            "wake_p99", "frame sent to action returned, p99", "ms", tuple(worst[0]), worst[1], against,
            Goal("at most 10 ms more", worst[1] + 10), note,
        ),
    ]  # fmt: skip


def user_figures(lab: Lab, peers: str) -> list[Figure]:
    """``peers``: the folder with cisco.nxos."""
    rounds = 1 if lab.quick else 3
    few, many = (2, 4) if lab.quick else (8, 41)
    ours, second, five, nxos = [], [], [], []
    path = {"ANSIBLE_COLLECTIONS_PATH": f"{lab.collections}:{peers}"}
    for _round in range(rounds):
        ours.append(_mean(wake(lab, 1, many).ansible))
        second.append(_mean(polled(lab, by_uri(1), few, 1.5, "GET mo", LOCAL)))
        nxos.append(_mean(polled(lab, BY_NXOS, few, 1.1, "POST ins", OVER_HTTPAPI, **path)))
    if not lab.quick:
        five.append(_mean(polled(lab, by_uri(5), few, 5.5, "GET mo", LOCAL)))
    mean = median(second)
    note = f"means of {rounds} runs"
    found = [
        Figure(
            "user_uri_1s", "change to end of the task, mean", "ms", tuple(ours), mean, "uri, until, delay 1",
            Goal("at most a hundredth of it", mean / 100), note,
        ),
        Figure(
            "user_uri_5s", "change to end of the task, mean", "ms", tuple(ours), median(five), "uri, until, delay 5",
            note=note,
        ),
        Figure(
            "user_nxos_1s", "change to end of the task, mean", "ms", tuple(ours), median(nxos),
            "cisco.nxos.nxos_command, interval 1", note=note,
        ),
    ]  # fmt: skip
    return [each for each in found if each.figure != "user_uri_5s" or five]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
