"""The worked examples of `step_size`, redone by hand: OCPI 2.2.1 10.3.1 and 11.4.2, which contradict each other."""

from fractions import Fraction

from .build import component, element, money, report_of, tariff

MONDAY = "2026-03-02"  # local clock UTC in these tests


def test_the_example_cdr_of_10_3_1():
    # 1.973 h = 7102.8 s, in steps of 300 s 7200 s: 2 h x 2.00 = 4.00; x 1.10 = 4.40, as the CDR says
    report = report_of(tariff(element(component("TIME", "2.00", "10", 300))), MONDAY, (119, {"TIME": "1.973"}))
    assert money(report.total_cost) == ("4", "4.4")
    assert report.billed_charging_time == 2


def step_size_tariff():
    before = element(
        component("TIME", "1.20", None, 1800),
        component("PARKING_TIME", "1.00", None, 900),
        start_time="00:00",
        end_time="17:00",
    )
    after = element(
        component("TIME", "2.40", None, 900),
        component("PARKING_TIME", "1.00", None, 900),
        start_time="17:00",
        end_time="20:00",
    )
    night = element(component("TIME", "2.40", None, 900), start_time="20:00", end_time="00:00")
    return tariff(before, after, night)


def test_step_size_1_charging_is_not_rounded_where_parking_follows():
    # 5 min x 1.20 + 5 min x 2.40 + 15 min x 1.00 = 0.10 + 0.20 + 0.25 = 0.55.
    # Chapter 11 rounds the sum of both times (12 to 15 minutes: 0.383); 10.3.1 says only the parking total is rounded.
    report = report_of(
        step_size_tariff(),
        f"{MONDAY}T16:55",
        (5, {"TIME": None}),
        (5, {"TIME": None}),
        (2, {"PARKING_TIME": None}),
    )
    assert money(report.total_cost) == ("0.55", "0.55")
    assert report.billed_parking_time == Fraction(1, 4)


def test_step_size_2_the_last_component_rounds_the_session_total():
    # 25 min x 1.20 = 0.50; 35 min are billed as 45, so 20 min x 2.40 = 0.80; 1.30 in all
    report = report_of(step_size_tariff(), f"{MONDAY}T16:35", (25, {"TIME": None}), (10, {"TIME": None}))
    assert money(report.total_cost) == ("1.3", "1.3")
    assert report.billed_charging_time == Fraction(3, 4)


def test_step_size_3_parking_becomes_free():
    # 12 min x 2.40 = 0.48; 8 min parked before 20:00, 12 min free after it: 20 min are billed as 30, and the 10 min more at the
    # last price used: 18 min x 1.00 = 0.30; 0.78, as in the text
    report = report_of(
        step_size_tariff(),
        f"{MONDAY}T19:40",
        (12, {"TIME": None}),
        (8, {"PARKING_TIME": None}),
        (12, {"PARKING_TIME": None}),
    )
    assert money(report.total_cost) == ("0.78", "0.78")


def test_step_size_of_10_3_1_for_energy():
    # 4.3 kWh x 0.20 + 1.1 kWh x 0.27, 5.4 billed as 5.5: 0.86 + 1.2 x 0.27 = 0.86 + 0.324 = 1.184
    before = element(component("ENERGY", "0.20", None, 500), end_time="17:00")
    after = element(component("ENERGY", "0.27", None, 500))
    report = report_of(tariff(before, after), f"{MONDAY}T16:00", (60, {"ENERGY": "4.3"}), (60, {"ENERGY": "1.1"}))
    assert report.billed_energy == Fraction("5.5")
    assert money(report.total_cost) == ("1.184", "1.184")


def test_step_size_of_10_3_1_for_time():
    # 6 min x 5 + 24 min x 7 (28 billed as 30) = 0.50 + 2.80 = 3.30
    before = element(component("TIME", "5", None, 600), end_time="17:00")
    after = element(component("TIME", "7", None, 600))
    report = report_of(tariff(before, after), f"{MONDAY}T16:54", (6, {"TIME": None}), (22, {"TIME": None}))
    assert money(report.total_cost) == ("3.3", "3.3")


def test_step_size_of_10_3_1_for_charging_and_parking():
    # 21 min x 1.00 + 20 min x 2.00 (16 billed as 20) = 0.35 + 0.666667
    both = element(component("TIME", "1.00", None, 600), component("PARKING_TIME", "2.00", None, 600))
    report = report_of(tariff(both), MONDAY, (21, {"TIME": None}), (16, {"PARKING_TIME": None}))
    assert report.billed_charging_time + report.billed_parking_time == Fraction(41, 60)
    assert money(report.total_cost) == ("1.016667", "1.016667")


def test_step_size_of_11_4_2_in_wh():
    def cost(kwh, step):
        return money(
            report_of(
                tariff(element(component("ENERGY", "0.25", None, step))), MONDAY, (60, {"ENERGY": kwh})
            ).total_cost
        )[0]

    assert cost("0.1152", 1) == "0.029"  # 116 Wh
    assert cost("0.101", 25) == cost("0.125", 25) == "0.03125"  # 125 Wh; the text writes 0.031
    assert cost("0.001", 500) == cost("0.5", 500) == "0.125"
