# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Create, change and delete one MO, only where the switch does not have it so already."""

from __future__ import annotations

from collections.abc import Mapping

from . import dn as dns
from .codec import encode_mo
from .condition import WORDS
from .errors import InvalidOptions, Rejected
from .model import ManagedObject
from .query import Query
from .session import Session


async def converge(
    session: Session, dn: str, cls: str | None, attributes: Mapping[str, object], state: str, check: bool
) -> dict[str, object]:
    """Bring the MO to ``state`` (present with these attributes, or absent).

    Returns ``{changed, mo, diff}``: ``mo`` as read afterwards (in check mode as it is), ``diff`` as before and after.
    """
    query = Query.from_options({"dn": dn})
    current = await _get(session, query)
    if state == "absent":
        if current is not None and not check:
            await session.ask("DELETE", query.target())
        return _outcome(current, None, None if not check else current, changed=current is not None)
    if current is not None and cls is not None and current.cls != cls:
        raise InvalidOptions("%s is of class %s, not %s." % (query.dn, current.cls, cls))
    cls = cls or (current.cls if current is not None else None)
    if cls is None:
        raise InvalidOptions("%s does not exist: give its class to create it." % query.dn)
    wanted = {name: _wanted(current, name, value) for name, value in attributes.items()}
    before = current.attributes if current is not None else {}
    changes = {name: value for name, value in wanted.items() if before.get(name) != value}
    planned = ManagedObject(cls, query.dn, {**before, **changes})
    if current is not None and not changes:
        return _outcome(current, current, current, changed=False)
    if check:
        return _outcome(current, planned, current, changed=True)
    await session.ask("POST", query.target(), encode_mo("json", cls, changes))
    after = await _get(session, query)
    if after is None:
        raise Rejected(
            "%s accepted the change, but %s (%s) does not exist afterwards. Check the dn and that the feature it "
            "belongs to is enabled." % (session.options.address, query.dn, cls)
        )
    return _outcome(current, after, after, changed=True)


async def _get(session: Session, query: Query) -> ManagedObject | None:
    found = await session.read(query)
    return next((mo for mo in found if dns.split(mo.dn) == dns.split(query.dn)), None)


def _wanted(current: ManagedObject | None, name: str, value: object) -> str:
    """The text to send. A YAML boolean stands for whichever of the switch's words the attribute uses."""
    if not isinstance(value, bool):
        return "" if value is None else str(value)
    stored = current.attributes.get(name, "") if current is not None else ""
    for words in WORDS.values():
        if stored in words:
            return WORDS[value][words.index(stored)]
    return WORDS[value][0]


def _outcome(
    before: ManagedObject | None, after: ManagedObject | None, shown: ManagedObject | None, changed: bool
) -> dict[str, object]:
    return {
        "changed": changed,
        "mo": shown.as_result() if shown is not None else None,
        "diff": {"before": _plain(before), "after": _plain(after)},
    }


def _plain(mo: ManagedObject | None) -> dict[str, str]:
    return {name: value for name, value in mo.attributes.items() if name != "modTs"} if mo is not None else {}
