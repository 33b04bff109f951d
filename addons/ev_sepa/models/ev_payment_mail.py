"""Mails about single payments, each sent once: the advice of a transfer, a collection announced or called off.

A mail is written to the database together with the mark that it was sent, and leaves after the commit: a crash before sends
nothing, a crash after leaves it in Odoo's queue. What cannot be sent is said on the batch and does not stop the others.
"""

from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from .ev_payment_batch import APPROVER, MAKER

# Mails of one job: each may come with a PDF of about a second.
CHUNK = 20
ADVICE, NOTICE, CALL_OFF = KINDS = "advice", "notice", "call_off"
TEMPLATES = {kind: f"ev_sepa.ev_payment_{kind}_mail_template" for kind in KINDS}
# Jobs run these beside each other.
QUEUE = "ev-payment"


class EvPaymentLine(models.Model):
    _inherit = "ev.payment.line"

    advised_at = fields.Datetime("Advice Sent On", readonly=True, copy=False)
    notified_at = fields.Datetime("Announced On", readonly=True, copy=False)
    notified_for = fields.Char(
        readonly=True, copy=False, help="What was announced or called off: day, amount, mandate, account."
    )
    mail_problem = fields.Char("Why No Mail Was Sent", readonly=True, copy=False)

    def _mail_once(self, kind):
        """Send each line's mail, unless it has it; safe to kill and to repeat.

        :param kind: one of `KINDS`
        """
        for line in self._lock_unmailed():
            if not line._is_mail_due(kind):
                continue
            try:
                with self.env.cr.savepoint():
                    line._send_mail(kind)
            except UserError as error:
                line.mail_problem = str(error)
                line.batch_id.message_post(
                    body=self.env._(
                        "%(payment)s: no mail was sent. %(why)s", payment=line.end_to_end_id, why=str(error)
                    )
                )

    def _lock_unmailed(self):
        """The lines that nobody else is mailing just now, as superuser."""
        self.flush_recordset()
        self.env.cr.execute(
            "SELECT id FROM ev_payment_line WHERE id = ANY(%s) ORDER BY id FOR UPDATE SKIP LOCKED", (self.ids,)
        )
        lines = self.sudo().browse(row[0] for row in self.env.cr.fetchall())
        lines.invalidate_recordset(["advised_at", "notified_at", "notified_for", "state"])
        return lines

    def _is_mail_due(self, kind):
        self.ensure_one()
        due = {ADVICE: self._is_advice_due, NOTICE: self._is_notice_due, CALL_OFF: self._is_call_off_due}
        return due[kind]()

    def _send_mail(self, kind):
        """Write the mail into the queue, with the mark that it was."""
        self.ensure_one()
        recipients = self._get_mail_recipients()
        line = self.with_company(self.company_id)
        template = line.env.ref(TEMPLATES[kind])
        values = {"recipient_ids": [(6, 0, recipients.ids)]}
        mail = template.send_mail(line.id, email_values=values, email_layout_xmlid="mail.mail_notification_layout")
        if kind == ADVICE:
            content = line._print_advice()
            line.env["mail.mail"].browse(mail).attachment_ids = [
                (0, 0, {
                    "name": line._get_advice_name(), "raw": content, "mimetype": "application/pdf",
                    "res_model": "mail.message", "res_id": line.env["mail.mail"].browse(mail).mail_message_id.id,
                })
            ]  # fmt: skip
        self.write({**self._prepare_mail_mark(kind), "mail_problem": False})

    def _prepare_mail_mark(self, kind):
        now = fields.Datetime.now()
        if kind == ADVICE:
            return {"advised_at": now}
        return {"notified_at": now, "notified_for": self._get_notice_key()}

    def _get_mail_recipients(self):
        """The accounting recipients of the contracts behind its documents, else the partner's invoice address.

        :raises UserError: none of them has an e-mail address
        """
        self.ensure_one()
        partner = self.partner_id
        contracts = self.item_ids.move_id.ev_statement_id.contract_id
        invoiced = partner.browse(partner.address_get(["invoice"])["invoice"])
        recipients = contracts.recipient_ids or invoiced
        found = recipients.filtered("email_normalized") or partner.filtered("email_normalized")
        if not found:
            raise UserError(
                self.env._("%s has no usable e-mail address: enter one on the contact.", partner.display_name)
            )
        return found

    def _get_mail_lang(self):
        return self.partner_id.lang or self.company_id.partner_id.lang or self.env.lang

    def _get_masked_account(self):
        """The account as it is shown in a mail: its middle left out."""
        number = self.iban or self.account_number or ""
        return f"{number[:4]} ... {number[-4:]}" if len(number) > 10 else number

    def _get_mail_rows(self):
        """The documents as a partner reads them: [{number, statement, day, amount}], amounts as texts.

        What is paid counts as positive for a transfer, what is collected for a collection.
        """
        self.ensure_one()
        sign = 1 if self.kind == "credit_transfer" else -1
        return [
            {
                "number": item.number,
                "statement": item.move_id.ev_statement_id.name or "",
                "day": item.invoice_date,
                "amount": self.currency_id.format(sign * item.amount),
            }
            for item in self.sudo().item_ids
        ]


class EvPaymentBatch(models.Model):
    _inherit = "ev.payment.batch"

    def _enqueue_mails(self, kind):
        for batch in self:
            batch.with_delay(
                identity_key=f"{QUEUE}:{batch.id}:{kind}", description=self.env._("%s: mails", batch.name)
            )._job_mail(kind)

    def _job_mail(self, kind, after=0):
        """Send some mails of a batch, then ask for the next."""
        if not self.exists():
            return
        lines = self.env["ev.payment.line"].sudo()
        domain = [("batch_id", "=", self.id), ("id", ">", after), *lines._get_mail_domain(kind)]
        lines = lines.search(domain, limit=CHUNK, order="id")
        lines._mail_once(kind)
        if len(lines) == CHUNK:
            self.with_delay(
                identity_key=f"{QUEUE}:{self.id}:{kind}:{lines[-1].id}",
                description=self.env._("%s: mails", self.name),
            )._job_mail(kind, lines[-1].id)

    def action_send_mails(self):
        """Try again to send what could not be sent; what was sent is not sent twice."""
        if not (self.env.user.has_group(MAKER) or self.env.user.has_group(APPROVER)):
            raise AccessError(self.env._("Mails about payments are sent by payment makers and approvers."))
        self.check_access("read")
        for batch in self.sudo():
            batch.line_ids.filtered("mail_problem").write({"mail_problem": False})
            for kind in (ADVICE,) if batch.kind == "credit_transfer" else (NOTICE, CALL_OFF):
                batch._enqueue_mails(kind)
        return True

    def _cron_mail(self):
        """Ask again for what no job does any more; what has a problem waits for somebody."""
        lines = self.env["ev.payment.line"].sudo()
        for kind in KINDS:
            domain = [("mail_problem", "=", False), *lines._get_mail_domain(kind)]
            for (batch,) in lines._read_group(domain, ["batch_id"]):
                batch._enqueue_mails(kind)
