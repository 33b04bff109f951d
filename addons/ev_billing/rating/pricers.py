"""One pricer per version and place: what it makes of a session.

A pricer takes a session's row (`facts.Session`) and answers (quantity, amount, marks), the two numbers in millionths; an
amount of None means that an index value is missing. None instead of an answer means that the session does not count.
"""

from bisect import bisect_left, bisect_right
from operator import mul

from .curve import PROVISIONAL, seconds_between, slices_of, straighten
from .facts import Site
from .money import MICRO, divide_half_up
from .ocpi import price_session
from .prices import Fixed, Tariffed, Tiered
from .terms import TermVersion
from .tracks import GrowingTrack, ReadIndex

WH_TO_QUANTITY = MICRO // 1000
PERCENT = 100


def energy_pricer(version: TermVersion, site: Site, read_index: ReadIndex):
    """Per kWh, each slice at its own price."""
    growing = GrowingTrack(version.price, site, read_index)

    def price(row):
        start, stop, wh, sign = row[3], row[4], row[5], row[6]
        track = growing.track
        if track is None or start < track.lo or stop >= track.hi:
            track = growing.over(start, stop)
        starts, prices = track.starts, track.prices
        first, last = bisect_right(starts, start) - 1, bisect_left(starts, stop)
        quantity = wh * sign * WH_TO_QUANTITY
        if first + 1 >= last:
            value = prices[first]
            if value is None:
                return quantity, (None if wh else 0), 0
            return (
                quantity,
                divide_half_up(wh * sign * value, 1000 * track.scale),
                0 if track.finals[first] else PROVISIONAL,
            )
        energies, marks = slices_of(row[14], start, stop, wh, starts[first + 1 : last])
        sliced = prices[first:last]
        try:
            exact = sum(map(mul, energies, sliced))
        except TypeError:
            exact = _add_known(energies, sliced)
            if exact is None:
                return quantity, None, marks
        if not track.final and any(map(_is_provisional, energies, track.finals[first:last])):
            marks |= PROVISIONAL
        return quantity, divide_half_up(sign * exact, 1000 * track.scale), marks

    return price


def _add_known(energies, prices):
    """Energy x price where there is energy; None where such a slice has no price."""
    used = [(energy, price) for energy, price in zip(energies, prices, strict=True) if energy]
    if any(price is None for _energy, price in used):
        return None
    return sum(energy * price for energy, price in used)


def _is_provisional(energy, final):
    return energy and not final


def get_time(row, basis: str) -> tuple[int, int]:
    """The instants between which a session charged, or stood idle: charging comes first, idle time last."""
    start, stop, charging, idle = row[3], row[4], row[12], row[13]
    if basis == "charging_minute":
        return start, max(start, stop - (idle or 0)) if charging is None else min(stop, start + charging)
    return stop - min(idle or 0, stop - start), stop


def time_pricer(version: TermVersion, site: Site, read_index: ReadIndex):
    """Per minute of charging or of idling, each slice at its own price."""
    over = GrowingTrack(version.price, site, read_index).over
    basis = version.basis

    def price(row):
        start, stop, sign = row[3], row[4], row[6]
        track = over(start, stop)
        since, until = get_time(row, basis)
        quantity = divide_half_up(sign * (until - since) * MICRO, 60)
        first, last = bisect_right(track.starts, start) - 1, bisect_left(track.starts, stop) - 1
        seconds = seconds_between(start, stop, track.starts[first + 1 : last + 1], since, until)
        exact, marks = 0, 0
        for place, length in enumerate(seconds, first):
            if length:
                if track.prices[place] is None:
                    return quantity, None, marks
                exact += length * track.prices[place]
                marks |= 0 if track.finals[place] else PROVISIONAL
        return quantity, divide_half_up(sign * exact, 60 * track.scale), marks

    return price


def start_pricer(version: TermVersion, site: Site, read_index: ReadIndex):
    """Per session, or percent of its revenue, at the price its start finds."""
    over = GrowingTrack(version.price, site, read_index).over
    measure = get_measure(version)

    def price(row):
        quantity = measure(row)
        if quantity is None:
            return None
        track = over(row[3], row[3])
        value, final = track.at(row[3])
        if value is None:
            return quantity, None, 0
        scale = track.scale * MICRO * (PERCENT if version.basis == "revenue" else 1)
        return quantity, divide_half_up(quantity * value, scale), 0 if final else PROVISIONAL

    return price


def get_measure(version: TermVersion):
    """A function from a row to the quantity of that version's basis in millionths, or None where it does not count."""
    basis = version.basis
    if basis == "kwh":
        return lambda row: row[5] * row[6] * WH_TO_QUANTITY
    if basis == "session":
        return lambda row: row[6] * MICRO if row[5] or version.count_zero_energy else None
    if basis == "revenue":
        return lambda row: row[15]

    def minutes(row):
        since, until = get_time(row, basis)
        return divide_half_up(row[6] * (until - since) * MICRO, 60)

    return minutes


def price_by_tariff(row, tariff, timezone: str):
    """(OCPI report, marks) of one session under an OCPI tariff."""
    start, stop, wh = row[3], row[4], row[5]
    points, factor, marks = straighten(row[14], start, stop, wh)
    first = points[0][1]
    curve = tuple((moment, (register - first) * factor // MICRO) for moment, register in points)
    _since, until = get_time(row, "charging_minute")
    return price_session(tariff, start, stop, curve, until - start, timezone), marks


def tariff_pricer(version: TermVersion, site: Site, _read_index: ReadIndex):
    """A whole session under an OCPI tariff, before taxes: one without energy too, since it may have parked (OCPI 2.2.1 11)."""
    tariff, timezone = version.price.tariff, site.timezone

    def price(row):
        report, marks = price_by_tariff(row, tariff, timezone)
        net = report.total_cost.net
        return row[6] * MICRO, row[6] * divide_half_up(net.numerator * MICRO, net.denominator), marks

    return price


def make_pricer(version: TermVersion, site: Site, read_index: ReadIndex):
    """The pricer of a version at a site; None where the fast path or the tiers price it themselves."""
    if isinstance(version.price, Tiered):
        return None
    if isinstance(version.price, Tariffed):
        return tariff_pricer(version, site, read_index)
    if version.basis == "kwh":
        return None if isinstance(version.price, Fixed) else energy_pricer(version, site, read_index)
    if version.basis in ("charging_minute", "idle_minute"):
        return time_pricer(version, site, read_index)
    return start_pricer(version, site, read_index)
