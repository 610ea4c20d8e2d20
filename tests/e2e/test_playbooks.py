# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collection's playbooks by their names, with variables as a survey of AWX gives them: text, empty where not given."""

from __future__ import annotations

import json
import re

import pytest
import yaml
from playing import COLLECTION, Done, Player, Playing
from simulator.thread import Handle

PORT = "sys/intf/phys-[eth1/1]/phys"
LEAST = {
    "converged": {"wanted": "fans"},
    "wait_for_interface": {"interface": "Ethernet1/1"},
    "wait_for_mo": {"mo_dn": PORT},
}
"""The playbooks that wait, and the least that each has to be told."""
BOOKS = sorted(LEAST)


def begin(player: Player, name: str, **variables: object) -> Playing:
    folder = player._new_folder()
    command = ["ansible-playbook", f"nxapi.events.{name}", "-e", json.dumps(variables)]
    return player.command(command, folder, {})


def book(player: Player, name: str, rc: int = 0, **variables: object) -> Done:
    return begin(player, name, **variables).finish(rc)


def documented(name: str) -> set[str]:
    text = (COLLECTION / "playbooks" / f"{name}.yml").read_text()
    lines = re.findall(r"^#   ((?:[a-z_]+)(?:, [a-z_]+)*)  ", text, re.M)
    return {variable for line in lines for variable in line.split(", ")}


def test_an_interface_as_the_readme_says(leaf: Player, switch: Handle) -> None:
    run = begin(leaf, "wait_for_interface", interface="Ethernet1/1", wanted_state="down", wait_timeout="20")
    run.see("leaf1 Ethernet1/1: operSt up (want down)")
    switch.set(PORT, operSt="down")
    assert run.finish()["Wait"]["met"]


@pytest.mark.parametrize("given", ["Ethernet1/1, eth1/2", "Ethernet1/1\neth1/2\n", ["Ethernet1/1", "eth1/2"]])
def test_several_interfaces_as_a_person_lists_them(leaf: Player, given: object) -> None:
    assert book(leaf, "wait_for_interface", interface=given)["Wait"]["matched"]["count"] == 2


@pytest.mark.parametrize("name", BOOKS)
def test_empty_answers_of_a_survey_count_as_not_given(leaf: Player, name: str) -> None:
    given = dict.fromkeys(documented(name), "") | LEAST[name]
    (wait,) = [row for row in book(leaf, name, **given).outcomes if "met" in row.result]
    assert wait.result["met"]


def test_managed_objects_with_conditions_as_text(leaf: Player) -> None:
    done = book(
        leaf,
        "wait_for_mo",
        mo_dn="sys/bgp",
        mo_subtree="bgpPeerEntry,bgpPeer",
        mo_until="operSt=established",
        mo_where='{"dn": {"matches": "dom-default"}}',
        mo_fail_when="operSt=closing",
        wait_match="2",
        wait_hold="0.2",
    )
    assert done["Wait"]["matched"]["count"] >= 2


@pytest.mark.parametrize("name", BOOKS)
def test_without_what_is_required_it_says_so_and_asks_no_switch(leaf: Player, switch: Handle, name: str) -> None:
    done = book(leaf, name, rc=2)
    assert done["Check what is asked for"]["msg"].startswith("Say what to ")
    assert switch.stats()["requests"]["total"] == 0


def test_only_the_target_is_asked(leaf: Player) -> None:
    assert book(leaf, "wait_for_interface", interface="Ethernet1/1", target="nobody").of("Wait") == []


@pytest.mark.parametrize("name", BOOKS)
def test_the_variables_that_the_head_lists_are_those_that_are_used(name: str) -> None:
    text = (COLLECTION / "playbooks" / f"{name}.yml").read_text()
    (play,) = yaml.safe_load(text)
    used = set(re.findall(r"([a-z_]+) \| default\(", yaml.safe_dump(play, width=10_000)))
    assert used == documented(name)
