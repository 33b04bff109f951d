from zoneinfo import ZoneInfo

from odoo import fields, models

RUN_MODES = [
    ("manual", "Only when somebody starts it"),
    ("review", "Prepared on billing day, waits for one click"),
    ("autopilot", "Goes out by itself where nothing is found"),
]


class ResCompany(models.Model):
    _inherit = "res.company"

    ev_run_mode = fields.Selection(RUN_MODES, "Month-End of EV Charging", required=True, default="review")
    ev_run_since = fields.Date(
        "Runs by Itself Since",
        default=fields.Date.context_today,
        help="Months that ended before that day are left to whoever starts their run by hand.",
    )
    ev_human_limit = fields.Monetary(
        "A Human Looks Above",
        currency_field="currency_id",
        help="On autopilot: a statement that charges or credits more than this waits for somebody. 0 for no limit.",
    )

    _ev_human_limit_check = models.Constraint(
        "CHECK(ev_human_limit IS NULL OR ev_human_limit >= 0)",
        "The amount above which a human looks cannot be negative: enter 0 for no limit.",
    )

    def _get_ev_zone(self):
        """The clock of the company's calendar: billing days and the dates of its documents."""
        self.ensure_one()
        return ZoneInfo(self.partner_id.tz or "UTC")
