"""Messages of all versions, read to one shape: events. Retries (same content, new message id) become one."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from ..lenient import decode_json, integer, mapping
from .model import Message, Token
from .samples import Sample, read_samples, to_wh
from .times import parse_time


@dataclass(frozen=True)
class Event:
    """`stamp` and `arrived` in epoch seconds, `register` in Wh."""

    kind: str
    session: str
    stamp: float | None
    naive: bool
    arrived: float
    identity: str  # its content without the message id: what a retry shares
    seq: int | None = None
    evse: int | None = None
    connector: int | None = None
    token: Token | None = None
    register: int | None = None
    samples: tuple[Sample, ...] = ()
    state: str | None = None
    reason: str | None = None
    auth: str | None = None
    unread: str | None = None  # the time stamp as it came, when it cannot be read
    offline: bool = False

    @property
    def loose(self) -> bool:
        """It names no transaction: it belongs to a connector, and perhaps to the session on it."""
        return self.session.startswith("loose:")


def read_events(messages: Iterable[Message]) -> list[Event]:
    """Deduplicated, in an order that depends on content alone."""
    found: dict[str, Event] = {}
    for message in messages:
        event = _read(message)
        known = found.get(event.identity)
        if known is None or event.arrived < known.arrived:
            found[event.identity] = event
    return [found[identity] for identity in sorted(found)]


def payload_of(message: Message) -> dict:
    """The payload as it came; empty when the frame cannot be read."""
    try:
        frame = decode_json(message.raw)
    except ValueError:
        return {}
    return mapping(frame[3]) if isinstance(frame, list) and len(frame) > 3 else {}


def _read(message: Message) -> Event:
    payload = payload_of(message)
    identity = f"{message.action} {json.dumps(payload, sort_keys=True)}"
    blank = Event(message.kind, message.session, None, False, message.arrived / 1000, identity)
    return _READERS.get(message.action, _nothing)(blank, payload)


def _nothing(blank: Event, payload: dict) -> Event:
    return blank


def _stamped(blank: Event, payload: dict, **fields: Any) -> Event:
    written = payload.get("timestamp")
    stamp, naive = parse_time(written)
    unread = json.dumps(written, sort_keys=True) if stamp is None and written is not None else None
    return replace(blank, stamp=stamp, naive=naive, unread=unread, **fields)


def _start_16(blank: Event, payload: dict) -> Event:
    reservation = integer(payload.get("reservationId"))
    return _stamped(
        blank,
        payload,
        evse=integer(payload.get("connectorId")),
        connector=1,  # 1.6 has no EVSEs: connector N is EVSE N with one connector
        token=_token(payload.get("idTag"), None),
        register=to_wh(payload.get("meterStart")),
        auth=None if reservation is None else f"reservation:{reservation}",
    )


def _stop_16(blank: Event, payload: dict) -> Event:
    return _stamped(
        blank,
        payload,
        token=_token(payload.get("idTag"), None),
        register=to_wh(payload.get("meterStop")),
        samples=read_samples(payload.get("transactionData")),
        reason=str(payload.get("reason") or "Local"),  # OCPP 1.6 6.49: omitted means Local
    )


def _meter_values(blank: Event, payload: dict) -> Event:
    samples = read_samples(payload.get("meterValue"))
    stamp = max((sample.stamp for sample in samples if sample.stamp is not None), default=None)
    return replace(blank, stamp=stamp, samples=samples, evse=integer(payload.get("connectorId")))


def _transaction_event(blank: Event, payload: dict) -> Event:
    info, evse = mapping(payload.get("transactionInfo")), mapping(payload.get("evse"))
    token = mapping(payload.get("idToken"))
    remote, reservation = integer(info.get("remoteStartId")), integer(payload.get("reservationId"))
    auth = f"remote:{remote}" if remote is not None else None
    if auth is None and reservation is not None:
        auth = f"reservation:{reservation}"
    return _stamped(
        blank,
        payload,
        seq=integer(payload.get("seqNo")),
        evse=integer(evse.get("id")),
        connector=integer(evse.get("connectorId")),
        token=_token(token.get("idToken"), token.get("type")),
        samples=read_samples(payload.get("meterValue")),
        state=str(info["chargingState"]) if info.get("chargingState") else None,
        # OCPP 2.0.1 1.60.4: stoppedReason may be omitted only when it is Local.
        reason=str(info.get("stoppedReason") or "Local") if blank.kind == "end" else None,
        auth=auth,
        offline=payload.get("offline") is True,
    )


def _token(uid: Any, kind: Any) -> Token | None:
    return Token(str(uid), str(kind) if kind else None) if isinstance(uid, str | int) and uid != "" else None


_READERS = {
    "StartTransaction": _start_16,
    "StopTransaction": _stop_16,
    "MeterValues": _meter_values,
    "TransactionEvent": _transaction_event,
}
