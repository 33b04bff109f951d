"""A match in either screen is one match: payments of batches follow, undoing gives it back, nothing is booked twice."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.ev_sepa.tests.bank_common import entry, statement

from .common import ReconcileCase


@tagged("post_install", "-at_install")
class TestReconcile(ReconcileCase):
    def other_amount(self):
        """A payment of ours of 100, of which the bank says it moved 90: an exception."""
        bill = self.make_bill("100.00")
        batch = self.paid_batch(bill)
        booked = self.take_one(statement(entry("-90.00", end=batch.line_ids.end_to_end_id)))
        self.assertEqual(booked.state, "exception")
        return bill, batch, booked

    def late_payment(self):
        """A payment of ours of 100 that the bank moved without a word: an exception, and the outstanding item."""
        bill, plum = (
            self.make_bill("100.00"),
            self.make_bill("100.00", self.make_partner("Plum SARL", "DE02120300000000202051")),
        )
        batch = self.paid_batch(bill, plum)
        booked = self.take_one(statement(entry("-100.00", "order", iban="")))
        self.assertEqual(booked.state, "exception")
        payment_line = batch.line_ids.filtered(lambda line: line.partner_id == self.host)
        payment = payment_line.payment_id
        item = payment.move_id.line_ids.filtered(lambda line: line.account_id == payment.outstanding_account_id)
        return booked, payment_line, item

    def test_reconciled_there_it_is_settled_here(self):
        invoices = self.make_invoice("50.00", self.kiwi) | self.make_invoice("50.00", self.kiwi)
        booked = self.take_one(statement(entry("50.00", "thanks")))
        line = self.use(booked)
        line.reconcile_bank_line()
        self.assertEqual((booked.state, booked.rule, booked.settled_by_id), ("matched", "manual", self.clerk))
        self.assertEqual((booked.settled_ids & invoices, len(booked.settled_ids)), (booked.settled_ids, 1))
        self.assertFalse(booked.suggestion_ids)
        self.assertEqual(sorted(invoices.mapped("amount_residual")), [0, 50])
        self.assert_ledger(booked, bank=50, receivable=-50)

    def test_settled_there_it_is_not_settled_here_again(self):
        self.make_invoice("50.00", self.kiwi), self.make_invoice("50.00", self.kiwi)
        booked = self.take_one(statement(entry("50.00", "thanks")))
        suggestion = self.as_user(booked.suggestion_ids[1], self.clerk)
        self.use(booked).reconcile_bank_line()
        self.assertFalse(suggestion.exists())
        for step in (self.screen(booked).reconcile_bank_line, self.as_user(booked, self.clerk).action_match_again):
            with self.assertRaises(UserError):
                step()
        self.assert_ledger(booked, bank=50, receivable=-50)

    def test_settled_here_what_was_begun_there_is_gone(self):
        first, second = self.make_invoice("50.00", self.kiwi), self.make_invoice("50.00", self.kiwi)
        booked = self.take_one(statement(entry("50.00", "thanks")))
        line = self.use(booked, 1)
        self.assertTrue(line.reconcile_data)
        self.as_user(booked.suggestion_ids[0], self.clerk).action_apply()
        self.assertFalse(line.reconcile_data)
        with self.assertRaises(UserError):
            line.reconcile_bank_line()
        self.assertEqual(sorted((first | second).mapped("amount_residual")), [0, 50])
        self.assert_ledger(booked, bank=50, receivable=-50)

    def test_a_payment_of_a_batch_is_booked(self):
        booked, payment_line, item = self.late_payment()
        line = self.screen(booked)
        line.reconcile_data_info = line._default_reconcile_data()
        self.choose(line, item).reconcile_bank_line()
        self.assertEqual(
            (booked.state, payment_line.state, str(payment_line.booked_on)), ("matched", "booked", "2026-11-25")
        )
        self.assertTrue(payment_line.payment_id.is_matched)
        self.assertEqual(booked.partner_id, self.host)
        line.unreconcile_bank_line()
        self.assertEqual((booked.state, payment_line.state, payment_line.booked_on), ("exception", "accepted", False))
        self.assertFalse(payment_line.payment_id.is_matched)
        self.assert_ledger(booked, bank=-100, suspense=100)
        self.assertEqual(self.shown(line), [("suspense", 100)])

    def test_a_payment_of_a_batch_is_taken_whole_or_not_at_all(self):
        bill, batch, booked = self.other_amount()
        payment = batch.line_ids.payment_id
        item = payment.move_id.line_ids.filtered(lambda line: line.account_id == payment.outstanding_account_id)
        line = self.choose(self.screen(booked), item)
        with self.assertRaises(UserError):
            line.reconcile_bank_line()
        self.assertEqual((booked.state, batch.line_ids.state, item.amount_residual), ("exception", "released", -100))

    def test_what_was_paid_meanwhile_is_refused(self):
        invoice = self.make_invoice("100.00", self.kiwi)
        booked = self.take_one(statement(entry("60.00", invoice.name)))
        line = self.use(booked)
        # 70 are paid otherwise: only 30 are open, and 60 are taken of it
        self.take_one(statement(entry("70.00", "in part"), name="B")).sudo()._settle_by_hand(
            [[f"l:{self.receivable(invoice).id}", "70.00"]]
        )
        with self.assertRaisesRegex(UserError, "30.00"):
            line.reconcile_bank_line()
        self.assertEqual((booked.state, invoice.amount_residual), ("exception", 30))
        # then the rest as well: nothing of it is open
        self.take_one(statement(entry("30.00", "rest", iban=""), name="C")).sudo()._settle_by_hand(
            [[f"l:{self.receivable(invoice).id}", "30.00"]]
        )
        with self.assertRaises(UserError):
            line.reconcile_bank_line()
        self.assert_ledger(booked, bank=60, suspense=-60)

    def test_nothing_chosen_is_not_settled(self):
        booked = self.take_one(statement(entry("3.00", "hello", iban="")))
        line = self.screen(booked)
        self.assertFalse(line.can_reconcile)
        with self.assertRaises(UserError):
            line.reconcile_bank_line()
        self.assertEqual(booked.state, "exception")

    def test_undone_here_it_is_open_there(self):
        self.make_invoice("50.00", self.kiwi), self.make_invoice("50.00", self.kiwi)
        booked = self.take_one(statement(entry("50.00", "thanks")))
        line = self.use(booked)
        line.reconcile_bank_line()
        self.as_user(booked, self.clerk).action_undo()
        self.assertEqual(
            (booked.state, line.is_reconciled, self.shown(line)), ("exception", False, [("suspense", -50)])
        )
        self.as_user(booked, self.clerk).action_match_again()
        self.assertEqual((booked.state, len(booked.suggestion_ids), len(self.shown(line))), ("exception", 2, 1))

    def test_a_return_is_applied_at_once_and_stays(self):
        bill = self.make_bill("100.00")
        payment_line = self.paid_batch(bill).line_ids
        self.take_one(statement(entry("-100.00", end=payment_line.end_to_end_id, iban=""), name="A"))
        # 20 less than was sent come back: more than a tolerance, so a person says that it is the fee
        back = self.take_one(statement(entry("80.00", end=payment_line.end_to_end_id, code="MD06"), name="B"))
        self.assertEqual((back.state, back.suggestion_ids[0].is_return), ("exception", True))
        self.assertEqual(self.shown(self.screen(back)), [("suspense", -80)])
        line = self.use(back)
        self.assertEqual((back.rule, payment_line.state, bill.amount_residual), ("return", "returned", 100))
        with self.assertRaises(UserError):
            line.unreconcile_bank_line()
        self.assertEqual((back.state, line.is_reconciled), ("matched", True))

    def test_a_match_kept_in_an_entry_beside_is_undone_there(self):
        bookkeeper = self.make_user("keep-books", "account.group_account_user")
        self.journal.reconcile_mode = "keep"
        self.journal.suspense_account_id.reconcile = True
        booked, payment_line, item = self.late_payment()
        for undo in (
            lambda line: line.unreconcile_bank_line(),
            lambda line: self.as_user(booked, self.clerk).action_undo(),
            # core's Unreconcile on what it settled
            lambda line: self.as_user(item, self.clerk).remove_move_reconcile(),
        ):
            line = self.screen(booked)
            line.reconcile_data_info = line._default_reconcile_data()
            self.choose(line, item).reconcile_bank_line()
            self.assertEqual((booked.state, payment_line.state, item.reconciled), ("matched", "booked", True))
            self.assert_ledger(booked, bank=-100, suspense=100)
            with self.assertRaisesRegex(UserError, "Ask a payment maker"), self.env.cr.savepoint():
                self.as_user(item, bookkeeper).remove_move_reconcile()
            undo(line)
            self.assertEqual((booked.state, payment_line.state, item.reconciled), ("exception", "accepted", False))
            self.assertFalse(line.is_reconciled)
        # settled here, it is in the bank line's own entry
        booked.sudo()._settle_by_hand([[f"p:{item.id}", "-100.00"]])
        self.assertEqual((line.reconcile_mode, item.reconciled, payment_line.state), ("edit", True, "booked"))
        suspense = self.env["account.move.line"].search([("account_id", "=", self.journal.suspense_account_id.id)])
        self.assertEqual(sum(suspense.mapped("balance")), 0)
