from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..rating import SESSION_BASES, UNITS
from .ev_contract_term import BASES, DIRECTIONS

CORRECTIONS = [
    ("regular", "Regular"),
    ("late", "Late session"),
    ("credit", "Session taken back"),
    ("replacement", "Session corrected"),
    ("true_up", "Price known by now"),
    ("amended", "Terms changed since"),
    ("limit", "Minimum or cap"),
]


class EvStatementLine(models.Model):
    """Charges of one term version at one site, added up exactly and rounded once.

    Late and corrected sessions have lines of their own, one per month they belong to, so that the partner sees them.
    """

    _name = "ev.statement.line"
    _description = "EV Charging Statement Line"
    _order = "statement_id, number, id"
    _log_access = False

    statement_id = fields.Many2one("ev.statement", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    currency_id = fields.Many2one(related="statement_id.currency_id")
    number = fields.Integer("No.", readonly=True, aggregator=None)
    name = fields.Char("Description", required=True, readonly=True)
    term_id = fields.Many2one("ev.contract.term", required=True, readonly=True, ondelete="restrict")
    version_id = fields.Many2one(
        "ev.contract.term.version", "Terms Version", required=True, readonly=True, ondelete="restrict"
    )
    direction = fields.Selection(DIRECTIONS, required=True, readonly=True)
    basis = fields.Selection(BASES, required=True, readonly=True)
    product_id = fields.Many2one("product.product", required=True, readonly=True, ondelete="restrict")
    site_id = fields.Many2one("ev.site", readonly=True, ondelete="restrict", help="Empty for the contract as a whole.")
    correction = fields.Selection(CORRECTIONS, required=True, readonly=True, default="regular")
    origin_period = fields.Date("Month It Belongs To", readonly=True)
    origin_statement_id = fields.Many2one(
        "ev.statement", "Corrects Statement", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    charge_count = fields.Integer("Charges", readonly=True)
    quantity = fields.Float(digits=(16, 6), readonly=True)
    price_unit = fields.Float(
        "Unit Price", digits=(16, 6), readonly=True, aggregator=None, help="On average, where the price varies."
    )
    is_average = fields.Boolean(
        "Average Price", readonly=True, help="Prices differ from session to session: see the annex."
    )
    provisional = fields.Boolean(
        readonly=True, help="Stands on index values that are not final: a later statement brings the difference."
    )
    amount_exact = fields.Float("Before Rounding", digits=(16, 6), readonly=True)
    amount = fields.Monetary(readonly=True)

    def _get_unit(self, quantity=1):
        """The unit as it is written after that quantity."""
        self.ensure_one()
        one = abs(quantity) == 1
        words = {
            "session": self.env._("session") if one else self.env._("sessions"),
            "charger_month": self.env._("charger-month") if one else self.env._("charger-months"),
            "badge_month": self.env._("badge-month") if one else self.env._("badge-months"),
            "sim_month": self.env._("SIM-month") if one else self.env._("SIM-months"),
            "site_month": self.env._("site-month") if one else self.env._("site-months"),
            "user_month": self.env._("user-month") if one else self.env._("user-months"),
            "month": self.env._("month") if one else self.env._("months"),
            "period": self.env._("period") if one else self.env._("periods"),
            "one_off": self.env._("unit") if one else self.env._("units"),
            "revenue": self.env._("%s revenue", self.currency_id.name),
        }
        return words.get(self.basis, UNITS[self.basis])

    @api.model
    def _get_description(self, term, site, correction, origin_period, origin_statement=None):
        """How the line reads on the document, in the language of the environment."""
        parts = [term.name] + ([site.name] if site else [])
        month = origin_period and format_date(self.env, origin_period, date_format="MMMM yyyy")
        if correction == "late" and term.basis not in SESSION_BASES:
            parts.append(self.env._("late, for %s", month))
        elif correction == "late":
            parts.append(self.env._("late sessions of %s", month))
        elif correction == "credit":
            parts.append(self.env._("correction: sessions of %s taken back", month))
        elif correction == "replacement":
            parts.append(self.env._("correction: sessions of %s as corrected", month))
        elif correction == "amended":
            parts.append(self.env._("terms of %s changed since", month))
        elif correction == "true_up":
            parts.append(
                self.env._("final prices of %(month)s, billed on %(name)s", month=month, name=origin_statement.name)
            )
        elif correction == "limit":
            parts.append(self.env._("minimum or cap of the period from %s", month))
        if origin_statement and correction != "true_up":
            parts.append(self.env._("billed on %s", origin_statement.name))
        return " - ".join(parts)

    def _get_provisional_name(self):
        """The description with what the partner has to know: the price is not final."""
        line = self.with_context(lang=self.statement_id.partner_id.lang)
        return line.env._("%s (provisional price, the difference follows)", self.name)

    @api.model_create_multi
    def create(self, vals_list):
        self._check_open(self.env["ev.statement"].browse({vals["statement_id"] for vals in vals_list}))
        return super().create(vals_list)

    def write(self, vals):
        self._check_open(self.statement_id)
        return super().write(vals)

    def unlink(self):
        self._check_open(self.statement_id)
        return super().unlink()

    @api.model
    def _check_open(self, statements):
        for statement in statements:
            if statement._is_closed():
                raise UserError(statement._say_closed(self.env._("its lines cannot change any more")))
