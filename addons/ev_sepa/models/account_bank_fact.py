"""What the bank moved, and what stands in its files, stays in the ledger as it is: in core's screens, and whoever asks.

A bank line that came by a file is not imported a second time: with its journal entry taken away, or of another amount, the money
would be lost. Partner and label of one that waits may be changed; for one that is matched core would throw its counterparts away.
"""

from odoo import api, models
from odoo.exceptions import UserError

from .ev_own_work import find_changed, is_own_work

# Of a journal entry, of a journal item, of a bank line, and of what reconciles two items.
MOVE_FACTS = ("date", "journal_id", "company_id", "currency_id", "statement_line_id")
ITEM_FACTS = (
    "account_id", "partner_id", "move_id", "balance", "debit", "credit", "amount_currency", "currency_id",
)  # fmt: skip
BANK_FACTS = (
    "amount", "amount_currency", "foreign_currency_id", "currency_id", "journal_id", "company_id", "date", "move_id",
)  # fmt: skip
PARTIAL_FACTS = ("debit_move_id", "credit_move_id", "amount", "debit_amount_currency", "credit_amount_currency")
# What core rewrites the whole entry for, counterparts and all.
TEXTS = ("payment_ref", "partner_id")


class AccountMove(models.Model):
    _inherit = "account.move"

    def write(self, vals):
        if not is_own_work(self.env) and ("state" in vals or any(name in vals for name in MOVE_FACTS)):
            changed = self.filtered(lambda move: move.statement_line_id and move._changes_bank_fact(vals))
            changed.statement_line_id._refuse_bank_change()
        return super().write(vals)

    def _changes_bank_fact(self, vals):
        taken_out = self.state == "posted" and vals.get("state", "posted") != "posted"
        return taken_out or bool(find_changed(self, vals, MOVE_FACTS))

    def _reverse_moves(self, default_values_list=None, cancel=False):
        """:raises UserError: the bank moved it, and did not move it back"""
        if not is_own_work(self.env):
            self.statement_line_id._refuse_bank_change()
        return super()._reverse_moves(default_values_list, cancel)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_bank_entry(self):
        if not is_own_work(self.env):
            self.statement_line_id._refuse_bank_change()


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    @api.model_create_multi
    def create(self, vals_list):
        items = super().create(vals_list)
        if not is_own_work(self.env):
            items._filter_bank_money().statement_line_id._refuse_bank_change()
        return items

    def write(self, vals):
        if not is_own_work(self.env) and any(name in vals for name in ITEM_FACTS):
            for item in self:
                if item.statement_line_id or item.move_id.origin_payment_id:
                    item._check_ev_facts(find_changed(item, vals, ITEM_FACTS))
        came = self._find_coming(vals)
        result = super().write(vals)
        came._filter_bank_money().statement_line_id._refuse_bank_change()
        came._tell_ev_entries()
        return result

    def _find_coming(self, vals):
        """Those that these values put on another account or into another entry: the bank's own money is told by the bank."""
        if is_own_work(self.env) or not {"account_id", "move_id"} & vals.keys():
            return self.browse()
        return self.filtered(lambda item: find_changed(item, vals, ("account_id", "move_id")))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_bank_fact(self):
        if not is_own_work(self.env):
            for item in self:
                item._check_ev_facts(ITEM_FACTS)

    def _check_ev_facts(self, names):
        """Whether this item may be changed. Of a bank line that waits, what is not on the bank's own account may go elsewhere.

        :param names: what changes
        :raises UserError: it is of a payment in a bank file, of a bank line that is matched, or the bank's own money
        """
        self.ensure_one()
        if not names:
            return
        self.move_id.origin_payment_id._check_ev_free()
        bank_line = self.statement_line_id
        if bank_line._get_matched_entries() or list(names) != ["partner_id"] and self._filter_bank_money():
            bank_line._refuse_bank_change()

    def _filter_bank_money(self):
        """Those of bank lines that are on the account of the bank itself."""
        return self.filtered("statement_line_id").filtered(
            lambda item: item.account_id == item.sudo().statement_line_id.journal_id.default_account_id
        )


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    def write(self, vals):
        """Less of what is reconciled opens a document as unlinking it does, and core never does it."""
        if not is_own_work(self.env):
            for partial in self:
                if find_changed(partial, vals, PARTIAL_FACTS):
                    partial._check_ev_opens()
        return super().write(vals)

    def _check_ev_opens(self):
        """:raises UserError: a document in a bank file, paid by one, or settled by a bank's entry would be open again"""
        items = self.debit_move_id | self.credit_move_id
        items._check_not_on_its_way()
        self._check_stays_paid()
        items.move_id.origin_payment_id._check_ev_free()
        self._find_ev_entries().statement_line_id._refuse_bank_change()


class AccountBankStatementLine(models.Model):
    _inherit = "account.bank.statement.line"

    def write(self, vals):
        if not is_own_work(self.env) and any(name in vals for name in (*BANK_FACTS, *TEXTS)):
            for line in self.filtered(lambda line: line.sudo().ev_bank_entry_ids):
                if find_changed(line, vals, (*BANK_FACTS, *TEXTS) if line._get_matched_entries() else BANK_FACTS):
                    line._refuse_bank_change()
        return super().write(vals)

    def _get_matched_entries(self):
        return self.sudo().ev_bank_entry_ids.filtered(lambda entry: entry.state == "matched")

    def _refuse_bank_change(self):
        """:raises UserError: one of these came by a bank's file"""
        entry = self.sudo().ev_bank_entry_ids[:1]
        if entry:
            raise UserError(
                self.env._(
                    "'%(label)s' of %(amount)s came by the bank's file %(file)s: its journal entry stays as the bank moved the "
                    "money. If it settles the wrong thing, press 'Undo Match' on the entry (Bank > Bank Entries), and settle "
                    "it anew.",
                    label=entry.label,
                    amount=entry.currency_id.format(entry.amount),
                    file=entry.file_id.name,
                )
            )
