"""An Odoo that forgot, and one that is told goodbye."""

import json
import time

from helpers import eventually, station

from ocpp_bridge.journal import open_reader
from ocpp_bridge.server.app import Bridge


def last(odoo, identity: str = "CP-1") -> dict:
    states = [entry for report in odoo.reports for entry in report["stations"] if entry["identity"] == identity]
    return states[-1] if states else {}


async def test_all_states_are_told_again_after_odoo_was_away(bridge, odoo):
    values = {**odoo.settings, "directory_interval": 0.05}
    async with bridge(**values) as running, station(running.port), station(running.port, "CP-2"):
        await eventually(lambda: odoo.reported() == {"CP-1", "CP-2"} and not running.registry.dirty)
        odoo.down = True
        await eventually(lambda: running.odoo.faults())
        odoo.reports.clear()  # restored from a backup
        odoo.down = False
        await eventually(lambda: odoo.reported() == {"CP-1", "CP-2"})
        assert last(odoo)["connected"] and last(odoo, "CP-2")["connected"]


async def test_all_states_are_told_after_a_restart_and_nobody_is_called_gone_too_early(bridge, settings, odoo):
    def kept() -> dict[str, bool]:
        rows = open_reader(settings().journal).execute("SELECT state FROM station")
        return {state["identity"]: state["connected"] for state in (json.loads(row[0]) for row in rows)}

    async with bridge(**odoo.settings) as running:
        async with station(running.port, "CP-2"):
            pass
        async with station(running.port):
            await eventually(lambda: kept() == {"CP-1": True, "CP-2": False})
            running.odoo.farewell = lambda: _nothing()  # as by kill -9
    odoo.reports.clear()
    async with bridge(**odoo.settings) as running:
        await eventually(lambda: "CP-2" in odoo.reported())
        assert "CP-1" not in odoo.reported()  # it was connected, and has time to come back
        async with station(running.port):
            await eventually(lambda: last(odoo).get("connected"))


async def _nothing() -> None:
    """Instead of a farewell."""


async def test_last_report_at_the_end_says_that_stations_are_disconnected(settings, odoo):
    running = Bridge(settings(**odoo.settings))
    await running.__aenter__()
    async with station(running.port):
        await eventually(lambda: last(odoo).get("connected"))
        await running.__aexit__(None, None, None)
        assert last(odoo)["connected"] is False


async def test_end_does_not_wait_for_an_odoo_that_is_away(bridge, odoo):
    async with bridge(**odoo.settings) as running, station(running.port):
        await eventually(lambda: last(odoo).get("connected"))
        odoo.down = True
        began = time.monotonic()
    assert time.monotonic() - began < 6
