# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What OpenSSL says of a certificate that does not verify, the simulator's word for it, and what to do. Pure."""

from __future__ import annotations

from ..engine.errors import CertificateInvalid

_BEFORE, _AFTER = " does not verify: ", ". Give the CA"


def said_of(exc: CertificateInvalid) -> str:
    """OpenSSL's words in the engine's sentence; empty where it is about something else (a CA that cannot be read)."""
    return str(exc).partition(_BEFORE)[2].partition(_AFTER)[0]


def fault_of(said: str) -> str:
    """The value of ``tls_fault``, empty where it has none."""
    if "not yet valid" in said:
        return ""
    return "expired" if "expired" in said else "wrong-name" if "mismatch" in said else "unknown-ca"


def sentence_for(said: str, address: str) -> str:
    todo = {
        "": "check the clocks of switch and control node",
        "expired": "renew it on the switch ('nxapi certificate')",
        "wrong-name": "give the name that it was issued for as ansible_host, or issue it anew for this one",
        "unknown-ca": "give the CA that signed it as ansible_httpapi_ca_path; out of the box a switch signs its own, which "
        "nobody knows ('nxapi certificate' gives it another)",
    }
    return "the certificate of %s does not verify (%s): %s." % (address, said, todo[fault_of(said)])
