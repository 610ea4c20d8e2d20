# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The journal: going back to a cursor and forward again, and naming what is missing."""

from __future__ import annotations

import random

import pytest
from ansible_collections.nxapi.events.plugins.plugin_utils.engine import journal as journals
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.errors import InvalidOptions
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.evaluate import Judge
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.journal import Cursor, Cursors, Entry, Gap, together
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.model import ManagedObject
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.query import Query
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.spec import for_mo
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.subscription import Subscription
from hypothesis import given, settings
from hypothesis import strategies as st

DNS = ["sys/a", "sys/a/b", "sys/a/c", "sys/d"]


class Recorder:
    """Follows a subscription and copies what it holds after each entry."""

    def __init__(self) -> None:
        self.states: list[tuple[Entry, dict[str, ManagedObject]]] = []

    def follow(self, subscription: Subscription, entry: Entry) -> None:
        self.states.append((entry, {dn: known.mo for dn, known in subscription.state.objects.items()}))


def mo(random_: random.Random, dn: str, status: str) -> ManagedObject:
    stamp = random_.choice(["never", *("2026-01-01T00:00:%02d.000+00:00" % second for second in range(20))])
    return ManagedObject("l1PhysIf", dn, {"a": random_.choice("xy"), "modTs": stamp}, status)


def play(seed: int, turns: int) -> tuple[Subscription, Recorder, Judge]:
    """A subscription after a random life; the judge has followed it from its first read on."""
    chance = random.Random(seed)
    subscription = Subscription("s", Query(cls="l1PhysIf"), Cursors(), 0.0)
    recorder = Recorder()
    subscription.followers.add(recorder)
    subscription.subscribed("1", 0.0, 0.0)
    subscription.read_done(subscription.state.begin_read(), [mo(chance, dn, "") for dn in DNS[:2]], 0.0, 0.0)
    judge = Judge(for_mo({"class": "l1PhysIf", "until": {"a": "x"}}))
    judge.load(0, subscription.state.objects, True)
    recorder.states.clear()
    read = None
    for turn in range(1, turns):
        now = turn * 0.4
        action = chance.choice(["notify"] * 6 + ["begin", "finish", "lose"])
        if action == "notify":
            status = chance.choice(["created", "modified", "modified", "deleted"])
            subscription.receive(mo(chance, chance.choice(DNS), status), now, now)
        elif action == "begin" and read is None:
            dn = chance.choice([None, *DNS]) if subscription.state.synced else None
            read = subscription.state.begin_read(dn)
        elif action == "finish" and read is not None:
            found = [mo(chance, dn, "") for dn in DNS if read.covers(dn) and chance.random() < 0.7]
            subscription.read_done(read, found, now, now)
            read = None
        elif action == "lose":
            subscription.lose("test", now, now)
            subscription.wire_id = "1"
    return subscription, recorder, judge


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 10**9))
def test_going_back_to_any_cursor_gives_the_state_that_was(seed: int) -> None:
    subscription, recorder, _judge = play(seed, 60)
    for index, (entry, _state) in enumerate(recorder.states):
        later = recorder.states[index + 1 :]
        if later and later[0][0].at == entry.at:
            continue  # one notification or read makes several entries, and the recorder sees only the end of it
        back = subscription.journal.state_at(entry.cursor, subscription.state.objects)
        assert back == recorder.states[index][1]


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 10**9))
def test_a_replay_ends_where_following_live_ended(seed: int) -> None:
    subscription, _recorder, judge = play(seed, 60)
    start = next(entry.cursor for entry in subscription.journal.since(0) if entry.synced)
    judge.load(0, subscription.journal.state_at(start, subscription.state.objects), True)
    for entry in subscription.journal.replay(start, subscription.state.objects):
        judge.feed([0], entry)
    leg = judge.legs[0]
    assert {dn: item.mo for dn, item in leg.items.items()} == {
        dn: known.mo for dn, known in subscription.state.objects.items()
    }
    assert leg.suspects == set(subscription.state.suspects)
    assert leg.synced == subscription.state.synced
    assert {dn for dn in leg.items if not leg.items[dn].confirmed} <= {
        dn for dn, known in subscription.state.objects.items() if not known.confirmed
    }


@pytest.mark.parametrize(
    "text", ["", "x", "a.b.c", "0123abcd.1", "0123abcd.-1.5", "0123abcd.1." + "9" * 400, "0123ABCD.1.1"]
)
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(InvalidOptions, match="since takes a cursor"):
        Cursors.parse(text)


def test_a_cursor_comes_back_as_it_went() -> None:
    cursor = Cursors().now(1_700_000_000.123)
    assert Cursors.parse(" %s " % cursor) == cursor


def subscription(cursors: Cursors, began: float) -> Subscription:
    made = Subscription("s", Query(dn="sys/a"), cursors, began)
    made.subscribed("1", began, began)
    made.read_done(made.state.begin_read(), [], began, began)
    return made


@pytest.mark.parametrize(
    ("cursor", "reason"),
    [
        (lambda cursors: cursors.now(5.0), "not_subscribed"),
        (lambda cursors: Cursor("00000000", 7, 5.0), "listener"),
    ],
)
def test_a_cursor_older_than_the_subscription_is_a_gap_even_if_nothing_else_happened(
    cursor: object, reason: str
) -> None:
    cursors = Cursors()
    since = cursor(cursors)  # type: ignore[operator]
    gap = subscription(cursors, 10.0).journal.missing(since, 10.0)
    assert gap is not None and (gap.reason, gap.wall, gap.until_wall) == (reason, 5.0, 10.0)


def test_a_cursor_of_the_subscription_itself_is_no_gap() -> None:
    cursors = Cursors()
    made = subscription(cursors, 10.0006)
    assert made.journal.missing(Cursors.parse(str(made.began_cursor)), made.began) is None


def test_what_falls_out_of_the_ring_is_counted_and_is_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journals, "RING", 5)
    cursors = Cursors()
    made = subscription(cursors, 0.0)
    since = cursors.now(0.0)
    for second in range(10):
        made.receive(ManagedObject("c", "sys/a", {}, "deleted"), second + 5.0, second + 5.0)
    assert (made.journal.listed, made.journal.dropped, len(list(made.journal.notifications(0)))) == (10, 5, 5)
    gap = made.journal.missing(since, made.began)
    assert gap is not None and gap.reason == "dropped"


def test_a_break_that_lasts_is_one_gap_and_one_entry() -> None:
    made = subscription(Cursors(), 0.0)
    before = len(list(made.journal.since(0)))
    for _unused in range(100):
        made.lose("away", 1.0, 1.0)
    assert len(list(made.journal.since(0))) == before + 1 and len(made.journal.gaps) == 1


def test_words_are_shared_and_do_not_grow_without_end() -> None:
    words = journals.Words(100)
    first, again = "".join(["u", "p"]), "".join(["u", "p"])
    assert words.same(first) is first and words.same(again) is first
    for number in range(1000):
        words.lean({"counter": str(number)})
        assert len(words) <= 100


def test_gaps_of_one_break_are_one_that_spans_them_all() -> None:
    one, other = Gap("reset", 0.0, 10.0, 2.0, 12.0), Gap("reset", 0.0, 10.005, 3.0, 13.0)
    later, else_ = Gap("reset", 0.0, 10.02, 1.0, 11.0), Gap("slept", 0.0, 10.0)
    found = [(gap.reason, gap.wall, gap.until_wall) for gap in together([other, later, one, else_])]
    assert found == [("reset", 10.0, 13.0), ("slept", 10.0, None), ("reset", 10.02, 11.0)]
    assert together([one, Gap("reset", 0.0, 10.001)])[0].until_wall is None
    assert one.until_wall == 12.0, "the journal's own is as it was"
