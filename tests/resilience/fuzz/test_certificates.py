# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates as switches make them for themselves, without formal extensions: every Python takes those that curl takes.

Chain, dates and name are verified nevertheless, for REST and for the socket.
"""

from __future__ import annotations

import datetime
import ipaddress
import resource
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.errors import CertificateInvalid, Unreachable
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.model import ConnectionOptions
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.rest import RestClient, TlsContexts, tls_context
from ansible_collections.nxapi.events.plugins.plugin_utils.engine.stream import Stream
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from support.rawserver import EMPTY, Peer, RawServer, keep, reply

DAY = datetime.timedelta(days=1)
Key = ec.EllipticCurvePrivateKey


@dataclass
class Issued:
    key: Key
    certificate: x509.Certificate

    def write(self, path: Path) -> Path:
        pem = serialization.Encoding.PEM
        key = self.key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        path.write_bytes(self.certificate.public_bytes(pem) + key)
        return path


def issue(
    name: str,
    by: Issued | None = None,
    ca: bool = False,
    address: str = "127.0.0.1",
    days: int = 30,
    strict: bool = False,
) -> Issued:
    """``strict``: with all that RFC 5280 wants; without, as bare as openssl makes them by hand."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.datetime.now(datetime.timezone.utc)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signer = by.key if by else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - 60 * DAY)
        .not_valid_after(now + days * DAY)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=strict)
    )
    if not ca:
        names = [x509.IPAddress(ipaddress.ip_address(address))]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    if strict:
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
        builder = builder.add_extension(identifier, critical=False)
    return Issued(key, builder.sign(signer, hashes.SHA256()))


def upgrade(peer: Peer) -> None:
    peer.upgrade()
    peer.wait()


@contextmanager
def serving(folder: Path, *chain: Issued) -> Iterator[tuple[RawServer, RawServer]]:
    """A REST server and a WebSocket server that show this chain."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    path = chain[0].write(folder / "server.pem")
    with path.open("ab") as file:
        for each in chain[1:]:
            file.write(each.certificate.public_bytes(serialization.Encoding.PEM))
    context.load_cert_chain(path)
    with ExitStack() as stack:
        answers = (keep(reply(EMPTY)), upgrade)
        rest, socket = (stack.enter_context(RawServer(answer, tls=context)) for answer in answers)
        yield rest, socket


def both(servers: tuple[RawServer, RawServer], ca_path: Path) -> None:
    """Ask by REST and open the socket; both have to say the same of the certificate."""
    refusals = []
    for server in servers:
        options = ConnectionOptions("127.0.0.1", server.port, "a", "b", True, True, str(ca_path), False, 5.0)
        context = TlsContexts().get(options)
        try:
            if server is servers[0]:
                client = RestClient(options, context)
                client.request("GET", "/api/mo/sys.json", "T")
                client.close()
            else:
                Stream.open(options, "T", context).close()
        except CertificateInvalid as exc:
            refusals.append(str(exc))
    assert len(refusals) in (0, 2), "REST and the socket differ"
    if refusals:
        raise CertificateInvalid(refusals[0])


def test_a_certificate_that_a_switch_made_for_itself_is_taken_where_it_is_the_trusted_one(tmp_path: Path) -> None:
    own = issue("switch")
    with serving(tmp_path, own) as servers:
        both(servers, own.write(tmp_path / "ca.pem"))


def test_a_certificate_without_the_formal_extensions_is_taken_if_its_chain_verifies(tmp_path: Path) -> None:
    ca = issue("CA", ca=True)
    with serving(tmp_path, issue("switch", ca)) as servers:
        both(servers, ca.write(tmp_path / "ca.pem"))


def test_an_intermediate_ca_may_be_the_trusted_one(tmp_path: Path) -> None:
    root = issue("root", ca=True, strict=True)
    middle = issue("middle", root, ca=True, strict=True)
    with serving(tmp_path, issue("switch", middle, strict=True), middle) as servers:
        both(servers, middle.write(tmp_path / "ca.pem"))


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("wrong", ["name", "dates", "CA", "issuer's dates", "no CA"])
def test_what_does_not_verify_is_refused_all_the_same(tmp_path: Path, wrong: str, strict: bool) -> None:
    ca = issue("CA", ca=wrong != "no CA", strict=strict, days=-1 if wrong == "issuer's dates" else 30)
    trusted = issue("CA", ca=True, strict=strict) if wrong == "CA" else ca
    address = "192.0.2.1" if wrong == "name" else "127.0.0.1"
    days = -1 if wrong == "dates" else 30
    with serving(tmp_path, issue("switch", ca, address=address, days=days, strict=strict)) as servers:
        with pytest.raises(CertificateInvalid, match="does not verify"):
            both(servers, trusted.write(tmp_path / "ca.pem"))
        assert not servers[0].requests and not servers[1].requests  # neither cookie nor token was sent


@pytest.mark.parametrize("given", [True, False], ids=["ca_path", "default"])
def test_without_a_file_descriptor_there_is_no_context_rather_than_one_without_cas(tmp_path: Path, given: bool) -> None:
    """OpenSSL says nothing where it cannot open the CA bundle, and such a context would be kept for the whole run."""
    path = str(issue("CA", ca=True).write(tmp_path / "ca.pem")) if given else None
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, limits[1]))
    try:
        with pytest.raises(Unreachable, match="file descriptor"):
            tls_context(True, path)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert tls_context(True, path).verify_mode == ssl.CERT_REQUIRED
