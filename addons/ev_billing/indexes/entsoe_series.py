"""From the points of one period to values: the two curve types of IEC 62325-451."""

from dataclasses import dataclass
from decimal import Decimal

from .clock import SECONDS, WORDS, edge_after, say
from .errors import PriceIndexError
from .value import MAX_VALUES, IndexValue


@dataclass(frozen=True, slots=True)
class Stretch:
    """One period of one series: `points` is {position from 1: price}, `where` names it in sentences."""

    start: int
    end: int
    resolution: str
    curve: str
    points: dict[int, Decimal]
    where: str


def expand(stretch: Stretch, zone: str, room: int = MAX_VALUES) -> list[IndexValue]:
    """The values of a period, sorted.

    :param zone: the clock whose days and months P1D, P1M and P1Y are.
    :param room: how many values there may be: a declared period of centuries must not fill the memory.
    :raises PriceIndexError: points beyond the declared end, a period that is no whole number of steps, or too many.
    """
    edges = _find_edges(stretch, zone, room)
    count = len(edges) - 1
    beyond = sorted(position for position in stretch.points if position > count)
    if beyond:
        raise PriceIndexError(
            f"{stretch.where}: point {beyond[0]} lies beyond its end {say(stretch.end, zone)}, which is after point {count}."
        )
    values, price = [], None
    for position in range(1, count + 1):
        given = stretch.points.get(position)
        # A03: what is left out repeats the last one; A01: what is left out is missing
        price = given if given is not None or stretch.curve == "A01" else price
        if price is not None:
            values.append(IndexValue(edges[position - 1], edges[position], price))
    return values


def _find_edges(stretch, zone, room):
    if stretch.resolution in SECONDS:
        step = SECONDS[stretch.resolution]
        if (stretch.end - stretch.start) // step > room:
            raise _too_many(stretch)
        edges = list(range(stretch.start, stretch.end + 1, step))
    else:
        edges = [stretch.start]
        # days at the least: a century of them is few
        while edges[-1] < stretch.end:
            edges.append(edge_after(edges[-1], stretch.resolution, zone))
    if len(edges) > room + 1:
        raise _too_many(stretch)
    if edges[-1] != stretch.end:
        raise PriceIndexError(f"{stretch.where}: it is not a whole number of steps of {WORDS[stretch.resolution]}.")
    return edges


def _too_many(stretch):
    return PriceIndexError(f"{stretch.where}: it declares more than {MAX_VALUES:,} values: take a shorter period.")
