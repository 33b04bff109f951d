"""Upgrades keep data: a database as an earlier version landed it, with a closed and an open month, is lifted to today's."""

import json
import os
import subprocess
from pathlib import Path

import psycopg2
import pytest
from conftest import DATABASE

from devtools.demo import seed
from devtools.odoo_server import OdooServer
from devtools.template import clone_database, drop_database

LANDED = Path(__file__).parent / "landed"


@pytest.fixture
def odoo(settings, postgres):
    """Return an Odoo on a database of its own; nothing runs on it."""
    database = f"{DATABASE}_upgrade"
    clone_database(settings, postgres, os.environ["EV_TEMPLATE"], database)
    odoo = OdooServer(settings, postgres, database, ("test-odoo", "test-gevent"))
    seed(odoo)
    yield odoo
    drop_database(settings, postgres, database)


def run(odoo, *command):
    done = subprocess.run(
        [str(odoo.settings.python), *command, *odoo.options()],
        env=odoo.env,
        cwd=odoo.settings.root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "ERROR" not in done.stderr, done.stderr[-3000:]
    return done.stdout


def month(odoo, step):
    return json.loads(run(odoo, "-m", "tests.e2e.landed.month", step).splitlines()[-1])


def test_from_19_0_1_with_a_closed_and_an_open_month(odoo, postgres):
    before = month(odoo, "make")
    assert [row[2] for row in before[0]] == ["documented"]
    server = postgres.database
    connection = psycopg2.connect(
        host=server.host,
        port=server.port,
        user=server.user,
        dbname=odoo.database,
        password=server.env.get("PGPASSWORD"),
    )
    with connection, connection.cursor() as cr:
        cr.execute((LANDED / "ev_billing_19_0_1.sql").read_text())
    connection.close()

    run(odoo, "-m", "odoo", "-u", "ev_billing", "--stop-after-init", "--no-http")

    assert month(odoo, "read") == before
    after = month(odoo, "close")
    assert set(after["states"]) == {"documented"}
    assert after["kinds"] == ["usage"]
    assert after["unequal"] == []
    assert after["price_kinds"] == ["fixed"]
    # what the eMSP pays per kWh was a sale all along; its product is still the one it had
    assert after["sales"] == ["Roaming"]
