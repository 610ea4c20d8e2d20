# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the switch answers when it refuses, with the texts that were recorded or, where none is public, plausible ones.

PROTOCOL gap: only the texts marked "recorded" come from a switch or an APIC.
"""

from __future__ import annotations

NEED_TOKEN = (
    "Need a valid webtoken cookie (named APIC-Cookie) or a signed request with signature in the cookie "
    "APIC-Request-Signature for all REST API requests"
)
"""Recorded on NX-OS."""
TOKEN_TIMEOUT = "Token was invalid (Error: Token timeout)"
"""Recorded on APIC."""
BAD_PASSWORD = "Username or password is incorrect - FAILED local authentication"
"""Recorded on APIC; NX-OS's own text is gap G10."""
NO_SOCKET = "Subscription request failed, unable to locate opened web socket. Please re-login to the application"
"""Recorded on APIC."""
TOO_BIG = "Unable to process the query, result dataset is too big"
"""Recorded on APIC."""


class ApiError(Exception):
    """An error object in the reply: HTTP ``status``, and ``code`` and ``text`` inside."""

    def __init__(self, status: int, code: str, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.code = code
        self.text = text


def unknown_class(name: str) -> ApiError:
    """Recorded by two clients of NX-OS."""
    return ApiError(400, "17", f"Unknown class {name}")


def unknown_property(cls: str, name: str) -> ApiError:
    return ApiError(400, "121", f"Prop '{name}' not found in class '{cls}' property table")


def unknown_attribute(cls: str, name: str) -> ApiError:
    return ApiError(400, "106", f"unknown attribute '{name}' in element '{cls}'")


def malformed_dn(text: str) -> ApiError:
    return ApiError(400, "107", text)


def bad_request(text: str) -> ApiError:
    return ApiError(400, "400", text)


def bad_filter(text: str) -> ApiError:
    return ApiError(400, "400", f"Failed to parse the query filter: {text}")


def need_token() -> ApiError:
    return ApiError(403, "403", NEED_TOKEN)


def token_timeout() -> ApiError:
    return ApiError(403, "403", TOKEN_TIMEOUT)
