from odoo import fields, models


class EvRoamingHub(models.Model):
    """A platform that passes sessions between operators and eMSPs, and may bill them too. The world's, not a company's."""

    _name = "ev.roaming.hub"
    _description = "Roaming Hub"
    _order = "sequence, name, id"

    name = fields.Char(required=True)
    code = fields.Char(required=True, help="Short and fixed, such as 'gireve': exports and files name the hub by it.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    _code_uniq = models.Constraint("UNIQUE(code)", "A hub with this code already exists.")
