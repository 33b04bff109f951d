"""One item of a batch, read into a fact or refused with a reason."""

import json
from datetime import datetime, timedelta
from typing import NamedTuple

from .moment import parse_utc
from .text import is_storable

INT64 = 2**63 - 1
MAX_READINGS = 100_000
# No charger spoke OCPP before this; an earlier start is a clock that was never set (1970, 2000).
EARLIEST = datetime(2012, 1, 1)
# A charger's clock may run ahead a little, not by more than this.
CLOCK_AHEAD = timedelta(hours=24)

# What a sender says when it measured otherwise than stop minus start.
METER_FLAGS = {
    "register_fell", "meter_reset", "meter_start_missing", "meter_stop_missing", "meter_start_replaced",
    "meter_stop_replaced", "energy_implausible", "no_meter_values",
}  # fmt: skip

KEYS = {
    "id", "station", "evse", "connector", "token", "start", "stop", "meter_start", "meter_stop", "energy", "readings",
    "charging_seconds", "idle_seconds", "stop_reason", "auth", "signed", "flags", "raw", "credit_of", "replaces",
}  # fmt: skip


class Rejected(Exception):
    """Why an item cannot be a fact; ``code`` groups reasons of one kind, the text is for a person."""

    def __init__(self, code, reason):
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Fact(NamedTuple):
    """A charge detail record: energies and registers in Wh, moments naive UTC, durations in seconds."""

    external_id: str
    station: str
    evse: int
    connector: int | None
    token_uid: str | None
    token_type: str | None
    start: datetime
    stop: datetime
    meter_start: int | None
    meter_stop: int | None
    energy: int
    readings: list
    charging_seconds: int | None
    idle_seconds: int | None
    stop_reason: str | None
    authorization_reference: str | None
    signed: list | None
    flags: tuple
    raw_reference: str | None
    credit_of: str | None
    replaces: str | None


def read_fact(item, now):
    """Return the :class:`Fact` in ``item`` (see ``readme/BRIDGE.md`` for its keys).

    :param now: naive UTC; what lies more than a day after it is a wrong clock
    :raise Rejected: with the field and the mend
    """
    if not isinstance(item, dict):
        raise Rejected("malformed", f"A CDR must be a JSON object, not {type(item).__name__}.")
    if "quarantine" in item:
        raise Rejected("bridge", _text(item, "quarantine", 2000) or "The bridge gave no reason.")
    if not item.keys() <= KEYS:
        unknown = sorted(item.keys() - KEYS)
        raise Rejected(
            "malformed",
            f"Unknown field {unknown[0]!r}: schema 1 does not have it. Upgrade this side or fix the sender.",
        )
    start, stop = _period(item, now)
    token = item.get("token") or {}
    if not isinstance(token, dict):
        raise Rejected("malformed", "'token' must be an object with 'uid' and 'type', or null.")
    meter_start, meter_stop = _integer(item, "meter_start"), _integer(item, "meter_stop")
    energy = _integer(item, "energy")
    if energy is None:
        raise Rejected("energy", "'energy' (Wh, an integer) is missing.")
    flags = _flags(item)
    if (
        None not in (meter_start, meter_stop)
        and meter_stop - meter_start != energy
        and not METER_FLAGS.intersection(flags)
    ):
        # The sender knows of nothing odd about the meter, and yet its own numbers do not add up.
        flags = (*flags, "energy_mismatch")
    if item.get("credit_of") and item.get("replaces"):
        raise Rejected("credit", "An item is a credit ('credit_of') or a replacement ('replaces'), not both: send two.")
    return Fact(
        external_id=_text(item, "id", 255, required=True),
        station=_text(item, "station", 255, required=True),
        evse=_integer(item, "evse", required=True),
        connector=_integer(item, "connector"),
        token_uid=_text(token, "uid", 255),
        token_type=_text(token, "type", 64),
        start=start,
        stop=stop,
        meter_start=meter_start,
        meter_stop=meter_stop,
        energy=energy,
        readings=_readings(item),
        charging_seconds=_integer(item, "charging_seconds"),
        idle_seconds=_integer(item, "idle_seconds"),
        stop_reason=_text(item, "stop_reason", 64),
        authorization_reference=_text(item, "auth", 255),
        signed=_signed(item),
        flags=flags,
        raw_reference=_text(item, "raw", 255),
        credit_of=_text(item, "credit_of", 255),
        replaces=_text(item, "replaces", 255),
    )


def _period(item, now):
    start, stop = parse_utc(item.get("start")), parse_utc(item.get("stop"))
    for key, moment in (("start", start), ("stop", stop)):
        if moment is None:
            raise Rejected(
                "clock", f"'{key}' is {item.get(key)!r}: expected a moment with its zone, such as 2026-10-03T08:15:00Z."
            )
    if start < EARLIEST:
        raise Rejected(
            "clock",
            f"The session starts in {start.year}: the station's clock was not set. Correct the times and replay.",
        )
    if stop > now + CLOCK_AHEAD:
        raise Rejected(
            "clock",
            f"The session stops on {stop} UTC, in the future: the station's clock is ahead. Correct the times and replay.",
        )
    if stop < start:
        raise Rejected(
            "clock", f"The session stops ({stop} UTC) before it starts ({start} UTC). Correct the times and replay."
        )
    return start, stop


def _integer(item, key, required=False):
    value = item.get(key)
    if type(value) is int and 0 <= value < 2**31:
        return value
    if value is None:
        if required:
            raise Rejected("malformed", f"'{key}' (an integer) is missing.")
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise Rejected("malformed", f"'{key}' is {value!r}: expected an integer.")
    if not 0 <= value <= (INT64 if key not in ("evse", "connector", "charging_seconds", "idle_seconds") else 2**31 - 1):
        raise Rejected(
            "energy" if key in ("energy", "meter_start", "meter_stop") else "malformed",
            f"'{key}' is {value}: it must not be negative or beyond any meter. Correct the value and replay.",
        )
    return value


def _text(item, key, limit, required=False):
    value = item.get(key)
    if type(value) is str and 0 < len(value) <= limit and value.isascii() and "\x00" not in value:
        return value
    if value is None or value == "":
        if required:
            raise Rejected("malformed", f"'{key}' (a text) is missing.")
        return None
    if not isinstance(value, str) or len(value) > limit or not is_storable(value):
        raise Rejected(
            "malformed", f"'{key}' must be a text of at most {limit} characters, none of them NUL or half a pair."
        )
    return value


def _readings(item):
    """Return [[UTC epoch seconds, register Wh], ...] as sent, checked to run forward in time and never down."""
    readings = item.get("readings") or []
    if not isinstance(readings, list) or len(readings) > MAX_READINGS:
        raise Rejected("malformed", f"'readings' must be a list of at most {MAX_READINGS} [epoch, Wh] pairs.")
    last_epoch = last_wh = -1
    for number, reading in enumerate(readings, 1):
        # This loop runs some twenty times a session, so it is plain.
        if type(reading) is not list or len(reading) != 2 or type(reading[0]) is not int or type(reading[1]) is not int:
            raise Rejected(
                "malformed", f"Reading {number} is {str(reading)[:80]}: expected [epoch seconds, Wh], two integers."
            )
        epoch, wh = reading
        if epoch <= last_epoch or wh < last_wh or wh > INT64:
            raise Rejected(
                "energy",
                f"Reading {number} {reading} does not come after [{last_epoch}, {last_wh}]: time and register only rise.",
            )
        last_epoch, last_wh = epoch, wh
    return readings


def _flags(item):
    flags = item.get("flags")
    if not flags:
        return ()
    if not isinstance(flags, list) or len(flags) > 20:
        raise Rejected("malformed", "'flags' must be a list of at most 20 words.")
    for flag in flags:
        if (
            not isinstance(flag, str)
            or not 0 < len(flag) <= 40
            or not flag.replace("_", "").isalnum()
            or not flag.isascii()
        ):
            raise Rejected("malformed", f"Flag {flag!r}: expected a word of letters, digits and '_', at most 40.")
    return tuple(dict.fromkeys(flags))


def _signed(item):
    signed = item.get("signed")
    if signed is None:
        return None
    if not isinstance(signed, list):
        raise Rejected("malformed", "'signed' must be a list of signed meter values, or null.")
    if signed and not is_storable(json.dumps(signed, ensure_ascii=False)) or "\\u0000" in json.dumps(signed):
        raise Rejected("malformed", "'signed' holds characters no database keeps (NUL or half a surrogate pair).")
    return signed or None
