from dateutil.relativedelta import relativedelta

from odoo import api, fields, models

from ..rating import month_of


class EvStatementPrepare(models.TransientModel):
    """Choose a month, get its draft statements."""

    _name = "ev.statement.prepare"
    _description = "Prepare the Statements of a Month"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    month = fields.Date(
        "Any Day of the Month",
        required=True,
        default=lambda self: fields.Date.context_today(self) - relativedelta(months=1),
    )
    contract_ids = fields.Many2many(
        "ev.contract", string="Contracts", check_company=True, help="Empty: every contract due in that month."
    )
    total_count = fields.Integer("Sessions of the Month", compute="_compute_completeness")
    pending_count = fields.Integer("On No Statement Yet", compute="_compute_completeness")
    quarantined_count = fields.Integer("In Quarantine", compute="_compute_completeness")
    finding_words = fields.Text("Without Exactly One Contract", compute="_compute_findings")

    @api.depends("company_id", "month")
    def _compute_completeness(self):
        for wizard in self:
            wizard.total_count = wizard.pending_count = wizard.quarantined_count = 0
            if wizard.company_id and wizard.month:
                numbers = self.env["ev.statement"].get_completeness(
                    wizard.company_id.id, wizard.month.year, wizard.month.month
                )
                wizard.total_count, wizard.pending_count = numbers["total"]["count"], numbers["pending"]["count"]
                wizard.quarantined_count = numbers["quarantined"]["count"]

    @api.depends("company_id", "month")
    def _compute_findings(self):
        """Sessions that no contract, or more than one, would bill."""
        contracts = self.env["ev.contract"]
        for wizard in self:
            wizard.finding_words = False
            if wizard.company_id in self.env.companies and wizard.month:
                contracts.check_access("read")
                wizard.finding_words = "\n".join(
                    contracts._find_sessions_without(wizard.company_id, month_of(wizard.month))
                )

    def action_start(self):
        """Begin in the background, and watch it in the cockpit."""
        self.ensure_one()
        runs = self.env["ev.run"]
        run = runs.browse(runs.start(self.company_id.id, self.month.year, self.month.month, self.contract_ids.ids))
        return run._get_cockpit_action(self.company_id, self.month)

    def action_prepare(self):
        """Compute at once, while the user waits."""
        self.ensure_one()
        statements, left = self.env["ev.statement"]._prepare_for_user(
            self.company_id.id, self.month.year, self.month.month, self.contract_ids.ids
        )
        action = self.env["ir.actions.act_window"]._for_xml_id("ev_billing.ev_statement_action")
        action = dict(action, domain=[("id", "in", statements.ids)], context={})
        return statements._get_left_action(self.env._("Left out"), left, action)
