"""What the OCA's screen proposes for lines of a bank's file: what our rules suggest, never a match on text alone."""

from odoo import fields, models

from odoo.addons.ev_sepa.models.ev_own_work import OWN_WORK


class AccountBankStatementLine(models.Model):
    _inherit = "account.bank.statement.line"

    def _auto_reconcile(self):
        """The OCA matches new lines on text alone: lines of a bank's file were matched by our rules, amounts compared."""
        if self.env.context.get("ev_bank_booking") is OWN_WORK:
            return None
        return super(AccountBankStatementLine, self - self._of_bank_files())._auto_reconcile()

    def _do_auto_reconcile(self, reconcile_if_possible=True):
        """As `_auto_reconcile`, for what the screen shows first."""
        ours = self._of_bank_files()
        for line in ours.filtered(lambda line: not line.is_reconciled):
            line.reconcile_data_info = line._get_suggested_data()
        return super(AccountBankStatementLine, self - ours)._do_auto_reconcile(reconcile_if_possible)

    def _of_bank_files(self):
        return self.filtered(lambda line: line._get_entry())

    def _get_suggested_data(self):
        """Reconcile data with our best suggestion that settles whole things with all of it; without one, what is booked."""
        parts = self._get_entry()._find_exact_parts()
        return self._prepare_suggested_data(parts) if parts else self._default_reconcile_data()

    def _prepare_suggested_data(self, parts, fee=0):
        """Reconcile data: the bank's own line, a counterpart per part, the fee, and what is left.

        :param parts: [(journal item, exact part of its residual)]
        :param fee: exact, what the bank kept
        """
        number, rows = 1, []
        for line in self._seek_for_lines()[0]:
            number, found = self._get_reconcile_line(line, "liquidity", reconcile_auxiliary_id=number, move=True)
            rows += found
        for line, part in parts:
            number, found = self._get_reconcile_line(
                line,
                "other",
                is_counterpart=True,
                max_amount=float(part),
                reconcile_auxiliary_id=number,
                move=True,
            )
            rows += found
        if fee:
            rows.append(self._prepare_fee_row(fee, number))
            number += 1
        return self._recompute_suspense_line(rows, number, self.manual_reference)

    def _prepare_fee_row(self, fee, number):
        """What the bank kept, on the journal's account for fees; on the suspense account without one."""
        journal, company_currency = self.journal_id, self.company_id.currency_id
        currency = self._get_reconcile_currency()
        account = journal.ev_fee_account_id or journal.suspense_account_id
        balance = currency._convert(float(fee), company_currency, self.company_id, self.date)
        return {
            "reference": f"reconcile_auxiliary;{number}",
            "id": False,
            "account_id": [account.id, account.display_name],
            "partner_id": [self.partner_id.id, self.partner_id.display_name] if self.partner_id else False,
            "date": fields.Date.to_string(self.date),
            "name": self.env._("Bank fee: %s", self.payment_ref),
            "amount": balance,
            "debit": balance,
            "credit": 0.0,
            "kind": "other",
            "currency_id": company_currency.id,
            "line_currency_id": currency.id,
            "currency_amount": float(fee),
        }
