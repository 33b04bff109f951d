"""What is open and could be paid or collected: read in one query, in exact decimals, with what the contract says about paying."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from odoo import models
from odoo.tools import SQL

_OPEN_ITEMS = """
SELECT aml.id, aml.move_id, m.commercial_partner_id, m.partner_bank_id, aml.account_id, aml.currency_id,
       -aml.amount_residual_currency::text::numeric, COALESCE(aml.date_maturity, m.invoice_date, m.date),
       COALESCE(NULLIF(m.payment_reference, ''),
                CASE WHEN m.move_type IN ('in_invoice', 'in_refund') AND m.ref IS DISTINCT FROM s.name THEN NULLIF(m.ref, '') END,
                m.name), m.name, m.payment_state, s.id, s.name, c.payment_grouping,
       COALESCE(c.pay_when_paid, false), m.move_type, m.invoice_date
  FROM account_move_line aml
  JOIN account_move m ON m.id = aml.move_id
  JOIN account_account a ON a.id = aml.account_id
  LEFT JOIN ev_statement s ON s.id = m.ev_statement_id
  LEFT JOIN ev_contract c ON c.id = s.contract_id
 WHERE aml.company_id = %(company)s AND m.state = 'posted' AND a.account_type IN ('asset_receivable', 'liability_payable')
   AND m.move_type IN ('out_invoice', 'out_refund', 'in_invoice', 'in_refund')
   AND NOT aml.reconciled AND aml.amount_residual_currency != 0 AND %(scope)s
   AND (%(live_too)s OR NOT EXISTS (SELECT 1 FROM ev_payment_item i WHERE i.move_line_id = aml.id AND i.live))
 ORDER BY m.commercial_partner_id, COALESCE(aml.date_maturity, m.invoice_date, m.date), aml.id
"""


@dataclass(frozen=True, slots=True)
class OpenItem:
    """One open line of a posted document. `amount` is in its currency: positive we owe, negative the partner owes us.

    :ivar text: what the payee knows the document by: see `_get_payee_number`
    :ivar payment_state: core's, for documents that an accountant blocked
    """

    line_id: int
    move_id: int
    partner_id: int
    bank_id: int | None
    account_id: int
    currency_id: int
    amount: Decimal
    due: date
    text: str
    name: str
    payment_state: str
    statement_id: int | None
    statement_name: str | None
    grouping: str | None
    pay_when_paid: bool
    move_type: str
    day: date | None


class EvPaymentBatch(models.Model):
    _inherit = "ev.payment.batch"

    def _read_open_items(self, company, scope, live_too=False):
        """The open items of a company that no live payment settles.

        :param live_too: those of live payments as well

        :param SQL scope: a condition on `aml` (open line), `m` (document), `s` (statement)
        :rtype: list[OpenItem]
        """
        self.env.flush_all()
        rows = self.env.execute_query(SQL(_OPEN_ITEMS, company=company.id, scope=scope, live_too=live_too))
        return [OpenItem(*row[:6], Decimal(str(row[6])), *row[7:]) for row in rows]

    def _scope_of_moves(self, moves):
        return SQL("m.id IN %s", tuple(moves.ids) or (0,))

    def _scope_of_due(self, day, partners=()):
        """Everything due by a day, of some partners or of all."""
        due = SQL("COALESCE(aml.date_maturity, m.invoice_date, m.date) <= %s", day)
        return SQL("%s AND m.commercial_partner_id IN %s", due, tuple(partners)) if partners else due
