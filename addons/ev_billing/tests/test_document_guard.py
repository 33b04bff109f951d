from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common import EvBillingCommon


@tagged("post_install", "-at_install")
class TestDocumentGuard(EvBillingCommon):
    """A document and its statement belong together, whatever an accountant writes over RPC."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accountant = cls.make_user(
            "tie-accountant",
            "account.group_account_manager",
            company_id=cls.company.id,
            company_ids=[(6, 0, cls.company.ids)],
        )
        contract = cls.make_contract(("charge", "kwh", "0.30"))
        cls.make_cdr("2026-03-01T08:00:00Z", 10_000)
        statement = cls.prepare(2026, 3, contract).with_user(cls.accountant).with_company(cls.company)
        statement.action_approve()
        statement.document("2026-04-02")
        cls.statement, cls.move = statement, statement.document_ids
        cls.foreign = cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": cls.host.id,
                "invoice_line_ids": [Command.create({"name": "x", "price_unit": 1.0})],
            }
        )

    def test_a_posted_document_leaves_its_state_by_no_door(self):
        for state in ("draft", "cancel"):
            for move in (self.move, self.move.sudo()):
                with self.subTest(state=state, su=move.env.su), self.assertRaisesRegex(UserError, "stays as it is"):
                    move.write({"state": state})
        for step in ("button_draft", "button_cancel"):
            with self.subTest(step=step), self.assertRaisesRegex(UserError, "stays as it is"):
                getattr(self.move, step)()
        with self.assertRaisesRegex(UserError, "stays as it is"):
            self.move.with_context(force_delete=True).unlink()
        self.assertEqual(self.move.state, "posted")
        self.assertFalse(self.move.show_reset_to_draft_button, "no button for what is refused")

    def test_the_tie_is_not_typed(self):
        line = self.move.invoice_line_ids
        foreign = self.foreign.with_user(self.accountant)
        attempts = {
            "cut": lambda: self.move.write({"ev_statement_id": False}),
            "annex": lambda: self.move.write({"ev_annex_attachment_id": False}),
            "line": lambda: line.write({"ev_statement_line_id": False}),
            "attach": lambda: foreign.write({"ev_statement_id": self.statement.id}),
            "attach line": lambda: foreign.invoice_line_ids.write({"ev_statement_line_id": self.statement.line_ids.id}),
            "create": lambda: foreign.create({"move_type": "out_invoice", "ev_statement_id": self.statement.id}),
            "default": lambda: foreign.with_context(default_ev_statement_id=self.statement.id).create(
                {"move_type": "out_invoice"}
            ),
            "create line": lambda: foreign.create(
                {
                    "move_type": "out_invoice",
                    "invoice_line_ids": [
                        Command.create({"name": "x", "ev_statement_line_id": self.statement.line_ids.id})
                    ],
                }
            ),
        }
        for name, attempt in attempts.items():
            with self.subTest(name), self.assertRaisesRegex(UserError, "never typed"), self.env.cr.savepoint():
                attempt()
        self.assertEqual((self.statement.document_ids, line.ev_statement_line_id), (self.move, self.statement.line_ids))

    def test_the_statement_lets_nothing_go(self):
        for values in ({"document_ids": [Command.clear()]}, {"annex_attachment_id": False}, {"state": "approved"}):
            with self.subTest(values=values), self.assertRaisesRegex(UserError, "computed, not typed"):
                self.statement.write(values)

    def test_sending_payment_and_reconciliation_go_on(self):
        self.env["account.payment.register"].with_user(self.accountant).with_context(
            active_model="account.move", active_ids=self.move.ids
        ).create({})._create_payments()
        self.assertIn(self.move.payment_state, ("paid", "in_payment"))
        self.assertEqual(self.statement.state, "settled")
        self.move.line_ids.remove_move_reconcile()
        self.assertEqual(self.statement.state, "documented")
        self.move.write({"is_move_sent": True, "payment_reference": "RF18"})

    def test_a_reversed_document_is_not_a_paid_one(self):
        self.assertFalse(self.statement.payment_note, "nothing to say of a document that stands")
        wizard = (
            self.env["account.move.reversal"]
            .with_user(self.accountant)
            .with_context(active_model="account.move", active_ids=self.move.ids)
            .create({"journal_id": self.move.journal_id.id, "date": "2026-04-10"})
        )
        wizard.modify_moves()
        self.assertEqual(self.move.payment_state, "reversed")
        self.assertEqual(self.statement.state, "documented")
        self.assertIn(self.move.name, self.statement.payment_note)
        self.assertEqual(self.statement.document_ids, self.move, "the refund is no document of the statement")

    def test_what_is_set_off_against_another_document_is_paid(self):
        opposite = {"out_invoice": "out_refund", "in_invoice": "in_refund"}[self.move.move_type]
        line = {"name": "Old credit", "price_unit": self.move.amount_total, "tax_ids": [Command.clear()]}
        other = self.env["account.move"].create(
            {
                "move_type": opposite,
                "partner_id": self.move.partner_id.id,
                "company_id": self.move.company_id.id,
                "invoice_date": "2026-04-03",
                "invoice_line_ids": [Command.create(line)],
            }
        )
        other.action_post()
        open_lines = (self.move | other).line_ids.filtered(lambda item: item.amount_residual)
        open_lines.reconcile()
        self.assertEqual(self.move.payment_state, "reversed", "core's word for whatever only a credit note settles")
        self.assertEqual(self.statement.state, "settled")
        self.assertFalse(self.statement.payment_note)
        self.assertEqual(self.statement._get_portal_document_status(self.move)[0], "Paid")

    def test_the_annex_stays_as_it_went_out(self):
        annexes = self.statement.annex_attachment_id | self.move.ev_annex_attachment_id
        self.assertEqual(len(annexes), 2)
        for annex in annexes.with_user(self.accountant):
            before = annex.raw
            for change in (
                lambda annex=annex: annex.write({"raw": b"other"}),
                lambda annex=annex: annex.write({"res_id": 0}),
                annex.unlink,
            ):
                with self.assertRaisesRegex(UserError, "stays as it is"):
                    change()
            self.assertEqual(annex.raw, before)
        beside = self.env["ir.attachment"].with_user(self.accountant)
        beside = beside.create(
            {"name": "note.txt", "raw": b"x", "res_model": "ev.statement", "res_id": self.statement.id}
        )
        beside.write({"raw": b"y"})
        beside.unlink()

    def test_self_billing_journal_finds_a_free_code(self):
        for code in ("SELF", "SELF2"):
            self.env["account.journal"].create({"name": code, "code": code, "type": "general"})
        self.assertEqual(self.statement.sudo()._get_self_billing_journal().code, "SELF3")
