"""What a session's charge is made of, slice by slice: the fast path's own numbers, for lists of many sessions.

`explain` says the same in words, one session at a time and by other code.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from .bands import find_band
from .curve import seconds_between, slices_of
from .facts import Site
from .money import MICRO
from .period import local_day, zone
from .pricers import PERCENT, get_measure, get_time
from .prices import Banded, Indexed
from .terms import TermVersion
from .tracks import GrowingTrack, ReadIndex, no_index


@dataclass(frozen=True, slots=True)
class Slice:
    """One stretch of a session at one price.

    start, stop
        UTC epoch seconds
    quantity, price, amount
        exact: units of the basis (negative on a credit CDR), the currency per unit, and their product
    cause
        the index value in millionths, the name of the band, or None
    """

    start: int
    stop: int
    quantity: Fraction
    price: Fraction
    amount: Fraction
    cause: int | str | None


def varies(version: TermVersion) -> bool:
    """Whether the version's price depends on the time at which a session charges."""
    return isinstance(version.price, Banded | Indexed)


class Slicer:
    """Slices sessions under one version at one place.

    :param read_index: `tracks.ReadIndex`
    """

    def __init__(self, version: TermVersion, site: Site, read_index: ReadIndex = no_index):
        self.version, self._site, self._read_index = version, site, read_index
        self._growing = GrowingTrack(version.price, site, read_index)
        self._measure = get_measure(version)
        self._track = self._find_cause = None
        self._causes: dict[int, Hashable] = {}

    def covers(self, row: tuple) -> bool:
        """Whether the version applies to a session at all."""
        return local_day(row[3], self._site.timezone) in self.version.valid and self.version.filter.accepts(
            row[1], row[2], *row[7:12]
        )

    def cut(self, row: tuple) -> list[Slice]:
        """The slices of a session (`facts.Session.row`) that count; those without energy or time are left out.

        They add up to the charge before its rounding to six decimals. A slice whose price is missing raises nothing and is left
        out as well: no charge is made of such a session.
        """
        start, stop, sign = row[3], row[4], row[6]
        track = self._lay(start, stop)
        basis = self.version.basis
        if basis not in ("kwh", "charging_minute", "idle_minute"):
            return self._price_start(row, track)
        first, last = bisect_right(track.starts, start) - 1, bisect_left(track.starts, stop)
        last = max(last, first + 1)
        borders = track.starts[first + 1 : last]
        if basis == "kwh":
            parts, per = slices_of(row[14], start, stop, row[5], borders)[0], 1000
        else:
            parts, per = seconds_between(start, stop, borders, *get_time(row, basis)), 60
        edges, slices = [start, *borders, stop], []
        for place, part in enumerate(parts):
            value = track.prices[first + place]
            if part and value is not None:
                quantity, price = Fraction(part * sign, per), Fraction(value, track.scale * MICRO)
                cause = self._get_cause(track.starts[first + place])
                slices.append(Slice(edges[place], edges[place + 1], quantity, price, quantity * price, cause))
        return slices

    def _price_start(self, row, track):
        """A session, or a share of its revenue, at the price its start finds."""
        quantity, (value, _final) = self._measure(row), track.at(row[3])
        if quantity is None or value is None:
            return []
        quantity, price = Fraction(quantity, MICRO), Fraction(value, track.scale * MICRO)
        amount = quantity * price * (Fraction(1, PERCENT) if self.version.basis == "revenue" else 1)
        return [Slice(row[3], row[4], quantity, price, amount, self._get_cause(row[3]))]

    def _lay(self, start, stop):
        track = self._growing.over(start, stop)
        if track is not self._track:
            self._track, self._causes = track, {}
            self._find_cause = self._make_finder(track)
        return track

    def _make_finder(self, track):
        price = self.version.price
        if isinstance(price, Indexed):
            series = self._read_index(price.index, track.lo, track.hi)
            return lambda moment: (series.find(moment) or (None,))[0]
        clock = zone(self._site.timezone)

        def find_name(moment):
            band = find_band(price.bands, datetime.fromtimestamp(moment, tz=clock), self._site.holidays)
            return band and band.name

        return find_name

    def _get_cause(self, moment):
        if moment not in self._causes:
            self._causes[moment] = self._find_cause(moment)
        return self._causes[moment]
