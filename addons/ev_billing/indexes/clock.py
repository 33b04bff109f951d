"""Where the intervals of a price index begin and end, on the clock of its place of delivery.

Moments are UTC epoch seconds. A day has 92, 96 or 100 quarter-hours, a month is a calendar month: `edge_before` and
`edge_after` give the borders of the interval a moment lies in, whatever the clock does that day.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from .errors import PriceIndexError

SECONDS = {"quarter_hour": 900, "half_hour": 1800, "hour": 3600}
CALENDAR = ("day", "month", "quarter", "year")
# from fine to coarse
RESOLUTIONS = (*SECONDS, *CALENDAR)
WORDS = {
    "quarter_hour": "15 minutes",
    "half_hour": "30 minutes",
    "hour": "60 minutes",
    "day": "a day",
    "month": "a month",
    "quarter": "a quarter",
    "year": "a year",
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# What a moment outside of these years means is a mistake, not a price.
FIRST_YEAR, LAST_YEAR = 2000, 2099


@cache
def zone_of(name: str) -> ZoneInfo:
    """:raises PriceIndexError: no such timezone."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError, TypeError) as error:
        raise PriceIndexError(f"There is no timezone {name!r}: use one like Europe/Brussels.") from error


def to_epoch(moment: datetime) -> int:
    """Epoch seconds of an aware datetime."""
    return (moment - _EPOCH) // timedelta(seconds=1)


def to_local(epoch: int, zone: str) -> datetime:
    """The moment on that zone's clock."""
    return datetime.fromtimestamp(epoch, zone_of(zone))


def say(epoch: int, zone: str = "UTC") -> str:
    """A moment in words no clock change makes ambiguous: ``2026-10-25 02:15 +01:00``."""
    local = to_local(epoch, zone)
    offset = f"{local:%z}"
    return f"{local:%Y-%m-%d %H:%M} {offset[:3]}:{offset[3:5]}"


def say_span(start: int, end: int, zone: str = "UTC") -> str:
    """An interval in words: ``2026-10-25 02:15 +01:00 to 2026-10-25 02:30 +01:00``."""
    return f"{say(start, zone)} to {say(end, zone)}"


def midnight(day: date, zone: str) -> int:
    """Epoch seconds at which that local day begins."""
    return to_epoch(datetime.combine(day, time(), zone_of(zone)))


def edge_before(epoch: int, resolution: str, zone: str) -> int:
    """Start of the interval of that resolution which contains the moment."""
    local = to_local(epoch, zone)
    if resolution in SECONDS:
        step, offset = SECONDS[resolution], local.utcoffset() // timedelta(seconds=1)
        return (epoch + offset) // step * step - offset
    return midnight(first_day(local.date(), resolution), zone)


def edge_after(epoch: int, resolution: str, zone: str) -> int:
    """End (excluded) of the interval of that resolution which contains the moment."""
    if resolution in SECONDS:
        return edge_before(epoch, resolution, zone) + SECONDS[resolution]
    return midnight(next_day(to_local(epoch, zone).date(), resolution), zone)


def is_interval(start: int, end: int, resolution: str, zone: str) -> bool:
    """Whether these two moments are the borders of one interval of that resolution."""
    return edge_before(start, resolution, zone) == start and edge_after(start, resolution, zone) == end


def find_resolution(start: int, end: int, zone: str) -> str | None:
    """The resolution of which [start, end) is exactly one interval; the finest, None for no known one."""
    if end <= start or end - start > 366 * 86400 + 7200:
        return None
    return next((name for name in RESOLUTIONS if is_interval(start, end, name, zone)), None)


def first_day(day: date, resolution: str) -> date:
    """First day of the day, month, quarter or year that contains ``day``."""
    if resolution == "day":
        return day
    month = {"month": day.month, "quarter": (day.month - 1) // 3 * 3 + 1, "year": 1}[resolution]
    return day.replace(month=month, day=1)


def next_day(day: date, resolution: str) -> date:
    """First day after the day, month, quarter or year that contains ``day``."""
    if resolution == "day":
        return day + timedelta(days=1)
    first = first_day(day, resolution)
    months = first.month - 1 + {"month": 1, "quarter": 3, "year": 12}[resolution]
    return first.replace(year=first.year + months // 12, month=months % 12 + 1)
