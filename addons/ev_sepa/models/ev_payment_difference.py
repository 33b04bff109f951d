"""What is not as it was when a batch was checked: the last look before money moves."""

from decimal import Decimal

from odoo import models
from odoo.tools import SQL

from ..iso20022.model import CREDIT_TRANSFER

# Documents are taken for this transaction, so that no other path pays them while the file is written.
_OPEN_NOW = """
SELECT aml.id, (-aml.amount_residual_currency)::text, m.name, m.state
  FROM account_move_line aml JOIN account_move m ON m.id = aml.move_id
 WHERE aml.id = ANY(%s) ORDER BY aml.id %s
"""
# Credits whose documents name another account than the one they go to.
_OTHERWISE_NAMED = """
SELECT l.end_to_end_id, COALESCE(l.iban, l.account_number), m.name, b.sanitized_acc_number
  FROM ev_payment_line l
  JOIN ev_payment_item i ON i.line_id = l.id AND i.live AND i.amount > 0
  JOIN account_move m ON m.id = i.move_id
  JOIN res_partner_bank b ON b.id = m.partner_bank_id
 WHERE l.batch_id = %s AND l.partner_bank_id IS DISTINCT FROM m.partner_bank_id ORDER BY l.number, i.id
"""
_SETTLED = """
SELECT i.move_line_id, l.end_to_end_id, i.amount::text
  FROM ev_payment_item i JOIN ev_payment_line l ON l.id = i.line_id
 WHERE l.batch_id = %s AND i.live ORDER BY i.move_line_id
"""


class EvPaymentBatch(models.Model):
    _inherit = "ev.payment.batch"

    def _find_differences(self, trial):
        """Sentences about everything that is not as it was checked; locks the documents.

        :param trial: the file as it would be sent now, see `_make_trial`
        :rtype: list[str]
        """
        self.ensure_one()
        return [
            *(sentence for _end_to_end_id, sentence in self._find_changed_documents()),
            *self._find_changed_payments(),
            *self._find_otherwise_named(),
            *([] if self._compute_digest(self._write_file(trial)) == self.digest else [self._say_fingerprint()]),
        ]

    def _find_changed_documents(self, lock=True):
        """Documents that were paid, reversed or changed meanwhile.

        :param lock: whether to keep other paths from paying them until the end of the transaction
        :return: [(end-to-end id, sentence)]
        """
        self.env.flush_all()
        settled = self.env.execute_query(SQL(_SETTLED, self.id))
        rows = self.env.execute_query(
            SQL(_OPEN_NOW, [row[0] for row in settled], SQL("FOR UPDATE OF aml" if lock else ""))
        )
        now = {line_id: (Decimal(amount), name, state) for line_id, amount, name, state in rows}
        sentences = []
        for move_line_id, end_to_end_id, text in settled:
            amount, (residual, name, state) = Decimal(text), now[move_line_id]
            # less than what is open may be paid, never more, and never in the other direction
            covered = state == "posted" and residual * amount > 0 and abs(residual) >= abs(amount)
            if not covered:
                sentence = self.env._(
                    "%(payment)s: of %(document)s %(open)s is open, and %(amount)s would be paid.",
                    payment=end_to_end_id,
                    document=name,
                    open=residual,
                    amount=amount,
                )
                sentences.append((end_to_end_id, sentence))
        return sentences

    def _find_changed_payments(self):
        """Payments that would be held back now, or whose frozen account is not what the partner's says any more."""
        sentences = []
        for lines in self.line_ids._slices():
            holds = self._find_line_holds(lines)
            sentences += [f"{line.end_to_end_id}: {holds[line.id][1]}" for line in lines if line.id in holds]
            sentences += [line._say_account_changed() for line in lines if line._is_account_changed()]
        return sentences

    def _find_otherwise_named(self):
        """Payments whose documents name another account by now."""
        if self.kind != CREDIT_TRANSFER:
            return []
        self.env.flush_all()
        return [
            self.env._(
                "%(payment)s goes to %(frozen)s, and %(document)s names %(named)s.",
                payment=end_to_end_id,
                frozen=frozen,
                document=document,
                named=named,
            )
            for end_to_end_id, frozen, document, named in self.env.execute_query(SQL(_OTHERWISE_NAMED, self.id))
        ]

    def _say_fingerprint(self):
        return self.env._(
            "Its fingerprint is another one: an amount, an account, a text, our own data or the bank profile changed."
        )
