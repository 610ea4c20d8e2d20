# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The switches of a soak, and what the listener has of them: driving, and comparing in the end."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
from resilience.soak.traffic import COUNTER, HOT, LINK, PORT_OF_HOT
from resilience.soak.trouble import Window
from resilience.soak.truth import Account, changes, epoch, gaps_of, problems
from support.processes import call

NAMED = {"ports": {"class": "ethpmPhysIf"}, "port": {"dn": HOT}}
"""The subscriptions that last as long as the run; both hear of HOT, one of all other ports too."""

MORE = {
    "tree": {"dn": PORT_OF_HOT, "query_target": "subtree"},
    "below": {"dn": PORT_OF_HOT, "query_target": "children"},
    "all": {"dn": "sys/intf", "query_target": "subtree", "target_subtree_class": ["ethpmPhysIf"]},
    "xml": {"dn": HOT, "format": "xml"},
}
"""Further ones, on the few switches of a short run that make most of the changes, so that there is memory to look at."""

WIDE = ("ports", "all")
"""Those of all ports."""

REFRESH_TIMEOUT = 15
VALUES = 30_000
"""The counter's values repeat after so many, which is later than a ring and its gaps are long."""

LINK_SHARE = 0.1
LINK_MOST = 2.0
PAGE = 1000
COLD = 0.01
"""The share of those switches whose rings do not fill in a short run; their memory still grows."""


@dataclass
class Site:
    """One switch: where it listens, where it is driven, and the listener's socket for it."""

    label: str
    said: Mapping[str, Any]
    http: aiohttp.ClientSession
    named: Mapping[str, Mapping[str, Any]]
    socket: str = ""
    subscribed_at: float = 0.0

    async def post(self, name: str, body: Mapping[str, Any]) -> None:
        async with self.http.post(f"{self.said['control_url']}/simulator/{name}", data=json.dumps(body)) as reply:
            if reply.status != 200:
                raise RuntimeError(f"{name} {body}: {await reply.text()}")

    async def get(self, what: str) -> Any:
        async with self.http.get(f"{self.said['control_url']}/simulator/{what}") as reply:
            return await reply.json()

    async def connect(self, control: str) -> None:
        """A session of the listener with it, as the first task of a play makes it, and its subscriptions."""
        options = {"host": self.said["host"], "port": self.said["port"], "username": self.said["username"]}
        options |= {"password": self.said["password"], "use_ssl": False, "validate_certs": True, "ca_path": None}
        found = await call(control, "set_options", label=self.label, use_proxy=False, request_timeout=5.0, **options)
        self.socket = found["socket"]
        await self.subscribe()
        self.subscribed_at = time.time()

    async def subscribe(self) -> dict[str, dict[str, Any]]:
        """Each subscription as it is now, made if need be: dn -> MO."""
        found = {}
        for name, query in self.named.items():
            asked = {"subscription": name, "query": query, "refresh_timeout": REFRESH_TIMEOUT, "state": "present"}
            mos = (await call(self.socket, "subscribe", **asked))["mos"]
            found[name] = {mo["dn"]: mo for mo in mos}
        return found

    async def flap(self, rate: float, seconds: float) -> None:
        """``rate`` changes a second: of a counter of one port, and of the link state of another."""
        link = min(rate * LINK_SHARE, LINK_MOST)
        values = [str(number) for number in range(VALUES)]
        await self._flap(HOT, COUNTER, values, rate - link, seconds)
        await self._flap(LINK, "operSt", ["down", "up"], link, seconds)

    async def _flap(self, dn: str, attribute: str, values: Sequence[str], rate: float, seconds: float) -> None:
        count = max(1, round(rate * seconds))
        flap = {"dn": dn, "attribute": attribute, "values": values, "rate": rate, "count": count}
        await self.post("change", {"flap": flap})

    # The end

    async def touch(self) -> None:
        """A read, so that its connection is open, as it was in the beginning."""
        await call(self.socket, "read", query={"dn": HOT})

    async def differences(self) -> list[str]:
        """Where the subscriptions' states are not the switch's."""
        truth = {mo["dn"]: mo for mo in await self.get("mos?class=ethpmPhysIf")}
        found = []
        for name, mos in (await self.subscribe()).items():
            wanted = truth if name in WIDE else {HOT: truth[HOT]}
            mos = {dn: mo for dn, mo in mos.items() if mo["class"] == "ethpmPhysIf"}
            wrong = [dn for dn in wanted.keys() | mos.keys() if not _same(wanted.get(dn), mos.get(dn))]
            found += [f"{self.label}: {name} holds another {dn} than the switch" for dn in sorted(wrong)]
        return found

    async def losses(self, windows: Sequence[Window]) -> list[str]:
        """What the switch did against what the listener lists."""
        offset = time.time() - time.monotonic()
        history = await self.get("history")
        shifted = [Window(each.what, each.begin + offset, each.end + offset) for each in windows]
        found = []
        for name in self.named:
            listed, gaps, dropped = await self._listing(name)
            total = await self._total(name)
            if dropped + len(listed) != total:
                found.append(f"{self.label}: {name} counts {total}, but lists {len(listed)} and dropped {dropped}")
            since = epoch(listed[0]["received_at"]) if dropped else self.subscribed_at
            for dn, attribute in ((HOT, COUNTER), (LINK, "operSt")):
                if name not in WIDE and dn == LINK:
                    continue
                made = changes(history, dn, attribute, lambda row: row["at"] + offset)
                seen = changes(listed, dn, attribute, lambda row: epoch(row["received_at"]))
                title = f"{self.label}: {name}, {attribute} of {dn}"
                found += problems(Account(title, made, seen, gaps_of(gaps), shifted, since))
        return found

    async def _total(self, name: str) -> int:
        known = (await call(self.socket, "info"))["subscriptions"]
        return int(next(each for each in known if each["name"] == name)["notifications"])

    async def _listing(self, name: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]], int]:
        """All notifications that are kept, page by page; the gaps; how many are not kept any more."""
        page = await call(self.socket, "notifications", subscription=name, since=None, limit=PAGE)
        gaps, dropped, listed = page["gaps"], page["dropped"], page["notifications"]
        while len(page["notifications"]) == PAGE:
            page = await call(self.socket, "notifications", subscription=name, since=page["cursor"], limit=PAGE)
            listed += page["notifications"]
        return listed, gaps, dropped


def _same(truth: Mapping[str, Any] | None, held: Mapping[str, Any] | None) -> bool:
    """Equal in all attributes that the listener's has."""
    if truth is None or held is None:
        return False
    return held["class"] == truth["class"] and held["attributes"].items() <= truth["attributes"].items()


def shares(switches: int, rate: float, seconds: float, ring: int, warm: float) -> list[float]:
    """How many changes a second each switch makes: the same, or in a short run most of them on a few.

    On those few the rings have been filled twice after ``warm`` of the run; were it all even, they would not be full.
    """
    full = int(rate * seconds * warm * 0.9 / ring)
    if full >= switches:
        return [rate / switches] * switches
    hot = max(1, full // 2)
    cold = rate * COLD / (switches - hot) if switches > hot else 0.0
    return [(rate - cold * (switches - hot)) / hot] * hot + [cold] * (switches - hot)
