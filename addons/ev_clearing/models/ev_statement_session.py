"""What a partner was shown: the sessions on one eMSP statement, one row each, as they stood when it was sent.

A bulk table, written in one query when the control window opens (or at the approval, where there is none). From then on these
are the statement's sessions: what arrives meanwhile comes on the next one. Rows of approved statements are fixed, by the same
triggers as their charges (`ev_billing`: `ev_charge_guard`).
"""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.ev_cpms.fields import BigInteger

_GUARD = """
DROP TRIGGER IF EXISTS ev_statement_session_guard_{when} ON ev_statement_session;
CREATE TRIGGER ev_statement_session_guard_{when} AFTER {when} ON ev_statement_session
    REFERENCING {rows} TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ev_billing_guard_rows();
"""
_GUARDS = "".join(
    _GUARD.format(when=when, rows=rows) for when, rows in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD"))
)


class EvStatementSession(models.Model):
    _name = "ev.statement.session"
    _description = "Session on an eMSP Statement"
    _order = "date_stop desc, id desc"
    _rec_name = "external_id"
    _log_access = False

    statement_id = fields.Many2one("ev.statement", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    cdr_id = fields.Many2one("ev.cdr", "Session", required=True, readonly=True, ondelete="restrict", index=True)
    # copies, so that a page of them is read, searched and added up without looking at the sessions
    external_id = fields.Char("Session ID", required=True, readonly=True)
    date_stop = fields.Datetime("End", required=True, readonly=True)
    site_id = fields.Many2one("ev.site", required=True, readonly=True)
    energy_wh = BigInteger("Energy (Wh)", required=True, readonly=True, aggregator=None, help="Negative on a credit.")
    amount = fields.Float(
        digits=(16, 6), required=True, readonly=True, help="What the partner is charged for it, before any rounding."
    )
    left_out = fields.Boolean(readonly=True, help="Disputed when the window closed: not on the invoice.")
    dispute_ids = fields.Many2many("ev.dispute", string="Disputes", compute="_compute_dispute_ids")

    currency_id = fields.Many2one(related="statement_id.currency_id")
    partner_id = fields.Many2one(related="statement_id.partner_id")
    date_start = fields.Datetime(related="cdr_id.date_start", string="Start")
    evse_id = fields.Many2one(related="cdr_id.evse_id", string="EVSE")
    token_uid = fields.Char(related="cdr_id.token_uid")
    energy_kwh = fields.Float(related="cdr_id.energy_kwh")

    _once_uniq = models.UniqueIndex("(statement_id, cdr_id)", "This session is already on that statement.")
    _page_idx = models.Index("(statement_id, date_stop, id)")
    _site_idx = models.Index("(statement_id, site_id, date_stop, id)")
    # also of the beginning of an id
    _external_idx = models.Index("(statement_id, external_id text_pattern_ops)")

    def _compute_dispute_ids(self):
        domain = [("statement_id", "in", self.statement_id.ids), ("cdr_id", "in", self.cdr_id.ids)]
        found = self.env["ev.dispute"].search(domain).grouped(lambda dispute: (dispute.statement_id, dispute.cdr_id))
        for session in self:
            session.dispute_ids = found.get((session.statement_id, session.cdr_id), False)

    def init(self):
        self.env.cr.execute(_GUARDS)
        return super().init()

    # pylint: disable=method-required-super,no-raise-unlink
    @api.model_create_multi
    def create(self, vals_list):
        raise UserError(self.env._("Sessions come on a statement when it is sent, they are not typed."))

    def write(self, vals):
        raise UserError(self.env._("What a partner was shown cannot be changed."))

    def unlink(self):
        raise UserError(self.env._("What a partner was shown cannot be deleted: withdraw the control window instead."))


class EvStatement(models.Model):
    _inherit = "ev.statement"

    session_ids = fields.One2many(
        "ev.statement.session", "statement_id", "Sessions Shown", readonly=True, groups="base.group_user"
    )
    shown_count = fields.Integer("Sessions Shown to the Partner", readonly=True, copy=False)

    def _store_sessions(self):
        """Write the list from the charges as they are now. What was left out stays on it, as it was shown."""
        self.ensure_one()
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """INSERT INTO ev_statement_session AS listed
                          (statement_id, company_id, cdr_id, external_id, date_stop, site_id, energy_wh, amount, left_out)
                   SELECT %(statement)s, %(company)s, c.id, c.external_id, c.date_stop, c.site_id,
                          CASE WHEN c.credit THEN -c.energy_wh ELSE c.energy_wh END, charged.amount, FALSE
                     FROM (SELECT ch.cdr_id, SUM(CASE WHEN t.direction = 'charge' THEN ch.amount ELSE -ch.amount END) AS amount
                             FROM ev_charge ch JOIN ev_contract_term t ON t.id = ch.term_id
                            WHERE ch.statement_id = %(statement)s AND ch.kind = 'usage' AND ch.cdr_id IS NOT NULL
                         GROUP BY ch.cdr_id) AS charged
                     JOIN ev_cdr c ON c.id = charged.cdr_id
                 ORDER BY c.date_stop, c.id
                       ON CONFLICT (statement_id, cdr_id) DO UPDATE SET amount = EXCLUDED.amount
                    WHERE listed.amount != EXCLUDED.amount""",
                statement=self.id,
                company=self.company_id.id,
            )
        )
        self.shown_count = self._count_shown()
        self.env["ev.statement.session"].invalidate_model()

    def _count_shown(self):
        [(count,)] = self.env.execute_query(
            SQL("SELECT count(*) FROM ev_statement_session WHERE statement_id = %s", self.id)
        )
        return count

    def _drop_sessions(self):
        """Forget the list of statements that go back to draft."""
        self.env.flush_all()
        self.env.cr.execute(SQL("DELETE FROM ev_statement_session WHERE statement_id = ANY(%s)", self.ids))
        self.env["ev.statement.session"].invalidate_model()
        self.shown_count = 0
