"""What the annex tells the partner of findings: what was looked at and how it ended, never who decided or why."""

from odoo import models
from odoo.tools import SQL

from .ev_finding import DECIDED


class EvStatement(models.Model):
    _inherit = "ev.statement"

    def _get_findings_rows(self):
        """The rows of the annex's sheet Findings: [(session, what was looked at, outcome)], in the order of the sessions.

        Only sessions of this contract: those charged here, and those of the period that were left out. Of a pair, the partner is
        told of its own session alone. What is merely worth knowing is told once somebody decided on it.

        :rtype: list[tuple[str, str, str]]
        """
        self.ensure_one()
        names = dict(self.env["ev.finding"]._fields["rule"]._description_selection(self.env))
        outcomes = self._get_finding_outcomes()
        return [(session, names[rule], outcomes[state]) for session, rule, state in self._find_told_findings()]

    def _get_finding_outcomes(self):
        return {
            "open": self.env._("being looked at"),
            "accepted": self.env._("accepted as it is"),
            "held": self.env._("left out for now, billed later"),
            "excluded": self.env._("left out, not billed"),
            "corrected": self.env._("corrected"),
        }

    def _find_told_findings(self):
        """[(session, rule, state)]"""
        self.env["ev.finding"].flush_model()
        windows = [window for window in self._get_windows(self.contract_id.sudo()._get_coverage()) if not window[-1]]
        left_out = SQL("FALSE")
        if windows:
            left_out = SQL(
                """(finding.state IN ('held', 'excluded') %s AND EXISTS (SELECT 1 FROM (VALUES %s)
                     AS w (site_id, starts, ends) WHERE w.site_id = c.site_id
                    AND c.date_stop >= timezone('UTC', to_timestamp(w.starts))
                    AND c.date_stop < timezone('UTC', to_timestamp(w.ends))))""",
                self._get_party_sql(),
                SQL(", ").join(SQL("(%s, %s, %s)", *window[:3]) for window in windows),
            )
        return self.env.execute_query(
            SQL(
                """SELECT c.external_id, finding.rule, finding.state FROM (
                          SELECT id, rule, state, severity, cdr_id FROM ev_finding WHERE company_id = %(company)s
                       UNION
                          SELECT id, rule, state, severity, other_cdr_id FROM ev_finding WHERE company_id = %(company)s
                          ) AS finding
                     JOIN ev_cdr c ON c.id = finding.cdr_id
                    WHERE (finding.state IN %(decided)s OR (finding.state = 'open' AND finding.severity != 'info'))
                      AND (%(left_out)s OR EXISTS (
                           SELECT 1 FROM ev_charge ch WHERE ch.cdr_id = c.id AND ch.statement_id = %(statement)s))
                 ORDER BY c.date_start, c.id, finding.id""",
                company=self.company_id.id,
                decided=DECIDED,
                left_out=left_out,
                statement=self.id,
            )
        )
