"""Sending a statement: one e-mail with its PDF, the annex and the documents, and what became of it.

The mail is written to the database together with the mark that the statement was sent, and leaves after the commit: a crash
before sends nothing, a crash after leaves the mail in Odoo's queue. A statement is thus sent once, whatever is run again.
"""

from odoo import api, fields, models
from odoo.exceptions import UserError

SEND_STATES = [
    ("not_sent", "Not Sent"),
    ("outgoing", "Outgoing"),
    ("sent", "Sent"),
    ("bounced", "Bounced"),
    ("failed", "Failed"),
]
# Larger annexes are not attached: mail servers refuse them. The portal has them.
ANNEX_LIMIT_PARAMETER = "ev_billing.annex_mail_limit_mb"
ANNEX_LIMIT_MB = 15
INTERNAL = "base.group_user"


class EvStatement(models.Model):
    _name = "ev.statement"
    _inherit = ["ev.statement", "portal.mixin"]

    sent_at = fields.Datetime("Sent On", readonly=True, copy=False)
    sent_by_id = fields.Many2one("res.users", readonly=True, copy=False, groups=INTERNAL)
    send_message_id = fields.Many2one(
        "mail.message", "Last Mail", readonly=True, copy=False, index="btree_not_null", groups=INTERNAL
    )
    send_problem = fields.Char("Why It Was Not Sent", readonly=True, copy=False, groups=INTERNAL)
    send_state = fields.Selection(
        SEND_STATES,
        "Mail",
        compute="_compute_send_state",
        store=True,
        compute_sudo=True,
        index="btree_not_null",
        groups=INTERNAL,
        help="Empty: documented before mails were kept track of.",
    )
    send_error = fields.Text("Mail Error", compute="_compute_send_error", compute_sudo=True, groups=INTERNAL)

    # ----------------------------------------------------------------- compute

    @api.depends("sent_at", "send_problem", "send_message_id.notification_ids.notification_status")
    def _compute_send_state(self):
        for statement in self:
            notifications = statement.send_message_id.notification_ids
            statuses = set(notifications.mapped("notification_status"))
            if statement.send_problem or "exception" in statuses:
                state = "failed"
            elif "bounce" in statuses:
                state = "bounced"
            elif statuses & {"ready", "process"}:
                state = "outgoing"
            else:
                state = "sent" if statement.sent_at else "not_sent"
            statement.send_state = state

    @api.depends("send_problem", "send_message_id.notification_ids.notification_status")
    def _compute_send_error(self):
        """Who did not get the mail, and why."""
        for statement in self:
            failed = statement.send_message_id.notification_ids.filtered(
                lambda notification: notification.notification_status in ("bounce", "exception")
            )
            reasons = [f"{mail.res_partner_id.display_name}: {_get_reason(mail)}" for mail in failed]
            statement.send_error = "\n".join(filter(None, [statement.send_problem, *reasons])) or False

    def _compute_access_url(self):
        result = super()._compute_access_url()
        for statement in self:
            statement.access_url = f"/my/ev/statements/{statement.id}"
        return result

    # ------------------------------------------------------------------ actions

    def action_send(self):
        """Send what was not sent yet."""
        return self._send_with_message()

    def action_resend(self):
        """Send again, also what arrived; the list and the form ask first."""
        return self._send_with_message(force=True)

    def _send_with_message(self, force=False):
        left = self._send(force)
        if not left:
            return True
        refresh = {"type": "ir.actions.client", "tag": "soft_reload"}
        sentences = [f"{self.browse(key).name}: {why}" for key, why in left.items()]
        return self._get_left_action(self.env._("Not sent"), sentences, refresh)

    # ----------------------------------------------------------------- business

    def _send(self, force=False):
        """E-mail documented statements to their contracts' accounting recipients, each in one mail.

        Missing files are made first. A statement that was sent already is passed over, also where the mail came back.

        :param force: send again what was sent
        :return: {statement id: why it was not sent}; the statement shows the same sentence
        :rtype: dict
        """
        self._check_step("write")
        left = {}
        for statement in self:
            if statement.state not in ("documented", "settled"):
                left[statement.id] = self.env._("It has no documents yet: make them first.")
            elif not statement.try_lock_for_update(allow_referencing=True):
                left[statement.id] = self.env._("Somebody else is at work on it: try again in a moment.")
            elif (force or not statement.sent_at) and (problem := statement._send_apart()):
                left[statement.id] = problem
        return left

    def _send_apart(self):
        """Send one statement; what stops it stays on the statement.

        :return: why it was not sent, or None
        """
        try:
            with self.env.cr.savepoint():
                self._make_files()
                self.sudo().with_company(self.company_id)._send_mail()
        except UserError as error:
            self.sudo().send_problem = str(error)
            return str(error)
        return None

    def _send_mail(self):
        """Write the mail into the chatter and its queue, and mark what was sent."""
        self.ensure_one()
        recipients = self._get_recipients()
        template = self.env.ref("ev_billing.ev_statement_mail_template")
        lang = self.partner_id.lang or self.env.lang
        rendered = {
            name: template.with_context(lang=lang)._render_field(name, self.ids)[self.id]
            for name in ("subject", "body_html", "email_from", "reply_to")
        }
        self._cancel_mail()
        message = self.with_context(
            mail_post_autofollow=False, mail_post_autofollow_author_skip=True, ev_statement_mail=True
        ).message_post(
            body=rendered["body_html"],
            subject=rendered["subject"],
            email_from=rendered["email_from"] or None,
            **({"reply_to": rendered["reply_to"]} if rendered["reply_to"] else {}),
            partner_ids=recipients.ids,
            attachment_ids=self._get_mailed_files().ids,
            attachments=self._get_mailed_documents(),
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            email_layout_xmlid=template.email_layout_xmlid or "mail.mail_notification_layout",
            email_add_signature=False,
            mail_auto_delete=template.auto_delete,
            mail_server_id=template.mail_server_id.id,
            force_email_lang=lang,
            notify_author=True,
            notify_skip_followers=True,
        )
        self.write(
            {
                "sent_at": fields.Datetime.now(),
                "sent_by_id": self.env.uid,
                "send_message_id": message.id,
                "send_problem": False,
            }
        )
        self.document_ids.is_move_sent = True

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        """A statement goes out by e-mail, also to a user who reads everything else inside Odoo."""
        recipients = super()._notify_get_recipients(message, msg_vals, **kwargs)
        if self.env.context.get("ev_statement_mail"):
            recipients = [dict(recipient, notif="email") for recipient in recipients]
        return recipients

    def _get_recipients(self):
        """The contract's accounting recipients, or the partner's invoice address.

        :rtype: res.partner
        :raises UserError: none of them has an e-mail address
        """
        self.ensure_one()
        contract = self.contract_id
        recipients = contract.recipient_ids or contract._get_invoice_partner()
        if not any(recipients.mapped("email_normalized")):
            raise UserError(
                self.env._(
                    "%(names)s: no usable e-mail address. Enter one on the contact, or choose other accounting recipients on "
                    "contract %(contract)s, then send again.",
                    names=", ".join(recipients.mapped("display_name")),
                    contract=contract.name,
                )
            )
        return recipients

    def _cancel_mail(self):
        """What still waits of an earlier mail is not sent beside the new one."""
        waiting = self.env["mail.mail"].search(
            [("mail_message_id", "in", self.send_message_id.ids), ("state", "in", ("outgoing", "exception"))]
        )
        waiting.cancel()

    # ------------------------------------------------------------- attachments

    def _get_mailed_files(self):
        """The statement's own files that go with its mail; the documents come beside them.

        :rtype: ir.attachment
        """
        return self.pdf_attachment_id | self._get_mailed_annex()

    def _get_mailed_annex(self):
        """The annex, unless mail servers would refuse it for its size."""
        return self.annex_attachment_id.filtered(lambda file: file.file_size <= self._get_mail_limit())

    def _get_mail_limit(self):
        """Bytes up to which a file is attached to a mail."""
        limit = self.env["ir.config_parameter"].sudo().get_param(ANNEX_LIMIT_PARAMETER) or ANNEX_LIMIT_MB
        return float(limit) * 1024 * 1024

    def _get_mailed_documents(self):
        """[(name, bytes)] of the documents: their PDFs, and e-invoices that are files of their own."""
        sender = self.env["account.move.send"]
        return [
            (file.name, file.raw)
            for move in self.document_ids
            for file in sender._get_invoice_extra_attachments(move) - move.ev_annex_attachment_id
        ]

    def _get_contest_deadline(self):
        """The last day on which the partner may contest its self-billed documents, or None."""
        self.ensure_one()
        bills = self.sudo().document_ids.filtered(lambda move: move.move_type in ("in_invoice", "in_refund"))
        days = [fields.Date.add(bill.invoice_date, days=self.contract_id.sudo().contest_days) for bill in bills]
        return max(days, default=None)


def _get_reason(notification):
    """A failed notification's reason as a sentence; what the mail server said comes first."""
    return notification.failure_reason or notification.format_failure_reason()
