import psycopg2

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import EvBillingCommon


@tagged("post_install", "-at_install")
class TestGuard(EvBillingCommon):
    """What is approved stays: the ORM says why, the database refuses whoever asks."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls.make_contract(("credit", "kwh", "0.10"), ("charge", "charger_month", "15"))
        cls.cdr = cls.make_cdr("2026-03-01T08:00:00Z")
        cls.statement = cls.prepare(2026, 3, cls.contract)

    def refused(self, query, *params):
        """Run SQL that the database must refuse."""
        self.env.flush_all()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.IntegrityError) as caught,
            self.env.cr.savepoint(flush=False),
        ):
            self.env.cr.execute(query, params)
        return str(caught.exception)

    def copy_of_charge(self, where):
        columns = (
            "statement_id, line_id, company_id, contract_id, term_id, version_id, cdr_id, station_id, site_id, period_start, "
            "period_end, quantity, amount, flags, kind"
        )
        return f"INSERT INTO ev_charge ({columns}) SELECT {columns} FROM ev_charge WHERE statement_id = %s AND {where}"

    def test_a_session_is_charged_once_per_term(self):
        self.assertIn("cdr_term", self.refused(self.copy_of_charge("cdr_id IS NOT NULL"), self.statement.id))

    def test_a_charger_is_charged_once_per_term_and_period(self):
        self.assertIn("subject_period", self.refused(self.copy_of_charge("cdr_id IS NULL"), self.statement.id))

    def test_one_statement_per_contract_and_period(self):
        message = self.refused(
            """INSERT INTO ev_statement (name, contract_id, company_id, currency_id, partner_id, period_start, period_end, state)
               SELECT 'copy', contract_id, company_id, currency_id, partner_id, period_start, period_end, 'draft'
                 FROM ev_statement WHERE id = %s""",
            self.statement.id,
        )
        self.assertIn("contract_period", message)

    def test_database_refuses_changes_of_an_approved_statement(self):
        self.statement.action_approve()
        self.statement.document("2026-04-02")
        for query in (
            "UPDATE ev_charge SET amount = amount + 1 WHERE statement_id = %s",
            "DELETE FROM ev_charge WHERE statement_id = %s",
            "UPDATE ev_statement_line SET amount = amount + 1 WHERE statement_id = %s",
            "UPDATE ev_statement SET total_credit = 0 WHERE id = %s",
            "UPDATE ev_statement SET state = 'draft' WHERE id = %s",
            "DELETE FROM ev_statement WHERE id = %s",
        ):
            with self.subTest(query=query):
                # by the guard, which names the statement, and not by some foreign key
                self.assertIn(f"Statement {self.statement.name} is", self.refused(query, self.statement.id))

    def test_lines_are_guarded_and_not_only_by_what_points_to_them(self):
        """Foreign keys refuse to delete a line, too; without them the guard still does."""
        self.statement.action_approve()
        self.env.cr.execute(
            """SELECT conrelid::regclass::text, conname FROM pg_constraint
                WHERE contype = 'f' AND confrelid = 'ev_statement_line'::regclass"""
        )
        for table, constraint in self.env.cr.fetchall():
            self.env.cr.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{constraint}"')
        message = self.refused("DELETE FROM ev_statement_line WHERE statement_id = %s", self.statement.id)
        self.assertIn(f"Statement {self.statement.name} is approved: DELETE on ev_statement_line", message)

    def test_database_refuses_new_charges_on_an_approved_statement(self):
        self.statement.action_approve()
        message = self.refused(
            """INSERT INTO ev_charge (statement_id, line_id, company_id, contract_id, term_id, version_id, station_id, site_id,
                                      period_start, period_end, quantity, amount, kind)
               SELECT statement_id, line_id, company_id, contract_id, term_id, version_id, station_id, site_id,
                      DATE '2026-05-01', DATE '2026-05-31', 1, 15, 'usage'
                 FROM ev_charge WHERE statement_id = %s LIMIT 1""",
            self.statement.id,
        )
        self.assertIn("is approved", message)

    def test_orm_refuses_changes_of_an_approved_statement(self):
        self.statement.action_approve()
        with self.assertRaises(UserError):
            self.statement.sudo().write({"total_credit": 0})
        with self.assertRaises(UserError):
            self.statement.line_ids[0].sudo().write({"amount": 0})
        with self.assertRaises(UserError):
            self.statement.line_ids.sudo().unlink()
        with self.assertRaises(UserError):
            self.statement.sudo().unlink()
        with self.assertRaises(UserError):
            self.statement.charge_ids[0].sudo().write({"amount": 0})
        with self.assertRaises(UserError):
            self.statement.charge_ids[0].sudo().unlink()

    def test_nobody_types_a_state_or_a_total(self):
        accountant = self.make_user(
            "guard-accountant",
            "account.group_account_invoice",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        statement = self.statement.with_user(accountant)
        for values in ({"state": "approved"}, {"total_credit": 1}, {"inputs_hash": "x"}):
            with self.subTest(values=values), self.assertRaisesRegex(UserError, "computed, not typed"):
                statement.write(values)

    def test_used_version_stays(self):
        version = self.contract.term_ids[0].version_ids
        version.price = 0.11  # a draft can still be computed again
        self.statement.action_compute()
        self.statement.action_approve()
        with self.assertRaisesRegex(UserError, "stays as it is"):
            version.price = 0.12
        with self.assertRaisesRegex(UserError, "stays as it is"):
            version.unlink()
        with self.assertRaisesRegex(UserError, "stays as it is"):
            self.contract.term_ids[0].unlink()

    def test_contract_facts_stay_once_approved(self):
        self.statement.action_approve()
        with self.assertRaisesRegex(UserError, "cannot change any more"):
            self.contract.partner_id = self.emsp
        with self.assertRaisesRegex(UserError, "cannot change any more"):
            self.contract.date_start = "2026-01-01"
        self.contract.write({"date_start": self.contract.date_start})  # the same is no change

    def test_truncate_is_refused_once_something_is_approved(self):
        self.statement.action_approve()
        for table in ("ev_charge", "ev_statement_line", "ev_statement"):
            with self.subTest(table=table):
                self.assertIn("TRUNCATE", self.refused(f"TRUNCATE {table} CASCADE"))

    def test_database_keeps_a_used_version(self):
        version = self.contract.term_ids[0].version_ids.id
        self.env.flush_all()
        self.env.cr.execute("UPDATE ev_contract_term_version SET price = price WHERE id = %s", [version])
        self.statement.action_approve()
        for change in ("price = price + 1", "date_from = '2019-01-01'", "kind = 'local'", "power_type = 'dc'"):
            with self.subTest(change=change):
                message = self.refused(f"UPDATE ev_contract_term_version SET {change} WHERE id = %s", version)
                self.assertIn(self.statement.name, message)
        self.refused(
            """INSERT INTO ev_contract_term_version_site_rel (ev_contract_term_version_id, ev_site_id)
               VALUES (%s, %s)""",
            version,
            self.site.id,
        )
        # the next version may end it
        self.env.cr.execute("UPDATE ev_contract_term_version SET date_to = '2026-04-01' WHERE id = %s", [version])
