# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading what a subscription stands for, and prolonging it. A reply counts only if no break came after its request."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from .conversation import Conversation
from .errors import Forbidden, Interrupted, Rejected, SessionEnded
from .query import Query
from .subscription import Subscription


class Reads:
    """``awake``: see Session.awake; a reply that came in before a sleep is not believed after it."""

    def __init__(self, talk: Conversation, wall: Callable[[], float], awake: Callable[[], bool]) -> None:
        self._talk = talk
        self._wall = wall
        self._awake = awake
        self._sent: dict[Subscription, float] = {}

    def since(self, subscription: Subscription, asked: float) -> bool:
        """Whether the whole scope has been read by a request that went out after ``asked``."""
        return self._sent.get(subscription, asked) > asked

    def forget(self, subscription: Subscription) -> None:
        self._sent.pop(subscription, None)

    async def into(self, subscription: Subscription, dn: str | None = None, settling: bool = False) -> None:
        """Read the scope (or one MO of it) and let the reply decide. Raises Interrupted where a break came in between."""
        query = subscription.query if dn is None else Query(dn=dn, format=subscription.query.format)
        begun, sent = [], 0.0

        def sending() -> None:
            nonlocal sent
            sent = _now()
            begun.append(subscription.state.begin_read(dn, settling))

        try:
            found = await self._talk.read(query, sending)
        except BaseException:
            for read in begun:
                subscription.state.abandon_read(read)
            raise
        self._awake()
        if not subscription.read_done(begun[0], found, _now(), self._wall()):
            raise Interrupted("the WebSocket broke during a read")
        subscription.read_took = _now() - sent
        if dn is None:
            self._sent[subscription] = sent

    async def prolong(self, subscription: Subscription) -> None:
        """subscriptionRefresh: a good reply is empty; anything else means that the switch has let it go: Rejected."""
        wire_id = subscription.wire_id
        if wire_id is None:
            raise Interrupted("the WebSocket broke before a refresh")
        target = "/api/subscriptionRefresh.%s?id=%s" % (subscription.query.format, wire_id)
        try:
            document = await self._talk.ask("GET", target)
        except Forbidden as exc:
            raise Rejected(str(exc)) from None
        except SessionEnded as exc:
            if not exc.linger:
                raise
            raise Rejected(str(exc)) from None
        if subscription.wire_id != wire_id:
            raise Interrupted("the WebSocket broke during a refresh")
        if document.objects:
            raise Rejected("%s answers the refresh with objects." % self._talk.options.address)
        subscription.refreshed(_now(), self._wall())


def _now() -> float:
    return asyncio.get_running_loop().time()
