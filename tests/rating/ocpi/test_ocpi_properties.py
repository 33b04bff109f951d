"""What must hold for any tariff and any session."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from rating.ocpi import (
    DAYS,
    Cdr,
    Element,
    OcpiError,
    PriceComponent,
    PriceLimit,
    Restrictions,
    Tariff,
    parse,
    periods_of,
    price_cdr,
    read_cdr,
    read_tariff,
    render,
    timezone_of,
    write_tariff,
)
from rating.ocpi.steps import rounded_up

from .build import cdr_json, component, element, tariff_json

PARIS = "Europe/Paris"
# both clock changes of 2026 are near, so that many sessions run over one
STARTS = [int(datetime(2026, 3, 28, tzinfo=UTC).timestamp()), int(datetime(2026, 10, 24, tzinfo=UTC).timestamp())]

steps = st.sampled_from([0, 1, 60, 900, 1000])
prices = st.decimals(0, 10, places=4)
clocks = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30]))
dates = st.dates(date(2026, 3, 27), date(2026, 10, 27))


def maybe(strategy):
    return st.none() | strategy


@st.composite
def ranges(draw, values):
    """A lower and an upper bound, either or both absent."""
    low, high = sorted((draw(values), draw(values)))
    return draw(st.sampled_from([(None, None), (low, None), (None, high), (low, high + 1)]))


@st.composite
def restriction_sets(draw):
    kwh, power = draw(ranges(st.decimals(0, 30, places=1))), draw(ranges(st.decimals(0, 50, places=1)))
    duration, days = draw(ranges(st.integers(0, 90_000))), draw(ranges(dates.map(date.toordinal)))
    return Restrictions(
        start_time=draw(maybe(clocks)),
        end_time=draw(maybe(clocks)),
        start_date=days[0] and date.fromordinal(days[0]),
        end_date=days[1] and date.fromordinal(days[1]),
        min_kwh=kwh[0],
        max_kwh=kwh[1],
        min_power=power[0],
        max_power=power[1],
        min_duration=duration[0],
        max_duration=duration[1],
        day_of_week=draw(st.sampled_from([(), DAYS[:5], DAYS[5:], DAYS[6:]])),
    )


@st.composite
def elements(draw):
    kinds = draw(st.sets(st.sampled_from(["FLAT", "ENERGY", "TIME", "PARKING_TIME"]), min_size=1))
    components = [
        PriceComponent(
            kind, draw(prices), draw(maybe(st.sampled_from([Decimal(0), Decimal("5.2"), Decimal(20)]))), draw(steps)
        )
        for kind in sorted(kinds)
    ]
    return Element(tuple(components), draw(st.just(Restrictions()) | restriction_sets()))


@st.composite
def tariffs(draw, limits=False):
    low = PriceLimit(Decimal(1), draw(maybe(st.just(Decimal(2))))) if limits and draw(st.booleans()) else None
    high = PriceLimit(Decimal(9), draw(maybe(st.just(Decimal(10))))) if limits and draw(st.booleans()) else None
    return Tariff(
        id="1",
        currency="EUR",
        elements=tuple(draw(st.lists(elements(), min_size=1, max_size=4))),
        country_code=draw(maybe(st.just("FR"))),
        type=draw(maybe(st.just("REGULAR"))),
        min_price=low,
        max_price=high,
        start_date_time=draw(maybe(st.just(datetime(2026, 1, 1, 12, 30, tzinfo=UTC)))),
    )


@st.composite
def sessions(draw, wh_per_second=99):
    """(start, stop, curve, charging seconds): up to three days, up to five readings between, up to 99 Wh per second (356 kW)."""
    start = draw(st.sampled_from(STARTS)) + draw(st.integers(0, 172_800))
    stop = start + draw(st.integers(1, 7_200) | st.integers(1, 259_200))
    times = [start, *sorted(draw(st.sets(st.integers(start + 1, stop), max_size=5)) - {stop}), stop]
    registers = [draw(st.integers(0, 10**6))]
    for before, after in pairwise(times):
        registers.append(registers[-1] + draw(st.integers(0, min(30_000, wh_per_second * (after - before)))))
    return start, stop, tuple(zip(times, registers, strict=True)), draw(st.integers(0, stop - start))


def cdr_of(periods):
    return Cdr(periods[0].start, periods[-1].end, "EUR", tuple(periods))


@given(tariffs(limits=True), st.sampled_from(["2.2.1", "2.3.0"]))
def test_what_is_written_reads_back_equal(tariff, version):
    assert read_tariff(parse(render(write_tariff(tariff, version)))) == tariff


@settings(deadline=None)
@given(tariffs(), sessions() | sessions(wh_per_second=10**6))
def test_periods_add_up_and_follow_each_other(tariff, session):
    start, stop, curve, charging = session
    periods = periods_of(tariff, *session, PARIS)
    assert sum(period.energy for period in periods) * 1000 == curve[-1][1] - curve[0][1]
    assert all((period.energy * 1000).denominator == 1 and period.energy >= 0 for period in periods)
    assert sum(period.time for period in periods) == Fraction(charging, 3600)
    assert sum(period.parking_time for period in periods) == Fraction(stop - start - charging, 3600)
    assert all(one.end == other.start and one.start < one.end for one, other in pairwise(periods))
    assert all(not period.start.microsecond for period in periods)


@settings(deadline=None)
@given(tariffs(), sessions())
def test_no_price_changes_inside_a_period(tariff, session):
    assert price_cdr(tariff, cdr_of(periods_of(tariff, *session, PARIS)), PARIS).notes == ()


@settings(deadline=None, max_examples=300)
@given(tariffs(), sessions(), st.data())
def test_a_further_cut_leaves_the_total_unchanged(tariff, session, data):
    periods = list(periods_of(tariff, *session, PARIS))
    position = data.draw(st.integers(0, len(periods) - 1))
    period = periods[position]
    seconds = int(period.seconds)
    after = data.draw(st.integers(0, seconds - 1)) + Fraction(1, 2)
    share, instant = after / seconds, period.start + timedelta(seconds=int(after), milliseconds=500)
    one = replace(
        period,
        end=instant,
        energy=period.energy * share,
        time=period.time * share,
        parking_time=period.parking_time * share,
    )
    other = replace(
        period,
        start=instant,
        energy=period.energy - one.energy,
        time=period.time - one.time,
        parking_time=period.parking_time - one.parking_time,
    )
    whole = price_cdr(tariff, cdr_of(periods), PARIS)
    cut = price_cdr(tariff, cdr_of([*periods[:position], one, other, *periods[position + 1 :]]), PARIS)
    assert cut.total_cost == whole.total_cost


@settings(deadline=None)
@given(tariffs(), sessions(), st.randoms(use_true_random=False))
def test_order_of_periods_does_not_matter(tariff, session, random):
    cdr = cdr_of(periods_of(tariff, *session, PARIS))
    shuffled = list(cdr.periods)
    random.shuffle(shuffled)
    assert price_cdr(tariff, replace(cdr, periods=tuple(shuffled)), PARIS) == price_cdr(tariff, cdr, PARIS)


@settings(deadline=None)
@given(tariffs(), sessions())
def test_the_total_is_the_sum_of_its_parts_and_of_its_pieces(tariff, session):
    report = price_cdr(tariff, cdr_of(periods_of(tariff, *session, PARIS)), PARIS)
    parts = [
        report.total_fixed_cost,
        report.total_energy_cost,
        report.total_time_cost,
        report.total_parking_cost,
        report.total_reservation_cost,
    ]
    pieces = [piece.cost for period in report.periods for piece in period.pieces]
    for costs in (parts, pieces):
        assert sum(cost.net for cost in costs) == report.total_cost.net
        assert sum(cost.gross for cost in costs) == report.total_cost.gross


@settings(deadline=None)
@given(tariffs(limits=True), sessions())
def test_the_total_stays_inside_its_limits(tariff, session):
    total = price_cdr(tariff, cdr_of(periods_of(tariff, *session, PARIS)), PARIS).total_cost
    low, high = tariff.min_price, tariff.max_price
    assert low is None or (total.net >= low.net and total.gross >= (low.gross or 0))
    assert high is None or (total.net <= high.net and (high.gross is None or total.gross <= high.gross))


@settings(deadline=None)
@given(tariffs(), sessions())
def test_billed_quantities_are_never_below_what_was_used(tariff, session):
    report = price_cdr(tariff, cdr_of(periods_of(tariff, *session, PARIS)), PARIS)
    assert report.billed_energy >= report.total_energy
    assert report.billed_parking_time >= report.total_parking_time
    assert report.billed_charging_time >= report.total_time - report.total_parking_time


@given(
    st.integers(0, 10**7),
    st.integers(1, 10**4),
    st.sampled_from([("ENERGY", 1000), ("TIME", 3600), ("PARKING_TIME", 3600)]),
)
def test_billed_quantities_are_whole_steps(count, step, kind):
    dimension, unit = kind
    billed = rounded_up(Fraction(count, unit), step, dimension) * unit
    assert billed % step == 0 and count <= billed < count + step


def mutated(value, path, wrong):
    """A copy of a JSON value with what stands at the path replaced."""
    if not path:
        return wrong
    place, rest = path[0], path[1:]
    if isinstance(value, dict) and value:
        key = sorted(value)[place % len(value)]
        return {**value, key: mutated(value[key], rest, wrong)}
    if isinstance(value, list) and value:
        place %= len(value)
        return [*value[:place], mutated(value[place], rest, wrong), *value[place + 1 :]]
    return wrong


rubbish = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.decimals() | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
FULL_TARIFF = tariff_json(
    element(
        component("ENERGY", "0.25", "10"),
        start_time="09:00",
        start_date="2026-01-01",
        max_kwh=5,
        day_of_week=["MONDAY"],
    ),
    element(component("TIME", "2"), reservation="RESERVATION"),
    min_price={"excl_vat": 1, "incl_vat": 2},
    end_date_time="2027-01-01T00:00:00Z",
)


@settings(deadline=None, max_examples=400)
@given(st.lists(st.integers(0, 20), max_size=6), rubbish)
def test_a_document_with_anything_in_it_is_read_or_refused_in_sentences(path, wrong):
    session = cdr_json("2026-03-02", (60, {"ENERGY": 20, "TIME": None}), tariffs=[FULL_TARIFF], total_energy=20)
    for read, document in ((read_tariff, FULL_TARIFF), (read_cdr, session)):
        try:
            result = read(mutated(document, path, wrong))
            if read is read_cdr:
                price_cdr(read_tariff(FULL_TARIFF), result, timezone_of(result, PARIS))
        except OcpiError as error:
            assert str(error).endswith(".") and len(str(error)) < 100_000
