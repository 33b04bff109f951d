"""What signed meter data is worth, in one word per session."""

from dataclasses import dataclass
from decimal import Decimal

from .ocmf import KeyMissing, SignedError, read_ocmf

# Meters show tenths or hundredths of a kWh, the session whole Wh.
TOLERANCE_WH = 10


@dataclass(frozen=True, slots=True)
class Verdict:
    """``code``: none, valid, invalid, differs, no_key, unreadable or unsupported; ``text``: why, for a person."""

    code: str
    text: str = ""


NONE = Verdict("none")


def judge(signed, energy_wh, meter_key=None):
    """The verdict on what the charger signed in a session.

    Chargers sign a record at the start and at the end, or one record at the end with both readings. Every record has to verify;
    from the lowest to the highest reading it has to be the session's energy. (The records are not in the order of time.)

    :param signed: list of OCPP 2.x `SignedMeterValueType` objects ({"signedMeterData", "publicKey", ...}), or None
    :param energy_wh: the energy of the session, never negative
    :param meter_key: the meter's public key where it is on file; else the one that came with a record (OCPP 1.6 sends none)
    """
    if not signed:
        return NONE
    values = [value if isinstance(value, dict) else {} for value in signed]
    # the key travels once a session
    key = meter_key or next((value["publicKey"] for value in values if value.get("publicKey")), None)
    records = []
    for place, value in enumerate(values, 1):
        text = value.get("signedMeterData")
        if not isinstance(text, str) or not text:
            return Verdict("unreadable", f"record {place} has no signedMeterData")
        try:
            record = read_ocmf(text)
            if record is None:
                return Verdict("unsupported", f"record {place} is no OCMF")
            if not record.verifies(key):
                return Verdict("invalid", f"the signature of record {place} does not hold")
        except KeyMissing:
            return Verdict("no_key", f"record {place} came without a public key")
        except SignedError as error:
            return Verdict("unreadable", f"record {place}: {error}")
        records.append(record)
    return _compare(records, energy_wh)


def _compare(records, energy_wh):
    """Valid signatures over another energy than the session's are of no use to it."""
    registers = [register for record in records for register in record.registers]
    if len(registers) < 2:
        return Verdict("valid", "one reading only: nothing to compare")
    signed_wh = max(registers) - min(registers)
    if abs(signed_wh - Decimal(energy_wh)) > TOLERANCE_WH:
        return Verdict("differs", f"{signed_wh} Wh are signed, the session has {energy_wh} Wh")
    return Verdict("valid")
