# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SSH to the command line of a simulated switch, for clients that log in as people do (network_cli).

Same users, same tree as its NX-API; the lines go to the simulator's ``Console``. A terminal that echoes what is typed.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncssh
from simulator.console import Console
from simulator.thread import Handle

SECONDS = 20.0


@dataclass
class Ssh:
    """Where it listens, and what was typed, in order and by all clients."""

    host: str
    port: int = 0
    typed: list[str] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)


class _Login(asyncssh.SSHServer):
    def __init__(self, switch: Handle, ssh: Ssh) -> None:
        self._users = switch.call(lambda each: each.options.users)
        self._ssh = ssh

    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        accepted = self._users.get(username, ("",))[0] == password
        if accepted:
            self._ssh.logins.append(username)
        return accepted


async def _serve(switch: Handle, ssh: Ssh, process: asyncssh.SSHServerProcess[str]) -> None:
    read_only = switch.call(lambda each: each.options.users[process.get_extra_info("username")][1])
    console = switch.call(lambda each: Console(each, read_only))
    loop = asyncio.get_running_loop()

    def carry_out(line: str) -> tuple[str, str]:
        return switch.call(lambda _each: (console.run(line), console.prompt))

    _text, prompt = await loop.run_in_executor(None, carry_out, "")
    process.stdout.write("Cisco NX-OS Software, simulated\r\n\r\n" + prompt)
    line = ""
    while character := await process.stdin.read(1):
        if character not in "\r\n":
            line += character
            continue
        ssh.typed.append(line)
        text, prompt = await loop.run_in_executor(None, carry_out, line)
        shown = "".join(each + "\r\n" for each in text.splitlines())
        process.stdout.write(f"{line}\r\n{shown}\r\n{prompt}")
        line = ""
    process.exit(0)


@contextmanager
def ssh_to(switch: Handle) -> Iterator[Ssh]:
    """Serves SSH on a free port of the switch's address while the context lasts."""
    ssh = Ssh(switch.host)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="ssh of the simulated switch", daemon=True)

    async def begin() -> Any:
        async def serve(process: asyncssh.SSHServerProcess[str]) -> None:
            await _serve(switch, ssh, process)

        return await asyncssh.listen(
            ssh.host,
            0,
            server_factory=lambda: _Login(switch, ssh),
            server_host_keys=[asyncssh.generate_private_key("ssh-ed25519")],
            process_factory=serve,
            line_editor=False,
        )

    async def end(server: Any) -> None:
        server.close()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    thread.start()
    try:
        server = asyncio.run_coroutine_threadsafe(begin(), loop).result(SECONDS)
        ssh.port = server.get_port()
        try:
            yield ssh
        finally:
            asyncio.run_coroutine_threadsafe(end(server), loop).result(SECONDS)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(SECONDS)
        loop.close()
