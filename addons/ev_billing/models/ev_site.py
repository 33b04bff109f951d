from functools import lru_cache

import holidays

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .ev_statement import OPEN_STATES


@lru_cache(maxsize=512)
def public_holidays(country, region, year):
    """The public holidays of a country (ISO code) or one of its regions in a year.

    :rtype: frozenset[date]
    :raises NotImplementedError: nobody knows that country or region
    """
    return frozenset(holidays.country_holidays(country, subdiv=region or None, years=year))


class EvSite(models.Model):
    _inherit = "ev.site"

    holiday_region = fields.Char(
        "Holidays of Region",
        help="For prices that ask for public holidays: the region's code where its holidays differ from the country's, such as "
        "BY for Bavaria or 57 for Moselle.",
    )

    @api.constrains("holiday_region", "country_id")
    def _check_holiday_region(self):
        for site in self.filtered("holiday_region"):
            if not site.country_id:
                raise ValidationError(self.env._("%s: holidays of a region need the site's Country.", site.name))
            site._find_holidays(fields.Date.context_today(site).year)

    def _find_holidays(self, year):
        """The site's public holidays of a year; none where it has no country.

        :rtype: frozenset[date]
        :raises ValidationError: the country or region is unknown
        """
        self.ensure_one()
        if not self.country_id:
            return frozenset()
        try:
            return public_holidays(self.country_id.code, self.holiday_region or None, year)
        except NotImplementedError as error:
            raise ValidationError(
                self.env._(
                    "%(site)s: no public holidays are known for %(country)s %(region)s: correct the site's Country or "
                    "Holidays of Region, or use bands that treat holidays like other days.",
                    site=self.name,
                    country=self.country_id.name,
                    region=self.holiday_region or "",
                )
            ) from error

    def _get_holidays(self, since):
        """{site id: public holidays from that day's year to next year's end}."""
        years = range(since.year, fields.Date.context_today(self).year + 2)
        return {site.id: frozenset().union(*(site._find_holidays(year) for year in years)) for site in self}

    def _get_billed_until(self):
        """The last day this site is billed up to: its hosts and its clock do not change before the day after.

        :return: the end of the last approved (or later) statement with a charge here, False where there is none
        """
        self.ensure_one()
        domain = [("site_id", "=", self.id), ("statement_id.state", "not in", OPEN_STATES)]
        lines = self.env["ev.statement.line"].sudo().search(domain)
        return max(lines.statement_id.mapped("period_end"), default=False)
