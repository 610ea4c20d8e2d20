# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The timeline as users make one: by the role, by the filter, by the playbook; and the marks of its tasks by the callback.

How the page looks and behaves is tested in a browser (tests/browser).
"""

from __future__ import annotations

import json
import re
import stat
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from playing import COLLECTION, Done, Player
from simulator.thread import Handle
from test_change_window import BOUNCE, lines, window

MARKS = {"ANSIBLE_CALLBACKS_ENABLED": "e2e_results,nxapi.events.task_marks"}
COARSE = ["the change begins", "the change has ended", "the watch ends"]
KEYS = {"kind", "host", "at", "end", "name", "action", "status"}
WAIT = "Wait until nothing that was well is not, and all that is wanted is there"


def drawn(tmp_path: Path, record: Path, change: str, **more: float) -> str:
    return window(tmp_path, record, change, **more) + f"    change_window_timeline: {tmp_path}/timeline.html\n"


def marks(record: Path) -> list[dict[str, Any]]:
    return [entry for entry in lines(record) if entry["kind"] == "task"]


@pytest.fixture
def record(tmp_path: Path) -> Path:
    return tmp_path / "record.jsonl"


def test_the_role_draws_what_it_records_and_only_the_user_may_read_it(
    leaf: Player, tmp_path: Path, record: Path
) -> None:
    leaf.run(drawn(tmp_path, record, BOUNCE))
    page = tmp_path / "timeline.html"
    text = page.read_text()
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    assert "<b>58</b> objects" in text and "<b>0</b> gaps" in text and "Nothing that was well before is worse" in text
    assert [mark["name"] for mark in marks(record)] == COARSE


def test_a_page_without_a_record_is_drawn_too(leaf: Player, tmp_path: Path) -> None:
    done = leaf.run(drawn(tmp_path, Path(), BOUNCE).replace('change_window_record: "."', "change_window_hold: 0"))
    assert (tmp_path / "timeline.html").exists() and "skip_reason" in done["Leave the record"]


def test_each_task_of_the_change_is_a_mark_once_the_callback_is_enabled(
    leaf: Player, tmp_path: Path, record: Path
) -> None:
    change = (
        BOUNCE
        + """
- name: Several
  ansible.builtin.debug: {msg: "{{ item }}"}
  loop: [1, 2]
- name: Not here
  ansible.builtin.debug:
  when: false
- name: Goes wrong and is let go
  ansible.builtin.command: /bin/false
  delegate_to: localhost
  connection: local
  ignore_errors: true
"""
    )
    before = "- name: Before the change\n  ansible.builtin.debug:\n"
    done = leaf.run(before + drawn(tmp_path, record, change), environment=MARKS)
    found = marks(record)
    assert [(mark["name"], mark["status"]) for mark in found if "end" in mark] == [
        ("Shut", "changed"), ("It is down", "ok"), ("No shut", "changed"), ("Several", "ok"), ("Not here", "skipped"),
        ("Goes wrong and is let go", "ignored"), (WAIT, "ok"),
    ]  # fmt: skip
    assert [mark["name"] for mark in found if "end" not in mark] == COARSE
    timed = [mark for mark in found if "end" in mark]
    assert all(mark["at"] <= mark["end"] for mark in timed)
    assert all(before["end"] <= after["at"] for before, after in pairwise(timed))
    assert timed[0]["action"] == "nxapi.events.mo" and set(timed[0]) == KEYS
    assert found[0]["at"] <= timed[0]["at"] and "<b>7</b> tasks" in (tmp_path / "timeline.html").read_text()
    assert "nxapi_events_task_marks" not in "".join(str(each) for each in leaf.home.rglob("*")), "a file was left"
    assert "WARNING" not in done.stderr


def test_a_task_that_fails_is_a_failed_mark_and_two_switches_have_their_own(
    player: Player, tmp_path: Path, start: Any, variables: Any
) -> None:
    player.hosts(leaf1=variables(start()), leaf2=variables(start()))
    record = tmp_path / "{{ inventory_hostname }}.jsonl"
    change = "- name: Only leaf2\n  ansible.builtin.fail: {msg: no}\n  when: inventory_hostname == 'leaf2'\n"
    player.run(window(tmp_path, record, change), environment=MARKS, rc=2)
    statuses = {
        host: {mark["name"]: mark["status"] for mark in marks(tmp_path / f"{host}.jsonl")}
        for host in ("leaf1", "leaf2")
    }
    assert statuses["leaf1"]["Only leaf2"] == "skipped" and statuses["leaf1"]["the watch ends"] == "ok"
    assert statuses["leaf2"]["Only leaf2"] == "failed" and statuses["leaf2"]["the watch ends"] == "failed"
    assert WAIT in statuses["leaf1"] and WAIT not in statuses["leaf2"]


def test_a_collection_behind_a_link_has_no_marks_of_its_own_tasks(leaf: Player, tmp_path: Path, record: Path) -> None:
    folder = tmp_path / "linked" / "ansible_collections" / "nxapi"
    folder.mkdir(parents=True)
    (folder / "events").symlink_to(COLLECTION)
    change = "- name: Mine\n  ansible.builtin.debug:\n"
    leaf.run(
        window(tmp_path, record, change),
        environment={**MARKS, "ANSIBLE_COLLECTIONS_PATH": str(tmp_path / "linked")},
    )
    assert [mark["name"] for mark in marks(record) if "end" in mark] == ["Mine", WAIT]


def test_no_argument_and_no_result_of_a_task_is_noted(leaf: Player, tmp_path: Path, record: Path) -> None:
    change = """
- name: Something secret
  ansible.builtin.debug: {msg: "s3cret-argument"}
  no_log: true
- name: A change of a description
  nxapi.events.mo: {dn: "sys/intf/phys-[eth1/1]", class: l1PhysIf, attributes: {descr: "s3cret-argument"}}
  no_log: true
"""
    leaf.run(drawn(tmp_path, record, change), environment=MARKS)
    text = record.read_text() + (tmp_path / "timeline.html").read_text()
    assert "Something secret" in text and "s3cret-argument" not in text and "Sim-pass-1" not in text


def test_what_somebody_wrote_into_a_description_is_text_on_the_page(
    leaf: Player, switch: Handle, tmp_path: Path, record: Path
) -> None:
    switch.set("sys/intf/phys-[eth1/1]", descr="</script><b>{{ 7 * 191 }}{% raw %}")
    leaf.run(drawn(tmp_path, record, BOUNCE).replace("ethpmPhysIf", "l1PhysIf"))
    text = (tmp_path / "timeline.html").read_text()
    assert text.count("</script>") == 2 and "<b>{{" not in text and "1337" not in text
    assert "\\u003c/script\\u003e\\u003cb\\u003e\\u007b\\u007b 7 * 191 \\u007d\\u007d\\u007b% raw %\\u007d" in text


def book(player: Player, rc: int = 0, **given: object) -> Done:
    folder = player._new_folder()
    return player.command(["ansible-playbook", "nxapi.events.timeline", "-e", json.dumps(given)], folder, {}).finish(rc)


ENTRY = {"kind": "notification", "at": "2026-11-24T09:00:00.000Z", "dn": "sys/x", "class": "xY", "attributes": {}}


def write(file: Path, host: str) -> None:
    entry = {**ENTRY, "host": host, "status": "created", "subscription": "s", "origin": "notification"}
    file.write_text(json.dumps(entry) + "\n")


def test_an_old_record_is_drawn_by_the_playbook_beside_it(player: Player, tmp_path: Path) -> None:
    write(tmp_path / "old.jsonl", "leaf7")
    done = book(player, record=str(tmp_path / "old.jsonl"), page="", title="")
    page = tmp_path / "old.html"
    assert "Change on leaf7" in page.read_text() and done["Say where it is"]["msg"] == str(page)


def test_several_records_become_one_page_where_the_user_wants_it(player: Player, tmp_path: Path) -> None:
    for host in ("leaf1", "leaf2"):
        write(tmp_path / f"{host}.jsonl", host)
    book(player, record=str(tmp_path / "*.jsonl"), page=str(tmp_path / "all.html"), title="The night")
    text = (tmp_path / "all.html").read_text()
    assert "<title>The night</title>" in text and '"leaf1"' in text and '"leaf2"' in text


@pytest.mark.parametrize(
    ("text", "task", "said"),
    [
        (None, "Check that there is a record", "There is no file "),
        ("{}\n", "Draw it", "entry 1 of the record has no text as kind."),
        ("no json\n", "Draw it", "line 1 of the record is no JSON."),
        ("", "Draw it", "the record is empty: there is nothing to draw."),
    ],
)
def test_what_is_no_record_is_one_sentence(
    player: Player, tmp_path: Path, text: str | None, task: str, said: str
) -> None:
    if text is not None:
        (tmp_path / "bad.jsonl").write_text(text)
    assert said in book(player, rc=2, record=str(tmp_path / "bad.jsonl"))[task]["msg"]


def test_without_a_record_the_playbook_says_what_it_wants(player: Player) -> None:
    assert book(player, rc=2)["Check what is asked for"]["msg"].startswith("Say what to draw")


def test_the_variables_that_the_head_of_the_playbook_lists_are_those_that_are_used() -> None:
    text = (COLLECTION / "playbooks" / "timeline.yml").read_text()
    (play,) = yaml.safe_load(text)
    used = set(re.findall(r"([a-z_]+) \| default\(", yaml.safe_dump(play, width=10_000)))
    assert used == set(re.findall(r"^#   ([a-z_]+)  ", text, re.M))
