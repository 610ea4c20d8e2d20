# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The first questions, without a credential: does the name resolve, which port answers, does the certificate verify, and
is it NX-API that answers? Nothing secret is sent."""

from __future__ import annotations

import ipaddress
import socket
import ssl
from contextlib import suppress
from dataclasses import replace

from ..engine.errors import CertificateInvalid, EngineError, NameUnresolved, NotNxapi, Unanswered, Unreachable
from ..engine.model import ConnectionOptions
from ..engine.rest import Reply, proxy_for, tls_context
from .certificate import fault_of, said_of, sentence_for
from .findings import Sheet
from .wire import Rest

CONNECT = 5.0
"""Seconds for a TCP connection of our own; a switch on the network answers in milliseconds."""

USUAL = ((443, True), (80, False))
"""Where NX-API is if nobody moved it, and whether with TLS."""

UNKNOWN = "/api/class/topSystem.json"
"""What is asked without a login; NX-API answers with an error object."""

ANSWERS, REFUSES, SILENT, AWAY = "answers", "refuses", "does not answer", "cannot be reached"


def reach(options: ConnectionOptions, sheet: Sheet) -> None:
    """:raises EngineError: what is in the way, and what to do about it."""
    proxy = proxy_for(options)
    if proxy:
        sheet.say("proxy", "The environment names one, so names and ports are the proxy's matter.")
    else:
        resolve(options, sheet)
        port(options, sheet)
    try:
        nxapi(options, sheet)
    except CertificateInvalid:
        _tls(options, sheet)
        raise
    except (NotNxapi, Unreachable) as exc:
        if proxy:
            hint = (
                "It was asked through the proxy that the environment names: look there too, or set use_proxy to false."
            )
            failure: EngineError = type(exc)("%s. %s" % (str(exc).rstrip("."), hint))
        else:
            failure = _elsewhere(_silence(exc), options)
    else:
        _tls(options, sheet)
        return
    raise failure


def _tls(options: ConnectionOptions, sheet: Sheet) -> None:
    """Only an answer shows it: what the task says of TLS may be wrong."""
    sheet.found("tls", options.use_ssl, "yes" if options.use_ssl else "no, plain HTTP and WS")


def resolve(options: ConnectionOptions, sheet: Sheet) -> None:
    host = options.host.strip("[]")
    with suppress(ValueError):
        ipaddress.ip_address(host.partition("%")[0])
        sheet.say("name", "An address is given, so no name has to resolve.")
        return
    try:
        found = socket.getaddrinfo(host, options.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NameUnresolved("the name %s does not resolve; check host or ansible_host." % options.host) from None
    sheet.privacy.hide(*(str(each[4][0]) for each in found))
    sheet.say("name", "It resolves, to %d address%s." % (len(found), "" if len(found) == 1 else "es"))


def port(options: ConnectionOptions, sheet: Sheet) -> None:
    """Whether the configured port answers; else where NX-API is instead."""
    state = _state(options)
    sheet.say("port", "Port %d %s." % (options.port, state))
    if state == ANSWERS:
        return
    found = usual_place(options)
    if found:
        sheet.say("port", "Port %d answers as NX-API." % found[0])
    raise Unreachable("port %d of %s %s; %s." % (options.port, options.host, state, advice(state, found)))


def advice(state: str, found: tuple[int, bool] | None) -> str:
    """What to do where the port does not answer. ``found``: a usual port that answers as NX-API, and whether with TLS."""
    if found:
        return move_to(found)
    if state == REFUSES:
        return (
            "the switch may be up with 'feature nxapi' off: turn it on, or give the port that 'show nxapi' names as "
            "ansible_httpapi_port"
        )
    return "look for a wrong address, a switch that is off, or a firewall in between"


def move_to(found: tuple[int, bool]) -> str:
    return "port %d answers as NX-API: set ansible_httpapi_port to %d and ansible_httpapi_use_ssl to %s" % (
        found[0],
        found[0],
        "true" if found[1] else "false",
    )


def usual_place(options: ConnectionOptions) -> tuple[int, bool] | None:
    """Another port that answers as NX-API. Asked without verification: it is told nothing."""
    for number, tls in USUAL:
        if (number, tls) != (options.port, options.use_ssl):
            other = replace(options, port=number, use_ssl=tls, validate_certs=False, request_timeout=CONNECT)
            with suppress(EngineError):
                if _state(other) == ANSWERS and _ask(other)[0].document is not None:
                    return number, tls
    return None


def _state(options: ConnectionOptions) -> str:
    try:
        place = (options.host.strip("[]"), options.port)
        socket.create_connection(place, min(CONNECT, options.request_timeout)).close()
    except ConnectionRefusedError:
        return REFUSES
    except TimeoutError:
        return SILENT
    except OSError:
        return AWAY
    return ANSWERS


def nxapi(options: ConnectionOptions, sheet: Sheet) -> None:
    """TLS, the certificate, and whether an error of NX-API comes back."""
    reply, server = _verified(options, sheet) if options.use_ssl else _plain(options)
    if reply.document is None:
        raise not_nxapi(options, reply, server)
    sheet.say("NX-API", "It answers, so 'feature nxapi' is on; without a login with HTTP %d." % reply.status)


def _plain(options: ConnectionOptions) -> tuple[Reply, str]:
    """nginx answers plain HTTP on a port of TLS with a page, others with an end."""
    try:
        reply, server = _ask(options)
    except (NotNxapi, Unanswered) as exc:
        failure: EngineError = exc
    else:
        if reply.document is not None or reply.status != 400:
            return reply, server
        failure = not_nxapi(options, reply, server)
    if not proxy_for(options) and _speaks_tls(options):
        failure = NotNxapi("port %d of %s speaks TLS: set use_ssl to true." % (options.port, options.host))
    raise failure


def _verified(options: ConnectionOptions, sheet: Sheet) -> tuple[Reply, str]:
    """Asked with verification first, whatever the task wants, because that is worth knowing."""
    try:
        found = _ask(replace(options, validate_certs=True))
    except CertificateInvalid as exc:
        said = said_of(exc)
        if not said:
            raise
        fault = fault_of(said)
        if fault:
            sheet.found("tls_fault", fault, said)
        else:
            sheet.odd("tls_fault", said)
        failure = CertificateInvalid(sentence_for(said, options.address))
    else:
        sheet.found("tls_fault", "none", "nothing, it verifies")
        return found
    if options.validate_certs:
        raise failure
    return _ask(options)


def _ask(options: ConnectionOptions) -> tuple[Reply, str]:
    """The reply, and what calls itself the server."""
    rest = Rest(options, tls_context(options.validate_certs, options.ca_path) if options.use_ssl else None)
    try:
        return rest.request("GET", UNKNOWN), rest.server
    finally:
        rest.close()


def _speaks_tls(options: ConnectionOptions) -> bool:
    context = tls_context(False, None)
    try:
        with socket.create_connection((options.host.strip("[]"), options.port), CONNECT) as plain:
            plain.settimeout(CONNECT)
            with context.wrap_socket(plain, server_hostname=options.host.strip("[]")):
                return True
    except (OSError, ssl.SSLError, ValueError):
        return False


def not_nxapi(options: ConnectionOptions, reply: Reply, server: str) -> EngineError:
    """What a reply means that is no NX-API document."""
    scheme = reply.location.partition("://")[0]
    where, nginx = "port %d of %s" % (options.port, options.host), "nginx" in server.lower()
    if scheme in ("http", "https") and 300 <= reply.status < 400:
        tls = "true" if scheme == "https" else "false"
        return NotNxapi("%s redirects to %s: set use_ssl to %s, and the port." % (where, scheme, tls))
    if reply.status >= 500:
        return Unreachable(
            "%s answers HTTP %d: its web server is up, but NX-API behind it is not. While a switch boots or turns the "
            "feature on that is normal, so try again in a minute." % (where, reply.status)
        )
    if nginx:
        return NotNxapi(
            "%s is an nginx without NX-API REST (HTTP %d): turn on 'feature nxapi' if this is the switch, or give the "
            "port that 'show nxapi' names." % (where, reply.status)
        )
    return NotNxapi(
        "%s is a web server, but not that of a switch (HTTP %d): check the address, and the port that 'show nxapi' "
        "names." % (where, reply.status)
    )


def _silence(exc: EngineError) -> EngineError:
    if not str(exc).startswith("no complete answer"):
        return exc
    hint = "Something takes connections there and says nothing: is it the port that 'show nxapi' names?"
    return type(exc)("%s %s" % (exc, hint))


def _elsewhere(exc: EngineError, options: ConnectionOptions) -> EngineError:
    found = usual_place(options)
    if found is None or "set use_ssl" in str(exc):
        return exc
    return type(exc)("%s But %s." % (str(exc), move_to(found)))
