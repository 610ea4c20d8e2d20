# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which subscriptions a notification is for. Wire ids belong to one socket; with it they are forgotten. Pure."""

from __future__ import annotations

from collections import deque

from .codec import distinct
from .model import Document, ManagedObject
from .subscription import Subscription

UNKNOWN_IDS = 1000
UNKNOWN_SECONDS = 10.0
"""How many notifications with unknown ids are kept, and how long: they may precede the reply that names their id."""


class Router:
    def __init__(self) -> None:
        self._ids: dict[str, set[Subscription]] = {}
        self._unknown: deque[tuple[float, float, str, ManagedObject]] = deque(maxlen=UNKNOWN_IDS)

    def register(self, wire_id: str, subscription: Subscription, now: float) -> None:
        """From now on (and for what came shortly before) ``wire_id`` means this subscription too."""
        self._ids.setdefault(wire_id, set()).add(subscription)
        for at, wall, unknown, mo in tuple(self._unknown):
            if unknown == wire_id and now - at <= UNKNOWN_SECONDS and subscription.query.contains(mo.dn):
                subscription.receive(mo, at, wall)

    def forget(self, subscription: Subscription) -> None:
        for known in self._ids.values():
            known.discard(subscription)

    def clear(self) -> None:
        self._ids.clear()
        self._unknown.clear()

    def deliver(self, document: Document, now: float, wall: float) -> bool:
        """Hand each MO to its subscriptions; whether one of them now has something to be read."""
        objects = distinct(document.objects)
        reading = False
        for wire_id in dict.fromkeys(document.subscription_ids):
            known = self._ids.get(wire_id)
            for mo in objects:
                if known is None:
                    self._unknown.append((now, wall, wire_id, mo))
                    continue
                for subscription in known:
                    if subscription.query.contains(mo.dn):
                        subscription.receive(mo, now, wall)
                        reading = reading or subscription.wants_read
        return reading
