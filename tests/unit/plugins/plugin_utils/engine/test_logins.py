# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Logins that lock no account."""

from __future__ import annotations

import asyncio
import fcntl
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.errors import LoginRefused, Unreachable
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.logins import LoginLedger
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.model import ConnectionOptions


def options(switch: int = 1, password: str = "right") -> ConnectionOptions:
    return ConnectionOptions("leaf%d" % switch, 443, "admin", password)


class Network:
    """Switches that know one password; ``tries`` is what they saw, ``most`` how many at once."""

    def __init__(self, ledger: LoginLedger) -> None:
        self.ledger = ledger
        self.tries: list[str] = []
        self.running = self.most = 0
        self.booting = False

    async def login(self, asked: ConnectionOptions) -> str:
        try:
            async with self.ledger.attempt(asked):
                self.tries.append(asked.host)
                self.running += 1
                self.most = max(self.most, self.running)
                for _turn in range(50):
                    await asyncio.sleep(0)
                self.running -= 1
                if asked.password == "lost":
                    raise Unreachable("no answer")
                if asked.password != "right" or self.booting:
                    raise LoginRefused("refused")
        except LoginRefused:
            return "refused"
        except Unreachable:
            return "unreachable"
        return "in"


def test_fifty_switches_see_a_wrong_password_twice_in_all() -> None:
    async def work() -> Network:
        network = Network(LoginLedger())
        assert set(await asyncio.gather(*(network.login(options(n, "wrong")) for n in range(50)))) == {"refused"}
        assert await network.login(options(1, "right")) == "in"
        return network

    assert len(asyncio.run(work()).tries) == 3


def test_logins_go_one_at_a_time_until_one_is_accepted_and_then_together() -> None:
    async def work() -> tuple[int, int]:
        network = Network(LoginLedger())
        await asyncio.gather(*(network.login(options(n, "lost")) for n in range(5)))
        alone = network.most
        await asyncio.gather(*(network.login(options(n)) for n in range(20)))
        return alone, network.most

    alone, together = asyncio.run(work())
    assert alone == 1 and together > 5


def test_a_refusal_by_two_does_not_spare_the_others_once_one_has_accepted() -> None:
    async def work() -> list[str]:
        network = Network(LoginLedger())
        assert await network.login(options(1)) == "in"
        network.booting = True
        await network.login(options(2))
        await network.login(options(3))
        network.booting = False
        return [await network.login(options(4)), await network.login(options(2))]

    assert asyncio.run(work()) == ["in", "refused"]


def test_an_accepted_credential_is_tried_twice_more_and_then_never() -> None:
    async def work() -> int:
        network = Network(LoginLedger(pause=0.0))
        await network.login(options())
        network.booting = True
        pauses = []
        for _unused in range(6):
            await network.login(options())
            pauses.append(network.ledger.pause(options()))
        assert pauses == [0.0, 0.0, None, None, None, None]
        return len(network.tries)

    assert asyncio.run(work()) == 4


def test_the_tries_of_an_accepted_credential_are_a_minute_apart() -> None:
    async def work() -> tuple[float | None, int]:
        network = Network(LoginLedger())
        await network.login(options())
        network.booting = True
        for _unused in range(4):
            assert await network.login(options()) == "refused"
        return network.ledger.pause(options()), len(network.tries)

    pause, tries = asyncio.run(work())
    assert pause == pytest.approx(60.0, abs=5.0) and tries == 2


def test_a_refusal_behind_a_line_that_the_disk_had_no_room_for_is_known(tmp_path: Path) -> None:
    async def work() -> None:
        await Network(LoginLedger(str(tmp_path))).login(options(1, "wrong"))
        known = tmp_path / "logins"
        known.write_bytes(known.read_bytes() + b"0123456789abcdef0123")
        ledger = LoginLedger(str(tmp_path))
        await Network(ledger).login(options(2, "wrong"))
        last = Network(LoginLedger(str(tmp_path)))
        assert [await last.login(options(switch, "wrong")) for switch in (1, 2, 3)] == ["refused"] * 3
        assert not last.tries

    asyncio.run(work())


def test_a_new_ledger_in_the_same_folder_knows_refusals_and_acceptances(tmp_path: Path) -> None:
    async def work() -> None:
        first = Network(LoginLedger(str(tmp_path)))
        await first.login(options(1))
        for switch in (2, 3):
            first.booting = True
            await first.login(options(switch))
        await first.login(options(9, "wrong"))
        second = Network(LoginLedger(str(tmp_path)))
        assert await second.login(options(2)) == "refused" and await second.login(options(9, "wrong")) == "refused"
        assert await second.login(options(4)) == "in"
        assert second.tries == ["leaf4"]

    asyncio.run(work())
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"right" not in content and b"wrong" not in content and b"admin" not in content
    assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.iterdir())


def test_two_ledgers_with_one_folder_learn_of_each_other_while_they_live(tmp_path: Path) -> None:
    async def work() -> None:
        listener, probe = (Network(LoginLedger(str(tmp_path))) for _each in range(2))
        assert await probe.login(options(1, "wrong")) == await listener.login(options(1, "wrong")) == "refused"
        assert await listener.login(options(2, "wrong")) == await probe.login(options(3, "wrong")) == "refused"
        assert (probe.tries, listener.tries) == (["leaf1"], ["leaf2"])
        assert await listener.login(options(1)) == "in" and not probe.ledger.accepted(options(1))
        assert await probe.login(options(1)) == "in" and probe.ledger.accepted(options(1))

    asyncio.run(work())


def test_what_a_ledger_noted_itself_is_not_counted_twice(tmp_path: Path) -> None:
    async def work() -> list[float | None]:
        network = Network(LoginLedger(str(tmp_path), pause=0.0))
        await network.login(options())
        network.booting = True
        pauses = []
        for _unused in range(3):
            await network.login(options())
            pauses.append(network.ledger.pause(options()))
        assert len(network.tries) == 4
        return pauses

    assert asyncio.run(work()) == [0.0, 0.0, None]


def test_processes_with_one_folder_wait_for_their_turn_until_a_login_is_accepted(tmp_path: Path) -> None:
    first, second = (LoginLedger(str(tmp_path)) for _each in range(2))
    with first.turn(options()):
        with pytest.raises(BlockingIOError):
            _take(tmp_path / "turn")
        assert asyncio.run(Network(first).login(options())) == "in"
    with second.turn(options()):
        _take(tmp_path / "turn")


def _take(file: Path) -> None:
    with file.open("wb") as opened:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_ledgers_that_begin_together_have_one_salt(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        ledgers = list(pool.map(LoginLedger, [str(tmp_path)] * 8))
    assert len({ledger._salt for ledger in ledgers}) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["salt"]


@pytest.mark.parametrize("damage", [b"", b"\xff\xfe", b"half a line", b"a b c d\n\n x\n"])
def test_a_damaged_folder_costs_nothing_but_what_it_knew(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "salt").write_bytes(damage[:5])
    (tmp_path / "logins").write_bytes(damage)
    assert asyncio.run(Network(LoginLedger(str(tmp_path))).login(options())) == "in"
    assert len((tmp_path / "salt").read_bytes()) == 16
