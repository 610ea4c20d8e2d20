# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may import what: the rules that keep the parts of the collection apart, read from the sources themselves."""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COLLECTION = "ansible_collections.nxapi.events"
STDLIB = frozenset(sys.stdlib_module_names)

HEADER = (
    "Copyright (c) 2026, nxapi.events contributors",
    "GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)",
    "SPDX-License-Identifier: GPL-3.0-or-later",
)
HEADED = (".cfg", ".css", ".js", ".md", ".py", ".sh", ".toml", ".txt", ".yaml", ".yml")
GENERATED = ("CHANGELOG.md", "changelogs/changelog.yaml", "tests/sanity/ignore-*.txt", "tests/unit/fixtures/*")
"""What cannot carry a header: a tool writes it, its format has no comments, or it is a recording."""

ENGINE = "plugins/plugin_utils/engine"
PURE = ("codec", "condition", "dn", "errors", "filters", "interfaces", "model", "query", "state", "story", "times")
# fmt: off
PURE_STDLIB = frozenset(
    {
        "__future__", "abc", "base64", "bisect", "collections", "collections.abc", "contextlib", "copy",
        "dataclasses", "datetime", "decimal", "difflib", "enum", "fractions", "functools", "hashlib", "heapq",
        "html", "ipaddress", "itertools", "json", "math", "numbers", "operator", "re", "string", "textwrap",
        "types", "typing", "unicodedata", "urllib.parse", "xml.etree.ElementTree", "xml.parsers",
        "xml.sax.saxutils",
    }
)
# fmt: on
CLOCKS = frozenset({"now", "utcnow", "today"})
OUTSIDE = frozenset({"open", "input", "print"})

PROCESS_STARTERS = ("plugins/action/*.py", "plugins/plugin_utils/listener/spawn.py")
PROCESS_MODULES = frozenset({"subprocess", "pty", "concurrent.futures.process", "multiprocessing.pool"})
PROCESS_CALLS = frozenset(
    {"os.system", "os.popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.posix_spawnp"}
    | {f"os.{kind}{end}" for kind in ("exec", "spawn") for end in ("l", "le", "lp", "lpe", "v", "ve", "vp", "vpe")}
    | {f"asyncio.create_subprocess_{kind}" for kind in ("exec", "shell")}
    | {f"multiprocessing.{name}" for name in ("Process", "Pool")}
)

MAX_FILE = 500
MAX_FUNCTION = 50


@dataclass(frozen=True)
class Import:
    """One imported module, relative ones resolved: ``.errors`` in the engine is ``plugins.plugin_utils.engine.errors``."""

    module: str
    own: bool
    line: int

    def __str__(self) -> str:
        return f"line {self.line}: {self.module}"


def _files(*patterns: str) -> list[Path]:
    return sorted({path for pattern in patterns for path in ROOT.glob(pattern) if "__pycache__" not in path.parts})


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def _absolute(path: Path, module: str, level: int) -> str:
    package = path.relative_to(ROOT).parts[:-level]
    return ".".join(filter(None, [*package, module]))


def _imports(path: Path) -> Iterator[Import]:
    """Every import of the file, wherever in it: also those in functions and under TYPE_CHECKING."""
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            yield from (_import(each.name, node.lineno) for each in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from (_import(each, node.lineno) for each in _modules_of(node, node.module or ""))
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(path, node.module or "", node.level)
            yield from (Import(each, True, node.lineno) for each in _modules_of(node, base))


def _import(module: str, line: int) -> Import:
    own = module.startswith(COLLECTION + ".")
    return Import(module.removeprefix(COLLECTION + ".") if own else module, own, line)


def _modules_of(node: ast.ImportFrom, base: str) -> list[str]:
    """`from . import dn` imports a module where there is a file of that name, else names of the package."""
    folder = ROOT.joinpath(*base.removeprefix(COLLECTION + ".").split("."))
    names = [
        each.name for each in node.names if (folder / each.name).is_dir() or (folder / f"{each.name}.py").is_file()
    ]
    return [f"{base}.{name}" for name in names] or [base]


def _below(module: str, *packages: str) -> bool:
    return any(module == each or module.startswith(each + ".") for each in packages)


def _engine(each: Import) -> bool:
    if each.own:
        return _below(each.module, "plugins.plugin_utils.engine")
    return _below(each.module, *STDLIB, "requests", "websocket")


def _pure(each: Import) -> bool:
    if each.own:
        return each.module in {f"plugins.plugin_utils.engine.{name}" for name in PURE}
    return each.module in PURE_STDLIB


def _module(each: Import) -> bool:
    if each.own:
        return _below(each.module, "plugins.module_utils")
    return _below(each.module, "__future__", "typing", "collections.abc", "ansible.module_utils")


def _module_utils(each: Import) -> bool:
    """What AnsiballZ can bundle, and no more."""
    if each.own:
        return _below(each.module, "plugins.module_utils")
    return _below(each.module, *STDLIB, "ansible.module_utils")


def _simulator(each: Import) -> bool:
    if each.own:
        return _below(each.module, "tests.simulator")
    return _below(each.module, *STDLIB, "simulator", "aiohttp", "yaml", "cryptography")


IMPORT_RULES: tuple[tuple[str, tuple[str, ...], Callable[[Import], bool]], ...] = (
    ("the engine imports stdlib, requests and websocket", (f"{ENGINE}/**/*.py",), _engine),
    ("the pure parts import neither I/O nor a clock", tuple(f"{ENGINE}/{name}.py" for name in PURE), _pure),
    ("modules import module_utils", ("plugins/modules/*.py",), _module),
    ("module_utils import what AnsiballZ bundles", ("plugins/module_utils/**/*.py",), _module_utils),
    ("the simulator imports nothing from plugins", ("tests/simulator/**/*.py",), _simulator),
)


def _rows() -> list[object]:
    return [
        pytest.param(path, allowed, id=f"{rule}: {path.relative_to(ROOT)}")
        for rule, patterns, allowed in IMPORT_RULES
        for path in _files(*patterns)
    ]


def _python() -> list[Path]:
    return [path for path in _sources() if path.suffix == ".py"]


def _sources() -> list[Path]:
    """All files of the tree, without what tools leave in it."""
    found: list[Path] = []
    for folder, folders, files in os.walk(ROOT):
        here = Path(folder)
        left = {"collections", "__pycache__"} | ({"output"} if here == ROOT / "tests" else set())
        folders[:] = [name for name in folders if name not in left and (not name.startswith(".") or name == ".ci")]
        found += [here / name for name in files]
    return sorted(found)


def _names(paths: list[Path]) -> list[object]:
    return [pytest.param(path, id=str(path.relative_to(ROOT))) for path in paths]


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def _calls(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Call):
            yield _dotted(node.func), node.lineno


def test_engine_is_there() -> None:
    """The table below must not pass because it found nothing to look at."""
    assert _files(f"{ENGINE}/*.py")


@pytest.mark.parametrize(("path", "allowed"), _rows())
def test_imports(path: Path, allowed: Callable[[Import], bool]) -> None:
    assert [str(each) for each in _imports(path) if not allowed(each)] == []


@pytest.mark.parametrize("path", _names(_files(*(f"{ENGINE}/{name}.py" for name in PURE))))
def test_pure_parts_call_neither_clock_nor_file(path: Path) -> None:
    found = [(n, line) for n, line in _calls(path) if n in OUTSIDE or ("." in n and n.rpartition(".")[2] in CLOCKS)]
    assert found == []


@pytest.mark.parametrize("path", _names(_files("plugins/**/*.py", "extensions/**/*.py")))
def test_only_actions_and_spawn_start_processes(path: Path) -> None:
    if any(path in _files(pattern) for pattern in PROCESS_STARTERS):
        return
    imports = [str(each) for each in _imports(path) if each.module in PROCESS_MODULES]
    assert imports + [f"line {line}: {name}" for name, line in _calls(path) if name in PROCESS_CALLS] == []


@pytest.mark.parametrize("path", _names([p for p in _sources() if p.suffix in HEADED or p.name in ("Makefile", "run")]))
def test_header(path: Path) -> None:
    """In the first lines of every file that is not empty."""
    relative = path.relative_to(ROOT)
    if path.stat().st_size == 0 or any(relative.match(pattern) for pattern in GENERATED):
        return
    head = "\n".join(path.read_text(encoding="utf-8").splitlines()[:8])
    assert [line for line in HEADER if line not in head] == []


@pytest.mark.parametrize("path", _names(_python()))
def test_size(path: Path) -> None:
    """A file past 500 lines or a function past 50 is asking for a split."""
    functions = [n for n in ast.walk(_tree(path)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    long = {n.name: size for n in functions if (size := (n.end_lineno or n.lineno) - n.lineno + 1) > MAX_FUNCTION}
    assert (len(path.read_text(encoding="utf-8").splitlines()) <= MAX_FILE, long) == (True, {})
