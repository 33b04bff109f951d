"""When a tariff element applies (OCPI 2.2.1 11.4.6): every restriction given must hold at the start of the period."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time
from fractions import Fraction

from .cdr import Period
from .model import DAYS, Dimension, Element, PriceComponent, Restrictions, Tariff

_MIDNIGHT = time(0)


@dataclass(frozen=True, slots=True)
class Moment:
    """The facts restrictions look at: those at a period's start, and the power and current during it.

    `local` is on the location's clock; `elapsed` in seconds and `energy` in kWh are those of the session so far. A power (kW) or
    current (A) is None where nobody knows it. `reservation` holds the kinds of reservation element that may apply; empty while
    the driver charges or parks.
    """

    local: datetime
    elapsed: Fraction
    energy: Fraction
    power: tuple[Fraction, Fraction] | None = None
    current: tuple[Fraction, Fraction] | None = None
    reservation: tuple[str, ...] = ()


def power_of(period: Period) -> tuple[Fraction, Fraction] | None:
    """Lowest and highest power of a period, in kW.

    What was measured counts; without it the average power of the period's energy, which is zero where only parking is told.
    """
    measured = _range(period.min_power, period.max_power)
    if measured:
        return measured
    if not period.energy and period.parking_time and not period.time:
        return Fraction(0), Fraction(0)
    hours = period.time or Fraction(period.seconds, 3600)
    if not period.energy or not hours:
        return None
    return (period.energy * Fraction(1, hours),) * 2


def current_of(period: Period) -> tuple[Fraction, Fraction] | None:
    """Lowest and highest current of a period, in ampere; zero where only parking is told, None where nobody knows."""
    measured = _range(period.min_current, period.max_current)
    if measured is None and not period.energy and period.parking_time and not period.time:
        return Fraction(0), Fraction(0)
    return measured


def _range(low: Fraction | None, high: Fraction | None) -> tuple[Fraction, Fraction] | None:
    """Where one end alone was measured, the other is taken to be the same."""
    if low is None and high is None:
        return None
    return (high if low is None else low, low if high is None else high)


def matches(restrictions: Restrictions, moment: Moment) -> bool:
    """Whether every restriction holds.

    A power or current nobody knows satisfies no restriction on it. An element for reservations never applies to charging, and
    the other way round.
    """
    if restrictions.reservation:
        if restrictions.reservation not in moment.reservation:
            return False
    elif moment.reservation:
        return False
    return (
        _in_clock(restrictions, moment.local.time())
        and _in_days(restrictions, moment.local)
        and _within(restrictions.min_kwh, restrictions.max_kwh, (moment.energy, moment.energy))
        and _within(restrictions.min_duration, restrictions.max_duration, (moment.elapsed, moment.elapsed))
        and _within(restrictions.min_power, restrictions.max_power, moment.power)
        and _within(restrictions.min_current, restrictions.max_current, moment.current)
    )


def _in_clock(restrictions: Restrictions, clock: time) -> bool:
    """From start_time up to end_time; where end is not after start the window runs over midnight."""
    if restrictions.start_time is None and restrictions.end_time is None:
        return True
    start, end = restrictions.start_time or _MIDNIGHT, restrictions.end_time or _MIDNIGHT
    return start <= clock < end if start < end else clock >= start or clock < end


def _in_days(restrictions: Restrictions, local: datetime) -> bool:
    day = local.date()
    if restrictions.start_date and day < restrictions.start_date:
        return False
    if restrictions.end_date and day >= restrictions.end_date:
        return False
    return not restrictions.day_of_week or DAYS[day.weekday()] in restrictions.day_of_week


def _within(low, high, values: tuple[Fraction, Fraction] | None) -> bool:
    """Whether lowest and highest value lie in [low, high)."""
    if low is None and high is None:
        return True
    if values is None:
        return False
    return (low is None or values[0] >= low) and (high is None or values[1] < high)


@dataclass(frozen=True, slots=True)
class Applied:
    """The price component that applies, and the position of its element in the tariff."""

    element: int
    component: PriceComponent


def applying(tariff: Tariff, dimension: Dimension, moment: Moment) -> Applied | None:
    """The component of the first element that has the dimension and whose restrictions hold (OCPI 2.2.1 11.3.1).

    None where there is none: that dimension then costs nothing.
    """
    for position, element, component in components(tariff, dimension):
        if matches(element.restrictions, moment):
            return Applied(position, component)
    return None


def components(tariff: Tariff, dimension: Dimension) -> Iterator[tuple[int, Element, PriceComponent]]:
    """Every component of one dimension, in the tariff's order, with its element."""
    for position, element in enumerate(tariff.elements):
        for component in element.price_components:
            if component.type == dimension:
                yield position, element, component
