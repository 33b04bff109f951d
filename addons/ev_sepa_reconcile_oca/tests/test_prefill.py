"""What the OCA's screen shows of a bank file's line before anybody touches it, and after a click on a suggestion."""

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from odoo.addons.ev_sepa.tests.bank_common import entry, statement

from .common import ReconcileCase

FORM = "account_reconcile_oca.bank_statement_line_form_reconcile_view"


@tagged("post_install", "-at_install")
class TestPrefill(ReconcileCase):
    def test_it_is_installed_by_itself_where_both_are(self):
        # `devtools/suites.py` installs the OCA's module alone
        module = self.env.ref("base.module_ev_sepa_reconcile_oca")
        self.assertEqual((module.state, module.auto_install), ("installed", True))
        self.assertEqual(set(module.dependencies_id.mapped("name")), {"ev_sepa", "account_reconcile_oca"})

    def test_a_match_on_text_alone_is_not_made(self):
        # the trap of the OCA's own rules: "05" is in INV/2026/00005, and 5 euros paid 3 of it
        invoice = self.make_invoice("5.00", self.kiwi)
        booked = self.take_one(statement(entry("3.00", invoice.name[-2:], iban="")))
        self.assertEqual((booked.state, invoice.amount_residual), ("exception", 5))
        self.assert_ledger(booked, bank=3, suspense=-3)
        line = self.screen(booked)
        self.assertFalse(line.partner_id)
        line.clean_reconcile()
        self.assertEqual(self.shown(line), [("suspense", -3)])
        line._auto_reconcile()
        self.assertEqual((booked.state, line.is_reconciled, invoice.amount_residual), ("exception", False, 5))

    def test_the_oca_matches_its_own_lines_as_before(self):
        # without an entry nothing changes: one line of text alone, matched by the OCA
        invoice = self.make_invoice("5.00", self.kiwi)
        line = self.env["account.bank.statement.line"].create(
            {"journal_id": self.journal.id, "payment_ref": invoice.name, "amount": 5.0, "partner_id": self.kiwi.id}
        )
        self.assertFalse(line.ev_entry_state)
        self.assertEqual((line.is_reconciled, invoice.amount_residual), (True, 0))

    def test_what_our_rules_matched_is_reconciled_there(self):
        invoice = self.make_invoice("120.50", self.kiwi)
        booked = self.take_one(statement(entry("120.50", invoice.name)))
        line = self.screen(booked)
        self.assertEqual((line.is_reconciled, line.ev_entry_state, line.ev_entry_rule), (True, "matched", "reference"))
        self.assertEqual(line.ev_entry_reason, booked.reason)

    def test_the_screen_shows_state_reason_and_suggestions(self):
        invoice = self.make_invoice("100.00", self.kiwi)
        booked = self.take_one(statement(entry("60.00", invoice.name)))
        self.assertEqual(booked.state, "exception")
        with Form(self.screen(booked), view=FORM) as form:
            self.assertEqual((form.ev_entry_state, form.ev_entry_reason), ("exception", booked.reason))
            self.assertIn("40.00 less", form.ev_entry_reason)
            self.assertEqual(len(form.ev_suggestion_ids), len(booked.suggestion_ids))
        best = self.screen(booked).ev_suggestion_ids[0]
        self.assertEqual((best, best.settled_amount, best.is_return), (booked.suggestion_ids[0], 60, False))
        self.assertIn("Kiwi Mobility", best.text)

    def test_the_best_whole_suggestion_is_there_already_and_one_that_was_used_is_not(self):
        first, second = self.make_invoice("50.00", self.kiwi), self.make_invoice("50.00", self.kiwi)
        booked = self.take_one(statement(entry("50.00", "thanks")))
        self.assertEqual(booked.state, "exception")
        line = self.screen(booked)
        shown = self.shown(line)
        self.assertEqual([amount for _id, amount in shown], [-50])
        chosen = (first | second).filtered(lambda invoice: self.receivable(invoice).id == shown[0][0])
        register = self.env["account.payment.register"].with_context(active_model="account.move", active_ids=chosen.ids)
        register.create({"journal_id": self.make_journal("BNKN", "NL91ABNA0417164300").id})._create_payments()
        line.invalidate_recordset(["reconcile_data_info"])
        left = (first | second) - chosen
        self.assertEqual(self.shown(line), [(self.receivable(left).id, -50)])
        self.assertTrue(line.can_reconcile)

    def test_a_part_is_not_proposed_unasked_and_is_there_after_a_click(self):
        invoice = self.make_invoice("100.00", self.kiwi)
        booked = self.take_one(statement(entry("60.00", invoice.name)))
        self.assertEqual(self.shown(self.screen(booked)), [("suspense", -60)])
        line = self.use(booked)
        self.assertEqual((self.shown(line), line.can_reconcile), ([(self.receivable(invoice).id, -60)], True))
        self.assertEqual((booked.state, invoice.amount_residual), ("exception", 100))

    def test_a_fee_is_a_row_of_its_own(self):
        # 97 of 100, and the bank kept 3: above the tolerance of 2, below a twentieth
        invoice = self.make_invoice("100.00", self.kiwi)
        booked = self.take_one(statement(entry("97.00", invoice.name)))
        self.assertEqual(self.shown(self.screen(booked)), [("suspense", -97)])
        index = [float(suggestion.fee) for suggestion in booked.suggestion_ids].index(3)
        line = self.use(booked, index)
        self.assertEqual(self.shown(line), [(self.receivable(invoice).id, -100), ("other", 3)])
        line.reconcile_bank_line()
        self.assertEqual((booked.state, invoice.amount_residual), ("matched", 0))
        self.assert_ledger(booked, bank=97, fee=3, receivable=-100)

    def test_what_is_too_much_stays_open_on_the_partner(self):
        invoice = self.make_invoice("70.00", self.kiwi)
        booked = self.take_one(statement(entry("100.00", invoice.name, iban="")))
        self.assertFalse(booked.statement_line_id.partner_id)
        line = self.use(booked)
        self.assertEqual(line.partner_id, self.kiwi)
        line.reconcile_bank_line()
        self.assertEqual((booked.state, booked.partner_id, invoice.amount_residual), ("matched", self.kiwi, 0))
        self.assert_ledger(booked, bank=100, receivable=-100)

    def test_instalments_of_a_document_are_rows_each(self):
        # two instalments of 50, and 70 came: the first whole, 20 of the second
        halves = self.env["account.payment.term"].create(
            {
                "name": "Halves",
                "company_id": self.company.id,
                "line_ids": [
                    (0, 0, {"value": "percent", "value_amount": 50, "nb_days": days, "delay_type": "days_after"})
                    for days in (0, 30)
                ],
            }
        )
        invoice = self.make_invoice("100.00", self.kiwi, invoice_payment_term_id=halves.id, invoice_date_due=False)
        booked = self.take_one(statement(entry("70.00", invoice.name)))
        line = self.use(booked)
        self.assertEqual([amount for _id, amount in self.shown(line)], [-50, -20])
        line.reconcile_bank_line()
        self.assertEqual((booked.state, invoice.amount_residual), ("matched", 30))

    def test_another_currency(self):
        # at 1.25 dollars a euro: 100 USD are 80 EUR, and 60 USD of them 48 EUR
        dollars = self.env.ref("base.USD")
        dollars.active = True
        self.env["res.currency.rate"].create(
            {"currency_id": dollars.id, "company_id": self.company.id, "name": "2026-10-01", "rate": 1.25}
        )
        journal = self.make_journal("BNKU", "NL91ABNA0417164300", currency_id=dollars.id)
        invoice = self.make_invoice("100.00", self.kiwi, currency_id=dollars.id)
        told = entry("60.00", invoice.name, ccy="USD")
        booked = self.take_one(statement(told, iban=journal.bank_account_id.acc_number, ccy="USD"))
        line = self.use(booked)
        self.assertEqual(self.shown(line), [(self.receivable(invoice).id, -48)])
        line.reconcile_bank_line()
        self.assertEqual((booked.state, invoice.amount_residual), ("matched", 40))
        self.assert_ledger(booked, bank=48, receivable=-48)

    def test_a_suggestion_that_moved_is_refused(self):
        invoice = self.make_invoice("100.00", self.kiwi)
        booked = self.take_one(statement(entry("60.00", invoice.name)))
        invoice.button_draft()
        with self.assertRaises(UserError):
            self.use(booked)
        self.assertFalse(self.screen(booked).reconcile_data)
