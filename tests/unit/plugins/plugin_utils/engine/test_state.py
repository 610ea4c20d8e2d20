# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Merged state: what may be applied, what is suspect, what a read decides."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.model import ManagedObject
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.state import RACE_WINDOW, MergedState

PORT = "sys/intf/phys-[eth1/1]"
LATER = 100.0


def stamp(second: int) -> str:
    return "2026-01-01T00:00:%02d.000+00:00" % second


def mo(
    status: str = "", at: int | str | None = None, dn: str = PORT, cls: str = "l1PhysIf", **attributes: str
) -> ManagedObject:
    mod_ts = {} if at is None else {"modTs": stamp(at) if isinstance(at, int) else at}
    return ManagedObject(cls, dn, {**attributes, **mod_ts}, status)


def loaded(*found: ManagedObject, now: float = 0.0) -> MergedState:
    state = MergedState()
    state.finish_read(state.begin_read(), found, "read", now)
    return state


def value(state: MergedState, name: str = "a", dn: str = PORT) -> str | None:
    known = state.objects.get(dn)
    return known.mo.attributes.get(name) if known else None


@pytest.mark.parametrize(
    ("known_at", "delta", "applied"),
    [
        (10, mo("modified", 11, a="new"), True),
        (10, mo("modified", 10, a="new"), False),
        (10, mo("modified", 9, a="new"), False),
        (10, mo("modified", "never", a="new"), True),
        (10, mo("modified", None, a="new"), True),
        ("never", mo("modified", 1, a="new"), True),
        (10, mo("deleted", 9), False),
        (10, mo("deleted", 11), True),
        (10, mo("created", 9, a="new"), False),
        (10, mo("modified", 11, cls="other", a="new"), False),
        (10, mo("modified", 11, dn="sys/unknown", a="new"), False),
        (10, mo("deleted", 11, dn="sys/unknown"), True),
    ],
)
def test_a_notification_is_applied_or_its_object_suspect(known_at: Any, delta: ManagedObject, applied: bool) -> None:
    state = loaded(mo(at=known_at, a="old"))
    steps = state.notify(delta, LATER)
    assert (delta.dn in state.suspects) is not applied
    assert steps[0].suspect is not applied
    assert PORT in state.objects or (applied and delta.status == "deleted")
    assert set(state.objects) <= {PORT}


def test_what_cannot_be_ordered_is_suspect_while_a_read_is_under_way_and_shortly_after() -> None:
    state = loaded(mo(at="never", a="old"))
    state.notify(mo("modified", "never", a="new"), RACE_WINDOW / 2)
    assert PORT in state.suspects and value(state) == "old"
    state.finish_read(state.begin_read(PORT, settling=True), [mo(at="never", a="new")], "read", LATER)
    assert not state.suspects and value(state) == "new"
    state.notify(mo("modified", "never", a="newer"), LATER)
    assert not state.suspects and value(state) == "newer"


def test_a_late_notification_of_a_change_that_the_read_holds_already_does_not_undo_the_next_one() -> None:
    """Both changes came in one millisecond; the read saw the second, then the first notification came."""
    state = loaded(mo(at=10, a="second"))
    state.notify(mo("modified", 10, a="first"), RACE_WINDOW / 2)
    assert value(state) == "second" and PORT in state.suspects


@pytest.mark.parametrize("now", [RACE_WINDOW / 2, LATER])
def test_a_creation_where_a_read_found_nothing_is_not_confirmed(now: float) -> None:
    """The MO may have come after the read, or have gone before it; a notification may be late."""
    (step,) = loaded().notify(mo("created", 10, a="x"), now)
    assert step.after is not None and not step.confirmed


def test_a_creation_after_a_deletion_that_was_told_is_confirmed_unless_a_read_was_between() -> None:
    state = loaded(mo(at=5))
    state.notify(mo("deleted", 10), LATER)
    assert state.notify(mo("created", 11, a="x"), LATER)[0].confirmed
    state.notify(mo("deleted", 12), LATER)
    state.finish_read(state.begin_read(), [], "read", LATER)
    assert not state.notify(mo("created", 13, a="x"), 2 * LATER)[0].confirmed


def test_the_deletion_of_what_a_read_had_not_found_says_that_notifications_are_late() -> None:
    state = loaded()
    state.notify(mo("deleted", 10), LATER)
    assert not state.notify(mo("created", 10, a="x"), LATER)[0].confirmed


def test_a_creation_older_than_the_deletion_of_what_is_above_is_suspect() -> None:
    state = loaded(mo(at=1, dn="sys/a"), mo(at=1, dn="sys/a/b"))
    state.notify(mo("deleted", 20, dn="sys/a"), LATER)
    assert not state.objects
    state.notify(mo("created", 10, dn="sys/a/b"), LATER)
    assert not state.objects and "sys/a/b" in state.suspects


def test_a_read_that_finds_nothing_keeps_the_tombstone() -> None:
    state = loaded(mo(at=1))
    state.notify(mo("deleted", 20), LATER)
    state.finish_read(state.begin_read(settling=True), [], "read", LATER)
    state.notify(mo("created", 10, a="x"), LATER + 10)
    assert not state.objects and PORT in state.suspects


def test_a_deletion_takes_what_is_under_it_but_nothing_newer_than_itself() -> None:
    state = loaded(mo(at=1, dn="sys/a"), mo(at=1, dn="sys/a/old"), mo(at=30, dn="sys/a/new"), mo(at=1, dn="sys/ab"))
    steps = state.notify(mo("deleted", 20, dn="sys/a"), LATER)
    assert set(state.objects) == {"sys/a/new", "sys/ab"}
    assert set(state.suspects) == {"sys/a/new"}
    assert [(step.dn, step.listed) for step in steps] == [("sys/a", True), ("sys/a/old", False), ("sys/a/new", False)]


def test_the_read_of_one_object_leaves_what_is_under_it_alone() -> None:
    state = loaded(mo(at=1, dn="sys/a"), mo(at=1, dn="sys/a/b", a="kept"))
    state.suspect("sys/a")
    steps = state.finish_read(state.begin_read("sys/a"), [mo(at=1, dn="sys/a")], "read", LATER)
    assert set(state.objects) == {"sys/a", "sys/a/b"} and not state.suspects
    assert [(step.dn, step.suspect) for step in steps] == [("sys/a", False)]


def test_the_read_of_an_object_that_is_gone_takes_what_is_under_it() -> None:
    state = loaded(mo(at=1, dn="sys/a"), mo(at=1, dn="sys/a/b"))
    steps = state.finish_read(state.begin_read("sys/a"), [], "read", LATER)
    assert not state.objects and {step.dn for step in steps} == {"sys/a", "sys/a/b"}


def test_a_merged_object_stays_unconfirmed_until_it_is_read() -> None:
    state = loaded(mo(at=1, a="x", b="x"))
    state.notify(mo("modified", "never", a="y"), LATER)
    assert not state.objects[PORT].confirmed
    state.notify(mo("modified", 5, b="y"), LATER)
    assert not state.objects[PORT].confirmed
    (step,) = state.finish_read(state.begin_read(PORT), [mo(at=5, a="y", b="y")], "read", LATER)
    assert step.confirmed and state.objects[PORT].confirmed


def test_a_delta_without_modts_does_not_take_the_guard_away() -> None:
    state = loaded(mo(at=20, a="new"))
    state.notify(mo("modified", None, b="x"), LATER)
    state.notify(mo("modified", 10, a="stale"), LATER)
    assert value(state) == "new" and PORT in state.suspects


def test_a_switch_with_its_clock_set_back_costs_one_read() -> None:
    state = loaded(mo(at=50, a="old"))
    state.notify(mo("modified", 10, a="new"), LATER)
    state.finish_read(state.begin_read(PORT), [mo(at=10, a="new")], "read", LATER)
    state.notify(mo("modified", 11, a="newer"), LATER)
    assert not state.suspects and value(state) == "newer"


def test_what_arrives_during_a_read_goes_on_top_of_it() -> None:
    state = loaded(mo(at=1, a="1"))
    read = state.begin_read()
    state.notify(mo("modified", 2, a="2"), LATER)
    state.notify(mo("modified", 3, a="3"), LATER)
    assert not state.finish_read(read, [mo(at=2, a="2")], "read", LATER), "both had been applied already"
    assert value(state) == "3" and not state.suspects


def test_a_suspicion_that_came_during_a_read_outlives_it() -> None:
    state = loaded(mo(at=10, a="1"))
    state.suspect(PORT)
    read = state.begin_read(PORT)
    state.notify(mo("modified", 5, a="0"), LATER)
    state.finish_read(read, [mo(at=10, a="1")], "read", LATER)
    assert PORT in state.suspects


def test_a_lost_subscription_applies_nothing_until_it_is_read() -> None:
    state = loaded(mo(at=1, a="1"))
    read = state.begin_read()
    state.lose()
    assert not state.is_open(read)
    (step,) = state.notify(mo("modified", 2, a="2"), LATER)
    assert step.before is step.after and value(state) == "1"
    again = state.begin_read()
    assert not state.is_open(read) and state.is_open(again)


@pytest.mark.parametrize(
    ("late", "suspect"),
    [
        (mo("modified", 10, a="new"), True),
        (mo("modified", 10, a="old"), False),
        (mo("created", 10, a="new"), True),
        (mo("deleted", 10), True),
        (mo("modified", 11, a="new"), False),
        (mo("created", 11, a="new"), False),
        (mo("deleted", 11), False),
    ],
)
def test_a_late_notification_with_the_modts_of_the_read_may_be_older_than_it(
    late: ManagedObject, suspect: bool
) -> None:
    """However late it is, unless it says what the read has said."""
    state = loaded(mo(at=10, a="old"))
    (step,) = state.notify(late, LATER)
    assert (step.suspect, step.confirmed) == (suspect, True)


def test_what_follows_a_newer_notification_in_the_same_moment_needs_no_read() -> None:
    state = loaded(mo(at=10, a="old"))
    state.notify(mo("modified", 11, a="new"), LATER)
    (step,) = state.notify(mo("modified", 11, a="newer"), LATER)
    assert step.confirmed


def test_a_deletion_in_the_moment_of_what_is_known_is_read_again() -> None:
    """The MO may have been made anew in that moment, if the two came in another order."""
    state = loaded(mo(at=5, a="old"))
    state.notify(mo("created", 10, a="new"), LATER)
    (step,) = state.notify(mo("deleted", 10), LATER)
    assert step.suspect and step.after is not None
