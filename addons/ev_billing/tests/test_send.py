from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_mail_server import MailDeliveryException
from odoo.addons.mail.tests.common import MockEmail

from .common import EvBillingCommon

BOUNCE = """Return-Path: <>
From: MAILER-DAEMON@mx.host.example
To: bounce@operator.example
Subject: Undelivered Mail Returned to Sender
Message-Id: <bounce-1@mx.host.example>
Content-Type: multipart/report; report-type=delivery-status; boundary="parts"
MIME-Version: 1.0

--parts
Content-Type: text/plain

The mailbox is full.
--parts
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.host.example

Final-Recipient: rfc822; {email}
Action: failed
Status: 5.2.2

--parts
Content-Type: text/rfc822-headers

Message-Id: {message_id}
To: {email}
Subject: statement

--parts--
"""


@tagged("post_install", "-at_install")
class TestSend(EvBillingCommon, MockEmail):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.email = "billing@operator.example"
        cls.accountant = cls.make_user(
            "send-accountant",
            "account.group_account_invoice",
            company_id=cls.company.id,
            company_ids=[(6, 0, cls.company.ids)],
            email="anna@operator.example",
        )
        cls.bookkeeper = cls.env["res.partner"].create(
            {"name": "Bookkeeper", "parent_id": cls.host.id, "email": "books@host.example"}
        )
        cls.contract = cls.make_contract(
            ("credit", "kwh", "0.185"), ("charge", "session", "0.35"), recipient_ids=[(6, 0, cls.bookkeeper.ids)]
        )
        cls.make_cdr("2026-03-01T08:00:00Z", 10_000)
        cls.statement = cls.prepare(2026, 3, cls.contract)
        cls.statement.action_approve()
        cls.statement = cls.statement.with_user(cls.accountant).with_company(cls.company)
        cls.statement._post_documents("2026-04-02")

    def send(self, force=False, **gateway):
        with self.mock_mail_gateway(**gateway):
            return self.statement._send(force)

    # ------------------------------------------------------------------ content

    def test_one_mail_with_statement_annex_and_every_document(self):
        self.assertEqual(self.statement.send_state, "not_sent")
        self.assertEqual(self.send(), {})
        [mail] = self._mails
        self.assertEqual(mail["email_to"], ['"Bookkeeper" <books@host.example>'])
        self.assertIn("billing@operator.example", mail["email_from"])
        self.assertIn(self.statement.name, mail["subject"])
        files = {name: raw for name, raw, _mimetype in mail["attachments"]}
        statement = self.statement.sudo()
        for attachment in (statement.pdf_attachment_id, statement.annex_attachment_id):
            self.assertEqual(files[attachment.name], attachment.raw)
        for move in statement.document_ids:
            self.assertEqual(files[move.invoice_pdf_report_id.name], move.invoice_pdf_report_id.raw)
        self.assertEqual(len(statement.document_ids), 2)

    def test_the_mail_says_what_it_is_about(self):
        self.send()
        body = self._mails[0]["body"]
        # 10 kWh x 0.185 = 1.85 credited, 0.35 charged; contest ten days after 2 April
        for words in (
            "March 2026",
            "1.85",
            "0.35",
            "04/12/2026",
            f"/my/ev/statements/{self.statement.id}?access_token=",
        ):
            self.assertIn(words, body)
        for move in self.statement.document_ids:
            self.assertIn(move.name, body)

    def test_what_was_sent_is_remembered(self):
        self.send()
        self.assertEqual(self.statement.send_state, "sent")
        self.assertTrue(self.statement.sent_at)
        self.assertEqual(self.statement.sent_by_id, self.accountant)
        self.assertFalse(self.statement.send_error)
        self.assertEqual(set(self.statement.document_ids.mapped("is_move_sent")), {True})
        message = self.statement.send_message_id
        self.assertEqual((message.model, message.res_id), ("ev.statement", self.statement.id))
        self.assertIn(self.statement.sudo().annex_attachment_id, message.sudo().attachment_ids)

    def test_the_partners_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.host.lang = self.bookkeeper.lang = "fr_FR"
        template = self.env.ref("ev_billing.ev_statement_mail_template")
        template.with_context(lang="fr_FR").subject = "Relevé {{ object.name }}, {{ object._get_period_label() }}"
        self.send()
        self.assertEqual(self._mails[0]["subject"], f"Relevé {self.statement.name}, mars 2026")
        self.assertIn("12/04/2026", self._mails[0]["body"])

    def test_followers_get_no_mail(self):
        follower = self.env["res.partner"].create({"name": "Curious", "email": "curious@elsewhere.example"})
        self.statement.sudo().message_subscribe(follower.ids)
        before = self.statement.sudo().message_partner_ids
        self.send()
        self.assertEqual([mail["email_to"] for mail in self._mails], [['"Bookkeeper" <books@host.example>']])
        self.assertEqual(self.statement.sudo().message_partner_ids, before, "and nobody becomes one")

    def test_without_recipients_the_invoice_address_gets_it(self):
        self.contract.recipient_ids = False
        self.send()
        self.assertEqual(self._mails[0]["email_to"], [f'"{self.host.name}" <accounts@host.example>'])

    def test_a_recipient_who_works_inside_odoo_gets_a_mail_too(self):
        user = self.make_user("inside", "base.group_user", email="inside@operator.example", notification_type="inbox")
        self.contract.recipient_ids = user.partner_id
        self.send()
        self.assertEqual(len(self._mails), 1)
        self.assertIn("inside@operator.example", self._mails[0]["email_to"][0])

    def test_an_annex_too_large_for_mail_stays_on_the_portal(self):
        self.env["ir.config_parameter"].sudo().set_param("ev_billing.annex_mail_limit_mb", "0.001")
        self.send()
        names = [name for name, _raw, _mimetype in self._mails[0]["attachments"]]
        self.assertNotIn(self.statement.sudo().annex_attachment_id.name, names)
        self.assertIn(self.statement.sudo().pdf_attachment_id.name, names)
        self.assertIn("too large for an e-mail", self._mails[0]["body"])

    # -------------------------------------------------------------- once, again

    def test_sent_twice_is_one_mail(self):
        self.send()
        first = self.statement.send_message_id
        self.assertEqual(self.send(), {})
        self.assertFalse(self._mails)
        self.assertEqual(self.statement.send_message_id, first)

    def test_resend_is_another_mail_with_the_same_files(self):
        self.send()
        files = sorted(self._mails[0]["attachments"])
        with self.mock_mail_gateway():
            self.assertTrue(self.statement.action_resend())
        self.assertEqual(sorted(self._mails[0]["attachments"]), files)
        self.assertEqual(self.statement.send_state, "sent")

    def test_what_has_no_documents_is_not_sent(self):
        self.make_cdr("2026-04-01T08:00:00Z", 10_000)
        draft = self.prepare(2026, 4, self.contract)
        with self.mock_mail_gateway():
            left = draft._send()
        self.assertIn("no documents yet", left[draft.id])
        self.assertFalse(self._mails)
        self.assertFalse(draft.sent_at)

    def test_an_auditor_sends_nothing(self):
        auditor = self.make_user(
            "send-auditor",
            "account.group_account_readonly",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        with self.mock_mail_gateway(), self.assertRaises(AccessError):
            self.statement.with_user(auditor).action_send()
        self.assertFalse(self._mails)
        self.assertEqual(self.statement.send_state, "not_sent")

    # ------------------------------------------------------------------ trouble

    def test_no_address_is_said_and_nothing_is_lost(self):
        # the address went missing after the contract began
        self.env.cr.execute(
            "UPDATE res_partner SET email = NULL, email_normalized = NULL WHERE id = %s", [self.bookkeeper.id]
        )
        self.bookkeeper.invalidate_recordset()
        left = self.send()
        self.assertIn("Bookkeeper", left[self.statement.id])
        self.assertIn("e-mail address", self.statement.send_error)
        self.assertEqual(self.statement.send_state, "failed")
        self.assertFalse(self.statement.sent_at)
        self.assertEqual(set(self.statement.document_ids.mapped("is_move_sent")), {False})
        self.bookkeeper.email = "books@host.example"
        self.assertEqual(self.send(), {})
        self.assertEqual((self.statement.send_state, len(self._mails)), ("sent", 1))
        self.assertFalse(self.statement.send_error)

    def test_a_bounce_is_seen_and_resent(self):
        self.send()
        raw = BOUNCE.format(email="books@host.example", message_id=self.statement.send_message_id.message_id)
        self.env["mail.thread"].message_process("ev.statement", raw)
        self.assertEqual(self.statement.send_state, "bounced")
        self.assertIn("mailbox is full", self.statement.send_error)
        self.assertIn("Bookkeeper", self.statement.send_error)
        self.assertIn(self.statement, self.statement.search([("send_state", "=", "bounced")]))
        self.assertEqual(self.send(), {}, "not by itself")
        self.assertFalse(self._mails)
        self.send(force=True)
        self.assertEqual((self.statement.send_state, len(self._mails)), ("sent", 1))

    def test_a_mail_server_that_fails_is_seen_and_tried_again(self):
        with self.mock_mail_gateway():
            self.send_email_mocked.side_effect = MailDeliveryException("Connection refused")
            with mute_logger("odoo.addons.mail.models.mail_mail"):
                self.statement._send()
        self.assertEqual(self.statement.send_state, "failed")
        self.assertIn("Bookkeeper", self.statement.send_error)
        failed = self.env["mail.mail"].sudo().search([("mail_message_id", "=", self.statement.send_message_id.id)])
        self.assertEqual(failed.state, "exception")
        self.send(force=True)
        self.assertEqual((self.statement.send_state, len(self._mails)), ("sent", 1))
        self.assertEqual(failed.state, "cancel", "the queue does not send the first one as well")

    def test_mail_fields_are_not_typed(self):
        for values in ({"sent_at": "2026-04-02 10:00:00"}, {"send_problem": "x"}, {"pdf_attachment_id": False}):
            with self.subTest(values=values), self.assertRaisesRegex(Exception, "computed, not typed"):
                self.statement.write(values)
        self.assertFalse(self.statement.sent_at)

    # ---------------------------------------------------------------- e-invoice

    def _asks_for_facturx(self):
        return "facturx" in dict(self.env["res.partner"]._fields["invoice_edi_format"]._description_selection(self.env))

    def test_facturx_where_the_partner_asks_for_it(self):
        if not self._asks_for_facturx():
            self.skipTest("account_edi_ubl_cii is not installed")
        self.company.phone = "+33 1 02 03 04 05"
        self.env["res.partner.bank"].create(
            {
                "partner_id": self.company.partner_id.id,
                "acc_number": "FR7630006000011234567890189",
                "allow_out_payment": True,
            }
        )
        self.statement.document_ids.sudo().filtered(
            lambda move: move.move_type == "out_invoice"
        ).partner_bank_id = self.company.partner_id.bank_ids
        self.host.write(
            {
                "invoice_edi_format": "facturx",
                "street": "2 rue Haute",
                "zip": "69001",
                "city": "Lyon",
                "country_id": self.env.ref("base.fr").id,
                "vat": "FR23334175221",
            }
        )
        self.send()
        invoice = self.statement.sudo().document_ids.filtered(lambda move: move.move_type == "out_invoice")
        self.assertFalse(
            self.statement.message_ids.filtered(lambda message: "without the e-invoice" in (message.body or "")).mapped(
                "body"
            )
        )
        self.assertTrue(invoice.ubl_cii_xml_id)
        names = [name for name, _raw, _mimetype in self._mails[0]["attachments"]]
        self.assertIn(invoice.ubl_cii_xml_id.name, names)

    def test_an_einvoice_that_cannot_be_made_stops_nothing(self):
        if not self._asks_for_facturx():
            self.skipTest("account_edi_ubl_cii is not installed")
        self.host.write({"invoice_edi_format": "xrechnung", "country_id": False, "vat": False, "city": False})
        self.send()
        self.assertEqual(len(self._mails), 1)
        notes = self.statement.message_ids.filtered(lambda message: "without the e-invoice" in (message.body or ""))
        self.assertEqual(len(notes), 1)
        self.assertTrue(all(move.invoice_pdf_report_id for move in self.statement.sudo().document_ids))
