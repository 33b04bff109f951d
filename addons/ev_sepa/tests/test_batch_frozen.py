"""What was looked at is what goes out: accounts that documents name, second confirmations, and everything the file says."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import OTHER_IBAN, EvSepaCommon

SECOND_IBAN = "BE71096123456769"
THIRD_IBAN = "NL91ABNA0417164300"


@tagged("post_install", "-at_install")
class TestBatchFrozen(EvSepaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kiwi = cls.make_partner("Kiwi", OTHER_IBAN)
        cls.first = cls.kiwi.bank_ids
        cls.later = cls.make_account(cls.kiwi, SECOND_IBAN)

    def check(self, batch):
        self.as_user(batch, self.maker).action_check()
        batch.invalidate_recordset()

    def make_bill_to(self, account, amount="10", **values):
        return self.make_bill(amount, self.kiwi, partner_bank_id=account.id, **values)

    def make_netting(self, *bills):
        """A contract under which everything of the partner goes in one payment."""
        contract = self.make_contract(("credit", "kwh", "0.1"), partner=self.kiwi, payment_grouping="net")
        statement = self.env["ev.statement"].sudo().create(
            {
                "name": "EVS/NET",
                "contract_id": contract.id,
                "company_id": self.company.id,
                "currency_id": self.company.currency_id.id,
                "partner_id": self.kiwi.id,
                "period_start": "2026-10-01",
                "period_end": "2026-10-31",
                "state": "documented",
            }
        )  # fmt: skip
        for bill in bills:
            bill.sudo().ev_statement_id = statement

    # ----------------------------------------------------------------- accounts

    def test_the_account_a_document_names_is_paid_not_the_first_one(self):
        batch = self.release(self.propose(self.make_bill_to(self.later)))
        self.assertEqual(self.texts(batch, "IBAN")[-1], SECOND_IBAN)
        credit = self.make_credit_note("7", self.kiwi, partner_bank_id=self.later.id)
        batch = self.release(self.propose(credit))
        self.assertEqual(self.texts(batch, "IBAN")[-1], SECOND_IBAN)

    def test_documents_paid_together_name_one_account(self):
        bills = self.make_bill_to(self.first, "100"), self.make_bill_to(self.later, "70")
        self.make_netting(*bills)
        batch = self.propose(bills[0] | bills[1])
        self.assertEqual((batch.held_ids.hold_code, batch.held_ids.amount), ("accounts_differ", 170))
        for name in (bills[0].name, bills[1].name, self.later.acc_number, self.first.acc_number):
            self.assertIn(name, batch.held_ids.hold_note)
        self.check(batch)
        self.assertEqual((batch.state, batch.held_count), ("draft", 1))
        # named alike, they go, and to the account both name
        bills[0].partner_bank_id = self.later
        self.check(batch)
        self.assertEqual((batch.state, batch.line_ids.iban), ("checked", SECOND_IBAN))
        # and differ again before the approval
        bills[0].partner_bank_id = self.first
        with self.assertRaisesRegex(UserError, "name different accounts"):
            self.as_user(batch, self.approver).action_approve()
        self.assertEqual(batch.state, "checked")

    def test_a_draft_follows_the_account_its_document_names(self):
        bill = self.make_bill_to(self.first)
        batch = self.propose(bill)
        self.assertEqual(batch.line_ids.iban, OTHER_IBAN)
        bill.partner_bank_id = self.later
        self.check(batch)
        self.assertEqual((batch.line_ids.iban, batch.line_ids.partner_bank_id), (SECOND_IBAN, self.later))

    def test_an_account_named_after_the_check_stops_approval_and_release(self):
        bill = self.make_bill_to(self.first)
        batch = self.propose(bill)
        self.check(batch)
        bill.partner_bank_id = self.later
        said = f"goes to {OTHER_IBAN}, and {bill.name} names {SECOND_IBAN}"
        with self.assertRaisesRegex(UserError, said):
            self.as_user(batch, self.approver).action_approve()
        bill.partner_bank_id = self.first
        self.as_user(batch, self.approver).action_approve()
        bill.partner_bank_id = self.later
        with self.assertRaisesRegex(UserError, said):
            self.as_user(batch, self.maker).action_release()
        self.assertEqual((batch.state, batch.line_ids.iban), ("approved", OTHER_IBAN))

    def test_an_account_outside_sepa_named_later_does_not_go_in_a_sepa_file(self):
        bank = self.env["res.bank"].create(
            {"name": "US Bank", "bic": "CHASUS33", "country": self.env.ref("base.us").id}
        )
        abroad = self.env["res.partner.bank"].create(
            {"acc_number": "123456789", "partner_id": self.kiwi.id, "bank_id": bank.id}
        )
        abroad.with_user(self.approver).action_ev_approve()
        abroad.sudo().ev_approved_at = "2026-01-15 09:00:00"
        bill = self.make_bill_to(self.first)
        batch = self.propose(bill)
        bill.partner_bank_id = abroad
        self.check(batch)
        self.assertEqual((batch.rail, batch.held_ids.hold_code, batch.line_count), ("sepa", "rail", 0))

    # ------------------------------------------------------------- confirmation

    def propose_fresh(self):
        """A payment to an account approved yesterday, held until somebody confirms it; return (account, batch)."""
        partner = self.make_partner("Fresh")
        account = self.make_account(partner, SECOND_IBAN, approved_at="2026-11-22 09:00:00")
        batch = self.propose(self.make_bill("10", partner))
        self.assertEqual(batch.held_ids.hold_code, "iban_changed")
        return account, batch

    def confirm(self, batch, user=None):
        self.as_user(batch.held_ids, user or self.maker).action_confirm_account()
        batch.invalidate_recordset()

    def change(self, account, number):
        account.sudo().allow_out_payment = False
        account.sudo().acc_number = number
        account.with_user(self.approver).action_ev_approve()

    def test_a_confirmation_ends_with_the_account_it_confirmed(self):
        account, batch = self.propose_fresh()
        self.confirm(batch)
        self.assertEqual((batch.line_ids.iban, batch.line_ids.confirmed_by_id), (SECOND_IBAN, self.maker))
        self.change(account, THIRD_IBAN)
        self.check(batch)
        self.assertEqual((batch.state, batch.held_ids.hold_code, batch.line_count), ("draft", "iban_changed", 0))
        self.assertFalse(batch.held_ids.confirmed_by_id)
        self.confirm(batch)
        self.assertEqual((batch.line_ids.iban, batch.line_ids.confirmed_by_id), (THIRD_IBAN, self.maker))

    def test_a_confirmation_ends_with_the_bic_it_confirmed(self):
        account, batch = self.propose_fresh()
        self.confirm(batch)
        account.sudo().allow_out_payment = False
        account.sudo().bank_id = self.env["res.bank"].create({"name": "Another", "bic": "GKCCBEBB"})
        account.with_user(self.approver).action_ev_approve()
        self.check(batch)
        self.assertEqual((batch.held_ids.hold_code, batch.held_ids.confirmed_by_id.ids), ("iban_changed", []))

    def test_what_is_confirmed_is_what_the_payment_shows(self):
        account, batch = self.propose_fresh()
        self.change(account, THIRD_IBAN)
        with self.assertRaisesRegex(UserError, "Check the batch again"):
            self.confirm(batch)
        self.assertFalse(batch.held_ids.confirmed_by_id)

    def test_a_confirmation_ends_when_the_document_names_another_account(self):
        fresh = self.make_account(self.kiwi, THIRD_IBAN, approved_at="2026-11-22 09:00:00")
        other = self.make_account(self.kiwi, "AT611904300234573201", approved_at="2026-11-22 09:00:00")
        bill = self.make_bill_to(fresh)
        batch = self.propose(bill)
        self.confirm(batch)
        self.assertEqual(batch.line_ids.iban, THIRD_IBAN)
        bill.partner_bank_id = other
        self.check(batch)
        self.assertEqual((batch.held_ids.hold_code, batch.held_ids.confirmed_by_id.ids), ("iban_changed", []))

    def test_nobody_with_a_hand_in_an_account_confirms_it(self):
        groups = "account.group_account_invoice,base.group_partner_manager"
        author, changer = (self.make_user(login, groups) for login in ("acc-author", "acc-changer"))
        partner = self.make_partner("Author")
        accounts = self.as_user(self.env["res.partner.bank"], author)
        account = accounts.create({"acc_number": SECOND_IBAN, "partner_id": partner.id})
        self.as_user(account, changer).write({"acc_number": THIRD_IBAN})
        self.as_user(account, self.approver).action_ev_approve()
        batch = self.propose(self.make_bill("10", partner))
        for user in (author, changer, self.approver):
            with self.assertRaisesRegex(UserError, "somebody else's"):
                self.as_user(batch.held_ids, user).action_confirm_account()
        self.assertFalse(batch.held_ids.confirmed_by_id)
        self.confirm(batch)
        self.assertEqual(batch.line_ids.state, "ready")
