"""Tiers count over the period, whatever the order sessions come in."""

import random
from decimal import Decimal

import pytest
from rating import MICRO, PriceError, Rater, Span, Subject, Tier, Tiered, explain_session, month, rate_subjects

from .build import PARIS, session, term

# the first 15 kWh at 0.30, up to 40 kWh at 0.20, then 0.10
STEPS = (Tier(15 * MICRO, 300_000), Tier(40 * MICRO, 200_000), Tier(None, 100_000))


def sessions(*energies, **values):
    return [session(f"2026-03-{day:02}T10:00", wh=wh, key=day, **values) for day, wh in enumerate(energies, 1)]


def amounts(price, items, **options):
    version = term(price)
    charges = Rater([version], [PARIS], **options).rate(items)
    by_key = {one.key: one for one in items}
    for charge in charges:
        explained = explain_session(by_key[charge.key], version, PARIS, counted_micro=charge.counted_micro)
        assert explained.amount == charge.amount
    return {charge.key: charge.amount for charge in charges}


def test_graduated_prices_each_unit_in_its_tier():
    # 10 kWh x 0.30; 5 x 0.30 + 5 x 0.20; 20 x 0.20; 10 x 0.10
    assert amounts(Tiered(STEPS), sessions(10_000, 10_000, 20_000, 10_000)) == {
        1: Decimal("3"),
        2: Decimal("2.5"),
        3: Decimal("4"),
        4: Decimal("1"),
    }


def test_one_session_through_all_tiers():
    # 15 x 0.30 + 25 x 0.20 + 10 x 0.10
    assert amounts(Tiered(STEPS), sessions(50_000)) == {1: Decimal("10.5")}


def test_volume_prices_everything_by_the_total():
    # 50 kWh: 0.10 for all
    assert sum(amounts(Tiered(STEPS, volume=True), sessions(10_000, 40_000)).values()) == Decimal("5")
    # 40 kWh, exactly on the border: still 0.20
    assert sum(amounts(Tiered(STEPS, volume=True), sessions(10_000, 30_000)).values()) == Decimal("8")


@pytest.mark.parametrize("volume", [False, True])
def test_order_of_arrival_changes_nothing(volume):
    items = sessions(10_000, 7_777, 12_345, 20_000, 1)
    expected = amounts(Tiered(STEPS, volume), items)
    shuffled = random.Random(7).sample(items, len(items))
    assert amounts(Tiered(STEPS, volume), shuffled) == expected


def test_what_earlier_statements_counted_comes_first():
    # 12 kWh are counted already: 3 x 0.30 + 7 x 0.20
    assert amounts(Tiered(STEPS), sessions(10_000), counted={("t", None): 12 * MICRO}) == {1: Decimal("2.3")}


def test_periods_count_apart():
    items = [*sessions(15_000), session("2026-04-01T10:00", wh=15_000, key="april", period="april")]
    assert amounts(Tiered(STEPS), items) == {1: Decimal("4.5"), "april": Decimal("4.5")}


def test_a_credit_takes_back_the_units_of_its_original():
    original, other = sessions(20_000, 20_000)
    credit = session("2026-03-01T10:00", wh=20_000, key="credit", sign=-1, original=1)
    made = amounts(Tiered(STEPS), [credit, other, original])
    # 15 x 0.30 + 5 x 0.20, back again; then the other is the first of the month
    assert made == {1: Decimal("5.5"), "credit": Decimal("-5.5"), 2: Decimal("5.5")}


def test_a_credit_of_an_earlier_statement_mirrors_what_was_charged_there():
    credit = session("2026-03-01T10:00", wh=20_000, key="credit", sign=-1, original="old")
    made = amounts(Tiered(STEPS), [credit], counted={("t", None): 90 * MICRO}, mirrors={("old", "t"): 10 * MICRO})
    # the original was units 10 to 30: 5 x 0.30 + 15 x 0.20
    assert made == {"credit": Decimal("-4.5")}


def test_minutes_by_volume_are_explained_as_they_are_charged():
    # tiers count millionths of a minute: 1 s is 0.016667 min; x 0.200006 = 0.003333500002 -> 0.003334
    # (an exact sixtieth would be 0.00333343 -> 0.003333)
    price = Tiered((Tier(None, 200_006),), volume=True)
    one = session("2026-03-02T10:00", charging_seconds=1)
    version = term(price, "charging_minute")
    [charge] = Rater([version], [PARIS]).rate([one])
    assert charge.amount == Decimal("0.003334")
    assert explain_session(one, version, PARIS, counted_micro=charge.counted_micro).amount == charge.amount


def test_fees_have_tiers_too():
    # five chargers: the first two at 10, the rest at 8
    price = Tiered((Tier(2 * MICRO, 10_000_000), Tier(None, 8_000_000)))
    chargers = [Subject(number, "charger_month", (Span(),), "site") for number in range(5)]
    charges = rate_subjects([term(price, "charger_month")], chargers, [PARIS], month(2026, 3))
    assert sorted(charge.amount for charge in charges) == [8, 8, 8, 10, 10]


@pytest.mark.parametrize(
    ("tiers", "words"),
    [
        ((), "none"),
        ((Tier(5, 1),), "above the last border"),
        ((Tier(None, 1), Tier(None, 1)), "only the last"),
        ((Tier(5, 1), Tier(5, 1), Tier(None, 1)), "rising"),
        ((Tier(0, 1), Tier(None, 1)), "rising"),
    ],
)
def test_tiers_with_gaps_are_refused(tiers, words):
    with pytest.raises(PriceError, match=words):
        Tiered(tiers)
