# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collections of others that tests use beside ours, taken out of the PyPI package `ansible`. Stdlib only.

``python3 tests/tools/peers.py [RELEASE]`` fetches them and prints the folder for ANSIBLE_COLLECTIONS_PATH. They are kept in
``.cache/peers`` of the checkout, also when this runs in its staged copy.
"""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

NETWORK = ("ansible/netcommon", "ansible/utils", "cisco/nxos")
CONTROLLER = ("awx/awx",)

RELEASES = {"9.13.0": NETWORK, "12.3.0": NETWORK, "14.5.0": NETWORK, "13.5.0": CONTROLLER}
"""What is taken of which release of `ansible`. 13 is the last one with awx.awx."""

NEWEST = "14.5.0"
FOR_CORE = {"2.16": "9.13.0", "2.19": "12.3.0"}
"""The release that people have who install `ansible` with that core; newer cores: the newest release."""

AWX = "13.5.0"


def release_for(core: str) -> str:
    """``2.16.19`` -> ``9.13.0``."""
    return FOR_CORE.get(".".join(core.split(".")[:2]), NEWEST)


def _cache() -> Path:
    here = Path(__file__).resolve()
    checkout = next((each.parent for each in here.parents if each.name == ".stage"), here.parents[2])
    return checkout / ".cache" / "peers"


def _download(release: str, folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-qq", "download", "--no-deps"]
    command += ["--python-version", "3.12", "--only-binary", ":all:", "--dest", str(folder), f"ansible=={release}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = list(folder.glob("ansible-*.whl"))
    if done.returncode or len(wheels) != 1:
        raise RuntimeError(f"pip could not download ansible {release}: {done.stderr.strip()}")
    return wheels[0]


def _unpack(wheel: Path, names: tuple[str, ...], folder: Path) -> None:
    """The collections, with the tests of none."""
    wanted = tuple(f"ansible_collections/{name}/" for name in names)
    with zipfile.ZipFile(wheel) as archive:
        members = [each for each in archive.namelist() if each.startswith(wanted) and "/tests/" not in each]
        archive.extractall(folder, members)
    missing = [name for name in names if not (folder / "ansible_collections" / name / "MANIFEST.json").is_file()]
    if missing:
        raise RuntimeError(f"{wheel.name} does not hold {', '.join(missing)}.")


def ensure(release: str = NEWEST) -> Path:
    """The folder with the ``ansible_collections`` of that release; downloads them the first time."""
    cache = _cache()
    cache.mkdir(parents=True, exist_ok=True)
    ready = cache / release
    with open(cache / f"{release}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not ready.is_dir():
            scratch = Path(tempfile.mkdtemp(prefix=f"{release}-", dir=cache))
            try:
                _unpack(_download(release, scratch), RELEASES[release], scratch / "ready")
                (scratch / "ready").rename(ready)
            finally:
                shutil.rmtree(scratch, ignore_errors=True)
    return ready


if __name__ == "__main__":
    print(ensure(*sys.argv[1:2]))
