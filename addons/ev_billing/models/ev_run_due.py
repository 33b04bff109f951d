"""When a contract is due: on its billing day, at half past midnight on its company's clock."""

from datetime import UTC, datetime, time

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models

from ..rating import month_of

# When the month is over for the sessions of its last evening too.
BILLING_TIME = time(0, 30)


class EvRun(models.Model):
    _inherit = "ev.run"

    @api.model
    def _cron_run(self):
        """Start what is due in each company, then go on with every open run. Each company is a transaction of its own."""
        companies = self.env["res.company"].search([("ev_run_mode", "!=", "manual")])
        open_runs = self.search([("state", "=", "open")])
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(companies) + len(open_runs))
        for company in companies:
            self.with_company(company)._start_due(company, fields.Datetime.now())
            if not cron._commit_progress(1):
                return
        for run in open_runs:
            run._go_on()
            if not cron._commit_progress(1):
                return

    @api.model
    def _start_due(self, company, moment):
        """Put what is due by a moment (naive UTC) in the runs of the last month and of the one before it.

        :return: the runs that took something in
        """
        local = moment.replace(tzinfo=UTC).astimezone(company._get_ev_zone())
        started = self.browse()
        for months in (2, 1):
            first = local.date().replace(day=1) - relativedelta(months=months)
            if not self._runs_by_itself(company, first):
                continue
            if contracts := self._find_due(company, first, local):
                started |= self._start(company, first, contracts)
        return started

    @api.model
    def _runs_by_itself(self, company, first):
        """Whether the month of that first day ended since the company lets runs begin by themselves."""
        return bool(company.ev_run_since) and first + relativedelta(months=1) > company.ev_run_since

    @api.model
    def _find_due(self, company, first, local):
        """Contracts whose billing day for the month of `first` has come, and that are not in its run.

        :param local: aware datetime on the company's clock
        """
        candidates = self.env["ev.statement"].with_company(company)._find_contracts(company, month_of(first))
        domain = [("run_id.company_id", "=", company.id), ("run_id.date_from", "=", first)]
        known = self.env["ev.run.contract"].search(domain).contract_id
        return (candidates - known).filtered(lambda contract: self._is_due(contract, first, local))

    @api.model
    def _is_due(self, contract, first, local):
        """Whether the contract's billing day for the month of `first` has come; one billed ad hoc has none."""
        if contract.periodicity == "ad_hoc":
            return False
        day = (first + relativedelta(months=1)).replace(day=contract.billing_day)
        return datetime.combine(day, BILLING_TIME, local.tzinfo) <= local
