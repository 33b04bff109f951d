from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from rating import Indexed, Site, Span, TermError, to_micro
from rating.margin import EnergyBook, Margin, Supply

from .build import PARIS, fixed, reader, series, session

MARCH = Span(date(2026, 3, 1))


def book(*supplies, sites=(PARIS,), **values):
    return EnergyBook(supplies, sites, **values)


def test_energy_at_a_fixed_price():
    # 10 kWh x 0.12 + 2.5 kWh x 0.12
    energy = book(Supply("s1", "site", "operator", fixed("0.12")))
    energy.add([session("2026-03-02T10:00").row(), session("2026-03-03T10:00", wh=2_500, key="t").row()])
    site = energy.sites["site"]
    assert (site.sessions, site.wh, site.costs) == (2, 12_500, {"operator": 1_500_000})
    assert (site.unsupplied, site.unpriced) == (0, 0)


def test_every_slice_has_its_own_price_and_losses_count():
    # one hour from 10:30 over two hourly values: 5 kWh x 0.080 + 5 kWh x 0.120 = 1.00, plus 5 % losses
    spot = series("2026-03-02T09:00", ["80", "120"], length=3600)
    price = Indexed("spot", losses=to_micro("5"))
    energy = book(Supply("s1", "site", "operator", price), read_index=reader(spot))
    energy.add([session("2026-03-02T10:30").row()])
    assert energy.sites["site"].costs == {"operator": 1_050_000}


def test_the_hosts_own_supply_is_no_cost_of_the_operator():
    energy = book(Supply("s1", "site", "host", fixed("0.12")))
    energy.add([session("2026-03-02T10:00").row()])
    assert energy.sites["site"].costs == {"host": 1_200_000}


def test_without_a_supply_nothing_is_guessed():
    energy = book(Supply("s1", "site", "operator", fixed("0.12"), MARCH))
    energy.add([session("2026-02-27T10:00").row(), session("2026-02-27T12:00", key="empty", wh=0).row()])
    site = energy.sites["site"]
    assert (site.costs, site.unsupplied, site.wh) == ({}, 1, 10_000)


def test_a_missing_index_value_is_counted_not_priced():
    energy = book(
        Supply("s1", "site", "operator", Indexed("spot")), read_index=reader(series("2026-03-02T09:00", ["80"]))
    )
    energy.add([session("2026-03-05T10:00").row()])
    assert (energy.sites["site"].costs, energy.sites["site"].unpriced) == ({}, 1)


def test_a_credit_takes_its_energy_back():
    energy, one = book(Supply("s1", "site", "operator", fixed("0.12"))), session("2026-03-02T10:00")
    energy.add([one.row(), replace(one, key="c", sign=-1, original="s").row()])
    assert (energy.sites["site"].sessions, energy.sites["site"].costs) == (0, {"operator": 0})


def test_sites_are_kept_apart():
    energy = book(
        Supply("s1", "site", "operator", fixed("0.12")),
        Supply("s2", "other", "host", fixed("0.30")),
        sites=(PARIS, Site("other", "Europe/Paris")),
    )
    energy.add([session("2026-03-02T10:00").row(), replace(session("2026-03-02T10:00", key="t"), site="other").row()])
    assert energy.sites["site"].costs == {"operator": 1_200_000}
    assert energy.sites["other"].costs == {"host": 3_000_000}


def test_two_supplies_at_a_time_are_refused():
    with pytest.raises(TermError, match="overlap"):
        book(Supply("s1", "site", "operator", fixed("0.12")), Supply("s2", "site", "host", fixed("0.13")))


def test_what_is_left():
    # 5.00 + 2.00 - 1.85 - 1.20
    depot = Margin(Decimal("5.00"), Decimal("2.00"), Decimal("1.85"), Decimal("1.20"))
    assert depot.amount == Decimal("3.95")
    assert (depot + depot).amount == Decimal("7.90")
