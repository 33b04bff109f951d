"""Who may connect and who may charge: from the settings and from the directory pulled from Odoo."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..cdr.times import parse_time
from ..clock import iso
from ..lenient import decimal
from ..settings import Settings


@dataclass(frozen=True)
class StationEntry:
    identity: str
    password_hash: str | None
    enabled: bool = True
    max_power_kw: float | None = None


@dataclass(frozen=True)
class TokenAnswer:
    """`status` in OCPP 1.6 words: Accepted, Blocked, Expired, Invalid."""

    status: str
    parent: str | None = None
    valid_until: str | None = None


class Directory:
    """Lookups only; `replace` takes a whole new directory (see `odoo/directory.py`)."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._own = {s.identity: StationEntry(s.identity, s.password_hash, s.enabled) for s in settings.stations}
        self._stations: dict[str, StationEntry] = dict(self._own)
        self._tokens: dict[str, Mapping[str, Any]] = {}
        self.etag: str | None = None

    def replace(self, answer: Mapping[str, Any]) -> None:
        """Take an `ev.directory/1` answer. Settings win over Odoo for a station in both, but
        its nominal power is only in Odoo. Raises KeyError, TypeError."""
        stations = {
            str(entry["identity"]): StationEntry(
                str(entry["identity"]),
                entry.get("password_hash") or None,
                bool(entry.get("enabled", True)),
                _power(entry.get("max_power_kw")),
            )
            for entry in answer["stations"]
        }
        tokens = {str(token["uid"]).casefold(): token for token in answer["tokens"]}
        etag = str(answer["etag"])
        own = {
            name: replace(entry, max_power_kw=stations[name].max_power_kw) if name in stations else entry
            for name, entry in self._own.items()
        }
        self._stations, self._tokens, self.etag = stations | own, tokens, etag

    @property
    def complete(self) -> bool:
        """False until Odoo was asked for the first time: who is not listed yet may well be known there."""
        return self.etag is not None or not self._settings.odoo_url

    def station(self, identity: str) -> StationEntry | None:
        found = self._stations.get(identity)
        if found is None and self._settings.accept_unknown_stations:
            return StationEntry(identity, None)
        return found

    def asks_password(self, identity: str) -> bool:
        """False only for stations let in by `accept_unknown_stations`."""
        return identity in self._stations

    def max_power_kw(self, identity: str) -> float | None:
        """The nominal power Odoo knows the station to have. Asked from any thread."""
        found = self._stations.get(identity)
        return found.max_power_kw if found else None

    def token(self, uid: str, now: float) -> TokenAnswer:
        """Identifiers are case-insensitive (OCPP 1.6 7.16, OCPP 2.0.1 2.11)."""
        entry = self._tokens.get(str(uid).casefold())
        if entry is None:
            rule = self._settings.unknown_token if self.etag else self._settings.unknown_token_without_directory
            return TokenAnswer("Accepted" if rule == "accept" else "Invalid")
        status = str(entry.get("status") or "Accepted")
        begin, _ = parse_time(entry.get("valid_from"))
        end, _ = parse_time(entry.get("valid_until"))
        if status == "Accepted" and begin is not None and now < begin:
            status = "Invalid"
        if status == "Accepted" and end is not None and now >= end:
            status = "Expired"
        return TokenAnswer(status, entry.get("parent") or None, None if end is None else iso(end))


def _power(value: Any) -> float | None:
    """0 and what is no number mean that Odoo does not know it."""
    number = decimal(value)
    return float(number) if number is not None and number > 0 else None
