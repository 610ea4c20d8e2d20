# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`python3 tests/tools TARGET`: the work behind the Makefile. Runs on a bare Python, before any venv exists."""

from __future__ import annotations

import sys
import time

from interpreters import ToolError
from steps import Step, plan


def _seconds(value: float) -> str:
    return f"{value:.1f} s" if value < 60 else f"{int(value) // 60} min {int(value) % 60:02d} s"


def _summary(done: list[tuple[str, float, str]], failed: str, left: list[str]) -> None:
    print("\n==> Summary")
    for title, took, note in done:
        print(f"  {'FAILED' if title == failed else 'ok':8}{title:26}{_seconds(took):>14}  {note}")
    for title in left:
        print(f"  {'not run':8}{title}")
    print(f"  {'total':34}{_seconds(sum(took for _title, took, _note in done)):>14}", flush=True)


def run(steps: list[tuple[str, Step]]) -> int:
    """The steps in their order, until one fails; with a header each and a summary where there are several."""
    done: list[tuple[str, float, str]] = []
    failed = ""
    for number, (title, step) in enumerate(steps, 1):
        if len(steps) > 1:
            print(f"\n==> {number}/{len(steps)} {title}", flush=True)
        start = time.monotonic()
        try:
            note = step()
        except ToolError as error:
            failed, note = title, str(error)
            print(f"{title}: {error}", file=sys.stderr, flush=True)
        done.append((title, time.monotonic() - start, note))
        if failed:
            break
        if len(steps) > 1:
            print(f"==> {title}: ok after {_seconds(done[-1][1])}", flush=True)
    if len(steps) > 1:
        _summary(done, failed, [title for title, _step in steps[len(done) :]])
    return 1 if failed else 0


def main() -> int:
    try:
        return run(plan(sys.argv[1] if len(sys.argv) == 2 else ""))
    except ToolError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
