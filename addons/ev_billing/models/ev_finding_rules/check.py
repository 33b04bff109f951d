"""One month of one company on the bench: its effective sessions side by side in a temporary table, which the rules ask.

Effective means what counts in the end: no credits, and no sessions that were taken back. The table goes with the transaction.
"""

from collections import namedtuple
from datetime import timedelta
from functools import cached_property

from odoo.tools import SQL, format_datetime

from .found import MOST, Found, Hits

# Sessions that ended this much before or after the month may overlap its own.
MARGIN = timedelta(days=7)
# With these, a session's times are not to be trusted.
CLOCK_FLAGS = ["time_unreadable", "clock_implausible", "stop_before_start", "energy_implausible"]

# One session a rule found, ready to be spoken of; amounts `a` and `b` are the rule's own.
Row = namedtuple(
    "Row",
    "cdr other wh a b total total_wh session session_start session_stop day month received flags "
    "site station evse partner site_name evse_name tz other_session other_start",
)

_TABLE = """
CREATE TEMPORARY TABLE ev_check_session ON COMMIT DROP AS
SELECT c.id, c.site_id, c.station_id, c.evse_id, upper(c.token_uid) AS token, c.source, c.content_hash, c.received_at,
       c.date_start, c.date_stop, c.energy_wh, c.meter_start_wh, c.meter_stop_wh, COALESCE(c.flags, '') AS flags,
       c.signed_data IS NOT NULL AS signed,
       c.date_stop >= timezone('UTC', to_timestamp(w.starts)) AND c.date_stop < timezone('UTC', to_timestamp(w.ends)) AS in_month,
       excluded.id IS NULL AS billable
  FROM ev_cdr c
  JOIN (VALUES %(windows)s) AS w (site_id, starts, ends)
    ON w.site_id = c.site_id AND c.date_stop >= timezone('UTC', to_timestamp(w.starts - %(margin)s))
   AND c.date_stop < timezone('UTC', to_timestamp(w.ends + %(margin)s))
  LEFT JOIN ev_cdr credit ON credit.credit_of_id = c.id
  LEFT JOIN ev_cdr_hold excluded ON excluded.cdr_id = c.id AND excluded.state = 'excluded'
 WHERE c.company_id = %(company)s AND NOT COALESCE(c.credit, FALSE) AND credit.id IS NULL
"""
_ROWS = """
SELECT t.cdr, COALESCE(t.other, %(partner)s), t.wh, t.a, t.b, t.total, t.total_wh, c.external_id, c.date_start, c.date_stop,
       timezone(site.tz, timezone('UTC', c.date_stop))::date,
       date_trunc('month', timezone(site.tz, timezone('UTC', c.date_stop)))::date, c.received_at, c.flags,
       c.site_id, c.station_id, c.evse_id, c.partner_id, site.name, station.identity || '/' || evse.number, site.tz, NULL, NULL
  FROM (SELECT f.*, count(*) OVER () AS total, sum(f.wh) OVER ()::bigint AS total_wh
          FROM (%(query)s) f ORDER BY f.cdr LIMIT %(most)s) t
  JOIN ev_cdr c ON c.id = t.cdr
  JOIN ev_site site ON site.id = c.site_id
  JOIN ev_evse evse ON evse.id = c.evse_id
  JOIN ev_station station ON station.id = c.station_id
 ORDER BY c.date_start, c.id
"""


class Check:
    """The month being checked.

    :param company: res.company record
    :param span: rating.Span of the month's local days
    """

    def __init__(self, env, company, span):
        self.env, self.company, self.span = env, company, span
        # sessions already reported by a rule that says more about them
        self.told = set()
        # {(rule, key): (currency id, exact amount as text)} where the rule knows what is at risk
        self.money = {}
        sites = env["ev.site"].sudo().with_context(active_test=False).search([("company_id", "=", company.id)])
        self.windows = [(site.id, *span.epochs(site.tz)) for site in sites]
        self._lay_out()

    def _lay_out(self):
        self.env.cr.execute("DROP TABLE IF EXISTS ev_check_session")
        windows = self.windows or [(0, 0, 0)]
        self.env.cr.execute(
            SQL(
                _TABLE,
                windows=SQL(", ").join(SQL("(%s, %s, %s)", *window) for window in windows),
                margin=int(MARGIN.total_seconds()),
                company=self.company.id,
            )
        )
        self.env.cr.execute("CREATE INDEX ON ev_check_session (evse_id, date_start)")
        self.env.cr.execute("ANALYZE ev_check_session")

    def query(self, query, **values):
        """Rows of a query over `ev_check_session` and the tables around it."""
        return self.env.execute_query(SQL(query, **values))

    @cached_property
    def uncovered(self):
        """Groups of sessions without exactly one contract per role: two rules ask, one query answers."""
        return self.env["ev.contract"]._group_sessions_without(self.company, self.span)

    def statements(self):
        """The company's statements whose period ends in the month."""
        domain = [
            ("company_id", "=", self.company.id),
            ("period_end", ">=", self.span.start),
            ("period_end", "<", self.span.end),
        ]
        return self.env["ev.statement"].sudo().search(domain, order="id")

    def find(self, query, say, partner=None, missing=False):
        """Hits of a query over sessions.

        :param SQL query: rows (cdr, other, wh, a, b); `other` is the second session of a pair, `a` and `b` are what the sentence
            needs besides
        :param say: function of a `Row`, gives the sentence's end
        :param SQL partner: who `other` is where the query leaves it empty, asked for the rows that are shown only
        :param missing: whether `wh` is energy that no session has
        """
        rows = self.env.execute_query(SQL(_ROWS, query=query, partner=partner or SQL("NULL"), most=MOST))
        rows = [Row(*row) for row in rows]
        others = self._get_others({row.other for row in rows if row.other})
        found = []
        for row in rows:
            row = row._replace(**dict(zip(("other_session", "other_start"), others.get(row.other, ()), strict=False)))
            pair = sorted(filter(None, (row.cdr, row.other)))
            found.append(
                Found(
                    key="-".join(map(str, pair)),
                    name=f"{self._say_where(row)}: {say(row)}",
                    date=row.day,
                    month=row.month,
                    wh=row.wh,
                    count=1 if missing else len(pair),
                    site=row.site,
                    station=row.station,
                    evse=row.evse,
                    cdr=row.cdr,
                    other=row.other,
                    partner=row.partner,
                    missing_wh=row.wh if missing else None,
                    facts=(str(row.a), str(row.b)),
                )
            )
        return Hits(found, rows[0].total if rows else 0, rows[0].total_wh if rows else 0)

    def _get_others(self, ids):
        if not ids:
            return {}
        query = "SELECT id, external_id, date_start FROM ev_cdr WHERE id IN %s"
        return {row[0]: row[1:] for row in self.env.execute_query(SQL(query, tuple(ids)))}

    def _say_where(self, row):
        return f"{row.site_name}, {row.evse_name}, {self.say_moment(row.session_start, row.tz)}"

    def say_moment(self, moment, tz):
        """A moment on a site's clock."""
        return format_datetime(self.env, moment, tz=tz, dt_format="short")


def kwh(wh):
    """``12.345`` of Wh."""
    return f"{(wh or 0) / 1000:.3f}"


def flagged(flags):
    """SQL: the session has one of these flags."""
    return SQL("s.flags != '' AND string_to_array(s.flags, ',') && %s::text[]", list(flags))
