"""What is not as it was when a batch was checked: the last look before money moves."""

from decimal import Decimal

from odoo import models
from odoo.tools import SQL

# Documents are taken for this transaction, so that no other path pays them while the file is written.
_OPEN_NOW = """
SELECT aml.id, (-aml.amount_residual_currency)::text, m.name, m.state
  FROM account_move_line aml JOIN account_move m ON m.id = aml.move_id
 WHERE aml.id = ANY(%s) ORDER BY aml.id FOR UPDATE OF aml
"""
_SETTLED = """
SELECT i.move_line_id, l.end_to_end_id, i.amount::text
  FROM ev_payment_item i JOIN ev_payment_line l ON l.id = i.line_id
 WHERE l.batch_id = %s AND i.live ORDER BY i.move_line_id
"""


class EvPaymentBatch(models.Model):
    _inherit = "ev.payment.batch"

    def _find_differences(self):
        """Sentences about everything that is not as it was checked; locks the documents.

        :rtype: list[str]
        """
        self.ensure_one()
        return [
            *self._find_changed_documents(),
            *self._find_new_holds(),
            *self._find_changed_accounts(),
            *([] if self._compute_digest() == self.digest else [self._say_fingerprint()]),
        ]

    def _find_changed_documents(self):
        """Documents that were paid, reversed or changed meanwhile."""
        self.env.flush_all()
        settled = self.env.execute_query(SQL(_SETTLED, self.id))
        rows = self.env.execute_query(SQL(_OPEN_NOW, [move_line_id for move_line_id, *_rest in settled]))
        now = {line_id: (Decimal(amount), name, state) for line_id, amount, name, state in rows}
        sentences = []
        for move_line_id, end_to_end_id, text in settled:
            amount, (residual, name, state) = Decimal(text), now[move_line_id]
            # less than what is open may be paid, never more, and never in the other direction
            covered = state == "posted" and residual * amount > 0 and abs(residual) >= abs(amount)
            if not covered:
                sentences.append(
                    self.env._(
                        "%(payment)s: of %(document)s %(open)s is open, and %(amount)s would be paid.",
                        payment=end_to_end_id,
                        document=name,
                        open=residual,
                        amount=amount,
                    )
                )
        return sentences

    def _find_new_holds(self):
        """Payments that would be held back now."""
        holds = self._find_line_holds(self.line_ids)
        ids = {line.id: line.end_to_end_id for line in self.line_ids}
        return [f"{ids[line_id]}: {note}" for line_id, (_code, note) in holds.items()]

    def _find_changed_accounts(self):
        """Payments whose frozen account is not the approved one of the partner any more."""
        sentences = []
        for line in self.line_ids:
            account = line.partner_bank_id
            same = (line.iban or line.account_number) == account.sanitized_acc_number and (line.bic or "") == (
                account.bank_bic or ""
            )
            if not same:
                sentences.append(
                    self.env._(
                        "%(payment)s goes to %(frozen)s, the partner's account is %(now)s.",
                        payment=line.end_to_end_id,
                        frozen=line.iban or line.account_number,
                        now=account.acc_number,
                    )
                )
        return sentences

    def _say_fingerprint(self):
        return self.env._("Its fingerprint is another one: an amount, an account, a text or the bank profile changed.")
