"""Payments that an entry of the bank names as executed, whatever became of the entry: it waits, is parked, or is settled."""

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal

from odoo import models
from odoo.tools import SQL

from ..iso20022.model import CREDIT_TRANSFER
from .ev_payment_exact import exact_amounts

# Names by which entries may mean a payment, of entries that move money in its direction and give none back.
_NAMED = """
SELECT DISTINCT name.value
  FROM ev_bank_entry e
 CROSS JOIN LATERAL jsonb_array_elements_text(
       COALESCE(e.facts->'ends', '[]'::jsonb) || COALESCE(e.facts->'batches', '[]'::jsonb)) name(value)
 WHERE e.journal_id = %s AND e.date >= %s AND sign(e.amount) = %s
   AND e.return_code IS NULL AND e.is_reversal IS NOT TRUE
   AND name.value IN (SELECT unnest(%s))
"""
# Sums that the bank booked under our names of a file or block. An entry that names payments of it besides is of those alone.
_SUMS = """
SELECT ARRAY(SELECT jsonb_array_elements_text(e.facts->'batches')), ABS(e.amount)::text
  FROM ev_bank_entry e
 WHERE e.journal_id = %s AND e.date >= %s AND sign(e.amount) = %s AND e.state != 'double'
   AND e.return_code IS NULL AND e.is_reversal IS NOT TRUE
   AND e.facts->'batches' ?| %s::text[] AND NOT COALESCE(e.facts->'ends', '[]'::jsonb) ?| %s::text[]
"""
# What the bank has of a file, and did not refuse.
STANDING = ("released", "accepted", "booked", "returned")


class EvPaymentLine(models.Model):
    _inherit = "ev.payment.line"

    def _find_named(self, *, by_batch):
        """Those which an entry names.

        :param by_batch: also by what its file or block is called: a bank may book a block as one sum
        """
        named = self.browse()
        self.env.flush_all()
        for batch in self.batch_id:
            lines = self.filtered(lambda line, batch=batch: line.batch_id == batch)
            by_name = defaultdict(self.browse)
            for line in lines:
                for name in line._get_names(by_batch):
                    by_name[name] |= line
            found = self.env.execute_query(SQL(_NAMED, *batch._get_booking_scope(), list(by_name)))
            named = named.union(*(by_name[name] for (name,) in found))
        return named

    def _get_names(self, by_batch):
        names = [self.end_to_end_id]
        if by_batch:
            names += [self.block_id, self.batch_id.message_id]
        return [name for name in names if name]

    def _find_in_sums(self, rejected):
        """Those whose file or block the bank booked as a sum, which is not that of what is left of it.

        Where a rejection explains why the sum is less, what is rejected is in none.

        :param rejected: all payments that are rejected now
        """
        inside = self.browse()
        self.env.flush_all()
        for batch in self.batch_id:
            lines = self.filtered(lambda line, batch=batch: line.batch_id == batch)
            for names, booked in batch._read_booked_sums().items():
                members = batch.line_ids.filtered(
                    lambda line, names=names, batch=batch: line.block_id in names or batch.message_id in names
                )
                left = (members - rejected).filtered(lambda line: line.state in STANDING and not line._is_refused())
                if booked != sum(exact_amounts(self.env, "ev_payment_line", left.ids).values(), Decimal(0)):
                    inside |= members & lines
        return inside


class EvPaymentBatch(models.Model):
    _inherit = "ev.payment.batch"

    def _get_booking_scope(self):
        """(journal id, first day, sign) of entries that may be of this file: a bank books nothing before it has it."""
        first = (self.released_at or self.create_date).date() - timedelta(days=1)
        return self.journal_id.id, first, -1 if self.kind == CREDIT_TRANSFER else 1

    def _read_booked_sums(self):
        """{names: exact sum} of what the bank booked under names of blocks of this file, else under its message id."""
        blocks = set(self.line_ids.mapped("block_id")) - {False}
        ends = self.line_ids.mapped("end_to_end_id")
        sums = defaultdict(Decimal)
        rows = self.env.execute_query(SQL(_SUMS, *self._get_booking_scope(), [*blocks, self.message_id or ""], ends))
        for names, amount in rows:
            sums[frozenset(blocks.intersection(names)) or frozenset([self.message_id])] += Decimal(amount)
        return sums
