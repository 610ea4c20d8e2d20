# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Virtual environments inside the checkout, and the surroundings in which the tools run. Stdlib only.

Nothing outside the checkout is written: HOME of every tool, pip included (it asks rustc for its version, and rustup
makes ``~/.rustup``), is ``.cache/home``. pip's cache is the user's where there
is one, else ``.cache/pip``.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from interpreters import MIDDLE_CORE, NEWEST_CORE, OLDEST_CORE, Interpreter, ToolError, choose, interpreters

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache"
HOME = CACHE / "home"
STAGE = ROOT / ".stage"
CONSTRAINTS = "tests/tools/constraints.txt"

_TEST = ("tests/unit/requirements.txt", "tests/integration/requirements.txt", "tests/tools/requirements-test.txt")
KINDS = {
    "newest": (NEWEST_CORE, (*_TEST, "tests/tools/requirements-lint.txt")),
    "middle": (MIDDLE_CORE, _TEST),
    "oldest": (OLDEST_CORE, _TEST),
    "demo": (NEWEST_CORE, ("tests/integration/requirements.txt",)),
    "fuzz": (NEWEST_CORE, ("tests/resilience/fuzz/requirements.txt",)),
    "bench": (NEWEST_CORE, ("tests/integration/requirements.txt", "tests/benchmark/requirements.txt")),
    "docs": (NEWEST_CORE, ("tests/tools/requirements-docs.txt",)),
}
"""Each virtual environment: from which table its ansible-core comes, and which requirement files it takes."""

SELF_PINNED = ("docs",)
"""Those whose requirements pin all versions themselves, others than the constraints."""

CORES = ("newest", "middle", "oldest")
BOTH = ("newest", "oldest")
USUAL = (*BOTH, "demo")
"""Those that `make test` needs."""

_FOREIGN = ("ANSIBLE_", "NXAPI_", "PYTHON", "PYENV_", "PYTEST_", "GIT_", "XDG_", "VIRTUAL_ENV", "LC_")
_KEPT = ("ANSIBLE_FORCE_COLOR", "ANSIBLE_NOCOLOR")


@dataclass(frozen=True)
class Venv:
    """A ready virtual environment."""

    kind: str
    folder: Path
    interpreter: Interpreter
    core: str

    @property
    def bin(self) -> Path:
        return self.folder / "bin"

    @property
    def python(self) -> Path:
        return self.bin / "python"

    def __str__(self) -> str:
        return f"ansible-core {self.core}, {self.interpreter}"


def _pip_cache() -> Path:
    own = Path(os.environ.get("PIP_CACHE_DIR") or Path.home() / ".cache" / "pip")
    if own.is_dir() and own.stat().st_uid == os.getuid() and os.access(own, os.W_OK):
        return own.resolve()
    return CACHE / "pip"


def _link(link: Path, target: Path) -> None:
    """Make ``link`` point to ``target``, whatever it was before."""
    link.parent.mkdir(parents=True, exist_ok=True)
    if link.is_symlink() or link.exists():
        if link.is_symlink() and Path(os.readlink(link)) == target:
            return
        link.unlink() if link.is_symlink() or link.is_file() else shutil.rmtree(link)
    link.symlink_to(target)


def _prepare_home() -> None:
    """The tools' HOME. ansible-test calls pip with HOME alone, so pip's settings and cache are linked into it."""
    downloads = _pip_cache()
    downloads.mkdir(parents=True, exist_ok=True)
    _link(HOME / ".cache" / "pip", downloads)
    settings = Path.home() / ".config" / "pip"
    if settings.is_dir():
        _link(HOME / ".config" / "pip", settings)
    (HOME / "ansible.cfg").touch()


def _path(venv: Venv | None) -> str:
    """PATH without shims: the environment's programs, the real interpreters, then the user's."""
    folders = [str(venv.bin)] if venv else []
    folders += [str(each.executable.parent) for each in interpreters()]
    folders += [each for each in os.environ.get("PATH", os.defpath).split(os.pathsep) if Path(each).name != "shims"]
    return os.pathsep.join(dict.fromkeys(folders))


def surroundings(venv: Venv | None = None) -> dict[str, str]:
    """The environment variables for a tool: the user's, without what would change how Ansible or Python behave."""
    _prepare_home()
    own = {k: v for k, v in os.environ.items() if k in _KEPT or not k.startswith(_FOREIGN)}
    loopback = ",".join(filter(None, [os.environ.get("no_proxy") or os.environ.get("NO_PROXY"), "127.0.0.1,localhost"]))
    return own | {
        "HOME": str(HOME),
        "PATH": _path(venv),
        "LC_ALL": "C.UTF-8",
        "no_proxy": loopback,
        "NO_PROXY": loopback,
        "ANSIBLE_CONFIG": str(HOME / "ansible.cfg"),
        "ANSIBLE_COLLECTIONS_PATH": str(STAGE),
    }


@contextmanager
def locked(name: str) -> Iterator[None]:
    """One process at a time, so that `make -j` and two terminals do no harm."""
    CACHE.mkdir(exist_ok=True)
    with open(CACHE / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _stamp(interpreter: Interpreter, core: str, files: tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    for name in (*files, CONSTRAINTS):
        digest.update((ROOT / name).read_bytes())
    return f"{interpreter} {interpreter.executable}\nansible-core {core}\n{digest.hexdigest()}\n"


def _pip(venv: Venv, *arguments: str) -> None:
    # -qq: pip's warnings tell of the machine's pip settings, its errors are still shown.
    command = [venv.python, "-m", "pip", "--disable-pip-version-check", "-qq", "install", *arguments]
    environment = surroundings() | {"PIP_CACHE_DIR": str(_pip_cache())}
    environment.setdefault("NETRC", str(Path.home() / ".netrc"))
    if subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode:
        raise ToolError(f"pip could not fill {venv.folder.relative_to(ROOT)}: see its message above.")


@cache
def ensure(kind: str) -> Venv:
    """The virtual environment of that kind, made or renewed where its stamp does not fit."""
    cores, files = KINDS[kind]
    interpreter, core = choose(cores)
    venv = Venv(kind, ROOT / ".venv" / kind, interpreter, core)
    stamp, wanted = venv.folder / "stamp", _stamp(interpreter, core, files)
    with locked(f"venv-{kind}"):
        if stamp.is_file() and stamp.read_text() == wanted and venv.python.exists():
            return venv
        print(f"Making .venv/{kind}: {venv}", flush=True)
        shutil.rmtree(venv.folder, ignore_errors=True)
        command = [interpreter.executable, "-m", "venv", venv.folder]
        made = subprocess.run(command, env=surroundings(), stdout=sys.stderr, check=False)
        if made.returncode:
            raise ToolError(f"{interpreter} ({interpreter.executable}) could not make a virtual environment.")
        requirements = [option for name in files for option in ("-r", name)]
        constraints = () if kind in SELF_PINNED else ("-c", CONSTRAINTS)
        _pip(venv, f"ansible-core=={core}", *requirements, *constraints)
        stamp.write_text(wanted)
    return venv
