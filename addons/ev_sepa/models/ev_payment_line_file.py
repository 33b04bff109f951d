"""Payments as the transactions of a file: frozen facts and exact amounts, nothing read from partners or documents."""

from odoo import models

from ..iso20022.model import CREDIT_TRANSFER, Account, Address, Document, Party, Transaction
from .ev_payment_exact import exact_amounts


class EvPaymentLine(models.Model):
    _inherit = "ev.payment.line"

    def _make_transactions(self):
        """The lines as the file's transactions, amounts exact.

        :rtype: tuple[Transaction, ...]
        """
        transactions = []
        for lines in self._slices():
            amounts = exact_amounts(self.env, "ev_payment_line", lines.ids)
            documents = lines._make_documents()
            transactions += [line._make_transaction(amounts[line.id], documents.get(line.id, ())) for line in lines]
        return tuple(transactions)

    def _make_transaction(self, amount, documents):
        return Transaction(
            end_to_end_id=self.end_to_end_id,
            amount=amount,
            currency=self.currency_id.name,
            party=Party(self.account_name or "", Address(**(self.address or {}))),
            account=Account(
                iban=self.iban or "",
                number=self.account_number or "",
                bic=self.bic or "",
                clearing=self.clearing_number or "",
            ),
            remittance=self.remittance or "",
            reference=self.reference or "",
            documents=documents,
            mandate=None if self.kind == CREDIT_TRANSFER else self._make_mandate(),
        )

    def _make_documents(self):
        """{line id: its documents}, for credits to a bank that takes them (ERI); empty for others."""
        batch = self.batch_id
        if batch.kind != CREDIT_TRANSFER or not batch.profile_id.extended_remittance:
            return {}
        amounts = exact_amounts(self.env, "ev_payment_item", self.item_ids.ids)
        return {
            line.id: tuple(
                Document(item.number or "", abs(amounts[item.id]), amounts[item.id] < 0, item.invoice_date or None)
                for item in line.item_ids
            )
            for line in self
        }

    def _make_mandate(self):
        """Hook: the mandate of a direct debit as the file names it."""
        return None
