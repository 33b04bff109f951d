"""Swiss QR-bills: the bill's reference goes with the money to its QR-IBAN, or nothing goes."""

from odoo.tests import tagged

from .common import EvSepaCommon

# SIX, Implementation Guidelines QR-bill: the examples there
QR_IBAN, QRR = "CH4431999123000889012", "210000000003139471430009017"


@tagged("post_install", "-at_install")
class TestQrBill(EvSepaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        francs = cls.env.ref("base.CHF")
        francs.active = True
        cls.francs_journal = cls.make_journal("BCHF", "CH9300762011623852957", currency_id=francs.id)
        cls.swiss = cls.make_partner("Swiss Host")
        cls.address(cls.swiss, "Bahnhofstrasse 1", "8001", "Zuerich", "base.ch")
        account = cls.make_account(cls.swiss, QR_IBAN, approved_at=None)
        account.sudo().bank_id = cls.env["res.bank"].create({"name": "PostFinance", "bic": "POFICHBEXXX"})
        account.with_user(cls.approver).action_ev_approve()
        account.sudo().ev_approved_at = "2026-01-15 09:00:00"

    def pay(self, *bills):
        batch = self.propose(self.env["account.move"].union(*bills), journal=self.francs_journal)
        self.as_user(batch, self.maker).action_check()
        return batch

    def check(self, reference):
        return self.pay(
            self.make_bill(
                "100.00", self.swiss, currency_id=self.francs_journal.currency_id.id, payment_reference=reference
            )
        )

    def test_its_reference_is_in_the_file(self):
        batch = self.check("21 00000 00003 13947 14300 09017")
        self.assertEqual((batch.state, batch.finding_ids.mapped("message")), ("checked", []))
        self.assertEqual(batch.line_ids.reference, QRR)
        self.as_user(batch, self.approver).action_approve()
        self.as_user(batch, self.maker).action_release()
        self.assertEqual((self.texts(batch, "Prtry"), self.texts(batch, "Ref")), (["QRR"], [QRR]))
        self.assertEqual(self.texts(batch, "Ustrd"), [])

    def test_without_it_nothing_goes(self):
        for reference in ("BILL 4711", QRR[:-1] + "8"):
            batch = self.check(reference)
            self.assertEqual((batch.state, batch.finding_ids.mapped("code")), ("draft", ["empty"]))
            self.assertEqual(batch.held_ids.hold_code, "qr_reference")
            self.assertIn("enter the bill's 27 digits", batch.held_ids.hold_note)

    def test_it_holds_nobody_else_back(self):
        other = self.make_partner("Swiss Cleaner")
        self.address(other, "Bahnhofstrasse 3", "8001", "Zuerich", "base.ch")
        account = self.make_account(other, "CH5604835012345678009", approved_at=None)
        account.sudo().bank_id = self.swiss.bank_ids.bank_id
        account.with_user(self.approver).action_ev_approve()
        account.sudo().ev_approved_at = "2026-01-15 09:00:00"
        francs = self.francs_journal.currency_id.id
        bill = self.make_bill("100.00", self.swiss, currency_id=francs, payment_reference="BILL 4711")
        theirs = self.make_bill("40.00", other, currency_id=francs)
        batch = self.pay(bill, theirs)
        self.assertEqual((batch.state, batch.line_ids.item_ids.move_id), ("checked", theirs))
        self.assertEqual((batch.held_ids.item_ids.move_id, batch.held_ids.hold_code), (bill, "qr_reference"))
        # with the digits it goes
        bill.payment_reference = QRR
        self.as_user(batch, self.maker).action_check()
        self.assertEqual((batch.state, batch.line_count, batch.held_count), ("checked", 2, 0))
        self.assertEqual(sorted(batch.line_ids.mapped(lambda line: line.reference or "")), ["", QRR])

    def test_a_credit_note_is_held_and_the_bill_goes(self):
        francs = self.francs_journal.currency_id.id
        bill = self.make_bill("100.00", self.swiss, currency_id=francs, payment_reference=QRR)
        credit = self.make_credit_note("30.00", self.swiss, currency_id=francs)
        batch = self.pay(bill, credit)
        self.assertEqual((batch.state, batch.line_ids.item_ids.move_id), ("checked", bill))
        self.assertEqual((batch.held_ids.item_ids.move_id, batch.held_ids.hold_code), (credit, "qr_reference"))

    def test_two_bills_in_one_payment_are_held(self):
        """100 and 50 together would be one payment, which has one reference."""
        contract = self.make_contract(("credit", "kwh", "0.1"), partner=self.swiss, payment_grouping="partner")
        facts = {
            "name": "EVS/QR", "contract_id": contract.id, "company_id": self.company.id, "state": "documented",
            "currency_id": self.company.currency_id.id, "partner_id": self.swiss.id,
            "period_start": "2026-10-01", "period_end": "2026-10-31",
        }  # fmt: skip
        statement = self.env["ev.statement"].sudo().create(facts)
        bills = self.env["account.move"]
        for amount in ("100.00", "50.00"):
            bills |= self.make_bill(
                amount,
                self.swiss,
                currency_id=self.francs_journal.currency_id.id,
                payment_reference=QRR,
                ref=f"QR-{amount}",
            )
        bills.sudo().ev_statement_id = statement
        batch = self.pay(bills)
        self.assertEqual((batch.held_ids.amount, batch.held_ids.hold_code), (150, "qr_reference"))
        self.assertIn("pay it by itself", batch.held_ids.hold_note)
