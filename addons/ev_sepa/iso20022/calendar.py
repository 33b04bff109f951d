"""The days banks settle euro payments: TARGET's calendar, and the days one bank is closed beside."""

from collections.abc import Collection
from datetime import date, timedelta
from functools import cache

ONE_DAY = timedelta(days=1)
SATURDAY = 5


@cache
def _get_closing_days(year: int) -> frozenset[date]:
    """TARGET's closing days beside weekends (ECB, TARGET calendar since 2002)."""
    easter = _get_easter(year)
    return frozenset(
        {
            date(year, 1, 1),
            easter - 2 * ONE_DAY,  # Good Friday
            easter + ONE_DAY,  # Easter Monday
            date(year, 5, 1),
            date(year, 12, 25),
            date(year, 12, 26),
        }
    )


def _get_easter(year: int) -> date:
    """Easter Sunday by the Gregorian computus (Meeus, Jones and Butcher)."""
    golden, century, rest = year % 19, year // 100, year % 100
    correction = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - century // 4 - correction + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    shift = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * shift + 114, 31)
    return date(year, month, day + 1)


def is_target_day(day: date, holidays: Collection[date] = ()) -> bool:
    """Whether banks settle on this day: TARGET is open, and the bank has no holiday of its own."""
    return day.weekday() < SATURDAY and day not in _get_closing_days(day.year) and day not in holidays


def next_target_day(day: date, holidays: Collection[date] = ()) -> date:
    """Return the first bank day on or after `day`."""
    while not is_target_day(day, holidays):
        day += ONE_DAY
    return day


def add_target_days(day: date, count: int, holidays: Collection[date] = ()) -> date:
    """Return the `count`-th bank day after `day`; with 0 the first on or after it. Negative counts go back."""
    if not count:
        return next_target_day(day, holidays)
    step = ONE_DAY if count > 0 else -ONE_DAY
    for _day in range(abs(count)):
        day += step
        while not is_target_day(day, holidays):
            day += step
    return day
