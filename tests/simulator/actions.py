# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every fault by its name: what ``POST /simulator/FAULT``, a scenario and ``Switch.fault`` can do, and with which
options."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from .changes import change
from .faults import FaultError
from .frames import OPCODES, raw_frame

if TYPE_CHECKING:
    from .sockets import Socket
    from .switch import Switch

Body = Mapping[str, Any]
_DROPS = {"clean": "1000", "abrupt": "reset"}
_GARBAGE: Mapping[str, bytes] = {
    "text": b"this is no document",
    "truncated": b'{"subscriptionId":["18374686685813276673"],"imdata":[{"l1PhysIf": {"attr',
    "nan": b'{"subscriptionId":["1"],"imdata":[{"l1PhysIf": {"attributes": {"dn": NaN}}}]}',
    "duplicate-keys": b'{"subscriptionId":["1"],"subscriptionId":["2"],"imdata":[]}',
    "surrogate": b'{"subscriptionId":["1"],"imdata":[{"l1PhysIf": {"attributes": {"descr": "\\ud800"}}}]}',
    "not-utf8": b"\xff\xfe\xfd",
    "deep": b"[" * 10_000 + b"]" * 10_000,
    "deep-xml": b'<?xml version="1.0"?>' + b"<a>" * 10_000 + b"</a>" * 10_000,
    "html": b"<html><body>502 Bad Gateway</body></html>",
    "bomb": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;">]><imdata>&c;</imdata>',
    "entity": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><imdata>&x;</imdata>',
    "wrong-root": b'{"hello": "world"}',
    "array": b"[]",
    "empty": b"",
}


def perform(switch: Switch, name: str, body: Body) -> dict[str, Any]:
    """Does the fault; what it did, for who asked. Raises FaultError."""
    action = check(name, body)
    try:
        return action(switch, body) or {}
    except FaultError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise FaultError(f"{name}: {type(error).__name__}: {error}") from error


def check(name: str, body: Body) -> Callable[[Any, Body], dict[str, Any] | None]:
    """What does the fault of that name, if it exists and has these options. Raises FaultError."""
    found = ACTIONS.get(name)
    if found is None:
        raise FaultError(f"there is no fault {name}; there are {', '.join(sorted(ACTIONS))}")
    action, allowed = found
    unknown = set(body) - set(allowed.split())
    if unknown:
        raise FaultError(f"{name} has no {', '.join(sorted(unknown))}; it has {allowed or 'no options'}")
    return action


# -- sockets and sessions


def _drop_websockets(switch: Switch, body: Body) -> dict[str, Any]:
    mode = str(body.get("mode", "clean"))
    if mode not in ("clean", "abrupt", "silent", "eof", "mid-frame"):
        raise FaultError("mode is clean, abrupt, silent, eof or mid-frame")
    code = str(int(body.get("code", 1000)))
    chosen = [each for each in switch.sockets() if not body.get("user") or each.session.user == body["user"]]
    for socket in chosen:
        if mode != "silent":
            switch.forget_socket(socket)
        socket.end(code if mode == "clean" else _DROPS.get(mode, mode))
    return {"sockets": len(chosen)}


def _expire_tokens(switch: Switch, body: Body) -> dict[str, Any]:
    sockets = body.get("sockets", "close")
    if sockets not in ("close", "keep"):
        raise FaultError("sockets is close or keep")
    end = switch.sessions.end_all if sockets == "close" else switch.sessions.revoke_all
    return {"sessions": end(str(body.get("user", "")))}


def _expire_subscriptions(switch: Switch, body: Body) -> dict[str, Any]:
    ids = {str(each) for each in body.get("ids") or ()}
    return {"subscriptions": switch.subscriptions.drop(lambda each: not ids or each.sid in ids)}


def _unlink_sockets(switch: Switch, body: Body) -> dict[str, Any]:
    """The switch loses track of which socket is whose: 405 until a new login, and no frame any more."""
    sessions = list(switch.sessions.live)
    for session in sessions:
        session.unlinked = True
    switch.subscriptions.drop(lambda each: True)
    return {"sessions": len(sessions)}


def _no_pong(switch: Switch, body: Body) -> None:
    switch.mute_pings(None if body.get("duration") is None else float(body["duration"]))


# -- frames


def _push_all(switch: Switch, item: str | bytes) -> dict[str, Any]:
    chosen: list[Socket] = switch.sockets()
    for socket in chosen:
        socket.push(item)
    return {"sockets": len(chosen)}


def _garbage(switch: Switch, body: Body) -> dict[str, Any]:
    kind = str(body.get("kind", "text"))
    if kind not in _GARBAGE:
        raise FaultError(f"kind is one of {', '.join(_GARBAGE)}")
    frame = raw_frame(OPCODES["text"], _GARBAGE[kind])
    return _push_all(switch, frame * int(body.get("count", 1)))


def _raw(switch: Switch, body: Body) -> dict[str, Any]:
    try:
        payload = (
            base64.b64decode(body["base64"], validate=True) if "base64" in body else str(body.get("text", "")).encode()
        )
    except binascii.Error as error:
        raise FaultError(f"base64: {error}") from error
    opcode = str(body.get("opcode", "text"))
    if opcode == "wire":
        return _push_all(switch, payload)
    return _push_all(switch, raw_frame(OPCODES[opcode], payload, bool(body.get("fin", True))))


def _oversize(switch: Switch, body: Body) -> dict[str, Any]:
    """A well-formed notification of at least ``bytes``, for an id that nobody has."""
    head = '{"subscriptionId":["1"],"imdata":[{"l1PhysIf": {"attributes": {"childAction": "", "descr": "'
    tail = '", "dn": "sys/intf/phys-[eth1/1]", "modTs": "never", "rn": "", "status": "modified"}}}]}'
    size = int(body.get("bytes", 32 * 1024 * 1024))
    return _push_all(switch, head + "x" * max(0, size - len(head) - len(tail)) + tail)


# -- replies and the rest


def _rule(kind: str, path: str = "") -> Callable[[Switch, Body], None]:
    def add(switch: Switch, body: Body) -> None:
        switch.rules.add(kind, body, path)

    return add


def _arm(switch: Switch, body: Body) -> None:
    if not isinstance(body.get("fault"), Mapping):
        raise FaultError("arm needs fault: {NAME: {options}}")
    for name, options in body["fault"].items():
        check(name, options or {})
    switch.rules.add("arm", {"count": 1, **body})


def _clock(switch: Switch, body: Body) -> None:
    switch.clock.offset = float(body.get("offset", 0.0))


def check_reload(body: Body) -> None:
    """Raises FaultError for what a reload cannot be."""
    if body.get("boot", "ready") not in ("ready", "gradual") or body.get("links", "keep") not in ("keep", "bounce"):
        raise FaultError("boot is ready or gradual, links keep or bounce")
    for name, options in (body.get("then") or {}).items():
        check(name, options or {})


def _reload(switch: Switch, body: Body) -> None:
    check_reload(body)
    switch.reload(body)


def _transceiver(switch: Switch, body: Body) -> None:
    """Puts a transceiver in a cage, or takes it out."""
    switch.transceiver(str(body["dn"]), bool(body.get("present", True)))


def _change(switch: Switch, body: Body) -> dict[str, Any]:
    return {"changed": change(switch, body)}


def _clear(switch: Switch, body: Body) -> None:
    switch.rules.clear()
    switch.frame_faults.clear()
    switch.mute_pings(0.0)
    switch.clock.offset = 0.0


_SPAN = "count duration"
_WHERE = f"{_SPAN} path method"
_CHANGE = "set create delete flap changes batch copies silent force mod_ts raw_frame"
ACTIONS: Mapping[str, tuple[Callable[[Any, Body], dict[str, Any] | None], str]] = {
    "arm": (_arm, f"{_WHERE} when fault"),
    "change": (_change, _CHANGE),
    "clear": (_clear, ""),
    "clock": (_clock, "offset"),
    "delay-frames": (lambda switch, body: switch.frame_faults.delay(body), f"{_SPAN} seconds"),
    "delay-replies": (_rule("stall"), f"{_WHERE} seconds when"),
    "drop-websockets": (_drop_websockets, "mode code user"),
    "duplicate": (lambda switch, body: switch.frame_faults.duplicate(body), _SPAN),
    "expire-subscriptions": (_expire_subscriptions, "ids"),
    "expire-tokens": (_expire_tokens, "user sockets"),
    "fragment-frames": (lambda switch, body: switch.frame_faults.fragment(body), _SPAN),
    "garbage": (_garbage, "kind count"),
    "http-error": (_rule("http-error"), f"{_WHERE} status text content_type"),
    "lose-frames": (lambda switch, body: switch.frame_faults.lose(body), _SPAN),
    "lose-replies": (_rule("lose-replies"), _WHERE),
    "no-pong": (_no_pong, "duration"),
    "oversize": (_oversize, "bytes"),
    "raw-frame": (_raw, "text base64 opcode fin"),
    "reject-login": (_rule("reject-login"), f"{_SPAN} status code text"),
    "reject-refresh": (_rule("reject-refresh"), f"{_SPAN} mode"),
    "reload": (_reload, "seconds sessions links boot interval then"),
    "reorder": (lambda switch, body: switch.frame_faults.reorder(body), "count seconds"),
    "stall": (_rule("stall"), f"{_WHERE} seconds when"),
    "transceiver": (_transceiver, "dn present"),
    "unlink-sockets": (_unlink_sockets, ""),
}
"""Name -> what does it, and the options it has."""
