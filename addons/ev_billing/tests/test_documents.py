from decimal import Decimal

from odoo.exceptions import UserError
from odoo.fields import Command, Date
from odoo.tests import tagged

from .common import EvBillingCommon


@tagged("post_install", "-at_install")
class TestDocuments(EvBillingCommon):
    def make_documented(self, *terms, energies=(10_000,), date="2026-04-02", **values):
        """A documented statement of March 2026 over sessions of those energies (Wh)."""
        contract = self.make_contract(*terms, **values)
        for day, energy in enumerate(energies, start=1):
            self.make_cdr(f"2026-03-{day:02d}T08:00:00Z", energy)
        statement = self.prepare(2026, 3, contract)
        statement.action_approve()
        statement.document(date)
        return statement

    def assert_total(self, statement):
        """Statement total = sum of its lines = untaxed total of its documents (design invariant 5)."""
        lines = self.lines(statement)
        for direction, total in (("credit", statement.total_credit), ("charge", statement.total_charge)):
            self.assertEqual(sum(amount for way, _kind, amount in lines if way == direction), Decimal(f"{total:.2f}"))
        documents = sum(
            move.amount_untaxed * (1 if move.move_type in ("out_invoice", "in_refund") else -1)
            for move in statement.document_ids
        )
        self.assertEqual(f"{documents:.2f}", f"{statement.total_charge - statement.total_credit:.2f}")

    def test_credit_makes_a_self_billed_bill_with_taxes(self):
        # 10 kWh x 0.1850 = 1.85; 20 % tax = 0.37
        statement = self.make_documented(("credit", "kwh", "0.185"))
        [bill] = statement.document_ids
        self.assertEqual(bill.move_type, "in_invoice")
        self.assertTrue(bill.journal_id.is_self_billing)
        self.assertEqual(bill.state, "posted")
        self.assertEqual(bill.invoice_line_ids.tax_ids, self.purchase_tax)
        self.assertRecordValues(bill, [{"amount_untaxed": 1.85, "amount_tax": 0.37, "amount_total": 2.22}])
        self.assertEqual(bill.invoice_date, Date.to_date("2026-04-02"))
        self.assertIn(statement.name, bill.ref)
        self.assertIn("Self-billing", bill.narration)
        # contest days default to ten after the date of the document
        self.assertIn("04/12/2026", bill.narration)
        self.assert_total(statement)

    def test_charge_makes_an_invoice(self):
        # one session 0.35 and 31 of 31 days of two chargers at 15 and 39.90: 0.35 + 15 + 39.90
        statement = self.make_documented(
            ("charge", "session", "0.35"),
            ("charge", "charger_month", "15", {"power_type": "ac"}),
            ("charge", "charger_month", "39.90", {"power_type": "dc"}),
        )
        [invoice] = statement.document_ids
        self.assertEqual(invoice.move_type, "out_invoice")
        self.assertEqual(invoice.invoice_line_ids.tax_ids, self.sale_tax)
        self.assertEqual(invoice.amount_untaxed, 55.25)
        self.assert_total(statement)

    def test_credit_note_when_the_contract_says_so(self):
        statement = self.make_documented(("credit", "kwh", "0.185"), credit_document="credit_note", mandate_date=False)
        self.assertEqual(statement.document_ids.move_type, "out_refund")
        self.assertEqual(statement.document_ids.invoice_line_ids.tax_ids, self.sale_tax)
        self.assert_total(statement)

    def test_statement_only_makes_no_document_but_an_annex(self):
        statement = self.make_documented(("credit", "kwh", "0.185"), credit_document="statement")
        self.assertFalse(statement.document_ids)
        self.assertTrue(statement.annex_attachment_id)
        self.assertEqual(statement.state, "documented")

    def test_both_directions_make_two_documents(self):
        statement = self.make_documented(("credit", "kwh", "0.185"), ("charge", "session", "0.35"))
        self.assertEqual(sorted(statement.document_ids.mapped("move_type")), ["in_invoice", "out_invoice"])
        self.assert_total(statement)

    def test_negative_total_turns_the_document_round(self):
        # -0.02 EUR/kWh x 10 kWh = -0.20 of charges: we owe it, so a refund of 0.20
        statement = self.make_documented(("charge", "kwh", "-0.02"))
        [move] = statement.document_ids
        self.assertEqual((move.move_type, move.amount_untaxed), ("out_refund", 0.20))
        self.assert_total(statement)

    def test_negative_credit_turns_the_bill_into_its_refund(self):
        statement = self.make_documented(("credit", "kwh", "-0.02"))
        [move] = statement.document_ids
        self.assertEqual((move.move_type, move.amount_untaxed), ("in_refund", 0.20))
        self.assertTrue(move.journal_id.is_self_billing)
        self.assert_total(statement)

    def test_zero_total_makes_no_document(self):
        statement = self.make_documented(("credit", "kwh", "0.185"), energies=(0,))
        self.assertFalse(statement.document_ids)
        self.assertEqual(statement.state, "documented")

    def test_quantity_and_price_are_columns_where_odoo_rounds_alike(self):
        # 12.345 kWh x 0.185432 = 2.28915804 -> 2.289158 kept, 2.29 on the line, and Odoo's 12.345 x 0.185432 is 2.29 too
        statement = self.make_documented(("credit", "kwh", "0.185432"), energies=(12_345,))
        line = statement.document_ids.invoice_line_ids
        self.assertEqual((line.quantity, line.price_unit, line.price_subtotal), (12.345, 0.185432, 2.29))
        self.assertEqual(line.name, "credit kwh - Lyon Test")

    def test_quantity_one_where_rounding_differs(self):
        # 9,998 Wh x 0.0005 = 0.004999; 1 Wh x 0.0005 = 0.0000005 -> 0.000001 (half-up). Sum 0.005000 -> 0.01 on the line.
        # Odoo would make 9.999 x 0.0005 = 0.0049995 -> 0.00 of it.
        statement = self.make_documented(("charge", "kwh", "0.0005"), energies=(9_998, 1))
        line = statement.document_ids.invoice_line_ids
        self.assertEqual((line.quantity, line.price_unit, line.price_subtotal), (1, 0.01, 0.01))
        self.assertEqual(line.name, "charge kwh - Lyon Test\n9.999 kWh at 0.0005")
        self.assert_total(statement)

    def test_quantity_one_where_the_quantity_has_too_many_decimals(self):
        # 10 of 31 days: 10/31 = 0.322581 charger-months; 29.90 x 10 / 31 = 9.645161... -> 9.65
        self.dc.date_commissioned = "2026-03-22"
        statement = self.make_documented(("charge", "charger_month", "29.90", {"power_type": "dc"}), energies=())
        line = statement.document_ids.invoice_line_ids
        self.assertEqual((line.quantity, line.price_subtotal), (1, 9.65))
        self.assertEqual(line.name, "charge charger_month - Lyon Test\n0.322581 charger-month at 29.9")

    def test_full_months_fit_the_columns(self):
        # two chargers for the whole of March: 2 x 29.90 = 59.80
        statement = self.make_documented(("charge", "charger_month", "29.90"), energies=())
        line = statement.document_ids.invoice_line_ids
        self.assertEqual((line.quantity, line.price_unit, line.price_subtotal), (2, 29.90, 59.80))

    def test_neither_way_of_rounding_moves_a_cent(self):
        # 1 kWh at 0.104 three times: lines of 0.10 each, 0.30 in sum. Odoo's global rounding would add 0.104 x 3 = 0.312 -> 0.31
        terms = [
            ("charge", "kwh", "0.104", {"power_type": "ac"}),
            ("charge", "kwh", "0.104"),
            ("charge", "kwh", "0.104"),
        ]
        for month, method in ((3, "round_globally"), (4, "round_per_line")):
            with self.subTest(method=method):
                self.company.tax_calculation_rounding_method = method
                contract = self.make_contract(*terms, start=f"2026-0{month}-01", date_end=f"2026-0{month}-28")
                self.make_cdr(f"2026-0{month}-02T08:00:00Z", 1_000)
                statement = self.prepare(2026, month, contract)
                statement.action_approve()
                statement.document("2026-05-02")
                self.assertEqual(statement.document_ids.amount_untaxed, 0.30)
                self.assert_total(statement)
                in_columns = statement.document_ids.invoice_line_ids.filtered(lambda line: line.price_unit == 0.104)
                # leftovers of 0.004 each: only one stays below half a cent where rounding is global
                self.assertEqual(len(in_columns), 1 if method == "round_globally" else 3)

    def test_posting_twice_makes_nothing_new(self):
        statement = self.make_documented(("credit", "kwh", "0.185"), ("charge", "session", "0.35"))
        before, annex = statement.document_ids, statement.annex_attachment_id
        self.assertEqual(statement.document("2026-04-03"), before.ids)
        self.assertEqual((statement.document_ids, statement.annex_attachment_id), (before, annex))

    def test_mandate_missing_names_the_field(self):
        with self.assertRaisesRegex(UserError, "Self-Billing Mandate Signed"):
            self.make_documented(("credit", "kwh", "0.185"), mandate_date=False)

    def test_mandate_after_the_document_date_is_refused(self):
        with self.assertRaisesRegex(UserError, "Self-Billing Mandate Signed"):
            self.make_documented(("credit", "kwh", "0.185"), mandate_date="2026-04-03")

    def test_reverse_charge_by_fiscal_position(self):
        # German host: the fiscal position replaces 20 % by a 0 % reverse-charge tax
        position = self.env["account.fiscal.position"].create(
            {"name": "EU reverse charge", "company_id": self.company.id, "auto_apply": False}
        )
        reverse = self.make_tax(
            "sale",
            0,
            name="0% reverse charge",
            fiscal_position_ids=[Command.set(position.ids)],
            original_tax_ids=[Command.set(self.sale_tax.ids)],
        )
        self.host.with_company(self.company).property_account_position_id = position
        statement = self.make_documented(("charge", "kwh", "0.03"))
        [invoice] = statement.document_ids
        self.assertEqual(invoice.fiscal_position_id, position)
        self.assertEqual(invoice.invoice_line_ids.tax_ids, reverse)
        self.assertRecordValues(invoice, [{"amount_untaxed": 0.30, "amount_tax": 0.0, "amount_total": 0.30}])

    def test_tax_included_in_the_price_is_refused(self):
        included = self.make_tax("sale", 20, name="20% included", price_include_override="tax_included")
        self.product.taxes_id = included
        with self.assertRaisesRegex(UserError, "included in the price"):
            self.make_documented(("charge", "kwh", "0.30"))

    def test_payment_term_of_the_contract(self):
        # net 30 from 2 April 2026 is 2 May 2026
        net30 = self.env["account.payment.term"].create(
            {
                "name": "Net 30",
                "company_id": self.company.id,
                "line_ids": [Command.create({"value": "percent", "value_amount": 100, "nb_days": 30})],
            }
        )
        statement = self.make_documented(("charge", "kwh", "0.30"), payment_term_id=net30.id)
        self.assertEqual(statement.document_ids.invoice_date_due, Date.to_date("2026-05-02"))

    def test_self_billed_numbers_run_per_partner(self):
        statement = self.make_documented(("credit", "kwh", "0.185"))
        [bill] = statement.document_ids
        self.assertIn(str(self.host.id).zfill(5), bill.name)
        self.assertTrue(bill.name.endswith("0001"))

    def test_document_cannot_go_back_to_draft(self):
        statement = self.make_documented(("charge", "kwh", "0.30"))
        with self.assertRaisesRegex(UserError, "stays as it is"):
            statement.document_ids.button_draft()

    def test_paid_documents_settle_the_statement(self):
        statement = self.make_documented(("charge", "kwh", "0.30"))
        self.assertEqual(statement.state, "documented")
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=statement.document_ids.ids
        ).create({})._create_payments()
        self.assertEqual(statement.state, "settled")

    def test_draft_cannot_be_documented(self):
        contract = self.make_contract(("credit", "kwh", "0.185"))
        self.make_cdr("2026-03-01T08:00:00Z")
        statement = self.prepare(2026, 3, contract)
        with self.assertRaisesRegex(UserError, "approve it first"):
            statement.document("2026-04-02")
