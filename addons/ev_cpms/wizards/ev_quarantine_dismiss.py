from odoo import fields, models


class EvQuarantineDismiss(models.TransientModel):
    """Exclude quarantined payloads from billing, with a written reason."""

    _name = "ev.quarantine.dismiss"
    _description = "Exclude Quarantined Sessions"

    quarantine_ids = fields.Many2many(
        "ev.cdr.quarantine", default=lambda self: self.env.context.get("active_ids"), required=True
    )
    reason = fields.Char(required=True)

    def action_dismiss(self):
        self.quarantine_ids._dismiss(self.reason)
        return {"type": "ir.actions.act_window_close"}
