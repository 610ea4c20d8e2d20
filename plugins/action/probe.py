# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO

from ansible import constants as C
from ansible_collections.nxapi.events.plugins.module_utils._listener import Failure
from ansible_collections.nxapi.events.plugins.plugin_utils._action import SwitchAction
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.model import ConnectionOptions
from ansible_collections.nxapi.events.plugins.plugin_utils.listener.spawn import ListenerError, known_folder
from ansible_collections.nxapi.events.plugins.plugin_utils.probe.program import Wanted, missing, probe

LONGEST = 3600
"""Seconds of ``observe``."""


class ActionModule(SwitchAction):
    """Without the listener: a probe has a session of its own, and does odd things to it."""

    name = "probe"

    def _on_switch(
        self, connection: dict[str, Any], options: dict[str, Any], host: str, task_vars: dict[str, Any]
    ) -> dict[str, Any]:
        lacking = missing()
        if lacking:
            raise Failure("listener", lacking)
        if not 0 <= options["observe"] <= LONGEST:
            raise Failure("invalid", "nxapi.events.probe: observe must be from 0 to %d seconds." % LONGEST)
        check = self._task.check_mode
        port = "" if check else (options["probe_port"] or "").strip()
        wanted = Wanted(options["observe"], port, host, _memory())
        reach = ConnectionOptions(**{option: value for option, value in connection.items() if option != "label"})
        dest = "" if check else options["dest"] or ""
        with _file(dest) as parts:
            result = probe(reach, wanted, lambda line: self._show(host, line))
            parts.append(str(result["report"]))
        if not result.get("failed"):
            self._show(host, str(result["msg"]))
        if dest:
            self._show(host, "The report is in %s" % dest)
        return {"host": host, **result}

    def _show(self, host: str, line: str) -> None:
        """Display knows nothing of no_log, and all of it is about the switch."""
        if not self._task.no_log:
            self._display.display("%s %s" % (host, line))


def _memory() -> str:
    try:
        return known_folder(C.DEFAULT_LOCAL_TMP)
    except ListenerError as error:
        problem = str(error)
    raise Failure("listener", problem)


@contextmanager
def _file(path: str) -> Iterator[list[str]]:
    """What goes into the file: for its owner only, whole or not at all, and tried before there is work to lose."""
    parts: list[str] = []
    if not path:
        yield parts
        return
    try:
        if os.path.isdir(path):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        handle, part = tempfile.mkstemp(prefix=".probe-", dir=os.path.dirname(os.path.abspath(path)))
    except OSError as error:
        raise _unwritable(path, error) from None
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            yield parts
            _write(file, parts, part, path)
    finally:
        with suppress(OSError):
            os.unlink(part)


def _write(file: TextIO, parts: list[str], part: str, path: str) -> None:
    try:
        file.write("".join(parts))
        file.flush()
        os.replace(part, path)
    except OSError as error:
        raise _unwritable(path, error) from None


def _unwritable(path: str, error: OSError) -> Failure:
    return Failure("invalid", "The report cannot be written to %s: %s." % (path, (error.strerror or "error").lower()))
