# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The timeline, opened and looked at: what is drawn where and in which colour, and what it does when it is used."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Browser
from playing import COLLECTION, Player
from records import EVIL, busy, flash, maintenance, one_port, port
from simulator import Options
from simulator.thread import running_in_thread
from support.chromium import Image

Draw = Callable[[object], Path]
Colour = tuple[float, float, float]

INNER = 6.0
"""Pixels that the page leaves free at both ends of the time."""


def lane(browser: Browser, label: str) -> dict[str, float]:
    """Where the bar of a lane is; it is brought into view."""
    found = browser.ask(
        f"""(() => {{ const row = [...document.querySelectorAll('.row')].find(e => e.lane.label === {json.dumps(label)});
        row.scrollIntoView({{block: 'center'}}); return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(
        () => done(row.querySelector('svg').getBoundingClientRect().toJSON())))); }})()"""
    )
    browser.settle()
    return dict(found)


def look(browser: Browser, label: str) -> tuple[dict[str, float], Image]:
    box = lane(browser, label)
    return box, browser.look(box)


def x_at(box: dict[str, float], seconds: float, length: float) -> float:
    return box["left"] + INNER + seconds / length * (box["width"] - 2 * INNER)


def seen(image: Image, box: dict[str, float], seconds: float, length: float) -> Colour:
    """The colour of a lane around a moment, hatching and all."""
    return image.mean(x_at(box, seconds, length) - 6, box["top"] + 3, 12, 12)


def green(colour: Colour) -> bool:
    return colour[1] > colour[0] + 12 and colour[1] >= colour[2]


def red(colour: Colour) -> bool:
    return colour[0] > colour[2] + 80 and colour[0] > colour[1] + 40


def violet(colour: Colour) -> bool:
    return colour[2] > colour[1] + 5


def brightness(colour: Colour) -> float:
    """Relative luminance, as WCAG defines it."""
    parts = [each / 255 / 12.92 if each / 255 <= 0.04045 else ((each / 255 + 0.055) / 1.055) ** 2.4 for each in colour]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: Colour, other: Colour) -> float:
    high, low = sorted((brightness(one), brightness(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def labels(browser: Browser) -> list[str]:
    return list(
        browser.ask("[...document.querySelectorAll('.row')].filter(e => e.offsetHeight).map(e => e.lane.label)")
    )


def panel(browser: Browser) -> str:
    return str(browser.ask("document.getElementById('detail').innerText"))


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_one_port_is_green_then_red_hatched_in_the_gap_and_green_again(
    browser: Browser, drawn: Draw, dark: bool
) -> None:
    browser.open(drawn(one_port()), dark)
    box, image = look(browser, "Ethernet1/1")
    assert green(seen(image, box, 2.5, 30)) and green(seen(image, box, 22, 30)) and green(seen(image, box, 28, 30))
    assert red(seen(image, box, 8, 30)) and red(seen(image, box, 17.8, 30))
    gap = seen(image, box, 12.5, 30)
    assert violet(gap) and not red(gap) and not green(gap)
    ground = browser.look({"left": 4, "top": 900, "width": 4, "height": 4}).at(5, 902)
    assert (brightness(ground) < 0.05) == dark and (brightness(ground) > 0.9) == (not dark)
    hatched = image.colours(x_at(box, 8, 30), box["top"] + 4, 40, 10)
    assert len(hatched) > 2, "not told by colour alone"
    assert browser.ask("document.querySelector('.gapname').firstChild.data") == "gap 5.0 s: the socket broke"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_text_can_be_read(browser: Browser, drawn: Draw, dark: bool) -> None:
    """Contrast of at least 4.5 between each kind of text and the ground that it stands on."""
    browser.open(drawn(maintenance()), dark)
    pairs = browser.ask(
        """(() => { const style = getComputedStyle(document.documentElement), probe = document.createElement('i');
        document.body.append(probe);
        const colour = name => { probe.style.color = style.getPropertyValue(name);
          return getComputedStyle(probe).color.match(/[0-9.]+/g).slice(0, 3).map(Number); };
        const on = {'--ink': ['--ground', '--raised', '--faint'], '--quiet': ['--ground', '--raised'], '--gap': ['--ground'], '--well-ink': ['--well'],
          '--unwell-ink': ['--unwell'], '--before-ink': ['--before', '--before-2'], '--failed-ink': ['--failed'], '--shut-ink': ['--shut'],
          '--other-ink': ['--other-0', '--other-1', '--other-2', '--other-3', '--other-4'], '--accent': ['--ground']};
        return Object.entries(on).flatMap(([ink, grounds]) => grounds.map(ground => [ink, ground, colour(ink), colour(ground)])); })()"""
    )
    poor = {(ink, ground): round(contrast(a, b), 2) for ink, ground, a, b in pairs if contrast(a, b) < 4.4}
    assert len(pairs) > 15 and poor == {}


def test_what_somebody_wrote_into_a_description_is_shown_as_text(browser: Browser, drawn: Draw) -> None:
    browser.open(drawn(one_port()))
    box = lane(browser, "Ethernet1/1")
    browser.point(x_at(box, 2, 30), box["top"] + 8)
    browser.settle()
    assert EVIL.replace("\u2028", "") in panel(browser).replace("\u2028", "").replace("\n&amp;", "&amp;")
    assert browser.ask("document.querySelectorAll('img').length") == 0


def test_script_of_another_is_refused_by_the_policy_of_the_page(browser: Browser, drawn: Draw) -> None:
    browser.open(drawn(one_port()))
    ran = browser.ask(
        """new Promise(done => { const e = document.createElement('script'); e.textContent = 'window.ran = 1'; document.body.append(e);
        const i = document.createElement('img'); i.onerror = () => done(Boolean(window.ran)); i.src = 'http://127.0.0.1:9/'; })"""
    )
    assert ran is False and browser.errors
    browser.errors.clear()
    browser.requests[:] = [each for each in browser.requests if "127.0.0.1:9" not in each]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_maintenance_of_48_ports(browser: Browser, drawn: Draw, dark: bool) -> None:
    browser.open(drawn(maintenance()), dark, height=1200)
    length = 90.2
    assert labels(browser)[:48] == [f"Ethernet1/{number}" for number in range(1, 49)]
    assert browser.ask("document.getElementById('verdict').innerText.replace(/\\s+/g, ' ').trim()") == (
        "Not as before: Ethernet1/7 up → down vlan-300 up → gone"
    )
    looks: dict[str, list[Colour]] = {}
    for label in ("Ethernet1/1", "Ethernet1/7", "Ethernet1/12", "Ethernet1/20", "Ethernet1/33", "Ethernet1/45"):
        box, image = look(browser, label)
        looks[label] = [seen(image, box, moment, length) for moment in (6, 14.2, 52, 80)]
        looks[label].append(image.mean(x_at(box, 70, length), box["top"] + 3, 3, 12))
    one, seven, twelve, twenty, reset, shut = (looks[label] for label in looks)
    assert green(one[0]) and violet(one[2]) and green(one[3])
    assert green(seven[0]) and red(seven[3]), "it does not come back"
    assert not red(twelve[0]) and not green(twelve[0]), "down from the start is not what the change has broken"
    assert red(twenty[4]) and green(twenty[3]), "0.3 s down can be seen in a record of 90 s"
    assert green(reset[0]) and red(reset[1]) and green(reset[3])
    assert max(shut[0]) - min(shut[0]) < 35, "shut is grey"


@pytest.mark.parametrize("width", [1400, 1050])
def test_tasks_are_marks_whose_labels_do_not_overlap(browser: Browser, drawn: Draw, width: int) -> None:
    browser.open(drawn(maintenance()), width=width)
    boxes = browser.ask(
        "[...document.querySelectorAll('.mark text')].map(e => [e.textContent, e.getBoundingClientRect().toJSON()])"
    )
    assert len(boxes) >= 10 and "✔ Check that traffic has moved" in [words for words, _box in boxes]
    for number, (words, box) in enumerate(boxes):
        for other_words, other in boxes[number + 1 :]:
            apart = box["right"] <= other["left"] or other["right"] <= box["left"]
            assert apart or box["bottom"] <= other["top"] + 4 or other["bottom"] <= box["top"] + 4, (words, other_words)
    assert max(box["right"] for _words, box in boxes) <= browser.box(".tasks svg")["right"], "cut off at the edge"
    begin = browser.box(".mark-line")
    over = browser.box(".over")
    assert abs(begin["left"] - x_at(over, 3, 90.2)) < 1 and begin["height"] > 48 * 17
    assert browser.ask("[...document.querySelectorAll('.mark.failed text')].length") == 2, (
        "whatever has no room, this has"
    )


def test_the_filter_leaves_the_lanes_that_are_like_its_words(browser: Browser, drawn: Draw) -> None:
    browser.open(drawn(maintenance()))
    browser.press("/")
    browser.write("eth1/7 down")
    assert labels(browser) == ["Ethernet1/7"]
    assert browser.ask("document.getElementById('found').textContent") == "1 of 57 lanes"
    assert lane(browser, "Ethernet1/7")["top"] < 600, "the others leave no room behind"
    browser.press("Escape")
    assert len(labels(browser)) == 57
    browser.write("deleted")
    assert labels(browser) == ["vlan-300"]
    browser.press("Escape")
    browser.write("operspeed=100g")
    assert labels(browser) == [f"Ethernet1/{number}" for number in (33, 35, 37, 39)]
    browser.press("Escape")
    browser.write("nothing like it")
    assert (
        labels(browser) == [] and browser.ask("document.getElementById('found').textContent") == "no lane is like that"
    )


def test_only_lanes_that_changed_or_that_are_worse(browser: Browser, drawn: Draw) -> None:
    browser.open(drawn(maintenance()))
    choose = "(value => { const e = document.getElementById('show'); e.value = value; e.dispatchEvent(new Event('change')); })"
    browser.ask(choose + "('worse')")
    assert labels(browser) == ["Ethernet1/7", "vlan-300"]
    browser.ask(choose + "('changed')")
    assert len(labels(browser)) == 17 and "Ethernet1/1" not in labels(browser)


def test_pointing_says_what_was_when(browser: Browser, drawn: Draw) -> None:
    browser.open(drawn(maintenance()))
    box = lane(browser, "Ethernet1/7")
    browser.point(x_at(box, 52, 90.2), box["top"] + 8)
    browser.settle()
    said = panel(browser)
    assert said.startswith("Ethernet1/7") and port(7) in said and "operSt down" in said and "In a gap of 7.2 s" in said
    assert "09:18:11.900" in said and "operSt up → down, operStQual none → suspended" in said
    browser.point(x_at(box, 20, 90.2), box["top"] + 8)
    browser.settle()
    assert "operSt up" in panel(browser) and "During the task Reset the optics" in panel(browser)
    browser.click(x_at(box, 20, 90.2), box["top"] + 8)
    browser.point(x_at(box, 60, 90.2), box["top"] - 40)
    browser.settle()
    assert panel(browser).startswith("Ethernet1/7"), "kept by a click"


def test_the_keyboard_reaches_lanes_events_and_tasks(browser: Browser, drawn: Draw) -> None:
    browser.open(drawn(maintenance()))
    for _each in range(40):
        browser.press("Tab")
        if browser.ask("document.activeElement.classList.contains('row')"):
            break
        if browser.ask("document.activeElement.classList.contains('mark')"):
            marked = panel(browser)
    assert "the watch ends" in marked, "each task can be reached"
    for _each in range(6):
        browser.press("ArrowDown")
    assert browser.ask("document.activeElement.lane.label") == "Ethernet1/7"
    browser.press("ArrowRight")
    assert "09:18:11.300" in panel(browser) and "operVlan 100 → 200" in panel(browser)
    browser.press("ArrowRight")
    assert "operSt down" in panel(browser)
    assert browser.ask("[...document.querySelectorAll('.row')].filter(e => e.tabIndex === 0).length") == 1


def test_dragging_zooms_and_the_key_0_shows_all_again(browser: Browser, drawn: Draw) -> None:
    browser.open(drawn(maintenance()))
    before = browser.ask("document.querySelector('#axis').innerText")
    box = lane(browser, "Ethernet1/33")
    y = box["top"] + 8
    browser.drag(x_at(box, 12, 90.2), y, x_at(box, 17, 90.2))
    box, image = look(browser, "Ethernet1/33")
    # Of the 5 s shown, the port is down from 13 to 15.6.
    assert green(seen(image, box, 0.5, 5)) and red(seen(image, box, 2, 5)) and green(seen(image, box, 4.4, 5))
    assert "09:17:43" in browser.ask("document.querySelector('#axis').textContent")
    browser.press("0")
    assert browser.ask("document.querySelector('#axis').innerText") == before


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_2000_events_and_a_flapping_port(browser: Browser, drawn: Draw, dark: bool) -> None:
    record = busy(2000)
    browser.open(drawn(record), dark)
    told = [entry for entry in record if entry["kind"] == "notification" and "operSt" in entry["attributes"]]
    by_port: dict[str, list[dict[str, Any]]] = {}
    for entry in told:
        by_port.setdefault(entry["dn"], []).append(entry)
    calm = next(
        dn
        for dn, entries in by_port.items()
        if 4 < len(entries) < 10 and dn not in (port(12), port(45), port(46), port(47))
    )
    label = "Ethernet" + calm.partition("[eth")[2].partition("]")[0]
    box, image = look(browser, label)
    wrong = []
    times = [0.0, *(_seconds(entry) for entry in by_port[calm]), 1200.0]
    states = ["up", *(entry["attributes"]["operSt"] for entry in by_port[calm])]
    for begin, end, state in zip(times, times[1:], states, strict=False):
        middle = (begin + end) / 2
        if end - begin > 40 and all(abs(middle - gap - 6) > 20 for gap in (200, 640, 1000)):
            colour = seen(image, box, middle, 1200)
            if not (green(colour) if state == "up" else red(colour)):
                wrong.append((middle, state, colour))
    assert wrong == [] and browser.ask("document.querySelectorAll('.over .gap').length") >= 3
    assert (
        browser.ask("document.getElementById('counts').innerText").replace("\n", " ").count("2000 notifications") == 1
    )


def _seconds(entry: dict[str, Any]) -> float:
    hours, minutes, seconds = entry["at"][11:23].split(":")
    return (int(hours) - 9) * 3600 + (int(minutes) - 17) * 60 + float(seconds) - 30


def test_a_moment_is_seen_in_an_hour(browser: Browser, drawn: Draw) -> None:
    browser.open(drawn(flash()))
    box, image = look(browser, "Ethernet1/1")
    around = image.colours(x_at(box, 1800, 3600) - 5, box["top"] + 3, 10, 12)
    assert (
        any(red(each) for each in around)
        and green(seen(image, box, 1700, 3600))
        and green(seen(image, box, 1900, 3600))
    )


def test_20000_events_are_not_slow(browser: Browser, drawn: Draw) -> None:
    file = drawn(busy(20_000))
    begin = time.monotonic()
    browser.open(file)
    opened = time.monotonic() - begin
    worst = browser.ask(
        """(async () => { let worst = 0; const frame = () => new Promise(done => requestAnimationFrame(() => setTimeout(done, 0)));
        for (const key of ['+', '+', '+', '[', ']', '0']) { const begin = performance.now();
          document.dispatchEvent(new KeyboardEvent('keydown', {key})); await frame(); worst = Math.max(worst, performance.now() - begin); }
        return worst; })()"""
    )
    # On two cores alone: 0.6 s and 60 ms. The limits are for a machine that does much else.
    assert opened < 15 and worst < 2000, (opened, worst)
    assert browser.ask("document.querySelectorAll('.row rect').length") < 20_000, (
        "what falls on one pixel is drawn once"
    )


def test_a_narrow_window_and_paper(browser: Browser, drawn: Draw) -> None:
    browser.open(drawn(maintenance()), width=700)
    assert browser.ask("document.documentElement.scrollWidth") <= 700
    browser("Emulation.setEmulatedMedia", media="print", features=[{"name": "prefers-color-scheme", "value": "light"}])
    browser.settle()
    assert browser.ask("getComputedStyle(document.getElementById('detail')).display") == "none"
    pdf = browser("Page.printToPDF", printBackground=True)["data"]
    assert len(pdf) > 20_000 and browser.ask(
        "[...document.querySelectorAll('.row svg')].every(e => e.childElementCount)"
    )
    browser("Emulation.setEmulatedMedia", media="")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The page of a real change: Ethernet1/1 of a simulated switch is shut, and not enabled again."""
    change = """
- name: Shut the port
  nxapi.events.mo: {dn: "sys/intf/phys-[eth1/1]", class: l1PhysIf, attributes: {adminSt: down}}
- name: It is down
  nxapi.events.wait_for_interface: {name: Ethernet1/1, state: down}
- name: Lose the connection
  ansible.builtin.uri: {url: "URL/simulator/drop-websockets", method: POST}
  delegate_to: localhost
  connection: local
- name: A VLAN after it
  nxapi.events.mo: {dn: "sys/bd/bd-[vlan-900]", class: l2BD, attributes: {fabEncap: vlan-900}}
"""
    tmp_path = tmp_path_factory.mktemp("recorded")
    with running_in_thread(Options(link_delay=0.1)) as switch:
        player = Player(tmp_path)
        reach = {"ansible_host": switch.host, "ansible_httpapi_port": switch.port, "ansible_httpapi_use_ssl": False}
        player.hosts(leaf1={**reach, "ansible_user": switch.username, "ansible_password": switch.password})
        (tmp_path / "change.yml").write_text(change.replace("URL", switch.url))
        role = f"""
- name: Change
  ansible.builtin.include_role: {{name: nxapi.events.change_window}}
  vars:
    change_window_tasks: {tmp_path}/change.yml
    change_window_classes: [ethpmPhysIf, l2BD]
    change_window_timeout: 2
    change_window_timeline: {tmp_path}/window.html
"""
        player.run(role, rc=2, environment={"ANSIBLE_CALLBACKS_ENABLED": "e2e_results,nxapi.events.task_marks"})
        player.close()
    yield tmp_path / "window.html"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_real_change_window(browser: Browser, recorded: Path, dark: bool) -> None:
    browser.open(recorded, dark)
    length = browser.ask("JSON.parse(document.getElementById('data').textContent)[2]") / 1000
    assert "Ethernet1/1 up → down" in browser.ask("document.getElementById('verdict').innerText.replace(/\\s+/g, ' ')")
    marks = browser.ask("[...document.querySelectorAll('.mark')].map(e => e.mark.name)")
    assert {"Shut the port", "It is down", "Lose the connection", "A VLAN after it", "the watch ends"} <= {*marks}
    assert browser.ask("document.querySelectorAll('.over .gap').length") >= 2, "over both classes"
    box, image = look(browser, "Ethernet1/1")
    assert green(image.mean(box["left"] + INNER, box["top"] + 3, 4, 12))
    assert not green(seen(image, box, length - 0.5, length))
    vlan = browser.ask(
        "(() => { const l = [...document.querySelectorAll('.row')].find(e => e.lane.label === 'vlan-900').lane; return [l.ended, l.segments[0].begin]; })()"
    )
    assert vlan[0] == "new" and vlan[1] > 0


PICTURES = {"timeline-light.png": False, "timeline-dark.png": True}


@pytest.mark.parametrize("name", PICTURES)
def test_the_pictures_in_the_documentation(browser: Browser, drawn: Draw, name: str) -> None:
    """They are there and small. After a change of the page: DOCS_PICTURES=$PWD/docs/docsite/rst/images make browser."""
    browser.open(drawn(maintenance()), PICTURES[name], width=1100, height=1060)
    box = browser.box(".row.ended-worse svg")
    browser.click(x_at(box, 52, 90.2), box["top"] + 8)
    assert "In a gap" in panel(browser)
    folder = Path(os.environ.get("DOCS_PICTURES", COLLECTION / "docs" / "docsite" / "rst" / "images"))
    if "DOCS_PICTURES" in os.environ:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(browser.picture())
    assert 10_000 < (folder / name).stat().st_size < 200_000
