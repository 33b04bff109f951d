"""Which sites a partner hosts or hosted, on which days, and what it may know of them."""

from collections import namedtuple

from odoo import api, models
from odoo.tools import SQL

# spans: [(first day, last day or None)]; stations: [(name, [(evse name, power type, kW)])], none of a site it no longer hosts
PortalSite = namedtuple("PortalSite", "id name address spans current stations")


class EvSite(models.Model):
    _inherit = "ev.site"

    @api.model
    def _get_hosted_sql(self, partner_ids, companies):
        """SELECT site_id, since, until, day_from, day_to: when these partners host sites, as UTC moments [since, until) and as
        local days; open spans end at infinity (day_to: NULL).

        The latest row not after a day is the host of that day; rows of other partners end a span.
        """
        self.flush_model(["tz", "company_id"])
        self.env["ev.site.host"].flush_model()
        return SQL(
            """SELECT host.site_id, timezone('UTC', timezone(s.tz, host.date_from::timestamp)) AS since,
                      COALESCE(timezone('UTC', timezone(s.tz, host.date_to::timestamp)), 'infinity'::timestamp) AS until,
                      host.date_from AS day_from, host.date_to AS day_to
                 FROM (SELECT site_id, partner_id, date_from,
                              lead(date_from) OVER (PARTITION BY site_id ORDER BY date_from) AS date_to
                         FROM ev_site_host) AS host
                 JOIN ev_site s ON s.id = host.site_id
                WHERE host.partner_id = ANY(%s) AND s.company_id = ANY(%s)""",
            list(partner_ids),
            companies.ids,
        )

    @api.model
    def _find_for_portal(self, partner, companies, today):
        """The sites a partner (its commercial partner with all its contacts) hosts or hosted by a day, those of today first.

        :param today: date on the viewer's clock
        :rtype: list[PortalSite]
        """
        ids = self.env["ev.cdr"]._get_portal_partners(partner)
        rows = self.env.execute_query(
            SQL(
                "SELECT site_id, day_from, day_to FROM (%s) AS hosted WHERE day_from <= %s ORDER BY site_id, day_from",
                self._get_hosted_sql(ids, companies),
                today,
            )
        )
        spans = {}
        for site_id, start, end in rows:
            spans.setdefault(site_id, []).append((start, end))
        sites = self.sudo().browse(spans)
        found = [site._describe_for_portal(_joined(spans[site.id]), today) for site in sites]
        return sorted(found, key=lambda site: (not site.current, site.name))

    def _describe_for_portal(self, spans, today):
        current = any(end is None or end > today for start, end in spans)
        stations = self.station_ids.sorted("identity") if current else ()
        return PortalSite(
            self.id,
            self.name,
            ", ".join(filter(None, [self.street, " ".join(filter(None, [self.zip, self.city]))])),
            spans,
            current and self.active,
            [
                (
                    station.name or station.identity,
                    [
                        (evse.evse_id or str(evse.number), evse.power_type, evse.max_power_kw)
                        for evse in station.evse_ids.sorted("number")
                    ],
                )
                for station in stations
            ],
        )


def _joined(spans):
    """Spans that touch (the host's row was written anew) as one."""
    joined = []
    for start, end in spans:
        if joined and joined[-1][1] == start:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined
