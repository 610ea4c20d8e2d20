# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Subscriptions and the router: whose a notification is, what it costs, what a read ends."""

from __future__ import annotations

import json

import pytest
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.codec import decode
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.errors import BadDocument
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.journal import Cursors, Entry
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.model import Document, ManagedObject
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.query import Query
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.router import RETIRED_IDS, UNKNOWN_SECONDS, Router
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.subscription import Subscription


def live(query: Query, *found: ManagedObject) -> Subscription:
    made = Subscription("s", query, Cursors(), 0.0)
    made.subscribed("1", 0.0, 0.0)
    made.read_done(made.state.begin_read(), found, 0.0, 0.0)
    return made


def frame(ids: object, *objects: tuple[str, str, str]) -> Document:
    imdata = [{cls: {"attributes": {"dn": dn, "status": status, "modTs": "never"}}} for cls, dn, status in objects]
    return decode(json.dumps({"subscriptionId": ids, "imdata": imdata}))


def known(subscription: Subscription) -> set[str]:
    return set(subscription.state.objects)


def test_of_a_frame_for_several_each_subscription_takes_its_own_class() -> None:
    router = Router()
    ports, states = live(Query(cls="l1PhysIf")), live(Query(cls="ethpmPhysIf"))
    router.register("1", ports, 0.0)
    router.register("2", states, 0.0)
    both = frame(["1", "2"], ("l1PhysIf", "sys/p", "created"), ("ethpmPhysIf", "sys/p/phys", "created"))
    router.deliver(both, 10.0, 10.0)
    assert (known(ports), known(states)) == ({"sys/p"}, {"sys/p/phys"})


def test_an_object_of_another_class_under_our_id_alone_is_ours() -> None:
    """The class may be abstract: its objects are of the classes made from it."""
    router, abstract = Router(), live(Query(cls="nwPathEp"))
    router.register("1", abstract, 0.0)
    router.deliver(frame("1", ("l1PhysIf", "sys/p", "created")), 10.0, 10.0)
    assert known(abstract) == {"sys/p"}


def test_the_deletion_of_what_is_above_makes_what_is_below_suspect() -> None:
    router = Router()
    below = live(Query(dn="sys/p/phys"), ManagedObject("ethpmPhysIf", "sys/p/phys", {}))
    router.register("1", below, 0.0)
    assert router.deliver(frame("1", ("l1PhysIf", "sys/p", "deleted")), 10.0, 10.0)
    assert set(below.state.suspects) == {"sys/p/phys"} and below.journal.listed == 0


def test_one_id_may_stand_for_two_names() -> None:
    router = Router()
    two = [live(Query(cls="c")), live(Query(cls="c"))]
    for subscription in two:
        router.register("1", subscription, 0.0)
    router.deliver(frame(["1"], ("c", "sys/p", "created")), 10.0, 10.0)
    assert [known(subscription) for subscription in two] == [{"sys/p"}, {"sys/p"}]


@pytest.mark.parametrize(("age", "kept"), [(UNKNOWN_SECONDS, True), (UNKNOWN_SECONDS + 0.1, False)])
def test_what_came_before_its_id_was_known_counts_for_a_while(age: float, kept: bool) -> None:
    router, late = Router(), live(Query(cls="c"))
    router.deliver(frame(["7"], ("c", "sys/p", "created")), 10.0, 10.0)
    router.register("7", late, 10.0 + age)
    assert (late.journal.listed == 1) is kept


def test_identical_objects_in_one_frame_are_one_notification_and_two_frames_are_two() -> None:
    router, ours = Router(), live(Query(cls="c"))
    router.register("1", ours, 0.0)
    document = frame(["1"], *[("c", "sys/p", "created")] * 3)
    router.deliver(document, 10.0, 10.0)
    router.deliver(document, 11.0, 11.0)
    assert ours.journal.listed == 2


@pytest.mark.parametrize(
    "document",
    [
        frame(None, ("c", "sys/p", "created")),
        frame(["1"], ("c", "", "created")),
        decode('{"subscriptionId":["1"],"imdata":[{"error":{"attributes":{"code":"1","text":"x"}}}]}'),
    ],
)
def test_a_notification_that_says_too_little_is_not_skipped_in_silence(document: Document) -> None:
    with pytest.raises(BadDocument):
        Router().deliver(document, 0.0, 0.0)


def test_an_empty_notification_says_nothing() -> None:
    assert not Router().deliver(decode('{"subscriptionId":[],"imdata":[]}'), 0.0, 0.0)


def test_the_ids_of_forgotten_subscriptions_do_not_grow_without_end() -> None:
    router = Router()
    for number in range(3 * RETIRED_IDS):
        made = live(Query(cls="c"))
        router.register(str(number), made, 0.0)
        router.forget(made)
    assert len(router._ids) <= RETIRED_IDS + 1


def test_a_creation_in_a_wide_scope_is_read_again_once() -> None:
    ours = live(Query(cls="c"))
    for second in (10.0, 11.0):
        ours.receive(ManagedObject("c", "sys/%d" % second, {}, "created"), second, second)
    assert ours.settle_at == 10.0 + ours.timing.settle
    alone = live(Query(dn="sys/p"))
    alone.receive(ManagedObject("c", "sys/p", {}, "created"), 10.0, 10.0)
    assert alone.settle_at is None


def test_a_refresh_comes_at_a_third_of_the_lifetime_with_jitter() -> None:
    for lifetime, expected in ((None, 30.0), (60, 20.0), (300, 30.0)):
        made = Subscription("s", Query(dn="sys"), Cursors(), 0.0, lifetime)
        made.subscribed("1", 100.0, 100.0)
        assert expected * 0.5 <= made.refresh_at - 100.0 <= expected
        made.refreshed(200.0, 200.0)
        assert expected * 0.9 <= made.refresh_at - 200.0 <= expected


def test_a_read_that_a_break_overtook_proves_nothing() -> None:
    made = live(Query(dn="sys/p"), ManagedObject("c", "sys/p", {"a": "1"}))
    read = made.state.begin_read()
    made.lose("test", 1.0, 1.0)
    assert not made.read_done(read, [], 2.0, 2.0)
    assert known(made) == {"sys/p"} and made.gap is not None


def test_a_gap_begins_with_the_last_proof_that_notifications_came() -> None:
    made = live(Query(dn="sys/p"), ManagedObject("c", "sys/p", {"a": "1"}))
    made.refreshed(10.0, 1010.0)
    made.receive(ManagedObject("c", "sys/p", {"a": "2"}, "modified"), 20.0, 1020.0)
    made.lose("no answer to pings", 45.0, 1045.0)
    assert (made.journal.gaps[-1].at, made.journal.gaps[-1].wall) == (20.0, 1020.0)


def test_a_gap_begins_when_the_socket_was_last_heard_though_the_subscription_was_alive_after_that() -> None:
    """A half-open socket: REST still answers the refresh, and the socket's end, when it comes, proves nothing."""
    made = live(Query(dn="sys/p"), ManagedObject("c", "sys/p", {"a": "1"}))
    made.refreshed(40.0, 1040.0)
    made.lose("connection reset by peer", 45.0, 1045.0, heard=25.0)
    assert (made.journal.gaps[-1].at, made.journal.gaps[-1].wall) == (25.0, 1025.0)


def test_a_notification_that_cannot_be_read_is_a_gap_of_that_moment() -> None:
    made = live(Query(dn="sys/p"), ManagedObject("c", "sys/p", {"a": "1"}))
    made.lose("undecodable notification", 45.0, 1045.0, reconnect=False)
    assert (made.journal.gaps[-1].at, made.journal.gaps[-1].wall) == (45.0, 1045.0)


def test_a_frame_for_several_subscriptions_is_told_in_its_own_order() -> None:
    """One wait may follow them all: what came up first in the frame did so on the switch."""
    router, order = Router(), []
    first, second = (live(Query(dn=dn), ManagedObject("l1PhysIf", dn, {})) for dn in ("sys/a", "sys/b"))
    for wire_id, each in (("1", first), ("2", second)):
        router.register(wire_id, each, 0.0)
        each.followers.add(Listening(order))
    objects = [("l1PhysIf", dn, "modified") for dn in ("sys/b", "sys/a", "sys/b")]
    imdata = [
        {cls: {"attributes": {"dn": dn, "status": status, "descr": str(number)}}}
        for number, (cls, dn, status) in enumerate(objects)
    ]
    router.deliver(decode(json.dumps({"subscriptionId": ["1", "2"], "imdata": imdata})), 10.0, 10.0)
    assert order == ["sys/b", "sys/a", "sys/b"]


class Listening:
    """A follower that notes which MO each step is about."""

    def __init__(self, order: list[str]) -> None:
        self.order = order

    def follow(self, subscription: Subscription, entry: Entry) -> None:
        if entry.step is not None:
            self.order.append(entry.step.dn)
