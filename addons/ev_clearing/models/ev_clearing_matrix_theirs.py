"""The matrix and the journal, joined with what partners' own files say: of each statement, its last list that was compared."""

from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL

from .ev_clearing_exception import SOURCES

# The lines of each statement's last compared list.
_LAST = """
SELECT DISTINCT ON (f.statement_id) f.id, f.statement_id, f.compared_at, f.company_id FROM ev_partner_file f
 WHERE f.state = 'compared' AND {} ORDER BY f.statement_id, f.compared_at DESC, f.id DESC
"""
_EXCEPTIONS = """
SELECT l.id::bigint * %(sources)s + 4, last.company_id,
       CASE WHEN l.result = 'missing_here' AND l.reason = 'quarantine' THEN 'quarantine' ELSE l.result END,
       CASE WHEN st.state = 'settled' THEN 'closed' ELSE 'open' END, FALSE,
       COALESCE(%(month)s, date_trunc('month', st.period_start)::date),
       COALESCE(c.date_stop, l.date_stop, st.period_end::timestamp), last.compared_at, k.partner_id, st.contract_id, c.id,
       COALESCE(c.external_id, l.external_id), c.site_id,
       COALESCE(CASE WHEN c.credit THEN -c.energy_wh ELSE c.energy_wh END, l.energy_wh) / 1000.0,
       COALESCE(l.our_amount, l.amount), st.currency_id, st.id, NULL::int, NULL::int, NULL::int, NULL::int, NULL::timestamp
  FROM (%(last)s) last
  JOIN ev_statement st ON st.id = last.statement_id
  JOIN ev_contract k ON k.id = st.contract_id
  JOIN ev_partner_file_line l ON l.file_id = last.id AND l.result IN ('missing_here', 'missing_there', 'different')
  LEFT JOIN ev_cdr c ON c.id = COALESCE(l.cdr_id, l.known_cdr_id)
  LEFT JOIN ev_site w ON w.id = c.site_id
 WHERE %(during)s
"""


class EvRun(models.Model):
    _inherit = "ev.run"

    @api.model
    def _count_their_files(self, statements):
        """What the partners' own files say.

        :return: {statement id: {result: (count, Wh, amount as text)}}, ours where we have the session
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT last.statement_id, l.result, count(*), sum(COALESCE(l.our_energy_wh, l.energy_wh))::bigint,
                          sum(COALESCE(l.our_amount, l.amount))::text
                     FROM (%s) last JOIN ev_partner_file_line l ON l.file_id = last.id GROUP BY 1, 2""",
                SQL(_LAST.format("f.statement_id = ANY(%s)"), statements.ids),
            )
        )
        found = defaultdict(dict)
        for statement, result, *numbers in rows:
            found[statement][result] = tuple(numbers)
        return found

    @api.model
    def _say_theirs(self, row):
        """What of ours is in their file; what only one side has, or both differently, is noted."""
        files = self.env.execute_query(
            SQL("SELECT id FROM (%s) last", SQL(_LAST.format("f.statement_id = ANY(%s)"), row["statements"].ids))
        )
        base = [("file_id", "in", [key for (key,) in files])]
        both = [*base, ("result", "in", ["matched", "different"])]
        cell = self._say_cell(row["cells"]["theirs"], "ev.partner.file.line", both, self.env._("In their file"))
        for result, label in (
            ("different", self.env._("of them different")),
            ("missing_there", self.env._("only in our list")),
            ("missing_here", self.env._("only in their list")),
            ("error", self.env._("broken")),
        ):
            if result in row["theirs"]:
                domain = [*base, ("result", "=", result)]
                link = self._link(label, "ev.partner.file.line", domain, row["theirs"][result].count)
                cell["notes"].append(dict(link, tone="open"))
        return cell


class EvClearingException(models.Model):
    _inherit = "ev.clearing.exception"

    @api.model
    def _get_file_queries(self, values):
        span = self._get_span()
        during = SQL("TRUE")
        if span:
            during = SQL("st.period_start < %s AND st.period_end >= %s", span.end, span.start)
        last = SQL(_LAST.format("f.company_id = ANY(%s)"), values["companies"])
        query = SQL(_EXCEPTIONS, sources=SOURCES, month=values["month"], last=last, during=during)
        return [*super()._get_file_queries(values), query]

    def _say_reason(self):
        if self.kind in ("different", "missing_here", "missing_there", "quarantine"):
            line = self.env["ev.partner.file.line"].browse(self.id // SOURCES)
            said = line._say_difference() or ""
            name = line.file_id.file_name
            return f"{name}: {said}" if said else name
        return super()._say_reason()
