"""How long partners take to pay: from a document's date, and from its due date, to the day of the payment that settled it."""

from odoo import fields, models
from odoo.tools import SQL

from .ev_receivable_ageing import ROLES

# A document is paid on the day of the last entry that was reconciled with its receivable lines.
_PAID = """
SELECT m.id, m.company_id, p.commercial_partner_id AS partner_id, m.id AS move_id, m.ev_statement_id AS statement_id,
       st.contract_id, m.invoice_date, m.invoice_date_due, paid.day AS paid_on, paid.day - m.invoice_date AS days,
       paid.day - COALESCE(m.invoice_date_due, m.invoice_date) AS days_late, m.amount_total_signed AS amount,
       company.currency_id AS company_currency_id
  FROM account_move m
  JOIN ev_statement st ON st.id = m.ev_statement_id
  JOIN ev_contract k ON k.id = st.contract_id AND k.role = ANY(%(roles)s)
  JOIN res_partner p ON p.id = m.partner_id
  JOIN res_company company ON company.id = m.company_id
  JOIN LATERAL (
       SELECT max(other.date) AS day
         FROM account_move_line l
         JOIN account_account a ON a.id = l.account_id AND a.account_type = 'asset_receivable'
         JOIN account_partial_reconcile r ON l.id IN (r.debit_move_id, r.credit_move_id)
         JOIN account_move_line other ON other.id IN (r.debit_move_id, r.credit_move_id) AND other.id != l.id
        WHERE l.move_id = m.id) paid ON paid.day IS NOT NULL
 WHERE m.state = 'posted' AND m.move_type = 'out_invoice' AND m.payment_state IN ('paid', 'in_payment')
   AND m.company_id = ANY(%(companies)s)
"""


class EvDaysToPay(models.Model):
    _name = "ev.days.to.pay"
    _description = "Days to Pay"
    _auto = False
    _order = "invoice_date desc, id desc"
    _rec_name = "move_id"

    company_id = fields.Many2one("res.company", readonly=True)
    partner_id = fields.Many2one("res.partner", readonly=True)
    move_id = fields.Many2one("account.move", "Document", readonly=True)
    statement_id = fields.Many2one("ev.statement", readonly=True)
    contract_id = fields.Many2one("ev.contract", readonly=True)
    invoice_date = fields.Date("Date", readonly=True)
    invoice_date_due = fields.Date("Due", readonly=True)
    paid_on = fields.Date("Paid in Full On", readonly=True)
    days = fields.Integer("Days to Pay", readonly=True, aggregator="avg", help="From the document's date.")
    days_late = fields.Integer(
        "Days after Due", readonly=True, aggregator="avg", help="Negative where it was paid before its due date."
    )
    amount = fields.Monetary(currency_field="company_currency_id", readonly=True)
    company_currency_id = fields.Many2one("res.currency", readonly=True)

    @property
    def _table_query(self):
        self.env.flush_all()
        return SQL(_PAID, roles=list(ROLES), companies=self.env.companies.ids)
