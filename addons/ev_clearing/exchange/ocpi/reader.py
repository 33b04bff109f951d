"""CDR objects of OCPI 2.1.1, 2.2.1 and 2.3.0, read into lines. The version is told from each object itself.

Field names: OCPI 2.1.1 `mod_cdrs` 3.1, OCPI 2.2.1 10.3.1, OCPI 2.3.0 `mod_cdrs` (prices as `before_taxes` and `taxes`).
"""

import io
import json
from datetime import UTC
from decimal import Decimal

from ..line import Line, LineError
from ..text import shown
from .members import MemberError, member, moment, number, price, text, watt_hours
from .stream import read_objects

VERSIONS = ("2.1.1", "2.2.1", "2.3.0")


def read_cdrs(file):
    """Yield a `Line` or a `LineError` for every CDR, numbered from 1.

    :param file: bytes, or a binary seekable file
    :raise ExchangeError: the document as a whole is broken; what came before stands
    """
    if isinstance(file, (bytes, bytearray, memoryview)):
        file = io.BytesIO(file)
    for place, found in enumerate(read_objects(file), 1):
        if not isinstance(found, dict):
            yield LineError(place, None, f"{shown(found)}: expected a CDR object.")
            continue
        try:
            yield read_cdr(found, place)
        except MemberError as error:
            path, message = error.args
            yield LineError(place, path, f"{path} {message}", (_raw(found),), _id(found))


def version_of(cdr: dict) -> str:
    """Which OCPI an object speaks, by what only that version has."""
    if "location" in cdr or "auth_id" in cdr or "stop_date_time" in cdr:
        return "2.1.1"
    cost = cdr.get("total_cost")
    return "2.3.0" if isinstance(cost, dict) and "before_taxes" in cost else "2.2.1"


def read_cdr(cdr: dict, place: int) -> Line:
    """:raise MemberError: a field that is missing or wrong"""
    end = "end_date_time" if "end_date_time" in cdr else "stop_date_time"
    start, stop = moment(cdr, "start_date_time", "start_date_time", True), moment(cdr, end, end, True)
    if stop < start:
        raise MemberError(end, f"{stop} UTC lies before the start, {start} UTC.")
    amount, _version = price(cdr, "total_cost", required=True)
    energy = watt_hours(number(cdr, "total_energy", "total_energy", True))
    number(cdr, "total_time", "total_time")
    return Line(
        place,
        text(cdr, "id", "id", required=True),
        start,
        stop,
        energy,
        amount,
        _currency(cdr),
        readings=_readings(cdr, stop, energy),
        auth=text(cdr, "authorization_reference", "authorization_reference")
        or text(cdr, "authorization_id", "authorization_id"),
        credit_of=_credited(cdr),
        signed=_signed(cdr),
        session_id=text(cdr, "session_id", "session_id"),
        **_place(cdr),
        **_token(cdr),
    )


def _currency(cdr):
    code = text(cdr, "currency", "currency", required=True)
    if len(code) != 3 or not code.isascii() or not code.isalpha():
        raise MemberError("currency", f"{shown(code)}: expected three letters, such as EUR.")
    return code.upper()


def _credited(cdr):
    """The id of the CDR that this one credits (OCPI 2.2.1 10.1.1)."""
    credit = cdr.get("credit")
    if credit not in (None, True, False):
        raise MemberError("credit", f"{shown(credit)}: expected true or false.")
    reference = text(cdr, "credit_reference_id", "credit_reference_id")
    if credit and not reference:
        raise MemberError("credit_reference_id", "is missing: a credit CDR names the CDR it credits.")
    return reference if credit else None


def _token(cdr):
    """Token fields of a line. 2.1.1 names the contract alone (`auth_id`), not the badge."""
    token = member(cdr, "cdr_token", "cdr_token", dict)
    if token is None:
        return {"contract_id": text(cdr, "auth_id", "auth_id")}
    country = text(token, "country_code", "cdr_token.country_code", 10)
    party = text(token, "party_id", "cdr_token.party_id", 10)
    return {
        "token_uid": text(token, "uid", "cdr_token.uid", required=True),
        "token_type": text(token, "type", "cdr_token.type", 64),
        "contract_id": text(token, "contract_id", "cdr_token.contract_id"),
        "country_code": country and country.upper(),
        "party_id": party and party.upper(),
    }


def _place(cdr):
    """Where: the EVSE ID, and the connector where it is a number."""
    location = member(cdr, "cdr_location", "cdr_location", dict)
    if location is not None:
        return {
            "evse_id": text(location, "evse_id", "cdr_location.evse_id")
            or text(location, "evse_uid", "cdr_location.evse_uid", required=True),
            "connector": _whole(text(location, "connector_id", "cdr_location.connector_id")),
        }
    location = member(cdr, "location", "location", dict)
    if location is None:
        raise MemberError("cdr_location", "is missing: where was it?")
    evse = _only(member(location, "evses", "location.evses", list), "location.evses")
    connectors = member(evse, "connectors", "location.evses.connectors", list)
    connector = _only(connectors, "location.evses.connectors") if connectors else {}
    return {
        "evse_id": text(evse, "evse_id", "location.evses.evse_id")
        or text(evse, "uid", "location.evses.uid", required=True),
        "connector": _whole(text(connector, "id", "location.evses.connectors.id")),
    }


def _only(found, path):
    if not found or not isinstance(found[0], dict):
        raise MemberError(path, "is empty: expected the one that was used.")
    return found[0]


def _whole(name):
    return int(name) if name and name.isascii() and name.isdigit() and len(name) < 9 else None


def _readings(cdr, stop, energy):
    """A register from 0 at the first period to the total at the end, risen by each period's ENERGY where all of them say it."""
    periods = member(cdr, "charging_periods", "charging_periods", list) or []
    total, readings = Decimal(0), []
    for index, period in enumerate(periods):
        path = f"charging_periods[{index}]"
        if not isinstance(period, dict):
            raise MemberError(path, f"{shown(period)}: expected an object.")
        begins = moment(period, "start_date_time", f"{path}.start_date_time", True)
        readings.append([int(begins.replace(tzinfo=UTC).timestamp()), watt_hours(total)])
        total += _period_energy(period, path)
    last = [int(stop.replace(tzinfo=UTC).timestamp()), watt_hours(total)]
    steps = [*readings, last]
    rising = all(one[0] < next_[0] and one[1] <= next_[1] for one, next_ in zip(steps, steps[1:], strict=False))
    # Periods that do not add up to the session are no meter: constant power is then the honest assumption.
    return steps if total and rising and abs(last[1] - energy) <= len(steps) else ()


def _period_energy(period, path):
    energy = Decimal(0)
    for dimension in member(period, "dimensions", f"{path}.dimensions", list) or []:
        if isinstance(dimension, dict) and dimension.get("type") == "ENERGY":
            energy += number(dimension, "volume", f"{path}.dimensions.volume", True, negative=True)
    return energy


def _signed(cdr):
    """The signed data as one entry of a list, texts only."""
    signed = member(cdr, "signed_data", "signed_data", dict)
    if not signed:
        return None
    dumped = json.dumps(signed, default=str)
    if "\\u0000" in dumped or "\\ud8" in dumped.lower() or len(dumped) > 1_000_000:
        raise MemberError("signed_data", "holds characters that no database keeps, or more than a megabyte.")
    return [json.loads(dumped)]


def _raw(cdr):
    return json.dumps(cdr, default=str)[:20_000]


def _id(cdr):
    found = cdr.get("id")
    return found[:255] if isinstance(found, str) else None
