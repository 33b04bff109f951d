"""What somebody settled in the ledger's own screens: the entry that waits for it is settled, too, by the same person.

Core lets an accountant put the item on the suspense account elsewhere and reconcile it. Whoever decided on such an entry anew
would take its bank line out of what it settles, and those documents would be paid a second time.
"""

from odoo import api, models
from odoo.exceptions import UserError

from .ev_bank_entry import WAITING
from .ev_own_work import is_followed, is_own_work

# Where suspense accounts are, also those that the journal had before.
SUSPENSE_TYPE = "asset_current"


class EvBankEntry(models.Model):
    _inherit = "ev.bank.entry"

    def _get_ledger_items(self):
        """Journal items of the bank lines beside the bank's own money."""
        items = self.sudo().statement_line_id.move_id.line_ids
        return items - items._filter_bank_money()

    def _find_settled_items(self):
        """Journal items that somebody reconciled, or put where what waits never is."""
        suspense = self.sudo().journal_id.suspense_account_id
        return self._get_ledger_items().filtered(
            lambda item: (
                item.matched_debit_ids
                or item.matched_credit_ids
                or item.account_id not in suspense
                and item.account_id.account_type != SUSPENSE_TYPE
            )
        )

    def _follow_ledger(self):
        """Take over what was settled in the ledger before anything is decided on it."""
        for entry in self.sudo().filtered(lambda entry: entry.state in WAITING):
            if items := entry._find_settled_items():
                entry._take_from_ledger(items.sorted("write_date")[-1].write_uid)

    def _refuse_settled_in_ledger(self):
        """:raises UserError: somebody settled one of these in the ledger: its bank line is not written anew"""
        for entry in self:
            if entry._find_settled_items():
                entry._refuse_settled()

    def _refuse_settled(self):
        raise UserError(self.env._("'%s' is settled already: undo that first.", self[:1].label))

    def _take_from_ledger(self, user):
        """Settled by hand, by whoever did it in the ledger.

        :param user: `res.users`
        """
        for entry in self.sudo():
            partners = entry._get_ledger_items().partner_id.commercial_partner_id
            if len(partners) == 1:
                entry.partner_id = partners
            entry._add_settled()
            entry._take_settled("manual", self.env._("Settled in the ledger by %s.", user.name))
            entry.settled_by_id = user

    def _add_settled(self):
        """Remember what the bank line is reconciled with; what only tells of exchange rates is no document."""
        items = self._get_ledger_items()
        partials = items.matched_debit_ids | items.matched_credit_ids
        others = (partials.debit_move_id | partials.credit_move_id) - items
        exchange = self.company_id.currency_exchange_journal_id
        self.settled_ids |= others.move_id.filtered(lambda move: move.journal_id != exchange)


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _tell_ev_entries(self):
        """These were put on other accounts: where nothing is reconciled afterwards, their bank entries are settled by that."""
        final = self.sudo().filtered(
            lambda item: (
                item.statement_line_id
                and not item.account_id.reconcile
                and item.account_id != item.journal_id.suspense_account_id
            )
        )
        entries = final.statement_line_id.ev_bank_entry_ids
        entries.filtered(lambda entry: entry.state in WAITING)._take_from_ledger(self.env.user)


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    @api.model_create_multi
    def create(self, vals_list):
        """Bank entries whose bank lines are reconciled here are settled by whoever does that."""
        partials = super().create(vals_list)
        if not is_own_work(self.env) and not is_followed(self.env):
            items = (partials.debit_move_id | partials.credit_move_id).sudo()
            for entry in items.statement_line_id.ev_bank_entry_ids:
                if entry.state in WAITING:
                    entry._take_from_ledger(self.env.user)
                elif entry.state == "matched":
                    # what it left open on the partner's account settles a document now
                    entry._add_settled()
        return partials
