"""What a station can deliver: by its setting, by Odoo's directory, else by default; and the odometers that find out."""

import json

import pytest
from helpers import PASSWORD_HASH, Log, at, eventually, meter_16, register, start_16, station, stop_16
from test_assembly import Box

from ocpp_bridge.assembly.loading import rules_for
from ocpp_bridge.cdr import Quarantine, Rules
from ocpp_bridge.cli import main
from ocpp_bridge.journal import open_reader
from ocpp_bridge.server.directory import Directory
from ocpp_bridge.settings import StationSetting

AC = Rules(max_power_kw=22 * 1.1)


def entry(identity: str, power) -> dict:
    return {"identity": identity, "password_hash": PASSWORD_HASH, "enabled": True, "max_power_kw": power}


def test_setting_of_the_station_then_odoo_plus_tolerance_then_default(settings):
    own = (StationSetting("OWN", max_power_kw=50), StationSetting("BARE"))
    values = settings(stations=own)
    directory = Directory(values)
    names = (("OWN", 300), ("BARE", 11), ("AC", 22.0), ("TEXT", "22"), ("ZERO", 0), ("NONE", None), ("ODD", "x"))
    directory.replace({"etag": "1", "stations": [entry(*name) for name in names], "tokens": []})
    powers = {name: rules_for(values, name, directory.max_power_kw).max_power_kw for name, _power in names}
    # 11 x 1.1 and 22 x 1.1
    assert powers == {"OWN": 50, "BARE": 12.1, "AC": 24.2, "TEXT": 24.2, "ZERO": 400, "NONE": 400, "ODD": 400}
    assert rules_for(values, "NOBODY", directory.max_power_kw).max_power_kw == 400


@pytest.mark.parametrize(("meter", "flag"), [(0, "meter_start_replaced"), (None, "meter_start_missing")])
def test_first_sample_far_above_what_can_have_flowed_is_a_lifetime_meter(meter, flag):
    # In 15 minutes 24.2 kW are at most 24.2 x (900 + 120) / 3600 + 1 = 7.9 kWh, 81 are not possible: 83,000 - 81,000.
    log = Log().start(meter=meter).meter(1, register(81_000, at("08:15"))).stop(stamp=at("08:30"), meter=83_000)
    cdr = log.assemble(rules=AC)
    assert (cdr.meter_start, cdr.energy, cdr.flags) == (81_000, 2000, (flag,))


def test_lifetime_register_as_a_session_of_three_hours_is_never_a_clean_cdr():
    result = Log().start(meter=0).stop(stamp=at("11:00"), meter=910_000).assemble(rules=AC)
    assert isinstance(result, Quarantine) and "910000 Wh in 10800 s" in result.reason


def test_full_power_at_high_voltage_for_ten_hours_is_believed():
    # 3 x 32 A x 240 V = 23.04 kW
    assert Log().start().stop(stamp=at("18:00"), meter=231_400).assemble(rules=AC).energy == 230_400


async def test_power_known_only_from_odoo_counts_also_after_a_restart_without_it_and_in_a_replay(
    bridge, settings, odoo, capsys
):
    odoo.directory = {"etag": "7", "stations": [entry("CP-9", 22)], "tokens": []}
    box: list[Box] = []
    for number in range(2):
        async with bridge(**odoo.settings) as running:
            await eventually(lambda running=running: running.directory.etag == "7")
            box.append(Box(settings().journal))
            async with station(running.port, "CP-9") as cp:
                start = start_16(meter=0, connector=number + 1)
                transaction = (await cp.call("StartTransaction", start))["transactionId"]
                reading = register(81_000, at("08:15"))
                await cp.call("MeterValues", meter_16(transaction, reading, connector=number + 1))
                await cp.call("StopTransaction", stop_16(transaction, at("08:30"), 83_000))
            await eventually(lambda number=number: len(box[0].items()) == number + 1)
        odoo.down = True
    assert [item["energy"] for item in box[0].items()] == [2000, 2000]
    rules = open_reader(settings().journal).execute("SELECT rules FROM outbox").fetchone()[0]
    assert json.loads(rules)["max_power_kw"] == 24.2
    assert main(["replay", "--journal", settings().journal]) == 0
    assert capsys.readouterr().out.count('"identical": true') == 2
