# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all action plugins have in common. Private to the collection.

An action validates the task's options and finds out how to reach the switch. Most make sure then that the listener runs and
has the session, and leave the rest to their kind: a module (`_action_module.py`) or a wait (`_action_wait.py`). A Failure
becomes a failed result here and nowhere else. Results never say ``unreachable`` (that would take the host out of the play and
skip ``rescue``) and never hold ``invocation``.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from typing import Any

from ansible import constants as C
from ansible.errors import AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator, ValidationResult
from ansible.module_utils.common.parameters import remove_values
from ansible.plugins.action import ActionBase

from ..module_utils._argument_specs import CONNECTION, arguments
from ..module_utils._listener import Failure, call
from ._connection_options import gather, resolve
from .listener import farewell
from .listener.spawn import ListenerError, ensure

farewell.register(C.DEFAULT_LOCAL_TMP)

TYPES = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "dict": "a map (as text: attribute=value, several with commas, or JSON)",
    "list": "a list",
}


class SwitchAction(ActionBase):
    """An action on one switch. ``name`` is that of the module whose options it takes."""

    name: str

    TRANSFERS_FILES = False
    _requires_connection = False
    """Else core starts a persistent connection helper first where the host's connection is network_cli or httpapi."""
    _supports_async = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        task_vars = task_vars or {}
        try:
            return self._perform(self._validated(), task_vars)
        except Failure as failure:
            return {"failed": True, "changed": False, "reason": failure.reason, "msg": failure.msg}

    def _perform(self, options: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """The task's result; raises Failure."""
        sources = gather(self._task, self._play_context, self._templar, task_vars, options)
        return self._on_switch(resolve(sources), own_options(options), sources.name, task_vars)

    @abstractmethod
    def _on_switch(
        self, connection: dict[str, Any], options: dict[str, Any], host: str, task_vars: dict[str, Any]
    ) -> dict[str, Any]:
        """The task's result. ``connection``: as `resolve` returns it; ``options``: validated, without those of the connection."""

    def _validated(self) -> dict[str, Any]:
        """All options by their documented names, converted; None where neither given nor defaulted."""
        rules = arguments(self.name)
        try:
            validation = ArgumentSpecValidator(**rules).validate(dict(self._task.args))
        except AnsibleError:
            validation = None
        if validation is None:
            raise Failure(
                "invalid", "An option of this task cannot be decrypted: check that the vault password for it was given."
            )
        problem = _problem(validation, rules["argument_spec"])
        if problem:
            secret = self._task.args.get("password")
            raise Failure(
                "invalid", "nxapi.events.%s: %s" % (self.name, remove_values(problem, [str(secret)] if secret else []))
            )
        return {option: validation.validated_parameters.get(option) for option in rules["argument_spec"]}


class ListenerAction(SwitchAction):
    """An action on the session that the listener keeps."""

    def _on_switch(
        self, connection: dict[str, Any], options: dict[str, Any], host: str, task_vars: dict[str, Any]
    ) -> dict[str, Any]:
        return self._work(self._session(connection), options, host, task_vars)

    @abstractmethod
    def _work(self, session: str, options: dict[str, Any], host: str, task_vars: dict[str, Any]) -> dict[str, Any]:
        """The task's result. ``session``: socket of the session; ``options`` as above."""

    def _session(self, connection: dict[str, Any]) -> str:
        """The socket of the session; starts the listener if need be (not in an orphan of a run that has ended).

        Such a call carries credentials; Connection never repeats the arguments of a method named set_option….
        """
        return call(self._control(), "set_options", **connection)["socket"]

    def _control(self) -> str:
        """The socket of the listener, which is started if need be."""
        try:
            return ensure(C.DEFAULT_LOCAL_TMP)
        except ListenerError as error:
            problem = str(error)
        raise Failure("listener", problem)


def own_options(options: dict[str, Any]) -> dict[str, Any]:
    """Those that are not of the connection."""
    return {option: value for option, value in options.items() if option not in CONNECTION}


def _problem(validation: ValidationResult, options: dict[str, Any]) -> str:
    """What is wrong with the options, or nothing. Core's own text for an unknown one does not say that it is unknown."""
    if validation.unsupported_parameters:
        # One of an entry of a list of maps is a tuple: the list's option first.
        paths = sorted((each if isinstance(each, tuple) else (each,)) for each in validation.unsupported_parameters)
        known = options if len(paths[0]) == 1 else options[paths[0][0]]["options"]
        unknown = ", ".join(".".join(path) for path in paths)
        return "no such option: %s; there are %s." % (unknown, ", ".join(sorted(known)))
    problems = "; ".join(_plain(text) for text in validation.error_messages)
    return problems and problems.rstrip(".") + "."


def _plain(text: str) -> str:
    """Core's text without the names of Python classes."""
    found = re.match(r"argument '(\w+)' is of type .* unable to convert to (\w+):", text)
    return "%s must be %s" % (found.group(1), TYPES.get(found.group(2), found.group(2))) if found else text
