from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..rating import Span
from .ev_price_mixin import PRICED


class EvSupplyContract(models.Model):
    """What the energy costs at a site at a moment: the other side of the margin."""

    _name = "ev.supply.contract"
    _description = "Energy Supply Contract"
    _inherit = ["ev.price.mixin", "mail.thread"]
    _order = "site_id, date_from desc"
    _check_company_auto = True

    name = fields.Char("Reference", required=True, help="As on the supplier's invoices.")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one("res.currency", required=True, default=lambda self: self.env.company.currency_id)
    site_id = fields.Many2one("ev.site", required=True, index=True, ondelete="restrict", check_company=True)
    partner_id = fields.Many2one("res.partner", "Supplier", ondelete="restrict", check_company=True)
    paid_by = fields.Selection(
        [("host", "The host"), ("operator", "The operator")],
        required=True,
        default="host",
        help="The operator's own supply is a cost of the session; the host's is what its reimbursement stands against.",
    )
    date_from = fields.Date("From", required=True, tracking=True)
    date_to = fields.Date("To", tracking=True, help="The last day; empty while it runs on.")
    band_ids = fields.One2many("ev.price.band", "supply_id", "Bands", copy=True)

    _dates_check = models.Constraint(
        "CHECK(date_to IS NULL OR date_from <= date_to)",
        "The supply contract's end lies before its start: correct one of the two dates.",
    )

    @api.constrains("site_id", "date_from", "date_to", "paid_by", "active")
    def _check_overlap(self):
        """One supply at a time, or the cost of a kWh would be a guess."""
        for contract in self.filtered("active"):
            rivals = self.search([("site_id", "=", contract.site_id.id), ("id", "!=", contract.id)])
            for rival in rivals:
                if contract._get_span() & rival._get_span():
                    raise ValidationError(
                        self.env._(
                            "%(site)s already has supply contract %(rival)s in that time: end it before %(name)s begins.",
                            site=contract.site_id.name,
                            rival=rival.name,
                            name=contract.name,
                        )
                    )

    @api.constrains(*PRICED, "band_ids", "currency_id")
    def _check_price(self):
        for contract in self:
            if contract.price_kind in ("tiered", "tariff"):
                raise ValidationError(
                    self.env._(
                        "%s: the cost of energy is fixed, by time of use, or indexed; choose one of these.",
                        contract.name,
                    )
                )
            contract._get_prices()
            contract._check_price_sense()
            contract._check_same_currency(contract.currency_id, contract.name)

    def _get_price_bands(self):
        return self.band_ids

    def _get_price_name(self):
        return self.name

    def _get_span(self):
        self.ensure_one()
        return Span(self.date_from, fields.Date.add(self.date_to, days=1) if self.date_to else None)
