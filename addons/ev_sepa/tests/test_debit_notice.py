"""Announcing collections: once, in time, with what the debtor must know; a mail that fails stops no other."""

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .debit_common import CLIENT_IBAN_2, CREDITOR, EvDebitCommon


@tagged("post_install", "-at_install")
class TestDebitNotice(EvDebitCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mandate = cls.make_mandate(reference="M-1")

    def find_jobs(self, batch, kind="notice"):
        return self.env["queue.job"].sudo().search([("identity_key", "=", f"ev-payment:{batch.id}:{kind}")])

    def test_approval_tells_the_debtor(self):
        invoice = self.make_invoice("120.50", self.client)
        batch = self.approve(self.propose(invoice))
        self.assertEqual(len(self.find_jobs(batch)), 1)
        self.assertFalse(self.notices(batch.line_ids))
        self.announce(batch)
        mail = self.notices(batch.line_ids)
        self.assertEqual(mail.recipient_ids, self.client)
        for said in (
            "120.50",
            "12/07/2026",
            "M-1",
            CREDITOR,
            "DE89 ... 3000",
            invoice.payment_reference or invoice.name,
        ):
            self.assertIn(said, mail.body_html)
        self.assertNotIn("DE89370400440532013000", mail.body_html)
        self.assertEqual(str(batch.line_ids.notified_at), "2026-11-23 10:00:00")

    def test_nobody_is_told_of_a_draft(self):
        batch = self.propose(self.make_invoice("10", self.client))
        self.announce(batch)
        self.as_user(batch, self.maker).action_check()
        self.announce(batch)
        self.assertFalse(self.notices(batch.line_ids) or batch.line_ids.notified_at or self.find_jobs(batch))

    def test_told_once_however_often_the_job_runs(self):
        batch = self.approve(self.propose(self.make_invoice("10", self.client)))
        for _time in range(3):
            self.announce(batch)
        batch.line_ids.sudo()._mail_once("notice")
        self.env["ev.payment.batch"]._cron_mail()
        self.as_user(batch, self.maker).action_send_mails()
        self.announce(batch)
        self.assertEqual(len(self.notices(batch.line_ids)), 1)

    def test_told_in_the_debtors_language_and_to_its_recipients(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.client.lang = "fr_FR"
        clerk = self.env["res.partner"].create({"name": "Clerk", "email": "clerk@client.example"})
        contract = self.make_debit_contract(recipient_ids=[(6, 0, clerk.ids)])
        invoice = self.make_invoice("1234.50", self.client)
        invoice.sudo().ev_statement_id = self.env["ev.statement"].sudo().create(
            {
                "name": "EVS/TEST/1", "contract_id": contract.id, "company_id": self.company.id,
                "currency_id": self.company.currency_id.id, "partner_id": self.client.id, "period_start": "2026-10-01",
                "period_end": "2026-10-31", "state": "documented",
            }
        )  # fmt: skip
        batch = self.approve(self.propose(invoice))
        self.announce(batch)
        mail = self.notices(batch.line_ids)
        self.assertEqual(mail.recipient_ids, clerk)
        # the French way: a comma, the day first
        self.assertIn("234,50", mail.body_html)
        self.assertIn("07/12/2026", mail.body_html)

    def test_a_mail_that_fails_stops_no_other(self):
        mute = self.make_partner("No Mail", CLIENT_IBAN_2)
        mute.email = False
        self.make_mandate(mute)
        batch = self.approve(self.propose(self.make_invoice("10", mute) | self.make_invoice("20", self.client)))
        self.announce(batch)
        failed = batch.line_ids.filtered(lambda line: line.partner_id == mute)
        told = batch.line_ids - failed
        self.assertEqual((len(self.notices(told)), bool(told.notified_at)), (1, True))
        self.assertEqual((len(self.notices(failed)), failed.notified_at), (0, False))
        self.assertIn("no usable e-mail address", failed.mail_problem)
        self.assertIn("no usable e-mail address", batch.message_ids[0].body)
        mute.email = "found@mute.example"
        self.as_user(batch, self.maker).action_send_mails()
        self.announce(batch)
        self.assertEqual((len(self.notices(failed)), len(self.notices(told)), failed.mail_problem), (1, 1, False))

    def test_released_days_later_because_the_debtor_was_told(self):
        batch = self.approve(self.propose(self.make_invoice("10", self.client)))
        self.announce(batch)
        with freeze_time("2026-12-03 10:00:00"):
            self.as_user(batch, self.maker).action_release()
        self.assertEqual(batch.state, "released")

    def test_not_released_days_later_where_nobody_was_told(self):
        batch = self.approve(self.propose(self.make_invoice("10", self.client)))
        # 3 December + 14 days is Thursday the 17th
        with freeze_time("2026-12-03 10:00:00"), self.assertRaisesRegex(UserError, "first possible day is 12/17/2026"):
            self.as_user(batch, self.maker).action_release()
        self.assertEqual(batch.state, "approved")

    def test_what_changes_after_it_was_told_is_told_again(self):
        batch = self.approve(self.propose(self.make_invoice("10", self.client)))
        self.announce(batch)
        self.as_user(batch, self.maker).action_back_to_draft()
        self.approve(batch)
        self.announce(batch)
        self.assertEqual(len(self.notices(batch.line_ids)), 1)
        self.as_user(batch, self.maker).action_back_to_draft()
        self.as_user(batch, self.maker).execution_date = "2026-12-08"
        self.approve(batch)
        self.announce(batch)
        mails = self.notices(batch.line_ids)
        self.assertEqual(len(mails), 2)
        self.assertIn("12/08/2026", mails.sorted("id")[-1].body_html)

    def test_mails_are_the_makers_and_approvers(self):
        batch = self.approve(self.propose(self.make_invoice("10", self.client)))
        for user in (self.auditor, self.portal_client, self.make_user("notice-stranger", "base.group_user")):
            with self.assertRaises(AccessError, msg=user.login):
                self.as_user(batch, user).action_send_mails()
        self.assertFalse(self.notices(batch.line_ids))
