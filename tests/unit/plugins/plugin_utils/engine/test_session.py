# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A session against a simulated switch: one login, one way to recover, nothing lost in silence."""

from __future__ import annotations

import asyncio
import itertools
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.errors import EngineError, LoginRefused, Rejected
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.query import Query
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.timing import Timing

PORT = "sys/intf/phys-[eth1/1]"
OPER = PORT + "/phys"
OTHER = "sys/intf/phys-[eth1/2]/phys"


async def eventually(condition: Any, limit: float = 10.0) -> None:
    deadline = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        await asyncio.sleep(0.005)


def logins(here: Any) -> int:
    return int(here.switch.stats()["logins"]["tries"])


def oper(subscription: Any) -> str:
    (known,) = subscription.state.objects.values()
    return str(known.mo.attributes["operSt"])


def test_many_at_once_make_one_login_and_one_socket(bench: Any) -> None:
    here = bench()

    async def work(session: Any) -> None:
        ports = ["sys/intf/phys-[eth1/%d]/phys" % number for number in range(1, 20)]
        await asyncio.gather(*(here.subscribe(session, dn, dn=dn) for dn in ports))
        await asyncio.gather(*(session.read(Query(dn=dn)) for dn in ports))

    here.run(work)
    assert logins(here) == 1 and here.switch.stats()["sockets"]["opened"] == 1


def test_a_break_while_several_subscriptions_are_made_anew_forgets_none_of_them(bench: Any) -> None:
    here = bench()

    async def work(session: Any) -> None:
        first = await here.subscribe(session, "first", dn=OPER)
        await here.subscribe(session, "second", dn=OTHER)
        here.switch.fault("http-error", status=503, path=r"eth1/2\]/phys.json\?subscription", count=1)
        here.switch.fault("drop-websockets", mode="abrupt")
        await eventually(lambda: session.reconnects == 1 and first.synced)
        await here.act(here.switch.set, OPER, operSt="down")
        await eventually(lambda: oper(first) == "down", 2)

    here.run(work)


@pytest.mark.parametrize("mode", ["clean", "abrupt", "eof", "mid-frame"])
def test_after_any_break_of_the_socket_what_changed_is_shown_and_the_gap_named(bench: Any, mode: str) -> None:
    here = bench()

    async def work(session: Any) -> Any:
        subscription = await here.subscribe(session)
        here.switch.call(
            lambda switch: (switch.fault("drop-websockets", {"mode": mode}), switch.set(OPER, operSt="down"))
        )
        await eventually(lambda: session.reconnects == 1 and subscription.synced)
        (gap,) = subscription.journal.gaps
        return gap, list(subscription.journal.notifications(0))

    gap, steps = here.run(work)
    assert gap.reconnect and gap.until is not None
    assert [(step.origin, step.carried["operSt"]) for step in steps] == [("resync", "down")]
    assert logins(here) == 1


@pytest.mark.parametrize("refusal", ["400", "403", "404", "405", "200-error", "200-object"])
def test_an_expired_subscription_is_made_anew_however_the_switch_says_so(bench: Any, refusal: str) -> None:
    here = bench(refresh_error=refusal, timing=Timing(lifetime=0.3, first_delay=0.01, most_delay=0.05))

    async def work(session: Any) -> None:
        subscription = await here.subscribe(session)
        here.switch.fault("expire-subscriptions")
        await eventually(lambda: bool(subscription.journal.gaps) and subscription.synced)
        await here.act(here.switch.set, OPER, operSt="down")
        await eventually(lambda: oper(subscription) == "down")

    here.run(work)


def test_the_subscriptions_of_a_session_are_refreshed_together(bench: Any) -> None:
    here = bench(timing=Timing(lifetime=1.5))

    async def work(session: Any) -> list[float]:
        await here.subscribe(session)
        await asyncio.sleep(0.2)
        await here.subscribe(session, "other", dn=PORT)
        await eventually(lambda: here.switch.stats()["refreshes"]["subscription"] >= 8)
        log = await here.act(here.switch.call, lambda it: list(it.stats.log))
        return [entry["at"] for entry in log if entry["kind"] == "subscriptionRefresh"]

    times = here.run(work)[-6:]
    assert sum(later - earlier > 0.1 for earlier, later in itertools.pairwise(times)) <= 3, times


@pytest.mark.parametrize("refusal", ["400", "403", "404", "405", "200-error", "200-object"])
def test_a_refresh_by_hand_says_that_it_expired_and_recovers(bench: Any, refusal: str) -> None:
    here = bench(refresh_error=refusal)

    async def work(session: Any) -> None:
        subscription = await here.subscribe(session)
        here.switch.fault("expire-subscriptions")
        with pytest.raises(Rejected):
            await session.refresh(subscription)
        await eventually(lambda: subscription.synced)

    here.run(work)


def test_a_refresh_by_hand_under_an_ended_token_logs_in_again(bench: Any) -> None:
    here = bench()

    async def work(session: Any) -> None:
        subscription = await here.subscribe(session)
        here.switch.fault("expire-tokens")
        await session.refresh(subscription)
        assert subscription.synced

    here.run(work)
    assert logins(here) == 2


def test_an_ended_token_costs_one_login_however_many_were_asking(bench: Any) -> None:
    here = bench()

    async def work(session: Any) -> None:
        await here.subscribe(session)
        here.switch.fault("expire-tokens")
        await asyncio.gather(*(session.read(Query(dn=OPER)) for _unused in range(20)))

    here.run(work)
    assert logins(here) == 2


def test_a_switch_that_lost_the_socket_gets_a_new_login(bench: Any) -> None:
    here = bench()

    async def work(session: Any) -> None:
        await here.subscribe(session)
        here.switch.fault("unlink-sockets")
        other = await here.subscribe(session, "other", dn=OTHER)
        await here.act(here.switch.set, OTHER, operSt="down")
        await eventually(lambda: oper(other) == "down")

    here.run(work)
    assert logins(here) == 2


def test_a_socket_broken_between_subscribe_and_read_at_first_contact_is_tried_again(bench: Any) -> None:
    here = bench()
    here.switch.fault(
        "arm", path="subscription=yes", when="after", fault={"drop-websockets": {"mode": "abrupt"}}, count=1
    )
    here.switch.fault("stall", path=r"phys\.json$", seconds=0.1, count=1)

    async def work(session: Any) -> Any:
        return await here.wait(session, dn=OPER, until={"operSt": "up"}, timeout=10).run()

    assert here.run(work)["met"]


def test_a_socket_that_breaks_at_once_again_and_again_is_not_opened_without_end(bench: Any) -> None:
    here = bench(timing=Timing(first_delay=0.2, most_delay=1.0))

    async def work(session: Any) -> None:
        await here.subscribe(session)
        for _unused in range(6):
            here.switch.fault("drop-websockets", mode="abrupt")
            await asyncio.sleep(0.05)

    here.run(work)
    assert here.switch.stats()["sockets"]["opened"] <= 4


class Counting(ThreadPoolExecutor):
    """Threads that know how many REST requests were under way at once."""

    running = most = 0

    def submit(self, work: Any, /, *arguments: Any, **keywords: Any) -> Any:
        future = super().submit(work, *arguments, **keywords)
        if getattr(work, "__name__", "") == "request":
            self.running += 1
            self.most = max(self.most, self.running)
            future.add_done_callback(self._done)
        return future

    def _done(self, _future: Any) -> None:
        self.running -= 1


def test_a_session_has_one_request_in_flight(bench: Any) -> None:
    here = bench(reply_delay=0.01)
    here.executor = Counting(16)

    async def work(session: Any) -> None:
        subscription = await here.subscribe(session)
        here.switch.fault("unlink-sockets")
        await asyncio.gather(
            session.refresh(subscription), *(session.reread(subscription) for _unused in range(5)),
            *(here.subscribe(session, dn, dn=dn) for dn in (OTHER, PORT)), return_exceptions=True,
        )  # fmt: skip

    here.run(work)
    assert here.executor.most == 1


def test_an_undecodable_notification_is_a_gap_but_no_break(bench: Any) -> None:
    here = bench()

    async def work(session: Any) -> None:
        subscription = await here.subscribe(session)
        here.switch.fault("garbage", kind="truncated", count=30)
        await eventually(lambda: session.undecodable == 30 and subscription.synced)
        assert {gap.reason for gap in subscription.journal.gaps} == {"undecodable notification"}

    here.run(work)
    assert here.switch.stats()["sockets"]["opened"] == 1


def test_a_notification_for_nobody_is_a_gap(bench: Any) -> None:
    here = bench()

    async def work(session: Any) -> None:
        subscription = await here.subscribe(session)
        text = '{"imdata":[{"ethpmPhysIf":{"attributes":{"dn":"%s","operSt":"down","status":"modified"}}}]}' % OPER
        here.switch.fault("raw-frame", text=text)
        await eventually(lambda: bool(subscription.journal.gaps))

    here.run(work)


def test_a_wrong_password_is_sent_once_and_never_shown(bench: Any) -> None:
    here = bench(given={"password": "Wrong-pass-1"})

    async def work(session: Any) -> list[str]:
        shown = []
        for _unused in range(5):
            with pytest.raises(LoginRefused) as caught:
                await session.read(Query(dn=OPER))
            shown.append(str(caught.value))
        return shown

    assert not any("Wrong-pass-1" in text for text in here.run(work))
    assert logins(here) == 1


@pytest.mark.parametrize("status", [200, 400, 401, 403])
def test_a_refused_login_is_known_as_one_under_any_status(bench: Any, status: int) -> None:
    here = bench(given={"password": "Wrong-pass-1"}, bad_password_status=status)

    async def work(session: Any) -> None:
        for _unused in range(3):
            with pytest.raises(LoginRefused):
                await session.read(Query(dn=OPER))

    here.run(work)
    assert logins(here) == 1


def test_a_good_password_refused_while_the_switch_boots_is_tried_twice_more(bench: Any) -> None:
    here = bench()

    async def work(session: Any) -> None:
        await here.subscribe(session)
        here.switch.fault("reject-login")
        here.switch.fault("expire-tokens")
        await eventually(lambda: session.failed)

    here.run(work)
    assert here.switch.stats()["logins"]["refused"] == 3


def test_a_good_password_refused_once_while_the_switch_boots_gets_in(bench: Any) -> None:
    here = bench()

    async def work(session: Any) -> None:
        subscription = await here.subscribe(session)
        here.switch.fault("reject-login", count=2)
        here.switch.fault("expire-tokens")
        await eventually(lambda: session.reconnects == 1 and subscription.synced)

    here.run(work)


def test_switches_that_are_off_do_not_hold_up_the_others(bench: Any) -> None:
    here = bench()

    async def work(session: Any) -> float:
        silent = [session_at(here, "192.0.2.%d" % number) for number in range(1, 6)]
        dead = [asyncio.ensure_future(each.read(Query(dn=OPER))) for each in silent]
        await asyncio.sleep(0.05)
        started = time.monotonic()
        await session.read(Query(dn=OPER))
        took = time.monotonic() - started
        for task in dead:
            task.cancel()
        await asyncio.wait(dead)
        for each in silent:
            await each.close()
        return took

    assert here.run(work) < 1.5


def session_at(here: Any, host: str) -> Any:
    return here.session(host=host, request_timeout=2.0)


def test_a_forbidden_read_is_no_reason_to_log_in_again(bench: Any) -> None:
    here = bench()
    refusal = '{"imdata":[{"error":{"attributes":{"code":"403","text":"no privilege"}}}]}'
    here.switch.fault("http-error", status=403, text=refusal, path=r"phys\.json")

    async def work(session: Any) -> str:
        with pytest.raises(EngineError) as caught:
            await session.read(Query(dn=OPER))
        return caught.value.reason

    assert here.run(work) == "forbidden"
    assert logins(here) == 1


def test_a_switch_with_its_clock_set_back_costs_nothing_but_reads(bench: Any) -> None:
    here = bench()

    async def work(session: Any) -> None:
        subscription = await here.subscribe(session)
        await here.act(here.switch.set, OPER, operSt="down")
        await eventually(lambda: oper(subscription) == "down")
        here.switch.fault("clock", offset=-3600)
        await here.act(here.switch.set, OPER, operSt="up")
        await eventually(lambda: oper(subscription) == "up" and not subscription.state.suspects)
        assert not subscription.journal.gaps

    here.run(work)


def test_silent_sockets_end_when_pings_that_were_answered_are_not_any_more(bench: Any) -> None:
    here = bench(timing=Timing(ping=0.05, first_delay=0.01, most_delay=0.05))

    async def work(session: Any) -> None:
        subscription = await here.subscribe(session)
        await eventually(lambda: session.stream is not None and session.stream.pongs > 1)
        here.switch.fault("no-pong")
        await eventually(lambda: session.reconnects == 1 and subscription.synced)

    here.run(work)


def test_a_switch_that_never_answers_pings_is_left_in_peace(bench: Any) -> None:
    here = bench(timing=Timing(ping=0.02), no_pong=True)

    async def work(session: Any) -> None:
        await here.subscribe(session)
        await asyncio.sleep(0.2)
        assert session.connected and not session.reconnects

    here.run(work)


def connections(here: Any) -> int:
    """Open TCP connections to the switch, seen from this side."""
    port = "%04X" % here.switch.port
    rows = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
    return sum(row[2].endswith(":" + port) and row[3] in ("01", "08") for row in rows)


def test_a_rest_connection_that_is_not_used_is_closed_and_another_opened_when_it_is(bench: Any) -> None:
    here = bench(timing=Timing(idle=0.3))

    async def work(session: Any) -> None:
        await session.read(Query(dn=OPER))
        assert connections(here) == 1
        await eventually(lambda: connections(here) == 0)
        assert session.connected and await session.read(Query(dn=OPER))

    here.run(work)
    assert logins(here) == 1


def test_the_token_is_refreshed_before_its_end_and_the_socket_stays(bench: Any) -> None:
    here = bench(session_timeout=0.6, old_token="invalid")

    async def work(session: Any) -> None:
        await here.subscribe(session)
        await eventually(lambda: here.switch.stats()["refreshes"]["token"] >= 3)
        assert session.connected

    here.run(work)
    assert logins(here) == 1 and here.switch.stats()["sockets"]["opened"] == 1


def test_frames_of_a_wide_scope_settle_and_end_up_as_the_switch_has_it(bench: Any) -> None:
    here = bench()

    async def work(session: Any) -> Any:
        subscription = await here.subscribe(session, "all", **{"class": "l1PhysIf"})
        before = len(subscription.state.objects)
        await here.act(here.switch.delete, PORT)
        await eventually(lambda: len(subscription.state.objects) == before - 1)
        await here.act(here.switch.create, PORT, "l1PhysIf", id="eth1/1", adminSt="down")
        await eventually(lambda: len(subscription.state.objects) == before and here.requests("class") >= 2)

    here.run(work)


def test_a_login_that_is_refused_names_a_problem_and_a_new_password_is_another_session(bench: Any) -> None:
    here = bench(given={"password": "Wrong-pass-1"})

    async def work(session: Any) -> None:
        with pytest.raises(LoginRefused):
            await session.read(Query(dn=OPER))
        right = here.session(password=here.switch.password)
        try:
            assert await right.read(Query(dn=OPER))
        finally:
            await right.close()

    here.run(work)


def test_options_are_the_identity_of_a_session(bench: Any) -> None:
    here = bench()
    assert replace(here.options, validate_certs=False) != here.options
    assert here.options.password not in repr(here.options)
