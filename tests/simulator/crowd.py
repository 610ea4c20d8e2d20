# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many switches in one process: where each is, what it is called, the inventory of them all, and one request for all.

A switch of the default model takes 60 kB more than the one before it and three open files, so a process carries 1,000.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import os
import resource
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from .faults import FaultError
from .options import Options

if TYPE_CHECKING:
    from .switch import Switch

FILES = 4
"""Open files that a switch with one client takes at most, its port included."""

NAME = "leaf"
_SPARE = 50
_LAST_PORT = 65535


class CrowdError(ValueError):
    """So many switches cannot be where they are wanted; the text says why."""


def places(options: Options, count: int, addresses: bool) -> list[Options]:
    """Where each listens: on consecutive ports of one address, or on one port of consecutive ``addresses``. Port 0 stays 0.

    A control port with a number is that of the first switch, which serves all. Raises CrowdError.
    """
    if count < 1:
        raise CrowdError("--count is a number from 1")
    found = [dataclasses.replace(options, **_place(options, index, addresses)) for index in range(count)]
    if found[-1].port > _LAST_PORT:
        raise CrowdError(f"--port {options.port} leaves no {count} ports up to {_LAST_PORT}")
    return found


def _place(options: Options, index: int, addresses: bool) -> dict[str, Any]:
    control = options.control_port if options.control_port == 0 or index == 0 else -1
    if not addresses:
        return {"port": options.port + index if options.port else 0, "control_port": control}
    try:
        host = str(ipaddress.ip_address(options.host) + index)
    except ValueError as error:
        raise CrowdError(f"--addresses begins with --host: {error}") from error
    return {"host": host, "control_port": control}


def allow_files(count: int) -> str:
    """Raises this process's own limit as far as it may; a sentence where that is not enough, else nothing."""
    needed = FILES * count + _SPARE
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return ""
    return f"{count} switches with a client each take {needed} open files, and only {hard} are allowed (ulimit -Hn)"


def inventory(named: Mapping[str, Switch]) -> str:
    """Each host has all of its variables, so that the inventories of several processes go together."""
    hosts: dict[str, dict[str, object]] = {}
    for name, switch in named.items():
        hosts[name] = {
            "ansible_host": switch.host,
            "ansible_httpapi_port": switch.port,
            "ansible_httpapi_use_ssl": switch.options.tls,
            "ansible_user": switch.options.username,
            "ansible_password": switch.options.password,
        }
        if switch.ca_path:
            hosts[name]["ansible_httpapi_ca_path"] = switch.ca_path
    groups = {"all": {"children": {"switches": {"hosts": hosts}}}}
    return yaml.dump(groups, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper), sort_keys=False)


def write(path: str, text: str) -> None:
    """All of it or nothing, for its owner only: it holds a password. Raises CrowdError."""
    place = Path(path)
    try:
        number, scratch = tempfile.mkstemp(dir=place.parent, prefix=f".{place.name}.")
        try:
            with os.fdopen(number, "w", encoding="utf-8") as file:
                file.write(text)
            os.replace(scratch, place)
        except BaseException:
            os.unlink(scratch)
            raise
    except OSError as error:
        raise CrowdError(f"{path}: {error.strerror}") from error


def tell(switches: Sequence[Switch], name: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """The fault or the change on each; what they did, added up. Raises FaultError, which says where it stopped."""
    found: dict[str, Any] = {"switches": 0}
    for switch in switches:
        try:
            done = switch.fault(name, body)
        except FaultError as error:
            raise FaultError(f"{switch.url}: {error} (done on {found['switches']} switches before it)") from error
        found["switches"] += 1
        for key, value in done.items():
            found[key] = found.get(key, 0) + value
    return found


def totals(reports: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """``sum`` of each figure of their statistics, and the ``least`` and ``most`` that one of them has."""
    flat = [_flat(each) for each in reports]
    keys = list(dict.fromkeys(key for each in flat for key in each))
    ways: dict[str, Callable[[Iterable[float]], float]] = {"sum": sum, "least": min, "most": max}
    rows = {way: {key: count(each.get(key, 0) for each in flat) for key in keys} for way, count in ways.items()}
    return {"switches": len(flat), **rows}


def _flat(report: Mapping[str, Any], above: str = "") -> dict[str, float]:
    """``{"logins": {"accepted": 1}}`` as ``{"logins.accepted": 1}``; only what can be added up."""
    found: dict[str, float] = {}
    for key, value in report.items():
        name = f"{above}{key}"
        if isinstance(value, Mapping):
            found.update(_flat(value, f"{name}."))
        elif isinstance(value, (int, float)) and key not in ("uptime", "last_frame"):
            found[name] = int(value) if isinstance(value, bool) else value
    return found
