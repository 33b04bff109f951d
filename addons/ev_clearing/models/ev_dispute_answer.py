from odoo import fields, models

from .ev_dispute import OUTCOMES


class EvDisputeAnswer(models.Model):
    """Words for an answer that is given often; they are changed freely before they go out."""

    _name = "ev.dispute.answer"
    _description = "Dispute Answer Template"
    _order = "outcome, sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", index=True, help="Empty: for all companies.")
    outcome = fields.Selection(OUTCOMES, required=True)
    text = fields.Text(required=True, translate=True)
