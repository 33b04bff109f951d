"""The partner hears of every account at the addresses it had before, once."""

from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .iban_common import NEW_IBAN, THIRD_IBAN, EvIbanCommon

OLD, NEW = "accounts@host.example", "thief@elsewhere.example"


@tagged("post_install", "-at_install")
class TestIbanMail(EvIbanCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.books = cls.env["res.partner"].create({"name": "Books", "email": "books@host.example"})
        cls.contract = cls.make_contract(("credit", "kwh", "0.1"), recipient_ids=[Command.set(cls.books.ids)])

    def mails(self, account):
        return (
            self.env["mail.mail"]
            .sudo()
            .search([("model", "=", account._name), ("res_id", "=", account.id)], order="id")
        )

    def assert_told(self, account, *addresses):
        mails = self.mails(account)
        self.assertEqual(sorted(mails.mapped("email_to")), sorted(addresses))
        self.assertFalse(mails.recipient_ids)
        return mails

    def test_the_old_address_is_told_with_the_accountants(self):
        self.host.email = NEW
        account = self.enter(self.accountant)
        mails = self.assert_told(account, OLD, NEW, "books@host.example")
        for mail in mails:
            self.assertEqual(mail.state, "outgoing")
            for said in ("•••• 2606", "If it was not you", self.host.name, "11/23/2026"):
                self.assertIn(said, mail.body_html)
            for hidden in (NEW_IBAN, NEW_IBAN[:8], account.acc_number):
                self.assertNotIn(hidden, mail.body_html)

    def test_every_address_of_sixty_days_and_none_older(self):
        for address in ("between@host.example", NEW):
            self.host.email = address
        self.env["ev.partner.email"].search([("email", "=", OLD)]).replaced_at = self.ago(61)
        self.env["ev.partner.email"].search([("email", "=", "between@host.example")]).replaced_at = self.ago(59)
        self.assert_told(self.enter(self.accountant), "between@host.example", NEW, "books@host.example")
        self.env["ev.partner.email"]._gc_forget()
        kept = self.env["ev.partner.email"].search([("partner_id", "=", self.host.id)])
        self.assertEqual(kept.mapped("email"), ["between@host.example"])

    def ago(self, days):
        return fields.Datetime.now() - timedelta(days=days)

    def test_a_recipients_old_address_is_told_too(self):
        self.books.email = NEW
        self.assert_told(self.enter(self.accountant), OLD, NEW, "books@host.example")

    def test_once_per_account(self):
        account = self.enter(self.accountant)
        told = len(self.mails(account))
        self.assertEqual(told, 2)
        as_accountant = self.as_user(account, self.accountant)
        as_accountant.write({"acc_number": account.acc_number.replace(" ", "")})
        as_accountant.write({"clearing_number": "1"})
        as_accountant.write({"note": "x"})
        account.with_user(self.approver).action_ev_approve()
        self.assertEqual(len(self.mails(account)), told)
        changed = self.enter(self.accountant, THIRD_IBAN)
        self.as_user(changed, self.accountant).acc_number = "DE89370400440532013000"
        mails = self.mails(changed)
        self.assertEqual([text in mail.body_html for mail in mails for text in ("6769", "3000")],
                         [True, False, True, False, False, True, False, True])  # fmt: skip

    def test_nobody_says_beforehand_that_the_partner_was_told(self):
        said = {"ev_told_of": f"{self.host.id} {NEW_IBAN}", "ev_comes_first": True, "ev_approval": "approved"}
        for name, value in said.items():
            self.env["ir.default"].with_user(self.accountant).set(
                "res.partner.bank", name, value, user_id=self.accountant.id
            )
        accounts = self.as_user(self.env["res.partner.bank"], self.accountant)
        forged = accounts.with_context(**{f"default_{name}": value for name, value in said.items()})
        account = forged.create({"acc_number": NEW_IBAN, "partner_id": self.host.id})
        self.assert_told(account, OLD, "books@host.example")
        self.assertEqual((account.ev_approval, account.sudo().ev_comes_first), ("waiting", False))

    def test_out_of_the_archive_is_told_again(self):
        account = self.enter(self.accountant)
        self.as_user(account, self.accountant).unlink()
        self.assertEqual(len(self.mails(account)), 2)
        self.as_user(account, self.accountant).action_unarchive()
        self.assertEqual(len(self.mails(account)), 4)

    def test_partners_without_business_and_we_ourselves_are_not_written_to(self):
        stranger = self.make_partner("No business yet")
        self.assert_told(self.enter(self.accountant, NEW_IBAN, stranger))
        self.assert_told(self.journal.bank_account_id)
        self.make_bill("10", stranger)
        self.assert_told(self.enter(self.accountant, THIRD_IBAN, stranger), "pay@partner.example")

    def test_no_address_is_said_on_the_account(self):
        partner = self.make_partner("Unreachable", email=False)
        self.make_bill("10", partner)
        account = self.enter(self.accountant, NEW_IBAN, partner)
        self.assert_told(account)
        self.assertIn("no e-mail address", " ".join(account.message_ids.mapped("body")))

    def test_in_the_partners_language_and_hostile_names_are_text(self):
        self.host.name = "<script>alert(1)</script>"
        mail = self.mails(self.enter(self.accountant))[:1]
        self.assertNotIn("<script>alert", mail.body_html)
        template = self.env.ref("ev_sepa.ev_iban_mail_template")
        self.assertIn("commercial_partner_id.lang", template.lang)

    def test_who_reads_the_addresses_of_before(self):
        self.host.email = NEW
        history = self.env["ev.partner.email"].search([("partner_id", "=", self.host.id)])
        self.assertEqual((history.email, history.replaced_by_id), (OLD, self.env.user))
        for user in (self.accountant, self.auditor):
            self.assertEqual(self.as_user(history, user).email, OLD)
        portal = self.make_user("iban-mail-portal", "base.group_portal")
        for user in (self.contract_admin, self.technician, self.bridge, portal):
            with self.assertRaises(AccessError, msg=user.login):
                self.as_user(history, user).read(["email"])
        for user in (self.accountant, self.second):
            with self.assertRaises(AccessError, msg=user.login):
                self.as_user(history, user).unlink()
        neighbour = self.make_company("EV Neighbour")
        self.host.company_id = self.company
        stranger = self.make_user("iban-mail-other", "account.group_account_invoice", neighbour)
        with self.assertRaises(AccessError):
            self.as_user(history, stranger).read(["email"])
        self.assertEqual(history.email, OLD)

    def test_only_another_address_is_remembered(self):
        history = self.env["ev.partner.email"]
        self.host.write({"email": OLD.upper()})
        self.host.write({"name": "Host renamed"})
        self.assertFalse(history.search([("partner_id", "=", self.host.id)]))
        self.host.email = False
        self.assertEqual(history.search([("partner_id", "=", self.host.id)]).email, OLD)
        self.host.email = NEW
        self.assertEqual(len(history.search([("partner_id", "=", self.host.id)])), 1)
