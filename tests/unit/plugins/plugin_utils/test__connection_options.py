# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play_context import PlayContext
from ansible.playbook.task import Task
from ansible.template import Templar
from ansible_collections.nxapi.events.plugins.module_utils._listener import Failure
from ansible_collections.nxapi.events.plugins.plugin_utils import _connection_options
from ansible_collections.nxapi.events.plugins.plugin_utils._connection_options import Place, Sources, gather, resolve

try:
    from ansible.template import trust_as_template
except ImportError:  # ansible-core 2.16 trusts every string

    def trust_as_template(value: str) -> str:
        return value


NOTHING: Mapping[str, Any] = MappingProxyType({})
LOGIN = {"username": "admin", "password": "task-pw"}


def sources(
    options: Mapping[str, Any] = NOTHING,
    variables: Mapping[str, Any] = NOTHING,
    cli: tuple[str, str] = ("", ""),
    environment: Mapping[str, str] = NOTHING,
    name: str = "leaf1",
) -> Sources:
    place = Place(*cli, for_any_user=True)
    return Sources(name, options, variables, set(variables), command_line=place, environment=environment)


def test_the_defaults() -> None:
    assert resolve(sources(LOGIN)) == {
        "host": "leaf1",
        "port": 443,
        "username": "admin",
        "password": "task-pw",
        "use_ssl": True,
        "validate_certs": True,
        "ca_path": None,
        "use_proxy": True,
        "request_timeout": 30.0,
        "label": "leaf1",
    }


ORDER = [
    # key, task, variable, environment -> value
    ("host", {"host": "t"}, {"ansible_host": "v"}, {"NXAPI_HOST": "e"}, "t"),
    ("host", {}, {"ansible_host": "v"}, {"NXAPI_HOST": "e"}, "v"),
    ("host", {}, {}, {"NXAPI_HOST": "e"}, "leaf1"),
    ("port", {"port": 1}, {"ansible_httpapi_port": 2}, {"NXAPI_PORT": "3"}, 1),
    ("port", {}, {"ansible_httpapi_port": "2"}, {"NXAPI_PORT": "3"}, 2),
    ("port", {}, {}, {"NXAPI_PORT": "3"}, 3),
    ("port", {}, {"ansible_port": 22}, {}, 443),
    ("port", {"use_ssl": False}, {}, {}, 80),
    ("port", {}, {}, {"NXAPI_USE_SSL": "no"}, 80),
    ("use_ssl", {"use_ssl": True}, {"ansible_httpapi_use_ssl": False}, {"NXAPI_USE_SSL": "no"}, True),
    ("use_ssl", {}, {"ansible_httpapi_use_ssl": "False"}, {"NXAPI_USE_SSL": "yes"}, False),
    ("use_ssl", {}, {}, {"NXAPI_USE_SSL": "0"}, False),
    ("validate_certs", {"validate_certs": False}, {"ansible_httpapi_validate_certs": True}, {}, False),
    ("validate_certs", {}, {"ansible_httpapi_validate_certs": "no"}, {"NXAPI_VALIDATE_CERTS": "yes"}, False),
    ("validate_certs", {}, {}, {"NXAPI_VALIDATE_CERTS": "off"}, False),
    ("use_proxy", {"use_proxy": False}, {"ansible_httpapi_use_proxy": True}, {}, False),
    ("use_proxy", {}, {"ansible_httpapi_use_proxy": "false"}, {}, False),
    ("ca_path", {"ca_path": "/"}, {"ansible_httpapi_ca_path": "/tmp"}, {}, "/"),
    ("ca_path", {}, {"ansible_httpapi_ca_path": "/"}, {}, "/"),
    ("request_timeout", {"request_timeout": 5.0}, {}, {}, 5.0),
    ("username", {"username": "t"}, {"ansible_user": "v"}, {"NXAPI_USERNAME": "e"}, "t"),
    ("password", {"password": "t"}, {"ansible_httpapi_password": "v"}, {"NXAPI_PASSWORD": "e"}, "t"),
    (
        "password",
        {"password": None},
        {"ansible_password": 1, "ansible_httpapi_pass": 2, "ansible_httpapi_password": 3},
        {},
        "3",
    ),
    ("password", {"password": None}, {"ansible_password": 1, "ansible_httpapi_pass": 2}, {}, "2"),
    ("password", {"password": None}, {"ansible_password": 1, "ansible_httpapi_pass": ""}, {}, "1"),
]


@pytest.mark.parametrize(("key", "task", "variables", "environment", "value"), ORDER)
def test_each_option_comes_from_the_first_place_that_has_it(
    key: str, task: dict[str, Any], variables: dict[str, Any], environment: dict[str, str], value: object
) -> None:
    assert resolve(sources({**LOGIN, **task}, variables, environment=environment))[key] == value


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
def test_nxapi_host_counts_where_the_inventory_names_no_switch(name: str) -> None:
    assert resolve(sources(LOGIN, environment={"NXAPI_HOST": "e"}, name=name))["host"] == "e"
    assert resolve(sources(LOGIN, {"ansible_host": "v"}, environment={"NXAPI_HOST": "e"}, name=name))["host"] == "v"


NXAPI = {"NXAPI_USERNAME": "env", "NXAPI_PASSWORD": "env-pw"}
NET = {"ANSIBLE_NET_USERNAME": "net", "ANSIBLE_NET_PASSWORD": "net-pw"}

PAIRS = [
    # variables, -u and -k, environment -> user and password
    ({}, ("cli", "cli-pw"), {**NXAPI, **NET}, ("cli", "cli-pw")),
    ({}, ("", ""), {**NXAPI, **NET}, ("env", "env-pw")),
    ({}, ("", ""), NET, ("net", "net-pw")),
    # A pair is not put together from two places.
    ({}, ("cli", ""), NXAPI, ("env", "env-pw")),
    ({}, ("", "cli-pw"), NXAPI, ("env", "env-pw")),
    ({}, ("", ""), {"NXAPI_USERNAME": "env", **NET}, ("net", "net-pw")),
    # Both in the variables: nothing below counts.
    ({"ansible_user": "v", "ansible_password": "v-pw"}, ("cli", "cli-pw"), NXAPI, ("v", "v-pw")),
    # The user alone in the variables: -k is for him, a password of the environment only if it is for him.
    ({"ansible_user": "v"}, ("cli", "cli-pw"), NXAPI, ("v", "cli-pw")),
    ({"ansible_user": "v"}, ("", "cli-pw"), NXAPI, ("v", "cli-pw")),
    ({"ansible_user": "env"}, ("cli", ""), NXAPI, ("env", "env-pw")),
    ({"ansible_user": "v"}, ("", ""), {"NXAPI_PASSWORD": "env-pw"}, ("v", "env-pw")),
    ({"ansible_user": "net"}, ("", ""), {**NXAPI, **NET}, ("net", "net-pw")),
    # The password alone in the variables.
    ({"ansible_password": "v-pw"}, ("cli", "cli-pw"), NXAPI, ("cli", "v-pw")),
    ({"ansible_password": "v-pw"}, ("cli", ""), {}, ("cli", "v-pw")),
    ({"ansible_password": "v-pw"}, ("", ""), {"NXAPI_USERNAME": "env"}, ("env", "v-pw")),
    ({"ansible_password": "net-pw"}, ("", ""), {**NXAPI, **NET}, ("net", "net-pw")),
]


@pytest.mark.parametrize(("variables", "cli", "environment", "pair"), PAIRS)
def test_user_and_password_are_a_pair_below_the_variables(
    variables: dict[str, Any], cli: tuple[str, str], environment: dict[str, str], pair: tuple[str, str]
) -> None:
    found = resolve(sources({}, variables, cli, environment))
    assert (found["username"], found["password"]) == pair


@pytest.mark.parametrize(
    ("options", "variables", "cli", "environment", "words"),
    [
        ({}, {}, ("", ""), {}, "user name for NX-API is missing"),
        ({}, {}, ("cli", ""), {}, "password for NX-API is missing"),
        ({}, {}, ("cli", ""), {"NXAPI_PASSWORD": "hidden"}, "password for NX-API is missing"),
        ({}, {"ansible_password": "hidden"}, ("", ""), NXAPI, "user name for NX-API is missing"),
        ({"username": "admin"}, {}, ("", ""), NXAPI, "password for NX-API is missing"),
        ({"host": "https://hidden"}, {}, ("", ""), {}, "host must be a host name or an address, not a URL"),
        ({}, {"ansible_host": "admin:hidden@leaf"}, ("", ""), {}, "ansible_host must be a host name or an address"),
        ({"port": 0}, {}, ("", ""), {}, "port must be a port number"),
        ({}, {"ansible_httpapi_port": "hidden"}, ("", ""), {}, "ansible_httpapi_port must be a port number"),
        ({}, {}, ("", ""), {"NXAPI_PORT": "70000"}, "NXAPI_PORT must be a port number"),
        ({}, {"ansible_httpapi_use_ssl": "hidden"}, ("", ""), {}, "ansible_httpapi_use_ssl must be true or false"),
        ({}, {}, ("", ""), {"NXAPI_VALIDATE_CERTS": "hidden"}, "NXAPI_VALIDATE_CERTS must be true or false"),
        ({"ca_path": "/nonexistent.pem"}, {}, ("", ""), {}, "ca_path names /nonexistent.pem, which does not exist"),
        ({"request_timeout": 0.0}, {}, ("", ""), {}, "request_timeout must be a number of seconds above 0"),
        ({"request_timeout": float("nan")}, {}, ("", ""), {}, "request_timeout must be a number of seconds above 0"),
    ],
)
def test_what_is_wrong_is_named_with_its_place_and_without_its_value(
    options: dict[str, Any], variables: dict[str, Any], cli: tuple[str, str], environment: dict[str, str], words: str
) -> None:
    login = {} if "missing" in words else LOGIN
    with pytest.raises(Failure) as caught:
        resolve(sources({**login, **options}, variables, cli, environment))
    assert caught.value.reason == "invalid"
    assert caught.value.msg.startswith("leaf1: ") and words in caught.value.msg
    assert "hidden" not in caught.value.msg and "env-pw" not in caught.value.msg


def test_the_missing_password_sentence_names_every_way_to_give_it() -> None:
    with pytest.raises(Failure) as caught:
        resolve(sources({"username": "admin"}))
    ways = [*_connection_options.PASSWORD_VARIABLES, "-k", "NXAPI_PASSWORD", "ANSIBLE_NET_PASSWORD"]
    assert all(way in caught.value.msg for way in ways)


class Run:
    """What core hands to an action: real objects of ansible-core, with the magic variable ``vars`` as core makes it."""

    def __init__(self, variables: dict[str, Any], filled: Mapping[str, Any] = NOTHING, **keywords: Any) -> None:
        self.task = Task.load({"action": "nxapi.events.mo_info", **keywords})
        self.play_context = PlayContext(passwords={})
        self.variables: dict[str, Any] = {"inventory_hostname": "leaf1", **variables}
        self.variables["vars"] = dict(self.variables)
        self.variables.update(filled)

    def sources(self, options: Mapping[str, Any] = NOTHING) -> Sources:
        templar = Templar(loader=DataLoader(), variables=self.variables)
        return gather(self.task, self.play_context, templar, self.variables, options)


def template(text: str) -> str:
    return trust_as_template("{{ %s }}" % text)


def test_variables_are_templated() -> None:
    run = Run({"ansible_user": template("name"), "name": "alice", "ansible_password": template("'p' ~ 'w'")})
    assert (resolve(run.sources())["username"], resolve(run.sources())["password"]) == ("alice", "pw")


def test_an_omitted_variable_is_not_defined() -> None:
    run = Run({"omit": "__omit__", "ansible_user": "__omit__", "ansible_password": "pw"})
    run.play_context.password = ""
    with pytest.raises(Failure, match="user name"):
        resolve(run.sources())


@pytest.mark.parametrize(
    "expression", ["nothing", "secret | nofilter", "(secret | int) / 0", "secret.a.b", "lookup('file', secret)"]
)
def test_a_template_that_fails_names_host_and_variable_and_no_value(expression: str) -> None:
    run = Run({"secret": "c0rrect", "ansible_user": "a", "ansible_httpapi_password": template(expression)})
    with pytest.raises(Failure) as caught:
        resolve(run.sources())
    assert caught.value.reason == "invalid" and caught.value.__context__ is None
    assert "leaf1: the variable ansible_httpapi_password cannot be resolved" in caught.value.msg
    assert "c0rrect" not in caught.value.msg


def test_a_variable_that_is_not_needed_is_not_templated() -> None:
    run = Run({"ansible_host": template("nothing"), "ansible_password": template("nothing")})
    assert resolve(run.sources({**LOGIN, "host": "h"}))["host"] == "h"


def test_what_core_filled_in_does_not_count() -> None:
    run = Run(
        {"ansible_password": "pw"}, filled={"ansible_user": "root", "ansible_host": "localhost"}, remote_user="cli"
    )
    found = resolve(run.sources())
    assert (found["host"], found["username"]) == ("leaf1", "cli")


@pytest.mark.parametrize("given", [{}, {"ansible_user": "alice", "ansible_host": "192.0.2.1"}])
def test_without_the_magic_vars_hostvars_tell_what_core_filled_in(given: dict[str, str]) -> None:
    filled = {"ansible_user": "root", "ansible_host": "localhost", **given}
    run = Run({"ansible_password": "pw", "hostvars": {"leaf1": given}}, filled=filled, remote_user="cli")
    del run.variables["vars"]
    found = resolve(run.sources())
    assert (found["host"], found["username"]) == (given.get("ansible_host", "leaf1"), given.get("ansible_user", "cli"))


def test_the_keyword_remote_user_and_k_are_a_pair() -> None:
    run = Run({}, remote_user="carol")
    run.play_context.password = "cli-pw"
    found = resolve(run.sources())
    assert (found["username"], found["password"]) == ("carol", "cli-pw")


def test_a_password_of_the_play_context_that_is_not_k_does_not_count() -> None:
    run = Run({"ansible_ssh_pass": "ssh-pw"}, remote_user="carol")
    run.play_context.password = "ssh-pw"
    with pytest.raises(Failure, match="missing"):
        resolve(run.sources())


def delegated(to: str, variables: dict[str, Any]) -> Run:
    other = {"inventory_hostname": "leaf1", **variables}
    other["vars"] = dict(other)
    other.setdefault("ansible_host", "filled")
    own = {"ansible_host": "192.0.2.1", "ansible_user": "a", "ansible_password": "pw"}
    return Run({**own, "ansible_delegated_vars": {to: other}}, delegate_to=to)


def test_delegated_to_localhost_the_switch_stays() -> None:
    found = resolve(delegated("localhost", {"ansible_user": "root", "ansible_password": "sudo"}).sources())
    assert (found["host"], found["label"], found["username"], found["password"]) == ("192.0.2.1", "leaf1", "a", "pw")


def test_delegated_to_another_host_its_variables_count_and_template_themselves() -> None:
    run = delegated("leaf2", {"ansible_user": template("who"), "who": "b", "ansible_password": "pw2"})
    found = resolve(run.sources())
    assert (found["host"], found["label"], found["username"], found["password"]) == ("leaf2", "leaf2", "b", "pw2")


def test_a_relative_ca_path_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ca.pem").touch()
    monkeypatch.chdir(tmp_path)
    assert resolve(sources({**LOGIN, "ca_path": "ca.pem"}))["ca_path"] == os.path.realpath(tmp_path / "ca.pem")
