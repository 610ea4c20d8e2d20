# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The REST conversation of one session: one request in flight, the token kept fresh, each reply given its meaning.

It logs in and refreshes the token; it does not decide what to do when the switch has forgotten the session: that is
SessionEnded, for the session to recover from.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass

from .codec import encode_login, encode_logout, token_of
from .errors import EngineError, Forbidden, LoginRefused, NotNxapi, Rejected, SessionEnded, Unanswered, Unreachable
from .logins import LoginLedger
from .model import ConnectionOptions, Document, ManagedObject
from .query import Query
from .rest import Reply, RestClient, TlsContexts, error_text, reach
from .signals import finished

TOKEN_LIFETIME = 300.0
"""Seconds, where the login reply names none: the shorter of the two defaults seen (300 on old APIC, 600 on NX-OS)."""

PAGE_SIZE = 2000
"""MOs asked for at a time. APIC refuses replies of more than 100,000 (documented); NX-OS publishes no limit."""

MAX_PAGES = 50
"""A scope of more than that (100,000 MOs) is refused, as APIC does: a part of it must not pass for the whole."""

REFUSED = ("401", "403")

LEAST_SECRET = 4
"""Letters of a password that is kept out of the switch's words; a shorter one would be found in any."""

_CREDENTIALS = re.compile(r"password|authenti|credential|user ?name|invalid user", re.IGNORECASE)
"""Words of a refused login under any other code (G10: nobody public states NX-OS's). Taken for a refusal, so that it is
not tried again: a false one costs a message, a missed one an account."""


@dataclass
class Token:
    """A session's token: ``ends`` is monotonic; ``proven`` once the switch has accepted it for anything."""

    value: str
    lifetime: float
    refresh_at: float
    ends: float
    proven: bool = False


class Conversation:
    def __init__(
        self, options: ConnectionOptions, ledger: LoginLedger, contexts: TlsContexts, executor: Executor
    ) -> None:
        self.options = options
        self.token: Token | None = None
        self._lingering: Token | None = None
        self.lock = asyncio.Lock()
        self.requests = 0
        self.logins = 0
        self.answered = False
        self.last_reply: float | None = None
        self._ledger = ledger
        self._contexts = contexts
        self._executor = executor
        self._client: RestClient | None = None

    # The session on the switch

    async def login(self) -> None:
        """Log in; at most one login of a session is under way, and the ledger may forbid it."""
        await self._reach()
        async with self.lock, self._ledger.attempt(self.options):
            if self._lingering is not None:
                await self._logout()
            body = encode_login("json", self.options.username, self.options.password)
            reply = await self._send("POST", "/api/aaaLogin.json", None, body)
            document = reply.document
            code = document.error.code if document and document.error else ""
            text = self._words(document)
            if reply.status in (401, 403) or code in REFUSED or (reply.status < 500 and _CREDENTIALS.search(text)):
                raise LoginRefused(
                    "%s refuses user %s%s. Check username and password."
                    % (self.options.address, self.options.username, ": " + text if text else "")
                )
            try:
                found = token_of(self._meaning(reply))
            except SessionEnded as exc:  # there is none yet to end
                raise Unreachable(str(exc)) from None
            if found is None:
                raise NotNxapi("%s answers a login without a token." % self.options.address)
            self._accept(found, proven=False)
            self.logins += 1

    async def _reach(self) -> None:
        """Until the credential is known to be good, logins go one at a time: a switch that is off must not hold them up."""
        if self._ledger.accepted(self.options):
            return
        work = asyncio.get_running_loop().run_in_executor(self._executor, reach, self.options)
        if not await finished(work, 2 * self.options.request_timeout + 5):
            raise Unreachable("no answer from %s." % self.options.address)
        work.result()

    async def refresh_token(self) -> None:
        """Replace the token by a new one; a lost reply is tried once more, then the session counts as ended."""
        async with self.lock:
            try:
                await self._refresh_token()
            except SessionEnded:
                self.token = None
                raise

    async def _refresh_token(self) -> None:
        token = self._current()
        attempts: list[tuple[str, bytes | None]] = [
            ("GET", None),
            ("POST", encode_logout("json", self.options.username)),
        ]
        for method, body in attempts:
            try:
                reply = await self._send(method, "/api/aaaRefresh.json", token.value, body)
                found = token_of(self._meaning(reply))
            except (Rejected, Unreachable, NotNxapi):
                continue
            if found is not None:
                self._accept(found, proven=True)
                return
        raise SessionEnded("the token could not be refreshed")

    def _accept(self, found: tuple[str, float | None], proven: bool) -> None:
        value, lifetime = found
        seconds = lifetime or TOKEN_LIFETIME
        now = _now()
        self.token = Token(value, seconds, now + seconds * random.uniform(0.45, 0.5), now + seconds, proven)

    def _current(self) -> Token:
        if self.token is None or _now() >= self.token.ends:
            raise SessionEnded("the session has ended")
        return self.token

    async def logout(self, executor: Executor | None = None) -> None:
        """Best effort: a session that cannot be ended runs out by itself. ``executor``: where threads are free."""
        async with self.lock:
            self._executor = executor or self._executor
            await self._logout()

    async def _logout(self) -> None:
        """Not right after a 405: the switch would end the socket, and the gap be named after that."""
        token, self.token, self._lingering = self.token or self._lingering, None, None
        if token is None:
            return
        try:
            body = encode_logout("json", self.options.username)
            await self._send("POST", "/api/aaaLogout.json", token.value, body)
        except EngineError:
            pass

    def close(self) -> None:
        if self._client is not None:
            self._client.close()

    def close_idle(self, now: float, idle: float) -> None:
        """Close a connection that has not been used for so many seconds; the next request opens another."""
        at = self.idle_at(idle)
        if at is not None and now >= at and not self.lock.locked():
            self.close()
            self._client = None

    def idle_at(self, idle: float) -> float | None:
        """When `close_idle` would close it; None if there is nothing to close."""
        return None if self._client is None or self.last_reply is None else self.last_reply + idle

    # Requests

    async def ask(self, method: str, target: str, body: bytes | None = None) -> Document:
        """One request under the session's token, alone on the line."""
        async with self.lock:
            return await self.exchange(method, target, body)

    async def read(self, query: Query, sending: Callable[[], None] | None = None) -> list[ManagedObject]:
        """All MOs of the query, page by page. ``sending`` is called when the first request is about to go out."""
        async with self.lock:
            if sending is not None:
                sending()
            if not query.paged:
                return list((await self.exchange("GET", query.target())).objects)
            return await self._pages(query)

    async def _pages(self, query: Query) -> list[ManagedObject]:
        """A scope of several pages has no one moment, and no promised order: what does not add up is read as a whole."""
        found: dict[str, ManagedObject] = {}
        totals: set[int | None] = set()
        count = 0
        for page in range(MAX_PAGES + 1):
            document = await self.exchange("GET", query.target(page=page, page_size=PAGE_SIZE))
            found.update((mo.dn, mo) for mo in document.objects)
            totals.add(document.total)
            count += len(document.objects)
            if len(document.objects) < PAGE_SIZE or len(found) < count:
                break
        else:
            raise Rejected(
                "%s has more than %s objects of %s: narrow the query."
                % (self.options.address, format(MAX_PAGES * PAGE_SIZE, ","), query.describe())
            )
        if count == len(found) and (totals == {count} or (totals == {None} and count < PAGE_SIZE)):
            return list(found.values())
        return list((await self.exchange("GET", query.target())).objects)

    async def exchange(self, method: str, target: str, body: bytes | None = None) -> Document:
        """`ask` for a caller that holds the lock. Whatever ends the session also drops its token, and no other's."""
        try:
            return await self._exchange(method, target, body)
        except SessionEnded as exc:
            self._lingering, self.token = self.token if exc.linger else None, None
            raise

    async def _exchange(self, method: str, target: str, body: bytes | None) -> Document:
        token = self._current()
        reads = method == "GET" and not target.startswith("/api/subscriptionRefresh")
        reply = await self._send(method, target, token.value, body)
        if not self._denied(reply):
            document = self._meaning(reply, reads)
            token.proven = True
            return document
        denied = Forbidden(
            "%s lets user %s log in, but not do this: %s."
            % (self.options.address, self.options.username, self._words(reply.document) or "HTTP %d" % reply.status)
        )
        if not token.proven:
            raise denied
        await self._refresh_token()  # a session that has ended shows here
        reply = await self._send(method, target, self._current().value, body)
        if self._denied(reply):
            raise denied
        return self._meaning(reply, reads)

    @staticmethod
    def _denied(reply: Reply) -> bool:
        """401 or 403, as status or as an error inside a 200."""
        code = reply.document.error.code if reply.document and reply.document.error else ""
        return reply.status in (401, 403) or code in REFUSED

    def _meaning(self, reply: Reply, reads: bool = True) -> Document:
        """The document of a good reply, else what the bad one means.

        ``reads``: the reply has to be a document. A refresh or a change may be answered by nothing at all (Cisco's
        guide: "an empty response").
        """
        where, document = self.options.address, reply.document
        if reply.empty and reply.status in (200, 204) and not reads:
            self.answered = True
            return Document()
        if document is None:
            if reply.status >= 500:
                raise Unreachable("%s answers HTTP %d." % (where, reply.status))
            if reply.status in (401, 403):
                raise SessionEnded("%s answers HTTP %d." % (where, reply.status))
            raise NotNxapi(_not_nxapi(where, reply))
        if document.error is None and reply.status < 400:
            self.answered = True
            return document
        code = document.error.code if document.error else str(reply.status)
        text = self._words(document) or "HTTP %d" % reply.status
        if reply.status in (401, 403) or code in REFUSED:
            raise SessionEnded("%s: %s" % (where, text))
        if reply.status == 405 or code == "405":
            raise SessionEnded("%s: %s" % (where, text), linger=True)
        if reply.status >= 500 or code == "503":
            raise Unreachable("%s answers HTTP %d: %s." % (where, reply.status, text.rstrip(".")))
        raise Rejected(
            "%s refuses the request: %s. Check dn, class and filter." % (where, text.rstrip(".")), code, text
        )

    def _words(self, document: Document | None) -> str:
        """The switch's own words of an error; a password or token that it repeats is none of anybody's business."""
        text = error_text(document)
        tokens = (token.value for token in (self.token, self._lingering) if token is not None)
        for secret in (self.options.password, *tokens):
            if len(secret) >= LEAST_SECRET:
                text = text.replace(secret, "***")
        return text

    async def _send(self, method: str, target: str, cookie: str | None, body: bytes | None) -> Reply:
        """Run the blocking request in a thread; if nobody waits for it any more, its connection is given up."""
        loop = asyncio.get_running_loop()
        if self._client is None:
            self._client = RestClient(self.options, self._contexts.get(self.options))
        client = self._client
        self.requests += 1
        work = loop.run_in_executor(self._executor, client.request, method, target, cookie, body)
        limit = 2 * self.options.request_timeout + 5
        try:
            in_time = await finished(work, limit)
        except asyncio.CancelledError:
            self._give_up(client)
            raise
        if not in_time:
            self._give_up(client)
            raise Unanswered("no complete answer from %s within %g s." % (self.options.address, limit))
        self.last_reply = _now()
        return work.result()

    def _give_up(self, client: RestClient) -> None:
        """Its thread may still wait for the switch: end the connection, so that the thread is free again."""
        self._client = None
        client.abort()


def _not_nxapi(where: str, reply: Reply) -> str:
    if reply.location:
        scheme = reply.location.partition("://")[0]
        if scheme in ("http", "https"):
            return "%s redirects to %s; set use_ssl to %s (and port)." % (
                where, scheme, "true" if scheme == "https" else "false",
            )  # fmt: skip
    return (
        "%s answers, but not as NX-API REST (HTTP %d). Check that 'feature nxapi' is on, and that host, port and "
        "use_ssl are NX-API's." % (where, reply.status)
    )


def _now() -> float:
    return asyncio.get_running_loop().time()
