# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of every module, as data. Private to the collection.

One to one with the documentation fragments and the modules' documentation (a test compares them). Connection options have
no defaults here: the inventory and the environment come between the task and the default (plugin_utils/_connection_options.py).
"""

from __future__ import annotations

from typing import Any

CONNECTION: dict[str, dict[str, Any]] = {
    "host": {"type": "str"},
    "port": {"type": "int"},
    "username": {"type": "str"},
    "password": {"type": "str", "no_log": True},
    "use_ssl": {"type": "bool"},
    "validate_certs": {"type": "bool"},
    "ca_path": {"type": "path"},
    "use_proxy": {"type": "bool"},
    "request_timeout": {"type": "float", "default": 30},
}

QUERY: dict[str, dict[str, Any]] = {
    "dn": {"type": "str"},
    "class": {"type": "str", "aliases": ["class_name"]},
    "query_target": {"type": "str", "choices": ["self", "children", "subtree"]},
    "target_subtree_class": {"type": "list", "elements": "str"},
    "query_target_filter": {"type": "str"},
    "format": {"type": "str", "choices": ["json", "xml"], "default": "json"},
}

WAIT: dict[str, dict[str, Any]] = {
    "match": {"type": "str"},
    "hold": {"type": "float", "default": 0},
    "timeout": {"type": "float", "default": 300},
    "fail_when": {"type": "dict"},
    "since": {"type": "str"},
    "after_reconnect": {"type": "bool", "default": False},
}
"""What both waits take."""

FLEET: dict[str, dict[str, Any]] = {
    "hosts": {"type": "list", "elements": "str"},
    "quorum": {"type": "str"},
    "max_failures": {"type": "str"},
    "concurrency": {"type": "int"},
}
"""What both waits take to wait on many switches in one task."""

_STATE: dict[str, Any] = {"type": "str", "choices": ["present", "absent"], "default": "present"}

_GOAL: dict[str, dict[str, Any]] = {
    "subscription": {"type": "str"},
    "until": {"type": "dict"},
    "where": {"type": "dict"},
    "state": _STATE,
    "min_count": {"type": "int"},
}
"""What `wait_for_mo` waits for, beside the query, `match` and `fail_when`."""

_SEVERAL: dict[str, Any] = {
    "type": "list",
    "elements": "dict",
    "options": {
        **QUERY,
        **_GOAL,
        "name": {"type": "str"},
        "interface": {"type": "list", "elements": "str"},
        "objects": {"type": "list", "elements": "str"},
        "state": {"type": "str", "choices": ["present", "absent", "up", "down"], "default": "present"},
        "match": {"type": "str"},
        "fail_when": {"type": "dict"},
    },
    "mutually_exclusive": [("dn", "class", "subscription", "interface")],
    "required_one_of": [("dn", "class", "subscription", "interface")],
}

SEVERAL: dict[str, dict[str, Any]] = {"all_of": _SEVERAL, "any_of": _SEVERAL}

_WATCHED: dict[str, dict[str, Any]] = {
    **QUERY,
    "subscription": {"type": "str"},
    "interface": {"type": "list", "elements": "str"},
    "where": {"type": "dict"},
}
"""What `watch` looks at."""

_ONE_OF: dict[str, Any] = {"mutually_exclusive": [("dn", "class", "subscription", "interface")]}

_ONE_QUERY: dict[str, Any] = {"mutually_exclusive": [("dn", "class")], "required_one_of": [("dn", "class")]}
_OPTIONS: dict[str, dict[str, dict[str, Any]]] = {
    "subscription": {
        **QUERY,
        "name": {"type": "str"},
        "refresh_timeout": {"type": "int"},
        "state": _STATE,
    },
    "subscription_refresh": {
        "name": {"type": "list", "elements": "str"},
        "on_expired": {"type": "str", "choices": ["fail", "recreate"], "default": "fail"},
    },
    "subscription_info": {},
    "notification_info": {
        "name": {"type": "str", "required": True},
        "since": {"type": "str"},
        "limit": {"type": "int", "default": 1000},
    },
    "mo_info": QUERY,
    "mo": {
        "dn": {"type": "str", "required": True},
        "class": {"type": "str", "aliases": ["class_name"]},
        "attributes": {"type": "dict", "default": {}},
        "children": {"type": "list", "elements": "dict", "default": []},
        "state": _STATE,
    },
    "wait_for_mo": {
        **QUERY,
        **WAIT,
        **FLEET,
        **_GOAL,
        **SEVERAL,
        "status": {"type": "list", "elements": "str", "choices": ["created", "modified", "deleted"]},
        "fail_grace": {"type": "float", "default": 5},
        "only_new": {"type": "bool", "default": False},
    },
    "wait_for_interface": {
        **WAIT,
        **FLEET,
        "name": {"type": "list", "elements": "str", "required": True},
        "state": {"type": "str", "choices": ["up", "down", "absent"], "default": "up"},
    },
    "probe": {
        "probe_port": {"type": "str"},
        "observe": {"type": "float", "default": 120},
        "dest": {"type": "path"},
    },
    "watch": {
        **_WATCHED,
        "queries": {
            "type": "list",
            "elements": "dict",
            "options": _WATCHED,
            **_ONE_OF,
            "required_one_of": [("dn", "class", "subscription", "interface")],
        },
        "attributes": {"type": "list", "elements": "str"},
        "duration": {"type": "float"},
        "limit": {"type": "int"},
        "rate": {"type": "int", "default": 50},
        "since": {"type": "str"},
    },
}

_RULES: dict[str, dict[str, Any]] = {
    # With state=absent a name alone says which subscription to end.
    "subscription": {
        "mutually_exclusive": [("dn", "class")],
        "required_one_of": [("dn", "class", "name")],
        "required_if": [("state", "present", ["dn", "class"], True)],
    },
    "mo_info": _ONE_QUERY,
    "mo": {"required_if": [("state", "present", ["class"])]},
    "wait_for_mo": {
        "mutually_exclusive": [("dn", "class", "subscription", "all_of", "any_of")],
        "required_one_of": [("dn", "class", "subscription", "all_of", "any_of")],
    },
    "watch": {"mutually_exclusive": [("dn", "class", "subscription", "interface", "queries")]},
}


def arguments(module: str) -> dict[str, Any]:
    """The keywords for AnsibleModule and for ArgumentSpecValidator: the options of the module and the rules among them."""
    return {"argument_spec": {**CONNECTION, **_OPTIONS[module]}, **_RULES.get(module, {})}
