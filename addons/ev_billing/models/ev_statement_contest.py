"""A partner that does not agree with a statement says so, in words, until the deadline; an accountant answers.

Contesting changes nothing on the statement: it is approved, and what is upheld is corrected on the sessions, so that the next
statement makes up for it.
"""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools.mail import plaintext2html

from .ev_cdr_hold import ACCOUNTANT

CONTEST_STATES = [("open", "Open"), ("upheld", "Accepted"), ("rejected", "Rejected")]


class EvStatementContest(models.Model):
    """One objection to one statement. Made by `ev.statement._contest` only; who, when and what stays on file."""

    _name = "ev.statement.contest"
    _description = "Contested Statement"
    _order = "date desc, id desc"
    _rec_name = "statement_id"

    statement_id = fields.Many2one("ev.statement", required=True, readonly=True, index=True, ondelete="restrict")
    company_id = fields.Many2one(related="statement_id.company_id", store=True, index=True)
    partner_id = fields.Many2one("res.partner", required=True, readonly=True, index=True, ondelete="restrict")
    author_id = fields.Many2one("res.partner", "Contested by", readonly=True, ondelete="restrict")
    author_name = fields.Char("Name Given", required=True, readonly=True)
    by_link = fields.Boolean(
        "Through the Mailed Link", readonly=True, help="Nobody was logged in: the name is what was typed."
    )
    date = fields.Datetime("Contested On", required=True, readonly=True)
    reason = fields.Text(required=True, readonly=True)
    cdr_ids = fields.Many2many("ev.cdr", "ev_statement_contest_cdr_rel", string="Sessions", readonly=True)
    state = fields.Selection(CONTEST_STATES, required=True, readonly=True, default="open", index=True)
    answer = fields.Text(help="Goes to the partner as it stands here.")
    answered_by_id = fields.Many2one("res.users", "Answered by", readonly=True, ondelete="restrict")
    answered_at = fields.Datetime("Answered On", readonly=True)

    _open_uniq = models.UniqueIndex(
        "(statement_id) WHERE state = 'open'", "This statement is contested already, and not answered yet."
    )

    # --------------------------------------------------------------------- CRUD

    def write(self, vals):
        if not self.env.su and (vals.keys() - {"answer"} or any(contest.state != "open" for contest in self)):
            raise UserError(
                self.env._(
                    "What was contested and answered stays on file: only the answer to an open one is written here."
                )
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Who contested what and why stays on file: answer it instead."))

    # ------------------------------------------------------------------ actions

    def action_uphold(self):
        """The partner is right: its sessions are to be corrected, and the next statement makes up for them."""
        for contest in self:
            contest._answer(
                "upheld",
                contest.answer
                or self.env._(
                    "You are right. The sessions will be corrected, and your next statement makes up for the difference."
                ),
            )

    def action_reject(self):
        """The statement stands, for a reason the partner is told."""
        for contest in self:
            if not (contest.answer or "").strip():
                raise UserError(
                    self.env._(
                        "%s: write in Answer why it is rejected; the partner gets these words.",
                        contest.statement_id.name,
                    )
                )
            contest._answer("rejected", contest.answer)

    def action_open_sessions(self):
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("ev_cpms.ev_cdr_action")
        return dict(action, domain=[("id", "in", self.cdr_ids.ids)], context={})

    # ----------------------------------------------------------------- business

    def _answer(self, state, words):
        """Close an open one and tell the partner.

        :raises AccessError: the user is no accountant of the company
        """
        self.ensure_one()
        if not self.env.user.has_group(ACCOUNTANT):
            raise AccessError(self.env._("Answering contested statements is for accountants."))
        self.check_access("write")
        if self.state != "open":
            raise UserError(self.env._("%s: this was answered already.", self.statement_id.name))
        self.sudo().write(
            {
                "state": state,
                "answer": words.strip(),
                "answered_by_id": self.env.uid,
                "answered_at": fields.Datetime.now(),
            }
        )
        self._send_answer()
        activities = self.statement_id.sudo()._get_contest_activities()
        activities.action_feedback(feedback=dict(CONTEST_STATES)[state])

    def _send_answer(self):
        """The answer, in the statement's chatter and as a mail to who contested it, or to who got the statement."""
        statement = self.statement_id.with_context(lang=self.partner_id.lang or self.env.lang)
        lead = {
            "upheld": statement.env._("Your objection to statement %s is accepted.", statement.name),
            "rejected": statement.env._("Your objection to statement %s is rejected.", statement.name),
        }
        contract = statement.contract_id
        recipients = self.author_id or contract.recipient_ids or contract._get_invoice_partner()
        statement.message_post(
            body=plaintext2html(f"{lead[self.state]}\n{self.answer}"),
            subject=lead[self.state],
            partner_ids=recipients.ids,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            email_layout_xmlid="mail.mail_notification_layout",
        )
