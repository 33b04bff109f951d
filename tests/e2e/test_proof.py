"""The proof: whole months, run by the jobs of a real Odoo, against the same months worked out by hand from the contract texts.

A leap year's February; a March with a night of 23 hours; a May whose noons have negative prices. And once more, killed at random
moments and started again: the summary is the same, byte for byte.
"""

import os
import random
import signal
import subprocess
import time
from contextlib import contextmanager
from datetime import date
from decimal import Decimal

import pytest
from conftest import DATABASE
from waiting import wait_until

from demo.odoo_client import OdooClient
from devtools.odoo_server import OdooServer
from devtools.template import clone_database, drop_database
from tests.e2e.proof.by_hand import ByHand
from tests.e2e.proof.world import World

SESSIONS = 20_000
MONTHS = {
    "leap February": date(2024, 2, 1),
    "a night of 23 hours": date(2026, 3, 1),
    "negative noons": date(2025, 5, 1),
}
KILLED = date(2026, 3, 1)
KILLED_SESSIONS = 3_000
KILLS = 6


class Proof:
    """A database with the world of a month in it, and an Odoo that can be killed."""

    def __init__(self, settings, postgres, database, month, sessions):
        self.month, self.database = month, database
        self.world = World(month, sessions)
        self.odoo = OdooServer(settings, postgres, database, ("test-odoo", "test-gevent"))
        command = [str(settings.python), "-m", "tests.e2e.proof.seed", str(month), str(sessions), *self.odoo.options()]
        done = subprocess.run(
            command, env=self.odoo.env, cwd=settings.root, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[-3000:]

    def start(self):
        self.odoo.start()
        self.client = OdooClient(self.odoo.url, self.database, "admin", "proof")

    def begin(self):
        """Start the run, or go on with it, as the cron does."""
        return self.client.call("ev.run", "start", 1, self.month.year, self.month.month)

    def close(self, seconds):
        run = self.begin()
        wait_until(lambda: self.read_run(run)["state"] == "closed", f"the run to close: {self.stopped()}", seconds)
        return run

    def read_run(self, run):
        return self.client.call("ev.run", "read", [run], ["state", "summary_hash"])[0]

    def stopped(self):
        items = self.client.search_read(
            "ev.run.contract", [("message", "!=", False)], ["contract_id", "message"], limit=3
        )
        findings = self.client.search_read(
            "ev.finding", [("blocking", "=", True), ("state", "=", "open")], ["name"], limit=3
        )
        return items, findings


@contextmanager
def make_proof(settings, postgres, month, sessions, name="proof"):
    database = f"{DATABASE}_{name}"
    clone_database(settings, postgres, os.environ["EV_TEMPLATE"], database)
    proof = None
    try:
        proof = Proof(settings, postgres, database, month, sessions)
        yield proof
    finally:
        if proof:
            proof.odoo.stop()
        drop_database(settings, postgres, database)


@pytest.mark.parametrize("month", MONTHS.values(), ids=MONTHS)
def test_a_month_of_twenty_thousand_sessions_equals_the_hand_calculation(settings, postgres, month):
    with make_proof(settings, postgres, month, SESSIONS) as proof:
        assert len(proof.world.sessions) > 0.95 * SESSIONS
        proof.start()
        proof.close(seconds=400)
        expected = {
            partner: (want.sessions, want.wh, want.charge, want.credit)
            for partner, want in ByHand(proof.world).all().items()
        }
        fields = [
            "partner_id",
            "session_count",
            "energy_kwh",
            "total_charge",
            "total_credit",
            "document_ids",
            "contract_id",
        ]
        found, documents = {}, {}
        for row in proof.client.search_read("ev.statement", [], fields):
            partner = row["partner_id"][1]
            money = (Decimal(f"{row[name]:.2f}") for name in ("total_charge", "total_credit"))
            found[partner] = (row["session_count"], round(row["energy_kwh"] * 1000), *money)
            documents[partner] = read_documents(proof.client, row["document_ids"])
        assert found == expected
        kinds = {contract.partner: contract.credit_document for contract in proof.world.contracts}
        for partner, (_sessions, _wh, charge, credit) in expected.items():
            credited = {"self_bill": "in_invoice", "credit_note": "out_refund"}.get(kinds[partner])
            wanted = {"out_invoice": charge, credited: credit} if credited else {"out_invoice": charge}
            assert documents[partner] == {kind: amount for kind, amount in wanted.items() if amount}, partner


def read_documents(client, ids):
    """{kind: untaxed EUR} of posted documents."""
    rows = client.search_read(
        "account.move", [("id", "in", ids), ("state", "=", "posted")], ["move_type", "amount_untaxed"]
    )
    assert len(rows) == len(ids)
    return {row["move_type"]: Decimal(f"{row['amount_untaxed']:.2f}") for row in rows}


def test_killed_at_random_moments_the_run_ends_the_same_byte_for_byte(settings, postgres):
    summaries = []
    with make_proof(settings, postgres, KILLED, KILLED_SESSIONS) as proof:
        clone_database(settings, postgres, proof.database, f"{proof.database}_killed")
        proof.start()
        run = proof.close(seconds=240)
        summaries.append((proof.read_run(run)["summary_hash"], count_all(proof.client)))
        proof.odoo.stop()
        proof.database = proof.odoo.database = f"{proof.database}_killed"
        try:
            summaries.append(run_with_kills(proof))
        finally:
            proof.odoo.stop()
            drop_database(settings, postgres, proof.database)
            proof.database = f"{DATABASE}_proof"
    assert summaries[0] == summaries[1]
    assert summaries[0][1]["account.move"] > 30


def run_with_kills(proof):
    """The same month with Odoo killed KILLS times, each after a random while; the last time it may finish."""
    chance, killed = random.Random("six kills"), 0
    for _kill in range(KILLS):
        proof.start()
        run = proof.begin()
        deadline = time.monotonic() + chance.uniform(5, 16)
        while time.monotonic() < deadline and proof.read_run(run)["state"] != "closed":
            time.sleep(0.1)
        killed += proof.read_run(run)["state"] != "closed"
        proof.odoo.stop(signal.SIGKILL)
    assert killed >= 3, "it was over before it was killed: make the month larger"
    proof.start()
    run = proof.close(seconds=240)
    return proof.read_run(run)["summary_hash"], count_all(proof.client)


def count_all(client):
    """How much there is of everything a run makes: nothing is doubled, nothing missing."""
    models = ("ev.statement", "ev.statement.line", "ev.charge", "account.move", "ev.run.contract", "ev.run")
    counts = {model: client.call(model, "search_count", []) for model in models}
    files = [("res_model", "=", "ev.statement"), ("mimetype", "in", ("application/pdf", XLSX))]
    counts["files"] = client.call("ir.attachment", "search_count", files)
    mails = [("model", "=", "ev.statement"), ("message_type", "=", "comment")]
    return {**counts, "mails": client.call("mail.message", "search_count", mails)}


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
