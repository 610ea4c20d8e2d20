# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a module works and ends: the one place with exit_json and fail_json. Private to the collection."""

from __future__ import annotations

from typing import Any, NoReturn

from ansible.module_utils.basic import AnsibleModule

from ._listener import Failure, call

NO_LISTENER = (
    "%s works only through its action plugin, which starts the listener: call it by its full name from a playbook "
    "or with the ansible command, on a control node that has the whole collection."
)

QUERY_OPTIONS = ("dn", "class", "query_target", "target_subtree_class", "query_target_filter", "format")


def run(module: AnsibleModule, method: str, **arguments: Any) -> NoReturn:
    """Call the listener's ``method`` in the session of this module's switch, and exit with what it says."""
    ended: Failure | None = None
    result: dict[str, Any] = {}
    try:
        if not module._socket_path:
            refuse(module)
        result = {"changed": False, **call(module._socket_path, method, **arguments)}
    except Failure as failure:
        ended = failure
    if ended is None:
        _succeed(module, result)
    # Not inside the except clause: there fail_json would put a traceback into the result.
    _fail(module, ended)


def refuse(module: AnsibleModule) -> NoReturn:
    """For a module that runs without its action plugin."""
    _fail(module, Failure("listener", NO_LISTENER % module._name))


def query(module: AnsibleModule) -> dict[str, Any]:
    """The query options of the task, under the names that users know."""
    return {option: module.params[option] for option in QUERY_OPTIONS}


def _succeed(module: AnsibleModule, result: dict[str, Any]) -> NoReturn:
    for warning in result.pop("warnings", None) or ():
        module.warn(warning)
    if not module._diff:
        result.pop("diff", None)
    module.exit_json(**result)


def _fail(module: AnsibleModule, failure: Failure) -> NoReturn:
    module.fail_json(msg=failure.msg, reason=failure.reason)
