# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the world does to the switch: changes of operational state that no operator configured.

::

    {"set":    {"dn": …, "attributes": {…}}}        {"create": {"dn": …, "class": …, "attributes": {…}}}
    {"delete": {"dn": …}}                           {"changes": [ … several of these … ]}
    {"flap":   {"dn": …, "attribute": …, "values": ["down", "up"], "rate": 1000, "count": 5000}}

Beside ``set``/``create``/``delete``: ``mod_ts`` (a text, "never", null for missing, or seconds to add to now),
``batch`` (all
changes in one frame), ``copies`` (each object so many times in its frame), ``silent`` (no frame), ``force`` (notify
equal
values too), ``raw_frame`` (a text sent to every open socket as it is).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .catalogue import BOOKKEEPING
from .dn import MalformedDn
from .errors import ApiError
from .faults import FaultError
from .tree import Event
from .writes import new_mo

if TYPE_CHECKING:
    from .switch import Switch

Body = Mapping[str, Any]
_KINDS = ("set", "create", "delete", "flap")
_OPTIONS = ("mod_ts", "batch", "copies", "silent", "force", "raw_frame", "changes", "cancel")
_FLAP_TICK = 0.01


def change(switch: Switch, body: Body) -> int:
    """Carries one request out, all changes together; how many objects changed. Raises FaultError."""
    unknown = set(body) - set(_KINDS) - set(_OPTIONS)
    if unknown:
        raise FaultError(f"unknown: {', '.join(sorted(unknown))}; a change has {', '.join((*_KINDS, *_OPTIONS))}")
    try:
        events = [event for each in (body.get("changes") or [body]) for event in _one(switch, {**body, **each})]
    except (ApiError, MalformedDn, KeyError, TypeError) as error:
        raise FaultError(f"{type(error).__name__}: {error}") from error
    if body.get("silent"):
        switch.record(events)
    else:
        switch.commit(events, batch=bool(body.get("batch")), copies=int(body.get("copies", 1)))
    if "raw_frame" in body:
        for socket in switch.sockets():
            socket.push(str(body["raw_frame"]))
    return len(events)


def _one(switch: Switch, body: Body) -> list[Event]:
    events: list[Event] = []
    if "set" in body:
        events += _set(switch, body["set"], body)
    if "create" in body:
        item = body["create"]
        switch.behaviour.cancel(item["dn"])
        attributes = _texts(item.get("attributes") or {})
        mo = new_mo(
            item["dn"], item["class"], attributes, switch.catalogue, _mod_ts(switch, item["class"], {**body, **item})
        )
        events.append(switch.tree.create(mo))
    if "delete" in body:
        dn = body["delete"]["dn"] if isinstance(body["delete"], Mapping) else str(body["delete"])
        cls = switch.tree.class_of(dn) or ""
        events += switch.tree.delete(dn, _mod_ts(switch, cls, body))
    if "flap" in body:
        _flap(switch, body["flap"])
    return events


def _set(switch: Switch, item: Body, body: Body) -> list[Event]:
    mo = switch.tree.get(item["dn"])
    if mo is None:
        raise FaultError(f"there is no {item['dn']}")
    attributes = _texts(item.get("attributes") or {})
    definition = switch.catalogue.require(mo.cls)
    unknown = [name for name in attributes if not definition.knows(name) or name in BOOKKEEPING]
    if unknown:
        raise FaultError(f"{mo.cls} has no {', '.join(unknown)}")
    switch.behaviour.cancel(mo.dn)
    merged = {**body, **item}
    event = switch.tree.modify(mo.dn, attributes, _mod_ts(switch, mo.cls, merged), force=bool(merged.get("force")))
    return [event] if event else []


def _texts(attributes: Body) -> dict[str, str]:
    return {
        str(name): ("true" if value else "false") if isinstance(value, bool) else str(value)
        for name, value in attributes.items()
    }


def _mod_ts(switch: Switch, cls: str, body: Body) -> str | None:
    if "mod_ts" not in body:
        return switch.stamp(cls)
    value = body["mod_ts"]
    if isinstance(value, (int, float)):
        return switch.clock.stamp(float(value))
    return None if value is None else str(value)


def _flap(switch: Switch, item: Body) -> None:
    if switch.tree.get(item["dn"]) is None:
        raise FaultError(f"there is no {item['dn']}")
    switch.spawn(_flapping(switch, item))


async def _flapping(switch: Switch, item: Body) -> None:
    """Sets the values in turn, ``rate`` a second, in bursts of one tick; a missed tick is made up for."""
    loop = asyncio.get_running_loop()
    values, rate = [str(value) for value in item["values"]], float(item.get("rate", 1.0))
    left, done, started = int(item.get("count", 0)) or None, 0, loop.time()
    while switch.tree.get(item["dn"]) is not None and (left is None or done < left):
        due = int((loop.time() - started) * rate) + 1
        for _unused in range(min(due, left or due) - done):
            event = _set(switch, {"dn": item["dn"], "attributes": {item["attribute"]: values[done % len(values)]}}, {})
            switch.commit(event)
            done += 1
        await asyncio.sleep(max(_FLAP_TICK, started + done / rate - loop.time()))
