from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from odoo.addons.ev_billing.rating import Span

LIMITS = ("min_energy", "max_energy", "min_minutes", "max_minutes")
PRICES = ("min_price", "max_price")
# What the term was made of.
SETTLED = ("contract_id", "group_id", "tariff_id", "date_from")


class EvAgreement(models.Model):
    """What was agreed with an eMSP for some sites and some time: the tariff, and which sessions it is for.

    What is charged is what the contract's terms say: an agreement makes one of them, and shows it.
    """

    _name = "ev.agreement"
    _description = "Roaming Agreement"
    _inherit = ["mail.thread"]
    _order = "contract_id, date_from desc, id"
    _check_company_auto = True

    name = fields.Char(
        compute="_compute_name", store=True, readonly=False, precompute=True, required=True, tracking=True
    )
    active = fields.Boolean(default=True)
    contract_id = fields.Many2one(
        "ev.contract",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
        domain="[('role', '=', 'emsp'), ('company_id', '=', company_id)]",
        tracking=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company, readonly=True
    )
    partner_id = fields.Many2one(related="contract_id.partner_id", string="eMSP", store=True, index=True)
    currency_id = fields.Many2one(related="contract_id.currency_id")
    group_id = fields.Many2one(
        "ev.site.group",
        "Site Group",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        tracking=True,
        help="Empty: every site of the contract.",
    )
    date_from = fields.Date(
        "From", required=True, tracking=True, default=lambda self: fields.Date.context_today(self).replace(day=1)
    )
    date_to = fields.Date("Until", tracking=True, help="Its last day; empty while it goes on.")
    tariff_id = fields.Many2one("ev.tariff", "OCPI Tariff", ondelete="restrict", check_company=True, tracking=True)
    term_id = fields.Many2one(
        "ev.contract.term", readonly=True, copy=False, ondelete="set null", index="btree_not_null"
    )
    term_sentence = fields.Char(related="term_id.sentence", string="Term in Words")

    min_energy = fields.Float("Least Energy (kWh)", digits=(16, 3), tracking=True, help="0: no limit.")
    max_energy = fields.Float("Most Energy (kWh)", digits=(16, 3), tracking=True, help="0: no limit.")
    min_minutes = fields.Float("Shortest (Minutes)", digits=(16, 2), tracking=True, help="0: no limit.")
    max_minutes = fields.Float("Longest (Minutes)", digits=(16, 2), tracking=True, help="0: no limit.")
    outside = fields.Selection(
        [("look", "Charge it, but have somebody look"), ("leave_out", "Do not charge it to the eMSP")],
        "Sessions Outside",
        required=True,
        default="look",
        tracking=True,
        help="The host is paid for its energy either way.",
    )
    min_price = fields.Monetary(
        "Lowest Price", tracking=True, help="Per session; below it somebody looks. 0: no limit."
    )
    max_price = fields.Monetary(
        "Highest Price", tracking=True, help="Per session; above it somebody looks. 0: no limit."
    )
    note = fields.Html()

    _dates_check = models.Constraint(
        "CHECK(date_to IS NULL OR date_from <= date_to)", "The agreement's end lies before its start."
    )
    _limits_check = models.Constraint(
        "CHECK(min_energy >= 0 AND min_minutes >= 0 AND min_price >= 0"
        " AND (max_energy = 0 OR max_energy >= min_energy) AND (max_minutes = 0 OR max_minutes >= min_minutes)"
        " AND (max_price = 0 OR max_price >= min_price))",
        "A limit cannot be below zero, nor the highest below the lowest: 0 means no limit.",
    )

    @api.depends("contract_id", "group_id")
    def _compute_name(self):
        for agreement in self.filtered("contract_id"):
            sites = agreement.group_id.name or self.env._("all sites")
            agreement.name = f"{agreement.contract_id.partner_id.name} · {sites}"

    # -------------------------------------------------------------- constraints

    @api.constrains("contract_id", "company_id")
    def _check_contract(self):
        for agreement in self:
            if agreement.contract_id.role != "emsp":
                raise ValidationError(
                    self.env._("%s is not an eMSP's contract: agreements are for eMSPs.", agreement.contract_id.name)
                )
            if agreement.date_from < agreement.contract_id.date_start:
                raise ValidationError(
                    self.env._(
                        "%(agreement)s begins before its contract %(contract)s does.",
                        agreement=agreement.name,
                        contract=agreement.contract_id.name,
                    )
                )

    @api.constrains("contract_id", "group_id", "date_from", "date_to", "active")
    def _check_overlap(self):
        """One site has one agreement on a day."""
        for agreement in self.filtered("active"):
            for other in agreement.contract_id.agreement_ids.filtered("active") - agreement:
                if (agreement._get_span() & other._get_span()) and agreement._shares_sites(other):
                    raise ValidationError(
                        self.env._(
                            "%(one)s and %(other)s are for the same sites on the same days: end one of them before the other "
                            "begins, or give them different site groups.",
                            one=agreement.name,
                            other=other.name,
                        )
                    )

    def _shares_sites(self, other):
        return not self.group_id or not other.group_id or bool(self.group_id.site_ids & other.group_id.site_ids)

    # --------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("contract_id"):
                vals["company_id"] = self.env["ev.contract"].browse(vals["contract_id"]).company_id.id
        return super().create(vals_list)

    def write(self, vals):
        for agreement in self.filtered("term_id"):
            changed = [name for name in SETTLED if name in vals and agreement._is_changed(name, vals[name])]
            if changed:
                raise UserError(
                    self.env._(
                        "%(agreement)s: a term of the contract was made of it, so its %(field)s stays. End it, and make another "
                        "agreement from the day after.",
                        agreement=agreement.name,
                        field=self._fields[changed[0]]._description_string(self.env),
                    )
                )
        result = super().write(vals)
        if "date_to" in vals:
            for agreement in self.filtered("term_id"):
                agreement.term_id.date_end = agreement.date_to
        return result

    def _is_changed(self, name, value):
        field = self._fields[name]
        return field.convert_to_cache(value, self) != field.convert_to_cache(self[name], self)

    # ------------------------------------------------------------------ actions

    def action_make_term(self):
        """Make the term that charges it, through the contract's own models: they check it as any other."""
        self.check_access("write")
        for agreement in self:
            if agreement.term_id:
                raise UserError(self.env._("%s has its term already.", agreement.name))
            if not agreement.tariff_id:
                raise UserError(self.env._("%s: choose its OCPI tariff first.", agreement.name))
            if agreement.group_id and not agreement.group_id.site_ids:
                raise UserError(self.env._("%s: its site group has no sites yet.", agreement.name))
            agreement.term_id = self.env["ev.contract.term"].create(agreement._prepare_term())

    def _prepare_term(self):
        self.ensure_one()
        version = {
            "date_from": self.date_from,
            "price_kind": "tariff",
            "tariff_id": self.tariff_id.id,
            "site_ids": [fields.Command.set(self.group_id.site_ids.ids)],
        }
        return {
            "contract_id": self.contract_id.id,
            "name": self.env._("Charging sessions, %s", self.group_id.name or self.env._("all sites")),
            "direction": "charge",
            "basis": "session",
            "date_end": self.date_to,
            "version_ids": [fields.Command.create(version)],
        }

    # ----------------------------------------------------------------- business

    def _get_span(self):
        """Its days, on each site's clock."""
        self.ensure_one()
        return Span(self.date_from, self.date_to and self.date_to + timedelta(days=1))

    def _get_sites(self):
        """The sites it is for."""
        self.ensure_one()
        contract, sites = self.contract_id.sudo(), self.env["ev.site"].sudo().with_context(active_test=False)
        domain = Domain("company_id", "=", self.company_id.id)
        if contract.site_ids:
            domain &= Domain("id", "in", contract.site_ids.ids)
        if self.group_id:
            domain &= Domain("id", "in", self.group_id.sudo().with_context(active_test=False).site_ids.ids)
        return sites.search(domain)
