"""The slices of a session, found the slow way: price changes by probing, registers by fractions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from ..bands import find_band
from ..curve import straighten
from ..facts import Session, Site
from ..money import MICRO
from ..period import zone
from ..prices import PER_UNIT, Banded, Fixed, Indexed
from .steps import micro, plain


@dataclass(frozen=True, slots=True)
class PriceAt:
    """A price and how it came about; `value` None where an index has no value."""

    value: Fraction | None
    words: str


def price_at(price, site: Site, moment: int, series) -> PriceAt:
    """The price per unit at an instant."""
    if isinstance(price, Fixed):
        return PriceAt(micro(price.micro), plain(micro(price.micro)))
    if isinstance(price, Banded):
        band = find_band(price.bands, datetime.fromtimestamp(moment, tz=zone(site.timezone)), site.holidays)
        value = micro(band.micro if band else price.otherwise)
        return PriceAt(value, f"{plain(value)} ({band or 'outside the bands'})")
    found = series.find(moment)
    if found is None:
        return PriceAt(None, f"{series.name} has no value")
    return _price_indexed(price, *found, series.name)


def _price_indexed(price: Indexed, index_micro: int, final: bool, name: str) -> PriceAt:
    """The formula with its numbers."""
    index, state = micro(index_micro), "" if final else " provisional"
    if index < 0 and price.negative == "agreed":
        return PriceAt(micro(price.agreed), f"{plain(micro(price.agreed))} agreed, for {name} is {plain(index)}")
    counted = Fraction(0) if index < 0 and price.negative == "zero" else index
    value = counted / PER_UNIT[price.unit] * micro(price.factor) + micro(price.adder)
    words = f"{name} {plain(index)}{state}"
    words += " (counts as 0)" if counted != index else ""
    words += f" / {PER_UNIT[price.unit]}" if PER_UNIT[price.unit] != 1 else ""
    words += f" x {plain(micro(price.factor))}" if price.factor != MICRO else ""
    words += f" + {plain(micro(price.adder))}" if price.adder else ""
    if price.losses:
        value *= 1 + micro(price.losses) / 100
        words = f"({words}) x (1 + {plain(micro(price.losses))} %)"
    for limit, worse, label in ((price.floor, min, "floor"), (price.cap, max, "cap")):
        if limit is not None and worse(value, micro(limit)) == value != micro(limit):
            value = micro(limit)
            words += f", held at the {label}"
    return PriceAt(value, f"{words} = {plain(value)}")


def find_borders(price, site: Site, start: int, stop: int, series) -> list[int]:
    """Instants inside the session at which the price may change."""
    if isinstance(price, Banded):
        first = start - start % 60 + 60
        probes = [start, *range(first, stop, 60)]
        prices = [price_at(price, site, probe, None).value for probe in probes]
        return [probe for probe, now, before in zip(probes[1:], prices[1:], prices, strict=False) if now != before]
    if isinstance(price, Indexed):
        return sorted({edge for edge in (*series.starts, *series.ends) if start < edge < stop})
    return []


def energies(session: Session, borders: Sequence[int]) -> tuple[list[int], int]:
    """Whole Wh between the borders, by the rules of `rating.curve`, and the marks of the curve."""
    points, factor, marks = straighten(session.readings, session.start, session.stop, session.wh)
    at = [0, *(_register(points, factor, border) for border in borders), session.wh * MICRO]
    exact = [later - earlier for earlier, later in zip(at, at[1:], strict=False)]
    whole = [value // MICRO for value in exact]
    order = sorted(range(len(exact)), key=lambda place: (-(exact[place] % MICRO), place))
    for place in order[: session.wh - sum(whole)]:
        whole[place] += 1
    return whole, marks


def _register(points, factor, moment) -> int:
    """Millionths of a Wh since the start, downwards."""
    before = [point for point in points if point[0] <= moment][-1]
    value = Fraction(before[1] - points[0][1])
    if before[0] != moment:
        after = next(point for point in points if point[0] > moment)
        value += Fraction(after[1] - before[1]) * (moment - before[0]) / (after[0] - before[0])
    return int(value * factor)
