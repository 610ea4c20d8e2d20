# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an action that waits on many switches at once can ask of the listener, thin over the engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ..engine import spec as specs
from ..engine.fleet import Fleet, Member, Terms
from ..engine.session import Session
from .rpc import Method
from .waits import Waits


class FleetService:
    """``sessions``: those of the listener, by their numbers."""

    def __init__(self, sessions: Mapping[int, Session], wall: Callable[[], float]) -> None:
        self._sessions = sessions
        self._wall = wall
        self._waits = Waits()

    def methods(self) -> dict[str, Method]:
        return {"fleet_start": self.fleet_start, **self._waits.methods()}

    async def fleet_start(
        self,
        kind: str,
        check: bool,
        options: Mapping[str, object],
        terms: Mapping[str, object],
        members: Sequence[Mapping[str, object]],
    ) -> dict[str, object]:
        """``members``: of each switch its ``name`` and the number of its ``session``, or ``reason`` and ``msg`` of why it has
        none."""
        spec = specs.for_kind(kind, options)
        fleet = Fleet([self._member(each) for each in members], spec, Terms.of(terms, len(members)), self._wall)
        return await self._waits.start(fleet, check, spec.queries)

    def _member(self, given: Mapping[str, object]) -> Member:
        name, number = str(given["name"]), given.get("session")
        if isinstance(number, int):
            return Member(name, self._sessions[number])
        return Member(name, None, (str(given["reason"]), str(given["msg"])))
