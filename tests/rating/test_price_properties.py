"""What must hold for prices of every kind, over any sessions."""

from datetime import date
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
from rating import (
    MICRO,
    Band,
    Banded,
    Fixed,
    Indexed,
    IndexSeries,
    Rater,
    Session,
    Site,
    Tier,
    Tiered,
    explain_session,
    month,
)

from .build import term

ZONES = ("Europe/Paris", "America/St_Johns", "Asia/Kathmandu")
HOLIDAYS = frozenset([date(2026, 3, 30), date(2026, 10, 26)])
SITES = [Site(index, zone, holidays=HOLIDAYS) for index, zone in enumerate(ZONES)]
# around the nights on which clocks change in Paris and St. John's
NIGHTS = (1_774_742_400, 1_793_059_200, 1_772_841_600, 1_793_491_200)
QUARTER = 900

micros = st.integers(-(10**7), 10**7)


@st.composite
def moments(draw):
    return draw(st.sampled_from(NIGHTS)) + draw(st.integers(-86_400, 86_400))


@st.composite
def sessions(draw):
    """Sessions with every kind of curve: none, on the quarters, off them, falling, short of energy."""
    items = []
    for key in range(draw(st.integers(0, 6))):
        start, length, wh = draw(moments()), draw(st.integers(0, 20_000)), draw(st.integers(0, 10**5))
        times = sorted(draw(st.sets(st.integers(start, start + length), max_size=6)))
        registers = draw(st.lists(st.integers(0, 10**5), min_size=len(times), max_size=len(times)))
        if draw(st.booleans()) and len(times) > 1:
            times, registers = [start, *times[1:-1], start + length], sorted(registers)
            wh = registers[-1] - registers[0]
        charging = draw(st.none() | st.integers(0, length))
        items.append(
            Session(
                key,
                draw(st.integers(0, 2)),
                "st",
                start,
                start + length,
                wh,
                draw(st.sampled_from((1, -1))),
                charging_seconds=charging,
                idle_seconds=None if charging is None else length - charging,
                readings=tuple(zip(times, registers, strict=True)),
            )
        )
    return items


@st.composite
def series(draw):
    """Quarter-hours around the same nights, with gaps and provisional values."""
    rows = []
    for night in sorted(NIGHTS):
        prices = draw(st.lists(st.none() | micros, min_size=6, max_size=6))
        first = night - 3 * 3600
        for number, price in enumerate(prices * 32):
            if price is not None:
                start = first + QUARTER * number
                rows.append((start, start + QUARTER, price * 10, bool(price % 5)))
    starts, ends, values, finals = zip(*sorted(rows), strict=True) if rows else ((), (), (), ())
    return IndexSeries("spot", "Spot", starts, ends, values, finals)


@st.composite
def formulas(draw):
    limits = sorted(draw(st.tuples(micros, micros)))
    clause = draw(st.sampled_from(("pass_on", "zero", "agreed")))
    return Indexed(
        "spot",
        draw(st.sampled_from(("mwh", "kwh", "points"))),
        draw(st.integers(-(3 * 10**6), 3 * 10**6)),
        draw(micros),
        draw(st.integers(0, 10**7)),
        draw(st.none() | st.just(limits[0])),
        draw(st.none() | st.just(limits[1])),
        clause,
        draw(micros) if clause == "agreed" else None,
    )


@st.composite
def banded(draw):
    """Up to three bands one after the other, so that they never overlap."""
    borders = sorted(draw(st.sets(st.integers(0, 1440), min_size=2, max_size=4)))
    days = frozenset(draw(st.sets(st.integers(0, 6), min_size=1)))
    kind = draw(st.sampled_from(("any", "only", "never")))
    bands = [
        Band(draw(micros), days, start, end, holidays=kind)
        for start, end in zip(borders, borders[1:], strict=False)
        if start < 1440
    ]
    return Banded(tuple(bands), draw(micros))


@st.composite
def tiered(draw):
    borders = sorted(draw(st.sets(st.integers(1, 200), max_size=3)))
    tiers = [Tier(border * MICRO, draw(micros)) for border in borders] + [Tier(None, draw(micros))]
    return Tiered(tuple(tiers), draw(st.booleans()))


def versions_of(prices):
    bases = ("kwh", "session", "charging_minute", "idle_minute")
    return [term(price, basis, key=(n, basis), name=(n, basis)) for n, price in enumerate(prices) for basis in bases]


PRICES = st.lists(formulas() | banded() | tiered(), min_size=1, max_size=2)


def rate(prices, values, items):
    return Rater(versions_of(prices), SITES, lambda *_ask: values).rate(items)


@settings(max_examples=150, deadline=None)
@given(sessions(), PRICES, series())
def test_every_amount_is_explained_to_the_last_digit(items, prices, values):
    versions = {version.key: version for version in versions_of(prices)}
    by_key = {one.key: one for one in items}
    for charge in rate(prices, values, items):
        one = by_key[charge.key]
        explained = explain_session(
            one, versions[charge.version], SITES[one.site], lambda *_ask: values, charge.counted_micro
        )
        assert explained.amount == charge.amount, (charge, explained)
        assert explained.quantity == charge.quantity


@settings(max_examples=80, deadline=None)
@given(sessions(), PRICES, series(), st.randoms(use_true_random=False))
def test_order_changes_nothing(items, prices, values, random):
    assert rate(prices, values, items) == rate(prices, values, random.sample(items, len(items)))


@settings(max_examples=80, deadline=None)
@given(sessions(), PRICES, series())
def test_each_session_is_charged_once_per_term(items, prices, values):
    made = [(charge.key, charge.term) for charge in rate(prices, values, items)]
    assert len(made) == len(set(made))
    counting = {"kwh", "charging_minute", "idle_minute"}
    expected = {(one.key, v.term) for one in items for v in versions_of(prices) if v.basis in counting or one.wh}
    assert set(made) == expected


@settings(max_examples=80, deadline=None)
@given(sessions(), st.lists(formulas() | banded(), min_size=1, max_size=2), series(), moments())
def test_splitting_a_period_gives_the_same_sum_for_untiered_terms(items, prices, values, cut):
    def total(part):
        return sum(charge.amount_micro or 0 for charge in rate(prices, values, part))

    assert total(items) == total([s for s in items if s.stop < cut]) + total([s for s in items if s.stop >= cut])


@settings(max_examples=80, deadline=None)
@given(sessions(), micros)
def test_a_constant_index_is_the_fixed_price_to_the_last_digit(items, price):
    first, last = min(NIGHTS) - 10 * 86_400, max(NIGHTS) + 10 * 86_400
    starts = tuple(range(first - first % QUARTER, last, 7 * QUARTER))
    constant = IndexSeries(
        "spot", "Spot", starts, tuple(s + 7 * QUARTER for s in starts), (price,) * len(starts), (True,) * len(starts)
    )
    indexed = rate([Indexed("spot", "kwh")], constant, items)
    fixed = rate([Fixed(price)], constant, items)
    assert [(c.key, c.quantity, c.amount) for c in indexed] == [(c.key, c.quantity, c.amount) for c in fixed]


@settings(max_examples=60, deadline=None)
@given(sessions(), tiered())
def test_tiers_together_are_the_tiers_of_the_total(items, price):
    """Graduated charges of a period add up to the price of its total, but for half a millionth a charge."""
    if price.volume:
        return
    charges = [c for c in rate([price], IndexSeries("spot", "Spot"), items) if c.term[1] == "kwh"]
    total, amount, floor = sum(c.quantity_micro for c in charges), Fraction(0), None
    for tier in price.tiers:
        upper = total if tier.until is None else min(total, tier.until)
        if floor is None or upper > floor:
            amount += Fraction((upper - (floor or 0)) * tier.micro, MICRO)
        floor = tier.until
    assert abs(sum(c.amount_micro for c in charges) - amount) <= Fraction(len(charges), 2)


def test_the_nights_are_the_ones_on_which_clocks_change():
    assert month(2026, 3).epochs("Europe/Paris")[1] - month(2026, 3).epochs("Europe/Paris")[0] == 31 * 86_400 - 3600
