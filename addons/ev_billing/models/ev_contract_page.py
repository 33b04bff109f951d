"""What the contract's form shows beside its own fields: articles, the timeline of their versions, documents, supply."""

from odoo import api, fields, models
from odoo.tools import format_date

from .ev_statement import ACCOUNTANTS

PHASES = [("past", "Past"), ("current", "Current"), ("upcoming", "Upcoming")]


class EvContract(models.Model):
    _inherit = "ev.contract"

    document_ids = fields.Many2many(
        "account.move", string="Documents", compute="_compute_document_ids", groups=ACCOUNTANTS
    )
    preamble = fields.Text("In Words", compute="_compute_preamble")
    supply_ids = fields.Many2many("ev.supply.contract", string="Energy Supply", compute="_compute_supply_ids")
    is_closing = fields.Boolean(compute="_compute_is_closing", help="It still runs, and its last day is known.")

    @api.depends("statement_ids.document_ids")
    def _compute_document_ids(self):
        for contract in self:
            contract.document_ids = contract.statement_ids.document_ids

    @api.depends("partner_id.name", "role", "date_start", "date_end", "site_ids.name", "token_ids.uid", "periodicity",
                 "payment_term_id.name", "recipient_ids.name", "credit_document", "mandate_date",
                 "term_ids.direction")  # fmt: skip
    @api.depends_context("lang")
    def _compute_preamble(self):
        for contract in self:
            known = contract.partner_id and contract.date_start
            contract.preamble = known and f"{contract._say_parties()} {contract._say_billing()}"

    def _say_parties(self):
        """``Host contract between Rhône Charge SAS and Hôtel Bellecour SAS, from 1 January 2024, for every site it hosts.``"""
        start, end = (format_date(self.env, day, date_format="d MMMM y") for day in (self.date_start, self.date_end))
        every = self.env._("every site it hosts") if self.role == "host" else self.env._("every site")
        badges = self.env._(", badges %s", ", ".join(self.token_ids.mapped("uid"))) if self.token_ids else ""
        return self.env._(
            "%(role)s contract between %(company)s and %(partner)s, %(days)s, for %(sites)s%(badges)s.",
            role=dict(self._fields["role"]._description_selection(self.env))[self.role],
            company=self.company_id.name,
            partner=self.partner_id.name,
            days=self.env._("%(start)s to %(end)s", start=start, end=end) if end else self.env._("from %s", start),
            sites=", ".join(self.site_ids.mapped("name")) or every,
            badges=badges,
        )

    def _say_billing(self):
        """``Billed monthly; payment terms: 30 Days; documents go to Accounts payable. What it is owed comes as: ...``"""
        words = self.env._(
            "Billed %(period)s; payment terms: %(terms)s; documents go to %(recipients)s.",
            period=dict(self._fields["periodicity"]._description_selection(self.env))[self.periodicity].lower(),
            terms=self.payment_term_id.name or self.env._("as on the partner"),
            recipients=", ".join((self.recipient_ids or self._get_invoice_partner()).mapped("name")),
        )
        if "credit" not in self.term_ids.mapped("direction"):
            return words
        kind = dict(self._fields["credit_document"]._description_selection(self.env))[self.credit_document].lower()
        mandate = ""
        if self.credit_document == "self_bill":
            day = format_date(self.env, self.mandate_date, date_format="d MMMM y")
            mandate = self.env._(" (mandate of %s)", day) if day else self.env._(" (mandate missing)")
        return words + self.env._(" What it is owed comes as: %(kind)s%(mandate)s.", kind=kind, mandate=mandate)

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
