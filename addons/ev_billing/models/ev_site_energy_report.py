from odoo import api, fields, models
from odoo.tools import SQL

from ..rating import month_of

# Register differences go from session to session, so that a new meter (the register starts lower) counts from its own start.
_SESSIONS = """
SELECT site_id, sum(energy)::bigint, sum(counted)::bigint FROM (
       SELECT s.site_id, s.energy_wh AS energy,
              s.meter_stop_wh - s.meter_start_wh
              + CASE WHEN s.in_month AND lag(s.in_month) OVER chain
                     THEN GREATEST(s.meter_start_wh - lag(s.meter_stop_wh) OVER chain, 0) ELSE 0 END AS counted
         FROM ev_check_session s WHERE s.in_month WINDOW chain AS (PARTITION BY s.evse_id ORDER BY s.date_start, s.id)) of_month
 GROUP BY site_id
"""
_METERED = """
SELECT m.site_id, sum(m.energy_kwh * (LEAST(m.date_to, %(last)s) - GREATEST(m.date_from, %(first)s) + 1)
                      / (m.date_to - m.date_from + 1)),
       bool_or(m.date_from < %(first)s OR m.date_to > %(last)s)
  FROM ev_site_metering m
 WHERE m.site_id = ANY(%(sites)s) AND m.date_from <= %(last)s AND m.date_to >= %(first)s GROUP BY 1
"""


class EvSiteEnergyReport(models.Model):
    """Per site and month: what the sessions took, what the registers counted, what the supplier metered.

    Kept by every check of the month, so that the screen opens at once however many sessions there are.
    """

    _name = "ev.site.energy.report"
    _description = "Completeness of Energy"
    _order = "month desc, site_id"
    _log_access = False
    _rec_name = "site_id"

    site_id = fields.Many2one("ev.site", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    month = fields.Date(required=True, readonly=True)
    session_kwh = fields.Float("Sessions (kWh)", digits=(16, 3), readonly=True)
    register_kwh = fields.Float(
        "Registers (kWh)",
        digits=(16, 3),
        readonly=True,
        help="From the first meter start to the last meter stop of each EVSE.",
    )
    metered_kwh = fields.Float("Supplier (kWh)", digits=(16, 3), readonly=True)
    has_metered = fields.Boolean("Metered", readonly=True)
    metered_estimated = fields.Boolean(
        "By Days", readonly=True, help="The supplier's number covers other days than the month: shared out by days."
    )
    register_difference = fields.Float("Registers - Sessions (kWh)", digits=(16, 3), readonly=True)
    metered_difference = fields.Float("Supplier - Sessions (kWh)", digits=(16, 3), readonly=True)

    _site_month_uniq = models.Constraint("UNIQUE(site_id, month)", "A site has one row a month.")

    @api.model
    def _refresh(self, check):
        """Keep the checked month's rows, one per site with sessions or metered energy."""
        energy = {row[0]: row[1:] for row in check.env.execute_query(SQL(_SESSIONS))}
        sites = [window[0] for window in check.windows]
        metered = self._get_metered(sites, check.span)
        self.search([("company_id", "=", check.company.id), ("month", "=", check.span.start)]).unlink()
        self.create(
            [
                {
                    "site_id": site,
                    "company_id": check.company.id,
                    "month": check.span.start,
                    "session_kwh": energy.get(site, (0, 0))[0] / 1000,
                    "register_kwh": (energy.get(site, (0, 0))[1] or 0) / 1000,
                    "register_difference": ((energy.get(site, (0, 0))[1] or 0) - energy.get(site, (0, 0))[0]) / 1000,
                    **self._prepare_metered(metered.get(site), energy.get(site, (0, 0))[0] / 1000),
                }
                for site in sites
                if site in energy or site in metered
            ]
        )

    @api.model
    def _refresh_metered(self, sites):
        """The supplier's numbers of these sites changed."""
        rows = self.search([("site_id", "in", sites.ids)])
        for month, group in rows.grouped("month").items():
            metered = self._get_metered(group.site_id.ids, month_of(month))
            for row in group:
                row.write(self._prepare_metered(metered.get(row.site_id.id), row.session_kwh))

    @api.model
    def _get_metered(self, sites, span):
        """{site: (kWh, whether shared out by days)}."""
        self.env["ev.site.metering"].flush_model()
        last = fields.Date.subtract(span.end, days=1)
        rows = self.env.execute_query(SQL(_METERED, sites=sites, first=span.start, last=last))
        return {site: (kwh, shared) for site, kwh, shared in rows}

    @api.model
    def _prepare_metered(self, metered, session_kwh):
        kwh, shared = metered or (0, False)
        return {
            "metered_kwh": kwh,
            "has_metered": metered is not None,
            "metered_estimated": shared,
            "metered_difference": kwh - session_kwh if metered else 0,
        }

    def action_open_sessions(self):
        """The sessions of the site, most recent first."""
        self.ensure_one()
        self.check_access("read")
        starts, ends = month_of(self.month).epochs(self.site_id.tz)
        action = self.env["ir.actions.act_window"]._for_xml_id("ev_cpms.ev_cdr_action")
        bounds = [fields.Datetime.to_string(_utc(moment)) for moment in (starts, ends)]
        domain = [("site_id", "=", self.site_id.id), ("date_stop", ">=", bounds[0]), ("date_stop", "<", bounds[1])]
        return dict(action, domain=domain, context={})


def _utc(epoch):
    return fields.Datetime.add(fields.Datetime.to_datetime("1970-01-01"), seconds=epoch)
