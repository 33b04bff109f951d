"""A report as the JSON object of each OCPI version: the place, the only one, where results are rounded."""

from decimal import Decimal
from fractions import Fraction

from .amounts import WIRE, Amount, Rounding
from .cdr import Cdr
from .model import Version
from .report import Piece, PricedPeriod, Report
from .write_tariff import moment_text

PRICES = (
    "total_cost",
    "total_fixed_cost",
    "total_energy_cost",
    "total_time_cost",
    "total_parking_cost",
    "total_reservation_cost",
)
QUANTITIES = (
    "total_energy",
    "total_time",
    "total_parking_time",
    "billed_energy",
    "billed_charging_time",
    "billed_parking_time",
    "billed_reservation_time",
)


def price_object(amount: Amount, version: Version, rounding: Rounding = WIRE) -> Decimal | dict:
    """An amount in the form of the version.

    2.1.1: a number before tax; 2.2.1: `excl_vat` and `incl_vat` (17.5); 2.3.0: `before_taxes` and a list of `taxes`, one per
    percentage, without percentage where a price limit moved the tax.
    """
    if version == "2.1.1":
        return rounding(amount.net)
    if version == "2.2.1":
        return {"excl_vat": rounding(amount.net), "incl_vat": rounding(amount.gross)}
    taxes = []
    for rate, tax in amount.taxes:
        named = {} if rate is None else {"percentage": rounding(rate)}
        taxes.append({"name": "VAT", **named, "amount": rounding(tax)})
    return {"before_taxes": rounding(amount.net), "taxes": taxes}


def report_object(report: Report, version: Version, rounding: Rounding = WIRE) -> dict:
    """The whole report: OCPI's totals, what is billed after `step_size`, and every period with its reasons."""
    document: dict = {"tariff_id": report.tariff_id, "currency": report.currency}
    for name in PRICES:
        document[name] = price_object(getattr(report, name), version, rounding)
    for name in QUANTITIES:
        document[name] = rounding(getattr(report, name))
    document["periods"] = [_period(period, version, rounding) for period in report.periods]
    if report.notes:
        document["notes"] = list(report.notes)
    return document


def _period(priced: PricedPeriod, version: Version, rounding: Rounding) -> dict:
    return {
        "start_date_time": moment_text(priced.period.start),
        "end_date_time": moment_text(priced.period.end),
        "dimensions": [_piece(piece, version, rounding) for piece in priced.pieces],
    }


def _piece(piece: Piece, version: Version, rounding: Rounding) -> dict:
    document = {
        "type": piece.dimension,
        "volume": rounding(piece.quantity),
        "billed_volume": rounding(piece.billed),
        "element": piece.element,
    }
    if piece.component is not None:
        document["price"] = piece.component.price
        document["vat"] = piece.component.vat
        document["step_size"] = piece.component.step_size
    document["cost"] = price_object(piece.cost, version, rounding)
    return document


def differences(report: Report, cdr: Cdr, rounding: Rounding = WIRE) -> dict:
    """Where the CDR's own totals differ from ours, by field: ours, theirs and ours minus theirs.

    Amounts are compared before and, where the CDR tells it, after tax, at the rounding given. Totals the CDR does not tell are
    not compared.
    """
    found: dict = {}
    for name, theirs in cdr.totals.items():
        ours = getattr(report, name)
        if not isinstance(ours, Amount):
            _compare(found, name, ours, theirs, rounding)
            continue
        net, gross = theirs
        _compare(found, name if cdr.version == "2.1.1" else f"{name}.before_tax", ours.net, net, rounding)
        _compare(found, f"{name}.after_tax", ours.gross, gross, rounding)
    return found


def _compare(found: dict, name: str, ours: Fraction, theirs: Decimal | None, rounding: Rounding) -> None:
    if theirs is None:
        return
    mine, other = rounding(ours), rounding(Fraction(theirs))
    if mine != other:
        found[name] = {"ours": mine, "theirs": other, "difference": rounding(Fraction(mine) - Fraction(other))}
