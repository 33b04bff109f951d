"""Documents that a bank entry settled until somebody undid that: the bank moved the money, so they wait for the entry."""

from odoo import models
from odoo.tools import SQL, format_date

_UNDONE = """
SELECT undone.id::int, e.label, e.date
  FROM ev_bank_entry e, jsonb_array_elements_text(e.facts -> 'undone') AS undone(id)
 WHERE e.state IN ('exception', 'parked') AND undone.id::int = ANY(%s) ORDER BY e.id
"""


class EvPaymentBatch(models.Model):
    _inherit = "ev.payment.batch"

    def _find_document_holds(self, items):
        holds = super()._find_document_holds(items)
        names = {item.move_id: item.name for item in items}
        self.env["ev.bank.entry"].flush_model(["state", "facts", "label", "date"])
        for move_id, label, day in self.env.execute_query(SQL(_UNDONE, list(names))) if names else ():
            sentence = self.env._(
                "%(name)s was settled by the bank's entry '%(label)s' of %(day)s until that was undone: settle the entry first "
                "(Bank > Exceptions).",
                name=names[move_id],
                label=label,
                day=format_date(self.env, day),
            )
            holds.setdefault(move_id, ("undone", sentence))
        return holds
