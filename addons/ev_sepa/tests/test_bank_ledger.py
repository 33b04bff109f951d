"""What an accountant settled in core's own screens is settled: nothing opens it again and settles another document with it."""

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .bank_common import entry, statement
from .test_bank_fact import FactCase
from .test_bank_told import notified


@tagged("post_install", "-at_install")
class TestBankLedger(FactCase):
    """80 EUR go to Kiwi without a word, and Kiwi has two bills of 80: an exception. The accountant pays the first with it."""

    def setUp(self):
        super().setUp()
        self.first, self.second = (self.make_bill("80.00", self.kiwi, ref=ref) for ref in ("KIWI-A", "KIWI-B"))
        self.told = entry("-80.00", "thanks", ref="out")
        self.booked = self.take_one(statement(self.told, opening="80.00", closing="0.00"))
        self.assertEqual((self.booked.state, len(self.booked.suggestion_ids)), ("exception", 2))

    def suspense(self, booked=None):
        move = (booked or self.booked).move_id
        return move.line_ids.filtered(lambda item: item.account_id == self.journal.suspense_account_id)

    def put_on(self, document, booked=None, user=None):
        """The item on the suspense account to the account of a document, as in core's list of journal items."""
        owed = document.line_ids.filtered(
            lambda item: item.account_id.account_type in ("asset_receivable", "liability_payable")
        )
        item = self.as_user(self.suspense(booked), user or self.accountant)
        item.write({"account_id": owed.account_id.id, "partner_id": self.kiwi.id})
        return item, owed

    def settle(self, document, booked=None, user=None):
        item, owed = self.put_on(document, booked, user)
        (item | owed.with_env(item.env)).reconcile()

    def assert_taken_over(self):
        self.env.invalidate_all()
        self.assertEqual((self.booked.state, self.booked.rule), ("matched", "manual"))
        self.assertEqual((self.booked.settled_ids, self.booked.settled_by_id), (self.first, self.accountant))
        self.assertEqual(self.booked.reason, f"Settled in the ledger by {self.accountant.name}.")
        self.assertEqual((self.booked.partner_id, len(self.booked.suggestion_ids)), (self.kiwi, 0))
        self.assertEqual((self.first.payment_state, self.second.payment_state), ("paid", "not_paid"))
        self.assert_ledger(self.booked, bank=-80, payable=80)

    def test_reconciled_by_an_accountant_it_is_matched(self):
        self.settle(self.first)
        self.assert_taken_over()
        # the second bill alone is still to be paid
        self.assertEqual(self.propose(self.first | self.second).line_ids.item_ids.move_id, self.second)

    def test_more_words_of_it_change_nothing(self):
        self.settle(self.first)
        file = self.take(notified(entry("-80.00", "KIWI-B", ref="out", end="BANK-END-1")))
        self.assertEqual(file.known_count, 1)
        self.assert_taken_over()

    def test_nothing_settles_it_again(self):
        suggestion = self.booked.suggestion_ids[1]
        values = {"line_ids": [Command.set(self.items(self.second, "liability_payable").ids)]}
        settling = self.env["ev.bank.settle"].with_context(default_entry_id=self.booked.id)
        wizard = self.as_user(settling, self.maker).create(values)
        self.settle(self.first)
        self.assertFalse(suggestion.exists())
        entries = self.as_user(self.booked, self.maker)
        for step in (entries.action_match_again, entries.action_told_twice, entries.action_park, wizard.action_settle):
            with self.assertRaisesRegex(UserError, "is settled already: undo that first"), self.env.cr.savepoint():
                step()
        self.assert_taken_over()

    def test_undo_takes_it_back(self):
        self.settle(self.first)
        self.as_user(self.booked, self.maker).action_undo()
        self.assertEqual((self.booked.state, self.first.amount_residual), ("exception", 80))
        self.assert_ledger(self.booked, bank=-80, suspense=80)
        # the bank moved the money: it waits for the entry, and the other bill does not
        again = self.propose(self.first | self.second)
        self.assertEqual((again.line_count, again.held_ids.item_ids.move_id), (1, self.first))

    def test_moved_and_not_reconciled_is_found_before_anything_is_decided(self):
        """On the partner's account it is still to be reconciled: the accountant goes on; nobody else decides meanwhile."""
        self.put_on(self.first)
        self.assertEqual(self.booked.state, "exception")
        with self.assertRaisesRegex(UserError, "is settled already"), self.env.cr.savepoint():
            self.as_user(self.booked, self.maker).action_match_again()
        with self.assertRaisesRegex(UserError, "is settled already"), self.env.cr.savepoint():
            self.booked.sudo()._settle_by_hand([[f"l:{self.items(self.second, 'liability_payable').id}", "-80.00"]])
        self.take(notified(entry("-80.00", "KIWI-B", ref="out", end="BANK-END-1")))
        self.assertEqual((self.booked.state, self.booked.settled_by_id), ("matched", self.accountant))
        self.assertFalse(self.booked.settled_ids)
        moved = self.items(self.booked.move_id, "liability_payable") | self.items(self.first, "liability_payable")
        self.as_user(moved, self.accountant).reconcile()
        self.assert_taken_over()

    def test_moved_and_not_reconciled_is_undone(self):
        self.put_on(self.first)
        self.as_user(self.booked, self.maker).action_undo()
        self.assertEqual((self.booked.state, self.booked.facts["undone"]), ("exception", []))
        self.assert_ledger(self.booked, bank=-80, suspense=80)

    def test_put_on_an_expense_it_is_settled_at_once(self):
        self.as_user(self.booked, self.maker).action_park()
        self.suspense().with_user(self.accountant).account_id = self.fees
        self.assertEqual((self.booked.state, self.booked.settled_by_id), ("matched", self.accountant))
        with self.assertRaisesRegex(UserError, "is settled already"):
            self.as_user(self.booked, self.maker).action_match_again()
        self.assert_ledger(self.booked, bank=-80, fee=80)

    def test_another_suspense_account_of_the_journal_settles_nothing(self):
        other = self.journal.suspense_account_id.copy({"code": "101499", "name": "Suspense 2"})
        self.journal.suspense_account_id = other
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.as_user(self.booked, self.maker).action_undo()
        self.assertEqual(self.booked.state, "exception")
        self.as_user(self.booked, self.maker).action_match_again()
        self.as_user(self.booked.suggestion_ids[0], self.maker).action_apply()
        self.assert_ledger(self.booked, bank=-80, payable=80)

    def test_a_twin_settled_in_the_ledger_is_not_dropped(self):
        self.take(notified(entry("50.00", "our thanks"), "N1"))
        invoice = self.make_invoice("50.00", self.kiwi)
        twin = self.take(statement(entry("50.00", "for x"), name="S9", opening="0.00", closing="50.00")).entry_ids
        self.assertTrue(twin.is_twin)
        self.settle(invoice, twin)
        with self.assertRaisesRegex(UserError, "is settled already"), self.env.cr.savepoint():
            self.as_user(twin, self.maker).action_told_twice()
        self.assertEqual((twin.state, twin.settled_ids, invoice.payment_state), ("matched", invoice, "paid"))
