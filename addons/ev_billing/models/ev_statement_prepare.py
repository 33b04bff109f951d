"""From a month to its draft statements: one per contract that covers a day of it, or still has something to correct."""

import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..rating import month as _month_span

_logger = logging.getLogger(__name__)


class EvStatement(models.Model):
    _inherit = "ev.statement"

    @api.model
    def prepare_month(self, company_id, year, month, contract_ids=None):
        """Prepare and compute a month's statements; the RPC face of `_prepare_month`.

        What stops one contract is its statement's `blocking_message`, and the others go on. A contract that somebody else is
        computing right now is missing from the answer: call again.

        :param int company_id: company to bill
        :param int year: e.g. 2026
        :param int month: 1 to 12
        :param contract_ids: only these contracts; every contract due when empty
        :return: ids of the month's statements
        :rtype: list[int]
        :raises UserError: not a single statement could be made
        """
        return self._prepare_for_user(company_id, year, month, contract_ids)[0].ids

    @api.model
    def _prepare_for_user(self, company_id, year, month, contract_ids=None):
        """Check who asks, then prepare.

        :return: (the month's statements, sentences on the contracts that were left)
        """
        self.check_access("write")
        company = self.env["res.company"].browse(company_id)
        if company not in self.env.user.company_ids:
            raise UserError(self.env._("You do not work for that company: switch to it first."))
        contracts = self.env["ev.contract"].browse(contract_ids) if contract_ids else None
        left = []
        statements = self._prepare_month(company, year, month, contracts, left)
        self.env["ev.run"].sudo()._get_run(company, _month_span(year, month).start)._check()
        return statements, left

    @api.model
    def _prepare_month(self, company, year, month_number, contracts=None, left=None):
        """Make the month's statements and compute those that are still drafts. Running it again changes nothing.

        :param company: res.company record
        :param contracts: ev.contract records, or None for every contract due
        :param list left: takes a sentence for each contract that could not be prepared now; the others go on
        :return: the month's statements of those contracts, approved ones included
        :raises UserError: not a single statement could be made
        """
        span = _month_span(year, month_number)
        contracts = contracts or self._find_contracts(company, span)
        contracts.check_access("read")
        if contracts.company_id - company:
            raise UserError(
                self.env._("Some of these contracts are not %s's: prepare one company at a time.", company.name)
            )
        left = [] if left is None else left
        statements = self.sudo().browse()
        run = self.env["ev.run"].sudo()._get_run(company, span.start)
        for contract in contracts.sudo():
            try:
                with self.env.cr.savepoint():
                    statement = self.sudo()._prepare_contract(contract, span)
                    run._note_statement(contract, statement)
                statements |= statement
            except UserError as error:
                _logger.info("%s left out of %s: %s", contract.name, span, error)
                left.append(str(error))
        if left and not statements:
            raise UserError("\n".join(left))
        return statements.sudo(self.env.su)

    @api.model
    def _prepare_contract(self, contract, span):
        """One contract's statement of the period that is due at the end of that month: the month, or the quarter or year it ends
        (or in which the contract ends). None where no period ends, or the contract ended before it and nothing late came.

        :raises UserError: somebody else is computing this contract
        """
        month, span = span, contract._get_due_period(span)
        if span is None:
            return self.browse()
        statement = self.search([("contract_id", "=", contract.id), ("period_start", "=", span.start)])
        statement = self._drop_other_periods(contract, span, statement)
        if not statement:
            statement = self._create_statement(contract, span, month.start)
            # later drafts give back what they took as late from a month without a statement
            statement._compute_later_drafts()
        if statement._is_closed():
            return statement
        statement._compute_charges()
        if not contract._get_span() & span and statement._is_empty():
            # an ended contract is looked at again only for late sessions and corrections: there were none
            statement.unlink()
            return self.browse()
        return statement

    def _is_empty(self):
        """Whether the draft bills nothing, waits for nothing, and nothing blocks it."""
        self.ensure_one()
        return not (self.line_ids or self.gap_ids or self.blocking_message)

    @api.model
    def _drop_other_periods(self, contract, span, statement):
        """Drafts over other days give way: their days belong to the period that is due now.

        :return: `statement` where it is one of this very period
        :raises UserError: an approved statement bills some of the period's days
        """
        domain = [("contract_id", "=", contract.id), ("period_start", "<", span.end), ("period_end", ">=", span.start)]
        others = self.search(domain).filtered(lambda other: other._get_span() != span)
        if closed := others.filtered(lambda other: other._is_closed())[:1]:
            raise UserError(
                self.env._(
                    "%(contract)s: %(statement)s is approved and bills the days from %(first)s to %(last)s: set Periodicity "
                    "back, or reset that statement to draft.",
                    contract=contract.name,
                    statement=closed.name,
                    first=format_date(self.env, closed.period_start),
                    last=format_date(self.env, closed.period_end),
                )
            )
        kept = statement - others
        others.unlink()
        return kept

    @api.model
    def _prepare_ad_hoc(self, contract, span):
        """A statement over any days, for a contract that is billed ad hoc, or that ends.

        :raises UserError: the days touch another statement of the contract
        """
        domain = [("contract_id", "=", contract.id), ("period_start", "<", span.end), ("period_end", ">=", span.start)]
        statement = self.search(domain)
        if any(other._get_span() != span for other in statement):
            raise UserError(
                self.env._(
                    "%(contract)s already has %(statement)s for days of that period: choose days after %(day)s.",
                    contract=contract.name,
                    statement=statement[0].name,
                    day=format_date(self.env, max(statement.mapped("period_end"))),
                )
            )
        last_day = span.end - timedelta(days=1)
        statement = statement or self._create_statement(contract, span, last_day)
        if not statement._is_closed():
            statement._compute_charges()
        statement.run_id._note_statement(contract, statement)
        return statement

    @api.model
    def _find_contracts(self, company, span):
        """Contracts that began by then, the ended ones too: something late may still come."""
        return self.env["ev.contract"].search(
            [
                ("company_id", "=", company.id),
                ("state", "in", ("active", "ended")),
                ("date_start", "<", span.end),
            ],
            order="id",
        )

    @api.model
    def _create_statement(self, contract, span, day):
        """A statement of these days, in the run of the month of a day."""
        run = self.env["ev.run"]._get_run(contract.company_id, day)
        return self.create(dict(self._prepare_statement(contract, span), run_id=run.id))

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
