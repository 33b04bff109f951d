"""What the contract's form shows beside its own fields: articles, the timeline of their versions, documents, supply."""

from odoo import api, fields, models

from .ev_statement import ACCOUNTANTS

PHASES = [("past", "Past"), ("current", "Current"), ("upcoming", "Upcoming")]


class EvContract(models.Model):
    _inherit = "ev.contract"

    document_ids = fields.Many2many(
        "account.move", string="Documents", compute="_compute_document_ids", groups=ACCOUNTANTS
    )
    supply_ids = fields.Many2many("ev.supply.contract", string="Energy Supply", compute="_compute_supply_ids")
    is_closing = fields.Boolean(compute="_compute_is_closing", help="It still runs, and its last day is known.")

    @api.depends("statement_ids.document_ids")
    def _compute_document_ids(self):
        for contract in self:
            contract.document_ids = contract.statement_ids.document_ids

    @api.depends("site_ids", "role")
    def _compute_supply_ids(self):
        """What the energy costs at the sites of a host."""
        supplies = self.env["ev.supply.contract"]
        for contract in self:
            contract.supply_ids = False
            if contract.role == "host" and contract.partner_id and supplies.has_access("read"):
                sites = contract.site_ids.ids or list(contract._get_hosted_spans())
                contract.supply_ids = supplies.search([("site_id", "in", sites)])

    @api.depends("state", "date_end")
    def _compute_is_closing(self):
        for contract in self:
            contract.is_closing = bool(contract.state == "active" and contract.date_end)


class EvContractTerm(models.Model):
    _inherit = "ev.contract.term"

    number = fields.Integer("No.", compute="_compute_number", help="Its place among the contract's terms.")

    @api.depends("sequence", "contract_id.term_ids.sequence")
    def _compute_number(self):
        for contract in self.contract_id:
            # a new row has no id to sort by: it comes last
            terms = sorted(contract.term_ids, key=lambda term: (term.sequence, term._origin.id or 2**31))
            for number, term in enumerate(terms, 1):
                term.number = number
        for term in self.filtered(lambda term: not term.contract_id):
            term.number = 0


class EvContractTermVersion(models.Model):
    _inherit = "ev.contract.term.version"

    phase = fields.Selection(PHASES, compute="_compute_phase")

    @api.depends("date_from", "date_to")
    def _compute_phase(self):
        today = fields.Date.context_today(self)
        for version in self:
            if not version.date_from or version.date_from > today:
                version.phase = "upcoming"
            else:
                version.phase = "past" if version.date_to and version.date_to <= today else "current"
