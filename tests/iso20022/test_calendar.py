"""Banks settle on TARGET days: the calendars the ECB published, by hand."""

from datetime import date

import pytest
from iso20022.calendar import add_target_days, is_target_day, next_target_day


@pytest.mark.parametrize(
    "closed",
    [
        date(2026, 1, 1),
        date(2026, 4, 3),  # Good Friday: Easter is 5 April 2026
        date(2026, 4, 6),
        date(2026, 5, 1),
        date(2026, 12, 25),
        date(2026, 12, 26),
        date(2027, 3, 26),  # Easter is 28 March 2027
        date(2027, 3, 29),
        date(2024, 3, 29),  # Easter is 31 March 2024
        date(2038, 4, 23),  # Easter is 25 April 2038, as late as it can be
        date(2026, 11, 28),  # a Saturday
        date(2026, 11, 29),
    ],
)
def test_target_is_closed(closed):
    assert not is_target_day(closed)


@pytest.mark.parametrize("day", [date(2026, 7, 14), date(2026, 11, 23), date(2026, 12, 24), date(2026, 12, 31)])
def test_national_holidays_and_ends_of_years_are_open(day):
    assert is_target_day(day)


def test_next_day_jumps_over_easter():
    assert next_target_day(date(2026, 4, 3)) == date(2026, 4, 7)
    assert next_target_day(date(2026, 4, 2)) == date(2026, 4, 2)


def test_next_day_jumps_over_christmas_and_the_banks_own_day():
    # 25 December 2026 is a Friday; 28 the bank is closed
    assert next_target_day(date(2026, 12, 25), [date(2026, 12, 28)]) == date(2026, 12, 29)


def test_adding_days_counts_only_open_ones():
    # Thursday 2 April 2026 + 2: Tuesday 7 is the first, Wednesday 8 the second
    assert add_target_days(date(2026, 4, 2), 2) == date(2026, 4, 8)
    assert add_target_days(date(2026, 4, 8), -2) == date(2026, 4, 2)
    assert add_target_days(date(2026, 4, 4), 0) == date(2026, 4, 7)
    assert add_target_days(date(2026, 4, 2), 1, {date(2026, 4, 7)}) == date(2026, 4, 8)
