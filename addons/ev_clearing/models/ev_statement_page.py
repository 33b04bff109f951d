"""What a page of an eMSP statement's sessions shows on the portal: chosen by filters, read by key, added up in one query."""

import re
from collections import namedtuple
from datetime import UTC, datetime, timedelta

from odoo import models
from odoo.tools import SQL

PAGE = 50
# A whole choice can be disputed at once, up to here: more is better told by file.
MOST_CHOSEN = 20_000
KEY = re.compile(r"(\d{1,16})-(\d{1,12})", re.ASCII)
STATES = ("disputed", "open", "decided", "left_out")

# What the partner chooses by: text (the beginning of a session's id, or a badge), site id, first and last day (dates, UTC),
# one of STATES, least amount. None or empty: any.
Choice = namedtuple("Choice", "text site first last state least", defaults=(None,) * 6)
# start, stop: UTC epoch seconds; amount: exact text; dispute: (id, state, outcome, reason, answer) of the latest one, or Nones
PageRow = namedtuple(
    "PageRow",
    "key id cdr reference start stop tz site evse token contract_id wh amount flags left_out credit "
    "dispute dispute_state outcome reason answer",
)
PageSum = namedtuple("PageSum", "count wh amount")


class EvStatement(models.Model):
    _inherit = "ev.statement"

    def _find_page(self, choice, before=None, limit=PAGE):
        """The chosen sessions that end the latest, or those before a key.

        :param before: the `key` of the last session of the page before
        :rtype: list[PageRow]
        """
        self.ensure_one()
        rows = self.env.execute_query(
            SQL(
                """SELECT (EXTRACT(EPOCH FROM s.date_stop) * 1000000)::bigint::text || '-' || s.id, s.id, s.cdr_id, s.external_id,
                          EXTRACT(EPOCH FROM c.date_start)::bigint, EXTRACT(EPOCH FROM c.date_stop)::bigint, site.tz, site.name,
                          COALESCE(NULLIF(evse.evse_id, ''), station.identity || '/' || evse.number),
                          COALESCE(token.uid, c.token_uid), token.emaid, s.energy_wh, s.amount::text, c.flags, s.left_out,
                          COALESCE(c.credit, FALSE), d.id, d.state, d.outcome, d.reason, d.answer
                     FROM (SELECT * FROM ev_statement_session s WHERE %s %s ORDER BY s.date_stop DESC, s.id DESC LIMIT %s) s
                     JOIN ev_cdr c ON c.id = s.cdr_id JOIN ev_site site ON site.id = s.site_id
                     JOIN ev_station station ON station.id = c.station_id JOIN ev_evse evse ON evse.id = c.evse_id
                LEFT JOIN ev_token token ON token.id = c.token_id
                LEFT JOIN LATERAL (SELECT * FROM ev_dispute d WHERE d.statement_id = s.statement_id AND d.cdr_id = s.cdr_id
                                 ORDER BY d.id DESC LIMIT 1) d ON TRUE
                 ORDER BY s.date_stop DESC, s.id DESC""",
                self._get_choice_sql(choice),
                _before_key(before),
                limit,
            )
        )
        return [PageRow(*row) for row in rows]

    def _sum_page(self, choice):
        """All that is chosen, added up.

        :rtype: PageSum
        """
        self.ensure_one()
        [row] = self.env.execute_query(
            SQL(
                """SELECT count(*), COALESCE(sum(s.energy_wh), 0)::bigint, COALESCE(sum(s.amount), 0)::text
                     FROM ev_statement_session s WHERE %s""",
                self._get_choice_sql(choice),
            )
        )
        return PageSum(*row)

    def _find_chosen(self, choice):
        """Ids of the chosen sessions (`ev.cdr`) that are not disputed, at most MOST_CHOSEN and one."""
        self.ensure_one()
        rows = self.env.execute_query(
            SQL(
                """SELECT s.cdr_id FROM ev_statement_session s
                    WHERE %s AND NOT EXISTS (SELECT 1 FROM ev_dispute d
                                              WHERE d.statement_id = s.statement_id AND d.cdr_id = s.cdr_id)
                 ORDER BY s.date_stop, s.id LIMIT %s""",
                self._get_choice_sql(choice),
                MOST_CHOSEN + 1,
            )
        )
        return [cdr for (cdr,) in rows]

    def _get_listed_sites(self):
        """Sites with sessions on the list, by name: read from one index, site by site.

        :rtype: ev.site
        """
        self.ensure_one()
        rows = self.env.execute_query(
            SQL(
                """SELECT site.id FROM ev_site site WHERE site.company_id = %(company)s AND EXISTS (
                          SELECT 1 FROM ev_statement_session s WHERE s.statement_id = %(statement)s AND s.site_id = site.id)""",
                company=self.company_id.id,
                statement=self.id,
            )
        )
        return self.env["ev.site"].sudo().browse([site for (site,) in rows]).sorted("name")

    def _get_choice_sql(self, choice):
        """Conditions over alias `s`."""
        self.env["ev.dispute"].flush_model()
        conditions = [SQL("s.statement_id = %s", self.id)]
        if choice.text:
            conditions.append(self._get_text_sql(choice.text.strip()))
        if choice.site:
            conditions.append(SQL("s.site_id = %s", choice.site))
        if choice.first:
            conditions.append(SQL("s.date_stop >= %s", _midnight(choice.first)))
        if choice.last:
            conditions.append(SQL("s.date_stop < %s", _midnight(choice.last + timedelta(days=1))))
        if choice.least is not None:
            conditions.append(SQL("s.amount >= %s::numeric", str(choice.least)))
        if choice.state == "left_out":
            conditions.append(SQL("s.left_out"))
        elif choice.state in STATES:
            which = SQL() if choice.state == "disputed" else SQL("AND d.state = %s", choice.state)
            conditions.append(
                SQL("s.cdr_id IN (SELECT d.cdr_id FROM ev_dispute d WHERE d.statement_id = %s %s)", self.id, which)
            )
        return SQL(" AND ").join(conditions)

    def _get_text_sql(self, text):
        """Sessions of that very badge; where there is no such badge, those whose id begins so.

        Two plain conditions, of which one is asked: for both at once the database would read the whole list.
        """
        tokens = self.env["ev.token"].sudo().with_context(active_test=False)
        badge = tokens.search([("company_id", "=", self.company_id.id), ("uid", "=ilike", _literally(text))])
        if badge:
            return SQL("s.cdr_id IN (SELECT c.id FROM ev_cdr c WHERE c.token_id = ANY(%s))", badge.ids)
        return SQL("s.external_id LIKE %s", _literally(text) + "%")


def _literally(text):
    """Text for LIKE that means nothing but itself."""
    return re.sub(r"([\\%_])", r"\\\1", text)


def _midnight(day):
    return datetime(day.year, day.month, day.day, tzinfo=UTC).replace(tzinfo=None)


def _before_key(key):
    """SQL for what comes behind a session's key; nothing for a key that is none."""
    known = KEY.fullmatch(key or "")
    if not known:
        return SQL()
    return SQL(
        "AND (s.date_stop, s.id) < (timestamp 'epoch' + %s * interval '1 microsecond', %s)", *map(int, known.groups())
    )
