from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.base.models.res_partner import _tz_get


class EvSite(models.Model):
    """A place with charging stations: one address, one timezone, one host at a time."""

    _name = "ev.site"
    _description = "Charging Site"
    _inherit = ["mail.thread"]
    _order = "name, id"

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    street = fields.Char()
    zip = fields.Char("ZIP")
    city = fields.Char()
    country_id = fields.Many2one("res.country", default=lambda self: self.env.company.country_id)
    tz = fields.Selection(
        _tz_get,
        "Timezone",
        required=True,
        default=lambda self: self.env.company.partner_id.tz or self.env.user.tz or "Europe/Paris",
        help="Calendars (days, months, time-of-use bands) of the sessions here follow this clock.",
    )
    host_ids = fields.One2many("ev.site.host", "site_id", "Hosts over Time")
    host_id = fields.Many2one(
        "res.partner", compute="_compute_host_id", search="_search_host_id", help="The host today."
    )
    station_ids = fields.One2many("ev.station", "site_id", "Stations")
    station_count = fields.Integer(compute="_compute_station_count")
    cdr_count = fields.Integer("Sessions", compute="_compute_cdr_count")

    _name_company_uniq = models.Constraint(
        "UNIQUE(name, company_id)", "A site with this name already exists in this company."
    )

    @api.depends("host_ids.partner_id", "host_ids.date_from")
    def _compute_host_id(self):
        today = fields.Date.context_today(self)
        for site in self:
            site.host_id = site._host_at(today)

    def _search_host_id(self, operator, value):
        if operator not in ("in", "="):
            return NotImplemented
        # The host today is the latest row not in the future, whatever partner it names.
        self.env["ev.site.host"].flush_model()
        today = fields.Date.context_today(self)
        self.env.cr.execute(
            """SELECT DISTINCT ON (site_id) site_id, partner_id FROM ev_site_host
                WHERE date_from <= %s ORDER BY site_id, date_from DESC""",
            [today],
        )
        rows = self.env.cr.fetchall()
        wanted = set(value) if operator == "in" else {value}
        hosted = {site for site, partner in rows if partner}
        found = [site for site, partner in rows if partner in wanted]
        if False in wanted:
            return ["|", ("id", "in", found), ("id", "not in", list(hosted))]
        return [("id", "in", found)]

    def write(self, vals):
        if "tz" in vals:
            for site in self.filtered(lambda site: site.tz != vals["tz"]):
                if self.env["ev.cdr"].sudo().search_count([("site_id", "=", site.id)], limit=1):
                    raise UserError(
                        self.env._(
                            "Site %s already has sessions, put into months by its timezone: it cannot change any more. Register "
                            "a new site if it was wrong.",
                            site.name,
                        )
                    )
        return super().write(vals)

    def _compute_station_count(self):
        counts = dict(self.env["ev.station"]._read_group([("site_id", "in", self.ids)], ["site_id"], ["__count"]))
        for site in self:
            site.station_count = counts.get(site, 0)

    def _compute_cdr_count(self):
        counts = {}
        if self.env["ev.cdr"].has_access("read"):
            counts = dict(self.env["ev.cdr"]._read_group([("site_id", "in", self.ids)], ["site_id"], ["__count"]))
        for site in self:
            site.cdr_count = counts.get(site, 0)

    # ------------------------------------------------------------------ actions

    def action_open_stations(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("ev_cpms.ev_station_action")
        return dict(action, domain=[("site_id", "in", self.ids)], context={"default_site_id": self.id})

    def action_open_cdrs(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("ev_cpms.ev_cdr_action")
        return dict(action, domain=[("site_id", "in", self.ids)], context={})

    # ----------------------------------------------------------------- business

    def _get_billed_until(self):
        """Return the last local day this site's sessions are billed for, or False. Billing addons know; facts do not."""
        self.ensure_one()
        return False

    def _host_at(self, day):
        """Return the partner (or an empty recordset) hosting this site on the local ``day``."""
        self.ensure_one()
        rows = self.host_ids.filtered(lambda host: host.date_from and host.date_from <= day)
        return max(rows, key=lambda host: host.date_from).partner_id if rows else self.env["res.partner"]
