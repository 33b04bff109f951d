from contextlib import closing

import psycopg2

from odoo import SUPERUSER_ID, api, sql_db
from odoo.exceptions import UserError
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import mute_logger


@tagged("post_install", "-at_install")
class TestConcurrency(BaseCase):
    """Two computations of one contract at once, on real connections: what is committed is never double.

    No sessions here: a stored session cannot be deleted again, and these rows are really committed. Fees per charger do.
    """

    def setUp(self):
        super().setUp()
        self.ids = self.commit(self._make)
        self.addCleanup(self.commit, self._remove)

    def open(self):
        return closing(sql_db.db_connect(get_db_name()).cursor())

    def commit(self, work, *args):
        with self.open() as cursor:
            result = work(api.Environment(cursor, SUPERUSER_ID, {}), *args)
            cursor.commit()
            return result

    def _make(self, env):
        partner = env["res.partner"].create(
            {"name": "Concurrency Host", "is_company": True, "email": "concurrency@host.example"}
        )
        site = env["ev.site"].create(
            {
                "name": "Concurrency Site",
                "tz": "Europe/Paris",
                "host_ids": [(0, 0, {"partner_id": partner.id, "date_from": "2020-01-01"})],
            }
        )
        station = env["ev.station"].create(
            {
                "identity": "CONCURRENCY-1",
                "site_id": site.id,
                "date_commissioned": "2020-01-01",
                "evse_ids": [(0, 0, {"number": 1, "power_type": "ac"})],
            }
        )
        contract = env["ev.contract"].create(
            {
                "partner_id": partner.id,
                "date_start": "2020-01-01",
                "term_ids": [
                    (
                        0,
                        0,
                        {
                            "name": "Fee",
                            "direction": "charge",
                            "basis": "charger_month",
                            "version_ids": [(0, 0, {"date_from": "2020-01-01", "price": 15})],
                        },
                    )
                ],
            }
        )
        contract.action_activate()
        return {"ev.contract": contract.id, "ev.station": station.id, "ev.site": site.id, "res.partner": partner.id}

    def _remove(self, env):
        contract = env["ev.contract"].browse(self.ids["ev.contract"])
        contract.statement_ids.unlink()
        for model, id_ in self.ids.items():
            env[model].browse(id_).unlink()

    def _prepare(self, env):
        contract = env["ev.contract"].browse(self.ids["ev.contract"])
        return env["ev.statement"]._prepare_month(contract.company_id, 2026, 3, contract).ids

    def _count(self, env):
        contract = env["ev.contract"].browse(self.ids["ev.contract"])
        return len(contract.statement_ids), contract.statement_ids.charge_ids.mapped("amount")

    def test_the_second_computation_is_refused_while_the_first_runs(self):
        self.commit(self._prepare)
        with self.open() as first:
            env = api.Environment(first, SUPERUSER_ID, {})
            self._prepare(env)  # holds the contract until its transaction ends
            with self.assertRaisesRegex(UserError, "try again in a moment"):
                self.commit(self._prepare)
            first.rollback()
        self.commit(self._prepare)
        self.assertEqual(self.commit(self._count), (1, [15.0]))

    @mute_logger("odoo.sql_db")
    def test_a_computation_that_started_before_another_ended_cannot_double(self):
        with self.open() as late:
            env = api.Environment(late, SUPERUSER_ID, {})
            self.assertEqual(self._count(env), (0, []))  # its view of the world is taken here
            self.commit(self._prepare)
            # it does not see the other's statement: the database refuses a second one, or its stale update
            with self.assertRaises((psycopg2.OperationalError, psycopg2.IntegrityError)):
                self._prepare(env)
            late.rollback()
        self.assertEqual(self.commit(self._count), (1, [15.0]))

    @mute_logger("odoo.sql_db")
    def test_a_stale_recomputation_is_sent_back_to_be_retried(self):
        self.commit(self._prepare)
        with self.open() as late:
            env = api.Environment(late, SUPERUSER_ID, {})
            self.assertEqual(self._count(env), (1, [15.0]))
            self.commit(self._prepare)
            # a serialization failure is what Odoo's HTTP layer retries on a fresh view
            with self.assertRaises(psycopg2.OperationalError):
                self._prepare(env)
            late.rollback()
        self.assertEqual(self.commit(self._count), (1, [15.0]))
