"""Payments that an entry of the bank names as executed, whatever became of the entry: it waits, is parked, or is settled."""

from collections import defaultdict
from datetime import timedelta

from odoo import models
from odoo.tools import SQL

from ..iso20022.model import CREDIT_TRANSFER

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
            # a bank books nothing before it has the file
            first = (batch.released_at or batch.create_date).date() - timedelta(days=1)
            sign = -1 if batch.kind == CREDIT_TRANSFER else 1
            found = self.env.execute_query(SQL(_NAMED, batch.journal_id.id, first, sign, list(by_name)))
            named = named.union(*(by_name[name] for (name,) in found))
        return named

    def _get_names(self, by_batch):
        names = [self.end_to_end_id]
        if by_batch:
            names += [self.block_id, self.batch_id.message_id]
        return [name for name in names if name]
