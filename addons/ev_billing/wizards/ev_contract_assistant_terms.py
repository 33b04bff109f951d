"""The assistant's second step: usual economic models, the numbers they ask for, and any other term."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..models.ev_contract_term import BASES, DIRECTIONS
from .ev_contract_templates import ContractTemplate, TemplateTerm

# Time of use and tiers are lists: they are entered on the contract.
ASKED_KINDS = ("fixed", "indexed", "tariff")


class EvContractAssistant(models.TransientModel):
    _inherit = "ev.contract.assistant"

    choice_ids = fields.One2many("ev.contract.assistant.choice", "assistant_id", "Economic Models")
    term_ids = fields.One2many("ev.contract.assistant.term", "assistant_id", "Terms")
    has_indexed = fields.Boolean(compute="_compute_has_kinds")
    has_tariff = fields.Boolean(compute="_compute_has_kinds")
    has_credit = fields.Boolean(compute="_compute_has_kinds")

    # ----------------------------------------------------------------- compute

    @api.depends("term_ids.price_kind", "term_ids.direction")
    def _compute_has_kinds(self):
        for wizard in self:
            kinds = wizard.term_ids.mapped("price_kind")
            wizard.has_indexed, wizard.has_tariff = "indexed" in kinds, "tariff" in kinds
            wizard.has_credit = "credit" in wizard.term_ids.mapped("direction")

    @api.onchange("choice_ids")
    def _onchange_choice_ids(self):
        """Choosing a model brings its terms, once: a row somebody took out does not come back by itself."""
        for choice in self.choice_ids.filtered(lambda choice: choice.chosen != choice.applied):
            choice.applied = choice.chosen
            if not choice.chosen:
                self.term_ids -= self.term_ids.filtered(lambda row, key=choice.key: row.template == key)
                continue
            for term in self._find_template(choice.key).terms:
                self.term_ids += self.term_ids.new(self._prepare_row(choice.key, term))

    # ---------------------------------------------------------------- templates

    @api.model
    def _get_templates(self):
        """The economic models on offer; another addon adds its own to the list.

        :rtype: list[ContractTemplate]
        """
        return [*self._get_host_templates(), *self._get_sale_templates()]

    @api.model
    def _get_host_templates(self):
        energy = self.env._("Energy reimbursement")
        return [
            ContractTemplate(
                "reimbursement_fixed",
                self.env._("Fixed reimbursement"),
                self.env._("The host gets the same price for every kWh."),
                ("host",),
                (TemplateTerm(energy, "credit", "kwh", hint=self.env._("e.g. 0.1850")),),
            ),
            ContractTemplate(
                "reimbursement_spot",
                self.env._("Spot-indexed reimbursement"),
                self.env._("The host gets the price index of each moment, times a factor, plus an adder."),
                ("host",),
                (TemplateTerm(energy, "credit", "kwh", "indexed", hint=self.env._("e.g. x 1.05 + 0.012")),),
            ),
            ContractTemplate(
                "revenue_share",
                self.env._("Revenue share"),
                self.env._("The partner gets a part of what its sites' sessions are sold for."),
                ("host", "agent"),
                (TemplateTerm(self.env._("Revenue share"), "credit", "revenue", hint=self.env._("percent, e.g. 15")),),
            ),
            ContractTemplate(
                "supervision",
                self.env._("Supervision package"),
                self.env._("The partner pays for the operation of its chargers. What stays at 0 is left out."),
                ("host", "client"),
                (
                    _charge(
                        self.env._("Supervision of AC chargers"),
                        "charger_month",
                        self.env._("e.g. 9.90"),
                        power_type="ac",
                    ),
                    _charge(
                        self.env._("Supervision of DC chargers"),
                        "charger_month",
                        self.env._("e.g. 29.90"),
                        power_type="dc",
                    ),
                    _charge(self.env._("SIM cards"), "sim_month", self.env._("e.g. 2.50")),
                    _charge(self.env._("Commission per session"), "session", self.env._("e.g. 0.35")),
                ),
            ),
        ]

    @api.model
    def _get_sale_templates(self):
        charging = self.env._("Charging")
        return [
            ContractTemplate(
                "emsp_kwh",
                self.env._("eMSP per kWh"),
                self.env._("The provider pays per kWh, and where agreed per session and per minute of idling."),
                ("emsp",),
                (
                    TemplateTerm(charging, "charge", "kwh", hint=self.env._("e.g. 0.3900")),
                    _charge(self.env._("Session fee"), "session", self.env._("e.g. 0.50")),
                    _charge(self.env._("Idle fee"), "idle_minute", self.env._("e.g. 0.10")),
                ),
            ),
            ContractTemplate(
                "emsp_tariff",
                self.env._("eMSP by OCPI tariff"),
                self.env._("The provider pays each session by an OCPI tariff."),
                ("emsp",),
                (TemplateTerm(charging, "charge", "session", "tariff", hint=self.env._("choose the tariff")),),
            ),
            ContractTemplate(
                "fleet",
                self.env._("Fleet badges"),
                self.env._("The client pays a fee per badge and month, and its drivers' energy."),
                ("client",),
                (
                    TemplateTerm(charging, "charge", "kwh", hint=self.env._("e.g. 0.3500")),
                    _charge(self.env._("Badge fee"), "badge_month", self.env._("e.g. 3.00")),
                ),
            ),
        ]

    def _find_template(self, key):
        return next(template for template in self._get_templates() if template.key == key)

    def _prepare_row(self, key, term):
        return {
            "template": key,
            "name": term.name,
            "direction": term.direction,
            "basis": term.basis,
            "price_kind": term.price_kind,
            "hint": term.hint,
            "optional": term.optional,
            **term.values,
        }

    # ----------------------------------------------------------------- business

    def _enter_terms(self):
        """Offer the models of the chosen role; terms of models that do not fit it go."""
        templates = [template for template in self._get_templates() if self.role in template.roles]
        keys = [template.key for template in templates]
        self.choice_ids.filtered(lambda choice: choice.key not in keys).unlink()
        self.term_ids.filtered(lambda row: row.template and row.template not in keys).unlink()
        known = self.choice_ids.mapped("key")
        self.choice_ids = [
            Command.create(
                {"sequence": number, "key": template.key, "name": template.name, "summary": template.summary}
            )
            for number, template in enumerate(templates)
            if template.key not in known
        ]

    def _get_used_rows(self):
        """The terms that make it into the contract."""
        return self.term_ids.filtered(lambda row: not (row.optional and row.price_kind == "fixed" and not row.price))

    def _check_terms(self):
        """:raises UserError: a term lacks its number, or the engine would refuse it."""
        if not self.term_ids:
            raise UserError(self.env._("Economic Models: choose at least one, or add a term of your own."))
        if not self._get_used_rows():
            raise UserError(self.env._("Terms: enter at least one price; terms at 0 are left out."))
        for row in self._get_used_rows():
            row._check_asked()
        with self._rehearse() as rehearsal:
            contract = rehearsal._make_contract(rehearsal._get_rehearsal_name())
            sentences = contract._find_unbillable()
            if sentences:
                raise UserError("\n".join(sentences).replace(contract.name, self.env._("The contract")))


class EvContractAssistantChoice(models.TransientModel):
    """A usual economic model, chosen or not."""

    _name = "ev.contract.assistant.choice"
    _description = "Economic Model of a New Contract"
    _order = "sequence, id"

    assistant_id = fields.Many2one("ev.contract.assistant", required=True, ondelete="cascade")
    sequence = fields.Integer()
    key = fields.Char(required=True)
    name = fields.Char("Model", readonly=True)
    summary = fields.Char("What It Means", readonly=True)
    chosen = fields.Boolean()
    applied = fields.Boolean(help="Its terms are in the list below.")


class EvContractAssistantTerm(models.TransientModel):
    """One term of the new contract, with the numbers it asks for."""

    _name = "ev.contract.assistant.term"
    _description = "Term of a New Contract"
    _inherit = ["ev.price.mixin"]
    _order = "sequence, id"

    assistant_id = fields.Many2one("ev.contract.assistant", required=True, ondelete="cascade")
    currency_id = fields.Many2one(related="assistant_id.currency_id")
    sequence = fields.Integer(default=10)
    template = fields.Char(help="The model that brought it; empty: added by hand.")
    name = fields.Char("What For", required=True)
    direction = fields.Selection(DIRECTIONS, required=True, default="charge")
    basis = fields.Selection(BASES, required=True, default="kwh")
    price = fields.Float("Price or %")
    index_id = fields.Many2one(ondelete="cascade", index=False)
    tariff_id = fields.Many2one("ev.tariff", "OCPI Tariff", ondelete="cascade")
    hint = fields.Char()
    optional = fields.Boolean(help="Left out of the contract while its price is 0.")
    power_type = fields.Selection([("ac", "AC"), ("dc", "DC")], "Chargers", help="Empty: AC and DC.")
    period_minimum = fields.Float("Minimum per Period", digits=(16, 6), help="0 for none.")
    period_cap = fields.Float("Cap per Period", digits=(16, 6), help="0 for none.")

    def _check_asked(self):
        """:raises UserError: the one thing this term cannot do without is missing."""
        if self.price_kind not in ASKED_KINDS:
            raise UserError(
                self.env._(
                    "%s: bands and tiers are entered on the contract; give the term a fixed price here, and change it there.",
                    self.name,
                )
            )
        if self.price_kind == "indexed" and not self.index_id:
            raise UserError(self.env._("%s: choose the price index in Price Index.", self.name))
        if self.price_kind == "tariff" and not self.tariff_id:
            raise UserError(self.env._("%s: choose the tariff in OCPI Tariff.", self.name))
        if self.price_kind == "fixed" and self.basis == "revenue" and not 0 < self.price <= 100:
            raise UserError(self.env._("%s: enter the partner's share in percent, above 0 and up to 100.", self.name))
        if self.price_kind == "fixed" and not self.price:
            raise UserError(self.env._("%s: enter its price in Price, or remove the row.", self.name))

    def _prepare_term(self, sequence):
        return {
            "sequence": sequence,
            "name": self.name,
            "direction": self.direction,
            "basis": self.basis,
            "version_ids": [Command.create(self._prepare_version())],
        }

    def _prepare_version(self):
        names = ("price_kind", "price", "index_factor", "index_adder", "losses", "has_floor", "floor", "has_cap", "cap",
                 "negative_clause", "negative_price", "negative_text", "power_type", "period_minimum", "period_cap")  # fmt: skip
        return {
            **{name: self[name] for name in names},
            "date_from": self.assistant_id.date_start,
            "index_id": self.index_id.id if self.price_kind == "indexed" else False,
            "tariff_id": self.tariff_id.id if self.price_kind == "tariff" else False,
        }


def _charge(name, basis, hint, **values):
    """A fee that may be agreed or not."""
    return TemplateTerm(name, "charge", basis, hint=hint, optional=True, values=values)
