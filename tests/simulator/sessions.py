# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tokens and the sessions behind them: issue, refresh, expiry, urlToken, the cookie.

A session has one newest token and maybe older ones that live until their own end (gap G9). It ends when its newest
token
does, on logout, or by a fault; its sockets and subscriptions end with it.
"""

from __future__ import annotations

import asyncio
import base64
import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .errors import need_token, token_timeout
from .options import Options

if TYPE_CHECKING:
    from .sockets import Socket

TOKEN_BYTES = 128
"""172 characters of base64, as in all public NX-OS examples."""
_COOKIE = re.compile(r"\s*apic-cookie\s*=\s*(.*?)\s*", re.I | re.S)


@dataclass(eq=False)
class Session:
    """One login. ``tokens`` maps each token that still opens it to its end on the loop's clock."""

    user: str
    read_only: bool
    created: float
    sid: str = field(default_factory=lambda: base64.b64encode(secrets.token_bytes(16)).decode())
    tokens: dict[str, float] = field(default_factory=dict)
    newest: str = ""
    url_tokens: list[str] = field(default_factory=list)
    sockets: list[Socket] = field(default_factory=list)
    unlinked: bool = False
    timer: asyncio.TimerHandle | None = None

    @property
    def socket(self) -> Socket | None:
        """The socket that a subscription is bound to: the last one opened."""
        return self.sockets[-1] if self.sockets and not self.unlinked else None


@dataclass(frozen=True)
class Credentials:
    """What a request shows: the tokens of all its cookies and its challenge."""

    tokens: tuple[str, ...]
    challenge: str = ""

    @property
    def doubled(self) -> bool:
        """Two cookies of the name: the documented defect that mutes subscriptions."""
        return len(self.tokens) > 1


def read_cookies(headers: Iterable[str]) -> tuple[str, ...]:
    """The values of every APIC-cookie pair, the name in any case, quoted or not."""
    pairs = (pair for header in headers for pair in header.split(";"))
    found = (match.group(1) for match in map(_COOKIE.fullmatch, pairs) if match)
    return tuple(value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value for value in found)


class Sessions:
    """All sessions of one switch. ``on_end`` is called with each that ends."""

    def __init__(self, options: Options, now: Callable[[], float], on_end: Callable[[Session], None]) -> None:
        self._options = options
        self._now = now
        self._on_end = on_end
        self._by_token: dict[str, Session] = {}
        self.live: set[Session] = set()

    def open(self, user: str, read_only: bool, created: float, url_token: bool) -> Session:
        session = Session(user, read_only, created)
        self.live.add(session)
        self._issue(session, url_token)
        return session

    def refresh(self, session: Session, url_token: bool) -> None:
        """A new token; the old one stays or goes as gap G9 says."""
        if self._options.old_token == "invalid":
            for token in list(session.tokens):
                self._forget(session, token)
        self._issue(session, url_token)

    def authenticate(self, shown: Credentials) -> Session:
        """The session of a request; ApiError 403 where there is none."""
        if not shown.tokens:
            raise need_token()
        session = next((found for token in shown.tokens if (found := self.find(token))), None)
        if session is None:
            raise token_timeout()
        if session.url_tokens and shown.challenge not in session.url_tokens:
            raise need_token()
        if self._options.sliding_session:
            for token in session.tokens:
                session.tokens[token] = self._now() + self._options.session_timeout
            self._arm(session)
        return session

    def find(self, token: str) -> Session | None:
        session = self._by_token.get(token)
        if session and session.tokens.get(token, 0.0) <= self._now():
            self._forget(session, token)
            return None
        return session

    def for_socket(self, token: str, url_token: str) -> Session | None:
        """The session that a socket may open with: only its newest token, and the right urlToken if one is given."""
        session = self.find(token)
        if session is None or session.newest != token:
            return None
        if url_token and session.url_tokens and url_token not in session.url_tokens:
            return None
        return session

    def end(self, session: Session) -> None:
        if session not in self.live:
            return
        self.live.discard(session)
        if session.timer:
            session.timer.cancel()
        for token in list(session.tokens):
            self._forget(session, token)
        self._on_end(session)

    def end_all(self, user: str = "") -> int:
        chosen = [session for session in self.live if not user or session.user == user]
        for session in chosen:
            self.end(session)
        return len(chosen)

    def revoke_all(self, user: str = "") -> int:
        """No token of these sessions is good any more; they and their sockets live on until their time is over."""
        chosen = [session for session in self.live if not user or session.user == user]
        for session in chosen:
            for token in list(session.tokens):
                self._forget(session, token)
        return len(chosen)

    def _issue(self, session: Session, url_token: bool) -> None:
        token = base64.b64encode(secrets.token_bytes(TOKEN_BYTES)).decode()
        session.tokens[token] = self._now() + self._options.session_timeout
        session.newest = token
        self._by_token[token] = session
        if url_token:
            session.url_tokens = [*session.url_tokens[-1:], secrets.token_hex(32)]
        self._arm(session)

    def _arm(self, session: Session) -> None:
        if session.timer:
            session.timer.cancel()
        session.timer = asyncio.get_running_loop().call_later(
            max(session.tokens.values()) - self._now(), self.end, session
        )

    def _forget(self, session: Session, token: str) -> None:
        session.tokens.pop(token, None)
        self._by_token.pop(token, None)
