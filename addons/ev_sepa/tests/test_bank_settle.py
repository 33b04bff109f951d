"""Exceptions settled by a person: chosen documents, a rest that goes somewhere, a question to somebody."""

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .bank_common import BankCase, entry, statement
from .common import HOST_IBAN


@tagged("post_install", "-at_install")
class TestBankSettle(BankCase):
    def wizard(self, booked, **values):
        action = self.as_user(booked, self.maker).action_settle()
        return self.as_user(self.env["ev.bank.settle"], self.maker).with_context(**action["context"]).create(values)

    def receivable(self, invoice):
        return invoice.line_ids.filtered(lambda line: line.account_type == "asset_receivable")

    def test_the_rest_is_shown_while_choosing(self):
        invoice = self.make_invoice("70.00", self.kiwi)
        booked = self.take_one(statement(entry("100.00", "hello")))
        wizards = self.as_user(self.env["ev.bank.settle"], self.maker).with_context(default_entry_id=booked.id)
        with Form(wizards) as form:
            self.assertEqual((form.partner_id, form.rest), (self.kiwi, 100))
            form.line_ids.add(self.receivable(invoice))
            self.assertEqual((form.settled, form.rest), (70, 30))

    def test_too_much_stays_open_on_the_partner(self):
        invoice = self.make_invoice("70.00", self.kiwi)
        booked = self.take_one(statement(entry("100.00", "hello")))
        self.wizard(booked, line_ids=self.receivable(invoice).ids).action_settle()
        self.assertEqual((booked.state, booked.rule, invoice.amount_residual), ("matched", "manual", 0))
        self.assert_ledger(booked, bank=100, receivable=-100)
        left = booked.move_id.line_ids.filtered(lambda line: line.account_type == "asset_receivable")
        self.assertEqual(sorted(left.mapped("amount_residual")), [-30, 0])

    def test_too_little_settles_a_part(self):
        invoice = self.make_invoice("100.00", self.kiwi)
        booked = self.take_one(statement(entry("60.00", "hello")))
        self.wizard(booked, line_ids=self.receivable(invoice).ids).action_settle()
        self.assertEqual((booked.state, invoice.amount_residual), ("matched", 40))

    def test_a_payment_of_a_batch_is_settled_whole_or_not_at_all(self):
        # 60 of a payment of 100: it was booked, and 40 stayed outstanding
        batch = self.paid_batch(self.make_bill("100.00"))
        sent, end = batch.line_ids, batch.line_ids.end_to_end_id
        booked = self.take_one(statement(entry("-60.00", end=end, iban=HOST_IBAN)))
        outstanding = sent.payment_id.move_id.line_ids.filtered(
            lambda line: line.account_id == sent.payment_id.outstanding_account_id
        )
        with self.assertRaisesRegex(UserError, "all of it or nothing"):
            self.wizard(booked, partner_id=self.host.id, line_ids=outstanding.ids).action_settle()
        self.assertEqual((booked.state, sent.state, outstanding.amount_residual), ("exception", "released", -100))
        # 110 went: 100 of it is the payment, 10 stay open on the partner
        more = self.take_one(statement(entry("-110.00", end=end, iban=HOST_IBAN), name="S2"))
        self.wizard(more, partner_id=self.host.id, line_ids=outstanding.ids).action_settle()
        self.assertEqual((more.state, sent.state, outstanding.amount_residual), ("matched", "booked", 0))

    def test_too_little_with_the_difference_as_fee(self):
        invoice = self.make_invoice("100.00", self.kiwi)
        booked = self.take_one(statement(entry("91.00", "hello")))
        self.wizard(booked, line_ids=self.receivable(invoice).ids, rest_way="fee").action_settle()
        self.assertEqual(invoice.amount_residual, 0)
        self.assert_ledger(booked, bank=91, fee=9, receivable=-100)

    def test_all_of_it_to_an_account_needs_a_reason(self):
        income = self.env["account.account"].create(
            {
                "name": "Interest",
                "code": "768000",
                "account_type": "income_other",
                "company_ids": [(6, 0, self.company.ids)],
            }
        )
        booked = self.take_one(statement(entry("3.00", "interest", iban="")))
        with self.assertRaises(UserError):
            self.wizard(booked, rest_way="account", account_id=income.id).action_settle()
        self.assertEqual(booked.state, "exception")
        self.wizard(booked, rest_way="account", account_id=income.id, note="Interest of Q3").action_settle()
        self.assert_ledger(booked, bank=3, other=-3)
        self.assertEqual(booked.reason, "Interest of Q3")
        self.assertIn("Interest of Q3", booked.move_id.line_ids.mapped("name"))

    def test_nothing_chosen_settles_nothing(self):
        booked = self.take_one(statement(entry("3.00", "hello", iban="")))
        with self.assertRaises(UserError):
            self.wizard(booked).action_settle()
        with self.assertRaises(UserError):
            self.wizard(booked, rest_way="fee").action_settle()
        self.assert_ledger(booked, bank=3, suspense=-3)

    def test_a_line_of_another_kind_is_not_settled(self):
        invoice = self.make_invoice("70.00", self.kiwi)
        booked = self.take_one(statement(entry("100.00", "hello")))
        income = invoice.line_ids - self.receivable(invoice)
        with self.assertRaises(UserError):
            self.wizard(booked, line_ids=income.ids).action_settle()
        self.assertEqual(booked.state, "exception")

    def test_left_open_with_a_question(self):
        booked = self.take_one(statement(entry("3.00", "hello", iban="")))
        ask = self.as_user(self.env["ev.bank.ask"], self.maker).create(
            {"entry_ids": booked.ids, "question": "Whose is this?", "user_id": self.approver.id}
        )
        ask.action_ask()
        self.assertEqual((booked.state, booked.question), ("parked", "Whose is this?"))
        self.assertEqual(booked.move_id.activity_ids.user_id, self.approver)
        self.assert_ledger(booked, bank=3, suspense=-3)
        self.as_user(booked, self.maker).action_match_again()
        self.assertEqual(booked.state, "exception")
