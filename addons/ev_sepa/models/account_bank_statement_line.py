"""Core bank lines that came by a bank file: they stay, and whoever undoes their match gives the entry back to the exceptions."""

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from .ev_own_work import OWN_WORK
from .ev_payment_batch import MAKER


class AccountBankStatementLine(models.Model):
    _inherit = "account.bank.statement.line"

    ev_bank_entry_ids = fields.One2many("ev.bank.entry", "statement_line_id", "Bank Entry", readonly=True)

    def action_undo_reconciliation(self):
        """:raises UserError: it is a payment that came back, or the user is no payment maker"""
        entries = self.sudo().ev_bank_entry_ids.filtered(lambda entry: entry.state == "matched")
        entries._check_opens(None if self.env.su else self.env.user)
        payments = self._get_booked_payments()
        own_work = self.with_context(ev_bank_booking=OWN_WORK)
        result = super(AccountBankStatementLine, own_work).action_undo_reconciliation()
        payments._take_unbooked()
        entries._take_undone()
        return result

    def _get_booked_payments(self):
        """Payments of batches that these bank lines booked: those whose outstanding line is reconciled with them."""
        lines = self._get_counterpart_items()
        others = lines.matched_debit_ids.debit_move_id | lines.matched_credit_ids.credit_move_id
        outstanding = others.filtered(
            lambda line: line.payment_id and line.account_id == line.payment_id.outstanding_account_id
        )
        return outstanding.payment_id.sudo().ev_payment_line_ids

    def _get_counterpart_items(self):
        """Journal items that are reconciled with what these bank lines settle."""
        return self.move_id.line_ids

    @api.ondelete(at_uninstall=False)
    def _unlink_except_bank_entry(self):
        entry = self.sudo().ev_bank_entry_ids[:1]
        if entry:
            raise UserError(
                self.env._(
                    "'%(label)s' came by the bank's file %(file)s and is not imported a second time: undo its match instead of "
                    "deleting it.",
                    label=entry.label,
                    file=entry.file_id.name,
                )
            )


class EvBankEntry(models.Model):
    _inherit = "ev.bank.entry"

    def _undo(self):
        """Take a match back.

        :raises UserError: it is not matched, or is a payment that came back
        """
        self.ensure_one()
        self._follow_ledger()
        if self.state != "matched" or not self.statement_line_id:
            raise UserError(self.env._("'%s' is not matched: there is nothing to undo.", self.label))
        self.statement_line_id.with_context(tracking_disable=True).action_undo_reconciliation()

    def _check_undo(self):
        for entry in self:
            if entry.rule == "return":
                raise UserError(
                    self.env._(
                        "'%s' is a payment that came back: its documents are open again, pay them anew.", entry.label
                    )
                )

    def _check_opens(self, user):
        """Core's *Unreconcile* opens all that an entry settled, for those who may undo its match.

        :param user: who unreconciles; none where the code does, with all rights
        :raises UserError: the user is no payment maker, or it is a payment that came back
        """
        self._check_undo()
        if self and user and not user.has_group(MAKER):
            raise UserError(
                self.env._(
                    "%(documents)s: settled by '%(label)s' of the bank. Ask a payment maker to press 'Undo Match' on that entry "
                    "(Bank > Bank Entries).",
                    documents=", ".join(self[0].settled_ids.mapped("display_name")),
                    label=self[0].label,
                )
            )

    def _take_undone(self):
        """What it settled is open again: an exception, booked on the suspense account.

        Its documents are held until it is settled anew (`ev_payment_undone`), and again when that is undone, too: the bank moved
        that money for one of them.
        """
        for entry in self:
            facts = entry.facts or {}
            undone = sorted({*(facts.get("undone") or ()), *entry.settled_ids.ids})
            reason = self.env._(
                "Undone by %(user)s. It was: %(before)s", user=self.env.user.name, before=entry.reason or ""
            )
            entry.write(
                {
                    "state": "exception",
                    "rule": "exception",
                    "reason": reason,
                    "facts": {**facts, "undone": undone},
                    "settled_ids": [Command.clear()],
                    "settled_by_id": False,
                }
            )
