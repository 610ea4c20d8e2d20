# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one change that a probe makes, and only if it may: the description of a port, set and set back. It measures the
wake-up, and tells what a filter sees of a modification (G8)."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable

from ..engine.codec import encode_mo
from ..engine.errors import EngineError, InvalidOptions, Rejected
from ..engine.interfaces import parse
from ..engine.rest import Reply, error_text
from .interrupts import unbroken
from .pushes import Pushes
from .session import Session
from .wire import Event

TEXT = "nxapi.events probe %d"
CHANGES = 3
ATTEMPTS = 3
"""To set the description back."""

SLICE = 0.05
"""Seconds after which, while a notification is waited for, the reply to the POST is looked at."""


def port_dn(name: str) -> str:
    found = parse(name)
    if found.config_class != "l1PhysIf":
        raise InvalidOptions("probe_port must name one Ethernet port, for example Ethernet1/1.")
    return found.config_dn


class Change:
    """``tell`` says at once what must not be lost, should the task be interrupted."""

    def __init__(self, pushes: Pushes, dn: str, tell: Callable[[str], None]) -> None:
        self._pushes = pushes
        self._session: Session = pushes.session
        self._tell = tell
        self._target = "/api/mo/%s.json" % dn
        self._took: list[float] = []
        self._at_risk = False

    def run(self) -> None:
        """:raises EngineError: the port is not there, or its description could not be set back."""
        sheet = self._session.sheet
        found = self._session.objects(self._target)
        if not found:
            raise InvalidOptions("probe_port: the switch has no such port, or this user may not read it.")
        before = found[0].attributes.get("descr", "")
        sheet.privacy.hide(before)
        plain, text = self._pushes.subscribe(self._target + "?subscription=yes")
        if not plain:
            self._pushes.no_more(text)
            sheet.skip("filter_sees", "the switch gives out no further subscription")
            return
        query = 'subscription=yes&query-target-filter=eq(l1PhysIf.adminSt,"%s")' % found[0].attributes.get(
            "adminSt", ""
        )
        filtered, text = self._pushes.subscribe("/api/class/l1PhysIf.json?" + query)
        if not filtered:
            sheet.skip("filter_sees", "a subscription with a filter is refused (%s)" % text)
            return
        try:
            for number in range(1, CHANGES + 1):
                if not self._change(TEXT % number, plain, filtered):
                    break
        finally:
            if self._at_risk:
                unbroken(lambda: self._restore(before))
        if self._took:
            sheet.say("wake-up", "%.1f ms from the POST to the notification (median of %d, %.1f at most)." % (
                statistics.median(self._took), len(self._took), max(self._took)))  # fmt: skip

    def _change(self, text: str, plain: str, filtered: str) -> bool:
        """One change while the socket is listened to. False where there is no use in another one."""
        sheet, socket, pace = self._session.sheet, self._pushes.socket, self._session.pace
        replies: list[Reply] = []
        post = threading.Thread(target=self._post, args=(text, replies))
        started, heard, before = time.monotonic(), len(socket.heard), self._at_risk
        self._at_risk = True
        post.start()
        try:
            event = self._heard(post, replies, lambda each: each.names(plain) and each.carries("descr", text))
        finally:
            post.join()
        if not replies or _refused(replies[0]):
            # Without an answer it may have been done, or be done yet.
            self._at_risk = before or not replies
            said = error_text(replies[0].document) if replies else "no answer"
            sheet.skip("filter_sees", "the change is refused (%s)" % said)
            return False
        now = self._description()
        if now != text:
            made = "and cannot be read" if now is None else "and not made"
            sheet.odd("filter_sees", "the change was accepted, %s" % made)
            return False
        if event is None:
            sheet.odd("filter_sees", "no notification of the change in %g s" % pace.notify)
            return False
        self._took.append((event.at - started) * 1000)
        if len(self._took) == 1:
            seen = any(each.names(filtered) for each in socket.heard[heard:])
            seen = seen or socket.listen(pace.later, lambda each: each.names(filtered)) is not None
            words = "the whole object" if seen else "only what changed"
            sheet.found("filter_sees", "merged" if seen else "delta", words)
        return True

    def _heard(self, post: threading.Thread, replies: list[Reply], wanted: Callable[[Event], bool]) -> Event | None:
        """None after a time, and at once where the change is refused."""
        until = time.monotonic() + self._session.pace.notify
        while time.monotonic() < until and not self._pushes.socket.ended:
            event = self._pushes.socket.listen(SLICE, wanted)
            if event or (not post.is_alive() and (not replies or _refused(replies[0]))):
                return event
        return None

    def _post(self, text: str, replies: list[Reply]) -> None:
        try:
            replies.append(self._session.post(self._target, encode_mo("json", "l1PhysIf", {"descr": text})))
        except EngineError:
            return

    def _description(self) -> str | None:
        found = self._session.objects(self._target)
        return found[0].attributes.get("descr", "") if found else None

    def _restore(self, before: str) -> None:
        """Set back, and read again: only that proves it."""
        now: str | None = None
        for attempt in range(ATTEMPTS):
            time.sleep(self._session.pace.retry if attempt else 0)
            self._post(before, [])
            try:
                now = self._description()
            except EngineError:
                now = None
            if now == before:
                self._session.sheet.say("port", "Its description is as it was.")
                return
        failure = "the description of the port could not be set back: it was %r, and %s. Set it yourself." % (
            before,
            "cannot be read now" if now is None else "is %r now" % now,
        )
        self._tell(failure)
        raise Rejected(failure)


def _refused(reply: Reply) -> bool:
    return reply.status != 200 or reply.document is None or reply.document.error is not None
