from decimal import Decimal

import pytest
from rating import PriceError, from_micro, round_line, to_micro
from rating.money import divide_half_up


def test_prices_are_read_exactly():
    assert to_micro("0.185432") == 185_432
    assert to_micro(Decimal("-0.000001")) == -1
    assert to_micro(15) == 15_000_000
    assert str(from_micro(185_432)) == "0.185432"


@pytest.mark.parametrize("price", ["0.1854321", "abc", "", "NaN", "Infinity", 0.185, True, None])
def test_inexact_prices_are_refused(price):
    with pytest.raises(PriceError):
        to_micro(price)


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounded"),
    # half goes away from zero on both sides, so that a credit is its original's mirror
    [
        (1, 2, 1),
        (-1, 2, -1),
        (3, 2, 2),
        (-3, 2, -2),
        (499, 1000, 0),
        (500, 1000, 1),
        (-499, 1000, 0),
        (-500, 1000, -1),
        (0, 7, 0),
    ],
)
def test_half_up_is_symmetric(numerator, denominator, rounded):
    assert divide_half_up(numerator, denominator) == rounded


@pytest.mark.parametrize(
    ("micro", "decimals", "amount"),
    [
        (5_000, 2, "0.01"),  # 0.005 -> 0.01
        (4_999, 2, "0.00"),
        (-5_000, 2, "-0.01"),
        (1_234_567_890, 2, "1234.57"),
        (499_999, 0, "0"),  # yen
        (500_000, 0, "1"),
        (1_234_500, 3, "1.235"),  # dinars
    ],
)
def test_lines_round_to_the_currency(micro, decimals, amount):
    assert str(round_line(micro, decimals)) == amount


def test_currency_with_too_many_decimals_is_refused():
    with pytest.raises(PriceError, match="8 decimals"):
        round_line(1, 8)
