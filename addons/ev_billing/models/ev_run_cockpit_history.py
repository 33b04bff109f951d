"""What the cockpit tells of the months before: volume, money, findings, how long they took to close and to be paid."""

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL, format_date

from ..rating import month_of

MONTHS = 12
PAID = ("paid", "in_payment")
_DAYS_TO_PAY = """
SELECT date_trunc('month', m.invoice_date)::date, count(*), round(avg(GREATEST(paid.day - m.invoice_date, 0)), 1)
  FROM account_move m
  JOIN LATERAL (
       SELECT GREATEST(
              (SELECT max(p.max_date) FROM account_move_line l
                 JOIN account_partial_reconcile p ON p.debit_move_id = l.id OR p.credit_move_id = l.id
                WHERE l.move_id = m.id),
              (SELECT max(payment.date) FROM account_move__account_payment rel
                 JOIN account_payment payment ON payment.id = rel.payment_id WHERE rel.invoice_id = m.id),
              m.invoice_date) AS day) paid ON TRUE
 WHERE m.ev_statement_id IS NOT NULL AND m.company_id = %(company)s AND m.state = 'posted'
   AND m.payment_state IN %(paid)s AND m.amount_total != 0 AND m.invoice_date >= %(first)s AND m.invoice_date < %(end)s
 GROUP BY 1
"""


class EvRun(models.Model):
    _inherit = "ev.run"

    session_count = fields.Integer("Sessions", readonly=True, help="Of the month, when it was closed.")
    energy_kwh = fields.Float("Energy (kWh)", digits=(16, 3), readonly=True, help="Of the month, when it was closed.")

    def _close_if_done(self):
        """A closed month's volume is noted, so that nobody counts its sessions again to show the history."""
        was_open = self.state == "open"
        closed = super()._close_if_done()
        if closed and was_open:
            count, wh = self.env["ev.statement"].sudo()._count_again(self.company_id, self._get_span())
            self.write({"session_count": count, "energy_kwh": wh / 1000})
        return closed

    # ------------------------------------------------------------------- history

    @api.model
    def _get_cockpit_history(self, company, first, stored):
        """The month and the eleven before it, latest first; of those before, only the ones with a run or sessions.

        :param stored: (sessions, Wh) of the month, counted already
        """
        days = [first - relativedelta(months=back) for back in range(MONTHS)]
        runs = self.search([("company_id", "=", company.id), ("date_from", "in", days)])
        by_day = {run.date_from: run for run in runs}
        nets, findings = self._sum_cockpit_nets(runs), self._count_cockpit_findings(company, days)
        rows = []
        for day in days:
            run = by_day.get(day, self.browse())
            count, wh = stored if day == first else self._count_cockpit_month(company, day, run)
            if run or count or day == first:
                row = self._get_cockpit_month_links(company, day, run, count, findings.get(day, 0))
                rows.append(dict(row, kwh=self._say_kwh(wh), net=nets.get(run.id, "")))
        return rows

    @api.model
    def _get_cockpit_month_links(self, company, day, run, count, findings):
        name = self._get_month_name(day)
        sessions = [("company_id", "=", company.id), ("ev_month_part", "=", f"{day:%Y-%m}")]
        found = [("company_id", "=", company.id), ("month", "=", str(day)), ("state", "!=", "resolved")]
        return {
            "value": f"{day:%Y-%m}",
            "name": name,
            "short": self._get_short_month(day),
            "sessions": self._link(self.env._("Sessions of %s", name), "ev.cdr", sessions, count),
            "statements": self._link(
                self.env._("Statements of %s", name),
                "ev.statement",
                [("run_id", "=", run.id)],
                self.env["ev.statement"].search_count([("run_id", "=", run.id)]) if run else 0,
            ),
            "findings": self._link(self.env._("Findings of %s", name), "ev.finding", found, findings),
            "state": run.state or False,
            "days_to_close": run.days_to_close if run.state == "closed" else False,
        }

    @api.model
    def _count_cockpit_month(self, company, day, run):
        """(sessions, Wh) of a month: as noted when it was closed, or counted now."""
        if run.state == "closed" and run.session_count:
            return run.session_count, round(run.energy_kwh * 1000)
        return self.env["ev.statement"].sudo()._count_again(company, month_of(day))

    @api.model
    def _sum_cockpit_nets(self, runs):
        """{run id: charged less credited, in words}, one amount per currency."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT run_id, currency_id, sum(total)::text FROM ev_statement WHERE run_id = ANY(%s)
                 GROUP BY 1, 2 ORDER BY 1, 2""",
                runs.ids,
            )
        )
        words = {}
        for run, currency, total in rows:
            words.setdefault(run, []).append(self._say_money(total, self._get_currency(currency)))
        return {run: " + ".join(amounts) for run, amounts in words.items()}

    @api.model
    def _count_cockpit_findings(self, company, days):
        """{first day: findings of that month, decided ones included}."""
        domain = [("company_id", "=", company.id), ("month", "in", days), ("state", "!=", "resolved")]
        groups = self.env["ev.finding"]._read_group(domain, ["month:month"], ["__count"])
        return dict(groups)

    # --------------------------------------------------------------- days to pay

    @api.model
    def _get_cockpit_days_to_pay(self, company, first):
        """Average days from the documents' date to their full payment, by month of the date: twelve months, oldest first.

        :return: [{"short", "days": float or False} and the link of the paid documents]
        """
        self.env.flush_all()
        end = month_of(first + relativedelta(months=1)).end
        days = [end - relativedelta(months=back) for back in range(MONTHS, 0, -1)]
        found = {
            day: (count, float(average))
            for day, count, average in self.env.execute_query(
                SQL(_DAYS_TO_PAY, company=company.id, paid=PAID, first=days[0], end=end)
            )
        }
        rows = []
        for day in days:
            count, average = found.get(day, (0, False))
            domain = [
                ("ev_statement_id", "!=", False),
                ("company_id", "=", company.id),
                ("state", "=", "posted"),
                ("payment_state", "in", PAID),
                ("amount_total", "!=", 0),
                ("invoice_date", ">=", str(day)),
                ("invoice_date", "<", str(month_of(day).end)),
            ]
            name = self.env._("Paid documents of %s", self._get_month_name(day))
            rows.append(
                {
                    "short": self._get_short_month(day),
                    "days": average,
                    **self._link(name, "account.move", domain, count),
                }
            )
        return rows if found else []

    @api.model
    def _get_short_month(self, day):
        return format_date(self.env, day, date_format="MMM yy")
