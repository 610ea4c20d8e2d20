# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a wait of ten minutes asks of the switch, beside a poll each 5 seconds for as long; both really last that long.

It runs in a thread beside the other measurements: it sleeps nearly all the time.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import Any

from .figures import Figure, Goal
from .lab import BenchError, Lab, Switch, login, play, reach, rest

PORT = "sys/intf/phys-[eth1/1]/phys"
POLL = 5.0
REFRESHES = ("aaaRefresh", "subscriptionRefresh")
BEGIN, END = 5.0, 10.0
"""Seconds at the beginning and the end that are not between refreshes: the task logs in, subscribes and reads; before it gives
up it reads once more, then it logs out."""


def _poll(switch: Switch, seconds: float, stop: threading.Event) -> None:
    """As a loop in a playbook does, without what starting a module costs."""
    token, end = login(switch), time.monotonic() + seconds
    while time.monotonic() < end and not stop.wait(min(POLL, end - time.monotonic())):
        try:
            rest(switch, f"/api/mo/{PORT}.json", cookie=token)
        except OSError:
            return  # Ctrl-C reaches the switch too; else `figures` misses polls


def _requests(switch: Switch) -> list[dict[str, Any]]:
    return list(rest(switch, "/simulator/log"))


class QuietWait:
    """``start``, then ``figures``, which waits for the end."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._seconds = 20 if lab.quick else 600
        self._stop = threading.Event()
        self._waited: list[dict[str, Any]] = []
        self._polled: list[dict[str, Any]] = []
        self._problem: Exception | None = None
        self._thread = threading.Thread(target=self._work)

    def start(self) -> None:
        self._thread.start()

    def _work(self) -> None:
        try:
            self._measure()
        except Exception as exc:  # it is raised where somebody asks for the figures
            self._problem = exc

    def _measure(self) -> None:
        options = {"dn": PORT, "until": {"operSt": "never"}, "timeout": self._seconds}
        task = {"name": "wait", "nxapi.events.wait_for_mo": options, "ignore_errors": True}
        # A token of 600 s has to be refreshed once, and a poll's does not end within the wait.
        with self._lab.switches(2, "--session-timeout", "700") as (ours, polled):
            poll = threading.Thread(target=_poll, args=(polled, self._seconds, self._stop))
            poll.start()
            with self._lab.run(play(task), {"leaf1": reach(ours)}) as run:
                while run.process.poll() is None and not self._stop.wait(0.5):
                    pass
                ended = run.of("failed", "wait")
            poll.join()
            self._waited, self._polled = _requests(ours), _requests(polled)
        if not self._stop.is_set() and (not ended or ended[0].result.get("reason") != "timeout"):
            raise BenchError("the wait did not end as timeout.")

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def figures(self) -> list[Figure]:
        while self._thread.is_alive():  # in steps, so that Ctrl-C is heard
            self._thread.join(0.5)
        if self._problem is not None:
            raise self._problem
        begin, end = self._waited[0]["at"] + BEGIN, self._waited[-1]["at"] - END
        between = [each for each in self._waited if begin < each["at"] < end and each["kind"] not in REFRESHES]
        polls = [each for each in self._polled if each["kind"] == "mo"]
        if len(polls) < self._seconds / POLL - 5:
            raise BenchError(f"the polling ended after {len(polls)} polls.")
        kinds = Counter(each["kind"] for each in self._waited)
        note = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
        what = f"requests of a wait of {self._seconds} s"
        return [
            Figure(
                "requests", what, "", (float(len(self._waited)),), float(len(polls)), "a poll each 5 s",
                Goal("at most 30", 30.0), note,
            ),
            Figure(
                "requests_between", f"{what}, between refreshes", "", (float(len(between)),),
                goal=Goal("none", 0.0), note="but refreshes of the subscription and of the token, nothing",
            ),
        ]  # fmt: skip
