"""A bank's file settles documents by itself where that is certain, and says why where it is not."""

from odoo.fields import Command
from odoo.tests import tagged

from .bank_common import BankCase, answer, entry, statement
from .common import HOST_IBAN


@tagged("post_install", "-at_install")
class TestBankMatch(BankCase):
    def test_an_invoice_named_with_its_amount_is_paid(self):
        invoice = self.make_invoice("120.50", self.kiwi)
        booked = self.take_one(statement(entry("120.50", f"Payment {invoice.name}"), closing="120.50"))
        self.assertEqual((booked.state, booked.rule, booked.partner_id), ("matched", "reference", self.kiwi))
        self.assertEqual(booked.settled_ids, invoice)
        self.assert_ledger(booked, bank=120.5, receivable=-120.5)
        self.assertEqual((invoice.payment_state, invoice.amount_residual), ("paid", 0))
        line = booked.statement_line_id
        self.assertTrue(line.is_reconciled)
        self.assertEqual((line.statement_id.balance_end_real, line.statement_id.is_complete), (120.5, True))

    def test_the_number_with_another_amount_settles_nothing(self):
        invoice = self.make_invoice("120.50", self.kiwi)
        booked = self.take_one(statement(entry("110.50", invoice.name)))
        self.assertEqual(booked.state, "exception")
        self.assertIn("10.00 less", booked.reason)
        self.assert_ledger(booked, bank=110.5, suspense=-110.5)
        self.assertEqual(invoice.amount_residual, 120.5)

    def test_five_euros_called_05_settle_nothing(self):
        invoice = self.make_invoice("5.00", self.kiwi)
        booked = self.take_one(statement(entry("5.00", invoice.name[-2:], iban="")))
        self.assertEqual((booked.state, invoice.amount_residual), ("exception", 5))

    def test_a_small_fee_is_booked_and_a_larger_difference_is_not(self):
        first, second = self.make_invoice("100.00", self.kiwi), self.make_invoice("200.00", self.kiwi)
        file = self.take(statement(entry("98.50", first.name), entry("197.00", second.name)))
        short = file.entry_ids.filtered(lambda entry: entry.amount == 98.5)
        self.assertEqual((short.state, short.rule), ("matched", "fee"))
        self.assert_ledger(short, bank=98.5, fee=1.5, receivable=-100)
        self.assertEqual((file.entry_ids - short).state, "exception")
        self.assertEqual((first.amount_residual, second.amount_residual), (0, 200))

    def test_no_account_for_fees_no_fee(self):
        self.journal.ev_fee_account_id = False
        invoice = self.make_invoice("100.00", self.kiwi)
        booked = self.take_one(statement(entry("98.50", invoice.name)))
        self.assertEqual((booked.state, invoice.amount_residual), ("exception", 100))

    def test_charges_the_bank_tells(self):
        invoice = self.make_invoice("100.00", self.kiwi)
        booked = self.take_one(statement(entry("92.00", invoice.name, charge="8.00")))
        self.assertEqual((booked.rule, booked.charges), ("charges", 8))
        self.assert_ledger(booked, bank=92, fee=8, receivable=-100)

    def test_the_partner_by_his_account_and_the_only_sum(self):
        invoices = self.make_invoice("100.00", self.kiwi) | self.make_invoice("50.00", self.kiwi)
        credit = self.make_credit_note("30.00", self.kiwi)
        other = self.make_invoice("33.00", self.kiwi)
        booked = self.take_one(statement(entry("120.00", "thanks")))
        self.assertEqual((booked.rule, booked.settled_ids), ("partner", invoices | credit))
        self.assertEqual(other.amount_residual, 33)
        self.assertEqual(set((invoices | credit).mapped("payment_state")), {"paid"})

    def test_an_amount_that_can_be_made_in_two_ways_waits(self):
        invoices = self.make_invoice("50.00", self.kiwi) | self.make_invoice("50.00", self.kiwi)
        booked = self.take_one(statement(entry("50.00", "thanks")))
        self.assertEqual(booked.state, "exception")
        self.assertIn("more than one way", booked.reason)
        self.assertEqual(invoices.mapped("amount_residual"), [50, 50])
        suggestion = booked.suggestion_ids[0]
        self.as_user(suggestion, self.maker).action_apply()
        self.assertEqual((booked.state, booked.rule, booked.settled_by_id), ("matched", "manual", self.maker))
        self.assertEqual(sorted(invoices.mapped("amount_residual")), [0, 50])

    def test_a_part_payment_is_taken_where_the_journal_allows_it(self):
        invoice = self.make_invoice("100.00", self.kiwi)
        self.journal.ev_match_partial = True
        file = self.take(statement(entry("60.00", invoice.name), entry("40.00", invoice.name)))
        self.assertEqual(file.entry_ids.mapped("rule"), ["partial", "partial"])
        self.assertEqual((invoice.amount_residual, invoice.payment_state), (0, "paid"))

    def test_paid_twice_settles_once(self):
        invoice = self.make_invoice("40.00", self.kiwi)
        file = self.take(statement(entry("40.00", invoice.name), entry("40.00", invoice.name)))
        self.assertEqual(sorted(file.entry_ids.mapped("state")), ["exception", "matched"])
        again = file.entry_ids.filtered(lambda entry: entry.state == "exception")
        self.assertIn("paid twice", again.reason)
        self.assert_ledger(again, bank=40, suspense=-40)

    def test_an_account_of_two_partners_is_of_none(self):
        self.make_account(self.host, "BE71096123456769")
        self.env["res.partner.bank"].create({"acc_number": "BE71096123456769", "partner_id": self.kiwi.id})
        self.make_invoice("70.00", self.kiwi)
        booked = self.take_one(statement(entry("70.00", iban="BE71096123456769")))
        self.assertEqual((booked.state, booked.partner_id.id), ("exception", False))

    def test_no_account_is_made_by_itself(self):
        before = self.env["res.partner.bank"].search_count([])
        invoice = self.make_invoice("70.00", self.kiwi)
        booked = self.take_one(statement(entry("70.00", invoice.name, iban="BE71096123456769")))
        self.assertEqual(booked.state, "matched")
        self.assertEqual(self.env["res.partner.bank"].search_count([]), before)

    def test_lines_of_an_opening_balance_are_things_of_their_own(self):
        plum = self.make_partner("Plum SARL", "DE02120300000000202051")
        receivable = self.kiwi.property_account_receivable_id
        facts = [(self.kiwi, 60, "OLD-2025-0001"), (plum, 60, "OLD-2025-0002"), (plum, -120, "OLD-2025-0003")]
        opening = self.env["account.move"].create(
            {
                "move_type": "entry",
                "date": "2026-01-01",
                "company_id": self.company.id,
                "line_ids": [
                    Command.create({"account_id": receivable.id, "partner_id": who.id, "balance": money, "name": name})
                    for who, money, name in facts
                ],
            }
        )
        opening.action_post()
        booked = self.take_one(statement(entry("60.00", "OLD-2025-0002", iban="")))
        self.assertEqual((booked.state, booked.partner_id), ("matched", plum))
        residuals = {line.name: line.amount_residual for line in opening.line_ids}
        self.assertEqual(residuals, {"OLD-2025-0001": 60, "OLD-2025-0002": 0, "OLD-2025-0003": -120})

    def test_instalments_of_a_document_are_paid_as_one(self):
        halves = self.env["account.payment.term"].create(
            {
                "name": "Halves",
                "company_id": self.company.id,
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 50, "nb_days": days, "delay_type": "days_after"}
                    )
                    for days in (0, 30)
                ],
            }
        )
        invoice = self.make_invoice("100.00", self.kiwi, invoice_payment_term_id=halves.id, invoice_date_due=False)
        self.assertEqual(len(invoice.line_ids.filtered(lambda line: line.account_type == "asset_receivable")), 2)
        booked = self.take_one(statement(entry("100.00", invoice.name)))
        self.assertEqual((booked.rule, invoice.payment_state), ("reference", "paid"))

    def test_an_account_in_another_currency(self):
        dollars = self.env.ref("base.USD")
        dollars.active = True
        self.env["res.currency.rate"].create(
            {"currency_id": dollars.id, "company_id": self.company.id, "name": "2026-10-01", "rate": 1.25}
        )
        journal = self.make_journal("BNKU", "NL91ABNA0417164300", currency_id=dollars.id)
        invoice = self.make_invoice("100.00", self.kiwi, currency_id=dollars.id)
        # in euros the number is another amount: named, and not settled
        euros = self.take_one(statement(entry("100.00", invoice.name), name="E"))
        self.assertEqual(euros.state, "exception")
        self.assertIn("is in USD", euros.reason)
        booked = self.take_one(
            statement(entry("100.00", invoice.name, ccy="USD"), iban=journal.bank_account_id.acc_number, ccy="USD")
        )
        self.assertEqual((booked.state, booked.currency_id, invoice.amount_residual), ("matched", dollars, 0))
        # 100 USD are 80 EUR
        self.assert_ledger(booked, bank=80, receivable=-80)

    def test_documents_of_another_company_are_not_there(self):
        other = self.make_company("Other operator")
        env = self.env(context=dict(self.env.context, allowed_company_ids=other.ids))
        invoice = env["account.move"].create(
            {
                "move_type": "out_invoice", "partner_id": self.kiwi.id, "company_id": other.id, "invoice_date": "2026-10-31",
                "name": "OTHER/2026/00001", "invoice_line_ids": [(0, 0, {"name": "x", "price_unit": 10, "tax_ids": False})],
            }
        )  # fmt: skip
        invoice.action_post()
        booked = self.take_one(statement(entry("10.00", invoice.name)))
        self.assertEqual((booked.state, invoice.amount_residual), ("exception", 10))

    def test_a_transfer_by_hand_books_no_payment_of_a_batch(self):
        # 100 went to the host by hand, with an id of its own, while a file pays it 100
        bill = self.make_bill("100.00")
        batch = self.paid_batch(bill)
        by_hand = self.take_one(statement(entry("-100.00", "loyer", end="MANUAL-1", iban=HOST_IBAN)))
        self.assertEqual((by_hand.state, batch.line_ids.state), ("exception", "released"))
        rejected = (batch.line_ids.end_to_end_id, "RJCT", "AC04", "closed")
        self.take(answer(batch.message_id, rejected), "status.xml")
        self.assertEqual((batch.line_ids.state, bill.amount_residual), ("rejected", 100))
