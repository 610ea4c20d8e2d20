# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the switch counts and remembers: requests, logins, sockets, notifications, changes. Never a password or a
whole token."""

from __future__ import annotations

import re
import time
from collections import Counter, deque
from collections.abc import Callable
from typing import Any

_TOKENS = re.compile(r"(/socket.{6})[^?\s]*|((?:challenge|token)=.{6})[^&\s]*", re.I)
_SOCKET_QUERY = re.compile(r"^(/socket[^?]*\?).*")


def masked(path: str) -> str:
    """A request target fit for a log: six characters of a token at most."""
    text = _TOKENS.sub(lambda match: (match.group(1) or match.group(2)) + "…", path)
    return _SOCKET_QUERY.sub(r"\1…", text)


class Stats:
    """Counters of one switch, and its bounded logs. Times are ``time.monotonic()``, the same in all processes, or those
    of ``now``."""

    def __init__(self, log_size: int, history_size: int, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self.started = now()
        self.requests: Counter[tuple[str, int]] = Counter()
        self.logins: dict[str, Counter[str]] = {}
        self.sockets: Counter[str] = Counter()
        self.refreshes: Counter[str] = Counter()
        self.frames = 0
        self.mos = 0
        self.pings = 0
        self.reloads = 0
        self.reloading = False
        self.log: deque[dict[str, Any]] = deque(maxlen=log_size)
        self.history: deque[dict[str, Any]] = deque(maxlen=history_size)
        self.last_frame = 0.0

    def request(self, kind: str, method: str, target: str, status: int, took: float, user: str) -> None:
        self.requests[(f"{method} {kind}", status)] += 1
        entry = {
            "at": self._now(),
            "method": method,
            "kind": kind,
            "path": masked(target),
            "status": status,
            "seconds": round(took, 6),
        }
        self.log.append({**entry, "user": user} if user else entry)

    def login(self, user: str, accepted: bool) -> None:
        self.logins.setdefault(user, Counter())["accepted" if accepted else "refused"] += 1

    def frame_sent(self) -> None:
        self.frames += 1
        self.last_frame = self._now()

    def change(self, kind: str, dn: str, cls: str, changed: dict[str, str], mod_ts: str | None) -> None:
        """One line of the truth: what the switch was like, and when."""
        self.mos += 1
        self.history.append(
            {"at": self._now(), "status": kind, "dn": dn, "class": cls, "attributes": changed, "modTs": mod_ts}
        )

    def report(self) -> dict[str, Any]:
        by: dict[str, dict[str, int]] = {}
        for (kind, status), count in sorted(self.requests.items()):
            by.setdefault(kind, {})[str(status)] = count
        accepted = sum(each["accepted"] for each in self.logins.values())
        refused = sum(each["refused"] for each in self.logins.values())
        users = {user: {"accepted": each["accepted"], "refused": each["refused"]} for user, each in self.logins.items()}
        return {
            "uptime": self._now() - self.started,
            "requests": {"total": sum(self.requests.values()), "by": by},
            "logins": {"tries": accepted + refused, "accepted": accepted, "refused": refused, "users": users},
            "sockets": {
                "opened": self.sockets["opened"],
                "refused": self.sockets["refused"],
                "closed": self.sockets["closed"],
            },
            "refreshes": {name: self.refreshes[name] for name in ("token", "subscription", "subscription_refused")},
            "notifications": {"frames": self.frames, "last_frame": self.last_frame},
            "changes": self.mos,
            "pings": self.pings,
            "reloads": self.reloads,
            "reloading": self.reloading,
        }
