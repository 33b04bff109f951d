"""What the file will say of a payment, copied from partner, account and documents while the batch is a draft."""

from odoo import models

from ..iso20022 import remittance
from ..iso20022.model import CREDIT_TRANSFER, Account, Address, Document, Party, Transaction
from .ev_payment_exact import exact_amounts

# How many payments are in memory at once while they are looked at.
SLICE = 1000


class EvPaymentLine(models.Model):
    _inherit = "ev.payment.line"

    def _refresh_apart(self):
        """`_refresh`, a slice after the other: memory does not grow with the payments."""
        for start in range(0, len(self), SLICE):
            self[start : start + SLICE]._refresh()
            self.env.flush_all()
            self.env.invalidate_all()

    def _refresh(self):
        """Copy the facts anew and look at the holds again; for batches nobody has approved."""
        for batch in self.batch_id.sudo():
            lines = self.sudo().filtered(lambda line, batch=batch: line.batch_id == batch)
            holds = batch._find_line_holds(lines)
            for line in lines:
                line._take_hold(holds.get(line.id))
                line.write(line._prepare_facts())

    def _take_hold(self, hold):
        """Hold the payment back, or let it go on."""
        code, note = hold or (False, False)
        if bool(hold) != (self.state == "held") or (code, note) != (self.hold_code, self.hold_note):
            self._set_state("held" if hold else "ready", hold_code=code, hold_note=note)

    def _prepare_facts(self):
        """Values of what is copied: account, name, address, remittance."""
        self.ensure_one()
        account, partner = self.partner_bank_id, self.partner_id
        number = account.sanitized_acc_number or ""
        is_iban = account.acc_type == "iban"
        texts = self._get_document_texts()
        return {
            "iban": number if is_iban else False,
            "account_number": False if is_iban else number,
            "bic": account.bank_bic or False,
            "clearing_number": account.clearing_number or False,
            "account_name": account.acc_holder_name or partner.name,
            "address": self._get_address(partner),
            "remittance": remittance.fit(texts),
            "needs_advice": remittance.needs_advice(texts),
        }

    def _get_money_facts(self, amount, settled):
        """What of a payment must not change between checking and the file, as a list for the fingerprint.

        :param amount: Decimal
        :param settled: {item id: Decimal}
        """
        return [
            self.end_to_end_id,
            str(amount),
            self.iban or self.account_number or "",
            self.bic or "",
            self.clearing_number or "",
            self.account_name or "",
            self.address,
            self.remittance or "",
            self.reference or "",
            sorted([item.move_line_id.id, str(settled[item.id])] for item in self.item_ids),
        ]

    def _get_document_texts(self):
        """What the payee knows its documents by, the statement's number first."""
        moves = self.item_ids.move_id
        statements = list(dict.fromkeys(moves.ev_statement_id.mapped("name")))
        return statements + [move.payment_reference or move.name for move in moves]

    def _get_address(self, partner):
        """The postal address in parts. Street and number stay together: Odoo keeps them in one field."""
        return {
            "country": partner.country_id.code or "",
            "town": partner.city or "",
            "postcode": partner.zip or "",
            "street": ", ".join(filter(None, [partner.street, partner.street2])),
            "region": partner.state_id.name or "",
        }

    # -------------------------------------------------------------------- file

    def _make_transactions(self):
        """The lines as the file's transactions, amounts exact.

        :rtype: list[Transaction]
        """
        amounts = exact_amounts(self.env, "ev_payment_line", self.ids)
        return [line._make_transaction(amounts[line.id]) for line in self]

    def _make_transaction(self, amount):
        credit = self.kind == CREDIT_TRANSFER
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
            documents=self._make_documents() if credit and self.batch_id.profile_id.extended_remittance else (),
            mandate=None if credit else self._make_mandate(),
        )

    def _make_documents(self):
        amounts = exact_amounts(self.env, "ev_payment_item", self.item_ids.ids)
        return tuple(
            Document(
                item.move_id.payment_reference or item.move_id.name,
                abs(amounts[item.id]),
                is_credit=amounts[item.id] < 0,
                day=item.move_id.invoice_date or None,
            )
            for item in self.item_ids
        )

    def _make_mandate(self):
        """Hook: the mandate of a direct debit as the file names it."""
        return None
