# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A throwaway certificate authority and server certificates, in a folder that only its owner can read."""

from __future__ import annotations

import datetime
import ipaddress
import shutil
import ssl
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

FAULTS = ("none", "wrong-name", "expired", "unknown-ca")
_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Material:
    """``ca_path`` is what a client is told to trust; under the fault unknown-ca it is not who signed."""

    folder: Path
    contexts: Mapping[str, ssl.SSLContext]
    """By the host that a certificate is for."""

    @property
    def context(self) -> ssl.SSLContext:
        return next(iter(self.contexts.values()))

    def context_for(self, host: str) -> ssl.SSLContext:
        return self.contexts.get(host, self.context)

    @property
    def ca_path(self) -> str:
        return str(self.folder / "ca.pem")

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def make(fault: str = "none", *hosts: str) -> Material:
    """Fresh keys each time; mkdtemp makes the folder 0700. A certificate for each of ``hosts``, and localhost, 127.0.0.1 and
    ::1 besides: one that named a thousand addresses would cost whoever verifies it 0.1 MB a connection."""
    folder = Path(tempfile.mkdtemp(prefix="nxapi-simulator-"))
    try:
        ca_key, ca = _authority("nxapi.events simulator CA")
        shown = _authority("nxapi.events another CA")[1] if fault == "unknown-ca" else ca
        (folder / "ca.pem").write_bytes(shown.public_bytes(serialization.Encoding.PEM))
        contexts = {host: _context(folder, *_server(ca_key, ca, fault, host)) for host in hosts or ("127.0.0.1",)}
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return Material(folder, contexts)


def _context(folder: Path, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> ssl.SSLContext:
    """The files are those of the last certificate; OpenSSL reads them only here."""
    (folder / "server.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "server.key").write_bytes(_pem(key))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    return context


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _authority(name: str) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.datetime.now(datetime.timezone.utc)
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _DAY)
        .not_valid_after(now + 30 * _DAY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return key, builder.sign(key, hashes.SHA256())


def _server(
    ca_key: ec.EllipticCurvePrivateKey, ca: x509.Certificate, fault: str, host: str
) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.datetime.now(datetime.timezone.utc)
    names: list[x509.GeneralName] = [x509.DNSName("switch.invalid")]
    if fault != "wrong-name":
        texts = dict.fromkeys(("127.0.0.1", "::1", host))
        addresses = [x509.IPAddress(ipaddress.ip_address(text)) for text in texts]
        names = [x509.DNSName("localhost"), *addresses]
    begin, end = (now - 3 * _DAY, now - _DAY) if fault == "expired" else (now - _DAY, now + 30 * _DAY)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name("switch.invalid" if fault == "wrong-name" else "localhost"))
        .issuer_name(ca.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False)
    )
    return key, builder.sign(ca_key, hashes.SHA256())
