# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the connection options of a task come from. Private to the collection.

The order, for each option by itself: the task (module_defaults included); the variables of the host; the command line
and the environment; the default. Only user and password are a pair below the variables (``_paired``). The same rules, for
people, are in the documentation fragment ``connection``; a table in the unit tests holds both to it.

Facts about ansible-core 2.16 to 2.21 that this rests on, read in its source:

- core fills ``ansible_user``, ``ansible_host`` and ``ansible_port`` into task_vars (and into those of a delegated host) where they
  are not defined, from ``-u``, the login of the local user or the address of the connection. The magic variable ``vars``
  is a copy made before that, so a name counts as defined only if it is in there.
- ``Task.remote_user`` is the keyword, else ``-u``, else ``remote_user`` of ansible.cfg, and unlike that of the play context
  it is never overwritten by the connection plugin ``local``.
- ``PlayContext.password`` is ``-k`` only where no variable that core maps to it is defined.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible import constants as C
from ansible import context
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.playbook.play_context import PlayContext
from ansible.playbook.task import Task
from ansible.template import Templar

from ..module_utils._listener import Failure

try:
    from ansible.errors import AnsibleValueOmittedError
except ImportError:  # ansible-core 2.16: omit is a string there

    class AnsibleValueOmittedError(Exception):  # type: ignore[no-redef]
        pass


HTTPS_PORT = 443
HTTP_PORT = 80
REQUEST_TIMEOUT = 30.0

PASSWORD_VARIABLES = ("ansible_password", "ansible_httpapi_pass", "ansible_httpapi_password")
"""The last one that is defined wins, as for ansible.netcommon.httpapi."""

OF_THE_PLAY = " (with the option hosts, variables of the play do not count: give them as options of the task or in module_defaults)"

_NO_HOST = re.compile(r"[\s/@?#\\]")
"""What a URL has and a name or an address has not."""

WAYS = (
    "give it as an option of the task, in the inventory (%s), with %s, or in the environment "
    "(NXAPI_USERNAME and NXAPI_PASSWORD, or ANSIBLE_NET_USERNAME and ANSIBLE_NET_PASSWORD)"
)


@dataclass(frozen=True)
class Place:
    """One place below the variables that may hold a user and a password."""

    user: str
    password: str
    for_any_user: bool = False
    """-k is the password of whichever user the inventory names, as everywhere in Ansible."""


@dataclass(frozen=True)
class Sources:
    """All that a task knows about its switch. ``name`` is the inventory's name of it, and the label in messages."""

    name: str
    options: Mapping[str, Any]
    variables: Mapping[str, Any] = field(default_factory=dict)
    defined: Container[str] = ()
    render: Callable[[Any], Any] = lambda value: value
    command_line: Place = Place("", "", for_any_user=True)
    environment: Mapping[str, str] = field(default_factory=dict)
    unresolved: str = "check that what it refers to is defined, and that the vault password for it was given"

    def variable(self, name: str) -> Any:
        """The value of a variable, templated and decrypted; None where it is not defined, empty or omitted."""
        if name not in self.defined:
            return None
        try:
            raw = self.variables.get(name)
            value = None if raw is None else self.render(raw)
            text = "" if value is None else str(value)
        except AnsibleValueOmittedError:
            return None
        except Exception:
            # Its own text may hold the value, or the template with a secret in it.
            failed = True
        else:
            failed = False
        if failed:
            raise Failure(
                "invalid",
                "%s: the variable %s cannot be resolved: %s." % (self.name, name, self.unresolved),
            )
        omitted = text == "" or text == self.variables.get("omit", "")
        return None if omitted else value if isinstance(value, (bool, int, float)) else text

    def given(self, option: str, variables: tuple[str, ...] = (), environment: str = "") -> tuple[Any, str]:
        """The value of an option and the name of where it is from; None if nothing gives it."""
        if self.options.get(option) not in (None, ""):
            return self.options[option], option
        for name in reversed(variables):
            value = self.variable(name)
            if value is not None:
                return value, name
        return self.environment.get(environment) or None, environment


def gather(
    task: Task, play_context: PlayContext, templar: Templar, task_vars: Mapping[str, Any], options: Mapping[str, Any]
) -> Sources:
    """The Sources of a running task. Delegated to the control node the switch stays the host of the play."""
    delegate = task.delegate_to
    delegated = task_vars.get("ansible_delegated_vars", {}).get(delegate, {}) if delegate else {}
    if delegate and delegate not in C.LOCALHOST:
        name, variables = delegate, delegated
        templar = templar.copy_with_new_env(available_variables=delegated)
    else:
        name, variables = task_vars["inventory_hostname"], task_vars
    connection_vars = delegated if delegate else task_vars
    overridden = any(known in _defined(connection_vars) for known in C.MAGIC_VARIABLE_MAPPING["password"])
    command_line = Place(
        user=task.remote_user or context.CLIARGS.get("remote_user") or "",
        password="" if overridden else play_context.password or "",
        for_any_user=True,
    )
    return Sources(
        name=name,
        options=options,
        variables=variables,
        defined=_defined(variables),
        render=lambda value: templar.template(value, fail_on_undefined=True),
        command_line=command_line,
        environment=os.environ,
    )


def gather_each(
    task: Task,
    play_context: PlayContext,
    templar: Templar,
    task_vars: Mapping[str, Any],
    options: Mapping[str, Any],
    hosts: Sequence[str],
) -> Iterator[Sources]:
    """The Sources of each of ``hosts``, from its own variables as hostvars shows them: inventory, facts and extra vars.

    Raises Failure for a name that is not in the inventory.
    """
    known = task_vars["hostvars"]
    for name in hosts:
        if name not in known:
            groups = task_vars.get("groups", {})
            hint = "; for the hosts of that group give groups['%s']" % name if name in groups else ""
            raise Failure("invalid", "hosts: there is no host %s in the inventory%s." % (name, hint))
    own = gather(task, play_context, templar, task_vars, options)
    vaults: dict[bytes, _Vault] = {}
    for name in hosts:
        variables = known[name]
        _decrypt_once(variables, vaults)
        yield Sources(
            name=name,
            options=options,
            variables=variables,
            defined=variables,
            render=_Finished(templar),
            command_line=own.command_line,
            environment=own.environment,
            unresolved=Sources.unresolved + OF_THE_PLAY,
        )


class _Finished:
    """What hostvars has templated already; raises where a template is left, since what it refers to is not there."""

    def __init__(self, templar: Templar) -> None:
        self._templar = templar

    def __call__(self, value: Any) -> Any:
        if isinstance(value, str) and not hasattr(value, "__UNSAFE__") and self._templar.is_template(value):
            raise ValueError("still a template")
        return value


class _Vault:
    """The vault of one value, which opens it once: ansible-core up to 2.18 decrypts at each look, 10 ms a time.

    Group variables are one value in each host's own copy of the variables.
    """

    def __init__(self, vault: Any) -> None:
        self._vault = vault
        self._opened: bytes | None = None

    def decrypt(self, ciphertext: bytes, **given: Any) -> bytes:
        if self._opened is None:
            self._opened = self._vault.decrypt(ciphertext, **given)
        return self._opened

    def is_encrypted(self, ciphertext: bytes) -> bool:
        return bool(self._vault.is_encrypted(ciphertext))


def _decrypt_once(variables: Any, vaults: dict[bytes, _Vault]) -> None:
    """Have each vaulted value among the variables opened once, for whichever hosts it is a variable of."""
    for value in getattr(variables, "_vars", {}).values():
        vault, ciphertext = getattr(value, "vault", None), getattr(value, "_ciphertext", None)
        if getattr(value, "__ENCRYPTED__", False) and vault is not None and ciphertext is not None:
            value.vault = vaults.setdefault(ciphertext, vault if isinstance(vault, _Vault) else _Vault(vault))


def resolve(sources: Sources) -> dict[str, Any]:
    """The arguments of the listener's set_options, label included; or Failure of reason invalid."""
    use_ssl = _boolean(sources, "use_ssl", "ansible_httpapi_use_ssl", "NXAPI_USE_SSL")
    username, password = _paired(sources)
    return {
        "host": _host(sources),
        "port": _port(sources, HTTPS_PORT if use_ssl else HTTP_PORT),
        "username": username,
        "password": password,
        "use_ssl": use_ssl,
        "validate_certs": _boolean(sources, "validate_certs", "ansible_httpapi_validate_certs", "NXAPI_VALIDATE_CERTS"),
        "ca_path": _ca_path(sources),
        "use_proxy": _boolean(sources, "use_proxy", "ansible_httpapi_use_proxy"),
        "request_timeout": _request_timeout(sources),
        "label": sources.name,
    }


def _defined(variables: Mapping[str, Any]) -> Container[str]:
    """The names that the inventory or the playbook defines, without what core filled in."""
    before_filling = variables.get("vars")
    if isinstance(before_filling, Mapping):
        return before_filling
    host, hostvars = variables.get("inventory_hostname"), variables.get("hostvars")
    filled = {"ansible_user", "ansible_host"}
    own = hostvars[host] if hostvars is not None and host in hostvars else {}
    return {name for name in variables if name not in filled or name in own}


def _host(sources: Sources) -> str:
    value, where = sources.given("host", ("ansible_host",))
    if value is None and sources.name in C.LOCALHOST:
        value, where = sources.environment.get("NXAPI_HOST"), "NXAPI_HOST"
    host = str(value or sources.name)
    if _NO_HOST.search(host):
        # Not shown: what is before an @ may be a password, and the host is part of many messages.
        raise Failure(
            "invalid",
            "%s: %s must be a host name or an address, not a URL."
            % (sources.name, where if value else "the inventory's name of it"),
        )
    return host


def _port(sources: Sources, default: int) -> int:
    value, where = sources.given("port", ("ansible_httpapi_port",), "NXAPI_PORT")
    if value is None:
        return default
    try:
        port = int(str(value))
    except ValueError:
        port = 0
    if not 0 < port < 65536:
        raise Failure("invalid", "%s: %s must be a port number from 1 to 65535." % (sources.name, where))
    return port


def _boolean(sources: Sources, option: str, variable: str, environment: str = "") -> bool:
    value, where = sources.given(option, (variable,), environment)
    try:
        return True if value is None else boolean(value)
    except TypeError:
        pass
    raise Failure("invalid", "%s: %s must be true or false." % (sources.name, where))


def _ca_path(sources: Sources) -> str | None:
    value, where = sources.given("ca_path", ("ansible_httpapi_ca_path",))
    if value is None:
        return None
    path = os.path.abspath(os.path.expanduser(os.path.expandvars(str(value))))
    if not os.path.exists(path):
        raise Failure(
            "invalid", "%s: %s names %s, which does not exist on the control node." % (sources.name, where, path)
        )
    return path


def _request_timeout(sources: Sources) -> float:
    value, _where = sources.given("request_timeout")
    seconds = REQUEST_TIMEOUT if value is None else float(value)
    if not 0 < seconds < float("inf"):
        raise Failure("invalid", "%s: request_timeout must be a number of seconds above 0." % sources.name)
    return seconds


def _paired(sources: Sources) -> tuple[str, str]:
    """User and password. What task and variables leave open comes from the first place that fits.

    Both open: a place that has both. One open: a place that has it and does not contradict the other one, so that no
    password is ever tried with a user that it was not meant for.
    """
    user = str(sources.given("username", ("ansible_user",))[0] or "")
    password = str(sources.given("password", PASSWORD_VARIABLES)[0] or "")
    environment = sources.environment
    places = (
        sources.command_line,
        Place(environment.get("NXAPI_USERNAME", ""), environment.get("NXAPI_PASSWORD", "")),
        Place(environment.get("ANSIBLE_NET_USERNAME", ""), environment.get("ANSIBLE_NET_PASSWORD", "")),
    )
    for place in places:
        if user and password:
            break
        user, password = _completed(user, password, place)
    if not user and not (sources.command_line.user and not password):
        raise Failure(
            "invalid", "%s: the user name for NX-API is missing: %s." % (sources.name, WAYS % ("ansible_user", "-u"))
        )
    if not password:
        names = "%s, %s or %s" % PASSWORD_VARIABLES
        raise Failure("invalid", "%s: the password for NX-API is missing: %s." % (sources.name, WAYS % (names, "-k")))
    return user, password


def _completed(user: str, password: str, place: Place) -> tuple[str, str]:
    if not user and not password:
        return (place.user, place.password) if place.user and place.password else ("", "")
    if user:
        fits = place.for_any_user or place.user in ("", user)
        return user, place.password if fits else ""
    fits = place.for_any_user or place.password in ("", password)
    return place.user if fits else "", password
