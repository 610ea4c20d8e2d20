# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Chromium for the tests: the one on PATH, else Debian's, unpacked into ``.cache/browser`` without root. Stdlib only.

apt is asked with the system's sources and its list of installed packages, but all that it writes stays in the cache, and
nothing is installed: the packages that are missing, libraries and a font included, are unpacked beside each other, and
a script of two lines starts Chromium with them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from environments import CACHE, locked, surroundings
from interpreters import ToolError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FOLDER = CACHE / "browser"
STATUS = Path("/var/lib/dpkg/status")

START = """#!/bin/sh
export LD_LIBRARY_PATH='{libraries}' FONTCONFIG_FILE='{fonts}'
exec '{program}' "$@"
"""

FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>/usr/share/fonts</dir>
  <dir>{root}/usr/share/fonts</dir>
  <cachedir>{folder}/fonts</cachedir>
</fontconfig>
"""

HOW = "Install chromium, or give make a network, then run it again."


def ensure_browser() -> Path:
    """The program to start. Raises ToolError with a sentence where none can be had."""
    with locked("browser"):
        found = next(filter(None, (_works(shutil.which(name)) for name in NAMES)), None)
        return found or _works(FOLDER / "chromium") or _fetch()


def _works(program: str | Path | None) -> Path | None:
    """A program of that name may be a stub that tells where to get the real one."""
    if program is None or not Path(program).exists():
        return None
    command, environment = [str(program), "--version"], surroundings()
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return Path(program) if done.returncode == 0 and "Chrom" in done.stdout else None


def _fetch() -> Path:
    missing = [name for name in ("apt-get", "dpkg-deb") if shutil.which(name) is None]
    if missing or not STATUS.exists():
        raise ToolError(
            f"There is no Chromium, and without Debian's {' and '.join(missing) or 'dpkg'} none can be fetched. {HOW}"
        )
    print("Fetching Chromium into .cache/browser", flush=True)
    shutil.rmtree(FOLDER, ignore_errors=True)
    for name in ("state/lists/partial", "cache/archives/partial", "root"):
        (FOLDER / name).mkdir(parents=True)
    _apt("update")
    _apt("install", "--yes", "--download-only", "--no-install-recommends", "chromium")
    for package in sorted((FOLDER / "cache" / "archives").glob("*.deb")):
        _run("dpkg-deb", "--extract", str(package), str(FOLDER / "root"))
    for name in ("state", "cache"):
        shutil.rmtree(FOLDER / name)
    found = _works(_starter())
    if found is None:
        raise ToolError(f"The Chromium in {FOLDER.relative_to(CACHE.parent)} does not start. {HOW}")
    return found


def _apt(*arguments: str) -> None:
    options = {
        "Dir::State": FOLDER / "state",
        "Dir::State::status": STATUS,
        "Dir::Cache": FOLDER / "cache",
        "Dir::Log": FOLDER / "state",
        "Debug::NoLocking": "true",
        "APT::Sandbox::User": "",
        "APT::Install-Suggests": "false",
        "APT::Update::Post-Invoke-Success::": "",
    }
    _run("apt-get", "-qq", *(part for name, value in options.items() for part in ("-o", f"{name}={value}")), *arguments)


def _run(*command: str) -> None:
    done = subprocess.run(command, env=_environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.startswith(("E:", "dpkg-deb:"))] or [
            "no reason given"
        ]
        raise ToolError(f"There is no Chromium, and {command[0]} could not fetch one: {lines[-1]} {HOW}")


def _environment() -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}


def _starter() -> Path:
    root = FOLDER / "root"
    places = ("usr/lib/chromium", "usr/lib/*-linux-gnu*", "usr/lib/*-linux-gnu*/pulseaudio", "lib/*-linux-gnu*")
    libraries = [str(each) for place in places for each in sorted(root.glob(place))]
    fonts, starter = FOLDER / "fonts.conf", FOLDER / "chromium"
    fonts.write_text(FONTS.format(root=root, folder=FOLDER), encoding="utf-8")
    program = root / "usr" / "lib" / "chromium" / "chromium"
    starter.write_text(START.format(libraries=":".join(libraries), fonts=fonts, program=program), encoding="utf-8")
    starter.chmod(0o755)
    return starter
