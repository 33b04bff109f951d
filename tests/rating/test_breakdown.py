"""Slices of many sessions, against the charges of the fast path and the words of the slow one."""

import random
from datetime import date
from fractions import Fraction

import pytest
from rating import (
    Band,
    Banded,
    Filter,
    Indexed,
    IndexSeries,
    Rater,
    Session,
    Site,
    Span,
    TermVersion,
    explain_session,
    to_micro,
)
from rating.breakdown import Slicer, varies
from rating.explain.steps import half_up

HOUR = 3600
START = 1772352000  # 1 March 2026, 08:00 UTC: 09:00 in Paris
SITE = Site("depot", "Europe/Paris")
PEAK = Banded((Band(to_micro("0.30"), start=570, end=1200, name="Peak"),), to_micro("0.10"))


def make_reader(seed):
    """Quarter-hours of any price, negative ones too, around the sessions of these tests."""
    dice = random.Random(seed)
    starts = tuple(range(START - 400 * HOUR, START + 1200 * HOUR, 900))
    micros = tuple(dice.randrange(-50_000_000, 300_000_000) for _ in starts)
    series = IndexSeries("spot", "Spot", starts, tuple(start + 900 for start in starts), micros, (True,) * len(starts))
    return lambda _key, _start, _stop: series


def make_session(dice, number):
    start = START + dice.randrange(0, 200 * HOUR)
    stop = start + dice.randrange(60, 9 * HOUR)
    wh = dice.randrange(0, 90_000)
    middle = sorted((dice.randrange(start, stop), dice.randrange(0, wh + 1)) for _ in range(dice.randrange(0, 6)))
    readings = [
        (start, 100),
        *((moment, 100 + sorted(m[1] for m in middle)[place]) for place, (moment, _) in enumerate(middle)),
    ]
    readings = tuple(dict([*readings, (stop, 100 + wh)]).items()) if dice.random() < 0.7 else ()
    return Session(
        number, "depot", "cp", start, stop, wh, dice.choice((1, -1)), charging_seconds=dice.choice((None, (stop - start) // 2)),
        idle_seconds=(stop - start) // 3, readings=readings,
    )  # fmt: skip


def test_half_in_the_peak():
    # 10 kWh at constant power from 09:00 to 10:00 in Paris; the peak starts at 09:30
    session = Session("s", "depot", "cp", START, START + HOUR, 10_000)
    slices = Slicer(TermVersion("v", "energy", "credit", "kwh", PEAK), SITE).cut(session.row())
    assert [(piece.quantity, piece.price, piece.amount, piece.cause) for piece in slices] == [
        (5, Fraction(1, 10), Fraction(1, 2), None),
        (5, Fraction(3, 10), Fraction(3, 2), "Peak"),
    ]
    assert [(piece.start, piece.stop) for piece in slices] == [(START, START + 1800), (START + 1800, START + HOUR)]


def test_slices_without_energy_are_left_out():
    # all of it flows before 09:30
    readings = ((START, 0), (START + 1800, 4_000), (START + HOUR, 4_000))
    session = Session("s", "depot", "cp", START, START + HOUR, 4_000, readings=readings)
    [piece] = Slicer(TermVersion("v", "energy", "credit", "kwh", PEAK), SITE).cut(session.row())
    assert (piece.quantity, piece.amount) == (4, Fraction(4, 10))


def test_only_prices_that_change_with_time_have_slices():
    assert varies(TermVersion("v", "energy", "credit", "kwh", PEAK))
    assert varies(TermVersion("v", "energy", "credit", "kwh", Indexed("spot")))


@pytest.mark.parametrize("basis", ["kwh", "charging_minute", "idle_minute", "session"])
@pytest.mark.parametrize(
    "price", [PEAK, Indexed("spot", factor=1_070_000, adder=12_345, losses=3_300_000, floor=0, cap=150_000)]
)
def test_slices_add_up_to_the_charge(basis, price):
    dice, reader = random.Random(7), make_reader(7)
    version = TermVersion("v", "term", "credit", basis, price, count_zero_energy=True)
    slicer, rater = Slicer(version, SITE, reader), Rater([version], [SITE], read_index=reader)
    sessions = [make_session(dice, number) for number in range(300)]
    charges = {charge.key: charge for charge in rater.rate(sessions)}
    assert len(charges) == len(sessions)
    for session in sessions:
        slices = slicer.cut(session.row())
        total = sum((piece.amount for piece in slices), Fraction(0))
        assert half_up(total) == charges[session.key].amount
        assert total == sum(piece.quantity * piece.price for piece in slices)
        assert half_up(total) == explain_session(session, version, SITE, reader).amount
        assert all(before.stop <= after.start for before, after in zip(slices, slices[1:], strict=False))


def test_covers_by_day_and_filter():
    session = Session("s", "depot", "cp", START, START + HOUR, 10_000, power_type="ac")
    for version, covered in (
        (TermVersion("v", "energy", "credit", "kwh", PEAK), True),
        (TermVersion("v", "energy", "credit", "kwh", PEAK, filter=Filter(power_type="dc")), False),
        (TermVersion("v", "energy", "credit", "kwh", PEAK, valid=Span(start=date(2026, 3, 2))), False),
    ):
        assert Slicer(version, SITE).covers(session.row()) is covered
