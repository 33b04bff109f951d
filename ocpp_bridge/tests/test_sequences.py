"""Every sequence seen on the wire (shared note on OCPP): what becomes of it. Numbers are worked out in the comments."""

import pytest
from helpers import DAY, TOKEN, Log, at, epoch, event, plain_2x, register

from ocpp_bridge.cdr import Cdr, Pending, Quarantine, Rules, match_stop


def plain_16() -> Log:
    return Log().start().meter(1, register(7000, at("08:30"))).stop()


def test_plain_16_session():
    cdr = plain_16().assemble()
    assert isinstance(cdr, Cdr)
    assert (cdr.start, cdr.stop) == (epoch(at("08:00")), epoch(at("09:00")))
    # 13,000 - 1,000
    assert (cdr.meter_start, cdr.meter_stop, cdr.energy) == (1000, 13000, 12000)
    expected = ((epoch(at("08:00")), 1000), (epoch(at("08:30")), 7000), (epoch(at("09:00")), 13000))
    assert cdr.readings == expected
    assert (cdr.evse, cdr.connector, cdr.token.uid, cdr.stop_reason) == (1, 1, "TAG", "Local")
    assert cdr.flags == () and cdr.raw == "journal:1-3"


def test_plain_2x_session_takes_times_from_charging_states():
    cdr = Log("2.0.1").events(*plain_2x()).assemble()
    # Charging 08:00-08:50 = 3,000 s, SuspendedEV until 09:00 = 600 s
    assert (cdr.energy, cdr.charging_seconds, cdr.idle_seconds) == (12000, 3000, 600)
    assert cdr.id == "CP-1:1:20261003T080000Z:TX1" and cdr.flags == ()
    assert cdr.token.type == "ISO14443"


def test_open_session_is_pending():
    assert isinstance(Log().start().assemble(), Pending)
    assert isinstance(Log("2.0.1").events(*plain_2x()[:3]).assemble(), Pending)


def test_offline_start_and_stop_replayed_within_milliseconds_with_past_timestamps():
    cdr = Log().start(arrived="2026-10-20T10:00:00Z").stop(arrived="2026-10-20T10:00:00Z").assemble()
    assert (cdr.start, cdr.stop, cdr.flags) == (epoch(at("08:00")), epoch(at("09:00")), ())


def test_meter_values_without_transaction_id_while_the_start_is_queued():
    log = Log().meter(None, register(5000, at("08:20")), arrived=at("08:20"))
    cdr = log.start(arrived=at("08:25")).stop(arrived=at("09:00")).assemble()
    assert (epoch(at("08:20")), 5000) in cdr.readings


def test_meter_values_without_transaction_id_that_are_another_register_are_left_out():
    # Per-session registers in the transaction, the lifetime register without one: 918,000 lies outside 0..12,000.
    log = Log().meter(None, register(918_000, at("08:20")))
    cdr = log.start(meter=0).meter(1, register(6000, at("08:30"))).stop(meter=12000).assemble()
    assert cdr.energy == 12000 and all(wh <= 12000 for _time, wh in cdr.readings)


def test_retried_start_and_stop_change_nothing():
    plain = plain_16().assemble()
    log = Log().start().start().meter(1, register(7000, at("08:30"))).stop().stop()
    again = log.assemble()
    assert plain.item() | {"raw": ""} == again.item() | {"raw": ""}


@pytest.mark.parametrize("transaction", [-1, 0, 999, "abc"])
def test_stop_with_an_id_that_was_never_issued_is_matched_by_token_time_and_meter(transaction):
    start, other = Log().start(), Log().start(connector=2, token="OTHER", meter=50)
    stop = Log().stop(transaction, idTag="TAG")
    key = match_stop(stop.messages, {"t:1": start.messages, "t:2": other.messages})
    assert key == "t:1"
    cdr = start.stop(transaction, idTag="TAG").assemble()
    assert cdr.energy == 12000 and cdr.flags == ("stop_matched",)


def test_stop_that_could_belong_to_two_sessions_is_not_guessed():
    start, other = Log().start(), Log().start(connector=2)
    assert match_stop(Log().stop(-1).messages, {"t:1": start.messages, "t:2": other.messages}) is None


def test_stop_below_the_start_register_or_before_it_does_not_match():
    assert match_stop(Log().stop(-1, meter=10).messages, {"t:1": Log().start().messages}) is None
    assert match_stop(Log().stop(-1, stamp=at("07:00")).messages, {"t:1": Log().start().messages}) is None


def test_stop_with_no_start_ever_is_quarantined_with_its_raw_text():
    log = Log().stop(999)
    assert log.assemble() == Pending("StopTransaction without StartTransaction", settle=True)
    result = log.assemble(final=True)
    assert isinstance(result, Quarantine) and "never issued" in result.reason
    assert '"transactionId": 999' in result.raw[0]["raw"]


def test_start_after_start_closes_the_earlier_one_at_its_last_known_reading():
    log = Log().start().meter(1, register(4000, at("08:20")))
    cdr = log.assemble(final=True)
    # last known: 4,000 Wh at 08:20; 4,000 - 1,000
    assert (cdr.energy, cdr.stop, cdr.flags) == (3000, epoch(at("08:20")), ("meter_stop_missing", "unclosed"))
    assert cdr.stop_reason is None


def test_unclosed_session_goes_on_with_loose_readings_until_the_next_one_starts():
    log = Log().start().meter(None, register(4000, at("08:20"))).meter(None, register(9000, at("10:20")))
    cdr = log.assemble(final=True, before=epoch(at("10:00")))
    assert (cdr.energy, cdr.stop) == (3000, epoch(at("08:20")))


# --- 2.x -------------------------------------------------------------------------------------------------------


def test_ended_offline_is_taken_and_flagged():
    *head, end = plain_2x()
    cdr = Log("2.0.1").events(*head, end | {"offline": True}).assemble()
    assert cdr.energy == 12000 and cdr.flags == ("offline",)


def test_ended_without_evse_and_without_meter_value_uses_what_came_before():
    *head, _end = plain_2x()
    cdr = Log("2.1").events(*head, event("Ended", 3, at("09:00"), evse=None)).assemble()
    assert (cdr.energy, cdr.evse, cdr.stop) == (12000, 1, epoch(at("09:00")))
    assert cdr.flags == ("meter_stop_missing",)


def test_every_event_with_sequence_number_zero():
    cdr = Log("2.0.1").events(*(payload | {"seqNo": 0} for payload in plain_2x())).assemble()
    assert cdr.energy == 12000 and cdr.flags == ("seq_repeated",)


def test_gaps_in_the_sequence_wait_and_are_then_legitimate():
    start, first, _dropped, end = plain_2x()
    log = Log("2.0.1").events(start, first, end)
    assert log.assemble() == Pending("sequence numbers are missing", settle=True)
    cdr = log.assemble(final=True)
    assert cdr.energy == 12000 and cdr.flags == ("seq_gap",)


def test_late_updated_fills_the_gap_and_does_not_reopen():
    start, first, second, end = plain_2x()
    cdr = Log("2.0.1").events(start, first, end, second).assemble()
    assert cdr.energy == 12000 and cdr.flags == ()


def test_updated_dated_after_the_end_is_flagged_and_adds_nothing():
    late = event("Updated", 4, at("09:30"), 15000, "Charging")
    cdr = Log("2.0.1").events(*plain_2x(), late).assemble()
    assert (cdr.energy, cdr.stop) == (12000, epoch(at("09:00")))
    assert "late_update" in cdr.flags


def test_queued_ended_is_used_when_an_updated_came_last():
    *head, end = plain_2x()
    cdr = Log("2.0.1").events(end, *head).assemble()
    assert cdr.energy == 12000 and cdr.flags == ()


def test_session_without_started_uses_its_earliest_event():
    log = Log("2.0.1").events(*plain_2x()[1:])
    assert isinstance(log.assemble(), Pending)
    cdr = log.assemble(final=True)
    # first reading 7,000 at 08:30
    assert (cdr.energy, cdr.start) == (6000, epoch(at("08:30"))) and "no_start" in cdr.flags


def test_token_that_only_stopped_does_not_replace_the_one_that_started():
    *head, end = plain_2x()
    cdr = Log("2.0.1").events(*head, end | {"idToken": {"idToken": "OTHER", "type": "ISO14443"}}).assemble()
    assert cdr.token.uid == "TAG"


def test_remote_start_is_the_authorization_reference():
    start, *rest = plain_2x()
    start["transactionInfo"]["remoteStartId"] = 42
    assert Log("2.1").events(start, *rest).assemble().auth == "remote:42"


def test_plugged_in_without_charging_and_without_readings_is_a_session_of_zero():
    log = Log("2.0.1").events(event("Started", 0, at("08:00")), event("Ended", 1, at("08:05")))
    cdr = log.assemble()
    assert (cdr.energy, cdr.meter_start) == (0, None) and "no_meter_values" in cdr.flags


def test_charged_without_any_reading_goes_to_a_person():
    log = Log("2.0.1").events(event("Started", 0, at("08:00"), state="Charging"), event("Ended", 1, at("09:00")))
    assert "energy is unknown" in log.assemble().reason


# --- meters ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "unit"),
    [("7000", "Wh"), ("7000", None), ("7", "kWh"), ("7.000", "kWh"), ("7,0", "KWH"), ("7000.0", "wh"), (" 7000 ", "")],
)
def test_units_and_dresses_of_a_register(value, unit):
    cdr = Log().start().meter(1, register(value, at("08:30"), unit)).stop().assemble()
    assert cdr.readings[1] == (epoch(at("08:30")), 7000)


def test_meter_stop_as_float_and_string():
    assert Log().start(meter="1000").stop(meter=13000.4).assemble().energy == 12000


def test_unit_that_is_no_energy_is_ignored_and_flagged():
    cdr = Log().start().meter(1, register(7000, at("08:30"), "varh")).stop().assemble()
    assert len(cdr.readings) == 2 and cdr.flags == ("unit_unknown",)


def test_multiplier_of_2x():
    start, *rest = plain_2x()
    start["meterValue"][0]["sampledValue"][0] |= {"value": 1, "unitOfMeasure": {"unit": "Wh", "multiplier": 3}}
    assert Log("2.0.1").events(start, *rest).assemble().meter_start == 1000


def phases(stamp: str, *values: tuple) -> dict:
    samples = [{"value": str(wh), "unit": "Wh"} | ({"phase": phase} if phase else {}) for phase, wh in values]
    return {"timestamp": stamp, "sampledValue": samples}


def test_sum_is_preferred_to_phases():
    value = phases(at("08:30"), ("L1", 2000), ("L2", 2000), ("L3", 3001), (None, 7000))
    assert Log().start().meter(1, value).stop().assemble().readings[1][1] == 7000


def test_phases_alone_are_added_up():
    # 2,000 + 2,000 + 3,000
    value = phases(at("08:30"), ("L1", 2000), ("L2-N", 2000), ("L3", 3000))
    assert Log().start().meter(1, value).stop().assemble().readings[1][1] == 7000


def test_clock_aligned_samples_count_where_they_fit_the_curve():
    fits = register(5000, at("08:15"), context="Sample.Clock")
    foreign = register(910_000, at("08:45"), context="Sample.Clock")
    cdr = Log().start().meter(1, register(7000, at("08:30")), fits, foreign).stop().assemble()
    assert [wh for _time, wh in cdr.readings] == [1000, 5000, 7000, 13000] and cdr.flags == ()


def test_interval_measurands_and_other_places_are_never_mixed_in():
    interval = {"timestamp": at("08:30"), "sampledValue": [
        {"value": "900", "measurand": "Energy.Active.Import.Interval"},
        {"value": "50", "measurand": "Frequency", "unit": "Hz"},
        {"value": "99999", "location": "Inlet"},
    ]}  # fmt: skip
    assert len(Log().start().meter(1, interval).stop().assemble().readings) == 2


def test_signed_values_are_kept_beside_the_raw_ones():
    signed = {"timestamp": at("09:00"), "sampledValue": [
        {"value": "OCMF|{\"RD\":[]}|{\"SD\":\"30\"}", "format": "SignedData", "context": "Transaction.End"},
        {"value": "13000", "context": "Transaction.End"},
    ]}  # fmt: skip
    cdr = Log().start().stop(transactionData=[signed]).assemble()
    assert cdr.energy == 12000
    assert cdr.item()["signed"] == [{"signedMeterData": 'OCMF|{"RD":[]}|{"SD":"30"}'}]


def test_signed_values_of_2x():
    *head, end = plain_2x()
    data = {"signedMeterData": "T0NNRg==", "signingMethod": "", "encodingMethod": "OCMF", "publicKey": "04"}
    end["meterValue"][0]["sampledValue"][0]["signedMeterValue"] = data
    cdr = Log("2.0.1").events(*head, end).assemble()
    assert cdr.energy == 12000 and cdr.signed == (data,)


def test_begin_of_zero_on_a_lifetime_meter_takes_the_first_sample():
    # Seen: 910 kWh billed for 0.083. 400 kW for 5 + 2 minutes are at most 46.7 + 1 kWh, 910 are not possible.
    log = Log().start(meter=0).meter(1, register(910_000, at("08:05"))).stop(meter=910_083)
    cdr = log.assemble()
    assert (cdr.meter_start, cdr.energy, cdr.flags) == (910_000, 83, ("meter_start_replaced",))


def test_begin_of_zero_without_samples_is_not_believed_beyond_power_times_duration():
    result = Log().start(meter=0).stop(meter=910_083).assemble()
    assert isinstance(result, Quarantine) and "400 kW" in result.reason and "begin value" in result.reason


def test_begin_of_zero_on_a_session_meter_is_believed():
    cdr = Log().start(meter=0).meter(1, register(6000, at("08:30"))).stop(meter=12000).assemble()
    assert (cdr.meter_start, cdr.energy, cdr.flags) == (0, 12000, ())


def test_energy_beyond_the_power_of_this_station_goes_to_a_person():
    result = plain_16().assemble(rules=Rules(max_power_kw=3.7))
    assert isinstance(result, Quarantine) and "3.7 kW" in result.reason


def test_missing_begin_value_uses_the_first_reading():
    cdr = Log().add("StartTransaction", {"connectorId": 1, "idTag": "TAG", "timestamp": at("08:00")})
    cdr = cdr.meter(1, register(7000, at("08:30"))).stop().assemble()
    assert (cdr.meter_start, cdr.energy, cdr.flags) == (7000, 6000, ("meter_start_missing",))


def test_register_that_falls_is_clamped_and_flagged():
    cdr = Log().start().meter(1, register(9000, at("08:20")), register(2000, at("08:40"))).stop().assemble()
    assert [wh for _time, wh in cdr.readings] == [1000, 9000, 9000, 13000]
    assert cdr.energy == 12000 and cdr.flags == ("register_fell",)


def test_meter_that_was_reset_never_gives_negative_energy():
    cdr = Log().start(meter=13000).stop(meter=300).assemble()
    assert (cdr.energy, cdr.flags) == (0, ("register_fell",))


def test_stop_register_of_zero_while_samples_rose_takes_the_last_sample():
    cdr = Log().start().meter(1, register(7000, at("08:30"))).stop(meter=0).assemble()
    assert (cdr.energy, cdr.flags) == (6000, ("meter_stop_replaced",))


def test_idle_time_from_energy_flow():
    # 1.6 has no charging state: flow until 08:50, none until 09:00
    cdr = Log().start().meter(1, register(13000, at("08:50"))).stop().assemble()
    assert (cdr.charging_seconds, cdr.idle_seconds) == (3000, 600)
    assert (Log().start().stop().assemble()).charging_seconds is None


# --- clocks ----------------------------------------------------------------------------------------------------


def shifted(stamp: str, hours: float) -> str:
    """The station's clock is that many hours ahead."""
    from ocpp_bridge.clock import iso

    return iso(epoch(stamp) + hours * 3600)


@pytest.mark.parametrize("hours", [2, 24 * 365 * 73, -24 * 365 * 56])  # fast, 2099, 1970
def test_clock_that_is_wrong_throughout_keeps_durations_and_is_billed_by_arrival(hours):
    log = Log().start(arrived=at("08:00"), stamp=shifted(at("08:00"), hours))
    log.meter(1, register(7000, shifted(at("08:30"), hours)), arrived=at("08:30"))
    cdr = log.stop(arrived=at("09:00"), stamp=shifted(at("09:00"), hours)).assemble()
    assert (cdr.start, cdr.stop) == (epoch(at("08:00")), epoch(at("09:00")))
    assert cdr.readings[1] == (epoch(at("08:30")), 7000)
    assert cdr.flags == ("clock_implausible",)


def test_fast_clock_with_a_queued_start():
    # 2 h fast; the start of 08:00 was queued and arrives at 11:00 as "10:00", which alone looks sound.
    log = Log().start(arrived=at("11:00"), stamp=at("10:00"))
    cdr = log.stop(arrived=at("11:30"), stamp=at("13:30")).assemble()
    # the stop is prompt: 11:30 true, so 2 h fast; the start was 08:00
    assert (cdr.start, cdr.stop) == (epoch(at("08:00")), epoch(at("11:30")))


def test_clock_that_was_set_right_during_the_session():
    log = Log().start(arrived=at("08:00"), stamp="1970-01-01T00:00:10Z").stop(arrived=at("09:00"))
    cdr = log.assemble()
    assert (cdr.start, cdr.stop, cdr.flags) == (epoch(at("08:00")), epoch(at("09:00")), ("clock_implausible",))


def test_time_without_zone_is_read_as_utc_and_flagged():
    cdr = Log().start(stamp=f"{DAY}08:00:00").stop(stamp=f"{DAY}09:00:00.123").assemble()
    assert (cdr.start, cdr.stop, cdr.flags) == (epoch(at("08:00")), epoch(at("09:00")), ("time_naive",))


@pytest.mark.parametrize("stamp", ["garbage", "", None, 17, "9999-99-99T00:00:00Z", "0001-01-01T00:00:00+23:59"])
def test_time_that_cannot_be_read_is_replaced_by_arrival(stamp):
    cdr = Log().start(arrived=at("08:00"), stamp=stamp).stop(arrived=at("09:00")).assemble()
    assert (cdr.start, cdr.stop) == (epoch(at("08:00")), epoch(at("09:00")))
    assert cdr.flags == ("time_unreadable",)


def test_stop_before_start_never_gives_a_negative_duration():
    cdr = Log().start(stamp=at("10:00")).stop(stamp=at("09:59"), meter=1100).assemble()
    assert cdr.stop >= cdr.start and "stop_before_start" in cdr.flags


# --- shape -----------------------------------------------------------------------------------------------------


def test_external_id_does_not_depend_on_message_ids_arrival_or_allocated_number():
    first, second = plain_16().assemble(), Log()
    second._starts["earlier"] = 1  # this journal has given out a number before
    second.start(arrived="2026-11-01T00:00:00Z").stop(2)
    assert first.id == second.assemble().id


@pytest.mark.parametrize("transaction", ["x" * 5000, "a\x00b", "\ud800"])
def test_external_id_stays_short_and_printable_whatever_the_transaction_is_called(transaction):
    log = Log("2.0.1").events(*(event("Ended", 0, at("09:00"), 5, tx=transaction),))
    name = log.assemble(final=True).id
    assert len(name) < 200 and name.isprintable()


def test_message_that_names_no_transaction_goes_to_a_person():
    log = Log("2.0.1").add("TransactionEvent", {"eventType": "Ended"})
    assert isinstance(log.assemble(), Quarantine)
    assert isinstance(Log().add("StopTransaction", "not an object").assemble(), Quarantine)


def test_extra_fields_and_odd_types_do_not_throw_billing_data_away():
    log = Log().start(vendorThing={"a": [1]}, idTag=12345).meter(1, register("NaN", at("08:30")))
    cdr = log.stop(meter="13000", reason=None).assemble()
    assert cdr.energy == 12000 and cdr.token.uid == "12345"


def test_no_authorization_has_no_token():
    start, *rest = plain_2x()
    start["idToken"] = {"idToken": "", "type": "NoAuthorization"}
    assert Log("2.0.1").events(start, *rest).assemble().token is None
    assert TOKEN["idToken"] == "TAG"
