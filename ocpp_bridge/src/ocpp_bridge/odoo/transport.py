"""Calls to Odoo: one method, one JSON string in, one JSON string out; XML-RPC or JSON-2.

Blocking, meant for a thread. Every failure is one of two: OdooUnavailableError (nothing is known about the
outcome) or OdooRefusedError (Odoo answered with a fault).
"""

import http.client
import json
import socket
import ssl
import xmlrpc.client
from typing import Protocol
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from ..errors import OdooRefusedError, OdooUnavailableError, SettingsError
from ..settings import Settings
from .key import ApiKey

_AWAY = (OSError, http.client.HTTPException, socket.timeout, ssl.SSLError, xmlrpc.client.ProtocolError)


class Transport(Protocol):
    def call(self, model: str, method: str, payload: str) -> str:
        """Call `model.method(payload)`. Raises OdooUnavailableError, OdooRefusedError."""


def make_transport(settings: Settings) -> Transport:
    parts = urlsplit(settings.odoo_url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SettingsError(f"odoo_url is {settings.odoo_url!r}; it must look like https://odoo.example.com")
    return JsonTwo(settings) if settings.odoo_transport == "json2" else XmlRpc(settings)


class XmlRpc:
    """`/xmlrpc/2`, the API key in place of the password (Odoo 19, External RPC API)."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._key, self._user = settings, ApiKey(settings), (0, "")  # user id, by this key
        base = settings.odoo_url.rstrip("/")
        secure = base.startswith("https")
        self._common = self._proxy(f"{base}/xmlrpc/2/common", secure)
        self._object = self._proxy(f"{base}/xmlrpc/2/object", secure)

    def _proxy(self, url: str, secure: bool) -> xmlrpc.client.ServerProxy:
        return xmlrpc.client.ServerProxy(url, _transport(secure, self._settings.odoo_timeout), allow_none=True)

    def call(self, model: str, method: str, payload: str) -> str:
        settings = self._settings
        try:
            key = self._key.read()
            if not self._user[0] or self._user[1] != key:
                user = self._common.authenticate(settings.odoo_database, settings.odoo_login, key, {})
                self._user = int(user or 0), key
                if not self._user[0]:
                    raise OdooRefusedError("Odoo does not accept the login: check odoo_login and odoo_api_key")
            arguments = (settings.odoo_database, self._user[0], key, model, method, [payload])
            return str(self._object.execute_kw(*arguments))
        except xmlrpc.client.Fault as fault:
            self._user = 0, ""  # the user may be another one in a restored database
            raise OdooRefusedError(_last_line(fault.faultString)) from fault
        except _AWAY as error:
            raise OdooUnavailableError(f"Odoo at {settings.odoo_url}: {error or type(error).__name__}") from error
        except (xmlrpc.client.Error, ValueError, ArithmeticError, SyntaxError) as error:
            raise OdooUnavailableError(f"{settings.odoo_url} answers, but not as Odoo: {error}") from error


def _transport(secure: bool, timeout: float) -> xmlrpc.client.Transport:
    kind = xmlrpc.client.SafeTransport if secure else xmlrpc.client.Transport

    class Timed(kind):  # type: ignore[misc, valid-type]  # the standard library offers no other way
        def make_connection(self, host):
            connection = super().make_connection(host)
            connection.timeout = timeout
            return connection

    return Timed()


class JsonTwo:
    """`POST /json/2/<model>/<method>`, bearer key, named arguments (Odoo 19, External JSON-2 API)."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._key = settings, ApiKey(settings)

    def call(self, model: str, method: str, payload: str) -> str:
        settings = self._settings
        request = Request(
            f"{settings.odoo_url.rstrip('/')}/json/2/{model}/{method}",
            data=json.dumps({"payload": payload}).encode(),
            headers={
                "Authorization": f"bearer {self._key.read()}",
                "Content-Type": "application/json; charset=utf-8",
                "X-Odoo-Database": settings.odoo_database,
                "User-Agent": "ocpp-bridge",
            },
        )
        try:
            with urlopen(request, timeout=settings.odoo_timeout) as response:
                return str(json.load(response))
        except HTTPError as error:
            text = _problem(error)
            # A gateway's 502-504 or 429 says nothing about this request; any other code is Odoo's own word.
            kind = OdooUnavailableError if error.code in (429, 502, 503, 504) else OdooRefusedError
            raise kind(f"HTTP {error.code}: {text}") from error
        except URLError as error:
            raise OdooUnavailableError(f"Odoo at {settings.odoo_url}: {error.reason}") from error
        except _AWAY as error:
            raise OdooUnavailableError(f"Odoo at {settings.odoo_url}: {error or type(error).__name__}") from error
        except ValueError as error:
            raise OdooUnavailableError(f"{settings.odoo_url} answers, but not as Odoo: {error}") from error


def _problem(error: HTTPError) -> str:
    try:
        body = error.read(10_000)
        return str(json.loads(body).get("message"))[:500]
    except (ValueError, AttributeError, *_AWAY):
        return str(error.reason)


def _last_line(text: str) -> str:
    """A fault is a traceback; its last line is the message."""
    lines = [line for line in text.strip().splitlines() if line.strip()]
    return lines[-1].strip()[:500] if lines else "no reason given"
