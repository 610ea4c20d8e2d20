# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long things take and how often they are done, in seconds; tests run with less. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Timing:
    lifetime: float = 90.0
    """A subscription lives so long without a refresh (Cisco's guide for NX-OS; 60 on APIC, still longer than a third)."""
    refresh_retry: float = 2.0
    """Until a refresh of a subscription that got no answer is sent again."""
    ping: float = 25.0
    echo: float = 5.0
    """For the answer to a ping that has to show that nothing was lost; a second one that is missing is a break."""
    suspect_pause: float = 1.0
    """Between two readings of suspect MOs, all of a session together."""
    settle: float = 2.0
    """From a `created` in a wide scope until the scope is read once more (PROTOCOL section 6, 8)."""
    first_delay: float = 0.5
    most_delay: float = 10.0
    """Back-off: at once, then the first, doubling up to the most."""
    idle: float = 60.0
    """A REST connection that nobody has used for so long is closed: twice the time between two refreshes, and less than the 75
    that nginx keeps one by default."""
    login_pause: float = 60.0
    """Between the tries with a credential that this switch has accepted before."""
    beat: float = 1.0
    """Between two looks whether the control node has slept."""
    asleep: float = 5.0
    """A longer suspend is a break: notifications may have been lost, and nobody has noticed."""
    late: float = 20.0
    """A look that is so late is one too. Up to then it may be a loaded machine: the kernel has kept what came, and a
    subscription that is refreshed each third of its lifetime cannot have lapsed."""


NORMAL = Timing()
