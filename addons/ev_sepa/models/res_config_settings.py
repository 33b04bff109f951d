from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    ev_creditor_identifier = fields.Char(related="company_id.ev_creditor_identifier", readonly=False)
    ev_iban_quiet_days = fields.Integer(related="company_id.ev_iban_quiet_days", readonly=False)
    ev_prenotification_days = fields.Integer(related="company_id.ev_prenotification_days", readonly=False)
