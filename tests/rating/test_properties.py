"""What must hold for any sessions and any terms (issue: rating is exact, complete and reproducible)."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
from rating import (
    Filter,
    Fixed,
    Rater,
    Session,
    Site,
    Span,
    Subject,
    TermVersion,
    Totals,
    add_up,
    explain_period,
    explain_session,
    from_micro,
    month,
    rate_subjects,
    round_line,
)

ZONES = ("Europe/Paris", "America/St_Johns", "Asia/Kathmandu")
START, STOP = 1_767_000_000, 1_800_000_000  # end of 2025 to early 2027

prices = st.integers(-(10**9), 10**9)
days = st.dates(date(2025, 12, 1), date(2027, 1, 31))


@st.composite
def sessions(draw):
    moments = st.integers(START, STOP)
    facts = st.tuples(
        moments,
        st.integers(0, 86_400),
        st.integers(0, 10**7),
        st.sampled_from((1, -1)),
        st.integers(0, 2),
        st.sampled_from(("ac", "dc")),
        st.sampled_from((None, "local", "roaming")),
        st.sampled_from((None, 1, 2)),
    )
    return [
        Session(key, site, f"st{site}", start, start + length, wh, sign, power, kind, profile)
        for key, (start, length, wh, sign, site, power, kind, profile) in enumerate(draw(st.lists(facts, max_size=25)))
    ]


@st.composite
def terms(draw):
    """Up to three terms; the versions of one term follow each other without overlap."""
    versions = []
    for term in range(draw(st.integers(1, 3))):
        basis = draw(st.sampled_from(("kwh", "session")))
        starts = sorted(draw(st.sets(days, min_size=1, max_size=3)))
        for index, (start, end) in enumerate(zip(starts, [*starts[1:], None], strict=True)):
            versions.append(
                TermVersion(
                    (term, index),
                    term,
                    draw(st.sampled_from(("charge", "credit"))),
                    basis,
                    Fixed(draw(prices)),
                    Span(start, end),
                    Filter(power_type=draw(st.sampled_from((None, "ac"))), kind=draw(st.sampled_from((None, "local")))),
                    draw(st.booleans()),
                )
            )
    return versions


SITES = [Site(index, zone) for index, zone in enumerate(ZONES)]


@given(sessions(), terms(), st.randoms(use_true_random=False))
def test_order_of_sessions_changes_nothing(items, versions, random):
    shuffled = random.sample(items, len(items))
    rater = Rater(versions, SITES)
    assert sorted(rater.rate_rows(s.row() for s in items)) == sorted(
        Rater(versions, SITES).rate_rows(s.row() for s in shuffled)
    )


@given(sessions(), terms(), st.integers(START, STOP))
def test_splitting_the_period_gives_the_same_sum(items, versions, cut):
    def total(part):
        return sum(charge.amount_micro for charge in Rater(versions, SITES).rate(part))

    assert total(items) == total([s for s in items if s.stop < cut]) + total([s for s in items if s.stop >= cut])


@given(sessions(), terms())
def test_no_charge_is_lost_or_doubled(items, versions):
    """Against the plain reading of the rules: each session under each version that explains it, exactly once."""
    expected = {
        (session.key, version.term, version.key)
        for session in items
        for version in versions
        if explain_session(session, version, SITES[session.site])
    }
    made = [(charge.key, charge.term, charge.version) for charge in Rater(versions, SITES).rate(items)]
    assert len(made) == len(set(made))
    assert set(made) == expected
    assert len({(key, term) for key, term, _version in made}) == len(made)


@given(sessions(), terms())
def test_explanation_adds_up_to_the_amount(items, versions):
    by_key = {session.key: session for session in items}
    by_version = {version.key: version for version in versions}
    for charge in Rater(versions, SITES).rate(items):
        session = by_key[charge.key]
        explanation = explain_session(session, by_version[charge.version], SITES[session.site])
        assert explanation.amount == charge.amount
        assert explanation.steps[-1].result == charge.amount


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(-(10**9), 10**9), st.integers(-(10**12), 10**12))),
    st.integers(0, 3),
)
def test_lines_round_the_exact_sum_once(charges, decimals):
    lines = {line.key: line for line in add_up(charges, decimals)}
    assert sum(line.count for line in lines.values()) == len(charges)
    for key, line in lines.items():
        exact = sum(amount for name, _quantity, amount in charges if name == key)
        assert line.exact == from_micro(exact)
        assert line.amount == round_line(exact, decimals)
        assert abs(Fraction(line.amount) - Fraction(exact, 10**6)) <= Fraction(1, 2 * 10**decimals)


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(-(10**9), 10**9), st.integers(-(10**12), 10**12))),
    st.integers(0, 30),
)
def test_totals_in_two_goes_are_totals_in_one(charges, cut):
    totals = Totals()
    for charge in charges[:cut]:
        totals.add(*charge)
    for charge in charges[cut:]:
        totals.add(*charge)
    assert totals.lines(2) == add_up(charges, 2)


@settings(max_examples=60)
@given(prices, st.integers(2025, 2029), st.integers(1, 12), st.data())
def test_days_of_a_cut_month_add_up(price, year, number, data):
    """Cut anywhere, the days add up exactly and the amounts to half a millionth per piece."""
    whole = month(year, number)
    cut = whole.start + timedelta(days=data.draw(st.integers(1, whole.days - 1)))
    version = TermVersion("v", "t", "charge", "charger_month", Fixed(price))
    site, station = Site("s", "Europe/Paris"), Subject("st", "charger_month", site="s", power_type="ac")
    [full] = rate_subjects([version], [station], [site], whole)
    parts = rate_subjects([version], [station], [site], Span(whole.start, cut))
    parts += rate_subjects([version], [station], [site], Span(cut, whole.end))
    assert sum(part.span.days for part in parts) == full.span.days
    assert abs(sum(part.amount_micro for part in parts) - full.amount_micro) <= 1
    for charge in [full, *parts]:
        assert explain_period(charge.span, version).amount == charge.amount


@given(st.integers(0, 10**9), prices)
def test_a_price_per_kwh_is_the_rational_price(wh, price):
    [charge] = Rater([TermVersion("v", "t", "credit", "kwh", Fixed(price))], SITES).rate(
        [Session(1, 0, "st", START, START, wh)]
    )
    exact = Fraction(wh, 1000) * Fraction(price, 10**6)
    assert abs(Fraction(charge.amount) - exact) <= Fraction(1, 2 * 10**6)
    assert charge.quantity == Decimal(wh) / 1000
