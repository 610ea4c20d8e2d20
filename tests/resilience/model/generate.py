# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps of random schedules. ``random`` is a Random: hypothesis's, which it can shrink, or a seeded one.

Each schedule has its own few kinds of faults (drawn in `start`), so that some meet one kind only, and some many.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from resilience.model import faults
from resilience.model.goal import Goal
from resilience.model.truth import Truth
from resilience.model.world import Waiting, World

Step = dict[str, Any]

PORT = "sys/intf/phys-[eth1/%d]"
OPER = PORT + "/phys"
PEER = "sys/bgp/inst/dom-default/peer-[10.0.0.%d]"
ENTRY = PEER + "/ent-[10.0.0.%d]"
VLAN = "sys/bd/bd-[vlan-%d0]"

VALUES: Mapping[str, Mapping[str, Sequence[str]]] = {
    "ethpmPhysIf": {
        "operSt": ("up", "up", "down", "down", "link-up"),
        "operStQual": ("none", "link-failure", "err-disabled"),
        "operSpeed": ("unknown", "10G", "40G"),
    },
    "bgpPeerEntry": {"operSt": ("established", "established", "idle", "active", "shut"), "connDrop": ("0", "1", "2")},
    "l2BD": {"operSt": ("up", "down"), "adminSt": ("active", "suspend")},
    "l1PhysIf": {"mtu": ("1500", "9216"), "descr": ("", "uplink")},
    "bgpPeer": {"adminSt": ("enabled", "disabled"), "descr": ("", "spine")},
}
CLASSES = tuple(VALUES)
PLACES = {"ethpmPhysIf": OPER, "l1PhysIf": PORT, "bgpPeer": PEER, "bgpPeerEntry": ENTRY, "l2BD": VLAN}

UNTIL: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "ethpmPhysIf": (
        {"operSt": "up"}, {"operSt": "up"}, {"operSt": "down"}, {"operSt": ["up", "link-up"]}, {"operSt": {"ne": "up"}},
        {"operSt": "up", "operSpeed": "10G"}, {"operSpeed": ["10G", "40G"]},
    ),
    "bgpPeerEntry": ({"operSt": "established"}, {"operSt": "established"}, {"operSt": {"ne": "established"}}, {"connDrop": {"ge": "1"}}),
    "l2BD": ({"operSt": "up"}, {"operSt": "down"}, {"adminSt": "suspend"}),
    "l1PhysIf": ({"mtu": {"ge": "9000"}}, {"descr": "uplink"}),
    "bgpPeer": ({"adminSt": "disabled"}, {"descr": "spine"}),
}  # fmt: skip
FAIL_WHEN: Mapping[str, Mapping[str, Any]] = {
    "ethpmPhysIf": {"operStQual": "err-disabled"}, "bgpPeerEntry": {"operSt": "shut"}, "l2BD": {"adminSt": "suspend"},
}  # fmt: skip
WHERE: Mapping[str, Mapping[str, Any]] = {
    "ethpmPhysIf": {"operSpeed": {"ne": "40G"}}, "bgpPeerEntry": {"connDrop": "0"}, "l2BD": {"adminSt": "active"},
}  # fmt: skip

WIDE: Sequence[tuple[str, Mapping[str, Any]]] = (
    ("ethpmPhysIf", {"class": "ethpmPhysIf"}),
    ("bgpPeerEntry", {"class": "bgpPeerEntry"}),
    ("l2BD", {"class": "l2BD"}),
    ("l2BD", {"dn": "sys/bd", "query_target": "children"}),
    ("ethpmPhysIf", {"dn": "sys/intf", "query_target": "subtree", "target_subtree_class": ["ethpmPhysIf"]}),
    ("bgpPeerEntry", {"dn": "sys/bgp", "query_target": "subtree", "target_subtree_class": ["bgpPeer", "bgpPeerEntry"]}),
    ("ethpmPhysIf", {"dn": PORT % 1, "query_target": "subtree"}),
    ("bgpPeerEntry", {"dn": PEER % 1, "query_target": "subtree"}),
)
NAMES = ("a", "b")


def place(cls: str, number: int) -> str:
    return PLACES[cls].replace("%d", str(number))


def start(random: Random) -> Step:
    options: dict[str, Any] = {}
    for name, choices in (
        ("old_token", ("valid", "invalid")), ("initial_imdata", ("empty", "snapshot")),
        ("repeat_subscription", ("new-id", "same-id")), ("second_socket", ("replace", "allow")),
        ("session_end_close", ("1000", "1008", "eof", "reset")), ("refresh_error", ("400", "404", "405", "200-error", "200-object")),
        ("oper_mod_ts", ("real", "real", "never", "missing")), ("unstable_order", (False, True)),
        ("filter_sees", ("merged", "delta")), ("refresh_reply", ("aaaLogin", "aaaRefresh")), ("sliding_session", (False, True)),
        ("utc_offset", ("+00:00", "-04:00")), ("no_pong", (False, False, False, True)), ("server_ping", (0.0, 0.0, 10.0)),
        ("session_timeout", (600.0, 600.0, 60.0, 20.0)), ("reply_delay", (0.0, 0.0, 0.02, 0.3)),
    ):  # fmt: skip
        if random.random() < 0.4:
            options[name] = random.choice(choices)
    kinds = random.sample(sorted(faults.KINDS), random.choice((0, 1, 1, 2, 3, 5, len(faults.KINDS))))
    return {
        "do": "start",
        "seed": random.randrange(1 << 30),
        "options": options,
        "kinds": kinds,
        "fresh": "aaa-late" in kinds,
    }


def begin(random: Random) -> list[Step]:
    """The schedule's first steps: mostly a session that is up before anything goes wrong."""
    steps = [start(random)]
    if random.random() < 0.85 or "aaa-late" in steps[0]["kinds"]:
        cls = random.choice(CLASSES)
        query = random.choice(WIDE)[1] if random.random() < 0.5 else {"dn": place(cls, 1)}
        steps += [{"do": "subscribe", "name": "a", "query": dict(query)}, {"do": "advance", "seconds": 1.0}]
    return steps


def advance(random: Random) -> Step:
    sizes = ((0.001, 0.01), (0.02, 0.5), (0.02, 0.5), (0.5, 3.0), (0.5, 3.0), (3.0, 12.0), (10.0, 30.0))
    low, high = random.choice(sizes)
    return {"do": "advance", "seconds": round(low + (high - low) * random.random(), 3)}


# Changes


def change(random: Random, world: World) -> Step:
    """One change, several at once, or a burst; mostly of what somebody waits for."""
    changes = [_change(random, world, _target(random, world)) for _turn in range(random.choice((1, 1, 1, 1, 2, 3)))]
    if random.random() < 0.25:  # to and fro at the same moment
        changes.append(_change(random, world, _dn_of(changes[0])))
    body: dict[str, Any] = {"changes": [each for one in changes for each in one]}
    if random.random() < 0.3:
        body["batch"] = True
    if random.random() < 0.2:
        body["force"] = True
    if random.random() < 0.1:
        body["copies"] = 2
    return {"do": "change", "body": body}


def _dn_of(changes: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    body = next(iter(changes[-1].values()))
    return body["dn"], body.get("class", "")


def _target(random: Random, world: World) -> tuple[str, str]:
    """(dn, class) of what is to change."""
    waits = [each for each in world.waits if not each.task.done()]
    if waits and random.random() < 0.6:
        goal = goal_of(random.choice(waits))
        found = [(mo.dn, mo.cls) for mo in world.switch.tree if goal.covers(mo.dn, mo.cls) and mo.cls in VALUES]
        if found:
            return random.choice(found)
    cls = random.choice(
        ("ethpmPhysIf", "ethpmPhysIf", "bgpPeerEntry", "bgpPeerEntry", "l2BD", "l2BD", "l1PhysIf", "bgpPeer")
    )
    return place(cls, random.choice((1, 1, 1, 2, 3))), cls


def _change(random: Random, world: World, target: tuple[str, str]) -> list[Mapping[str, Any]]:
    """One change of that MO, with what it needs: an MO that is gone comes back, with those above it."""
    dn, cls = target
    mo = world.switch.tree.get(dn)
    cls = cls or (mo.cls if mo else "")
    if mo is None:
        return revive(random, world, dn, cls)
    if random.random() < (0.4 if cls in ("l2BD", "l1PhysIf", "bgpPeer") else 0.1):
        if random.random() < 0.3 and world.switch.tree.get(dn) is not None:
            return [{"delete": {"dn": dn}}, {"create": {"dn": dn, "class": cls, "attributes": some(random, cls)}}]
        return [{"delete": {"dn": dn}}]
    return [{"set": {"dn": dn, "attributes": some(random, cls)}}]


def some(random: Random, cls: str) -> dict[str, str]:
    names = list(VALUES[cls])
    chosen = [names[0]] if random.random() < 0.6 else random.sample(names, random.randint(1, len(names)))
    return {name: random.choice(VALUES[cls][name]) for name in chosen}


def revive(random: Random, world: World, dn: str, cls: str) -> list[Mapping[str, Any]]:
    above = {"ethpmPhysIf": "l1PhysIf", "bgpPeerEntry": "bgpPeer"}.get(cls)
    parent = dn.rpartition("/phys")[0] if cls == "ethpmPhysIf" else dn.rpartition("/ent-")[0]
    made: list[Mapping[str, Any]] = []
    if above and world.switch.tree.get(parent) is None:
        made.append({"create": {"dn": parent, "class": above, "attributes": {}}})
    return [*made, {"create": {"dn": dn, "class": cls, "attributes": some(random, cls)}}] if cls else made


def goal_of(waiting: Waiting) -> Goal:
    return Goal(waiting.kind, waiting.options, waiting.query)


def satisfy(random: Random, world: World) -> Step:
    """What makes the condition of a wait true: of all of its MOs, or of some."""
    waits = [each for each in world.waits if not each.task.done()]
    if not waits:
        return change(random, world)
    goal = goal_of(random.choice(waits))
    scope = [mo for mo in world.switch.tree if goal.covers(mo.dn, mo.cls)]
    changes: list[Mapping[str, Any]] = []
    if goal.status:
        changes = [_notice(random, goal.status[0], mo.dn, mo.cls) for mo in scope[:2] if mo.cls in VALUES]
    elif goal.absent:
        changes = [{"delete": {"dn": mo.dn}} for mo in scope]
    else:
        changes = [{"set": {"dn": mo.dn, "attributes": _wanted(goal, mo.attributes)}} for mo in scope]
    if not scope and not goal.absent:
        for dn, line in Truth(world.switch.initial, world.switch.changes).scope(goal).items():
            changes += revive(random, world, dn, line.states[0].cls)
    if random.random() < 0.2:
        changes = changes[:1]
    return {"do": "change", "body": {"changes": changes, **({"batch": True} if random.random() < 0.3 else {})}}


def _notice(random: Random, status: str, dn: str, cls: str) -> Mapping[str, Any]:
    if status == "deleted":
        return {"delete": {"dn": dn}}
    return {"set": {"dn": dn, "attributes": some(random, cls)}, "force": True}


def _wanted(goal: Goal, attributes: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for name, want in goal.until.items():
        if name not in attributes:
            continue
        if isinstance(want, Mapping):
            found[name] = str(want["ge"]) if "ge" in want else "down" if want["ne"] == "up" else "idle"
        else:
            found[name] = want[0] if isinstance(want, list) else want
    return found


# Waits


def wait(random: Random, world: World) -> Step:
    options: dict[str, Any] = {"timeout": random.choice((3.0, 8.0, 15.0, 25.0, 40.0))}
    step: Step = {"do": "wait", "kind": "mo", "options": options}
    if random.random() < 0.2:
        step["kind"] = "interface"
        _interface(random, options)
    else:
        _mo(random, world, options)
    if random.random() < 0.2 and "fail_when" not in options:
        step["since"] = random.choice((0, 0, 1, 2, "now"))
    elif random.random() < 0.1:
        options["only_new"] = True
    if random.random() < 0.04:
        options["after_reconnect"] = True
    if "status" not in options and random.random() < 0.25:
        options["hold"] = round(random.choice((0.1, 0.5, 1.0, 2.0, 5.0)) * (0.5 + random.random()), 3)
        options["timeout"] = max(options["timeout"], options["hold"] + 2.0)
    return step


def _interface(random: Random, options: dict[str, Any]) -> None:
    numbers = sorted(random.sample(range(1, 7), random.choice((1, 1, 2, 3, 5))))
    options["name"] = ["Ethernet1/%d" % number for number in numbers]
    options["state"] = random.choice(("up", "up", "up", "down", "absent"))
    options["match"] = random.choice(("all", "all", "any", "2", "60%")) if len(numbers) > 1 else "all"
    if options["state"] != "absent" and random.random() < 0.2:
        options["fail_when"] = dict(FAIL_WHEN["ethpmPhysIf"])


def _mo(random: Random, world: World, options: dict[str, Any]) -> None:
    cls = random.choice(
        ("ethpmPhysIf", "ethpmPhysIf", "bgpPeerEntry", "bgpPeerEntry", "l2BD", "l2BD", "l1PhysIf", "bgpPeer")
    )
    named = [each for each in world.session.subscriptions if each.named] if world.session else []
    if named and random.random() < 0.35:
        chosen = random.choice(named)
        options["subscription"] = chosen.name
        cls = class_of(chosen.query.dn, chosen.query.cls)
        wide = chosen.query.paged
    elif random.random() < 0.4:
        cls, query = random.choice(WIDE)
        options.update({key: list(value) if isinstance(value, list) else value for key, value in query.items()})
        wide = True
    else:
        options["dn"] = place(cls, random.choice((1, 1, 1, 2)))
        wide = False
    kind = random.random()
    if kind < 0.12:
        options["state"] = "absent"
    elif kind < 0.27:
        options["status"] = random.sample(("created", "modified", "deleted"), random.choice((1, 1, 2)))
        if random.random() < 0.3 and "deleted" not in options["status"]:
            options["until"] = dict(random.choice(UNTIL[cls]))
    elif kind < 0.95:
        options["until"] = dict(random.choice(UNTIL[cls]))
        if random.random() < 0.2 and cls in FAIL_WHEN:
            options["fail_when"] = dict(FAIL_WHEN[cls])
    if wide:
        options["match"] = random.choice(("all", "any", "any", "1", "2", "50%", "80%"))
        if random.random() < 0.2 and cls in WHERE and "state" not in options:
            options["where"] = dict(WHERE[cls])
        if random.random() < 0.15 and "status" not in options and "state" not in options:
            options["min_count"] = random.choice((1, 2, 3))


def class_of(dn: str, cls: str) -> str:
    """The class that a named subscription of these schedules is about."""
    if cls:
        return cls
    for found, query in WIDE:
        if query.get("dn") == dn and dn not in (PORT % 1, PEER % 1):
            return found
    return next(name for name in CLASSES if dn in [place(name, number) for number in range(1, 7)])


# The rest


def other(random: Random, world: World) -> Step:
    """Subscriptions by name."""
    name = random.choice(NAMES)
    which = random.choice(("subscribe", "subscribe", "refresh", "forget"))
    if which != "subscribe":
        return {"do": which, "name": name}
    cls = random.choice(CLASSES)
    query = random.choice(WIDE)[1] if random.random() < 0.5 else {"dn": place(cls, random.choice((1, 1, 2)))}
    return {"do": "subscribe", "name": name, "query": dict(query)}


def fault(random: Random, kinds: Sequence[str]) -> Step:
    return faults.KINDS[random.choice(sorted(kinds))](random)


SHARES = ["advance"] * 17 + ["change"] * 9 + ["satisfy"] * 5 + ["wait"] * 9 + ["other"] * 2 + ["fault"] * 8
"""Which step comes next, in the shares that make schedules worth their time."""


def step(which: str, random: Random, world: World, kinds: Sequence[str]) -> Step:
    """A step of that sort. ``kinds`` are the schedule's faults."""
    if which == "fault" and kinds:
        return fault(random, kinds)
    if which in ("advance", "fault"):
        return advance(random)
    return {"change": change, "satisfy": satisfy, "wait": wait, "other": other}[which](random, world)
