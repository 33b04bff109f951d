"""From a transaction message to the journal record: kind, session, and the key a retry shares.

Lenient on purpose: whatever shape the payload has, a record comes out. What does not even name its session is
recorded as `malformed` and ends in quarantine; it is never lost.
"""

import hashlib
from typing import Any

from ..journal import Record
from ..lenient import integer

# Persisted before they are answered. DataTransfer and NotifySettlement carry billing data of some makers.
JOURNALED = {
    "1.6": frozenset(("StartTransaction", "StopTransaction", "MeterValues", "DataTransfer")),
    "2.0.1": frozenset(("TransactionEvent", "MeterValues", "DataTransfer")),
    "2.1": frozenset(("TransactionEvent", "MeterValues", "DataTransfer", "NotifySettlement")),
}
_KINDS = {"Started": "start", "Updated": "update", "Ended": "end"}


def make_record(station: str, ocpp: str, action: str, message_id: Any, arrived: int, payload: Any, raw: str) -> Record:
    """`arrived` in UTC epoch milliseconds."""
    kind, evse, session, key = "malformed", None, None, ""
    if isinstance(payload, dict):
        kind, evse, session, key = _READERS.get(action, _other)(payload)
    if kind == "malformed":
        key = digest(action, raw.partition(",")[2].partition(",")[2])  # without the message id: retries change it
        session = f"malformed:{key}"
    if session is not None and not session.isascii():
        session = storable(session)
    if not key.isascii():
        key = storable(key)
    return Record(station, ocpp, action, storable(str(message_id)), arrived, kind, evse, session, key, raw)


def make_garbage(station: str, ocpp: str, arrived: int, raw: str) -> Record:
    """A frame that is no frame but names a transaction: kept for a person to look at."""
    key = digest("garbage", raw)
    return Record(station, ocpp, "?", "", arrived, "malformed", None, f"malformed:{key}", key, raw)


def storable(text: str) -> str:
    """JSON may spell half a surrogate pair, which no database keeps; it is written out instead."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def looks_like_billing(raw: str) -> bool:
    return "Transaction" in raw or "MeterValues" in raw


def digest(*parts: Any) -> str:
    """A short fingerprint of values that came in JSON."""
    return hashlib.blake2b("\x1f".join(map(str, parts)).encode("utf-8", "replace"), digest_size=8).hexdigest()


def _start_16(payload: dict) -> tuple:
    """Key by OCPP 1.6 practice: station (added by the journal), connector, idTag, timestamp, meterStart."""
    names = ("connectorId", "idTag", "timestamp", "meterStart")
    return "start", integer(payload.get("connectorId")), None, digest(*(payload.get(name) for name in names))


def _stop_16(payload: dict) -> tuple:
    transaction = integer(payload.get("transactionId"))
    if transaction is not None and transaction > 0:
        return "end", None, f"t:{transaction}", f"stop:{transaction}"
    # -1, 0 or none: an id that was never issued. Keyed by its content, so that its retries meet.
    key = digest(payload.get("idTag"), payload.get("timestamp"), payload.get("meterStop"))
    return "end", None, f"stray:{key}", f"stop:{key}"


def _meter_values(payload: dict) -> tuple:
    """1.6 by transaction when it names one; 2.x MeterValues never do (OCPP 2.0.1 J01)."""
    evse = integer(payload.get("connectorId", payload.get("evseId")))
    transaction = integer(payload.get("transactionId"))
    named = transaction is not None and transaction > 0
    session = f"t:{transaction}" if named else f"loose:{evse}"
    return "meter", evse, session, digest(session, payload.get("meterValue"))


def _transaction_event(payload: dict) -> tuple:
    info = payload.get("transactionInfo")
    transaction = info.get("transactionId") if isinstance(info, dict) else None
    if not isinstance(transaction, str | int) or transaction == "":
        return "malformed", None, None, ""
    evse = payload.get("evse")
    number = integer(evse.get("id")) if isinstance(evse, dict) else None
    event = payload.get("eventType")
    # All events with seqNo 0 occur, so the sequence number alone does not tell a retry from a new event.
    key = f"{transaction}|{payload.get('seqNo')}|{event}|{payload.get('timestamp')}"
    return _KINDS.get(event, "update"), number, f"x:{transaction}", key


def _other(payload: dict) -> tuple:
    return "other", None, None, digest(sorted(payload.items(), key=str))


_READERS = {
    "StartTransaction": _start_16,
    "StopTransaction": _stop_16,
    "MeterValues": _meter_values,
    "TransactionEvent": _transaction_event,
}
