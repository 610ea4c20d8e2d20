# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the attributes mean that say why a state is as it is (operStQual and the like). Pure."""

from __future__ import annotations

HINTS = {
    "admin-down": "it is shut (adminSt down): enable it",
    "channel-admin-down": "its port-channel is shut",
    "parent-admin-down": "its parent interface is shut",
    "parent-down": "its parent interface is down",
    "link-failure": "no signal from the far end: look at the cable and the far end's port",
    "link-down": "no signal from the far end: look at the cable and the far end's port",
    "xcvr-absent": "no transceiver is inserted",
    "sfp-missing": "no transceiver is inserted",
    "fcot-no-present": "no transceiver is inserted",
    "fcot-vendor-not-supported": "the transceiver is not supported",
    "sfp-invalid": "the transceiver is not valid for this port",
    "sfp-speed-mismatch": "the transceiver does not fit the port's speed",
    "err-disabled": "it is error-disabled: find the cause in the switch's log, then shut and no shut it",
    "link-flap-err": "it is error-disabled after link flaps",
    "bpdu-guard-err-disable": "BPDU guard has disabled it",
    "udld-unidir-detected": "UDLD found a one-way link",
    "suspended-due-to-no-lacp-pdus": "no LACP PDUs come from the partner",
    "suspended-due-to-minlinks": "the port-channel has fewer links than its minimum",
    "port-channel-members-down": "no member of the port-channel is up",
    "vlan-down": "the VLAN has no port that is up",
    "no-vlan": "the VLAN does not exist",
    "vrf-unusable": "its VRF is not usable",
    "module-offline": "its line card is offline",
    "module-removed": "its line card is gone",
}
"""What to look at for a value of operStQual (the values are the NX-OS model's, PROTOCOL appendix A)."""


UNSAID = ("", "unspecified")
"""Values of a qualifier that say nothing."""
