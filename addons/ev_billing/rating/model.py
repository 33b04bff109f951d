"""What goes into the engine and what comes out: frozen, exact, free of any framework."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Literal

from .errors import TermError
from .money import from_micro
from .period import Span

Direction = Literal["charge", "credit"]
Basis = Literal["kwh", "session", "charger_month"]
PowerType = Literal["ac", "dc"]
Kind = Literal["local", "roaming", "ad_hoc"]

SESSION_BASES = ("kwh", "session")
PERIODIC_BASES = ("charger_month",)
UNITS = {"kwh": "kWh", "session": "session", "charger_month": "charger-month"}


@dataclass(frozen=True, slots=True)
class Session:
    """The facts of one charging session that pricing may read.

    `start` and `stop` are UTC epoch seconds; `wh` is the energy in watt-hours, never negative. `sign` is -1 for a credit
    CDR: it mirrors its original, so it repeats the facts and turns the quantity round. Field order is the row order of
    `Rater.rate_rows`.
    """

    key: Hashable
    site: Hashable
    station: Hashable
    start: int
    stop: int
    wh: int
    sign: int = 1
    power_type: PowerType | None = None
    kind: Kind | None = None
    profile: Hashable | None = None

    def row(self) -> tuple:
        """The session as the plain tuple the fast path reads."""
        return (
            self.key,
            self.site,
            self.station,
            self.start,
            self.stop,
            self.wh,
            self.sign,
            self.power_type,
            self.kind,
            self.profile,
        )


def epoch(moment: datetime) -> int:
    """UTC epoch seconds of an aware datetime, or of a naive one that holds UTC (as Odoo's do)."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which sessions or stations a version applies to. An empty set or None does not restrict."""

    sites: frozenset = frozenset()
    stations: frozenset = frozenset()
    power_type: PowerType | None = None
    kind: Kind | None = None
    profiles: frozenset = frozenset()

    def accepts(self, site, station, power_type, kind=None, profile=None) -> bool:
        """All restrictions given must hold (AND). An unknown fact never satisfies a restriction on it."""
        return (
            (not self.sites or site in self.sites)
            and (not self.stations or station in self.stations)
            and (self.power_type is None or power_type == self.power_type)
            and (self.kind is None or kind == self.kind)
            and (not self.profiles or profile in self.profiles)
        )


@dataclass(frozen=True, slots=True)
class TermVersion:
    """One wording of a contract term, in force on the local days of `valid`.

    `price_micro` is the price per unit of the basis in millionths of the currency; negative prices are allowed.
    `count_zero_energy` matters to the basis `session` alone: whether a session without energy counts as one.
    """

    key: Hashable
    term: Hashable
    direction: Direction
    basis: Basis
    price_micro: int
    valid: Span = field(default_factory=Span)
    filter: Filter = field(default_factory=Filter)
    count_zero_energy: bool = False

    def __post_init__(self):
        if self.basis not in UNITS:
            raise TermError(f"Term {self.term}: basis {self.basis!r} is unknown; use one of {', '.join(UNITS)}.")
        if self.direction not in ("charge", "credit"):
            raise TermError(f"Term {self.term}: direction {self.direction!r} is neither charge nor credit.")
        if not isinstance(self.price_micro, int):
            raise TermError(f"Term {self.term}: the price must be an integer of millionths; use to_micro().")
        if self.basis in PERIODIC_BASES and (self.filter.kind or self.filter.profiles):
            raise TermError(
                f"Term {self.term}: a {UNITS[self.basis]} has no session kind nor user profile to filter on."
            )


@dataclass(frozen=True, slots=True)
class Charge:
    """One session under one term, or one station in one period under one term.

    `amount_micro` is in the direction of the term: a positive amount of a credit term is owed to the partner.
    """

    key: Hashable
    term: Hashable
    version: Hashable
    quantity_micro: int
    amount_micro: int
    span: Span | None = None

    @property
    def quantity(self) -> Decimal:
        """Quantity in the unit of the basis, six decimals."""
        return from_micro(self.quantity_micro)

    @property
    def amount(self) -> Decimal:
        """Unrounded amount in the currency, six decimals."""
        return from_micro(self.amount_micro)


@dataclass(frozen=True, slots=True)
class Station:
    """A subject of periodic terms: a charger and the local days on which it was in service at a covered site."""

    key: Hashable
    site: Hashable
    power_type: PowerType
    active: tuple[Span, ...] = (Span(),)


@dataclass(frozen=True, slots=True)
class Site:
    """A place on the contract: its clock and the local days on which the contract covers it."""

    key: Hashable
    timezone: str
    covered: tuple[Span, ...] = (Span(),)
