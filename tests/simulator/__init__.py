# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A simulated NX-OS switch that speaks NX-API REST and pushes notifications over a WebSocket.

``python tests/simulator --help`` runs one; in a test ``async with Switch(Options()).running() as switch`` does.
Shares no code with the collection it judges: it imports nothing of ``plugins/``.
"""

from __future__ import annotations

from .options import Options
from .switch import Switch

__all__ = ["Options", "Switch"]
