"""The way back of `_take_booked`: somebody undid the match of a payment's bank entry."""

from odoo import models


class EvPaymentLine(models.Model):
    _inherit = "ev.payment.line"

    def _take_unbooked(self):
        """The bank line is no longer reconciled with these payments: they are with the bank again, and live."""
        for line in self.sudo():
            if line.state == "booked":
                line._set_state("accepted", booked_on=False)
        self.batch_id.sudo().filtered(lambda batch: batch.state == "booked").write({"state": "accepted"})
        self.batch_id.sudo()._follow_lines()
