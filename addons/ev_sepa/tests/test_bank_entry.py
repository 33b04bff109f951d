"""Payments of ours come by: booked one by one, as a batch, with a fee, and given back."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from .bank_common import BankCase, entry, statement


@tagged("post_install", "-at_install")
class TestBankEntry(BankCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bill = cls.make_bill("100.00")

    def sent(self, *bills):
        batch = self.paid_batch(*(bills or (self.bill,)))
        return batch, batch.line_ids

    def test_a_payment_is_booked_by_its_end_to_end_id(self):
        batch, line = self.sent()
        self.assertEqual(self.bill.payment_state, "in_payment")
        booked = self.take_one(statement(entry("-100.00", end=line.end_to_end_id, iban="")))
        self.assertEqual((booked.state, booked.rule, booked.partner_id), ("matched", "end_to_end", self.host))
        self.assertEqual((line.state, str(line.booked_on), batch.state), ("booked", "2026-11-25", "booked"))
        self.assertEqual((line.payment_id.is_matched, line.payment_id.state), (True, "paid"))
        self.assertEqual(self.bill.payment_state, "paid")

    def test_another_amount_is_an_exception_and_the_payment_stays_open(self):
        batch, line = self.sent()
        booked = self.take_one(statement(entry("-90.00", end=line.end_to_end_id)))
        self.assertEqual((booked.state, line.state), ("exception", "released"))
        self.assertIn("of our payment of 100.00, but the bank moved 90.00", booked.reason)

    def test_a_batch_booked_as_one_sum(self):
        plum = self.make_partner("Plum SARL", "DE02120300000000202051")
        batch, lines = self.sent(self.bill, self.make_bill("50.00", plum))
        block = lines[0].block_id
        self.assertEqual(set(lines.mapped("block_id")), {block})
        booked = self.take_one(statement(entry("-150.00", iban="", block=block)))
        self.assertEqual((booked.rule, set(lines.mapped("state")), batch.state), ("batch", {"booked"}, "booked"))
        self.assertEqual(len(booked.move_id.line_ids), 3)

    def test_a_sum_whose_payments_are_named_without_amounts_is_divided_not_repeated(self):
        plum = self.make_partner("Plum SARL", "DE02120300000000202051")
        batch, lines = self.sent(self.bill, self.make_bill("50.00", plum))
        booked = self.take_one(statement(entry("-150.00", iban="", ends=lines.mapped("end_to_end_id"))))
        self.assertEqual((booked.rule, booked.amount, batch.state), ("end_to_end", -150, "booked"))
        self.assertEqual(booked.statement_line_id.amount, -150)

    def test_a_sum_is_settled_by_what_a_notification_tells_of_it_later(self):
        plum = self.make_partner("Plum SARL", "DE02120300000000202051")
        batch, lines = self.sent(self.bill, self.make_bill("50.00", plum))
        total = self.take_one(statement(entry("-150.00", "collective order", iban="", ref="SUM-1")))
        self.assertEqual(total.state, "exception")
        bank_line = total.statement_line_id
        told = entry("-150.00", "collective order", iban="", ref="SUM-1", ends=lines.mapped("end_to_end_id"))
        file = self.take(statement(told, family="camt.054", name="N1"))
        self.assertEqual((len(file.entry_ids), file.known_count), (0, 1))
        self.assertEqual((total.state, total.rule, total.statement_line_id), ("matched", "end_to_end", bank_line))
        self.assertEqual(batch.state, "booked")

    def test_a_payment_given_back_opens_its_documents(self):
        batch, line = self.sent()
        self.take_one(statement(entry("-100.00", end=line.end_to_end_id, iban=""), name="A"))
        back = self.take_one(statement(entry("100.00", end=line.end_to_end_id, code="AC04"), name="B"))
        self.assertEqual((back.state, back.rule, back.return_code), ("matched", "return", "AC04"))
        self.assertEqual((line.state, line.reason_code), ("returned", "AC04"))
        self.assertEqual((self.bill.amount_residual, self.bill.payment_state), (100, "not_paid"))
        self.assertEqual(line.partner_bank_id.ev_approval, "held")
        # nothing of it is left on the outstanding account
        outstanding = line.payment_id.outstanding_account_id
        left = self.env["account.move.line"].search(
            [("account_id", "=", outstanding.id), ("partner_id", "=", self.host.id)]
        )
        self.assertEqual(sum(left.mapped("amount_residual")), 0)
        self.assertTrue(back.statement_line_id.is_reconciled)
        with self.assertRaises(UserError):
            self.as_user(back, self.maker).action_undo()

    def test_a_payment_given_back_less_a_fee(self):
        _batch, line = self.sent()
        self.take_one(statement(entry("-100.00", end=line.end_to_end_id, iban=""), name="A"))
        back = self.take_one(statement(entry("98.50", end=line.end_to_end_id, code="AC04"), name="B"))
        self.assertEqual((back.rule, line.state, self.bill.amount_residual), ("return", "returned", 100))
        fee = back.move_id.line_ids.filtered(lambda line: line.account_id == self.fees)
        self.assertEqual(fee.balance, 1.5)

    def test_a_return_with_a_large_fee_is_for_a_person(self):
        _batch, line = self.sent()
        self.take_one(statement(entry("-100.00", end=line.end_to_end_id, iban=""), name="A"))
        back = self.take_one(statement(entry("80.00", end=line.end_to_end_id, code="MD06"), name="B"))
        self.assertEqual((back.state, line.state, self.bill.amount_residual), ("exception", "booked", 0))
        self.as_user(back.suggestion_ids[0], self.maker).action_apply()
        self.assertEqual((back.state, back.rule, line.state), ("matched", "return", "returned"))
        self.assertEqual(self.bill.amount_residual, 100)
        with self.assertRaises(UserError):
            self.as_user(back, self.maker).action_undo()

    def test_undo_puts_it_back(self):
        batch, line = self.sent()
        booked = self.take_one(statement(entry("-100.00", end=line.end_to_end_id, iban="")))
        self.as_user(booked, self.maker).action_undo()
        self.assertEqual((booked.state, line.state, batch.state), ("exception", "accepted", "accepted"))
        self.assert_ledger(booked, bank=-100, suspense=100)
        self.assertIn("Undone by", booked.reason)
        self.assertFalse(line.payment_id.is_matched)
        self.as_user(booked, self.maker).action_match_again()
        self.assertEqual((booked.state, line.state), ("matched", "booked"))

    def test_undo_in_cores_own_screens_is_the_same_and_deleting_is_refused(self):
        batch, line = self.sent()
        booked = self.take_one(statement(entry("-100.00", end=line.end_to_end_id, iban="")))
        with self.assertRaises(UserError):
            booked.sudo().statement_line_id.unlink()
        booked.sudo().statement_line_id.action_undo_reconciliation()
        self.assertEqual((booked.state, line.state, line.booked_on), ("exception", "accepted", False))

    def test_undo_leaves_other_payments_of_the_same_bill_alone(self):
        # 60 of the bill are settled by a bank entry, then the rest is paid by a batch and booked
        payable = self.bill.line_ids.filtered(lambda line: line.account_type == "liability_payable")
        first = self.take_one(statement(entry("-60.00", "in advance", iban=""), name="A"))
        first.sudo()._settle_by_hand([[f"l:{payable.id}", "-60.00"]])
        self.assertEqual(self.bill.amount_residual, 40)
        batch, line = self.sent()
        self.take_one(statement(entry("-40.00", end=line.end_to_end_id, iban=""), name="B"))
        self.as_user(first, self.maker).action_undo()
        self.assertEqual((line.state, batch.state, self.bill.amount_residual), ("booked", "booked", 60))

    def test_match_again_finds_what_was_posted_meanwhile(self):
        booked = self.take_one(statement(entry("77.00", "INV-LATE-2026")))
        self.assertEqual(booked.state, "exception")
        invoice = self.make_invoice("77.00", self.kiwi, payment_reference="INV-LATE-2026")
        line = booked.statement_line_id
        self.as_user(booked, self.maker).action_match_again()
        self.assertEqual((booked.state, booked.settled_ids, booked.statement_line_id), ("matched", invoice, line))
        self.assert_ledger(booked, bank=77, receivable=-77)

    def test_what_moved_meanwhile_is_not_settled_twice(self):
        invoice = self.make_invoice("50.00", self.kiwi) | self.make_invoice("50.00", self.kiwi)
        booked = self.take_one(statement(entry("50.00", "thanks")))
        first = booked.suggestion_ids[0]
        number = int(first.allocations[0][0].split(":")[1])
        register = self.env["account.payment.register"].with_context(active_model="account.move", active_ids=[number])
        register.create({"journal_id": self.make_journal("BNKN", "NL91ABNA0417164300").id})._create_payments()
        with self.assertRaises(UserError):
            self.as_user(first, self.maker).action_apply()
        self.assertEqual((booked.state, sum(invoice.mapped("amount_residual"))), ("exception", 50))

    def test_a_closed_period_concerns_its_entry_alone(self):
        invoice = self.make_invoice("40.00", self.kiwi)
        early = entry("40.00", invoice.name).replace("2026-11-25", "2026-06-30")
        self.company.fiscalyear_lock_date = "2026-10-01"
        second = self.make_invoice("30.00", self.kiwi)
        file = self.take(statement(early, entry("30.00", second.name)))
        self.assertEqual(file.state, "done")
        self.assertEqual(sorted(file.entry_ids.mapped("state")), ["matched", "matched"])
        dates = {entry.amount: str(entry.move_id.date) for entry in file.entry_ids}
        # core books what is in a closed period on the first open day
        self.assertGreater(dates[40], "2026-10-01")
