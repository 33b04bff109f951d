"""What keeps single sessions out of billing, for a while or for good, with a written reason (design invariant 3)."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

STATES = [("held", "Billed Later"), ("excluded", "Never Billed"), ("released", "Released")]
ACCOUNTANT = "account.group_account_invoice"


def not_held(cdr, original=None):
    """SQL that keeps held and excluded sessions out, and credits of them: what was not billed is not paid back.

    :param SQL cdr: the session's id
    :param SQL original: the id of the session it takes back, where the query looks at credits
    """
    query = "NOT EXISTS (SELECT 1 FROM ev_cdr_hold hold WHERE hold.cdr_id = %s AND hold.state != 'released')"
    kept = SQL(query, cdr)
    return SQL("%s AND %s", kept, SQL(query, original)) if original else kept


class EvCdrHold(models.Model):
    """One session out of billing: `held` comes on a later statement, `excluded` on none, `released` is open to billing again.

    Rows are made and ended by `ev.cdr._hold` and `ev.cdr._release` only, and stay: who, when, why.
    """

    _name = "ev.cdr.hold"
    _description = "Session out of Billing"
    _order = "id desc"
    _rec_name = "cdr_id"

    cdr_id = fields.Many2one("ev.cdr", "Session", required=True, readonly=True, index=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    state = fields.Selection(STATES, required=True, readonly=True)
    reason = fields.Text(required=True, readonly=True)
    finding_id = fields.Many2one("ev.finding", readonly=True, index="btree_not_null", ondelete="set null")
    user_id = fields.Many2one("res.users", "Decided by", required=True, readonly=True, ondelete="restrict")
    decided_at = fields.Datetime("Decided", required=True, readonly=True)
    released_by_id = fields.Many2one("res.users", "Released by", readonly=True, ondelete="restrict")
    released_at = fields.Datetime("Released", readonly=True)
    release_reason = fields.Text(readonly=True)

    # Also what the queries of statements look into: almost always empty.
    _active_uniq = models.UniqueIndex(
        "(cdr_id) WHERE state != 'released'", "This session is already kept out of billing: release it first."
    )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._("Who kept a session out of billing, when and why stays on file: release it instead.")
        )

    def _end(self, reason):
        """End the decision; its row stays as what once was decided. What was found stays decided: see `_reopen_findings`."""
        self.sudo().write(
            {
                "state": "released",
                "released_by_id": self.env.uid,
                "released_at": fields.Datetime.now(),
                "release_reason": reason,
            }
        )
        self.flush_recordset()

    def _reopen_findings(self, reason):
        """Open again what kept these sessions out: their last decision, and those it took over from."""
        earlier = self.cdr_id.ev_hold_ids.finding_id - self.finding_id
        keeping = self.sudo().search([("finding_id", "in", earlier.ids), ("state", "!=", "released")]).finding_id
        decided = (self.finding_id | earlier - keeping).filtered(lambda finding: finding.state in ("held", "excluded"))
        decided._reopen(self.env._("Its session is no longer kept out of billing: %s", reason))


class EvCdr(models.Model):
    _inherit = "ev.cdr"

    ev_hold_ids = fields.One2many(
        "ev.cdr.hold",
        "cdr_id",
        "Out of Billing",
        groups="account.group_account_invoice,account.group_account_readonly,ev_billing.group_contract_admin",
    )

    def _hold(self, state, reason, finding=None):
        """Keep these sessions out of billing; those already kept out take the new decision.

        :param state: `held` (billed later) or `excluded` (never billed)
        :param reason: in words; kept
        :param finding: the ev.finding it was decided on
        :raises UserError: no reason, or one of them is already billed
        """
        self._check_hold(reason)
        # the findings of the decisions before stay decided: their sessions are kept out as they were
        self._active_holds()._end(reason)
        return (
            self.env["ev.cdr.hold"]
            .sudo()
            .create(
                [
                    {
                        "cdr_id": cdr.id,
                        "company_id": cdr.company_id.id,
                        "state": state,
                        "reason": reason,
                        "finding_id": finding.id if finding else False,
                        "user_id": self.env.uid,
                        "decided_at": fields.Datetime.now(),
                    }
                    for cdr in self
                ]
            )
        )

    def _release(self, reason):
        """Bill them after all: they come on the next open statement.

        :raises UserError: no reason, one of them is not kept out, or is already billed
        """
        self._check_hold(reason)
        holds = self._active_holds()
        if free := self - holds.cdr_id:
            raise UserError(
                self.env._("Session %s is not kept out of billing: there is nothing to release.", free[0].external_id)
            )
        holds._end(reason)
        holds._reopen_findings(reason)
        return holds

    def _active_holds(self):
        domain = [("cdr_id", "in", self.ids), ("state", "!=", "released")]
        return self.env["ev.cdr.hold"].sudo().search(domain)

    def _check_hold(self, reason):
        """Who may, and what no longer can be changed.

        The drafts that charge one of the sessions are touched, so that an approval at the same moment fails and is retried: both
        would read the world before the other (REPEATABLE READ).
        """
        if not self.env.su and not self.env.user.has_group(ACCOUNTANT):
            raise AccessError(self.env._("Keeping sessions out of billing is for accountants."))
        self.check_access("read")
        if not (reason or "").strip():
            raise UserError(self.env._("Say why: the reason is kept with the session."))
        charged = self._find_charged()
        if billed := next((row for row in charged if row[3] not in ("draft", "control")), None):
            raise UserError(
                self.env._(
                    "Session %(session)s is already billed on %(statement)s: take it back with a credit CDR, use Correct on "
                    "the session.",
                    session=billed[0],
                    statement=billed[2],
                )
            )
        if drafts := tuple({row[1] for row in charged}):
            self.env.cr.execute(SQL("UPDATE ev_statement SET write_date = write_date WHERE id IN %s", drafts))

    def _find_charged(self):
        """[(session, statement id, its name, its state)] of the statements that charge these sessions or credits of them."""
        self.env["ev.statement"].flush_model(["state", "name"])
        return self.env.execute_query(
            SQL(
                """SELECT c.external_id, s.id, s.name, s.state FROM ev_cdr c
                     JOIN ev_cdr either ON either.id = c.id OR either.credit_of_id = c.id
                     JOIN ev_charge ch ON ch.cdr_id = either.id AND ch.origin_id IS NULL
                     JOIN ev_statement s ON s.id = ch.statement_id
                    WHERE c.id = ANY(%s) GROUP BY 1, 2, 3, 4 ORDER BY s.id""",
                self.ids,
            )
        )
