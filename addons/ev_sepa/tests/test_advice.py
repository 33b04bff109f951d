"""The remittance advice: what is paid, document by document, once and never before the file; and the portal's own pages."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged

from .debit_common import EvDebitCommon


class AdviceCommon(EvDebitCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls.make_contract(("credit", "kwh", "0.1"), payment_grouping="partner")
        cls.statement = cls.env["ev.statement"].sudo().create(
            {
                "name": "EVS/TEST/1", "contract_id": cls.contract.id, "company_id": cls.company.id,
                "currency_id": cls.company.currency_id.id, "partner_id": cls.host.id, "period_start": "2026-10-01",
                "period_end": "2026-10-31", "state": "documented",
            }
        )  # fmt: skip

    def make_bills(self, count=12):
        """Bills of one contract that are paid together; their references do not fit into 140 characters."""
        bills = self.env["account.move"].union(
            *(self.make_bill(str(number), ref=f"HOST-2026-10-BILL-{number:04d}") for number in range(1, count + 1))
        )
        for bill in bills:
            bill.sudo().write({"ev_statement_id": self.statement.id, "payment_reference": bill.ref})
        return bills

    def advise(self, batch):
        batch.sudo()._job_mail("advice")


@tagged("post_install", "-at_install")
class TestAdvice(AdviceCommon):
    def test_what_does_not_fit_is_mailed(self):
        batch = self.release(self.propose(self.make_bills()))
        line = batch.line_ids
        # 1 + 2 + ... + 12
        self.assertEqual((line.amount, line.needs_advice), (78, True))
        self.assertFalse(self.notices(line))
        self.advise(batch)
        mail = self.notices(line)
        self.assertEqual(mail.recipient_ids, self.host)
        for number in range(1, 13):
            self.assertIn(f"HOST-2026-10-BILL-{number:04d}", mail.body_html)
        for said in ("EVS/TEST/1", "78.00", "10/31/2026", line.end_to_end_id, "FR76 ... 0143"):
            self.assertIn(said, mail.body_html)
        self.assertEqual(mail.attachment_ids.name, f"Payment Advice {line.end_to_end_id}.pdf")
        self.assertIn(b"HOST-2026-10-BILL-0012", mail.attachment_ids.raw)
        self.assertTrue(line.advised_at)

    def test_what_fits_is_not_mailed_unless_wanted(self):
        quiet = self.release(self.propose(self.make_bill("10")))
        self.advise(quiet)
        self.assertFalse(self.notices(quiet.line_ids) or quiet.line_ids.advised_at)
        self.host.ev_payment_advice = True
        wanted = self.release(self.propose(self.make_bill("20")))
        self.advise(wanted)
        self.assertEqual(len(self.notices(wanted.line_ids)), 1)

    def test_nothing_before_the_release(self):
        batch = self.propose(self.make_bills())
        self.advise(batch)
        self.approve(batch)
        self.advise(batch)
        self.env["ev.payment.batch"]._cron_mail()
        self.assertFalse(self.notices(batch.line_ids) or batch.line_ids.advised_at)
        with self.assertRaisesRegex(UserError, "is not released"):
            batch.line_ids.sudo()._get_advice_data()

    def test_once_however_often_the_job_runs(self):
        batch = self.release(self.propose(self.make_bills()))
        jobs = self.env["queue.job"].sudo().search([("identity_key", "=", f"ev-payment:{batch.id}:advice")])
        self.assertEqual(len(jobs), 1)
        for _time in range(3):
            self.advise(batch)
        batch.line_ids.sudo()._mail_once("advice")
        self.assertEqual(len(self.notices(batch.line_ids)), 1)

    def test_crash_before_the_end_sends_nothing_and_a_second_try_sends_once(self):
        batch = self.release(self.propose(self.make_bills()))
        with self.assertRaisesRegex(RuntimeError, "power"), self.env.cr.savepoint():
            self.advise(batch)
            self.env.flush_all()
            raise RuntimeError("power")
        self.env.invalidate_all()
        self.assertFalse(self.notices(batch.line_ids) or batch.line_ids.advised_at)
        self.advise(batch)
        self.assertEqual(len(self.notices(batch.line_ids)), 1)

    def test_cancelled_file_is_not_advised(self):
        batch = self.release(self.propose(self.make_bills()))
        self.as_user(batch, self.second)._ask_to_cancel("wrong day")
        self.as_user(batch, self.approver).action_confirm_cancel()
        self.advise(batch)
        self.assertFalse(self.notices(batch.line_ids))

    def test_recipients_of_the_contract_come_first(self):
        books = self.env["res.partner"].create({"name": "Books", "email": "books@host.example"})
        self.contract.recipient_ids = books
        batch = self.release(self.propose(self.make_bills()))
        self.advise(batch)
        self.assertEqual(self.notices(batch.line_ids).recipient_ids, books)

    def test_hostile_names_are_text(self):
        self.host.name = "<script>alert(1)</script>"
        batch = self.release(self.propose(self.make_bills()))
        self.advise(batch)
        mail = self.notices(batch.line_ids)
        self.assertNotIn("<script>alert", mail.body_html)
        self.assertNotIn(b"<script>alert", mail.attachment_ids.raw)


@tagged("post_install", "-at_install")
class TestPaymentPortal(AdviceCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal_host = cls.make_portal("pay-portal-host", cls.host)
        cls.portal_emsp = cls.make_portal("pay-portal-emsp", cls.emsp)

    def open(self, url, user):
        self.authenticate(user.login, user.login)
        return self.url_open(url, allow_redirects=False)

    def test_a_partner_sees_its_own_released_payments(self):
        batch = self.release(self.propose(self.make_bills()))
        waiting = self.propose(self.make_bill("20"))
        page = self.open("/my/ev/payments", self.portal_host).text
        self.assertIn(batch.line_ids.end_to_end_id, page)
        self.assertNotIn(waiting.line_ids.end_to_end_id, page)
        self.assertIn("FR76 ... 0143", page)
        for user in (self.portal_emsp, self.portal_client):
            page = self.open("/my/ev/payments", user)
            self.assertEqual(page.status_code, 200)
            self.assertNotIn(batch.line_ids.end_to_end_id, page.text)

    def test_the_advice_is_its_own_partners(self):
        batch = self.release(self.propose(self.make_bills()))
        waiting = self.propose(self.make_bill("20"))
        url = "/my/ev/payments/%s/advice"
        found = self.open(url % batch.line_ids.id, self.portal_host)
        self.assertEqual((found.status_code, found.headers["Content-Type"]), (200, "application/pdf"))
        self.assertIn("HOST-2026-10-BILL-0012", found.text)
        self.assertEqual(self.open(url % waiting.line_ids.id, self.portal_host).status_code, 303)
        for user in (self.portal_emsp, self.portal_client):
            answer = self.open(url % batch.line_ids.id, user)
            self.assertEqual(answer.status_code, 303, user.login)
            self.assertNotIn("HOST-2026", answer.text)

    def test_nobody_reads_payments_past_the_pages(self):
        batch = self.release(self.propose(self.make_bills()))
        for user in (self.portal_host, self.portal_emsp):
            with self.assertRaises(AccessError, msg=user.login):
                batch.line_ids.with_user(user).read(["iban"])
            with self.assertRaises(AccessError, msg=user.login):
                batch.with_user(user).action_export_csv()
            report = self.open(f"/report/pdf/ev_sepa.report_payment_advice/{batch.line_ids.id}", user)
            self.assertNotIn("HOST-2026", report.text, user.login)

    def test_mandates_page(self):
        mandate, draft = self.make_mandate(reference="MINE-1"), self.make_mandate(reference="DRAFT-1", active=False)
        page = self.open("/my/ev/mandates", self.portal_client).text
        self.assertIn(mandate.reference, page)
        self.assertNotIn(draft.reference, page)
        self.assertNotIn(mandate.iban, page)
        other = self.open("/my/ev/mandates", self.portal_emsp)
        self.assertEqual(other.status_code, 200)
        self.assertNotIn(mandate.reference, other.text)
        home = self.open("/my", self.portal_client).text
        self.assertIn("/my/ev/mandates", home)
