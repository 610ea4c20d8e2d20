# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Actions that run the module of their name on the control node. Private to the collection.

The module gets the socket of the session instead of the connection options, so that no process, file or result of it
ever holds a credential.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ansible import constants as C
from ansible.plugins.loader import connection_loader

from ..module_utils._argument_specs import CONNECTION
from ._action import ListenerAction
from .listener.spawn import PRIVATE


class ModuleAction(ListenerAction):
    def _work(self, session: str, options: dict[str, Any], host: str, task_vars: dict[str, Any]) -> dict[str, Any]:
        # The module validates for itself, so it gets what the task says and not what became of it.
        own = {option: value for option, value in self._task.args.items() if option not in CONNECTION}
        given = self._connection, self._play_context
        context = self._play_context.copy()
        self._connection, self._play_context = _control_node(context), context
        try:
            with _without_credentials():
                result = self._execute_module(
                    module_name="nxapi.events." + self.name,
                    module_args=own,
                    task_vars=self._module_vars(session, task_vars),
                )
        finally:
            self._remove_tmp_path(self._connection._shell.tmpdir)
            self._connection, self._play_context = given
        result.pop("invocation", None)
        if result.get("failed"):
            result.setdefault("reason", "listener")
        return result

    def _module_vars(self, session: str, task_vars: dict[str, Any]) -> dict[str, Any]:
        """Core takes the interpreter from the variables of the host that the task is delegated to, if it is."""
        here = {"ansible_python_interpreter": sys.executable}
        variables = {**task_vars, **here, "ansible_socket": session}
        delegate = self._task.delegate_to
        if delegate:
            delegated = task_vars.get("ansible_delegated_vars", {})
            variables["ansible_delegated_vars"] = {**delegated, delegate: {**delegated.get(delegate, {}), **here}}
        return variables


@contextmanager
def _without_credentials() -> Iterator[None]:
    """The module is a child of this process; of what the user's environment holds it needs no password."""
    held = {name: os.environ.pop(name) for name in PRIVATE if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(held)


def _control_node(play_context: Any) -> Any:
    """A connection to the control node, whatever that of the host is, without become and with the usual shell.

    Pipelining, or the arguments of the module would be written to a file. ``play_context`` is a copy: this connection
    overwrites its remote_user, and the shell in it (``ansible_shell_executable``) is the host's.
    """
    play_context.shell, play_context.executable = None, C.DEFAULT_EXECUTABLE
    connection = connection_loader.get("local", play_context, "/dev/null")
    connection.set_options(var_options={"ansible_pipelining": True})
    connection._shell.set_options()
    return connection
