from odoo import api, fields, models

CODES = ("energy", "price", "time", "currency")


class EvPartnerFileDispute(models.TransientModel):
    """Chooses what of a comparison becomes disputes."""

    _name = "ev.partner.file.dispute"
    _description = "Open Disputes from a Comparison"

    file_id = fields.Many2one("ev.partner.file", required=True, readonly=True, ondelete="cascade")
    energy = fields.Boolean("Energy Differs", default=True)
    price = fields.Boolean("Amount Differs", default=True)
    time = fields.Boolean("Times Differ", default=True)
    currency = fields.Boolean("Currency Differs", default=True)
    missing_there = fields.Boolean("Only in Our List", default=True)
    count = fields.Integer("Sessions", compute="_compute_count")
    known_count = fields.Integer("Disputed Before", compute="_compute_count")

    @api.depends("file_id", "missing_there", *CODES)
    def _compute_count(self):
        self.file_id.check_access("read")
        for wizard in self:
            wizard.count, wizard.known_count = wizard.file_id._count_disputable(
                wizard._get_codes(), wizard.missing_there
            )

    def _get_codes(self):
        return [code for code in CODES if self[code]]

    def action_dispute(self):
        """Dispute them in the name of who enters it."""
        self.ensure_one()
        self.file_id._check_clerk()
        result = self.file_id._dispute_lines(self._get_codes(), self.missing_there, self.env.user.partner_id)
        message = self.env._(
            "%(made)s sessions are disputed now; %(known)s were before.", made=len(result.made), known=result.known
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"message": message, "type": "success", "next": {"type": "ir.actions.act_window_close"}},
        }
