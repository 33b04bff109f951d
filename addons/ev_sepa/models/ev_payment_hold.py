"""Why a payment is held back: reasons of the document, and reasons of the account it would go to.

Each reason is a code and a sentence that says what to do. Other rooms add theirs by `_find_document_holds`.
"""

from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL, format_date

# Sessions that a credit pays for, sold to others whose documents are still open. Core leaves a blocked one so when it is paid.
_UNPAID_SALES = """
SELECT DISTINCT hs.id, m.name
  FROM ev_statement hs
  JOIN ev_charge hc ON hc.statement_id = hs.id
  JOIN ev_charge sold ON sold.cdr_id = hc.cdr_id AND sold.statement_id != hs.id
  JOIN ev_statement ss ON ss.id = sold.statement_id
  JOIN account_move m ON m.ev_statement_id = ss.id AND m.move_type = 'out_invoice' AND m.state = 'posted'
 WHERE hs.id IN %(statements)s
   AND (m.payment_state IN ('not_paid', 'partial', 'in_payment') OR m.payment_state = 'blocked' AND m.amount_residual != 0)
"""
# A host's sessions that were sold on no document yet are not paid for either.
_UNBILLED_SALES = """
SELECT DISTINCT hs.id, ss.name
  FROM ev_statement hs
  JOIN ev_charge hc ON hc.statement_id = hs.id
  JOIN ev_charge sold ON sold.cdr_id = hc.cdr_id AND sold.statement_id != hs.id
  JOIN ev_statement ss ON ss.id = sold.statement_id
 WHERE hs.id IN %(statements)s AND ss.total_charge != 0 AND ss.state NOT IN ('documented', 'settled')
"""

_LAST_ACCOUNTS = """
SELECT DISTINCT ON (l.partner_id) l.partner_id, l.partner_bank_id, COALESCE(l.iban, l.account_number)
  FROM ev_payment_line l JOIN ev_payment_batch b ON b.id = l.batch_id
 WHERE b.kind = 'credit_transfer' AND l.state IN ('released', 'accepted', 'booked') AND l.partner_id = ANY(%s)
 ORDER BY l.partner_id, l.id DESC
"""


class EvPaymentBatch(models.Model):
    _inherit = "ev.payment.batch"

    def _find_document_holds(self, items):
        """Hook: which documents may not be paid now.

        :param items: list of `OpenItem`
        :return: {move id: (code, sentence)}
        """
        holds = {}
        contested = self._find_contested({item.statement_id for item in items if item.statement_id})
        waiting = self._find_unpaid_sales(
            {item.statement_id for item in items if item.pay_when_paid and item.amount > 0}
        )
        for item in items:
            if item.payment_state == "blocked":
                holds[item.move_id] = ("blocked", self.env._("%s is blocked for payment on the document.", item.name))
            elif item.statement_id in contested:
                sentence = self.env._(
                    "%(name)s: %(statement)s is contested; answer the partner first.",
                    name=item.name,
                    statement=item.statement_name,
                )
                holds[item.move_id] = ("disputed", sentence)
            elif item.amount > 0 and item.statement_id in waiting:
                sentence = self.env._(
                    "%(name)s is paid when paid, and %(unpaid)s is not paid yet.",
                    name=item.name,
                    unpaid=", ".join(sorted(waiting[item.statement_id])[:3]),
                )
                holds[item.move_id] = ("pay_when_paid", sentence)
        return holds

    def _find_contested(self, statement_ids):
        contests = self.env["ev.statement.contest"].sudo()
        rows = contests._read_group(
            [("statement_id", "in", list(statement_ids)), ("state", "=", "open")], ["statement_id"]
        )
        return {statement.id for (statement,) in rows}

    def _find_unpaid_sales(self, statement_ids):
        """{statement id: {names of what others have not paid for its sessions}}"""
        unpaid = {}
        if statement_ids:
            for query in (_UNPAID_SALES, _UNBILLED_SALES):
                for statement_id, name in self.env.execute_query(SQL(query, statements=tuple(statement_ids))):
                    unpaid.setdefault(statement_id, set()).add(name)
        return unpaid

    # ------------------------------------------------------------------ account

    def _get_account_hold(self, account, last=None, confirmed=False, partner=None):
        """Why nothing is paid to this account now.

        :param account: `res.partner.bank`, may be empty
        :param last: (account id, number) that the partner was paid to before, or None
        :param confirmed: whether somebody confirmed a new or changed account for this payment
        :param partner: who is paid; an account that a document names may be somebody else's
        :return: (code, sentence) or None
        """
        if not account:
            return "no_iban", self.env._("No bank account is on file: ask the partner, enter it, have it approved.")
        if partner and account.partner_id != partner.commercial_partner_id:
            return "iban_of_other", self.env._(
                "%(account)s belongs to %(holder)s, not to %(partner)s: name an account of the partner on the document.",
                account=account.acc_number,
                holder=account.partner_id.display_name,
                partner=partner.display_name,
            )
        if problem := account._get_number_problem():
            return "invalid_iban", problem
        if account.ev_approval == "held":
            return "iban_held", self.env._(
                "%(account)s is on hold: %(why)s", account=account.acc_number, why=account.ev_hold_note
            )
        if not account._is_ev_approved():
            return "iban_waiting", self.env._(
                "%s was entered or changed and nobody else has approved it yet (Bank > Accounts to Approve).",
                account.acc_number,
            )
        if not confirmed and (sentence := self._get_change_sentence(account, last)):
            return "iban_changed", sentence
        return None

    def _get_change_sentence(self, account, last):
        """Why an approved account is looked at once more; None where nothing changed lately."""
        quiet = (self.company_id or self.env.company).ev_iban_quiet_days
        approved = account.ev_approved_at
        if quiet and approved and approved > fields.Datetime.now() - timedelta(days=quiet):
            return self.env._(
                "%(account)s was approved on %(day)s, less than %(days)s days ago: confirm it once more.",
                account=account.acc_number,
                day=format_date(self.env, approved.date()),
                days=quiet,
            )
        if last and last[0] != account.id:
            return self.env._(
                "The last payment went to %(before)s, this one would go to %(now)s: confirm the change.",
                before=last[1],
                now=account.acc_number,
            )
        return None

    def _find_last_accounts(self, partner_ids):
        """{partner id: (account id, number)} of the last payment that reached each partner, or is on its way."""
        rows = self.env.execute_query(SQL(_LAST_ACCOUNTS, list(partner_ids))) if partner_ids else ()
        return {partner_id: (account_id, number) for partner_id, account_id, number in rows}
