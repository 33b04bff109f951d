from odoo import api, fields, models
from odoo.exceptions import ValidationError


class EvClearingVat(models.Model):
    """Which fiscal position makes the VAT of a country, for eMSPs that are no taxable dealers."""

    _name = "ev.clearing.vat"
    _description = "VAT by Country of Charging"
    _order = "company_id, country_id"
    _rec_name = "country_id"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    country_id = fields.Many2one("res.country", "Cars Charged in", required=True, ondelete="restrict")
    fiscal_position_id = fields.Many2one(
        "account.fiscal.position", required=True, ondelete="restrict", check_company=True
    )

    _country_uniq = models.Constraint("UNIQUE(company_id, country_id)", "This country has its fiscal position already.")

    @api.constrains("fiscal_position_id")
    def _check_taxes(self):
        """A fiscal position that maps no tax takes every tax off a document (`account.fiscal.position.map_tax`)."""
        for row in self:
            if not row.fiscal_position_id.tax_ids:
                raise ValidationError(
                    self.env._(
                        "Fiscal position %(position)s has no taxes, so documents for %(country)s would carry none: give it the "
                        "country's taxes first.",
                        position=row.fiscal_position_id.name,
                        country=row.country_id.name,
                    )
                )

    @api.model
    def _get_positions(self, company):
        """{country id: account.fiscal.position record} that a company has entered."""
        rows = self.sudo().search([("company_id", "=", company.id)])
        return {row.country_id.id: row.fiscal_position_id for row in rows}
