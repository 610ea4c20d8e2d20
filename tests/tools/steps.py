# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each make target does. A step returns one line for the summary and raises ToolError where it fails."""

from __future__ import annotations

import ast
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from ansible_test import ansible_test
from browser import ensure_browser
from environments import BOTH, CORES, ROOT, USUAL, Venv, ensure, surroundings
from interpreters import ToolError
from staging import stage

from docs import LINT_DOCS, build_changelog, build_docs, build_package

Step = Callable[[], str]

ENGINE = "plugins/plugin_utils/engine"
SHELL_SCRIPTS = (".ci/run",)
RESILIENCE = "tests/resilience"
FUZZER = f"{RESILIENCE}/fuzz/fuzz_bytes.py"
BENCH = ROOT / ".cache" / "bench"
SIDE_BY_SIDE = ("--numprocesses", "3", "--dist", "loadfile")
E2E = "tests/e2e"
ON_ONE_CORE = ("test_awx.py", "test_docs.py", "test_probe_profiles.py")
"""End-to-end tests that `make test` runs on the newest core only: they are long, and try what depends little on the core. `make
test-all` runs them on each."""
SHORT = tuple(f"{RESILIENCE}/{name}" for name in ("faults", "fuzz", "secrets", "model"))
"""What runs on each core; the soak does not depend on it."""


def _run(venv: Venv, name: str, *arguments: str, cwd: Path = ROOT) -> None:
    print(f"$ {name} {shlex.join(arguments)}", flush=True)
    if subprocess.run([venv.bin / name, *arguments], cwd=cwd, env=surroundings(venv), check=False).returncode:
        raise ToolError(f"{name} failed ({venv}).")


def _extra() -> list[str]:
    """What the user adds to pytest or ansible-test: `make unit ARGS='-k codec'`."""
    return shlex.split(os.environ.get("ARGS", ""))


def _number(name: str, default: int) -> str:
    """`make chaos N=20000`."""
    given = os.environ.get(name) or str(default)
    if not given.isdecimal() or int(given) < 1:
        raise ToolError(f"{name} is a number from 1, not '{given}'.")
    return given


def make_venv(kind: str) -> str:
    return f".venv/{kind}: {ensure(kind)}"


def copy_tree() -> str:
    return str(stage().relative_to(ROOT))


def lint() -> str:
    venv = ensure("newest")
    _run(venv, "ruff", "check")
    _run(venv, "ruff", "format", "--check")
    _run(venv, "mypy", ENGINE)
    _run(venv, "shellcheck", *SHELL_SCRIPTS)
    collection = stage()
    _run(venv, "antsibull-changelog", "lint", cwd=collection)
    _run(venv, "antsibull-docs", *LINT_DOCS, cwd=collection)
    _run(venv, "ansible-lint", "--offline", "--nocolor", cwd=collection)
    return "ruff, mypy, shellcheck, antsibull-changelog, antsibull-docs, ansible-lint (production)"


def tidy() -> str:
    venv = ensure("newest")
    _run(venv, "ruff", "check", "--select", "I", "--fix")
    _run(venv, "ruff", "format")
    return "ruff"


def _python(kind: str, *arguments: str, more: dict[str, str] | None = None) -> str:
    """Python in the staged copy: there `ansible_collections.nxapi.events` can be imported as users import it."""
    venv, collection = ensure(kind), stage()
    places = {"PYTHONPATH": str(collection.parents[2]), "PYTHONDONTWRITEBYTECODE": "1"}
    environment = surroundings(venv) | places | (more or {})
    if subprocess.run([venv.python, *arguments], cwd=collection, env=environment, check=False).returncode:
        raise ToolError(f"{next(each for each in arguments if each.startswith('tests/'))} failed with {venv}.")
    return str(venv)


def _pytest(kind: str, folder: str, *options: str) -> str:
    return _python(kind, "-m", "pytest", folder, *options, *_extra())


def unit(kind: str) -> str:
    return _pytest(kind, "tests/unit")


def sanity(kind: str) -> str:
    venv = ensure(kind)
    lines = ansible_test(venv, "sanity", "--local", *_extra())
    ran = sum(line.startswith("Running sanity test") for line in lines)
    if not ran:
        raise ToolError("ansible-test sanity ran no test.")
    skipped = [line.split('"')[1] for line in lines if "Skipping sanity test" in line and '"' in line]
    note = f", skipped in part: {', '.join(sorted(set(skipped)))}" if skipped else ""
    return f"{venv}: {ran} runs of sanity tests{note}"


def integration(kind: str) -> str:
    venv = ensure(kind)
    lines = ansible_test(venv, "integration", "--local", *_extra())
    ran = sum(" integration test role" in line and line.startswith("Running ") for line in lines)
    if not ran:
        raise ToolError("ansible-test integration ran no target.")
    return f"{venv}: {ran} targets"


def end_to_end(kind: str, skipped: tuple[str, ...] = ()) -> str:
    """Three files at a time: most of a run is waiting."""
    ignored = [f"--ignore={E2E}/{name}" for name in skipped]
    return _pytest(kind, E2E, *SIDE_BY_SIDE, "--durations=10", *ignored)


def scale() -> str:
    """A thousand switches in four jobs side by side, alone on the machine and once: it is much work, and hardly the core's."""
    return _pytest("newest", "tests/scale")


def browser() -> str:
    """The timeline in a real Chromium; once, since what is drawn does not depend on the core."""
    program = ensure_browser()
    arguments = ("-m", "pytest", "tests/browser", *_extra())
    return f"{_python('newest', *arguments, more={'BROWSER': str(program)})}, {program.name}"


def resilience(kind: str) -> str:
    """Faults, bad bytes, secrets and 300 random schedules, one at a time: they count descriptors, and some of them seconds."""
    return _python(kind, "-m", "pytest", *SHORT, *_extra())


def short_soak() -> str:
    """A minute of it, alone on the machine: it measures memory."""
    return _pytest("newest", f"{RESILIENCE}/soak")


def long_soak() -> str:
    return _python("newest", f"{RESILIENCE}/soak/soak.py", "--seconds", _number("S", 600), *_extra())


def chaos() -> str:
    program = f"{RESILIENCE}/model/chaos.py"
    kept = str(ROOT / ".cache" / "chaos")
    options = ("--schedules", _number("N", 20_000), "--processes", "2", "--failures", kept)
    return _python("newest", program, *options, *_extra())


def fuzz(target: str) -> str:
    """What it finds, and the corpus it grows, stay in .cache."""
    kept = ROOT / ".cache" / "fuzz" / target
    for folder in ("found", "work"):
        (kept / folder).mkdir(parents=True, exist_ok=True)
    places = ("--found", str(kept / "found"), "--work", str(kept / "work"))
    return _python("fuzz", FUZZER, target, "--seconds", _number("S", 300), *places, *_extra())


def demo() -> str:
    venv, collection = ensure("demo"), stage()
    command = [venv.python, "tests/demo/run.py", str(ROOT / ".cache" / "demo")]
    with subprocess.Popen(command, cwd=collection, env=surroundings(venv)) as process:
        try:
            failed = process.wait()
        except KeyboardInterrupt:
            process.wait()  # Ctrl-C reaches it too: it stops the simulated switch, then ends
            raise
    if failed:
        raise ToolError("the demo failed: see above.")
    return str(venv)


def _commit() -> str:
    """What is measured: the checkout's commit, and whether it is what is in it."""
    described = ("git", "describe", "--always", "--dirty", "--abbrev=10", "--exclude=*")
    return subprocess.run(described, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip() or "unknown"


def benchmark() -> str:
    """The table, and benchmark.json and the plots in .cache/bench; BENCH=group measures one group."""
    venv, collection = ensure("bench"), stage()
    only = ("--only", os.environ["BENCH"]) if os.environ.get("BENCH") else ()
    command = [venv.python, "tests/benchmark/bench.py", "--out", str(BENCH), "--commit", _commit(), *only, *_extra()]
    places = {"PYTHONPATH": str(collection.parents[2]), "PYTHONDONTWRITEBYTECODE": "1"}
    with subprocess.Popen(command, cwd=collection, env=surroundings(venv) | places) as process:
        try:
            failed = process.wait()
        except KeyboardInterrupt:
            process.wait()  # Ctrl-C reaches it too: it ends what it has started
            raise
    if failed:
        raise ToolError("a goal is missed." if failed == 1 else "not all could be measured: see above.")
    return f"{venv}: {BENCH.relative_to(ROOT)}/benchmark.json"


def publish_benchmark() -> str:
    """The last `make bench` becomes the docs page's table and plots, in the checkout itself."""
    page = subprocess.run([sys.executable, "-B", "tests/benchmark/page.py", str(BENCH)], cwd=ROOT, check=False)
    if page.returncode:
        raise ToolError("the docs page is as it was.")
    return "docs/docsite/rst/costs.rst"


def _cores(default: str) -> list[str]:
    wanted = os.environ.get("CORE", default)
    cores = {"both": BOTH, "all": CORES}.get(wanted, (wanted,))
    if not set(cores) <= set(CORES):
        raise ToolError(f"CORE is newest, middle, oldest, both or all, not '{wanted}'.")
    return [*cores]


def _per_core(name: str, step: Callable[[str], str], default: str) -> list[tuple[str, Step]]:
    return [(f"{name}, {kind} core", lambda kind=kind: step(kind)) for kind in _cores(default)]


def _has_end_to_end() -> bool:
    return any((ROOT / "tests" / "e2e").glob("**/test_*.py"))


def _integration_steps(cores: str = "both") -> list[tuple[str, Step]]:
    steps = _per_core("integration", integration, cores)
    if _has_end_to_end() and not _extra():
        skipped = {"oldest": ON_ONE_CORE} if cores == "both" else {}
        steps += _per_core("end to end", lambda kind: end_to_end(kind, skipped.get(kind, ())), cores)
    return steps


def _resilience_steps(cores: str = "both") -> list[tuple[str, Step]]:
    soak = [] if _extra() else [("a minute of soak", short_soak)]
    return [*_per_core("resilience", resilience, cores), *soak]


def _test_steps(cores: str = "both", sanity_on: str = "newest") -> list[tuple[str, Step]]:
    kinds = USUAL if cores == "both" else (*CORES, "demo")
    return [
        *((f"venv, {kind}", lambda kind=kind: make_venv(kind)) for kind in kinds),
        ("lint", lint),
        *_per_core("unit", unit, cores),
        *_per_core("sanity", sanity, sanity_on),
        *_integration_steps(cores),
        ("a thousand switches", scale),
        ("browser", browser),
        *_resilience_steps(cores),
        ("demo", demo),
    ]


def _targets() -> list[str]:
    """The keys of TARGETS in the fuzzer, which only its own virtual environment can import."""
    for node in ast.parse((ROOT / FUZZER).read_text(encoding="utf-8")).body:
        names = node.targets if isinstance(node, ast.Assign) else []
        if any(isinstance(name, ast.Name) and name.id == "TARGETS" for name in names):
            return [str(ast.literal_eval(key)) for key in node.value.keys]
    raise ToolError(f"{FUZZER} has no table TARGETS.")


def _fuzz_steps() -> list[tuple[str, Step]]:
    """A step for each target; FUZZ=target chooses one."""
    targets = _targets()
    wanted = os.environ.get("FUZZ")
    if wanted and wanted not in targets:
        raise ToolError(f"FUZZ is one of {', '.join(targets)}, not '{wanted}'.")
    return [(f"fuzz, {name}", lambda name=name: fuzz(name)) for name in ([wanted] if wanted else targets)]


def plan(target: str) -> list[tuple[str, Step]]:
    """The steps of a make target, by title."""
    venvs = [(f"venv, {kind}", lambda kind=kind: make_venv(kind)) for kind in USUAL]
    plans: dict[str, Callable[[], list[tuple[str, Step]]]] = {
        "venv": lambda: venvs,
        "stage": lambda: [("stage", copy_tree)],
        "lint": lambda: [("lint", lint)],
        "format": lambda: [("format", tidy)],
        "unit": lambda: _per_core("unit", unit, "both"),
        "sanity": lambda: _per_core("sanity", sanity, "newest"),
        "integration": _integration_steps,
        "e2e": lambda: _per_core("end to end", end_to_end, "both"),
        "scale": lambda: [("a thousand switches", scale)],
        "browser": lambda: [("browser", browser)],
        "resilience": _resilience_steps,
        "chaos": lambda: [("chaos", chaos)],
        "soak": lambda: [("soak", long_soak)],
        "fuzz": _fuzz_steps,
        "demo": lambda: [("demo", demo)],
        "bench": lambda: [("bench", benchmark)],
        "bench-docs": lambda: [("bench-docs", publish_benchmark)],
        "docs": lambda: [("docs", build_docs)],
        "package": lambda: [("package", build_package)],
        "changelog": lambda: [("changelog", build_changelog)],
        "test": _test_steps,
        "test-all": lambda: [*_test_steps("all", "all"), ("docs", build_docs), ("package", build_package)],
    }
    if target not in plans:
        print(f"usage: python3 tests/tools {{{','.join(plans)}}}", file=sys.stderr)
        raise SystemExit(2)
    return plans[target]()
