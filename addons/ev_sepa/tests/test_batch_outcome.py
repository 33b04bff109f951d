"""What the bank answers, and what that does to the documents: rejected, booked, returned, cancelled."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import EvSepaCommon


@tagged("post_install", "-at_install")
class TestBatchOutcome(EvSepaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.make_partner("Other host", "DE89370400440532013000")

    def assert_balanced(self, batch):
        """Whatever was undone, the outstanding account holds exactly what is under way."""
        payments = batch.line_ids.payment_id
        account = payments.outstanding_account_id
        lines = self.env["account.move.line"].search(
            [("account_id", "in", account.ids), ("company_id", "=", self.company.id), ("parent_state", "=", "posted")]
        )
        under_way = sum(batch.line_ids.filtered(lambda line: line.state in ("released", "accepted")).mapped("amount"))
        self.assertAlmostEqual(sum(lines.mapped("balance")), -under_way)

    def test_accepted(self):
        batch = self.paid_batch(self.make_bill("10"))
        batch._take_status("ACSP")
        self.assertEqual((batch.state, batch.line_ids.state), ("accepted", "accepted"))

    def test_rejected_payment_opens_its_document(self):
        kept, lost = self.make_bill("10"), self.make_bill("20", self.other)
        batch = self.paid_batch(kept, lost)
        line = batch.line_ids.filtered(lambda line: line.partner_id == self.other)
        line._take_status("RJCT", "AC04", "Closed account")
        self.assertEqual((batch.state, line.state, line.live), ("partly", "rejected", False))
        self.assertEqual((lost.amount_residual, lost.payment_state), (20, "not_paid"))
        self.assertEqual((kept.amount_residual, kept.payment_state), (0, "in_payment"))
        self.assertEqual(line.payment_id.state, "rejected")
        self.assertEqual(self.other.bank_ids.ev_approval, "held")
        self.assertTrue(batch.activity_ids)
        self.assert_balanced(batch)

    def test_rejected_twice_is_rejected_once(self):
        bill = self.make_bill("10")
        batch = self.paid_batch(bill)
        for _time in range(2):
            batch.line_ids._take_status("RJCT", "AM04", "Insufficient funds")
        self.assertEqual(len(batch.line_ids.payment_id.move_id.reversal_move_ids), 1)
        self.assertEqual(bill.amount_residual, 10)
        # the account is not the problem
        self.assertEqual(self.account.ev_approval, "approved")

    def test_rejected_file_rejects_every_payment(self):
        bills = self.make_bill("10") | self.make_bill("20", self.other)
        batch = self.paid_batch(bills)
        batch._take_status("RJCT", "FF01 file format")
        self.assertEqual(batch.state, "rejected")
        self.assertEqual(set(batch.line_ids.mapped("state")), {"rejected"})
        self.assertEqual(bills.mapped("amount_residual"), [10, 20])
        self.assert_balanced(batch)

    def test_what_was_rejected_is_paid_by_a_new_file_with_new_ids(self):
        bill = self.make_bill("10")
        first = self.paid_batch(bill)
        first._take_status("RJCT", "FF01")
        second = self.paid_batch(bill)
        self.assertNotEqual(first.message_id, second.message_id)
        self.assertNotEqual(first.line_ids.end_to_end_id, second.line_ids.end_to_end_id)
        self.assertFalse(set(self.texts(first, "PmtInfId")) & set(self.texts(second, "PmtInfId")))
        self.assertEqual(bill.amount_residual, 0)

    def test_booked(self):
        bill = self.make_bill("10")
        batch = self.paid_batch(bill)
        bank_line = self.book(batch.line_ids)
        batch.line_ids._take_booked(bank_line.date)
        self.assertEqual((batch.state, batch.line_ids.state), ("booked", "booked"))
        self.assertEqual((bill.payment_state, batch.line_ids.payment_id.state), ("paid", "paid"))

    def test_returned_payment_opens_its_document_and_holds_the_account(self):
        bill = self.make_bill("10")
        batch = self.paid_batch(bill)
        line = batch.line_ids
        line._take_booked(self.book(line).date)
        self.assertEqual(bill.payment_state, "paid")
        back = self.book(line, sign=1)
        line._take_return(back.date, "AC04", "Closed account", back)
        self.assertEqual((line.state, line.live), ("returned", False))
        self.assertEqual((bill.amount_residual, bill.payment_state), (10, "not_paid"))
        self.assertEqual(self.account.ev_approval, "held")
        self.assertTrue(back.is_reconciled)
        # out 10 and back 10: nothing is left between the ledger and the bank
        self.assert_balanced(batch)
        self.assertIn("came back", bill.message_ids[0].body)
        line._take_return(back.date, "AC04", "Closed account", back)
        self.assertEqual(bill.amount_residual, 10)

    def test_returned_document_is_held_until_its_account_is_approved_again(self):
        bill = self.make_bill("10")
        batch = self.paid_batch(bill)
        line = batch.line_ids
        line._take_booked(self.book(line).date)
        back = self.book(line, sign=1)
        line._take_return(back.date, "AC04", "Closed account", back)
        again = self.propose(bill)
        self.assertEqual((again.held_count, again.held_ids.hold_code), (1, "iban_held"))

    def book(self, line, sign=-1):
        """A bank line of the payment, its counterpart on the outstanding account and reconciled (-1), or open (1)."""
        account = line.payment_id.outstanding_account_id
        bank_line = self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.journal.id,
                "date": "2026-11-24" if sign < 0 else "2026-11-27",
                "payment_ref": line.end_to_end_id,
                "amount": sign * line.amount,
                "counterpart_account_id": account.id,
            }
        )
        if sign < 0:
            mine = bank_line.move_id.line_ids.filtered(lambda item: item.account_id == account)
            (mine | line.payment_id._seek_for_lines()[0]).reconcile()
        return bank_line

    # ------------------------------------------------------------------ cancel

    def test_cancelling_a_released_file_takes_two_people_and_a_reason(self):
        bill = self.make_bill("10")
        batch = self.paid_batch(bill)
        with self.assertRaises(UserError):
            self.as_user(batch, self.approver).action_confirm_cancel()
        with self.assertRaises(UserError):
            self.as_user(batch, self.second)._ask_to_cancel("  ")
        self.as_user(batch, self.second)._ask_to_cancel("Wrong day, the bank stopped the file")
        with self.assertRaises(UserError):
            self.as_user(batch, self.second).action_confirm_cancel()
        self.assertEqual((batch.state, bill.amount_residual), ("released", 0))
        self.as_user(batch, self.approver).action_confirm_cancel()
        self.assertEqual((batch.state, batch.cancelled_by_id), ("cancelled", self.approver))
        self.assertEqual((bill.amount_residual, bill.payment_state), (10, "not_paid"))
        self.assertEqual(batch.line_ids.payment_id.state, "canceled")
        self.assertTrue(batch.sudo().file_id)
        self.assert_balanced(batch)
        with self.assertRaises(UserError):
            self.as_user(batch, self.maker).action_download()

    def test_booked_file_is_not_cancelled(self):
        batch = self.paid_batch(self.make_bill("10"), self.make_bill("20", self.other))
        line = batch.line_ids[0]
        line._take_booked(self.book(line).date)
        with self.assertRaisesRegex(UserError, "has booked 1 payments"):
            self.as_user(batch, self.second)._ask_to_cancel("too late")
        self.assertFalse(batch.cancel_asked_by_id)

    def test_batch_without_a_file_is_cancelled_by_one(self):
        bill = self.make_bill("10")
        batch = self.propose(bill)
        self.as_user(batch, self.maker).action_cancel()
        self.assertEqual((batch.state, batch.line_ids.live), ("cancelled", False))
        self.assertEqual(self.propose(bill).line_count, 1)
