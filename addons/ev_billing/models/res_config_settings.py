from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    ev_run_mode = fields.Selection(related="company_id.ev_run_mode", readonly=False, required=True)
    ev_run_since = fields.Date(related="company_id.ev_run_since", readonly=False)
    ev_human_limit = fields.Monetary(related="company_id.ev_human_limit", readonly=False)
