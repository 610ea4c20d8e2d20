# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is in the way, in words."""

from __future__ import annotations

import pytest
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.errors import CertificateInvalid, NotNxapi
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.model import ConnectionOptions
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.rest import Reply
from ansible_collections.nxapi.events.plugins.plugin_utils.probe import reach
from ansible_collections.nxapi.events.plugins.plugin_utils.probe.certificate import fault_of, said_of, sentence_for
from ansible_collections.nxapi.events.plugins.plugin_utils.probe.findings import Sheet
from ansible_collections.nxapi.events.plugins.plugin_utils.probe.privacy import Privacy
from simulator import Options
from simulator.thread import running_in_thread

LEAF = ConnectionOptions("leaf1", 443, "admin", "x")
MOVED = "port 80 answers as NX-API: set ansible_httpapi_port to 80 and ansible_httpapi_use_ssl to false"


@pytest.mark.parametrize(
    ("state", "found", "words"),
    [
        (reach.REFUSES, (80, False), MOVED),
        (reach.SILENT, (80, False), MOVED),
        (reach.REFUSES, None, "'feature nxapi' off"),
        (reach.SILENT, None, "firewall"),
        (reach.AWAY, None, "wrong address"),
    ],
)
def test_advice_on_a_port(state: str, found: tuple[int, bool] | None, words: str) -> None:
    assert words in reach.advice(state, found)


@pytest.mark.parametrize(
    ("status", "server", "location", "reason", "words"),
    [
        (404, "nginx/1.7.10", "", "not_nxapi", "turn on 'feature nxapi'"),
        (404, "Apache", "", "not_nxapi", "not that of a switch (HTTP 404)"),
        (301, "nginx", "https://leaf1/", "not_nxapi", "redirects to https: set use_ssl to true"),
        (302, "", "/login", "not_nxapi", "not that of a switch (HTTP 302)"),
        (502, "nginx", "", "unreachable", "try again in a minute"),
        (503, "", "", "unreachable", "HTTP 503"),
    ],
)
def test_a_reply_that_is_not_of_nxapi(status: int, server: str, location: str, reason: str, words: str) -> None:
    found = reach.not_nxapi(LEAF, Reply(status, None, location), server)
    assert found.reason == reason and words in str(found) and str(found).startswith("port 443 of leaf1 ")


@pytest.mark.parametrize(
    ("said", "fault", "todo"),
    [
        ("certificate has expired", "expired", "renew it"),
        ("certificate is not yet valid", "", "clocks"),
        ("IP address mismatch, certificate is not valid for '192.0.2.1'", "wrong-name", "ansible_host"),
        ("self-signed certificate in certificate chain", "unknown-ca", "ansible_httpapi_ca_path"),
        ("unable to get local issuer certificate", "unknown-ca", "ansible_httpapi_ca_path"),
    ],
)
def test_a_certificate_that_does_not_verify(said: str, fault: str, todo: str) -> None:
    exc = CertificateInvalid("the certificate of leaf1:443 does not verify: %s. Give the CA as ca_path, or …" % said)
    assert said_of(exc) == said and fault_of(said) == fault
    assert todo in sentence_for(said, "leaf1:443")


def test_a_ca_that_cannot_be_read_is_no_fault_of_the_certificate() -> None:
    assert said_of(CertificateInvalid("ca_path /nowhere cannot be read as CA certificates (no such file).")) == ""


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_the_usual_port_that_answers_as_nxapi_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with running_in_thread(Options()) as plain, running_in_thread(Options(tls=True)) as secure:
        here = ConnectionOptions("127.0.0.1", 1, "admin", "x", request_timeout=5)
        for switch, tls in ((plain, False), (secure, True)):
            monkeypatch.setattr(reach, "USUAL", ((2, True), (switch.port, not tls), (switch.port, tls)))
            assert reach.usual_place(here) == (switch.port, tls)
        assert secure.stats()["logins"]["tries"] == 0
        switch.fault("http-error", status=404)
        assert reach.usual_place(here) is None


def test_a_web_server_here_and_nxapi_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with running_in_thread(Options()) as web, running_in_thread(Options()) as switch:
        web.fault("http-error", status=404)
        monkeypatch.setattr(reach, "USUAL", ((switch.port, False),))
        here = ConnectionOptions("127.0.0.1", web.port, "admin", "x", use_ssl=False)
        with pytest.raises(NotNxapi, match=f"port that 'show nxapi' names. But port {switch.port} answers as NX-API"):
            reach.reach(here, Sheet(Privacy()))
