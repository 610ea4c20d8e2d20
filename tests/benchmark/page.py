# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`make bench-docs`: puts the last run of `make bench` into the docs page "What it costs", table and plots. Stdlib only."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmark.figures import shown

DOCS = Path(__file__).resolve().parents[2] / "docs" / "docsite" / "rst"
PAGE = DOCS / "costs.rst"
BEGIN, END = ".. measured: begin\n", ".. measured: end\n"
REACHED = {True: "yes", False: "**no**", None: ""}

PLOTS = {
    "standing": "Seconds from the task's start until all subscriptions stand, at 1, 10, 100 and 1,000 switches",
    "memory": "Memory of the listener at 1, 10, 100 and 1,000 switches",
    "cpu": "CPU of the listener while nothing happens, at 1, 10, 100 and 1,000 switches",
    "wake": "Milliseconds from the switch's frame until the task's action returns, at 1, 10, 100 and 1,000 open waits",
}


def _row(row: Mapping[str, Any]) -> Iterator[str]:
    beside = f"{shown(row['yardstick'])} {row['unit']}".strip() if row["yardstick"] is not None else ""
    cells = (
        row["what"],
        f"{shown(row['value'])} {row['unit']}".strip(),
        f"{row['against']}: {beside}" if beside else "",
        row["goal"] or "",
        REACHED[row["met"]],
    )
    for number, cell in enumerate(cells):
        yield f"{'   * -' if number == 0 else '     -'} {cell}".rstrip()


def section(found: Mapping[str, Any]) -> str:
    """What stands between the marks: the machine, the table, the plots."""
    machine = found["machine"]
    lines = [
        f"Commit {found['commit']}, {found['date']}, on {machine['cores']} cores of {machine['cpu']} "
        f"with {machine['memory_gib']} GiB ({machine['system']}), Python {machine['python']}, ansible-core "
        f"{machine['ansible_core']}, websocket-client {machine['websocket_client']}. The load average before it was "
        f"{found['load_before']:g}.",
        "",
        ".. list-table::",
        "   :header-rows: 1",
        "   :widths: 34 12 26 20 8",
        "",
        "   * - Figure",
        "     - Measured",
        "     - Beside it",
        "     - Goal",
        "     - Reached",
    ]
    for row in found["figures"]:
        lines += _row(row)
    for name, text in PLOTS.items():
        if name in found["points"]:
            lines += ["", f".. image:: images/costs-{name}.svg", f"   :alt: {text}"]
    return "\n".join(lines) + "\n"


def renewed(page: str, measured: str) -> str:
    """The page with what stands between the marks replaced."""
    head, begin, rest = page.partition(BEGIN)
    _old, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page has no {BEGIN.strip()!r} and {END.strip()!r}")
    return f"{head}{BEGIN}\n{measured}\n{END}{tail}"


def main() -> int:
    parser = argparse.ArgumentParser(description="Put a run of the benchmark into the docs.")
    parser.add_argument("folder", type=Path, help="where benchmark.json and the plots are")
    folder = parser.parse_args().folder
    found = json.loads((folder / "benchmark.json").read_text())
    if found["quick"] or found["problems"] or len({row["figure"].partition("_")[0] for row in found["figures"]}) < 8:
        print(f"{folder}/benchmark.json is not of a whole run of make bench.", file=sys.stderr)
        return 1
    PAGE.write_text(renewed(PAGE.read_text(), section(found)))
    images = DOCS / "images"
    images.mkdir(exist_ok=True)
    for name in PLOTS:
        shutil.copyfile(folder / f"{name}.svg", images / f"costs-{name}.svg")
    return 0


if __name__ == "__main__":
    sys.exit(main())
