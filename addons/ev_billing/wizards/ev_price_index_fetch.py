from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..indexes import midnight

LONGEST_DAYS = 366


class EvPriceIndexFetch(models.TransientModel):
    """Fetch the prices of some days now."""

    _name = "ev.price.index.fetch"
    _description = "Fetch Prices"

    index_id = fields.Many2one("ev.price.index", "Price Index", required=True, domain=[("source", "=", "entsoe")])
    date_from = fields.Date("From", required=True, default=lambda self: self._get_day(-1))
    date_to = fields.Date("To", required=True, default=lambda self: self._get_day(1), help="Included.")

    @api.model
    def _get_day(self, days):
        return fields.Date.context_today(self) + timedelta(days=days)

    def action_fetch(self):
        """Fetch, and say what came.

        :raises UserError: nothing came, and why
        """
        self.ensure_one()
        self.index_id.check_access("write")
        if not 0 <= (self.date_to - self.date_from).days < LONGEST_DAYS:
            raise UserError(self.env._("Choose one to %s days, the first one first.", LONGEST_DAYS))
        zone = self.index_id.tz
        start, end = midnight(self.date_from, zone), midnight(self.date_to + timedelta(days=1), zone)
        result = self.index_id._fetch_prices(start, end)
        words = self.env._(
            "%(added)s values added, %(changed)s replaced, %(unchanged)s known already.",
            added=result.added,
            changed=result.changed,
            unchanged=result.unchanged,
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.index_id.name,
                "message": "\n".join([words, *result.refused]),
                "type": "warning" if result.refused else "success",
                "sticky": bool(result.refused),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
