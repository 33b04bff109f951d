"""A meter that was reset while a session ran."""

from helpers import RULES, Log, at, epoch, event, register
from hypothesis import given, settings
from hypothesis import strategies as st

from ocpp_bridge.cdr.energy import measure

T0 = epoch(at("08:00"))


def session(start, stop, *samples):
    """1.6, a sample every ten minutes from 08:10."""
    log = Log().start(meter=start)
    for number, wh in enumerate(samples, 1):
        log.meter(1, register(wh, at(f"08:{number * 10}")))
    return log.stop(meter=stop).assemble()


def test_rises_before_and_after_a_reset_are_added_up():
    # 1,005,000 - 1,000,000 = 5,000; 3,000 - 200 = 2,800; together 7,800
    cdr = session(1_000_000, 3_000, 1_005_000, 200)
    assert (cdr.meter_start, cdr.meter_stop, cdr.energy) == (1_000_000, 1_007_800, 7_800)
    # After the reset 1,005,000 - 200 = 1,004,800 is added to the register.
    assert [wh for _time, wh in cdr.readings] == [1_000_000, 1_005_000, 1_005_000, 1_007_800]
    assert cdr.flags == ("meter_reset",)


def test_two_resets_and_a_register_that_stood_still_after_one():
    # 4,000 + (2,000 - 0) + (1,500 - 100)
    cdr = session(10_000, 1_500, 14_000, 0, 0, 2_000, 100)
    assert (cdr.energy, cdr.meter_stop, cdr.flags) == (7_400, 17_400, ("meter_reset",))


def test_reset_of_a_session_meter_that_ends_above_its_begin():
    # 5,000 + (8,000 - 0)
    assert session(0, 8_000, 5_000, 0, 2_000).energy == 13_000


def test_reset_seen_by_the_first_sample():
    # what flowed before 200 is not known
    cdr = session(1_000_000, 3_000, 200)
    assert (cdr.energy, cdr.meter_stop, cdr.flags) == (2_800, 1_002_800, ("meter_reset",))


def test_reset_of_2x_without_a_begin():
    events = [event("Started", 0, at("08:00")), event("Updated", 1, at("08:10"), 50_000, "Charging")]
    events += [event("Updated", 2, at("08:20"), 51_000), event("Updated", 3, at("08:30"), 0)]
    cdr = Log("2.0.1").events(*events, event("Ended", 4, at("09:00"), 700, None, "Transaction.End")).assemble()
    assert (cdr.energy, cdr.meter_stop, cdr.flags) == (1_700, 51_700, ("meter_reset", "meter_start_missing"))


def test_one_odd_sample_is_no_reset():
    cdr = session(1_000_000, 1_009_000, 1_005_000, 200, 1_007_000)
    assert (cdr.energy, cdr.flags) == (9_000, ("register_fell",))


def test_session_registers_beside_a_lifetime_begin_and_end_are_no_reset():
    cdr = session(1_000_000, 1_005_000, 0, 1_500, 4_000)
    assert (cdr.energy, cdr.flags) == (5_000, ("register_fell",))


def test_fall_by_less_than_nine_tenths_is_clamped():
    assert session(1_000, 900, 9_000, 2_000).flags == ("register_fell",)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.integers(0, 30_000) | st.integers(0, 300), min_size=2, max_size=9), st.sampled_from([0, 10**6]))
def test_energy_is_never_negative_and_never_above_the_sum_of_rises(registers, lifetime):
    registers = [registers[0] + lifetime, *registers[1:]]
    points = [(T0 + 600 * number, wh) for number, wh in enumerate(registers)]
    span = points[0][0], points[-1][0]
    curve = measure(registers[0], registers[-1], points[1:-1], [], span, RULES)
    rises = sum(max(0, after - before) for before, after in zip(registers, registers[1:], strict=False))
    # A begin of 0 that is replaced, or an end of 0, only takes away.
    assert 0 <= curve.energy <= rises
    assert [wh for _time, wh in curve.readings] == sorted(wh for _time, wh in curve.readings)
    if curve.readings:
        assert curve.readings[-1][1] - curve.readings[0][1] == curve.energy
        assert curve.readings[-1][1] == curve.meter_start + curve.energy
