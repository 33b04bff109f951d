"""Our own sessions as OCPI charging periods, cut wherever a price component could change.

Rules
    1. Cuts: local times of day, days, durations and energies of the tariff's restrictions; the end of charging; with power
       restrictions every reading, for between two readings the power is constant.
    2. The register is interpolated linearly between readings. A period has whole Wh (what has flowed up to its end, rounded down,
       less what had flowed at its start), so the periods add up to the session exactly.
    3. A limit in kWh is crossed inside a second; the cut is put at the end of that second, or just before the session's end, and
       the energy is cut exactly at the limit. Limits crossed inside one second get one second each; where a session has fewer
       seconds than limits the highest ones count.
    4. Nothing is known of currents: an element restricted by current never applies to our own sessions.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import accumulate, pairwise

from .borders import clock_borders, duration_borders, energy_limits, restricts_power
from .cdr import Cdr, Period
from .errors import CurveError
from .model import Tariff
from .pricing import price_cdr
from .report import Report, hours

Curve = Sequence[tuple[int, int]]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Ten years: a longer session is a clock that was wrong, and would be cut into thousands of days.
LONGEST_SESSION = 10 * 366 * 86400
LAST_EPOCH = 250_000_000_000


def periods_of(
    tariff: Tariff, start: int, stop: int, curve: Curve, charging_seconds: int, timezone: str
) -> tuple[Period, ...]:
    """The charging periods of a session.

    :param start: UTC epoch seconds; `stop` as well.
    :param curve: (UTC epoch seconds, register in Wh) from start to stop, neither ever falling. Registers are `int`, or `Fraction`
        where a curve was stretched; first and last differ by whole Wh.
    :param charging_seconds: the first so many seconds are charging, the rest is parking.
    :param timezone: the clock of the site, such as Europe/Paris.
    :raises CurveError: times or readings contradict each other.
    :raises SessionError: unknown time zone.
    """
    check_session(start, stop, curve, charging_seconds)
    charged = start + charging_seconds
    cuts = clock_borders(tariff, start, stop, timezone) | duration_borders(tariff, start, stop)
    cuts.update({charged} if start < charged < stop else ())
    with_power = restricts_power(tariff)
    if with_power:
        cuts.update(moment for moment, _ in curve if start < moment < stop)
    crossed = _crossings(curve, energy_limits(tariff), start, stop)
    times = sorted({start, stop} | cuts | set(crossed))
    if len(times) == 1:
        times *= 2
    base = curve[0][1]
    # a cut moved by a second must not let energy flow backwards to its neighbour
    flowed = list(accumulate((crossed.get(each, _whole(_register(curve, each) - base)) for each in times), max))
    flowed[0], flowed[-1] = 0, int(curve[-1][1] - base)
    return tuple(
        _period(
            since,
            until,
            energy - before,
            since < charged or start == stop,
            _power(curve, since) if with_power else None,
        )
        for (since, before), (until, energy) in pairwise(zip(times, flowed, strict=True))
    )


def price_session(tariff: Tariff, start: int, stop: int, curve: Curve, charging_seconds: int, timezone: str) -> Report:
    """Price one of our own sessions; parameters and errors as `periods_of`."""
    periods = periods_of(tariff, start, stop, curve, charging_seconds, timezone)
    return price_cdr(tariff, Cdr(_moment(start), _moment(stop), tariff.currency, periods), timezone)


def check_session(start: int, stop: int, curve: Curve, charging_seconds: int) -> None:
    """Refuse facts no session can have.

    :raises CurveError: in one sentence.
    """
    if not 0 <= start <= stop <= LAST_EPOCH or stop - start > LONGEST_SESSION:
        raise CurveError(
            f"A session from {start} to {stop} cannot be: give UTC epoch seconds, at most ten years apart."
        )
    if not 0 <= charging_seconds <= stop - start:
        raise CurveError(
            f"{charging_seconds} seconds of charging do not fit into a session of {stop - start}: give 0 to {stop - start}."
        )
    if not curve or curve[0][0] != start or curve[-1][0] != stop:
        raise CurveError(f"The readings do not reach from the start {start} to the stop {stop}: add readings at both.")
    for (before, low), (after, high) in pairwise(curve):
        if after < before or high < low:
            raise CurveError(f"The reading at {after} falls behind the one at {before}: repair the curve first.")
    if Fraction(curve[-1][1] - curve[0][1]).denominator != 1:
        raise CurveError("The session's energy is not in whole Wh: round the last register first.")


def _crossings(curve: Curve, limits: list[int], start: int, stop: int) -> dict[int, int]:
    """When each limit of energy (Wh since the start) is reached, inside the session: whole second -> Wh."""
    registers = [register for _, register in curve]
    base, reached = registers[0], []
    for limit in limits:
        place = bisect_left(registers, base + limit)
        if place == len(curve) or base + limit == registers[-1]:
            continue
        (since, low), (until, high) = curve[place - 1], curve[place]
        exact = since + Fraction((base + limit - low) * (until - since), high - low)
        earliest = reached[-1][0] + 1 if reached else start + 1
        reached.append((max(-_whole(-exact), earliest), limit))
    crossed, latest = {}, stop - 1
    for second, limit in reversed(reached):
        latest = min(second, latest)
        if latest <= start:
            break
        crossed[latest] = limit
        latest -= 1
    return crossed


def _register(curve: Curve, moment: int) -> Fraction:
    """The register at an instant; of several readings at it, the last."""
    place = bisect_right(curve, moment, key=lambda point: point[0])
    since, low = curve[place - 1]
    if since == moment or place == len(curve):
        return Fraction(low)
    until, high = curve[place]
    return low + Fraction((high - low) * (moment - since), until - since)


def _power(curve: Curve, moment: int) -> Fraction:
    """The power in kW from an instant up to the next reading; zero at the very end."""
    place = bisect_right(curve, moment, key=lambda point: point[0])
    if place == len(curve):
        return Fraction(0)
    (since, low), (until, high) = curve[place - 1], curve[place]
    # Wh per second x 3600 = W
    return Fraction((high - low) * 3600, (until - since) * 1000)


def _period(since: int, until: int, wh: int, charging: bool, power: Fraction | None) -> Period:
    lasted = hours(until - since)
    return Period(
        start=_moment(since),
        end=_moment(until),
        energy=Fraction(wh, 1000),
        time=lasted if charging else Fraction(0),
        parking_time=Fraction(0) if charging else lasted,
        min_power=power,
        max_power=power,
    )


def _whole(value: Fraction) -> int:
    return value.numerator // value.denominator


def _moment(epoch: int) -> datetime:
    return _EPOCH + timedelta(seconds=epoch)
