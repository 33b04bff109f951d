"""Bank lines of a bank's file in the OCA's screen: who may reconcile them, and what their entry learns of it."""

from decimal import Decimal

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.ev_sepa.models.ev_bank_entry_book import Target
from odoo.addons.ev_sepa.models.ev_own_work import FOLLOWED, OWN_WORK, is_own_work

READERS = "account.group_account_readonly,account.group_account_invoice"


class AccountBankStatementLine(models.Model):
    _inherit = "account.bank.statement.line"

    ev_entry_state = fields.Selection(related="ev_bank_entry_ids.state", string="Bank Entry's State", groups=READERS)
    ev_entry_rule = fields.Selection(related="ev_bank_entry_ids.rule", groups=READERS)
    ev_entry_reason = fields.Char(related="ev_bank_entry_ids.reason", string="Why", groups=READERS)
    ev_entry_question = fields.Char(related="ev_bank_entry_ids.question", groups=READERS)
    ev_suggestion_ids = fields.One2many(related="ev_bank_entry_ids.suggestion_ids", groups=READERS)

    def _get_entry(self):
        """The entry it came by, if any; also of a line that is being changed in a form."""
        return self._origin.sudo().ev_bank_entry_ids[:1]

    # -------------------------------------------------------------- reconciling

    def reconcile_bank_line(self):
        """A match in the OCA's screen is a match of the entry: by the same people, once, and with what is still open.

        :raises AccessError: the user does not settle entries
        :raises UserError: it is settled, or something was chosen that is not open any more
        """
        entry = self._get_entry().with_env(self.env)
        if not entry:
            return super().reconcile_bank_line()
        self.ensure_one()
        entry = entry._begin_action()
        if not self.can_reconcile:
            raise UserError(
                self.env._("Something of '%s' is on the suspense account still: choose what it settles.", entry.label)
            )
        targets = self._lock_counterparts(self.reconcile_data_info["data"])
        result = super(AccountBankStatementLine, self.with_context(**FOLLOWED)).reconcile_bank_line()
        entry._take_reconciled(targets)
        return result

    def _lock_counterparts(self, rows):
        """[Target] of the counterparts that were chosen, locked and checked: amounts are always compared.

        :param rows: the OCA's reconcile data
        """
        wanted = {id_: row for row in rows for id_ in row.get("counterpart_line_ids") or ()}
        if not wanted:
            return []
        self.env["account.move.line"].browse(wanted).check_access("read")
        self.env.flush_all()
        found = self.env.execute_query(
            SQL(
                """SELECT id, currency_id, amount_residual_currency::text FROM account_move_line
                    WHERE id = ANY(%s) AND parent_state = 'posted' AND NOT reconciled ORDER BY id FOR UPDATE""",
                list(wanted),
            )
        )
        if len(found) != len(wanted):
            raise UserError(
                self.env._("Something you chose is not open any more: reset the reconciliation and choose again.")
            )
        # the cache may be from before the lock
        lines = self.env["account.move.line"].sudo().browse(wanted)
        lines.invalidate_recordset(["amount_residual", "amount_residual_currency", "reconciled"])
        return [
            self._check_counterpart(lines.browse(id_), wanted[id_], currency_id, Decimal(residual))
            for id_, currency_id, residual in found
        ]

    def _check_counterpart(self, line, row, currency_id, residual):
        """:raises UserError: less is open than is taken of it, or a payment of a batch is taken in part"""
        taken = residual
        if row["line_currency_id"] == currency_id:
            taken = -Decimal(str(line.currency_id.round(row["currency_amount"])))
        if (taken > 0) != (residual > 0) or abs(taken) > abs(residual):
            raise UserError(
                self.env._(
                    "Of %(document)s only %(open)s %(currency)s are open: reset the reconciliation and choose again.",
                    document=line.move_id.display_name,
                    open=residual,
                    currency=line.currency_id.name,
                )
            )
        line._check_ev_whole(taken, residual)
        return Target(taken, line.account_id, line.partner_id, line, self.env["ev.payment.line"])

    # ------------------------------------------------------------------ undoing

    def unreconcile_bank_line(self):
        """:raises AccessError: the user does not settle entries"""
        if self._get_entry():
            self.env["ev.bank.file"]._check_maker()
        return super().unreconcile_bank_line()

    def action_undo_reconciliation(self):
        """A match that the OCA keeps in an entry beside the bank line's own is undone there, whoever asks for it."""
        kept = self.filtered(lambda line: line.reconcile_mode == "keep" and line.is_reconciled and line._get_entry())
        for line in kept:
            line._unreconcile_bank_line_keep()
        return super(AccountBankStatementLine, self - kept).action_undo_reconciliation()

    def _unreconcile_bank_line_keep(self):
        """As core's way of undoing: payments of batches and the entry are open again."""
        entry = self._get_entry().filtered(lambda entry: entry.state == "matched")
        entry._check_opens(None if self.env.su else self.env.user)
        payments = self._get_booked_payments()
        own_work = self.with_context(ev_bank_booking=OWN_WORK)
        result = super(AccountBankStatementLine, own_work)._unreconcile_bank_line_keep()
        payments._take_unbooked()
        entry._take_undone()
        return result

    def _get_counterpart_items(self):
        """Those of the entries beside, too."""
        kept = self.filtered(lambda line: line.reconcile_mode == "keep" and line.is_reconciled)
        return super()._get_counterpart_items() | kept.line_ids._all_reconciled_lines().move_id.line_ids


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    def _find_ev_entries(self):
        """Those of which the OCA keeps the match in an entry beside the bank line's own, too."""
        entries = super()._find_ev_entries()
        if is_own_work(self.env):
            return entries
        items = (self.debit_move_id | self.credit_move_id).move_id.line_ids
        others = items.matched_debit_ids.debit_move_id | items.matched_credit_ids.credit_move_id
        kept = others.statement_line_id.sudo().filtered(
            lambda line: line.reconcile_mode == "keep" and line.is_reconciled
        )
        return entries | kept._get_matched_entries()
