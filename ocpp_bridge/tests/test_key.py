"""An API key that is not there yet, or is replaced, is no reason to send chargers away."""

import json
import os

import pytest
from fake_odoo import KEY
from helpers import eventually, station
from test_odoo import charge

from ocpp_bridge.settings import load_settings


@pytest.mark.parametrize("transport", ["xmlrpc", "json2"])
async def test_empty_key_file_serves_chargers_and_is_read_again_when_it_changes(
    bridge, odoo, tmp_path, caplog, transport
):
    path = tmp_path / "key"
    path.write_text("\n")
    values = {**odoo.settings, "odoo_transport": transport, "odoo_api_key": "", "odoo_api_key_file": str(path)}
    async with bridge(**values, directory_interval=0.05) as running:
        async with station(running.port, ocpp="2.0.1") as cp:
            (id_,) = await charge(cp)
        await eventually(lambda: any("push: no API key yet" in fault for fault in running.odoo.faults()))
        assert json.loads(running._health()[2])["status"] == "degraded" and not odoo.stored
        assert any("no API key yet" in record.reason for record in caplog.records if hasattr(record, "reason"))
        path.write_text(f"{KEY}\n")
        await eventually(lambda: id_ in odoo.stored)
        await eventually(lambda: not running.odoo.faults())
        path.write_text("wrong")
        await eventually(lambda: any("directory" in fault for fault in running.odoo.faults()))
        replacement = tmp_path / "new"  # as a secret is replaced: whole, by a new name
        replacement.write_text(KEY)
        os.replace(replacement, path)
        await eventually(lambda: not running.odoo.faults())


async def test_no_key_at_all_says_what_to_set(bridge, odoo):
    async with bridge(**{**odoo.settings, "odoo_api_key": ""}) as running:
        await eventually(lambda: any("set odoo_api_key or odoo_api_key_file" in text for text in running.odoo.faults()))
    assert not odoo.stored and not odoo.reports, "nothing was tried without a key"


def test_settings_keep_the_path_of_the_key(tmp_path):
    path = tmp_path / "key"
    path.write_text("")
    variables = {"OCPP_BRIDGE_ODOO_API_KEY_FILE": str(path), "OCPP_BRIDGE_ODOO_URL": "http://x"}
    settings = load_settings(None, variables | {"OCPP_BRIDGE_ODOO_DATABASE": "d"})
    assert (settings.odoo_api_key, settings.odoo_api_key_file) == ("", str(path))
