"""What a contract says: direction x basis x price x filter, in dated versions."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import Literal

from .errors import TermError
from .facts import Kind, PowerType
from .money import MICRO
from .period import Span
from .prices import Banded, Fixed, Indexed, Price, Tariffed, Tiered

Direction = Literal["charge", "credit"]

# Counted on sessions.
SESSION_BASES = ("kwh", "session", "charging_minute", "idle_minute", "revenue")
# Counted on things that last: pro rata by day, month by month.
MONTHLY_BASES = ("charger_month", "badge_month", "sim_month", "site_month", "user_month", "month")
# `period`: once per statement, pro rata by day; `one_off`: once, on the first day of its version.
PERIODIC_BASES = (*MONTHLY_BASES, "period", "one_off")
BASES = (*SESSION_BASES, *PERIODIC_BASES)
UNITS = {
    "kwh": "kWh",
    "session": "session",
    "charging_minute": "min",
    "idle_minute": "min",
    "revenue": "revenue",
    "charger_month": "charger-month",
    "badge_month": "badge-month",
    "sim_month": "SIM-month",
    "site_month": "site-month",
    "user_month": "user-month",
    "month": "month",
    "period": "period",
    "one_off": "unit",
}
# Which prices make sense on which basis; the rest is refused, not guessed.
_PRICES_OF_PERIODIC = (Fixed, Tiered, Indexed)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which sessions or subjects a version applies to. An empty set or None does not restrict."""

    sites: frozenset = frozenset()
    stations: frozenset = frozenset()
    power_type: PowerType | None = None
    kind: Kind | None = None
    profiles: frozenset = frozenset()
    tokens: frozenset = frozenset()
    emsps: frozenset = frozenset()

    def accepts(self, site, station, power_type, kind=None, profile=None, token=None, emsp=None) -> bool:
        """All restrictions given must hold (AND). An unknown fact never satisfies a restriction on it."""
        return (
            (not self.sites or site in self.sites)
            and (not self.stations or station in self.stations)
            and (self.power_type is None or power_type == self.power_type)
            and (self.kind is None or kind == self.kind)
            and (not self.profiles or profile in self.profiles)
            and (not self.tokens or token in self.tokens)
            and (not self.emsps or emsp in self.emsps)
        )


@dataclass(frozen=True, slots=True)
class TermVersion:
    """One wording of a contract term, in force on the local days of `valid`.

    price
        one of `prices`: per unit of the basis, percent for the basis `revenue`
    count_zero_energy
        matters to the basis `session` alone: whether a session without energy counts as one
    quantity_micro
        of a periodic basis: how many of them, in millionths (three SIM cards: 3,000,000)
    minimum_micro, cap_micro
        what the term makes in a whole billing period at least and at most (`limits`), in millionths of the currency
    only_used
        of a fee per badge or user: only months in which it was used count (`Subject.used`)
    """

    key: Hashable
    term: Hashable
    direction: Direction
    basis: str
    price: Price
    valid: Span = field(default_factory=Span)
    filter: Filter = field(default_factory=Filter)
    count_zero_energy: bool = False
    quantity_micro: int = MICRO
    minimum_micro: int | None = None
    cap_micro: int | None = None
    only_used: bool = False

    def __post_init__(self):
        where = f"Term {self.term}"
        if self.basis not in UNITS:
            raise TermError(f"{where}: basis {self.basis!r} is unknown; use one of {', '.join(UNITS)}.")
        if self.direction not in ("charge", "credit"):
            raise TermError(f"{where}: direction {self.direction!r} is neither charge nor credit.")
        if not isinstance(self.price, Price):
            raise TermError(f"{where}: the price must be one of rating.prices, such as Fixed(to_micro('0.185')).")
        for limit, name in ((self.minimum_micro, "minimum guarantee"), (self.cap_micro, "cap")):
            if limit is not None and limit < 0:
                raise TermError(f"{where}: a {name} below zero makes no sense; leave it empty instead.")
        if None not in (self.minimum_micro, self.cap_micro) and self.minimum_micro > self.cap_micro:
            raise TermError(f"{where}: the minimum guarantee lies above the cap; exchange the two.")
        if self.basis in PERIODIC_BASES:
            self._check_periodic(where)
        elif isinstance(self.price, Tariffed) and self.basis != "session":
            raise TermError(f"{where}: an OCPI tariff prices whole sessions; use the basis session.")

    def _check_periodic(self, where):
        if not isinstance(self.price, _PRICES_OF_PERIODIC):
            raise TermError(f"{where}: a {UNITS[self.basis]} has no time of day and no session; use another price.")
        chosen = self.filter
        if chosen.kind or chosen.emsps or (chosen.profiles and self.basis not in ("badge_month", "user_month")):
            raise TermError(f"{where}: a {UNITS[self.basis]} has no session kind, eMSP nor user profile to filter on.")

    @property
    def is_tiered(self) -> bool:
        """Whether its price depends on what else is counted in the period."""
        return isinstance(self.price, Tiered)

    @property
    def needs_curve(self) -> bool:
        """Whether pricing a session reads its meter readings."""
        return self.basis == "kwh" and isinstance(self.price, Banded | Indexed) or isinstance(self.price, Tariffed)


def check_versions(versions: Iterable[TermVersion]) -> None:
    """Refuse two versions of one term in force on one day.

    :raises TermError: names the term and the two versions.
    """
    seen: dict = {}
    for version in versions:
        for other in seen.setdefault(version.term, []):
            if version.valid & other.valid:
                raise TermError(
                    f"Term {version.term}: versions {other.key} ({other.valid.start} to {other.valid.end}) and {version.key} "
                    f"({version.valid.start} to {version.valid.end}) overlap; end one before the other begins."
                )
        seen[version.term].append(version)
