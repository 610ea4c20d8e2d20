# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.errors import InvalidOptions
from ansible_collections.nxapi.events.plugins.plugin_utils.timeline.record import read

AT = "2026-11-24T09:00:00.000Z"
STATE = {
    "kind": "state",
    "at": AT,
    "host": "leaf1",
    "subscription": "s",
    "dn": "sys/x",
    "class": "xY",
    "attributes": {"a": "1"},
}
GAP = {
    "kind": "gap",
    "at": AT,
    "host": "leaf1",
    "from": AT,
    "to": "2026-11-24T09:00:05.000Z",
    "reason": "closed",
    "subscription": "s",
}


def gap(**more: Any) -> dict[str, Any]:
    return {**GAP, **more}


def test_text_is_read_as_its_lines() -> None:
    text = "\n".join(json.dumps(each) for each in (STATE, GAP)) + "\n\n"
    assert read(text) == read([STATE, GAP]) and len(read(text).words) == 1


def test_it_begins_and_ends_with_whatever_is_first_and_last() -> None:
    task = {
        "kind": "task",
        "at": "2026-11-24T08:59:59.000Z",
        "host": "leaf1",
        "name": "A",
        "status": "ok",
        "end": "2026-11-24T09:00:09.500Z",
    }
    record = read([STATE, GAP, task])
    assert record.end - record.begin == 10_500 and record.marks[0].end == record.end


def test_one_break_is_one_gap_however_many_subscriptions_it_struck() -> None:
    later = gap(**{"from": "2026-11-24T09:00:00.004Z"}, to="2026-11-24T09:00:05.100Z", subscription="t")
    (one,) = read([GAP, later]).gaps
    assert one.subscriptions == ("s", "t") and one.to is not None and one.to - one.begin == 5100


@pytest.mark.parametrize(
    "other",
    [gap(reason="other"), gap(host="leaf2"), gap(**{"from": "2026-11-24T09:00:01.000Z"})],
    ids=["reason", "host", "time"],
)
def test_other_breaks_stay_apart(other: dict[str, Any]) -> None:
    assert len(read([GAP, other]).gaps) == 2


def test_an_open_gap_stays_open_together_with_one_that_ended() -> None:
    (one,) = read([GAP, gap(to=None, subscription="t")]).gaps
    assert one.to is None


def test_kinds_of_a_newer_record_are_left_out() -> None:
    assert read([STATE, {"kind": "weather"}]).words == read([STATE]).words


def test_a_clock_that_was_set_back_makes_nothing_shorter_than_nothing() -> None:
    task = {"kind": "task", "at": AT, "host": "h", "name": "A", "status": "ok", "end": "2026-11-24T08:00:00.000Z"}
    (mark,), (one,) = read([task]).marks, read([gap(to="2026-11-24T08:00:00.000Z")]).gaps
    assert mark.end == mark.at and one.to == one.begin


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (7, "a record is text, an object in JSON on each line, or the list of these objects."),
        ({"kind": "state"}, "a record is text, an object in JSON on each line, or the list of these objects."),
        ([], "the record is empty: there is nothing to draw."),
        ("[1", "line 1 of the record is no JSON."),
        ("[1]", "entry 1 of the record is no object."),
        ([STATE, {**STATE, "dn": 7}], "entry 2 of the record has no text as dn."),
        (
            [{**STATE, "at": "noon"}],
            "entry 1 of the record has 'noon' as at, which is no time such as 2026-11-24T09:17:34.686Z.",
        ),
        ([{**STATE, "at": None}], "entry 1 of the record has no at."),
        ([{**STATE, "attributes": []}], "entry 1 of the record has no attributes."),
    ],
)
def test_anything_else_is_one_sentence(given: object, said: str) -> None:
    with pytest.raises(InvalidOptions) as caught:
        read(given)
    assert str(caught.value) == said
