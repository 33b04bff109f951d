"""Time of use: the site's clock chooses the price."""

from datetime import date
from decimal import Decimal

import pytest
from rating import Band, Banded, PriceError, Rater, Site, explain_session

from .build import session, term

MICRO = 1_000_000
WORKDAYS = frozenset(range(5))
PEAK = Band(300_000, WORKDAYS, 8 * 60, 20 * 60, name="peak")
NIGHT = Band(100_000, start=22 * 60, end=6 * 60, name="night")


def price_of(bands, one, otherwise=200_000, holidays=frozenset(), basis="kwh"):
    site = Site("site", "Europe/Paris", holidays=holidays)
    version = term(Banded(tuple(bands), otherwise), basis)
    [charge] = Rater([version], [site]).rate([one])
    assert explain_session(one, version, site).amount == charge.amount
    return charge.amount


def test_a_session_inside_one_band():
    # Monday 2 March 2026, 10:00: 10 kWh x 0.30
    assert price_of([PEAK], session("2026-03-02T10:00")) == Decimal("3.0")


def test_a_session_across_a_border_has_two_prices():
    # Monday 07:30-08:30, constant power: 5 kWh x 0.20 + 5 kWh x 0.30
    assert price_of([PEAK], session("2026-03-02T07:30")) == Decimal("2.5")


def test_weekends_are_outside():
    # Saturday 7 March: 10 kWh x 0.20
    assert price_of([PEAK], session("2026-03-07T10:00")) == Decimal("2.0")


def test_a_band_over_midnight_belongs_to_the_day_it_starts_on():
    # Friday 6 March 22:00 to Saturday 06:00 on Fridays alone: Saturday 05:30 is in, Friday 05:30 is not
    friday_night = Band(100_000, frozenset([4]), 22 * 60, 6 * 60)
    assert price_of([friday_night], session("2026-03-07T05:30", minutes=15)) == Decimal("1.0")
    assert price_of([friday_night], session("2026-03-06T05:30", minutes=15)) == Decimal("2.0")


def test_a_holiday_takes_the_day_out_of_the_peak():
    may_day = frozenset([date(2026, 5, 1)])  # a Friday
    peak = Band(300_000, WORKDAYS, 8 * 60, 20 * 60, holidays="never")
    holiday = Band(150_000, holidays="only")
    assert price_of([peak, holiday], session("2026-05-01T10:00"), holidays=may_day) == Decimal("1.5")
    assert price_of([peak, holiday], session("2026-05-08T10:00"), holidays=may_day) == Decimal("3.0")


def test_seasons_include_both_borders_and_wrap_over_new_year():
    winter = Band(400_000, season=((11, 1), (3, 31)))
    for day, price in (
        ("2026-03-31", "4"),
        ("2026-04-01", "2"),
        ("2026-10-31", "2"),
        ("2026-11-01", "4"),
        ("2028-02-29", "4"),
    ):
        assert price_of([winter], session(f"{day}T10:00")) == Decimal(price)


def test_the_night_the_clocks_go_back_has_the_hour_twice():
    # 25 October 2026: 02:00-03:00 happens twice. 01:30 summer time + 3 h of constant 4 kW = 12 kWh ends at 03:30 winter time:
    # 0.5 h before, 2 h in the band, 0.5 h after: 2 x 0.20 + 8 x 0.10 + 2 x 0.20
    band = Band(100_000, start=2 * 60, end=3 * 60)
    assert price_of([band], session("2026-10-25T01:30", minutes=180, wh=12_000)) == Decimal("1.6")


def test_half_of_the_hour_that_happens_twice_is_in_its_band_twice():
    # 02:30-03:00 only: summer 02:30-03:00 and winter 02:30-03:00. From 02:00 summer time, 2 h at 4 kW: 4 kWh in, 4 kWh out
    band = Band(100_000, start=2 * 60 + 30, end=3 * 60)
    assert price_of([band], session("2026-10-25T02:00", minutes=120, wh=8_000)) == Decimal("1.2")


def test_the_hour_that_does_not_happen_costs_nothing():
    # 29 March 2026: 02:00 jumps to 03:00. 01:30 + 1 h ends at 03:30; the band 02:00-03:00 never was
    band = Band(100_000, start=2 * 60, end=3 * 60)
    assert price_of([band], session("2026-03-29T01:30", minutes=60)) == Decimal("2.0")


def test_minutes_have_bands_too():
    # idle from 19:45 to 20:15: 15 min x 0.30 + 15 min x 0.20
    one = session("2026-03-02T19:00", minutes=75, charging_seconds=45 * 60, idle_seconds=30 * 60)
    assert price_of([PEAK], one, basis="idle_minute") == Decimal("7.5")
    # charging 19:00-19:45: 45 min x 0.30
    assert price_of([PEAK], one, basis="charging_minute") == Decimal("13.5")


def test_a_price_per_session_is_the_one_at_its_start():
    assert price_of([PEAK], session("2026-03-02T07:59"), basis="session") == Decimal("0.2")
    assert price_of([PEAK], session("2026-03-02T08:00"), basis="session") == Decimal("0.3")


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (PEAK, Band(1, frozenset([0]), 19 * 60, 21 * 60)),
        (PEAK, Band(1, holidays="only")),
        (NIGHT, Band(1, start=5 * 60, end=7 * 60)),
        (Band(1, frozenset([6]), 22 * 60, 2 * 60), Band(1, frozenset([0]), 0, 60)),
        (Band(1, season=((11, 1), (3, 31))), Band(1, season=((3, 31), (6, 30)))),
        (Band(1, season=((2, 29), (2, 29))), Band(1, season=((2, 1), (3, 1)))),
        (Band(1, season=((12, 31), (12, 31)), start=23 * 60, end=60), Band(1, season=((1, 1), (1, 1)))),
    ],
)
def test_overlapping_bands_are_refused_with_the_clash(one, two):
    with pytest.raises(PriceError, match="overlap") as refusal:
        Banded((one, two), 0)
    assert str(one) in str(refusal.value)
    assert str(two) in str(refusal.value)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (PEAK, Band(1, frozenset([5, 6]))),
        (PEAK, NIGHT),
        (Band(1, season=((1, 1), (6, 30))), Band(1, season=((7, 1), (12, 31)))),
        (Band(1, holidays="only"), Band(1, holidays="never")),
        (Band(1, start=0, end=360), Band(1, start=360, end=1440)),
    ],
)
def test_bands_that_only_touch_are_fine(one, two):
    assert Banded((one, two), 0).bands == (one, two)


@pytest.mark.parametrize(
    "wrong",
    [
        {"weekdays": frozenset()},
        {"weekdays": frozenset([7])},
        {"start": 600, "end": 600},
        {"end": 1500},
        {"season": ((2, 30), (3, 1))},
        {"holidays": "maybe"},
        {"micro": 0.3},
    ],
)
def test_bands_that_make_no_sense_are_refused(wrong):
    with pytest.raises(PriceError):
        Band(**{"micro": 1, **wrong})
