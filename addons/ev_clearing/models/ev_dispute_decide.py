"""How disputes end: who may decide, what it does to the session, and what the partner is told."""

from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL
from odoo.tools.mail import plaintext2html

from odoo.addons.ev_billing.models.ev_cdr_hold import ACCOUNTANT


class EvDispute(models.Model):
    _inherit = "ev.dispute"

    def _check_decide(self):
        """Deciding is for accountants, in their own companies; each dispute is decided once."""
        if not self.env.su and not self.env.user.has_group(ACCOUNTANT):
            raise AccessError(self.env._("Deciding on disputes is for accountants."))
        self.check_access("read")
        if decided := self.filtered(lambda dispute: dispute.state != "open")[:1]:
            raise UserError(self.env._("%s: this dispute is decided already.", decided.display_name))

    def _decide(self, outcome, answer):
        """Close these disputes and tell their partners, one message a statement.

        stands      the session is charged as it is: on this statement while its window is open, else on the next
        adjusted    its credit and replacement are stored already; they come together on the next statement
        excluded    it is never charged
        withdrawn   as `stands`, on the partner's own word

        :raises UserError: no words, or nothing corrected to refer to
        """
        self._check_decide()
        if not (answer or "").strip():
            raise UserError(self.env._("Write an answer: the partner gets these words."))
        if outcome == "adjusted" and (plain := self.filtered(lambda dispute: not dispute.cdr_id.credited_by_ids)[:1]):
            raise UserError(
                self.env._(
                    "Session %s is not corrected yet: correct it first, so that there is a credit and a replacement to bill.",
                    plain.external_id,
                )
            )
        if outcome == "excluded":
            self._check_host_not_paid()
        self.sudo()._touch_draft()
        now = fields.Datetime.now()
        values = {"state": "decided", "outcome": outcome, "answer": answer.strip(), "decided_at": now}
        self.sudo().write(dict(values, decided_by_id=self.env.uid))
        self.sudo()._thaw()
        self.sudo()._tell_partners(answer.strip())

    def _thaw(self):
        """Let go of the sessions that are to be charged after all.

        What was corrected while its window is open waits for the window's end: the original is not charged on this statement
        to be taken back on the next.
        """
        waiting = self.filtered(
            lambda dispute: dispute.outcome == "adjusted" and dispute.statement_id.state == "control"
        )
        charged = self.filtered(lambda dispute: dispute.outcome in ("stands", "withdrawn", "adjusted")) - waiting
        charged.frozen = False
        self.flush_recordset()

    def _touch_draft(self):
        """An approval of the contract's draft at the same moment has not seen this: one of the two fails, and is retried."""
        drafts = self.contract_id.statement_ids.filtered(lambda statement: statement.state in ("draft", "control"))
        if drafts:
            self.env.cr.execute("UPDATE ev_statement SET write_date = write_date WHERE id = ANY(%s)", [drafts.ids])

    def _tell_partners(self, answer):
        """One message per statement and outcome: in its chatter, and to who disputed."""
        labels = dict(self._fields["outcome"]._description_selection(self.env))
        for (statement, outcome), disputes in self.grouped(lambda one: (one.statement_id, one.outcome)).items():
            statement = statement.with_context(lang=statement.partner_id.lang or self.env.lang)
            subject = statement.env._(
                "%(name)s: %(outcome)s (disputed sessions: %(count)s)",
                name=statement.name,
                outcome=labels[outcome],
                count=len(disputes),
            )
            sessions = disputes[:20].mapped("external_id")
            more = [f"… +{len(disputes) - 20}"] if len(disputes) > 20 else []
            statement.message_post(
                body=plaintext2html("\n".join([subject, answer, ", ".join(sessions + more)])),
                subject=subject,
                partner_ids=(disputes.author_id or statement._get_recipients()).ids,
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                email_layout_xmlid="mail.mail_notification_layout",
            )
            statement._close_dispute_activities(labels[outcome])

    def _withdraw(self):
        """The partner takes its word back, while the window is open or the operator has not answered."""
        opened = self.filtered(lambda dispute: dispute.state == "open").sudo()
        opened._touch_draft()
        opened.write({"state": "decided", "outcome": "withdrawn", "decided_at": fields.Datetime.now()})
        opened._thaw()
        for statement, disputes in opened.grouped("statement_id").items():
            words = self.env._("Dispute withdrawn by the partner: %s", ", ".join(disputes[:20].mapped("external_id")))
            statement.message_post(body=words)
            statement._close_dispute_activities(words)
        return opened

    def _check_host_not_paid(self):
        """Where the host carries disputes it gets nothing for what falls away: what it is paid already is taken back by a credit.

        :raises UserError: a host's approved statement has one of the sessions
        """
        carried = self.sudo().filtered("for_all")
        if not carried:
            return
        self.env["ev.statement"].flush_model(["state"])
        rows = self.env.execute_query(
            SQL(
                """SELECT c.external_id, s.name FROM ev_charge ch JOIN ev_statement s ON s.id = ch.statement_id
                     JOIN ev_contract k ON k.id = s.contract_id JOIN ev_cdr c ON c.id = ch.cdr_id
                    WHERE ch.cdr_id = ANY(%s) AND ch.origin_id IS NULL AND k.role = 'host' AND s.state NOT IN ('draft', 'control')
                      AND NOT EXISTS (SELECT 1 FROM ev_cdr credit WHERE credit.credit_of_id = c.id)
                 ORDER BY s.id LIMIT 1""",
                carried.cdr_id.ids,
            )
        )
        for session, statement in rows:
            raise UserError(
                self.env._(
                    "The host carries disputes, but is paid for session %(session)s already (%(statement)s): correct the session "
                    "without a replacement, which takes it back from both, then answer with Corrected.",
                    session=session,
                    statement=statement,
                )
            )
