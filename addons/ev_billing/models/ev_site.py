from odoo import models

from .ev_statement import OPEN_STATES


class EvSite(models.Model):
    _inherit = "ev.site"

    def _get_billed_until(self):
        """The last day this site is billed up to: its hosts and its clock do not change before the day after.

        :return: the end of the last approved (or later) statement with a charge here, False where there is none
        """
        self.ensure_one()
        domain = [("site_id", "=", self.id), ("statement_id.state", "not in", OPEN_STATES)]
        lines = self.env["ev.statement.line"].sudo().search(domain)
        return max(lines.statement_id.mapped("period_end"), default=False)
