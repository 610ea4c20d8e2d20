# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether bytes or texts hold a secret, in clear or in one of the dresses that programs put it in."""

from __future__ import annotations

import base64
import json
import re
import traceback
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

from simulator.thread import Handle

LONG_ENOUGH = 12
"""Letters and digits in a row that appear by no accident. They survive quoting, JSON, repr and a line's end."""


def dresses(secret: str) -> set[bytes]:
    """What to look for: the secret itself, quoted and escaped, in base64 at any offset, and long plain pieces of it."""
    data = secret.encode()
    found = {data, quote(secret, safe="").encode(), quote_plus(secret).encode(), json.dumps(secret)[1:-1].encode()}
    found.add(repr(secret)[1:-1].encode())
    found.add(data.hex().encode())
    for offset in range(3):
        # The characters at both ends depend on what stands before and after it.
        encoded = base64.b64encode(b"x" * offset + data)
        found.add(encoded[(0, 2, 3)[offset] : len(encoded) - 4])
    found |= {piece.encode() for piece in re.findall(r"[A-Za-z0-9]+", secret) if len(piece) >= LONG_ENOUGH}
    return {each for each in found if len(each) >= 8}


class Secrets:
    """What must not be seen. ``seen_in(data)`` -> the names of those that are in it; the secrets are not repeated."""

    def __init__(self, **named: str) -> None:
        self._dresses: dict[str, set[bytes]] = {name: dresses(secret) for name, secret in named.items()}

    def add(self, name: str, secret: str) -> None:
        self._dresses[name] = dresses(secret)

    def names(self, prefix: str) -> list[str]:
        return [name for name in self._dresses if name.startswith(prefix)]

    def seen_in(self, data: bytes | str) -> list[str]:
        raw = data.encode(errors="surrogateescape") if isinstance(data, str) else data
        return [name for name, all_of_it in self._dresses.items() if any(each in raw for each in all_of_it)]


def record_tokens(switch: Handle, secrets: Secrets, name: str = "") -> None:
    """Every token that the switch hands out from now on is a secret. Nothing of the switch's own keeps them."""

    def begin(simulated: object) -> None:
        sessions = simulated.sessions  # type: ignore[attr-defined]
        issue = sessions._issue

        def recorded(session: object, *arguments: object) -> None:
            issue(session, *arguments)
            secrets.add("token %s%d" % (name, len(secrets.names("token " + name))), session.newest)  # type: ignore[attr-defined]

        sessions._issue = recorded

    switch.call(begin)


def everything_of(exc: BaseException) -> str:
    """All that can come to light of an exception: its words, its arguments, its chain, hidden links of it included."""
    parts = ["".join(traceback.format_exception(type(exc), exc, exc.__traceback__))]
    for each in _chain(exc):
        parts += [str(each), repr(each), repr(each.args), repr(vars(each))]
    return "\n".join(parts)


def _chain(exc: BaseException) -> Iterator[BaseException]:
    queue: list[BaseException | None] = [exc]
    seen: set[int] = set()
    while queue:
        each = queue.pop()
        if each is not None and id(each) not in seen:
            seen.add(id(each))
            yield each
            queue += [each.__cause__, each.__context__]


def texts(records: Iterable[object]) -> str:
    """Log records as a file would have them, tracebacks included."""
    import logging

    formatter = logging.Formatter("%(name)s %(message)s")
    return "\n".join(formatter.format(each) for each in records)  # type: ignore[arg-type]
