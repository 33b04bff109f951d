"""What the partner of a control window is mailed: the invitation with its list, a reminder, and that it was withdrawn."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from .ev_disputing import TODO


class EvStatement(models.Model):
    _inherit = "ev.statement"

    window_reminded_at = fields.Datetime("Reminded", readonly=True, copy=False)

    def _send_window_mail(self, template):
        """One mail from a template, with the list where there is one, to the contract's accounting recipients.

        :raises UserError: none of them has an e-mail address
        """
        self.ensure_one()
        recipients = self._get_recipients()
        template, lang = self.env.ref(template), self.partner_id.lang or self.env.lang
        rendered = {
            name: template.with_context(lang=lang)._render_field(name, self.ids)[self.id]
            for name in ("subject", "body_html", "email_from")
        }
        self.with_context(
            mail_post_autofollow=False, mail_post_autofollow_author_skip=True, ev_statement_mail=True
        ).message_post(
            body=rendered["body_html"],
            subject=rendered["subject"],
            email_from=rendered["email_from"] or None,
            partner_ids=recipients.ids,
            attachment_ids=self._get_mailed_lists().ids if self.state == "control" else [],
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            email_layout_xmlid="mail.mail_notification_layout",
            email_add_signature=False,
            force_email_lang=lang,
            notify_author=True,
            notify_skip_followers=True,
        )

    def _find_to_remind(self):
        """Statements whose window closes soon, and whose partner has not said anything."""
        now = fields.Datetime.now()
        domain = [
            ("state", "=", "control"),
            ("window_opened_at", "!=", False),
            ("window_closed_at", "=", False),
            ("window_reminded_at", "=", False),
            ("control_window_end", ">", now),
        ]
        return self.search(domain).filtered(
            lambda statement: (
                statement.contract_id.reminder_days
                and not statement.dispute_count
                and fields.Datetime.subtract(statement.control_window_end, days=statement.contract_id.reminder_days)
                <= now
            )
        )

    def _remind(self):
        self.ensure_one()
        self.window_reminded_at = fields.Datetime.now()
        self._mail_apart("ev_clearing.ev_statement_window_reminder_template")

    def _mail_apart(self, template):
        """Mail the partner where that is possible; else the statement and its accountant's to-do list say why it was not."""
        try:
            with self.env.cr.savepoint():
                self._send_window_mail(template)
        except UserError as error:
            words = self.env._("The partner could not be mailed: %s", error)
            self.message_post(body=words)
            if accountant := self._get_accountant():
                self.activity_schedule(TODO, summary=words, user_id=accountant.id)

    @api.model
    def _cron_overdue_disputes(self):
        """Remind accountants, once a dispute, of what should have been answered by now."""
        today = fields.Date.context_today(self)
        disputes = self.env["ev.dispute"].search(
            [("state", "=", "open"), ("deadline", "<", today), ("reminded", "=", False)]
        )
        for statement, overdue in disputes.grouped("statement_id").items():
            overdue.reminded = True
            accountant = statement._get_accountant()
            if accountant:
                statement.activity_schedule(
                    TODO,
                    date_deadline=today,
                    summary=self.env._(
                        "%(count)s disputes of %(partner)s should have been answered by now",
                        count=len(overdue),
                        partner=statement.partner_id.name,
                    ),
                    user_id=accountant.id,
                )
