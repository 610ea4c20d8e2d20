# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The codec on every recording of this protocol that is known, and XML against its JSON twin."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from ansible_collections.nxapi.events.plugins.plugin_utils.engine import codec
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.errors import BadDocument
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.model import Document, ManagedObject, SwitchError

PAYLOADS = Path(__file__).parents[3] / "fixtures" / "payloads"
RECORDINGS = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(PAYLOADS.glob("*.json"))}
WIRES = {name: recording["wire"] for name, recording in RECORDINGS.items()}
LOGINS = (
    "ansible-aci-login-reply-1",
    "ansible-aci-xml-login-reply-0",
    "nxos-login-reply",
    "pyaci-xml-0",
    "pyaci-xml-1",
    "pyaci-xml-2",
    "pyaci-xml-3",
)


def twin(xml: str) -> str:
    """The JSON that a switch would have sent for this XML, made without the codec."""

    def converted(element: ElementTree.Element) -> dict[str, object]:
        body: dict[str, object] = {"attributes": dict(element.attrib)}
        if len(element):
            body["children"] = [converted(child) for child in element]
        return {element.tag: body}

    root = ElementTree.fromstring(xml)
    result: dict[str, object] = {"imdata": [converted(child) for child in root]}
    if "totalCount" in root.attrib:
        result["totalCount"] = root.attrib["totalCount"]
    if "subscriptionId" in root.attrib:
        result["subscriptionId"] = root.attrib["subscriptionId"].split(",")
    return json.dumps(result)


# What each recording says: classes in order, ids, total, error code. Read off the recordings by eye.
EXPECTED: dict[str, tuple[str, str, int | None, str]] = {
    "ansible-aci-error-login-0": ("", "", 1, "401"),
    "ansible-aci-error-login-2": ("", "", 1, "401"),
    "ansible-aci-login-reply-1": ("aaaLogin DnDomainMapEntry DnDomainMapEntry DnDomainMapEntry", "", 1, ""),
    "ansible-aci-xml-error-login-0": ("", "", 1, "401"),
    "ansible-aci-xml-login-reply-0": ("aaaLogin DnDomainMapEntry DnDomainMapEntry DnDomainMapEntry", "", 1, ""),
    "apic-108-notification-created": ("fvTenant", "72057628414509057", None, ""),
    "apic-403-token-timeout": ("", "", 1, "403"),
    "apic-405-no-open-socket": ("", "", 1, "405"),
    "apic-deleted-2-ids": ("fvTenant", "72057611234639895 72057611234640073", None, ""),
    "apic-deleted-4-ids": (
        "fvTenant",
        "72057843163791520 72057843163791488 72057843163791521 72057843163791516",
        None,
        "",
    ),
    "apic-deleted-child": ("fvRsTenantMonPol", "72057843163791523", None, ""),
    "apic-inspector-created-4-ids": (
        "vzBrCP",
        "72057598349803551 72057598349803552 72057598349803553 72057598349803561",
        None,
        "",
    ),
    "apic-inspector-l3ext-created": ("l3extLNodeP", "72059105883455781", None, ""),
    "apic-inspector-subscribe-reply": ("vzBrCP vzBrCP vzSubj", "72057598349803562", 2, ""),
    "apic-json-notification-2mo": ("fvAEPg fvAEPg", "72060695021486081", None, ""),
    "apic-refresh-ok": ("", "", 0, ""),
    "apic-refresh-ok-1.0": ("", "", None, ""),
    "apic-session-created": ("aaaActiveUserSession", "72066106679951361", None, ""),
    "apic-subscribe-reply-fabricTopology": ("fabricTopology", "72057761559216131", 1, ""),
    "apic-tac-notification-modified": ("fvBD", "72059075820650497", None, ""),
    "apic-xml-notification-3mo": ("fvAEPg fvAEPg fvAEPg", "72342148523360257", None, ""),
    "nxos-403-no-cookie": ("", "", None, "403"),
    "nxos-doc-notification": ("I1PhysIf", "18374686685813276673", None, ""),
    "nxos-doc-subscribe-reply": ("", "18374686685813276673", 0, ""),
    "nxos-error-faulty-dn": ("", "", None, "1"),
    "nxos-login-reply": ("aaaLogin", "", None, ""),
    "pyaci-xml-0": ("aaaLogin DnDomainMapEntry DnDomainMapEntry DnDomainMapEntry", "", 1, ""),
    "pyaci-xml-1": ("aaaLogin DnDomainMapEntry DnDomainMapEntry DnDomainMapEntry", "", 1, ""),
    "pyaci-xml-2": ("aaaLogin DnDomainMapEntry DnDomainMapEntry DnDomainMapEntry", "", 1, ""),
    "pyaci-xml-3": ("aaaLogin", "", 1, ""),
    "yapyaci-class_fvTenant": ("fvTenant fvTenant fvTenant fvTenant fvTenant fvTenant fvTenant fvTenant", "", 8, ""),
    "yapyaci-mo_tenant_subtree": ("fvTenant fvCtx fvBD fvRsCtx fvAp fvAEPg fvRsBd", "", 1, ""),
    "yapyaci-subscription": ("fvBD", "72057594037936129", 1, ""),
}


def test_every_recording_has_its_expectation() -> None:
    assert set(EXPECTED) == set(RECORDINGS)


@pytest.mark.parametrize("name", RECORDINGS)
def test_every_recording_says_what_it_says(name: str) -> None:
    found = codec.decode(WIRES[name])
    classes, ids, total, code = EXPECTED[name]
    assert [mo.cls for mo in found.objects] == classes.split()
    assert found.subscription_ids == tuple(ids.split())
    assert found.total == total
    assert (found.error.code if found.error else "") == code


@pytest.mark.parametrize("name", RECORDINGS)
def test_every_recording_reads_the_same_as_bytes_and_with_a_byte_order_mark(name: str) -> None:
    raw = WIRES[name].encode("utf-8")
    assert (
        codec.decode(raw)
        == codec.decode(b"\xef\xbb\xbf \r\n" + raw)
        == codec.decode("\ufeff" + WIRES[name])
        == codec.decode(WIRES[name])
    )


@pytest.mark.parametrize("name", [name for name, recording in RECORDINGS.items() if recording["format"] == "xml"])
def test_an_xml_recording_gives_what_its_json_twin_would(name: str) -> None:
    assert codec.decode(WIRES[name]) == codec.decode(twin(WIRES[name]))


@pytest.mark.parametrize("name", RECORDINGS)
def test_every_truncation_of_a_recording_is_a_bad_document(name: str) -> None:
    wire = WIRES[name].rstrip().encode("utf-8")
    for length in {*range(0, len(wire), max(1, len(wire) // 200)), len(wire) - 1}:
        with pytest.raises(BadDocument):
            codec.decode(wire[:length])


@pytest.mark.parametrize("name", LOGINS)
def test_every_login_reply_gives_its_token_and_lifetime(name: str) -> None:
    found = codec.token_of(codec.decode(WIRES[name]))
    assert found is not None
    token, lifetime = found
    assert token in WIRES[name] and len(token) >= 172
    assert lifetime == 600.0


@pytest.mark.parametrize("name", sorted(set(RECORDINGS) - set(LOGINS)))
def test_no_other_recording_has_a_token(name: str) -> None:
    assert codec.token_of(codec.decode(WIRES[name])) is None


def test_the_guides_notification_in_full() -> None:
    found = codec.decode(WIRES["nxos-doc-notification"])
    attributes = {"descr": "test", "modTs": "2019-10-18T19:42:29.446+00:00"}
    assert found == Document(
        objects=(ManagedObject("I1PhysIf", "sys/intf/phys-[eth1/1]", attributes, "modified"),),
        subscription_ids=("18374686685813276673",),
    )


def test_the_switchs_error_text_is_kept_with_its_line_feed_and_slashes() -> None:
    found = codec.decode(WIRES["nxos-error-faulty-dn"])
    assert found.error == SwitchError(
        "1", "No Local User exists with name MY_USER\nfaulty_dn=sys/snmp/inst/lclUser-SNMP_USER"
    )


def test_children_get_their_dn_from_the_parent_and_their_rn() -> None:
    dns = [mo.dn for mo in codec.decode(WIRES["yapyaci-mo_tenant_subtree"]).objects]
    application = "uni/tn-Alpha/ap-stream-main.bravo.ap"
    assert dns == [
        "uni/tn-Alpha",
        "uni/tn-Alpha/ctx-alpha.main.vrf",
        "uni/tn-Alpha/BD-main.alpha.bd",
        "uni/tn-Alpha/BD-main.alpha.bd/rsctx",
        application,
        application + "/epg-stream-main.1220.bravo.epg",
        application + "/epg-stream-main.1220.bravo.epg/rsbd",
    ]


def test_the_repeated_objects_of_a_recorded_frame_are_one() -> None:
    assert len(codec.distinct(codec.decode(WIRES["apic-xml-notification-3mo"]).objects)) == 1
    assert len(codec.distinct(codec.decode(WIRES["apic-json-notification-2mo"]).objects)) == 1
