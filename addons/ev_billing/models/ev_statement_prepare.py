"""From a month to its draft statements: one per contract that covers a day of it, or still has something to correct."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..rating import month


class EvStatement(models.Model):
    _inherit = "ev.statement"

    @api.model
    def prepare_month(self, company_id, year, month, contract_ids=None):
        """Prepare and compute a month's statements; the RPC face of `_prepare_month`.

        :param int company_id: company to bill
        :param int year: e.g. 2026
        :param int month: 1 to 12
        :param contract_ids: only these contracts; every contract due when empty
        :return: ids of the month's statements
        :rtype: list[int]
        """
        self.check_access("write")
        company = self.env["res.company"].browse(company_id)
        if company not in self.env.user.company_ids:
            raise UserError(self.env._("You do not work for that company: switch to it first."))
        contracts = self.env["ev.contract"].browse(contract_ids) if contract_ids else None
        return self._prepare_month(company, year, month, contracts).ids

    @api.model
    def _prepare_month(self, company, year, month_number, contracts=None):
        """Make the month's statements and compute those that are still drafts. Running it again changes nothing.

        :param company: res.company record
        :param contracts: ev.contract records, or None for every contract due
        :return: the month's statements of those contracts, approved ones included
        :raises UserError: a contract that cannot be billed yet (its periodicity, its role)
        """
        span = month(year, month_number)
        contracts = contracts or self._find_contracts(company, span)
        contracts.check_access("read")
        if contracts.company_id - company:
            raise UserError(
                self.env._("Some of these contracts are not %s's: prepare one company at a time.", company.name)
            )
        contracts = contracts.sudo()
        for contract in contracts:
            contract._check_billable()
        statements = self.sudo().browse()
        for contract in contracts:
            statement = self.sudo().search([("contract_id", "=", contract.id), ("period_start", "=", span.start)])
            covers = contract._get_span() & span
            if not statement:
                statement = self.sudo().create(self._prepare_statement(contract, span))
            if not statement._is_closed():
                statement._compute_charges()
                if not covers and not statement.line_ids:
                    # an ended contract is looked at again only for late sessions and corrections: there were none
                    statement.unlink()
                    continue
            statements |= statement
        return statements.sudo(self.env.su)

    @api.model
    def _find_contracts(self, company, span):
        """Contracts that cover a day of the month, and those that ended before it: something late may still come."""
        return self.env["ev.contract"].search(
            [
                ("company_id", "=", company.id),
                ("state", "in", ("active", "ended")),
                ("date_start", "<", span.end),
                "|",
                "|",
                ("date_end", "=", False),
                ("date_end", ">=", span.start),
                ("statement_ids", "!=", False),
            ],
            order="id",
        )

    @api.model
    def _prepare_statement(self, contract, span):
        return {
            "contract_id": contract.id,
            "company_id": contract.company_id.id,
            "currency_id": contract.currency_id.id,
            "partner_id": contract.partner_id.id,
            "period_start": fields.Date.to_string(span.start),
            "period_end": fields.Date.to_string(span.end - timedelta(days=1)),
        }
