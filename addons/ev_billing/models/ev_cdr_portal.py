"""Whose sessions somebody sees on the portal, and what is told of them. `ev.cdr` itself is closed to portal users.

A partner (its commercial partner with all its contacts) sees
    as host    the sessions that started at a site on a day on which it was the site's host; of the badge the last characters
    as holder  the sessions that a badge of it started, wherever that was; with its badge in full
Nothing else: no profile, no name, no reference of whoever charged. The rule stands in `_get_portal_rule` alone.

A page is read by key, not by number: it costs the same on the first and on the last page of a month. The indexes
(site_id, date_stop) and (partner_id, date_stop) give the sessions of a month; no page looks at another month.
"""

import re
from collections import namedtuple
from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

# Characters of a badge that a host sees, as in the annex (`reports/annex/sessions.py`).
SHOWN = 4
PAGE = 50
MARKS = ("estimated", "taken_back", "credit", "replacement")
NOTHING = SQL()
KEY = re.compile(r"(\d{1,16})-(\d{1,9})", re.ASCII)

# key: where it stands in the order; start, stop: seconds on the site's clock since 1970; seconds: how long it really took;
# wh counts negative on a credit; marks: some of MARKS; billed: list of PortalBilled
PortalSession = namedtuple(
    "PortalSession", "id key reference site_id site station evse start stop seconds tz wh badge holder marks billed"
)
PortalSum = namedtuple("PortalSum", "count wh seconds")
# What a session made on a partner's approved statements: signed as seen by the partner, six decimals.
PortalBilled = namedtuple("PortalBilled", "statement_id statement amount")


class EvCdr(models.Model):
    _inherit = "ev.cdr"

    @api.model
    def _find_for_portal(self, partner, companies, span, site_id=None, before=None, limit=PAGE):
        """The sessions that a partner may see, which ended in some days on their site's clock, the last ones first.

        :param partner: res.partner, of whom the commercial partner counts
        :param companies: res.company records the viewer belongs to
        :param span: rating.Span of local days
        :param site_id: of this site only
        :param before: the `key` of the last session of the page before
        :rtype: list[PortalSession]
        """
        ids = self._get_portal_partners(partner)
        rule = self._get_portal_rule(ids, companies, span, site_id, _after_key(before), limit)
        rows = self.env.execute_query(
            SQL(
                """SELECT c.id, (EXTRACT(EPOCH FROM c.date_stop) * 1000000)::bigint::text || '-' || c.id, c.external_id,
                          site.id, site.name, COALESCE(NULLIF(station.name, ''), station.identity),
                          COALESCE(NULLIF(evse.evse_id, ''), evse.number::text),
                          EXTRACT(EPOCH FROM timezone(site.tz, timezone('UTC', c.date_start)))::bigint,
                          EXTRACT(EPOCH FROM timezone(site.tz, timezone('UTC', c.date_stop)))::bigint,
                          EXTRACT(EPOCH FROM c.date_stop - c.date_start)::bigint, site.tz,
                          CASE WHEN c.credit THEN -c.energy_wh ELSE c.energy_wh END,
                          CASE WHEN seen.holder THEN COALESCE(token.uid, c.token_uid)
                               WHEN length(COALESCE(token.uid, c.token_uid)) > %(shown)s
                               THEN '...' || right(COALESCE(token.uid, c.token_uid), %(shown)s) END,
                          seen.holder, ARRAY_REMOVE(ARRAY[
                              CASE WHEN c.flags LIKE '%%estimated%%' THEN 'estimated' END,
                              CASE WHEN EXISTS (SELECT 1 FROM ev_cdr credit WHERE credit.credit_of_id = c.id)
                                   THEN 'taken_back' END,
                              CASE WHEN c.credit_of_id IS NOT NULL THEN 'credit' END,
                              CASE WHEN c.replaces_id IS NOT NULL THEN 'replacement' END], NULL)
                     FROM (SELECT id, bool_or(holder) AS holder FROM (%(rule)s) AS allowed GROUP BY id) AS seen
                     JOIN ev_cdr c ON c.id = seen.id JOIN ev_site site ON site.id = c.site_id
                     JOIN ev_station station ON station.id = c.station_id JOIN ev_evse evse ON evse.id = c.evse_id
                LEFT JOIN ev_token token ON token.id = c.token_id
                 ORDER BY c.date_stop DESC, c.id DESC LIMIT %(limit)s""",
                shown=SHOWN,
                rule=rule,
                limit=limit,
            )
        )
        billed = self._find_portal_billed([row[0] for row in rows], ids, companies)
        return [PortalSession(*row, billed.get(row[0], [])) for row in rows]

    @api.model
    def _sum_for_portal(self, partner, companies, span, site_id=None, hosted_only=False):
        """{site id: PortalSum} of the same sessions; a credit takes its energy back and is no session of its own.

        :param hosted_only: leave out what the partner sees as a badge's holder alone
        """
        ids = self._get_portal_partners(partner)
        rule = self._get_portal_rule(ids, companies, span, site_id)
        rows = self.env.execute_query(
            SQL(
                """SELECT c.site_id, count(*) FILTER (WHERE NOT COALESCE(c.credit, FALSE)),
                          SUM(CASE WHEN c.credit THEN -c.energy_wh ELSE c.energy_wh END)::bigint,
                          SUM(CASE WHEN c.credit THEN 0 ELSE EXTRACT(EPOCH FROM c.date_stop - c.date_start) END)::bigint
                     FROM (SELECT DISTINCT id FROM (%s) AS allowed WHERE NOT (holder AND %s)) AS seen
                     JOIN ev_cdr c ON c.id = seen.id
                 GROUP BY c.site_id""",
                rule,
                hosted_only,
            )
        )
        return {site: PortalSum(*sums) for site, *sums in rows}

    @api.model
    def _get_portal_days(self, partner, companies):
        """The first and the last UTC moment of the partner's sessions, roughly (a day and more around them is fine), or None.

        Read from the ends of the two indexes, site by site and contact by contact: no session in between is looked at.
        """
        ids = self._get_portal_partners(partner)
        [(first, last)] = self.env.execute_query(
            SQL(
                """SELECT min(ends.first), max(ends.last) FROM (
                       SELECT (SELECT min(date_stop) FROM ev_cdr WHERE site_id = hosted.site_id AND date_stop >= hosted.since),
                              (SELECT max(date_stop) FROM ev_cdr WHERE site_id = hosted.site_id
                                  AND date_stop < hosted.until + interval '30 days')
                         FROM (%s) AS hosted
                    UNION ALL
                       SELECT (SELECT min(date_stop) FROM ev_cdr WHERE partner_id = holder.id),
                              (SELECT max(date_stop) FROM ev_cdr WHERE partner_id = holder.id)
                         FROM unnest(%s) AS holder (id)) AS ends (first, last)""",
                self.env["ev.site"]._get_hosted_sql(ids, companies),
                ids,
            )
        )
        return (first, last) if first and last and first <= last else None

    # ------------------------------------------------------------------- rule

    @api.model
    def _get_portal_partners(self, partner):
        """Ids of the commercial partner and all below it, those archived too: as the record rules of statements see them."""
        partners = self.env["res.partner"].sudo().with_context(active_test=False)
        return partners.search([("id", "child_of", partner.commercial_partner_id.id)]).ids

    @api.model
    def _get_portal_rule(self, ids, companies, span, site_id=None, after=NOTHING, limit=None):
        """SELECT id, holder: which sessions these partners may see, and whether as the badge's holder. Rows may come twice.

        :param after: SQL on `c`, what a page begins behind
        :param limit: rows of each side that are enough
        """
        self.flush_model()
        self.env["ev.site.host"].flush_model()
        day = timedelta(days=1)
        # `+ interval '0'`: of two indexes the planner would read both, the one by start from end to end
        common = SQL(
            """c.company_id = ANY(%s) AND c.date_stop >= %s AND c.date_stop < %s
               AND c.date_stop >= timezone('UTC', timezone(site.tz, %s::timestamp))
               AND c.date_stop < timezone('UTC', timezone(site.tz, %s::timestamp)) %s %s""",
            list(companies.ids),
            span.start - day,
            span.end + day,
            span.start,
            span.end,
            SQL("AND c.site_id = %s", site_id) if site_id else SQL(),
            after,
        )
        page = SQL("ORDER BY c.date_stop DESC, c.id DESC LIMIT %s", limit) if limit else SQL()
        return SQL(
            """(SELECT c.id, FALSE AS holder FROM (%(hosted)s) AS hosted JOIN ev_site site ON site.id = hosted.site_id
                  JOIN ev_cdr c ON c.site_id = hosted.site_id
                   AND c.date_start + interval '0' >= hosted.since AND c.date_start + interval '0' < hosted.until
                 WHERE %(common)s %(page)s)
            UNION ALL
               (SELECT c.id, TRUE FROM ev_cdr c JOIN ev_site site ON site.id = c.site_id
                 WHERE c.partner_id = ANY(%(ids)s) AND %(common)s %(page)s)""",
            hosted=self.env["ev.site"]._get_hosted_sql(ids, companies),
            ids=ids,
            common=common,
            page=page,
        )

    # ----------------------------------------------------------------- amounts

    def _find_portal_billed(self, cdr_ids, partner_ids, companies):
        """{cdr id: [PortalBilled]} on the statements of these partners that are approved or later, true-ups included.

        Positive is what the partner is charged, negative what it is credited: as the statement's net is.
        """
        if not cdr_ids:
            return {}
        self.env["ev.statement"].flush_model(["state", "partner_id"])
        rows = self.env.execute_query(
            SQL(
                """WITH used AS (
                       SELECT ch.id, ch.cdr_id FROM ev_charge ch WHERE ch.cdr_id = ANY(%s) AND ch.origin_id IS NULL),
                   made AS (
                       SELECT used.id, used.cdr_id FROM used
                    UNION ALL
                       SELECT ch.id, used.cdr_id FROM used JOIN ev_charge ch ON ch.origin_id = used.id)
                   SELECT made.cdr_id, s.id, s.name,
                          SUM(CASE WHEN term.direction = 'charge' THEN ch.amount ELSE -ch.amount END)::text
                     FROM made JOIN ev_charge ch ON ch.id = made.id JOIN ev_statement s ON s.id = ch.statement_id
                     JOIN ev_contract_term term ON term.id = ch.term_id
                    WHERE s.partner_id = ANY(%s) AND s.company_id = ANY(%s)
                      AND s.state IN ('approved', 'documented', 'settled')
                 GROUP BY made.cdr_id, s.id, s.name ORDER BY s.id""",
                cdr_ids,
                partner_ids,
                companies.ids,
            )
        )
        found = {}
        for cdr_id, *billed in rows:
            found.setdefault(cdr_id, []).append(PortalBilled(*billed))
        return found


def _after_key(key):
    """SQL for what comes behind a session's key; nothing for a key that is none (typed by somebody, or from another page)."""
    known = KEY.fullmatch(key or "")
    if not known:
        return NOTHING
    return SQL(
        "AND (c.date_stop, c.id) < (timestamp 'epoch' + %s * interval '1 microsecond', %s)", *map(int, known.groups())
    )
