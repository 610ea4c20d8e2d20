# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Request targets: what of the API a path means, raw or percent-encoded, with doubled slashes, with the node alias.
Pure."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote

from .dn import collapse

METHODS = ("aaaLogin", "aaaRefresh", "aaaLogout", "subscriptionRefresh")


@dataclass(frozen=True)
class Target:
    """``kind`` is mo, class or one of METHODS; ``dn`` and ``cls`` what it is about; ``fmt`` json or xml."""

    kind: str
    fmt: str
    params: dict[str, str]
    dn: str = ""
    cls: str = ""


def parse(raw: str) -> Target | None:
    """None where the switch's web server has no such page."""
    if "://" in raw.partition("?")[0][:8]:
        raw = "/" + raw.split("://", 1)[1].partition("/")[2]
    path, _unused, query = raw.partition("?")
    path = collapse(unquote(path))
    if not path.startswith("/api/"):
        return None
    name, dot, fmt = path[len("/api/") :].rpartition(".")
    if not dot or fmt not in ("json", "xml"):
        return None
    name = name.removeprefix("node/")
    kind, _unused, rest = name.partition("/")
    params = read_params(query)
    method = rest if kind in ("mo", "class") else name
    if method in METHODS:
        return Target(method, fmt, params)
    if kind == "mo":
        return Target("mo", fmt, params, dn=rest.rstrip("/"))
    if kind == "class" and rest:
        scope, _unused, cls = rest.rpartition("/")
        return Target("class", fmt, params, dn=scope, cls=cls)
    return None


def read_params(query: str) -> dict[str, str]:
    """Split at ``&`` outside of double quotes, then percent-decoded; a plus stays a plus, for the sake of filters."""
    parts, quoted, start = [], False, 0
    for index, character in enumerate(query):
        quoted ^= character == '"'
        if character == "&" and not quoted:
            parts.append(query[start:index])
            start = index + 1
    parts.append(query[start:])
    pairs = (part.partition("=") for part in parts if part)
    return {unquote(name): unquote(value) for name, _unused, value in pairs}
