# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.nxapi.events.plugins.plugin_utils.probe.privacy import LONGEST, Privacy, names_of


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("leaf1 refuses", "<hidden> refuses"),
        ("LEAF1.dc.example.com:443 refuses", "<hidden>:443 refuses"),
        ("domain=.dc.example.com; path=/", "domain=.<hidden>; path=/"),
        ("leaf10 and leaf1-mgmt stay", "leaf10 and leaf1-mgmt stay"),
        ("pwd=xS3cret!x", "pwd=x<hidden>x"),
        ("at 192.0.2.7:8443.", "at <address>."),
        ("at 192.0.2.7.", "at <address>."),
        ("version 10.3.4.5.6", "version 10.3.4.5.6"),
        ("[2001:db8::7]:443 and fe80::1", "[<address>]:443 and <address>"),
        ("00:de:fb:21:37:e2 is a MAC", "<address> is a MAC"),
        ("00de.fb21.37e2 is one too, 1.2.3 is not", "<address> is one too, 1.2.3 is not"),
        ("2019-10-18T19:42:29.446+00:00", "2019-10-18T19:42:29.446+00:00"),
        ("HTTP 200: ok :: fine", "HTTP 200: ok <address> fine"),
        ("two\n lines\x1b[31m", "two lines?[31m"),
        ("x" * 1000, "x" * LONGEST + "…"),
    ],
)
def test_what_anybody_may_read(text: str, shown: str) -> None:
    privacy = Privacy(names_of("leaf1.dc.example.com"), ["S3cret!"])
    assert privacy.scrub(text) == shown


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("leaf1", ["leaf1"]),
        ("192.0.2.7", ["192.0.2.7"]),
        ("[::1]", ["::1"]),
        ("a.b.c", ["a.b.c", "a", "b.c"]),
        ("", []),
    ],
)
def test_the_names_in_a_host(host: str, words: list[str]) -> None:
    assert names_of(host) == words
