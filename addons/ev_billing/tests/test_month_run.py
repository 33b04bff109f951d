from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import EvBillingCommon

BUSY = "somebody else is at it"


@tagged("post_install", "-at_install")
class TestMonthRun(EvBillingCommon):
    """One contract's trouble is its own: the others go on, and somebody is told."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second = cls.env["res.partner"].create({"name": "Second Host", "is_company": True})
        cls.second_site = cls.make_site("Paris Test", cls.second)
        cls.make_station("T-AC-2", cls.second_site)
        cls.good = cls.make_contract(("credit", "kwh", "0.10"))
        cls.bad = cls.make_contract(("credit", "kwh", "0.20"), partner=cls.second)
        cls.make_cdr("2026-03-05T08:00:00Z", 10_000)
        cls.make_cdr("2026-03-05T08:00:00Z", 10_000, station="T-AC-2")

    def run_sql(self, query, *params):
        self.env.flush_all()
        self.env.cr.execute(query, params)
        self.env.invalidate_all()

    def test_contract_that_cannot_be_billed_blocks_its_own_statement(self):
        self.run_sql("UPDATE ev_contract SET role = 'agent' WHERE id = %s", self.bad.id)
        statements = self.prepare(2026, 3)
        good = statements.filtered(lambda statement: statement.contract_id == self.good)
        bad = statements - good
        self.assertEqual((good.total_credit, good.blocking_message), (1.0, False))
        self.assertIn("choose them in Sites", bad.blocking_message)
        with self.assertRaisesRegex(UserError, "choose them in Sites"):
            bad.action_approve()
        self.run_sql("UPDATE ev_contract SET role = 'host' WHERE id = %s", self.bad.id)
        bad.action_compute()
        self.assertEqual((bad.total_credit, bad.blocking_message), (2.0, False))

    def test_what_cannot_be_priced_blocks_its_own_statement(self):
        self.run_sql("UPDATE ev_site SET tz = 'No/Where' WHERE id = %s", self.second_site.id)
        statements = self.prepare(2026, 3)
        self.assertEqual(len(statements), 2)
        bad = statements.filtered("blocking_message")
        self.assertEqual(bad.contract_id, self.bad)
        self.assertIn("'No/Where' is unknown", bad.blocking_message)
        self.assertFalse(bad.charge_ids)

    def test_contract_in_other_hands_is_left_and_named(self):
        def lock(statement):
            if statement.contract_id == self.bad:
                raise UserError(BUSY)

        self.patch(self.registry["ev.statement"], "_lock_contract", lock)
        left = []
        statements = self.env["ev.statement"]._prepare_month(self.company, 2026, 3, None, left)
        self.assertEqual((statements.contract_id, left), (self.good, [BUSY]))
        action = self.env["ev.statement.prepare"].create({"month": "2026-03-01"}).action_prepare()
        self.assertEqual(action["params"]["message"], BUSY)
        self.assertEqual(action["params"]["next"]["domain"], [("id", "in", statements.ids)])
        with self.assertRaisesRegex(UserError, "somebody else"):
            self.prepare(2026, 3, self.bad)

    def test_statement_without_mandate_is_left_and_the_others_are_documented(self):
        self.bad.mandate_date = False
        statements = self.prepare(2026, 3)
        statements.action_approve()
        bad = statements.filtered(lambda statement: statement.contract_id == self.bad)
        good = statements - bad
        wizard = self.env["ev.statement.document.wizard"].create(
            {"statement_ids": [(6, 0, statements.ids)], "invoice_date": "2026-04-02"}
        )
        action = wizard.action_document()
        self.assertIn("Self-Billing Mandate Signed", action["params"]["message"])
        self.assertEqual((good.state, bad.state), ("documented", "approved"))
        self.assertEqual(good.document_ids.state, "posted")
        self.assertFalse(bad.document_ids)
        self.assertIn("Self-Billing Mandate Signed", bad.message_ids[0].body)
        with self.assertRaisesRegex(UserError, "Self-Billing Mandate Signed"):
            statements.document("2026-04-02")
        self.bad.mandate_date = "2026-01-01"
        self.assertEqual(len(statements.document("2026-04-02")), 2)
