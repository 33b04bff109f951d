"""Meter values of all versions, read to one shape: integer Wh of the import register.

Only `Energy.Active.Import.Register` counts (the default measurand: OCPP 1.6 7.45, OCPP 2.0.1 2.45); interval
measurands carry the start of their interval and are never mixed in. The sum over phases is preferred; without
one, the phases are added up. Signed values are kept beside, and read too where they carry a plain number.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ..lenient import decimal, listing, mapping
from .times import parse_time

REGISTER = "energy.active.import.register"
PHASES = ("l1", "l2", "l3")
_FACTORS = {"wh": Decimal(1), "kwh": Decimal(1000), "mwh": Decimal(1_000_000)}


@dataclass(frozen=True)
class Sample:
    """One register reading (`wh`), or signed meter data (`signed`), at the station's own time."""

    stamp: float | None
    naive: bool
    context: str
    wh: int | None = None
    signed: dict[str, Any] | None = None
    unit_unknown: bool = False


def read_samples(meter_values: Any) -> tuple[Sample, ...]:
    """From `meterValue` or `transactionData`."""
    samples: list[Sample] = []
    for entry in listing(meter_values):
        stamp, naive = parse_time(entry.get("timestamp"))
        groups: dict[str, list[dict]] = {}
        for value in listing(entry.get("sampledValue")):
            context = str(value.get("context") or "Sample.Periodic")
            signed = _signed(value)
            if signed:
                samples.append(Sample(stamp, naive, context, signed=signed))
            if _is_register(value):
                groups.setdefault(context, []).append(value)
        for context, values in groups.items():
            total, unknown = _total(values)
            if total is not None or unknown:
                samples.append(Sample(stamp, naive, context, wh=total, unit_unknown=unknown))
    return tuple(samples)


def to_wh(value: Any, unit: Any = None, multiplier: Any = None) -> int | None:
    """Whole Wh, rounded half up; None for what is no number, no energy, or negative."""
    number, factor = decimal(value), _FACTORS.get(str(unit or "Wh").strip().lower())
    exponent = decimal(multiplier or 0)
    if number is None or factor is None or exponent is None or abs(exponent) > 12:
        return None
    wh = number * factor * Decimal(10) ** int(exponent)
    return int(wh.quantize(Decimal(1), ROUND_HALF_UP)) if 0 <= wh < 10**15 else None


def _is_register(value: dict) -> bool:
    """At the outlet (default), in plain numbers: the signed form's text is not one."""
    return (
        str(value.get("measurand") or REGISTER).lower() == REGISTER
        and str(value.get("location") or "Outlet").lower() == "outlet"
        and str(value.get("format") or "Raw").lower() != "signeddata"
    )


def _total(values: list[dict]) -> tuple[int | None, bool]:
    """(Wh, whether a unit was not understood). Among several sums of one moment the highest counts."""
    sums: list[int] = []
    phases: dict[str, int] = {}
    unknown = False
    for value in values:
        measure = mapping(value.get("unitOfMeasure"))
        unit = value.get("unit") or measure.get("unit")
        wh = to_wh(value.get("value"), unit, measure.get("multiplier"))
        unknown |= str(unit or "Wh").strip().lower() not in _FACTORS
        phase = str(value.get("phase") or "").lower().removesuffix("-n")
        if wh is None:
            continue
        if not phase:
            sums.append(wh)
        elif phase in PHASES:
            phases[phase] = max(wh, phases.get(phase, 0))
    if sums:
        return max(sums), unknown
    return (sum(phases.values()) if phases else None), unknown


def _signed(value: dict) -> dict[str, Any] | None:
    """1.6: format SignedData, the value is the signed text. 2.x: signedMeterValue (2.0.1 2.40)."""
    found = mapping(value.get("signedMeterValue"))
    if found:
        return {str(name): entry for name, entry in sorted(found.items()) if isinstance(entry, str | int | float)}
    if str(value.get("format") or "").lower() == "signeddata":
        return {"signedMeterData": str(value.get("value"))}
    return None
