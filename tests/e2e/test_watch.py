# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A watch prints what happens while it happens: read from standard output as it comes."""

from __future__ import annotations

import re
import signal
import statistics
import time
from collections.abc import Callable
from typing import Any

import pytest
from conftest import Start
from failures import check_failure, check_quiet
from playing import Done, Player, Playing, barrier, eventually
from simulator.thread import Handle

Variables = Callable[..., dict[str, Any]]

PORT = "sys/intf/phys-[eth1/%d]/phys"
VLAN = "sys/bd/bd-[vlan-999]"
DOWN = {"operSt": "down", "operStQual": "link-failure"}
UP = {"operSt": "up", "operStQual": "none"}
CLOCK = r"\d\d:\d\d:\d\d\.\d{3}Z"
STARTED = "watching"
LONG = 50
"""Seconds of a watch that the test ends by ``limit``, or not at all."""


def watch(options: str = "", name: str = "watch") -> str:
    return f"- name: {name}\n  nxapi.events.watch: {{{options}}}\n  register: seen\n"


def begin(player: Player, options: str = "", *arguments: str, times: int = 1) -> Playing:
    run = player.begin(watch(options), *arguments)
    run.see(STARTED, times)
    return run


def settle() -> None:
    """So long after a read a notification may be older than it; two changes of one millisecond are then told as one."""
    time.sleep(1.2)


def told(run: Playing | Done, host: str = "leaf1") -> list[str]:
    """The lines of events, without host and time."""
    return re.findall(rf"^{host} {CLOCK} (.*)$", run.stdout, re.M)


def test_lines_come_while_the_play_runs_in_order_and_with_what_was_before(leaf: Player, switch: Handle) -> None:
    run = begin(leaf, "limit: 6")
    delays = []
    for words, change in (
        (
            "modified Ethernet1/1 operSt up -> down, operStQual none -> link-failure",
            lambda: switch.set(PORT % 1, **DOWN),
        ),
        ("modified Ethernet1/1 operSt down -> up, operStQual link-failure -> none", lambda: switch.set(PORT % 1, **UP)),
        ("created VLAN 999 operSt up", lambda: switch.create(VLAN, "l2BD", operSt="up")),
        ("modified VLAN 999 operSt up -> down", lambda: switch.set(VLAN, operSt="down")),
        ("deleted VLAN 999", lambda: switch.delete(VLAN)),
    ):
        at = time.monotonic()
        change()
        delays.append(run.see(words) - at)
        assert run.process.poll() is None
    switch.set("sys/bgp/inst/dom-default/peer-[172.20.0.1]/ent-[172.20.0.1]", operSt="idle")
    done = run.finish()
    assert len(told(done)) == 6 and "modified BGP peer 172.20.0.1 operSt established -> idle" in told(done)[-1]
    seen = done["watch"]
    assert (seen["events"], seen["printed"], seen["suppressed"], seen["gaps"]) == (6, 6, 0, [])
    assert seen["changed"] is False and seen["host"] == "leaf1" and seen["notifications"] >= 6
    assert [row["to"] for row in seen["transitions"] if row["attribute"] == "operSt"] == ["down", "up", "down", "idle"]
    print(
        "from the change to the line: median %.0f ms, most %.0f ms"
        % (statistics.median(delays) * 1e3, max(delays) * 1e3)
    )
    assert statistics.median(delays) < 1.0, delays
    assert not any("operSpeed" in line for line in told(done)), "without being told, only attributes of state"


def test_a_break_and_a_reload_are_shown_and_it_goes_on(leaf: Player, switch: Handle) -> None:
    run = begin(leaf, "interface: [Eth1/1, Eth1/2], limit: 3")
    switch.fault("lose-frames", count=1)
    switch.set(PORT % 1, **DOWN)
    switch.fault("drop-websockets", mode="clean")
    run.see("connection lost (")
    run.see("gap of ")
    run.see("modified Ethernet1/1 operSt up -> down, operStQual none -> link-failure [resync]")
    switch.fault("reload", seconds=2)
    run.see("connection lost (", times=2)
    run.see("gap of ", times=2)
    switch.set(PORT % 2, **DOWN)
    run.see("modified Ethernet1/2 operSt up -> down, operStQual none -> link-failure")
    switch.set(PORT % 2, **UP)
    done = run.finish()
    kinds = [line.split()[0] for line in told(done)]
    assert kinds == ["connection", "gap", "modified", "connection", "gap", "modified", "modified"], told(done)
    seen = done["watch"]
    assert len(seen["gaps"]) == 2 and all(gap["to"] for gap in seen["gaps"]) and seen["reconnects"] >= 1


def test_one_gap_line_however_many_subscriptions(leaf: Player, switch: Handle) -> None:
    run = begin(leaf, "limit: 2")
    switch.fault("drop-websockets", mode="abrupt")
    run.see("gap of ")
    # All are whole again once the last has been subscribed to anew.
    eventually(lambda: switch.stats()["subscriptions"]["live"] >= 15, "all subscriptions")
    switch.set(PORT % 1, **DOWN)
    switch.set(PORT % 1, **UP)
    done = run.finish()
    kinds = [line.split()[0] for line in told(done)]
    assert kinds.count("connection") == kinds.count("gap") == 1, told(done)


def test_a_storm_is_counted_and_not_printed_line_by_line(leaf: Player, switch: Handle) -> None:
    run = begin(leaf, f"interface: Eth1/1, rate: 20, limit: 3000, duration: {LONG}")
    settle()
    flap = {"dn": PORT % 1, "attribute": "operSt", "values": ["down", "up"], "rate": 1000, "count": 3000}
    switch.fault("change", flap=flap)
    done = run.finish()
    seen = done["watch"]
    assert seen["events"] == seen["notifications"] == 3000
    lines = told(done)
    printed = [line for line in lines if line.startswith("modified")]
    more = [int(line.split()[1]) for line in lines if line.startswith("...")]
    assert seen["printed"] == len(printed) and seen["suppressed"] == sum(more) == 3000 - len(printed)
    assert 20 <= len(printed) <= 20 * (seen["elapsed"] + 1) and len(more) >= 2


def test_what_says_nothing_is_shown_with_v_only(leaf: Player, switch: Handle) -> None:
    def run(*arguments: str) -> list[str]:
        playing = begin(leaf, "interface: Eth1/1, limit: 1", *arguments)
        settle()
        switch.fault("change", set={"dn": PORT % 1, "attributes": {}}, force=True)
        switch.set(PORT % 1, operSt="down" if not arguments else "up")
        return told(playing.finish())

    assert run() == ["modified Ethernet1/1 operSt up -> down"]
    nothing, change = run("-v")
    assert nothing == f"modified Ethernet1/1 [{PORT % 1}] (nothing new)"
    assert change == f"modified Ethernet1/1 [{PORT % 1}] operSt down -> up"


def test_only_what_counts(leaf: Player, switch: Handle) -> None:
    run = begin(
        leaf,
        "queries: [{class: ethpmPhysIf, where: {adminSt: up}}, {interface: Eth1/2}], attributes: [operSt, adminSt], limit: 3",
    )
    settle()
    switch.set(PORT % 45, operSt="link-up")  # shut, and stays so
    switch.set(PORT % 1, operStQual="link-failure")
    switch.set(PORT % 2, **DOWN)  # in two of the queries
    switch.set(PORT % 1, adminSt="down", operSt="down")  # leaves
    switch.set(PORT % 1, operSt="up")
    switch.set(PORT % 3, operSt="down")
    assert told(run.finish()) == [
        "modified Ethernet1/2 operSt up -> down",
        "modified Ethernet1/1 operSt up -> down, adminSt up -> down",
        "modified Ethernet1/3 operSt up -> down",
    ]


def test_since_an_earlier_task_and_on_to_a_later_one(leaf: Player, switch: Handle) -> None:
    run = leaf.begin(
        "- name: subscribe\n  nxapi.events.subscription: {name: ports, class: ethpmPhysIf}\n  register: before\n"
        + barrier("changed")
        + watch('subscription: ports, since: "{{ before.cursor }}", limit: 2', "first")
        + watch('subscription: ports, since: "{{ seen.cursor }}", limit: 1', "second")
        + watch(f'interface: Eth1/2, since: "{{{{ before.cursor }}}}", limit: 1, duration: {LONG}', "new query")
    )
    run.at("changed")
    settle()
    switch.set(PORT % 1, **DOWN)
    switch.set(PORT % 1, **UP)
    switch.set(PORT % 1, **DOWN)
    eventually(lambda: switch.stats()["notifications"]["frames"] >= 3, "three notifications")
    run.release("changed")
    run.see("watching Ethernet1/2")
    switch.set(PORT % 2, **DOWN)
    done = run.finish()
    first, second, third = (told(done)[:2], told(done)[2:3], told(done)[3:])
    assert [line.split()[3:6] for line in first] == [["up", "->", "down,"], ["down", "->", "up,"]]
    assert [line.split()[3:6] for line in second] == [["up", "->", "down,"]]
    assert done["first"]["cursor"] != done["second"]["cursor"]
    assert "it was not subscribed to yet" in third[0] and "Ethernet1/2" in third[1]
    assert [gap["reason"] for gap in done["new query"]["gaps"]] == ["not_subscribed"]


def test_two_switches_at_a_time(player: Player, start: Start, variables: Variables) -> None:
    switches = {name: start() for name in ("leaf1", "leaf2")}
    player.hosts(**{name: variables(each) for name, each in switches.items()})
    run = begin(player, "interface: Eth1/1, limit: 4", "-f", "2", times=2)
    for number, state in enumerate(("down", "up", "down", "up")):
        for switch in switches.values():
            switch.set(PORT % 1, operSt=state)
        words = "up -> down" if state == "down" else "down -> up"
        run.see(f"modified Ethernet1/1 operSt {words}", times=2 * (1 + number // 2))
    done = run.finish()
    assert [len(told(done, name)) for name in switches] == [4, 4]
    assert "occupies a fork" not in done.text


def test_more_switches_than_forks_without_an_end_are_told_to_be_so(
    player: Player, switch: Handle, variables: Variables
) -> None:
    player.hosts(**{f"leaf{n}": variables(switch) for n in range(3)})
    run = player.begin(watch("interface: Eth1/1"), "-f", "2")
    run.see("of the 3 hosts of this play only 2 are watched at a time")
    run.see(STARTED, times=2)
    run.signal(signal.SIGINT)
    assert run.finish(None).stdout.count("only 2 are watched") == 1


@pytest.mark.parametrize(("code", "text"), [(400, "unresolved class"), (403, "Access denied")])
def test_classes_that_the_switch_refuses_are_left_out_of_the_usual(
    leaf: Player, switch: Handle, code: int, text: str
) -> None:
    """An older release, or a role that may not read all: what it refuses is said, and all the rest is watched."""
    switch.fault("http-error", status=code, path="nvoDyPeer|pimAdjEp", content_type="application/json",
                 text='{"imdata":[{"error":{"attributes":{"code":"%d","text":"%s"}}}]}' % (code, text))  # fmt: skip
    run = begin(leaf, "limit: 1")
    run.see("leaf1: refused by this switch, so not watched: class ")
    switch.set(PORT % 1, **DOWN)
    done = run.finish()
    assert done["watch"]["not_watched"] == ["class pimAdjEp", "class nvoDyPeer"]
    asked = leaf.run(watch(f"class: nvoDyPeer, duration: {LONG}"), rc=2)
    check_failure(asked["watch"], "rejected" if code == 400 else "forbidden", text)


def test_no_log_shows_counts_only(leaf: Player, switch: Handle) -> None:
    run = leaf.begin(watch("interface: Eth1/1, limit: 2") + "  no_log: true\n", "-vvv")
    run.see("leaf1: watching")
    switch.set(PORT % 1, **DOWN)
    run.see("leaf1: 1 event so far")
    switch.set(PORT % 1, **UP)
    done = run.finish()
    run.see("leaf1: ended after")
    lines = [line for line in done.stdout.splitlines() if line.startswith("leaf1")]
    assert not told(done) and not any(word in "".join(lines) for word in ("Ethernet", "operSt", "link-failure"))


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM], ids=lambda each: each.name)
def test_stopped_by_hand(leaf: Player, switch: Handle, how: signal.Signals) -> None:
    run = begin(leaf)
    switch.set(PORT % 1, **DOWN)
    run.see("modified Ethernet1/1")
    run.signal(how)
    done = run.finish(None)
    eventually(lambda: switch.stats()["sessions"]["live"] == 0, "the logout", 5.0)
    check_quiet(done, switch.password)


def test_the_timeout_of_a_task_ends_it_and_the_play_may_go_on(leaf: Player, switch: Handle) -> None:
    run = leaf.begin(
        watch()
        + "  timeout: 2\n  ignore_errors: true\n"
        + watch(f"interface: Eth1/1, limit: 1, duration: {LONG}", "next")
    )
    run.see("watching Ethernet1/1")  # the first may not have come so far
    switch.set(PORT % 1, **DOWN)
    done = run.finish()
    assert "time" in done["watch"]["msg"].lower() and "reason" not in done["watch"], "core's own failure"
    assert len(told(done)) == 1 and done["next"]["events"] == 1


def test_for_a_time(leaf: Player) -> None:
    done = leaf.run(watch("interface: Eth1/1, duration: 1.5"))
    assert 1.5 <= done["watch"]["elapsed"] < 10 and done["watch"]["events"] == 0
    assert "leaf1: watching Ethernet1/1 (1 object) for 1.5 s" in done.stdout
    assert "leaf1: ended after 1.5 s, 0 events" in done.stdout


def test_check_mode_reads_once_and_watches_nothing(leaf: Player, switch: Handle) -> None:
    done = leaf.run(watch(), "--check")
    assert done["watch"]["events"] == 0 and done["watch"]["cursor"] and STARTED not in done.stdout
    assert switch.stats()["sockets"]["opened"] == 0
    refused = leaf.run(watch("class: noSuchClass"), "--check", rc=2)
    check_failure(refused["watch"], "rejected", "noSuchClass")


@pytest.mark.parametrize(
    ("more", "reason", "words"),
    [
        ({"ansible_httpapi_port": 1}, "unreachable", ("refused",)),
        ({"ansible_password": "wrong"}, "login", ("password",)),
        ({"ansible_host": "no-such-switch.invalid"}, "unreachable", ("no-such-switch.invalid",)),
    ],
    ids=["port", "password", "name"],
)
def test_a_switch_that_is_not_reached_fails_at_once(
    player: Player, switch: Handle, variables: Variables, more: dict[str, object], reason: str, words: tuple[str, ...]
) -> None:
    player.hosts(leaf1=variables(switch, **more))
    done = player.run(watch(), rc=2)
    check_failure(done["watch"], reason, *words)
    check_quiet(done, switch.password)
    assert done["watch"]["events"] == 0 and done.seconds < 30


BAD = {
    "two of them": ("dn: sys, class: l1PhysIf", ("dn", "class")),
    "subscription and interface": ("subscription: a, interface: Eth1/1", ("subscription", "interface")),
    "no such subscription": ("subscription: ports", ("ports", "nxapi.events.subscription")),
    "no interface": ("interface: [Foo1/1]", ("Foo1/1", "Ethernet1/1")),
    "empty queries": ("queries: []", ("queries", "at least one")),
    "entry of nothing": ("queries: [{where: {operSt: up}}]", ("dn", "class", "interface")),
    "entry with an interface that is none": (
        "queries: [{class: l1PhysIf}, {interface: Foo}]",
        ("queries, entry 2", "Foo"),
    ),
    "query_target alone": ("query_target: subtree", ("query_target", "dn or class")),
    "everything": ("dn: sys, query_target: subtree", ("target_subtree_class",)),
    "where without a map": ("where: up", ("where",)),
    "where with a bad operator": ("where: {operSt: {is: up}}", ("where", "is")),
    "duration in words": ("duration: soon", ("duration", "number")),
    "duration below zero": ("duration: -1", ("duration", "seconds")),
    "limit below zero": ("limit: -1", ("limit", "from 0")),
    "limit with a fraction": ("limit: 1.5", ("limit", "whole number")),
    "rate of nothing": ("rate: 0", ("rate", "from 1")),
    "no cursor": ("since: yesterday", ("since", "yesterday")),
    "no such option": ("for: 30", ("no such option", "for", "duration")),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_options_are_one_sentence(leaf: Player, switch: Handle, name: str) -> None:
    options, words = BAD[name]
    done = leaf.run(watch(options), rc=2)
    check_failure(done["watch"], "invalid", *words)
    assert "subscribe" not in str(switch.stats()["requests"]["by"])


def test_async_is_refused_by_core(leaf: Player) -> None:
    done = leaf.run(watch("duration: 1") + "  async: 10\n  poll: 1\n", rc=2)
    assert "async" in done["watch"]["msg"]
