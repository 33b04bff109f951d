"""Prices over time: a track is a step function from UTC instants to scaled prices.

Tracks are laid out once per price, site clock and stretch of time; pricing a session is then two look-ups by bisection.
Stretches are added when a session asks for one, so nobody has to know beforehand how far the sessions reach.
"""

from bisect import bisect_right
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from .bands import find_band, wall_clock_borders
from .errors import PriceError
from .facts import Site
from .period import local_day, midnight, zone
from .prices import Banded, Fixed, Indexed, Price
from .series import IndexSeries

DAY = 86_400
# laid out beyond what was asked for, so that the next session finds it
AHEAD = 31 * DAY

ReadIndex = Callable[[Hashable, int, int], IndexSeries]


@dataclass(frozen=True, slots=True)
class Track:
    """Prices from `starts[i]` (included) to `starts[i + 1]` (excluded).

    prices
        integers over `scale` millionths per unit; None where an index has no value
    finals
        False where the price stands on a provisional index value; `final` where none does
    """

    starts: list[int]
    prices: list[int | None]
    finals: list[bool]
    scale: int
    lo: int
    hi: int
    final: bool = True

    def at(self, moment: int) -> tuple[int | None, bool]:
        """(scaled price, final?) at that instant."""
        place = bisect_right(self.starts, moment) - 1
        return self.prices[place], self.finals[place]


def no_index(key, _start, _stop) -> IndexSeries:
    """The reader of an engine that was given no index values."""
    raise PriceError(f"Index {key} is needed and no values were given: pass read_index.")


def lay_track(price: Price, site: Site, lo: int, hi: int, read_index: ReadIndex = no_index) -> Track:
    """The track of a price between two instants.

    :raises PriceError: a price that is not one at a moment (tiers, tariffs)
    """
    if isinstance(price, Fixed):
        return Track([lo], [price.micro], [True], 1, lo, hi)
    if isinstance(price, Banded):
        return _lay_bands(price, site, lo, hi)
    if isinstance(price, Indexed):
        return _lay_index(price, read_index(price.index, lo, hi), lo, hi)
    raise PriceError(f"A {type(price).__name__} price has no price at a moment.")


def _lay_index(price: Indexed, series: IndexSeries, lo: int, hi: int) -> Track:
    """One step per index value; gaps are steps without a price."""
    coefficients = price.coefficients()
    steps, last = [], lo
    for start, end, micro, final in zip(series.starts, series.ends, series.micros, series.finals, strict=True):
        if end <= lo or start >= hi:
            continue
        if start > last:
            steps.append((last, None, True))
        steps.append((max(start, lo), price.at(micro, coefficients), final))
        last = end
    if last < hi:
        steps.append((last, None, True))
    starts, prices, finals = zip(*steps, strict=True)
    return Track(list(starts), list(prices), list(finals), coefficients[2], lo, hi, all(finals))


def _lay_bands(price: Banded, site: Site, lo: int, hi: int) -> Track:
    """One step per change of band on the site's clock."""
    starts, prices = [], []
    for moment in _band_moments(price, site.timezone, lo, hi):
        local = datetime.fromtimestamp(moment, tz=zone(site.timezone))
        band = find_band(price.bands, local, site.holidays)
        micro = band.micro if band else price.otherwise
        if not prices or prices[-1] != micro:
            starts.append(moment)
            prices.append(micro)
    return Track(starts, prices, [True] * len(starts), 1, lo, hi)


def _band_moments(price: Banded, timezone: str, lo: int, hi: int) -> list[int]:
    """`lo` and every instant up to `hi` at which the wall clock passes a border, or jumps."""
    borders, clock, moments = wall_clock_borders(price.bands), zone(timezone), {lo}
    day, last = local_day(lo, timezone), local_day(hi, timezone)
    while day <= last:
        for border in borders:
            for fold in (0, 1):
                local = datetime.combine(day, border, clock).replace(fold=fold)
                moments.add(int(local.astimezone(UTC).timestamp()))
        moments.update(clock_changes(day, timezone))
        day += timedelta(days=1)
    return sorted(moment for moment in moments if lo <= moment < hi)


def clock_changes(day: date, timezone: str) -> list[int]:
    """The instants of that local day at which the clock jumps: almost always none."""
    clock = zone(timezone)

    def offset(moment):
        return datetime.fromtimestamp(moment, tz=clock).utcoffset()

    lo, hi = midnight(day, timezone), midnight(day + timedelta(days=1), timezone)
    if offset(lo) == offset(hi):
        return []
    before = offset(lo)
    while hi - lo > 1:
        middle = (lo + hi) // 2
        lo, hi = (middle, hi) if offset(middle) == before else (lo, middle)
    return [hi]


class GrowingTrack:
    """A track that is laid further whenever a session reaches beyond it."""

    __slots__ = ("_price", "_read_index", "_site", "track")

    def __init__(self, price: Price, site: Site, read_index: ReadIndex):
        self._price, self._site, self._read_index = price, site, read_index
        self.track = None

    def over(self, start: int, stop: int) -> Track:
        """A track that reaches from `start` to beyond `stop`."""
        track = self.track
        if track is None or start < track.lo or stop >= track.hi:
            lo = start - DAY if track is None else min(track.lo, start - DAY)
            hi = stop + AHEAD if track is None else max(track.hi, stop + AHEAD)
            track = self.track = lay_track(self._price, self._site, lo, hi, self._read_index)
        return track
