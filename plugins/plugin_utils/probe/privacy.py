# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a report may not hold: secrets, names and addresses of the switch, and what a terminal or a YAML reader cannot bear.
Pure."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

LONGEST = 300
"""Characters of one text; an error of a switch is a line."""

HIDDEN = "<hidden>"

_IPV4 = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?!\.?\w)(?::\d+)?")
_HEX_GROUPS = re.compile(r"(?<![\w:])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?![\w:])", re.I)
_DOTTED_MAC = re.compile(r"(?<![\w.])[0-9a-f]{4}(?:\.[0-9a-f]{4}){2}(?!\.?\w)", re.I)
_MAC = re.compile(r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}", re.I)


def names_of(host: str) -> list[str]:
    """The host, and if it is a name its label and its domain, which may stand alone elsewhere."""
    host = host.strip("[]")
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return list(dict.fromkeys(filter(None, [host, *host.partition(".")[::2]])))
    return [host]


class Privacy:
    """``words`` are hidden where they stand alone, ``secrets`` wherever they occur."""

    def __init__(self, words: Iterable[str] = (), secrets: Iterable[str] = ()) -> None:
        self._words: list[str] = []
        self._secrets = sorted(filter(None, secrets), key=len, reverse=True)
        self.hide(*words)

    def hide(self, *words: str) -> None:
        self._words = sorted({*self._words, *filter(None, words)}, key=len, reverse=True)

    def hide_secret(self, secret: str) -> None:
        self._secrets = sorted({*self._secrets, secret} - {""}, key=len, reverse=True)

    def scrub(self, text: str) -> str:
        """One line of it that anybody may read."""
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        for word in self._words:
            text = re.sub(r"(?<![\w-])%s(?![\w-])" % re.escape(word), HIDDEN, text, flags=re.I)
        text = _HEX_GROUPS.sub(_address, _DOTTED_MAC.sub("<address>", _IPV4.sub("<address>", text)))
        text = "".join(each if each.isprintable() else "?" for each in " ".join(text.split()))
        return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def _address(found: re.Match[str]) -> str:
    text = found.group()
    if _MAC.fullmatch(text):
        return "<address>"
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return text
    return "<address>"
