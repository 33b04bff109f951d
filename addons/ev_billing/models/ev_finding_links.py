"""From a statement or a session to what was found about it."""

from odoo import fields, models

from .ev_statement_completeness import GROUPS

READERS = ",".join(GROUPS)


class EvStatement(models.Model):
    _inherit = "ev.statement"

    finding_count = fields.Integer("Findings", compute="_compute_finding_count", groups=READERS)

    def _compute_finding_count(self):
        for statement in self:
            statement.finding_count = self.env["ev.finding"].search_count(statement._get_finding_domain())

    def _get_finding_domain(self):
        """Open findings of the statement, of its contract in its months, and of its sessions."""
        self.ensure_one()
        charged = [("statement_id", "=", self.id), ("cdr_id", "!=", False)]
        sessions = self.env["ev.charge"].sudo()._search(charged).subselect("cdr_id")
        contract = [
            ("statement_id", "=", False),
            ("contract_id", "=", self.contract_id.id),
            ("month", "<=", self.period_end),
            ("month", ">=", self.period_start),
        ]
        alternatives = (
            [("statement_id", "=", self.id)],
            [("cdr_id", "in", sessions)],
            [("other_cdr_id", "in", sessions)],
        )
        domain = fields.Domain.OR([*alternatives, contract])
        return fields.Domain("state", "=", "open") & domain

    def action_open_findings(self):
        self.ensure_one()
        self.check_access("read")
        self.env["ev.finding"].check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("ev_billing.ev_finding_action")
        findings = self.env["ev.finding"].search(self._get_finding_domain())
        return dict(action, domain=[("id", "in", findings.ids)], context={})


class EvCdr(models.Model):
    _inherit = "ev.cdr"

    ev_finding_count = fields.Integer("Findings", compute="_compute_ev_finding_count", groups=READERS)

    def _compute_ev_finding_count(self):
        for cdr in self:
            cdr.ev_finding_count = self.env["ev.finding"].search_count(cdr._get_finding_domain())

    def _get_finding_domain(self):
        return fields.Domain("cdr_id", "in", self.ids) | fields.Domain("other_cdr_id", "in", self.ids)

    def action_open_ev_findings(self):
        """All that was ever found about the session."""
        self.check_access("read")
        self.env["ev.finding"].check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("ev_billing.ev_finding_action")
        findings = self.env["ev.finding"].search(self._get_finding_domain())
        return dict(action, domain=[("id", "in", findings.ids)], context={})


class EvSite(models.Model):
    _inherit = "ev.site"

    metering_point = fields.Char(
        help="The energy supplier's number of the site's meter (PDL/PRM, MaLo): its files name the site by it."
    )
