# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page: one file of HTML that needs nothing else, drawn by its own script from data inside it.

Names and values come from switches, and whoever may write a port's description chooses them. So they stand as data in
JSON, of which no character can end the element or begin a template of Jinja; the script writes them as text only; and
a policy allows this style and this script, by their hashes, and nothing else: no network, no frame, no form.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from ..engine.times import iso
from .lanes import Event, Group, Lane, groups
from .record import Gap, Mark, Record

PARTS = Path(__file__).parent / "assets"
SCRIPTS = ("model.js", "draw.js", "detail.js", "input.js")

_ESCAPES = {ord(each): "\\u%04x" % ord(each) for each in "<>&{}\u2028\u2029"}
"""All the data is lists, so that these can only stand inside text, where JSON allows them to be written so."""


def page(record: Record, title: str = "") -> str:
    made = groups(record)
    style, script = _part("style.css"), "\n".join(_part(name) for name in SCRIPTS)
    script = '"use strict";\n(function () {\n%s\n}());\n' % script
    policy = "default-src 'none'; style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'"
    title = title or "Change on %s" % ", ".join(_hosts(record, made))
    return "\n".join(
        (
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta http-equiv="Content-Security-Policy" content="%s">' % (policy % (_hash(style), _hash(script))),
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            "<title>%s</title>" % _text(title),
            "<style>%s</style>" % style,
            "</head>",
            "<body>",
            *_head(record, made, title),
            '<noscript><p class="none">The lanes are drawn by the script in this file, which is switched off here.</p></noscript>',
            '<script type="application/json" id="data">%s</script>' % _data(record, made),
            "<script>%s</script>" % script,
            "</body>",
            "</html>",
            "",
        )
    )


@cache
def _part(name: str) -> str:
    return (PARTS / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _text(text: str) -> str:
    return html.escape(text).replace("{", "&#123;").replace("}", "&#125;")


def _hosts(record: Record, made: Sequence[Group]) -> list[str]:
    names = [group.host for group in made] + [gap.host for gap in record.gaps] + [mark.host for mark in record.marks]
    return list(dict.fromkeys(names))


def _head(record: Record, made: Sequence[Group], title: str) -> list[str]:
    """What came of it, in words: readable without the script too."""
    lanes = [lane for group in made for lane in group.lanes]
    notifications = sum(word.status != "state" for word in record.words)
    counts = (
        (len(lanes), "object"),
        (sum(lane.ended not in ("same", "touched") for lane in lanes), "changed state"),
        (notifications, "notification"),
        (len(record.gaps), "gap"),
        (sum(mark.end is not None for mark in record.marks), "task"),
    )
    worse = [lane for lane in lanes if lane.ended in ("worse", "gone")]
    return [
        '<header id="head"><h1>%s</h1>' % _text(title),
        '<p id="when">%s UTC, %s</p>' % (_when(record), _length(record)),
        '<ul id="counts">%s</ul>' % "".join("<li><b>%d</b> %s</li>" % (n, _plural(n, word)) for n, word in counts),
        *_verdict(worse),
        "</header>",
    ]


def _plural(number: int, word: str) -> str:
    return word if number == 1 or " " in word else word + "s"


def _when(record: Record) -> str:
    begin, end = (iso(at / 1000)[:19].replace("T", " ") for at in (record.begin, record.end))
    return "%s to %s" % (begin, end[11:] if begin[:10] == end[:10] else end)


def _length(record: Record) -> str:
    seconds = (record.end - record.begin) / 1000
    if seconds < 120:
        return "%.1f s" % seconds
    minutes = round(seconds / 60)
    return "%d min" % minutes if minutes < 120 else "%d h %02d min" % divmod(minutes, 60)


def _verdict(worse: Sequence[Lane], shown: int = 12) -> list[str]:
    if not worse:
        return ['<p id="verdict" class="fine">Nothing that was well before is worse at the end.</p>']
    hosts = {lane.host for lane in worse}
    names = []
    for lane in worse[:shown]:
        name = lane.label if len(hosts) == 1 else "%s %s" % (lane.host, lane.label)
        was, now = lane.segments[0].word, "gone" if lane.ended == "gone" else lane.segments[-1].word
        names.append("<li><b>%s</b> %s \u2192 %s</li>" % (_text(name), _text(was), _text(now)))
    more = ["<li>and %d more</li>" % (len(worse) - shown)] if len(worse) > shown else []
    return ['<div id="verdict" class="worse"><p>Not as before:</p><ul>%s</ul></div>' % "".join(names + more)]


class _Strings:
    """Every text once: elsewhere stands its number."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def __call__(self, text: str) -> int:
        return self.numbers.setdefault(text, len(self.numbers))


def _data(record: Record, made: Sequence[Group]) -> str:
    """Lists within lists, in the order in which model.js takes them apart; times are milliseconds since the begin."""
    text = _Strings()
    hosts = [
        [
            text(host),
            [_gap(gap, record, text) for gap in record.gaps if gap.host == host],
            [_mark(mark, record, text) for mark in record.marks if mark.host == host],
            [_group(group, record, text) for group in made if group.host == host],
        ]
        for host in _hosts(record, made)
    ]
    data = [1, record.begin, record.end - record.begin, list(text.numbers), hosts]
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(_ESCAPES)


def _gap(gap: Gap, record: Record, text: _Strings) -> list[object]:
    to = None if gap.to is None else gap.to - record.begin
    return [gap.begin - record.begin, to, text(gap.reason), [text(name) for name in gap.subscriptions]]


def _mark(mark: Mark, record: Record, text: _Strings) -> list[object]:
    end = None if mark.end is None else mark.end - record.begin
    return [mark.at - record.begin, end, text(mark.name), text(mark.status), text(mark.action)]


def _group(group: Group, record: Record, text: _Strings) -> list[object]:
    return [
        text(group.cls),
        [text(name) for name in group.attributes],
        [_lane(lane, record, text) for lane in group.lanes],
    ]


def _lane(lane: Lane, record: Record, text: _Strings) -> list[object]:
    return [
        text(lane.label),
        text(lane.dn),
        text(lane.subscription),
        text(lane.ended),
        _flat((text(name), text(value)) for name, value in lane.first.items()),
        [
            [each.begin - record.begin, each.end - record.begin, text(each.look), text(each.word)]
            for each in lane.segments
        ],
        [_event(event, record, text) for event in lane.events],
    ]


def _event(event: Event, record: Record, text: _Strings) -> list[object]:
    changes = [(c.attribute, c.before, c.after) for c in event.changes]
    rows = [(text(name), -1 if old is None else text(old), text(new)) for name, old, new in changes]
    return [event.at - record.begin, text(event.status), text(event.origin), _flat(rows)]


def _flat(rows: Iterable[tuple[int, ...]]) -> list[int]:
    return [number for row in rows for number in row]
