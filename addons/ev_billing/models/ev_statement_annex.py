"""What the annex tells the partner of findings: what was looked at and how it ended, never who decided or why."""

from odoo import models


class EvStatement(models.Model):
    _inherit = "ev.statement"

    def _get_findings_rows(self):
        """The rows of the annex's sheet Findings: [(session, what was looked at, outcome)].

        Empty here; what keeps findings adds them.
        """
        self.ensure_one()
        return []
