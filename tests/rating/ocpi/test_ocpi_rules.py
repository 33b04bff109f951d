"""Rules of pricing that the examples of the standard leave out, and the decisions where its texts disagree."""

from fractions import Fraction

import pytest
from rating import SessionError
from rating.ocpi import OcpiError, price_cdr, read_cdr, read_tariff

from .build import cdr_json, component, element, money, report_of, tariff, tariff_json

MONDAY = "2026-03-02"
ONE = (60, {"ENERGY": 1})


def energy(price, **restrictions):
    return element(component("ENERGY", price), **restrictions)


def net(report):
    return money(report.total_cost)[0]


def test_the_first_element_that_matches_wins_per_dimension():
    # ENERGY from element 1 (0 does not match), TIME from element 2, nothing from 3
    rates = tariff(
        energy("9", min_kwh=100), energy("1"), element(component("ENERGY", "2"), component("TIME", "4")), energy("0")
    )
    report = report_of(rates, MONDAY, (60, {"ENERGY": 1, "TIME": None}))
    assert net(report) == "5"
    assert [(piece.dimension, piece.element) for piece in report.periods[0].pieces] == [("ENERGY", 1), ("TIME", 2)]


def test_nothing_that_matches_costs_nothing():
    report = report_of(tariff(energy("1", min_kwh=5)), MONDAY, ONE)
    assert net(report) == "0"
    assert report.periods[0].pieces[0].component is None


@pytest.mark.parametrize(
    ("restrictions", "clock", "applies"),
    [
        ({"start_time": "09:00", "end_time": "17:00"}, "09:00", True),
        ({"start_time": "09:00", "end_time": "17:00"}, "08:59", False),
        ({"start_time": "09:00", "end_time": "17:00"}, "17:00", False),
        ({"start_time": "22:00", "end_time": "06:00"}, "23:30", True),
        ({"start_time": "22:00", "end_time": "06:00"}, "05:59", True),
        ({"start_time": "22:00", "end_time": "06:00"}, "06:00", False),
        ({"start_time": "22:00", "end_time": "06:00"}, "12:00", False),
        ({"start_time": "17:00", "end_time": "00:00"}, "23:59", True),
        ({"start_time": "17:00", "end_time": "00:00"}, "00:00", False),
        ({"start_time": "17:00"}, "23:59", True),
        ({"start_time": "17:00"}, "00:00", False),
        ({"end_time": "09:00"}, "08:59", True),
        ({"end_time": "09:00"}, "09:00", False),
        ({"start_time": "00:00", "end_time": "00:00"}, "13:00", True),
        ({"start_time": "08:00", "end_time": "08:00"}, "07:00", True),
        ({"start_date": "2026-03-02"}, "00:00", True),
        ({"start_date": "2026-03-03"}, "12:00", False),
        ({"end_date": "2026-03-02"}, "00:00", False),
        ({"end_date": "2026-03-03"}, "23:59", True),
        ({"day_of_week": ["MONDAY"]}, "12:00", True),
        ({"day_of_week": ["TUESDAY", "SUNDAY"]}, "12:00", False),
        # the window is of the local day: Monday 02:00 is not the end of Sunday's night
        ({"day_of_week": ["SUNDAY"], "start_time": "22:00", "end_time": "06:00"}, "02:00", False),
        ({"day_of_week": ["MONDAY"], "start_time": "09:00"}, "08:00", False),
    ],
)  # fmt: skip
def test_clock_and_calendar(restrictions, clock, applies):
    report = report_of(tariff(energy("1", **restrictions)), f"{MONDAY}T{clock}", (1, {"ENERGY": 1}))
    assert net(report) == ("1" if applies else "0")


def test_times_are_local_to_the_location():
    # 23:30 UTC on Sunday is 00:30 on Monday in Amsterdam
    monday = tariff(energy("1", day_of_week=["MONDAY"], end_time="01:00"))
    assert net(report_of(monday, "2026-03-01T23:30", (10, {"ENERGY": 1}), zone="Europe/Amsterdam")) == "1"
    assert net(report_of(monday, "2026-03-01T23:30", (10, {"ENERGY": 1}))) == "0"


@pytest.mark.parametrize(
    ("restrictions", "dimensions", "applies"),
    [
        ({"min_power": 11}, {"MIN_POWER": 11, "MAX_POWER": 20}, True),
        ({"min_power": 11}, {"MIN_POWER": 10, "MAX_POWER": 20}, False),
        ({"max_power": 11}, {"MIN_POWER": 5, "MAX_POWER": 10}, True),
        ({"max_power": 11}, {"MAX_POWER": 11}, False),
        ({"min_power": 11}, {"MAX_POWER": 12}, True),
        ({"min_power": 1, "max_power": 2}, {}, True),  # 1 kWh in an hour: 1 kW
        ({"min_power": 2}, {}, False),
        ({"min_current": 6}, {"MIN_CURRENT": 6}, True),
        ({"max_current": 6}, {"MIN_CURRENT": 6}, False),
        ({"min_current": 6}, {}, False),  # nobody knows
        ({"max_current": 6}, {}, False),
    ],
)
def test_power_and_current(restrictions, dimensions, applies):
    report = report_of(tariff(energy("1", **restrictions)), MONDAY, (60, {"ENERGY": 1, **dimensions}))
    assert net(report) == ("1" if applies else "0")


def test_unknown_current_is_noted():
    report = report_of(tariff(energy("1", max_current=6)), MONDAY, ONE)
    assert "current of the period" in report.notes[0]


def test_while_parking_power_and_current_are_zero():
    rates = tariff(element(component("PARKING_TIME", "3"), max_current=6, max_power=1))
    assert net(report_of(rates, MONDAY, (60, {"PARKING_TIME": None}))) == "3"


def test_energy_and_duration_count_at_the_start_of_the_period():
    # tiers from 1 kWh and from one hour: the second period starts exactly at both
    tiers = tariff(energy("1", max_kwh=1), energy("2", min_kwh=1, max_duration=3600), energy("3"))
    assert net(report_of(tiers, MONDAY, ONE, ONE)) == "4"  # 1 x 1 + 1 x 3


def test_a_period_that_should_have_been_cut_is_priced_by_its_start_and_noted():
    # 0.5 kWh free, 2 at once: all free, and a note
    report = report_of(tariff(energy("0", max_kwh="0.5"), energy("1")), MONDAY, (60, {"ENERGY": 2}))
    assert net(report) == "0"
    assert "changes inside the period" in report.notes[0]
    # cut at the limit: 1.5 x 1, and no note
    report = report_of(
        tariff(energy("0", max_kwh="0.5"), energy("1")), MONDAY, (15, {"ENERGY": "0.5"}), (45, {"ENERGY": "1.5"})
    )
    assert (net(report), report.notes) == ("1.5", ())


def test_flat_is_taken_where_it_first_applies():
    # at 08:30 no fee applies; at 09:00 the fee of 1, never the one of 2
    fees = tariff(
        element(component("FLAT", "1"), start_time="09:00", end_time="10:00"),
        element(component("FLAT", "2"), start_time="10:00"),
    )
    assert net(report_of(fees, f"{MONDAY}T08:30", (30, {"ENERGY": 1}), (60, {"ENERGY": 1}), (60, {"ENERGY": 1}))) == "1"


def test_hours_of_four_decimals_start_no_new_step():
    # 10 minutes arrive as 0.1667 h = 600.12 s; in steps of 60 s that is 10 minutes, not 11
    report = report_of(tariff(element(component("TIME", "6", None, 60))), MONDAY, (10, {"TIME": "0.1667"}))
    assert report.billed_charging_time == Fraction("0.1667")
    # 611 s are 11 minutes
    report = report_of(tariff(element(component("TIME", "6", None, 60))), MONDAY, (11, {"TIME": "0.169723"}))
    assert report.billed_charging_time == Fraction(11, 60)


def test_negative_energy_is_given_back_without_steps():
    # the car feeds 1.5 kWh back, step 1000 Wh
    report = report_of(tariff(element(component("ENERGY", "0.20", "10", 1000))), MONDAY, (60, {"ENERGY": "-1.5"}))
    assert money(report.total_cost) == ("-0.3", "-0.33")


def test_a_credit_cdr_turns_the_sign_of_the_total_alone():
    report = report_of(tariff(energy("1")), MONDAY, ONE, credit=True, credit_reference_id="cdr-1")
    assert (money(report.total_cost), money(report.total_energy_cost)) == (("-1", "-1"), ("1", "1"))
    assert report.total_energy == 1


def test_limits_before_and_after_tax_apply_each_on_its_own():
    # 100 kWh x 0.10 = 10.00 and 11.00: only the limit after tax is reached
    rates = element(component("ENERGY", "0.10", "10"))
    high = tariff(rates, max_price={"excl_vat": "10.20", "incl_vat": "10.50"})
    assert money(report_of(high, MONDAY, (60, {"ENERGY": 100})).total_cost) == ("10", "10.5")
    # without a limit after tax the tax goes down in proportion: 5.00 and 5.50
    high = tariff(rates, max_price={"excl_vat": 5})
    assert money(report_of(high, MONDAY, (60, {"ENERGY": 100})).total_cost) == ("5", "5.5")
    # a minimum on a session that cost nothing: no proportion to go by
    low = tariff(rates, min_price={"excl_vat": 1})
    assert money(report_of(low, MONDAY, (60, {"ENERGY": 0})).total_cost) == ("1", "1")


@pytest.mark.parametrize(("included", "expected"), [("NO", ("1", "1.25")), ("YES", ("0.8", "1")), ("N/A", ("1", "1"))])
def test_tax_included(included, expected):
    # price 1.00 with 25 %: 0.80 + 0.20 where it is included
    rates = read_tariff({**tariff_json(element(component("ENERGY", "1", "25"))), "tax_included": included})
    assert money(report_of(rates, MONDAY, ONE).total_cost) == expected


def test_another_currency_is_refused():
    with pytest.raises(OcpiError, match="in CHF and the CDR in EUR"):
        report_of(tariff(energy("1"), currency="CHF"), MONDAY, ONE)


def test_unknown_timezone_is_refused():
    with pytest.raises(SessionError, match="Europe/Atlantis"):
        report_of(tariff(energy("1")), MONDAY, ONE, zone="Europe/Atlantis")


def test_order_of_periods_does_not_matter():
    tiers = tariff(energy("1", max_kwh=1), energy("2"))
    document = cdr_json(MONDAY, ONE, ONE, ONE)
    straight = price_cdr(tiers, read_cdr(document), "UTC")
    document["charging_periods"].reverse()
    assert price_cdr(tiers, read_cdr(document), "UTC") == straight
