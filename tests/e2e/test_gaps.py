# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What nobody outside of Cisco knows of a switch: a play works the same whatever is the case."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

from conftest import Start
from playing import Player, barrier
from simulator import Options

Variables = Callable[..., dict[str, Any]]

PORT = "sys/intf/phys-[eth1/1]/phys"
BREAKS = (
    ("socket", "drop-websockets", "down"),
    ("subscriptions", "expire-subscriptions", "up"),
    ("login", "expire-tokens", "down"),
)
"""What is lost between two tasks, the fault for it, and what becomes of the port at that moment."""

CONSTANT = ("bad_password_status", "bad_password_text", "server_ping", "cookie_attributes", "utc_offset")
"""Options that are no choice, or none that a play without faults meets."""

OTHERS = ({"utc_offset": "-04:00"}, {"server_ping": 0.5}, {"cookie_attributes": ""}, {"link_delay": 0.0})


def variants() -> Iterator[dict[str, Any]]:
    """Each gap of the simulator's, in each way but the usual one."""
    for field in dataclasses.fields(Options):
        if field.metadata["group"] != "gaps of the public record" or field.name in CONSTANT:
            continue
        values = field.metadata["choices"] or (True,)
        yield from ({field.name: value} for value in values if value != field.default)
    yield from OTHERS


def test_every_gap_of_the_public_record(player: Player, start: Start, variables: Variables) -> None:
    """A host for each: the socket, the subscriptions and the login are lost one after another, and a port changes each time."""
    chosen = {"_".join(f"{key}_{value}" for key, value in each.items()): each for each in variants()}
    switches = {name.replace("-", "_").replace(":", ""): start(**each) for name, each in chosen.items()}
    player.hosts(**{name: variables(switch) for name, switch in switches.items()})
    tasks = """
- name: subscribe
  nxapi.events.subscription: {name: ports, class: ethpmPhysIf}
  register: first
"""
    for fault, _name, state in BREAKS:
        tasks += barrier(fault)
        tasks += f"""
- name: {fault}
  nxapi.events.wait_for_mo: {{subscription: ports, where: {{dn: "{PORT}"}}, until: {{operSt: {state}}}, timeout: 20}}
"""
    tasks += f"""
- name: all that was
  nxapi.events.wait_for_mo:
    subscription: ports
    since: "{{{{ first.cursor }}}}"
    where: {{dn: "{PORT}"}}
    until: {{operSt: up}}
    timeout: 20
"""
    run = player.begin(tasks, "-f", "30")
    for fault, name, state in BREAKS:
        run.at(fault)
        for switch in switches.values():
            switch.fault(name)
            switch.set(PORT, operSt=state)
        run.release(fault)
    done = run.finish()
    assert len(switches) > 20 and {each.status for each in done.outcomes} == {"ok"}
    for name, switch in switches.items():
        gaps = done.on(name, "all that was")["gaps"]
        assert 2 <= len(gaps) <= 4 and all(gap["to"] for gap in gaps), f"{name}: {gaps}"
        logins = switch.stats()["logins"]
        assert logins["refused"] == 0 and 2 <= logins["accepted"] <= 4, f"{name}: {logins}"
