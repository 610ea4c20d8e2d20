# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Defects that are known and not mended yet: what to pass over meanwhile. It has to be empty when all is well."""

from __future__ import annotations

import re
from collections.abc import Mapping

KNOWN: Mapping[str, str] = {}
"""Name -> what such a finding says (a regular expression)."""


def known(finding: str) -> str:
    """The name of the defect, or nothing."""
    return next((name for name, pattern in KNOWN.items() if re.search(pattern, finding)), "")
