from odoo import fields, models


class EvPaymentCancel(models.TransientModel):
    """The first of two people who cancel a released file: says why."""

    _name = "ev.payment.cancel"
    _description = "Cancel a Released Payment File"

    batch_id = fields.Many2one("ev.payment.batch", required=True, readonly=True)
    reason = fields.Text("Why, and What the Bank Was Told", required=True)

    def action_ask(self):
        """Ask; the documents stay closed until somebody else confirms."""
        self.ensure_one()
        self.batch_id._ask_to_cancel(self.reason)
        return {"type": "ir.actions.act_window_close"}
