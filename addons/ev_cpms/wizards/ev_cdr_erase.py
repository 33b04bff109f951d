from odoo import fields, models
from odoo.exceptions import UserError


class EvCdrErase(models.TransientModel):
    """Erase a driver's personal data from past sessions: the uid, the authorization, the signed data."""

    _name = "ev.cdr.erase"
    _description = "Erase Personal Data"

    token_ids = fields.Many2many("ev.token", default=lambda self: self.env.context.get("active_ids"), required=True)
    reason = fields.Char(required=True, help="Such as the reference of the driver's request.")
    date_to = fields.Datetime("Sessions Started Before", help="Empty: all of them.")

    def action_erase(self):
        if not self.env.user.has_group("ev_cpms.group_admin"):
            raise UserError(self.env._("Erasing personal data takes the Charging administrator."))
        for company in self.token_ids.company_id:
            tokens = self.token_ids.filtered(lambda token, company=company: token.company_id == company)
            self.env["ev.cdr.erasure"].sudo()._erase(tokens, self.reason, self.date_to)
        return {"type": "ir.actions.act_window_close"}
