# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can go wrong, worded for the person who reads it.

::

    EngineError
    ├── InvalidOptions       reason invalid       the task's options contradict each other or make no sense
    ├── Impossible           reason impossible    the condition can never hold
    ├── Rejected             reason rejected      the switch refused this request (400, error object)
    ├── Forbidden            reason forbidden     the user may log in, but not do this
    ├── LoginRefused         reason login         user or password refused (or not tried again)
    ├── CertificateInvalid   reason certificate   the certificate does not verify
    ├── NotNxapi             reason not_nxapi     something answers, but it is not NX-API REST
    ├── Unreachable          reason unreachable   no answer: refused, timed out, reset, 5xx
    │   ├── NameUnresolved                        the host name does not resolve
    │   └── Interrupted      (never shown)        the connection broke while we waited for a reply: begin again
    └── SessionEnded         (never shown)        token refused or socket unknown: log in again
    BadDocument (ValueError)                      bytes that are no reply and no notification

Messages never carry a password, a token, a cookie or a URL with a token. The engine imports nothing of Ansible.
"""

from __future__ import annotations

REASONS = (
    "timeout",
    "fail_when",
    "impossible",
    "invalid",
    "rejected",
    "forbidden",
    "login",
    "certificate",
    "not_nxapi",
    "unreachable",
    "listener",
)
"""The closed list of a failure's ``reason``."""


class EngineError(Exception):
    """A failure that a user sees: ``reason`` is one of REASONS, ``str()`` is one sentence that says what to do."""

    reason = "listener"


def defect(exc: BaseException) -> str:
    """A defect of ours, for a bug report: its type and where it was raised; never its text, which may hold anything."""
    where = ""
    trace = exc.__traceback__
    while trace is not None:
        where = " at %s:%d" % (trace.tb_frame.f_code.co_filename.rpartition("/")[2], trace.tb_lineno)
        trace = trace.tb_next
    return "a defect of nxapi.events (%s%s)" % (type(exc).__name__, where)


def sentence(text: str) -> str:
    """With a capital, unless it begins with a name (of an option, a switch, an MO), which is shown as it is."""
    first = text.partition(" ")[0]
    return text[:1].upper() + text[1:] if first.isalpha() else text


class InvalidOptions(EngineError):
    reason = "invalid"


class Impossible(EngineError):
    reason = "impossible"


class Rejected(EngineError):
    """The switch answered with an error object; ``code`` and ``text`` are the switch's own."""

    reason = "rejected"

    def __init__(self, message: str, code: str = "", text: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.text = text


class Forbidden(EngineError):
    reason = "forbidden"


class LoginRefused(EngineError):
    reason = "login"


class CertificateInvalid(EngineError):
    reason = "certificate"


class NotNxapi(EngineError):
    reason = "not_nxapi"


class Unreachable(EngineError):
    """No usable answer; the same request may succeed later."""

    reason = "unreachable"


class Unanswered(Unreachable):
    """The connection stood, and no complete answer came: what was asked may have been done."""


class NameUnresolved(Unreachable):
    """The host name does not resolve; at first contact this is final."""


class Interrupted(Unreachable):
    """A break came between request and reply, so the reply proves nothing."""


class SessionEnded(EngineError):
    """The switch no longer knows the token, or not the socket of it: the session has to log in again.

    ``linger``: the old token is still good for a logout.
    """

    reason = "login"

    def __init__(self, message: str, linger: bool = False) -> None:
        super().__init__(message)
        self.linger = linger


class BadDocument(ValueError):
    """Bytes that are no NX-API document: not JSON or XML, or without ``imdata`` at the root."""
