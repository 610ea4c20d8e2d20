# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The judge: when a condition counts as met, failed, or not yet."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.evaluate import Judge, Outcome
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.journal import Entry, Gap
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.model import ManagedObject
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.spec import for_mo
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.state import Step

UP, DOWN = {"operSt": "up"}, {"operSt": "down"}


class Case:
    """A judge with one leg, fed by hand; the clock is whatever the test says."""

    def __init__(self, found: dict[str, dict[str, str]], **options: Any) -> None:
        options.setdefault("class", "l1PhysIf")
        if not options.get("status") and options.get("state") != "absent":
            options.setdefault("until", UP)
        self.judge = Judge(for_mo(options))
        self.state = {dn: ManagedObject("l1PhysIf", dn, values) for dn, values in found.items()}
        self.judge.load(0, self.state, True)
        self.number = 0
        self.judge.start(Entry(0, 0.0, 0.0))
        self.judge.first_read(0.0)

    def entry(self, at: float, **what: Any) -> None:
        self.number += 1
        self.judge.feed([0], Entry(self.number, at, at, **what))

    def step(
        self, at: float, dn: str, values: dict[str, str] | None, origin: str = "notification", confirmed: bool = True
    ) -> None:
        """The MO changes to ``values`` on top of what it had, or goes."""
        before = self.state.get(dn)
        if values is None:
            after, status = None, "deleted"
            self.state.pop(dn, None)
        else:
            after = ManagedObject("l1PhysIf", dn, {**(before.attributes if before else {}), **values})
            status = "modified" if before else "created"
            self.state[dn] = after
        self.entry(at, step=Step(origin, status, "l1PhysIf", dn, values or {}, before, after, confirmed))

    def suspect(self, at: float, dn: str, carried: dict[str, str] | None = None, status: str = "modified") -> None:
        mo = self.state.get(dn)
        self.entry(at, step=Step("notification", status, "l1PhysIf", dn, carried or {}, mo, mo, suspect=True))

    def read(self, at: float, dn: str) -> None:
        """A read that finds the MO as it was."""
        mo = self.state.get(dn)
        self.entry(at, step=Step("read", "modified", "l1PhysIf", dn, {}, mo, mo, listed=False))

    def gap(self, at: float, reconnect: bool = True) -> None:
        self.entry(at, gap=Gap("test", at, at, reconnect=reconnect))

    def synced(self, at: float) -> None:
        self.entry(at, synced=True)

    def outcome(self, at: float) -> Outcome:
        return self.judge.verdict(at).outcome


def test_the_level_counts_at_once_and_the_change_later() -> None:
    assert Case({"a": UP}).outcome(0) is Outcome.MET
    case = Case({"a": DOWN})
    assert case.outcome(0) is Outcome.PENDING
    case.step(1, "a", UP)
    assert case.outcome(1) is Outcome.MET


def test_a_success_in_a_burst_stays_one_though_the_state_went_on() -> None:
    case = Case({"a": DOWN}, fail_when={"operSt": "failed"})
    case.step(1, "a", UP)
    case.step(1, "a", {"operSt": "failed"})
    assert case.outcome(1) is Outcome.MET
    assert case.judge.met_at is not None and case.judge.met_at.cursor == 1


def test_a_failure_in_a_burst_stays_one_though_the_state_went_on() -> None:
    case = Case({"a": DOWN}, fail_when={"operSt": "failed"})
    case.step(1, "a", {"operSt": "failed"})
    case.step(1, "a", UP)
    assert case.outcome(1) is Outcome.FAILED


def test_failing_beats_matching_at_the_same_moment() -> None:
    case = Case({"a": DOWN}, fail_when={"qual": "bad"})
    case.step(1, "a", {"operSt": "up", "qual": "bad"})
    assert case.outcome(1) is Outcome.FAILED


def test_what_failed_at_the_first_read_has_a_grace() -> None:
    case = Case({"a": {"operSt": "down", "x": "bad"}}, fail_when={"x": "bad"}, fail_grace=5)
    assert case.outcome(4) is Outcome.PENDING
    assert case.judge.verdict(4).check_at == 5
    assert case.outcome(5) is Outcome.FAILED


def test_a_failure_counts_only_when_match_is_out_of_reach() -> None:
    case = Case(dict.fromkeys("abcd", DOWN), fail_when={"operSt": "failed"}, match="50%")
    case.step(1, "a", {"operSt": "failed"})
    case.step(1, "b", {"operSt": "failed"})
    assert case.outcome(1) is Outcome.PENDING
    case.step(2, "c", {"operSt": "failed"})
    assert case.outcome(2) is Outcome.FAILED


def test_a_failure_without_usable_modts_is_read_before_it_counts() -> None:
    case = Case({"a": DOWN}, fail_when={"operSt": "failed"})
    case.step(1, "a", {"operSt": "failed"}, confirmed=False)
    assert case.judge.verdict(1).doubtful == ((0, "a"),)
    assert case.outcome(1) is Outcome.CONFIRM
    case.suspect(1, "a")
    case.read(2, "a")
    assert case.outcome(2) is Outcome.FAILED


def test_a_match_without_usable_modts_is_read_before_it_counts() -> None:
    case = Case({"a": DOWN})
    case.step(1, "a", UP, confirmed=False)
    assert case.outcome(1) is Outcome.CONFIRM
    case.step(2, "a", DOWN)
    assert case.outcome(2) is Outcome.PENDING, "it was never confirmed"


def test_once_confirmed_further_deltas_without_modts_do_not_unconfirm() -> None:
    case = Case({"a": UP}, hold=10)
    case.step(5, "a", {"counter": "1"}, confirmed=False)
    assert case.outcome(9) is Outcome.PENDING
    assert case.outcome(10) is Outcome.HELD


def test_hold_ends_by_timer_and_begins_anew_after_a_flap() -> None:
    case = Case({"a": UP}, hold=10)
    assert case.judge.verdict(1).check_at == 10
    case.step(5, "a", DOWN)
    case.step(5, "a", UP)
    assert case.outcome(14.9) is Outcome.PENDING and case.outcome(15) is Outcome.HELD


def test_a_notification_that_ends_a_hold_does_not_say_how_long_it_was() -> None:
    """It may have been on its way for a while."""
    case = Case({"a": UP}, hold=10)
    case.step(10.5, "a", DOWN)
    assert case.outcome(11) is Outcome.PENDING


def test_hold_is_not_broken_by_a_suspicion_that_the_read_clears() -> None:
    case = Case({"a": UP}, hold=10)
    case.suspect(5, "a", {"descr": "x"})
    assert case.outcome(10) is Outcome.PENDING, "nothing is judged while in doubt"
    case.read(11, "a")
    assert case.outcome(11) is Outcome.HELD


def test_hold_is_broken_by_a_suspect_notification_that_says_so() -> None:
    case = Case({"a": UP}, hold=10)
    case.suspect(5, "a", DOWN)
    case.read(6, "a")
    assert case.outcome(15) is Outcome.PENDING and case.outcome(16) is Outcome.HELD


def test_hold_is_not_served_by_a_time_in_doubt_that_ends_badly() -> None:
    case = Case({"a": UP}, hold=10)
    case.suspect(9, "a")
    case.step(11, "a", DOWN, origin="read")
    assert case.outcome(12) is Outcome.PENDING


def test_what_was_held_by_the_clock_is_proven_by_no_entry() -> None:
    by_read, by_notification = Case({"a": UP}, hold=10), Case({"a": UP}, hold=10)
    by_read.read(11, "a")
    by_notification.step(11, "a", {"descr": "x"})
    assert by_read.outcome(12) is by_notification.outcome(12) is Outcome.HELD


def test_a_gap_breaks_hold() -> None:
    case = Case({"a": UP}, hold=10)
    case.gap(5)
    assert case.outcome(20) is Outcome.PENDING
    case.synced(6)
    assert case.outcome(15) is Outcome.PENDING and case.outcome(16) is Outcome.HELD


def test_a_suspect_stays_one_until_it_is_read_whatever_else_comes() -> None:
    case = Case({"a": DOWN})
    case.suspect(1, "a", DOWN)
    case.step(2, "a", UP)
    assert case.outcome(2) is Outcome.PENDING
    case.read(3, "a")
    assert case.outcome(3) is Outcome.MET


def test_an_unknown_suspect_stands_in_the_way_of_all() -> None:
    case = Case({"a": DOWN})
    case.suspect(1, "b")
    case.step(2, "a", UP)
    assert case.outcome(2) is Outcome.PENDING
    case.read(3, "b")
    assert case.outcome(3) is Outcome.MET


@pytest.mark.parametrize(("match", "needed"), [("all", 4), ("any", 1), ("2", 2), ("60%", 3)])
def test_match_says_how_many(match: str, needed: int) -> None:
    case = Case(dict.fromkeys("abcd", DOWN), match=match)
    for number, dn in enumerate("abcd", 1):
        case.step(number, dn, UP)
        assert (case.outcome(number) is Outcome.MET) is (number >= needed)
        if number >= needed:
            break


def test_after_a_gap_as_many_are_wanted_as_before_it() -> None:
    case = Case({"a": UP, "b": DOWN})
    case.gap(1)
    case.step(2, "b", None, origin="resync")
    case.synced(2)
    assert case.outcome(2) is Outcome.PENDING
    case.step(3, "b", UP)
    assert case.outcome(3) is Outcome.MET


def test_after_a_gap_one_that_left_the_where_is_not_missing() -> None:
    shut = {"operSt": "down", "adminSt": "down"}
    case = Case(
        {"a": {"operSt": "up", "adminSt": "up"}, "b": {"operSt": "down", "adminSt": "up"}}, where={"adminSt": "up"}
    )
    case.gap(1)
    case.step(2, "b", shut, origin="resync")
    case.synced(2)
    assert case.outcome(2) is Outcome.MET


def test_a_deletion_without_usable_modts_is_read_before_absent_counts() -> None:
    case = Case({"a": UP}, state="absent")
    case.step(1, "a", None, confirmed=False)
    assert case.outcome(1) is Outcome.CONFIRM
    case.suspect(1, "a")
    assert case.outcome(1) is not Outcome.MET
    case.read(2, "a")
    assert case.outcome(2) is Outcome.MET


def test_only_new_wants_it_to_become_true() -> None:
    case = Case({"a": UP}, only_new=True)
    assert case.outcome(1) is Outcome.PENDING
    case.step(2, "a", DOWN)
    case.step(3, "a", UP)
    assert case.outcome(3) is Outcome.MET


def test_only_new_is_not_armed_by_a_session_that_is_away() -> None:
    case = Case({"a": UP}, only_new=True)
    case.gap(1)
    case.synced(2)
    assert case.outcome(2) is Outcome.PENDING


def test_after_reconnect_counts_neither_what_was_before_nor_other_gaps() -> None:
    case = Case({"a": UP}, after_reconnect=True)
    assert case.outcome(1) is Outcome.PENDING
    case.gap(2, reconnect=False)
    case.synced(3)
    assert case.outcome(3) is Outcome.PENDING
    case.gap(4)
    case.synced(5)
    assert case.outcome(5) is Outcome.MET


def test_after_reconnect_forgets_the_notifications_of_before() -> None:
    case = Case({"a": UP}, after_reconnect=True, status=["modified"])
    case.step(1, "a", DOWN)
    case.gap(2)
    case.synced(3)
    assert case.outcome(3) is Outcome.PENDING
    case.step(4, "a", UP)
    assert case.outcome(4) is Outcome.MET


def test_an_attribute_that_appears_later_makes_a_candidate() -> None:
    case = Case({"a": DOWN, "b": {"x": "1"}}, match="2")
    case.judge.load(0, {"a": ManagedObject("l1PhysIf", "a", DOWN), "b": ManagedObject("other", "b", {"x": "1"})}, True)
    case.step(1, "a", UP)
    case.entry(
        2,
        step=Step(
            "notification", "modified", "other", "b", UP,
            ManagedObject("other", "b", {"x": "1"}), ManagedObject("other", "b", {"x": "1", "operSt": "up"}),
        ),
    )  # fmt: skip
    assert case.outcome(2) is Outcome.MET


def test_an_unknown_mo_in_doubt_is_no_mo_that_min_count_can_count() -> None:
    case = Case({"a": UP}, match="any", min_count=2)
    case.suspect(1, "b", UP)
    assert case.outcome(1) is Outcome.PENDING
    case.step(2, "b", DOWN, origin="read")
    assert case.outcome(2) is Outcome.MET


def test_a_known_mo_in_doubt_does_not_count_for_min_count_and_does_not_end_a_hold() -> None:
    case = Case({"a": UP, "b": DOWN}, match="any", min_count=2, hold=5)
    case.suspect(1, "b")
    case.read(2, "b")
    assert case.outcome(5) is Outcome.HELD


@pytest.mark.parametrize(("match", "outcome"), [("1", Outcome.MET), ("any", Outcome.MET), ("all", Outcome.PENDING)])
def test_a_notification_in_a_gap_counts_where_the_number_in_scope_does_not_decide(match: str, outcome: Outcome) -> None:
    case = Case({"a": UP, "b": UP}, status=["modified"], match=match)
    case.gap(1, reconnect=False)
    case.step(2, "a", DOWN)
    assert case.outcome(2) is outcome


def test_an_attribute_that_a_vanished_mo_had_is_not_impossible() -> None:
    """A reload creates the parent before the child that carries it."""
    case = Case({"a": {"adminSt": "up"}}, until=UP)
    assert case.outcome(0) is Outcome.IMPOSSIBLE
    case = Case({"a": {"adminSt": "up"}, "a/b": {"operSt": "down"}}, until=UP)
    case.judge.legs[0].classes = {"l1PhysIf": {"adminSt"}, "ethpmPhysIf": {"operSt"}}
    case.step(1, "a/b", None)
    assert case.outcome(1) is Outcome.PENDING


def test_what_an_mo_brings_along_may_follow_it() -> None:
    case = Case({})
    case.step(1, "a", {"adminSt": "up"})
    assert case.outcome(1) is Outcome.PENDING and case.judge.verdict(1).check_at == 6
    assert case.outcome(6) is Outcome.IMPOSSIBLE


def test_nothing_is_impossible_while_an_mo_is_in_doubt() -> None:
    case = Case({"a": {"adminSt": "up"}}, status=[], until=UP)
    case.suspect(1, "a")
    assert case.outcome(1) is Outcome.PENDING
    case.read(2, "a")
    assert case.outcome(2) is Outcome.IMPOSSIBLE


def test_an_empty_scope_makes_nothing_impossible() -> None:
    case = Case({"a": {"adminSt": "up"}}, min_count=1, only_new=True, until={"adminSt": "down"})
    case.step(1, "a", None)
    case.judge.legs[0].classes = {"l1PhysIf": {"descr"}}
    assert case.outcome(1) is Outcome.PENDING


def test_a_hold_of_absence_is_broken_by_a_doubtful_creation() -> None:
    case = Case({}, state="absent", hold=10)
    case.suspect(5, "a", UP, status="created")
    case.read(6, "a")
    assert case.outcome(15) is Outcome.PENDING and case.outcome(16) is Outcome.HELD


def test_an_attribute_in_where_that_no_mo_has_is_impossible_though_none_is_left_to_judge() -> None:
    assert (
        Case({"a": {"adminSt": "up"}}, until={"adminSt": "up"}, where={"nonsense": "x"}).outcome(0)
        is Outcome.IMPOSSIBLE
    )


def test_what_failed_from_the_first_keeps_its_grace_through_a_change_that_a_read_takes_back() -> None:
    failing = {"operSt": "shut"}
    case = Case({"a": failing}, fail_when=failing, fail_grace=5)
    case.step(3, "a", UP, confirmed=False)
    case.step(3.1, "a", failing, origin="read")
    assert (case.outcome(4), case.outcome(5)) == (Outcome.PENDING, Outcome.FAILED)


def test_what_failed_from_the_first_and_then_did_not_has_no_grace_left() -> None:
    failing = {"operSt": "shut"}
    case = Case({"a": failing, "b": DOWN}, fail_when=failing, fail_grace=5)
    case.step(3, "a", DOWN)
    case.step(3.1, "a", failing)
    assert case.outcome(4) is Outcome.FAILED
