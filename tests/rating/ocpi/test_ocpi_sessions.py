"""Our own sessions cut into charging periods: by clock, day, duration, energy, power and the end of charging."""

from datetime import UTC, datetime
from fractions import Fraction

import pytest
from rating.ocpi import CurveError, periods_of, price_session

from .build import component, element, money, tariff

PARIS = "Europe/Paris"
HOUR = 3600


def at(text):
    """UTC epoch seconds of a time written in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def energy(price, **restrictions):
    return element(component("ENERGY", price), **restrictions)


def cuts(rates, start, stop, wh=10_000, charging=None, curve=None, zone=PARIS):
    """(start as UTC hh:mm:ss, Wh) of every period of a session at constant power."""
    periods = periods_of(
        rates, start, stop, curve or ((start, 0), (stop, wh)), stop - start if charging is None else charging, zone
    )
    return [(f"{period.start:%H:%M:%S}", int(period.energy * 1000)) for period in periods]


START = at("2026-03-02T15:00")  # 16:00 in Paris


def test_without_restrictions_there_is_one_period():
    assert cuts(tariff(energy("1")), START, START + HOUR) == [("15:00:00", 10_000)]


def test_cut_at_a_local_time_of_day():
    # 17:00 in Paris is 16:00 UTC; two hours at 5 kW
    rates = tariff(energy("1", start_time="08:00", end_time="17:00"), energy("2"))
    assert cuts(rates, START, START + 2 * HOUR) == [("15:00:00", 5_000), ("16:00:00", 5_000)]
    # 5 x 1 + 5 x 2
    report = price_session(rates, START, START + 2 * HOUR, ((START, 0), (START + 2 * HOUR, 10_000)), 2 * HOUR, PARIS)
    assert money(report.total_cost) == ("15", "15")


def test_cut_at_local_midnight_for_days_and_dates():
    late = at("2026-03-02T22:30")  # 23:30 in Paris
    for restrictions in ({"day_of_week": ["TUESDAY"]}, {"start_date": "2026-03-03"}, {"end_date": "2026-03-03"}):
        rates = tariff(energy("1", **restrictions), energy("2"))
        assert cuts(rates, late, late + HOUR) == [("22:30:00", 5_000), ("23:00:00", 5_000)]


def test_cut_at_a_duration():
    assert cuts(tariff(energy("0", max_duration=1800), energy("1")), START, START + HOUR) == [
        ("15:00:00", 5_000),
        ("15:30:00", 5_000),
    ]


def test_cut_at_an_energy_is_exact_in_wh_and_whole_in_seconds():
    # 1 kWh at 3 kW is reached after 1200 s; 1 kWh of 7 kWh in an hour after 514.3 s, cut at the end of that second
    assert cuts(tariff(energy("0", max_kwh=1), energy("1")), START, START + HOUR, 3_000) == [
        ("15:00:00", 1_000),
        ("15:20:00", 2_000),
    ]
    assert cuts(tariff(energy("0", max_kwh=1), energy("1")), START, START + HOUR, 7_000) == [
        ("15:00:00", 1_000),
        ("15:08:35", 6_000),
    ]


def test_two_energy_limits_in_one_second_get_a_second_each():
    # 360 kW are 100 Wh per second: both limits fall into the first second
    rates = tariff(energy("0", max_kwh="0.01"), energy("1", max_kwh="0.09"), energy("2"))
    assert cuts(rates, START, START + 10, 1_000) == [("15:00:00", 10), ("15:00:01", 80), ("15:00:02", 910)]
    # two seconds have room for one cut: the higher limit
    assert cuts(rates, START, START + 2, 200) == [("15:00:00", 90), ("15:00:01", 110)]
    assert cuts(rates, START, START + 1, 200) == [("15:00:00", 200)]


def test_energy_limit_in_the_last_second_is_cut_just_before_the_end():
    # 99 Wh per second, 10 seconds: 950 Wh are reached after 9.6 s
    assert cuts(tariff(energy("0", max_kwh="0.95"), energy("1")), START, START + 10, 990) == [
        ("15:00:00", 950),
        ("15:00:09", 40),
    ]


def test_energy_limit_reached_at_the_very_end_makes_no_period():
    assert cuts(tariff(energy("0", max_kwh=10), energy("1")), START, START + HOUR) == [("15:00:00", 10_000)]


def test_parking_starts_where_charging_ends():
    rates = tariff(element(component("TIME", "1"), component("PARKING_TIME", "6", None, 900)))
    curve = ((START, 0), (START + HOUR, 9_000), (START + HOUR + 600, 9_000))
    assert cuts(rates, START, START + HOUR + 600, charging=HOUR, curve=curve) == [("15:00:00", 9_000), ("16:00:00", 0)]
    # 1 h x 1.00 + 10 minutes billed as 15 x 6.00 = 2.50
    report = price_session(rates, START, START + HOUR + 600, curve, HOUR, PARIS)
    assert money(report.total_cost) == ("2.5", "2.5")
    assert (report.total_time, report.total_parking_time) == (Fraction(7, 6), Fraction(1, 6))


def test_power_restrictions_cut_at_every_reading():
    # 6 kW for 10 minutes, 48 kW for 50, 4 kW for 7.5: the example of 11.4.6, 1 x 0.20 + 40 x 0.50 + 0.5 x 0.20
    rates = tariff(energy("0.20", max_power=16), energy("0.35", max_power=32), energy("0.50"))
    curve = ((START, 0), (START + 600, 1_000), (START + 3600, 41_000), (START + 4050, 41_500))
    assert cuts(rates, START, START + 4050, curve=curve) == [
        ("15:00:00", 1_000),
        ("15:10:00", 40_000),
        ("16:00:00", 500),
    ]
    assert money(price_session(rates, START, START + 4050, curve, 4050, PARIS).total_cost) == ("20.3", "20.3")


def test_without_power_restrictions_readings_cut_nothing():
    curve = ((START, 0), (START + 600, 1_000), (START + HOUR, 41_000))
    assert cuts(tariff(energy("1")), START, START + HOUR, curve=curve) == [("15:00:00", 41_000)]


def test_an_hour_that_is_repeated_counts_twice():
    # 25 October 2026: 02:00 to 03:00 in Paris lasts from 00:00 to 02:00 UTC. One kWh per hour, four hours.
    rates = tariff(energy("1", start_time="02:00", end_time="03:00"), energy("0"))
    start = at("2026-10-24T23:00")
    report = price_session(rates, start, start + 4 * HOUR, ((start, 0), (start + 4 * HOUR, 4_000)), 0, PARIS)
    assert money(report.total_cost)[0] == "2"


def test_half_of_an_hour_that_is_repeated():
    # 02:30 to 03:00 twice: 00:30 to 01:00 and 01:30 to 02:00 UTC, and not the half hour between
    rates = tariff(energy("1", start_time="02:30", end_time="03:00"), energy("0"))
    start = at("2026-10-24T23:00")
    assert cuts(rates, start, start + 4 * HOUR, 4_000)[1:5] == [
        ("00:30:00", 500),
        ("01:00:00", 500),
        ("01:30:00", 500),
        ("02:00:00", 1_000),
    ]
    report = price_session(rates, start, start + 4 * HOUR, ((start, 0), (start + 4 * HOUR, 4_000)), 0, PARIS)
    assert money(report.total_cost)[0] == "1"


def test_an_hour_that_does_not_exist():
    # 29 March 2026: the clock jumps from 02:00 to 03:00 at 01:00 UTC
    start = at("2026-03-29T00:00")
    curve = ((start, 0), (start + 3 * HOUR, 3_000))
    gone = tariff(energy("1", start_time="02:00", end_time="03:00"), energy("0"))
    assert money(price_session(gone, start, start + 3 * HOUR, curve, 0, PARIS).total_cost)[0] == "0"
    # 02:30 to 04:00 begins with the jump and lasts one hour
    late = tariff(energy("1", start_time="02:30", end_time="04:00"), energy("0"))
    assert money(price_session(late, start, start + 3 * HOUR, curve, 0, PARIS).total_cost)[0] == "1"


def test_days_of_23_and_25_hours():
    # from midnight to midnight in Paris: 1 kWh per hour on that day alone
    for day, hours in (("2026-03-29", 23), ("2026-10-25", 25)):
        rates = tariff(energy("1", day_of_week=["SUNDAY"]))
        start = at(f"{day}T00:00") - 5 * HOUR
        stop = start + 40 * HOUR
        report = price_session(rates, start, stop, ((start, 0), (stop, 40_000)), 0, PARIS)
        assert money(report.total_cost)[0] == str(hours)


def test_a_session_without_length_keeps_its_energy():
    report = price_session(tariff(energy("1")), START, START, ((START, 0), (START, 500)), 0, PARIS)
    assert money(report.total_cost)[0] == "0.5"


def test_a_stretched_curve_may_hold_fractions():
    third = Fraction(1000, 3)
    curve = ((START, 0), (START + 1200, third), (START + 2400, 2 * third), (START + HOUR, 1000))
    rates = tariff(energy("1", max_power=1), energy("2"))
    assert [wh for _, wh in cuts(rates, START, START + HOUR, curve=curve)] == [333, 333, 334]


@pytest.mark.parametrize(
    ("start", "stop", "curve", "charging", "words"),
    [
        (10, 5, ((10, 0), (5, 0)), 0, "cannot be"),
        (-1, 5, ((-1, 0), (5, 0)), 0, "cannot be"),
        (0, 10**10, ((0, 0), (10**10, 0)), 0, "cannot be"),
        (0, 10, ((0, 0), (10, 5)), 11, "11 seconds of charging do not fit"),
        (0, 10, ((0, 0), (10, 5)), -1, "do not fit"),
        (0, 10, (), 5, "do not reach"),
        (0, 10, ((1, 0), (10, 5)), 5, "do not reach"),
        (0, 10, ((0, 0), (9, 5)), 5, "do not reach"),
        (0, 10, ((0, 5), (10, 0)), 5, "falls behind"),
        (0, 10, ((0, 0), (7, 1), (6, 2), (10, 5)), 5, "falls behind"),
        (0, 10, ((0, 0), (10, Fraction(1, 2))), 5, "not in whole Wh"),
    ],
)
def test_facts_no_session_can_have_are_refused(start, stop, curve, charging, words):
    with pytest.raises(CurveError, match=words):
        periods_of(tariff(energy("1")), start, stop, curve, charging, PARIS)
