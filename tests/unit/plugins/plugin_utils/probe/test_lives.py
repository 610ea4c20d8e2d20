# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.nxapi.events.plugins.plugin_utils.probe.lives import Watched, lifetime, roundest


@pytest.mark.parametrize(
    ("low", "high", "found"),
    [
        (84.9, 95.2, 90.0),
        (54.9, 65.1, 60.0),
        (0.9, 1.1, 1.0),
        (0.7, 1.06, 1.0),
        (286.0, 311.0, 300.0),
        (0.28, 0.33, 0.3),
        (0.0, 5.0, 2.0),
        (13.41, 13.43, 13.42),
        (0.00011, 0.00012, 0.0),
    ],
)
def test_the_roundest_number_between_two(low: float, high: float, found: float) -> None:
    assert roundest(low, high) == found


def seen(alive: bool | None, seconds: float) -> Watched:
    return Watched("1", 0.0, 0.0, seconds, alive, seconds, seconds + 0.1)


@pytest.mark.parametrize(
    ("looks", "between"),
    [
        ([], (0.0, None)),
        ([(True, 1), (True, 2)], (2.0, None)),
        ([(True, 1), (True, 2), (False, 3), (False, 4)], (2.0, 3.1)),
        ([(False, 1), (False, 2)], (0.0, 1.1)),
        ([(True, 1), (None, 2)], (1.0, None)),
        ([(True, 1), (False, 2), (True, 3)], (1.0, 2.1)),
    ],
)
def test_a_life_is_between_the_last_look_alive_and_the_first_dead(
    looks: list[tuple[bool, float]], between: object
) -> None:
    assert lifetime([seen(*each) for each in looks]) == between
