# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command line: options from ``options.Options``, one JSON line when the switch listens, a clean end on SIGTERM."""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import json
import os
import signal
import sys
from collections.abc import Sequence

import yaml

from . import crowd, tls
from .model import ModelError, load
from .options import Options, profile
from .scenario import ScenarioError
from .switch import Switch

_EPILOG = """\
Prints one JSON line when it listens: url, host, port, username, password, ca_path, pid (and control_url with
--control-port).
GET  /simulator/{stats,log,history,mo?dn=,mos?dn=&class=,faults,subscriptions}
POST /simulator/{change,drop-websockets,expire-tokens,expire-subscriptions,reload,stall,…} with a JSON body.
/simulator/all/… is the same for all switches of the process; GET /simulator/all/totals is what their stats add up to.
tests/simulator/README.md explains each. Not a way to learn what a real switch does: gaps are marked G1 to G12.
"""


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="python tests/simulator",
        description="A simulated NX-OS switch: NX-API REST, WebSocket subscriptions, and faults on demand.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    groups: dict[str, argparse._ArgumentGroup] = {}
    for each in dataclasses.fields(Options):
        title = each.metadata["group"]
        group = groups.setdefault(title, made.add_argument_group(title))
        flag = "--" + each.name.replace("_", "-")
        text = each.metadata["help"].replace("%", "%%")
        if isinstance(each.default, bool):
            group.add_argument(flag, action="store_true", help=text)
        elif isinstance(each.default, tuple):
            group.add_argument(flag, action="append", default=[], help=text)
        else:
            choices = each.metadata["choices"] or None
            shown = f"{text} (default: {each.default})" if each.default not in ("", -1) else text
            metavar = None if choices else type(each.default).__name__.upper().replace("STR", "TEXT")
            group.add_argument(
                flag, type=type(each.default), default=each.default, choices=choices, metavar=metavar, help=shown
            )
    made.add_argument(
        "--profile",
        metavar="FILE",
        help="YAML map of these options, as nxapi.events.probe writes it; flags win over it",
    )
    _add_crowd(made)
    life = made.add_argument_group("the process")
    life.add_argument("--exit-with-stdin", action="store_true", help="ends when standard input is closed")
    life.add_argument("--watch-pid", type=int, default=0, metavar="PID", help="ends when that process is gone")
    return made


def _add_crowd(made: argparse.ArgumentParser) -> None:
    many = made.add_argument_group("many switches")
    many.add_argument(
        "--count",
        type=int,
        default=1,
        metavar="N",
        help="so many switches in this process, a port and a JSON line each",
    )
    many.add_argument(
        "--addresses", action="store_true", help="each has an address of its own, from --host on, and all the same port"
    )
    many.add_argument(
        "--name",
        metavar="TEXT",
        default="",
        help="they are called so, with a number: leaf1, leaf2, … (default: as in the model)",
    )
    many.add_argument(
        "--inventory",
        metavar="FILE",
        default="",
        help="writes a YAML inventory of them (group switches) as soon as all listen",
    )


def options_from(arguments: argparse.Namespace) -> Options:
    values = {each.name: getattr(arguments, each.name) for each in dataclasses.fields(Options)}
    values["user"] = tuple(values["user"])
    if os.environ.get("NXAPI_SIMULATOR_PASSWORD"):
        values["password"] = os.environ["NXAPI_SIMULATOR_PASSWORD"]
    return Options(**values)


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """The arguments; what is wrong with them or with the profile ends the process with a sentence."""
    made = parser()
    arguments = made.parse_args(argv)
    if arguments.profile:
        try:
            with open(arguments.profile, encoding="utf-8") as file:
                found = profile(yaml.safe_load(file))
        except (OSError, ValueError, yaml.YAMLError) as error:
            made.error(f"{arguments.profile}: {_words(error)}")
        made.set_defaults(**{name: list(each) if isinstance(each, tuple) else each for name, each in found.items()})
        arguments = made.parse_args(argv)
    return arguments


def _words(error: Exception) -> str:
    if isinstance(error, yaml.YAMLError):
        mark = getattr(error, "problem_mark", None)
        return "it is no YAML" + (f" (line {mark.line + 1})" if mark else "")
    return str(getattr(error, "strerror", None) or error)


def announcement(switch: Switch) -> str:
    shown = {
        "url": switch.url,
        "host": switch.host,
        "port": switch.port,
        "username": switch.options.username,
        "password": switch.options.password,
        "ca_path": switch.ca_path,
        "pid": os.getpid(),
    }
    if switch.control_url:
        shown["control_url"] = switch.control_url
    return json.dumps(shown)


def main(argv: Sequence[str] | None = None) -> int:
    """0 after a signal, 2 for options or files that cannot be used, 1 where the port is not to be had."""
    arguments = parse(argv)
    try:
        asyncio.run(_run(options_from(arguments), arguments))
    except (ModelError, ScenarioError, crowd.CrowdError) as error:
        print(f"simulator: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"simulator: {arguments.host} port {arguments.port}: {error.strerror or error}", file=sys.stderr)
        return 1
    return 0


async def _run(options: Options, arguments: argparse.Namespace) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    places = crowd.places(options, arguments.count, arguments.addresses)
    if words := crowd.allow_files(arguments.count):
        print(f"simulator: {words}", file=sys.stderr)
    model = load(options.model)
    material = tls.make(options.tls_fault, *dict.fromkeys(each.host for each in places)) if options.tls else None
    switches: list[Switch] = []
    try:
        for place in places:
            port = switches[0].port if switches and arguments.addresses else place.port
            switch = Switch(dataclasses.replace(place, port=port), model, material)
            switches.append(switch)
            await switch.start()
            print(announcement(switch), flush=True)
        _make_known(switches, arguments)
        watcher = loop.create_task(_watch(arguments, stop))
        await stop.wait()
        watcher.cancel()
    finally:
        for switch in switches:
            await switch.stop()
        if material:
            material.remove()


def _make_known(switches: list[Switch], arguments: argparse.Namespace) -> None:
    """To each other, and by name."""
    prefix = arguments.name or crowd.NAME
    named = {f"{prefix}{number}": switch for number, switch in enumerate(switches, 1)}
    for name, switch in named.items():
        switch.crowd = switches
        if arguments.name or arguments.inventory:
            switch.rename(name)
    if arguments.inventory:
        crowd.write(arguments.inventory, crowd.inventory(named))


async def _watch(arguments: argparse.Namespace, stop: asyncio.Event) -> None:
    """Ends the run with standard input or with another process, where asked to."""
    loop = asyncio.get_running_loop()
    if arguments.exit_with_stdin:
        reader = asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        await asyncio.gather(_until_closed(reader, stop), _until_gone(arguments.watch_pid, stop))
    await _until_gone(arguments.watch_pid, stop)


async def _until_gone(pid: int, stop: asyncio.Event) -> None:
    while pid and not stop.is_set():
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            stop.set()
        except PermissionError:
            return
        await asyncio.sleep(0.5)


async def _until_closed(reader: asyncio.StreamReader, stop: asyncio.Event) -> None:
    while await reader.read(4096):
        pass
    stop.set()
