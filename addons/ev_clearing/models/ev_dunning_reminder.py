"""Reminders that were sent: one row per document and level, in the same transaction as the mail that carries them.

Nothing is sent twice: the unique indexes refuse a second row for a document's level, or for its day, and without the row there is
no mail. A cron that is killed loses at most the partner it was at, who is then reminded by the next one.
"""

import logging
from collections import defaultdict
from datetime import timedelta

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import formatLang, mute_logger

_logger = logging.getLogger(__name__)
TODO = "mail.mail_activity_data_todo"


class EvDunningReminder(models.Model):
    _name = "ev.dunning.reminder"
    _description = "Reminder of a Document"
    _order = "sent_at desc, id desc"
    _rec_name = "move_id"

    move_id = fields.Many2one("account.move", "Document", required=True, readonly=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    partner_id = fields.Many2one("res.partner", required=True, readonly=True, index=True, ondelete="restrict")
    level = fields.Integer(required=True, readonly=True, aggregator=None)
    level_id = fields.Many2one("ev.dunning.level", readonly=True, ondelete="set null", index="btree_not_null")
    first_id = fields.Many2one(
        "ev.dunning.reminder", "In the Mail Of", readonly=True, index=True, ondelete="cascade",
        help="The first document of the mail, of one partner and level.",
    )  # fmt: skip
    sent_on = fields.Date("Day", required=True, readonly=True, help="On the company's clock.")
    sent_at = fields.Datetime("Sent", required=True, readonly=True)
    user_id = fields.Many2one("res.users", "Sent by", required=True, readonly=True, ondelete="restrict")
    mail_message_id = fields.Many2one("mail.message", "Mail", readonly=True, ondelete="set null")
    days_overdue = fields.Integer(readonly=True, aggregator=None)
    amount = fields.Monetary("Open Then", readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)

    _level_uniq = models.UniqueIndex("(move_id, level)", "This level of reminder was sent already.")
    _day_uniq = models.UniqueIndex("(move_id, sent_on)", "This document was reminded of today.")

    # --------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        self.check_access("create")
        if not self.env.su:
            raise UserError(self.env._("Reminders are sent, not typed: use Send Reminder Now on the document."))
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            raise UserError(self.env._("A reminder that was sent stays as it is."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Who was reminded of what, and when, stays on file."))

    # ----------------------------------------------------------------- the cron

    @api.model
    def _cron_remind(self):
        """Remind, in each company that wants it, who is due today: each partner and level in a transaction of its own."""
        reminders, cron = self.sudo(), self.env["ir.cron"]
        groups = [
            (company, *group)
            for company in self.env["res.company"].sudo().search([("ev_dunning", "=", True)])
            for group in reminders.with_company(company)._find_due(company)
        ]
        cron._commit_progress(remaining=len(groups))
        for company, partner, level, moves in groups:
            reminders.with_company(company)._send_apart(company, partner, level, moves)
            if not cron._commit_progress(1):
                return

    @api.model
    def _find_due(self, company):
        """[(partner, level, documents)] to remind today: one mail each.

        Partners that owe less than the level's smallest amount on all that is overdue are left out.
        """
        today = self.env["ev.run"]._get_today(company)
        moves = self.env["account.move"].sudo()
        moves = moves.search(moves._get_remindable_domain(company, today), order="invoice_date_due, id")
        moves = moves.filtered(lambda move: not move._get_reminder_problem(today))
        following = moves._get_next_reminders()
        owed, groups = defaultdict(float), {}
        for move in moves:
            owed[move.commercial_partner_id] += move.amount_residual_signed
            level, day = following.get(move.id, (None, None))
            if level and day <= today:
                key = (move.commercial_partner_id, level)
                groups[key] = groups.get(key, moves.browse()) | move
        return [
            (partner, level, some)
            for (partner, level), some in groups.items()
            if company.currency_id.compare_amounts(owed[partner], level.minimum) >= 0
        ]

    @api.model
    def _send_apart(self, company, partner, level, moves):
        """Send one mail; what stops it is told to the accountant, and the others go on."""
        try:
            with self.env.cr.savepoint(), mute_logger("odoo.sql_db"):
                self._send(company, partner, level, moves)
        except UniqueViolation:
            _logger.info("%s is reminded by somebody else at this moment.", partner.display_name)
        except UserError as error:
            self._tell_accountant(moves[0], _get_first_line(error))
        except Exception as error:
            # the broken mail of one partner must not silence those of all the others
            _logger.exception("The reminder of %s could not be written.", ", ".join(moves.mapped("name")))
            said = self.env._("The reminder could not be written: %s", _get_first_line(error))
            self._tell_accountant(moves[0], said)

    # -------------------------------------------------------------------- a mail

    @api.model
    def _send(self, company, partner, level, moves):
        """Store the reminders of these documents and write the mail that carries them.

        :return: the reminders
        :raises UserError: nobody can be mailed
        """
        recipients = self._get_recipients(moves)
        today, now = self.env["ev.run"]._get_today(company), fields.Datetime.now()
        reminders = self.sudo().create(
            [
                {
                    "move_id": move.id,
                    "company_id": company.id,
                    "partner_id": partner.id,
                    "level": level.level,
                    "level_id": level.id,
                    "sent_on": today,
                    "sent_at": now,
                    "user_id": self.env.uid,
                    "days_overdue": (today - move.invoice_date_due).days,
                    "amount": move.amount_residual,
                    "currency_id": move.currency_id.id,
                }
                for move in moves
            ]
        )
        first = reminders[0]
        reminders.first_id = first
        # both unique indexes are asked before anything is written for the mail
        self.env.flush_all()
        files = moves.invoice_pdf_report_id
        mail = level.template_id.sudo().send_mail(
            first.id,
            email_layout_xmlid="mail.mail_notification_light",
            email_values={
                "recipient_ids": [(6, 0, recipients.ids)],
                "attachment_ids": [(4, attachment.id) for attachment in files],
            },
        )
        reminders.mail_message_id = self.env["mail.mail"].sudo().browse(mail).mail_message_id
        for move in moves:
            move.message_post(body=self.env._("Reminder sent: %s", level.name), subtype_xmlid="mail.mt_note")
        if level.has_activity:
            self._tell_accountant(moves[0], self.env._("%(level)s sent to %(partner)s: what next?",
                                                       level=level.name, partner=partner.name))  # fmt: skip
        return reminders

    @api.model
    def _get_recipients(self, moves):
        """The accounting recipients of the documents' contracts.

        :raises UserError: none of them has an e-mail address
        """
        recipients = self.env["res.partner"].sudo()
        for statement in moves.ev_statement_id.sudo():
            recipients |= statement._get_recipients()
        return recipients

    @api.model
    def _tell_accountant(self, move, summary):
        """A to-do on the document, once as long as it is open."""
        accountant = move.ev_statement_id._get_accountant()
        if accountant and not move.activity_ids.filtered(lambda one: one.automated and one.summary == summary):
            move.activity_schedule(TODO, summary=summary, user_id=accountant.id)

    # ---------------------------------------------------------- for the template

    def _get_rows(self):
        """What the mail lists: {"name", "date", "due", "days", "amount", "url"} per document, the longest overdue first."""
        reminders = self.sudo().search([("first_id", "=", self.id)]).sorted("days_overdue", reverse=True)
        return [
            {
                "name": reminder.move_id.name,
                "date": reminder.move_id.invoice_date,
                "due": reminder.move_id.invoice_date_due,
                "days": reminder.days_overdue,
                "amount": formatLang(self.env, reminder.amount, currency_obj=reminder.currency_id),
                "url": reminder.move_id.get_base_url() + reminder.move_id.get_portal_url(),
            }
            for reminder in reminders
        ]

    def _get_totals(self):
        """What is open in all, as text, a text per currency."""
        reminders = self.sudo().search([("first_id", "=", self.id)])
        return ", ".join(
            formatLang(self.env, sum(some.mapped("amount")), currency_obj=currency)
            for currency, some in reminders.grouped("currency_id").items()
        )

    def _get_until(self):
        """The day the mail asks to be paid by: a week from now."""
        return self.sent_on + timedelta(days=7)


def _get_first_line(error):
    """What an error says, short enough for a to-do: that of a template carries its whole traceback."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
