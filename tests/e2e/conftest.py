"""Real processes on free ports: Odoo on a clone of the template, the bridge, simulated stations, a browser."""

import os
from contextlib import contextmanager
from datetime import date

import pytest
from screens import browser, visit  # noqa: F401 - for the tests that ask for a browser

from demo.odoo_client import OdooClient
from demo.scenario import OPERATOR, OWN_IBAN
from devtools.bridge_server import BridgeServer, Fleet
from devtools.demo import seed
from devtools.mock_bank import MockBank
from devtools.odoo_server import OdooServer
from devtools.postgres import Postgres
from devtools.progress import Progress
from devtools.settings import Settings
from devtools.template import clone_database, drop_database

DATABASE = "ev_test_e2e"
# A month with a 25-hour day (25 October), far enough back whenever the test runs.
MONTH = date(2026, 10, 1) if date.today() > date(2026, 11, 2) else date(2025, 10, 1)


@pytest.fixture(scope="session")
def settings():
    return Settings()


@pytest.fixture(scope="session")
def postgres(settings):
    return Postgres(settings, Progress(settings.runtime / "logs" / "e2e.log"))


class Stack:
    """The whole system on one database; its parts can be killed and started at will."""

    def __init__(self, settings, postgres, folder, database):
        self.settings = settings
        self.database = database
        self.odoo = OdooServer(settings, postgres, database, ("test-odoo", "test-gevent"))
        api_key = seed(self.odoo)
        # Small batches, so that a push can be interrupted in its middle.
        self.bridge = BridgeServer(
            settings, folder / "bridge", settings.port("test-bridge"), self.odoo.url, database, api_key, push_batch=7
        )
        self.folder = folder

    def fleet(self, name):
        return Fleet(self.settings, self.bridge, self.folder / name)

    def client(self, login):
        return OdooClient(self.odoo.url, self.database, login, f"demo-{login}")

    def stop(self):
        self.bridge.stop()
        self.odoo.stop()


@contextmanager
def make_stack(settings, postgres, folder, database):
    clone_database(settings, postgres, os.environ["EV_TEMPLATE"], database)
    stack = Stack(settings, postgres, folder, database)
    try:
        yield stack
    finally:
        stack.stop()
        drop_database(settings, postgres, database)


@pytest.fixture
def stack(settings, postgres, tmp_path):
    """Return a stack with nothing running yet."""
    with make_stack(settings, postgres, tmp_path, DATABASE) as stack:
        yield stack


@pytest.fixture
def bank(settings):
    """A bank that is not ours, with our account."""
    bank = MockBank(settings, "test-bank")
    try:
        bank.start()
        bank.open_account("OURS", OWN_IBAN, OPERATOR)
        yield bank
    finally:
        bank.stop()
