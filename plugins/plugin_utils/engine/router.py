# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which subscriptions a notification is for. Wire ids belong to one socket; with it they are forgotten. Pure."""

from __future__ import annotations

from collections import deque

from .codec import distinct
from .errors import BadDocument
from .model import Document, ManagedObject
from .subscription import Subscription

UNKNOWN_IDS = 1000
UNKNOWN_SECONDS = 10.0
"""How many notifications with unknown ids are kept, and how long: they may precede the reply that names their id."""


RETIRED_IDS = 1000
"""How many ids of forgotten subscriptions are still known: their notifications go on until they lapse."""


class Router:
    def __init__(self) -> None:
        self._ids: dict[str, set[Subscription]] = {}
        self._retired: deque[str] = deque()
        self._unknown: deque[tuple[float, float, str, ManagedObject, bool]] = deque(maxlen=UNKNOWN_IDS)

    def register(self, wire_id: str, subscription: Subscription, now: float) -> None:
        """From now on (and for what came shortly before) ``wire_id`` means this subscription too."""
        self._ids.setdefault(wire_id, set()).add(subscription)
        for at, wall, unknown, mo, sole in tuple(self._unknown):
            if unknown == wire_id and now - at <= UNKNOWN_SECONDS:
                subscription.receive(mo, at, wall, sole)

    def forget(self, subscription: Subscription) -> None:
        for wire_id, known in self._ids.items():
            if subscription in known:
                known.discard(subscription)
                if not known:
                    self._retired.append(wire_id)
        while len(self._retired) > RETIRED_IDS:
            wire_id = self._retired.popleft()
            if not self._ids.get(wire_id, True):
                del self._ids[wire_id]

    def clear(self) -> None:
        self._ids.clear()
        self._retired.clear()
        self._unknown.clear()

    def deliver(self, document: Document, now: float, wall: float) -> bool:
        """Hand each MO to its subscriptions; whether one of them now has something to be read.

        :raises BadDocument: it says something, but not of what, or to whom.
        """
        objects = distinct(document.objects)
        if (
            document.error is not None
            or (objects and not document.subscription_ids)
            or not all(mo.dn for mo in objects)
        ):
            raise BadDocument("The notification names no subscription, or an object without a DN.")
        sole = len(document.subscription_ids) == 1
        meant: dict[Subscription, None] = {}
        for wire_id in dict.fromkeys(document.subscription_ids):
            known = self._ids.get(wire_id)
            if known is None:
                self._unknown.extend((now, wall, wire_id, mo, sole) for mo in objects)
            else:
                meant.update(dict.fromkeys(known))
        for mo in objects:  # in the frame's order: a wait may follow several subscriptions of it
            for subscription in meant:
                subscription.receive(mo, now, wall, sole)
        return any(subscription.wants_read for subscription in meant)
