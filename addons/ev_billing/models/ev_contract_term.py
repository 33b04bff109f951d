from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

DIRECTIONS = [("charge", "Charge"), ("credit", "Credit")]
BASES = [("kwh", "per kWh"), ("session", "per session"), ("charger_month", "per charger and month")]
DEFAULT_PRODUCTS = {
    ("kwh", "credit"): "ev_billing.product_energy",
    ("kwh", "charge"): "ev_billing.product_commission_kwh",
    ("session", "credit"): "ev_billing.product_commission_session",
    ("session", "charge"): "ev_billing.product_commission_session",
    ("charger_month", "credit"): "ev_billing.product_charger_month",
    ("charger_month", "charge"): "ev_billing.product_charger_month",
}


class EvContractTerm(models.Model):
    """One thing a contract prices. What it costs, and for whom, is in its dated versions."""

    _name = "ev.contract.term"
    _description = "EV Contract Term"
    _order = "contract_id, sequence, id"
    _check_company_auto = True

    contract_id = fields.Many2one("ev.contract", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="contract_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="contract_id.currency_id")
    sequence = fields.Integer(default=10)
    name = fields.Char("What For", required=True, translate=True, help="As the partner reads it on the document.")
    direction = fields.Selection(
        DIRECTIONS, required=True, default="credit", help="Charge: the partner pays. Credit: the partner is paid."
    )
    basis = fields.Selection(BASES, required=True, default="kwh")
    product_id = fields.Many2one(
        "product.product",
        required=True,
        check_company=True,
        ondelete="restrict",
        compute="_compute_product_id",
        store=True,
        readonly=False,
        precompute=True,
        help="Gives the document line its account and its taxes.",
    )
    date_end = fields.Date("Ends", help="The last day of this term; empty as long as the contract runs.")
    version_ids = fields.One2many("ev.contract.term.version", "term_id", "Versions", copy=True)
    current_version_id = fields.Many2one("ev.contract.term.version", compute="_compute_current_version_id")
    sentence = fields.Char("In Words", compute="_compute_current_version_id")

    # ----------------------------------------------------------------- compute

    @api.depends("basis", "direction")
    def _compute_product_id(self):
        for term in self:
            defaults = self._get_default_products()
            if not term.product_id or term.product_id in defaults.values():
                term.product_id = defaults.get((term.basis, term.direction))

    @api.model
    def _get_default_products(self):
        return {key: self.env.ref(xmlid, raise_if_not_found=False) for key, xmlid in DEFAULT_PRODUCTS.items()}

    @api.depends("version_ids.date_from", "version_ids.sentence", "date_end")
    def _compute_current_version_id(self):
        """The version in force today, or else the first one to come."""
        today = fields.Date.context_today(self)
        for term in self:
            versions = term.version_ids.filtered("date_from").sorted("date_from")
            past = versions.filtered(lambda version: version.date_from <= today)
            term.current_version_id = past[-1:] or versions[:1]
            term.sentence = term.current_version_id.sentence or self.env._("no price yet: add a version")

    # -------------------------------------------------------------- constraints

    @api.constrains("basis", "direction", "date_end")
    def _check_not_billed_otherwise(self):
        for term in self:
            last = term._get_last_billed_day()
            if last and term.date_end and term.date_end < last:
                raise ValidationError(
                    self.env._(
                        "Term %(term)s: sessions up to %(day)s are already billed; its End cannot be earlier.",
                        term=term.name,
                        day=last,
                    )
                )

    def write(self, vals):
        for field in {"basis", "direction", "contract_id"} & vals.keys():
            for term in self:
                if (
                    vals[field] != (term[field].id if field == "contract_id" else term[field])
                    and term._get_last_billed_day()
                ):
                    raise UserError(
                        self.env._(
                            "Term %(term)s is already billed: its %(field)s cannot change. End it and add another term.",
                            term=term.name,
                            field=self._fields[field].string,
                        )
                    )
        if "date_end" in vals:
            self._check_not_revived(fields.Date.to_date(vals["date_end"]))
        return super().write(vals)

    def _check_not_revived(self, date_end):
        """A term that had ended inside closed months does not come back for their sessions."""
        for term in self.filtered("date_end"):
            closed = term.contract_id._get_closed_until()
            if closed and term.date_end < closed and (not date_end or date_end > term.date_end):
                raise UserError(
                    self.env._(
                        "Term %(term)s ended on %(end)s and %(contract)s is closed up to %(closed)s: add another term from "
                        "the day after instead.",
                        term=term.name,
                        end=term.date_end,
                        contract=term.contract_id.name,
                        closed=closed,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_billed(self):
        self.version_ids._check_unused()

    # ----------------------------------------------------------------- business

    def _get_last_billed_day(self):
        """The last local day an approved or documented charge of this term was made for, or None."""
        self.ensure_one()
        if not self._origin.id:
            return None
        self.env["ev.statement"].flush_model(["state"])
        [(day,)] = self.env.execute_query(
            SQL(
                """SELECT max(COALESCE(c.period_end, timezone(site.tz, timezone('UTC', cdr.date_start))::date))
                 FROM ev_charge c
                 JOIN ev_statement s ON s.id = c.statement_id AND s.state NOT IN ('draft', 'control')
                 JOIN ev_site site ON site.id = c.site_id
            LEFT JOIN ev_cdr cdr ON cdr.id = c.cdr_id
                WHERE c.term_id = %s""",
                self._origin.id,
            )
        )
        return day
