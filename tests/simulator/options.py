# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every option of a simulated switch, with its default and what it stands for. The command line is made from this.

G1 to G12 are the gaps of the protocol's public record: nobody outside Cisco has written down what a switch does there,
so each is a choice, and a client must bear all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

CLOSE_MODES = ("1000", "1001", "1008", "1011", "eof", "reset")
"""How a socket ends: a close frame with that code, the connection closed without one, or a TCP reset."""


def _option(default: Any, text: str, *, group: str, choices: tuple[str, ...] = ()) -> Any:
    # Called in the body of a dataclass only.
    # pylint: disable=invalid-field-call
    return field(default=default, metadata={"help": text, "group": group, "choices": choices})


def _gap(default: Any, text: str, *choices: str) -> Any:
    return _option(default, text, group="gaps of the public record", choices=choices)


def _time(default: float, text: str) -> Any:
    return _option(default, text + ", in seconds", group="times")


def _limit(default: Any, text: str) -> Any:
    return _option(default, text, group="limits")


def _place(default: Any, text: str, *choices: str) -> Any:
    return _option(default, text, group="where and who", choices=choices)


@dataclass(frozen=True)
class Options:
    """The settings of one switch."""

    host: str = _place("127.0.0.1", "address to listen on; anything but loopback lets others log in")
    port: int = _place(0, "TCP port; 0 picks a free one")
    control_port: int = _place(
        -1,
        "a second port, plain HTTP, that serves only /simulator and stays open during a reload; 0 picks one, -1 none",
    )
    username: str = _place("admin", "the administrator's name")
    password: str = _place("Sim-pass-1", "its password; better by the environment variable NXAPI_SIMULATOR_PASSWORD")
    user: tuple[str, ...] = _place((), "a further NAME:PASSWORD or NAME:PASSWORD:read-only; may be repeated")
    tls: bool = _place(False, "HTTPS and WSS with a throwaway CA and a certificate for localhost, 127.0.0.1 and ::1")
    tls_fault: str = _place("none", "what is wrong with the certificate", "none", "wrong-name", "expired", "unknown-ca")
    model: str = _place("", "YAML file with the managed objects (default: a switch with 48 ports and 6 uplinks)")
    scenario: str = _place("", "YAML file with a timeline of changes and faults")

    session_timeout: float = _time(600.0, "life of a token (refreshTimeoutSeconds)")
    subscription_timeout: float = _time(90.0, "life of a subscription without a refresh")
    link_delay: float = _time(1.0, "from adminSt up to operSt up")
    down_delay: float = _time(0.0, "from adminSt down to operSt down")
    reply_delay: float = _time(0.0, "added to every reply")

    refresh_error: str = _gap(
        "400",
        "G1: answer to the refresh of an unknown or expired subscription",
        "400",
        "403",
        "404",
        "405",
        "200-error",
        "200-object",
    )
    bad_token_upgrade: str = _gap("403", "G2: answer to a socket with a bad token", "401", "403", "accept-drop")
    session_end_close: str = _gap("1000", "G3: how sockets close when their session ends", *CLOSE_MODES)
    initial_imdata: str = _gap("empty", "G4: what a subscribe reply carries", "empty", "snapshot")
    repeat_subscription: str = _gap("new-id", "G5: an identical second subscription", "new-id", "same-id")
    refresh_timeout: str = _gap("honour", "G6: what becomes of refresh-timeout=", "honour", "ignore", "reject")
    second_socket: str = _gap("replace", "G7: a second socket with the same session", "replace", "allow", "reject")
    filter_sees: str = _gap("merged", "G8: what query-target-filter sees of a modification", "merged", "delta")
    old_token: str = _gap(
        "valid", "G9: the old token after aaaRefresh: until its own end, or not at all", "valid", "invalid"
    )
    bad_password_status: int = _gap(401, "G10: HTTP status of a refused login (200: the error inside)")
    bad_password_text: str = _gap("Username or password is incorrect - FAILED local authentication", "G10: its text")
    cookie_attributes: str = _gap(
        "path=/; HttpOnly", "G11: what follows the token in Set-Cookie (Secure is added on TLS)"
    )
    server_ping: float = _gap(0.0, "G12: the switch pings each socket so often, in seconds; 0 never")
    no_pong: bool = _gap(False, "pings are never answered")
    refresh_reply: str = _gap("aaaLogin", "the class of the aaaRefresh reply", "aaaLogin", "aaaRefresh")
    sliding_session: bool = _gap(False, "any request with a token prolongs its life")
    oper_mod_ts: str = _gap("real", "modTs of operational objects", "real", "never", "missing")
    utc_offset: str = _gap("+00:00", "the zone of modTs, such as -04:00")
    unstable_order: bool = _gap(False, "replies without order-by come in another order each time")
    no_refresh_timeout_seconds: bool = _gap(False, "the login reply lacks refreshTimeoutSeconds")

    max_sessions: int = _limit(0, "sessions at a time; 0 no limit")
    session_limit_status: int = _limit(503, "HTTP status of a login beyond max-sessions")
    max_subscriptions: int = _limit(0, "subscriptions of a session; 0 no limit")
    log_size: int = _limit(1000, "requests kept for /simulator/log")
    history_size: int = _limit(20_000, "changes kept for /simulator/history")

    @property
    def users(self) -> dict[str, tuple[str, bool]]:
        """Name -> (password, read-only)."""
        found = {self.username: (self.password, False)}
        for entry in self.user:
            name, _unused, rest = entry.partition(":")
            password, colon, role = rest.rpartition(":")
            read_only = bool(colon) and role == "read-only"
            found[name] = (password if read_only else rest, read_only)
        return found


def profile(given: object) -> dict[str, Any]:
    """The options in a profile, as ``nxapi.events.probe`` writes one: a map of the names and values above. ValueError."""
    known = {each.name: each for each in fields(Options)}
    if not isinstance(given, Mapping):
        raise ValueError("a profile is a map of options")
    found: dict[str, Any] = {}
    for name, value in given.items():
        option = known.get(name)
        if option is None:
            raise ValueError(f"no such option: {name}")
        kind, choices = type(option.default), option.metadata["choices"]
        taken: Any = given[name]
        if kind is tuple and isinstance(value, list) and all(isinstance(each, str) for each in value):
            taken = tuple(value)
        elif kind is float and isinstance(value, int) and not isinstance(value, bool):
            taken = float(value)
        fits = isinstance(taken, kind) and isinstance(taken, bool) == (kind is bool)
        if not fits or (choices and taken not in choices):
            raise ValueError(f"{name} cannot be {value!r}" + (f"; there are {', '.join(choices)}" if choices else ""))
        found[name] = taken
    return found
