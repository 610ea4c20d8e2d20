# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.nxapi.events.plugins.filter.timeline import FilterModule

timeline = FilterModule().filters()["timeline"]

EVIL = "</script><b>\"'&amp;{{ 7 * 7 }}{% x %}{# y #}\u2028"
ENTRY = {
    "kind": "state",
    "at": "2026-11-24T09:00:00.000Z",
    "host": EVIL,
    "dn": EVIL,
    "class": EVIL,
    "attributes": {EVIL: EVIL},
}


class Elements(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_no_text_of_the_record_or_the_title_is_markup_or_a_template() -> None:
    harmless = json.loads(json.dumps([ENTRY]).replace(json.dumps(EVIL)[1:-1], "x"))
    page, plain = timeline([ENTRY], title=EVIL), timeline(harmless, title="x")
    assert [tag for tag, _attributes in Elements(page).found] == [tag for tag, _attributes in Elements(plain).found]
    assert not re.search(r"\{[{%#]", page), "the result of a filter may be templated again by a careless user"


def test_the_data_is_json_and_says_what_was_given() -> None:
    data = json.loads(
        re.findall(r'<script type="application/json" id="data">(.*?)</script>', timeline([ENTRY]), re.S)[0]
    )
    assert EVIL in data[3] and data[1] == 1795510800000


def test_nothing_outside_of_the_page_is_named_and_the_policy_allows_only_what_is_in_it() -> None:
    page = timeline([ENTRY])
    elements = Elements(page).found
    assert {tag for tag, _attributes in elements}.isdisjoint({"link", "img", "iframe", "object", "form", "base"})
    assert not any({"src", "href", "style", "onclick"} & set(attributes) for _tag, attributes in elements)
    policy = next(each["content"] for tag, each in elements if tag == "meta" and each.get("http-equiv")) or ""
    style, script = (
        re.findall(r"<style>(.*?)</style>", page, re.S)[0],
        re.findall(r"<script>(.*?)</script>", page, re.S)[0],
    )
    for kind, text in (("style", style), ("script", script)):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert "%s-src 'sha256-%s'" % (kind, digest) in policy
    assert policy.startswith("default-src 'none';") and "unsafe" not in policy and "http" not in policy
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|fetch\(|XMLHttp|https?://(?!www\.w3\.org/2000/svg|www\.gnu\.org)",
        script + style,
    )


def test_the_head_says_what_is_not_as_before() -> None:
    port = {
        **ENTRY,
        "host": "leaf1",
        "dn": "sys/intf/phys-[eth1/7]/phys",
        "class": "ethpmPhysIf",
        "attributes": {"operSt": "up"},
    }
    down = {
        **port,
        "kind": "notification",
        "at": "2026-11-24T09:00:05.000Z",
        "status": "modified",
        "attributes": {"operSt": "down"},
    }
    page = timeline([port, down])
    assert "<li><b>Ethernet1/7</b> up \u2192 down</li>" in page and "<h1>Change on leaf1</h1>" in page
    assert "2026-11-24 09:00:00 to 09:00:05 UTC, 5.0 s" in page
    assert "Nothing that was well before is worse at the end." in timeline([port])


def test_what_is_no_record_is_one_sentence() -> None:
    with pytest.raises(AnsibleFilterError, match=r"^timeline: the record is empty: there is nothing to draw\.$"):
        timeline("")
