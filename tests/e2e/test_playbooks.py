# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collection's playbooks by their names, with variables as a survey of AWX gives them: text, empty where not given."""

from __future__ import annotations

import json
import re
from typing import Any

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
ALL = [*BOOKS, "watch"]
CHECK = "Check what is asked for"


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
    assert done[CHECK]["msg"].startswith("Say what to ")
    assert switch.stats()["requests"]["total"] == 0


@pytest.mark.parametrize("name", [*ALL, "probe"])
def test_a_target_that_is_not_in_the_inventory_is_told(leaf: Player, switch: Handle, name: str) -> None:
    """Else the job would be green, and nobody would have waited."""
    done = book(leaf, name, rc=2, **LEAST.get(name, {}), target="nobody")
    assert done["Check that there are such hosts"]["msg"] == "No host of the inventory is meant by target nobody."
    assert switch.stats()["requests"]["total"] == 0


def test_without_an_inventory_it_says_that_there_is_none(player: Player) -> None:
    done = book(player, "wait_for_interface", rc=2, interface="Ethernet1/1")
    said = done["Check that there are such hosts"]["msg"]
    assert said == "No host of the inventory is meant by target all: give an inventory with -i."


def test_only_the_target_is_asked(player: Player, switch: Handle, variables: Any) -> None:
    player.hosts(leaf1=variables(switch), leaf2=variables(switch))
    done = book(player, "wait_for_interface", interface="Ethernet1/1", target="leaf2,")
    assert [each.host for each in done.of("Wait")] == ["leaf2"]


def test_the_limit_of_a_job_template_holds(player: Player, switch: Handle, variables: Any) -> None:
    player.hosts(leaf1=variables(switch), leaf2=variables(switch))
    command = ["ansible-playbook", "nxapi.events.wait_for_interface", "-e", "interface=Ethernet1/1", "--limit", "leaf2"]
    done = player.command(command, player._new_folder(), {}).finish()
    assert [each.host for each in done.of("Wait")] == ["leaf2"]


WRONG = {
    "seconds in words": ({"wait_timeout": "soon"}, "wait_timeout takes a number of seconds, not soon."),
    "less than nothing": ({"wait_hold": "-1"}, "wait_hold takes a number of seconds, not -1."),
    "most of them": (
        {"wait_match": "most"},
        "wait_match takes all, any, a number or a percentage such as 80%, not most.",
    ),
    "perhaps": ({"after_reconnect": "maybe"}, "after_reconnect takes true or false, not maybe."),
}
OF_ONE = [
    ("wait_for_interface", {"wanted_state": "ready"}, "wanted_state takes up, down or absent, not ready."),
    ("wait_for_mo", {"wanted_state": "up"}, "wanted_state takes present or absent, not up."),
    ("wait_for_mo", {"mo_class": "ethpmPhysIf"}, "Say what to look at, either"),
    ("watch", {"watch_for": "an hour"}, "watch_for takes a number of seconds, not an hour."),
    ("watch", {"watch_limit": "1.5"}, "watch_limit takes a whole number, not 1.5."),
    ("watch", {"watch_rate": "fast"}, "watch_rate takes a whole number, not fast."),
    ("watch", {"watch_subtree": "bgpPeerEntry"}, "watch_subtree needs watch_dn"),
]


@pytest.mark.parametrize(
    ("name", "given", "sentence"),
    [(name, *each) for each in WRONG.values() for name in BOOKS if name != "converged" or "wait_match" not in each[0]]
    + OF_ONE,
)
def test_what_makes_no_sense_is_told_in_a_sentence_and_no_switch_asked(
    leaf: Player, switch: Handle, name: str, given: dict[str, str], sentence: str
) -> None:
    done = book(leaf, name, rc=2, **LEAST.get(name, {}), **given)
    assert done[CHECK]["msg"].startswith(sentence)
    assert switch.stats()["requests"]["total"] == 0


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("wait_for_interface", {"interface": "Foo1/1"}, "'Foo1/1' is no name of one interface"),
        ("wait_for_mo", {"mo_until": "operSt"}, "until must be a map (as text: attribute=value, several with commas, or JSON)."),
        ("wait_for_mo", {"mo_until": '{"operSt": ["up"'}, "until must be a map (as text: attribute=value"),
        ("wait_for_mo", {"wait_hold": "30", "wait_timeout": "20"}, "Hold (30 s) must be shorter than timeout (20 s)"),
        ("converged", {"wanted": "fan"}, "Nothing is called fan; did you mean fans?"),
        ("converged", {"wanted": "[fans"}, "Conditions takes a list, a map, or text in YAML; this text is none."),
        ("watch", {"interface": "Foo1/1"}, "'Foo1/1' is no name of one interface"),
        ("watch", {"watch_where": "operSt"}, "where must be a map (as text: attribute=value"),
    ],
)  # fmt: skip
def test_what_the_task_finds_is_a_sentence_too(leaf: Player, name: str, given: dict[str, str], words: str) -> None:
    done = book(leaf, name, rc=2, **{**LEAST.get(name, {}), **given})
    (failed,) = [row.result for row in done.outcomes if row.status == "failed"]
    assert words.lower() in failed["msg"].lower() and "\n" not in failed["msg"], failed["msg"]


def test_numbers_and_lines_as_a_survey_gives_them(leaf: Player) -> None:
    """A survey's integers are numbers, its text areas have lines, with the ends that a browser gives them."""
    lines = "Ethernet1/1\r\neth1/2\r\n"
    done = book(
        leaf, "wait_for_interface", interface=lines, wait_timeout=20, wait_hold=1, wait_match=2, after_reconnect="no"
    )
    assert done["Wait"]["matched"]["count"] == 2
    done = book(leaf, "wait_for_mo", mo_dn=" sys/bgp\r\n", mo_subtree="bgpPeerEntry\r\nbgpPeer\r\n", mo_until="addr=172.20.0.1\r\n",
                wanted_state="present ", wait_match=1, wait_timeout="20.5")  # fmt: skip
    assert done["Wait"]["matched"]["count"] == 2
    done = book(leaf, "converged", wanted="- bgp_peers: 2\r\n- fans\r\n", wait_timeout=20, wait_hold=0)
    assert [row.result["met"] for row in done.outcomes if "met" in row.result] == [True]


def test_a_watch_as_the_readme_says(leaf: Player, switch: Handle) -> None:
    run = begin(leaf, "watch", watch_limit=2)
    run.see("leaf1: watching the state of interfaces, neighbours, VLANs, vPC and hardware")
    switch.set(PORT, operSt="down")
    run.see("modified Ethernet1/1 operSt up -> down")
    switch.set("sys/ch/ftslot-1/ft", operSt="fail")
    run.see("modified fan tray 1 operSt ok -> fail")
    assert run.finish()["Watch"]["events"] == 2


def test_a_watch_of_all_that_a_survey_can_ask_for(leaf: Player, switch: Handle) -> None:
    run = begin(leaf, "watch", interface="Ethernet1/1\r\neth1/2\r\n", watch_class="l2BD,\r\nsviIf", watch_dn="sys/bgp\r\nsys/ospf",
                watch_subtree="bgpPeerEntry, ospfAdjEp", watch_attributes="operSt,adminSt", watch_where="operSt=down",
                watch_limit="2", watch_for=50, watch_rate=" 10 ")  # fmt: skip
    run.see(
        "leaf1: watching Ethernet1/1, Ethernet1/2, class l2BD, class sviIf, bgpPeerEntry, ospfAdjEp under sys/bgp and 1 more"
    )
    switch.set("sys/bgp/inst/dom-default/peer-[172.20.0.1]/ent-[172.20.0.1]", operSt="idle")
    switch.set(PORT, operStQual="link-failure")
    switch.set(PORT, operSt="down")
    run.see("modified Ethernet1/1 operSt up -> down")
    switch.set("sys/bd/bd-[vlan-100]", operSt="down")
    run.see("modified VLAN 100 operSt up -> down")
    assert run.finish()["Watch"]["events"] == 2


def test_empty_answers_watch_the_usual(leaf: Player) -> None:
    done = book(leaf, "watch", **dict.fromkeys(documented("watch"), "") | {"watch_for": "1"})
    assert "watching the state of interfaces" in done.stdout and "for 1 s" in done.stdout


@pytest.mark.parametrize("name", ALL)
def test_the_variables_that_the_head_lists_are_those_that_are_used(name: str) -> None:
    folder = COLLECTION / "playbooks"
    plays = yaml.safe_load((folder / f"{name}.yml").read_text())
    texts = [yaml.safe_dump(plays, width=10_000)]
    if name != "watch":  # it waits for nothing, and uses of that file the patterns alone
        texts.append((folder / "vars" / "survey.yml").read_text())
    used = {variable for text in texts for variable in re.findall(r"(?<!\| )\b([a-z_]+) \| default\(", text)}
    assert used - ({"wait_match"} if name == "converged" else set()) == documented(name)
