from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .ev_finding_rule_catalogue import CATALOGUE, CODES

SEVERITIES = [("info", "Information"), ("warning", "Warning"), ("critical", "Critical")]
# What a manager may tune; the rest says which rule it is.
TUNABLE = {"active", "severity", "blocking", "limit_1", "limit_2"}


class EvFindingRule(models.Model):
    """How a company uses one check: whether, how strictly, and whether it stops billing."""

    _name = "ev.finding.rule"
    _description = "Check Rule"
    _inherit = ["mail.thread"]
    _order = "sequence, id"
    _rec_name = "code"

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="cascade")
    code = fields.Selection(CODES, "Rule", required=True, readonly=True)
    sequence = fields.Integer(readonly=True)
    description = fields.Text("What It Looks at", compute="_compute_words")
    active = fields.Boolean(default=True, tracking=True)
    severity = fields.Selection(SEVERITIES, required=True, default="warning", tracking=True)
    blocking = fields.Boolean(
        tracking=True, help="While such a finding is open, its statement (or the whole month) cannot be approved."
    )
    limit_1 = fields.Float("Tolerance", digits=(16, 3), tracking=True)
    limit_1_unit = fields.Char("Tolerance Is", compute="_compute_words")
    limit_2 = fields.Float("Second Tolerance", digits=(16, 3), tracking=True)
    limit_2_unit = fields.Char("Second Tolerance Is", compute="_compute_words")
    checked_at = fields.Datetime("Last Checked", readonly=True)

    _company_code_uniq = models.Constraint("UNIQUE(company_id, code)", "A company has each rule once.")
    _limits_check = models.Constraint(
        "CHECK(limit_1 >= 0 AND limit_2 >= 0)", "A tolerance cannot be negative: 0 allows nothing."
    )

    @api.depends("code")
    @api.depends_context("lang")
    def _compute_words(self):
        catalogue = self._get_rules()
        for rule in self:
            known = catalogue.get(rule.code)
            units = [self.env._(label) for _default, label in known.limits] if known else []
            rule.description = self.env._(known.description) if known else False
            rule.limit_1_unit, rule.limit_2_unit = (*units, False, False)[:2]

    @api.depends("code")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["code"]._description_selection(self.env))
        for rule in self:
            rule.display_name = labels.get(rule.code)

    def write(self, vals):
        if not self.env.su and set(vals) & self._fields.keys() - TUNABLE - {"message_follower_ids", "message_ids"}:
            raise UserError(self.env._("A rule is switched and tuned; which rule it is cannot be changed."))
        return super().write(vals)

    @api.model
    def _get_catalogue(self):
        """The rules there are, in the order in which they are listed; higher rooms add theirs.

        :rtype: tuple[ev_finding_rule_catalogue.Rule]
        """
        return CATALOGUE

    @api.model
    def _get_rules(self):
        """{code: ev_finding_rule_catalogue.Rule}"""
        return {rule.code: rule for rule in self._get_catalogue()}

    @api.model
    def _create_missing(self, companies=None):
        """Give every company (or those given) the rules it does not have yet, as the catalogue has them."""
        companies = companies or self.env["res.company"].sudo().search([("id", "!=", 0)])
        rules = self.sudo().with_context(active_test=False, mail_create_nolog=True, mail_create_nosubscribe=True)
        known = {(rule.company_id.id, rule.code) for rule in rules.search([("company_id", "in", companies.ids)])}
        catalogue = self._get_catalogue()
        rules.create(
            [
                rules._prepare_rule(company, number, rule)
                for company in companies
                for number, rule in enumerate(catalogue, start=1)
                if (company.id, rule.code) not in known
            ]
        )

    @api.model
    def _prepare_rule(self, company, number, rule):
        limits = [default for default, _label in rule.limits]
        return {
            "company_id": company.id,
            "code": rule.code,
            "sequence": number * 10,
            "active": rule.active,
            "severity": rule.severity,
            "blocking": rule.blocking,
            "limit_1": limits[0] if limits else 0,
            "limit_2": limits[1] if len(limits) > 1 else 0,
        }

    @api.model
    def _start_check(self, company):
        """The company's active rules, for a check that is about to begin.

        Their rows are touched first: of two checks of one company at once, the later one fails here and is retried with a fresh
        view, instead of writing findings that the other has written already.
        """
        self._create_missing(company)
        self.env.flush_all()
        self.env.cr.execute(
            SQL("UPDATE ev_finding_rule SET checked_at = %s WHERE company_id = %s", fields.Datetime.now(), company.id)
        )
        rules = self.sudo().search([("company_id", "=", company.id)])
        rules.invalidate_recordset(["checked_at"])
        return rules


class ResCompany(models.Model):
    _inherit = "res.company"

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        self.env["ev.finding.rule"].sudo()._create_missing(companies)
        return companies
