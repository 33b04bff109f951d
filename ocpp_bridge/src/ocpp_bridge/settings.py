"""The one settings object: defaults < TOML file < environment.

Every scalar setting `port` can be given as `OCPP_BRIDGE_PORT`, and every text one also by file
(`OCPP_BRIDGE_ODOO_API_KEY_FILE=/run/secrets/key`, or `odoo_api_key_file = "..."` in the TOML file), which is
how secrets should come. An unknown name is an error: a misspelt setting must not be silently ignored.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from .errors import SettingsError

PREFIX = "OCPP_BRIDGE_"
SUBPROTOCOLS = ("ocpp2.1", "ocpp2.0.1", "ocpp1.6")  # in order of preference


@dataclass(frozen=True)
class StationSetting:
    """A station known without Odoo. `password_hash` as made by `ocpp-bridge hash-password`."""

    identity: str
    password_hash: str | None = None
    enabled: bool = True
    max_power_kw: float | None = None


@dataclass(frozen=True)
class Settings:
    """Units are in the names; seconds where nothing else is said."""

    # where it listens
    host: str = "0.0.0.0"
    port: int = 9000
    security_profile: int = 1  # OCPP security profiles 0-3
    tls_certificate: str = ""
    tls_key: str = ""
    tls_client_ca: str = ""
    default_subprotocol: str = ""
    accept_unknown_stations: bool = False
    max_frame_bytes: int = 1 << 20
    ping_interval: float = 60.0
    ping_timeout: float = 900.0
    heartbeat_interval: int = 300
    health_details: bool = False
    metrics_public: bool = False

    # what it keeps
    name: str = "ocpp_bridge"
    journal: str = "ocpp-bridge.sqlite"

    # how sessions become CDRs
    settle_seconds: float = 60.0
    stale_after_hours: float = 72.0
    max_power_kw: float = 400.0
    clock_tolerance_seconds: float = 300.0
    max_offline_days: float = 180.0

    # who may charge
    unknown_token: str = "reject"
    unknown_token_without_directory: str = "accept"

    # where CDRs go; no `odoo_url` means stand-alone: the outbox waits
    odoo_url: str = ""
    odoo_database: str = ""
    odoo_login: str = ""
    odoo_api_key: str = ""
    odoo_api_key_file: str = ""  # read again whenever it changes
    odoo_transport: str = "xmlrpc"
    odoo_timeout: float = 60.0
    push_batch: int = 500
    push_interval: float = 1.0
    push_backoff_max: float = 300.0
    report_interval: float = 5.0
    directory_interval: float = 60.0

    log_level: str = "INFO"
    stations: tuple[StationSetting, ...] = field(default=())

    def __post_init__(self) -> None:
        _one_of("security_profile", self.security_profile, (0, 1, 2, 3))
        _one_of("default_subprotocol", self.default_subprotocol, ("", *SUBPROTOCOLS))
        _one_of("unknown_token", self.unknown_token, ("accept", "reject"))
        _one_of("unknown_token_without_directory", self.unknown_token_without_directory, ("accept", "reject"))
        _one_of("odoo_transport", self.odoo_transport, ("xmlrpc", "json2"))
        _one_of("log_level", self.log_level, ("DEBUG", "INFO", "WARNING", "ERROR"))
        if self.security_profile >= 2 and not (self.tls_certificate and self.tls_key):
            raise SettingsError(f"security_profile {self.security_profile} is TLS: set tls_certificate and tls_key")
        if self.security_profile == 3 and not self.tls_client_ca:
            raise SettingsError("security_profile 3 checks client certificates: set tls_client_ca")
        if self.odoo_url and not self.odoo_database:
            raise SettingsError("odoo_url is set: odoo_database and odoo_api_key (or odoo_api_key_file) too, please")
        for name in (
            "settle_seconds",
            "push_interval",
            "report_interval",
            "directory_interval",
            "odoo_timeout",
        ):
            if getattr(self, name) < 0:
                raise SettingsError(f"{name} must not be negative")
        if self.push_batch < 1 or self.max_frame_bytes < 1024:
            raise SettingsError("push_batch must be at least 1 and max_frame_bytes at least 1024")


def _one_of(name: str, value: Any, allowed: tuple) -> None:
    if value not in allowed:
        raise SettingsError(f"{name} is {value!r}; it must be one of {', '.join(map(repr, allowed))}")


def load_settings(path: str | None = None, environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the TOML file (if any), then the environment on top. Raises SettingsError."""
    known = {f.name: f for f in fields(Settings)}
    values: dict[str, Any] = {}
    for name, value in _read_toml(path).items() if path else ():
        values.update(_scalar(known, name, value, path) if name != "stations" else _stations(value, path))
    for variable, text in environ.items():
        name = variable.removeprefix(PREFIX).lower()
        if variable.startswith(PREFIX) and name not in ("config", "stations"):
            values.update(_scalar(known, name, text, variable))
    return Settings(**values)


def _read_toml(path: str) -> dict[str, Any]:
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"cannot read settings file {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"settings file {path} is not TOML: {error}") from error


def _scalar(known: Mapping[str, Any], name: str, value: Any, where: str | None) -> dict[str, Any]:
    """One setting, converted to the type of its default; `<name>_file` is read from that file."""
    if name.endswith("_file") and name.removesuffix("_file") in known:
        return _from_file(known, name, value, where)
    if name not in known:
        raise SettingsError(f"{where}: unknown setting {name!r}; see the table in README.md")
    kind = type(known[name].default)
    try:
        return {name: _boolean(value) if kind is bool else kind(value)}
    except (TypeError, ValueError) as error:
        raise SettingsError(f"{where}: {name} is {value!r}, which is not {kind.__name__}") from error


def _from_file(known: Mapping[str, Any], name: str, path: Any, where: str | None) -> dict[str, Any]:
    """The setting a file holds, and the path where that is a setting, too (it is read again later)."""
    target = name.removesuffix("_file")
    try:
        value = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, TypeError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SettingsError(f"{where}: cannot read the file of {target}: {reason}") from error
    return _scalar(known, target, value, where) | ({name: str(path)} if name in known else {})


def _boolean(value: Any) -> bool:
    words = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
    if str(value).lower() not in words:
        raise ValueError(value)
    return words[str(value).lower()]


def _stations(entries: Any, where: str | None) -> dict[str, Any]:
    try:
        return {"stations": tuple(StationSetting(**entry) for entry in entries)}
    except TypeError as error:
        raise SettingsError(f"{where}: wrong [[stations]] entry: {error}") from error
