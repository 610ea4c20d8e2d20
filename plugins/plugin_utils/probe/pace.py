# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long a probe waits for what may not come at all. A switch on the network answers in milliseconds; tests wait less."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """Seconds."""

    pong: float = 3.0
    """Until the answer to a ping."""

    drop: float = 2.0
    """Until the switch closes a socket that it does not want."""

    close: float = 5.0
    """Until it closes the socket of a session that has ended."""

    notify: float = 10.0
    """Until the notification of a change."""

    later: float = 1.0
    """From the notification to that of a filtered subscription."""

    retry: float = 1.0
    """Between attempts to set a description back."""

    silence: float = 60.0
    """Without a ping, after which a switch counts as one that does not ping."""


NORMAL = Pace()
