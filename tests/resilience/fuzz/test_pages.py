# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replies of several pages that do not add up: the scope is read as a whole, or the read fails; it never lies."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.conversation import PAGE_SIZE, Conversation, Token
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.errors import Rejected, Unreachable
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.logins import LoginLedger
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.model import ConnectionOptions
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.query import Query
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.rest import TlsContexts
from support.rawserver import Peer, RawServer, reply

WHOLE = -1
"""The page asked for by a request for all of them."""

Pages = Callable[[int], bytes]


def page(numbers: range, total: object = None) -> bytes:
    one = '{"l1PhysIf":{"attributes":{"dn":"sys/intf/phys-[eth1/%d]","adminSt":"up"}}}'
    count = "" if total is None else '"totalCount":"%s",' % total
    return reply(('{%s"imdata":[%s]}' % (count, ",".join(one % n for n in numbers))).encode())


def read(pages: Pages) -> tuple[list[int], list[int]]:
    """What a class query finds, as numbers of ports, and the pages that were asked for."""
    asked: list[int] = []

    def answer(peer: Peer) -> None:
        found = re.search(rb"[?&]page=(\d+)", peer.request)
        asked.append(int(found[1]) if found else WHOLE)
        peer.send(pages(asked[-1]))

    async def work(port: int) -> list[int]:
        options = ConnectionOptions("127.0.0.1", port, "a", "b", False, use_proxy=False, request_timeout=10.0)
        now = asyncio.get_running_loop().time()
        talk = Conversation(options, LoginLedger(), TlsContexts(), executor)
        talk.token = Token("T", 600.0, now + 300.0, now + 600.0, True)
        try:
            found = await talk.read(Query.from_options({"class": "l1PhysIf"}))
        finally:
            talk.close()
        return [int(mo.dn.rpartition("/")[2].rstrip("]")) for mo in found]

    with RawServer(answer) as server, ThreadPoolExecutor(2) as executor:
        return asyncio.run(work(server.port)), asked


TRUTH = 2 * PAGE_SIZE + 10


def shared_out(number: int, total: object = None) -> bytes:
    """The page of that number, of a switch that tells the truth (about all but the total)."""
    if number == WHOLE:
        return page(range(TRUTH), TRUTH)
    return page(range(number * PAGE_SIZE, min(TRUTH, (number + 1) * PAGE_SIZE)), total)


def test_pages_that_add_up_are_all_that_is_asked_for() -> None:
    assert read(lambda number: shared_out(number, TRUTH)) == (list(range(TRUTH)), [0, 1, 2])


@pytest.mark.parametrize("total", [None, "", "many"])
def test_pages_without_a_total_mean_one_read_of_the_whole(total: object) -> None:
    """Nothing would tell of an object that moved to another page between two of them."""
    assert read(lambda number: shared_out(number, total)) == (list(range(TRUTH)), [0, 1, 2, WHOLE])


def test_one_page_without_a_total_is_the_whole() -> None:
    assert read(lambda number: page(range(7))) == ([*range(7)], [0])


def test_a_full_last_page_is_followed_by_an_empty_one() -> None:
    found, asked = read(lambda number: page(range(PAGE_SIZE if number == 0 else 0), PAGE_SIZE))
    assert (len(found), asked) == (PAGE_SIZE, [0, 1])


@pytest.mark.parametrize("total", [0, 1, TRUTH - 1, TRUTH + 1, 10**17])
def test_a_total_that_lies_means_one_read_of_the_whole(total: int) -> None:
    assert read(lambda number: shared_out(number, total)) == (list(range(TRUTH)), [0, 1, 2, WHOLE])


def test_a_switch_that_knows_no_pages_is_read_as_a_whole() -> None:
    """It answers each page with everything."""
    assert read(lambda number: shared_out(WHOLE)) == (list(range(TRUTH)), [0, 1, WHOLE])


def test_pages_that_repeat_objects_mean_one_read_of_the_whole() -> None:
    def pages(number: int) -> bytes:
        return shared_out(WHOLE) if number == WHOLE else page(range(number * 1999, number * 1999 + PAGE_SIZE))

    assert read(pages) == (list(range(TRUTH)), [0, 1, WHOLE])


def test_pages_that_shrink_mean_one_read_of_the_whole() -> None:
    """An object goes while we read: what was behind it moves forward, and one of them is on no page."""

    def pages(number: int) -> bytes:
        if number == WHOLE:
            return page(range(1, TRUTH), TRUTH - 1)
        late = 1 if number else 0
        begin = number * PAGE_SIZE + late
        return page(range(begin, min(TRUTH, begin + PAGE_SIZE)), TRUTH - late)

    assert read(pages) == (list(range(1, TRUTH)), [0, 1, 2, WHOLE])


def test_pages_without_end_are_an_error_and_not_all_of_memory() -> None:
    """More than 100,000 objects no switch returns (APIC documents that limit)."""
    asked: list[int] = []

    def pages(number: int) -> bytes:
        asked.append(number)
        return page(range(number * PAGE_SIZE, (number + 1) * PAGE_SIZE))

    with pytest.raises(Rejected, match="100,000"):
        read(pages)
    assert len(asked) <= 51 and WHOLE not in asked


@pytest.mark.parametrize(("status", "error"), [(b"503 Busy", Unreachable), (b"400 No", Rejected)])
def test_a_page_that_fails_fails_the_read(status: bytes, error: type[Exception]) -> None:
    body = b'{"imdata":[{"error":{"attributes":{"code":"107","text":"too big"}}}]}'

    def pages(number: int) -> bytes:
        return shared_out(0) if number == 0 else reply(body, status=b"HTTP/1.1 " + status)

    with pytest.raises(error):
        read(pages)
