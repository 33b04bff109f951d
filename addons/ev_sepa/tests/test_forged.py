"""What a client sends is only a claim: contexts, values and files that would open what our own work may do."""

from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .bank_common import BankCase, entry, statement

FORGED = {"ev_payment_posting": True, "ev_bank_booking": True}
ENOUGH = "odoo.addons.ev_sepa.models.ev_payment_batch_release.ENOUGH"


@tagged("post_install", "-at_install")
class TestForged(BankCase):
    def release_unposted(self, bill):
        """A released batch whose job has not run yet, released with a context of its own making."""
        batch = self.approve(self.propose(bill))
        with patch(ENOUGH, 0):
            self.as_user(batch, self.maker).with_context(**FORGED).action_release()
        return batch

    # ----------------------------------------------------------------- contexts

    def test_a_forged_context_settles_no_document_on_its_way(self):
        bill = self.make_bill("250", self.kiwi)
        batch = self.release_unposted(bill)
        found = self.take_one(statement(entry("-250.00", "by hand", iban="NL91ABNA0417164300", ref="X4")))
        payable = bill.line_ids.filtered(lambda line: line.account_id.account_type == "liability_payable")
        wizards = self.as_user(self.env["ev.bank.settle"], self.maker).with_context(**FORGED)
        wizard = wizards.create(
            {"entry_id": found.id, "partner_id": self.kiwi.id, "line_ids": [Command.set(payable.ids)]}
        )
        with self.assertRaisesRegex(UserError, "it is paid once"):
            wizard.action_settle()
        self.assertEqual((found.state, bill.amount_residual, batch.line_ids.live), ("exception", 250, True))

    def test_a_forged_context_opens_nothing_even_with_all_rights(self):
        bill = self.make_bill("10")
        payment = self.paid_batch(bill).line_ids.payment_id
        forged = payment.sudo().with_context(**FORGED)
        steps = {
            "cancel": lambda: forged.action_cancel(),
            "change": lambda: forged.write({"amount": 5}),
            "entry to draft": lambda: forged.move_id.button_draft(),
            "open again": lambda: bill.sudo().with_context(**FORGED).line_ids.remove_move_reconcile(),
        }
        for name, step in steps.items():
            with self.subTest(name), self.assertRaises(UserError):
                step()
        self.assertEqual((bill.amount_residual, payment.amount, payment.state), (0, 10, "in_process"))

    def test_our_own_work_needs_no_mark_from_the_queue(self):
        bill = self.make_bill("30")
        batch = self.release_unposted(bill)
        job = self.env["queue.job"].search([("identity_key", "=", f"ev-payment:{batch.id}:post")])
        self.assertEqual((len(job), job.records.env.context.get("ev_payment_posting")), (1, None))
        job.records._job_post()
        self.assertEqual((bill.amount_residual, batch.line_ids.payment_id.state), (0, "in_process"))


@tagged("post_install", "-at_install")
class TestForgedFile(HttpCase, BankCase):
    def fetch(self, batch, user):
        user.password = "long-enough-for-anybody"
        self.authenticate(user.login, user.password)
        with mute_logger("odoo.http"):
            return self.url_open(f"/ev_sepa/batch/{batch.id}/file")

    def test_the_file_goes_out_with_a_line_of_the_trail(self):
        batch = self.paid_batch(self.make_bill("100"))
        answer = self.fetch(batch, self.maker)
        self.assertEqual((answer.status_code, answer.content), (200, batch.sudo().file_id.raw))
        self.assertIn(f"{batch.name}.xml", answer.headers["Content-Disposition"])
        last = batch.event_ids[-1]
        self.assertEqual((last.step, last.user_id), ("Downloaded", self.maker))

    def test_the_file_of_a_cancelled_batch_goes_nowhere(self):
        batch = self.paid_batch(self.make_bill("100"))
        self.as_user(batch, self.maker)._ask_to_cancel("The bank was told.")
        self.as_user(batch, self.approver).action_confirm_cancel()
        answer = self.fetch(batch, self.maker)
        self.assertEqual(answer.status_code, 409)
        self.assertIn("it was cancelled", answer.text)
        self.assertNotIn("Downloaded", batch.event_ids.mapped("step"))

    def test_the_file_is_there_for_nobody_else(self):
        batch = self.paid_batch(self.make_bill("100"))
        accountant = self.make_user("file-accountant", "account.group_account_invoice")
        for user in (accountant, self.auditor):
            self.assertEqual(self.fetch(batch, user).status_code, 404, user.login)
        self.assertEqual(self.fetch(batch.browse(2**31 - 1), self.maker).status_code, 404)
        self.assertNotIn("Downloaded", batch.event_ids.mapped("step"))
