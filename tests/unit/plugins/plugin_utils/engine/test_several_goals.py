# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""all_of and any_of: several conditions in one wait."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.errors import InvalidOptions
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.evaluate import Judge, Outcome
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.journal import Entry, Gap
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.model import ManagedObject
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.report import Transitions
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.spec import WaitSpec, for_interfaces, for_mo
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.state import Step

PORT, PEER = "sys/intf/phys-[eth1/1]/phys", "sys/bgp/peer"
UP, DOWN = {"operSt": "up"}, {"operSt": "down"}


def two(option: str = "all_of", first: dict[str, Any] | None = None, **options: Any) -> WaitSpec:
    """A port that has to be up, and a peer."""
    port = {"dn": PORT, "until": UP, **(first or {})}
    return for_mo({option: [port, {"name": "peer", "dn": PEER, "until": UP}], **options})


class Case:
    """A judge of two goals, each of one MO that is there and down."""

    def __init__(self, spec: WaitSpec) -> None:
        self.judge = Judge(spec)
        self.known = [ManagedObject("c", dn, DOWN) for dn in (PORT, PEER)]
        for leg, mo in enumerate(self.known):
            self.judge.load(leg, {mo.dn: mo}, True)
        self.judge.start(Entry(0, 0.0, 0.0))
        self.judge.first_read(0.0)

    def turns(self, leg: int, at: float, values: dict[str, str], confirmed: bool = True) -> Case:
        before = self.known[leg]
        after = self.known[leg] = ManagedObject("c", before.dn, values)
        step = Step("notification", "modified", "c", before.dn, values, before, after, confirmed)
        self.judge.feed([leg], Entry(int(at), at, at, step=step))
        return self

    def lost(self, at: float) -> Case:
        for leg in range(2):
            self.judge.feed([leg], Entry(int(at), at, at, gap=Gap("test", at, at)))
        return self

    def outcome(self, at: float) -> Outcome:
        return self.judge.verdict(at).outcome


def test_all_of_takes_all_of_them() -> None:
    case = Case(two()).turns(0, 1, UP)
    assert case.outcome(1) is Outcome.PENDING
    assert case.turns(1, 2, UP).outcome(2) is Outcome.MET


def test_all_of_takes_all_of_them_at_the_same_moment() -> None:
    case = Case(two()).turns(0, 1, UP).turns(0, 2, DOWN).turns(1, 3, UP)
    assert case.outcome(3) is Outcome.PENDING


def test_any_of_takes_one() -> None:
    assert Case(two("any_of")).turns(1, 1, UP).outcome(1) is Outcome.MET


def test_what_any_of_holds_by_may_change_while_it_is_held() -> None:
    case = Case(two("any_of", hold=10)).turns(0, 1, UP).turns(1, 2, UP).turns(0, 3, DOWN)
    assert case.outcome(11) is Outcome.HELD


def test_a_hold_of_all_begins_when_the_last_one_holds() -> None:
    case = Case(two(hold=10)).turns(0, 1, UP).turns(1, 5, UP)
    assert (case.outcome(14), case.outcome(15)) == (Outcome.PENDING, Outcome.HELD)


def test_a_gap_breaks_the_hold_of_any_of() -> None:
    case = Case(two("any_of", hold=10)).turns(0, 1, UP).lost(5)
    assert case.outcome(20) is Outcome.PENDING


@pytest.mark.parametrize(("option", "outcome"), [("all_of", Outcome.FAILED), ("any_of", Outcome.PENDING)])
def test_one_failure_ends_all_of_but_not_any_of(option: str, outcome: Outcome) -> None:
    failing = {"fail_when": {"operSt": "failed"}}
    assert Case(two(option, failing)).turns(0, 1, {"operSt": "failed"}).outcome(1) is outcome


@pytest.mark.parametrize(("option", "outcome"), [("all_of", Outcome.IMPOSSIBLE), ("any_of", Outcome.PENDING)])
def test_one_that_can_never_hold_ends_all_of_but_not_any_of(option: str, outcome: Outcome) -> None:
    case = Case(two(option, {"until": {"speed": "1G"}}))
    assert case.outcome(1) is outcome
    assert outcome is Outcome.PENDING or case.judge.verdict(1).why == "speed"


def test_one_of_any_that_is_sure_needs_no_read_of_the_other() -> None:
    case = Case(two("any_of")).turns(0, 1, UP, confirmed=False)
    assert case.outcome(1) is Outcome.CONFIRM
    assert case.turns(1, 2, UP).outcome(2) is Outcome.MET


def test_legs_of_one_subscription_are_judged_at_the_same_moment() -> None:
    """One notification makes the first true and the second false: there was no moment at which both were."""
    spec = for_mo(
        {"all_of": [{"name": "a", "dn": PORT, "until": UP}, {"name": "b", "dn": PORT, "until": {"mtu": "1500"}}]}
    )
    judge = Judge(spec)
    before = ManagedObject("c", PORT, {"operSt": "down", "mtu": "1500"})
    after = ManagedObject("c", PORT, {"operSt": "up", "mtu": "9216"})
    for leg in range(2):
        judge.load(leg, {PORT: before}, True)
    judge.start(Entry(0, 0.0, 0.0))
    judge.first_read(0.0)
    judge.feed([0, 1], Entry(1, 1.0, 1.0, step=Step("notification", "modified", "c", PORT, {}, before, after)))
    assert judge.verdict(1).outcome is Outcome.PENDING


def test_names_are_made_from_what_is_looked_at() -> None:
    assert [goal.name for goal in two().goals] == ["Ethernet1/1 operSt up", "peer"]
    assert two().wanted == "all of: Ethernet1/1 operSt up, peer"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"all_of": []}, "all_of takes at least one entry"),
        ({"all_of": [{"dn": "sys"}], "until": UP}, "until cannot stand beside all_of"),
        ({"any_of": [{"dn": "sys"}], "status": ["created"]}, "status cannot stand beside any_of"),
        ({"all_of": [{"dn": "sys"}], "any_of": [{"dn": "sys"}]}, "any_of cannot stand beside all_of"),
        ({"all_of": [{"dn": "sys", "timeout": 3}]}, "all_of, entry 1: timeout is said once"),
        ({"all_of": [{"name": "x", "dn": "sys", "match": "0"}]}, "all_of, entry x: match takes"),
        ({"all_of": [{"dn": "sys", "status": ["created"]}]}, "status cannot be part of it"),
        ({"all_of": [{"name": "x", "dn": "sys"}, {"name": "x", "dn": "sys/a"}]}, "two entries called x"),
        ({"all_of": [{"dn": "sys", "until": {"a": {"like": "b"}}}]}, "all_of, entry 1: "),
        ({"all_of": [{"dn": "sys"}], "hold": 300}, "hold .* must be shorter than timeout"),
    ],
)
def test_bad_lists_are_refused_with_one_sentence(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidOptions, match=message):
        for_mo(options)


def test_a_transition_that_several_legs_tell_is_shown_once() -> None:
    shown = Transitions(2)
    flap = [
        {"at": str(number), "dn": PORT, "attribute": "operSt", "from": "a", "to": "b", "mod_ts": "never"}
        for number in range(2)
    ]
    shown.add(0, flap)
    shown.add(1, [{**row, "at": "later"} for row in flap])
    assert list(shown.rows) == flap


def test_an_entry_names_interfaces_as_wait_for_interface_does() -> None:
    spec = for_mo({"all_of": [{"interface": ["Eth1/1", "po10", "vlan100"]}, {"interface": ["nve1"], "state": "down"}]})
    assert [goal.name for goal in spec.goals] == [
        "Ethernet1/1, port-channel10, Vlan100 operSt up",
        "nve1 operState down",
    ]
    assert [leg.query.dn for leg in spec.goals[0].legs if leg.query] == [
        "sys/intf/phys-[eth1/1]/phys", "sys/intf/aggr-[po10]/aggrif", "sys/intf/svi-[vlan100]",
    ]  # fmt: skip
    alike = for_interfaces({"name": ["Eth1/1", "po10", "vlan100"]})
    assert spec.goals[0].legs == alike.legs


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"interface": ["Eth1/1"], "until": UP}, "entry 1: until has no meaning beside interface"),
        ({"interface": ["Eth1/1"], "dn": "sys"}, "entry 1: dn has no meaning beside interface"),
        ({"interface": ["Foo1"]}, "entry 1: 'Foo1' is no name of one interface"),
        ({"dn": "sys", "state": "up"}, "entry 1: state=up is said of interfaces only"),
    ],
)
def test_what_makes_no_sense_with_interfaces_is_refused(entry: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidOptions, match=words):
        for_mo({"all_of": [entry]})
