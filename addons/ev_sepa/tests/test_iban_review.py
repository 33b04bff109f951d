"""What the approver is shown and asked, and what an installation takes over."""

from odoo.tests import tagged

from ..hooks import post_init_hook
from .common import HOST_IBAN, OTHER_IBAN
from .iban_common import NEW_IBAN, THIRD_IBAN, EvIbanCommon

ACTIVITY = "ev_sepa.ev_iban_activity_type"


@tagged("post_install", "-at_install")
class TestIbanReview(EvIbanCommon):
    def activities(self, account):
        return account.sudo().activity_search([ACTIVITY])

    def test_one_activity_until_it_is_approved(self):
        account = self.enter(self.accountant)
        [activity] = self.activities(account)
        self.assertIn(activity.user_id, self.approver | self.second | self.third)
        self.as_user(account, self.accountant).acc_number = THIRD_IBAN
        self.assertEqual(self.activities(account), activity)
        account.with_user(self.approver).action_ev_approve()
        self.assertFalse(self.activities(account))

    def test_nobody_is_asked_to_approve_his_own(self):
        self.assertNotIn(self.second, self.activities(self.enter(self.second)).user_id)
        account = self.enter(self.accountant, THIRD_IBAN)
        asked = self.activities(account).user_id
        self.assertIn(asked, self.approver | self.second | self.third)
        # who was asked changes it instead: somebody else is asked
        asked.group_ids += self.env.ref("base.group_partner_manager")
        self.as_user(account, asked).clearing_number = "9"
        self.assertIn(self.activities(account).user_id, (self.approver | self.second | self.third) - asked)

    def test_archiving_takes_the_question_back(self):
        account = self.enter(self.accountant)
        account.with_user(self.accountant).unlink()
        self.assertFalse(self.activities(account))

    def test_our_own_accounts_ask_nobody(self):
        self.assertFalse(self.activities(self.journal.bank_account_id))

    def test_what_is_odd_is_said(self):
        twin = self.make_partner("Twin Hotel", OTHER_IBAN)
        self.host.email = "new@attacker.example"
        account = self.enter(self.accountant, OTHER_IBAN, acc_holder_name="Somebody Else")
        seen = self.as_user(account, self.approver)
        self.assertTrue(seen.ev_is_valid)
        self.assertEqual(seen.ev_previous.replace(" ", ""), HOST_IBAN)
        for said in (
            "The account is in DE, the partner in France",
            "The same number is on file for: ",
            twin.name,
            "another name: Somebody Else",
            "E-mail addresses of the partner were changed lately: 1",
        ):
            self.assertIn(said, seen.ev_warning)
        quiet = self.enter(self.accountant, NEW_IBAN, twin)
        self.assertFalse(quiet.with_user(self.approver).ev_warning)

    def test_other_companies_partners_are_not_named(self):
        neighbour = self.make_company("EV Neighbour")
        twin = self.make_partner("Hidden Hotel", company_id=neighbour.id)
        self.make_account(twin, OTHER_IBAN, approved_at=None)
        self.assertEqual(twin.bank_ids.company_id, neighbour)
        account = self.enter(self.accountant, OTHER_IBAN)
        self.assertNotIn("Hidden Hotel", self.as_user(account, self.approver).ev_warning or "")

    def test_the_list_has_what_waits_and_nothing_of_ours(self):
        waiting = self.enter(self.accountant)
        action = self.env["ir.actions.act_window"]._for_xml_id("ev_sepa.ev_iban_action")
        accounts = self.env["res.partner.bank"].with_user(self.auditor)
        found = accounts.search([("partner_id.ref_company_ids", "=", False), ("ev_approval", "!=", "approved")])
        self.assertIn("search_default_partners", action["context"])
        self.assertIn(waiting.id, found.ids)
        self.assertNotIn(self.account.id, found.ids)
        self.assertNotIn(self.journal.bank_account_id.id, found.ids)
        for kind, view in (
            ("list", "ev_sepa.ev_iban_view_list"),
            ("form", None),
            ("search", "ev_sepa.ev_iban_view_search"),
        ):
            found.get_view(self.env.ref(view).id if view else None, kind)

    def test_installing_takes_over_what_core_trusts(self):
        before = "2025-05-05 05:05:05"
        trusted = self.env["res.partner.bank"].create({"acc_number": NEW_IBAN, "partner_id": self.host.id})
        doubted = self.env["res.partner.bank"].create({"acc_number": THIRD_IBAN, "partner_id": self.host.id})
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_partner_bank SET ev_changed_at = NULL, ev_changed_by_id = NULL, write_date = %s,"
            " allow_out_payment = (id = %s) WHERE id IN %s",
            (before, trusted.id, (trusted.id, doubted.id)),
        )
        self.env.invalidate_all()
        post_init_hook(self.env)
        self.assertTrue(trusted._is_ev_approved())
        self.assertEqual(str(trusted.ev_approved_at), before)
        self.assertFalse(trusted.ev_approved_by_id)
        self.assertIn("taken over", trusted.message_ids[0].body)
        self.assertEqual(doubted.ev_approval, "waiting")
        self.assertEqual(self.account.ev_approved_by_id, self.approver)
