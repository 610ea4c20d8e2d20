# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads: PROTOCOL.md sections 1, 3, 7 and the tables of section 8."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from simulator_client import OPER, PORT, Client, Start

LEAF_OBJECTS = [
    ("sys/intf/phys-[eth1/1]", "l1PhysIf", "adminSt", "up"),
    ("sys/intf/phys-[eth1/1]/phys", "ethpmPhysIf", "operSt", "up"),
    ("sys/intf/phys-[eth1/54/1]/phys", "ethpmPhysIf", "operSt", "up"),
    ("sys/intf/encrtd-[eth1/51.100]/encrtdif", "ethpmEncRtdIf", "operSt", "up"),
    ("sys/intf/aggr-[po10]/aggrif", "ethpmAggrIf", "operSt", "up"),
    ("sys/intf/lb-[lo0]/lbrtdif", "ethpmLbRtdIf", "operSt", "up"),
    ("sys/intf/svi-[vlan100]", "sviIf", "operSt", "up"),
    ("sys/mgmt-[mgmt0]/mgmt", "imMgmtIf", "operStQual", "link-up"),
    ("sys/eps/epId-1", "nvoEp", "operState", "up"),
    ("sys/intf/tunnelif-[tunnel1]", "tunnelifIf", "tunOperSt", "up"),
    ("sys/bgp/inst/dom-default/peer-[172.20.0.1]/ent-[172.20.0.1]", "bgpPeerEntry", "operSt", "established"),
    ("sys/ospf/inst-UNDERLAY/dom-default/if-[eth1/51]/adj-192.168.0.1", "ospfAdjEp", "operSt", "full"),
    ("sys/bfd/inst/session-1090519041", "bfdSess", "operSt", "up"),
    ("sys/vpc/inst/dom", "vpcDom", "peerSt", "up"),
    ("sys/vpc/inst/dom/keepalive/peerlink", "vpcPeerLink", "id", "po10"),
    ("sys/vpc/inst/dom/if-10", "vpcIf", "localOperSt", "up"),
    ("sys/bd/bd-[vlan-100]", "l2BD", "operSt", "up"),
    ("sys/intf/phys-[eth1/49]/aggrmbrif", "pcAggrMbrIf", "channelingSt", "channeling"),
    ("sys/lacp/inst/if-[eth1/49]/adj", "lacpAdjEp", "modTs", "never"),
    ("sys/hsrp/inst/if-[vlan100]/grp-1-ipv4", "hsrpGroup", "id", "1"),
    ("sys/vrrp/inst/if-[vlan200]/id-1", "vrrpId", "groupSt", "master"),
    ("sys/pim/inst/dom-default/if-[eth1/51]/ifdb-adj/adj-[172.20.0.1]", "pimAdjEp", "operSt", "up"),
    ("sys/eps/epId-1/peers/dy_peer-[172.17.1.203]", "nvoDyPeer", "state", "Up"),
    ("sys/eps/epId-1/nws/opervni-10100", "nvoOperNw", "state", "Up"),
    ("sys/ch/lcslot-1/lc", "eqptLC", "operSt", "online"),
    ("sys/ch/supslot-1/sup", "eqptSupC", "rdSt", "active"),
    ("sys/ch/ftslot-1/ft/fan-1", "eqptFan", "operSt", "ok"),
    ("sys/ch/psuslot-1/psu", "eqptPsu", "operSt", "ok"),
    ("sys/showversion", "sysmgrShowVersion", "nxosVersion", "10.5(6)"),
    ("sys", "topSystem", "name", "leaf1"),
    ("sys/fm/ifvlan", "fmInterfaceVlan", "operSt", "enabled"),
    ("sys/lldp/inst/if-[eth1/49]/adj-1", "lldpAdjEp", "sysName", "spine49"),
    ("sys/cdp/inst/if-[eth1/49]/adj-1", "cdpAdjEp", "devId", "spine49"),
    ("sys/evpn", "rtctrlL2Evpn", "operSt", "enabled"),
    ("sys/stp/inst/vlan-100/if-[eth1/1]", "stpVlanIf", "portState", "forwarding"),
]


@pytest.fixture
def client(start: Start) -> Client:
    return start()[1]


def names(client: Client, target: str) -> list[str]:
    return [attributes.get("id", attributes["dn"]) for _unused, attributes in client.get(target).mos]


def test_the_default_switch_has_every_object_of_the_tables(client: Client) -> None:
    for dn, cls, attribute, value in LEAF_OBJECTS:
        [(found, attributes)] = client.get(f"/api/mo/{dn}.json").mos
        assert (found, attributes["dn"], attributes[attribute]) == (cls, dn, value)


def test_the_default_switch_has_48_ports_six_uplinks_and_two_empty_cages(client: Client) -> None:
    ports = names(client, "/api/class/l1PhysIf.json")
    assert len(ports) == 48 + 5 + 2 and {"eth1/48", "eth1/53", "eth1/54/1", "eth1/54/2"} <= set(ports)
    absent = client.get('/api/class/ethpmPhysIf.json?query-target-filter=eq(ethpmPhysIf.operStQual,"xcvr-absent")')
    assert absent.json()["totalCount"] == "2"


def test_a_read_shows_text_only_with_empty_status_dn_and_no_rn(client: Client) -> None:
    [(_unused, attributes)] = client.get(f"/api/mo/{PORT}.json").mos
    assert all(isinstance(value, str) for value in attributes.values())
    assert (attributes["status"], attributes["childAction"], attributes["dn"]) == ("", "", PORT)
    assert "rn" not in attributes and attributes["mtu"] == "1500" and list(attributes) == sorted(attributes)


@pytest.mark.parametrize(
    "target",
    [
        "/api/mo/sys/intf/phys-[eth1/1].json",
        "/api/mo/sys/intf/phys-%5Beth1%2F1%5D.json",
        "/api//mo/sys//intf/phys-[eth1/1].json",
        "/api/node/mo/sys/intf/phys-[eth1/1].json?",
        "/api/node/class/l1PhysIf.json?query-target-filter=eq(l1PhysIf.id,%22eth1/1%22)",
        '/api/class/l1PhysIf.json?&query-target-filter=eq(l1PhysIf.id,"eth1/1")',
        '/api/node/class/sys/intf/l1PhysIf.json?query-target-filter=eq(l1PhysIf.id,"eth1/1")',
    ],
)
def test_urls_raw_encoded_doubled_and_aliased_mean_the_same(client: Client, target: str) -> None:
    assert names(client, target) == ["eth1/1"]


def test_absent_unknown_and_malformed_are_three_answers(client: Client) -> None:
    assert client.get("/api/mo/sys/intf/phys-[eth9/9].json").text == '{"totalCount":"0","imdata":[]}'
    assert client.get("/api/class/fmTelnet.json").json()["totalCount"] == "1"
    assert client.get("/api/class/nvoStPeer.json").text == '{"totalCount":"0","imdata":[]}'
    unknown = client.get("/api/class/noSuchClass.json")
    assert (unknown.status, unknown.error) == (400, {"code": "17", "text": "Unknown class noSuchClass"})
    for dn in ("sys/intf/phys-[eth1/1", "sys/intf/phys-eth1/1]", "nonsense/x"):
        reply = client.get(f"/api/mo/{dn}.json")
        assert (reply.status, reply.error["text"].partition(" ")[0]) == (400, "Invalid")


def test_an_unknown_page_is_nginx_html(client: Client) -> None:
    for target in ("/", "/api", "/api/mo/sys", "/api/mo/sys.txt", "/inside", "/api/nonsense.json"):
        reply = client.get(target)
        assert reply.status == 404 and "<center>nginx</center>" in reply.text
        assert reply.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 1),
        ("query-target=self", 1),
        ("query-target=children", 3),
        ("query-target=subtree", 4),
        ("target-subtree-class=ethpmPhysIf", 1),
        ("target-subtree-class=,ethpmPhysIf,rmonIfIn", 2),
        ("query-target=children&target-subtree-class=l1PhysIf", 0),
    ],
)
def test_query_target_and_classes_scope_a_read(client: Client, query: str, count: int) -> None:
    reply = client.get(f"/api/mo/{PORT}.json?{query}")
    assert reply.json()["totalCount"] == str(count) == str(len(reply.mos))


def test_a_class_query_takes_a_target_too(client: Client) -> None:
    reply = client.get("/api/class/pcAggrIf.json?query-target=subtree&target-subtree-class=ethpmAggrIf")
    assert [cls for cls, _unused in reply.mos] == ["ethpmAggrIf"]


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ('eq(l1PhysIf.id,"eth1/1")', {"eth1/1"}),
        ('and(eq(l1PhysIf.adminSt,"down"),wcard(l1PhysIf.id,"eth1/4"))', {"eth1/45", "eth1/46"}),
        ('and(eq(l1PhysIf.adminSt,"down"), ne(l1PhysIf.id,"eth1/45"))', {"eth1/46"}),
        ('or(eq(l1PhysIf.id,"eth1/1"),eq(l1PhysIf.id,"eth1/2"))', {"eth1/1", "eth1/2"}),
        ('and(wcard(l1PhysIf.id,"^eth1/[12]$"),not(eq(l1PhysIf.id,"eth1/1")))', {"eth1/2"}),
        ('xor(eq(l1PhysIf.adminSt,"down"),eq(l1PhysIf.id,"eth1/45"))', {"eth1/46"}),
        ('and(gt(l1PhysIf.mtu,"9000"),lt(l1PhysIf.id,"eth1/52"))', {"eth1/51"}),
        ('and(ge(l1PhysIf.mtu,"9216"),le(l1PhysIf.id,"eth1/51"))', {"eth1/51"}),
        ('bw(l1PhysIf.mtu,"9000","9500")', {"eth1/51", "eth1/52", "eth1/53"}),
        (
            "wcard(l1PhysIf.dn, eth1/5)",
            {"eth1/5", "eth1/50", "eth1/51", "eth1/52", "eth1/53", "eth1/54/1", "eth1/54/2"},
        ),
        ('and(true,eq(l1PhysIf.dn,"sys/intf/phys-[eth1/3]"))', {"eth1/3"}),
        ("false", set()),
        ("eq(l1PhysIf.adminSt,'down')", set()),
        ('anybit(l1PhysIf.userCfgdFlags,"admin_layer,admin_state")', {"eth1/45", "eth1/46"}),
        ('allbits(l1PhysIf.userCfgdFlags,"admin_layer,admin_state")', set()),
        ('eq(ethpmPhysIf.operSt,"up")', set()),
        ("created()", set()),
    ],
)
def test_the_filter_grammar(client: Client, expression: str, found: set[str]) -> None:
    target = f"/api/class/l1PhysIf.json?query-target-filter={expression}".replace(" ", "%20")
    assert set(names(client, target)) == found


@pytest.mark.parametrize(
    "expression",
    [
        "eq(l1PhysIf.id",
        'eq(l1PhysIf.id,"a","b")',
        'like(l1PhysIf.id,"a")',
        "and()",
        'eq(l1PhysIf.nothing,"a")',
        'eq(noClass.id,"a")',
        'eq(id,"a")',
        'eq(l1PhysIf.id,"a"))',
        'not(eq(l1PhysIf.id,"a"),eq(l1PhysIf.id,"b"))',
        "(" * 500,
        "and(" * 500,
        'eq(l1PhysIf.id,"unclosed)',
    ],
)
def test_a_bad_filter_is_a_bad_request_with_a_text(client: Client, expression: str) -> None:
    reply = client.get(f"/api/class/l1PhysIf.json?query-target-filter={expression}")
    assert reply.status == 400 and reply.error["text"]


def test_rsp_subtree_nests_children_with_rn_and_without_dn(client: Client) -> None:
    [port] = client.get(f"/api/mo/{PORT}.json?rsp-subtree=children").json()["imdata"]
    children = {cls: body["attributes"] for child in port["l1PhysIf"]["children"] for cls, body in child.items()}
    assert children["ethpmPhysIf"]["rn"] == "phys" and "dn" not in children["ethpmPhysIf"]
    [eps] = client.get("/api/mo/sys/eps.json?rsp-subtree=full&rsp-subtree-class=nvoDyPeer").json()["imdata"]
    [ep] = eps["nvoEps"]["children"]
    [peers] = ep["nvoEp"]["children"]
    assert [list(peer) for peer in peers["nvoPeers"]["children"]] == [["nvoDyPeer"]] * 2
    [eps] = client.get("/api/mo/sys/eps.json").json()["imdata"]
    assert "children" not in eps["nvoEps"]


def test_rsp_subtree_filter_required_and_count(client: Client) -> None:
    down = 'rsp-subtree-filter=eq(ethpmPhysIf.operSt,"down")'
    wanted = f"rsp-subtree=children&rsp-subtree-class=ethpmPhysIf&{down}"
    assert len(client.get(f"/api/class/l1PhysIf.json?{wanted}").mos) == 55
    reply = client.get(f"/api/class/l1PhysIf.json?{wanted}&rsp-subtree-include=required")
    assert {mo["id"] for _unused, mo in reply.mos} == {"eth1/45", "eth1/46", "eth1/47", "eth1/48"}
    [(cls, count)] = client.get("/api/class/l1PhysIf.json?rsp-subtree-include=count").mos
    assert (cls, count["count"]) == ("moCount", "55")


def test_rsp_prop_include_chooses_attributes(client: Client) -> None:
    def shown(props: str, dn: str = PORT) -> set[str]:
        return set(client.get(f"/api/mo/{dn}.json?rsp-prop-include={props}").mos[0][1])

    assert shown("naming-only") == {"dn", "id"}
    assert {"adminSt", "mtu", "dn"} <= shown("config-only") and not {"modTs", "switchingSt"} & shown("config-only")
    assert shown("config-only", OPER) == {"dn"}
    assert shown("set-config-only", "sys/intf/phys-[eth1/51]") == {"dn", "id", "adminSt", "layer", "mtu"}
    assert {"modTs", "status", "switchingSt"} <= shown("all")


def test_order_and_pages_cut_the_list_and_total_count_is_of_all(client: Client) -> None:
    order = "order-by=l1PhysIf.adminSt|asc,l1PhysIf.id|desc"
    reply = client.get(f"/api/class/l1PhysIf.json?{order}&page=0&page-size=3")
    assert reply.json()["totalCount"] == "55" and [mo["id"] for _unused, mo in reply.mos] == [
        "eth1/46",
        "eth1/45",
        "eth1/9",
    ]
    pages = [names(client, f"/api/class/l1PhysIf.json?{order}&page={page}&page-size=20") for page in range(4)]
    assert [len(page) for page in pages] == [20, 20, 15, 0] and len({name for page in pages for name in page}) == 55
    numbers = names(client, "/api/class/l1PhysIf.json?order-by=l1PhysIf.mtu|desc&page-size=3")
    assert set(numbers) == {"eth1/51", "eth1/52", "eth1/53"}


@pytest.mark.parametrize("query", ["page=x", "page-size=0", "page-size=-1", "order-by=id", "order-by=l1PhysIf.x|asc"])
def test_a_bad_page_or_order_is_a_bad_request(client: Client, query: str) -> None:
    assert client.get(f"/api/class/l1PhysIf.json?{query}").status == 400
    assert client.get("/api/class/l1PhysIf.json?rsp-prop-include=some").status == 400
    assert client.get("/api/class/l1PhysIf.json?query-target=parent").status == 400


def test_without_an_order_lists_may_differ_each_time(start: Start) -> None:
    _unused, client = start(unstable_order=True)
    assert len({tuple(names(client, "/api/class/l1PhysIf.json")) for _unused in range(4)}) > 1


def test_xml_says_the_same_as_json(client: Client) -> None:
    reply = client.get(f"/api/mo/{PORT}.xml?rsp-subtree=full")
    root = ElementTree.fromstring(reply.text)
    assert reply.headers["Content-Type"].startswith("text/xml") and root.get("totalCount") == "1"
    [port] = client.get(f"/api/mo/{PORT}.json?rsp-subtree=full").json()["imdata"]
    assert root[0].attrib == port["l1PhysIf"]["attributes"]
    assert [child.tag for child in root[0]] == [next(iter(child)) for child in port["l1PhysIf"]["children"]]
    error = client.get("/api/class/noSuchClass.xml")
    assert error.status == 400 and ElementTree.fromstring(error.text)[0].get("code") == "17"


def test_no_request_is_an_internal_error(client: Client) -> None:
    odd = [
        "%",
        "%zz",
        "a" * 5000,
        "[" * 300,
        "..",
        "~",
        "\u00e9".encode().hex(),
        "sys/%00",
        "sys/;x",
        "[]",
        "/",
        "a//b",
    ]
    for name in odd:
        for target in (
            f"/api/mo/{name}.json",
            f"/api/class/{name}.xml",
            f"/api/mo/sys.json?query-target-filter={name}",
        ):
            assert client.get(target).status in (200, 400, 404), target
        assert client.post(f"/api/mo/{name}.json", {"l1PhysIf": {"attributes": {}}}).status in (200, 400, 404)
