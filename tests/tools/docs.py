# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`make docs` builds the site, `make package` the tarball, which Galaxy's importer then reads, `make changelog` the release notes.

Stdlib only.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import tarfile
from pathlib import Path

from environments import CACHE, ROOT, Venv, ensure, locked, surroundings
from interpreters import ToolError
from staging import stage

SITE = CACHE / "docs"
PACKAGE = CACHE / "package"
NAME = "nxapi.events"

IMPORTER = "[galaxy-importer]\nlog_level_main = WARNING\nrun_ansible_test = False\nrun_ansible_lint = False\n"
"""Galaxy's own checks; ansible-test and ansible-lint have steps of their own."""

FORBIDDEN = (".venv", ".cache", ".stage", ".ansible", ".git", "__pycache__", "output")
"""Folders that no tarball may have, wherever in it."""

AT_THE_TOP = "collections"
"""One that it may not have beside plugins: pytest-ansible leaves it. (A project for AWX has one of that name.)"""

LARGEST = 400_000
"""Bytes that a file in the tarball may have: a screenshot has less, what a tool left by mistake often more."""


LINT_DOCS = ("lint-collection-docs", "--plugin-docs", "--validate-collection-refs=all", ".")

CHANGELOG = ("CHANGELOG.md", "CHANGELOG.rst", "changelogs/changelog.yaml")


def _run(venv: Venv, *command: str, cwd: Path, more: dict[str, str] | None = None) -> None:
    print(f"$ {shlex.join(command)}", flush=True)
    program, *arguments = command
    environment = surroundings(venv) | (more or {})
    if subprocess.run([venv.bin / program, *arguments], cwd=cwd, env=environment, check=False).returncode:
        raise ToolError(f"{program} failed ({venv}).")


def _pages(source: Path) -> None:
    """The RST of all pages, made anew: the reference, the guides with their pictures, and the first page."""
    shutil.rmtree(SITE, ignore_errors=True)
    source.mkdir(parents=True)
    source.chmod(0o755)  # antsibull-docs refuses a folder that others may write into


def _without_contents(page: Path) -> None:
    """The theme has a list of the sections beside the page, and shows an error where a page has a second one."""
    text = page.read_text(encoding="utf-8")
    page.write_text(re.sub(r"^\.\. contents::.*\n(?: .*\n)*", "", text, flags=re.M), encoding="utf-8")


def build_docs() -> str:
    """Any warning is an error: a link that leads nowhere, a page that no table of contents has."""
    venv, collection = ensure("docs"), stage()
    settings, source, site = collection / "docs" / "site", SITE / "rst", SITE / "html"
    with locked("docs"):
        _run(venv, "antsibull-docs", *LINT_DOCS, cwd=collection)
        _pages(source)
        _run(
            venv,
            *("antsibull-docs", "--config-file", str(settings / "antsibull-docs.cfg"), "collection"),
            *("--use-current", "--squash-hierarchy", "--fail-on-error", "--dest-dir", str(source), NAME),
            cwd=collection,
        )
        shutil.copy2(settings / "index.rst", source)
        _without_contents(source / "changelog.rst")
        pictures = collection / "docs" / "docsite" / "rst" / "images"
        if pictures.is_dir():
            shutil.copytree(pictures, source / "docsite" / "images")
        _run(
            venv,
            *("sphinx-build", "--quiet", "--fail-on-warning", "--keep-going", "--conf-dir", str(settings)),
            *("--doctree-dir", str(SITE / "doctrees"), str(source), str(site)),
            cwd=collection,
        )
    count = sum(1 for _each in site.rglob("*.html"))
    print(f"{count} pages: {site / 'index.html'}", flush=True)
    return f"{count} pages in {site.relative_to(ROOT)}"


def _inspect(tarball: Path) -> int:
    """How many files it has; a ToolError for what does not belong into it."""
    with tarfile.open(tarball) as archive:
        members = archive.getmembers()
    for each in members:
        parts = Path(each.name).parts
        if parts[:1] == (AT_THE_TOP,) or any(part in FORBIDDEN for part in parts):
            raise ToolError(f"{tarball.name} holds {each.name}: add it to build_ignore in galaxy.yml.")
        if each.size > LARGEST:
            raise ToolError(f"{tarball.name} holds {each.name} with {each.size} bytes; {LARGEST} are the limit.")
    return sum(each.isfile() for each in members)


def build_package() -> str:
    venv, collection = ensure("docs"), stage()
    with locked("package"):
        shutil.rmtree(PACKAGE, ignore_errors=True)
        PACKAGE.mkdir(parents=True)
        _run(venv, "ansible-galaxy", "collection", "build", "--output-path", str(PACKAGE), cwd=collection)
        (tarball,) = PACKAGE.glob("*.tar.gz")
        files = _inspect(tarball)
        settings = PACKAGE / "galaxy-importer.cfg"
        settings.write_text(IMPORTER, encoding="utf-8")
        importer = ("python", "-m", "galaxy_importer.main", tarball.name)
        _run(venv, *importer, cwd=PACKAGE, more={"GALAXY_IMPORTER_CONFIG": str(settings)})
    note = f"{tarball.relative_to(ROOT)}: {files} files, {tarball.stat().st_size // 1024} KiB"
    print(note, flush=True)
    return note


def build_changelog() -> str:
    """The notes of the version in galaxy.yml, made anew from the fragments, and from what is new in it."""
    venv, collection = ensure("docs"), stage()
    with locked("changelog"):
        _run(
            venv,
            *("antsibull-changelog", "release", "--refresh", "--reload-plugins", "--update-existing"),
            cwd=collection,
        )
        for name in CHANGELOG:
            shutil.copyfile(collection / name, ROOT / name)
    return ", ".join(CHANGELOG)
