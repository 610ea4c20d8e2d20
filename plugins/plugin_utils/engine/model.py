# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The values that pass between the parts of the engine, without I/O, without a clock. Nobody changes one.

Those that are made for each notification are not ``frozen``, here and elsewhere in the engine: making a frozen one takes seven
times as long, and a dozen of them were a quarter of what a notification costs (measured by `make bench`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

STATUSES = ("created", "modified", "deleted")
"""What the ``status`` of an MO in a notification can say; in a read it is empty (PROTOCOL: confirmed on NX-OS)."""


@dataclass(slots=True)
class ManagedObject:
    """One MO as a document carries it.

    ``attributes`` are the switch's own strings without ``dn``, ``rn``, ``childAction`` and ``status`` (``rn`` and
    ``childAction`` are noise in notifications); ``modTs`` stays. ``status`` is empty in reads. Treated as immutable.
    """

    cls: str
    dn: str
    attributes: Mapping[str, str]
    status: str = ""

    def get(self, name: str) -> str | None:
        """The attribute's value, ``dn`` included; None if this MO does not carry it."""
        if name == "dn":
            return self.dn
        return self.attributes.get(name)

    def as_result(self) -> dict[str, object]:
        """The shape users see: ``{class, dn, attributes}``, with ``status`` only where there is one."""
        result: dict[str, object] = {"class": self.cls, "dn": self.dn, "attributes": dict(self.attributes)}
        if self.status:
            result["status"] = self.status
        return result


@dataclass(frozen=True)
class SwitchError:
    """An ``error`` object of a reply: the switch's ``code`` and ``text``."""

    code: str
    text: str


@dataclass(slots=True)
class Document:
    """A decoded reply or notification.

    ``objects``: flat, in document order, a child's dn rebuilt from its parent's and its rn.
    ``subscription_ids``: opaque strings, empty where the document names none.
    ``total``: ``totalCount`` where present (NX-OS leaves it out of some replies). ``error``: the worst error object.
    """

    objects: tuple[ManagedObject, ...] = ()
    subscription_ids: tuple[str, ...] = ()
    total: int | None = None
    error: SwitchError | None = None


@dataclass(frozen=True)
class ConnectionOptions:
    """How to reach one switch; all of it together is the session's identity. ``repr`` shows no password."""

    host: str
    port: int
    username: str
    password: str
    use_ssl: bool = True
    validate_certs: bool = True
    ca_path: str | None = None
    use_proxy: bool = True
    request_timeout: float = 30.0

    def __repr__(self) -> str:
        return "ConnectionOptions(%s, %s)" % (self.base_url, self.username)

    @property
    def address(self) -> str:
        """``host:port``, with the brackets that an IPv6 address needs."""
        host = "[%s]" % self.host if ":" in self.host and not self.host.startswith("[") else self.host
        return "%s:%d" % (host, self.port)

    @property
    def base_url(self) -> str:
        return "%s://%s" % ("https" if self.use_ssl else "http", self.address)
