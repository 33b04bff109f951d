"""Reservations: the four examples of OCPI 2.2.1 11.3.1 and the rules around them."""

from fractions import Fraction

from .build import component, element, money, report_of, tariff

MONDAY = "2026-03-02"
CHARGING = element(component("FLAT", "0.50", "20"), component("ENERGY", "0.25", "10"))
SESSION = (60, {"ENERGY": 20, "TIME": None})


def reservation(*components, kind="RESERVATION"):
    return element(*components, reservation=kind)


def test_reservation_price():
    # 0.25 h x 5.00 + 0.50 + 5.00 = 6.75; 1.50 + 0.60 + 5.50 = 7.60
    fees = tariff(reservation(component("TIME", "5.00", "20", 60)), CHARGING)
    report = report_of(fees, MONDAY, (15, {"RESERVATION_TIME": None}), SESSION)
    assert money(report.total_cost) == ("6.75", "7.6")
    assert money(report.total_reservation_cost) == ("1.25", "1.5")
    assert money(report.total_fixed_cost) == ("0.5", "0.6")
    assert report.total_time == 1


def test_reservation_price_and_fee():
    # 2.00 + 0.25 h x 5.00 (13 minutes billed as 15) + 0.50 + 5.00 = 8.75; 3.25 x 1.2 + 0.60 + 5.50 = 10.00
    fees = tariff(reservation(component("FLAT", "2.00", "20"), component("TIME", "5.00", "20", 300)), CHARGING)
    report = report_of(fees, MONDAY, (13, {"RESERVATION_TIME": None}), SESSION)
    assert money(report.total_cost) == ("8.75", "10")
    assert money(report.total_reservation_cost) == ("3.25", "3.9")
    assert report.billed_reservation_time == Fraction(1, 4)


def expire_fee():
    return tariff(
        reservation(component("FLAT", "4.00", "20"), kind="RESERVATION_EXPIRES"),
        reservation(component("TIME", "2.00", "20", 600)),
        CHARGING,
    )


def test_reservation_that_is_used_pays_no_expire_fee():
    # 0.5 h x 2.00 (22 minutes billed as 30) + 0.50 + 5.00 = 6.50; 1.20 + 0.60 + 5.50 = 7.30
    report = report_of(expire_fee(), MONDAY, (22, {"RESERVATION_TIME": None}), SESSION)
    assert money(report.total_cost) == ("6.5", "7.3")


def test_reservation_that_expires_pays_the_fee_and_the_time_but_no_start_fee():
    # 4.00 + 1 h x 2.00 = 6.00; x 1.2 = 7.20
    report = report_of(expire_fee(), MONDAY, (60, {"RESERVATION_TIME": None}))
    assert money(report.total_cost) == ("6", "7.2")
    assert (report.total_time, report.total_energy) == (0, 0)


def expire_time():
    return tariff(
        reservation(component("TIME", "6.00", "20", 600), kind="RESERVATION_EXPIRES"),
        reservation(component("TIME", "3.00", "20", 600)),
        CHARGING,
    )


def test_reservation_time_that_is_used():
    # 0.5 h x 3.00 + 0.50 + 5.00 = 7.00; 1.80 + 0.60 + 5.50 = 7.90
    report = report_of(expire_time(), MONDAY, (22, {"RESERVATION_TIME": None}), SESSION)
    assert money(report.total_cost) == ("7", "7.9")


def test_reservation_time_that_expires():
    # 1.5 h x 6.00 = 9.00; x 1.2 = 10.80
    report = report_of(expire_time(), MONDAY, (90, {"RESERVATION_TIME": None}))
    assert money(report.total_cost) == ("9", "10.8")


def test_expired_reservation_prefers_its_own_time_price_wherever_it_stands():
    # as above with the elements the other way round: 1.5 h x 6.00
    turned = tariff(
        reservation(component("TIME", "3.00", "20", 600)),
        reservation(component("TIME", "6.00", "20", 600), kind="RESERVATION_EXPIRES"),
        CHARGING,
    )
    assert money(report_of(turned, MONDAY, (90, {"RESERVATION_TIME": None})).total_cost) == ("9", "10.8")


def test_reservation_elements_never_price_charging_and_the_other_way_round():
    # TIME only for reservations: an hour of charging costs nothing, and reserved time nothing under a plain TIME
    only_reserved = tariff(reservation(component("TIME", "5.00")))
    assert money(report_of(only_reserved, MONDAY, (60, {"TIME": None})).total_cost) == ("0", "0")
    plain = tariff(element(component("TIME", "5.00")))
    assert money(report_of(plain, MONDAY, (60, {"RESERVATION_TIME": None})).total_cost) == ("0", "0")


def test_duration_counts_from_the_start_of_charging():
    # free for the first 30 minutes of the session; the 40 minutes of reservation before it do not count: 1 kWh free, 1 x 0.25
    tiers = tariff(element(component("ENERGY", "0.00"), max_duration=1800), element(component("ENERGY", "0.25")))
    report = report_of(tiers, MONDAY, (40, {"RESERVATION_TIME": None}), (30, {"ENERGY": 1}), (30, {"ENERGY": 1}))
    assert money(report.total_cost) == ("0.25", "0.25")
