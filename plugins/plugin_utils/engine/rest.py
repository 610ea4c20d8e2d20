# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""REST over requests: one request, its reply decoded, its failure worded. Blocking; the session runs it in a thread.

Facts that shaped it (PROTOCOL): exactly one cookie, set by hand, since a second one silently kills the pushes (APIC,
root-caused live); brackets and quotes go raw in the request line; the format follows the URL's suffix; an error
object counts whatever the status; only an ``imdata`` root is NX-API.
"""

from __future__ import annotations

import errno
import os
import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from .codec import decode
from .errors import BadDocument, CertificateInvalid, EngineError, NameUnresolved, NotNxapi, Unanswered, Unreachable
from .meter import Meter, MeteredConnection, TooMuch, spoke_no_http
from .model import ConnectionOptions, Document

try:
    import requests
    from requests.adapters import HTTPAdapter
    from requests.exceptions import BaseHTTPError  # type: ignore[attr-defined]
    from requests.utils import get_environ_proxies, select_proxy
except ImportError as import_error:
    REQUESTS_IMPORT_ERROR: ImportError | None = import_error
    HTTPAdapter = object  # type: ignore[misc,assignment]
else:
    REQUESTS_IMPORT_ERROR = None

MAX_REPLY = 64 * 1024 * 1024
"""Bytes of one reply at most, head and framing included; a page of 2,000 MOs with all their attributes is about a tenth
of it (measured on the simulator's interfaces)."""

CHUNK = 65536


@dataclass(frozen=True)
class Reply:
    """A decoded reply. ``document`` is None where the body is not NX-API (HTML, or nothing at all: ``empty``)."""

    status: int
    document: Document | None
    location: str = ""
    empty: bool = False


def tls_context(validate: bool, ca_path: str | None) -> ssl.SSLContext:
    """The one TLS setting for REST and for the socket: the system's trust, or ``ca_path`` (file or folder).

    Chain, dates and host name are verified, on every Python alike: 3.13 began to refuse certificates that lack formal
    extensions, as those that switches make for themselves do (curl and browsers take them), and to take an
    intermediate CA that is trusted by name for the end of the chain (so does curl).
    """
    try:
        _spare_descriptor()
        if ca_path is None:
            context = ssl.create_default_context()
        elif os.path.isdir(ca_path):
            context = ssl.create_default_context(capath=ca_path)
            for file in _certificate_files(ca_path):
                context.load_verify_locations(cafile=file)
        else:
            context = ssl.create_default_context(cafile=ca_path)
        _spare_descriptor()
    except (OSError, ssl.SSLError) as exc:
        if exc.errno in (errno.EMFILE, errno.ENFILE):
            raise Unreachable("no TLS without a free file descriptor: raise the limit (ulimit -n).") from None
        raise CertificateInvalid(
            "ca_path %s cannot be read as CA certificates (%s)." % (ca_path, _os_words(exc))
        ) from None
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    if not validate:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _certificate_files(folder: str) -> list[str]:
    """The certificates of a folder by their usual endings: OpenSSL itself finds only those named by their hash."""
    names = sorted(name for name in os.listdir(folder) if name.lower().endswith((".pem", ".crt", ".cer")))
    return [os.path.join(folder, name) for name in names]


def _spare_descriptor() -> None:
    """An OSError if there is none: OpenSSL then says nothing, and trusts no CA (Python 3.13, OpenSSL 3; tried)."""
    os.close(os.open(os.devnull, os.O_RDONLY))


class TlsContexts:
    """One TLS context for each setting: loading a CA bundle for every switch would be seconds of CPU."""

    def __init__(self) -> None:
        self._contexts: dict[tuple[bool, str | None], ssl.SSLContext] = {}

    def get(self, options: ConnectionOptions) -> ssl.SSLContext | None:
        if not options.use_ssl:
            return None
        key = (options.validate_certs, options.ca_path)
        if key not in self._contexts:
            self._contexts[key] = tls_context(*key)
        return self._contexts[key]


def proxy_for(options: ConnectionOptions) -> str | None:
    """The proxy that the environment names for this switch, for REST and socket alike; None without."""
    if not options.use_proxy:
        return None
    url = options.base_url + "/"
    return select_proxy(url, get_environ_proxies(url, no_proxy=None)) or None


@dataclass
class _Line:
    """What the connections of one client share: which are open, and what is left for the request under way.

    ``ended``: nothing is asked any more, and no connection is to be left; who is ``busy`` closes his own.
    """

    ended: bool = False
    busy: bool = False
    open: set[Any] = field(default_factory=set)
    meter: Meter = field(default_factory=lambda: Meter(MAX_REPLY))


class RestClient:
    """One switch's REST side. ``request`` may be called from one thread at a time."""

    def __init__(self, options: ConnectionOptions, context: ssl.SSLContext | None) -> None:
        self._options = options
        proxy = proxy_for(options)
        self._proxies = {"http": proxy, "https": proxy} if proxy else {}
        self._used = False
        self._url_accepted = False
        self._line = _Line()
        self._http = _Adapter(context, self._line)

    def request(self, method: str, target: str, cookie: str | None = None, body: bytes | None = None) -> Reply:
        """Send one request and decode its reply, all within ``request_timeout``.

        :param target: the raw request target, as Query.target makes it.
        :param cookie: the token, sent as the only cookie.
        :raises EngineError: CertificateInvalid, NameUnresolved, NotNxapi (no HTTP, or TLS against plain HTTP) or
            Unreachable.
        """
        headers: dict[str, str] = {"Accept-Encoding": "identity", "User-Agent": "nxapi.events"}
        if cookie is not None:
            headers["Cookie"] = "APIC-cookie=%s" % cookie
        if body is not None:
            headers["Content-Type"] = "application/%s" % ("xml" if body[:1] == b"<" else "json")
        self._line.busy = True
        try:
            prepared = self._prepared(method, target, headers, body)
            self._line.meter.start(self._options.request_timeout)
            response, data = self._round_trip(prepared, method == "GET" and self._used)
        except (requests.RequestException, BaseHTTPError, OSError, ValueError) as exc:
            failure = transport_error(exc, self._options, self._options.request_timeout)
        else:
            return self._reply(response, data)
        finally:
            self._line.busy = False
            if self._line.ended:
                self._disconnect()
        raise failure  # out here it is without context: the library's may hold a header, or the proxy's password

    def _prepared(
        self, method: str, target: str, headers: dict[str, str], body: bytes | None
    ) -> requests.PreparedRequest:
        """What requests makes of it, at a tenth of the cost: it looks for cookies, credentials and parameters that there are
        none of, and that was an eighth of what a thousand idle switches cost (measured by `make bench`)."""
        if not self._url_accepted:
            requests.Request(method, self._options.base_url + "/").prepare()
            self._url_accepted = True
        if body is not None or method != "GET":
            headers["Content-Length"] = str(len(body or b""))
        prepared = requests.PreparedRequest()
        prepared.method, prepared.url, prepared.body = method, self._options.base_url + target, body
        prepared.headers = requests.structures.CaseInsensitiveDict(headers)
        return prepared

    def _reply(self, response: requests.Response, data: bytes) -> Reply:
        self._used = True
        try:
            document: Document | None = decode(data)
        except BadDocument:
            document = None
        return Reply(response.status_code, document, response.headers.get("Location", ""), not data.strip())

    def _round_trip(self, prepared: requests.PreparedRequest, again: bool) -> tuple[requests.Response, bytes]:
        """nginx closes an idle connection whenever it likes; a read that ran into that is sent once more (``again``).

        The adapter, not requests' Session: that reads (and unpacks) the body of a redirect without a limit.
        """
        try:
            response = self._http.send(
                prepared, stream=True, timeout=self._options.request_timeout, proxies=self._proxies,
                verify=self._options.validate_certs,
            )  # fmt: skip
            with response:
                return response, b"".join(iter(lambda: response.raw.read(CHUNK, decode_content=False), b""))
        except (requests.RequestException, BaseHTTPError, OSError) as exc:
            if self._line.ended or not (again and _is_stale(exc)):
                raise
        return self._round_trip(prepared, again=False)

    def close(self) -> None:
        self._line.ended = True
        self._disconnect()

    def _disconnect(self) -> None:
        """urllib3 only drops its references, so that after an error a connection stays open until garbage is collected."""
        self._http.close()
        for connection in tuple(self._line.open):
            connection.close()

    def abort(self) -> None:
        """End what another thread still waits for, which then closes; nothing can be asked after it."""
        self._line.ended = True
        if not self._line.busy:
            self._disconnect()
        for connection in tuple(self._line.open):
            with suppress(OSError, AttributeError):
                connection.sock.shutdown(socket.SHUT_RDWR)


_RAW = {
    "%5B": "[", "%5D": "]", "%22": '"', "%7C": "|", "%5E": "^", "%60": "`", "%7B": "{", "%7D": "}", "%3C": "<",
    "%3E": ">", "%5C": "\\",
}  # fmt: skip
"""What urllib3 quotes in a request line, and this protocol wants raw."""


class _Connection(MeteredConnection):
    """A connection that undoes urllib3's quoting, is metered, and can be found by `RestClient.abort` while it is open."""

    line: _Line
    sock: Any
    timeout: Any

    def _new_conn(self) -> Any:
        """TCP, whose timeout is then the one of the TLS handshake."""
        self.timeout = self.meter.seconds()
        sock = super()._new_conn()  # type: ignore[misc]
        sock.settimeout(self.meter.seconds())
        return sock

    def connect(self) -> None:
        super().connect()  # type: ignore[misc]
        self.line.open.add(self)
        if self.line.ended:
            raise ConnectionAbortedError("nobody waits for it any more")

    def close(self) -> None:
        self.line.open.discard(self)
        super().close()  # type: ignore[misc]

    def putrequest(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        for quoted, raw in _RAW.items():
            url = url.replace(quoted, raw)
        return super().putrequest(method, url, *args, **kwargs)  # type: ignore[misc]


def _own_connections(manager: Any, line: _Line) -> None:
    """Have a urllib3 pool manager make connections of ours."""
    pools = {}
    for scheme, pool in manager.pool_classes_by_scheme.items():
        own = {"line": line, "meter": line.meter}
        connection = type("_Connection", (_Connection, pool.ConnectionCls), own)
        pools[scheme] = type("_Pool", (pool,), {"ConnectionCls": connection})
    manager.pool_classes_by_scheme = pools


class _Adapter(HTTPAdapter):
    """requests' adapter with our TLS context, one connection a switch, raw request targets, and no cookies."""

    def __init__(self, context: ssl.SSLContext | None, line: _Line) -> None:
        self._context = context
        self._line = line
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        if self._context is not None:
            kwargs["ssl_context"] = self._context
        super().init_poolmanager(*args, **kwargs)
        _own_connections(self.poolmanager, self._line)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        if self._context is not None:
            kwargs["ssl_context"] = self._context
        if proxy not in self.proxy_manager:
            _own_connections(super().proxy_manager_for(proxy, **kwargs), self._line)
        return super().proxy_manager_for(proxy, **kwargs)

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
        """The context decides on verification, not a bundle of requests' own."""
        host, tls = super().build_connection_pool_key_attributes(request, verify, cert)
        tls.pop("ca_certs", None)
        tls.pop("ca_cert_dir", None)
        if self._context is not None:
            tls["ssl_context"] = self._context
        return host, tls

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Nothing to load: the context has the CAs."""

    def build_response(self, req: Any, resp: Any) -> requests.Response:
        """Without the cookies: they are not used, and a flood of them is not parsed."""
        response = requests.Response()
        response.status_code = resp.status
        response.headers = requests.structures.CaseInsensitiveDict(resp.headers)
        response.raw = resp
        return response


def reach(options: ConnectionOptions) -> None:
    """Whether anything answers at the switch's port (or at the proxy's): a connection and no more. Raises as `request`."""
    proxy = proxy_for(options)
    parts = urlsplit(proxy if proxy is None or "//" in proxy else "//" + proxy) if proxy else None
    place = (parts.hostname or "", parts.port or 80) if parts else (options.host.strip("[]"), options.port)
    try:
        socket.create_connection(place, options.request_timeout).close()
    except (OSError, ValueError) as exc:
        raise transport_error(exc, options, options.request_timeout) from None


def transport_error(exc: BaseException, options: ConnectionOptions, timeout: float) -> EngineError:
    """What a failed connection means, in our words; the library's texts may hold a URL with a token."""
    if isinstance(exc, EngineError):
        return exc
    where = options.address
    for cause in _causes(exc):
        if isinstance(cause, (socket.gaierror, requests.exceptions.InvalidURL)):
            return NameUnresolved("the name %s does not resolve; check host or ansible_host." % options.host)
        if isinstance(cause, ssl.SSLCertVerificationError):
            return CertificateInvalid(
                "the certificate of %s does not verify: %s. Give the CA as ca_path, or the name it was issued for as "
                "host." % (where, (cause.verify_message or "verification failed").rstrip("."))
            )
        if isinstance(cause, ssl.SSLError) and cause.reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST"):
            return NotNxapi("%s does not speak TLS; with plain HTTP set use_ssl to false." % where)
    return _no_answer(exc, where, timeout)


def _no_answer(exc: BaseException, where: str, timeout: float) -> EngineError:
    """Whether the request may have been read (Unanswered) or there was nobody to read it."""
    for cause in _causes(exc):
        if isinstance(cause, TooMuch):
            return Unreachable("%s sent more than %s in one reply." % (where, cause))
        if isinstance(cause, requests.exceptions.ConnectTimeout):
            return Unreachable("no connection to %s within %g s." % (where, timeout))
        if isinstance(cause, (socket.timeout, TimeoutError)) or "Timeout" in type(cause).__name__:
            return Unanswered("no complete answer from %s within %g s." % (where, timeout))
        if isinstance(cause, (ConnectionResetError, BrokenPipeError)) and cause.strerror:
            return Unanswered("%s: %s." % (where, cause.strerror.lower()))
        if spoke_no_http(cause):
            return NotNxapi("%s does not answer in HTTP. Check that host, port and use_ssl are NX-API's." % where)
        if isinstance(cause, OSError) and cause.strerror and not isinstance(cause, ssl.SSLError):
            return Unreachable("%s: %s." % (where, cause.strerror.lower()))
    return Unanswered("the connection to %s broke." % where)


def _is_stale(exc: BaseException) -> bool:
    """Whether a kept connection had been closed by the other side."""
    return any(isinstance(cause, (ConnectionResetError, BrokenPipeError)) for cause in _causes(exc))


def _causes(exc: BaseException | None) -> Iterator[BaseException]:
    """The exception and all it came from: libraries wrap by cause, context, ``args`` and ``reason``."""
    queue: list[object] = [exc]
    seen: set[int] = set()
    while queue and len(seen) < 50:
        item = queue.pop(0)
        if not isinstance(item, BaseException) or id(item) in seen:
            continue
        seen.add(id(item))
        yield item
        queue += [item.__cause__, item.__context__, getattr(item, "reason", None), *item.args]


def _os_words(exc: OSError) -> str:
    return (exc.strerror or "no certificate in it").lower()


def error_text(document: Document | None) -> str:
    """The switch's own words of an error, one line."""
    if document is None or document.error is None:
        return ""
    return " ".join(document.error.text.split())
