"""A collection that was announced and is not made is called off: once, before its day, and only to whom it was announced."""

from freezegun import freeze_time

from odoo.tests import HttpCase, tagged

from .debit_common import CLIENT_IBAN_2, EvDebitCommon


class CallOffCase(EvDebitCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mandate = cls.make_mandate(reference="M-1")

    def announced(self, *moves):
        batch = self.approve(self.propose(self.env["account.move"].union(*moves)))
        self.announce(batch)
        return batch

    def call_off(self, batch):
        """Run the job, as often as it may come."""
        for _time in range(2):
            batch.sudo()._job_mail("call_off")
        self.env["ev.payment.batch"]._cron_mail()

    def find_jobs(self, batch):
        return self.env["queue.job"].sudo().search([("identity_key", "=", f"ev-payment:{batch.id}:call_off")])


@tagged("post_install", "-at_install")
class TestDebitCallOff(CallOffCase):
    def test_a_cancelled_collection_is_called_off_once(self):
        invoice = self.make_invoice("120.50", self.client)
        batch = self.announced(invoice)
        line = batch.line_ids
        self.assertFalse(self.find_jobs(batch))
        self.as_user(batch, self.maker).action_cancel()
        self.assertEqual(len(self.find_jobs(batch)), 1)
        self.call_off(batch)
        notice, mail = self.notices(line).sorted("id")
        self.assertEqual(mail.recipient_ids, notice.recipient_ids)
        for said in ("120.50", "12/07/2026", "M-1", invoice.name, "will not be made"):
            self.assertIn(said, mail.body_html)
        self.assertIn("no direct debit on 12/07/2026", mail.subject)
        self.assertIsNone(line._get_told_on())

    def test_a_released_one_when_the_second_person_agrees(self):
        batch = self.announced(self.make_invoice("10", self.client))
        self.as_user(batch, self.maker).action_release()
        self.as_user(batch, self.maker)._ask_to_cancel("sent to the wrong bank")
        self.call_off(batch)
        self.assertEqual(len(self.notices(batch.line_ids)), 1)
        self.as_user(batch, self.approver).action_confirm_cancel()
        self.call_off(batch)
        self.assertEqual(len(self.notices(batch.line_ids)), 2)

    def test_who_was_not_told_hears_nothing(self):
        batch = self.approve(self.propose(self.make_invoice("10", self.client)))
        self.as_user(batch, self.maker).action_cancel()
        self.call_off(batch)
        self.announce(batch)
        self.assertFalse(self.notices(batch.line_ids) or self.find_jobs(batch))

    def test_a_day_that_has_passed_is_not_called_off(self):
        batch = self.announced(self.make_invoice("10", self.client))
        with freeze_time("2026-12-08 10:00:00"):
            self.as_user(batch, self.maker).action_cancel()
            self.call_off(batch)
        self.assertEqual(len(self.notices(batch.line_ids)), 1)

    def test_what_is_taken_out_is_called_off(self):
        other = self.make_partner("Other Client", CLIENT_IBAN_2, email="other@client.example")
        self.make_mandate(other)
        batch = self.announced(self.make_invoice("10", self.client), self.make_invoice("20", other))
        self.as_user(batch, self.maker).action_back_to_draft()
        gone = batch.line_ids.filtered(lambda line: line.partner_id == other)
        number = gone.id
        self.as_user(gone, self.maker).action_remove()
        mails = self.env["mail.mail"].sudo().search([("model", "=", "ev.payment.line"), ("res_id", "=", number)])
        self.assertEqual(mails.recipient_ids, other)
        self.assertEqual(len(mails.filtered(lambda mail: "will not be made" in mail.body_html)), 1)
        self.approve(batch)
        self.call_off(batch)
        # the one that stays is as it was announced: nothing to say
        self.assertEqual(len(self.notices(batch.line_ids)), 1)

    def test_announced_anew_it_counts_again(self):
        """Held when it was approved again, because the mandate is suspended; later collected by another batch."""
        other = self.make_partner("Other Client", CLIENT_IBAN_2, email="other@client.example")
        mandate = self.make_mandate(other)
        invoice = self.make_invoice("20", other)
        batch = self.announced(self.make_invoice("10", self.client), invoice)
        held = batch.line_ids.filtered(lambda line: line.partner_id == other)
        self.as_user(batch, self.maker).action_back_to_draft()
        self.as_user(mandate, self.maker).action_suspend()
        self.approve(batch)
        self.assertEqual(held.state, "held")
        self.call_off(batch)
        self.assertEqual(len(self.notices(held)), 2)
        self.assertEqual(len(self.notices(batch.line_ids)), 1)
        self.as_user(mandate, self.approver).action_activate()
        again = self.announced(invoice)
        self.assertEqual(len(self.notices(again.line_ids)), 1)
        self.assertTrue(again.line_ids._get_told_on())

    def test_held_and_never_approved_again(self):
        batch = self.announced(self.make_invoice("10", self.client))
        line = batch.line_ids
        self.as_user(batch, self.maker).action_back_to_draft()
        self.as_user(self.mandate, self.maker).action_suspend()
        self.as_user(batch, self.maker).action_check()
        self.assertEqual(line.state, "held")
        self.call_off(batch)
        self.assertEqual(len(self.notices(line)), 1)
        self.as_user(batch, self.maker).action_cancel()
        self.call_off(batch)
        self.assertEqual(len(self.notices(line)), 2)

    def test_a_mail_that_cannot_be_sent_is_said(self):
        batch = self.announced(self.make_invoice("10", self.client))
        self.client.email = False
        self.as_user(batch, self.maker).action_cancel()
        self.call_off(batch)
        self.assertIn("no usable e-mail address", batch.line_ids.mail_problem)
        self.client.email = "fleet@client.example"
        self.as_user(batch, self.maker).action_send_mails()
        self.call_off(batch)
        self.assertEqual((len(self.notices(batch.line_ids)), batch.line_ids.mail_problem), (2, False))


@tagged("post_install", "-at_install")
class TestAnnouncedOnPortal(CallOffCase, HttpCase):
    def open_page(self, user):
        self.authenticate(user.login, user.login)
        return self.url_open("/my/ev/payments", allow_redirects=False).text

    def test_the_debtor_sees_what_is_announced(self):
        batch = self.approve(self.propose(self.make_invoice("120.50", self.client)))
        reference = batch.line_ids.end_to_end_id
        self.assertNotIn(reference, self.open_page(self.portal_client))
        self.announce(batch)
        page = self.open_page(self.portal_client)
        self.assertIn(reference, page)
        self.assertIn("Announced", page)
        stranger = self.make_portal("call-off-stranger", self.emsp)
        self.assertNotIn(reference, self.open_page(stranger))
        self.as_user(batch, self.maker).action_cancel()
        self.assertNotIn(reference, self.open_page(self.portal_client))
