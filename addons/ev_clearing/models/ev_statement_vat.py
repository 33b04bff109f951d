"""VAT by the country where the cars were charged (EU VAT directive, articles 38 and 39: electricity is sold where it is used).

A taxable dealer is taxed where it is established: its documents are what Odoo's own detection makes of the partner (across a
border: reverse charge). Any other eMSP pays the VAT of each country: one document per country, each with that country's fiscal
position. Fees without a site go with the partner's own.

Where all of a statement is in the company's own country, nobody entered a fiscal position for it, and the buyer is at home there
too, nothing changes.
"""

from odoo import models


class EvStatement(models.Model):
    _inherit = "ev.statement"

    def _split_lines(self, direction, lines):
        groups = super()._split_lines(direction, lines)
        return [part for group in groups for part in self._split_by_country(direction, group)]

    def _split_by_country(self, direction, lines):
        """Lines by the country they are taxed in, the company's own first; not split where that says nothing."""
        if not self._is_taxed_by_country(direction, lines):
            return [lines]
        home, parts = self._get_home(), {}
        for line in lines:
            parts.setdefault(_get_country(line), []).append(line)
        return [
            parts[country] for country in sorted(parts, key=lambda country: (country not in home, country.code or ""))
        ]

    def _is_taxed_by_country(self, direction, lines):
        """Whether the countries of these lines decide on their VAT."""
        contract = self.contract_id.sudo()
        if direction != "charge" or contract.role != "emsp" or contract._is_proven_dealer():
            return False
        countries = {country for line in lines if (country := _get_country(line))}
        if not countries:
            return False
        if self._is_buyer_abroad():
            return True
        entered = self.env["ev.clearing.vat"]._get_positions(self.company_id)
        return any(country not in self._get_home() or country.id in entered for country in countries)

    def _is_buyer_abroad(self):
        """Odoo's own detection would take a buyer abroad for a taxable dealer: its VAT number means reverse charge there."""
        country = self.contract_id.sudo().partner_id.commercial_partner_id.country_id
        return bool(country) and country not in self._get_home()

    def _get_home(self):
        """The countries in which the company's own taxes are the right ones."""
        return self.company_id.account_fiscal_country_id | self.company_id.country_id

    def _prepare_move(self, plan, invoice_date):
        values = super()._prepare_move(plan, invoice_date)
        direction = plan.lines[0].record.direction
        country = _get_country(plan.lines[0])
        if country and self._is_taxed_by_country(direction, self._get_lines_of(direction)):
            values["fiscal_position_id"] = self._get_country_position(country).id
        return values

    def _get_lines_of(self, direction):
        return [line for line in self._get_exact_lines() if line.record.direction == direction]

    def _get_country_position(self, country):
        """The fiscal position for cars charged in a country: the one entered for it; at home none, which leaves the company's
        own taxes; elsewhere what Odoo finds for a buyer there.

        The buyer's own VAT number plays no part: with it Odoo would look at the buyer's country instead of the place of
        charging, or charge in reverse, which is for taxable dealers.
        """
        entered = self.env["ev.clearing.vat"]._get_positions(self.company_id).get(country.id)
        if entered:
            return entered
        if country in self._get_home():
            return self.env["account.fiscal.position"]
        place = self.env["res.partner"].sudo().new({"name": country.name, "country_id": country.id})
        return self.env["account.fiscal.position"].sudo().with_company(self.company_id)._get_fiscal_position(place)


def _get_country(line):
    """The country of a line's site; empty for a fee."""
    return line.record.site_id.sudo().country_id
