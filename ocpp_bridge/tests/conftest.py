"""Fixtures: a real bridge on a free port, and an Odoo that speaks the contract."""

from contextlib import asynccontextmanager

import pytest
from fake_odoo import FakeOdoo
from helpers import PASSWORD_HASH

from ocpp_bridge.server.app import Bridge
from ocpp_bridge.settings import Settings, StationSetting

STATIONS = tuple(StationSetting(f"CP-{number}", PASSWORD_HASH) for number in range(1, 4))


@pytest.fixture
def settings(tmp_path):
    """Settings for a bridge of this test; `settings(settle_seconds=5)`."""

    def make(**changes) -> Settings:
        values = {
            "host": "127.0.0.1", "port": 0, "journal": str(tmp_path / "bridge.sqlite"), "stations": STATIONS,
            "settle_seconds": 0.2, "push_interval": 0.05, "report_interval": 0.05, "push_backoff_max": 0.2,
            "odoo_timeout": 5.0,
        }  # fmt: skip
        return Settings(**{**values, **changes})

    return make


@pytest.fixture
def bridge(settings):
    """`async with bridge(port=0) as running:`"""

    @asynccontextmanager
    async def run(**changes):
        async with Bridge(settings(**changes)) as running:
            yield running

    return run


@pytest.fixture
def odoo():
    server = FakeOdoo()
    server.start()
    yield server
    server.stop()
