"""CDR objects of OCPI 2.1.1, 2.2.1 and 2.3.0, written. What is not known is left out, never null; numbers have 4 decimals.

Required by a version and not known: coordinates are 0, a token without a contract names its uid, and without a party the
operator's (as for local tokens, whose issuer the operator is); dimensions are those of the session as a whole.
"""

import json
from datetime import UTC
from decimal import ROUND_HALF_UP, Decimal

from ..line import ExchangeError
from .reader import VERSIONS
from .record import CdrRecord

STEP = Decimal("0.0001")
# 11 digits and 4 decimals are the 15 that a binary float gives back unchanged.
LARGEST = 10**11


def write_cdrs(records, version: str, file) -> int:
    """Write a JSON list, record by record; return how many.

    :param file: binary and writable
    :raise ExchangeError: no such version
    """
    _check(version)
    count = 0
    file.write(b"[")
    for record in records:
        file.write(b",\n" if count else b"\n")
        file.write(dump(write_cdr(record, version)).encode())
        count += 1
    file.write(b"\n]\n")
    return count


def dump(cdr: dict) -> str:
    """Compact JSON with exact decimals."""
    return _ENCODER.encode(cdr)


def write_cdr(record: CdrRecord, version: str) -> dict:
    """One CDR object; its numbers are `Decimal` with 4 decimals.

    :raise ExchangeError: no such version
    """
    _check(version)
    later = version != "2.1.1"
    cdr = {"country_code": record.country_code, "party_id": record.party_id} if later else {}
    cdr |= {
        "id": record.id,
        "start_date_time": _moment(record.start),
        "end_date_time" if later else "stop_date_time": _moment(record.stop),
    }
    cdr |= _who(record, later)
    cdr |= {"cdr_location": _location(record)} if later else {"location": _location_211(record)}
    cdr["currency"] = record.currency
    if record.tariffs:
        cdr["tariffs"] = list(record.tariffs)
    cdr["charging_periods"] = _periods(record, later)
    if later and record.signed_data:
        cdr["signed_data"] = record.signed_data
    cdr |= _totals(record, version)
    cdr |= _filled(remark=record.remark)
    if later:
        cdr |= _filled(invoice_reference_id=record.invoice_reference_id)
        if record.credit:
            cdr |= {"credit": True, "credit_reference_id": record.credit_reference_id}
    cdr["last_updated"] = _moment(record.last_updated)
    return cdr


def _check(version):
    if version not in VERSIONS:
        raise ExchangeError(f"OCPI {version!r} is not written, only {', '.join(VERSIONS)}.")


def _who(record, later):
    token = record.token
    if not later:
        method = "AUTH_REQUEST" if record.auth_method == "COMMAND" else record.auth_method
        return {"auth_id": token.contract_id or token.uid, "auth_method": method}
    found = _filled(session_id=record.session_id)
    found["cdr_token"] = {
        "country_code": token.country_code or record.country_code,
        "party_id": token.party_id or record.party_id,
        "uid": token.uid,
        "type": token.type,
        "contract_id": token.contract_id or token.uid,
    }
    found["auth_method"] = record.auth_method
    return found | _filled(authorization_reference=record.authorization_reference)


def _coordinates(location):
    latitude, longitude = location.coordinates or ("0.000000", "0.000000")
    return {"latitude": latitude, "longitude": longitude}


def _location(record):
    where = record.location
    return {
        "id": where.id,
        **_filled(name=where.name),
        "address": where.address,
        "city": where.city,
        **_filled(postal_code=where.postal_code),
        "country": where.country,
        "coordinates": _coordinates(where),
        "evse_uid": where.evse_uid,
        "evse_id": where.evse_id,
        "connector_id": where.connector_id,
        "connector_standard": where.connector_standard,
        "connector_format": where.connector_format,
        "connector_power_type": where.connector_power_type,
    }


def _location_211(record):
    """The whole `Location` with the one EVSE and connector that was used (OCPI 2.1.1 `mod_locations` 3.1 to 3.3)."""
    where, updated = record.location, _moment(record.last_updated)
    power = where.connector_power_type
    connector = {
        "id": where.connector_id,
        "standard": where.connector_standard,
        "format": where.connector_format,
        # 2.1.1 knows one, three phases and DC.
        "power_type": {"AC_2_PHASE": "AC_1_PHASE", "AC_2_PHASE_SPLIT": "AC_1_PHASE"}.get(power, power),
        "voltage": 400 if power in ("AC_3_PHASE", "DC") else 230,
        "amperage": 32,
        "last_updated": updated,
    }
    return {
        "id": where.id,
        "type": "UNKNOWN",
        **_filled(name=where.name),
        "address": where.address,
        "city": where.city,
        "postal_code": where.postal_code or "",
        "country": where.country,
        "coordinates": _coordinates(where),
        "evses": [
            {
                "uid": where.evse_uid,
                "evse_id": where.evse_id,
                "status": "UNKNOWN",
                "connectors": [connector],
                "last_updated": updated,
            }
        ],
        "last_updated": updated,
    }


def _periods(record, later):
    whole = {"ENERGY": record.total_energy_kwh, "TIME": record.total_time_hours}
    periods = record.periods or ((record.start, whole, None),)
    return [
        {
            "start_date_time": _moment(start),
            "dimensions": [{"type": name, "volume": _number(volume)} for name, volume in dimensions.items()],
            **(_filled(tariff_id=tariff) if later else {}),
        }
        for start, dimensions, tariff in periods
    ]


def _totals(record, version):
    totals = {"total_cost": _price(record.total_cost, version, record)}
    if version != "2.1.1":
        totals |= _costs(record, version, "fixed")
    totals["total_energy"] = _number(record.total_energy_kwh)
    if version != "2.1.1":
        totals |= _costs(record, version, "energy")
    totals["total_time"] = _number(record.total_time_hours)
    if version != "2.1.1":
        totals |= _costs(record, version, "time")
    if record.total_parking_hours is not None:
        totals["total_parking_time"] = _number(record.total_parking_hours)
    if version != "2.1.1":
        totals |= _costs(record, version, "parking")
    return totals


def _costs(record, version, what):
    cost = getattr(record, f"total_{what}_cost")
    return {} if cost is None else {f"total_{what}_cost": _price(cost, version)}


def _price(amount, version, record=None):
    """A price of the version; only the total carries its taxes."""
    net = _number(amount)
    taxes = record.taxes if record else None
    if version == "2.1.1":
        return net
    if version == "2.2.1":
        return {"excl_vat": net} | ({} if taxes is None else {"incl_vat": _number(amount + taxes)})
    found = {"before_taxes": net}
    if taxes is not None:
        percentage = {} if record.tax_percentage is None else {"percentage": _number(record.tax_percentage)}
        found["taxes"] = [{"name": record.tax_name, **percentage, "amount": _number(taxes)}]
    return found


def _number(value):
    return Decimal(value).quantize(STEP, ROUND_HALF_UP)


def _moment(moment):
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _filled(**members):
    return {name: value for name, value in members.items() if value not in (None, "")}


def _exact(value):
    """A `Decimal` as the float that JSON writes with the very same digits (true up to 15 of them)."""
    if not isinstance(value, Decimal):
        raise TypeError(f"{value!r} does not belong into an OCPI object.")
    if abs(value) >= LARGEST:
        raise ExchangeError(f"{value} is too large for a CDR.")
    return float(value)


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_exact)
