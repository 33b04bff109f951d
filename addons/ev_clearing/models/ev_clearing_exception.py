"""The exceptions journal: every roaming session that is not simply invoiced, why, since when, and who decided.

Nothing is stored: the rows are a query over what is (`_table_query`). Three kinds of rows:

where it stands     one row for each session that is not invoiced (`ev_cdr_standing`): what the matrix calls left over, or
                    the hub's
what happened       disputes that were decided, sessions that came late, charges that came through a hub and directly
their file          rows of a partner's own file that are missing on one side, or different

A month in the context (`clearing_month`: "2026-03") narrows the query itself, not only what is found: a million sessions of one
month are looked through in seconds, those of all months are not.
"""

from datetime import date

from odoo import api, fields, models
from odoo.tools import SQL, format_date

from odoo.addons.ev_billing.rating import month_of

from .ev_cdr_standing import STANDINGS
from .ev_clearing_matrix_words import DONE

REMARKS = [
    ("decided", "Dispute Decided"),
    ("late", "Late: After Its Month"),
    ("double", "Through a Hub and Directly"),
]
FILE_KINDS = [
    ("quarantine", "In Quarantine, in Their File"),
    ("missing_here", "In Their File Only"),
    ("missing_there", "Missing in Their File"),
    ("different", "Different in Their File"),
]
# Which of the queries a row is from, in its id.
SOURCES = 8
_COLUMNS = SQL(
    """id, company_id, kind, state, is_left, month, date_stop, since, partner_id, contract_id, cdr_id, session_reference, site_id,
       energy_kwh, amount, currency_id, statement_id, dispute_id, hold_id, finding_id, decided_by_id, decided_at"""
)
_STANDS = """
SELECT s.cdr_id::bigint * %(sources)s, s.company_id, s.standing,
       CASE WHEN s.standing = ANY(%(done)s) THEN 'closed' ELSE 'open' END, s.standing != 'hub',
       date_trunc('month', timezone(site.tz, timezone('UTC', s.date_stop)))::date, s.date_stop,
       CASE s.standing WHEN 'disputed' THEN d.opened_at WHEN 'not_charged' THEN d.decided_at WHEN 'excluded' THEN h.decided_at
                       WHEN 'held' THEN h.decided_at ELSE s.received_at END,
       s.partner_id, s.contract_id, s.cdr_id, s.external_id, s.site_id, s.wh / 1000.0, COALESCE(s.amount, d.amount),
       COALESCE(k.currency_id, company.currency_id), s.statement_id, s.dispute_id, s.hold_id, NULL::int,
       CASE WHEN s.standing IN ('excluded', 'held') THEN h.user_id WHEN s.standing = 'not_charged' THEN d.decided_by_id END,
       CASE WHEN s.standing IN ('excluded', 'held') THEN h.decided_at WHEN s.standing = 'not_charged' THEN d.decided_at END
  FROM (%(standing)s) s
  JOIN ev_site site ON site.id = s.site_id
  JOIN res_company company ON company.id = s.company_id
  LEFT JOIN ev_contract k ON k.id = s.contract_id
  LEFT JOIN ev_dispute d ON d.id = s.dispute_id
  LEFT JOIN ev_cdr_hold h ON h.id = s.hold_id
 WHERE s.standing != 'invoiced'
"""
_SESSION = SQL("c.id, c.external_id, c.site_id, (CASE WHEN c.credit THEN -c.energy_wh ELSE c.energy_wh END) / 1000.0")
_MONTH = SQL("date_trunc('month', timezone(w.tz, timezone('UTC', c.date_stop)))::date")
_DECIDED = """
SELECT d.id::bigint * %(sources)s + 1, d.company_id, 'decided', 'closed', FALSE, %(month)s, c.date_stop, d.opened_at,
       d.partner_id, d.contract_id, %(session)s, d.amount, d.currency_id, d.statement_id, d.id, NULL::int, NULL::int,
       d.decided_by_id, d.decided_at
  FROM ev_dispute d JOIN ev_cdr c ON c.id = d.cdr_id JOIN %(windows)s
 WHERE d.company_id = ANY(%(companies)s) AND d.state = 'decided' AND NOT (d.outcome = 'excluded' AND d.frozen)
"""
_LATE = """
SELECT listed.id::bigint * %(sources)s + 2, listed.company_id, 'late', 'closed', FALSE, %(month)s, c.date_stop, c.received_at,
       k.partner_id, st.contract_id, %(session)s, listed.amount, st.currency_id, st.id, NULL::int, NULL::int, NULL::int,
       NULL::int, NULL::timestamp
  FROM ev_statement st
  JOIN ev_contract k ON k.id = st.contract_id
  JOIN ev_statement_session listed ON listed.statement_id = st.id AND NOT listed.left_out
       AND listed.date_stop < st.period_start + interval '14 hours'
  JOIN ev_cdr c ON c.id = listed.cdr_id
  JOIN %(windows)s
 WHERE st.company_id = ANY(%(companies)s) AND st.shown_count > 0
   AND timezone(w.tz, timezone('UTC', c.date_stop))::date < st.period_start
"""
_DOUBLE = """
SELECT f.id::bigint * %(sources)s + 3, f.company_id, 'double', 'open', FALSE, %(month)s, c.date_stop, f.create_date,
       holder.commercial_partner_id, NULL::int, %(session)s, f.money_at_risk, company.currency_id, NULL::int, NULL::int,
       NULL::int, f.id, NULL::int, NULL::timestamp
  FROM ev_finding f
  JOIN res_company company ON company.id = f.company_id
  JOIN ev_cdr c ON c.id = f.cdr_id
  LEFT JOIN res_partner holder ON holder.id = c.partner_id
  JOIN %(windows)s
 WHERE f.company_id = ANY(%(companies)s) AND f.rule = 'hub_double' AND f.state = 'open'
"""


class EvClearingException(models.Model):
    _name = "ev.clearing.exception"
    _description = "Exception of Clearing"
    _auto = False
    _order = "date_stop desc, id desc"
    _rec_name = "session_reference"

    company_id = fields.Many2one("res.company", readonly=True)
    kind = fields.Selection([*STANDINGS, *REMARKS, *FILE_KINDS], readonly=True)
    state = fields.Selection([("open", "Open"), ("closed", "Closed")], readonly=True)
    is_left = fields.Boolean("Left Over", readonly=True, help="The session is neither invoiced nor billed by the hub.")
    month = fields.Date(readonly=True, help="The month in which it ended on its site's clock.")
    date_stop = fields.Datetime("End", readonly=True)
    since = fields.Datetime(readonly=True)
    partner_id = fields.Many2one("res.partner", "eMSP", readonly=True)
    contract_id = fields.Many2one("ev.contract", readonly=True)
    cdr_id = fields.Many2one("ev.cdr", "Session", readonly=True)
    session_reference = fields.Char("Session ID", readonly=True)
    site_id = fields.Many2one("ev.site", readonly=True)
    energy_kwh = fields.Float("Energy (kWh)", digits=(16, 3), readonly=True)
    amount = fields.Float(digits=(16, 6), readonly=True, help="Where it is known: what its statement charges.")
    currency_id = fields.Many2one("res.currency", readonly=True)
    statement_id = fields.Many2one("ev.statement", readonly=True)
    dispute_id = fields.Many2one("ev.dispute", readonly=True)
    hold_id = fields.Many2one("ev.cdr.hold", "Decision", readonly=True)
    finding_id = fields.Many2one("ev.finding", readonly=True)
    decided_by_id = fields.Many2one("res.users", "Decided by", readonly=True)
    decided_at = fields.Datetime("Decided On", readonly=True)
    reason = fields.Char(compute="_compute_reason", compute_sudo=True)

    @property
    def _table_query(self):
        """The rows of the companies the user has chosen, and of the month in the context."""
        companies, span = self.env.companies, self._get_span()
        standing = self.env["ev.cdr"]._get_standing_sql(companies, span)
        windows, _days = self.env["ev.cdr"]._get_standing_windows(companies, span)
        values = {
            "sources": SOURCES,
            "month": _MONTH,
            "session": _SESSION,
            "windows": windows,
            "companies": companies.ids,
        }
        queries = [
            SQL(_STANDS, sources=SOURCES, done=list(DONE), standing=standing),
            *(SQL(query, **values) for query in (_DECIDED, _LATE, _DOUBLE)),
            *self._get_file_queries(values),
        ]
        return SQL("SELECT * FROM (%s) AS journal (%s)", SQL(" UNION ALL ").join(queries), _COLUMNS)

    @api.model
    def _get_span(self):
        month = self.env.context.get("clearing_month")
        try:
            return month_of(date.fromisoformat(f"{month}-01")) if month else None
        except ValueError:
            return None

    @api.model
    def _get_file_queries(self, values):
        """What partners' own files add.

        :param dict values: of the queries above
        :return: [SQL] with the columns of `_COLUMNS`
        """
        return []

    # ----------------------------------------------------------------- compute

    @api.depends_context("lang", "clearing_month")
    def _compute_reason(self):
        for row in self:
            row.reason = row._say_reason()

    def _say_reason(self):
        """Why, in a sentence."""
        kind = self.kind
        if kind in ("disputed", "not_charged", "decided"):
            return self._say_dispute()
        if kind in ("excluded", "held"):
            return self.hold_id.reason
        if kind in ("hub", "unknown"):
            return self.cdr_id.ev_route_sentence
        if kind == "double":
            return self.finding_id.name
        name = self.statement_id.name
        words = {
            "control": self.env._("Its partner looks at %s: the control window is open.", name),
            "draft": self.env._("On draft %s, which is not approved.", name),
            "no_contract": self.env._("No contract of its eMSP was in force for its site and badge when it began."),
            "left_out": self.env._("Too little or too much energy or time: the agreement leaves it out."),
            "free": self.env._("It has no energy, and nothing else is charged for it."),
            "waiting": self.env._("The next statement of its contract takes it."),
            "late": self.env._("It ended before the period of %s, which bills it.", name),
        }
        return words.get(kind, "")

    def _say_dispute(self):
        """``Energy differs: “the car took 9 kWh”. Not charged: we agree.``"""
        dispute = self.dispute_id
        label = dict(dispute._fields["reason"]._description_selection(self.env)).get(dispute.reason, "")
        said = f"{label}: “{dispute.comment}”" if dispute.comment else label
        if dispute.state != "decided":
            return self.env._("%(said)s; answer until %(day)s", said=said, day=format_date(self.env, dispute.deadline))
        outcome = dict(dispute._fields["outcome"]._description_selection(self.env)).get(dispute.outcome, "")
        return f"{said}. {outcome}: {dispute.answer}" if dispute.answer else f"{said}. {outcome}"

    # ------------------------------------------------------------------ actions

    def action_open_session(self):
        """The session this is about; what only their file has opens its statement."""
        self.ensure_one()
        self.check_access("read")
        model, record = ("ev.cdr", self.cdr_id) if self.cdr_id else ("ev.statement", self.statement_id)
        return {
            "type": "ir.actions.act_window",
            "res_model": model,
            "res_id": record.id,
            "views": [[False, "form"]],
            "name": self.session_reference,
        }
