"""Disputes of sessions hold the documents that charge them, in both directions."""

from odoo import models
from odoo.tools import SQL

# As `EvStatement._has_charged_dispute`, of many statements: what the control window left out holds up nothing.
_DISPUTED = """
SELECT d.statement_id, COUNT(*)
  FROM ev_dispute d
  LEFT JOIN ev_statement_session s ON s.statement_id = d.statement_id AND s.cdr_id = d.cdr_id
 WHERE d.statement_id = ANY(%s) AND d.state = 'open' AND NOT COALESCE(s.left_out, FALSE)
 GROUP BY d.statement_id
"""


class EvPaymentBatch(models.Model):
    _inherit = "ev.payment.batch"

    def _find_document_holds(self, items):
        holds = super()._find_document_holds(items)
        disputed = self._count_disputed({item.statement_id for item in items if item.statement_id})
        for item in items:
            if item.statement_id in disputed and item.move_id not in holds:
                sentence = self.env._(
                    "%(name)s: %(count)s sessions of %(statement)s are disputed; answer the partner first.",
                    name=item.name,
                    count=disputed[item.statement_id],
                    statement=item.statement_name,
                )
                holds[item.move_id] = ("disputed", sentence)
        return holds

    def _count_disputed(self, statement_ids):
        """{statement id: how many of the sessions it charges are disputed}"""
        if not statement_ids:
            return {}
        self.env["ev.dispute"].flush_model()
        self.env["ev.statement.session"].flush_model()
        return dict(self.env.execute_query(SQL(_DISPUTED, sorted(statement_ids))))
