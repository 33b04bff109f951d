"""An OCPI tariff as the engine reads it: frozen, exact, the same for 2.1.1, 2.2.1 and 2.3.0.

Prices are `Decimal` in the tariff's currency: per kWh for ENERGY, per hour for TIME and PARKING_TIME, per session for FLAT.
Field names are those of the standard (OCPI 2.2.1 11.3.1 and 11.4).
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Literal

Version = Literal["2.1.1", "2.2.1", "2.3.0"]
Dimension = Literal["FLAT", "ENERGY", "TIME", "PARKING_TIME"]
TaxIncluded = Literal["YES", "NO", "N/A"]

VERSIONS: tuple[Version, ...] = ("2.1.1", "2.2.1", "2.3.0")
DIMENSIONS: tuple[Dimension, ...] = ("FLAT", "ENERGY", "TIME", "PARKING_TIME")
TAX_INCLUDED: tuple[TaxIncluded, ...] = ("YES", "NO", "N/A")
TARIFF_TYPES = ("AD_HOC_PAYMENT", "PROFILE_CHEAP", "PROFILE_FAST", "PROFILE_GREEN", "REGULAR")
RESERVATIONS = ("RESERVATION", "RESERVATION_EXPIRES")
# In the order of date.weekday().
DAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")


@dataclass(frozen=True, slots=True)
class PriceComponent:
    """The price of one dimension. `vat` is a percentage, None where the document names none; `step_size` in Wh or seconds."""

    type: Dimension
    price: Decimal
    vat: Decimal | None = None
    step_size: int = 1


@dataclass(frozen=True, slots=True)
class Restrictions:
    """When an element applies: everything given must hold (OCPI 2.2.1 11.4.6).

    Times and dates are local to the location; `min_*` is inclusive, `max_*`, `end_time` and `end_date` are exclusive.
    Units: kWh, ampere (sum of the phases), kW, seconds.
    """

    start_time: time | None = None
    end_time: time | None = None
    start_date: date | None = None
    end_date: date | None = None
    min_kwh: Decimal | None = None
    max_kwh: Decimal | None = None
    min_current: Decimal | None = None
    max_current: Decimal | None = None
    min_power: Decimal | None = None
    max_power: Decimal | None = None
    min_duration: int | None = None
    max_duration: int | None = None
    day_of_week: tuple[str, ...] = ()
    reservation: str | None = None


@dataclass(frozen=True, slots=True)
class Element:
    """Prices that share the same restrictions."""

    price_components: tuple[PriceComponent, ...]
    restrictions: Restrictions = field(default_factory=Restrictions)


@dataclass(frozen=True, slots=True)
class PriceLimit:
    """A lowest or highest price of a session, before and after tax; after tax may be left out."""

    net: Decimal
    gross: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Tariff:
    """What charging costs. `start_date_time` and `end_date_time` (UTC) say from when to when a session may start under it.

    Partners send tariffs without an id; the price does not depend on it.
    """

    id: str | None
    currency: str
    elements: tuple[Element, ...]
    country_code: str | None = None
    party_id: str | None = None
    type: str | None = None
    min_price: PriceLimit | None = None
    max_price: PriceLimit | None = None
    start_date_time: datetime | None = None
    end_date_time: datetime | None = None
    tax_included: TaxIncluded = "NO"
    last_updated: datetime | None = None

    @property
    def reads_clock(self) -> bool:
        """Whether any price depends on the time of day, the weekday or the date at the location."""
        read = ("start_time", "end_time", "start_date", "end_date", "day_of_week")
        return any(getattr(element.restrictions, name) for element in self.elements for name in read)

    @property
    def name(self) -> str:
        """The tariff as a message calls it."""
        return f"Tariff {self.id}" if self.id else "The tariff (without id)"
