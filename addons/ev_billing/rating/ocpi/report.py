"""What pricing a session comes to: totals as a CDR names them, and why, period by period."""

from dataclasses import dataclass
from fractions import Fraction

from .amounts import Amount
from .cdr import Period
from .model import PriceComponent


@dataclass(frozen=True, slots=True)
class Piece:
    """One price on one quantity: which element priced which dimension.

    `dimension` is that of the CDR: RESERVATION_TIME for time held in reserve, RESERVATION_FLAT for its fee. `quantity` is what
    was used, `billed` what is paid for after `step_size`: kWh, hours, or 1 for a fee. Where no element applies, `element` and
    `component` are None and nothing is paid.
    """

    dimension: str
    quantity: Fraction
    billed: Fraction
    element: int | None = None
    component: PriceComponent | None = None
    cost: Amount = Amount()


@dataclass(frozen=True, slots=True)
class PricedPeriod:
    """A charging period and its pieces."""

    period: Period
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """The result, exact; nothing in it is rounded.

    `total_cost` is inside the tariff's price limits and has the sign of a credit CDR; the parts below it are neither limited nor
    signed, for a credit CDR repeats its original in all but `total_cost` (OCPI 2.2.1 10.2.1). Energies in kWh, times in hours.
    `total_time` is the whole session, parking included, without a reservation before it. `notes` are sentences a person should
    read before trusting the numbers.
    """

    tariff_id: str | None
    currency: str
    total_cost: Amount
    total_fixed_cost: Amount
    total_energy_cost: Amount
    total_time_cost: Amount
    total_parking_cost: Amount
    total_reservation_cost: Amount
    total_energy: Fraction
    total_time: Fraction
    total_parking_time: Fraction
    billed_energy: Fraction
    billed_charging_time: Fraction
    billed_parking_time: Fraction
    billed_reservation_time: Fraction
    periods: tuple[PricedPeriod, ...]
    notes: tuple[str, ...] = ()


def hours(seconds: int | Fraction) -> Fraction:
    """Seconds as exact hours."""
    return Fraction(seconds) * Fraction(1, 3600)
