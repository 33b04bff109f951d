"""Every account that is entered or changed waits for somebody else, whatever the way in."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import OTHER_IBAN, OWN_IBAN
from .iban_common import NEW_IBAN, THIRD_IBAN, EvIbanCommon


@tagged("post_install", "-at_install")
class TestIbanApproval(EvIbanCommon):
    def approve_as(self, account, user):
        return self.as_user(account, user).action_ev_approve()

    # ------------------------------------------------------------------- roles

    def test_approvers_alone_approve_and_never_their_own(self):
        account = self.enter(self.second)
        self.assert_waiting(account, self.second)
        with self.assertRaisesRegex(UserError, "somebody else approves it"):
            self.approve_as(account, self.second)
        outsiders = (self.accountant, self.maker, self.auditor, self.contract_admin, self.technician, self.bridge)
        for user in outsiders:
            with self.assertRaises(AccessError, msg=user.login):
                self.approve_as(account, user)
        self.assert_waiting(account, self.second)
        self.approve_as(account, self.approver)
        self.assert_approved(account, self.approver)
        with self.assertRaisesRegex(UserError, "is approved already"):
            self.approve_as(account, self.third)

    def test_accountants_hold_and_the_holder_does_not_lift_it(self):
        for user in (self.auditor, self.contract_admin, self.technician, self.bridge):
            with self.assertRaises(AccessError, msg=user.login):
                self.as_user(self.account, user).action_ev_hold()
        self.assert_approved(self.account, self.approver)
        self.as_user(self.account, self.third).action_ev_hold()
        self.assertEqual((self.account.ev_approval, self.account.allow_out_payment), ("held", False))
        self.assertIn("Iban-Third", self.account.ev_hold_note)
        with self.assertRaisesRegex(UserError, "somebody else approves it"):
            self.approve_as(self.account, self.third)
        self.approve_as(self.account, self.approver)
        self.assert_approved(self.account, self.approver)
        self.as_user(self.account, self.accountant).action_ev_hold()
        self.assertEqual(self.account.ev_approval, "held")

    def test_other_companies_have_no_part_in_it(self):
        neighbour = self.make_company("EV Neighbour")
        stranger = self.make_user("iban-neighbour", "ev_sepa.group_payment_approver", neighbour)
        self.host.company_id = self.company
        account = self.enter(self.accountant)
        for step in ("action_ev_approve", "action_ev_hold"):
            with self.assertRaises(AccessError, msg=step):
                getattr(self.as_user(account, stranger), step)()
        self.assert_waiting(account, self.accountant)

    def test_contract_admins_and_imports_quarantine_too(self):
        self.assert_waiting(self.enter(self.contract_admin), self.contract_admin)
        accounts = self.env["res.partner.bank"].with_user(self.accountant)
        done = accounts.load(["acc_number", "partner_id/.id"], [[THIRD_IBAN, str(self.host.id)]])
        self.assertFalse(done["messages"])
        self.assert_waiting(accounts.browse(done["ids"]), self.accountant)

    # ------------------------------------------------------------------- turns

    def test_nobody_approves_what_he_had_a_hand_in_however_turns_are_taken(self):
        account = self.enter(self.accountant)
        manager = self.make_user("iban-both", "ev_sepa.group_payment_approver,base.group_partner_manager")
        self.as_user(account, manager).acc_number = THIRD_IBAN
        self.as_user(account, self.accountant).clearing_number = "123"
        self.assertEqual(account.ev_changed_by_id, self.accountant)
        with self.assertRaisesRegex(UserError, "somebody else approves it"):
            self.approve_as(account, manager)
        self.approve_as(account, self.approver)
        self.assert_approved(account, self.approver)

    def test_what_is_approved_is_what_was_on_the_screen(self):
        account = self.enter(self.accountant)
        seen = [account.acc_number, account.bank_bic]
        self.as_user(account, self.accountant).acc_number = THIRD_IBAN
        stale = self.as_user(account, self.approver).with_context(ev_seen=seen)
        with self.assertRaisesRegex(UserError, "changed since you opened"):
            stale.action_ev_approve()
        self.assert_waiting(account, self.accountant)
        stale.with_context(ev_seen=[account.acc_number, account.bank_bic]).action_ev_approve()
        self.assert_approved(account, self.approver)

    # -------------------------------------------------------------------- ways in

    def test_trust_is_no_way_around(self):
        account = self.enter(self.second, allow_out_payment=True)
        self.assert_waiting(account, self.second)
        writer = self.make_user("iban-trust", "account.group_validate_bank_account,base.group_partner_manager")
        for user, error in ((self.second, UserError), (writer, UserError), (self.approver, AccessError)):
            with self.assertRaises(error, msg=user.login):
                self.as_user(account, user).write({"allow_out_payment": True})
        account.invalidate_recordset()
        self.assert_waiting(account, self.second)
        # who takes core's trust away takes the approval along
        self.as_user(self.account, writer).write({"allow_out_payment": False})
        self.assert_waiting(self.account, writer)

    def test_an_approved_account_is_not_changed_under_its_approval(self):
        for values in ({"acc_number": NEW_IBAN}, {"sanitized_acc_number": NEW_IBAN}, {"partner_id": self.emsp.id}):
            with self.assertRaisesRegex(UserError, "has been trusted"):
                self.as_user(self.account, self.accountant).write(dict(values))
            self.assert_approved(self.account, self.approver)
        for values in (
            {"clearing_number": "1"},
            {"active": False},
            {"bank_id": self.make_bank("Other", "AGRIFRPP").id},
        ):
            account = self.make_account(self.make_partner(f"Paid {next(iter(values))}"), NEW_IBAN)
            self.as_user(account, self.accountant).write(values)
            self.assert_waiting(account, self.accountant)

    def test_what_changes_nothing_leaves_the_approval(self):
        self.as_user(self.account, self.accountant).write(
            {"acc_number": self.account.acc_number.replace(" ", ""), "note": "called", "sequence": 3, "active": True}
        )
        self.assert_approved(self.account, self.approver)

    def test_another_bic_of_the_bank_is_another_account(self):
        bank = self.make_bank("Bank", "BNPAFRPP")
        account = self.make_account(self.make_partner("Paid abroad"), NEW_IBAN)
        self.as_user(account, self.accountant).bank_id = bank
        self.approve_as(account, self.approver)
        self.as_user(bank, self.accountant).name = "Bank renamed"
        self.assert_approved(account, self.approver)
        self.as_user(bank, self.accountant).bic = "AGRIFRPP"
        self.assert_waiting(account, self.accountant)
        self.approve_as(account, self.approver)
        self.as_user(account, self.accountant).bank_bic = "BNPAFRPP"
        self.assert_waiting(account, self.accountant)
        self.approve_as(account, self.approver)
        bank.with_user(self.accountant).unlink()
        self.assert_waiting(account, self.accountant)

    def make_bank(self, name, bic):
        return self.env["res.bank"].create({"name": name, "bic": bic})

    def test_archived_and_back_waits_again(self):
        self.as_user(self.account, self.accountant).unlink()
        self.assertFalse(self.account.active)
        with self.assertRaisesRegex(UserError, "is archived"):
            self.approve_as(self.account, self.third)
        self.as_user(self.account, self.accountant).action_unarchive()
        self.assert_waiting(self.account, self.accountant)

    def test_merged_contacts_bring_accounts_that_wait(self):
        other = self.make_partner("Other", OTHER_IBAN, email=self.host.email)
        account = other.bank_ids
        self.assert_approved(account, self.approver)
        self.make_merge(self.host, other)
        self.assertEqual(account.partner_id, self.host)
        self.assert_waiting(account, self.env.user)
        self.assert_approved(self.account, self.approver)

    def test_a_copy_waits(self):
        partner = self.make_partner("Copied to")
        copy = self.account.with_user(self.accountant).copy({"partner_id": partner.id, "acc_number": NEW_IBAN})
        self.assert_waiting(copy, self.accountant)

    def test_nobody_writes_the_approval_itself(self):
        accounts = self.env["res.partner.bank"].with_user(self.second)
        forged = {"ev_approval": "approved", "ev_author_ids": [(5,)], "ev_changed_by_id": self.maker.id, "ev_told_of": "x",
                  "ev_comes_first": True, "ev_approved_number": "x", "ev_hold_note": "x"}  # fmt: skip
        for name, value in forged.items():
            with self.assertRaises(AccessError, msg=name):
                accounts.create({"acc_number": NEW_IBAN, "partner_id": self.host.id, name: value})
            with self.assertRaises(AccessError, msg=name):
                self.as_user(self.account, self.accountant).write({name: value})
        self.assert_approved(self.account, self.approver)

    def test_a_forged_context_names_nobody_else(self):
        forged = {
            "ev_acting_uid": self.maker.id, "default_ev_approval": "approved", "default_allow_out_payment": True,
            "default_ev_changed_by_id": self.maker.id, "default_ev_approved_number": NEW_IBAN,
        }  # fmt: skip
        accounts = self.env["res.partner.bank"].with_user(self.accountant).with_context(**forged)
        account = accounts.create({"acc_number": NEW_IBAN, "partner_id": self.host.id}).with_env(self.env)
        self.assert_waiting(account, self.accountant)
        sudo = accounts.sudo().create({"acc_number": THIRD_IBAN, "partner_id": self.host.id})
        self.assert_waiting(sudo.with_env(self.env), self.accountant)

    def test_our_own_accounts_stay_trusted(self):
        own = self.journal.bank_account_id
        own.allow_out_payment = True
        self.as_user(own, self.accountant).clearing_number = "77"
        self.assertTrue(own.allow_out_payment)
        self.assertEqual(own.sanitized_acc_number, OWN_IBAN)

    def test_numbers_are_checked_by_stdnum(self):
        for number, said in (("FR7630004000031234567890144", "not a valid IBAN"), ("12345", "is no IBAN")):
            account = self.enter(self.accountant, number)
            with self.assertRaisesRegex(UserError, said):
                self.approve_as(account, self.approver)
            self.assertFalse(account.ev_is_valid)
            self.assert_waiting(account, self.accountant)

    # ---------------------------------------------------------------- payments

    def test_payments_go_to_the_first_approved_account(self):
        account = self.enter(self.accountant)
        account.sequence = 1
        self.assertEqual(self.propose(self.make_bill("10")).line_ids.partner_bank_id, self.account)
        self.approve_as(account, self.approver)
        self.assertEqual(self.propose(self.make_bill("20")).held_ids.partner_bank_id, account)

    def test_a_document_cannot_name_somebody_elses_account(self):
        other = self.make_partner("Elsewhere", OTHER_IBAN)
        bill = self.make_bill("10", partner_bank_id=other.bank_ids.id)
        batch = self.propose(bill)
        self.assertEqual(batch.held_ids.hold_code, "iban_of_other")
        self.assertIn("belongs to Elsewhere", batch.held_ids.hold_note)
        # nor one of a contact that was put below the partner afterwards
        other.write({"parent_id": self.host.id, "is_company": False})
        self.assertEqual(other.commercial_partner_id, self.host)
        self.as_user(batch, self.maker).action_check()
        self.assertEqual(batch.held_ids.hold_code, "iban_of_other")

    def test_an_account_of_another_of_our_companies_is_approved_like_any(self):
        sister = self.make_company("EV Sister").partner_id
        account = self.enter(self.accountant, NEW_IBAN, sister)
        self.assertFalse(account._is_ev_approved())
        self.approve_as(account, self.approver)
        self.assert_approved(account, self.approver)
