from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tools import SQL, format_date

from ..rating import SESSION_BASES

DIRECTIONS = [("charge", "Charge"), ("credit", "Credit")]
BASES = [
    ("kwh", "per kWh"),
    ("session", "per session"),
    ("charging_minute", "per minute of charging"),
    ("idle_minute", "per minute of idling"),
    ("revenue", "of the session's revenue"),
    ("charger_month", "per charger and month"),
    ("badge_month", "per badge and month"),
    ("sim_month", "per SIM card and month"),
    ("site_month", "per site and month"),
    ("user_month", "per user and month"),
    ("month", "per month"),
    ("period", "per billing period"),
    ("one_off", "once"),
]
# What a term is invoiced as unless somebody says otherwise: {(basis, direction or None for both): product}.
DEFAULT_PRODUCTS = {
    ("kwh", "credit"): "ev_billing.product_energy",
    ("kwh", "charge"): "ev_billing.product_commission_kwh",
    ("session", None): "ev_billing.product_commission_session",
    ("charging_minute", None): "ev_billing.product_minute",
    ("idle_minute", None): "ev_billing.product_minute",
    ("revenue", None): "ev_billing.product_revenue_share",
    ("charger_month", None): "ev_billing.product_charger_month",
    ("badge_month", None): "ev_billing.product_badge_month",
    ("sim_month", None): "ev_billing.product_sim_month",
    ("site_month", None): "ev_billing.product_service",
    ("user_month", None): "ev_billing.product_badge_month",
    ("month", None): "ev_billing.product_service",
    ("period", None): "ev_billing.product_service",
    ("one_off", None): "ev_billing.product_service",
}
# What clients and eMSPs buy is a charging session.
SALE_PRODUCT = "ev_billing.product_sale"


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
    is_sale = fields.Boolean(
        "Sale of the Session",
        compute="_compute_is_sale",
        store=True,
        readonly=False,
        precompute=True,
        help="Counts as revenue of the session: what revenue shares of other contracts are worked out from.",
    )
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

    @api.depends("basis", "direction", "is_sale")
    def _compute_product_id(self):
        defaults = {key: self.env.ref(xmlid, raise_if_not_found=False) for key, xmlid in DEFAULT_PRODUCTS.items()}
        sale = self.env.ref(SALE_PRODUCT, raise_if_not_found=False)
        for term in self:
            if not term.product_id or term.product_id in (*defaults.values(), sale):
                usual = defaults.get((term.basis, term.direction)) or defaults.get((term.basis, None))
                term.product_id = sale if term.is_sale and sale else usual

    @api.depends("basis", "direction", "contract_id.role")
    def _compute_is_sale(self):
        """What clients and eMSPs pay for sessions is their price; anything else has to be said."""
        for term in self:
            sold = term.contract_id.role in ("client", "emsp") and term.direction == "charge"
            term.is_sale = sold and term.basis in SESSION_BASES and term.basis != "revenue"

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

    @api.constrains("is_sale", "basis", "version_ids")
    def _check_is_sale(self):
        """Revenue is settled by the session alone: that is what makes circles impossible."""
        for term in self.filtered("is_sale"):
            if term.basis not in SESSION_BASES or term.basis == "revenue":
                raise ValidationError(
                    self.env._(
                        "Term %s: only prices of a session itself can be its sale. Untick 'Sale of the Session'.",
                        term.name,
                    )
                )
            if "tiered" in term.version_ids.mapped("price_kind"):
                raise ValidationError(
                    self.env._(
                        "Term %s: with tiers, what one session earns depends on the others. Untick 'Sale of the Session', or "
                        "give the term another kind of price.",
                        term.name,
                    )
                )

    @api.constrains("basis")
    def _check_versions_make_sense(self):
        """What fits a price per kWh need not fit a fee."""
        self.version_ids._check_makes_sense()
        self.version_ids._check_has_days()

    @api.constrains("date_end")
    def _check_versions_have_days(self):
        self.version_ids._check_has_days()

    @api.constrains("contract_id", "version_ids")
    def _check_has_price(self):
        """A running contract has no term that says nothing."""
        for contract in self.contract_id.filtered(lambda contract: contract.state == "active"):
            contract._check_billable()

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

    def copy_data(self, default=None):
        """A copied sale begins after the days whose revenue is shared out already: they had their seller.

        Where it had ended by then, nothing is left that it says.
        """
        self.check_access("create")
        copies = super().copy_data(default)
        for term, vals in zip(self, copies, strict=True):
            closed = term.is_sale and term._get_revenue_closed_until()
            if closed and "version_ids" in vals:
                vals["version_ids"] = _begin_after(closed, vals["version_ids"], term.date_end)
        return copies

    def write(self, vals):
        for field in {"basis", "direction", "contract_id", "is_sale"} & vals.keys():
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
                if field != "contract_id" and vals[field] != term[field]:
                    term._check_not_sold(field)
        if "date_end" in vals:
            end = fields.Date.to_date(vals["date_end"])
            self._check_not_revived(end)
            self.filtered("is_sale")._check_sold_until(end)
        return super().write(vals)

    def _check_not_sold(self, name):
        """What closed revenue shares were worked out from neither becomes a sale nor stops to be one.

        :param name: the field that is about to change
        """
        closed = self._get_sold_until() if name == "is_sale" or self.is_sale else None
        if closed:
            raise UserError(
                self.env._(
                    "Term %(term)s: revenue is shared out up to %(day)s with it as it is, so its %(field)s cannot change. End "
                    "it, and add another term from a later day.",
                    term=self.name,
                    day=format_date(self.env, closed),
                    field=self._fields[name]._description_string(self.env),
                )
            )

    def _check_sold_until(self, date_end):
        """Refuse an end of these sale terms, or a later one, that changes what revenue shares were closed with."""
        for term in self:
            closed, ends = term._get_sold_until(), sorted(filter(None, (term.date_end, date_end)))
            if closed and date_end != (term.date_end or None) and ends[0] < closed:
                raise UserError(
                    self.env._(
                        "Term %(term)s: revenue is shared out up to %(day)s with it as it is, so its End can neither lie before "
                        "that day nor move there. Add another term from a later day.",
                        term=term.name,
                        day=format_date(self.env, closed),
                    )
                )

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
        self.filtered("is_sale").version_ids._check_history()

    # ----------------------------------------------------------------- business

    def _get_closed_until(self):
        """The day up to which what this term says is settled; None where nothing is.

        A sale term also stands under the revenue shares that other contracts were closed with.
        """
        self.ensure_one()
        days = [self.contract_id._get_closed_until(), self.is_sale and self._get_revenue_closed_until()]
        return max(filter(None, days), default=None)

    def _get_sold_until(self):
        """The day up to which revenue is shared out, if a version of this term begins by then; or else None."""
        self.ensure_one()
        closed = self._get_revenue_closed_until()
        return closed if closed and any(day <= closed for day in self.version_ids.mapped("date_from")) else None

    def _get_revenue_closed_until(self):
        """The day up to which revenue shares of the company are settled, or None: what was sold until then stays."""
        self.env["ev.statement"].flush_model(["state"])
        [(day,)] = self.env.execute_query(
            SQL(
                """SELECT max(s.period_end) FROM ev_statement s
                    WHERE s.company_id = %s AND s.state NOT IN ('draft', 'control')
                      AND EXISTS (SELECT 1 FROM ev_statement_line l WHERE l.statement_id = s.id AND l.basis = 'revenue')""",
                self.company_id.id,
            )
        )
        return day

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
            LEFT JOIN ev_site site ON site.id = c.site_id
            LEFT JOIN ev_cdr cdr ON cdr.id = c.cdr_id
                WHERE c.term_id = %s""",
                self._origin.id,
            )
        )
        return day


def _begin_after(closed, commands, date_end):
    """Those versions of a copied term that say something about later days; the first of them begins the day after.

    :param closed: the last day that is settled
    :param commands: Command.create rows of versions
    :param date_end: the term's last day, or False
    """
    first = closed + timedelta(days=1)
    if date_end and date_end < first:
        return []
    versions = sorted((vals for *_command, vals in commands), key=lambda vals: vals["date_from"])
    early = [dict(vals, date_from=first) for vals in versions if vals["date_from"] <= first]
    return [Command.create(vals) for vals in early[-1:] + [vals for vals in versions if vals["date_from"] > first]]
