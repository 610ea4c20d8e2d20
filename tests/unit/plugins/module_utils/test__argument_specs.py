# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import importlib
import inspect
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.nxapi.events.plugins.doc_fragments import connection, fleet, query, several, wait
from ansible_collections.nxapi.events.plugins.module_utils import _argument_specs, _module
from ansible_collections.nxapi.events.plugins.module_utils._argument_specs import (
    CONNECTION,
    FLEET,
    QUERY,
    SEVERAL,
    WAIT,
    arguments,
)

PLUGINS = Path(inspect.getfile(_argument_specs)).parents[1]
MODULES = sorted(path.stem for path in (PLUGINS / "modules").glob("*.py"))
FRAGMENTS = {
    "connection": (connection, CONNECTION),
    "query": (query, QUERY),
    "wait": (wait, WAIT),
    "several": (several, SEVERAL),
    "fleet": (fleet, FLEET),
}


def normal(option: dict[str, Any]) -> dict[str, Any]:
    """What a documented option and a specified one have to agree in, those of the entries of a list too."""
    below = option.get("suboptions") or option.get("options") or {}
    return {
        "below": {name: normal(each) for name, each in below.items()},
        "type": option.get("type", "str"),
        "elements": option.get("elements"),
        "choices": option.get("choices"),
        "default": option.get("default"),
        "required": option.get("required", False),
        "aliases": option.get("aliases", []),
    }


def documented(text: str) -> dict[str, dict[str, Any]]:
    return {name: normal(option) for name, option in (yaml.safe_load(text).get("options") or {}).items()}


def module(name: str) -> Any:
    return importlib.import_module("ansible_collections.nxapi.events.plugins.modules." + name)


@pytest.mark.parametrize("name", FRAGMENTS)
def test_a_fragment_documents_its_options_one_to_one(name: str) -> None:
    fragment, options = FRAGMENTS[name]
    assert documented(fragment.ModuleDocFragment.DOCUMENTATION) == {
        option: normal(spec) for option, spec in options.items()
    }


@pytest.mark.parametrize("name", MODULES)
def test_a_module_documents_its_options_one_to_one(name: str) -> None:
    text = module(name).DOCUMENTATION
    told = documented(text)
    for fragment, (source, _options) in FRAGMENTS.items():
        if "nxapi.events." + fragment in yaml.safe_load(text)["extends_documentation_fragment"]:
            shared = documented(source.ModuleDocFragment.DOCUMENTATION)
            assert not shared.keys() & told.keys()
            told.update(shared)
    assert told == {option: normal(spec) for option, spec in arguments(name)["argument_spec"].items()}


@pytest.mark.parametrize("name", MODULES)
def test_every_module_takes_the_connection_and_has_its_action_and_its_docs(name: str) -> None:
    documentation = yaml.safe_load(module(name).DOCUMENTATION)
    assert documentation["module"] == name
    assert {"nxapi.events.attributes", "nxapi.events.connection"} <= set(
        documentation["extends_documentation_fragment"]
    )
    assert yaml.safe_load(module(name).EXAMPLES) and yaml.safe_load(module(name).RETURN or "{}") is not None
    assert (PLUGINS / "action" / (name + ".py")).is_file()


def test_only_the_password_is_secret() -> None:
    secret = {
        option for name in MODULES for option, spec in arguments(name)["argument_spec"].items() if spec.get("no_log")
    }
    assert secret == {"password"}


def test_query_options_of_modules_are_those_of_the_fragment() -> None:
    assert set(_module.QUERY_OPTIONS) == set(QUERY)


@pytest.mark.parametrize(
    ("name", "options", "fine"),
    [
        ("subscription", {"class": "l1PhysIf"}, True),
        ("subscription", {"class_name": "l1PhysIf", "refresh_timeout": 120}, True),
        ("subscription", {"name": "ports"}, False),
        ("subscription", {"name": "ports", "state": "absent"}, True),
        ("subscription", {}, False),
        ("mo_info", {"dn": "sys", "class": "l1PhysIf"}, False),
        ("mo_info", {"dn": "sys", "query_target": "down"}, False),
        ("mo", {"dn": "sys/intf/lb-[lo1]"}, False),
        ("mo", {"dn": "sys/intf/lb-[lo1]", "state": "absent"}, True),
        ("notification_info", {}, False),
        (
            "wait_for_mo",
            {"subscription": "ports", "until": {"operSt": "up"}, "match": "80%", "status": "created"},
            True,
        ),
        ("wait_for_mo", {"subscription": "ports", "dn": "sys"}, False),
        ("wait_for_mo", {"all_of": [{"dn": "sys", "until": {"name": "a"}}, {"class": "l1PhysIf", "match": 2}]}, True),
        ("wait_for_mo", {"all_of": [{"dn": "sys"}], "any_of": [{"dn": "sys"}]}, False),
        ("wait_for_mo", {"all_of": [{"dn": "sys"}], "class": "l1PhysIf"}, False),
        ("wait_for_mo", {"all_of": [{"dn": "sys", "class": "l1PhysIf"}]}, False),
        ("wait_for_mo", {"any_of": [{"until": {"name": "a"}}]}, False),
        ("wait_for_mo", {"until": {"operSt": "up"}}, False),
        ("wait_for_mo", {"dn": "sys", "status": ["changed"]}, False),
        ("wait_for_interface", {"name": "Eth1/1", "match": 2, "timeout": "60"}, True),
        ("wait_for_interface", {"name": ["Eth1/1"], "state": "link-up"}, False),
        ("wait_for_interface", {}, False),
        ("watch", {}, True),
        ("watch", {"queries": [{"class": "l1PhysIf"}, {"interface": "Eth1/1", "where": {"operSt": "up"}}]}, True),
        ("watch", {"queries": [{"class": "l1PhysIf", "interface": "Eth1/1"}]}, False),
        ("watch", {"queries": [{"where": {"operSt": "up"}}]}, False),
        ("watch", {"interface": "Eth1/1", "queries": [{"class": "l1PhysIf"}]}, False),
    ],
)
def test_rules_among_options(name: str, options: dict[str, Any], fine: bool) -> None:
    assert (not ArgumentSpecValidator(**arguments(name)).validate(options).error_messages) is fine
