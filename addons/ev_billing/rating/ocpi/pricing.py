"""Pricing a session under an OCPI tariff.

Rules (OCPI 2.2.1 11.3.1; decisions where the texts contradict each other: docs/developers/ocpi-tariffs.md)
    1. A charging period is priced by what applies at its start, for a new period starts whenever a price component changes
       (OCPI 2.2.1 10.3.1). A period that should have been cut is priced by its start all the same, and a note says so.
    2. Per dimension the first element that has it and whose restrictions hold; without one the dimension costs nothing.
    3. FLAT once per session, at the first period where a FLAT component applies.
    4. Reserved time is priced by TIME in elements for reservations, their FLAT once; both make `total_reservation_cost`. A CDR of
       nothing but reserved time is a reservation that expired: RESERVATION_EXPIRES goes before RESERVATION, and the session's
       start fee is not paid.
    5. `step_size` once per session (`steps`), then tax, then `min_price` and `max_price` on the total.
"""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

from ..period import zone
from .amounts import limited, priced, total
from .cdr import Cdr, Period, seconds_between
from .errors import OcpiError
from .model import Tariff
from .report import Piece, PricedPeriod, Report, hours
from .restrictions import Applied, Moment, applying, current_of, power_of
from .steps import with_steps

_USED = (("ENERGY", "energy"), ("TIME", "time"), ("PARKING_TIME", "parking_time"))
# just before the end of a period: what only changes at the end is no fault of the period
_INSTANT = timedelta(microseconds=1)
_ALMOST = Fraction(999_999_999, 1_000_000_000)


def price_cdr(tariff: Tariff, cdr: Cdr, timezone: str) -> Report:
    """Price a CDR.

    :param timezone: the clock of the location, such as Europe/Paris: times and dates of restrictions are local.
    :raises OcpiError: tariff and CDR have different currencies.
    :raises SessionError: unknown time zone.
    """
    if tariff.currency != cdr.currency:
        raise OcpiError(
            f"{tariff.name} is in {tariff.currency} and the CDR in {cdr.currency}: give a tariff of the same currency."
        )
    ordered = tuple(sorted(cdr.periods, key=lambda period: period.start))
    moments = _moments(ordered, cdr, timezone)
    pieces, notes = _pieces(tariff, ordered, moments)
    pieces = [[_costed(piece, tariff) for piece in of_period] for of_period in with_steps(pieces)]
    return _report(tariff, cdr, ordered, pieces, tuple(notes))


def _moments(periods: tuple[Period, ...], cdr: Cdr, timezone: str) -> list[Moment]:
    """What restrictions look at, for each period.

    Time and energy so far are those of the charging session; while the charge point is held in reserve, time counts from the
    start of the reservation.
    """
    clock = zone(timezone)
    expired = all(period.is_reservation for period in periods)
    kinds = ("RESERVATION_EXPIRES", "RESERVATION") if expired else ("RESERVATION",)
    energy, moments = Fraction(0), []
    for period in periods:
        since = cdr.start if period.is_reservation else cdr.charging_start
        moments.append(
            Moment(
                local=period.start.astimezone(clock),
                elapsed=seconds_between(since, period.start),
                energy=energy,
                power=power_of(period),
                current=current_of(period),
                reservation=kinds if period.reservation_time else (),
            )
        )
        energy += period.energy
    return moments


def _pieces(tariff: Tariff, periods: tuple[Period, ...], moments: list[Moment]) -> tuple[list[list[Piece]], list[str]]:
    """Which component prices what, before steps and tax."""
    result, notes = [], []
    fees: set[str] = set()
    for period, moment in zip(periods, moments, strict=True):
        pieces = []
        if period.reservation_time:
            pieces += _reserved(tariff, period, moment, fees)
        if not period.is_reservation:
            charging = replace(moment, reservation=())
            pieces += _fee(tariff, "FLAT", charging, fees)
            for dimension, name in _USED:
                quantity = getattr(period, name)
                if quantity:
                    pieces.append(_piece(dimension, quantity, applying(tariff, dimension, charging)))
            notes += _doubts(tariff, period, charging)
        result.append(pieces)
    return result, notes


def _piece(dimension: str, quantity: Fraction, applied: Applied | None) -> Piece:
    if applied is None:
        return Piece(dimension, quantity, quantity)
    return Piece(dimension, quantity, quantity, applied.element, applied.component)


def _fee(tariff: Tariff, name: str, moment: Moment, fees: set[str]) -> list[Piece]:
    """The FLAT fee, if one applies and none of that name was paid yet."""
    applied = None if name in fees else _applying_by_kind(tariff, "FLAT", moment)
    if applied is None:
        return []
    fees.add(name)
    return [_piece(name, Fraction(1), applied)]


def _reserved(tariff: Tariff, period: Period, moment: Moment, fees: set[str]) -> list[Piece]:
    applied = _applying_by_kind(tariff, "TIME", moment)
    return [
        *_fee(tariff, "RESERVATION_FLAT", moment, fees),
        _piece("RESERVATION_TIME", period.reservation_time, applied),
    ]


def _applying_by_kind(tariff: Tariff, dimension: str, moment: Moment) -> Applied | None:
    """As `applying`, but of an expired reservation's two kinds of element the first named wins, wherever it stands."""
    for kind in moment.reservation or (None,):
        applied = applying(tariff, dimension, replace(moment, reservation=(kind,) if kind else ()))
        if applied:
            return applied
    return None


def _doubts(tariff: Tariff, period: Period, moment: Moment) -> list[str]:
    """Sentences about prices that could have been others."""
    notes = []
    restrictions = [element.restrictions for element in tariff.elements]
    start = period.start.isoformat()
    for name, known in (("power", moment.power), ("current", moment.current)):
        if known is None and any(
            getattr(each, f"{end}_{name}") is not None for each in restrictions for end in ("min", "max")
        ):
            notes.append(
                f"The {name} of the period from {start} is not known: no element restricted by {name} applies."
            )
    last = period.end - _INSTANT
    if last <= period.start:
        return notes
    later = replace(
        moment,
        local=last.astimezone(moment.local.tzinfo),
        elapsed=moment.elapsed + period.seconds - Fraction(1, 1_000_000),
        energy=moment.energy + period.energy * _ALMOST,
    )
    for dimension, name in _USED:
        if getattr(period, name) and applying(tariff, dimension, moment) != applying(tariff, dimension, later):
            notes.append(
                f"The price of {dimension} changes inside the period from {start}, which should have been cut there: "
                "the price at its start is taken for all of it."
            )
    return notes


def _costed(piece: Piece, tariff: Tariff) -> Piece:
    if piece.component is None:
        return piece
    return replace(piece, cost=priced(piece.billed, piece.component, tariff.tax_included))


def _report(
    tariff: Tariff, cdr: Cdr, periods: tuple[Period, ...], pieces: list[list[Piece]], notes: tuple[str, ...]
) -> Report:
    every = [piece for of_period in pieces for piece in of_period]

    def cost(*dimensions: str):
        return total(piece.cost for piece in every if piece.dimension in dimensions)

    def billed(dimension: str) -> Fraction:
        return sum((piece.billed for piece in every if piece.dimension == dimension), Fraction(0))

    total_cost = limited(total(piece.cost for piece in every), tariff.min_price, tariff.max_price)
    return Report(
        tariff_id=tariff.id,
        currency=tariff.currency,
        total_cost=-total_cost if cdr.credit else total_cost,
        total_fixed_cost=cost("FLAT"),
        total_energy_cost=cost("ENERGY"),
        total_time_cost=cost("TIME"),
        total_parking_cost=cost("PARKING_TIME"),
        total_reservation_cost=cost("RESERVATION_FLAT", "RESERVATION_TIME"),
        total_energy=sum((period.energy for period in periods), Fraction(0)),
        total_time=hours(seconds_between(cdr.charging_start, cdr.end)),
        total_parking_time=sum((period.parking_time for period in periods), Fraction(0)),
        billed_energy=billed("ENERGY"),
        billed_charging_time=billed("TIME"),
        billed_parking_time=billed("PARKING_TIME"),
        billed_reservation_time=billed("RESERVATION_TIME"),
        periods=tuple(PricedPeriod(period, tuple(found)) for period, found in zip(periods, pieces, strict=True)),
        notes=notes,
    )
