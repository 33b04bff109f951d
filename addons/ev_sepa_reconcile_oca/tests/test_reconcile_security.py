"""The OCA's screen opens no door: who settles entries elsewhere settles them there, of his companies."""

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from odoo.addons.ev_sepa.tests.bank_common import entry, statement

from .common import ReconcileCase


@tagged("post_install", "-at_install")
class TestReconcileSecurity(ReconcileCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invoices = cls.make_invoice("50.00", cls.kiwi) | cls.make_invoice("50.00", cls.kiwi)
        files = cls.env["ev.bank.file"].with_user(cls.maker).with_context(allowed_company_ids=cls.company.ids)
        cls.entry = files._take("a.xml", statement(entry("50.00", "thanks")))[0].sudo().entry_ids
        cls.bookkeeper = cls.make_user("bookkeeper", "account.group_account_user")
        cls.accountant = cls.make_user("books", "account.group_account_invoice")
        cls.other = cls.make_company("Other operator")
        cls.foreign = cls.make_user("foreign", "ev_sepa.group_payment_maker,account.group_account_user", cls.other)
        cls.outsiders = [
            cls.make_user("plain", "base.group_user"),
            cls.make_user("contracts", "ev_billing.group_contract_admin"),
            cls.make_user("technician", "ev_cpms.group_technician"),
            cls.make_user("a-bridge", "ev_cpms.group_bridge"),
            new_test_user(
                cls.env,
                "a-portal",
                groups="base.group_portal",
                company_id=cls.company.id,
                company_ids=[Command.set(cls.company.ids)],
            ),
        ]

    def assert_untouched(self):
        self.env.invalidate_all()
        self.assertEqual(self.entry.state, "exception")
        self.assertFalse(self.entry.statement_line_id.reconcile_data)
        self.assertEqual(self.invoices.mapped("amount_residual"), [50, 50])

    def test_who_does_not_settle_entries_does_not_there(self):
        for user in (self.bookkeeper, self.accountant, self.approver, self.auditor, *self.outsiders, self.foreign):
            line = self.screen(self.entry, user)
            suggestion = self.as_user(self.entry.suggestion_ids[0], user)
            for step in (line.reconcile_bank_line, line.unreconcile_bank_line, suggestion.action_prefill):
                with self.assertRaises(AccessError):
                    step()
        self.assert_untouched()

    def test_makers_who_may_not_change_bank_lines_do_not_there(self):
        with self.assertRaises(AccessError):
            self.use(self.entry, user=self.maker)
        with self.assertRaises(AccessError):
            self.screen(self.entry, self.maker).reconcile_bank_line()
        self.assert_untouched()

    def test_who_reads_bank_lines_reads_what_we_found(self):
        names = ["ev_entry_state", "ev_entry_reason", "ev_suggestion_ids", "reconcile_data_info"]
        for user in (self.bookkeeper, self.accountant, self.auditor, self.maker):
            (values,) = self.screen(self.entry, user).read(names)
            self.assertEqual((values["ev_entry_state"], len(values["ev_suggestion_ids"])), ("exception", 2))

    def test_others_read_nothing(self):
        for user in (*self.outsiders, self.foreign):
            for name in ("ev_entry_state", "ev_entry_reason", "ev_suggestion_ids"):
                with self.assertRaises(AccessError):
                    self.screen(self.entry, user).read([name])

    def test_no_counterpart_of_another_company(self):
        env = self.env(context=dict(self.env.context, allowed_company_ids=self.other.ids))
        foreign = env["account.move"].create(
            {
                "move_type": "out_invoice", "partner_id": self.kiwi.id, "company_id": self.other.id,
                "invoice_date": "2026-10-31",
                "invoice_line_ids": [Command.create({"name": "x", "price_unit": 50, "tax_ids": False})],
            }
        )  # fmt: skip
        foreign.action_post()
        line = self.use(self.entry)
        rows = line.reconcile_data_info
        rows["data"][1].update(id=self.receivable(foreign).id, counterpart_line_ids=self.receivable(foreign).ids)
        line.reconcile_data = rows
        with self.assertRaises(AccessError):
            line.reconcile_bank_line()
        self.assertEqual((self.entry.state, foreign.amount_residual), ("exception", 50))
