"""From a released payment to the ledger: one core payment per line, reconciled with its documents.

A document is settled against *outstanding payments* the moment its file is released: from then on no other path can pay it,
because nothing of it is open. It shows *In Payment* until the bank has booked it.
"""

from odoo import Command, models
from odoo.exceptions import UserError

from ..iso20022.model import CREDIT_TRANSFER
from .ev_own_work import OWN_WORK
from .ev_payment_exact import exact_amounts

# Payments posted at once: a second or so for each ten.
ENOUGH = 100
PAYABLE = "liability_payable"
BULK = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "skip_analytic_sync": True,
    "ev_payment_posting": OWN_WORK,
}


class EvPaymentLine(models.Model):
    _inherit = "ev.payment.line"

    def _post(self):
        """Make, post and reconcile the core payments of these lines; those that have theirs are left alone."""
        lines = self._lock_unposted()
        if not lines:
            return
        payments = self.env["account.payment"].with_context(**BULK).create([line._prepare_payment() for line in lines])
        for line, payment in zip(lines, payments, strict=True):
            line.write({"payment_id": payment.id})
        payments.action_post()
        for line in lines:
            line.with_context(**BULK)._reconcile()

    def _lock_unposted(self):
        """The lines that wait for their payment, taken for this transaction."""
        self.flush_recordset()
        self.batch_id.flush_recordset(["state"])
        self.env.cr.execute(
            """SELECT id FROM ev_payment_line WHERE id = ANY(%s) AND payment_id IS NULL
                  AND state IN ('released', 'accepted')
                  AND batch_id IN (SELECT id FROM ev_payment_batch WHERE state != 'cancelled')
                ORDER BY id FOR UPDATE""",
            (self.ids,),
        )
        lines = self.browse(row[0] for row in self.env.cr.fetchall())
        lines.invalidate_recordset(["payment_id", "state"])
        return lines

    def _prepare_payment(self):
        """Values of one core payment. Where documents of several accounts are settled, its entry has a line for each."""
        self.ensure_one()
        batch = self.batch_id
        outbound = self.kind == CREDIT_TRANSFER
        method = self._get_method_line(outbound)
        sums = self._get_account_sums()
        main = max(sums, key=lambda account: (sums[account] > 0) == outbound and abs(sums[account]))
        values = {
            "payment_type": "outbound" if outbound else "inbound",
            "partner_type": "supplier" if main.account_type == PAYABLE else "customer",
            "partner_id": self.partner_id.id,
            "amount": self.amount,
            "currency_id": self.currency_id.id,
            "journal_id": batch.journal_id.id,
            "date": batch.execution_date,
            "memo": self.remittance or self.end_to_end_id,
            "payment_reference": self.end_to_end_id,
            "payment_method_line_id": method.id,
            "partner_bank_id": (self.partner_bank_id if outbound else batch.journal_id.bank_account_id).id,
            "destination_account_id": main.id,
            "outstanding_account_id": self._get_outstanding_account(method, outbound).id,
            "invoice_ids": [Command.set(self.item_ids.move_id.ids)],
        }
        others = {account: amount for account, amount in sums.items() if account != main}
        if others:
            values["write_off_line_vals"] = [self._prepare_other(account, amount) for account, amount in others.items()]
        return values

    def _get_method_line(self, outbound):
        journal = self.batch_id.journal_id
        lines = journal.outbound_payment_method_line_ids if outbound else journal.inbound_payment_method_line_ids
        if not lines:
            raise UserError(
                self.env._("%s has no payment method: add 'Manual Payment' on the journal.", journal.display_name)
            )
        return lines.filtered(lambda line: line.code == "manual")[:1] or lines[:1]

    def _get_outstanding_account(self, method, outbound):
        """The account between the ledger and the bank: without one, a document would look paid before the bank has paid."""
        direction = "outbound" if outbound else "inbound"
        payment = self.env["account.payment"].new({"company_id": self.company_id.id})
        return method.payment_account_id or payment._get_outstanding_account(direction)

    def _get_account_sums(self):
        """{account: exact sum of the items on it}; positive what we owe."""
        amounts = exact_amounts(self.env, "ev_payment_item", self.item_ids.ids)
        sums = {}
        for item in self.item_ids:
            account = item.move_line_id.account_id
            sums[account] = sums.get(account, 0) + amounts[item.id]
        return sums

    def _prepare_other(self, account, amount):
        """The entry's line on a further account: debit for what we owe, credit for what the partner owes."""
        batch = self.batch_id
        company = batch.company_id
        balance = batch.currency_id._convert(float(amount), company.currency_id, company, batch.execution_date)
        return {
            "name": self.remittance or self.end_to_end_id,
            "account_id": account.id,
            "partner_id": self.partner_id.id,
            "currency_id": batch.currency_id.id,
            "amount_currency": float(amount),
            "balance": balance,
        }

    def _reconcile(self):
        """Settle the documents with the payment, account by account."""
        self.ensure_one()
        counterparts = self.payment_id.move_id.line_ids.filtered(
            lambda line: line.account_id in self.item_ids.move_line_id.account_id
        )
        for account in counterparts.account_id:
            items = self.item_ids.move_line_id.filtered(lambda line, account=account: line.account_id == account)
            mine = counterparts.filtered(lambda line, account=account: line.account_id == account)
            (mine | items).reconcile()
