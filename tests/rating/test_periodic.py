from datetime import date
from decimal import Decimal

import pytest
from rating import Filter, Fixed, Site, Span, Subject, TermError, TermVersion, month, prorate, rate_subjects, to_micro


def fee(price="15", key="v", term="fee", **values):
    return TermVersion(key, term, "charge", "charger_month", Fixed(to_micro(price)), **values)


ALWAYS = (Span(),)


def charger(power_type, active=ALWAYS):
    return Subject("st", "charger_month", active, "site", "st", power_type=power_type)


def charges(versions, station, period, covered=ALWAYS):
    return rate_subjects(versions, [station], [Site("site", "Europe/Paris", covered)], period)


@pytest.mark.parametrize("number", range(1, 13))
def test_a_full_month_is_the_full_price(number):
    [charge] = charges([fee()], charger("ac"), month(2028, number))
    assert (charge.quantity, charge.amount) == (Decimal(1), Decimal(15))


def test_leap_day_alone():
    # 29 x 1 / 29
    [charge] = charges([fee("29")], charger("ac", (Span(date(2028, 2, 29)),)), month(2028, 2))
    assert charge.amount == Decimal(1)


def test_days_in_service_count_end_excluded():
    # 10 to 19 March: ten of 31 days; 31 x 10 / 31
    [charge] = charges([fee("31")], charger("ac", (Span(date(2026, 3, 10), date(2026, 3, 20)),)), month(2026, 3))
    assert (charge.amount, charge.span.days) == (Decimal(10), 10)


def test_host_change_and_price_change_cut_the_month():
    # covered 1-9 and 20-31 March; price 31 until the 24th, 62 from the 25th: 9, 5 and 2 x 7 days' worth
    covered = (Span(None, date(2026, 3, 10)), Span(date(2026, 3, 20)))
    versions = [fee("31", "old", valid=Span(None, date(2026, 3, 25))), fee("62", "new", valid=Span(date(2026, 3, 25)))]
    found = charges(versions, charger("ac"), month(2026, 3), covered)
    assert sorted(charge.amount for charge in found) == [Decimal(5), Decimal(9), Decimal(14)]


def test_ac_fee_spares_dc_chargers_and_those_nobody_knows():
    only_ac = [fee(filter=Filter(power_type="ac"))]
    assert not charges(only_ac, charger("dc"), month(2026, 3))
    assert not charges(only_ac, charger(None), month(2026, 3))


def test_span_over_a_month_end_is_refused():
    with pytest.raises(TermError, match="split them"):
        prorate(1_000_000, Span(date(2026, 3, 20), date(2026, 4, 2)))
