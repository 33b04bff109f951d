from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..rating import Span


class EvSiteMetering(models.Model):
    """What the energy supplier metered at a site over some days: the independent number the sessions are compared with."""

    _name = "ev.site.metering"
    _description = "Metered Energy"
    _order = "date_from desc, site_id"
    _check_company_auto = True

    site_id = fields.Many2one("ev.site", required=True, index=True, ondelete="restrict", check_company=True)
    company_id = fields.Many2one(related="site_id.company_id", store=True, index=True)
    date_from = fields.Date("From", required=True)
    date_to = fields.Date("To", required=True, help="The last day, included.")
    energy_kwh = fields.Float("Energy (kWh)", digits=(16, 3), required=True)
    source = fields.Char(help="The supplier, or where the number was read.")
    imported = fields.Boolean(readonly=True)
    reference = fields.Char(help="The invoice or meter reading it is from.")
    note = fields.Text()

    _site_period_uniq = models.Constraint(
        "UNIQUE(site_id, date_from, date_to)", "This site already has a number for these days: change that one."
    )
    _dates_check = models.Constraint("CHECK(date_from <= date_to)", "The last day lies before the first.")
    _energy_check = models.Constraint("CHECK(energy_kwh >= 0)", "Metered energy cannot be negative.")

    @api.depends("site_id.name", "date_from", "date_to")
    def _compute_display_name(self):
        for period in self:
            period.display_name = f"{period.site_id.name}: {period.date_from} - {period.date_to}"

    @api.constrains("site_id", "date_from", "date_to")
    def _check_overlap(self):
        """Two numbers for one day would count its energy twice."""
        for period in self:
            domain = [
                ("site_id", "=", period.site_id.id),
                ("id", "!=", period.id),
                ("date_from", "<=", period.date_to),
                ("date_to", ">=", period.date_from),
            ]
            if other := self.sudo().search(domain, limit=1):
                raise ValidationError(
                    self.env._(
                        "%(period)s: some of these days are already in %(other)s. Change that one.",
                        period=period.display_name,
                        other=other.display_name,
                    )
                )

    # --------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        self.check_access("create")
        periods = super().create(vals_list)
        periods._refresh_report(periods.site_id)
        return periods

    def write(self, vals):
        sites = self.site_id
        result = super().write(vals)
        self._refresh_report(sites | self.site_id)
        return result

    def unlink(self):
        sites = self.site_id
        result = super().unlink()
        self._refresh_report(sites)
        return result

    # ----------------------------------------------------------------- business

    def _refresh_report(self, sites):
        self.env["ev.site.energy.report"].sudo()._refresh_metered(sites)

    def _get_span(self):
        self.ensure_one()
        return Span(self.date_from, fields.Date.add(self.date_to, days=1))

    def _get_metered_wh(self):
        self.ensure_one()
        return round(self.energy_kwh * 1000)

    def _get_session_wh(self):
        """Wh of the sessions that ended at the site on those days, on its clock; what was taken back counts negative.

        Sessions that are never billed count too: their energy flowed.
        """
        self.ensure_one()
        starts, ends = self._get_span().epochs(self.site_id.tz)
        [(energy,)] = self.env.execute_query(
            SQL(
                """SELECT COALESCE(sum(CASE WHEN credit THEN -energy_wh ELSE energy_wh END), 0)::bigint FROM ev_cdr
                    WHERE site_id = %s AND date_stop >= timezone('UTC', to_timestamp(%s))
                      AND date_stop < timezone('UTC', to_timestamp(%s))""",
                self.site_id.id,
                starts,
                ends,
            )
        )
        return energy
