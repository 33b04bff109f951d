"""Days and months as the site's clock shows them.

All arithmetic runs in UTC epoch seconds; a local date is turned into the instant of its midnight once. A day of 23 or 25
hours is then an ordinary day, and so is 29 February.
"""

from bisect import bisect_right
from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .errors import RatingError, SessionError

EPOCH_MIN = -(2**62)
EPOCH_MAX = 2**62


@lru_cache(maxsize=512)
def zone(name: str) -> ZoneInfo:
    """The time zone of that Olson name.

    :raises SessionError: unknown name.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, TypeError) as error:
        raise SessionError(f"Time zone {name!r} is unknown: set one such as Europe/Paris on the site.") from error


@lru_cache(maxsize=65536)
def midnight(day: date, timezone: str) -> int:
    """UTC epoch seconds of the start of a local day.

    Where a clock change skips midnight (some zones do), the day starts at the first instant that exists.
    """
    local = datetime(day.year, day.month, day.day, tzinfo=zone(timezone))
    instant = local.astimezone(UTC)
    if instant.astimezone(zone(timezone)).date() < day:
        # fold=0 of a skipped midnight maps into the day before: move on to the end of the gap
        instant += timedelta(hours=1)
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)


def local_day(epoch: int, timezone: str) -> date:
    """The date the site's clock showed at that instant."""
    return datetime.fromtimestamp(epoch, tz=zone(timezone)).date()


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Local days from `start` (included) to `end` (excluded); None means open on that side."""

    start: date | None = None
    end: date | None = None

    def __and__(self, other: "Span") -> "Span | None":
        """The days in both, or None where they do not meet."""
        starts = [day for day in (self.start, other.start) if day]
        ends = [day for day in (self.end, other.end) if day]
        start, end = max(starts, default=None), min(ends, default=None)
        if start and end and start >= end:
            return None
        return Span(start, end)

    def __contains__(self, day: date) -> bool:
        return (self.start is None or self.start <= day) and (self.end is None or day < self.end)

    @property
    def days(self) -> int:
        """Number of days; only a closed span has one."""
        if self.start is None or self.end is None:
            raise RatingError(f"The span {self} is open: its days cannot be counted.")
        return (self.end - self.start).days

    def epochs(self, timezone: str) -> tuple[int, int]:
        """The span as UTC instants [from, to) on a site's clock."""
        return (
            midnight(self.start, timezone) if self.start else EPOCH_MIN,
            midnight(self.end, timezone) if self.end else EPOCH_MAX,
        )


def month(year: int, number: int) -> Span:
    """The calendar month as a span of local days."""
    first = date(year, number, 1)
    return Span(first, first + timedelta(days=monthrange(year, number)[1]))


def month_of(day: date) -> Span:
    """The calendar month that day lies in."""
    return month(day.year, day.month)


def quarter_of(day: date) -> Span:
    """The calendar quarter that day lies in."""
    first = 3 * ((day.month - 1) // 3) + 1
    return Span(month(day.year, first).start, month(day.year, first + 2).end)


def year_of(day: date) -> Span:
    """The calendar year that day lies in."""
    return Span(date(day.year, 1, 1), date(day.year + 1, 1, 1))


def period_of(periodicity: str, day: date) -> Span:
    """The billing period that day lies in: `monthly`, `quarterly` or `yearly`.

    :raises RatingError: any other word; ad hoc periods have no calendar.
    """
    try:
        return {"monthly": month_of, "quarterly": quarter_of, "yearly": year_of}[periodicity](day)
    except KeyError as error:
        raise RatingError(f"Periodicity {periodicity!r} has no calendar: say from when to when.") from error


def intersect(spans: Iterable[Span], others: Iterable[Span]) -> list[Span]:
    """Every non-empty meeting of one span of each side, in order."""
    others = list(others)
    met = (span & other for span in spans for other in others)
    return sorted((span for span in met if span), key=lambda span: (span.start or date.min, span.end or date.max))


def effective(changes: Sequence[tuple[date, object]], day: date) -> object | None:
    """The value of the latest change at or before `day`; `changes` sorted by date. None before the first."""
    position = bisect_right(changes, day, key=lambda change: change[0])
    return changes[position - 1][1] if position else None
