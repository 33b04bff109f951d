"""What becomes of a collection: what the debtor's bank is told, what is frozen, what a refusal does to mandate and invoice."""

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..iso20022.schemas import check_schema
from .common import OWN_IBAN
from .debit_common import CLIENT_IBAN, CLIENT_IBAN_2, COLLECTED, EvDebitCommon


@tagged("post_install", "-at_install")
class TestDebitOutcome(EvDebitCommon):
    # --------------------------------------------------------------- amendments

    def test_amended_mandate_is_told_until_a_bank_took_it(self):
        mandate = self.make_mandate(reference="M-1")
        self.collect(self.make_invoice("10", self.client))
        other = self.make_account(self.client, CLIENT_IBAN_2)
        self.as_user(mandate, self.maker).write({"reference": "M-2", "partner_bank_id": other.id})
        self.as_user(mandate, self.approver).action_activate()
        for accepted, amended in ((False, "true"), (True, "true"), (True, "false")):
            batch = self.collect(self.make_invoice("20", self.client))
            self.assertEqual((self.texts(batch, "AmdmntInd"), self.texts(batch, "MndtId")), ([amended], ["M-2"]))
            before = [CLIENT_IBAN] if amended == "true" else []
            self.assertEqual(self.texts(batch, "IBAN"), [OWN_IBAN, *before, CLIENT_IBAN_2])
            self.assertEqual(self.texts(batch, "OrgnlMndtId"), ["M-1"] if amended == "true" else [])
            self.assertFalse(check_schema(batch.sudo().file_id.raw))
            batch._take_status("ACSP" if accepted else "RJCT", "TM01")

    # ------------------------------------------------------------------- frozen

    def test_mandate_changed_after_approval_stops_the_release(self):
        mandate = self.make_mandate()
        batch = self.approve(self.propose(self.make_invoice("10", self.client)))
        self.as_user(mandate, self.maker).signed_on = "2026-01-16"
        self.as_user(mandate, self.approver).action_activate()
        with self.assertRaisesRegex(UserError, "its mandate was changed"):
            self.as_user(batch, self.maker).action_release()
        self.assertEqual((batch.state, batch.message_id), ("approved", False))

    def test_creditor_identifier_changed_after_approval_stops_the_release(self):
        self.make_mandate()
        batch = self.approve(self.propose(self.make_invoice("10", self.client)))
        # another business code has the same check digits
        self.company.ev_creditor_identifier = "DE98ABC09999999999"
        with self.assertRaisesRegex(UserError, "fingerprint"):
            self.as_user(batch, self.maker).action_release()
        self.assertEqual(batch.state, "approved")

    def test_the_database_refuses_another_mandate(self):
        mandate, other = self.make_mandate(), self.make_mandate()
        batch = self.approve(self.propose(self.make_invoice("10", self.client)))
        self.env.flush_all()
        wrong = (mandate | other) - batch.line_ids.mandate_id
        for column, value in (("mandate_id", wrong.id), ("sequence", "FNAL"), ("mandate_reference", "X"),
                              ("mandate_signed_on", "2020-01-01"), ("previous_iban", CLIENT_IBAN_2)):  # fmt: skip
            with self.assertRaisesRegex(Exception, "is refused"), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                self.env.cr.execute(f"UPDATE ev_payment_line SET {column} = %s WHERE batch_id = %s", (value, batch.id))
        self.env.invalidate_all()
        self.assertEqual((batch.line_ids.mandate_id | wrong, batch.line_ids.sequence), (mandate | other, "RCUR"))

    def test_a_mandate_suspended_before_release_stops_it(self):
        mandate = self.make_mandate()
        batch = self.approve(self.propose(self.make_invoice("10", self.client)))
        self.as_user(mandate, self.maker).action_suspend()
        with self.assertRaisesRegex(UserError, "is suspended"):
            self.as_user(batch, self.maker).action_release()
        self.assertEqual(batch.state, "approved")

    # ----------------------------------------------------------------- outcome

    def test_refused_for_its_mandate_it_is_suspended(self):
        for reason in ("MD01", "MS02", "AC04"):
            mandate, invoice = self.make_mandate(), self.make_invoice("10", self.client)
            batch = self.collect(invoice)
            batch.line_ids._take_status("RJCT", reason, "said the bank")
            self.assertEqual((invoice.amount_residual, invoice.payment_state), (10, "not_paid"), reason)
            self.assertEqual(mandate.state, "suspended", reason)
            self.assertIn(reason, mandate.suspended_note)
            self.assertEqual(self.client_account.ev_approval, "approved")
            mandate.sudo().state = "cancelled"

    def test_missing_money_is_counted_only(self):
        mandate, invoice = self.make_mandate(), self.make_invoice("10", self.client)
        for _time in range(2):
            self.collect(invoice).line_ids._take_status("RJCT", "AM04", "no money")
            self.assertEqual(invoice.amount_residual, 10)
        self.assertEqual((mandate.state, mandate.no_funds_count), ("active", 2))

    def test_returned_collection_opens_the_invoice_and_suspends_the_mandate(self):
        mandate, invoice = self.make_mandate(), self.make_invoice("10", self.client)
        line = self.collect(invoice).line_ids
        line._take_booked(self.book(line, 10).date)
        self.assertEqual(invoice.payment_state, "paid")
        back = self.book(line, -10)
        line._take_return(back.date, "MD06", "refund asked", back)
        self.assertEqual((line.state, invoice.amount_residual, invoice.payment_state), ("returned", 10, "not_paid"))
        self.assertEqual((mandate.state, back.is_reconciled), ("suspended", True))
        self.assert_held(self.propose(invoice), "mandate_suspended", "MD06")

    def book(self, line, amount):
        """A bank line of the collection: reconciled with its payment as it comes in, open as it goes back."""
        account = line.payment_id.outstanding_account_id
        bank_line = self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.journal.id,
                "date": COLLECTED if amount > 0 else "2026-12-09",
                "payment_ref": line.end_to_end_id,
                "amount": amount,
                "counterpart_account_id": account.id,
            }
        )
        if amount > 0:
            mine = bank_line.move_id.line_ids.filtered(lambda item: item.account_id == account)
            (mine | line.payment_id._seek_for_lines()[0]).reconcile()
        return bank_line

    def test_36_months_count_from_the_last_collection(self):
        mandate = self.make_mandate(signed_on="2024-01-15")
        self.collect(self.make_invoice("10", self.client))
        # collected on 2026-12-07
        self.assertEqual((str(mandate.last_collection), str(mandate.expires_on)), (COLLECTED, "2029-12-07"))
        with freeze_time("2029-12-08 10:00:00"):
            self.env["ev.sepa.mandate"]._cron_expire()
        self.assertEqual(mandate.state, "expired")
