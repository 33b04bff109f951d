"""Everything a file says is under the fingerprint that was approved; how a payee reads what it is paid for."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import OTHER_IBAN, EvSepaCommon

BELGIAN_IBAN = "BE71096123456769"
# check digits as in ISO 11649's own example, and in Febelfin's
RF = "RF18539007547034"
OGM = "+++010/8068/17183+++"


@tagged("post_install", "-at_install")
class TestBatchFingerprint(EvSepaCommon):
    def refuse_release_after(self, change, **values):
        """The release refuses what was changed behind an approval; the batch stays as it was approved."""
        batch = self.approve(self.propose(self.make_bill("10", **values)))
        digest = batch.digest
        change()
        with self.assertRaisesRegex(UserError, "fingerprint is another one"):
            self.as_user(batch, self.maker).action_release()
        self.assertEqual((batch.state, batch.digest, batch.message_id), ("approved", digest, False))
        self.as_user(batch, self.maker).action_back_to_draft()
        return self.release(batch)

    def test_booking_is_under_it(self):
        def change():
            self.profile.batch_booking = "batch"

        self.assertEqual(self.texts(self.refuse_release_after(change), "BtchBookg"), ["true"])

    def test_own_name_and_address_are_under_it(self):
        def rename():
            self.company.partner_id.name = "Mallory SA"

        def move():
            self.company.partner_id.city = "Elsewhere"

        self.address(self.company.partner_id, "1 rue", "75001", "Paris")
        self.assertIn("Mallory SA", self.texts(self.refuse_release_after(rename), "Nm"))
        self.assertIn("Elsewhere", self.texts(self.refuse_release_after(move), "TwnNm"))

    def test_own_bic_and_initiator_are_under_it(self):
        def change_bank():
            account = self.journal.bank_account_id
            account.bank_id = self.env["res.bank"].create({"name": "Own bank", "bic": "AGRIFRPP"})

        def change_initiator():
            self.journal.ev_initiator_identifier = "FORGEDCUC"

        self.assertIn("AGRIFRPP", self.texts(self.refuse_release_after(change_bank), "BICFI"))
        self.assertIn("FORGEDCUC", self.texts(self.refuse_release_after(change_initiator), "Id"))

    def test_nothing_is_said_of_a_document_but_what_was_checked(self):
        self.profile.extended_remittance = True
        bill = self.make_bill("10", payment_reference="ORIGINAL-1")
        batch = self.approve(self.propose(bill))
        day = bill.invoice_date
        bill.with_user(self.maker).payment_reference = "TAMPERED-9"
        self.as_user(batch, self.maker).action_release()
        self.assertEqual(self.texts(batch, "Nb"), ["ORIGINAL-1"])
        self.assertEqual(self.texts(batch, "RltdDt"), [day.isoformat()])
        self.assertEqual([row["number"] for row in batch.line_ids._get_mail_rows()], ["ORIGINAL-1"])

    def test_a_draft_takes_what_the_document_says_by_now(self):
        bill = self.make_bill("10", payment_reference="BEFORE")
        batch = self.propose(bill)
        bill.payment_reference = "AFTER"
        self.as_user(batch, self.maker).action_check()
        self.assertEqual((batch.line_ids.item_ids.number, batch.line_ids.remittance), ("AFTER", "AFTER"))

    def test_the_same_facts_have_the_same_fingerprint(self):
        batch = self.approve(self.propose(self.make_bill("10") | self.make_bill("20")))
        before = batch.digest
        self.env.invalidate_all()
        self.as_user(batch, self.maker).action_back_to_draft()
        self.as_user(batch, self.maker).action_check()
        self.assertEqual(batch.digest, before)
        self.as_user(batch.line_ids[:1], self.maker).action_remove()
        self.as_user(batch, self.maker).action_check()
        self.assertNotEqual(batch.digest, before)

    def test_exact_amounts_are_read_once_for_all_payments(self):
        self.profile.extended_remittance = True

        def count(*amounts):
            batch = self.propose(self.env["account.move"].union(*[self.make_bill(amount) for amount in amounts]))
            before = self.env.cr.sql_log_count
            transactions = batch.sudo()._make_trial().blocks[0].transactions
            self.assertEqual([str(one.documents[0].amount) for one in transactions], [f"{each}.00" for each in amounts])
            return self.env.cr.sql_log_count - before

        self.assertEqual(count(1, 2), count(3, 4, 5, 6, 7, 8, 9))

    # --------------------------------------------------------------- documents

    def test_a_bill_paid_meanwhile_is_an_error_of_the_check(self):
        paid, other = self.make_bill("44"), self.make_bill("20")
        batch = self.propose(paid | other)
        self.env["account.payment.register"].with_context(active_model="account.move", active_ids=paid.ids).create(
            {"journal_id": self.journal.id}
        ).action_create_payments()
        self.as_user(batch, self.maker).action_check()
        line = batch.line_ids.filtered(lambda line: line.item_ids.move_id == paid)
        found = batch.finding_ids
        self.assertEqual((batch.state, found.mapped("code"), found.line_id), ("draft", ["document_changed"], line))
        for said in (line.end_to_end_id, paid.name, "0.00 is open", "Remove this payment"):
            self.assertIn(said, found.message)
        self.as_user(line, self.maker).action_remove()
        self.assertEqual(self.release(batch).total, 20)

    def test_a_vendor_knows_its_bill_by_its_own_number(self):
        bill = self.make_bill("10", ref="VENDOR-2026-77")
        batch = self.paid_batch(bill)
        self.assertEqual(self.texts(batch, "Ustrd"), ["VENDOR-2026-77"])
        self.assertNotIn(bill.name, self.texts(batch, "Ustrd")[0])
        # its payment reference comes first, our own number is what is left
        batch = self.paid_batch(self.make_bill("11", ref="VENDOR-78", payment_reference="PAY-78"))
        self.assertEqual(self.texts(batch, "Ustrd"), ["PAY-78"])
        bare = self.make_bill("12", ref=False)
        self.assertEqual(self.texts(self.paid_batch(bare), "Ustrd"), [bare.name.replace("_", " ")])
        credit = self.make_credit_note("13", ref="OURS-1")
        self.assertEqual(self.texts(self.paid_batch(credit), "Ustrd"), [credit.name])

    def test_creditor_reference_goes_structured_and_alone(self):
        batch = self.paid_batch(self.make_bill("10", payment_reference="RF18 5390 0754 7034"))
        self.assertEqual((self.texts(batch, "Ref"), self.texts(batch, "Issr")), ([RF], ["ISO"]))
        self.assertEqual((self.texts(batch, "Ustrd"), batch.line_ids.reference), ([], RF))
        # wrong check digits: a text like any other
        batch = self.paid_batch(self.make_bill("11", payment_reference="RF19539007547034"))
        self.assertEqual((self.texts(batch, "Ref"), self.texts(batch, "Ustrd")), ([], ["RF19539007547034"]))

    def test_belgian_reference_goes_structured_to_belgian_accounts(self):
        belgian = self.make_partner("Brussels", BELGIAN_IBAN)
        batch = self.paid_batch(self.make_bill("10", belgian, payment_reference=OGM))
        self.assertEqual((self.texts(batch, "Ref"), self.texts(batch, "Issr")), (["010806817183"], ["BBA"]))
        self.assertEqual(self.texts(batch, "Ustrd"), [])
        german = self.make_partner("Cologne", OTHER_IBAN)
        batch = self.paid_batch(self.make_bill("10", german, payment_reference=OGM))
        self.assertEqual((self.texts(batch, "Ref"), len(self.texts(batch, "Ustrd"))), ([], 1))

    def test_several_documents_have_no_single_reference(self):
        bills = self.make_bill("10", payment_reference=RF) | self.make_bill("20", payment_reference="OTHER")
        contract = self.make_contract(("credit", "kwh", "0.1"), payment_grouping="partner")
        statement = self.env["ev.statement"].sudo().create(
            {
                "name": "EVS/BOTH",
                "contract_id": contract.id,
                "company_id": self.company.id,
                "currency_id": self.company.currency_id.id,
                "partner_id": self.host.id,
                "period_start": "2026-10-01",
                "period_end": "2026-10-31",
                "state": "documented",
            }
        )  # fmt: skip
        bills.sudo().ev_statement_id = statement
        batch = self.paid_batch(bills[0], bills[1])
        self.assertEqual((self.texts(batch, "Ref"), self.texts(batch, "Ustrd")), ([], [f"EVS/BOTH {RF} OTHER"]))
