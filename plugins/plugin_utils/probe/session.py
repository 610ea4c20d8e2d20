# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The session of a probe: one login with the credential, what REST alone can tell, the token's refresh, the logout."""

from __future__ import annotations

import json
import re
import ssl
import statistics
import time
from dataclasses import dataclass, field

from ..engine.codec import encode_login, encode_logout, token_of
from ..engine.errors import EngineError, Forbidden, LoginRefused, NotNxapi, Unreachable
from ..engine.model import ConnectionOptions, ManagedObject
from ..engine.rest import Reply, error_text
from .findings import Sheet
from .pace import NORMAL, Pace
from .wire import Rest

SYS = "/api/mo/sys.json"
PAGE = "page=0&page-size=64"
"""Enough to see an order, and nothing for the switch."""

KIND = (
    ("/api/mo/sys/showversion.json", "nxosVersion", "NX-OS %s."),
    ("/api/mo/sys/ch.json", "model", "Model %s."),
)

ROLES = ("network-admin", "network-operator", "vdc-admin", "vdc-operator", "dev-ops", "priv-15")
"""Those of NX-OS itself; what others are called is nobody's business."""

TRIPS = 5
_COOKIE = re.compile(r"\s*apic-cookie=[^;]*;?\s*(.*?)\s*", re.I | re.S)
_SECURE = re.compile(r";?\s*\bSecure\b\s*(?=;|$)", re.I)
_ZONE = re.compile(r"[+-][0-9]{2}:[0-9]{2}$")


@dataclass
class Session:
    """``ports``: the DNs of some ports. ``lifetime``: that of the token in seconds, 0 if unknown; ``born``: when it began."""

    options: ConnectionOptions
    sheet: Sheet
    rest: Rest
    context: ssl.SSLContext | None = None
    token: str = ""
    lifetime: float = 0.0
    born: float = 0.0
    pace: Pace = NORMAL
    ports: list[str] = field(default_factory=list)

    def get(self, target: str, token: str = "") -> Reply:
        return self.rest.request("GET", target, token or self.token)

    def post(self, target: str, body: bytes) -> Reply:
        return self.rest.request("POST", target, self.token, body)

    # -- login

    def login(self) -> None:
        """Once. A refusal is an answer too: gap G10."""
        options, sheet = self.options, self.sheet
        body = encode_login("json", options.username, options.password)
        reply = self.rest.request("POST", "/api/aaaLogin.json", None, body)
        found = token_of(reply.document) if reply.document else None
        if reply.document is None or found is None:
            self._refused(reply)
            return
        self.token, self.born = found[0], time.monotonic()
        sheet.privacy.hide_secret(self.token)
        self._login_reply(found[1])
        self._cookie()
        sheet.say("login", "User and password are accepted (%.0f ms)." % (self.rest.seconds * 1000))

    def _refused(self, reply: Reply) -> None:
        where, text = self.options.address, self.sheet.privacy.scrub(error_text(reply.document))
        said = "HTTP %d%s" % (reply.status, ", " + text if text else "")
        if reply.status >= 500:
            raise Unreachable("%s cannot log anybody in now (%s); try again later." % (where, said))
        if reply.document is None and reply.status not in (401, 403):
            raise NotNxapi("%s answers the login with HTTP %d, not as NX-API." % (where, reply.status))
        self.sheet.found("bad_password_status", reply.status, str(reply.status))
        if text:
            self.sheet.found("bad_password_text", text, text)
        raise LoginRefused(
            "%s refuses user and password (%s). They were tried once only, so that no account is locked."
            % (where, said)
        )

    def _login_reply(self, lifetime: float | None) -> None:
        sheet = self.sheet
        sheet.found("no_refresh_timeout_seconds", lifetime is None, "no" if lifetime else "yes, it lacks it")
        if lifetime:
            self.lifetime = lifetime
            sheet.found("session_timeout", lifetime, "%g s" % lifetime)
        roles = write_roles(self.rest.body)
        if roles is not None:
            names = sorted({role if role in ROLES else "one of its own" for role in roles})
            sheet.say("role", "Roles with the right to write: %s." % (", ".join(names) or "none"))

    def _cookie(self) -> None:
        found = next((match for match in map(_COOKIE.fullmatch, self.rest.cookies) if match), None)
        if found is None:
            return
        attributes = found.group(1)
        secure = bool(_SECURE.search(attributes))
        plain = _SECURE.sub("", attributes).strip("; ") if self.options.use_ssl else attributes
        if self.options.use_ssl and not secure:
            self.sheet.odd("cookie_attributes", "%s, without Secure" % attributes)
        else:
            self.sheet.found("cookie_attributes", plain, attributes or "none")

    # -- reads

    def read(self) -> None:
        """Whether the role may read ``sys``; round trips; what switch it is."""
        sheet, reply = self.sheet, self.get(SYS)
        if reply.status != 200 or reply.document is None or reply.document.error or not reply.document.objects:
            raise self._unreadable(reply)
        top = reply.document.objects[0]
        sheet.privacy.hide(*(top.get(name) or "" for name in ("name", "serial", "address", "oobMgmtAddr")))
        sheet.say("read", "The role may read sys.")
        took = []
        for _trip in range(TRIPS):
            self.get(SYS)
            took.append(self.rest.seconds * 1000)
        sheet.say("round trip", "REST %.1f ms (median of %d, %.1f at most)." % _middle(took))
        for target, attribute, words in KIND:
            found = self.objects(target)
            if found and found[0].get(attribute):
                sheet.say("switch", words % found[0].get(attribute))

    def _unreadable(self, reply: Reply) -> EngineError:
        text = self.sheet.privacy.scrub(error_text(reply.document))
        said = "HTTP %d%s" % (reply.status, ", " + text if text else "")
        if reply.status >= 500:
            return Unreachable("the login is good, but sys cannot be read now (%s); try again later." % said)
        if reply.document is None:
            return NotNxapi("the login is good, but a read of sys is not answered as NX-API (%s)." % said)
        if reply.document.error or reply.status != 200:
            return Forbidden(
                "the login is good, but the role of this user may not read sys (%s): give it a role that may read, "
                "such as network-operator." % said
            )
        return NotNxapi(
            "the login is good, but there is no sys to read: is this a standalone NX-OS switch? ACI's are not meant."
        )

    def objects(self, target: str) -> tuple[ManagedObject, ...]:
        """What a read returns; nothing where it is refused."""
        reply = self.get(target)
        return reply.document.objects if reply.document and not reply.document.error else ()

    def look(self) -> None:
        """The order of replies, and modTs."""
        target = "/api/class/l1PhysIf.json?" + PAGE
        configured = self.objects(target)
        self.ports = [mo.dn for mo in configured]
        if not configured:
            self.sheet.say("read", "No Ethernet port can be read, so sys has to do for what follows.")
        if len(configured) > 2:
            again = [mo.dn for mo in self.objects(target)]
            same = sorted(again) == sorted(self.ports) and again == self.ports
            self.sheet.found("unstable_order", not same, "the same twice" if same else "another one each time")
        stamps = [mo.attributes.get("modTs") for mo in self.objects("/api/class/ethpmPhysIf.json?" + PAGE)]
        if stamps:
            kinds = {"missing" if not each else "never" if each == "never" else "real" for each in stamps}
            kind = "real" if "real" in kinds else "never" if "never" in kinds else "missing"
            self.sheet.found("oper_mod_ts", kind, " and ".join(sorted(kinds)))
        every = [*stamps, *(mo.attributes.get("modTs") for mo in configured)]
        zones = sorted({match.group() for match in (_ZONE.search(each or "") for each in every) if match})
        if len(zones) == 1:
            self.sheet.found("utc_offset", zones[0], zones[0])
        elif zones:
            self.sheet.odd("utc_offset", " and ".join(zones))

    # -- the end

    def refresh(self) -> None:
        """A new token; is the old one still good (G9)?"""
        sheet, old = self.sheet, self.token
        reply = self.get("/api/aaaRefresh.json")
        found = token_of(reply.document) if reply.document else None
        if reply.document is None or found is None:
            sheet.odd("refresh_reply", "no token (HTTP %d %s)" % (reply.status, error_text(reply.document)))
            sheet.skip("old_token", "the token could not be refreshed")
            return
        self.token, self.born = found[0], time.monotonic()
        sheet.privacy.hide_secret(self.token)
        cls = reply.document.objects[0].cls
        if cls in ("aaaLogin", "aaaRefresh"):
            sheet.found("refresh_reply", cls, cls)
        else:
            sheet.odd("refresh_reply", cls)
        if self.token == old:
            sheet.skip("old_token", "aaaRefresh gives the same token again")
            return
        status = self.get(SYS, old).status
        if status == 200:
            sheet.found("old_token", "valid", "it still opens")
        elif status in (401, 403):
            sheet.found("old_token", "invalid", "refused with HTTP %d" % status)
        else:
            sheet.odd("old_token", "HTTP %d" % status)

    def logout(self) -> int:
        """The HTTP status of it."""
        body = encode_logout("json", self.options.username)
        status = self.rest.request("POST", "/api/aaaLogout.json", self.token, body).status
        self.token = ""
        return status


def write_roles(body: bytes) -> list[str] | None:
    """The names under aaaWriteRoles of a login reply; None where it has no such object."""
    try:
        queue, found = [json.loads(body)], None
    except ValueError:
        return None
    while queue:
        item = queue.pop()
        children = item.values() if isinstance(item, dict) else item if isinstance(item, list) else ()
        if isinstance(item, dict) and "aaaWriteRoles" in item:
            text = json.dumps(item["aaaWriteRoles"])
            found = [*(found or []), *re.findall(r'"role": {"attributes": {"name": "([^"]*)"', text)]
        queue.extend(children)
    return found


def _middle(took: list[float]) -> tuple[float, int, float]:
    return statistics.median(took), len(took), max(took)
