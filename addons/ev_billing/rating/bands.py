"""Time-of-use bands: which price the site's clock points at.

A band is a set of weekdays x season x time of day x kind of day. Times are wall clock times at the site; a band may wrap over
midnight (22:00 to 06:00 belongs to the day it starts on) and over new year (November to March). On the day the clocks go back,
an hour that happens twice is in its band twice; on the day they go forward, the hour that does not happen costs nothing.
"""

from dataclasses import dataclass
from datetime import date, datetime, time

from .errors import PriceError

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
EVERY_DAY = frozenset(range(7))
MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class Band:
    """One band and its price in millionths.

    weekdays
        0 (Monday) to 6
    start, end
        minutes after midnight, end excluded; end <= start wraps over midnight, and 0 to 1440 is the whole day
    season
        ((month, day), (month, day)), both included, or None for the whole year
    holidays
        ``any``: public holidays are days like others; ``only``: on public holidays alone; ``never``: not on them
    """

    micro: int
    weekdays: frozenset[int] = EVERY_DAY
    start: int = 0
    end: int = MINUTES
    season: tuple[tuple[int, int], tuple[int, int]] | None = None
    holidays: str = "any"
    name: str = ""

    def __post_init__(self):
        if not self.weekdays or not self.weekdays <= EVERY_DAY:
            raise PriceError(f"Band {self.name}: it needs at least one weekday, from Monday (0) to Sunday (6).")
        where = f"Band {self}"
        if not isinstance(self.micro, int):
            raise PriceError(f"{where}: the price must be an integer of millionths; use to_micro().")
        if not (0 <= self.start < MINUTES and 0 <= self.end <= MINUTES) or self.start == self.end:
            raise PriceError(f"{where}: its hours must lie between 00:00 and 24:00 and must not be empty.")
        if self.holidays not in ("any", "only", "never"):
            raise PriceError(f"{where}: holidays {self.holidays!r} is none of any, only, never.")
        for border in self.season or ():
            try:
                date(2024, *border)
            except (ValueError, TypeError) as error:
                raise PriceError(f"{where}: {border} is no day of the year.") from error

    def __str__(self):
        days = "every day" if self.weekdays == EVERY_DAY else ", ".join(DAYS[day] for day in sorted(self.weekdays))
        text = f"{days} {_clock(self.start)}-{_clock(self.end)}"
        if self.season:
            text += " from {0[1]:02}/{0[0]:02} to {1[1]:02}/{1[0]:02}".format(*self.season)
        text += {"only": " on holidays", "never": " except on holidays"}.get(self.holidays, "")
        return f"{self.name} ({text})" if self.name else text

    def spans(self) -> list[tuple[int, int, int]]:
        """Its hours as (days after the day it belongs to, from minute, to minute) pieces that do not wrap."""
        if self.start < self.end:
            return [(0, self.start, self.end)]
        pieces = [(0, self.start, MINUTES)]
        return pieces + [(1, 0, self.end)] if self.end else pieces

    def has_day(self, day: date, holidays: frozenset[date]) -> bool:
        """Whether that local day is one of its days."""
        if day.weekday() not in self.weekdays or not _in_season(day, self.season):
            return False
        return self.holidays == "any" or (day in holidays) == (self.holidays == "only")


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _in_season(day: date, season) -> bool:
    if season is None:
        return True
    first, last = season
    today = (day.month, day.day)
    return first <= today <= last if first <= last else today >= first or today <= last


def find_band(bands: tuple[Band, ...], local: datetime, holidays: frozenset[date]) -> Band | None:
    """The band a wall clock time falls in, or None.

    :param local: the site's clock; its date and time are read, nothing else
    """
    minute = local.hour * 60 + local.minute
    today, yesterday = local.date(), date.fromordinal(local.toordinal() - 1)
    for band in bands:
        for shift, start, end in band.spans():
            if start <= minute < end and band.has_day(yesterday if shift else today, holidays):
                return band
    return None


def wall_clock_borders(bands: tuple[Band, ...]) -> list[time]:
    """The times of day at which the band may change; midnight is always one, since days differ."""
    minutes = {0} | {piece % MINUTES for band in bands for _shift, *borders in band.spans() for piece in borders}
    return [time(minute // 60, minute % 60) for minute in sorted(minutes)]


# ------------------------------------------------------------------ overlaps

# Every way a day can be: weekday x season day x holiday. A leap year has all days of the year there are.
_LEAP_YEAR = tuple(
    date.fromordinal(ordinal) for ordinal in range(date(2024, 1, 1).toordinal(), date(2025, 1, 1).toordinal())
)


def check_bands(bands: tuple[Band, ...]) -> None:
    """Refuse bands that could both be in force at one moment.

    :raises PriceError: names the two and a moment at which they clash.
    """
    for number, band in enumerate(bands):
        for other in bands[:number]:
            if clash := _find_clash(other, band):
                raise PriceError(f"Bands {other} and {band} overlap {clash}: change the hours or days of one of them.")


def _find_clash(one: Band, two: Band) -> str | None:
    """Words for a moment both are in force, or None."""
    for shift, start, end in one.spans():
        for other_shift, other_start, other_end in two.spans():
            since = max(start, other_start)
            if since < min(end, other_end) and (day := _find_common_day(one, shift, two, other_shift)):
                return f"({DAYS[day[0]]}, {day[1]:%d %b}, {_clock(since)})"
    return None


def _find_common_day(one: Band, shift: int, two: Band, other_shift: int):
    """(weekday, day of the year) of a day on which both pieces are in force, or None.

    Over the years any weekday meets any day of the year, and any day may be a holiday somewhere; 1 January follows 31 December.
    """
    holiday_kinds = {one.holidays, two.holidays}
    if shift == other_shift and holiday_kinds == {"only", "never"}:
        return None
    weekdays = {(day + shift) % 7 for day in one.weekdays} & {(day + other_shift) % 7 for day in two.weekdays}
    if not weekdays:
        return None
    for day in _LEAP_YEAR:
        before = date(2024, 12, 31) if day == date(2024, 1, 1) else date.fromordinal(day.toordinal() - 1)
        if _in_season(before if shift else day, one.season) and _in_season(before if other_shift else day, two.season):
            return min(weekdays), day
    return None
