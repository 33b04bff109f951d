from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    ev_control_days = fields.Integer(
        "Control Window (Days)",
        default=7,
        help="What new eMSP contracts begin with: for so many days the partner looks at its sessions before they are invoiced.",
    )
    ev_country_code = fields.Char(
        "OCPI Country Code", size=2, help="Who the operator is in OCPI lists: the country, such as FR."
    )
    ev_party_id = fields.Char(
        "OCPI Party ID", size=3, help="Who the operator is in OCPI lists: three letters or digits."
    )

    ev_dunning = fields.Boolean("Remind of Overdue Documents", help="Off where another tool does it.")

    _ev_control_days_check = models.Constraint(
        "CHECK(ev_control_days BETWEEN 0 AND 60)", "A control window lasts 0 to 60 days; 0 means there is none."
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    ev_control_days = fields.Integer(related="company_id.ev_control_days", readonly=False)
    ev_dunning = fields.Boolean(related="company_id.ev_dunning", readonly=False)
    ev_country_code = fields.Char(related="company_id.ev_country_code", readonly=False)
    ev_party_id = fields.Char(related="company_id.ev_party_id", readonly=False)
