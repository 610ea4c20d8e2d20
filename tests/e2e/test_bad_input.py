# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bad options and questions that the switch refuses: each fails with its reason and one sentence, at once."""

from __future__ import annotations

import pytest
from failures import check_failure, check_quiet
from playing import Player, eventually
from simulator.thread import Handle

QUICK = 10.0
"""Seconds: half of the timeout of those that could wait."""

PHYS = "sys/intf/phys-[eth1/1]"
OPER = PHYS + "/phys"

WAITS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    # name: (options of wait_for_mo, reason, words of the message)
    "unknown class": ("class: noSuchClass, timeout: 20", "rejected", ("noSuchClass",)),
    "unknown class below a dn": ("dn: sys/bgp, target_subtree_class: [noSuchClass], timeout: 20", "rejected", ("noSuchClass",)),
    "class with a blank": ("class: 'l1 PhysIf'", "invalid", ("l1 PhysIf", "class")),
    "malformed dn": ("dn: 'sys/intf/phys-[eth1/1'", "invalid", ("sys/intf/phys-[eth1/1",)),
    "empty part of a dn": ("dn: sys//intf", "invalid", ("sys//intf",)),
    "dn of a new line": ('dn: "sys/intf\\nX-Header: 1"', "invalid", ()),
    "dn that the model does not know": ("dn: sys/bogus, timeout: 0.5", "timeout", ("sys/bogus", "does not exist")),
    "unbalanced filter": ("class: l1PhysIf, query_target_filter: 'eq(l1PhysIf.id,\"eth1/1\"'", "invalid", ("filter",)),
    "single quotes": ("class: l1PhysIf, query_target_filter: \"eq(l1PhysIf.id,'eth1/1')\"", "invalid", ("double",)),
    "unknown operator": ("class: l1PhysIf, query_target_filter: 'like(l1PhysIf.id,\"eth1/1\")'", "invalid", ("like",)),
    "filter on an unknown attribute": (
        "class: l1PhysIf, query_target_filter: 'eq(l1PhysIf.nothing,\"1\")', timeout: 20", "rejected", ("nothing",),
    ),
    "subtree of everything": ("dn: sys, query_target: subtree", "invalid", ("target_subtree_class",)),
    "neither dn nor class": ("until: {operSt: up}", "invalid", ("dn", "class", "subscription")),
    "dn and class": (f"dn: '{OPER}', class: ethpmPhysIf", "invalid", ("dn", "class")),
    "subscription and dn": (f"dn: '{OPER}', subscription: port", "invalid", ("dn", "subscription")),
    "no such subscription": ("subscription: port", "invalid", ("port", "nxapi.events.subscription")),
    "no such option": (f"dn: '{OPER}', untill: {{operSt: up}}", "invalid", ("untill", "until")),
    "no number": (f"dn: '{OPER}', timeout: soon", "invalid", ("timeout", "number")),
    "no map": (f"dn: '{OPER}', until: up", "invalid", ("until",)),
    "empty map": (f"dn: '{OPER}', until: {{}}", "invalid", ("until",)),
    "timeout of nothing": (f"dn: '{OPER}', timeout: 0", "invalid", ("timeout",)),
    "hold longer than timeout": (f"dn: '{OPER}', hold: 30, timeout: 30", "invalid", ("hold", "timeout")),
    "since and only_new": (f"dn: '{OPER}', since: a.1.1, only_new: true", "invalid", ("since", "only_new")),
    "no cursor": (f"dn: '{OPER}', since: yesterday", "invalid", ("since", "yesterday")),
    "absent and until": (f"dn: '{OPER}', state: absent, until: {{operSt: up}}", "invalid", ("absent", "until")),
    "absent and fail_when": (f"dn: '{OPER}', state: absent, fail_when: {{operSt: up}}", "invalid", ("absent", "fail_when")),
    "status and hold": (f"dn: '{OPER}', status: modified, hold: 3", "invalid", ("status", "hold")),
    "status and min_count": (f"dn: '{OPER}', status: modified, min_count: 3", "invalid", ("status", "min_count")),
    "status and absent": (f"dn: '{OPER}', status: modified, state: absent", "invalid", ("status", "absent")),
    "unknown status": (f"dn: '{OPER}', status: changed", "invalid", ("status", "changed", "modified")),
    "match in words": (f"dn: '{OPER}', match: most", "invalid", ("match", "most")),
    "match of nothing": (f"dn: '{OPER}', match: 0", "invalid", ("match",)),
    "too many percent": (f"dn: '{OPER}', match: '120%'", "invalid", ("match", "120%")),
    "min_count of nothing": (f"dn: '{OPER}', min_count: 0", "invalid", ("min_count", "absent")),
    "unknown operator of until": (f"dn: '{OPER}', until: {{operSt: {{is: up}}}}", "invalid", ("is", "matches")),
    "bad regular expression": (f"dn: '{OPER}', until: {{operSt: {{matches: '('}}}}", "invalid", ("matches", "operSt")),
    "half a range": (f"dn: '{OPER}', until: {{mtu: {{bw: [1]}}}}", "invalid", ("bw",)),
    "attribute of the child": (f"dn: '{PHYS}', until: {{operSt: up}}, timeout: 20", "impossible", ("operSt", OPER, "ethpmPhysIf")),
    "misspelt attribute": (f"dn: '{OPER}', until: {{operStt: up}}, timeout: 20", "impossible", ("operStt", "mean operSt")),
    "attribute that no class has": ("class: ethpmPhysIf, where: {nosuch: 1}, timeout: 20", "impossible", ("nosuch",)),
    "unknown dn": ("dn: 'sys/intf/phys-[eth9/9]/phys', until: {operSt: up}, timeout: 0.5", "timeout", ("phys-[eth9/9]", "does not exist")),
}  # fmt: skip

OTHERS: dict[str, tuple[str, str, str, tuple[str, ...]]] = {
    # name: (module, options, reason, words of the message)
    "no interface": ("wait_for_interface", "name: Foo1/1", "invalid", ("Foo1/1", "Ethernet1/1")),
    "no name at all": ("wait_for_interface", "name: []", "invalid", ("name", "Ethernet1/1")),
    "several, one of them none": ("wait_for_interface", "name: [Eth1/1, 'Po10,Po20']", "invalid", ("Po10,Po20",)),
    "a number out of range": ("wait_for_interface", "name: Vlan5000", "invalid", ("Vlan5000", "4094")),
    "absent interface that fails": ("wait_for_interface", "name: Eth1/1, state: absent, fail_when: {operSt: up}", "invalid", ("fail_when",)),
    "interface attribute": ("wait_for_interface", "name: Eth1/1, state: down, fail_when: {nosuch: up}, timeout: 20", "impossible", ("nosuch",)),
    "state of an interface": ("wait_for_interface", "name: Eth1/1, state: ready", "invalid", ("state", "ready")),
    "name is missing": ("wait_for_interface", "state: up", "invalid", ("name",)),
    "read an unknown class": ("mo_info", "class: noSuchClass", "rejected", ("noSuchClass",)),
    "read a malformed dn": ("mo_info", "dn: 'sys/intf/phys-[eth1/1'", "invalid", ("sys/intf/phys-[eth1/1",)),
    "read nothing": ("mo_info", "format: json", "invalid", ("dn", "class")),
    "read with a bad filter": ("mo_info", "class: l1PhysIf, query_target_filter: 'eq('", "invalid", ("filter",)),
    "subscribe to an unknown class": ("subscription", "class: noSuchClass", "rejected", ("noSuchClass",)),
    "subscribe to nothing": ("subscription", "name: x", "invalid", ("dn", "class")),
    "notifications of no subscription": ("notification_info", "name: nosuch", "invalid", ("nosuch",)),
    "refresh of no subscription": ("subscription_refresh", "name: nosuch", "invalid", ("nosuch",)),
    "create without class": ("mo", "dn: 'sys/intf/lb-[lo9]'", "invalid", ("class",)),
    "wrong class": ("mo", f"dn: '{PHYS}', class: l2BD, attributes: {{descr: x}}", "invalid", ("l1PhysIf", "l2BD")),
    "class that does not fit": ("mo", "dn: 'sys/intf/lb-[lo9]', class: l2BD, attributes: {name: x}", "rejected", ()),
    "unknown attribute": ("mo", f"dn: '{PHYS}', class: l1PhysIf, attributes: {{nosuch: x}}", "rejected", ("nosuch",)),
    "value that is none": ("mo", f"dn: '{PHYS}', class: l1PhysIf, attributes: {{adminSt: sideways}}", "rejected", ("sideways",)),
    "malformed dn of a change": ("mo", "dn: 'sys/intf/phys-[eth1/1', class: l1PhysIf", "invalid", ("sys/intf/phys-[eth1/1",)),
}  # fmt: skip

CASES = {**{name: ("wait_for_mo", *case) for name, case in WAITS.items()}, **OTHERS}


def tasks_of(names: list[str]) -> str:
    return "".join(
        f"- name: {name}\n  nxapi.events.{CASES[name][0]}: {{{CASES[name][1]}}}\n  ignore_errors: true\n"
        for name in names
    )


@pytest.mark.parametrize("part", [0, 1])
def test_each_bad_input_fails_with_its_reason_and_one_sentence(leaf: Player, switch: Handle, part: int) -> None:
    """All of them in two runs, at the highest verbosity, then the password and the tokens are searched for."""
    names = list(CASES)[part::2]
    last = "- name: the last\n  nxapi.events.wait_for_mo: {class: l2BD, status: created, timeout: 20}\n"
    run = leaf.begin(tasks_of(names) + last, "-vvvvv")
    run.see("a created notification")
    tokens = switch.call(lambda each: [token for session in each.sessions.live for token in session.tokens])
    eventually(lambda: switch.stats()["subscriptions"]["live"])
    switch.create("sys/bd/bd-[vlan-801]", "l2BD")
    done = run.finish(None)
    wrong = []
    for name in names:
        _module, _options, reason, words = CASES[name]
        try:
            check_failure(done[name], reason, *words)
        except AssertionError as error:
            wrong.append(f"{name}: {error}")
    assert not wrong, "\n\n".join(wrong)
    assert tokens
    check_quiet(done, switch.password, *tokens)
    assert max(done[name].get("elapsed", 0) for name in names) < QUICK, "none of them waits for its timeout"
    assert switch.stats()["logins"]["accepted"] == 1 and done.rc == 0
