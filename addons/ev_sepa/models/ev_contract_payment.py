"""What a contract says about paying: one transfer per document, one for all, or the net of both directions."""

from odoo import fields, models

GROUPINGS = [
    ("document", "Each document by itself"),
    ("partner", "All we owe in one payment"),
    ("net", "Net of what the partner owes us"),
]


class EvContract(models.Model):
    _inherit = "ev.contract"

    payment_grouping = fields.Selection(
        GROUPINGS,
        "Payments Are Made",
        required=True,
        default="document",
        tracking=True,
        help="Net needs the partner's written agreement: what it owes is set off against what it is paid.",
    )
    pay_when_paid = fields.Boolean(
        tracking=True,
        help="A credit waits until the clients and eMSPs have paid for the same sessions.",
    )
