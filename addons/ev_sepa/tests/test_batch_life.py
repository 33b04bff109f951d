"""A batch from the proposal to the file: each step by its own people, each document once."""

import hashlib
from decimal import Decimal

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..iso20022.schemas import check_schema
from .common import DAY, HOST_IBAN, OWN_IBAN, EvSepaCommon


@tagged("post_install", "-at_install")
class TestBatchLife(EvSepaCommon):
    def test_from_bill_to_file(self):
        bill = self.make_bill("120.50", ref="HOST-2026-10")
        batch = self.propose(bill)
        self.assertEqual((batch.kind, batch.rail, batch.line_count), ("credit_transfer", "sepa", 1))
        self.release(batch)
        self.assertEqual(batch.state, "released")
        self.assertFalse(check_schema(batch.sudo().file_id.raw))
        self.assertEqual(self.texts(batch, "InstdAmt"), ["120.50"])
        self.assertEqual(self.texts(batch, "CtrlSum"), ["120.50", "120.50"])
        self.assertEqual(self.texts(batch, "NbOfTxs"), ["1", "1"])
        self.assertEqual(self.texts(batch, "IBAN"), [OWN_IBAN, HOST_IBAN])
        self.assertEqual(self.texts(batch, "EndToEndId"), [f"{batch.name}-00001"])
        self.assertEqual(self.texts(batch, "Dt")[:1], [DAY])
        self.assertEqual(self.texts(batch, "TwnNm")[-1], "Nantes")

    def test_release_settles_the_document_against_money_under_way(self):
        bill = self.make_bill("120.50")
        batch = self.paid_batch(bill)
        payment = batch.line_ids.payment_id
        self.assertEqual(payment.amount, 120.50)
        self.assertEqual(payment.state, "in_process")
        self.assertEqual(bill.amount_residual, 0)
        self.assertEqual(bill.payment_state, "in_payment")
        liquidity = payment._seek_for_lines()[0]
        self.assertNotEqual(liquidity.account_id, self.journal.default_account_id)
        self.assertEqual(liquidity.balance, -120.50)

    def test_file_is_written_once_and_its_bytes_stay(self):
        batch = self.paid_batch(self.make_bill("10"))
        content = batch.sudo()._get_content()
        self.assertEqual(hashlib.sha256(content).hexdigest(), batch.file_sha256)
        self.as_user(batch, self.maker).action_download()
        self.assertEqual(batch.sudo()._get_content(), content)
        with self.assertRaises(UserError):
            self.as_user(batch, self.maker).action_release()
        with self.assertRaises(UserError):
            batch.sudo().file_id.write({"raw": b"<other/>"})
        with self.assertRaises(UserError):
            batch.sudo().file_id.unlink()
        self.assertEqual(batch.sudo()._get_content(), content)

    def test_who_made_it_does_not_approve_it(self):
        batch = self.propose(self.make_bill("10"), user=self.second)
        self.as_user(batch, self.second).action_check()
        with self.assertRaises(UserError):
            self.as_user(batch, self.second).action_approve()
        self.assertEqual(batch.state, "checked")
        self.as_user(batch, self.approver).action_approve()
        self.assertEqual(batch.approved_by_id, self.approver)

    def test_who_changed_it_does_not_approve_it(self):
        batch = self.propose(self.make_bill("10") | self.make_bill("20"))
        self.as_user(batch.line_ids[:1], self.second).action_remove()
        self.as_user(batch, self.maker).action_check()
        with self.assertRaises(UserError):
            self.as_user(batch, self.second).action_approve()
        self.assertEqual((batch.state, batch.total), ("checked", 20))

    def test_changing_a_checked_batch_has_it_checked_again(self):
        batch = self.propose(self.make_bill("10"))
        self.as_user(batch, self.maker).action_check()
        self.as_user(batch, self.maker).write({"execution_date": "2026-11-25"})
        self.assertEqual(batch.state, "draft")
        with self.assertRaises(UserError):
            self.as_user(batch, self.approver).action_approve()

    def test_a_document_paid_meanwhile_stops_the_release(self):
        bill = self.make_bill("10")
        batch = self.approve(self.propose(bill))
        self.env["account.payment.register"].with_context(active_model="account.move", active_ids=bill.ids).create(
            {"journal_id": self.journal.id}
        ).action_create_payments()
        with self.assertRaisesRegex(UserError, "0.00 is open"):
            self.as_user(batch, self.maker).action_release()
        self.assertEqual((batch.state, batch.message_id), ("approved", False))

    def test_an_account_changed_after_approval_stops_the_release(self):
        batch = self.approve(self.propose(self.make_bill("10")))
        self.account.sudo().allow_out_payment = False
        self.account.acc_number = "FR1420041010050500013M02606"
        with self.assertRaisesRegex(UserError, "nobody else has approved"):
            self.as_user(batch, self.maker).action_release()
        self.assertEqual(batch.state, "approved")

    def test_sums_are_those_of_the_ledger(self):
        amounts = ["0.01", "0.02", "1000000.10", "33.33"]
        batch = self.paid_batch(*[self.make_bill(amount) for amount in amounts])
        # 0.01 + 0.02 + 1000000.10 + 33.33 = 1000033.46
        self.assertEqual(self.exact_total(batch), Decimal("1000033.46"))
        self.assertEqual(self.texts(batch, "CtrlSum"), ["1000033.46", "1000033.46"])
        self.assertEqual(sum(batch.line_ids.payment_id.mapped("amount")), 1000033.46)

    def test_nobody_without_a_role_takes_a_step(self):
        batch = self.propose(self.make_bill("10"))
        accountant = self.make_user("plain-accountant", "account.group_account_invoice")
        for user in (accountant, self.auditor):
            for step in ("action_check", "action_approve", "action_release", "action_cancel", "action_back_to_draft"):
                with self.assertRaises(AccessError, msg=step):
                    getattr(self.as_user(batch, user), step)()
        with self.assertRaises(AccessError):
            self.as_user(batch, self.approver).action_check()
        with self.assertRaises(AccessError):
            self.as_user(batch, self.maker).action_approve()
        self.assertEqual(batch.state, "draft")

    def test_the_trail_says_who_did_what(self):
        batch = self.paid_batch(self.make_bill("10"))
        steps = [(event.step, event.user_id) for event in batch.event_ids]
        self.assertEqual(
            steps,
            [("Proposed", self.maker), ("Checked", self.maker), ("Approved", self.approver), ("Released", self.maker)],
        )
        with self.assertRaises(UserError):
            batch.event_ids[0].sudo().write({"step": "x"})
        with self.assertRaises(UserError):
            batch.event_ids[0].sudo().unlink()
