"""A charging session as OCPI tells it: periods with what was used in each (OCPI 2.2.1 10.3.1, 10.4.6)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction

from .model import Tariff, Version

_MICROSECOND = timedelta(microseconds=1)


def seconds_between(start: datetime, end: datetime) -> Fraction:
    """Exact seconds from one instant to another."""
    return Fraction((end - start) // _MICROSECOND, 1_000_000)


@dataclass(frozen=True, slots=True)
class Period:
    """A charging period: it lasts from `start` to `end` (UTC), and no price changes inside it.

    `energy` in kWh; `time` (charging), `parking_time` and `reservation_time` in hours; powers in kW, currents in ampere. A
    power or current is None where nobody measured it.
    """

    start: datetime
    end: datetime
    energy: Fraction = Fraction(0)
    time: Fraction = Fraction(0)
    parking_time: Fraction = Fraction(0)
    reservation_time: Fraction = Fraction(0)
    min_power: Fraction | None = None
    max_power: Fraction | None = None
    min_current: Fraction | None = None
    max_current: Fraction | None = None
    tariff_id: str | None = None

    @property
    def seconds(self) -> Fraction:
        """Seconds from start to end."""
        return seconds_between(self.start, self.end)

    @property
    def is_reservation(self) -> bool:
        """Whether the charge point was only held for the driver: reserved, and nothing used."""
        return bool(self.reservation_time) and not (self.energy or self.time or self.parking_time)


@dataclass(frozen=True, slots=True)
class Cdr:
    """What pricing reads of a charge detail record.

    `country` and `timezone` are those of the location, as far as the document names them. `totals` holds the document's own
    results by field name, as (net, gross) amounts or plain quantities, for comparison only: nothing here is priced from them.
    """

    start: datetime
    end: datetime
    currency: str
    periods: tuple[Period, ...]
    version: Version = "2.2.1"
    id: str | None = None
    country: str | None = None
    timezone: str | None = None
    tariffs: tuple[Tariff, ...] = ()
    credit: bool = False
    credit_reference_id: str | None = None
    totals: Mapping[str, object] = field(default_factory=dict, compare=False)

    @property
    def charging_start(self) -> datetime:
        """Start of the charging session proper: a reservation before it is not part of it."""
        return min((period.start for period in self.periods if not period.is_reservation), default=self.end)
