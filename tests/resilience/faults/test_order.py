# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Order and races: two connections, one truth. What overtakes what must not decide what is reported."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from support.bench import OPER, PORT, until
from support.trial import DOWN, OTHER, check_gap, check_seen_once, endure, fault, goes, in_one, recovered, soon

UP = {"operSt": "up"}
BD = "sys/bd/bd-[vlan-%d]"
PORTS = ["sys/intf/phys-[eth1/%d]/phys" % number for number in range(1, 45)]


def oper(subscription: Any, dn: str = OPER) -> str:
    return str(subscription.state.objects[dn].mo.attributes["operSt"])


def rows(result: dict[str, Any], attribute: str = "operSt") -> list[tuple[str, Any, str]]:
    return [(row["dn"], row["to"], row["origin"]) for row in result["transitions"] if row["attribute"] == attribute]


async def stalled(here: Any) -> None:
    """The one fault that is on has been met: its reply is under way, late."""
    await until(lambda: not here.switch.call(lambda switch: switch.rules.report()))


# Before the reply that names the id


@pytest.mark.parametrize("options", [{"until": DOWN}, {"status": ["modified"]}])
def test_a_notification_that_comes_before_the_subscribe_reply_is_not_lost(bench: Any, options: Any) -> None:
    """Its id means nothing yet: it is kept until the reply says whose it is."""
    here = bench()

    async def work(session: Any) -> Any:
        await here.subscribe(session, "other", dn=OTHER)
        here.switch.fault("stall", path=r"eth1/1\].*subscription=yes", seconds=0.3, count=1)
        task = asyncio.ensure_future(here.wait(session, dn=OPER, timeout=15, **options).run())
        await stalled(here)
        await here.act(here.switch.call, goes("down"))
        return await task

    result = endure(here, work)
    assert result["met"] and not result["gaps"]
    assert "until" in options or result["notifications"] == 1


def test_a_notification_before_the_reply_of_a_resubscription_is_not_lost(bench: Any) -> None:
    """The same after a break: what the resync read shows is not told twice."""
    here = bench()

    async def work(session: Any) -> Any:
        task = await soon(here.wait(session, dn=OPER, until={"operSt": "up", "operStQual": "loopback"}, timeout=15))
        here.switch.fault("stall", path="subscription=yes", seconds=0.2, count=1)
        here.switch.fault("drop-websockets", mode="abrupt")
        await stalled(here)
        await here.act(here.switch.call, goes("down"))
        await recovered(session)
        await here.act(here.switch.set, OPER, operSt="up", operStQual="loopback")
        return await task

    result = endure(here, work)
    check_gap(result)
    assert [to for _dn, to, _origin in rows(result)] == ["down", "up"]


def test_a_frame_for_nobody_we_know_disturbs_nobody(bench: Any) -> None:
    here = bench()
    stranger = '{"subscriptionId":["42"],"imdata":[{"ethpmPhysIf":{"attributes":{"dn":"%s","operSt":"down",' % OPER
    stranger += '"modTs":"2099-01-01T00:00:00.000+00:00","status":"modified"}}}]}'

    async def work(session: Any) -> Any:
        task = await soon(here.wait(session, dn=OPER, until=DOWN, timeout=0.6))
        here.switch.fault("raw-frame", text=stranger)
        return await task

    result = endure(here, work)
    assert result["reason"] == "timeout" and not result["gaps"] and not rows(result)


# Late, twice, many at once


def test_a_stale_notification_after_a_newer_read_does_not_turn_back_the_state(bench: Any) -> None:
    """Down (told late), read as down, up (told at once): then the old down arrives. It is read again, and is up."""
    here = bench()

    async def work(session: Any) -> Any:
        subscription = await here.subscribe(session)
        here.switch.fault("delay-frames", seconds=0.6, count=1)
        await here.act(here.switch.call, goes("down"))
        await session.reread(subscription)
        assert oper(subscription) == "down"
        await here.act(here.switch.call, goes("up"))
        await until(lambda: oper(subscription) == "up")
        assert subscription.journal.listed == 1
        task = await soon(here.wait(session, subscription="port", until=DOWN, timeout=1.2))
        await until(lambda: subscription.journal.listed == 2 and not subscription.state.suspects, 3)
        assert oper(subscription) == "up"
        return await task

    assert endure(here, work)["reason"] == "timeout"


def test_three_copies_in_a_frame_are_one_notification(bench: Any) -> None:
    here = bench()

    async def work(session: Any) -> Any:
        task = await soon(here.wait(session, dn=OPER, until=DOWN, timeout=15))
        change = {"set": {"dn": OPER, "attributes": {"operSt": "down"}}, "copies": 3}
        await here.act(here.switch.fault, "change", **change)
        return await task

    result = endure(here, work)
    assert result["notifications"] == 1
    check_seen_once(result, "notification")


def test_a_frame_sent_twice_is_two_notifications_and_one_transition(bench: Any) -> None:
    here = bench()

    async def work(session: Any) -> Any:
        subscription = await here.subscribe(session)
        task = await soon(here.wait(session, dn=OPER, until={**DOWN, "operStQual": "loopback"}, timeout=15))
        here.switch.fault("duplicate", count=1)
        await here.act(here.switch.call, goes("down"))
        await until(lambda: subscription.journal.listed == 2)
        await here.act(here.switch.set, OPER, operStQual="loopback")
        return await task

    result = endure(here, work)
    assert result["notifications"] == 3
    check_seen_once(result, "notification")


def test_several_objects_and_ids_in_a_frame_reach_each_whom_they_concern(bench: Any) -> None:
    """One frame names the ids of three subscriptions and carries two objects; each wait sees its own."""
    here = bench()

    async def work(session: Any) -> Any:
        waits = [
            here.wait(session, dn=OPER, until=DOWN, timeout=15),
            here.wait(session, dn=OTHER, until=DOWN, timeout=15),
            here.wait(session, **{"class": "ethpmPhysIf"}, until=DOWN, where={"dn": [OPER, OTHER]}, timeout=15),
        ]
        tasks = [await soon(wait) for wait in waits]
        frames = here.switch.stats()["notifications"]["frames"]
        changes = [{"set": {"dn": dn, "attributes": {"operSt": "down"}}} for dn in (OPER, OTHER)]
        await here.act(here.switch.fault, "change", changes=changes, batch=True)
        results = await asyncio.gather(*tasks)
        return here.switch.stats()["notifications"]["frames"] - frames, results

    frames, (first, second, both) = endure(here, work)
    assert frames == 1
    assert rows(first) == [(OPER, "down", "notification")] and rows(second) == [(OTHER, "down", "notification")]
    assert sorted(rows(both)) == [(OPER, "down", "notification"), (OTHER, "down", "notification")]


@pytest.mark.parametrize("first", [OPER, OTHER])
def test_frames_in_another_order_than_the_changes(bench: Any, first: str) -> None:
    """Two objects overtake each other; neither is lost."""
    here = bench()
    then = OTHER if first == OPER else OPER

    async def work(session: Any) -> Any:
        task = await soon(here.wait(session, name=["Eth1/1", "Eth1/2"], state="down", timeout=15))
        here.switch.fault("reorder", count=2)
        await here.act(here.switch.call, in_one(goes("down", first), goes("down", then)))
        return await task

    result = endure(here, work)
    assert result["met"] and [dn for dn, _to, _origin in rows(result)] == [then, first]


# Objects that come and go


def test_a_delete_and_re_create_of_one_dn_at_once_is_both(bench: Any) -> None:
    """It was away for no measurable time: `absent` has been true, and `present` is."""
    here = bench()
    dn = BD % 100

    async def work(session: Any) -> Any:
        gone = await soon(here.wait(session, dn=dn, state="absent", timeout=15))
        back = await soon(here.wait(session, dn=dn, status=["created"], timeout=15))
        await here.act(
            here.switch.call,
            in_one(
                lambda switch: switch.delete(dn), lambda switch: switch.create(dn, "l2BD", {"fabEncap": "vlan-100"})
            ),
        )
        return await gone, await back

    gone, back = endure(here, work)
    assert gone["met"] and back["met"] and not gone["gaps"]


def test_a_delete_and_re_create_in_a_gap_is_shown_as_what_is_left_of_it(bench: Any) -> None:
    """Nobody can tell any more that it was away; what differs is shown."""
    here = bench()

    async def work(session: Any) -> Any:
        task = await soon(here.wait(session, dn=BD % 100, until={"name": "reborn"}, timeout=15))
        again = {"fabEncap": "vlan-100", "name": "reborn"}
        await here.act(
            here.switch.call,
            in_one(
                fault("drop-websockets", mode="abrupt"),
                lambda switch: switch.delete(BD % 100),
                lambda switch: switch.create(BD % 100, "l2BD", again),
            ),
        )
        return await task

    result = endure(here, work)
    check_gap(result)
    assert [(to, origin) for _dn, to, origin in rows(result, "name")] == [("reborn", "resync")]


def test_a_parents_deletion_takes_its_children_along(bench: Any) -> None:
    here = bench()

    async def work(session: Any) -> Any:
        child = await soon(here.wait(session, dn=OPER, state="absent", timeout=15))
        scope = {"dn": PORT, "query_target": "subtree", "target_subtree_class": ["l1PhysIf", "ethpmPhysIf"]}
        family = await soon(here.wait(session, **scope, state="absent", timeout=15))
        await here.act(here.switch.call, lambda switch: switch.delete(PORT))
        return await child, await family

    child, family = endure(here, work)
    assert child["met"] and family["met"] and {PORT, OPER} <= set(family["vanished"]["dns"])


def test_the_notification_of_a_parents_deletion_alone_is_enough(bench: Any) -> None:
    """Whether a switch tells of each child is not on record; what was under the parent is gone or read again."""
    here = bench()
    frame = '{"subscriptionId":["%s"],"imdata":[{"l1PhysIf":{"attributes":{"dn":"%s","rn":"","childAction":"",'
    frame += '"modTs":"2099-01-01T00:00:00.000+00:00","status":"deleted"}}}]}'

    async def work(session: Any) -> Any:
        scope = {"dn": PORT, "query_target": "subtree", "target_subtree_class": ["l1PhysIf", "ethpmPhysIf"]}
        subscription = await here.subscribe(session, "family", **scope)
        task = await soon(here.wait(session, subscription="family", state="absent", timeout=15))
        await here.act(here.switch.fault, "change", delete={"dn": PORT}, silent=True)
        await here.act(here.switch.fault, "raw-frame", text=frame % (subscription.wire_id, PORT))
        return await task

    result = endure(here, work)
    assert result["met"] and result["elapsed"] < 5 and not result["gaps"]


def test_members_of_a_class_that_come_and_go_in_a_gap_are_shown_once_each(bench: Any) -> None:
    here = bench()

    async def work(session: Any) -> Any:
        await here.subscribe(session, "bds", **{"class": "l2BD"})
        task = await soon(here.wait(session, subscription="bds", until={"name": "done"}, match="any", timeout=15))
        await here.act(
            here.switch.call,
            in_one(
                fault("drop-websockets", mode="abrupt"),
                lambda switch: switch.delete(BD % 100),
                lambda switch: switch.create(BD % 400, "l2BD", {"fabEncap": "vlan-400"}),
                lambda switch: switch.create(BD % 401, "l2BD", {"fabEncap": "vlan-401"}),
                lambda switch: switch.delete(BD % 401),
            ),
        )
        await recovered(session)
        await here.act(here.switch.set, BD % 400, name="done")
        return await task

    result = endure(here, work)
    check_gap(result)
    assert sorted(rows(result, "status")) == [(BD % 100, "deleted", "resync"), (BD % 400, "created", "resync")]
    assert BD % 100 in result["vanished"]["dns"] and result["met"]


# Many who wait


def test_two_waits_on_one_subscription_have_each_their_own_cursor(bench: Any) -> None:
    """down, up, down, up: from the first cursor on there were two of each, from the last on nothing."""
    here = bench()

    async def work(session: Any) -> Any:
        subscription = await here.subscribe(session)
        first = await here.wait(session, subscription="port", until=UP, timeout=15).run()
        for value in ("down", "up", "down", "up"):
            listed = subscription.journal.listed
            await here.act(here.switch.call, goes(value))
            await until(lambda listed=listed: subscription.journal.listed > listed)
        last = await here.wait(session, subscription="port", until=UP, timeout=15).run()
        options = {"subscription": "port", "until": DOWN, "timeout": 0.4}
        early, late = (here.wait(session, **options, since=each["cursor"]) for each in (first, last))
        again = here.wait(session, **options, since=first["cursor"])
        return await asyncio.gather(early.run(), late.run(), again.run())

    early, late, again = endure(here, work)
    assert early["met"] and again["met"] and late["reason"] == "timeout"


def test_a_wait_that_ends_takes_nothing_from_the_other(bench: Any) -> None:
    here = bench()

    async def work(session: Any) -> Any:
        await here.subscribe(session)
        down = await soon(here.wait(session, subscription="port", until=DOWN, timeout=15))
        both = await soon(here.wait(session, subscription="port", until={**UP, "operStQual": "loopback"}, timeout=15))
        await here.act(here.switch.call, goes("down"))
        first = await down
        await here.act(here.switch.set, OPER, operSt="up", operStQual="loopback")
        return first, await both

    first, second = endure(here, work)
    assert [to for _dn, to, _origin in rows(first)] == ["down"]
    assert [to for _dn, to, _origin in rows(second)] == ["down", "up"]


@pytest.mark.parametrize("broken", [False, True])
def test_two_hundred_waits_at_once_all_end(bench: Any, broken: bool) -> None:
    """One session: one login, one socket (two with a break in the middle), and no request for each wait."""
    here = bench()

    async def work(session: Any) -> Any:
        waits = [here.wait(session, dn=PORTS[number % len(PORTS)], until=DOWN, timeout=15) for number in range(200)]
        tasks = [asyncio.ensure_future(wait.run()) for wait in waits]
        await until(lambda: all(wait.judge.first_read_at is not None for wait in waits))
        strike = [fault("drop-websockets", mode="abrupt")] if broken else []
        await here.act(here.switch.call, in_one(*strike, *(goes("down", dn) for dn in PORTS)))
        results = await asyncio.gather(*tasks)
        assert not any(subscription.followers for subscription in session.subscriptions)
        return results

    results = endure(here, work)
    assert len(results) == 200 and all(result["met"] for result in results)
    for result in results:
        check_seen_once(result, "resync" if broken else "notification")
    assert here.switch.stats()["sockets"]["opened"] == (2 if broken else 1)
    assert here.requests("mo") <= 4 * len(PORTS) and here.requests("subscribe") <= 2 * len(PORTS)
