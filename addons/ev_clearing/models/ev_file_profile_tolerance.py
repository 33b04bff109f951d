from odoo import fields, models


class EvFileProfile(models.Model):
    """What counts as the same when a partner's list is compared with ours."""

    _inherit = "ev.file.profile"

    tolerance_wh = fields.Integer(
        "Energy (Wh)",
        default=10,
        required=True,
        help="Up to this much, or up to the percentage, it counts as the same.",
    )
    tolerance_percent = fields.Float("Energy (%)", digits=(6, 3), required=True, default=0.0)
    tolerance_amount = fields.Float(
        "Amount", digits=(16, 6), required=True, default=0.01, help="In the statement's currency, per session."
    )
    tolerance_seconds = fields.Integer("Time (s)", default=60, required=True, help="Of start and end each.")

    _tolerance_check = models.Constraint(
        "CHECK(tolerance_wh >= 0 AND tolerance_percent >= 0 AND tolerance_amount >= 0"
        " AND tolerance_seconds BETWEEN 0 AND 86400)",
        "Tolerances are not negative, and that of times is a day at most.",
    )
