"""The gate: who gets a WebSocket, who gets a page, who gets a refusal that says why.

Security profiles as in OCPP 2.0.1 part 2 A.00 (and the OCPP 1.6 security whitepaper): 0 none, 1 basic auth,
2 TLS + basic auth, 3 TLS with a client certificate whose common name is the identity.
"""

import base64
import binascii
import ipaddress
import logging
import ssl
from collections.abc import Callable, Sequence
from http import HTTPStatus
from urllib.parse import unquote, urlsplit

from websockets.asyncio.server import ServerConnection
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from ..clock import Clock
from ..logs import Throttle
from ..metrics import Metrics
from ..settings import SUBPROTOCOLS, Settings
from .attempts import Attempts
from .directory import Directory
from .passwords import PasswordChecker
from .registry import Registry

log = logging.getLogger(__name__)

Page = Callable[[bool], tuple[int, str, bytes]]  # whether this machine asks -> status, content type, body


class Gate:
    """`process_request` and `select_subprotocol` of the WebSocket server."""

    def __init__(
        self, settings: Settings, directory: Directory, registry: Registry, metrics: Metrics, clock: Clock
    ) -> None:
        self._settings, self._directory, self._registry = settings, directory, registry
        self._metrics = metrics
        self._passwords, self._attempts = PasswordChecker(), Attempts(clock)
        self._may_log = Throttle(clock)
        self.pages: dict[str, Page] = {}

    async def process_request(self, connection: ServerConnection, request: Request) -> Response | None:
        """None lets the handshake go on; `connection.identity` then names the station."""
        path = urlsplit(request.path).path
        if path in self.pages:
            return _page(*self.pages[path](_local(connection, request)))
        if request.headers.get("Upgrade", "").lower() != "websocket":
            return _page(404, "text/plain", b"Nothing here. Charge points: ws://.../ocpp/<identity>\n")
        identity = identity_of(path)
        if not identity:
            return self._refuse("path", "", 404, "the path must be /ocpp/<identity>")
        remote = str((connection.remote_address or ("?",))[0])
        entry = self._directory.station(identity)
        if entry is None and not self._directory.complete:
            return self._refuse("no_directory", identity, 503, "the list of stations is not here yet: try again")
        if entry is None:
            self._registry.remember_unknown(identity, remote)
            return self._refuse("unknown", identity, 404, f"station {identity!r} is not known here: register it first")
        if not entry.enabled:
            return self._refuse("disabled", identity, 403, f"station {identity!r} is disabled")
        profile = self._settings.security_profile
        if profile == 3 and common_name(connection) != identity:
            return self._refuse("certificate", identity, 401, "the certificate's common name is not the identity")
        if profile in (1, 2) and self._directory.asks_password(identity):
            response = await self._check_password(request, identity, entry.password_hash, remote)
            if response is not None:
                return response
        connection.identity = identity  # type: ignore[attr-defined]
        return None

    async def _check_password(
        self, request: Request, identity: str, stored: str | None, remote: str
    ) -> Response | None:
        if not stored:
            return self._refuse("no_password", identity, 401, f"no password is set for station {identity!r}")
        given = basic_credentials(request.headers.get("Authorization", ""))
        if given is None:
            return self._refuse("no_credentials", identity, 401, "HTTP basic authentication is required")
        user, password = given
        if user != identity:
            return self._refuse("wrong_user", identity, 401, "the user name must be the identity in the path")
        if self._passwords.known(identity, password, stored) and self._attempts.clean(remote, identity):
            return None  # the usual case; who has failed here lately is not told faster that a guess is right
        if not self._attempts.take(remote, identity):
            response = self._refuse("too_many_attempts", identity, 429, "too many wrong passwords: try again later")
            response.headers["Retry-After"] = "1"
            return response
        if not await self._passwords.check(identity, password, stored):
            return self._refuse("wrong_password", identity, 401, "wrong password")
        self._attempts.forget(remote, identity)
        return None

    def _refuse(self, reason: str, identity: str, status: int, text: str) -> Response:
        self._metrics.count("refused_connections", reason)
        if self._may_log(f"{reason}:{identity[:64]}"):  # a station knocks every few seconds for ever
            log.warning("connection_refused", extra={"station": identity[:64], "reason": reason})
        response = _page(status, "text/plain", f"{text}\n".encode())
        if status == 401:
            response.headers["WWW-Authenticate"] = 'Basic realm="ocpp"'
        return response

    def select_subprotocol(self, connection: ServerConnection, offered: Sequence[str]) -> str | None:
        """The best common one. None for the rest: by OCPP-J 3.1.2 the handshake is then completed and
        closed."""
        return next((name for name in SUBPROTOCOLS if name in offered), None)

    def version(self, connection: ServerConnection) -> str | None:
        """The OCPP version of an open connection: "1.6", "2.0.1", "2.1", or None when there is none."""
        name = connection.subprotocol
        if name is None and not connection.request.headers.get("Sec-WebSocket-Protocol"):  # type: ignore[union-attr]
            name = self._settings.default_subprotocol or None
        return name.removeprefix("ocpp") if name else None


def _local(connection: ServerConnection, request: Request) -> bool:
    """Asked from this machine; a proxy on it speaks for others and says so (RFC 7239 and its forerunner)."""
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    try:
        address = ipaddress.ip_address(str((connection.remote_address or ("?",))[0]).partition("%")[0])
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def identity_of(path: str) -> str:
    """`/ocpp/CP%201` or `/CP%201`: the last part of the path, decoded (OCPP-J 3.1.1)."""
    rest = path.removeprefix("/ocpp/") if path.startswith("/ocpp/") else path.removeprefix("/")
    identity = unquote(rest, errors="replace").strip("/")
    return "" if "/" in rest.strip("/") or not identity.isprintable() else identity


def basic_credentials(header: str) -> tuple[str, bytes] | None:
    """RFC 7617; the password stays bytes, and the identity may itself hold no colon (RFC 7617 2)."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, password = base64.b64decode(encoded.strip(), validate=True).partition(b":")
        return (user.decode(), password) if colon else None
    except (binascii.Error, UnicodeDecodeError):
        return None


def common_name(connection: ServerConnection) -> str | None:
    certificate = connection.transport.get_extra_info("peercert") or {}
    names = dict(pair for group in certificate.get("subject", ()) for pair in group)
    return names.get("commonName")


def tls_context(settings: Settings) -> ssl.SSLContext | None:
    """For profiles 2 and 3 (TLS 1.2 at least: OCPP 2.0.1 A00.FR.314). Raises OSError, ssl.SSLError."""
    if settings.security_profile < 2:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(settings.tls_certificate, settings.tls_key)
    if settings.security_profile == 3:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(settings.tls_client_ca)
    return context


def _page(status: int, kind: str, body: bytes) -> Response:
    headers = Headers(
        [
            ("Content-Type", f"{kind}; charset=utf-8"),
            ("Content-Length", str(len(body))),
            ("Connection", "close"),
        ]
    )
    return Response(status, HTTPStatus(status).phrase, headers, body)
