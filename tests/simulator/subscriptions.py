# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Subscriptions: ids, lifetimes, and the fan-out of events into frames.

An id dies with its socket, its session, or its lifetime. One frame goes to each (socket, format) for one event,
naming all
subscriptions there that the event satisfies. PROTOCOL.md sections 3 to 5.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .catalogue import Catalogue
from .errors import ApiError
from .options import Options
from .query import Query, concerns
from .sessions import Session
from .sockets import Socket
from .tree import Event, Tree
from .wire import Node, encode_frame

FIRST_ID = 18374686685813276673
"""Cisco's sample, 0xff00002fff000001: above 2**63 on purpose. Counts up, and begins anew with a reload."""
_NUMBER = re.compile(r"\d+")


@dataclass(eq=False)
class Subscription:
    """``lifetime`` in seconds, ``deadline`` on the loop's clock; ``mute`` is the defect of the doubled cookie."""

    sid: str
    session: Session
    socket: Socket
    query: Query
    fmt: str
    signature: str
    lifetime: float
    deadline: float
    mute: bool = False
    timer: asyncio.TimerHandle | None = None


class Subscriptions:
    """All subscriptions of one switch."""

    def __init__(
        self, options: Options, now: Callable[[], float], tree: Callable[[], Tree], catalogue: Catalogue
    ) -> None:
        self._options = options
        self._now = now
        self._tree = tree
        self._catalogue = catalogue
        self._next = FIRST_ID
        self.live: dict[str, Subscription] = {}
        self.created = 0
        self.expired = 0

    def restart(self) -> None:
        """What a reload does to the ids: they repeat."""
        self.drop(lambda subscription: True)
        self._next = FIRST_ID

    def open(
        self,
        session: Session,
        socket: Socket,
        query: Query,
        fmt: str,
        signature: str,
        params: dict[str, str],
        mute: bool,
    ) -> str:
        """A new id, or under gap G5 the one that an identical request already has."""
        lifetime = self._lifetime(params, self._options.subscription_timeout)
        mine = [each for each in self.live.values() if each.session is session]
        if self._options.repeat_subscription == "same-id":
            for each in mine:
                if each.signature == signature and each.socket is socket:
                    self._renew(each, lifetime)
                    return each.sid
        if self._options.max_subscriptions and len(mine) >= self._options.max_subscriptions:
            raise ApiError(503, "503", "Maximum number of subscriptions reached")
        subscription = Subscription(str(self._next), session, socket, query, fmt, signature, lifetime, 0.0, mute)
        self._next += 1
        self.created += 1
        self.live[subscription.sid] = subscription
        self._renew(subscription, lifetime)
        return subscription.sid

    def refresh(self, text: str, params: dict[str, str]) -> bool:
        """Prolongs the subscription whose id begins ``text``; False where there is none."""
        match = _NUMBER.match(text)
        subscription = self.live.get(match.group()) if match else None
        if subscription is None:
            return False
        self._renew(subscription, self._lifetime(params, subscription.lifetime))
        return True

    def drop(self, chosen: Callable[[Subscription], bool]) -> int:
        gone = [each for each in self.live.values() if chosen(each)]
        for each in gone:
            if each.timer:
                each.timer.cancel()
            del self.live[each.sid]
        return len(gone)

    def notify(self, events: Sequence[Event], batch: bool = False, copies: int = 1) -> int:
        """Sends each event to whom it concerns; with ``batch`` all in as few frames as may be. Returns frames
        queued."""
        groups: list[Sequence[Event]] = [events] if batch else [[event] for event in events]
        return sum(self._frames(group, copies) for group in groups if group)

    def _frames(self, events: Sequence[Event], copies: int) -> int:
        targets: dict[tuple[Socket, str], tuple[dict[str, None], dict[int, Event]]] = {}
        tree, on_delta = self._tree(), self._options.filter_sees == "delta"
        for event in events:
            definition = self._catalogue.get(event.mo.cls)
            if definition is None or not definition.pushes:
                continue
            for each in self.live.values():
                if not each.mute and concerns(each.query, event, tree, self._catalogue, on_delta):
                    ids, chosen = targets.setdefault((each.socket, each.fmt), ({}, {}))
                    ids[each.sid] = None
                    chosen[id(event)] = event
        for (socket, fmt), (ids, chosen) in targets.items():
            nodes = [event_node(event) for event in chosen.values() for _unused in range(copies)]
            socket.notify(encode_frame(fmt, ids, nodes))
        return len(targets)

    def _lifetime(self, params: dict[str, str], default: float) -> float:
        text = params.get("refresh-timeout")
        if text is None or self._options.refresh_timeout == "ignore":
            return default
        if self._options.refresh_timeout == "reject":
            raise ApiError(400, "400", "Invalid query parameter refresh-timeout")
        try:
            seconds = float(text)
        except ValueError:
            seconds = 0.0
        if seconds <= 0:
            raise ApiError(400, "400", f"Invalid value '{text}' for refresh-timeout")
        return seconds

    def _renew(self, subscription: Subscription, lifetime: float) -> None:
        subscription.lifetime = lifetime
        subscription.deadline = self._now() + lifetime
        if subscription.timer is None or subscription.timer.when() > subscription.deadline:
            self._arm(subscription)

    def _arm(self, subscription: Subscription) -> None:
        if subscription.timer:
            subscription.timer.cancel()
        loop = asyncio.get_running_loop()
        subscription.timer = loop.call_later(subscription.deadline - self._now(), self._lapse, subscription)

    def _lapse(self, subscription: Subscription) -> None:
        if subscription.deadline > self._now():
            self._arm(subscription)
            return
        self.live.pop(subscription.sid, None)
        self.expired += 1


def event_node(event: Event) -> Node:
    """created in full, modified sparse, deleted bare; always the five bookkeeping attributes (modTs may be missing)."""
    shown = dict(event.changed) if event.kind != "deleted" else {}
    shown.update(childAction="", dn=event.mo.dn, rn="", status=event.kind)
    if event.mod_ts is not None:
        shown["modTs"] = event.mod_ts
    return Node(event.mo.cls, dict(sorted(shown.items())))
