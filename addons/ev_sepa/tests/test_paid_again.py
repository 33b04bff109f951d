"""Ways in which a document that the bank has paid could be paid once more: each is refused, or told to the second person."""

from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from .bank_common import BankCase, answer, entry, statement
from .common import HOST_IBAN


@tagged("post_install", "-at_install")
class TestPaidAgain(BankCase):
    def setUp(self):
        super().setUp()
        self.bill = self.make_bill("80.00")
        self.batch = self.paid_batch(self.bill)
        self.line = self.batch.line_ids

    def book(self):
        return self.take_one(statement(entry("-80.00", end=self.line.end_to_end_id, iban=HOST_IBAN, ref="out")))

    def say(self, status, name="status.xml", user=None, **rest):
        return self.take(answer(self.batch.message_id, (self.line.end_to_end_id, status, "", ""), **rest), name, user)

    def reject_and_pay_again(self):
        self.say("RJCT")
        self.assertEqual(self.bill.payment_state, "not_paid")
        return self.propose(self.bill)

    def assert_told(self, said):
        self.assertIn(said, " ".join(self.batch.activity_ids.mapped("summary")))

    def test_a_booked_document_is_not_opened_by_hand(self):
        self.book()
        accountant = self.make_user("books", "account.group_account_invoice")
        payable = self.bill.line_ids.filtered(lambda line: line.account_id.account_type == "liability_payable")
        with self.assertRaisesRegex(UserError, "the bank has booked it"):
            self.as_user(payable, accountant).remove_move_reconcile()
        with self.assertRaisesRegex(UserError, "the bank has booked it"):
            self.bill.button_draft()
        self.assertEqual((self.bill.payment_state, self.bill.amount_residual), ("paid", 0))

    def test_a_booked_document_that_is_open_all_the_same_is_held(self):
        self.book()
        # past every guard, as a database repair would be
        payable = self.bill.line_ids.filtered(lambda line: line.account_id.account_type == "liability_payable")
        with patch.object(type(self.env["account.payment"]), "_is_ev_posting", lambda _self: True):
            payable.remove_move_reconcile()
        again = self.propose(self.bill)
        self.assertEqual((again.line_count, again.held_ids.hold_code), (0, "paid_before"))
        self.assertIn(self.line.end_to_end_id, again.held_ids.hold_note)

    def test_a_bank_line_entered_by_hand_books_the_payment(self):
        outstanding = self.line.payment_id.outstanding_account_id
        values = [(self.journal.default_account_id, -80), (outstanding, 80)]
        bank_line = self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.journal.id,
                "date": "2026-11-25",
                "payment_ref": "by hand",
                "amount": -80,
                "line_ids": [
                    Command.create({"account_id": account.id, "balance": balance}) for account, balance in values
                ],
            }
        )
        items = (bank_line.line_ids | self.line.payment_id.move_id.line_ids).filtered(
            lambda line: line.account_id == outstanding
        )
        items.reconcile()
        self.assertEqual((self.line.state, str(self.line.booked_on)), ("booked", "2026-11-25"))
        self.assertEqual(self.batch.state, "booked")
        with self.assertRaises(UserError):
            self.as_user(self.batch, self.maker)._ask_to_cancel("a mistake")
        items.remove_move_reconcile()
        self.assertEqual((self.line.state, self.line.live), ("accepted", True))

    def test_rejected_after_the_bank_has_booked_it_opens_nothing(self):
        booked = self.book()
        self.say("RJCT")
        self.assertEqual((self.line.state, self.line.status_code), ("booked", False))
        self.assert_told("contradicts itself")
        # nor after the maker has undone the match
        self.as_user(booked, self.maker).action_undo()
        self.say("RJCT", "again.xml", block="X")
        self.assertEqual((self.line.state, self.bill.amount_residual), ("accepted", 0))

    def test_executed_after_it_was_rejected_is_held_until_an_approver_knows(self):
        self.reject_and_pay_again().sudo().unlink()
        self.say("ACSC", "later.xml")
        self.assertTrue(self.line.contradicted)
        self.assert_told("contradicts itself")
        again = self.propose(self.bill)
        self.assertEqual((again.line_count, again.held_ids.hold_code), (0, "executed"))
        with self.assertRaises(AccessError):
            self.as_user(self.line, self.maker).action_not_executed()
        self.as_user(self.line, self.approver).action_not_executed()
        self.as_user(again, self.maker).action_check()
        self.assertEqual((again.state, again.line_count), ("checked", 1))

    def test_a_debit_of_a_rejected_payment_holds_its_documents(self):
        self.say("RJCT")
        late = self.take_one(statement(entry("-80.00", end=self.line.end_to_end_id, iban=HOST_IBAN, ref="out")))
        self.assertEqual(late.state, "exception")
        self.assertEqual(self.propose(self.bill).held_ids.hold_code, "executed")

    def test_the_second_person_reads_by_whose_word_it_is_paid_again(self):
        again = self.reject_and_pay_again()
        self.as_user(again, self.maker).action_check()
        [finding] = again.finding_ids.filtered(lambda finding: finding.code == "paid_again")
        self.assertEqual((finding.severity, again.state), ("warning", "checked"))
        for word in (self.bill.name, self.line.end_to_end_id, "rejected", "status.xml", self.maker.name):
            self.assertIn(word, finding.message)

    def test_blocked_is_neither_paid_nor_given_back(self):
        self.say("BLCK")
        self.assertEqual((self.line.live, self.bill.amount_residual), (True, 0))
        self.assert_told("neither paid nor given back")

    def test_what_makes_a_core_payment_another_one_is_refused(self):
        accountant = self.make_user("books-2", "account.group_account_invoice")
        payment = self.as_user(self.line.payment_id, accountant)
        other = payment.journal_id.suspense_account_id.id
        for values in (
            {"state": "canceled"},
            {"state": "draft"},
            {"outstanding_account_id": other},
            {"destination_account_id": other},
            {"memo": "something else"},
        ):
            with self.subTest(values), self.assertRaisesRegex(UserError, "stands in the bank file"):
                payment.write(values)
        self.book()
        self.assertEqual((self.line.payment_id.state, self.bill.payment_state), ("paid", "paid"))


@tagged("post_install", "-at_install")
class TestUndoMany(BankCase):
    """More payments than are undone at once: the rest goes by jobs, and goes on after it was killed."""

    def setUp(self):
        super().setUp()
        enough = "odoo.addons.ev_sepa.models.ev_payment_undo.ENOUGH"
        self.startPatcher(patch(enough, 2))
        self.bills = self.env["account.move"].union(*(self.make_bill(10 + number) for number in range(5)))
        self.batch = self.paid_batch(self.bills)

    def run_job(self):
        self.batch.sudo().with_context(queue_job__no_delay=False)._job_undo()
        self.env.invalidate_all()

    def find_jobs(self):
        return self.env["queue.job"].sudo().search([("method_name", "=", "_job_undo"), ("state", "=", "pending")])

    def assert_undone(self, count, state):
        self.assertEqual(sum(line.state == state for line in self.batch.line_ids), count)
        self.assertEqual(sum(bill.payment_state == "not_paid" for bill in self.bills), count)

    def test_a_large_file_rejected(self):
        self.take(answer(self.batch.message_id, group="RJCT"), "status.xml")
        self.assert_undone(0, "rejected")
        self.assertEqual(len(self.find_jobs()), 1)
        for count in (2, 4, 5):
            self.run_job()
            self.assert_undone(count, "rejected")
        self.assertEqual(self.batch.state, "rejected")

    def test_a_large_file_cancelled(self):
        self.as_user(self.batch, self.maker)._ask_to_cancel("told the bank")
        self.as_user(self.batch, self.approver).action_confirm_cancel()
        self.assertEqual(self.batch.state, "cancelled")
        self.assert_undone(0, "cancelled")
        self.find_jobs().unlink()
        # the job is lost: the cron asks for it again
        self.env["ev.payment.batch"]._cron_post()
        self.assertEqual(len(self.find_jobs()), 1)
        for count in (2, 4, 5):
            self.run_job()
            self.assert_undone(count, "cancelled")
        self.assertEqual(self.batch.state, "cancelled")
