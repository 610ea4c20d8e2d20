# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What several subscriptions tell of one MO, told once. Pure."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Hashable

REMEMBERED = 1000
"""Tellings that are remembered."""


class Once:
    """The same telling may rightly come again (a flap): the second of a source is new where no source has told two yet."""

    def __init__(self, sources: int) -> None:
        self._told: list[Counter[Hashable]] = [Counter() for _source in range(sources)] if sources > 1 else []
        self._shown: OrderedDict[Hashable, int] = OrderedDict()

    def is_new(self, source: int, key: Hashable) -> bool:
        if not self._told:
            return True
        self._told[source][key] += 1
        if self._told[source][key] <= self._shown.get(key, 0):
            return False
        self._shown[key] = self._told[source][key]
        if len(self._shown) > REMEMBERED:
            oldest, _times = self._shown.popitem(last=False)
            for told in self._told:
                told.pop(oldest, None)
        return True
