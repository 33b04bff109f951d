from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_datetime

from ..rating import epoch

RETRY = timedelta(hours=1)
REASONS = [("no_index_value", "Index value missing"), ("no_revenue", "Revenue of the session not known")]


class EvStatementGap(models.Model):
    """Charges that wait: what a statement could not price, and why. Never priced at zero, never forgotten.

    They go away when the statement is computed again with what was missing; those of an approved statement come on a later one
    as late sessions.
    """

    _name = "ev.statement.gap"
    _description = "Charges Waiting for a Price"
    _order = "statement_id, id"
    _log_access = False

    statement_id = fields.Many2one("ev.statement", required=True, readonly=True, index=True, ondelete="cascade")
    contract_id = fields.Many2one("ev.contract", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    version_id = fields.Many2one("ev.contract.term.version", required=True, readonly=True, ondelete="cascade")
    term_id = fields.Many2one(related="version_id.term_id")
    index_id = fields.Many2one("ev.price.index", readonly=True, ondelete="cascade", index="btree_not_null")
    reason = fields.Selection(REASONS, required=True, readonly=True)
    charge_count = fields.Integer("Charges", readonly=True)
    energy_kwh = fields.Float("Energy (kWh)", digits=(16, 3), readonly=True)
    date_from = fields.Datetime("First Session From", readonly=True)
    date_to = fields.Datetime("Last Session To", readonly=True)
    name = fields.Char("Why", compute="_compute_name")

    @api.depends("reason", "index_id", "charge_count", "date_from", "date_to")
    @api.depends_context("lang")
    def _compute_name(self):
        for gap in self:
            first, last = (
                format_datetime(self.env, moment, dt_format="short") for moment in (gap.date_from, gap.date_to)
            )
            if gap.reason == "no_index_value":
                gap.name = self.env._(
                    "%(term)s: %(count)s charges between %(first)s and %(last)s wait for values of %(index)s.",
                    term=gap.term_id.name,
                    count=gap.charge_count,
                    first=first,
                    last=last,
                    index=gap.index_id.name,
                )
            else:
                gap.name = self.env._(
                    "%(term)s: the revenue of %(count)s sessions between %(first)s and %(last)s is not known: they have no sale "
                    "contract, or more than one, or their sale waits for index values.",
                    term=gap.term_id.name,
                    count=gap.charge_count,
                    first=first,
                    last=last,
                )

    def _is_filled(self):
        """Whether what was missing is there by now."""
        self.ensure_one()
        if self.reason != "no_index_value":
            return False
        return not self.index_id.sudo()._get_gaps(epoch(self.date_from), epoch(self.date_to))

    def _has_news(self):
        """Whether computing the statement again may price some of it: it need not be all that waits.

        Index values came in between since it was computed. A share may also wait for a sale contract: worth a look every hour.
        """
        self.ensure_one()
        statement = self.statement_id
        if self.reason == "no_index_value":
            known = (statement.index_revisions or {}).get(str(self.index_id.id), 0)
            return self._find_values(SQL("index_id = %s AND revision_from > %s", self.index_id.id, known))
        if not statement.computed_at or statement.computed_at <= fields.Datetime.now() - RETRY:
            return True
        return self._find_values(SQL("recorded_at >= %s", statement.computed_at))

    def _find_values(self, which):
        """Whether such index values apply in the time in which the charges wait."""
        query = SQL(
            "SELECT 1 FROM ev_price_index_value WHERE %s AND date_start <= %s AND date_end > %s AND revision_to IS NULL LIMIT 1",
            which,
            self.date_to,
            self.date_from,
        )
        return bool(self.env.execute_query(query))


class EvPriceIndex(models.Model):
    _inherit = "ev.price.index"

    def _values_changed(self, start_epoch, end_epoch):
        """Drafts that waited for these values are computed again, by the next run of the cron: importing stays fast."""
        result = super()._values_changed(start_epoch, end_epoch)
        # a share may wait for the price of its sale: any index
        waiting = Domain("index_id", "in", self.ids) | Domain("reason", "=", "no_revenue")
        open_gaps = waiting & Domain("statement_id.state", "in", ("draft", "control"))
        if self.env["ev.statement.gap"].sudo().search_count(open_gaps, limit=1):
            self.env.ref("ev_billing.ir_cron_fill_gaps").sudo()._trigger()
        return result


class EvStatement(models.Model):
    _inherit = "ev.statement"

    @api.model
    def _cron_fill_gaps(self):
        """Compute drafts again whose missing prices may have arrived; each on its own, so that one that fails stops no other."""
        gaps = self.env["ev.statement.gap"].search([("statement_id.state", "in", ("draft", "control"))])
        ready = gaps.filtered(lambda gap: gap._has_news()).statement_id.filtered(lambda draft: not draft._is_closed())
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(ready))
        for statement in ready:
            try:
                with self.env.cr.savepoint():
                    statement._compute_charges()
            except UserError as error:
                statement.message_post(body=self.env._("Prices arrived, but it could not be computed again: %s", error))
            if not cron._commit_progress(1):
                return

    def action_approve_without_prices(self):
        """Approve although charges wait for prices: they come on a later statement, as late sessions."""
        self._check_step("write")
        for run in self.sudo().run_id:
            run._check_releasable()
        for statement in self:
            waiting = statement.gap_ids.mapped("name")
            statement.sudo()._approve(with_gaps=True)
            if waiting:
                statement.message_post(
                    body=self.env._(
                        "Approved by %(user)s without: %(what)s", user=self.env.user.name, what=" ".join(waiting)
                    )
                )
        return True
