# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The story: each change is told once and in order, whatever reads run ahead of the notifications."""

from __future__ import annotations

from itertools import pairwise

from ansible_collections.nxapi.events.plugins.plugin_utils.engine.journal import Cursors, Entry
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.model import ManagedObject
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.query import Query
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.story import Told, since
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.subscription import Subscription
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.times import iso
from hypothesis import given, settings
from hypothesis import strategies as st

DN = "sys/a"
LONG_AFTER = 100.0
"""Of the first read: its race is over."""


class Ear:
    """A subscription that has been read once, and all transitions that it has told since."""

    def __init__(self, value: str | None = "0", stamp: str = "") -> None:
        self.told: list[tuple[str, str | None, str | None]] = []
        self.subscription = Subscription("s", Query(cls="bgpPeer"), Cursors(), 0.0)
        self.subscription.subscribed("1", 0.0, 0.0)
        self.read(0.0, value, stamp or iso(0.0))
        self.subscription.followers.add(self)

    def follow(self, subscription: Subscription, entry: Entry) -> None:
        for told in entry.transitions:
            self.told += [(told.origin, was, now) for name, was, now in told.changes if name in ("a", "status")]

    def hear(self, at: float, value: str, stamp: str, status: str = "modified") -> None:
        attributes = {"modTs": stamp} if status == "deleted" else {"a": value, "modTs": stamp}
        self.subscription.receive(ManagedObject("bgpPeer", DN, attributes, status), at, at)

    def read(self, at: float, value: str | None, stamp: str, dn: str | None = None) -> None:
        read = self.subscription.state.begin_read(dn, settling=dn is not None)
        found = [] if value is None else [ManagedObject("bgpPeer", DN, {"a": value, "modTs": stamp})]
        self.subscription.read_done(read, found, at, at)

    @property
    def untold(self) -> list[tuple[str | None, str | None]]:
        story, state = self.subscription.story, self.subscription.state
        return [(was, now) for told in story.untold(state.objects) for name, was, now in told.changes if name == "a"]


def test_what_a_read_shows_first_is_told_by_its_notifications_when_they_come() -> None:
    ear = Ear()
    ear.read(LONG_AFTER, "2", iso(52.0))
    assert ear.told == [] and ear.untold == [("0", "2")]
    ear.hear(LONG_AFTER + 0.1, "1", iso(51.0))
    ear.hear(LONG_AFTER + 0.2, "2", iso(52.0))
    assert ear.told == [("notification", "0", "1"), ("notification", "1", "2")] and ear.untold == []


def test_what_only_a_read_has_shown_is_told_when_a_newer_notification_comes() -> None:
    ear = Ear()
    ear.read(LONG_AFTER, "2", iso(52.0))
    ear.hear(LONG_AFTER + 5, "3", iso(60.0))
    assert ear.told == [("read", "0", "2"), ("notification", "2", "3")] and ear.untold == []


def test_notifications_that_the_first_read_held_already_are_not_told() -> None:
    ear = Ear("2", iso(2.0))
    ear.hear(0.1, "1", iso(1.0))
    ear.hear(0.2, "2", iso(2.0))
    ear.read(0.3, "2", iso(2.0), DN)
    assert ear.told == [] and ear.untold == []


def test_without_usable_modts_a_read_decides_on_what_came_right_after_the_first() -> None:
    ear = Ear("2", "never")
    ear.hear(0.1, "1", "never")
    ear.hear(0.2, "2", "never")
    ear.read(0.3, "2", "never", DN)
    assert ear.told == []
    ear.hear(LONG_AFTER, "3", "never")
    assert ear.told == [("notification", "2", "3")]


def test_without_usable_modts_a_later_read_that_runs_ahead_takes_nothing_away() -> None:
    ear = Ear("0", "never")
    ear.read(LONG_AFTER, "2", "never")
    ear.hear(LONG_AFTER + 0.1, "1", "never")
    ear.hear(LONG_AFTER + 0.2, "2", "never")
    ear.read(LONG_AFTER + 0.5, "2", "never", DN)
    assert ear.told == [("notification", "0", "1"), ("notification", "1", "2")] and ear.untold == []


def test_a_doubled_notification_is_told_once() -> None:
    ear = Ear()
    for value, stamp in (("1", 10.0), ("1", 10.0), ("0", 11.0), ("1", 10.0)):
        ear.hear(LONG_AFTER, value, iso(stamp))
    ear.read(LONG_AFTER + 1, "0", iso(11.0), DN)
    assert ear.told == [("notification", "0", "1"), ("notification", "1", "0")] and ear.untold == []


def test_a_clock_set_back_hides_no_change() -> None:
    ear = Ear("0", iso(5000.0))
    ear.hear(LONG_AFTER, "1", iso(10.0))
    ear.hear(LONG_AFTER + 0.1, "0", iso(10.1))
    assert ear.told == []
    ear.read(LONG_AFTER + 1, "0", iso(10.1), DN)
    assert ear.told == [("notification", "0", "1"), ("notification", "1", "0")]
    ear.hear(LONG_AFTER + 2, "1", iso(12.0))
    assert ear.told[2:] == [("notification", "0", "1")]


def test_an_object_that_goes_and_comes_after_the_clock_was_set_back_is_told_so() -> None:
    ear = Ear("0", iso(5000.0))
    ear.hear(LONG_AFTER, "", iso(10.0), "deleted")
    ear.read(LONG_AFTER + 1, None, "", DN)
    assert ear.told == [("notification", None, "deleted"), ("notification", "0", None)]
    ear.hear(LONG_AFTER + 2, "7", iso(11.0), "created")
    assert ear.told[2:] == [("notification", None, "created"), ("notification", None, "7")]


def test_after_a_gap_all_that_was_not_told_is_of_the_resync() -> None:
    ear = Ear()
    ear.read(LONG_AFTER, "2", iso(52.0))
    ear.subscription.lose("test", LONG_AFTER, LONG_AFTER)
    ear.subscription.subscribed("2", LONG_AFTER, LONG_AFTER)
    ear.read(LONG_AFTER + 1, "2", iso(52.0))
    assert ear.told == [("resync", "0", "2")] and ear.untold == []


@settings(max_examples=400, deadline=None)
@given(
    delays=st.lists(st.floats(0, 3), min_size=1, max_size=12),
    steps=st.lists(st.sampled_from([0.0, 0.001, 0.5, 2.0]), min_size=12, max_size=12),
    reads=st.lists(st.tuples(st.floats(0, 15), st.floats(0, 2), st.booleans()), max_size=5),
    stamped=st.booleans(),
)
def test_every_change_after_the_first_read_is_told_once_and_in_order(
    delays: list[float], steps: list[float], reads: list[tuple[float, float, bool]], stamped: bool
) -> None:
    truth, moment = [(-LONG_AFTER, "0")], 0.0
    for number, pause in zip(range(len(delays)), steps, strict=False):
        moment += pause
        truth.append((LONG_AFTER + moment, str(number % 3 + 1)))
    ear = Ear("0", "" if stamped else "never")
    acts, arrived = [], 0.0
    for (at, value), delay in zip(truth[1:], delays, strict=True):
        arrived = max(arrived, at + delay)  # one socket: nothing overtakes on it
        acts.append((arrived, 0, lambda now, at=at, value=value: ear.hear(now, value, iso(at) if stamped else "never")))
    for begin, took, whole in reads:
        begin += LONG_AFTER
        seen_at, seen = [each for each in truth if each[0] <= begin + took / 2][-1]
        acts += _read(ear, begin, took, whole, seen, iso(seen_at) if stamped else "never")
    for now, _order, act in sorted(acts, key=lambda each: each[:2]):
        act(now)
    for _twice in range(2):  # the suspects are read
        ear.read(LONG_AFTER + 100, truth[-1][1], iso(truth[-1][0]) if stamped else "never", DN)
    values = [value for _at, value in truth]
    assert ear.told == [("notification", was, now) for was, now in pairwise(values)]
    assert ear.untold == []


def _read(ear: Ear, begin: float, took: float, whole: bool, value: str, stamp: str) -> list:
    opened = []

    def start(_now: float) -> None:
        opened.append(ear.subscription.state.begin_read(None if whole else DN, settling=not whole))

    def end(now: float) -> None:
        mo = ManagedObject("bgpPeer", DN, {"a": value, "modTs": stamp})
        ear.subscription.read_done(opened[0], [mo], now, now)

    return [(begin, 1, start), (begin + took, 2, end)]


SEEN = ManagedObject("bgpPeer", DN, {"a": "1", "b": "1", "modTs": iso(5.0)})


def _change(stamp: str | None, *changes: tuple[str, str | None, str | None], status: str = "modified") -> Told:
    return Told("notification", status, DN, stamp, changes)


def test_a_follower_that_has_read_the_mo_is_told_what_came_after_that_on_top_of_what_it_saw() -> None:
    after = since(SEEN, _change(iso(6.0), ("b", "0", "2")))
    assert after is not None and after.attributes == {"a": "1", "b": "2", "modTs": iso(6.0)}
    assert since(SEEN, _change(iso(6.0), ("status", None, "deleted"), status="deleted")) is None


def test_what_is_older_than_that_read_or_cannot_be_compared_with_it_changes_nothing() -> None:
    assert since(SEEN, _change(iso(5.0), ("b", "0", "2"))) is SEEN
    assert since(None, _change(iso(6.0), ("b", "0", "2"))) is None


def test_without_a_usable_modts_what_comes_later_is_later() -> None:
    after = since(SEEN, _change("never", ("b", "1", "2"), ("a", "1", None)))
    assert after is not None and after.attributes == {"b": "2", "modTs": "never"}
