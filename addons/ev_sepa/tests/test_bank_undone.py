"""What a person undid is not matched again by itself, and its documents are held until the entry is settled anew."""

from odoo.fields import Command
from odoo.tests import tagged

from .bank_common import BankCase, entry, statement
from .test_bank_told import notified


@tagged("post_install", "-at_install")
class TestBankUndone(BankCase):
    """80 EUR go to Kiwi for its bill KIWI-80; somebody undoes that."""

    def setUp(self):
        super().setUp()
        self.bill = self.make_bill("80.00", self.kiwi, ref="KIWI-80")
        self.booked = self.take_one(statement(entry("-80.00", "KIWI-80", ref="out"), opening="80.00", closing="0.00"))
        self.assertEqual((self.booked.state, self.bill.payment_state), ("matched", "paid"))
        self.undo()

    def undo(self):
        self.as_user(self.booked, self.maker).action_undo()
        self.assertEqual(self.booked.state, "exception")

    def assert_held(self, *bills):
        """Open, and each held for the entry."""
        batch = self.propose(self.env["account.move"].union(*bills))
        self.assertEqual((batch.line_count, batch.held_ids.mapped("hold_code")), (0, ["undone"] * len(bills)))
        batch.sudo().unlink()

    def tell_more(self):
        file = self.take(notified(entry("-80.00", "more words", ref="out", end="BANK-END-1")))
        self.assertEqual(file.known_count, 1)

    def test_more_words_of_the_bank_only_suggest_it(self):
        self.tell_more()
        self.assertEqual((self.booked.state, self.bill.payment_state), ("exception", "not_paid"))
        self.assertIn("Somebody undid its match", self.booked.reason)
        self.assertIn("BANK-END-1", self.booked.facts["ends"])
        self.assert_held(self.bill)
        self.assertEqual(len(self.booked.suggestion_ids), 1)
        self.as_user(self.booked.suggestion_ids, self.maker).action_apply()
        self.assertEqual(
            (self.booked.state, self.booked.settled_ids, self.bill.payment_state), ("matched", self.bill, "paid")
        )

    def test_a_person_who_asks_matches_it(self):
        self.tell_more()
        self.as_user(self.booked, self.maker).action_match_again()
        self.assertEqual((self.booked.state, self.bill.payment_state), ("matched", "paid"))

    def test_undone_twice_both_are_held(self):
        other = self.make_bill("80.00", self.kiwi, ref="KIWI-81")
        owed = other.line_ids.filtered(lambda item: item.account_id.account_type == "liability_payable")
        wizard = self.as_user(self.env["ev.bank.settle"], self.maker).with_context(default_entry_id=self.booked.id)
        wizard.create({"line_ids": [Command.set(owed.ids)]}).action_settle()
        self.assertEqual((self.booked.state, self.booked.settled_ids), ("matched", other))
        # settled with the other one, the first may be paid
        batch = self.propose(self.bill)
        self.assertEqual((batch.line_count, batch.held_count), (1, 0))
        batch.sudo().unlink()
        self.undo()
        self.assert_held(self.bill, other)

    def test_what_is_known_of_it_is_not_forgotten(self):
        """The statement has the bank's reference, our block and words; a notification tells its transactions without them."""
        told = entry("-9.00", "two of yours", block="BLOCK-9", iban="", ref="sum-9")
        for name, more in (
            ("no reference, no block", entry("-9.00", "two of yours", iban="", ends=("A-1", "A-2"))),
            ("no block, no words", entry("-9.00", iban="", ref="sum-9", ends=("A-1", "A-2"))),
        ):
            with self.subTest(name), self.env.cr.savepoint() as point:
                summed = self.take_one(statement(told, name="S2", opening="9.00", closing="0.00"))
                self.assertEqual((summed.state, summed.facts["servicer"]), ("exception", "sum-9"))
                file = self.take(notified(more, name="N2"))
                self.assertEqual((file.known_count, summed.facts["ends"]), (1, ["A-1", "A-2"]))
                self.assertEqual((summed.facts["servicer"], summed.facts["batches"]), ("sum-9", ["BLOCK-9"]))
                self.assertEqual((summed.text, summed.facts["has_text"]), ("two of yours", True))
                point.rollback()
                self.env.invalidate_all()
