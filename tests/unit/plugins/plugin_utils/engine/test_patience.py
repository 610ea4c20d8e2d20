# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A regular expression without end stops itself, not the listener."""

from __future__ import annotations

import re
import signal
import threading
from typing import Any

import pytest
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.errors import InvalidOptions
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.patience import PatientPattern

ENDLESS = re.compile("(a|a)+$")
FATAL = "a" * 60 + "!"


def test_it_gives_up_once_with_a_sentence_and_then_matches_nothing() -> None:
    pattern = PatientPattern(ENDLESS, "until.descr.matches", limit=0.05)
    with pytest.raises(
        InvalidOptions, match=r"until\.descr\.matches: the regular expression .* takes more than 0\.05 s"
    ):
        pattern.search(FATAL)
    assert not pattern.search("a")


def test_what_is_found_in_time_is_found_and_leaves_no_timer() -> None:
    before = signal.getsignal(signal.SIGVTALRM)
    assert PatientPattern(ENDLESS, "where").search("xaa") and not PatientPattern(ENDLESS, "where").search("x")
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0.0, 0.0) and signal.getsignal(signal.SIGVTALRM) == before


def test_in_another_thread_it_searches_without_a_limit() -> None:
    found: list[bool] = []
    thread = threading.Thread(target=lambda: found.append(PatientPattern(ENDLESS, "where").search("aaa")))
    thread.start()
    thread.join()
    assert found == [True]


def test_a_wait_with_an_endless_pattern_fails_and_the_others_go_on(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    here = bench()
    oper = "sys/intf/phys-[eth1/1]"
    here.switch.set(oper, descr=FATAL)

    async def work(session: Any) -> Any:
        bad = here.wait(session, dn=oper, until={"descr": {"matches": "(a|a)+$"}}, timeout=15)
        good = here.wait(session, dn=oper, until={"adminSt": "up"}, timeout=15)
        return await bad.run(), await good.run()

    bad, good = here.run(work)
    assert (bad["reason"], "takes more than 1 s" in bad["msg"]) == ("invalid", True) and good["met"]
