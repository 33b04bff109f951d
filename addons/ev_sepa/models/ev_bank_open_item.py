"""What a bank movement can settle, read in few queries and in exact decimals: documents, payments under way, payments sent.

An item's id says how to find it again: "d:move:account" the open lines of a document on one account, "p:line" the outstanding
line of a core payment, "r:payment" a payment of a batch that comes back, "l:line" a line that a person chose.
"""

from decimal import Decimal

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.base.models.res_bank import sanitize_account_number

from ..matching import DOCUMENT, PAYMENT, RETURN, OpenItem

# A document is one thing, however many instalments it has; a line of another entry (an opening balance) is one by itself.
_DOCUMENTS = """
SELECT item.key, SUM(item.residual)::text, item.currency, item.partner, item.names, MIN(item.due)
  FROM (SELECT CASE WHEN m.move_type = 'entry' THEN 'l:' || aml.id ELSE 'd:' || m.id || ':' || aml.account_id END AS key,
               aml.amount_residual_currency AS residual, c.name AS currency, p.commercial_partner_id AS partner,
               ARRAY_REMOVE(ARRAY[m.name, m.payment_reference, m.ref, CASE WHEN m.move_type = 'entry' THEN aml.name END], NULL)
                   AS names,
               COALESCE(aml.date_maturity, m.invoice_date, m.date) AS due
          FROM account_move_line aml
          JOIN account_move m ON m.id = aml.move_id
          JOIN account_account a ON a.id = aml.account_id
          JOIN res_currency c ON c.id = aml.currency_id
          LEFT JOIN res_partner p ON p.id = aml.partner_id
         WHERE aml.company_id = %(company)s AND aml.parent_state = 'posted' AND NOT aml.reconciled
           AND a.account_type IN ('asset_receivable', 'liability_payable') AND a.reconcile
           AND aml.amount_residual_currency != 0) item
 GROUP BY item.key, item.currency, item.partner, item.names
HAVING SUM(item.residual) != 0
"""
# A payment whose return was told before it was booked still waits for its booking.
_PAYMENTS = """
SELECT 'p:' || aml.id, aml.amount_residual_currency::text, c.name, pa.commercial_partner_id,
       ARRAY_REMOVE(ARRAY[m.name, p.payment_reference, p.memo], NULL), m.date, l.end_to_end_id, l.block_id, b.message_id
  FROM account_payment p
  JOIN account_move m ON m.id = p.move_id
  JOIN account_move_line aml ON aml.move_id = m.id AND aml.account_id = p.outstanding_account_id
  JOIN account_account a ON a.id = aml.account_id
  JOIN res_currency c ON c.id = aml.currency_id
  LEFT JOIN res_partner pa ON pa.id = p.partner_id
  LEFT JOIN ev_payment_line l ON l.payment_id = p.id AND l.state NOT IN ('rejected', 'cancelled')
  LEFT JOIN ev_payment_batch b ON b.id = l.batch_id
 WHERE aml.company_id = %(company)s AND p.journal_id = %(journal)s AND aml.parent_state = 'posted' AND NOT aml.reconciled
   AND a.reconcile AND a.account_type != 'asset_cash'
   AND (p.state NOT IN ('draft', 'canceled', 'rejected') OR l.state = 'returned')
"""
_SENT = """
SELECT 'r:' || l.id, (CASE WHEN b.kind = 'credit_transfer' THEN l.amount ELSE -l.amount END)::text, c.name,
       pa.commercial_partner_id, l.booked_on, l.end_to_end_id
  FROM ev_payment_line l
  JOIN ev_payment_batch b ON b.id = l.batch_id
  JOIN res_currency c ON c.id = l.currency_id
  JOIN res_partner pa ON pa.id = l.partner_id
 WHERE l.company_id = %(company)s AND b.journal_id = %(journal)s AND l.payment_id IS NOT NULL
   AND l.state IN ('released', 'accepted', 'booked') AND l.end_to_end_id = ANY(%(ends)s)
"""
_OWN = "SELECT end_to_end_id, state FROM ev_payment_line WHERE company_id = %s AND end_to_end_id = ANY(%s) ORDER BY id DESC"
# Who pays is known by an account on file; not by one on hold, nor by one that somebody typed on the portal.
_PARTNERS = """
SELECT b.sanitized_acc_number, ARRAY_AGG(DISTINCT p.commercial_partner_id)
  FROM res_partner_bank b JOIN res_partner p ON p.id = b.partner_id
  LEFT JOIN res_users u ON u.id = b.ev_changed_by_id
 WHERE b.active AND (b.company_id IS NULL OR b.company_id = %(company)s) AND b.sanitized_acc_number = ANY(%(accounts)s)
   AND b.ev_approval IS DISTINCT FROM 'held' AND NOT (b.ev_approval = 'waiting' AND COALESCE(u.share, FALSE))
 GROUP BY 1
"""


class EvBankEntry(models.Model):
    _inherit = "ev.bank.entry"

    @api.model
    def _read_open_items(self, journal, ends):
        """Everything that is open for a journal's movements.

        :param ends: EndToEndIds that movements have, to find what comes back
        :rtype: list[OpenItem]
        """
        self.env.flush_all()
        scope = {"company": journal.company_id.id, "journal": journal.id, "ends": list(ends)}
        items = [
            OpenItem(key, DOCUMENT, Decimal(residual), currency, partner, tuple(dict.fromkeys(names)), day)
            for key, residual, currency, partner, names, day in self.env.execute_query(SQL(_DOCUMENTS, **scope))
        ]
        for key, residual, currency, partner, names, day, end, *batches in self.env.execute_query(
            SQL(_PAYMENTS, **scope)
        ):
            batches = tuple(name for name in batches if name)
            names = tuple(dict.fromkeys(names)) if not end else ()
            items.append(OpenItem(key, PAYMENT, Decimal(residual), currency, partner, names, day, end or "", batches))
        for key, residual, currency, partner, day, end in self.env.execute_query(SQL(_SENT, **scope)):
            items.append(OpenItem(key, RETURN, Decimal(residual), currency, partner, (), day, end))
        return items

    @api.model
    def _find_own(self, company, ends):
        """{EndToEndId: what became of that payment of ours, in words}; of nobody else's."""
        became = {
            "released": self.env._("is not posted yet: use Match Again when it is"),
            "accepted": self.env._("is not posted yet: use Match Again when it is"),
            "booked": self.env._("another movement settled already: ask the bank whether it was executed twice"),
            "returned": self.env._("came back already: ask the bank whether it was executed twice"),
            "rejected": self.env._("the bank rejected before: ask the bank why it was executed"),
            "cancelled": self.env._("was cancelled: ask the bank why it was executed"),
        }
        self.env["ev.payment.line"].flush_model(["state", "end_to_end_id"])
        rows = self.env.execute_query(SQL(_OWN, company.id, list(ends))) if ends else ()
        return {end: became[state] for end, state in reversed(rows) if state in became}

    @api.model
    def _find_partners(self, company, accounts):
        """{account number: commercial partner id}, where exactly one partner has it."""
        plain = {account: sanitize_account_number(account) for account in accounts if account}
        rows = self.env.execute_query(SQL(_PARTNERS, company=company.id, accounts=sorted(set(plain.values()))))
        found = {account: partners[0] for account, partners in rows if len(partners) == 1}
        return {account: found[number] for account, number in plain.items() if number in found}
