"""Which findings stop which statement, and which stop the whole month."""

from collections import defaultdict

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

# The statement itself knows better, and says so, when it is approved.
OWN = ("blocked_statement", "waiting")
# A pair stops where one of its sessions is charged, until one of them is taken back.
_TOUCHED = """
SELECT DISTINCT ch.statement_id, f.id FROM ev_finding f
  JOIN ev_charge ch ON ch.cdr_id IN (f.cdr_id, f.other_cdr_id) AND ch.origin_id IS NULL AND ch.statement_id = ANY(%(ids)s)
 WHERE f.state = 'open' AND f.blocking AND f.company_id = ANY(%(companies)s)
   AND NOT EXISTS (SELECT 1 FROM ev_cdr credit WHERE credit.credit_of_id IN (f.cdr_id, f.other_cdr_id))
"""
_NAMED = """
SELECT s.id, f.id FROM ev_statement s
  JOIN ev_finding f ON f.state = 'open' AND f.blocking AND f.company_id = s.company_id AND f.cdr_id IS NULL
   AND (f.statement_id = s.id OR f.statement_id IS NULL AND f.contract_id = s.contract_id
                               AND f.month BETWEEN date_trunc('month', s.period_start)::date AND s.period_end)
 WHERE s.id = ANY(%(ids)s)
   AND CASE f.rule WHEN 'blocked_statement' THEN s.blocking_message IS NOT NULL
                   WHEN 'waiting' THEN EXISTS (SELECT 1 FROM ev_statement_gap gap WHERE gap.statement_id = s.id) ELSE TRUE END
"""


class EvFinding(models.Model):
    _inherit = "ev.finding"

    @api.model
    def _get_blocking_findings(self, statements):
        """The open blocking findings that touch each statement: one of its sessions, itself, or its contract in its months.

        :param statements: ev.statement records
        :return: {statement id: ev.finding records}, only of statements that have some
        """
        self.env.flush_all()
        values = {"ids": statements.ids, "companies": statements.company_id.ids}
        found = defaultdict(self.sudo().browse)
        for query in (_TOUCHED, _NAMED):
            for statement, finding in self.env.execute_query(SQL(query, **values)):
                found[statement] |= self.sudo().browse(finding)
        return dict(found)

    @api.model
    def _get_run_blockers(self, company, *months):
        """The open blocking findings of months that touch no single session, statement or contract: nothing of them goes out.

        :param months: their first days
        """
        domain = [
            ("company_id", "=", company.id),
            ("month", "in", months),
            ("state", "=", "open"),
            ("blocking", "=", True),
            ("cdr_id", "=", False),
            ("statement_id", "=", False),
            ("contract_id", "=", False),
        ]
        return self.sudo().search(domain)


class EvStatement(models.Model):
    _inherit = "ev.statement"

    def _check_findings(self):
        """:raises UserError: an open blocking finding touches the statement; what the statement says itself is left to it"""
        self.ensure_one()
        findings = self.env["ev.finding"]._get_blocking_findings(self).get(self.id, self.env["ev.finding"])
        findings = findings.filtered(lambda finding: finding.rule not in OWN)
        if findings:
            raise UserError(
                self.env._(
                    "%(name)s has open findings. Decide on them, or mend them and compute it again:\n%(what)s",
                    name=self.name,
                    what=self._say_findings(findings),
                )
            )
