"""Where each roaming session of a company stands: one query that the clearing matrix, its links and the exceptions journal share.

A session is on a statement's list (`ev_statement_session`: what the partner was shown), or on a draft's charges, or on neither;
what keeps it from being invoiced is the first of the reasons of `_STANDING` that holds. Statements that were approved before
this addon was installed have no list: their charges say what is on them.
"""

from datetime import date

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.ev_billing.models.ev_cdr_month import FINANCE
from odoo.addons.ev_billing.rating import month_of

# How far a statement is: from 2 on it is invoiced.
STAGES = {"draft": 0, "control": 1, "approved": 2, "documented": 2, "settled": 3}
# What keeps a session from being invoiced; `hub` is billed all the same, by somebody else.
STANDINGS = [
    ("hub", "Billed by the Hub"),
    ("disputed", "Disputed"),
    ("not_charged", "Dispute Decided: Not Charged"),
    ("excluded", "Excluded by a Decision"),
    ("held", "Held to Be Billed Later"),
    ("control", "In Its Control Window"),
    ("draft", "On a Draft"),
    ("unknown", "Nobody Knows Whose Badge"),
    ("no_contract", "No Contract Applies"),
    ("left_out", "Left Out by the Agreement"),
    ("free", "Nothing to Charge"),
    ("waiting", "On No Statement Yet"),
]
COLUMNS = ("books", "hub", "sent", "invoiced", "paid")
_PLACED = """
SELECT cdr_id, min(stage) FILTER (WHERE NOT left_out) AS stage,
       COALESCE(max(statement_id) FILTER (WHERE NOT left_out), max(statement_id)) AS statement_id,
       COALESCE(max(contract_id) FILTER (WHERE NOT left_out), max(contract_id)) AS contract_id,
       COALESCE(sum(amount) FILTER (WHERE NOT left_out), max(amount)) AS amount,
       max(amount) FILTER (WHERE shown AND current) AS sent
  FROM (SELECT listed.cdr_id, st.id AS statement_id, st.contract_id, st.stage, st.current, TRUE AS shown, listed.left_out,
               listed.amount
          FROM ev_statement_session listed JOIN st ON st.id = listed.statement_id
         WHERE listed.statement_id = ANY(%(listed)s) %(days)s
         UNION ALL
        SELECT ch.cdr_id, st.id, st.contract_id, st.stage, st.current, FALSE, FALSE,
               sum(CASE t.direction WHEN 'charge' THEN ch.amount ELSE -ch.amount END)
          FROM ev_charge ch JOIN st ON st.id = ch.statement_id JOIN ev_contract_term t ON t.id = ch.term_id
         WHERE ch.statement_id = ANY(%(charged)s) AND ch.kind = 'usage' AND ch.cdr_id IS NOT NULL
      GROUP BY ch.cdr_id, st.id, st.contract_id, st.stage, st.current) AS place
 GROUP BY cdr_id
"""
_STANDING = """
WITH st (id, contract_id, stage, current) AS MATERIALIZED (
     SELECT * FROM unnest(%(statements)s::int[], %(contracts)s::int[], %(stages)s::int[], %(current)s::bool[])),
     placed AS MATERIALIZED (%(placed)s),
     agreed AS MATERIALIZED (%(agreed)s),
     frozen AS MATERIALIZED (
     SELECT DISTINCT ON (d.cdr_id) d.cdr_id, d.id, d.state, d.outcome FROM ev_dispute d
      WHERE d.frozen AND d.company_id = ANY(%(companies)s) ORDER BY d.cdr_id, d.state DESC, d.id DESC)
SELECT c.id AS cdr_id, c.company_id, c.external_id, c.date_stop, c.received_at, c.site_id,
       CASE WHEN c.credit THEN -c.energy_wh ELSE c.energy_wh END AS wh, holder.commercial_partner_id AS partner_id,
       CASE WHEN hub.cdr_id IS NULL THEN COALESCE(placed.contract_id, agreed.id) END AS contract_id,
       placed.statement_id, placed.amount, placed.sent, placed.stage, COALESCE(own.id, its.id) AS dispute_id,
       COALESCE(hold.id, whole.id) AS hold_id,
       CASE WHEN placed.stage >= 2 THEN 'invoiced'
            WHEN hub.cdr_id IS NOT NULL THEN 'hub'
            WHEN 'open' IN (own.state, its.state) THEN 'disputed'
            WHEN 'excluded' IN (own.outcome, its.outcome) THEN 'not_charged'
            WHEN 'excluded' IN (hold.state, whole.state) THEN 'excluded'
            WHEN hold.id IS NOT NULL OR whole.id IS NOT NULL THEN 'held'
            WHEN placed.stage = 1 THEN 'control' WHEN placed.stage = 0 THEN 'draft'
            WHEN holder.id IS NULL THEN 'unknown'
            WHEN agreed.id IS NULL THEN 'no_contract'
            WHEN %(left_out)s THEN 'left_out'
            WHEN c.energy_wh = 0 THEN 'free'
            ELSE 'waiting' END AS standing
  FROM ev_cdr c
  JOIN %(windows)s
  LEFT JOIN ev_cdr_route hub ON hub.cdr_id = c.id AND hub.billed_by = 'hub'
  LEFT JOIN ev_cdr_route told ON told.cdr_id = c.id AND c.kind IS NULL
  LEFT JOIN res_partner holder ON holder.id = COALESCE(c.partner_id, told.partner_id)
  LEFT JOIN placed ON placed.cdr_id = c.id
  LEFT JOIN agreed ON agreed.buyer = holder.commercial_partner_id AND agreed.company_id = c.company_id AND %(applies)s %(first)s
  LEFT JOIN frozen own ON own.cdr_id = c.id
  LEFT JOIN frozen its ON its.cdr_id = COALESCE(c.credit_of_id, c.replaces_id)
  LEFT JOIN ev_cdr_hold hold ON hold.cdr_id = c.id AND hold.state != 'released'
  LEFT JOIN ev_cdr_hold whole ON whole.cdr_id = c.credit_of_id AND whole.state != 'released'
 WHERE c.company_id = ANY(%(companies)s)
   AND (c.kind = 'roaming' OR c.kind IS NULL AND c.token_uid IS NOT NULL AND COALESCE(told.kind, 'roaming') = 'roaming')
   AND %(only)s
"""
_AGREED = """
SELECT k.id, k.company_id, kp.commercial_partner_id AS buyer, k.date_start, k.date_end,
       (SELECT array_agg(r.ev_site_id) FROM ev_contract_site_rel r WHERE r.ev_contract_id = k.id) AS sites,
       (SELECT array_agg(r.ev_token_id) FROM ev_contract_token_rel r WHERE r.ev_contract_id = k.id) AS tokens
  FROM ev_contract k JOIN res_partner kp ON kp.id = k.partner_id WHERE k.id = ANY(%s)
"""
_APPLIES = """
{agreed}.date_start <= timezone(w.tz, timezone('UTC', c.date_start))::date
AND ({agreed}.date_end IS NULL OR {agreed}.date_end >= timezone(w.tz, timezone('UTC', c.date_start))::date)
AND ({agreed}.sites IS NULL OR c.site_id = ANY({agreed}.sites))
AND ({agreed}.tokens IS NULL OR c.token_id = ANY({agreed}.tokens))
"""


class EvCdr(models.Model):
    _inherit = "ev.cdr"

    ev_matrix_cell = fields.Char(
        compute="_compute_ev_matrix_cell",
        search="_search_ev_matrix_cell",
        groups=FINANCE,
        help="To search by: 2026-03:sent:c7 for the sessions of March 2026 in that column of the clearing matrix, of contract 7; "
        "p9 is partner 9 where no contract applies, p0 are unknown badges, all is everybody.",
    )

    def _compute_ev_matrix_cell(self):
        """Only searched by: where a session stands is never kept."""
        self.ev_matrix_cell = False

    @api.model
    def _search_ev_matrix_cell(self, operator, values):
        """The same query that counts the matrix finds its sessions. Groups guard reading a field, so they are asked for here."""
        self._check_field_access(self._fields["ev_matrix_cell"], "read")
        if operator != "in":
            return NotImplemented
        return Domain.OR(self._find_matrix_cell(value) for value in values)

    @api.model
    def _find_matrix_cell(self, value):
        """:param value: ``month:column:row``; nothing is found by anything else"""
        month, column, row = [*(value or "").split(":"), "", ""][:3]
        try:
            span = month_of(date.fromisoformat(f"{month}-01"))
            key = int(row[1:]) if row != "all" else 0
        except ValueError:
            return Domain.FALSE
        if column not in COLUMNS or row[:1] not in ("c", "p", "a"):
            return Domain.FALSE
        rows = {
            "c": SQL("contract_id = %s", key),
            "p": SQL("contract_id IS NULL AND COALESCE(partner_id, 0) = %s", key),
            "a": SQL("TRUE"),
        }
        partner = None
        if row[0] == "c":
            partner = self.env["ev.contract"].sudo().browse(key).exists().partner_id.commercial_partner_id
        elif row[0] == "p" and key:
            partner = self.env["res.partner"].sudo().browse(key).exists().commercial_partner_id
        standing = self._get_standing_sql(self.env.companies, span, partner)
        found = SQL(
            "(SELECT cdr_id FROM (%s) AS cell WHERE %s AND %s)", standing, _get_column_sql(column), rows[row[0]]
        )
        return Domain.custom(to_sql=lambda model, alias, query: SQL("%s IN %s", SQL.identifier(alias, "id"), found))

    # --------------------------------------------------------------------- SQL

    @api.model
    def _get_standing_sql(self, companies, span=None, partner=None):
        """SQL of every roaming session that ended in some days on its site's clock, and where it stands.

        Its columns: cdr_id, company_id, external_id, date_stop, received_at, site_id, wh (negative on a credit), partner_id (the
        eMSP's commercial partner), contract_id, statement_id, amount (numeric; of its statement), sent (numeric: its amount on
        the list of a statement of these days), stage, dispute_id, hold_id, standing ("invoiced", or one of `STANDINGS`).

        :param companies: res.company records
        :param span: rating.Span of local days; all of time where None
        :param partner: commercial partner whose sessions alone are wanted; everybody's where None
        :rtype: odoo.tools.SQL
        """
        self.env.flush_all()
        statements = self._get_standing_statements(companies, span)
        windows, days = self._get_standing_windows(companies, span)
        contracts, only = self._get_standing_contracts(companies, span), SQL("TRUE")
        if partner is not None:
            # what the eMSP's statements have is all of its sessions: nobody else's are on them
            statements = statements.filtered(lambda one: one.partner_id.commercial_partner_id == partner)
            only = SQL(
                "COALESCE(c.partner_id, told.partner_id) IN (SELECT id FROM res_partner WHERE commercial_partner_id = %s)",
                partner.id or 0,
            )
        buyers = [contract.partner_id.commercial_partner_id for contract in contracts]
        first = SQL()
        if len(set(buyers)) < len(buyers):
            first = SQL(
                "AND NOT EXISTS (SELECT 1 FROM agreed sooner WHERE sooner.buyer = agreed.buyer AND sooner.id < agreed.id AND "
                "sooner.company_id = agreed.company_id AND %s)",
                SQL(_APPLIES.format(agreed="sooner")),
            )
        return SQL(
            _STANDING,
            statements=statements.ids,
            contracts=[statement.contract_id.id for statement in statements],
            stages=[STAGES[statement.state] for statement in statements],
            current=[bool(span) and statement.period_start < span.end for statement in statements],
            placed=SQL(
                _PLACED,
                listed=statements.filtered("shown_count").ids,
                charged=statements.filtered(lambda statement: not statement.shown_count).ids,
                days=days,
            ),
            agreed=SQL(_AGREED, contracts.ids),
            companies=companies.ids,
            only=only,
            windows=windows,
            applies=SQL(_APPLIES.format(agreed="agreed")),
            first=first,
            left_out=self._get_standing_left_out(contracts),
        )

    @api.model
    def _get_standing_statements(self, companies, span):
        """Statements of eMSPs that can have a session of these days: no earlier ones."""
        domain = [("company_id", "in", companies.ids), ("role", "=", "emsp")]
        if span:
            domain.append(("period_end", ">=", span.start))
        return self.env["ev.statement"].sudo().search(domain, order="id")

    @api.model
    def _get_standing_contracts(self, companies, span):
        domain = [("company_id", "in", companies.ids), ("role", "=", "emsp"), ("state", "in", ("active", "ended"))]
        if span:
            # a session of the month may have begun a day or more before it
            domain += ["|", ("date_end", "=", False), ("date_end", ">=", fields.Date.subtract(span.start, days=31))]
            domain.append(("date_start", "<", span.end))
        return self.env["ev.contract"].sudo().with_context(active_test=False).search(domain, order="id")

    @api.model
    def _get_standing_windows(self, companies, span):
        """The join of `w`, the site with its days, and what that says about rows of lists."""
        if not span:
            return SQL("ev_site w ON w.id = c.site_id"), SQL()
        sites = self.env["ev.site"].sudo().with_context(active_test=False).search([("company_id", "in", companies.ids)])
        rows = [(site.id, site.tz, *span.epochs(site.tz)) for site in sites]
        columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], [], []]
        windows = SQL(
            """(SELECT id, tz, timezone('UTC', to_timestamp(starts)) AS starts, timezone('UTC', to_timestamp(ends)) AS ends
                  FROM unnest(%s::int[], %s::text[], %s::bigint[], %s::bigint[]) AS site (id, tz, starts, ends)) w
               ON w.id = c.site_id AND c.date_stop >= w.starts AND c.date_stop < w.ends
              AND c.date_stop >= timezone('UTC', to_timestamp(%s)) AND c.date_stop < timezone('UTC', to_timestamp(%s))""",
            *columns,
            min(columns[2], default=0),
            max(columns[3], default=0),
        )
        days = SQL(
            """AND listed.date_stop >= timezone('UTC', to_timestamp(%s))
               AND listed.date_stop < timezone('UTC', to_timestamp(%s))""",
            min(columns[2], default=0),
            max(columns[3], default=0),
        )
        return windows, days

    @api.model
    def _get_standing_left_out(self, contracts):
        """Whether an agreement of the contract that applies leaves the session out."""
        found = [
            SQL("agreed.id = %s AND %s", contract.id, sql)
            for contract in contracts
            if (sql := contract.agreement_ids._get_left_out_sql())
        ]
        return SQL("(%s)", SQL(" OR ").join(found)) if found else SQL("FALSE")


def _get_column_sql(column):
    """Whether a session is in a column of the matrix, over the columns of `_get_standing_sql`."""
    return SQL(
        {
            "books": "TRUE",
            "hub": "standing = 'hub'",
            "sent": "sent IS NOT NULL",
            "invoiced": "standing = 'invoiced'",
            "paid": "standing = 'invoiced' AND stage = 3",
        }[column]
    )
