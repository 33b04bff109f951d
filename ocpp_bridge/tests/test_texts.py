"""Texts and numbers a station should not send: they cost that station its words, and nobody else anything."""

import asyncio
import json

from helpers import eventually, station

from ocpp_bridge.cli import main
from ocpp_bridge.server.handlers import CONNECTOR_LIMIT, _text


def test_text_is_what_a_database_takes():
    assert _text("A\x00B") == "AB" and _text("\ud800x\udfff") == "x" and _text("\x00") is None
    assert _text("é" * 300) == "é" * 255 and _text(7) == "7" and _text([]) is None


async def test_hostile_boot_and_status_texts_reach_odoo_clean(bridge, odoo):
    async with bridge(**odoo.settings) as running, station(running.port) as cp:
        await cp.raw('[2, "1", "BootNotification", {"chargePointVendor": "A\\u0000B", "chargePointModel": "\\ud800"}]')
        await cp.raw(
            '[2, "2", "StatusNotification", {"connectorId": 1, "errorCode": "\\u0000", "status": "O\\u0000k"}]'
        )
        await eventually(lambda: odoo.reports and odoo.reports[-1]["stations"][-1]["connectors"])
        report = odoo.reports[-1]["stations"][-1]
        assert (report["boot"]["vendor"], report["boot"]["model"]) == ("AB", None)
        assert (report["connectors"][0]["status"], report["connectors"][0]["error"]) == ("Ok", None)


async def test_invented_connectors_are_bounded_and_known_ones_go_on(bridge):
    async with bridge() as running, station(running.port) as cp:
        for number in (1, -5, 10**14, *range(2, 200)):
            payload = {"connectorId": number, "errorCode": "NoError", "status": "Available"}
            assert await cp.call("StatusNotification", payload) == {}
        await cp.call("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Charging"})
        connectors = running.registry.stations["CP-1"].connectors
        assert len(connectors) == CONNECTOR_LIMIT and connectors[1, 1]["status"] == "Charging"
        assert all(0 <= evse < 200 for evse, _connector in connectors)


async def test_one_station_odoo_faults_on_does_not_keep_back_the_others(bridge, odoo):
    odoo.bad_stations = {"CP-2"}
    async with bridge(**odoo.settings) as running:
        async with station(running.port, "CP-1"), station(running.port, "CP-2"), station(running.port, "CP-3"):
            await eventually(lambda: {"CP-1", "CP-3"} <= odoo.reported())
            await eventually(lambda: not running.odoo.faults())
            assert not running.registry.dirty and "CP-2" not in odoo.reported()
            odoo.bad_stations = set()
        await eventually(lambda: "CP-2" in odoo.reported())  # its next change is tried again


async def test_odoo_that_faults_on_every_report_is_ill_and_no_state_is_dropped(bridge, odoo):
    odoo.bad_stations = {"CP-1", "CP-2", ""}
    async with bridge(**odoo.settings) as running, station(running.port, "CP-1"), station(running.port, "CP-2"):
        await eventually(lambda: any("report" in fault for fault in running.odoo.faults()))
        await asyncio.sleep(0.3)
        assert not odoo.reported(), "nothing got through yet"
        odoo.bad_stations = set()
        await eventually(lambda: {"CP-1", "CP-2"} <= odoo.reported())


async def test_last_push_error_is_in_status(bridge, settings, odoo, capsys):
    from test_odoo import charge

    odoo.down = True
    async with bridge(**odoo.settings) as running:
        async with station(running.port, ocpp="2.0.1") as cp:
            await charge(cp)
        await eventually(lambda: any("push" in fault for fault in running.odoo.faults()))
        await asyncio.sleep(0.2)
        assert main(["status", "--journal", settings().journal, "--json"]) == 0
        report = json.loads(capsys.readouterr().out)
        assert "503" in report["last_push_error"] and report["last_push_error_at"]
