from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indexes import IndexValue, derive_means

BE = "Europe/Brussels"


def at(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


JANUARY, FEBRUARY, MARCH, APRIL = (
    at(text) for text in ("2025-12-31 23:00", "2026-01-31 23:00", "2026-02-28 23:00", "2026-03-31 22:00")
)


def value(start, end, price, final=True):
    return IndexValue(start, end, Decimal(price), final)


def test_whole_month_of_final_values_is_final():
    middle = at("2026-02-14 23:00")
    [mean] = derive_means([value(FEBRUARY, middle, "50"), value(middle, MARCH, "60")], "month", BE)
    assert mean == (FEBRUARY, MARCH, Decimal("55"), True)


def test_an_hour_weighs_as_much_as_its_four_quarters():
    # 3 hours at 10 and 4 quarters at 30: 60 / 4 = 15
    hours = [value(FEBRUARY + number * 3600, FEBRUARY + (number + 1) * 3600, "10") for number in range(3)]
    begin = FEBRUARY + 3 * 3600
    quarters = [value(begin + number * 900, begin + (number + 1) * 900, "30") for number in range(4)]
    [mean] = derive_means(hours + quarters, "month", BE)
    assert (mean.price, mean.final) == (Decimal("15"), False)


def test_march_has_743_hours():
    [mean] = derive_means([value(MARCH, APRIL, "42.123456")], "month", BE)
    assert (mean.end - mean.start) // 3600 == 743
    assert mean == (MARCH, APRIL, Decimal("42.123456"), True)


def test_a_provisional_value_or_a_hole_makes_it_provisional():
    middle = at("2026-02-14 23:00")
    assert not derive_means([value(FEBRUARY, middle, "1"), value(middle, MARCH, "1", False)], "month", BE)[0].final
    assert not derive_means([value(FEBRUARY, middle, "1"), value(middle + 900, MARCH, "1")], "month", BE)[0].final
    assert derive_means([], "month", BE) == []


def test_months_of_a_quarter_weigh_by_their_hours():
    values = [value(JANUARY, FEBRUARY, "10"), value(FEBRUARY, MARCH, "20"), value(MARCH, APRIL, "30")]
    # 744 * 10 + 672 * 20 + 743 * 30 = 43,170 over 2,159 hours = 19.9953682...
    assert derive_means(values, "quarter", BE) == [(JANUARY, APRIL, Decimal("19.995368"), True)]
    assert len(derive_means(values, "month", BE)) == 3


def test_a_value_longer_than_the_period_gives_each_its_share():
    assert derive_means([value(JANUARY, APRIL, "7")], "month", BE) == [
        (JANUARY, FEBRUARY, Decimal("7"), True),
        (FEBRUARY, MARCH, Decimal("7"), True),
        (MARCH, APRIL, Decimal("7"), True),
    ]


@pytest.mark.parametrize("sign", [1, -1])
def test_half_goes_away_from_zero(sign):
    # the mean of 0.000001 and 0 is 0.0000005
    values = [value(FEBRUARY, FEBRUARY + 900, sign * Decimal("0.000001")), value(FEBRUARY + 900, FEBRUARY + 1800, "0")]
    assert derive_means(values, "month", BE)[0].price == sign * Decimal("0.000001")


@given(st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=300))
def test_mean_is_the_exact_mean_rounded(micros):
    values = [
        value(FEBRUARY + number * 900, FEBRUARY + (number + 1) * 900, Decimal(micro).scaleb(-6))
        for number, micro in enumerate(micros)
    ]
    [mean] = derive_means(values, "month", BE)
    exact = Fraction(sum(micros), len(micros) * 10**6)
    assert abs(Fraction(mean.price) - exact) <= Fraction(1, 2 * 10**6)
