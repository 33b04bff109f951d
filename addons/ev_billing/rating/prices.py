"""The five kinds of price a term can have.

    Fixed       so much per unit
    Banded      time of use: weekday, season, time of day and public holiday choose the price
    Tiered      the more is counted in the period, the other the price
    Indexed     index x factor + adder, with losses, floor, cap and a clause for negative index values
    Tariffed    an OCPI tariff for the whole session

A price *at a moment* is an integer over a scale: `value / scale` millionths per unit. The scale is whatever keeps every value
an integer, so nothing is rounded before the charge is.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from .bands import Band, check_bands
from .errors import PriceError
from .money import MICRO

PER_UNIT = {"mwh": 1000, "kwh": 1, "points": 1}
NEGATIVE_CLAUSES = ("pass_on", "zero", "agreed")


class Price:
    """What all kinds of price have in common: nothing but being one."""

    __slots__ = ()


def _check_micro(value: int, what: str) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise PriceError(f"The {what} must be an integer of millionths; use to_micro().")


@dataclass(frozen=True, slots=True)
class Fixed(Price):
    """So many millionths per unit; negative prices are allowed."""

    micro: int

    def __post_init__(self):
        _check_micro(self.micro, "price")


@dataclass(frozen=True, slots=True)
class Banded(Price):
    """Time of use: the price of the band the site's clock is in, `otherwise` where it is in none."""

    bands: tuple[Band, ...]
    otherwise: int

    def __post_init__(self):
        _check_micro(self.otherwise, "price outside the bands")
        check_bands(self.bands)


@dataclass(frozen=True, slots=True)
class Tier:
    """Units up to `until` (millionths of the unit, excluded; None: without end) at `micro` each."""

    until: int | None
    micro: int


@dataclass(frozen=True, slots=True)
class Tiered(Price):
    """Prices by how much the term has counted in the billing period.

    volume False (graduated)
        each unit has the price of the tier it falls in
    volume True
        all units have the price of the tier their total reaches; a total exactly on a border is still in the lower tier
    """

    tiers: tuple[Tier, ...]
    volume: bool = False

    def __post_init__(self):
        check_tiers(self.tiers)


def check_tiers(tiers: tuple[Tier, ...]) -> None:
    """Refuse tiers that leave a quantity without a price.

    :raises PriceError: none at all, borders that do not rise, or no open end.
    """
    if not tiers:
        raise PriceError("Tiers: there is none; add at least one, open to the top.")
    borders = [tier.until for tier in tiers]
    if borders[-1] is not None:
        raise PriceError("Tiers: quantities above the last border have no price; leave the last tier's border empty.")
    if None in borders[:-1]:
        raise PriceError("Tiers: only the last one may be open to the top; give the others a border.")
    for lower, upper in zip([0, *borders], borders[:-1], strict=False):
        if upper <= lower:
            raise PriceError(
                f"Tiers: the border {Fraction(upper, MICRO)} does not lie above {Fraction(lower, MICRO)}; "
                "put the tiers in rising order."
            )
    for tier in tiers:
        _check_micro(tier.micro, "price of a tier")


@dataclass(frozen=True, slots=True)
class Indexed(Price):
    """(index x factor + adder) x (1 + losses), then floor and cap.

    index
        key of the index, as `series` answers to
    unit
        what the index is quoted per: ``mwh`` (divided by 1000 to give a price per kWh), ``kwh``, or ``points``
    factor, losses
        millionths; losses in percent (3.5 % is 3,500,000)
    adder, floor, cap
        millionths of the currency per unit of the term's basis
    negative, agreed
        where the index is below zero: ``pass_on`` the formula as it is; ``zero``: the index counts as zero; ``agreed``: the
        price agreed in the contract's own words, without floor and cap
    """

    index: Hashable
    unit: str = "mwh"
    factor: int = MICRO
    adder: int = 0
    losses: int = 0
    floor: int | None = None
    cap: int | None = None
    negative: str = "pass_on"
    agreed: int | None = None

    def __post_init__(self):
        if self.unit not in PER_UNIT:
            raise PriceError(f"Index unit {self.unit!r} is unknown; use one of {', '.join(PER_UNIT)}.")
        for name in ("factor", "adder", "losses"):
            _check_micro(getattr(self, name), name)
        if None not in (self.floor, self.cap) and self.floor > self.cap:
            raise PriceError("The floor lies above the cap; exchange the two.")
        if self.negative not in NEGATIVE_CLAUSES:
            raise PriceError(
                f"Clause {self.negative!r} for negative prices is unknown; use {', '.join(NEGATIVE_CLAUSES)}."
            )
        if (self.negative == "agreed") != (self.agreed is not None):
            raise PriceError("A price agreed for negative index values goes with the clause agreed, and only with it.")
        if self.losses < 0:
            raise PriceError("Losses below zero make no sense; give the percentage lost between meter and charger.")

    def coefficients(self) -> tuple[int, int, int]:
        """(a, b, scale): the price before floor and cap is (a x index millionths + b) / scale millionths."""
        grossed = Fraction(100 * MICRO + self.losses, 100 * MICRO)
        slope = Fraction(self.factor, MICRO * PER_UNIT[self.unit]) * grossed
        base = self.adder * grossed
        scale = lcm(slope.denominator, base.denominator)
        return int(slope * scale), int(base * scale), scale

    def at(self, index_micro: int, coefficients: tuple[int, int, int]) -> int:
        """The price for one index value, times the scale."""
        slope, base, scale = coefficients
        if index_micro < 0 and self.negative != "pass_on":
            if self.negative == "agreed":
                return self.agreed * scale
            index_micro = 0
        price = slope * index_micro + base
        if self.floor is not None and price < self.floor * scale:
            return self.floor * scale
        if self.cap is not None and price > self.cap * scale:
            return self.cap * scale
        return price


@dataclass(frozen=True, slots=True)
class Tariffed(Price):
    """An OCPI tariff: flat, energy, time and parking components with their restrictions (`rating.ocpi`)."""

    tariff: object
