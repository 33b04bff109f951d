"""Energy by slice: interpolated, whole Wh, adding up (design: How energy meets price)."""

from hypothesis import given
from hypothesis import strategies as st
from rating import ESTIMATED, FELL, slices_of


def test_a_border_between_two_readings_is_interpolated():
    # 6,000 Wh in 60 minutes; the border after 10 minutes lies a sixth of the way: 1,000 Wh
    assert slices_of([[0, 500], [3600, 6500]], 0, 3600, 6000, [600]) == ([1000, 5000], 0)


def test_each_piece_of_the_curve_has_its_own_slope():
    # 0-900 s: 1,000 Wh, 900-1800 s: 3,000 Wh; border at 1,200 s: 1,000 + 3,000 x 300 / 900 = 2,000
    assert slices_of([[0, 0], [900, 1000], [1800, 4000]], 0, 1800, 4000, [1200]) == ([2000, 2000], 0)


def test_a_border_on_a_reading_takes_the_reading():
    assert slices_of([[0, 0], [900, 1000], [1800, 4000]], 0, 1800, 4000, [900]) == ([1000, 3000], 0)


def test_what_is_left_over_goes_to_the_largest_remainders():
    # 10 Wh in thirds of 3.33.. each: remainders equal (to the millionth below), so the first one gets the odd Wh
    assert slices_of([], 0, 900, 10, [300, 600])[0] in ([4, 3, 3], [3, 3, 4], [3, 4, 3])
    # 10 Wh over 60, 150 and 690 of 900 s: 0.667, 1.667, 7.667 -> whole 0, 1, 7 and two left over
    energies, _marks = slices_of([], 0, 900, 10, [60, 210])
    assert sum(energies) == 10
    assert [energy - whole for energy, whole in zip(energies, (0, 1, 7), strict=True)].count(1) == 2


def test_no_readings_is_constant_power_and_says_so():
    assert slices_of([], 0, 3600, 6000, [600]) == ([1000, 5000], ESTIMATED)


def test_a_register_that_falls_is_held_at_its_highest_and_says_so():
    # 0, 2000, 1500, 4000 is read as 0, 2000, 2000, 4000
    energies, marks = slices_of([[0, 0], [900, 2000], [1800, 1500], [2700, 4000]], 0, 2700, 4000, [900, 1800])
    assert (energies, marks) == ([2000, 0, 2000], FELL)


def test_a_curve_that_misses_energy_is_stretched_to_the_session():
    # the readings come to 4,000 of 5,000 Wh: each Wh of theirs stands for 1.25
    energies, marks = slices_of([[0, 100], [900, 1100], [1800, 4100]], 0, 1800, 5000, [900])
    assert (energies, marks) == ([1250, 3750], ESTIMATED)


def test_readings_outside_the_session_are_left_out():
    energies, _marks = slices_of([[-900, 0], [0, 100], [900, 1100], [2000, 9000]], 0, 900, 1000, [450])
    assert energies == [500, 500]


def test_no_energy_is_no_energy_in_every_slice():
    assert slices_of([[0, 5], [900, 5]], 0, 900, 0, [300]) == ([0, 0], 0)
    assert slices_of([], 0, 900, 0, [300]) == ([0, 0], 0)


@st.composite
def curves(draw):
    """(readings, start, stop, wh, borders) in any order of quality."""
    start, length = draw(st.integers(0, 10**6)), draw(st.integers(2, 10**5))
    moments = draw(st.lists(st.integers(start - 100, start + length + 100), max_size=12))
    registers = draw(st.lists(st.integers(0, 10**6), min_size=len(moments), max_size=len(moments)))
    borders = draw(st.sets(st.integers(start + 1, start + length - 1), max_size=10))
    return (
        list(zip(moments, registers, strict=True)),
        start,
        start + length,
        draw(st.integers(0, 10**6)),
        sorted(borders),
    )


@given(curves())
def test_slices_always_sum_to_the_session(curve):
    readings, start, stop, wh, borders = curve
    energies, _marks = slices_of(readings, start, stop, wh, borders)
    assert sum(energies) == wh
    assert len(energies) == len(borders) + 1
    assert min(energies) >= 0


@given(curves())
def test_a_further_border_splits_a_slice_to_the_wh(curve):
    """Cutting finer moves no more than the Wh that rounding moves."""
    readings, start, stop, wh, borders = curve
    coarse, _marks = slices_of(readings, start, stop, wh, borders[::2])
    fine, _marks = slices_of(readings, start, stop, wh, borders)
    edges = [start, *borders, stop]
    for place, (begin, end) in enumerate(zip([start, *borders[::2]], [*borders[::2], stop], strict=True)):
        inside = sum(energy for energy, edge in zip(fine, edges, strict=False) if begin <= edge < end)
        assert abs(inside - coarse[place]) <= len(fine)
