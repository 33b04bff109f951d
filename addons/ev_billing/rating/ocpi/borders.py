"""Instants at which the price of one of our own sessions can change: where its charging periods are cut.

All arithmetic is in UTC seconds; local times of day are turned into instants day by day, so that days of 23 and 25 hours come
out right: where the clock jumps, the jump itself is a border too.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction

from ..period import local_day, midnight, zone
from .model import Restrictions, Tariff

_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def clock_borders(tariff: Tariff, start: int, stop: int, timezone: str) -> set[int]:
    """Instants inside (start, stop) at which a time of day, a weekday or a date of the tariff begins or ends."""
    restrictions = _rules(tariff)
    times = {each for rule in restrictions for each in (rule.start_time, rule.end_time) if each is not None}
    if any(rule.start_time or rule.end_time for rule in restrictions):
        # a window with one end only, or over midnight, may change at midnight
        times.add(time(0))
    dated = any(rule.day_of_week or rule.start_date or rule.end_date for rule in restrictions)
    borders: set[int] = set()
    if not times and not dated:
        return borders
    for day in _days(start, stop, timezone):
        borders.add(midnight(day, timezone))
        if times:
            borders.update(_instants(day, times, timezone))
    return {border for border in borders if start < border < stop}


def _days(start: int, stop: int, timezone: str) -> Iterator[date]:
    day, last = local_day(start, timezone), local_day(stop, timezone)
    while day <= last:
        yield day
        day += _DAY


def _instants(day: date, times: set[time], timezone: str) -> Iterator[int]:
    """When the local clock shows those times on that day: twice where an hour is repeated; and where the clock jumps."""
    clock = zone(timezone)
    for each in times:
        for fold in (0, 1):
            yield _epoch(datetime.combine(day, each, tzinfo=clock).replace(fold=fold))
    since, until = midnight(day, timezone), midnight(day + _DAY, timezone)
    if _offset(since, timezone) != _offset(until - 1, timezone):
        while until - since > 1:
            middle = (since + until) // 2
            if _offset(middle, timezone) == _offset(since, timezone):
                since = middle
            else:
                until = middle
        yield until


def _offset(epoch: int, timezone: str) -> timedelta:
    return datetime.fromtimestamp(epoch, tz=zone(timezone)).utcoffset()


def _epoch(moment: datetime) -> int:
    return (moment.astimezone(UTC) - _EPOCH) // timedelta(seconds=1)


def duration_borders(tariff: Tariff, start: int, stop: int) -> set[int]:
    """Instants inside (start, stop) at which a duration of the tariff is reached."""
    reached = {start + each for rule in _rules(tariff) for each in (rule.min_duration, rule.max_duration) if each}
    return {border for border in reached if start < border < stop}


def energy_limits(tariff: Tariff) -> list[int]:
    """Whole Wh of session energy at which a restriction begins or ends, rising."""
    limits = {each for rule in _rules(tariff) for each in (rule.min_kwh, rule.max_kwh) if each}
    return sorted(_whole_up(Fraction(each) * 1000) for each in limits)


def _whole_up(value: Fraction) -> int:
    return -(-value.numerator // value.denominator)


def restricts_power(tariff: Tariff) -> bool:
    """Whether any element looks at the power."""
    return any(rule.min_power is not None or rule.max_power is not None for rule in _rules(tariff))


def _rules(tariff: Tariff) -> list[Restrictions]:
    return [element.restrictions for element in tariff.elements]
