"""What the charger signed, as OCPI's `SignedData` (OCPI 2.2.1 10.4.6 and 10.4.7): whoever pays for a session can verify it."""

import base64

from .ocmf import SignedError, read_ocmf, unwrap


def to_signed_data(signed, meter_key=None):
    """The `SignedData` object of a session, or None where nothing was signed.

    The record with the lowest reading is the start's, the one with the highest the end's, as records come in any order.

    :param signed: list of OCPP 2.x `SignedMeterValueType` objects; or of one OCPI `SignedData`, as a file brought it
    :param meter_key: the meter's public key where it is on file; else the one that came with a record
    """
    values = [value for value in signed or () if isinstance(value, dict)]
    for value in values:
        if value.get("signed_values"):
            return value
    values = [value for value in values if isinstance(value.get("signedMeterData"), str) and value["signedMeterData"]]
    if not values:
        return None
    readings = [_read(value["signedMeterData"]) for value in values]
    if all(highest is not None for _plain, highest in readings):
        readings.sort(key=lambda reading: reading[1])
    key = meter_key or next((value["publicKey"] for value in values if value.get("publicKey")), None)
    known = unwrap(values[0]["signedMeterData"]) is not None
    return {
        "encoding_method": "OCMF" if known else str(values[0].get("encodingMethod") or "unknown")[:36],
        **({"public_key": key} if key else {}),
        "signed_values": [
            {"nature": nature, "plain_data": plain, "signed_data": _encode(plain)}
            for nature, (plain, _highest) in zip(_get_natures(len(readings)), readings, strict=True)
        ],
    }


def _read(text):
    """(the record as text, its highest reading in Wh or None)."""
    plain = unwrap(text) or text
    try:
        record = read_ocmf(plain)
    except SignedError:
        return plain, None
    return plain, max(record.registers, default=None) if record else None


def _encode(plain):
    return base64.b64encode(plain.encode()).decode()


def _get_natures(count):
    """A record alone is the one at the end."""
    return ["End"] if count == 1 else ["Start", *["Intermediate"] * (count - 2), "End"]
