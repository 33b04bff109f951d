"""OCPP-J frames (OCPP 1.6J 4.2, OCPP 2.0.1 part 4 4.2, OCPP 2.1 part 4 4.2): read leniently, answer by the
book."""

import json
from dataclasses import dataclass
from typing import Any

import msgspec

from ..lenient import decode_json

CALL, CALLRESULT, CALLERROR, CALLRESULTERROR, SEND = 2, 3, 4, 5, 6
MESSAGE_ID_LIMIT = 255  # the books say 36; longer ones occur and are echoed: billing data is worth more

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Call:
    """A request, or with `reply` False a SEND: an unconfirmed one (OCPP 2.1 part 4 4.2.5)."""

    message_id: Any
    action: str
    payload: Any
    reply: bool = True


@dataclass(frozen=True, slots=True)
class Malformed:
    """Not a frame to act on. `answer` is the CALLERROR to send, or None where the book says: ignore."""

    reason: str
    answer: str | None


@dataclass(frozen=True, slots=True)
class Reply:
    """CALLRESULT, CALLERROR or CALLRESULTERROR: the answer to a call of ours, or nobody's."""

    kind: int
    message_id: Any


def read_frame(raw: str, ocpp: str) -> Call | Reply | Malformed:
    """Read one frame of a connection that speaks `ocpp`. Never raises."""
    try:
        frame = decode_json(raw)
    except ValueError:
        return _unreadable("not JSON", ocpp)
    if not isinstance(frame, list):
        return _unreadable("not a JSON list", ocpp)
    plain = len(frame) == 4 and frame[0] == CALL and type(frame[1]) is str and type(frame[2]) is str
    if plain and len(frame[1]) <= MESSAGE_ID_LIMIT:
        return Call(frame[1], frame[2], frame[3])
    return _read_unusual(frame, ocpp)


def _read_unusual(frame: list, ocpp: str) -> Call | Reply | Malformed:
    """Everything but a plain call."""
    if not frame or type(frame[0]) is not int:
        return _unreadable("no message type number", ocpp)
    kind = frame[0]
    if kind not in (CALL, CALLRESULT, CALLERROR) and not (ocpp == "2.1" and kind in (CALLRESULTERROR, SEND)):
        return _unknown_type(frame, ocpp)
    if len(frame) < 2 or not isinstance(frame[1], str | int) or len(str(frame[1])) > MESSAGE_ID_LIMIT:
        return _unreadable("message id missing, too long or not a string", ocpp)
    if kind in (CALLRESULT, CALLERROR, CALLRESULTERROR):
        return Reply(kind, frame[1])  # never answered, whatever else is wrong with it
    if len(frame) < 4 or not isinstance(frame[2], str):
        reason = "a call is [2, id, action, payload]"
        # An unconfirmed message is never answered, not even to complain (OCPP 2.1 part 4 4.1.4).
        return Malformed(reason, call_error(frame[1], _frame_fault(ocpp), reason) if kind == CALL else None)
    return Call(frame[1], frame[2], frame[3], reply=kind == CALL)


def _frame_fault(ocpp: str) -> str:
    return "FormationViolation" if ocpp == "1.6" else "RpcFrameworkError"


def _unreadable(reason: str, ocpp: str) -> Malformed:
    """No usable message id: OCPP 2.x answers with id "-1" (part 4 4.2.3); 1.6 knows no such answer."""
    return Malformed(reason, None if ocpp == "1.6" else call_error("-1", "RpcFrameworkError", reason))


def _unknown_type(frame: list, ocpp: str) -> Malformed:
    """1.6J 4.1.3: ignore. 2.x has an error code for it (part 4, table 7: MessageTypeNotSupported)."""
    reason = f"message type {str(frame[0])[:20]} is not supported"
    usable = len(frame) > 1 and isinstance(frame[1], str) and len(frame[1]) <= MESSAGE_ID_LIMIT
    if ocpp == "1.6":
        return Malformed(reason, None)
    return Malformed(reason, call_error(frame[1] if usable else "-1", "MessageTypeNotSupported", reason))


def call_result(message_id: Any, payload: Any) -> str:
    return _text([CALLRESULT, message_id, payload])


def call_error(message_id: Any, code: str, description: str) -> str:
    """`description` is cut to the 255 characters the standards allow."""
    return _text([CALLERROR, message_id, code, description[:255], {}])


def _text(frame: list) -> str:
    try:
        return _encode(frame).decode()
    except UnicodeError:  # a lone surrogate in the message id: escape it as it came
        return json.dumps(frame)
