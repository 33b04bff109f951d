"""Indexed prices: each slice its own price, nothing ever priced at zero for want of a value."""

from decimal import Decimal

import pytest
from rating import PROVISIONAL, Indexed, PriceError, Rater, RatingError, explain_session, to_micro

from .build import PARIS, reader, series, session, term

QUARTERS = ["80", "120", "-40", "200"]


def charge_of(price, values, one, basis="kwh"):
    version = term(price, basis)
    [charge] = Rater([version], [PARIS], reader(values)).rate([one])
    explained = explain_session(one, version, PARIS, reader(values))
    assert explained.amount == charge.amount
    return charge


def spot(start="2026-03-02T10:00", prices=QUARTERS, **values):
    return series(start, prices, timezone="Europe/Paris", **values)


def test_every_quarter_has_its_own_price():
    # 60 min at constant power: 2.5 kWh each x 0.08, 0.12, -0.04, 0.20 = 0.2 + 0.3 - 0.1 + 0.5
    assert charge_of(Indexed("spot"), spot(), session("2026-03-02T10:00")).amount == Decimal("0.9")


def test_a_session_off_the_quarters_weighs_them_by_energy():
    # 10:10-10:20, 1.2 kWh: 5 min x 0.08 and 5 min x 0.12 = 0.6 x 0.08 + 0.6 x 0.12
    assert charge_of(Indexed("spot"), spot(), session("2026-03-02T10:10", 10, 1_200)).amount == Decimal("0.12")


def test_factor_adder_and_losses():
    # (100 / 1000 x 1.05 + 0.012) x 1.035 = 0.121095; 10 kWh
    price = Indexed("spot", factor=to_micro("1.05"), adder=to_micro("0.012"), losses=to_micro("3.5"))
    assert charge_of(price, spot(prices=["100"] * 4), session("2026-03-02T10:00")).amount == Decimal("1.210950")


def test_nothing_is_rounded_before_the_charge():
    # 33.333333 / 1000 x 1.000001 = 0.033333366333... a 6-decimal price would be 0.033333: 1,000,000 kWh show the difference
    price = Indexed("spot", factor=to_micro("1.000001"))
    big = session("2026-03-02T10:00", wh=10**9)
    assert charge_of(price, spot(prices=["33.333333"] * 4), big).amount == Decimal("33333.366333")


def test_floor_and_cap():
    price = Indexed("spot", floor=0, cap=to_micro("0.1"))
    # 2.5 kWh each x 0.08, 0.10, 0, 0.10
    assert charge_of(price, spot(), session("2026-03-02T10:00")).amount == Decimal("0.7")


@pytest.mark.parametrize(
    ("clause", "agreed", "amount"),
    [
        # adder 0.01: quarters cost 0.09, 0.13, (-0.03 | 0.01 | 0.05), 0.21; 2.5 kWh each
        ("pass_on", None, "1.0"),
        ("zero", None, "1.1"),
        ("agreed", "0.05", "1.2"),
    ],
)
def test_clause_for_negative_values(clause, agreed, amount):
    price = Indexed("spot", adder=to_micro("0.01"), negative=clause, agreed=agreed and to_micro(agreed))
    assert charge_of(price, spot(), session("2026-03-02T10:00")).amount == Decimal(amount)


@pytest.mark.parametrize(
    ("day", "hours"),
    [("2026-03-29", 23), ("2026-10-25", 25), ("2026-03-02", 24)],
    ids=["92 quarters", "100 quarters", "96 quarters"],
)
def test_a_whole_day_whatever_its_length(day, hours):
    """One kWh a quarter; the n-th quarter costs n EUR/MWh: 1 + ... + n thousandths."""
    quarters = 4 * hours
    values = series(f"{day}T00:00", [str(n) for n in range(1, quarters + 1)], timezone="Europe/Paris")
    one = session(f"{day}T00:00", minutes=60 * hours, wh=1000 * quarters)
    assert charge_of(Indexed("spot"), values, one).amount == Decimal(quarters * (quarters + 1) // 2) / 1000


def test_over_a_month_end_and_midnight():
    # 31 March 23:50 to 1 April 00:10: 10 min x 0.08 and 10 min x 0.12 of 2 kWh
    values = spot("2026-03-31T23:45", ["80", "120"])
    assert charge_of(Indexed("spot"), values, session("2026-03-31T23:50", 20, 2_000)).amount == Decimal("0.2")


def test_hourly_values_are_used_for_their_hour():
    values = series("2026-03-02T10:00", ["80", "120"], length=3600, timezone="Europe/Paris")
    assert charge_of(Indexed("spot"), values, session("2026-03-02T10:30", 60)).amount == Decimal("1.0")


def test_a_missing_value_makes_no_amount():
    values = spot(prices=["80", None, "90", "100"])
    assert charge_of(Indexed("spot"), values, session("2026-03-02T10:00")).amount is None


def test_before_the_first_and_after_the_last_value_there_is_none():
    for start in ("2026-03-02T09:30", "2026-03-02T10:45", "2026-03-01T10:00", "2026-05-01T10:00"):
        assert charge_of(Indexed("spot"), spot(), session(start)).amount is None


def test_a_gap_without_energy_needs_no_value():
    # charging ends at 10:15, the car stays until 10:45; 10:15-10:30 has no value
    one = session("2026-03-02T10:00", 45, 4_000, readings=((0, 0),))
    first = one.start
    one = session("2026-03-02T10:00", 45, 4_000, readings=((first, 0), (first + 900, 4_000), (first + 2700, 4_000)))
    assert charge_of(Indexed("spot"), spot(prices=["80", None, "90"]), one).amount == Decimal("0.32")


def test_no_energy_waits_for_nothing():
    assert charge_of(Indexed("spot"), spot(prices=["80"]), session("2026-05-02T10:00", wh=0)).amount == 0


def test_a_provisional_value_marks_the_charge():
    values = spot(finals=[True, True, False, True])
    assert charge_of(Indexed("spot"), values, session("2026-03-02T10:00")).marks & PROVISIONAL
    assert not charge_of(Indexed("spot"), values, session("2026-03-02T10:00", 30)).marks & PROVISIONAL


def test_points_move_a_fee_per_session():
    # 1.2 points x factor 0.5 = 0.60 a session
    values = series("2026-03-01T00:00", ["1.2"], length=31 * 86_400, key="cpi")
    price = Indexed("cpi", unit="points", factor=to_micro("0.5"))
    assert charge_of(price, values, session("2026-03-02T10:00"), "session").amount == Decimal("0.6")


@pytest.mark.parametrize(
    "wrong",
    [
        {"floor": 2, "cap": 1},
        {"unit": "kg"},
        {"negative": "hope"},
        {"negative": "agreed"},
        {"agreed": 5},
        {"losses": -1},
    ],
)
def test_formulas_that_make_no_sense_are_refused(wrong):
    with pytest.raises(PriceError):
        Indexed("spot", **wrong)


def test_without_values_the_engine_says_what_it_needs():
    with pytest.raises(RatingError, match="read_index"):
        Rater([term(Indexed("spot"))], [PARIS]).rate([session("2026-03-02T10:00")])
