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


def turn_back(odoo, postgres, *names):
    """Make the database what an earlier version had left behind."""
    server = postgres.database
    connection = psycopg2.connect(
        host=server.host,
        port=server.port,
        user=server.user,
        dbname=odoo.database,
        password=server.env.get("PGPASSWORD"),
    )
    with connection, connection.cursor() as cr:
        for name in names:
            cr.execute((LANDED / name).read_text())
    connection.close()


# The way back leads through every version between; and the sales the terms then have: what an eMSP pays per kWh was one all along
# for 19.0.1, which did not know the word, while 19.0.2 was told that it is none.
VERSIONS = {
    "19.0.1": (("ev_billing_19_0_2.sql", "ev_billing_19_0_1.sql"), ["Roaming"]),
    "19.0.2": (("ev_billing_19_0_2.sql",), []),
}


@pytest.mark.parametrize(("scripts", "sales"), VERSIONS.values(), ids=VERSIONS)
def test_with_a_closed_and_an_open_month(odoo, postgres, scripts, sales):
    before = month(odoo, "make")
    assert [row[2] for row in before[0]] == ["documented"]
    turn_back(odoo, postgres, *scripts)

    run(odoo, "-m", "odoo", "-u", "ev_billing", "--stop-after-init", "--no-http")

    assert month(odoo, "read") == before
    # both statements are in the run of their month; what was out before there were runs never goes out again
    assert month(odoo, "go_on") == {"steps": ["done", "review"], "run": ["open"], "jobs": ["_job_watch"], "sent": 0}
    after = month(odoo, "close")
    assert set(after["states"]) == {"documented"}
    assert after["kinds"] == ["usage"]
    assert after["unequal"] == []
    assert after["price_kinds"] == ["fixed"]
    assert after["sales"] == sales
