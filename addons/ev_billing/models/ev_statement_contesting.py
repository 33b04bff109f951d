"""Contesting a statement: until when, by whom, and what happens then. The objection itself: `ev_statement_contest.py`."""

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date
from odoo.tools.mail import plaintext2html

from .ev_cdr_hold import ACCOUNTANT
from .ev_statement_send import INTERNAL

# A reason is read by a person: longer ones belong in a letter or an attachment.
MOST_CHARACTERS = 4_000
MOST_SESSIONS = 500
MOST_NAME = 100


class EvStatement(models.Model):
    _inherit = "ev.statement"

    # whoever may read a statement may talk about it
    _mail_post_access = "read"

    contest_ids = fields.One2many("ev.statement.contest", "statement_id", "Contested", readonly=True, groups=INTERNAL)
    contest_count = fields.Integer(compute="_compute_contest_count", compute_sudo=True, groups=INTERNAL)
    is_contested = fields.Boolean(compute="_compute_contest_count", compute_sudo=True, groups=INTERNAL)

    @api.depends("contest_ids.state")
    def _compute_contest_count(self):
        for statement in self:
            statement.contest_count = len(statement.contest_ids)
            statement.is_contested = "open" in statement.contest_ids.mapped("state")

    def action_open_contests(self):
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("ev_billing.ev_statement_contest_action")
        action = dict(action, domain=[("statement_id", "in", self.ids)], context={})
        contests = self.env["ev.statement.contest"].search([("statement_id", "in", self.ids)], limit=2)
        if len(contests) == 1:
            action.update(view_mode="form", views=[(False, "form")], res_id=contests.id)
        return action

    # ----------------------------------------------------------------- business

    def _get_contest_end(self):
        """The last day on which the partner may contest the statement: counted from its documents' date, or where it has none
        from the day on which its files were made.

        :rtype: date or None
        """
        self.ensure_one()
        statement = self.sudo()
        days = statement.document_ids.filtered("invoice_date").mapped("invoice_date")
        if not days and statement.pdf_attachment_id:
            days = [statement._on_company_clock(statement.pdf_attachment_id.create_date)]
        return fields.Date.add(max(days), days=statement.contract_id.contest_days) if days else None

    def _on_company_clock(self, moment):
        """The company's day at a moment (naive UTC)."""
        return fields.Datetime.context_timestamp(
            self.with_context(tz=self.company_id._get_ev_zone().key), moment
        ).date()

    def _find_contest_obstacle(self):
        """Why the statement cannot be contested now, as a sentence for the partner, or nothing."""
        self.ensure_one()
        statement = self.sudo()
        if statement.state not in ("documented", "settled"):
            return self.env._("%s has no documents yet: it can be contested once they are made.", statement.name)
        if statement.is_contested:
            return self.env._("%s is contested already: we answer that first.", statement.name)
        end = statement._get_contest_end()
        if end and statement._on_company_clock(fields.Datetime.now()) > end:
            return self.env._(
                "%(name)s could be contested until %(day)s. Write us a message below the statement instead.",
                name=statement.name,
                day=format_date(self.env, end),
            )
        return ""

    def _contest(self, reason, author=None, author_name="", sessions=()):
        """Contest a documented statement. The caller has made sure that who asks may see it.

        :param reason: in the partner's words, plain text
        :param author: res.partner of the one logged in, or nothing for the mailed link
        :param author_name: asked of who is not logged in
        :param sessions: session ids (`external_id`) it is about; of this statement only
        :raises UserError: in a sentence for the partner
        :rtype: ev.statement.contest
        """
        self.ensure_one()
        statement = self.sudo()
        reason, author_name = (reason or "").strip(), (author.name if author else author_name or "").strip()
        if obstacle := statement._find_contest_obstacle():
            raise UserError(obstacle)
        if not reason:
            raise UserError(self.env._("Say what is wrong: without a reason nobody can look into it."))
        if len(reason) > MOST_CHARACTERS:
            raise UserError(
                self.env._(
                    "The reason has %(count)s characters, %(most)s are the most: shorten it, or send the rest as a message.",
                    count=len(reason),
                    most=MOST_CHARACTERS,
                )
            )
        if not author_name:
            raise UserError(self.env._("Enter your name, so that we know whom to answer."))
        contest = statement._create_contest(
            {
                "statement_id": statement.id,
                "partner_id": statement.partner_id.id,
                "author_id": author.id if author else False,
                "author_name": author_name[:MOST_NAME],
                "by_link": not author,
                "date": fields.Datetime.now(),
                "reason": reason,
                "cdr_ids": [fields.Command.set(statement._find_contested_sessions(sessions).ids)],
            }
        )
        statement._announce_contest(contest)
        return contest

    def _create_contest(self, values):
        """Of two at the same moment the database takes one."""
        try:
            with self.env.cr.savepoint():
                return self.env["ev.statement.contest"].sudo().create(values)
        except UniqueViolation as error:
            raise UserError(self.env._("%s is contested already: we answer that first.", self.name)) from error

    def _find_contested_sessions(self, references):
        """The sessions named, all of them charged on this statement.

        :raises UserError: one is not, whoever's it is
        """
        references = list(dict.fromkeys(filter(None, (text.strip() for text in references))))
        if len(references) > MOST_SESSIONS:
            raise UserError(
                self.env._("At most %s sessions can be named: say in the reason which others are meant.", MOST_SESSIONS)
            )
        cdrs = (
            self.env["ev.cdr"]
            .sudo()
            .search([("external_id", "in", references), ("company_id", "=", self.company_id.id)])
        )
        charged = self.env["ev.charge"].sudo()
        domain = [("statement_id", "=", self.id), ("cdr_id", "in", cdrs.ids)]
        cdrs = charged.search(domain).cdr_id if cdrs else cdrs
        if missing := [text for text in references if text not in set(cdrs.mapped("external_id"))]:
            raise UserError(
                self.env._(
                    "Session %(session)s is not on %(name)s: copy its id from the spreadsheet, or leave the sessions empty.",
                    session=missing[0][:60],
                    name=self.name,
                )
            )
        return cdrs

    def _announce_contest(self, contest):
        """Into the chatter, and to the responsible accountant's to-do list."""
        author = contest.author_id or self.env.ref("base.partner_root")
        words = self.env._(
            "%(name)s contests this statement: %(reason)s", name=contest.author_name, reason=contest.reason
        )
        self.with_context(mail_post_autofollow=False).message_post(
            body=plaintext2html(words), author_id=author.id, message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        accountant = self._get_accountant()
        if accountant:
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._("Contested by %s", contest.author_name),
                user_id=accountant.id,
            )

    def _get_contest_activities(self):
        todo = self.env.ref("mail.mail_activity_data_todo")
        return self.activity_ids.filtered(lambda activity: activity.activity_type_id == todo and activity.automated)

    def _get_accountant(self):
        """Who answers for the statement: whoever sent it, made its documents, or the first accountant of the company."""
        group = self.env.ref(ACCOUNTANT)
        known = self.sent_by_id | self.document_ids.invoice_user_id | self.document_ids.create_uid
        accountants = known | group.all_user_ids.sorted("id")
        return accountants.filtered(
            lambda user: (
                user.active
                and not user.share
                and user._is_internal()
                and user != self.env.ref("base.user_root")
                and user.has_group(ACCOUNTANT)
                and self.company_id in user.company_ids
            )
        )[:1]
