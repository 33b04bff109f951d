"""What holds for any session: order, repetition and units do not matter; energy and readings are sound."""

import json
from dataclasses import replace

from helpers import RULES, TOKEN, Log, epoch, event, register
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ocpp_bridge.cdr import Cdr, Quarantine, assemble
from ocpp_bridge.clock import iso

T0 = epoch("2026-10-03T08:00:00Z")
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def sessions(draw) -> tuple[Log, str]:
    """A session of either version: (log in the station's order, unit)."""
    ocpp = draw(st.sampled_from(["1.6", "2.0.1", "2.1"]))
    registers = [draw(st.integers(0, 10**6))]
    for step in draw(st.lists(st.integers(-500, 20_000), min_size=1, max_size=6)):
        registers.append(max(0, registers[-1] + step))
    times = [T0 + 900 * number for number in range(len(registers))]
    return _log(ocpp, list(zip(times, registers, strict=True)), "Wh"), ocpp


def _log(ocpp: str, curve: list[tuple[int, int]], unit: str) -> Log:
    """Samples in `unit`; 1.6 meterStart and meterStop are always Wh."""
    log = Log(ocpp)

    def value(wh: int) -> str:
        return f"{wh / 1000:.3f}" if unit == "kWh" else str(wh)

    if ocpp == "1.6":
        log.start(stamp=iso(curve[0][0]), meter=curve[0][1])
        for time, wh in curve[1:-1]:
            log.meter(1, register(value(wh), iso(time), unit))
        return log.stop(stamp=iso(curve[-1][0]), meter=curve[-1][1])
    last = len(curve) - 1
    for number, (time, wh) in enumerate(curve):
        kind = "Started" if number == 0 else "Ended" if number == last else "Updated"
        context = {"Started": "Transaction.Begin", "Ended": "Transaction.End"}.get(kind, "Sample.Periodic")
        payload = event(kind, number, iso(time), float(value(wh)), "Charging", context, idToken=TOKEN)
        payload["meterValue"][0]["sampledValue"][0]["unitOfMeasure"] = {"unit": unit}
        log.events(payload)
    return log


def content(result) -> str:
    """The result without the journal's row numbers."""
    item = result.item()
    item["raw"] = ""
    return json.dumps(item, sort_keys=True)


@QUICK
@given(sessions(), st.randoms(use_true_random=False))
def test_any_order_and_repetition_of_the_messages_gives_the_same_cdr(session, random):
    log, _ocpp = session
    plain = assemble(log.messages, RULES, final=True)
    mixed = [*log.messages, *random.choices(log.messages, k=3)]
    random.shuffle(mixed)
    # They also arrive in that order, a second apart, and with message ids of their own.
    arrived = [
        replace(message, id=number, arrived=message.arrived + number * 1000,
                raw=message.raw.replace('"id', f'"again{number}-', 1))
        for number, message in enumerate(mixed, 1)
    ]  # fmt: skip
    assert content(assemble(arrived, RULES, final=True)) == content(plain)


@QUICK
@given(sessions())
def test_energy_is_stop_minus_start_and_never_negative_and_readings_never_fall(session):
    log, _ocpp = session
    result = log.assemble(final=True)
    if isinstance(result, Quarantine):
        return
    assert result.energy == max(0, result.meter_stop - result.meter_start)
    times = [time for time, _wh in result.readings]
    registers = [wh for _time, wh in result.readings]
    assert times == sorted(set(times)) and registers == sorted(registers)
    assert registers[-1] - registers[0] == result.energy
    assert result.start <= times[0] and times[-1] <= result.stop


@QUICK
@given(st.sampled_from(["1.6", "2.0.1"]), st.lists(st.integers(0, 50_000), min_size=3, max_size=8))
def test_kwh_and_wh_give_the_same_result(ocpp, registers):
    curve = [(T0 + 900 * number, wh) for number, wh in enumerate(sorted(registers))]
    in_wh, in_kwh = (_log(ocpp, curve, unit).assemble(final=True) for unit in ("Wh", "kWh"))
    assert content(in_wh) == content(in_kwh)


@QUICK
@given(sessions())
def test_assembly_is_deterministic_to_the_byte(session):
    log, _ocpp = session
    first, second = log.assemble(final=True), log.assemble(final=True)
    assert json.dumps(first.item()) == json.dumps(second.item())


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = (
    "connectorId", "idTag", "timestamp", "meterStart", "meterStop", "transactionId", "transactionData", "meterValue",
    "eventType", "seqNo", "transactionInfo", "evse", "idToken", "offline", "reservationId", "reason",
)  # fmt: skip


@QUICK
@given(
    st.sampled_from(["StartTransaction", "StopTransaction", "MeterValues", "TransactionEvent"]),
    st.dictionaries(st.sampled_from(FIELDS), json_values, max_size=8),
)
def test_no_payload_breaks_assembly(action, payload):
    log = Log("2.1" if action == "TransactionEvent" else "1.6").add(action, payload)
    assert log.assemble(final=True) is not None
    if action == "TransactionEvent" and log.messages[0].kind != "malformed":
        log.events(event("Ended", 9, iso(T0), 5.0, tx=payload["transactionInfo"]["transactionId"]))
        assert isinstance(log.assemble(final=True), Cdr | Quarantine)
