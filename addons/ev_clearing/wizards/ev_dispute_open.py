from odoo import fields, models

from ..models.ev_dispute import REASONS
from ..models.ev_disputing import Claim


class EvDisputeOpen(models.TransientModel):
    """Enter a dispute that came by telephone or letter, for sessions chosen from the list a partner was shown."""

    _name = "ev.dispute.open"
    _description = "Enter a Dispute"

    session_ids = fields.Many2many(
        "ev.statement.session", string="Sessions", required=True, default=lambda self: self._get_chosen()
    )
    reason = fields.Selection(REASONS, required=True, default="other")
    comment = fields.Text(required=True, help="What the partner says.")

    def _get_chosen(self):
        """The sessions ticked in the list it was opened from."""
        sessions = self.env["ev.statement.session"]
        return sessions.browse(
            self.env.context.get("active_ids") if self.env.context.get("active_model") == sessions._name else ()
        )

    def action_dispute(self):
        """Dispute them in the name of who enters it."""
        self.ensure_one()
        for statement, sessions in self.session_ids.grouped("statement_id").items():
            statement._check_step("write")
            claims = [Claim(session.cdr_id.id, self.reason, self.comment) for session in sessions]
            statement._dispute(claims, self.env.user.partner_id, source="operator")
        return {"type": "ir.actions.act_window_close"}
