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

    def check(self, reference):
        bill = self.make_bill(
            "100.00", self.swiss, currency_id=self.francs_journal.currency_id.id, payment_reference=reference
        )
        batch = self.propose(bill, journal=self.francs_journal)
        self.as_user(batch, self.maker).action_check()
        return batch

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
            self.assertEqual((batch.state, batch.finding_ids.mapped("code")), ("draft", ["qr_reference_missing"]))
