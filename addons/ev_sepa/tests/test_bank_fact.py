"""What the bank moved stays in the ledger: core's screens take no bank line of a file out of it, and open nothing unnoticed."""

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .bank_common import BankCase, answer, entry, statement
from .common import HOST_IBAN, OTHER_IBAN


class FactCase(BankCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = cls.make_user("fact-clerk", "account.group_account_invoice")
        # may write bank lines in core's screens, too
        cls.accountant = cls.make_user("fact-accountant", "account.group_account_user")

    def receive(self, *invoices):
        """A matched entry that pays these."""
        total = sum(invoice.amount_total for invoice in invoices)
        names = " ".join(invoice.name for invoice in invoices)
        booked = self.take_one(statement(entry(f"{total:.2f}", names, ref="in")))
        self.assertEqual(booked.state, "matched", booked.reason)
        return booked

    def items(self, move, kind="asset_receivable"):
        return move.line_ids.filtered(lambda line: line.account_id.account_type == kind)


@tagged("post_install", "-at_install")
class TestBankFact(FactCase):
    def setUp(self):
        super().setUp()
        self.invoice = self.make_invoice("50.00", self.kiwi)
        self.booked = self.receive(self.invoice)
        self.line, self.move = self.booked.statement_line_id, self.booked.move_id

    def assert_untouched(self):
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual((self.booked.state, self.move.state, self.line.amount), ("matched", "posted", 50))
        self.assertEqual((self.invoice.payment_state, self.invoice.amount_residual), ("paid", 0))
        self.assert_ledger(self.booked, bank=50, receivable=-50)

    def assert_refused(self, record, step, *arguments):
        with self.assertRaisesRegex(UserError, "press 'Undo Match' on the entry"), self.env.cr.savepoint():
            getattr(record, step)(*arguments)
        self.env.invalidate_all()

    def test_its_journal_entry_is_not_taken_out(self):
        # each of these once left the entry "matched" and the invoice open
        forged = {
            "force_delete": True,
            "skip_readonly_check": True,
            "ev_bank_booking": True,
            "ev_payment_posting": True,
        }
        for user in (self.clerk, self.accountant):
            move = self.as_user(self.move, user)
            for record in (move, move.with_context(**forged), move.sudo()):
                self.assert_refused(record, "button_draft")
                self.assert_refused(record, "button_cancel")
                self.assert_refused(record, "write", {"state": "draft"})
                self.assert_refused(record, "write", {"statement_line_id": False})
                self.assert_refused(record, "write", {"date": "2026-11-01"})
                self.assert_refused(record, "_reverse_moves", None, True)
        self.assert_refused(self.move.with_context(force_delete=True), "unlink")
        self.assert_untouched()

    def test_its_amount_account_and_day_are_the_banks(self):
        dollars, other = self.env.ref("base.USD"), self.make_journal("BNKO", OTHER_IBAN)
        line = self.as_user(self.line, self.accountant)
        for values in (
            {"amount": 5},
            {"amount_currency": 60, "foreign_currency_id": dollars.id},
            {"journal_id": other.id},
            {"date": "2026-11-26"},
            {"move_id": self.invoice.id},
            {"partner_id": self.host.id},
            {"payment_ref": "nicer"},
        ):
            for record in (line, line.with_context(force_delete=True, skip_account_move_synchronization=True)):
                self.assert_refused(record, "write", values)
        self.assert_untouched()

    def test_its_journal_items_stay(self):
        bank = self.move.line_ids.filtered(lambda item: item.account_id == self.journal.default_account_id)
        owed = self.items(self.move)
        for item in (bank, owed):
            forged = self.as_user(item, self.accountant).with_context(force_delete=True, check_move_validity=False)
            self.assert_refused(forged, "write", {"account_id": self.fees.id})
            self.assert_refused(forged, "write", {"balance": item.balance / 2})
            with self.assertRaises(UserError), self.env.cr.savepoint():
                forged.unlink()
        more = [
            {"move_id": self.move.id, "account_id": account.id, "balance": balance}
            for account, balance in ((self.journal.default_account_id, -45), (self.fees, 45))
        ]
        forged = self.as_user(bank, self.accountant).with_context(skip_account_move_synchronization=True)
        self.assert_refused(forged.browse(), "create", more)
        # nor is what is reconciled with it made less, or of something else
        partial = owed.matched_debit_ids
        nothing = {"amount": 0, "debit_amount_currency": 0, "credit_amount_currency": 0}
        for values in (nothing, {"credit_move_id": self.items(self.make_invoice("9.00")).id}):
            self.assert_refused(self.as_user(partial, self.accountant), "write", values)
        # what moves no money is anybody's
        owed.with_user(self.accountant).name = "a nicer label"
        self.assert_untouched()

    def test_one_that_waits_is_told_its_partner_and_keeps_its_amount(self):
        waiting = self.take_one(statement(entry("7.00", "hello", iban="", ref="w"), name="S2"))
        line = self.as_user(waiting.statement_line_id, self.accountant)
        self.assert_refused(line, "write", {"amount": 5})
        self.assert_refused(self.as_user(waiting.move_id, self.clerk), "button_draft")
        line.write({"partner_id": self.kiwi.id, "payment_ref": "hello Kiwi"})
        self.assertEqual((line.partner_id, line.payment_ref), (self.kiwi, "hello Kiwi"))
        suspense = waiting.move_id.line_ids.filtered(lambda item: item.account_id == self.journal.suspense_account_id)
        forged = self.as_user(suspense, self.accountant).with_context(skip_account_move_synchronization=True)
        self.assert_refused(forged, "write", {"account_id": self.journal.default_account_id.id})
        # Community has no screen to reconcile: the item on the suspense account may go where it belongs
        suspense.with_user(self.accountant).account_id = self.fees
        self.assert_ledger(waiting, bank=7, fee=-7)

    def test_a_bank_line_typed_by_hand_is_its_accountants(self):
        lines = self.as_user(self.env["account.bank.statement.line"], self.accountant)
        line = lines.create({"journal_id": self.journal.id, "date": "2026-11-25", "payment_ref": "x", "amount": 5})
        line.amount = 6
        line.move_id.button_draft()
        self.assertEqual((line.amount, line.move_id.state), (6, "draft"))
        line.unlink()
        self.assertFalse(line.exists())

    def test_a_context_says_nothing_of_an_entry(self):
        by_hand = self.env["account.bank.statement.line"].create(
            {"journal_id": self.journal.id, "date": "2026-11-25", "payment_ref": "by hand", "amount": 5}
        )
        said = {"statement_line_id": by_hand.id, "settled_by_id": self.approver.id, "question": "x", "is_twin": True}
        files = self.as_user(self.env["ev.bank.file"], self.maker)
        forged = files.with_context(**{f"default_{name}": value for name, value in said.items()})
        taken = forged._take("forged.xml", statement(entry("9.00", "hello", iban="", ref="f"), name="S3"))[0].entry_ids
        self.assertEqual((taken.settled_by_id.id, taken.question, taken.is_twin), (False, False, False))
        self.assertNotEqual(taken.statement_line_id, by_hand)
        self.assert_ledger(taken, bank=9, suspense=-9)
        self.assertEqual(by_hand.amount, 5)

    def test_cores_undo_goes_on_for_payment_makers(self):
        with self.assertRaisesRegex(UserError, "Ask a payment maker"):
            self.as_user(self.line, self.accountant).action_undo_reconciliation()
        self.assert_untouched()
        both = self.make_user("books-and-payments", "ev_sepa.group_payment_maker,account.group_account_user")
        self.as_user(self.line, both).action_undo_reconciliation()
        self.assertEqual((self.booked.state, self.invoice.amount_residual), ("exception", 50))
        self.assert_ledger(self.booked, bank=50, suspense=-50)
        self.as_user(self.booked, self.maker).action_match_again()
        self.assert_untouched()


@tagged("post_install", "-at_install")
class TestUnreconcile(FactCase):
    """Core's *Unreconcile* on a document that the bank's entry settled."""

    def test_who_may_not_undo_entries_opens_nothing(self):
        bill = self.make_bill("80.00", self.kiwi)
        booked = self.take_one(statement(entry("-80.00", bill.ref, ref="out")))
        self.assertEqual((booked.state, bill.payment_state), ("matched", "paid"))
        for item in (self.items(bill, "liability_payable"), booked.move_id.line_ids):
            with self.assertRaisesRegex(UserError, "Ask a payment maker"):
                self.as_user(item, self.clerk).remove_move_reconcile()
        with self.assertRaisesRegex(UserError, "Ask a payment maker"):
            self.as_user(bill, self.clerk)._reverse_moves(cancel=True)
        self.assertEqual((booked.state, bill.payment_state), ("matched", "paid"))

    def test_a_payment_maker_undoes_the_whole_match_and_nothing_is_paid_twice(self):
        bills = [self.make_bill(amount, self.kiwi, ref=f"KIWI-{amount}") for amount in (80, 20)]
        booked = self.take_one(statement(entry("-100.00", "KIWI-80 KIWI-20", ref="out")))
        self.assertEqual((booked.state, booked.settled_ids), ("matched", bills[0] | bills[1]))
        self.as_user(self.items(bills[0], "liability_payable"), self.maker).remove_move_reconcile()
        self.assertEqual(booked.state, "exception")
        self.assertEqual([bill.amount_residual for bill in bills], [80, 20])
        self.assert_ledger(booked, bank=-100, suspense=100)
        # the bank moved that money: both are held until the entry is settled
        again = self.propose(bills[0] | bills[1])
        self.assertEqual((again.line_count, again.held_ids.mapped("hold_code")), (0, ["undone"] * len(again.held_ids)))
        for bill in bills:
            self.assertIn(bill.name, " ".join(again.held_ids.mapped("hold_note")))
        again.sudo().unlink()
        self.as_user(booked, self.maker).action_match_again()
        self.assertEqual((booked.state, [bill.payment_state for bill in bills]), ("matched", ["paid", "paid"]))

    def test_settled_otherwise_what_was_undone_may_be_paid(self):
        # the same host sends two bills of 80; the entry was matched with the wrong one
        wrong, right = (self.make_bill("80.00", self.kiwi, ref=ref) for ref in ("KIWI-1001", "KIWI-1002"))
        booked = self.take_one(statement(entry("-80.00", "KIWI-1001", ref="out")))
        self.as_user(booked, self.maker).action_undo()
        self.assertEqual(self.propose(wrong).held_ids.hold_code, "undone")
        wizard = self.as_user(self.env["ev.bank.settle"], self.maker).with_context(default_entry_id=booked.id)
        wizard.create({"line_ids": [Command.set(self.items(right, "liability_payable").ids)]}).action_settle()
        self.assertEqual((booked.state, right.payment_state), ("matched", "paid"))
        batch = wrong.ev_payment_item_ids.batch_id
        self.as_user(batch, self.maker).action_check()
        self.assertEqual((batch.state, batch.line_count, batch.held_count), ("checked", 1, 0))

    def test_a_payment_of_a_batch_is_with_the_bank_again_and_its_entry_waits(self):
        batch = self.paid_batch(self.make_bill("100.00"))
        paid = batch.line_ids
        booked = self.take_one(statement(entry("-100.00", end=paid.end_to_end_id, iban=HOST_IBAN, ref="out")))
        outstanding = paid.payment_id.move_id.line_ids.filtered(
            lambda item: item.account_id == paid.payment_id.outstanding_account_id
        )
        self.as_user(outstanding, self.maker).remove_move_reconcile()
        self.assertEqual((booked.state, paid.state, outstanding.amount_residual), ("exception", "accepted", -100))
        self.as_user(booked, self.maker).action_match_again()
        self.assertEqual((booked.state, paid.state, outstanding.amount_residual), ("matched", "booked", 0))

    def test_a_return_is_not_opened(self):
        batch = self.paid_batch(self.make_bill("100.00"))
        end = batch.line_ids.end_to_end_id
        self.take_one(statement(entry("-100.00", end=end, iban=HOST_IBAN, ref="out")))
        back = self.take_one(statement(entry("100.00", end=end, code="AC04", iban=HOST_IBAN, ref="back"), name="S2"))
        self.assertEqual((back.rule, batch.line_ids.state), ("return", "returned"))
        with self.assertRaisesRegex(UserError, "is a payment that came back"):
            self.as_user(back.move_id.line_ids, self.maker).remove_move_reconcile()
        self.assertEqual(back.state, "matched")


@tagged("post_install", "-at_install")
class TestPaymentFact(FactCase):
    """Payments of batches: the entry they are posted in is theirs."""

    def setUp(self):
        super().setUp()
        self.bill = self.make_bill("100.00")
        self.batch = self.paid_batch(self.bill)
        self.line = self.batch.line_ids
        self.payment = self.line.payment_id

    def test_another_entry_is_not_put_below_it(self):
        move = self.payment.move_id
        other = self.env["account.move"].create({"move_type": "entry", "journal_id": self.journal.id})
        for user in (self.clerk, self.accountant, self.maker):
            for value in (other.id, False):
                with self.assertRaisesRegex(UserError, "stands in the bank file"):
                    self.as_user(self.payment, user).write({"move_id": value})
        self.assertEqual(self.payment.move_id, move)

    def test_its_journal_items_stay_and_the_bank_finds_them(self):
        outstanding = self.payment.move_id.line_ids.filtered(
            lambda item: item.account_id == self.payment.outstanding_account_id
        )
        for values in ({"account_id": self.fees.id}, {"partner_id": self.kiwi.id}, {"balance": -1}):
            for item in (outstanding, self.payment.move_id.line_ids - outstanding):
                forged = self.as_user(item, self.accountant).with_context(check_move_validity=False)
                with self.assertRaises(UserError):
                    forged.write(values)
        paid = (self.payment.move_id.line_ids - outstanding).matched_credit_ids
        self.assertEqual(paid.amount, 100)
        with self.assertRaisesRegex(UserError, "it is paid once"):
            self.as_user(paid, self.accountant).write({"amount": 0, "debit_amount_currency": 0})
        with self.assertRaises(UserError):
            self.as_user(outstanding, self.accountant).with_context(
                force_delete=True, check_move_validity=False
            ).unlink()
        booked = self.take_one(statement(entry("-100.00", end=self.line.end_to_end_id, iban=HOST_IBAN, ref="out")))
        self.assertEqual((booked.state, self.line.state, self.bill.payment_state), ("matched", "booked", "paid"))

    def test_a_rejection_opens_its_bill_still(self):
        self.take(answer(self.batch.message_id, (self.line.end_to_end_id, "RJCT", "AC04", "closed")), "status.xml")
        self.assertEqual((self.line.state, self.bill.amount_residual), ("rejected", 100))
