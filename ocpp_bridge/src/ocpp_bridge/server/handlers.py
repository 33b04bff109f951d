"""What stations are told: the answers that depend on state. Thin: look up, note, answer."""

from collections.abc import Callable
from typing import Any

from ..clock import Clock, iso
from ..journal import Record
from ..lenient import integer
from ..settings import Settings
from .answers import DEFAULTS
from .directory import Directory
from .registry import Registry, Station

Handler = Callable[[Station, dict, Record | None], dict]

CONNECTOR_LIMIT = 64  # per station

# A status in OCPP 1.6 words -> in OCPP 2.x words (AuthorizationStatusEnumType).
_STATUS_2X = {"Invalid": "Unknown"}


class Handlers:
    """`of(version)` gives action -> handler. A handler gets the payload and, if journaled, the written
    record."""

    def __init__(self, settings: Settings, directory: Directory, registry: Registry, clock: Clock) -> None:
        self._settings, self._directory, self._registry, self._clock = settings, directory, registry, clock

    def of(self, version: str) -> dict[str, Handler]:
        table: dict[str, Handler] = {action: _constant(answer) for action, answer in DEFAULTS[version].items()}
        table |= {
            "Heartbeat": self._heartbeat,
            "BootNotification": self._boot,
            "DataTransfer": self._data_transfer,
        }
        if version == "1.6":
            table |= {
                "Authorize": self._authorize_16,
                "StatusNotification": self._status_16,
                "StartTransaction": self._start_16,
                "StopTransaction": self._stop_16,
            }
        else:
            table |= {
                "Authorize": self._authorize_2x,
                "StatusNotification": self._status_2x,
                "TransactionEvent": self._transaction_event,
            }
        return table

    # --- all versions
    # ------------------------------------------------------------------------------------------

    def _heartbeat(self, station: Station, payload: dict, record: Record | None) -> dict:
        return {"currentTime": iso(self._clock.now())}

    def _boot(self, station: Station, payload: dict, record: Record | None) -> dict:
        """Accepted: who may connect was decided at the gate."""
        unit = payload.get("chargingStation")
        unit = unit if isinstance(unit, dict) else payload
        modem = unit.get("modem")
        modem = modem if isinstance(modem, dict) else payload
        station.boot = {
            "vendor": _text(unit.get("vendorName", unit.get("chargePointVendor"))),
            "model": _text(unit.get("model", unit.get("chargePointModel"))),
            "serial": _text(
                unit.get("serialNumber", unit.get("chargePointSerialNumber", unit.get("chargeBoxSerialNumber")))
            ),
            "firmware": _text(unit.get("firmwareVersion")),
            "iccid": _text(modem.get("iccid")),
            "imsi": _text(modem.get("imsi")),
        }
        self._registry.touch(station)
        now = iso(self._clock.now())
        return {"currentTime": now, "interval": self._settings.heartbeat_interval, "status": "Accepted"}

    def _data_transfer(self, station: Station, payload: dict, record: Record | None) -> dict:
        """Kept in the journal, but no vendor is known here (OCPP 1.6 4.3, OCPP 2.0.1 P02)."""
        return {"status": "UnknownVendorId"}

    # --- 1.6
    # ---------------------------------------------------------------------------------------------------

    def _authorize_16(self, station: Station, payload: dict, record: Record | None) -> dict:
        return {"idTagInfo": self._id_tag_info(payload.get("idTag"))}

    def _start_16(self, station: Station, payload: dict, record: Record | None) -> dict:
        """Journaled whatever the token is worth: the energy flows, and someone has to know (OCPP 1.6 4.8)."""
        assert record is not None and record.transaction_id is not None
        return {"transactionId": record.transaction_id, "idTagInfo": self._id_tag_info(payload.get("idTag"))}

    def _stop_16(self, station: Station, payload: dict, record: Record | None) -> dict:
        """Accepted whatever transaction it names: an error makes stations retry, then drop it (ocpp.md)."""
        return {"idTagInfo": {"status": "Accepted"}} if payload.get("idTag") else {}

    def _status_16(self, station: Station, payload: dict, record: Record | None) -> dict:
        number = integer(payload.get("connectorId")) or 0
        error = _text(payload.get("errorCode"))
        self._note_status(station, number, min(number, 1), payload.get("status"), error, payload.get("timestamp"))
        return {}

    def _id_tag_info(self, uid: Any) -> dict:
        answer = self._directory.token(str(uid), self._clock.now())
        parent = answer.parent if answer.parent and len(answer.parent) <= 20 else None  # CiString20
        info = {"status": answer.status, "parentIdTag": parent, "expiryDate": answer.valid_until}
        return {name: value for name, value in info.items() if value}

    # --- 2.0.1 and 2.1
    # -----------------------------------------------------------------------------------------

    def _authorize_2x(self, station: Station, payload: dict, record: Record | None) -> dict:
        return {"idTokenInfo": self._id_token_info(payload.get("idToken"))}

    def _transaction_event(self, station: Station, payload: dict, record: Record | None) -> dict:
        """A verdict on the token when one is shown (OCPP 2.0.1 E01.FR.11), else nothing."""
        token = payload.get("idToken")
        return {"idTokenInfo": self._id_token_info(token)} if token else {}

    def _status_2x(self, station: Station, payload: dict, record: Record | None) -> dict:
        evse, connector = integer(payload.get("evseId")) or 0, integer(payload.get("connectorId")) or 0
        self._note_status(station, evse, connector, payload.get("connectorStatus"), None, payload.get("timestamp"))
        return {}

    def _id_token_info(self, token: Any) -> dict:
        token = token if isinstance(token, dict) else {"idToken": token}
        if token.get("type") == "NoAuthorization":
            return {"status": "Accepted"}
        answer = self._directory.token(str(token.get("idToken")), self._clock.now())
        info: dict[str, Any] = {"status": _STATUS_2X.get(answer.status, answer.status)}
        if answer.valid_until:
            info["cacheExpiryDateTime"] = answer.valid_until
        if answer.parent and len(answer.parent) <= 36:
            info["groupIdToken"] = {"idToken": answer.parent, "type": "Central"}
        return info

    def _note_status(
        self, station: Station, evse: int, connector: int, status: Any, error: str | None, stamp: Any
    ) -> None:
        known = (evse, connector) in station.connectors
        if not (known or len(station.connectors) < CONNECTOR_LIMIT) or not 0 <= max(evse, connector) < 1 << 31:
            return  # no station has so many: what is kept and sent to Odoo must not grow with what it claims
        station.connectors[evse, connector] = {
            "evse": evse,
            "connector": connector,
            "status": _text(status) or "Unknown",
            "error": None if error == "NoError" else error,
            # Arrival: a live state is about now, and station clocks are not to be trusted for that.
            "at": iso(self._clock.now()),
        }
        self._registry.touch(station)


def _constant(answer: dict) -> Handler:
    return lambda station, payload, record: answer


def _text(value: Any) -> str | None:
    """What a database takes: no NUL, no half of a surrogate pair, no more than 255 characters."""
    if not isinstance(value, str | int | float):
        return None
    return str(value)[:255].replace("\0", "").encode("utf-8", "ignore").decode() or None
