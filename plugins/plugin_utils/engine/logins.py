# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Logins that lock no account (DESIGN section 4, 10).

A refused (user, password) is never tried again on that switch. Until it was accepted somewhere, logins with it go one
at a time, and after two switches refused it the others are not even asked. One that was accepted earlier and is
refused after a gap (the switch boots, AAA is not there yet) gets two more tries, a minute apart. A login without an answer
may have been counted as a failed one somewhere: while nothing has accepted the credential, few of them are sent.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import secrets
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field

from .errors import LoginRefused, Unanswered, Unreachable
from .model import ConnectionOptions
from .timing import NORMAL

ENOUGH_REFUSALS = 2
"""Switches that may refuse a never accepted credential before the others are spared."""

TRIES_AFTER_SUCCESS = 2

MOST_UNANSWERED = 2
"""Unanswered logins of a never accepted credential at a switch, after which the next ones are as far apart as late tries.
"""

ITERATIONS = 100_000

SALT_FILE = "salt"
KNOWN_FILE = "logins"
TURN_FILE = "turn"
ACCEPTED, REFUSED, LATE, UNANSWERED = "accepted", "refused", "late", "unanswered"


@dataclass
class _Credential:
    accepted: bool = False
    refused: set[str] = field(default_factory=set)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass
class _Late:
    """Refusals by a switch that had accepted the credential before, or logins without an answer; ``again`` is when it may
    be tried once more, ``words`` how the last one without an answer ended. ``stored``: when the last of them was, if that
    was before this process (epoch seconds)."""

    refusals: int = 0
    unanswered: int = 0
    words: str = "no answer to a login."
    again: float = 0.0
    stored: float | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class LoginLedger:
    """What is known of each credential in this run.

    With a ``folder`` this outlives the process: as digests (PBKDF2 with a salt of the run), never as
    anything that could be used to log in.
    """

    def __init__(self, folder: str | None = None, pause: float = NORMAL.login_pause) -> None:
        self._folder = folder
        self._pause = pause
        self._salt = self._load_salt()
        self._credentials: dict[str, _Credential] = {}
        self._digests: dict[tuple[str, str], str] = {}
        self._accepted_at: set[tuple[str, str]] = set()
        self._late: dict[tuple[str, str], _Late] = {}
        self._read = 0
        self._own: Counter[str] = Counter()
        self._load()

    @asynccontextmanager
    async def attempt(self, options: ConnectionOptions) -> AsyncIterator[None]:
        """Around one login: may wait for its turn, raises LoginRefused without a try, and learns from the outcome."""
        digest = self._digest(options)
        credential = self._credentials.setdefault(digest, _Credential())
        alone = not credential.accepted
        if alone:
            await credential.lock.acquire()
            if credential.accepted:
                credential.lock.release()
                alone = False
        late = self._late.setdefault((digest, options.address), _Late())
        try:
            async with late.lock:  # sessions with other connection options may ask the same switch
                self._load()
                self._recall(late)
                self._check(credential, late, options)
                async with self._learning(credential, late, digest, options):
                    yield
        finally:
            if alone:
                credential.lock.release()

    @contextmanager
    def turn(self, options: ConnectionOptions) -> Iterator[None]:
        """Around an attempt of a process that is one of several with the same folder: they too go one at a time until the
        credential was accepted. Blocks."""
        with ExitStack() as held:
            if self._folder is not None and not self.accepted(options):
                with suppress(OSError):  # as with what cannot be written
                    handle = os.open(os.path.join(self._folder, TURN_FILE), os.O_WRONLY | os.O_CREAT, 0o600)
                    fcntl.flock(held.enter_context(open(handle, "wb")), fcntl.LOCK_EX)
                self._load()
                if self.accepted(options):
                    held.close()
            yield

    def accepted(self, options: ConnectionOptions) -> bool:
        """Whether any switch has accepted this credential in this run."""
        known = self._credentials.get(self._digest(options))
        return known is not None and known.accepted

    def pause(self, options: ConnectionOptions) -> float | None:
        """Seconds until a refused login may be tried once more, None where it may not."""
        late = self._late.get((self._digest(options), options.address))
        if late is None or not 0 < late.refusals <= TRIES_AFTER_SUCCESS:
            return None
        self._recall(late)
        return max(0.0, late.again - _now())

    def _recall(self, late: _Late) -> None:
        """What another process noted was by the wall clock."""
        if late.stored is not None:
            late.again = _now() + min(self._pause, max(0.0, late.stored + self._pause - time.time()))
            late.stored = None

    @asynccontextmanager
    async def _learning(
        self, credential: _Credential, late: _Late, digest: str, options: ConnectionOptions
    ) -> AsyncIterator[None]:
        key = (digest, options.address)
        try:
            yield
        except LoginRefused:
            if key in self._accepted_at:
                late.refusals += 1
                late.again = _now() + self._pause
                self._store(LATE, digest, options.address)
            if self.pause(options) is None:
                credential.refused.add(options.address)
                self._store(REFUSED, digest, options.address)
            raise
        except Unanswered as exc:
            if not credential.accepted:
                late.unanswered, late.words = late.unanswered + 1, str(exc)
                late.again = _now() + self._pause
                self._store(UNANSWERED, digest, options.address)
            raise
        credential.accepted = True
        if key not in self._accepted_at or late.refusals:
            self._accepted_at.add(key)
            self._store(ACCEPTED, digest, options.address)
        late.refusals = late.unanswered = 0

    def _check(self, credential: _Credential, late: _Late, options: ConnectionOptions) -> None:
        if not credential.accepted and late.unanswered >= MOST_UNANSWERED and _now() < late.again:
            raise Unreachable(
                "%s The next login is tried in %.0f s, so that no account is locked."
                % (late.words, late.again - _now())
            )
        if late.refusals and _now() < late.again:
            raise LoginRefused(
                "%s took this user name and password of %s earlier and refuses them now; they are tried again in %.0f s."
                % (options.address, options.username, late.again - _now())
            )
        if options.address in credential.refused:
            raise LoginRefused(
                "%s refused this user name and password of %s earlier in this run; it is not tried again. "
                "Correct the password (or give another user)." % (options.address, options.username)
            )
        if not credential.accepted and len(credential.refused) >= ENOUGH_REFUSALS:
            raise LoginRefused(
                "not tried on %s: %d other switches refused this user name and password of %s, and none accepted it, "
                "so further tries could only lock the account. Correct the password."
                % (options.address, len(credential.refused), options.username)
            )

    def _digest(self, options: ConnectionOptions) -> str:
        """Computed once a credential, since it takes 25 ms on purpose. PBKDF2, for scrypt is missing in FIPS mode."""
        key = (options.username, options.password)
        if key not in self._digests:
            text = "\0".join(key).encode("utf-8", "surrogateescape")
            self._digests[key] = hashlib.pbkdf2_hmac("sha256", text, self._salt, ITERATIONS, 16).hex()
        return self._digests[key]

    def _load_salt(self) -> bytes:
        if self._folder is None:
            return secrets.token_bytes(16)
        path = os.path.join(self._folder, SALT_FILE)
        salt = _salt(path)
        if salt is None:  # not there yet, or not to be read: then what is known of earlier listeners is lost
            _make(path, secrets.token_bytes(16))
            salt = _salt(path)
        if salt is None:
            salt = secrets.token_bytes(16)
            _write(path, salt, os.O_TRUNC)
        return salt

    def _load(self) -> None:
        """What is new in the file: at first all of it, later what other processes of the run (a probe) have noted."""
        if self._folder is None:
            return
        try:
            with open(os.path.join(self._folder, KNOWN_FILE), "rb") as file:
                file.seek(self._read)
                data = file.read()
        except OSError:
            return
        whole = data[: data.rfind(b"\n") + 1]
        self._read += len(whole)
        for line in whole.decode(errors="replace").splitlines():
            if self._own[line]:
                self._own[line] -= 1
            else:
                self._learn(line.split(" "))
        self._own = +self._own

    def _learn(self, line: list[str]) -> None:
        if len(line) != 4 or not line[3].isdecimal():
            return
        digest, outcome, address, at = line
        credential = self._credentials.setdefault(digest, _Credential())
        late = self._late.setdefault((digest, address), _Late())
        if outcome == ACCEPTED:
            credential.accepted = True
            self._accepted_at.add((digest, address))
            late.refusals, late.unanswered, late.again, late.stored = 0, 0, 0.0, None
        elif outcome == LATE:
            late.refusals, late.stored = late.refusals + 1, float(at)
        elif outcome == UNANSWERED:
            late.unanswered, late.stored = late.unanswered + 1, float(at)
        elif outcome == REFUSED:
            credential.refused.add(address)

    def _store(self, outcome: str, digest: str, address: str) -> None:
        if self._folder is not None:
            line = "%s %s %s %d" % (digest, outcome, address, time.time())
            self._own[line] += 1
            # It begins anew behind one that the disk had no room for.
            _write(os.path.join(self._folder, KNOWN_FILE), ("\n%s\n" % line).encode(), os.O_APPEND)


def _now() -> float:
    return asyncio.get_running_loop().time()


def _salt(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            salt = file.read()
    except OSError:
        return None
    return salt if len(salt) == 16 else None


def _make(path: str, data: bytes) -> None:
    """A file with all that is in it, or not at all; if another process is faster it is that one's."""
    with suppress(OSError), tempfile.NamedTemporaryFile(dir=os.path.dirname(path)) as part:
        part.write(data)
        part.flush()
        os.link(part.name, path)


def _write(path: str, data: bytes, how: int) -> None:
    """Write what cannot be written (a full disk) nowhere: memory still knows it."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | how, 0o600)
    except OSError:
        return
    try:
        os.write(handle, data)
    except OSError:
        pass
    finally:
        os.close(handle)
