# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random faults by kind, as steps. What lasts has a duration, so that the judges know when it is over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

Step = dict[str, Any]

PATHS = (
    "",
    "",
    "",
    "subscription=yes",
    "subscriptionRefresh",
    "aaaLogin",
    "aaaRefresh",
    "/api/(mo|class)/[^?]*([?]query|[?]page|$)",
)
GARBAGE = (
    "text", "truncated", "nan", "duplicate-keys", "surrogate", "not-utf8", "html", "bomb", "entity", "wrong-root", "array", "empty",
)  # fmt: skip
DROPS = ("clean", "abrupt", "silent", "eof", "mid-frame")


def _fault(name: str, **body: Any) -> Step:
    return {"do": "fault", "name": name, "body": body}


def _between(random: Random, low: float, high: float) -> float:
    return round(low + (high - low) * random.random(), 3)


def _duration(random: Random) -> float:
    return _between(random, *random.choice(((0.05, 1.0), (1.0, 5.0), (5.0, 20.0))))


def _where(random: Random) -> dict[str, Any]:
    where: dict[str, Any] = {"duration": _duration(random)}
    if path := random.choice(PATHS):
        where["path"] = path
    if random.random() < 0.5:
        where["count"] = random.choice((1, 1, 2, 3))
    return where


def _drop(random: Random) -> Step:
    return _fault("drop-websockets", mode=random.choice(DROPS))


def _http_error(random: Random) -> Step:
    return _fault("http-error", status=random.choice((500, 502, 503, 503, 503, 404)), **_where(random))


def _seconds(random: Random) -> float:
    return _between(random, *random.choice(((0.01, 0.3), (0.3, 2.0), (0.3, 2.0), (2.0, 8.0), (8.0, 25.0))))


def _stall(random: Random) -> Step:
    return _fault("stall", seconds=_seconds(random), when=random.choice(("before", "after")), **_where(random))


def _reload(random: Random) -> Step:
    body: dict[str, Any] = {
        "seconds": _between(random, 0.2, 25.0),
        "links": random.choice(("keep", "bounce")),
        "boot": random.choice(("ready", "ready", "gradual")),
        "sessions": random.choice(("lose", "lose", "keep")),
        "interval": random.choice((0.01, 0.1, 0.5)),
    }
    if random.random() < 0.3:
        body["then"] = {"http-error": {"status": random.choice((404, 503)), "duration": _between(random, 0.5, 8.0)}}
    return _fault("reload", **body)


def _aaa_late(random: Random) -> Step:
    then = {"reject-login": {"duration": _between(random, 0.5, 20.0)}}
    return _fault("reload", seconds=_between(random, 0.2, 10.0), then=then)


def _arm(random: Random) -> Step:
    inner: Mapping[str, Any] = random.choice(
        (
            {"drop-websockets": {"mode": random.choice(("clean", "abrupt", "eof", "mid-frame"))}},
            {"expire-tokens": {}},
            {"expire-subscriptions": {}},
            {"unlink-sockets": {}},
        )
    )
    path = random.choice(("subscription=yes", "subscriptionRefresh", "/api/(mo|class)", "aaaRefresh", "/socket"))
    return _fault("arm", path=path, when=random.choice(("before", "after")), duration=30.0, fault=dict(inner))


KINDS: Mapping[str, Callable[[Random], Step]] = {
    "drop-websockets": _drop,
    "expire-tokens": lambda random: _fault("expire-tokens", sockets=random.choice(("close", "close", "keep"))),
    "expire-subscriptions": lambda random: _fault("expire-subscriptions"),
    "unlink-sockets": lambda random: _fault("unlink-sockets"),
    "reload": _reload,
    "aaa-late": _aaa_late,
    "reject-refresh": lambda random: _fault(
        "reject-refresh", mode=random.choice(("400", "403", "404", "405", "200-error", "200-object")), duration=40.0,
        count=random.choice((1, 2)),
    ),
    "http-error": _http_error,
    "stall": _stall,
    "lose-replies": lambda random: _fault("lose-replies", **_where(random)),
    "delay-frames": lambda random: _fault("delay-frames", seconds=min(8.0, _seconds(random)), duration=_duration(random)),
    "reorder": lambda random: _fault("reorder", count=random.choice((2, 2, 3, 4)), seconds=_between(random, 0.1, 5.0)),
    "duplicate": lambda random: _fault("duplicate", count=random.choice((1, 2, 5))),
    "fragment-frames": lambda random: _fault("fragment-frames", count=random.choice((1, 3))),
    "lose-frames": lambda random: _fault("lose-frames", count=random.choice((1, 1, 2))),
    "garbage": lambda random: _fault("garbage", kind=random.choice(GARBAGE), count=random.choice((1, 1, 3))),
    "no-pong": lambda random: _fault("no-pong", duration=_between(random, 1.0, 60.0)),
    "clock": lambda random: _fault("clock", offset=random.choice((-3600.0, -30.0, -2.0, -0.005, 0.0, 2.0, 30.0, 3600.0))),
    "arm": _arm,
    "nap": lambda random: {"do": "nap", "seconds": _between(random, 1.0, 60.0)},
}  # fmt: skip
"""Kind -> a step of it."""
