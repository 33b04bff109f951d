"""The worked examples of OCPI 2.2.1 chapters 11.3.1, 11.4.2, 11.4.6 and 10.3.1, redone by hand.

Where the chapter contradicts itself the decision is in docs/developers/ocpi-tariffs.md, and the comment shows both numbers.
"""

from fractions import Fraction

from .build import component, element, money, report_of, tariff

MONDAY = "2026-03-02"  # local clock UTC in these tests
SATURDAY = "2026-03-07"

ENERGY_025 = component("ENERGY", "0.25", "10")
START_FEE = component("FLAT", "0.50", "20")


def test_simple_025_per_kwh():
    # 20 x 0.25 = 5.00; x 1.10 = 5.50
    report = report_of(tariff(element(ENERGY_025)), MONDAY, (60, {"ENERGY": 20}))
    assert money(report.total_cost) == money(report.total_energy_cost) == ("5", "5.5")


def test_025_per_kwh_and_start_fee():
    # 0.50 + 5.00 = 5.50; 0.50 x 1.20 + 5.00 x 1.10 = 6.10
    report = report_of(tariff(element(START_FEE, ENERGY_025)), MONDAY, (60, {"ENERGY": 20}))
    assert money(report.total_cost) == ("5.5", "6.1")
    assert money(report.total_fixed_cost) == ("0.5", "0.6")


def test_start_fee_is_paid_once_however_many_periods():
    # 0.50 + 20 x 0.25, in three periods
    report = report_of(tariff(element(START_FEE, ENERGY_025)), MONDAY, *[(20, {"ENERGY": n}) for n in (5, 5, 10)])
    assert money(report.total_cost) == ("5.5", "6.1")


def test_minimum_price():
    low = tariff(element(ENERGY_025), min_price={"excl_vat": "0.50", "incl_vat": "0.55"})
    # 20 kWh: 5.00, above the minimum; 1 kWh: 0.25 and 0.275, below it
    assert money(report_of(low, MONDAY, (60, {"ENERGY": 20})).total_cost) == ("5", "5.5")
    report = report_of(low, MONDAY, (60, {"ENERGY": 1}))
    assert money(report.total_cost) == ("0.5", "0.55")
    assert money(report.total_energy_cost) == ("0.25", "0.275")


def test_025_per_kwh_start_fee_and_parking_by_the_quarter():
    # 0.50 + 20 x 0.25 + 0.75 h x 2.00 = 7.00; 0.60 + 5.50 + 1.80 = 7.90: 40 minutes of parking are billed as 45
    parking = component("PARKING_TIME", "2.00", "20", 900)
    report = report_of(
        tariff(element(START_FEE, ENERGY_025, parking)),
        MONDAY,
        (60, {"ENERGY": 20, "TIME": None}),
        (40, {"PARKING_TIME": None}),
    )
    assert money(report.total_cost) == ("7", "7.9")
    assert report.billed_parking_time == Fraction(3, 4)


def test_maximum_price():
    high = tariff(element(START_FEE, ENERGY_025), max_price={"excl_vat": 10, "incl_vat": 11})
    # 50 kWh: 13.00 and 14.35, above; 30 kWh: 0.50 + 7.50 = 8.00; 0.60 + 8.25 = 8.85
    assert money(report_of(high, MONDAY, (60, {"ENERGY": 50})).total_cost) == ("10", "11")
    assert money(report_of(high, MONDAY, (60, {"ENERGY": 30})).total_cost) == ("8", "8.85")


def test_2_per_hour():
    # 2.5 h x 2.00 = 5.00; x 1.10 = 5.50; the half hour parked costs nothing
    report = report_of(
        tariff(element(component("TIME", "2.00", "10", 60))),
        MONDAY,
        (150, {"TIME": None, "ENERGY": 20}),
        (30, {"PARKING_TIME": None}),
    )
    assert money(report.total_cost) == ("5", "5.5")
    assert (report.total_time, report.total_parking_time) == (3, Fraction(1, 2))


def test_3_per_hour_and_5_per_hour_parking():
    # 2.5 x 3.00 + 0.75 x 5.00 = 7.50 + 3.75 = 11.25; 8.25 + 4.50 = 12.75
    report = report_of(
        tariff(element(component("TIME", "3.00", "10", 60), component("PARKING_TIME", "5.00", "20", 300))),
        MONDAY,
        (150, {"TIME": None}),
        (42, {"PARKING_TIME": None}),
    )
    assert money(report.total_cost) == ("11.25", "12.75")
    assert money(report.total_time_cost) == ("7.5", "8.25")
    assert money(report.total_parking_cost) == ("3.75", "4.5")


def test_alternative_texts():
    # 2.5 x 1.90 = 4.75; x 1.052 = 4.997, which the text rounds to 5.00
    report = report_of(tariff(element(component("TIME", "1.90", "5.2", 300))), MONDAY, (150, {"TIME": None}))
    assert money(report.total_cost) == ("4.75", "4.997")


def test_alternative_url_by_the_tenth_of_a_kwh():
    # 20.45 kWh are billed as 20.5: x 0.25 = 5.125; x 1.10 = 5.6375. The text says 5.50 and 6.05, which is 22 kWh: a slip.
    report = report_of(tariff(element(component("ENERGY", "0.25", "10", 100))), MONDAY, (60, {"ENERGY": "20.45"}))
    assert report.billed_energy == Fraction("20.5")
    assert money(report.total_cost) == ("5.125", "5.6375")
    # the price on the linked page: 20.5 x 0.22 = 4.51; x 1.10 = 4.961
    report = report_of(tariff(element(component("ENERGY", "0.22", "10", 100))), MONDAY, (60, {"ENERGY": "20.45"}))
    assert money(report.total_cost) == ("4.51", "4.961")


WEEKDAYS = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"]


def complex_tariff():
    return tariff(
        element(component("FLAT", "2.50", "15")),
        element(component("TIME", "1.00", "20", 900), max_current=32),
        element(component("TIME", "2.00", "20", 600), min_current=32, day_of_week=WEEKDAYS),
        element(component("TIME", "1.25", "20", 600), min_current=32, day_of_week=["SATURDAY", "SUNDAY"]),
        element(
            component("PARKING_TIME", "5.00", "10", 300), start_time="09:00", end_time="18:00", day_of_week=WEEKDAYS
        ),
        element(
            component("PARKING_TIME", "6.00", "10", 300), start_time="10:00", end_time="17:00", day_of_week=["SATURDAY"]
        ),
    )


def test_complex_tariff_on_a_monday_at_16_ampere():
    # 2.50 + 2.45 x 1.00 + 0.75 x 5.00 = 8.70; 2.875 + 2.94 + 4.125 = 9.94.
    # The text also rounds the charging up to 150 minutes (8.75 and 10.00), against 10.3.1: only parking is rounded up.
    report = report_of(
        complex_tariff(),
        f"{MONDAY}T09:30",
        (147, {"TIME": None, "MAX_CURRENT": 16}),
        (42, {"PARKING_TIME": None}),
    )
    assert money(report.total_cost) == ("8.7", "9.94")
    assert report.billed_charging_time == Fraction(147, 60)


def test_complex_tariff_on_a_saturday_at_43_ampere():
    # 2.50 + 1.9 x 1.25 + 1.25 x 6.00 = 12.375; 2.875 + 2.85 + 8.25 = 13.975 (the text, rounding both: 12.50 and 14.13)
    report = report_of(
        complex_tariff(),
        f"{SATURDAY}T13:30",
        (114, {"TIME": None, "MIN_CURRENT": 43}),
        (71, {"PARKING_TIME": None}),
    )
    assert money(report.total_cost) == ("12.375", "13.975")


def test_complex_tariff_on_a_weekday_at_43_ampere_after_hours():
    # 2.50 + 1 x 2.00 = 4.50; 2.875 + 2.40 = 5.275: parking after 18:00 costs nothing, so charging is rounded, 55 to 60 minutes
    report = report_of(
        complex_tariff(),
        f"{MONDAY}T18:00",
        (55, {"TIME": None, "MIN_CURRENT": 43, "MAX_CURRENT": 48}),
        (71, {"PARKING_TIME": None}),
    )
    assert money(report.total_cost) == ("4.5", "5.275")


def test_free_of_charge_has_a_step_of_zero():
    report = report_of(tariff(element(component("FLAT", "0.00", None, 0))), MONDAY, (60, {"ENERGY": 20}))
    assert money(report.total_cost) == ("0", "0")


def first_hour_free():
    return tariff(
        element(component("PARKING_TIME", "0.00", None, 60), min_duration=0, max_duration=3600),
        element(component("PARKING_TIME", "2.00", None, 60), min_duration=3600, max_duration=10800),
        element(component("PARKING_TIME", "3.00", None, 60), min_duration=10800),
        element(component("ENERGY", "0.00"), max_kwh=1),
        element(component("ENERGY", "0.20"), min_kwh=1),
    )


def test_first_hour_free_as_the_text_counts_it():
    # The text: 19 x 0.20 + 1.75 x 2.00 = 3.80 + 3.50 = 7.30. That takes the duration to be that of parking, which comes out
    # only where parking starts with the session (here energy flows in an instant before it).
    report = report_of(
        first_hour_free(),
        MONDAY,
        (60, {"PARKING_TIME": None, "ENERGY": 1}),
        (105, {"PARKING_TIME": None, "ENERGY": 19}),
    )
    assert money(report.total_cost) == ("7.3", "7.3")


def test_first_hour_free_counts_the_whole_session():
    # 2 h of charging, then 2.75 h of parking; min_duration is of the session (11.4.6):
    # 19 x 0.20 + 1 h (third hour) x 2.00 + 1.75 h x 3.00 = 3.80 + 2.00 + 5.25 = 11.05
    report = report_of(
        first_hour_free(),
        MONDAY,
        (6, {"TIME": None, "ENERGY": 1}),
        (114, {"TIME": None, "ENERGY": 19}),
        (60, {"PARKING_TIME": None}),
        (105, {"PARKING_TIME": None}),
    )
    assert money(report.total_cost) == ("11.05", "11.05")


def test_max_power():
    # 1 x 0.20 + 40 x 0.50 + 0.5 x 0.20 = 20.30 (one release of the text lists prices 1.00 to 2.00, its sum uses these)
    by_power = tariff(
        element(component("ENERGY", "0.20", "20"), max_power=16),
        element(component("ENERGY", "0.35", "20"), max_power=32),
        element(component("ENERGY", "0.50", "20")),
    )
    report = report_of(
        by_power,
        MONDAY,
        (10, {"ENERGY": 1, "MAX_POWER": 6}),
        (50, {"ENERGY": 40, "MIN_POWER": 48, "MAX_POWER": 48}),
        (8, {"ENERGY": "0.5", "MAX_POWER": 4}),
    )
    assert money(report.total_cost) == ("20.3", "24.36")


def test_max_duration():
    # 5 kWh in the first half hour free, 1.2 kWh x 0.25 = 0.30, x 1.2 = 0.36
    by_duration = tariff(
        element(component("ENERGY", "0.00", "20"), max_duration=1800),
        element(component("ENERGY", "0.25", "20"), max_duration=3600),
        element(component("ENERGY", "0.40", "20")),
    )
    report = report_of(by_duration, MONDAY, (30, {"ENERGY": 5}), (10, {"ENERGY": "1.2"}))
    assert money(report.total_cost) == ("0.3", "0.36")
