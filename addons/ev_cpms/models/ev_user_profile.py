from odoo import fields, models


class EvUserProfile(models.Model):
    """A kind of badge holder that contracts tell apart: visitor, employee, fleet, roaming."""

    _name = "ev.user.profile"
    _description = "User Profile"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    note = fields.Text()

    _code_company_uniq = models.Constraint(
        "UNIQUE(code, company_id)", "A user profile with this code already exists in this company."
    )
