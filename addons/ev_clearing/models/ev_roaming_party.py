"""Who an eMSP is on the wire: OCPI names it by a country and three characters (OCPI 2.2.1 6.1.1: `country_code`, `party_id`)."""

import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError

COUNTRY = re.compile(r"[A-Z]{2}")
PARTY = re.compile(r"[A-Z0-9]{3}")


class EvRoamingParty(models.Model):
    """One country and party id of a partner; a partner may have several."""

    _name = "ev.roaming.party"
    _description = "Roaming Party"
    _order = "country_code, party_id"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    partner_id = fields.Many2one(
        "res.partner", "eMSP", required=True, index=True, ondelete="restrict", check_company=True
    )
    country_code = fields.Char("Country", required=True, size=2)
    party_id = fields.Char("Party ID", required=True, size=3)
    note = fields.Char()

    _party_uniq = models.Constraint(
        "UNIQUE(company_id, country_code, party_id)", "This country and party id is already a partner's: open that one."
    )

    @api.depends("country_code", "party_id", "partner_id.name")
    def _compute_display_name(self):
        for party in self:
            party.display_name = f"{party.country_code or ''}*{party.party_id or ''} · {party.partner_id.name or ''}"

    @api.constrains("country_code", "party_id")
    def _check_codes(self):
        for party in self:
            if not (COUNTRY.fullmatch(party.country_code) and PARTY.fullmatch(party.party_id)):
                raise ValidationError(
                    self.env._(
                        "%(country)s*%(party)s: a party is two letters for the country and three letters or digits, such as "
                        "FR*ABC.",
                        country=party.country_code,
                        party=party.party_id,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._in_capitals(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._in_capitals(vals))

    @api.model
    def _in_capitals(self, vals):
        codes = {name: vals[name].strip().upper() for name in ("country_code", "party_id") if vals.get(name)}
        return vals | codes

    @api.model
    def _find_partners(self, company):
        """{(country code, party id): res.partner id} of a company's parties."""
        return {
            (party.country_code, party.party_id): party.partner_id.id
            for party in self.sudo().search([("company_id", "=", company.id)])
        }
